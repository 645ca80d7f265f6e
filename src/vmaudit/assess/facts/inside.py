"""Who on the inside can open a connection to a machine, other than through a Bastion that covers it (controls NET-003).

Counted is what the rules admit from private addresses, whoever has them: the neighbours that the evidence shows by
name, and the rest by their addresses. Azure's own address 168.63.129.16 is in every network and is nobody's.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from vmaudit.addresses import ALL_PORTS, PRIVATE, Intervals, difference, intersection, prefix_texts
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.bastion_addresses import BastionAddresses, bastion_addresses
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level
from vmaudit.assess.facts.inside_remedies import narrow
from vmaudit.assess.values import Openings
from vmaudit.estate.resources import Access, Protocol
from vmaudit.exposure.paths import Certainty, InsideWay, Opening, Origin, OriginKind, SharedWays
from vmaudit.exposure.security_groups import Crossing
from vmaudit.known import Unknown

_DOORS: Final = (Protocol.TCP, Protocol.UDP)
_WORDS: Final = {
    OriginKind.OWN_SUBNET: "its own subnet",
    OriginKind.OWN_NETWORK: "its own virtual network",
    OriginKind.ON_PREMISES: "on-premises",
}
_BEYOND: Final = (OriginKind.PEER, OriginKind.ON_PREMISES)
_MOST_PREFIXES: Final = 3
_OTHERS: Final = "other private addresses"


def _openings(case: Case) -> Openings:
    parts = [_shared(case, place.shared) for place in case.exposure.places]
    unread = tuple(_unread(case))
    if len(parts) == 1 and not unread:
        return parts[0]
    key = ("inside", *map(id, parts), unread)
    return case.around.once(key, lambda: (*(opening for part in parts for opening in part), *_anything(unread)))


def _outer(case: Case) -> Openings:
    """Those of them from beyond the machine's own network, and all that was not read: it may be from there."""
    parts = [_from_beyond(case, place.shared) for place in case.exposure.places]
    unread = tuple(_unread(case))
    if len(parts) == 1 and not unread:
        return parts[0]
    key = ("outer", *map(id, parts), unread)
    return case.around.once(key, lambda: (*(opening for part in parts for opening in part), *_anything(unread)))


def _from_beyond(case: Case, shared: SharedWays) -> Openings:
    def found() -> Openings:
        bastion = bastion_addresses(case)
        ways = (way for way in shared.ways if way.origin.kind in _BEYOND)
        return tuple(opening for way in ways for opening in _of_way(way, _words(way.origin), bastion))

    return case.around.once(("outer", id(shared), case.place), found)


def _shared(case: Case, shared: SharedWays) -> Openings:
    return case.around.once(("inside", id(shared), case.place), partial(_admitted, case, shared))


def _unread(case: Case) -> Iterator[str]:
    """Why there could be more: an interface or the place of an address was not read, or what may bypass every NSG."""
    if case.unread_interfaces:
        yield case.unread_interfaces
    for interface in case.interfaces:
        for place in interface.ip_configurations:
            if isinstance(place.subnet, Unknown):
                yield place.subnet.reason
    admin_rules = case.estate.all_of("security_admin_rules")
    if case.exposure.places and isinstance(admin_rules, Unknown):
        yield f"one of them may always allow it: {admin_rules.reason}"


def _anything(reasons: Iterable[str]) -> Iterator[Opening]:
    for reason in reasons:
        for protocol in _DOORS:
            yield Opening(PRIVATE, protocol, ALL_PORTS, Certainty.POSSIBLE, reason)


def _admitted(case: Case, shared: SharedWays) -> Openings:
    bastion = bastion_addresses(case)
    # The ways of one origin share it, and an identity is cheaper to look up than an origin.
    origins = {id(way.origin): way.origin for way in shared.ways}
    words = {place: _words(origin) for place, origin in origins.items()}
    named = (opening for way in shared.ways for opening in _of_way(way, words[id(way.origin)], bastion))
    others = (opening for crossing in shared.others for opening in _of_crossing(crossing, bastion))
    return (*named, *others)


def _words(origin: Origin) -> str:
    name = az.name_of(origin.id or "")
    match origin.kind:
        case OriginKind.PEER:
            return f"peer {name}" if name else "a peer that was not read"
        case OriginKind.BASTION:
            return f"Bastion {name}, which does not cover it"
        case OriginKind.ON_PREMISES if name:
            return f"on-premises behind {name}"
        case kind:
            return _WORDS[kind]


def _of_way(way: InsideWay, origin: str, bastion: BastionAddresses) -> Iterator[Opening]:
    reason = way.doubts[0] if way.doubts else ""
    if way.origin.kind is not OriginKind.BASTION:
        yield from _without_bastion(way.protocol, way.sources, way.ports, reason, origin, bastion)
    elif way.origin.id is not None and way.origin.id.lower() not in bastion.surely:
        yield _opening(way.protocol, way.sources, way.ports, bastion.more or reason, origin)


def _of_crossing(crossing: Crossing, bastion: BastionAddresses) -> Iterator[Opening]:
    box = crossing.box
    reason = "" if crossing.access is Access.ALLOW else crossing.doubts[0]
    origin = "" if len(prefix_texts(box.remote)) <= _MOST_PREFIXES else _OTHERS
    yield from _without_bastion(box.protocol, box.remote, box.destination_ports, reason, origin, bastion)


def _without_bastion(
    protocol: Protocol, sources: Intervals, ports: Intervals, reason: str, origin: str, bastion: BastionAddresses
) -> Iterator[Opening]:
    """Addresses that may be those of a covering Bastion are only possibly somebody else's."""
    perhaps = intersection(sources, bastion.perhaps) if bastion.perhaps else ()
    if perhaps:
        yield _opening(protocol, perhaps, ports, reason or bastion.doubt, origin)
        sources = difference(sources, perhaps)
    if sources:
        yield _opening(protocol, sources, ports, reason, origin)


def _opening(protocol: Protocol, sources: Intervals, ports: Intervals, reason: str, origin: str) -> Opening:
    return Opening(sources, protocol, ports, Certainty.POSSIBLE if reason else Certainty.PROVEN, reason, origin)


_TABLES: Final = (
    "virtual_machines",
    "network_interfaces",
    "security_groups",
    "security_rules",
    "application_security_groups",
    "virtual_networks",
    "virtual_network_peerings",
    "subnets",
    "route_tables",
    "virtual_hubs",
    "virtual_hub_connections",
    "virtual_network_gateways",
    "connections",
    "local_network_gateways",
    "bastion_hosts",
    "security_admin_rules",
)
_WHOLE: Final = ("security_admin_rules", "virtual_network_gateways", "connections")
FACTS: Final = (
    Fact(
        name="exposure.inside_openings",
        kind=kinds.OPENINGS,
        level=Level.MACHINE,
        label="what the rules admit from private addresses",
        doc=(
            "What the rules in front of the machine, or the lack of them, admit from private addresses and from the "
            "networks around it, without the addresses of Bastions that cover the machine."
        ),
        read=_openings,
        tables=_TABLES,
        whole=_WHOLE,
        remedies=narrow,
    ),
    Fact(
        name="exposure.outer_openings",
        kind=kinds.OPENINGS,
        level=Level.MACHINE,
        label="what the rules admit from joined networks and offices",
        doc=(
            "What of `exposure.inside_openings` comes from beyond the machine's own virtual network: from peers and "
            "from what is behind gateways."
        ),
        read=_outer,
        tables=_TABLES,
        whole=_WHOLE,
        remedies=narrow,
    ),
)
