"""Files of toxic combinations: what one holds, and every mistake named with its line."""

from pathlib import Path

import pytest

from assess.judged import shipped_combinations, shipped_rules
from vmaudit.assess.combination_files import read_combinations
from vmaudit.assess.configuration import configured_as
from vmaudit.assess.reading import RuleErrors, read_rules
from vmaudit.assess.rule import Ask, Gate
from vmaudit.assess.toxic import try_combination
from vmaudit.assess.trial import example_facts

GOOD = """\
title: A and B
gate: strict
caps_grade_at: C
parts: [NET-001]
path:
  - when: {exposure.internet_tcp_ports: {has_any: $NET-001.ports}}
    says: "Anybody reaches {found}"
  - when: {vm.password_sign_in: {equals: true}}
    says: It takes passwords
worse: Because.
fix: Stop it.
known_gaps: None.
references: ["https://learn.microsoft.com/azure"]
examples:
  - {name: all, facts: {exposure.internet_tcp_ports: [22], vm.password_sign_in: true}, expect: found}
  - {name: half, facts: {exposure.internet_tcp_ports: [22]}, expect: possible}
  - {name: nothing, facts: {vm.password_sign_in: false}, expect: none}
"""
NAME = "TOX-90-a-and-b.yaml"


def folder(tmp_path: Path, text: str = GOOD, name: str = NAME) -> Path:
    place = tmp_path / "rules" / "toxic-combinations"
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(text)
    return tmp_path / "rules"


def problems(tmp_path: Path, text: str, name: str = NAME) -> list[str]:
    with pytest.raises(RuleErrors) as caught:
        read_combinations(folder(tmp_path, text, name), shipped_rules())
    return list(caught.value.problems)


def test_a_file_becomes_a_combination(tmp_path: Path) -> None:
    (found,) = read_combinations(folder(tmp_path), shipped_rules())

    assert (found.id, found.slug, found.title) == ("TOX-90", "a-and-b", "A and B")
    assert (found.gate, found.caps_grade_at, found.parts) == (Gate.STRICT, "C", ("NET-001",))
    assert [step.says for step in found.path] == ["Anybody reaches {found}", "It takes passwords"]
    assert found.facts == ("exposure.internet_tcp_ports", "vm.password_sign_in")
    assert found.file == f"toxic-combinations/{NAME}"
    assert [try_combination(found, example_facts(one)) for one in found.examples] == ["found", "possible", "none"]


def test_what_an_organisation_sets_for_a_rule_holds_in_combinations_too(tmp_path: Path) -> None:
    rules = [configured_as(rule, {"ports": [10022]}) if rule.id == "NET-001" else rule for rule in shipped_rules()]

    (found,) = read_combinations(folder(tmp_path), rules)

    asked = found.path[0].when
    assert isinstance(asked, Ask)
    assert asked.operand == [10022]


def test_a_folder_without_combinations_has_none(tmp_path: Path) -> None:
    assert read_combinations(tmp_path, shipped_rules()) == ()


def test_combinations_are_no_rules(tmp_path: Path) -> None:
    place = folder(tmp_path)

    with pytest.raises(RuleErrors, match="there is no rule file here"):
        read_rules(place)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("parts: [NET-001]", "parts: [NET-01]", "names the part 'NET-01', which no rule is; did you mean 'NET-001'?"),
        ("$NET-001.ports", "$NET-001.port", "unknown parameter '$NET-001.port'; did you mean 'NET-001.ports'?"),
        ("gate: strict", "gate: often", "'gate' must be one of default, strict, never, not 'often'"),
        ("caps_grade_at: C", "caps_grade_at: E", "'caps_grade_at' must be one of B, C, D, F, not 'E'; A is no cap"),
        ("vm.password_sign_in: {e", "vm.passwords: {e", "unknown fact 'vm.passwords'; did you mean"),
        ("It takes passwords", "It takes {vm.passwords}", "unknown placeholder {vm.passwords} in 'says'"),
        ("expect: none", "expect: fail", "unknown status 'fail'"),
        ("worse: Because.\n", "", "'worse' is missing in the combination"),
        ("severity", "severity", ""),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, before: str, after: str, says: str) -> None:
    if not says:
        before, after, says = (
            "gate: strict",
            "gate: strict\nseverity: high",
            "unknown key 'severity' in the combination",
        )

    found = problems(tmp_path, GOOD.replace(before, after))

    assert any(says in problem and problem.startswith(f"rules/toxic-combinations/{NAME}:") for problem in found), found


def test_a_path_has_steps(tmp_path: Path) -> None:
    start, end = GOOD.index("path:"), GOOD.index("worse:")

    found = problems(tmp_path, GOOD[:start] + "path: []\n" + GOOD[end:])

    assert any("'path' must be a list" in problem for problem in found)


def test_an_example_for_each_outcome_is_asked_for(tmp_path: Path) -> None:
    found = problems(tmp_path, GOOD.replace("expect: possible", "expect: found"))

    assert any("no example expects 'possible'" in problem for problem in found)


def test_the_name_of_a_file_tells_its_id(tmp_path: Path) -> None:
    assert "is named <ID>-<slug>.yaml" in problems(tmp_path, GOOD, name="password.yaml")[0]


def test_an_id_is_taken_once(tmp_path: Path) -> None:
    folder(tmp_path)

    assert any("the id TOX-90 is taken by" in problem for problem in problems(tmp_path, GOOD, "TOX-90-again.yaml"))


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "toxic-combinations" / NAME).write_bytes(b"\xff\xfe")

    with pytest.raises(RuleErrors, match="can't be read"):
        read_combinations(place, shipped_rules())


def test_the_shipped_ones_stand_by_id() -> None:
    ids = [combination.id for combination in shipped_combinations()]

    assert ids == sorted(set(ids))
    assert "TOX-02" in ids
