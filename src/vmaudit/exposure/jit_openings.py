"""What gets in to guarded ports while some rules are taken away, computed once for all machines in the same situation.

Just-in-time keeps a deny rule per machine, each for another address, so hardly two machines have the same rules before
them. But what a deny rule is called and whose address it names makes no difference to what gets in: machines share the
answer where the rules that speak about them are the same but for that.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeAlias

import msgspec

from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, Intervals, covers, overlaps, size
from vmaudit.estate.front_doors import AdminAccess, AdminRule
from vmaudit.estate.resources import Access, Direction, Key, Protocol, SecurityGroup, SecurityRule
from vmaudit.exposure.breadth import union_of
from vmaudit.exposure.matching import local_side_matches
from vmaudit.exposure.paths import Certainty, Opening
from vmaudit.exposure.security_groups import Admin, Box, Crossing, LocalEnd, Stage, cross
from vmaudit.exposure.situations import family
from vmaudit.exposure.surroundings import Surroundings
from vmaudit.known import Unknown

Guarded: TypeAlias = tuple[tuple[Protocol, Intervals], ...]
"""Ports by protocol."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One ip configuration and what stands before it."""

    stages: tuple[Stage, ...]
    end: LocalEnd
    around: Surroundings
    admin: Admin | None
    version: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What gets in to a guarded port, and the rules that let it: of each NSG on the way, its id and the rule.

    Without any NSG there is no rule. Past a security admin rule that always allows, no NSG is asked.
    """

    opening: Opening
    by: tuple[tuple[str, SecurityRule], ...]
    admin: AdminRule | None


class _Speakers(msgspec.Struct, frozen=True, gc=False):
    """The places of the rules of one group that are about guarded ports, by whom they speak about.

    `first_allow` is the place of the first that allows and is not for single addresses; no place is that high if none.
    """

    everyone: tuple[int, ...]
    by_address: Mapping[int, tuple[int, ...]]
    others: tuple[int, ...]
    first_allow: int


class GuardedPorts:
    """What gets in to guarded ports, by situation."""

    def __init__(self) -> None:
        self._speakers: dict[tuple[Key, Guarded], _Speakers] = {}
        self._known: dict[Hashable, tuple[Standing, ...]] = {}

    def admitted(self, guarded: Guarded, spot: Spot, without: frozenset[int]) -> tuple[Standing, ...]:
        """What gets in from anywhere to the guarded ports of one ip configuration; `without` are rules by identity."""
        if spot.admin is None and any(self._closes(guarded, stage, spot.end, without) for stage in spot.stages):
            return ()
        stages: list[Stage] = []
        signature: list[Hashable] = [guarded, *_around(spot)]
        for stage in spot.stages:
            if isinstance(stage.group, Unknown):
                stages.append(stage)
                signature.append(stage.group)
                continue
            rules: list[SecurityRule] = []
            signature.append(stage.group.key)
            for place, mark in sorted(self._speaking(guarded, stage.group, spot), key=itemgetter(0)):
                rule = stage.group.rules[place]
                if id(rule) not in without:
                    rules.append(rule)
                    signature.append(mark)
            stages.append(Stage(stage.resource, SecurityGroup(stage.group.id, tuple(rules)), stage.certain))
        key = tuple(signature)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = tuple(_standing(guarded, spot, stages))
        return found

    def _closes(self, guarded: Guarded, stage: Stage, end: LocalEnd, without: frozenset[int]) -> bool:
        """Whether a group surely denies everybody before any rule of it may allow: the usual case, told at a glance."""
        if isinstance(stage.group, Unknown) or isinstance(end.address, Unknown):
            return False
        rules = stage.group.rules
        known = self._speakers_of(stage.group, guarded)
        own = known.by_address.get(end.address, ())
        first = min((known.first_allow, *(place for place in own if rules[place].access is Access.ALLOW)))
        asked = (rules[place] for place in (*own, *known.everyone) if place < first)
        denies = [rule for rule in asked if _denies_everybody(rule) and id(rule) not in without]
        return all(
            covers(union_of((rule for rule in denies if protocol in rule.protocols), _ports), ports)
            for protocol, ports in guarded
        )

    def _speakers_of(self, group: SecurityGroup, guarded: Guarded) -> _Speakers:
        known = self._speakers.get((group.key, guarded))
        if known is None:
            known = self._speakers[group.key, guarded] = _speakers(group, guarded)
        return known

    def _speaking(self, guarded: Guarded, group: SecurityGroup, spot: Spot) -> Iterator[tuple[int, Hashable]]:
        """The places of the rules that speak about this end, each with what tells its situation from others."""
        known = self._speakers_of(group, guarded)
        for place in known.everyone:
            yield place, place
        asked = known.others
        if isinstance(spot.end.address, Unknown):
            asked = (*asked, *(place for places in known.by_address.values() for place in places))
        else:
            for place in known.by_address.get(spot.end.address, ()):
                yield place, _mark(group.rules[place], place)
        for place in asked:
            fits = local_side_matches(group.rules[place].destination, spot.end, spot.around)
            if fits is not False:
                yield place, place if fits is True else (place, fits)


def _speakers(group: SecurityGroup, guarded: Guarded) -> _Speakers:
    everyone: list[int] = []
    others: list[int] = []
    by_address: dict[int, list[int]] = defaultdict(list)
    asked = [(frozenset({protocol}), ports) for protocol, ports in guarded]
    for place, rule in enumerate(group.rules):
        if rule.direction is not Direction.INBOUND or not _is_about(rule, asked):
            continue
        side = rule.destination
        if side.addresses == ANY_ADDRESS or any(tag.lower() == "virtualnetwork" for tag in side.tags):
            everyone.append(place)
        elif side.tags or side.application_security_groups or size(side.addresses) > len(side.addresses):
            others.append(place)
        else:
            for address, _ in side.addresses:
                by_address[address].append(place)
    allows = (place for place in (*everyone, *others) if group.rules[place].access is Access.ALLOW)
    return _Speakers(
        everyone=tuple(everyone),
        by_address={address: tuple(places) for address, places in by_address.items()},
        others=tuple(others),
        first_allow=min(allows, default=len(group.rules)),
    )


def _is_about(rule: SecurityRule, asked: Iterable[tuple[frozenset[Protocol], Intervals]]) -> bool:
    for protocol, ports in asked:
        if not protocol.isdisjoint(rule.protocols) and overlaps(rule.destination_ports, ports):
            return True
    return False


def _denies_everybody(rule: SecurityRule) -> bool:
    anybody = rule.source.addresses == ANY_ADDRESS and rule.source_ports == ALL_PORTS
    return rule.access is Access.DENY and anybody


def _ports(rule: SecurityRule) -> Intervals:
    return rule.destination_ports


def _mark(rule: SecurityRule, place: int) -> Hashable:
    """A deny rule for one machine's address: all that matters of it, beside its place among the others."""
    if rule.access is Access.ALLOW:
        return place
    # Equal sides of rules are one object, and its identity is cheaper to hash than what it holds.
    return (id(rule.source), rule.protocols, rule.source_ports, rule.destination_ports)


