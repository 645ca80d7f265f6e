"""What gets in to guarded ports while some rules are taken away, computed once for all machines in the same situation.

Just-in-time keeps a deny rule per machine, each for another address, so hardly two machines have the same rules before
them. But what a deny rule is called and whose address it names makes no difference to what gets in: machines share the
answer where the rules that speak about them are the same but for that.
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, Intervals, covers
from vmaudit.estate.front_doors import AdminAccess, AdminRule
from vmaudit.estate.resources import Access, Direction, Protocol, SecurityGroup, SecurityRule
from vmaudit.exposure.breadth import union_of
from vmaudit.exposure.matching import local_side_matches
from vmaudit.exposure.paths import Certainty, Opening
from vmaudit.exposure.security_groups import Admin, Box, Crossing, LocalEnd, Stage, cross
from vmaudit.exposure.situations import family
from vmaudit.exposure.surroundings import Surroundings
from vmaudit.exposure.voices import AskedPorts, Voices, marks
from vmaudit.known import Unknown

Guarded: TypeAlias = tuple[tuple[Protocol, Intervals], ...]
"""Ports by protocol."""


class Spot(msgspec.Struct, frozen=True, gc=False):
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


class GuardedPorts:
    """What gets in to guarded ports, by situation."""

    def __init__(self) -> None:
        self._asked: dict[Guarded, AskedPorts] = {}
        self._voices: dict[tuple[int, Guarded], Voices] = {}
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
            voices = self._voices_of(stage.group, guarded)
            heard = voices.heard(spot.end, spot.around)
            left = tuple(each for each in heard if id(voices.rules[each.place]) not in without)
            everyone = voices.all_speaking(())
            gone = tuple(at for at, rule in enumerate(everyone) if id(rule) in without) if without else ()
            speaking = [rule for rule in voices.all_speaking(left) if id(rule) not in without]
            signature += (id(stage.group), marks(left), gone)
            stages.append(Stage(stage.resource, SecurityGroup(stage.group.id, tuple(speaking)), stage.certain))
        key = tuple(signature)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = tuple(_standing(guarded, spot, stages))
        return found

    def _closes(self, guarded: Guarded, stage: Stage, end: LocalEnd, without: frozenset[int]) -> bool:
        """Whether a group surely denies everybody before any rule of it may allow: the usual case, told at a glance."""
        if isinstance(stage.group, Unknown) or isinstance(end.address, Unknown):
            return False
        asked = self._voices_of(stage.group, guarded).of_address(end.address)
        denies = [rule for rule in asked if _denies_everybody(rule) and id(rule) not in without]
        return all(
            covers(union_of((rule for rule in denies if protocol in rule.protocols), _ports), ports)
            for protocol, ports in guarded
        )

    def _voices_of(self, group: SecurityGroup, guarded: Guarded) -> Voices:
        key = (id(group), guarded)
        known = self._voices.get(key)
        if known is None:
            asked = self._asked.setdefault(guarded, AskedPorts(dict(guarded)))
            known = self._voices[key] = Voices(group, asked)
        return known


def _denies_everybody(rule: SecurityRule) -> bool:
    anybody = rule.source.addresses == ANY_ADDRESS and rule.source_ports == ALL_PORTS
    return rule.access is Access.DENY and anybody


def _ports(rule: SecurityRule) -> Intervals:
    return rule.destination_ports


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
