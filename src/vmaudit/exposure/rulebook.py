"""What each group admits, decided once per group and place, and then combined for every machine behind it.

The answers are those of `security_groups.cross` (tests/properties compares them); only the way there is shorter. Most
rules of a group have nothing in common, so each allowing rule is cut by just the earlier ones that overlap it, and not
every packet sent past every rule. And two groups in a row admit what both admit, so each is decided by itself.
"""

from collections.abc import Hashable, Iterable, Iterator

import msgspec

from vmaudit.addresses import (
    ALL_PORTS,
    NOTHING,
    Intervals,
    covers,
    difference,
    intersection,
    normalised,
    size,
    union,
)
from vmaudit.estate.resources import Access, Protocol, SecurityGroup, SecurityRule
from vmaudit.exposure.breadth import segments, union_of
from vmaudit.exposure.matching import Piece, cut_by
from vmaudit.exposure.meaning import Meaning
from vmaudit.exposure.security_groups import Box, Crossing, LocalEnd, Ruling, Stage, closed_anyhow, ruling_of
from vmaudit.exposure.surroundings import Surroundings
from vmaudit.exposure.voices import AskedPorts, Hearing, Ports, Speaking, Voices, marks
from vmaudit.known import Unknown


class _Candidate(msgspec.Struct, frozen=True, gc=False):
    """A rule that speaks about this end, with its sources as sets cut to those in question, and its ports likewise."""

    rule: SecurityRule
    ports: Intervals
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
        mine, theirs = self.ports, other.ports
        if mine[0][0] > theirs[-1][1] or theirs[0][0] > mine[-1][1]:
            return False
        here, there = self.may, other.may
        return here[0][0] <= there[-1][1] and there[0][0] <= here[-1][1]


class Rulebook:
    """What groups admit to the ports in question, by group, place and protocol.

    Groups and places are told apart by their identity: both must live as long as the rulebook.
    """

    def __init__(self, ports: Ports) -> None:
        self._asked = AskedPorts(ports)
        self._voices: dict[int, Voices] = {}
        self._rulings: dict[Hashable, tuple[Ruling, ...]] = {}

    def heard(self, stages: Iterable[Stage], end: LocalEnd, around: Surroundings) -> tuple[Hearing, ...]:
        """Per stage, what the rules that ask for an address say to an end."""
        return tuple(
            () if isinstance(stage.group, Unknown) else self._voices_of(stage.group).heard(end, around)
            for stage in stages
        )

    def _voices_of(self, group: SecurityGroup) -> Voices:
        found = self._voices.get(id(group))
        if found is None:
            found = self._voices[id(group)] = Voices(group, self._asked)
        return found

    def admitted(
        self,
        stages: tuple[Stage, ...],
        heard: tuple[Hearing, ...],
        around: Surroundings,
        protocol: Protocol,
        sources: Intervals,
    ) -> list[Crossing]:
        """What gets through all stages from `sources` to the ports in question, as crossings that are not denied."""
        ports = self._asked.by_protocol[protocol]
        if not ports:
            return []
        under_way = [Crossing(Box(protocol, sources, ALL_PORTS, ports), Access.ALLOW, ())]
        for stage, said in zip(stages, heard, strict=True):
            if isinstance(stage.group, Unknown):
                under_way = [Crossing(c.box, None, (*c.steps, (stage, None))) for c in under_way]
                continue
            rulings = self._rulings_of(stage.group, said, around, protocol, sources)
            if stage is stages[0]:  # they are about nothing else than what is in question
                under_way = [Crossing(ruling.box, ruling.access, ((stage, ruling),)) for ruling in rulings]
                continue
            under_way = [
                Crossing(shared, crossing.access and ruling.access, (*crossing.steps, (stage, ruling)))
                for crossing in under_way
                for ruling in rulings
                if (shared := _both(crossing.box, ruling.box)) is not None
            ]
        return [crossing for crossing in under_way if not closed_anyhow(crossing)]

    def _rulings_of(
        self, group: SecurityGroup, heard: Hearing, around: Surroundings, protocol: Protocol, sources: Intervals
    ) -> tuple[Ruling, ...]:
        key = (id(group), id(around), protocol, sources, marks(heard))
        found = self._rulings.get(key)
        if found is None:
            speaking = self._voices_of(group).speaking(heard, protocol)
            found = self._rulings[key] = tuple(_admitting(speaking, around, self._asked, protocol, sources))
        return found


def _admitting(
    speaking: Speaking, around: Surroundings, asked: AskedPorts, protocol: Protocol, sources: Intervals
) -> Iterator[Ruling]:
    """What rules allow of the packets in question, or may allow: per rule, what no earlier rule surely takes."""
    earlier: list[_Candidate] = []
    in_doubt = False
    for rule, fits in speaking:
        remote = around.meaning_among(rule.source, sources)
        if isinstance(fits, Unknown):
            remote = Meaning(NOTHING, remote.may, fits.reason)
        must, may = remote.must, remote.may
        into = asked.shared(protocol, rule.destination_ports)
        if not (may and into):
            continue
        candidate = _Candidate(rule, into, must, may, remote.doubt, remote.unread)
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
    outof = candidate.rule.source_ports
    if not earlier:
        return (Piece(Box(protocol, candidate.must, outof, candidate.ports), None),)
    if all(other.plain for other in earlier):
        boxes = _cut_by_plain_rules(candidate.must, candidate.ports, earlier)
        return [Piece(Box(protocol, remote, outof, into), None) for remote, into in boxes]
    pieces: list[Piece[SecurityRule]] = [Piece(Box(protocol, candidate.must, outof, candidate.ports), None)]
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
        into = other.ports
        if into is ports or covers(into, ports):
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
