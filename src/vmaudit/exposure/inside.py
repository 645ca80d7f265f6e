"""Who on the inside can open a connection: own subnet, own network, peers, on-premises, and Bastion.

What is admitted is computed once per situation and shared; `inside_paths` writes it out for one machine, with hops and
a witness packet.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from vmaudit.addresses import PRIVATE, Intervals, difference, intersection, union
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


class Origins:
    """Who is inside around each subnet, worked out once."""

    def __init__(self, estate: Estate, situations: Situations) -> None:
        self._estate = estate
        self._situations = situations
        self._groups: dict[Key, tuple[_Group, ...]] = {}

    def ways(self, situation: Situation, subnet: Read[Key]) -> tuple[InsideWay, ...]:
        """What every origin around a subnet may open, as disjoint boxes."""
        return tuple(way for group in self._around(subnet) for way in _ways(situation, group))

    def others(self, situation: Situation, subnet: Read[Key]) -> tuple[Crossing, ...]:
        """What is admitted from private addresses that no origin surely has; a rule may name them all the same."""
        if isinstance(subnet, Unknown):
            return ()
        left = PRIVATE
        for group in self._around(subnet):
            left = difference(left, group.who.must)
        return situation.admitted(left)

    def _around(self, subnet: Read[Key]) -> tuple[_Group, ...]:
        if isinstance(subnet, Unknown):
            return ()
        found = self._groups.get(subnet)
        if found is None:
            neighbours = self._situations.around(subnet).neighbours
            found = tuple(_origins(self._estate, subnet, neighbours)) if neighbours else ()
            self._groups[subnet] = found
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
            yield _Group(origin, Meaning(must, may, who.doubt))


def _id(estate: Estate, network: Key | None) -> str | None:
    """The network's id as its own row spells it, where there is one; None for one without a name."""
    found = estate.networks.get(network) if network else None
    return found.id if found else network


def _ways(situation: Situation, group: _Group) -> Iterator[InsideWay]:
    """What one origin may open, as disjoint boxes."""
    who = group.who
    for sources, doubt in ((who.must, ()), (difference(who.may, who.must), (who.doubt,))):
        for crossing in situation.admitted(sources) if sources else ():
            box = crossing.box
            doubts = crossing.doubts
            if doubt:
                doubts = tuple(dict.fromkeys((*doubt, *doubts)))
            yield InsideWay(
                origin=group.origin,
                certainty=Certainty.POSSIBLE if doubts else Certainty.PROVEN,
                protocol=box.protocol,
                sources=box.remote,
                source_ports=box.source_ports,
                ports=box.destination_ports,
                crossing=crossing,
                doubts=doubts,
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
