"""How every shipped rule file is written (rules/README.md), and that it says what the catalogue asks for."""

import re
from pathlib import Path

import pytest

from assess.judged import shipped_rules
from vmaudit.assess.frameworks import FRAMEWORKS
from vmaudit.assess.rule import Gate, Rule, Severity
from vmaudit.shipped import rules_folder

FOLDER = rules_folder()
PATHS = sorted(FOLDER.rglob("*.yaml"))
MOST_LETTERS_ON_A_LINE = 120
CATALOGUE = {
    "NET-001": (Severity.CRITICAL, Gate.DEFAULT, "F"),
    "NET-002": (Severity.HIGH, Gate.DEFAULT, "C"),
    "NET-003": (Severity.HIGH, Gate.STRICT, "C"),
    "NET-004": (Severity.HIGH, Gate.STRICT, "C"),
    "NET-005": (Severity.CRITICAL, Gate.DEFAULT, "F"),
    "NET-006": (Severity.HIGH, Gate.STRICT, "C"),
    "NET-007": (Severity.HIGH, Gate.STRICT, "C"),
    "NET-008": (Severity.MEDIUM, Gate.NEVER, None),
    "BAS-001": (Severity.HIGH, Gate.STRICT, "B"),
    "BAS-002": (Severity.MEDIUM, Gate.NEVER, None),
    "BAS-003": (Severity.MEDIUM, Gate.NEVER, None),
    "BAS-004": (Severity.MEDIUM, Gate.STRICT, None),
    "BAS-005": (Severity.MEDIUM, Gate.NEVER, None),
    "BAS-006": (Severity.HIGH, Gate.STRICT, "B"),
    "BAS-007": (Severity.HIGH, Gate.STRICT, "B"),
    "BAS-008": (Severity.MEDIUM, Gate.NEVER, None),
    "JIT-001": (Severity.HIGH, Gate.NEVER, "B"),
    "JIT-002": (Severity.HIGH, Gate.STRICT, "C"),
    "JIT-003": (Severity.HIGH, Gate.STRICT, "C"),
    "JIT-004": (Severity.MEDIUM, Gate.NEVER, None),
    "JIT-005": (Severity.HIGH, Gate.STRICT, "C"),
    "JIT-006": (Severity.MEDIUM, Gate.NEVER, None),
    "JIT-007": (Severity.HIGH, Gate.DEFAULT, "C"),
    "RBAC-001": (Severity.CRITICAL, Gate.STRICT, "D"),
    "RBAC-002": (Severity.HIGH, Gate.STRICT, "C"),
    "RBAC-003": (Severity.MEDIUM, Gate.NEVER, None),
    "RBAC-004": (Severity.HIGH, Gate.STRICT, "C"),
    "RBAC-005": (Severity.MEDIUM, Gate.NEVER, None),
    "RBAC-006": (Severity.HIGH, Gate.STRICT, "C"),
    "RBAC-007": (Severity.HIGH, Gate.STRICT, "C"),
    "RBAC-008": (Severity.MEDIUM, Gate.NEVER, None),
    "RBAC-009": (Severity.HIGH, Gate.NEVER, "B"),
    "RBAC-010": (Severity.MEDIUM, Gate.NEVER, "B"),
    "PIM-001": (Severity.HIGH, Gate.STRICT, "C"),
    "PIM-002": (Severity.HIGH, Gate.STRICT, "C"),
    "PIM-003": (Severity.HIGH, Gate.STRICT, "C"),
    "PIM-004": (Severity.MEDIUM, Gate.NEVER, None),
    "PIM-005": (Severity.MEDIUM, Gate.NEVER, None),
    "PIM-006": (Severity.HIGH, Gate.NEVER, "B"),
    "PIM-007": (Severity.MEDIUM, Gate.NEVER, None),
    "PIM-008": (Severity.MEDIUM, Gate.NEVER, None),
    "PIM-009": (Severity.HIGH, Gate.NEVER, "B"),
    "PIM-010": (Severity.MEDIUM, Gate.NEVER, None),
    "CA-001": (Severity.HIGH, Gate.STRICT, "C"),
    "CA-002": (Severity.HIGH, Gate.STRICT, "B"),
    "CA-003": (Severity.HIGH, Gate.NEVER, "B"),
    "CA-004": (Severity.MEDIUM, Gate.NEVER, None),
    "CA-005": (Severity.MEDIUM, Gate.NEVER, None),
    "CA-006": (Severity.MEDIUM, Gate.NEVER, None),
    "CA-007": (Severity.HIGH, Gate.NEVER, "B"),
    "CA-008": (Severity.MEDIUM, Gate.NEVER, None),
    "MON-001": (Severity.HIGH, Gate.STRICT, "B"),
    "MON-002": (Severity.MEDIUM, Gate.NEVER, None),
    "MON-003": (Severity.MEDIUM, Gate.NEVER, None),
    "MON-004": (Severity.MEDIUM, Gate.NEVER, None),
    "MON-005": (Severity.MEDIUM, Gate.NEVER, None),
    "MON-006": (Severity.MEDIUM, Gate.NEVER, None),
    "MON-007": (Severity.MEDIUM, Gate.NEVER, None),
    "MON-008": (Severity.MEDIUM, Gate.NEVER, None),
    "MON-009": (Severity.MEDIUM, Gate.NEVER, None),
    "HST-001": (Severity.HIGH, Gate.STRICT, "C"),
    "HST-002": (Severity.MEDIUM, Gate.NEVER, None),
    "HST-003": (Severity.MEDIUM, Gate.NEVER, None),
    "HST-004": (Severity.HIGH, Gate.STRICT, "B"),
    "HST-005": (Severity.MEDIUM, Gate.NEVER, None),
    "HST-006": (Severity.LOW, Gate.NEVER, None),
    "HST-007": (Severity.MEDIUM, Gate.NEVER, None),
    "HST-008": (Severity.HIGH, Gate.STRICT, "C"),
    "HST-009": (Severity.MEDIUM, Gate.NEVER, None),
    "HST-010": (Severity.MEDIUM, Gate.NEVER, None),
}
"""Severity, gate and cap of each rule, from the control catalogue."""

