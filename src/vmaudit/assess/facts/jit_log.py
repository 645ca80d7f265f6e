"""The activity log held against what just-in-time policies list: together they may show every request there was."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from vmaudit.activity.ledger import Request, ledger
from vmaudit.activity.watch import watched_since
from vmaudit.assess import az
from vmaudit.assess.facts.jit_faults import Given
from vmaudit.assess.facts.jit_rules import time_text
from vmaudit.estate.estate import Estate
from vmaudit.estate.guards import moment
from vmaudit.estate.resources import JitPolicy, JitRequest, Key
from vmaudit.known import Read, Unknown

_SAME: Final = timedelta(minutes=5)
"""A policy lists the moment of a request, the log that of a row about it."""

_ON_ITS_WAY: Final = timedelta(hours=1)
"""What happened so shortly before the collection may not have reached the log."""


class JitLog:
    """What the log says about requests in one estate, at one moment; worked out once for all machines."""

    def __init__(self, estate: Estate, as_of: Read[datetime]) -> None:
        self._estate = estate
        self._as_of = as_of
        self._taken_at = moment(estate.taken_at)
        self._given: dict[Key, list[Given]] = defaultdict(list)
        """Per machine: what only the log says that it was granted."""
        self._silent: dict[Key, Request] = {}
        """Per policy: the latest request of which only the log says that it was made, and nothing says for what."""
        self._stray: dict[str, Request] = {}
        """Per subscription: the latest of these at a policy that is not in the evidence."""
        self._unlogged: dict[Key, list[JitRequest]] = {}
        self._watched: dict[str, Read[datetime]] = {}
        self._read()

    def given(self, machine: Key) -> Sequence[Given]:
        """What only the log says that a machine was granted."""
        return self._given.get(machine, ())

    def silent(self, subscription: str, policies: Iterable[Key]) -> Request | None:
        """The latest request that may have been about a machine of these policies, and of which no more is known."""
        found = [self._silent[policy] for policy in policies if policy in self._silent]
        found += [self._stray[subscription]] if subscription in self._stray else []
        return max(found, key=lambda request: request.at, default=None)

    def watched_since(self, subscription: str) -> Read[datetime]:
        """Since when, up to the moment that is judged, every request of a subscription is in the log."""
        if subscription not in self._watched:
            self._watched[subscription] = self._since(subscription)
        return self._watched[subscription]

    def lacks(self, policies: Iterable[Key], since: datetime) -> str:
        """Why the log does not hold every request after all, "" where nothing says so: a listed one is not in it."""
        arrived = self._taken_at - _ON_ITS_WAY if isinstance(self._taken_at, datetime) else since
        for policy in policies:
            for request in self._unlogged.get(policy, ()):
                if isinstance(request.starts, datetime) and since <= request.starts <= arrived:
                    return (
                        f"the activity log lacks the request of {time_text(request.starts)} that policy "
                        f"{az.name_of(policy)} lists, so it does not hold all of them"
                    )
        return ""

    def _read(self) -> None:
        at_policies: dict[Key, list[Request]] = defaultdict(list)
        for request in ledger(self._estate.activity_log.requests):
            if not isinstance(self._as_of, datetime) or request.at <= self._as_of:
                at_policies[request.policy].append(request)
        for key in sorted({*at_policies, *self._estate.jit_policies}):
            policy = self._estate.jit_policies.get(key)
            unlisted, self._unlogged[key] = _told_apart(at_policies[key], policy)
            for request in unlisted:
                self._keep(request, policy)

    def _keep(self, request: Request, policy: JitPolicy | None) -> None:
        asked = request.asked
        if isinstance(asked, Unknown):
            self._silent.setdefault(request.policy, request)
            known = self._stray.get(request.subscription)
            if policy is None and (known is None or known.at < request.at):
                self._stray[request.subscription] = request
            return
        for grant in asked.grants:
            self._given[grant.virtual_machine].append(Given(asked, grant, policy, request.policy))

    def _since(self, subscription: str) -> Read[datetime]:
        if isinstance(self._taken_at, Unknown):
            return self._taken_at
        if isinstance(self._as_of, datetime) and self._as_of > self._taken_at:
            return Unknown(f"the activity log was read on {time_text(self._taken_at)}, and not since")
        return watched_since(self._estate.activity_log, subscription, self._taken_at)


def _told_apart(logged: Iterable[Request], policy: JitPolicy | None) -> tuple[list[Request], list[JitRequest]]:
    """The requests at one policy that only the log has, and those that only the policy lists.

    Each request of the log is taken for the listed one that is nearest in time, where one is near.
    """
    listed = list(() if policy is None or isinstance(policy.requests, Unknown) else policy.requests)
    unlisted: list[Request] = []
    for request in logged:
        near = [each for each in listed if _is_same(request, each)]
        if near:
            listed.remove(min(near, key=lambda each: _apart(request, each)))
        else:
            unlisted.append(request)
    return unlisted, listed


def _is_same(request: Request, listed: JitRequest) -> bool:
    """Near in time, and by the same person as far as both name one: the log may write an id where a list has a name."""
    names = {name.casefold() for name in (request.requestor, listed.requestor) if "@" in name}
    return _apart(request, listed) <= _SAME and len(names) < 2


def _apart(request: Request, listed: JitRequest) -> timedelta:
    return abs(request.at - listed.starts) if isinstance(listed.starts, datetime) else timedelta.max
