"""A fact about what just-in-time policies granted: whether each grant was narrow, short and justified (facts 5.12)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.jit import API
from vmaudit.assess.facts.jit_estate import just_in_time
from vmaudit.assess.facts.jit_rules import minutes_between, time_text
from vmaudit.assess.values import Event, Events
from vmaudit.exposure.breadth import reach
from vmaudit.exposure.jit_requests import Window
from vmaudit.exposure.paths import Reach
from vmaudit.known import Read, Unknown

_NO_LOG: Final = "the activity log, which holds every grant, is not in the evidence"
_NOTHING_LISTED: Final = Events((), _NO_LOG)
"""No bad grant is listed, which says nothing about those that policies no longer list."""
_TOLERANCE: Final = 1.0
"""Minutes: a request's end is set by its sender's clock, its start by Azure's."""


def _bad_grants(case: Case) -> Read[Events]:
    moment = just_in_time(case).moment
    if isinstance(moment, Unknown):
        return moment
    found = sorted((event for _, event in _found(case, moment)), key=lambda event: event.ago)
    return Events(tuple(found), _NO_LOG) if found else _NOTHING_LISTED


def _found(case: Case, moment: datetime) -> Iterator[tuple[Window, Event]]:
    """The grants with which something is wrong. One that can't be placed in time is left to the log."""
    for window in just_in_time(case).windows(case.key):
        starts = window.request.starts
        if not isinstance(starts, Unknown):
            faults = ", ".join(_faults(window))
            if faults:
                yield window, Event(f"{_shown(window)} ({faults})", minutes_between(starts, moment))


def _shown(window: Window) -> str:
    who = f" by {window.request.requestor}" if window.request.requestor else ""
    return f"port {window.grant.number} on {time_text(window.request.starts)}{who}"


def _faults(window: Window) -> Iterator[str]:
    """What is wrong with a grant, in words."""
    if _from_anywhere(window):
        yield "open to any address"
    if _too_long(window):
        yield "longer than the policy lets it be"
    if not window.request.justification.strip():
        yield "no reason given"


def _from_anywhere(window: Window) -> bool:
    side = window.sources
    return reach(side.addresses) is Reach.INTERNET or any(tag.lower() == "internet" for tag in side.tags)


def _too_long(window: Window) -> bool:
    """Whether a window is longer than its policy allows now; a port that the policy no longer guards has no limit."""
    starts, ends = window.request.starts, window.grant.ends
    if isinstance(starts, Unknown) or isinstance(ends, Unknown):
        return False
    limits = [
        port.longest_minutes
        for machine in window.policy.machines
        if machine.virtual_machine == window.grant.virtual_machine
        for port in machine.ports
        if port.number == window.grant.number
    ]
    known = [limit for limit in limits if not isinstance(limit, Unknown)]
    return len(known) == len(limits) > 0 and minutes_between(starts, ends) > max(known) + _TOLERANCE


def _look(case: Case, found: Events) -> tuple[Remedy, ...]:
    """The policies that granted it: their requests say who asked."""
    moment = just_in_time(case).moment
    grants = () if isinstance(moment, Unknown) else _found(case, moment)
    policies = {window.policy.id: None for window, event in grants if event in found.proven}
    return tuple(
        Remedy(
            resource=policy,
            says=f"just-in-time policy {az.name_of(policy)} granted requests that were wide, long or without a reason",
            fix=f"az rest --method get --url {az.quoted(policy + API)}",
        )
        for policy in policies
    )


FACTS: Final = (
    Fact(
        name="jit.bad_grants",
        kind=kinds.EVENTS,
        level=Level.MACHINE,
        label="just-in-time grants that were wide, long or without a reason",
        doc=(
            "Requests that just-in-time policies list for the machine and that were open to any address, lasted longer "
            "than the policy allows, or gave no reason; `ago` counts from their start. Policies need not list all: "
            "only the activity log does."
        ),
        read=_bad_grants,
        tables=("virtual_machines", "jit_policies"),
        whole=("jit_policies",),
        remedies=_look,
    ),
)
