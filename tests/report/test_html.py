import base64
import hashlib
import re
from dataclasses import replace

import pytest

from report import samples
from report.markup import Page
from vmaudit.assess.assessment import Assessment
from vmaudit.known import Unknown
from vmaudit.report.content import Limits
from vmaudit.report.html import to_html
from vmaudit.report.wording import anchor, visible
from vmaudit.shipped import templates_folder

LIGHT = re.search(r":root \{(.*?)\}", (templates_folder() / "report.css").read_text("utf-8"), re.DOTALL)
DARK = re.search(r":root\.dark \{(.*?)\}", (templates_folder() / "report.css").read_text("utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def parsed(page: str) -> Page:
    return Page(page)


# ── Self-contained and inert ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_asks_for_nothing_from_anywhere(parsed: Page) -> None:
    loading = {"src", "srcset", "poster", "data", "action", "formaction", "background"}
    css = parsed.all("style")[0].text

    assert not [e.tag for e in parsed.elements if loading & set(e.attributes)]
    assert not parsed.all("link")
    assert not [e for e in parsed.all("use") if not e.attributes["href"].startswith("#")]
    assert all(url.startswith("data:font/woff2") for url in re.findall(r"url\(([^)]*)\)", css))
    assert "@import" not in css


def test_the_policy_admits_the_one_script_and_the_one_style_by_hash(parsed: Page) -> None:
    (policy,) = [e.attributes["content"] for e in parsed.all("meta") if "http-equiv" in e.attributes]
    (script,), (style,) = parsed.all("script"), parsed.all("style")

    assert policy.startswith("default-src 'none';")
    for name, element in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_no_element_carries_a_handler_or_a_style_of_its_own(parsed: Page) -> None:
    assert not [e for e in parsed.elements for name in e.attributes if name.startswith("on") or name == "style"]


def test_names_from_outside_make_no_elements(parsed: Page) -> None:
    assert len(parsed.all("script")) == 1
    assert not parsed.all("img")
    assert samples.SCRIPT in parsed.text
    assert "{{ 7*7 }}{% raw %}" in parsed.text
    assert not [e for e in parsed.all("a") if "script" in e.attributes["href"].partition(":")[0].lower()]


def test_characters_that_steer_text_are_shown_and_not_obeyed(page: str) -> None:
    assert not set(page) & {"\x1b", "\x07", "\u202e", "\u2028", "\r"}
    assert visible(samples.TURNED) in page


@pytest.mark.parametrize("name", samples.HOSTILE)
def test_a_hostile_organisation_is_only_text(name: str) -> None:
    parsed = Page(to_html(samples.assessment_of(()), organisation=name))

    assert len(parsed.all("script")) == 1
    assert not parsed.all("img")
    assert visible(name) in parsed.text


def test_links_lead_out_only_where_a_rule_says_so(parsed: Page, assessment: Assessment) -> None:
    out = {e.attributes["href"] for e in parsed.all("a") if not e.attributes["href"].startswith("#")}

    assert out == {reference for rule in assessment.rules for reference in rule.references}
    assert all(e.attributes["rel"] == "noreferrer noopener" for e in parsed.all("a") if e.attributes["href"] in out)


def test_a_reference_that_is_no_web_address_is_not_a_link(assessment: Assessment) -> None:
    odd = replace(assessment.rules[0], references=("javascript:alert(1)",))
    parsed = Page(to_html(replace(assessment, rules=(odd, *assessment.rules[1:]))))

    assert not [e for e in parsed.all("a") if "javascript" in e.attributes["href"]]


# ── What it says, and in which order ─────────────────────────────────────────────────────────────────────────────────


def test_the_first_sentence_says_how_bad_it_is(parsed: Page) -> None:
    (title,) = parsed.all("h1")

    assert title.text == (
        "Somebody on the internet can try to log in to 4 of 14 machines, to 1 of them once it is started, and perhaps to "
        "1 more."
    )


def test_the_first_figure_says_which_machines_have_to_be_started_first(parsed: Page) -> None:
    assert "4 of 14 machines can be tried from the internet, 1 of them once started" in parsed.text


def test_an_f_of_a_machine_that_does_not_run_says_what_starting_it_would_do(page: str) -> None:
    passport = page[page.index(f'id="{anchor("vm", samples.vm_id("vm-batch-night", "rg-shop").lower())}"') :]

    assert "Somebody on the internet can try to log in once it is started" in passport[: passport.index("</article>")]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("a",), "1 of 1 machine once it is started."),
        (("a", "b"), "2 of 2 machines once they are started."),
    ],
)
def test_machines_that_do_not_run_are_not_told_as_open_now(names: tuple[str, ...], says: str) -> None:
    asleep = tuple(
        samples.result(
            name,
            power="deallocated",
            not_passing={"NET-001": samples.F},
            paths=(samples.public_path(name, 22, (samples.allow_hop("nsg", "ssh", 100),), live=False),),
        )
        for name in names
    )

    (title,) = Page(to_html(samples.assessment_of(asleep))).all("h1")

    assert title.text == f"Somebody on the internet can try to log in to {says}"


