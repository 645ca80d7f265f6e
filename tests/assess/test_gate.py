from dataclasses import replace

import pytest

from assess.guards import bastion, guarded, jit_policy, jit_port
from assess.judged import audited, said, spine_rules
from builders import allow, estate, nic, nsg, public_ip, subnet, vm
from vmaudit.assess.assessment import Status, Verdict
from vmaudit.assess.gate import (
    GateFinding,
    GateFix,
    GateInput,
    GateMachine,
    GateOutcome,
    Profile,
    Way,
    gate,
    gate_input,
)
from vmaudit.assess.rule import Gate
from vmaudit.errors import EvidenceError, UsageError
from vmaudit.estate.estate import Estate

GATES = {"NET-001": Gate.DEFAULT, "NET-004": Gate.STRICT, "JIT-003": Gate.STRICT, "BAS-002": Gate.NEVER}
PASS, FAIL, UNKNOWN, EXEMPT, NOT_REACHED = Status
NSG = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg-web"
SSH = f"{NSG}/securityRules/ssh"
ALL_PASS = dict.fromkeys(GATES, PASS)


def machine(name: str = "web", *proof: str, **statuses: Status) -> GateMachine:
    """A machine that passes every rule but these, written NET_001=FAIL."""
    found = ALL_PASS | {rule.replace("_", "-"): status for rule, status in statuses.items()}
    verdicts = tuple(said(rule, status, *proof) for rule, status in found.items())
    ways = (Way("internet", "203.0.113.7:22", (SSH, f"/vm/{name}")),)
    return GateMachine(f"/vm/{name}", name, verdicts, ways)


def decide(*machines: GateMachine, profile: Profile = Profile.DEFAULT) -> GateOutcome:
    fixes = (GateFix("NET-004", NSG, "az detach"), GateFix("NET-001", NSG, "az close"))
    return gate(GateInput(GATES, {"NET-001": "Close it."}, fixes, machines), profile)


def test_the_gate_is_open_where_every_gate_rule_passes() -> None:
    outcome = decide(machine())

    assert (outcome.exit_code, outcome.failed, outcome.unknown) == (0, (), ())
    assert outcome.rules == ("NET-001",)


def test_a_failed_gate_rule_closes_it() -> None:
    assert decide(machine(), machine("db", NET_001=FAIL)).exit_code == 1


def test_rules_of_the_strict_profile_count_only_there() -> None:
    assert decide(machine(NET_004=FAIL)).exit_code == 0
    assert decide(machine(NET_004=FAIL), profile=Profile.STRICT).exit_code == 1


def test_a_rule_that_belongs_to_no_gate_never_counts() -> None:
    assert decide(machine(BAS_002=FAIL), profile=Profile.STRICT).exit_code == 0


def test_an_unknown_gate_rule_is_neither_a_pass_nor_a_failure() -> None:
    outcome = decide(machine(NET_001=UNKNOWN))

    assert outcome.exit_code == 4
    assert [finding.rules for finding in outcome.unknown] == [("NET-001",)]
    assert outcome.unknown[0].fix == ""


def test_a_failure_outweighs_what_is_unknown() -> None:
    outcome = decide(machine("a", NET_001=UNKNOWN), machine("b", NET_001=FAIL))

    assert outcome.exit_code == 1
    assert [finding.name for finding in outcome.unknown] == ["a"]


def test_what_does_not_apply_does_not_close_the_gate() -> None:
    assert decide(machine(NET_001=EXEMPT)).exit_code == 0


def test_a_gate_rule_that_was_not_reached_did_not_pass() -> None:
    outcome = decide(machine(JIT_003=NOT_REACHED), profile=Profile.STRICT)

    assert outcome.exit_code == 1
    assert outcome.failed[0].rules == ("JIT-003",)


def test_a_gate_rule_without_a_verdict_was_not_asked_and_that_is_unknown() -> None:
    silent = replace(machine(), verdicts=())

    outcome = decide(silent)

    assert (outcome.exit_code, outcome.unknown[0].says) == (4, "a gate rule was not asked")


