"""Who on the inside can open a connection: own subnet, own network, peers, on-premises, and Bastion.

What is admitted is computed once per situation and shared; `inside_paths` writes it out for one machine, with hops and
a witness packet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from vmaudit.addresses import PRIVATE, Intervals, difference, intersection, union
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import IpConfiguration, Key, NetworkInterface
from vmaudit.exposure.bastions import bastion_origins
from vmaudit.exposure.meaning import Meaning
from vmaudit.exposure.neighbours import Neighbours
from vmaudit.exposure.paths import (
    Certainty,
    Inside,
    InsideWay,
    MachineExposure,
    Origin,
    OriginKind,
    Path,
    Reach,
    SharedWays,
)
from vmaudit.exposure.proof import admin_hop, stage_hops, witness
from vmaudit.exposure.security_groups import Crossing
from vmaudit.exposure.situations import Admission, Situations, family
from vmaudit.known import Unknown


@dataclass(frozen=True, slots=True)
class _Group:
    """One origin and the addresses that are its own: origins do not overlap."""

    origin: Origin
    who: Meaning


class InsideWays:
    """The ways from the inside, computed once per situation and subnet."""

    def __init__(self, estate: Estate, situations: Situations) -> None:
        self._estate = estate
        self._situations = situations
        self._groups: dict[Key, tuple[_Group, ...]] = {}
        self._known: dict[tuple[int, Key], SharedWays] = {}

    def of(self, interface: NetworkInterface, configuration: IpConfiguration, admission: Admission) -> Inside | None:
        """What the inside may open on one ip configuration; None where its subnet is unknown."""
        subnet = configuration.subnet
        if isinstance(subnet, Unknown):
            return None
        key = (id(admission.situation), subnet)
        shared = self._known.get(key)
        if shared is None:
            place = (admission, subnet, configuration.version)
            shared = self._known[key] = SharedWays(partial(self._ways, *place), partial(self._others, *place))
        return Inside(interface.id, configuration.name, configuration.private_address, admission.stages, shared)

    def _ways(self, admission: Admission, subnet: Key, version: int) -> tuple[InsideWay, ...]:
        groups = self._around(subnet)
        return tuple(way for group in groups for way in _ways(admission, group, family(version)))

    def _others(self, admission: Admission, subnet: Key, version: int) -> tuple[Crossing, ...]:
        """What is admitted from private addresses that no origin surely has; a rule may name them all the same."""
        left = intersection(PRIVATE, family(version))
        for group in self._around(subnet):
            left = difference(left, group.who.must)
        return admission.situation.admitted(left) if left else ()

    def _around(self, subnet: Key) -> tuple[_Group, ...]:
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


def _ways(admission: Admission, group: _Group, addresses: Intervals) -> Iterator[InsideWay]:
    """What one origin may open, as disjoint boxes."""
    may = intersection(group.who.may, addresses)
    must = intersection(group.who.must, addresses)
    for sources, doubt in ((must, ()), (difference(may, must), (group.who.doubt,))):
        for crossing in admission.situation.admitted(sources):
            box = crossing.box
            doubts = tuple(dict.fromkeys((*doubt, *crossing.doubts)))
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
    for inside in exposure.inside:
        for way in inside.ways:
            yield _path(exposure, inside, way)


def _path(exposure: MachineExposure, inside: Inside, way: InsideWay) -> Path:
    hops = (*admin_hop(way.crossing), *stage_hops(inside.stages, way.crossing), exposure.door)
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
        network_interface=inside.network_interface,
        ip_configuration=inside.ip_configuration,
        hops=hops,
        witness=witness(way.protocol, way.sources, way.source_ports, way.ports, inside.address),
        blind_spots=way.doubts,
        assumptions=(),
    )


def ways_from(exposure: MachineExposure, kinds: Iterable[OriginKind]) -> Iterator[InsideWay]:
    """The ways from some kinds of origin into one machine."""
    wanted = frozenset(kinds)
    return (way for inside in exposure.inside for way in inside.ways if way.origin.kind in wanted)
