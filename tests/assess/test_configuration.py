"""Other values for the parameters of rules, from a file that somebody named: docs/configuration.md."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assess.judged import audited, shipped_rules, verdict
from assess.remake_configuration_page import PAGE
from builders import allow, estate, nic, nsg, public_ip, vm
from vmaudit.assess.assessment import Status
from vmaudit.assess.configuration import ConfigurationErrors, configured, rules_in_force
from vmaudit.assess.guide import with_tables
from vmaudit.assess.reading import read_rules
from vmaudit.assess.rule import Rule
from vmaudit.errors import UsageError
from vmaudit.shipped import rules_folder

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(text: str) -> Path:
        path = tmp_path / "vmaudit.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return put


def rules(path: Path) -> dict[str, Rule]:
    return {rule.id: rule for rule in configured(shipped_rules(), path)}


def values(rule: Rule) -> dict[str, Any]:
    return {parameter.name: parameter.value for parameter in rule.parameters}


def problems(path: Path) -> list[str]:
    """What is wrong with the file, with the file named as from its own folder."""
    with pytest.raises(ConfigurationErrors) as refused:
        configured(shipped_rules(), path)
    assert refused.value.exit_code == 2
    return [problem.replace(f"{path.parent}/", "") for problem in refused.value.problems]


def test_a_value_takes_the_place_of_the_default_in_the_rule_and_in_its_parameters(write: Write) -> None:
    path = write("rules:\n  NET-001: {ports: [22, 10022]}\n")
    rule = rules(path)["NET-001"]
    ports, udp_ports, *_ = rule.parameters

    assert (ports.value, ports.default, ports.configured) == ([22, 10022], [22, 3389, 5985, 5986], [22, 10022])
    assert (udp_ports.value, udp_ports.configured) == ([3389], None)


def test_the_rule_then_judges_by_the_value(write: Write) -> None:
    whole = estate(vm(nic(nsg(allow(10022)), public_ip())))
    path = write("rules:\n  NET-001: {ports: [10022]}\n")

    assert verdict(audited(whole), "NET-001").status is Status.PASS
    assert verdict(audited(whole, [rules(path)["NET-001"]]), "NET-001").says == "The internet can reach TCP 10022 now"


def test_a_value_reaches_every_question_that_uses_the_parameter(write: Write) -> None:
    """NET-002 asks two facts for the same ports and the same approved sources."""
    whole = estate(vm(nic(nsg(allow(22, source="198.51.100.7")), public_ip())))
    path = write("rules:\n  NET-002:\n    approved_sources: [198.51.100.0/24]\n")

    assert verdict(audited(whole), "NET-002").status is Status.FAIL
    assert verdict(audited(whole, [rules(path)["NET-002"]]), "NET-002").status is Status.PASS


def test_a_parameter_of_what_a_rule_applies_to_can_be_set_too(write: Write) -> None:
    rule = rules(write("rules:\n  NET-004:\n    approved_tags: [edge=yes]\n"))["NET-004"]

    assert "['edge=yes']" in repr(rule.applies_when)


def test_rules_and_parameters_that_the_file_does_not_name_stay_as_they_are(write: Write) -> None:
    before = {rule.id: rule for rule in shipped_rules()}
    after = rules(write("rules:\n  NET-001: {ports: [22]}\n"))

    assert {name for name in before if before[name] != after[name]} == {"NET-001"}
    assert list(after) == list(before)


def test_no_file_is_read_unless_it_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("rules:\n  NET-001: {ports: [1]}\n")
    monkeypatch.chdir(path.parent)

    assert rules_in_force(rules_folder()) == read_rules(rules_folder())
    assert values(rules_in_force(rules_folder(), Path("vmaudit.yaml"))[0])["ports"] == [1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rules:\n  NET-01: {ports: [22]}\n", "vmaudit.yaml:2: unknown rule 'NET-01'; did you mean 'NET-001'?"),
        (
            "rules:\n  NET-001:\n    port: [22]\n",
            "vmaudit.yaml:3: NET-001 has no parameter 'port'; did you mean 'ports'?",
        ),
        (
            "rules:\n  NET-001: {x: 1}\n",
            "vmaudit.yaml:2: NET-001 has no parameter 'x'; it has ports, udp_ports, internet_wide_ipv4",
        ),
        (
            "rules:\n  NET-001: {internet_wide_ipv4: 1073741825}\n",
            (
                "vmaudit.yaml:2: parameter 'internet_wide_ipv4' of NET-001 takes a whole number from 1 to 1073741824, "
                "not 1073741825"
            ),
        ),
        (
            "rules:\n  NET-001: {internet_wide_ipv4: true}\n",
            "vmaudit.yaml:2: parameter 'internet_wide_ipv4' of NET-001 takes a whole number from 1 to 1073741824, not True",
        ),
        (
            "rules:\n  JIT-002: {windows_ports: rdp}\n",
            "vmaudit.yaml:2: parameter 'windows_ports' of JIT-002 takes a list of ports such as [22, \"5985-5986\"], not 'rdp'",
        ),
        ("rules:\n  NET-006: {x: 1}\n", "vmaudit.yaml:2: NET-006 has no parameter 'x'; it has none"),
        (
            "rules:\n  NET-001: {ports: [ssh]}\n",
            "vmaudit.yaml:2: parameter 'ports' of NET-001 takes a list of ports such as [22, \"5985-5986\"]; 'ssh' is none",
        ),
        (
            "rules:\n  NET-001: {ports: 22}\n",
            "vmaudit.yaml:2: parameter 'ports' of NET-001 takes a list of ports such as [22, \"5985-5986\"], not 22",
        ),
        (
            "rules:\n  NET-003: {approved_jump_cidrs: [10.0.0.0/33]}\n",
            (
                "vmaudit.yaml:2: parameter 'approved_jump_cidrs' of NET-003 takes a list of address prefixes; "
                "'10.0.0.0/33' does not appear to be an IPv4 or IPv6 network"
            ),
        ),
        (
            "rules:\n  NET-008: {nva_tags: nva}\n",
            "vmaudit.yaml:2: parameter 'nva_tags' of NET-008 takes a list of texts, not 'nva'",
        ),
        (
            "rules:\n  NET-008: {known_peers: [7]}\n",
            "vmaudit.yaml:2: parameter 'known_peers' of NET-008 takes a list of texts, not [7]",
        ),
        (
            "rules:\n  BAS-006: {max_sources: many}\n",
            "vmaudit.yaml:2: parameter 'max_sources' of BAS-006 takes a number, not 'many'",
        ),
        (
            "rules:\n  BAS-002: {minimum: standard}\n",
            (
                "vmaudit.yaml:2: parameter 'minimum' of BAS-002 takes one of Developer, Basic, Standard and Premium, "
                "not 'standard'"
            ),
        ),
        (
            "rules:\n  BAS-007: {forbidden: [shareable-link]}\n",
            (
                "vmaudit.yaml:2: parameter 'forbidden' of BAS-007 takes names that 'bastion.features' can have, "
                "and 'shareable-link' is none; did you mean 'shareable_link'?"
            ),
        ),
        (
            "rules:\n  NET-001: {ports: }\n",
            "vmaudit.yaml:2: parameter 'ports' of NET-001 takes a value; leave the line out for the default",
        ),
        (
            "rules:\n  BAS-001: {required: 0}\n",
            "vmaudit.yaml:2: parameter 'required' of BAS-001 takes true or false, not 0",
        ),
        (
            "rules:\n  BAS-001: {required: false}\n",
            (
                "vmaudit.yaml:2: 'required' of BAS-001 can be false only if 'approved_jump_cidrs' of NET-003 "
                "approves some"
            ),
        ),
        ("rules:\n  NET-001: [22]\n", "vmaudit.yaml:2: 'NET-001' must be a mapping from parameters to values"),
        ("rules: [NET-001]\n", "vmaudit.yaml:1: 'rules' must be a mapping"),
        ("- rules\n", "vmaudit.yaml:1: the configuration must be a mapping"),
        ("organisation: 7\n", "vmaudit.yaml:1: 'organisation' must be a text"),
        ("organisation:\n", "vmaudit.yaml:1: 'organisation' is missing in the configuration"),
        (
            "rules:\n  NET-001: {ports: [1]}\nrule: 1\n",
            "vmaudit.yaml:3: unknown key 'rule' in the configuration; did you mean 'rules'?",
        ),
        (
            "rules:\n  NET-001: {ports: [1]}\n  NET-001: {ports: [2]}\n",
            "vmaudit.yaml:3: 'NET-001' stands here twice; the first is on line 2",
        ),
        ("", "vmaudit.yaml:1: the file is empty"),
        ("{}\n", "vmaudit.yaml:1: 'rules' is missing in the configuration"),
        ("rules: &a\n  NET-001: {ports: [1]}\n", "vmaudit.yaml:1: anchors and aliases (& and *) are not allowed"),
        ("rules: !!python/object:os.system x\n", "vmaudit.yaml:1: tags (!) are not allowed"),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_what_would_be_right(write: Write, text: str, says: str) -> None:
    assert says in problems(write(text))


def test_all_mistakes_are_told_in_one_run_in_the_order_of_the_file(write: Write) -> None:
    text = "rules:\n  NET-01: {ports: [22]}\n  NET-001: {ports: [ssh], udp_ports: [x]}\n  NET-006: {x: 1}\n"

    assert [problem.partition(": ")[0] for problem in problems(write(text))] == [
        "vmaudit.yaml:2",
        "vmaudit.yaml:3",
        "vmaudit.yaml:3",
        "vmaudit.yaml:4",
    ]


def test_a_wrong_value_is_told_once_and_not_by_its_neighbours(write: Write) -> None:
    """`opens` reads the ports together with the sources: what is wrong with the one is not the other's fault."""
    text = "rules:\n  NET-002: {ports: [ssh], udp_ports: [53], approved_sources: [198.51.100.0/24]}\n"

    (problem,) = problems(write(text))
    assert "'ports' of NET-002" in problem


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.yaml is no file"):
        configured(shipped_rules(), tmp_path / "nowhere.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"binary\.yaml can't be read"):
        configured(shipped_rules(), binary)


@pytest.mark.parametrize("rule", [rule for rule in shipped_rules() if rule.parameters], ids=lambda rule: rule.id)
def test_the_default_of_every_parameter_can_be_written_as_a_value(rule: Rule, write: Write) -> None:
    defaults = ", ".join(f"{parameter.name}: {_yaml(parameter.default)}" for parameter in rule.parameters)

    assert values(rules(write(f"rules:\n  {rule.id}: {{{defaults}}}\n"))[rule.id]) == values(rule)


def _yaml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def test_the_page_about_the_configuration_lists_every_parameter() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert with_tables(text) == text, "run: python tests/assess/remake_configuration_page.py"
