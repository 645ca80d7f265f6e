"""Every packet that Network Watcher's IP flow verify was asked about: access and rule as Azure says, or Unknown."""

import pytest

from recordings.azure_words import flow_verdict
from recordings.comparing import Outcome, compare_flow, rules_left_open
from recordings.estate_of_case import Reading
from recordings.oddities import NO_GROUP
from recordings.recorded import Case, cases, needs_recordings, of_kind

KIND = "ip_flow_verify"


@pytest.mark.parametrize("case", of_kind(KIND))
@pytest.mark.parametrize("reading", Reading, ids=lambda reading: reading.name.lower())
def test_our_verdict_is_azure_s_or_unknown(case: Case, reading: Reading) -> None:
    found = compare_flow(case, reading)

    assert found.outcome is not Outcome.DISAGREE, f"Azure says {found.azure}, we say {found.ours}"


@pytest.mark.parametrize("case", of_kind(KIND, lambda case: case.complete_inputs))
def test_with_complete_inputs_the_verdict_is_azure_s(case: Case) -> None:
    found = compare_flow(case, Reading.AS_RECORDED)

    assert found.outcome is Outcome.AGREE or found.reason == NO_GROUP


def open_with_all_rules_known(case: Case) -> bool:
    unknown = compare_flow(case, Reading.AS_RECORDED).outcome is Outcome.UNKNOWN
    return unknown and rules_left_open(case, Reading.AS_RECORDED) is not None


@pytest.mark.parametrize("case", of_kind(KIND, open_with_all_rules_known))
def test_where_we_say_unknown_azure_s_rule_is_one_that_we_leave_open(case: Case) -> None:
    azure, left_open = flow_verdict(case), rules_left_open(case, Reading.AS_RECORDED)

    assert azure is not None
    assert azure.rule in (left_open or ())


@pytest.mark.parametrize("case", of_kind(KIND, lambda case: case.made_by_azure_cli and flow_verdict(case)))
def test_in_the_network_that_az_vm_create_makes_every_packet_is_decided(case: Case) -> None:
    """The recordings of the Azure CLI lack nothing but that network (test_effective_nsg shows that it is this one)."""
    found = compare_flow(case, Reading.AS_AZ_VM_CREATE_MAKES_IT)

    assert found.outcome is Outcome.AGREE


@needs_recordings
def test_a_case_without_the_machine_s_resources_is_unknown() -> None:
    bare = [case for case in cases(KIND) if not case.resources]

    assert bare
    assert {compare_flow(case, Reading.AS_RECORDED).ours for case in bare} == {"Unknown"}
