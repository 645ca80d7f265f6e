"""JIT-006 with the activity log: what it holds, how far back, and what it does not say."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from assess.guards import fact, remedies
from assess.test_facts_of_jit_truth import behind, verdict
from builders import with_gaps
from just_in_time import NOW, NOW_TEXT, WEB, at, grant, guard, jit_deny, policy, request
from vmaudit.assess.assessment import Status
from vmaudit.assess.values import Events
from vmaudit.estate.activity_log import ActivityLog, LoggedRequest
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import JitPolicy, JitRequest
from vmaudit.known import Read, Unknown

GRANTS = "jit.bad_grants"
RULE = "JIT-006"
HUB = "w-hub"
SUBSCRIPTION = WEB.split("/")[2]
POLICY = policy().key
SILENT = Unknown("the log does not say what was asked for")
GOOD = request(grant(22, ends="2026-11-10T11:00"), starts="2026-11-10T10:00")
WIDE = request(grant(22, "*", ends="2026-11-10T11:00"), starts="2026-11-10T10:00")


def row(
    when: str,
    asked: Read[JitRequest] = SILENT,
    *,
    policy: str = POLICY,
    by: str = "jane@contoso.com",
    of: str = SUBSCRIPTION,
) -> LoggedRequest:
    """A request in the log."""
    justification = asked if isinstance(asked, Unknown) else asked.justification
    return LoggedRequest(at(when), policy, of, f"c-{when}-{policy}", "success", by, justification, asked)


def logged(
    *rows: LoggedRequest, back: int = 120, silent_since: int = 0, taken_at: datetime = NOW, workspace: str = HUB
) -> ActivityLog:
    """A log that was asked so many days back, and came on every day up to some days ago."""
    days = tuple(taken_at - timedelta(days=day, hours=1) for day in range(back, silent_since - 1, -1))
    return ActivityLog(
        requests=rows,
        arrivals={SUBSCRIPTION: {workspace: days}},
        asked={HUB: taken_at - timedelta(days=back)},
        unread="",
    )


def estate(log: ActivityLog, *listed: JitRequest, policies: Iterable[JitPolicy] = (), **words: Any) -> Estate:
    """A machine behind a policy that lists these requests, with a log."""
    whole = behind(jit_deny(22), policies=tuple(policies) or (policy(*listed, **words),))
    return replace(whole, activity_log=log)


def found(whole: Estate) -> Events:
    return fact(GRANTS, whole)


def status(whole: Estate, as_of: str = NOW_TEXT) -> Status:
    return verdict(RULE, whole, as_of).status


def why(whole: Estate, as_of: str = NOW_TEXT) -> str:
    return verdict(RULE, whole, as_of).says


# --- a pass ----------------------------------------------------------------------------------------------------------


def test_a_log_without_requests_that_goes_back_far_enough_is_a_pass() -> None:
    assert status(estate(logged())) is Status.PASS


def test_a_good_grant_that_log_and_policy_have_is_a_pass() -> None:
    assert status(estate(logged(row("2026-11-10T10:00:40")), GOOD)) is Status.PASS


def test_a_good_grant_that_only_the_log_has_is_a_pass_where_it_says_what_was_asked_for() -> None:
    assert status(estate(logged(row("2026-11-10T10:00", GOOD)))) is Status.PASS


def test_exactly_the_look_back_is_enough_and_a_day_less_is_not() -> None:
    assert status(estate(logged(back=90))) is Status.PASS
    short = estate(logged(back=89))
    assert status(short) is Status.UNKNOWN
    assert why(short) == "Not known: the activity log was read from 2026-08-23 12:00 UTC on"


# --- a fail ----------------------------------------------------------------------------------------------------------


def test_a_bad_grant_that_only_the_log_has_fails() -> None:
    whole = estate(logged(row("2026-11-10T10:00", WIDE)))

    (event,) = found(whole).proven
    assert event.what == "port 22 on 2026-11-10 10:00 UTC by jane@contoso.com (open to any address)"
    assert status(whole) is Status.FAIL


def test_a_bad_grant_that_log_and_policy_have_is_said_once() -> None:
    whole = estate(logged(row("2026-11-10T10:01", WIDE)), WIDE)

    assert len(found(whole).proven) == 1


def test_a_bad_grant_of_another_machine_in_the_log_is_none_of_this_one() -> None:
    other = request(grant(22, "*", ends="2026-11-10T11:00", machine="other"), starts="2026-11-10T10:00")

    assert status(estate(logged(row("2026-11-10T10:00", other)))) is Status.PASS


def test_a_listed_bad_grant_fails_whatever_the_log_says() -> None:
    for log in (logged(), logged(back=1), ActivityLog(), logged(row("2026-11-10T10:00"))):
        assert status(estate(log, WIDE)) is Status.FAIL


def test_the_fix_for_a_grant_of_the_log_is_at_its_policy() -> None:
    (remedy,) = remedies(GRANTS, estate(logged(row("2026-11-10T10:00", WIDE))))

    assert remedy.resource == POLICY


# --- not known -------------------------------------------------------------------------------------------------------


def test_a_request_that_no_policy_lists_and_that_says_nothing_is_unknown_from_then_back() -> None:
    whole = estate(logged(row("2026-11-10T10:00")))

    assert status(whole) is Status.UNKNOWN
    assert why(whole) == (
        "Not known: only the activity log has the request of 2026-11-10 10:00 UTC by jane@contoso.com at policy "
        "default, and it does not say what was asked for"
    )
    assert found(whole).back_to == pytest.approx(10 * 1440 + 120, abs=2)


def test_a_request_before_the_look_back_is_no_matter() -> None:
    assert status(estate(logged(row("2026-08-20T10:00")))) is Status.PASS


def test_a_request_at_a_policy_that_names_other_machines_is_no_matter() -> None:
    other = policy(machine="other", name="other")

    assert status(estate(logged(row("2026-11-10T10:00", policy=other.key)), policies=(policy(), other))) is Status.PASS


def test_a_request_at_a_policy_that_is_not_in_the_evidence_may_be_about_any_machine_of_the_subscription() -> None:
    gone = POLICY.replace("default", "gone")

    assert status(estate(logged(row("2026-11-10T10:00", policy=gone)))) is Status.UNKNOWN
    assert status(estate(logged(row("2026-11-10T10:00", policy=gone, of="another")))) is Status.PASS


def test_one_listed_request_explains_one_of_the_log() -> None:
    twice = estate(logged(row("2026-11-10T10:00"), row("2026-11-10T10:02")), GOOD)

    assert status(twice) is Status.UNKNOWN


def test_a_listed_request_of_somebody_else_explains_nothing() -> None:
    assert status(estate(logged(row("2026-11-10T10:00", by="adam@contoso.com")), GOOD)) is Status.UNKNOWN
    assert status(estate(logged(row("2026-11-10T10:00", by="0c5d-an-object-id")), GOOD)) is Status.PASS


def test_a_log_that_lacks_a_listed_request_does_not_hold_all() -> None:
    whole = estate(logged(), GOOD)

    assert status(whole) is Status.UNKNOWN
    assert "lacks the request of 2026-11-10 10:00 UTC" in why(whole)


def test_a_request_of_the_last_hour_may_still_be_on_its_way_to_the_log() -> None:
    assert status(estate(logged(), request(grant(22, ends="13:00"), starts="11:30"))) is Status.PASS
    assert status(estate(logged(), request(grant(22, ends="13:00"), starts="10:30"))) is Status.UNKNOWN


def test_a_log_that_did_not_come_for_long_is_unknown() -> None:
    whole = estate(logged(silent_since=10))

    assert status(whole) is Status.UNKNOWN
    assert f"nothing of subscription {SUBSCRIPTION} reached its workspace" in why(whole)


def test_a_log_that_went_to_a_workspace_that_was_not_read_is_unknown() -> None:
    assert status(estate(logged(workspace="elsewhere"))) is Status.UNKNOWN


def test_a_log_that_was_not_read_says_why() -> None:
    assert why(estate(ActivityLog(unread="somebody said no"))) == "Not known: somebody said no"


def test_a_moment_after_the_collection_is_not_in_the_log() -> None:
    whole = estate(logged())

    assert status(whole, "2026-11-20T12:00:01Z") is Status.UNKNOWN
    assert "2026-11-20 12:00 UTC, and not since" in why(whole, "2026-11-21T00:00:00Z")


def test_a_moment_before_the_collection_sees_no_later_request() -> None:
    whole = estate(logged(row("2026-11-19T10:00"), row("2026-11-01T10:00"), back=150))

    assert found(whole).back_to == pytest.approx(1440 + 120, abs=2)
    assert status(whole, "2026-10-31T00:00:00Z") is Status.PASS
    assert status(whole, "2026-11-10T00:00:00Z") is Status.UNKNOWN


def test_without_all_policies_or_their_requests_a_complete_log_is_not_enough() -> None:
    assert status(with_gaps(estate(logged()), "jit_policies")) is not Status.PASS
    assert found(estate(logged(), requests=Unknown("not listed"))).more == "not listed"


@pytest.mark.parametrize(
    "listed",
    [
        policy(guard(22), request(grant(22, ends=Unknown("x")), starts="2026-11-10T10:00")),
        policy(guard(22, window=Unknown("x")), GOOD),
        policy(guard(22), request(grant(3389, ends="2026-11-10T11:00"), starts="2026-11-10T10:00")),
    ],
    ids=("end", "limit", "port no longer guarded"),
)
def test_a_grant_of_which_it_is_not_known_whether_it_was_short_is_no_pass(listed: JitPolicy) -> None:
    whole = estate(logged(row("2026-11-10T10:00")), policies=(listed,))

    assert status(whole) is Status.UNKNOWN
    assert "whether the grant of port" in why(whole)


def test_a_listed_request_without_a_time_is_no_pass() -> None:
    assert status(estate(logged(), request(grant(22), starts=Unknown("x")))) is Status.UNKNOWN
