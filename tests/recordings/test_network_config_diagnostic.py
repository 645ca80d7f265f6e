"""Azure says for every rule whether protocol, source, ports and destination of a packet matched. So do we."""

import pytest

from recordings.azure_words import diagnoses
from recordings.comparing import Outcome, compare_diagnoses, compare_flags, evaluated_in_order
from recordings.estate_of_case import Reading
from recordings.oddities import MISNAMED, NO_GROUP_TO_DIAGNOSE
from recordings.recorded import Case, of_kind

KIND = "network_config_diagnostic"
EITHER = pytest.mark.parametrize("reading", Reading, ids=lambda reading: reading.name.lower())


@EITHER
@pytest.mark.parametrize("case", of_kind(KIND, diagnoses))
def test_every_match_flag_is_azure_s_or_unknown(case: Case, reading: Reading) -> None:
    wrong = [found for found in compare_flags(case, reading) if found.outcome is Outcome.DISAGREE]

    assert wrong == []


@EITHER
@pytest.mark.parametrize("case", of_kind(KIND))
def test_our_verdict_is_azure_s_or_unknown(case: Case, reading: Reading) -> None:
    wrong = [found for found in compare_diagnoses(case, reading) if found.outcome is Outcome.DISAGREE]

    assert wrong == []


@EITHER
@pytest.mark.parametrize("case", of_kind(KIND, diagnoses))
def test_rules_are_asked_in_azure_s_order_up_to_the_one_that_decides(case: Case, reading: Reading) -> None:
    for azure, ours in evaluated_in_order(case, reading):
        assert ours == azure


@pytest.mark.parametrize("case", of_kind(KIND, lambda case: case.complete_inputs))
def test_with_complete_inputs_the_verdict_is_decided(case: Case) -> None:
    found = compare_diagnoses(case, Reading.AS_RECORDED)

    assert [comparison.ours for comparison in found] == ["Allow by no rule"]
    assert [comparison.reason for comparison in found] == [NO_GROUP_TO_DIAGNOSE]


@pytest.mark.parametrize("case", of_kind(KIND, lambda case: case.made_by_azure_cli and diagnoses(case)))
def test_in_the_network_that_az_vm_create_makes_every_flag_and_verdict_is_decided(case: Case) -> None:
    reading = Reading.AS_AZ_VM_CREATE_MAKES_IT
    found = [*compare_diagnoses(case, reading), *compare_flags(case, reading)]

    assert {comparison.outcome for comparison in found} == {Outcome.AGREE}


@pytest.mark.parametrize("case", of_kind(KIND, diagnoses))
def test_the_rule_that_azure_names_is_the_first_of_which_everything_matched(case: Case) -> None:
    names = [(group.named.rule, group.deciding) for diagnosis in diagnoses(case) for group in diagnosis.groups]

    assert all(named == deciding for named, deciding in names) == (case.name not in MISNAMED)
