"""Since when a log is known to hold everything: a silence that is too long ends it."""

from datetime import datetime, timedelta

import pytest

from activity.rows import HUB, SUBSCRIPTION, at
from vmaudit.activity.watch import QUIET, watched_since
from vmaudit.estate.activity_log import ActivityLog
from vmaudit.known import Unknown

UNTIL = at("2026-11-21")
ASKED = at("2026-10-22")


def log(*days: int, asked: datetime = ASKED, workspace: str = HUB) -> ActivityLog:
    """A log of which something arrived so many days before its end."""
    times = tuple(sorted(UNTIL - timedelta(days=day) for day in days))
    return ActivityLog(arrivals={SUBSCRIPTION: {workspace: times}}, asked={HUB: asked}, unread="")


def since(found: ActivityLog) -> object:
    return watched_since(found, SUBSCRIPTION, UNTIL)


def test_a_log_that_came_every_day_is_watched_since_it_was_asked() -> None:
    assert since(log(*range(1, 30))) == ASKED


def test_a_log_that_came_once_a_week_is_enough() -> None:
    assert since(log(7, 14, 21, 28)) == ASKED


def test_a_silence_of_more_than_a_week_ends_what_is_known() -> None:
    assert since(log(1, 5, 13, 20, 27)) == UNTIL - timedelta(days=5)


def test_a_log_that_begins_later_than_it_was_asked_is_watched_since_its_first_row() -> None:
    assert since(log(*range(1, 20))) == UNTIL - timedelta(days=19)


def test_a_log_that_stopped_coming_is_not_watched() -> None:
    found = since(log(8, 9, 10))

    assert isinstance(found, Unknown)
    assert f"in the last {QUIET.days} days" in found.reason


@pytest.mark.parametrize(
    "found",
    [log(), log(1, workspace="another"), ActivityLog(asked={HUB: ASKED}, unread="")],
    ids=("none", "else", "new"),
)
def test_a_subscription_whose_log_is_in_no_workspace_is_not_watched(found: ActivityLog) -> None:
    assert isinstance(since(found), Unknown)


def test_of_two_workspaces_the_one_that_knows_more_counts() -> None:
    times = tuple(UNTIL - timedelta(days=day) for day in range(29, 0, -1))
    both = ActivityLog(
        arrivals={SUBSCRIPTION: {HUB: times[-3:], "other": times}}, asked={HUB: ASKED, "other": ASKED}, unread=""
    )

    assert since(both) == ASKED


def test_a_log_that_was_not_read_says_why() -> None:
    assert since(ActivityLog(unread="because")) == Unknown("because")
