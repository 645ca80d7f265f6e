"""What the documentation says about the program is what the program says about itself."""

import re
from pathlib import Path

import pytest

from vmaudit import __version__
from vmaudit.assess.grade import MEANINGS
from vmaudit.assess.reading import read_rules
from vmaudit.cli import COMMANDS, EXIT_CODES
from vmaudit.exposure.explanations import EXPLANATIONS, explanations_table
from vmaudit.exposure.paths import Code
from vmaudit.shipped import rules_folder

ROOT = Path(__file__).parent.parent
PAGES = [
    path
    for path in sorted(ROOT.rglob("*.md"))
    if not {".venv", "node_modules", "vmaudit-demo"} & set(path.relative_to(ROOT).parts)
]


def readme() -> str:
    return (ROOT / "README.md").read_text()


def test_the_readme_gives_every_exit_code_its_meaning() -> None:
    assert all(f"| {code} | {meaning} |" in readme() for code, meaning in EXIT_CODES.items())


def test_the_readme_gives_every_grade_its_meaning() -> None:
    for letter, meaning in MEANINGS.items():
        assert f"| {letter.value} | {meaning.rstrip('.').lower()} |" in readme().lower().replace(
            f"| {letter.value.lower()} |", f"| {letter.value} |"
        )


def test_the_readme_names_every_command_and_no_other() -> None:
    named = set(re.findall(r"^\| `vmaudit ([a-z-]+)` \|", readme(), flags=re.MULTILINE))

    assert named == set(COMMANDS)


def test_every_explanation_code_is_documented() -> None:
    assert set(EXPLANATIONS) == set(Code)
    assert explanations_table() in (ROOT / "docs" / "explanations.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text())

    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    """Paths in backticks with a folder in them, from the root, from `src/vmaudit`, or from the page's own folder."""
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", page.read_text())
    known = [
        path
        for path in named
        if path.split("/")[0]
        in {
            "src",
            "tests",
            "docs",
            "rules",
            "benchmarks",
            "exposure",
            "estate",
            "assess",
            "importing",
            "report",
            "snapshot",
        }
    ]

    places = (ROOT, ROOT / "src" / "vmaudit", page.parent)
    assert [path for path in known if not any((place / path).exists() for place in places)] == []


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_rule_maps_to_a_framework_and_cites_azure() -> None:
    for rule in read_rules(rules_folder()):
        assert rule.maps_to, rule.id
        assert any("microsoft.com" in reference for reference in rule.references), rule.id
