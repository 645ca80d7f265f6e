"""How far a collection is, and how long it takes at the pace of the quotas."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vmaudit.collect.evidence import Source


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How long the quotas make a collection last from now on.

    `at_least` where that is not all: some tables have not said yet how many rows they have, or what follows is asked
    of rows that are still to come.
    """

    seconds: float
    at_least: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a collection is."""

    tables: int
    tables_done: int
    questions: int
    answered: int
    rows: int
    requests: int
    waited: float
    """Seconds spent waiting for quota, added up over all requests."""
    left: TimeLeft


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that is not answered yet. `rows_to_come` is None where Azure has not said how many there are."""

    source: Source
    rows_to_come: int | None


def time_left(
    unanswered: Iterable[Unanswered], page: int, per_second: Mapping[Source, float], *, more_follows: bool
) -> TimeLeft:
    """The time that what is unanswered takes: the slowest service, each at its own pace.

    Of what is not known one page is counted, and then the time is one that it takes at least.
    """
    requests: Counter[Source] = Counter()
    at_least = more_follows
    for one in unanswered:
        requests[one.source] += 1 if one.rows_to_come is None else max(1, -(-one.rows_to_come // page))
        at_least = at_least or one.rows_to_come is None or one.source not in per_second
    seconds = (number / per_second[source] for source, number in requests.items() if source in per_second)
    return TimeLeft(max(seconds, default=0.0), at_least)
