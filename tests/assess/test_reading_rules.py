"""Broken rule files: each with the exact message, all of them in one run."""

from pathlib import Path

import pytest

from vmaudit.assess.reading import RuleErrors, read_rules
from vmaudit.assess.rule import AllOf, Ask, Gate, Layer, Parameter
from vmaudit.errors import UsageError

GOOD = """\
title: The machine is called web
severity: low
gate: never
caps_grade_at: C
params:
  name: {default: web, doc: The name that nobody may have.}
applies_when:
  vm.has_network_interface: {equals: true}
fail_when:
  vm.name: {equals: $name}
says: "It is called {vm.name}: {found}"
holds: It is called otherwise
why: Because.
fix: Rename it.
known_gaps: None.
maps_to:
  soc2: ["CC6.1"]
references: ["https://learn.microsoft.com/azure"]
examples:
  - {name: web, facts: {vm.has_network_interface: true, vm.name: web}, expect: fail}
  - {name: db, facts: {vm.has_network_interface: true, vm.name: db}, expect: pass}
  - {name: nothing, facts: {}, expect: unknown}
"""
NAME = "network/NET-901-called-web.yaml"
AT = f"rules/{NAME}"


def write(folder: Path, text: str, name: str = NAME) -> Path:
    """A folder of rules with this file in it."""
    path = folder / "rules" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder / "rules"


def problems(folder: Path) -> tuple[str, ...]:
    """What is wrong with the rules of a folder."""
    with pytest.raises(RuleErrors) as error:
        read_rules(folder)
    assert isinstance(error.value, UsageError)
    assert error.value.exit_code == 2
    assert error.value.message == "\n".join(error.value.problems)
    return error.value.problems


