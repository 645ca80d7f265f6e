"""How every shipped rule file is written (rules/README.md), and that it says what the catalogue asks for."""

import re
from pathlib import Path

import pytest

from assess.judged import shipped_combinations, shipped_rules
from vmaudit.assess.combination import Combination
from vmaudit.assess.frameworks import FRAMEWORKS
from vmaudit.assess.reading import COMBINATIONS
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

COMBINED = tuple(path for path in PATHS if path.parent.name == COMBINATIONS)
CAPS_OF_COMBINATIONS = {
    "TOX-01": "D",
    "TOX-02": "F",
    "TOX-03": "C",
    "TOX-04": "C",
    "TOX-05": "C",
    "TOX-06": "C",
    "TOX-07": "D",
    "TOX-08": "D",
    "TOX-09": "C",
    "TOX-10": "D",
    "TOX-11": "D",
    "TOX-12": "D",
    "TOX-13": "C",
    "TOX-14": "C",
    "TOX-15": "C",
    "TOX-16": "C",
    "TOX-17": "D",
    "TOX-18": "B",
    "TOX-19": "D",
    "TOX-20": "D",
    "TOX-21": "F",
    "TOX-22": "D",
}
"""The cap of each toxic combination, from section 6 of the control catalogue."""
GATE_OF_CAP = {"F": Gate.DEFAULT, "D": Gate.STRICT, "C": Gate.STRICT, "B": Gate.NEVER}

each_combination = pytest.mark.parametrize("combination", shipped_combinations(), ids=lambda one: one.id)
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
    if path in COMBINED:
        order = (
            *("title", "gate", "caps_grade_at", "parts", "path", "worse", "fix", "known_gaps", "references"),
            "examples",
        )
    keys = re.findall(r"^([a-z_]+):", path.read_text(encoding="utf-8"), re.MULTILINE)

    assert keys == [key for key in order if key in keys]


@each_combination
def test_the_cap_of_a_combination_is_that_of_the_catalogue_and_its_gate_follows(combination: Combination) -> None:
    assert combination.caps_grade_at == CAPS_OF_COMBINATIONS[combination.id]
    assert combination.gate is GATE_OF_CAP[combination.caps_grade_at]


@each_combination
def test_a_combination_is_told_in_sentences_without_full_stops_and_why_it_is_worse(combination: Combination) -> None:
    assert all(step.says[0].isupper() and not step.says.endswith(".") for step in combination.path)
    assert not any("{vm.name}" in step.says for step in combination.path)
    assert not combination.title.endswith(".")
    for text in (combination.worse, combination.known_gaps):
        assert text.endswith(".")
        assert text[0].isupper()


@each_combination
def test_the_fix_of_a_combination_has_words_and_a_command(combination: Combination) -> None:
    words, *commands = combination.fix.split("\n\n")

    assert words.endswith((".", ":"))
    assert all(line.startswith("az ") for command in commands for line in command.splitlines())
    assert commands
    assert all(
        re.fullmatch(r"https://learn\.microsoft\.com/(?![a-z]{2}-[a-z]{2}/)[a-z0-9/-]+", one)
        for one in combination.references
    )


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
