"""The rules of a machine's interfaces as Network Watcher shows them."""

import pytest

from recordings.comparing import Outcome
from recordings.comparing_rules import compare_view
from recordings.recorded import Case, cases, needs_recordings, of_kind

KIND = "security_group_view"


@pytest.mark.parametrize("case", of_kind(KIND))
def test_every_rule_of_a_view_means_to_us_what_it_means_to_azure(case: Case) -> None:
    """Default rules are our six, effective rules are the compiled form of ours, and known bodies hold the same rules."""
    wrong = [found for found in compare_view(case) if found.outcome is not Outcome.AGREE]

    assert wrong == []


@needs_recordings
def test_views_show_all_six_default_rules() -> None:
    shown = {
        found.asked for case in cases(KIND) for found in compare_view(case) if found.asked.startswith("default rule ")
    }

    assert len(shown) == 6