def test_a_good_file_becomes_a_rule(tmp_path: Path) -> None:
    (rule,) = read_rules(write(tmp_path, GOOD))

    assert (rule.id, rule.slug, rule.layer, rule.gate) == ("NET-901", "called-web", Layer.NETWORK, Gate.NEVER)
    assert rule.applies_when == Ask("vm.has_network_interface", "equals", operand=True, line=8)
    assert rule.fail_when == Ask("vm.name", "equals", "web", 10)
    assert rule.parameters == (Parameter("name", "web", "The name that nobody may have."),)
    assert [example.line for example in rule.examples] == [20, 21, 22]
    assert rule.path == NAME


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{equals: $name}", "{equls: $name}", "10: unknown operator 'equls'; did you mean 'equals'?"),
        (
            "  vm.name: {equals: $name}",
            "  vm.nam: {equals: $name}",
            "10: unknown fact 'vm.nam'; did you mean 'vm.name'?",
        ),
        (
            "{equals: $name}",
            "{has_any: $name}",
            "10: operator 'has_any' does not fit 'vm.name' (text); use one of equals",
        ),
        ("{equals: $name}", "{equals: 5}", "10: operator 'equals' takes a text, not 5"),
        ("{equals: $name}", "{equals: $nmae}", "10: unknown parameter '$nmae'; did you mean 'name'?"),
        ("{equals: $name}", "{equals: web}", "6: parameter 'name' is not used"),
        ("{equals: $name}", "$name", "10: 'vm.name' takes one operator: `{operator: operand}`"),
        (
            "  vm.name: {equals: $name}",
            "  vm.name: {equals: $name}\n  vm.tags: {is_empty: true}",
            "9: a condition is one `fact: {operator: operand}`, `all_of: [...]` or `any_of: [...]`",
        ),
        (
            "may have.}",
            "may have., sets: name}",
            "6: unknown setting 'name'",
        ),
        (
            "may have.}",
            "may have., sets: linux_port}",
            "6: unknown setting 'linux_port'; did you mean 'linux_ports'?",
        ),
        (
            "may have.}",
            "may have., sets: linux_ports}",
            "6: setting 'linux_ports' takes a list of ports such as [22, \"5985-5986\"], not 'web'",
        ),
        (
            "fail_when:",
            "excuse: {unless: nam, while: [NET-901]}\nfail_when:",
            "9: unknown parameter 'nam'; did you mean 'name'?",
        ),
        (
            "fail_when:",
            "excuse: {unless: name, while: [NET-901]}\nfail_when:",
            "9: parameter 'name' must be true or false by default, not 'web'",
        ),
        (
            "fail_when:",
            "excuse: {unless: name, while: [NET-901]}\nfail_when:",
            "9: is excused while NET-901 passes, which in turn needs NET-901: a circle",
        ),
        (
            "fail_when:",
            "excuse: {unless: name, while: [NET-903]}\nfail_when:",
            "9: is excused while 'NET-903' passes, which no file defines",
        ),
        (
            "fail_when:",
            "excuse: {unless: name, while: [NET-901], approving: nmae}\nfail_when:",
            "9: NET-901 has no parameter 'nmae'; did you mean 'name'?",
        ),
        ("fail_when:", "excuse: {unless: name}\nfail_when:", "9: 'while' is missing in the excuse"),
        (
            "says:",
            "raised: {to: higher, when: {vm.operating_system: {equals: Linux}}}\nsays:",
            "11: 'to' must be one of critical, high, medium, low, not 'higher'; did you mean 'high'?",
        ),
        (
            "says:",
            "raised: {to: high, when: {vm.has_network_interface: {equals: true}}}\nsays:",
            "11: 'when' asks for 'vm.has_network_interface', and 'fail_when' does not",
        ),
        ("fail_when:", "excuse: {unless: name, while: []}\nfail_when:", "9: 'while' must name a rule"),
        (
            "fail_when:",
            "excuse: {unless: name, while: [NET-901, NET-903]}\nfail_when:",
            "9: is excused while 'NET-903' passes, which no file defines",
        ),
        (
            "name: web, facts",
            "name: web, configured: {NET-903: {}}, facts",
            "20: the example configures 'NET-903', which no file defines; did you mean 'NET-901'?",
        ),
        (
            "name: web, facts",
            "name: web, configured: {NET-901: {nmae: db}}, facts",
            "20: the example configures NET-901, which has no parameter 'nmae'",
        ),
        (
            "name: web, facts",
            "name: web, configured: {NET-901: 1}, facts",
            "20: 'NET-901' must be a mapping from parameters to values",
        ),
        ("  vm.name: {equals: $name}", "  any_of: {}", "10: 'any_of' must be a list of conditions"),
        (
            "severity: low",
            "severity: lwo",
            "2: 'severity' must be one of critical, high, medium, low, not 'lwo'; did you mean 'low'?",
        ),
        ("gate: never", "gate: no", "3: 'gate' must be one of default, strict, never, not 'no'"),
        ("caps_grade_at: C", "caps_grade_at: A", "4: 'caps_grade_at' must be one of B, C, D, F, not 'A'; A is no cap"),
        (
            "known_gaps: None.",
            "known_gap: None.",
            "15: unknown key 'known_gap' in the rule; did you mean 'known_gaps'?",
        ),
        ("why: Because.\n", "", "1: 'why' is missing in the rule"),
        ("why: Because.", "why:", "13: 'why' is missing in the rule"),
        ("why: Because.", "why: [Because]", "13: 'why' must be a text"),
        ("why: Because.", "why: Because.\nwhy: Really.", "14: 'why' stands here twice; the first is on line 13"),
        ("{vm.name}", "{vm.nmae}", "11: unknown placeholder {vm.nmae} in 'says'; did you mean 'vm.name'?"),
        (
            "{vm.name}",
            "{vm.name.__class__}",
            "11: unknown placeholder {vm.name.__class__} in 'says'",
        ),
        ("It is called otherwise", '"{found} {"', "12: a brace in 'holds' is not closed"),
        ('maps_to:\n  soc2: ["CC6.1"]', "maps_to: [CC6.1]", "16: 'maps_to' must be a mapping"),
        ('["CC6.1"]', "CC6.1", "17: 'soc2' must be a list"),
        (GOOD.partition("examples:\n")[2], "  none\n", "19: 'examples' must be a list"),
        ("  soc2:", "  soc3:", "17: unknown framework 'soc3'; did you mean 'soc2'?"),
        ('["CC6.1"]', "[6.1]", "17: 'soc2' must hold texts; quote 6.1"),
        (
            "https://learn",
            "http://learn",
            "18: a reference must start with https://, not 'http://learn.microsoft.com/azure'",
        ),
        (
            "expect: unknown",
            "expect: pass",
            "19: no example expects 'unknown'; each rule needs one for fail, pass, unknown",
        ),
        ("expect: fail", "expect: fial", "20: unknown status 'fial'; did you mean 'fail'?"),
        ("vm.name: db", "vm.name: [db]", "21: fact 'vm.name' takes a text, not ['db']"),
        ("vm.name: db", "vm.nme: db", "21: unknown fact 'vm.nme'; did you mean 'vm.name'?"),
        ("title: The", f"title: {'x' * 50} The", "1: the title has 76 characters; 70 are the most"),
        ("caps_grade_at: C", "caps_grade_at: C\nneeds: [NET-999]", "5: needs 'NET-999', which no file defines"),
        (
            "caps_grade_at: C",
            "caps_grade_at: C\nneeds: [NET-901]",
            "5: needs NET-901, which in turn needs NET-901: a circle",
        ),
        ("fix: Rename it.", "fix: !!python/object/apply:os.system [reboot]", "14: tags (!) are not allowed"),
        ("fix: Rename it.", "fix: &a Rename it.", "14: anchors and aliases (& and *) are not allowed"),
        ("fix: Rename it.", "fix: 'Rename it.", "23: this is no YAML: found unexpected end of stream"),
        ("fix: Rename it.", "fix: " + "[" * 30, "14: lists and mappings are nested deeper than 20"),
        ("fix: Rename it.", "fix: 2024-01-01", "14: 2024-01-01 is no plain text or number; quote it if it is a text"),
        (GOOD, "", "1: the file is empty"),
        (GOOD, "- a", "1: the rule must be a mapping"),
        (GOOD, "x" * 100_001, "1: the file is longer than 100000 characters"),
    ],
)
def test_a_broken_file_is_refused_with_line_and_remedy(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in GOOD

    assert f"{AT}:{says}" in problems(write(tmp_path, GOOD.replace(old, new, 1)))


def test_one_mistake_gives_one_message(tmp_path: Path) -> None:
    broken = GOOD.replace("{equals: $name}", "{equls: $name}")

    assert problems(write(tmp_path, broken)) == (f"{AT}:10: unknown operator 'equls'; did you mean 'equals'?",)


def test_all_problems_of_all_files_come_in_one_run_by_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("severity: low", "severity: x").replace("gate: never", "gate: x"))
    folder = write(tmp_path, GOOD.replace("why: Because.", "why: 5"), "bastion/BAS-901-b.yaml")

    assert problems(folder) == (
        "rules/bastion/BAS-901-b.yaml:13: 'why' must be a text",
        f"{AT}:2: 'severity' must be one of critical, high, medium, low, not 'x'",
        f"{AT}:3: 'gate' must be one of default, strict, never, not 'x'",
    )


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "network/NET-1-x.yaml",
            "1: a rule file is named <ID>-<slug>.yaml, as in NET-001-management-port-open-to-internet.yaml",
        ),
        (
            "network/NET-001-Open_Port.yaml",
            "1: a rule file is named <ID>-<slug>.yaml, as in NET-001-management-port-open-to-internet.yaml",
        ),
        (
            "network/NET-001-x.yml",
            "1: a rule file is named <ID>-<slug>.yaml, as in NET-001-management-port-open-to-internet.yaml",
        ),
        ("network/NTE-001-x.yaml", "1: unknown prefix 'NTE' of an id; did you mean 'NET'?"),
        ("bastion/NET-001-x.yaml", "1: a rule with the prefix NET belongs into the folder rules/network"),
    ],
)
def test_a_file_must_be_named_by_its_id_and_stand_in_its_layer(tmp_path: Path, name: str, says: str) -> None:
    assert problems(write(tmp_path, GOOD, name)) == (f"rules/{name}:{says}",)


