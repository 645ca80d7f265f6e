from typing import Any

import pytest

from assess.guards import bastion, guarded, jit_policy, jit_port, machine_with
from assess.judged import audited, manifest, result, spine_rules, verdict
from builders import Built, allow, estate, nic, not_collected, nsg, public_ip, resource_id, subnet, vm, without
from vmaudit.assess.assessment import Letter, Status
from vmaudit.errors import EvidenceError
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import PowerState
from vmaudit.known import Unknown
from vmaudit.snapshot.manifest import Outcome, OutcomeKind, TableEntry

BASTION_SUBNET = subnet(
    nsg(allow(443, source="Internet"), name="nsg-bastion"), name="AzureBastionSubnet", space="10.0.1.0/26"
)
ASSERTED = Outcome(scope="", outcome=OutcomeKind.COMPLETE, asserted=True)


def well_kept(machine: Built) -> Estate:
    """A machine with a Bastion and a just-in-time policy that guards SSH."""
    return guarded(estate(machine, BASTION_SUBNET), bastion(), jit_policy(jit_port(22)))


def test_a_well_kept_machine_gets_an_a() -> None:
    found = result(audited(well_kept(vm(nic(nsg())))))

    assert {v.status for v in found.verdicts} == {Status.PASS}
    assert found.grade.worst is Letter.A
    assert [v.rule for v in found.verdicts] == [rule.id for rule in spine_rules()]


def test_an_open_management_port_is_an_f_with_the_rule_that_opens_it_as_proof() -> None:
    assessment = audited(well_kept(vm(nic(public_ip(), nsg(allow(22, name="ssh"))))))

    answer = verdict(assessment, "NET-001")

    assert result(assessment).grade.worst is Letter.F
    assert answer.says == "The internet can reach TCP 22 now"
    assert answer.proof == (
        "exposure.internet_tcp_ports: TCP 22",
        "exposure.internet_udp_ports: no UDP port",
        "vm.answers: now",
        f"{resource_id('networkSecurityGroups', 'nsg')}/securityRules/ssh",
    )


@pytest.mark.parametrize(
    ("power", "when"),
    [
        (PowerState.DEALLOCATED, "once the machine runs"),
        (Unknown("the row does not say"), "whenever the machine runs"),
    ],
)
def test_a_door_of_a_machine_that_does_not_run_is_open_once_it_does(power: Any, when: str) -> None:
    whole = well_kept(vm(nic(public_ip(), nsg(allow(22))), power=power))

    assert verdict(audited(whole), "NET-001").says == f"The internet can reach TCP 22 {when}"


def test_an_approved_edge_machine_may_have_an_address_and_must_still_keep_its_doors_shut() -> None:
    edge = machine_with(vm(nic(public_ip(), nsg(allow(22)))), tags=(("role", "vmaudit-public"),))

    assessment = audited(well_kept(edge))

    assert verdict(assessment, "NET-004").status is Status.NOT_APPLICABLE
    assert verdict(assessment, "NET-004").says == "Does not apply (the tags: role=vmaudit-public)"
    assert result(assessment).grade.worst is Letter.F


def test_what_was_not_read_is_named() -> None:
    whole = well_kept(vm(nic(public_ip(), nsg())))

    answer = verdict(audited(without(whole, resource_id("networkSecurityGroups", "nsg").lower())), "NET-001")

    assert (answer.status, answer.says) == (Status.UNKNOWN, "Not known: NSG nsg is not in the evidence")


def test_a_rule_whose_needed_rule_fails_is_not_reached_and_gives_no_second_finding() -> None:
    assessment = audited(estate(vm(nic(nsg()))))

    answer = verdict(assessment, "BAS-002")

    assert answer.status is Status.NOT_REACHED
    assert answer.says == "Not reached: BAS-001 comes first (No working Azure Bastion covers the machine)"
    assert answer.proof == ("BAS-001",)


def test_a_rule_whose_needed_rule_is_unknown_answers_for_itself() -> None:
    whole = guarded(estate(vm(nic(nsg())), incomplete=["jit_policies"]), jit_policy(jit_port(443, sources=("*",))))
    assessment = audited(whole)

    assert verdict(assessment, "JIT-002").status is Status.UNKNOWN
    assert verdict(assessment, "JIT-003").status is Status.FAIL


