"""Network security groups and what stands before them, decided as Azure decides (azure-facts 5.1, 5.6).

A packet on its way in meets the security admin rules of its network, the subnet's NSG and the interface's NSG. Each of
them answers by priority, first match wins; what was not read leaves a packet undecided only where it matters.
"""

from collections.abc import Hashable, Iterable, Sequence
from itertools import combinations
from typing import Final

import msgspec
from msgspec.structs import replace

from vmaudit.estate.front_doors import AdminAccess, AdminRule
from vmaudit.estate.resources import Access, Direction, Key, SecurityGroup, SecurityRule
from vmaudit.exposure.matching import Box, LocalEnd, Piece, local_side_matches, split
from vmaudit.exposure.surroundings import Surroundings
from vmaudit.known import Read, Unknown

__all__ = [
    "Admin",
    "AdminRuling",
    "Box",
    "Crossing",
    "LocalEnd",
    "Ruling",
    "Stage",
    "cross",
    "decide",
    "local_side_matches",
]


class Ruling(msgspec.Struct, frozen=True, gc=False):
    """What one group does with one box; `access` is None where what was not read could turn it either way.

    `rule` is the first rule that surely matches, and `doubtful` are the rules before it that perhaps do.
    """

    box: Box
    access: Access | None
    rule: SecurityRule
    doubtful: tuple[SecurityRule, ...]
    doubts: tuple[str, ...]
    unread: tuple[frozenset[str], ...] = ()
    """For each doubtful rule the unread sets that it means; empty where its doubt is about something else."""

    def access_for(self, inside: frozenset[Hashable], place: int) -> Access:
        """What becomes of a packet from within some unread sets and outside of all others.

        A doubt about something else counts as a set of its own, named by the place of the group and of the rule.
        """
        for number, (rule, unread) in enumerate(zip(self.doubtful, self.unread, strict=True)):
            if inside.isdisjoint(unread or ((place, number),)):
                continue
            return rule.access
        return self.rule.access


class Stage(msgspec.Struct, frozen=True, gc=False):
    """One place where a group stands: at the subnet or at the network interface. `resource` names that place.

    `certain` is False where the place itself was not read, so that nobody knows whether a group stands there.
    """

    resource: Key
    group: Read[SecurityGroup]
    certain: bool = True


class Admin(msgspec.Struct, frozen=True, gc=False):
    """The security admin rules in force in one network, in order."""

    network: Key
    rules: Read[tuple[AdminRule, ...]]


class AdminRuling(msgspec.Struct, frozen=True, gc=False):
    """What the admin rules do with one box. `ways` are the fates that they leave open: more than one where in doubt.

    ALLOW stands for "goes on to the NSGs", which is also what happens where no admin rule matches.
    """

    network: Key
    ways: frozenset[AdminAccess]
    rule: AdminRule | None
    doubts: tuple[str, ...]