def test_an_id_is_used_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "network/NET-901-a.yaml")
    folder = write(tmp_path, GOOD, "network/NET-901-b.yaml")

    assert problems(folder) == (
        "rules/network/NET-901-b.yaml:1: the id NET-901 is taken by rules/network/NET-901-a.yaml",
    )


def test_rules_must_not_need_each_other_in_a_circle(tmp_path: Path) -> None:
    write(tmp_path, GOOD + "needs: [NET-902]\n", "network/NET-901-a.yaml")
    folder = write(tmp_path, GOOD + "needs: [NET-901]\n", "network/NET-902-b.yaml")

    assert problems(folder) == (
        "rules/network/NET-901-a.yaml:23: needs NET-902, which in turn needs NET-901: a circle",
        "rules/network/NET-902-b.yaml:23: needs NET-901, which in turn needs NET-902: a circle",
    )


def test_deleting_a_control_must_not_pay(tmp_path: Path) -> None:
    """Deleting it fails the needed rule and silences the one that looks at it, so the former must cap as low."""
    write(tmp_path, GOOD.replace("caps_grade_at: C", "caps_grade_at: B"), "network/NET-901-a.yaml")
    folder = write(tmp_path, GOOD + "needs: [NET-901]\n", "network/NET-902-b.yaml")

    assert problems(folder) == (
        (
            "rules/network/NET-902-b.yaml:23: caps the grade at C but needs NET-901, which caps it at B: "
            "deleting what NET-901 asks for would raise a grade"
        ),
    )


