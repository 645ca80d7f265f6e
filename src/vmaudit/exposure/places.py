"""What the rules admit at every ip configuration; ip configurations in the same situation share it."""

from collections.abc import Iterable, Iterator
from functools import partial

from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AdminAccess
from vmaudit.estate.resources import Access, IpConfiguration, Key, NetworkInterface
from vmaudit.exposure.inside import Origins
from vmaudit.exposure.paths import Certainty, Opening, Place, SharedWays
from vmaudit.exposure.security_groups import Crossing
from vmaudit.exposure.situations import Admission, Situations
from vmaudit.exposure.voices import Ports
from vmaudit.known import Read


class Places:
    """The places of an estate: what is admitted there is worked out once per situation and subnet."""

    def __init__(self, estate: Estate, ports: Ports) -> None:
        self._situations = Situations(estate, ports)
        self._origins = Origins(estate, self._situations)
        self._known: dict[tuple[int, Read[Key]], SharedWays] = {}

    def of_all(self, interfaces: Iterable[NetworkInterface]) -> tuple[Place, ...]:
        """The places of all ip configurations of some interfaces."""
        return tuple(self.of(interface, place) for interface in interfaces for place in interface.ip_configurations)

    def of(self, interface: NetworkInterface, configuration: IpConfiguration) -> Place:
        """What the rules before one ip configuration admit to the ports in question."""
        admission = self._situations.admission(interface, configuration)
        key = (id(admission.situation), configuration.subnet)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._shared(admission, configuration.subnet)
        return Place(interface.id, configuration.name, configuration.private_address, admission.stages, found)

    def _shared(self, admission: Admission, subnet: Read[Key]) -> SharedWays:
        situation = admission.situation
        return SharedWays(
            partial(self._origins.ways, situation, subnet),
            partial(self._origins.others, situation, subnet),
            # Without any NSG there is no rule that could be at fault (NET-002).
            tuple if admission.governed is False else lambda: tuple(openings_of(situation.from_public)),
        )


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
