"""What no loss of evidence may do: turn bad news into good news, raise a grade, or open the gate."""

from collections.abc import Sequence

from vmaudit.assess.assessment import Assessment, Status, Verdict
from vmaudit.assess.gate import Profile, gate, gate_input
from vmaudit.assess.grade import badness

BAD_NEWS = (Status.FAIL, Status.UNKNOWN)
GOOD_NEWS = (Status.PASS, Status.NOT_APPLICABLE)


def turned_good(before: Sequence[Verdict], after: Sequence[Verdict]) -> list[tuple[Verdict, Verdict]]:
    """Bad news that became good news."""
    pairs = zip(before, after, strict=True)
    return [(was, now) for was, now in pairs if was.status in BAD_NEWS and now.status in GOOD_NEWS]


def assert_nothing_improved(before: Assessment, after: Assessment) -> None:
    """Neither a status, nor the grade, nor the gate of the only machine."""
    first, second = before.results[0], after.results[0]
    assert turned_good(first.verdicts, second.verdicts) == []
    assert badness(second.grade.worst) >= badness(first.grade.worst)
    for profile in Profile:
        if gate(gate_input(before), profile).exit_code:
            assert gate(gate_input(after), profile).exit_code