def test_rules_stand_in_the_order_of_the_layers(tmp_path: Path) -> None:
    for name in ("host/HST-001-a.yaml", "bastion/BAS-001-b.yaml", "network/NET-002-c.yaml", "network/NET-001-d.yaml"):
        folder = write(tmp_path, GOOD, name)

    assert [rule.id for rule in read_rules(folder)] == ["NET-001", "NET-002", "BAS-001", "HST-001"]


def test_conditions_are_combined(tmp_path: Path) -> None:
    both = "  all_of:\n    - vm.name: {equals: $name}\n    - vm.tags: {has_any: [a, $name]}\n"
    (rule,) = read_rules(write(tmp_path, GOOD.replace("  vm.name: {equals: $name}\n", both)))

    assert rule.fail_when == AllOf((Ask("vm.name", "equals", "web", 11), Ask("vm.tags", "has_any", ["a", "web"], 12)))
    assert rule.facts == ("vm.has_network_interface", "vm.name", "vm.tags")


def test_a_folder_without_rules_is_no_set_of_rules(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()

    assert problems(tmp_path / "rules") == ("rules: there is no rule file here",)
    with pytest.raises(UsageError, match="there is no such folder of rules"):
        read_rules(tmp_path / "nowhere")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD)
    (folder / NAME).write_bytes(b"\xff\xfe")

    (says,) = problems(folder)

    assert says.startswith(f"{AT}:1: the file can't be read: 'utf-8' codec can't decode")


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    witness = tmp_path / "executed"
    hostile = f"title: !!python/object/apply:os.system ['touch {witness}']\n{GOOD.partition(chr(10))[2]}"

    problems(write(tmp_path, hostile))

    assert not witness.exists()
