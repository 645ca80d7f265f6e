"""The page in a real browser: it needs no network, no script, and fits a phone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which(str(CHROMIUM)) is None, reason=f"there is no Chromium at {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(page: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(page, encoding="utf-8")
    return file.as_uri()


def opened(browser: Browser, address: str, *, width: int = 1280, script: bool = True) -> tuple[Page, list[str]]:
    """The page and what it did that it should not have: requests, dialogs, errors, refusals by its own policy."""
    tab = browser.new_context(viewport={"width": width, "height": 844}, java_script_enabled=script).new_page()
    noise: list[str] = []
    tab.on("request", lambda request: noise.append(request.url))
    tab.on("dialog", lambda dialog: noise.append(dialog.message))
    tab.on("pageerror", lambda error: noise.append(str(error)))
    tab.on("console", lambda message: noise.append(message.text))
    tab.goto(address)
    own = (address.partition("#")[0], "data:font/woff2")
    return tab, [line for line in noise if not line.startswith(own)]


def test_the_page_runs_by_itself_and_names_in_it_do_nothing(browser: Browser, address: str) -> None:
    tab, noise = opened(browser, address)

    assert tab.locator("#shown").inner_text() == "14 shown"
    assert noise == []


def test_the_page_can_be_read_without_a_script(browser: Browser, address: str) -> None:
    tab, noise = opened(browser, address, script=False)

    assert tab.get_by_role("heading", level=1).is_visible()
    assert tab.locator("article.passport").count() == 14
    assert not tab.locator("#filters").is_visible()
    assert noise == []


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_the_page_never_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    tab, _ = opened(browser, address, width=width)
    tab.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")

    assert tab.evaluate("document.documentElement.scrollWidth") == width


def test_a_phone_gets_the_tall_picture(browser: Browser, address: str) -> None:
    tab, _ = opened(browser, address, width=390)

    assert tab.locator(".walls-tall").first.is_visible()
    assert not tab.locator(".walls-wide").first.is_visible()


def test_filters_narrow_the_table_and_stand_in_the_address(browser: Browser, address: str) -> None:
    tab, _ = opened(browser, address)

    tab.locator("select[name=grade]").select_option("D")
    assert tab.locator("#shown").inner_text() == "2 of 14 shown"
    assert "grade=D" in tab.url

    again, _ = opened(browser, tab.url)
    assert again.locator("#shown").inner_text() == "2 of 14 shown"


def test_the_theme_is_remembered_in_the_address(browser: Browser, address: str) -> None:
    tab, _ = opened(browser, address)
    paper = "getComputedStyle(document.body).backgroundColor"

    tab.locator("#theme").click()
    dark = tab.evaluate(paper)
    again, _ = opened(browser, tab.url)

    assert "theme=dark" in tab.url
    assert again.evaluate(paper) == dark


def test_the_table_sorts_by_name(browser: Browser, address: str) -> None:
    tab, _ = opened(browser, address)

    tab.get_by_role("button", name="Machine", exact=True).click()

    assert tab.locator("#table tbody tr").nth(1).get_attribute("data-name") == "vm-app-01"


def test_the_whole_name_is_in_what_a_reader_copies(browser: Browser, address: str) -> None:
    tab, _ = opened(browser, address)

    copied = tab.evaluate(
        """() => {
            getSelection().selectAllChildren(document.querySelector('.passport .mid'));
            return getSelection().toString();
        }"""
    )

    assert "…" not in copied
