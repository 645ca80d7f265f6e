"""Rules that configuration switches off: only where another one is seen to stand in, and never without saying so."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from assess.guards import bastion, guarded
from assess.judged import audited, result, shipped_rules, verdict
from builders import Built, allow, deny, estate, nic, nsg, subnet, vm, without
from rules.fact_values import rows_and_less
from vmaudit.assess.assessment import Assessment, Status
from vmaudit.assess.configuration import configured, configured_as
from vmaudit.assess.rule import Rule
from vmaudit.assess.trial import try_facts
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import SecurityRule

JUMP_HOSTS = "10.20.0.16/28"
OFF: dict[str, dict[str, Any]] = {
    "BAS-001": {"required": False},
    "JIT-001": {"required": False},
    "NET-003": {"approved_jump_cidrs": [JUMP_HOSTS]},
}
ASKED = ("NET-003", "BAS-001", "BAS-002", "BAS-006", "JIT-001")
CLOSED = deny("*", source="10.0.0.0/8", priority=900, protocol="*")


@cache
def switched_off() -> tuple[Rule, ...]:
    """The shipped rules, with Bastion and just-in-time access not required."""
    return tuple(configured_as(rule, OFF.get(rule.id, {})) for rule in shipped_rules())


def judged(whole: Estate, rules: tuple[Rule, ...] | None = None) -> Assessment:
    return audited(whole, [rule for rule in rules or switched_off() if rule.id in ASKED])


def behind(*rules: SecurityRule) -> Built:
    return vm(nic(nsg(*rules), subnet()))


def jump_hosts_only(*hosts: Any) -> Estate:
    """A machine that takes SSH from the jump hosts alone."""
    machine = behind(allow(22, source=JUMP_HOSTS, priority=100), CLOSED, deny("*", priority=901, protocol="*"))
    return guarded(estate(machine), *hosts)


def test_a_machine_without_a_bastion_is_excused_where_only_approved_jump_hosts_get_in() -> None:
    found = verdict(judged(jump_hosts_only()), "BAS-001")

    assert found.status is Status.NOT_APPLICABLE
    assert found.says == "Does not apply (switched off by configuration, and NET-003 passes)"
    assert "required: false, which counts where NET-003 passes; it says pass" in found.proof


def test_the_same_machine_fails_where_nothing_is_switched_off() -> None:
    found = verdict(judged(jump_hosts_only(), shipped_rules()), "BAS-001")

    assert found.status is Status.FAIL
    assert not any("required" in line for line in found.proof)


def test_rules_that_look_at_the_bastion_do_not_apply_where_there_is_none_and_none_is_required() -> None:
    found = verdict(judged(jump_hosts_only()), "BAS-006")

    assert found.status is Status.NOT_APPLICABLE
    assert found.says == "Does not apply (nothing to look at: configuration excuses the machine from BAS-001)"
    assert "BAS-001" in found.proof


def test_a_bastion_that_is_there_is_judged_all_the_same() -> None:
    assessment = judged(jump_hosts_only(bastion(sku="Basic")))

    assert verdict(assessment, "BAS-001").status is Status.PASS
    assert verdict(assessment, "BAS-002").status is Status.FAIL


def test_where_the_network_gets_in_nothing_is_excused_and_the_verdict_says_why() -> None:
    found = verdict(judged(guarded(estate(behind(allow(22, source="10.0.0.0/8"))))), "BAS-001")

    assert found.status is Status.FAIL
    assert "required: false, which counts where NET-003 passes; it says fail" in found.proof


def test_where_nobody_knows_who_gets_in_nobody_knows_whether_it_is_excused() -> None:
    whole = jump_hosts_only()
    (group,) = whole.security_groups
    assessment = judged(without(whole, group))

    assert verdict(assessment, "NET-003").status is Status.UNKNOWN
    assert verdict(assessment, "BAS-001").status is Status.UNKNOWN
    assert verdict(assessment, "BAS-001").says == (
        "Not known: whether NET-003 passes, where configuration switches this rule off"
    )
    assert result(assessment).grade.worst is not result(assessment).grade.best


def test_the_assessment_says_how_many_machines_are_excused_from_what() -> None:
    alone = vm(nic(nsg(CLOSED, deny("*", priority=901, protocol="*")), subnet()), name="a")
    other = vm(nic(nsg(allow(22, source="10.0.0.0/8"), name="open"), subnet(), name="nic-b"), name="b")
    found = judged(guarded(estate(alone, other))).assumptions

    assert (
        "configuration excuses 1 machine from BAS-001 (No working Azure Bastion covers the machine): required is "
        "false, and NET-003 passes there"
    ) in found
    assert not any("configuration" in line for line in judged(jump_hosts_only(), shipped_rules()).assumptions)


@pytest.mark.parametrize("order", [("BAS-001", "NET-003"), ("NET-003", "BAS-001")])
def test_the_order_of_the_file_does_not_matter(tmp_path: Path, order: tuple[str, str]) -> None:
    lines = {"BAS-001": "{required: false}", "NET-003": f"{{approved_jump_cidrs: [{JUMP_HOSTS}]}}"}
    path = tmp_path / "vmaudit.yaml"
    path.write_text("rules:\n" + "".join(f"  {name}: {lines[name]}\n" for name in order), encoding="utf-8")

    assert verdict(judged(jump_hosts_only(), configured(shipped_rules(), path)), "BAS-001").status is (
        Status.NOT_APPLICABLE
    )


@settings(deadline=None, max_examples=60)
@given(rows_and_less())
def test_reading_less_never_excuses_anything(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    found = try_facts(switched_off(), pair)
    good = (Status.PASS, Status.NOT_APPLICABLE)

    assert [rule for rule, (before, after) in found.items() if before not in good and after in good] == []
