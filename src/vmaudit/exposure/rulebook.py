"""What each group admits, decided once per group and place, and then combined for every machine behind it.

The answers are those of `security_groups.cross` (tests/properties compares them); only the way there is shorter. Most
rules of a group have nothing in common, so each allowing rule is cut by just the earlier ones that overlap it, and not
every packet sent past every rule. And two groups in a row admit what both admit, so each is decided by itself.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec

from vmaudit.addresses import (
    ALL_PORTS,
    ANY_ADDRESS,
    NOTHING,
    Intervals,
    covers,
    difference,
    intersection,
    normalised,
    size,
    union,
)
from vmaudit.estate.resources import Access, Direction, Key, Protocol, SecurityGroup, SecurityRule
from vmaudit.exposure.breadth import segments, union_of
from vmaudit.exposure.matching import Piece, cut_by, local_side_matches
from vmaudit.exposure.meaning import Meaning
from vmaudit.exposure.security_groups import Box, Crossing, LocalEnd, Ruling, Stage, ruling_of
from vmaudit.exposure.surroundings import Surroundings
from vmaudit.known import Read, Unknown

Fits: TypeAlias = tuple[Read[bool], ...]
"""For each rule of a group that asks for an address: whether it means this machine."""


class _Candidate(msgspec.Struct, frozen=True, gc=False):
    """An inbound rule that speaks about this end, with its sources as sets cut to those in question."""

    rule: SecurityRule
    must: Intervals
    may: Intervals
    doubt: str
    unread: frozenset[str]

    @property
    def plain(self) -> bool:
        """Whether it surely matches all that it may match, from any source port: the usual rule."""
        return self.must == self.may and self.rule.source_ports == ALL_PORTS

    def overlaps(self, other: "_Candidate") -> bool:
        """Whether the two may match one packet, by their outer bounds: cheap, and never wrongly no."""
        mine, theirs = self.rule.destination_ports, other.rule.destination_ports
        if mine[0][0] > theirs[-1][1] or theirs[0][0] > mine[-1][1]:
            return False
        here, there = self.may, other.may
        return here[0][0] <= there[-1][1] and there[0][0] <= here[-1][1]


class Rulebook:
    """The admitting rulings of groups, by group, place and protocol."""

    def __init__(self) -> None:
        self._admitting: dict[tuple[object, ...], tuple[Ruling, ...]] = {}
        self._asking: dict[Key, tuple[SecurityRule, ...]] = {}
        self._inbound: dict[tuple[Key, Protocol], tuple[tuple[SecurityRule, int | None], ...]] = {}

    def fits(self, stages: tuple[Stage, ...], end: LocalEnd, around: Surroundings) -> tuple[Fits, ...]:
        """Per stage, what its address-asking rules say to this end."""
        return tuple(
            ()
            if isinstance(stage.group, Unknown)
            else tuple(local_side_matches(rule.destination, end, around) for rule in self._asks(stage.group))
            for stage in stages
        )

    def admitted(
        self,
        stages: tuple[Stage, ...],
        fits: tuple[Fits, ...],
        around: Surroundings,
        protocol: Protocol,
        sources: Intervals,
    ) -> list[Crossing]:
        """What gets through all stages from `sources`, to any port, as crossings that are not denied."""
        under_way = [Crossing(Box(protocol, sources, ALL_PORTS, ALL_PORTS), Access.ALLOW, ())]
        for stage, fitting in zip(stages, fits, strict=True):
            if isinstance(stage.group, Unknown):
                under_way = [Crossing(c.box, None, (*c.steps, (stage, None))) for c in under_way]
                continue
            rulings = self._rulings(stage.group, fitting, around, protocol, sources)
            under_way = [
                Crossing(shared, crossing.access and ruling.access, (*crossing.steps, (stage, ruling)))
                for crossing in under_way
                for ruling in rulings
                if (shared := _both(crossing.box, ruling.box)) is not None
            ]
        return under_way

    def _rulings(
        self,
        group: SecurityGroup,
        fits: Fits,
        around: Surroundings,
        protocol: Protocol,
        sources: Intervals,
    ) -> tuple[Ruling, ...]:
        key = (group.key, around.network, around.virtual_network, protocol, sources, fits)
        found = self._admitting.get(key)
        if found is None:
            rules = self._speaking(group, fits, protocol)
            found = self._admitting[key] = tuple(_admitting(rules, around, protocol, sources))
        return found

    def _speaking(
        self, group: SecurityGroup, fits: Fits, protocol: Protocol
    ) -> Iterator[tuple[SecurityRule, Read[bool]]]:
        """The inbound rules for a protocol that speak about this end, each with whether it surely does."""
        known = self._inbound.get((group.key, protocol))
        if known is None:
            asking = {id(rule): place for place, rule in enumerate(self._asks(group))}
            known = self._inbound[group.key, protocol] = tuple(
                (rule, asking.get(id(rule)))
                for rule in group.rules
                if rule.direction is Direction.INBOUND and protocol in rule.protocols
            )
        for rule, place in known:
            fit = True if place is None else fits[place]
            if fit is not False:
                yield rule, fit

    def _asks(self, group: SecurityGroup) -> tuple[SecurityRule, ...]:
        """The inbound rules whose destination does not mean every machine alike."""
        found = self._asking.get(group.key)
        if found is None:
            found = self._asking[group.key] = tuple(
                rule
                for rule in group.rules
                if rule.direction is Direction.INBOUND
                and rule.destination.addresses != ANY_ADDRESS
                and rule.destination.tags != ("VirtualNetwork",)
            )
        return found


def _admitting(
    rules: Iterable[tuple[SecurityRule, Read[bool]]], around: Surroundings, protocol: Protocol, sources: Intervals
) -> Iterator[Ruling]:
    """What rules allow from `sources`, or may allow: per rule, what no earlier rule surely takes."""
    earlier: list[_Candidate] = []
    in_doubt = False
    for rule, fit in rules:
        remote = around.meaning(rule.source)
        if isinstance(fit, Unknown):
            remote = Meaning(NOTHING, remote.may, fit.reason)
        may = intersection(sources, remote.may)
        if not may:
            continue
        must = may if remote.must is remote.may else intersection(may, remote.must)
        candidate = _Candidate(rule, must, may, remote.doubt, remote.unread)
        # What a denying rule takes is closed, unless an earlier rule may have allowed it.
        if must and (in_doubt or rule.access is Access.ALLOW):
            for piece in _left(candidate, [other for other in earlier if candidate.overlaps(other)], protocol):
                ruling = ruling_of(piece, rule)
                if ruling.access is not Access.DENY:
                    yield ruling
        in_doubt = in_doubt or must != may
        earlier.append(candidate)


def _left(candidate: _Candidate, earlier: list[_Candidate], protocol: Protocol) -> Iterable[Piece[SecurityRule]]:
    """What a rule surely matches and no earlier rule surely takes."""
    rule = candidate.rule
    if all(other.plain for other in earlier):
        boxes = _cut_by_plain_rules(candidate.must, rule.destination_ports, earlier)
        return [Piece(Box(protocol, remote, rule.source_ports, into), None) for remote, into in boxes]
    box = Box(protocol, candidate.must, rule.source_ports, rule.destination_ports)
    pieces: list[Piece[SecurityRule]] = [Piece(box, None)]
    for other in earlier:
        left: list[Piece[SecurityRule]] = []
        for piece in pieces:
            cut_by(other.rule, Meaning(other.must, other.may, other.doubt, other.unread), piece, left)
        pieces = left
    return pieces


def _cut_by_plain_rules(
    remote: Intervals, ports: Intervals, earlier: list[_Candidate]
) -> Iterable[tuple[Intervals, Intervals]]:
    """(sources, ports) without those of earlier rules: port by port, since few rules share a port."""
    narrow: dict[Intervals, Intervals] = {}
    for other in earlier:
        into = other.rule.destination_ports
        if into == ALL_PORTS or covers(into, ports):
            remote = difference(remote, other.must)
            if not remote:
                return ()
        else:
            narrow[into] = union(narrow[into], other.must) if into in narrow else other.must
    left: dict[Intervals, Intervals] = {}
    rest = ports
    for into in _apart(narrow):
        shared = intersection(ports, into)
        if not shared:
            continue
        rest = difference(rest, shared)
        taken = union_of((who for where, who in narrow.items() if covers(where, into)), lambda who: who)
        others = difference(remote, taken)
        if others:
            left[others] = union(left[others], shared) if others in left else shared
    if rest:
        left[remote] = union(left[remote], rest) if remote in left else rest
    return left.items()


def _apart(ports: Iterable[Intervals]) -> Iterable[Intervals]:
    """Sets of ports that do not overlap: as they are where they already do not, cut into segments where they do."""
    listed = list(ports)
    together = normalised(pair for one in listed for pair in one)
    return listed if size(together) == sum(map(size, listed)) else segments(listed)


def _both(a: Box, b: Box) -> Box | None:
    """The packets that are in both boxes."""
    remote = intersection(a.remote, b.remote)
    if not remote:
        return None
    into = intersection(a.destination_ports, b.destination_ports)
    outof = intersection(a.source_ports, b.source_ports)
    return Box(a.protocol, remote, outof, into) if into and outof else None
