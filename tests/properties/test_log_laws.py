"""Less of a log never makes a bad grant go away: what was no pass is none after evidence was taken away."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from assess.guards import fact
from assess.test_facts_of_jit_log import GRANTS, HUB, POLICY, SILENT, SUBSCRIPTION, estate, row
from builders import with_gaps
from just_in_time import NOW, grant, request
from vmaudit.assess.logic import Truth
from vmaudit.assess.operators import OPERATORS
from vmaudit.estate.activity_log import ActivityLog
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import JitRequest
from vmaudit.known import Unknown

TIMES = [f"2026-{month:02d}-10T10:00" for month in (5, 8, 9, 10, 11)]
"""Before the look-back of 90 days, and in it."""


def asked(time: str, *, wide: bool) -> JitRequest:
    return request(grant(22, "*" if wide else "203.0.113.7", ends=time.replace("T10", "T11")), starts=time)


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    """A machine with requests that are listed, logged, both, or logged without saying what for."""
    requests = [asked(time, wide=draw(st.booleans())) for time in draw(st.lists(st.sampled_from(TIMES), unique=True))]
    listed = [each for each in requests if draw(st.booleans())]
    rows = [
        row(each.starts.isoformat()[:16], each if draw(st.booleans()) else SILENT)
        for each in requests
        if not isinstance(each.starts, Unknown) and draw(st.booleans())
    ]
    back = draw(st.sampled_from((30, 90, 120)))
    days = draw(st.sets(st.integers(0, 119), max_size=4)) | set(range(draw(st.sampled_from((0, 60, 120)))))
    times = tuple(sorted(NOW - timedelta(days=day, hours=1) for day in days))
    log = ActivityLog(tuple(rows), {SUBSCRIPTION: {HUB: times}}, {HUB: NOW - timedelta(days=back)}, "")
    return estate(log, *listed)


def without_arrivals(whole: Estate) -> Estate:
    return replace(whole, activity_log=replace(whole.activity_log, arrivals={}))


def without_half_of_the_arrivals(whole: Estate) -> Estate:
    times = whole.activity_log.arrivals[SUBSCRIPTION][HUB]
    return replace(whole, activity_log=replace(whole.activity_log, arrivals={SUBSCRIPTION: {HUB: times[::2]}}))


def asked_for_less(whole: Estate) -> Estate:
    log = whole.activity_log
    return replace(whole, activity_log=replace(log, asked={HUB: log.asked[HUB] + timedelta(days=45)}))


def unread(whole: Estate) -> Estate:
    return replace(whole, activity_log=ActivityLog(whole.activity_log.requests, unread="nobody looked"))


def without_what_was_asked(whole: Estate) -> Estate:
    rows = tuple(replace(each, asked=SILENT, justification=SILENT) for each in whole.activity_log.requests)
    return replace(whole, activity_log=replace(whole.activity_log, requests=rows))


def without_the_lists(whole: Estate) -> Estate:
    (policy,) = whole.jit_policies.values()
    bare = type(policy)(id=policy.id, provisioning_state="Succeeded", machines=policy.machines, requests=Unknown("cut"))
    return replace(whole, jit_policies={POLICY: bare})


def without_all_policies(whole: Estate) -> Estate:
    return with_gaps(whole, "jit_policies")


LOSSES = (
    without_arrivals,
    without_half_of_the_arrivals,
    asked_for_less,
    unread,
    without_what_was_asked,
    without_the_lists,
    without_all_policies,
)


def bad(whole: Estate) -> Truth:
    """Whether a bad grant happened in the look-back."""
    operator = OPERATORS["happened_within"]
    return operator.answer(fact(GRANTS, whole), 90 * 1440.0).truth


@settings(max_examples=150, deadline=None)
@given(estates(), st.sampled_from(LOSSES))
def test_less_evidence_never_turns_a_bad_or_unknown_answer_into_a_good_one(
    whole: Estate, lose: Callable[[Estate], Estate]
) -> None:
    before = bad(whole)

    after = bad(lose(whole))

    assert before is Truth.NO or after is not Truth.NO


@settings(max_examples=100, deadline=None)
@given(estates())
def test_a_good_answer_rests_on_a_log_that_covers_the_look_back_and_on_grants_that_were_all_seen(whole: Estate) -> None:
    if bad(whole) is not Truth.NO:
        return
    log = whole.activity_log
    begin = NOW - timedelta(days=90)
    (policy,) = whole.jit_policies.values()
    assert not isinstance(policy.requests, Unknown)
    assert log.asked[HUB] <= begin
    assert max(log.arrivals[SUBSCRIPTION][HUB]) >= NOW - timedelta(days=7)
    for each in policy.requests:
        assert not isinstance(each.starts, Unknown)
        assert each.starts < begin or "*" not in each.grants[0].sources
    for logged in log.requests:
        explained = not isinstance(logged.asked, Unknown) or any(each.starts == logged.at for each in policy.requests)
        assert logged.at < begin or explained
