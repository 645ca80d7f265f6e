"""A fact about what just-in-time policies granted: whether each grant was narrow, short and justified (facts 5.12)."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final

from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.jit import API, policies
from vmaudit.assess.facts.jit_estate import just_in_time
from vmaudit.assess.facts.jit_faults import Given
from vmaudit.assess.facts.jit_log import JitLog
from vmaudit.assess.facts.jit_rules import minutes_between, time_text
from vmaudit.assess.values import Event, Events
from vmaudit.known import Read, Unknown


def _bad_grants(case: Case) -> Read[Events]:
    moment = just_in_time(case).moment
    if isinstance(moment, Unknown):
        return moment
    proven = tuple(sorted((event for _, event in _bad(case, moment)), key=lambda event: event.ago))
    if unread := case.estate.activity_log.unread:
        return Events(proven, unread) if proven else _nothing_but(unread)
    log = _log(case)
    since = log.watched_since(az.segment(case.key, "subscriptions"))
    if isinstance(since, Unknown):
        return Events(proven, since.reason) if proven else _nothing_but(since.reason)
    named = [policy.key for policy in policies(case)]
    more = _unplaced(case) or log.lacks(named, since) or just_in_time(case).hidden(case.key)
    if more:
        return Events(proven, more)
    back_to, older = min(_horizons(case, log, moment, since))
    return Events(proven, back_to=back_to, older=older)


@lru_cache(maxsize=1024)
def _nothing_but(reason: str) -> Events:
    """One value for all machines about which just this is known."""
    return Events((), reason)


def _log(case: Case) -> JitLog:
    return case.around.once("jit-log", lambda: JitLog(case.estate, case.around.as_of))


def _given(case: Case, moment: datetime) -> Iterator[Given]:
    """Every grant up to a moment that a policy lists or that only the log has."""
    for window in just_in_time(case).windows(case.key):
        yield Given(window.request, window.grant, window.policy, window.policy.id)
    for given in _log(case).given(case.key) if case.estate.activity_log.requests else ():
        if isinstance(given.request.starts, datetime) and given.request.starts <= moment:
            yield given


def _bad(case: Case, moment: datetime) -> Iterator[tuple[Given, Event]]:
    """The grants with which something is wrong. One that can't be placed in time is none of them."""
    for given in _given(case, moment):
        starts = given.request.starts
        if not isinstance(starts, Unknown):
            faults = ", ".join(given.faults())
            if faults:
                yield given, Event(f"{given.words} ({faults})", minutes_between(starts, moment))


def _unplaced(case: Case) -> str:
    """Why a listed grant may be a bad one of any time, as a clause; "" where all can be placed in time."""
    starts = (window.request.starts for window in just_in_time(case).windows(case.key))
    return next((f"a request has no time: {start.reason}" for start in starts if isinstance(start, Unknown)), "")


def _horizons(case: Case, log: JitLog, moment: datetime, since: datetime) -> Iterator[tuple[float, str]]:
    """How many minutes back all is known, and why there could be more before that; the nearest counts."""
    yield minutes_between(since, moment), f"the activity log was read from {time_text(since)} on"
    silent = log.silent(az.segment(case.key, "subscriptions"), [policy.key for policy in policies(case)])
    if silent is not None and silent.at <= moment:
        who = f" by {silent.requestor}" if silent.requestor else ""
        what = f"the request of {time_text(silent.at)}{who} at policy {az.name_of(silent.policy)}"
        yield _before(silent.at, moment), f"only the activity log has {what}, and it does not say what was asked for"
    for given in _given(case, moment):
        if isinstance(given.request.starts, datetime) and (doubt := given.doubt()):
            yield _before(given.request.starts, moment), doubt


def _before(event: datetime, moment: datetime) -> float:
    """Minutes back to just after an event: a look-back that takes it in is not answered."""
    return max(0.0, minutes_between(event, moment) - 1)


def _look(case: Case, found: Events) -> tuple[Remedy, ...]:
    """The policies that granted it: their requests say who asked."""
    moment = just_in_time(case).moment
    bad = () if isinstance(moment, Unknown) else _bad(case, moment)
    granted_by = {given.policy_id: None for given, event in bad if event in found.proven}
    return tuple(
        Remedy(
            resource=policy,
            says=f"just-in-time policy {az.name_of(policy)} granted requests that were wide, long or without a reason",
            fix=f"az rest --method get --url {az.quoted(policy + API)}",
        )
        for policy in granted_by
    )


FACTS: Final = (
    Fact(
        name="jit.bad_grants",
        kind=kinds.EVENTS,
        level=Level.MACHINE,
        label="just-in-time grants that were wide, long or without a reason",
        doc=(
            "Requests for the machine that were open to any address, lasted longer than the policy allows, or gave no "
            "reason; `ago` counts from their start. Policies list some, and the activity log holds all: these are all "
            "as far back as it was read and had reached its workspace, if it says nothing that no policy explains."
        ),
        read=_bad_grants,
        tables=("virtual_machines", "jit_policies", "jit_requests", "activity_log_days"),
        whole=("jit_policies",),
        remedies=_look,
    ),
)