each_rule = pytest.mark.parametrize("rule", shipped_rules(), ids=lambda rule: rule.id)
each_file = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


@each_rule
def test_severity_gate_and_cap_are_those_of_the_catalogue(rule: Rule) -> None:
    assert (rule.severity, rule.gate, rule.caps_grade_at) == CATALOGUE[rule.id]


@each_file
def test_a_file_is_plain_text_with_short_lines_and_no_trailing_space(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.isascii()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    for number, line in enumerate(text.splitlines(), start=1):
        assert len(line) <= MOST_LETTERS_ON_A_LINE, number
        assert line == line.rstrip(), number
        assert "\t" not in line, number


@each_file
def test_keys_stand_in_the_same_order_in_every_file(path: Path) -> None:
    order = (
        *("title", "severity", "gate", "caps_grade_at", "needs", "params", "applies_when", "excuse"),
        *("fail_when", "raised", "says", "holds", "why", "fix", "known_gaps", "maps_to", "references", "examples"),
    )
    keys = re.findall(r"^([a-z_]+):", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert keys == [key for key in order if key in keys]


@each_rule
def test_a_title_states_the_failing_condition_without_orders_and_full_stops(rule: Rule) -> None:
    assert not rule.title.endswith(".")
    assert rule.title[0].isupper()
    assert not re.match(r"(ensure|make sure|check|do not|avoid)\b", rule.title, re.IGNORECASE)
    assert not re.search(r"\b(should|must)\b", rule.title)


@each_rule
def test_sentences_have_no_full_stop_because_reports_put_them_in_lists(rule: Rule) -> None:
    assert not rule.says.endswith(".")
    assert not rule.holds.endswith(".")
    assert "{vm.name}" not in rule.says + rule.holds, "a sentence with a name is written anew for every machine"


@each_rule
def test_the_words_are_sentences(rule: Rule) -> None:
    for text in (rule.why, rule.known_gaps):
        assert text.endswith("."), text
        assert text[0].isupper(), text


@each_rule
def test_the_fix_has_words_and_a_command(rule: Rule) -> None:
    words, *commands = rule.fix.split("\n\n")

    assert words.endswith((".", ":"))
    assert commands
    assert all(line.startswith("az ") for command in commands for line in command.splitlines())


@each_rule
def test_the_slug_is_the_failing_state_as_a_few_words(rule: Rule) -> None:
    assert 2 <= len(rule.slug.split("-")) <= 7
    assert not rule.slug.startswith(("ensure", "check", "require"))


@each_rule
def test_every_parameter_is_documented(rule: Rule) -> None:
    assert all(parameter.doc.endswith(".") for parameter in rule.parameters)


@each_rule
def test_a_rule_maps_to_frameworks_in_their_own_numbers(rule: Rule) -> None:
    shapes = {
        "cis-azure": r"\d{1,2}(\.\d{1,2}){1,3}",
        "nist-800-53r5": r"[A-Z]{2}-\d{1,2}(\(\d{1,2}\))?",
        "csf-2.0": r"[A-Z]{2}\.[A-Z]{2}-\d{2}",
        "iso-27001-2022": r"A\.\d\.\d{1,2}",
        "pci-dss-4.0.1": r"\d{1,2}(\.\d{1,2}){2,3}",
        "soc2": r"CC\d\.\d",
        "hipaa": r"164\.3\d\d\([a-e]\)(\(\d\)(\([ivx]+\)(\([A-Z]\))?)?)?",
        "mcsb": r"[A-Z]{2}-\d{1,2}(\.\d)?",
    }
    for framework, numbers in rule.maps_to.items():
        assert framework in FRAMEWORKS
        assert numbers, framework
        assert len(numbers) == len(set(numbers)), framework
        shape = shapes["cis-azure" if framework.startswith("cis-azure") else framework]
        assert all(re.fullmatch(shape, number) for number in numbers), (framework, numbers)


@each_rule
def test_references_lead_to_microsofts_own_pages_in_no_language(rule: Rule) -> None:
    assert rule.references
    for reference in rule.references:
        assert re.fullmatch(r"https://learn\.microsoft\.com/(?![a-z]{2}-[a-z]{2}/)[a-z0-9/-]+", reference), reference


def test_every_file_of_the_folder_is_a_rule_or_the_guide() -> None:
    others = {path.name for path in FOLDER.rglob("*") if path.is_file()} - {path.name for path in PATHS}

    assert others == {"README.md"}
