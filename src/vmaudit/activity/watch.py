"""Of which time the activity log of a subscription was read: that nothing is in a log that never came means nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from vmaudit.estate.activity_log import ActivityLog
from vmaudit.known import Read, Unknown

QUIET: Final = timedelta(days=7)
"""How long nothing may arrive of a subscription before its log counts as cut off. Nobody writes down that an export was
switched off; a subscription with machines is rarely silent for a week."""


def watched_since(log: ActivityLog, subscription: str, until: datetime) -> Read[datetime]:
    """The moment from which on, up to `until`, every request of a subscription is in the log.

    `subscription` is its id in lower case. A diagnostic setting sends all administrative rows or none, so one workspace
    that got them without a gap and was read whole is enough.
    """
    if log.unread:
        return Unknown(log.unread)
    reached = log.arrivals.get(subscription, {})
    found = [
        since
        for workspace, asked in log.asked.items()
        if (since := _without_gap(reached.get(workspace, ()), asked, until)) is not None
    ]
    if found:
        return min(found)
    if any(reached.get(workspace) for workspace in log.asked):
        return Unknown(f"nothing of subscription {subscription} reached its workspace in the last {QUIET.days} days")
    return Unknown(f"the activity log of subscription {subscription} is in no workspace that was read")


def _without_gap(times: Sequence[datetime], asked: datetime, until: datetime) -> datetime | None:
    """The earliest moment since when no silence was too long; None where it is too long already at the end."""
    since: datetime | None = None
    for later, earlier in pairwise((until, *reversed(times))):
        if later - earlier > QUIET:
            return since
        since = earlier
    return asked if since is not None and since - asked <= QUIET else since
