"""What is wrong with one just-in-time grant, and what can't be said about it (azure-facts 5.12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from vmaudit.assess.facts.jit_rules import minutes_between, time_text
from vmaudit.estate.resources import JitGrant, JitPolicy, JitRequest
from vmaudit.exposure.breadth import reach
from vmaudit.exposure.jit_requests import sources_of
from vmaudit.exposure.paths import Reach
from vmaudit.known import Read, Unknown

_TOLERANCE: Final = 1.0
"""Minutes: a request's end is set by its sender's clock, its start by Azure's."""


@dataclass(frozen=True, slots=True)
class Given:
    """One port that one request was granted; `policy` is that policy as it is now, None where it was not read."""

    request: JitRequest
    grant: JitGrant
    policy: JitPolicy | None
    policy_id: str

    @property
    def words(self) -> str:
        """The port, when, and by whom."""
        who = f" by {self.request.requestor}" if self.request.requestor else ""
        return f"port {self.grant.number} on {time_text(self.request.starts)}{who}"

    def faults(self) -> Iterator[str]:
        """What is wrong with it, in words."""
        if self._from_anywhere():
            yield "open to any address"
        if self._too_long() is True:
            yield "longer than the policy lets it be"
        if not self.request.justification.strip():
            yield "no reason given"

    def doubt(self) -> str:
        """Why something may be wrong with it that is not known, as a clause; "" where all is known."""
        long = self._too_long()
        return long.reason if isinstance(long, Unknown) else ""

    def _from_anywhere(self) -> bool:
        side = sources_of(self.grant.sources)
        return reach(side.addresses) is Reach.INTERNET or any(tag.lower() == "internet" for tag in side.tags)

    def _too_long(self) -> Read[bool]:
        """Whether it lasted longer than the policy allows now."""
        starts, ends, limit = self.request.starts, self.grant.ends, self._limit()
        if isinstance(starts, datetime) and isinstance(ends, datetime) and isinstance(limit, float):
            return minutes_between(starts, ends) > limit + _TOLERANCE
        reason = next(part.reason for part in (ends, limit, starts) if isinstance(part, Unknown))
        return Unknown(f"whether the grant of {self.words} was short is not known: {reason}")

    def _limit(self) -> Read[float]:
        """The longest window for the port; unknown where the policy does not guard it any more."""
        limits = [
            port.longest_minutes
            for machine in (self.policy.machines if self.policy else ())
            if machine.virtual_machine == self.grant.virtual_machine
            for port in machine.ports
            if port.number == self.grant.number
        ]
        unread = next((limit for limit in limits if isinstance(limit, Unknown)), None)
        known = [limit for limit in limits if not isinstance(limit, Unknown)]
        if unread is not None:
            return unread
        return max(known) if known else Unknown("no policy guards the port any more")