def test_no_machine_and_no_gate_rule_are_errors_and_no_pass() -> None:
    with pytest.raises(EvidenceError, match="there is no virtual machine before the gate"):
        decide()
    with pytest.raises(UsageError, match="no rule belongs to the gate 'default'"):
        gate(GateInput({}, {}, (), (machine(),)), Profile.DEFAULT)


def test_one_line_names_machine_rule_path_and_fix() -> None:
    outcome = decide(machine("web", SSH, NET_001=FAIL))

    assert outcome.failed[0].line == ("web: NET-001: internet → 203.0.113.7:22 → nsg-web/ssh | fix: az close")


def test_without_a_path_the_line_says_the_verdict() -> None:
    outcome = decide(machine("web", NET_001=FAIL))

    assert outcome.failed[0].line == "web: NET-001: NET-001 says fail | fix: Close it."


def test_a_line_stays_one_line_whatever_the_names_are() -> None:
    finding = GateFinding("/vm", "we\nb", ("NET-001",), "it\r\nfails", "", "Do this.\n\naz x")

    assert finding.line == "we b: NET-001: it fails | fix: Do this. az x"


def test_taking_evidence_away_never_opens_the_gate() -> None:
    for before in (FAIL, UNKNOWN, NOT_REACHED):
        for profile in Profile:
            closed = decide(machine(NET_001=before), profile=profile)
            less = decide(machine(NET_001=UNKNOWN), profile=profile)
            assert closed.exit_code != 0
            assert less.exit_code != 0


# --- from an audit -------------------------------------------------------------------------------------------------


def kept(*interfaces: object) -> Estate:
    inside = subnet(nsg(allow(443), name="nsg-bastion"), name="AzureBastionSubnet", space="10.0.1.0/26")
    return guarded(estate(vm(*interfaces), inside), bastion(), jit_policy(jit_port(22)))  # type: ignore[arg-type] - interfaces are what `nic` builds


def test_an_audit_goes_before_the_gate_with_paths_and_fixes() -> None:
    outcome = gate(gate_input(audited(kept(nic(public_ip(), nsg(allow(22, name="ssh")))))), Profile.DEFAULT)

    assert [finding.line for finding in outcome.failed] == [
        (
            "web: NET-001, NET-002: internet → 20.50.0.1:22 → nsg/ssh | fix: az network nsg rule delete "
            "--subscription 00000000-0000-0000-0000-000000000001 -g rg --nsg-name nsg -n ssh"
        )
    ]


def test_a_latent_opening_has_no_path_but_a_fix() -> None:
    outcome = gate(gate_input(audited(kept(nic(nsg(allow(22, name="ssh")))))), Profile.DEFAULT)

    assert outcome.failed[0].path == ""
    assert outcome.failed[0].says == "The NSGs admit TCP 22 from the internet at large"
    assert outcome.failed[0].fix.endswith("--nsg-name nsg -n ssh")


def test_a_well_kept_machine_passes_the_strict_gate() -> None:
    outcome = gate(gate_input(audited(kept(nic(nsg())))), Profile.STRICT)

    assert outcome.exit_code == 0
    assert len(outcome.rules) == sum(rule.gate is not Gate.NEVER for rule in spine_rules())


def test_the_default_gate_is_that_of_the_catalogue() -> None:
    outcome = gate(gate_input(audited(kept(nic(nsg())))), Profile.DEFAULT)

    assert outcome.rules == ("NET-001", "NET-002")


def test_verdicts_are_all_that_the_gate_needs() -> None:
    verdicts = (Verdict("NET-001", FAIL, "says", ()),)
    given = GateInput({"NET-001": Gate.DEFAULT}, {}, (), (GateMachine("/vm/a", "a", verdicts, ()),))

    assert gate(given, Profile.DEFAULT).failed[0].line == "a: NET-001: says"