def test_the_head_says_which_addresses_of_service_tags_were_used(parsed: Page, assessment: Assessment) -> None:
    without = replace(assessment, subject=replace(assessment.subject, service_tags=None))

    assert "Service tagsPublic, 2025-12-29" in parsed.text
    assert "service tags 4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce" in parsed.text
    assert "Service tagsno addresses given" in Page(to_html(without)).text


def test_the_next_sentence_says_how_far_to_trust_it(parsed: Page) -> None:
    assert (
        "3 of the 6 tables that rules ask could not be read in full. 7 answers about 2 machines are unknown."
        in parsed.text
    )
    assert "4 of 8 lines of defence are not assessed yet." in parsed.text


def test_coverage_says_how_the_machines_add_up(parsed: Page, assessment: Assessment) -> None:
    assert assessment.population.says in [paragraph.text for paragraph in parsed.all("p")]


def test_the_parts_follow_the_questions_of_a_reader(parsed: Page) -> None:
    parts = [e.attributes["id"] for e in parsed.all("section") if "id" in e.attributes]

    assert parts == [
        *("glance", "first", "lines", "machines", "people", "passports", "rules", "frameworks", "coverage", "method"),
    ]


def test_machines_stand_worst_first(parsed: Page) -> None:
    rows = [e for e in parsed.all("tr") if "data-grade" in e.attributes]

    assert [row.attributes["data-grade"] for row in rows] == [*"FFFFF", *"DD", *"CCC", "B", *"AAA"]


def test_a_good_grade_says_what_it_does_not_speak_of(page: str) -> None:
    passport = page[page.index(f'id="{anchor("vm", samples.vm_id("vm-app-01", "rg-shop").lower())}"') :]

    assert "4 of the 8 lines of defence are not assessed yet" in passport[: passport.index("</article>")]


def test_a_range_of_grades_is_explained(parsed: Page) -> None:
    assert "6 rules could not be answered. If every gap turned out fine, the grade would be A." in parsed.text


def test_every_way_in_is_told_hop_by_hop(parsed: Page) -> None:
    assert "Anyone on the internet can open RDP (TCP 3389) through allow-rdp-any (300)." in parsed.text
    assert "TCP 198.51.100.7:50000 → 20.50.1.7:3389 → 10.0.2.4:3389" in parsed.text


def test_a_machine_that_could_not_be_read_is_never_told_as_closed() -> None:
    blind = samples.result(
        "vm-blind",
        not_passing={"NET-001": samples.U},
        openings=Unknown("its interface was not read"),
        blind_spots=("x",),
    )
    parsed = Page(to_html(samples.assessment_of((blind,))))

    (cell,) = [e for e in parsed.all("td") if e.attributes.get("class", "").startswith("doors")]
    assert cell.text == "not known"
    assert "None was found; what was not read could hide one." in parsed.text
    assert "As far as could be read, no machine can be tried" in parsed.text