def _around(spot: Spot) -> Iterator[Hashable]:
    """What else tells situations apart."""
    yield spot.version
    yield spot.around.network
    yield spot.around.virtual_network
    if spot.admin is not None:
        ruled = spot.admin.rules
        if isinstance(ruled, Unknown):
            yield ruled
        else:
            yield tuple(local_side_matches(rule.destination, spot.end, spot.around) for rule in ruled)


def _standing(guarded: Guarded, spot: Spot, stages: Iterable[Stage]) -> Iterator[Standing]:
    boxes = [Box(protocol, family(spot.version), ALL_PORTS, ports) for protocol, ports in guarded]
    for crossing in cross(tuple(stages), Direction.INBOUND, spot.end, spot.around, boxes, spot.admin):
        if crossing.access is not Access.DENY:
            yield _let_in(crossing, spot)


def _let_in(crossing: Crossing, spot: Spot) -> Standing:
    box = crossing.box
    opening = Opening(
        sources=box.remote,
        protocol=box.protocol,
        ports=box.destination_ports,
        certainty=Certainty.POSSIBLE if crossing.access is None else Certainty.PROVEN,
        reason=next(iter(crossing.doubts), "") if crossing.access is None else "",
        origin="anywhere" if box.remote == family(spot.version) else "",
    )
    rulings = ((stage.group, ruling) for stage, ruling in crossing.steps if ruling is not None)
    allowing = tuple(
        (group.id, ruling.rule)
        for group, ruling in rulings
        if ruling.access is Access.ALLOW and not isinstance(group, Unknown)
    )
    delivered = crossing.admin is not None and crossing.admin.ways == frozenset({AdminAccess.ALWAYS_ALLOW})
    return Standing(opening, allowing, crossing.admin.rule if crossing.admin and delivered else None)