class Crossing(msgspec.Struct, frozen=True, gc=False):
    """One box on its way through all stages, as far as it came: a stage that denies is the last.

    A stage whose group was not read has no ruling. `admin` is None where no admin rule stands in the network.
    """

    box: Box
    access: Access | None
    steps: tuple[tuple[Stage, Ruling | None], ...]
    admin: AdminRuling | None = None

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the crossing is undecided, each reason once."""
        if self.access is Access.ALLOW and self.admin is None:
            return ()
        reasons = [self.admin.doubts if self.admin and len(self.admin.ways) > 1 else ()]
        reasons += [_reasons(stage, ruling) for stage, ruling in self.steps]
        return tuple(dict.fromkeys(reason for group in reasons for reason in group))


def _reasons(stage: Stage, ruling: Ruling | None) -> tuple[str, ...]:
    if ruling is None:
        return (stage.group.reason,) if isinstance(stage.group, Unknown) else ()
    return ruling.doubts if ruling.access is None else ()


def cross(
    stages: Sequence[Stage],
    direction: Direction,
    end: LocalEnd,
    around: Surroundings,
    boxes: Iterable[Box],
    admin: Admin | None = None,
) -> list[Crossing]:
    """Send boxes through the stages in the given order. Every packet of them is in exactly one crossing."""
    done: list[Crossing] = []
    under_way: list[Crossing] = []
    for crossing in _past_admin_rules(admin, direction, end, around, boxes):
        (under_way if crossing.admin is None or AdminAccess.ALLOW in crossing.admin.ways else done).append(crossing)
    for stage in stages:
        arriving, under_way = under_way, []
        for crossing in arriving:
            for met in _meet(stage, direction, end, around, crossing):
                (done if met.access is Access.DENY else under_way).append(met)
    return [_settled(crossing) for crossing in done + under_way]


def _meet(
    stage: Stage, direction: Direction, end: LocalEnd, around: Surroundings, crossing: Crossing
) -> list[Crossing]:
    if isinstance(stage.group, Unknown):
        return [replace(crossing, access=None, steps=(*crossing.steps, (stage, None)))]
    met: list[Crossing] = []
    for ruling in decide(stage.group, direction, end, around, crossing.box):
        denied = ruling.access is Access.DENY
        access = Access.DENY if denied else (crossing.access and ruling.access)
        met.append(Crossing(ruling.box, access, (*crossing.steps, (stage, ruling)), crossing.admin))
    return met


def decide(group: SecurityGroup, direction: Direction, end: LocalEnd, around: Surroundings, box: Box) -> list[Ruling]:
    """Every packet of `box` with the rule of `group` that decides it: the last default rule takes what is left."""
    return [
        ruling_of(piece, piece.rule)
        for piece in split(group.rules, direction, end, around, box)
        if piece.rule is not None
    ]


def ruling_of(piece: Piece[SecurityRule], rule: SecurityRule) -> Ruling:
    """What a rule does with a piece. Doubtful rules that would have decided alike leave no doubt about the packet."""
    agreed = all(doubtful.access is rule.access for doubtful in piece.doubtful)
    return Ruling(piece.box, rule.access if agreed else None, rule, piece.doubtful, piece.doubts, piece.unread)


def _past_admin_rules(
    admin: Admin | None, direction: Direction, end: LocalEnd, around: Surroundings, boxes: Iterable[Box]
) -> list[Crossing]:
    """Admin rules come first: they drop a packet, deliver it past the NSGs, or let it go on (azure-facts 5.6)."""
    if admin is None:
        return [Crossing(box, Access.ALLOW, ()) for box in boxes]
    if isinstance(admin.rules, Unknown):
        unread = AdminRuling(admin.network, frozenset(AdminAccess), None, (admin.rules.reason,))
        return [Crossing(box, Access.ALLOW, (), unread) for box in boxes]
    pieces = [piece for box in boxes for piece in split(admin.rules, direction, end, around, box)]
    return [_admitted(admin.network, piece) for piece in pieces]


def _admitted(network: Key, piece: Piece[AdminRule]) -> Crossing:
    last = AdminAccess.ALLOW if piece.rule is None else piece.rule.access
    ways = frozenset({last, *(rule.access for rule in piece.doubtful)})
    if piece.rule is None and not piece.doubtful:
        return Crossing(piece.box, Access.ALLOW, ())
    ruling = AdminRuling(network, ways, piece.rule or piece.doubtful[0], piece.doubts)
    dropped = ways == frozenset({AdminAccess.DENY})
    return Crossing(piece.box, Access.DENY if dropped else Access.ALLOW, (), ruling)


_MOST_SETS: Final = 8
"""With more sets than this a doubt is left as it is."""


def closed_anyhow(crossing: Crossing) -> bool:
    """Whether the groups in a row deny an undecided packet whoever is in the sets that were not read.

    The subnet's group may let in just those whom the interface's denies: each of them is in doubt, both together not.
    """
    if crossing.access is not None or len(crossing.steps) < 2:
        return False
    rulings = [ruling for _, ruling in crossing.steps]
    undecided = [(at, ruling) for at, ruling in enumerate(rulings) if ruling is not None and ruling.access is None]
    named = {
        name
        for at, ruling in undecided
        for number, unread in enumerate(ruling.unread)
        for name in unread or ((at, number),)
    }
    if len(undecided) < 2 or len(named) > _MOST_SETS:
        return False
    every = sorted(named, key=str)
    worlds = (frozenset(chosen) for size in range(len(every) + 1) for chosen in combinations(every, size))
    return all(any(ruling.access_for(inside, at) is Access.DENY for at, ruling in undecided) for inside in worlds)


def _settled(crossing: Crossing) -> Crossing:
    """A fate that the admin rules leave open counts beside the one that the NSGs gave."""
    if closed_anyhow(crossing):
        crossing = replace(crossing, access=Access.DENY)
    if crossing.admin is None:
        return crossing
    fates: set[Access | None] = {_FATES[way] for way in crossing.admin.ways if way in _FATES}
    if AdminAccess.ALLOW in crossing.admin.ways:
        fates.add(crossing.access)
    return crossing if fates == {crossing.access} else replace(crossing, access=None)


_FATES: Final = {AdminAccess.ALWAYS_ALLOW: Access.ALLOW, AdminAccess.DENY: Access.DENY}
