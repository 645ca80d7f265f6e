"""Facts about the allow rules of just-in-time requests, and about the windows that stand behind them (facts 5.12)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from vmaudit.addresses import NOTHING
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.exposure import close_rule
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.jit_estate import just_in_time
from vmaudit.assess.values import NO_EVENTS, NO_NAMES, Event, Events, Names
from vmaudit.exposure.jit import JitAllow
from vmaudit.exposure.jit_requests import Fate
from vmaudit.known import Read, Unknown

_UNASKED: Final = {
    Fate.UNMATCHED: "no request asked for it",
    Fate.EDITED: "it admits more than was granted",
}


def minutes_between(earlier: datetime, later: datetime) -> float:
    """From one moment to another, in minutes."""
    return (later - earlier).total_seconds() / 60


def time_text(moment: Read[datetime]) -> str:
    """A moment as people write it, to the minute."""
    return "an unknown time" if isinstance(moment, Unknown) else f"{moment:%Y-%m-%d %H:%M} UTC"


def _allows(case: Case) -> tuple[JitAllow, ...]:
    return just_in_time(case).allows(case.key, case.interfaces)


def _unread_groups(case: Case) -> str:
    """Why there may be rules that are not known, as a clause; "" where all NSGs before the machine were read."""
    if case.unread_interfaces:
        return case.unread_interfaces
    groups = case.estate.security_groups
    for interface in case.interfaces:
        for key in case.group_keys_of(interface):
            found = key if isinstance(key, Unknown) or key in groups else case.estate.find(groups, key, "NSG")
            if isinstance(found, Unknown):
                return found.reason
    return ""


def _words(allow: JitAllow) -> str:
    """The rule, and what is wrong with it where no request accounts for it."""
    named = f"rule {allow.rule.name} of NSG {az.name_of(allow.group)}"
    fate = allow.account.fate
    return named if isinstance(fate, Unknown) or fate not in _UNASKED else f"{named} ({_UNASKED[fate]})"


def _without_request(case: Case) -> Names:
    allows = _allows(case)
    found = sorted(_words(allow) for allow in allows if allow.account.fate in _UNASKED)
    more = _unread_groups(case) or next(_doubts(allows), "")
    return Names(tuple(found), more) if found or more else NO_NAMES


def _doubts(allows: tuple[JitAllow, ...]) -> Iterator[str]:
    return (allow.account.fate.reason for allow in allows if isinstance(allow.account.fate, Unknown))


def _expired(case: Case) -> Events:
    moment = just_in_time(case).moment
    allows = _allows(case)
    found: list[Event] = []
    more = _unread_groups(case) or next(_doubts(allows), "")
    for allow in allows:
        ended = allow.account.ended
        if isinstance(ended, Unknown):
            more = more or ended.reason
        elif ended is not None and not isinstance(moment, Unknown):
            found.append(Event(_words(allow), minutes_between(ended, moment)))
    return Events(tuple(found), more) if found or more else NO_EVENTS


def _delete(case: Case, found: Names | Events) -> tuple[Remedy, ...]:
    at_fault = {event if isinstance(event, str) else event.what for event in found.proven}
    return tuple(
        close_rule(allow.group, allow.rule.azure_name, NOTHING) for allow in _allows(case) if _words(allow) in at_fault
    )


_TABLES: Final = (
    "virtual_machines",
    "network_interfaces",
    "security_groups",
    "security_rules",
    "virtual_networks",
    "subnets",
    "jit_policies",
)

FACTS: Final = (
    Fact(
        name="jit.rules_without_request",
        kind=kinds.NAMES,
        level=Level.MACHINE,
        label="just-in-time rules without a request",
        doc=(
            "Allow rules that speak about the machine and bear a name of just-in-time's, and that no request asked for "
            "or that admit more ports or sources than an open one was granted."
        ),
        read=_without_request,
        tables=_TABLES,
        whole=("jit_policies",),
        remedies=_delete,
    ),
    Fact(
        name="jit.expired_rules",
        kind=kinds.EVENTS,
        level=Level.MACHINE,
        label="just-in-time rules whose request is over",
        doc="Allow rules of just-in-time's whose request has ended or was revoked; `ago` is how long that is.",
        read=_expired,
        tables=_TABLES,
        whole=("jit_policies",),
        remedies=_delete,
    ),
)
