"""Roles as they are held on machines: each with who stands behind it, what it permits there and for how long."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Any, Final

from vmaudit.access.crowds import Crowd, Crowds
from vmaudit.access.doors import ALL_NEEDS, Mask, Place, needs_at
from vmaudit.access.holdings import Block, Holding
from vmaudit.access.reach import Reach
from vmaudit.access.situations import Situation
from vmaudit.estate.rights import DenyAssignment, Held, PrincipalId, Rights, RoleId
from vmaudit.estate.roles import CLASSIC
from vmaudit.known import Read, Unknown

_AROUND: Final = needs_at(
    Place.INTERFACE
    | Place.SUBNET
    | Place.NETWORK
    | Place.SECURITY_GROUP
    | Place.ROUTE_TABLE
    | Place.BALANCER
    | Place.PUBLIC_IP
    | Place.BASTION
)
"""What may be done to the network around a machine."""


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role of one principal at one scope."""

    who: str
    principal: PrincipalId
    role: str
    role_id: RoleId
    at: str
    """The scope, as the evidence spells it."""
    held: Held
    """`unknown` is active in some way; what is eligible is known to be."""
    may: Mask
    """What it permits here for sure."""
    might: Mask
    """The same and what it may permit, under conditions that can't be told or where it was not read."""
    minutes: Read[float]
    """For how long it is given; without end is infinite."""
    machines: float
    """For so many machines it counts at least."""
    uncounted: str = ""
    """Why these may not be all; "" where they are."""
    proof: str = ""
    """The id of the assignment."""
    inside: tuple[PrincipalId, ...] = ()
    """Everybody who holds it in this way: the principal, or the members of the group."""
    by_joining: bool = False
    """Whether they are in the group only by PIM for Groups: its policy says then what that takes, not the role's."""
    because: str = ""
    """Why it may not be held by anybody, or not here; "" where it is for sure."""


@dataclass(frozen=True, slots=True, eq=False)
class RolesAt:
    """Roles that machines share; equal only to itself, so that a hundred thousand machines compare it for nothing."""

    held: tuple[RoleHeld, ...]
    kept: dict[Any, Any] = field(default_factory=dict[Any, Any], repr=False)
    """What was asked of it before, with the answers."""

    @property
    def doubt(self) -> str:
        """Why there may be less, or more; "" where all of it is for sure."""
        if "doubt" not in self.kept:
            self.kept["doubt"] = next((role.because for role in self.held if role.because), "")
        return self.kept["doubt"]

    @property
    def some(self) -> bool:
        """Whether some role is held for sure."""
        if "some" not in self.kept:
            self.kept["some"] = any(not role.because for role in self.held)
        return self.kept["some"]


NONE_HELD: Final = RolesAt(())


def duration(begins: str, ends: str, moment: Callable[[str], Read[datetime]]) -> Read[float]:
    """The minutes from one moment to another; infinite without an end."""
    if not ends:
        return inf
    first, last = moment(begins), moment(ends)
    if isinstance(first, Unknown):
        return Unknown("when the assignment began was not read")
    return last if isinstance(last, Unknown) else max((last - first).total_seconds() / 60, 0.0)


class HeldRoles:
    """The roles of people, or of programs, in each situation. A block is read once, however many machines share it."""

    def __init__(
        self,
        rights: Rights,
        crowds: Crowds,
        reach: Reach,
        moment: Callable[[str], Read[datetime]],
        *,
        people: bool,
    ) -> None:
        self._rights = rights
        self._crowds = crowds
        self._reach = reach
        self._moment = moment
        self._people = people
        self._of_block: dict[int, RolesAt] = {}
        self._unseen: dict[tuple[str, ...], RolesAt] = {}

    def of(self, situation: Situation, gaps: tuple[str, ...]) -> tuple[RolesAt, ...]:
        """All that is held in a situation, and what was not read of it; `gaps` are those of the machine's places."""
        if situation.denies:
            held = [RolesAt(tuple(self._read(block, situation.denies))) for block in situation.blocks]
        else:
            held = [self._block(block) for block in situation.blocks]
        return tuple(each for each in (*held, self._not_seen(gaps)) if each.held)

    def _block(self, block: Block) -> RolesAt:
        found = self._of_block.get(id(block))  # `Holdings` keeps every block, so that its identity stands
        if found is None:
            found = self._of_block[id(block)] = RolesAt(tuple(self._read(block, ())))
        return found

    def _read(self, block: Block, denies: tuple[tuple[DenyAssignment, Mask], ...]) -> Iterator[RoleHeld]:
        for holding in block:
            for crowd in self._crowds.behind(holding.assignment.principal):
                counts = crowd.people if self._people else crowd.workloads
                if counts is not False:
                    yield self._role(holding, crowd, counts, self._denied(crowd, denies))

    def _denied(self, crowd: Crowd, denies: tuple[tuple[DenyAssignment, Mask], ...]) -> Mask:
        """What is denied to all of them."""
        denied = 0
        for deny, mask in denies:
            if crowd.inside and all(self._crowds.denied(deny, one) for one in crowd.inside):
                denied |= mask
        return denied

    def _role(self, holding: Holding, crowd: Crowd, counts: Read[bool], denied: Mask) -> RoleHeld:
        assignment, powers = holding.assignment, holding.powers
        shown = self._crowds.shown(assignment.principal)
        return RoleHeld(
            who=f"whoever may join {shown}" if crowd.joined == "eligible" else shown,
            principal=assignment.principal,
            role=holding.role,
            role_id=assignment.role,
            at=assignment.where,
            held=crowd.hold(assignment.held),
            may=powers.understood & ~denied if powers.read else 0,
            might=powers.possible & ~denied,
            minutes=duration(assignment.begins, assignment.ends, self._moment),
            machines=self._reach.machines(assignment.scope),
            uncounted=self._reach.uncounted,
            proof=assignment.id,
            inside=crowd.inside,
            by_joining=crowd.joined != "standing",
            because=self._doubt(holding, counts),
        )

    def _doubt(self, holding: Holding, counts: Read[bool]) -> str:
        if isinstance(counts, Unknown):
            return counts.reason
        if not holding.sure:
            return "the management groups above the subscription were not read"
        if not holding.powers.read:
            return f"role {holding.role} is not in the evidence: it may permit anything"
        if holding.assignment.role == CLASSIC:
            return "whether Azure still honours classic administrators is not known"
        return ""

    def _not_seen(self, gaps: tuple[str, ...]) -> RolesAt:
        found = self._unseen.get(gaps)
        if found is None:
            found = self._unseen[gaps] = RolesAt(tuple(self._somebody(gaps)))
        return found

    def _somebody(self, gaps: Iterable[str]) -> Iterator[RoleHeld]:
        """Those who may hold something of which nothing was read."""
        active = self._rights.tables["role_assignments"]
        eligible = self._rights.tables["role_eligibility_schedule_instances"]
        if isinstance(active, Unknown):
            yield somebody(active.reason, "unknown", ALL_NEEDS)
        if isinstance(eligible, Unknown):
            yield somebody(eligible.reason, "eligible", ALL_NEEDS)
        around = ((gap, _AROUND) for gap in gaps)
        bastions = ((table, needs_at(Place.BASTION)) for table in self._reach.unread)
        for why, might in (*around, *bastions):
            yield somebody(why, "unknown", might)
            yield somebody(why, "eligible", might)


def somebody(why: str, held: Held, might: Mask) -> RoleHeld:
    """Whoever may hold a role that was not read."""
    unread = Unknown(why)
    return RoleHeld("somebody", "", "a role", "", "", held, 0, might, unread, 0, uncounted=why, because=why)
