"""Who may act, for people who read a report: a table per access situation, and who has most reach in the tenant.

Tables are shared by all machines in a situation. In a large tenant they would be larger than everything else, so both
a table and all tables together have a size that they don't grow beyond; what is left out is counted.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from vmaudit.access.duties import BIT, DOORS_OF_DUTY, Duty, duties_of
from vmaudit.access.grants import Grants, Way, held_as
from vmaudit.access.holdings import Block, Holding
from vmaudit.access.layers import Bits, Layer, Layers
from vmaudit.access.people import People, Via
from vmaudit.access.situations import Situation
from vmaudit.estate.resources import Key, VirtualMachine
from vmaudit.estate.rights import Held, Principal, PrincipalId

MOST_WAYS: Final = 200
"""How many ways one table holds."""
MOST_ALTOGETHER: Final = 100_000
"""How many ways all tables hold together."""
MOST_PEOPLE: Final = 100
_BY_EASE: Final[tuple[Held, ...]] = ("standing", "unknown", "time-bound", "activated", "eligible")
"""What takes least first. A way of which nobody knows how it is held may be a standing one."""
_BY_POWER: Final = {
    door: place
    for place, door in enumerate(
        (
            *("role-assign", "run-command", "extension", "password-reset", "sign-in-admin", "identity-assign"),
            *("serial-console", "sign-in-user", "disk-export", "pim-policy-change", "jit-configure", "network-change"),
            *("bastion-change", "jit-request", "bastion-use", "log-hide"),
        )
    )
}
"""Doors in the order in which a table tells them."""
_USING: Final = frozenset(DOORS_OF_DUTY[Duty.USE])
_BIT: Final = {held: 1 << place for place, held in enumerate(_BY_EASE)}


@dataclass(frozen=True, slots=True, eq=False)
class AccessTable:
    """Who may act on the machines of one situation: easiest and strongest first, the ways of one principal together."""

    ways: tuple[Way, ...]
    left_out: int
    blind_spots: tuple[str, ...]
    """What was not read and could let somebody in, or say more about who is named, each as a clause."""
    assumptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wide:
    """A role that gives somebody reach: `machines` are those that it counts for."""

    role: str
    scope: str
    held: Held
    via: Via
    machines: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one person or workload identity reaches: machines that he can sign in to or run code on.

    `by_held` counts them by the easiest way in which he can, easiest first.
    """

    principal: Principal
    by_held: tuple[tuple[Held, int], ...]
    through: tuple[Wide, ...]
    """The roles that count for most machines."""

    @property
    def machines(self) -> int:
        """All of them."""
        return sum(count for _, count in self.by_held)

    @property
    def at_once(self) -> int:
        """Those for which nothing has to be activated first, as far as is known."""
        return sum(count for held, count in self.by_held if held != "eligible")


@dataclass(frozen=True, slots=True)
class Overview:
    """Who may act on the machines of a tenant."""

    tables: Mapping[Key, AccessTable]
    """By the key of the machine; machines in one situation share a table."""
    machines_left_out: int
    """How many machines have no table here, because there would be too many."""
    people: tuple[Reach, ...]
    """Those with most reach, and so many of them at most as `MOST_PEOPLE`."""
    people_left_out: int


@dataclass(slots=True)
class _Shared:
    """The machines of one situation."""

    machines: list[Key] = field(default_factory=list[Key])


Clauses = Callable[[Situation, tuple[str, ...]], tuple[str, ...]]


