"""Who on the inside can open a connection: own subnet, own network, peers, on-premises, and Bastion.

What is admitted is computed once per situation and shared; `inside_paths` writes it out for one machine, with hops and
a witness packet.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from vmaudit.addresses import NOTHING, PRIVATE, Intervals, difference, intersection, union
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Key
from vmaudit.exposure.bastions import bastion_origins
from vmaudit.exposure.meaning import Meaning
from vmaudit.exposure.neighbours import Neighbours
from vmaudit.exposure.paths import (
    Certainty,
    Hop,
    InsideWay,
    MachineExposure,
    Origin,
    OriginKind,
    Path,
    Place,
    Reach,
)
from vmaudit.exposure.proof import admin_hop, stage_hops, witness
from vmaudit.exposure.security_groups import Crossing
from vmaudit.exposure.situations import Situation, Situations
from vmaudit.known import Read, Unknown


@dataclass(frozen=True, slots=True)
class _Group:
    """One origin and the addresses that are its own: origins do not overlap."""

    origin: Origin
    who: Meaning
    perhaps: Intervals
    """Those whose address may be the origin's own, and is not surely."""


@dataclass(frozen=True, slots=True)
class _Around:
    """Who is inside around one subnet."""

    groups: tuple[_Group, ...] = ()
    others: Intervals = NOTHING
    """Private addresses that no origin surely has."""


class Origins:
    """Who is inside around each subnet, worked out once."""

    def __init__(self, estate: Estate, situations: Situations) -> None:
        self._estate = estate
        self._situations = situations
        self._known: dict[Key, _Around] = {}

    def ways(self, situation: Situation, subnet: Read[Key]) -> tuple[InsideWay, ...]:
        """What every origin around a subnet may open, as disjoint boxes."""
        return tuple(way for group in self._around(subnet).groups for way in _ways(situation, group))

    def others(self, situation: Situation, subnet: Read[Key]) -> tuple[Crossing, ...]:
        """What is admitted from private addresses that no origin surely has; a rule may name them all the same."""
        return situation.admitted(self._around(subnet).others)

    def _around(self, subnet: Read[Key]) -> _Around:
        if isinstance(subnet, Unknown):
            return _Around()
        found = self._known.get(subnet)
        if found is None:
            neighbours = self._situations.around(subnet).neighbours
            groups = tuple(_origins(self._estate, subnet, neighbours)) if neighbours else ()
            others = PRIVATE
            for group in groups:
                others = difference(others, group.who.must)
            found = self._known[subnet] = _Around(groups, others)
        return found


def _origins(estate: Estate, subnet: Key, inside: Neighbours) -> Iterator[_Group]:
    """The origins around a subnet, nearest first after Bastion; an address counts for the first that has it."""
    taken: Intervals = ()
    network = subnet.rpartition("/subnets/")[0]
    ordered: list[tuple[Origin, Meaning]] = [
        *bastion_origins(estate, subnet),
        (Origin(OriginKind.OWN_SUBNET, _id(estate, network)), inside.subnet),
        (Origin(OriginKind.OWN_NETWORK, _id(estate, network)), inside.network),
        *((Origin(OriginKind.PEER, _id(estate, key)), who) for key, who in inside.peers),
        *((Origin(OriginKind.ON_PREMISES, gateway), who) for gateway, who in inside.on_premises),
        (Origin(OriginKind.ON_PREMISES), inside.routed),
    ]
    for origin, who in ordered:
        # What is public is the internet's: a network may hold public prefixes, and then they are its own.
        may = who.may if origin.kind is not OriginKind.ON_PREMISES else intersection(who.may, PRIVATE)
        must = difference(intersection(who.must, may), taken)
        may = difference(may, taken)
        taken = union(taken, must)
        if may:
            yield _Group(origin, Meaning(must, may, who.doubt), difference(may, must))


def _id(estate: Estate, network: Key | None) -> str | None:
    """The network's id as its own row spells it, where there is one; None for one without a name."""
    found = estate.networks.get(network) if network else None
    return found.id if found else network


def _ways(situation: Situation, group: _Group) -> Iterator[InsideWay]:
    """What one origin may open, as disjoint boxes."""
    for crossing, sources in situation.letting_in(group.who.must):
        yield _way(group.origin, crossing, sources, crossing.doubts)
    if group.perhaps:
        for crossing, sources in situation.letting_in(group.perhaps):
            yield _way(group.origin, crossing, sources, tuple(dict.fromkeys((group.who.doubt, *crossing.doubts))))


def _way(origin: Origin, crossing: Crossing, sources: Intervals, doubts: tuple[str, ...]) -> InsideWay:
    box = crossing.box
    certainty = Certainty.POSSIBLE if doubts else Certainty.PROVEN
    return InsideWay(
        origin, certainty, box.protocol, sources, box.source_ports, box.destination_ports, crossing, doubts
    )


def inside_paths(exposure: MachineExposure) -> Iterator[Path]:
    """The ways from the inside into one machine, written out as paths."""
    for place in exposure.places:
        for way in place.shared.ways:
            yield _path(exposure, place, way)


def _path(exposure: MachineExposure, place: Place, way: InsideWay) -> Path:
    hops = (*rule_hops(place, way), exposure.door)
    return Path(
        origin=way.origin,
        reach=Reach.PRIVATE,
        live=exposure.live,
        certainty=way.certainty,
        protocol=way.protocol,
        ports=way.ports,
        source_ports=way.source_ports,
        frontend=None,
        sources=way.sources,
        network_interface=place.network_interface,
        ip_configuration=place.ip_configuration,
        hops=hops,
        witness=witness(way.protocol, way.sources, way.source_ports, way.ports, place.address),
        blind_spots=way.doubts,
        assumptions=(),
    )


def rule_hops(place: Place, way: InsideWay) -> tuple[Hop, ...]:
    """The rules that a way passes at a place."""
    return (*admin_hop(way.crossing), *stage_hops(place.stages, way.crossing))
