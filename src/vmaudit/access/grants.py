"""Grants: who may open which door of a machine, by what, and how it is held."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from vmaudit.access.doors import DOORS, TOGETHER, Mask, bits, doors_of
from vmaudit.access.holdings import Block, Holding
from vmaudit.access.joining import Joiner, Joining, both
from vmaudit.access.people import People, Via
from vmaudit.access.powers import Condition
from vmaudit.access.situations import Situation
from vmaudit.estate.resources import Key
from vmaudit.estate.rights import Activation, Held, Principal, PrincipalId, RoleId
from vmaudit.known import Unknown

BY_EASE: Final[tuple[Held, ...]] = ("standing", "time-bound", "activated", "eligible", "unknown")
_BY_FIRMNESS: Final[tuple[Condition, ...]] = ("none", "understood", "conditional")


@dataclass(frozen=True, slots=True)
class Grant:
    """One way in which one principal can open one door."""

    principal: Principal
    door: str
    held: Held
    role: str
    scope: str
    assignment: str
    """The id of the role assignment or PIM instance: the proof."""
    via: Via
    condition: Condition
    activation: Activation | None
    """What activating it takes; None where it is not eligible."""
    certain: bool
    """False where the role was not read, or its management group may not stand above the machine."""


@dataclass(frozen=True, slots=True)
class Way:
    """Grants that differ by their door only: one way in which one principal holds some doors."""

    principal: Principal
    doors: tuple[str, ...]
    held: Held
    role: str
    scope: str
    assignment: str
    via: Via
    condition: Condition
    activation: Activation | None
    certain: bool

    def grants(self) -> Iterator[Grant]:
        """A grant for each of its doors."""
        for door in self.doors:
            yield Grant(
                self.principal,
                door,
                self.held,
                self.role,
                self.scope,
                self.assignment,
                self.via,
                self.condition,
                self.activation,
                self.certain,
            )


@dataclass(frozen=True, slots=True)
class _Part:
    """What a principal holds by one assignment."""

    holding: Holding
    via: Via
    denied: Mask
    joining: Activation | None = None
    """What joining the group takes that holds it; None for somebody who is in it, and for no group."""

    @property
    def possible(self) -> Mask:
        return self.holding.powers.possible & ~self.denied

    @property
    def held(self) -> Held:
        held = held_as(self.holding)
        return held if self.joining is None or (held == "unknown" and not self.certain) else "eligible"

    @property
    def certain(self) -> bool:
        return self.holding.sure and self.holding.powers.read


def held_as(holding: Holding) -> Held:
    """How a role is held; unknown also where it is not known what it permits, or whether it counts here."""
    return holding.assignment.held if holding.sure and holding.powers.read else "unknown"


_PLACE_OF_DOOR: Final = {door: number for number, door in enumerate(DOORS)}
UNREAD_POLICY: Final = Activation(*[Unknown("the activation policy of the role at this scope was not read")] * 4)


class Grants:
    """Turns situations into grants."""

    def __init__(self, people: People, joining: Joining, activations: Mapping[tuple[Key, RoleId], Activation]) -> None:
        self._people = people
        self._joining = joining
        self._activations = activations
        self._elsewhere: dict[int, tuple[Block, dict[PrincipalId, list[_Part]]]] = {}

    def of(self, situation: Situation) -> tuple[Grant, ...]:
        """Every grant in a situation, also of those who may join a group that holds a role, sorted."""
        return _sorted((*self.ways(situation), *self._by_joining(situation)))

    def _by_joining(self, situation: Situation) -> Iterator[Way]:
        """The ways of those who may join a group."""
        parts: dict[PrincipalId, list[_Part]] = defaultdict(list)
        for holding in situation.holdings:
            for one in self._joining.joiners(holding.assignment.principal):
                parts[one.who].append(self._joined(situation, holding, one))
        for who, joined in parts.items():
            yield from self._ways(who, joined, [*joined, *self._own(situation, who)])

    def _joined(self, situation: Situation, holding: Holding, one: Joiner) -> _Part:
        """What somebody holds once he is in the group. A deny may name the group, or leave it out."""
        denied = 0
        then = self._people.stands_behind(one.who) | {*one.via}
        for deny, mask in situation.denies:
            if deny.excluded.isdisjoint(then) and any(self._people.denied(deny, each) for each in (one.who, *one.via)):
                denied |= mask
        return _Part(holding, one.via, denied, one.activation)

    def _own(self, situation: Situation, who: PrincipalId) -> list[_Part]:
        """What somebody holds without joining anything."""
        ways, denied = self._people.ways_to(who), self._denied(situation, who)
        return [
            _Part(holding, ways[holding.assignment.principal], denied)
            for holding in situation.holdings
            if holding.assignment.principal in ways
        ]

    def of_joiner(self, situation: Situation, who: PrincipalId) -> tuple[Grant, ...]:
        """All grants of one principal, also those that he has once he joins a group."""
        own = self.of_one(situation, who, self._people.ways_to(who))
        joined = [
            self._joined(situation, holding, one)
            for holding in situation.holdings
            for one in self._joining.joiners(holding.assignment.principal)
            if one.who == who
        ]
        more = self._ways(who, joined, [*joined, *self._own(situation, who)]) if joined else ()
        return _in_order((*own, *(grant for way in more for grant in way.grants())))

    def ways(self, situation: Situation) -> Iterator[Way]:
        """The same as ways, in no order that means anything."""
        parts: dict[PrincipalId, list[_Part]] = defaultdict(list)
        for holding in situation.holdings:
            for who, via in self._people.who(holding.assignment.principal):
                parts[who].append(_Part(holding, via, self._denied(situation, who)))
        elsewhere = self._held_in(situation.elsewhere)
        for who, held in parts.items():
            yield from self._ways(who, held, [*held, *elsewhere.get(who, ())])

    def _held_in(self, block: Block) -> dict[PrincipalId, list[_Part]]:
        """Who holds the assignments of a block that all situations share; it is kept, so that its identity stands."""
        known = self._elsewhere.get(id(block))
        if known is not None:
            return known[1]
        found: dict[PrincipalId, list[_Part]] = defaultdict(list)
        for holding in block:
            for who, via in self._people.who(holding.assignment.principal):
                found[who].append(_Part(holding, via, 0))
        self._elsewhere[id(block)] = block, found
        return found

    def of_one(self, situation: Situation, who: PrincipalId, ways: Mapping[PrincipalId, Via]) -> tuple[Grant, ...]:
        """The grants of one principal; `ways` leads to him from each principal that he stands behind."""
        denied = self._denied(situation, who)
        held = [
            _Part(holding, ways[holding.assignment.principal], denied)
            for holding in situation.holdings
            if holding.assignment.principal in ways
        ]
        others = self._held_in(situation.elsewhere).get(who, [])
        return _sorted(self._ways(who, held, [*held, *others]))

    def _denied(self, situation: Situation, principal: PrincipalId) -> Mask:
        denied = 0
        for deny, mask in situation.denies:
            if self._people.denied(deny, principal):
                denied |= mask
        return denied

    def _ways(self, who: PrincipalId, held: list[_Part], all_held: list[_Part]) -> Iterator[Way]:
        for part in held:
            opened: set[str] = set()
            for condition, mask in part.holding.powers.by_condition():
                doors = tuple(door for door in doors_of(mask & ~part.denied) if door not in opened)
                if doors:
                    opened.update(doors)
                    yield self._way(who, part, doors, part.held, condition, certain=part.certain)
            yield from self._together(who, part, all_held, opened)

    def _together(self, who: PrincipalId, part: _Part, all_held: list[_Part], opened: set[str]) -> Iterator[Way]:
        """Doors that this assignment opens only with the help of others of the same principal."""
        for door, needs, first in TOGETHER:
            if door in opened or not part.possible & first:
                continue
            missing = needs & ~part.possible
            helpers = [_easiest(all_held, bit) for bit in bits(missing)]
            if all(helper is not None for helper in helpers):
                opened.add(door)
                parts = [part, *(helper for helper in helpers if helper is not None)]
                held = BY_EASE[max(BY_EASE.index(one.held) for one in parts)]
                condition = _BY_FIRMNESS[max(_BY_FIRMNESS.index(_condition(one, needs)) for one in parts)]
                certain = all(one.certain for one in parts)
                yield self._way(who, part, (door,), held, condition, certain=certain)

    def _way(
        self,
        who: PrincipalId,
        part: _Part,
        doors: tuple[str, ...],
        held: Held,
        condition: Condition,
        *,
        certain: bool,
    ) -> Way:
        assignment = part.holding.assignment
        role = self._activations.get((assignment.scope, assignment.role), UNREAD_POLICY)
        activation = role if assignment.held == "eligible" else None
        return Way(
            self._people.named(who),
            doors,
            held,
            part.holding.role,
            assignment.where,
            assignment.id,
            part.via,
            condition,
            activation if part.joining is None else both(part.joining, activation),
            certain,
        )


def _condition(part: _Part, needs: Mask) -> Condition:
    """The most doubtful condition under which a part adds to some needs."""
    wanted = part.possible & needs
    return next(condition for condition, mask in part.holding.powers.by_condition() if wanted & ~mask == 0)


def _easiest(parts: list[_Part], bit: Mask) -> _Part | None:
    """The assignment that meets one need with the least to be done before."""
    meeting = [part for part in parts if part.possible & bit]
    if not meeting:
        return None
    return min(meeting, key=lambda part: (BY_EASE.index(part.held), _BY_FIRMNESS.index(_condition(part, bit))))


def _sorted(ways: Iterable[Way]) -> tuple[Grant, ...]:
    return _in_order(grant for way in ways for grant in way.grants())


def _in_order(found: Iterable[Grant]) -> tuple[Grant, ...]:
    return tuple(sorted(dict.fromkeys(found), key=_order))


def _order(grant: Grant) -> tuple[object, ...]:
    who = grant.principal
    return (who.name.lower(), who.id, _PLACE_OF_DOOR[grant.door], grant.assignment.lower(), grant.held, grant.via)