class Surveyor:
    """Makes overviews."""

    def __init__(self, people: People, grants: Grants, blind_spots: Clauses, assumptions: tuple[str, ...]) -> None:
        self._people = people
        self._grants = grants
        self._blind_spots = blind_spots
        self._assumptions = assumptions
        self._layers = Layers(self._in_block)

    def overview(
        self, machines: Iterable[tuple[VirtualMachine, tuple[Situation, tuple[str, ...]]]], most: int = MOST_ALTOGETHER
    ) -> Overview:
        """What is to be said about these machines, each with its situation; the first ones get their tables first."""
        together: dict[tuple[Situation, tuple[str, ...]], _Shared] = defaultdict(_Shared)
        for machine, place in machines:
            together[place].machines.append(machine.key)
        tables: dict[Key, AccessTable] = {}
        left_out = written = 0
        for (situation, gaps), shared in together.items():
            if written > most:
                left_out += len(shared.machines)
                continue
            table = self._table(situation, gaps)
            written += len(table.ways) + table.left_out
            tables |= dict.fromkeys(shared.machines, table)
        counted = Counter[Situation]()
        for (situation, _), shared in together.items():
            counted[situation] += len(shared.machines)
        people, others = self._people_with_reach(counted)
        return Overview(tables, left_out, people, others)

    def _table(self, situation: Situation, gaps: tuple[str, ...]) -> AccessTable:
        ways = _merged(way for way in self._grants.ways(situation) if not self._is_told_by_members(way))
        best: dict[PrincipalId, tuple[object, ...]] = {}
        for way in ways:
            rank = _rank(way)
            best[way.principal.id] = min(best.get(way.principal.id, rank), rank)

        def order(way: Way) -> tuple[object, ...]:
            who = way.principal
            return (best[who.id], who.name.lower(), who.id, _rank(way), way.assignment.lower(), way.via)

        found = sorted(ways, key=order)
        left_out = max(0, len(found) - MOST_WAYS)
        return AccessTable(tuple(found[:MOST_WAYS]), left_out, self._blind_spots(situation, gaps), self._assumptions)

    def _is_told_by_members(self, way: Way) -> bool:
        """Whether this is a group whose members stand in the table themselves."""
        return self._people.is_group(way.principal.id) and len(self._people.who(way.principal.id)) > 1

    def _people_with_reach(self, situations: Mapping[Situation, int]) -> tuple[tuple[Reach, ...], int]:
        reached: dict[PrincipalId, Counter[int]] = defaultdict(Counter)
        weights = Counter[Layer]()
        blocks: dict[int, tuple[Block, int]] = {}
        for situation, machines in situations.items():
            for block in situation.blocks:
                blocks[id(block)] = block, blocks.get(id(block), (block, 0))[1] + machines
            if situation.denies:
                for who, bits in self._under_denies(situation).items():
                    reached[who][bits & -bits] += machines
            else:
                for layer in self._layers.of(situation.blocks).chain():
                    weights[layer] += machines
        for layer, machines in weights.items():
            for who, bits in layer.added.items():
                before = layer.above.of(who) if layer.above else 0
                reached[who][bits & -bits] += machines
                reached[who][before & -before] -= machines if before else 0
        found = [self._reach(who, counts) for who, counts in reached.items() if self._is_somebody(who)]
        found.sort(key=lambda one: (-one.at_once, -one.machines, one.principal.name.lower(), one.principal.id))
        shown = found[:MOST_PEOPLE]
        through = self._through({one.principal.id for one in shown}, blocks.values())
        return (
            tuple(Reach(one.principal, one.by_held, through[one.principal.id]) for one in shown),
            max(0, len(found) - MOST_PEOPLE),
        )

    def _is_somebody(self, who: PrincipalId) -> bool:
        """Whether it acts itself: a group does so through its members, and whoever was deleted does not."""
        return not self._people.is_group(who) and "deleted" not in self._people.named(who).marks

    def _reach(self, who: PrincipalId, counts: Counter[int]) -> Reach:
        by_held: tuple[tuple[Held, int], ...] = tuple(
            (held, counts[_BIT[held]]) for held in _BY_EASE if counts[_BIT[held]]
        )
        return Reach(self._people.named(who), by_held, ())

    def _through(
        self, wanted: Iterable[PrincipalId], blocks: Iterable[tuple[Block, int]]
    ) -> dict[PrincipalId, tuple[Wide, ...]]:
        """The roles of these people that count for most machines."""
        behind: dict[PrincipalId, list[tuple[PrincipalId, Via]]] = defaultdict(list)
        found: dict[PrincipalId, list[Wide]] = {}
        for who in wanted:
            found[who] = []
            for principal, via in self._people.ways_to(who).items():
                behind[principal].append((who, via))
        for block, machines in blocks:
            for holding in block:
                for who, via in behind.get(holding.assignment.principal, ()) if _bits(holding) else ():
                    one = holding.assignment
                    found[who].append(Wide(holding.role, one.where, held_as(holding), via, machines))
        return {who: tuple(_widest(wide)) for who, wide in found.items()}

    def _under_denies(self, situation: Situation) -> Bits:
        found: dict[PrincipalId, int] = {}
        for way in self._grants.ways(situation):
            if any(door in _USING for door in way.doors):
                found[way.principal.id] = found.get(way.principal.id, 0) | _BIT[way.held]
        return found

    def _in_block(self, block: Block) -> Bits:
        found: dict[PrincipalId, int] = {}
        for holding in block:
            bits = _bits(holding)
            for who, _ in self._people.who(holding.assignment.principal) if bits else ():
                found[who] = found.get(who, 0) | bits
        return found


def _merged(ways: Iterable[Way]) -> list[Way]:
    """Ways that differ by their doors only become one, with all doors, the strongest first."""
    together: dict[tuple[object, ...], list[Way]] = {}
    for way in ways:
        key = (way.principal.id, way.held, way.role, way.scope, way.assignment, way.via, way.condition, way.certain)
        together.setdefault(key, []).append(way)
    return [
        replace(found[0], doors=tuple(sorted({door for way in found for door in way.doors}, key=_BY_POWER.__getitem__)))
        for found in together.values()
    ]


def _bits(holding: Holding) -> int:
    """How somebody holds what lets him use a machine; 0 where it does not."""
    return _BIT[held_as(holding)] if duties_of(holding.powers.possible) & BIT[Duty.USE] else 0


def _widest(wide: Iterable[Wide]) -> Iterator[Wide]:
    """Three of them at most, each role and scope once. What one counts for in several blocks adds up."""
    counted = Counter[Wide]()
    for one in wide:
        counted[replace(one, machines=0)] += one.machines
    ordered = sorted(
        counted, key=lambda one: (-counted[one], _BY_EASE.index(one.held), len(one.via), one.scope, one.role)
    )
    first = {(one.role, one.scope): one for one in reversed(ordered)}
    kept = [one for one in ordered if first[one.role, one.scope] is one]
    return (replace(one, machines=counted[one]) for one in kept[:3])


def _rank(way: Way) -> tuple[object, ...]:
    """The easier to use and the stronger, the earlier."""
    uses = any(door in _USING for door in way.doors)
    return (not uses, _BY_EASE.index(way.held), min(_BY_POWER[door] for door in way.doors), not way.certain)
