"""Entries through application gateways (azure-facts 5.8).

A layer-4 listener hands a TCP connection on to a machine; the HTTP side reaches no management port. NSGs are asked
twice: the one of the gateway's own subnet sees the client and the listener's port, those of the machine see an address
of the gateway's subnet and the backend port.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, NOTHING, PRIVATE, PUBLIC, overlaps, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import ApplicationGateway, Frontend, Listener
from vmaudit.estate.resources import Access, Direction, Key, Protocol
from vmaudit.exposure.balancers import Backends, public_address
from vmaudit.exposure.entries import ANYBODY, Entry
from vmaudit.exposure.meaning import Meaning, exactly
from vmaudit.exposure.near import near_networks
from vmaudit.exposure.paths import Code, Hop
from vmaudit.exposure.proof import stage_hops
from vmaudit.exposure.security_groups import Box, Crossing, LocalEnd, Stage, cross
from vmaudit.exposure.surroundings import surroundings
from vmaudit.known import Unknown


def gateway_entries(estate: Estate, backends: Backends) -> dict[Key, list[Entry]]:
    """Every entry through a public layer-4 listener, by the ip configuration that it reaches."""
    found: dict[Key, list[Entry]] = defaultdict(list)
    for gateway, frontend, listener in _public_listeners(estate):
        for target, why in _targets(estate, backends, gateway, listener).items():
            for entry in _entries(estate, gateway, frontend, listener):
                found[target].append(replace(entry, doubts=(*entry.doubts, *why)) if why else entry)
    return found


def refusals(estate: Estate, backends: Backends, target: Key, port: int) -> Iterator[tuple[Hop, ...]]:
    """How the NSGs of gateways' own subnets keep public clients off listeners that lead to a machine's port."""
    for gateway, _, listener in _public_listeners(estate):
        if listener.backend_port == port and target in _targets(estate, backends, gateway, listener):
            for stage, crossing in _asked(estate, gateway, listener):
                if crossing.access is Access.DENY and overlaps(crossing.box.remote, PUBLIC):
                    yield (_hop(gateway, listener), *stage_hops((stage,), crossing))


def _targets(
    estate: Estate, backends: Backends, gateway: ApplicationGateway, listener: Listener
) -> dict[Key, tuple[str, ...]]:
    """The ip configurations behind a listener, each with why it is in doubt that it is meant."""
    near = near_networks(estate, {subnet.rpartition("/subnets/")[0] for subnet in gateway.subnets})
    named = (*listener.configurations, *backends.naming(listener.pool))
    doubts: dict[Key, tuple[str, ...]] = {}
    for address in listener.addresses:
        doubts.update(backends.at(address, near))
    return doubts | dict.fromkeys(named, ())


def unresolved_backends(estate: Estate) -> tuple[tuple[ApplicationGateway, Listener], ...]:
    """Listeners that lead to a name and let anybody public in: which machine that is can't be seen from here."""
    return tuple(
        (gateway, listener)
        for gateway, frontend, listener in _public_listeners(estate)
        if listener.names and any(_entries(estate, gateway, frontend, listener))
    )


def _public_listeners(estate: Estate) -> Iterator[tuple[ApplicationGateway, Frontend, Listener]]:
    for gateway in estate.application_gateways.values():
        frontends = {frontend.key: frontend for frontend in gateway.frontends}
        for listener in gateway.listeners:
            frontend = frontends.get(listener.frontend)
            if frontend is not None and frontend.public:
                yield gateway, frontend, listener


def _entries(estate: Estate, gateway: ApplicationGateway, frontend: Frontend, listener: Listener) -> Iterator[Entry]:
    """One entry per rule of the gateway's own NSG that lets clients in; one for anybody where there is no NSG."""
    own = next((estate.subnets[key].addresses for key in gateway.subnets if key in estate.subnets), None)
    doubts = (f"the subnet of application gateway {gateway.name} is not in the evidence",) if own is None else ()
    for clients, hops in _clients(estate, gateway, listener):
        yield Entry(
            kind="application-gateway",
            resource=gateway.id,
            rule=listener.name,
            address=public_address(estate, frontend.public_ip),
            protocols=frozenset({Protocol.TCP}),
            frontend_ports=single(listener.port),
            machine_ports=single(listener.backend_port),
            hops=(*hops, _hop(gateway, listener)),
            open_without_group=True,
            clients=clients,
            seen_as=None if listener.keeps_client_address else own or PRIVATE,
            doubts=doubts,
        )


def _hop(gateway: ApplicationGateway, listener: Listener) -> Hop:
    carries = f"carries {listener.port} to {listener.backend_port}"
    says = f"application gateway {gateway.name}: listener {listener.name} {carries}"
    return Hop(gateway.id, "Enter", Code.APPLICATION_GATEWAY, listener.name, None, says)


def _clients(
    estate: Estate, gateway: ApplicationGateway, listener: Listener
) -> Iterator[tuple[Meaning, tuple[Hop, ...]]]:
    """Which public clients the NSG of the gateway's subnet lets connect to the listener, and its word on them."""
    asked = _asked(estate, gateway, listener)
    if not asked:
        yield ANYBODY, ()
    for stage, crossing in asked:
        sources = crossing.box.remote
        if crossing.access is Access.DENY or not overlaps(sources, PUBLIC):
            continue
        sure = crossing.access is Access.ALLOW
        clients = exactly(sources) if sure else Meaning(NOTHING, sources, crossing.doubts[0])
        yield clients, stage_hops((stage,), crossing)


def _asked(estate: Estate, gateway: ApplicationGateway, listener: Listener) -> tuple[tuple[Stage, Crossing], ...]:
    """What the NSG of the gateway's subnet says to anybody who aims at the listener; nothing where there is no NSG."""
    place = next((estate.subnets[key] for key in gateway.subnets if key in estate.subnets), None)
    if place is None or place.security_group is None:
        return ()
    stage = Stage(place.id, estate.find(estate.security_groups, place.security_group, "NSG"))
    anywhere_in_it = LocalEnd(Unknown(f"which addresses of its subnet application gateway {gateway.name} has"), ())
    asked = Box(Protocol.TCP, ANY_ADDRESS, ALL_PORTS, single(listener.port))
    found = cross((stage,), Direction.INBOUND, anywhere_in_it, surroundings(estate, place.key), [asked])
    return tuple((stage, crossing) for crossing in found)
