"""Access reviews: from Graph's rows to values. Which ids a scope may hold is read off any text in it (facts 3.3)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from math import inf
from typing import Any, Final, cast

from msgspec import UnsetType

from vmaudit.estate.directory_guards import Complete, Rows
from vmaudit.estate.rights import Review
from vmaudit.estate.wire_directory import Recurrence, ReviewRow, ReviewRun, ReviewRunsRow
from vmaudit.known import Read, Unknown

_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DAYS: Final = {
    "daily": 1,
    "weekly": 7,
    "absolutemonthly": 30,
    "relativemonthly": 30,
    "absoluteyearly": 365,
    "relativeyearly": 365,
}
_DONE: Final = frozenset({"completed", "applied", "applying", "autoreviewed"})


def read_reviews(rows: Rows, complete: Complete) -> Iterator[Review]:
    """Every access review with its runs."""
    runs: dict[str, list[ReviewRun]] = defaultdict(list)
    for row in rows("access_review_instances", ReviewRunsRow):
        runs[row.definition_id.lower()] += row.instances
    unread = complete("access_review_instances")
    for row in rows("access_reviews", ReviewRow):
        done = tuple(sorted(_ended(runs[row.id.lower()])))
        settings = row.settings
        said = None if settings is None else settings.auto_apply_decisions_enabled
        yield Review(
            mentions=frozenset(_mentions((row.scope, row.instance_enumeration_scope))),
            every=Unknown("how often it comes round was not read") if settings is None else _days(settings.recurrence),
            by_themselves=Unknown("who reviews was not read")
            if isinstance(row.reviewers, UnsetType)
            else not row.reviewers,
            applied=Unknown("whether what is decided is applied was not read") if said is None else said,
            done=unread if isinstance(unread, Unknown) and not done else done,
        )


def _ended(runs: list[ReviewRun]) -> Iterator[str]:
    return (run.end_date_time for run in runs if (run.status or "").lower() in _DONE and run.end_date_time)


def _days(recurrence: Recurrence | None) -> Read[float]:
    pattern = recurrence.pattern if recurrence else None
    if pattern is None or not pattern.type or pattern.type.lower() == "norecurrence":
        return inf
    days = _DAYS.get(pattern.type.lower())
    if days is None:
        return Unknown(f"how often {pattern.type!r} comes round is not documented")
    return float(days * (pattern.interval or 1))


def _mentions(scope: Any) -> Iterator[str]:
    """The ids in any text of a scope, and the texts that are scopes of Azure."""
    waiting = [scope]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            text = one.lower().rstrip("/")
            yield from _GUID.findall(text)
            if text.startswith(("/subscriptions/", "/providers/")):
                yield text
        elif isinstance(one, dict):
            waiting += cast("dict[str, Any]", one).values()
        elif isinstance(one, list | tuple):
            waiting += cast("list[Any]", one)