def test_a_machine_without_an_interface_is_exempt_and_says_why() -> None:
    assessment = audited(estate(vm()))

    assert verdict(assessment, "NET-001").says == ("Does not apply (whether the machine has a network interface: no)")
    assert verdict(assessment, "HST-001").status is Status.PASS
    assert result(assessment).grade.worst is Letter.A


def test_a_machine_whose_row_was_not_read_is_counted_and_may_be_an_f() -> None:
    why = Unknown("the machine's row could not be read")
    unread = machine_with(vm(), network_interfaces=why, operating_system=why, power=why, password_sign_in=why)

    found = result(audited(estate(unread)))

    assert {v.status for v in found.verdicts} == {Status.UNKNOWN}
    assert (found.grade.worst, found.grade.best) == (Letter.F, Letter.A)
    assert (found.machine.operating_system, found.machine.power) == ("unknown", "unknown")


def test_a_pass_that_leans_on_an_asserted_table_says_so() -> None:
    about = manifest(TableEntry(name="load_balancers", outcomes=(ASSERTED,)))

    answer = verdict(audited(well_kept(vm(nic(nsg()))), about=about), "NET-001")

    assert answer.status is Status.PASS
    assert answer.proof[-1] == "assumed: Load balancers: the files are asserted to hold all of them"


def test_a_failure_leans_on_an_assertion_only_where_an_absence_fails() -> None:
    tables = ("load_balancers", "bastion_hosts")
    about = manifest(*(TableEntry(name=table, outcomes=(ASSERTED,)) for table in tables))
    assessment = audited(estate(vm(nic(public_ip(), nsg(allow(22))))), about=about)

    assert not any(line.startswith("assumed") for line in verdict(assessment, "NET-001").proof)
    assert "assumed: Bastion hosts: the files are asserted to hold all of them" in verdict(assessment, "BAS-001").proof


def test_a_proven_failure_stands_though_much_was_not_read() -> None:
    whole = estate(vm(nic(public_ip(), nsg(allow(22)))), incomplete=["load_balancers", "azure_firewalls"])

    assert verdict(audited(whole), "NET-001").status is Status.FAIL


def test_tables_that_were_not_collected_keep_a_rule_from_passing() -> None:
    whole = estate(vm(nic(nsg(allow(22, source="203.0.113.0/24")))), incomplete=["load_balancers"])
    wide = estate(vm(nic(nsg(allow(22)))), incomplete=["load_balancers"])

    assert verdict(audited(wide), "NET-001").status is Status.UNKNOWN
    assert not_collected("load_balancers") in verdict(audited(wide), "NET-001").says
    assert verdict(audited(whole), "BAS-001").status is Status.FAIL


def test_results_stand_by_subscription_group_and_name_whatever_the_letter_case() -> None:
    names = ("b", "A", "c")
    machines = [vm(nic(nsg(name=f"nsg-{n}"), name=f"nic-{n}"), name=n) for n in names]

    assert [r.machine.name for r in audited(estate(*machines)).results] == ["A", "b", "c"]


def test_machines_in_the_same_situation_share_their_verdicts() -> None:
    shared = subnet(nsg())
    machines = [vm(nic(shared, name=f"nic-{n}", at=f"10.0.0.{n}"), name=f"vm-{n}") for n in range(4, 8)]

    results = audited(guarded(estate(*machines, BASTION_SUBNET), bastion())).results

    assert len({id(found.verdicts) for found in results}) == 1
    assert len({id(found.grade) for found in results}) == 1


def test_the_same_evidence_gives_an_equal_assessment() -> None:
    machine = vm(nic(public_ip(), nsg(allow(22))), power=PowerState.STOPPED)

    first, second = audited(well_kept(machine)), audited(well_kept(machine))

    assert [(r.machine, r.grade, r.verdicts, r.layers) for r in first.results] == [
        (r.machine, r.grade, r.verdicts, r.layers) for r in second.results
    ]
    assert (first.fleet, first.causes, first.coverage) == (second.fleet, second.causes, second.coverage)


def test_no_machine_is_no_audit() -> None:
    with pytest.raises(EvidenceError, match="the evidence holds no virtual machine") as error:
        audited(estate())

    assert error.value.exit_code == 3


def test_a_machine_is_described_by_its_id() -> None:
    machine = result(audited(estate(vm(nic())))).machine

    assert (machine.resource_group, machine.subscription) == ("rg", "00000000-0000-0000-0000-000000000001")
    assert (machine.operating_system, machine.power, machine.location) == ("Linux", "running", "westeurope")
