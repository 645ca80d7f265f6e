"""Just-in-time requests at one moment: which windows are open, and which NSG rules they account for (azure-facts 5.12).

Defender for Cloud removes the allow rule of a request when its window ends. A rule that is still there, that admits
more than was granted, or that no request ever asked for, is a door that nobody watches.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Final

from vmaudit.addresses import ANY_ADDRESS, NOTHING, Intervals, covers, intersection, normalised, overlaps, single, union
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import JitGrant, JitPolicy, JitRequest, Key, Peers, SecurityRule
from vmaudit.estate.rules import peers
from vmaudit.known import Read, Unknown

_NAME: Final = re.compile(r"(?:MicrosoftDefenderForCloud|SecurityCenter)-JITRule[-_]", re.IGNORECASE)
_DESCRIBED: Final = re.compile(
    r"(?:MDC|ASC) JIT Network Access rule .*for policy '[^']*' of VM '([^']*)'", re.IGNORECASE
)


def looks_like_jit(rule: SecurityRule) -> bool:
    """Whether a rule bears one of the names that Defender for Cloud gives its rules, today's or the one before."""
    return not rule.default and _NAME.match(rule.name) is not None


def described_machine(rule: SecurityRule) -> str:
    """The machine's name in the description that Defender for Cloud writes, in lower case; "" where there is none."""
    found = _DESCRIBED.match(rule.description)
    return found[1].lower() if found else ""


@dataclass(frozen=True, slots=True)
class Window:
    """One port of one machine that a request was granted, with the request and its policy."""

    policy: JitPolicy
    request: JitRequest
    grant: JitGrant

    @property
    def sources(self) -> Peers:
        """From where it is open, read like the sources of the rule that it leads to."""
        return sources_of(self.grant.sources)

    def is_open(self, moment: datetime) -> Read[bool]:
        """Whether it is open: granted, not revoked since, and not over. Azure lists all three kinds side by side."""
        status, ends = self.grant.status, self.grant.ends
        if status == "Revoked" or (not isinstance(ends, Unknown) and ends <= moment):
            return False
        if isinstance(status, Unknown):
            return status
        return ends if isinstance(ends, Unknown) else True

    def ended(self, moment: datetime) -> Read[datetime]:
        """When a window that is not open closed. Azure does not keep the time of a revocation before the end."""
        ends = self.grant.ends
        if isinstance(ends, Unknown) or ends <= moment:
            return ends
        return Unknown(f"when the request for port {self.grant.number} was revoked is not in the evidence")


def windows_by_machine(estate: Estate, moment: datetime) -> Mapping[Key, tuple[Window, ...]]:
    """Every port that policies list as granted up to a moment, by machine, in the order of policies and requests."""
    found: dict[Key, list[Window]] = defaultdict(list)
    for key in sorted(estate.jit_policies):
        policy = estate.jit_policies[key]
        for request in () if isinstance(policy.requests, Unknown) else policy.requests:
            if isinstance(request.starts, Unknown) or request.starts <= moment:
                for grant in request.grants:
                    found[grant.virtual_machine].append(Window(policy, request, grant))
    return {machine: tuple(windows) for machine, windows in found.items()}


def hidden_requests(estate: Estate) -> tuple[str, Mapping[Key, str]]:
    """Why there may be more requests than are known: for every machine ("" where for none), and for single ones."""
    whole = estate.all_of("jit_policies")
    of_machines: dict[Key, str] = {}
    for key in sorted(estate.jit_policies):
        policy = estate.jit_policies[key]
        if isinstance(policy.requests, Unknown):
            of_machines |= {machine.virtual_machine: policy.requests.reason for machine in policy.machines}
    return whole.reason if isinstance(whole, Unknown) else "", of_machines


class Fate(Enum):
    """What a rule that looks like just-in-time's has to do with the requests."""

    LIVE = "live"
    """It admits what open windows grant, and no more."""
    EXPIRED = "expired"
    """It admits what was granted once; the window is over or was revoked."""
    EDITED = "edited"
    """A window is open for its port, but it admits more ports or sources than were granted."""
    UNMATCHED = "unmatched"
    """No request asked for it."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the requests say about a rule; `ended` is when the last window of an expired one closed."""

    fate: Read[Fate]
    ended: Read[datetime] | None = None


def account(
    rule: SecurityRule, windows: Sequence[Window], moment: datetime, *, hidden: str, firewalls: Intervals
) -> Account:
    """Hold a rule against the windows of the machine that it speaks about.

    `hidden` is why there may be more windows than these, "" where these are all. `firewalls` are the addresses under
    which a machine sees clients whose request went through an Azure Firewall.
    """
    about = [window for window in windows if overlaps(rule.destination_ports, single(window.grant.number))]
    states = [(window, window.is_open(moment)) for window in about]
    still_open = [window for window, is_open in states if is_open is True]
    unsure = [is_open.reason for _, is_open in states if isinstance(is_open, Unknown)]
    perhaps_open = [window for window, is_open in states if is_open is not False]
    if _grant(still_open, rule, firewalls):
        return Account(Fate.LIVE)
    if unsure and _grant(perhaps_open, rule, firewalls):
        return Account(Unknown(unsure[0]))
    if hidden:
        return Account(Unknown(hidden))
    if _grant(about, rule, firewalls):
        closed = [window for window, is_open in states if is_open is False]
        return Account(Fate.EXPIRED, _last_end(closed, rule, moment, firewalls))
    return Account(Fate.EDITED if still_open else Fate.UNMATCHED)


def _last_end(
    closed: Sequence[Window], rule: SecurityRule, moment: datetime, firewalls: Intervals
) -> Read[datetime] | None:
    """When the last of the closed windows ended that grant the rule's sources; unknown where one was revoked early."""
    fitting = [window for window in closed if _admits((window,), rule.source, firewalls)] or closed
    ends = [window.ended(moment) for window in fitting]
    unsure = next((end for end in ends if isinstance(end, Unknown)), None)
    return unsure or max((end for end in ends if not isinstance(end, Unknown)), default=None)


def _grant(windows: Sequence[Window], rule: SecurityRule, firewalls: Intervals) -> bool:
    """Whether windows together grant all that a rule admits: each of its ports, from each of its sources."""
    granted = normalised((window.grant.number, window.grant.number) for window in windows)
    if not covers(granted, rule.destination_ports):
        return False
    return all(
        _admits([window for window in windows if window.grant.number == number], rule.source, firewalls)
        for low, high in intersection(granted, rule.destination_ports)
        for number in range(low, high + 1)
    )


def _admits(windows: Iterable[Window], source: Peers, firewalls: Intervals) -> bool:
    """Whether windows for one port grant it to all of a rule's sources."""
    granted: Intervals = NOTHING
    tags: set[str] = set()
    for window in windows:
        side = window.sources
        through = firewalls if window.grant.mapped_port is not None else NOTHING
        granted = union(union(granted, side.addresses), through)
        tags |= {tag.lower() for tag in side.tags}
    if granted == ANY_ADDRESS:
        return True
    named = {tag.lower() for tag in source.tags} <= tags
    return named and not source.application_security_groups and covers(granted, source.addresses)


@lru_cache(maxsize=4096)
def sources_of(texts: tuple[str, ...]) -> Peers:
    """The sources of a grant, read like those of the rule that it leads to."""
    return peers("", texts, ())
