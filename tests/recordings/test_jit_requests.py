"""Requests and plans as Azure itself wrote them down."""

from datetime import timedelta

from evidence import estate_of
from recordings.recorded import Json, bodies, cases, needs_recordings
from vmaudit.estate.estate import Estate
from vmaudit.estate.guards import moment
from vmaudit.exposure.jit_requests import windows_by_machine
from vmaudit.known import Unknown

pytestmark = needs_recordings

LISTED = "a4d7b134"
MACHINE = "testservice"


def recorded(kind: str, table: str) -> list[Json]:
    return [body for case in cases(kind) for name, body in bodies(case.recorded) if name == table]


def listed() -> Estate:
    (case,) = (case for case in cases("jit_policy") if case.name == LISTED)
    return estate_of([body for name, body in bodies(case.recorded) if name == "jit_policies"])


def test_every_recorded_policy_says_which_requests_it_lists() -> None:
    for body in recorded("jit_policy", "jit_policies"):
        (policy,) = estate_of([body]).jit_policies.values()

        assert not isinstance(policy.requests, Unknown)
        for request in policy.requests:
            assert not isinstance(request.starts, Unknown)
            assert request.grants
            for grant in request.grants:
                assert not isinstance(grant.ends, Unknown)
                assert not isinstance(grant.status, Unknown)
                assert timedelta(0) < grant.ends - request.starts <= timedelta(hours=3)


def test_a_minute_after_the_request_only_the_new_window_is_open() -> None:
    """Azure lists five requests that it revoked beside the one that it granted a moment ago."""
    now = moment("2018-07-22T12:53:00Z")
    assert not isinstance(now, Unknown)

    (windows,) = windows_by_machine(listed(), now).values()

    assert len(windows) == 6
    assert [window.grant.status for window in windows if window.is_open(now) is True] == ["Initiated"]


def test_three_hours_later_none_is_open_though_one_still_says_initiated() -> None:
    later = moment("2018-07-22T16:00:00Z")
    assert not isinstance(later, Unknown)

    (windows,) = windows_by_machine(listed(), later).values()

    assert [window.is_open(later) for window in windows] == [False] * 6


def test_at_an_earlier_moment_later_requests_are_not_there_yet() -> None:
    before = moment("2018-07-16T18:00:00Z")
    assert not isinstance(before, Unknown)

    (windows,) = windows_by_machine(listed(), before).values()

    assert len(windows) == 5


def test_every_recorded_plan_is_read() -> None:
    rows = recorded("defender", "defender_plans")

    plans = [plan for row in rows for plan in estate_of([row]).defender_plans.values()]

    assert len(plans) == len(rows) >= 3
    assert {plan.tier for plan in plans} == {"Standard"}
    assert {plan.scope.rpartition("/")[0].rpartition("/")[2] for plan in plans} == {"subscriptions", "resourcegroups"}
