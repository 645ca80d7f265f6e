"""What Azure compiles a group to at an interface: default rules, and the addresses that each tag stands for."""

import pytest

from recordings.comparing import Outcome
from recordings.comparing_rules import compare_effective, expansions, left_out_of_internet
from recordings.estate_of_case import AZ_VM_CREATE_SPACE
from recordings.recorded import Case, Json, of_kind
from vmaudit.addresses import ANY_IPV4, PUBLIC, intersection, prefixes, size

KIND = "effective_nsg"
AZURE_HOST = "168.63.129.16"


def answers(case: Case) -> list[Json]:
    """One answer per group; a refusal and an interface without groups have none."""
    return (case.azure_says or {}).get("value", [])


@pytest.mark.parametrize("case", of_kind(KIND, answers))
def test_no_rule_and_no_tag_means_something_else_to_azure(case: Case) -> None:
    wrong = [found for found in compare_effective(case) if found.outcome is Outcome.DISAGREE]

    assert wrong == []


@pytest.mark.parametrize("case", of_kind(KIND, lambda case: case.complete_inputs and answers(case)))
def test_with_complete_inputs_every_rule_and_every_tag_is_known(case: Case) -> None:
    assert {found.outcome for found in compare_effective(case)} == {Outcome.AGREE}


@pytest.mark.parametrize("case", of_kind(KIND, answers))
def test_the_health_probes_come_from_azure_s_own_address(case: Case) -> None:
    for answer in answers(case):
        said = expansions(answer).get("AzureLoadBalancer", prefixes((AZURE_HOST,)))

        assert intersection(said, ANY_IPV4) == prefixes((AZURE_HOST,))


@pytest.mark.parametrize("case", of_kind(KIND, lambda case: case.made_by_azure_cli and answers(case)))
def test_the_network_that_the_azure_cli_made_is_the_one_that_we_assume(case: Case) -> None:
    """So that the assumption of the other tests is Azure's own word, for another run of the same command."""
    for answer in answers(case):
        assert expansions(answer)["VirtualNetwork"] == prefixes((AZ_VM_CREATE_SPACE, AZURE_HOST))


@pytest.mark.parametrize("case", of_kind(KIND, answers))
def test_what_azure_leaves_out_of_internet_is_less_than_two_percent_of_it(case: Case) -> None:
    """We count every public address to Internet; Azure leaves out blocks that it uses itself, such as 25.0.0.0/8."""
    for answer in answers(case):
        assert size(left_out_of_internet(answer)) < 0.02 * size(intersection(PUBLIC, ANY_IPV4))
