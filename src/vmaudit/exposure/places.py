"""What the rules admit at every ip configuration; ip configurations in the same situation share it."""

from collections.abc import Iterable, Iterator

from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AdminAccess
from vmaudit.estate.resources import Access, IpConfiguration, Key, NetworkInterface, VirtualMachine
from vmaudit.exposure.inside import Origins
from vmaudit.exposure.paths import Certainty, Hop, InsideWay, Opening, Place
from vmaudit.exposure.proof import machine_hop
from vmaudit.exposure.security_groups import Crossing
from vmaudit.exposure.situations import Admission, Situations
from vmaudit.exposure.voices import Ports
from vmaudit.known import Read


class _Shared:
    """The ways of one situation in one subnet. There are many of these: what is asked for later is kept in slots."""

    __slots__ = ("_governed", "_openings", "_origins", "_others", "_situation", "_subnet", "_ways")

    def __init__(self, origins: Origins, admission: Admission, subnet: Read[Key]) -> None:
        self._origins = origins
        self._situation = admission.situation
        self._governed = admission.governed
        self._subnet = subnet
        self._ways: tuple[InsideWay, ...] | None = None
        self._others: tuple[Crossing, ...] | None = None
        self._openings: tuple[Opening, ...] | None = None

    @property
    def ways(self) -> tuple[InsideWay, ...]:
        if self._ways is None:
            self._ways = self._origins.ways(self._situation, self._subnet)
        return self._ways

    @property
    def others(self) -> tuple[Crossing, ...]:
        if self._others is None:
            self._others = self._origins.others(self._situation, self._subnet)
        return self._others

    @property
    def openings(self) -> tuple[Opening, ...]:
        if self._openings is None:
            # Without any NSG there is no rule that could be at fault (NET-002).
            crossings = () if self._governed is False else self._situation.from_public
            self._openings = tuple(openings_of(crossings))
        return self._openings


class Places:
    """The places of an estate: what is admitted there is worked out once per situation and subnet."""

    def __init__(self, estate: Estate, ports: Ports) -> None:
        self._situations = Situations(estate, ports)
        self._origins = Origins(estate, self._situations)
        self._known: dict[tuple[int, Read[Key]], _Shared] = {}

    def places(self, interfaces: Iterable[NetworkInterface]) -> tuple[Place, ...]:
        """The places of all ip configurations of some interfaces."""
        return tuple(self.of(interface, place) for interface in interfaces for place in interface.ip_configurations)

    def door(self, machine: VirtualMachine) -> Hop:
        """Whether anybody is there to answer, as a hop."""
        return machine_hop(machine)

    def of(self, interface: NetworkInterface, configuration: IpConfiguration) -> Place:
        """What the rules before one ip configuration admit to the ports in question."""
        admission = self._situations.admission(interface, configuration)
        key = (id(admission.situation), configuration.subnet)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _Shared(self._origins, admission, configuration.subnet)
        return Place(interface.id, configuration.name, configuration.private_address, admission.stages, found)


def openings_of(crossings: Iterable[Crossing]) -> Iterator[Opening]:
    """What NSGs admit, out of crossings from public sources that are not denied."""
    for crossing in crossings:
        if _admitted_by_groups(crossing):
            box, doubts = crossing.box, crossing.doubts
            certainty = Certainty.POSSIBLE if crossing.access is None else Certainty.PROVEN
            yield Opening(box.remote, box.protocol, box.destination_ports, certainty, doubts[0] if doubts else "")


def _admitted_by_groups(crossing: Crossing) -> bool:
    """Whether the NSGs were asked and none of them denied: a security admin rule may have let the packets past them."""
    asked = crossing.admin is None or AdminAccess.ALLOW in crossing.admin.ways
    return asked and not any(ruling and ruling.access is Access.DENY for _, ruling in crossing.steps)