def test_an_empty_tenant_still_makes_a_page() -> None:
    parsed = Page(to_html(replace(samples.assessment_of(()), causes=(), coverage=(), assumptions=())))

    assert "There is no machine in the evidence." in parsed.text
    assert "No machine can be tried by somebody on the internet." in parsed.text


def test_what_does_not_fit_is_counted_and_not_dropped_silently() -> None:
    parsed = Page(to_html(samples.large_assessment(30), limits=Limits(rows=20, passports=5)))

    assert len([e for e in parsed.all("article") if e.attributes["class"] == "passport"]) == 5
    assert "25 more machines are in the JSON file" in parsed.text
    assert "10 more machines are in the JSON and CSV files" in parsed.text


# ── Places, keyboards, readers ───────────────────────────────────────────────────────────────────────────────────────


def test_every_place_exists_once_and_every_link_finds_its_place(parsed: Page) -> None:
    ids = [e.attributes["id"] for e in parsed.elements if "id" in e.attributes]
    wanted = {e.attributes["href"][1:] for e in parsed.elements if e.attributes.get("href", "").startswith("#")}

    assert len(ids) == len(set(ids))
    assert not wanted - set(ids)


def test_places_stay_the_same_between_reports_of_the_same_facts(assessment: Assessment) -> None:
    fewer = replace(assessment, results=tuple(r for r in assessment.results if r.machine.name == "vm-partner"))
    place = anchor("vm", samples.vm_id("vm-partner", "rg-shop").lower())

    for one in (assessment, replace(fewer, causes=())):
        text = to_html(one)
        assert f'id="{place}"' in text
        assert 'id="rule-NET-001"' in text


def test_every_table_has_a_caption_and_its_heads_have_scopes(parsed: Page) -> None:
    for table in parsed.all("table"):
        assert table.children[0].tag == "caption"
    assert all("scope" in head.attributes for head in parsed.all("th"))


def test_every_picture_says_in_words_what_it_shows(parsed: Page) -> None:
    for drawing in parsed.all("svg"):
        assert drawing.attributes.get("aria-hidden") == "true" or drawing.attributes["aria-label"]


def test_grades_are_letters_for_everybody(parsed: Page) -> None:
    grades = [e for e in parsed.all("span") if e.attributes.get("class", "").startswith("grade ")]

    assert grades
    assert all(e.text.removeprefix("Grade ") in "ABCDF" for e in grades)


def test_what_needs_a_script_is_hidden_until_the_script_runs(parsed: Page) -> None:
    controls = [*parsed.all("button"), *parsed.all("form")]

    assert controls
    assert all("hidden" in e.attributes for e in controls)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_ink_stands_out_from_paper(theme: "re.Match[str]") -> None:
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", theme[1]))

    for ink in ("ink", "soft", "bad"):
        assert _contrast(colours[ink], colours["paper"]) >= 7, ink
        assert _contrast(colours[ink], colours["fill"]) >= 4.5, ink
    for shape in ("badfill", "t2", "t1"):
        assert _contrast(colours[shape], colours["paper"]) >= 3, shape


# ── The same again ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_assessment_gives_the_same_page(assessment: Assessment, page: str) -> None:
    assert to_html(assessment, organisation="Contoso") == page


def test_the_script_and_the_style_cannot_end_early() -> None:
    for name in ("report.css", "report.js"):
        assert "</" not in (templates_folder() / name).read_text("utf-8")


def test_the_shipped_fonts_come_with_their_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in (templates_folder() / "fonts" / "OFL.txt").read_text("utf-8")


def test_every_template_is_described() -> None:
    described = (templates_folder() / "README.md").read_text("utf-8")
    files = [file.name for file in templates_folder().iterdir() if file.is_file()]

    assert not [name for name in files if name not in described]


def test_the_markup_survives_names_in_every_place() -> None:
    everything = "".join(samples.HOSTILE)
    hostile = samples.result(everything, group=everything, not_passing={"NET-001": samples.F})

    assert len(Page(to_html(samples.assessment_of((hostile,)), organisation=everything)).all("script")) == 1
