"""The ways into a machine's network beside its own machines: peers, gateways, and interfaces that pass packets on.

A peering names the other network by its id alone, and an id does not say whose tenant it is in (controls NET-008). So
a peer counts as known where its own row was read, and as unknown where the evidence has nothing of its subscription.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Final

from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.interface_remedies import stop_forwarding
from vmaudit.assess.facts.private_links import TABLE, clients_of, closed_to, is_anybody, links_into
from vmaudit.assess.values import NO_NAMES, Names
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import Gateway, PrivateLinkService
from vmaudit.estate.resources import Key, Peering, VirtualNetwork
from vmaudit.known import Read, Unknown

_GATEWAY_SUBNET: Final = "/subnets/gatewaysubnet"


def _networks(case: Case) -> Iterator[Read[VirtualNetwork]]:
    if isinstance(case.networks, Unknown):
        yield case.networks
        return
    for key in case.networks:
        yield case.estate.find(case.estate.networks, key, "virtual network")


def _peers(network: VirtualNetwork) -> Iterator[Peering]:
    return (peering for peering in network.peerings if peering.connected and peering.allows_network_access)


def _gateways(case: Case, network: VirtualNetwork) -> Iterator[Read[Gateway]]:
    """Its own gateways and those of peers that it may use; unknown where a subnet for one stands and none was read."""
    known = case.around.once(("gateways",), partial(_gateways_by_network, case.estate))
    places = dict.fromkeys(peering.remote_network for peering in _peers(network) if peering.uses_remote_gateways)
    if f"{network.key}{_GATEWAY_SUBNET}" in network.subnets:
        places = {network.key: None, **places}
    complete = case.estate.all_of("virtual_network_gateways")
    for key in places:
        yield from known.get(key, ())
        if key not in known and isinstance(complete, Unknown):
            yield Unknown(f"the gateway of {az.name_of(key)}: {complete.reason}")


def _gateways_by_network(estate: Estate) -> dict[Key | None, list[Gateway]]:
    found: dict[Key | None, list[Gateway]] = defaultdict(list)
    for key in sorted(estate.gateways):
        found[estate.gateways[key].network].append(estate.gateways[key])
    return found


def _other_ways(case: Case) -> Names:
    found: set[str] = set()
    more = ""
    for network in _networks(case):
        if isinstance(network, Unknown):
            more = more or network.reason
            continue
        found.update(f"peer {az.name_of(_spelt(case, peering.remote_network))}" for peering in _peers(network))
        for gateway in _gateways(case, network):
            if isinstance(gateway, Unknown):
                more = more or gateway.reason
            else:
                found.add(f"gateway {gateway.name}")
        found.update(f"Private Link service {service.name}" for service in links_into(case, network.key))
        more = more or _unread_links(case)
    return Names(tuple(sorted(found)), more)


def _spelt(case: Case, network: Key) -> str:
    found = case.estate.networks.get(network)
    return found.id if found else network


def _unknown_peers(case: Case) -> Names:
    found: set[Key] = set()
    more = ""
    for network in _networks(case):
        if isinstance(network, Unknown):
            more = more or network.reason
            continue
        found.update(peering.remote_network for peering in _strangers(case, network))
        found.update(client for _, client in _linked_strangers(case, network))
        more = more or next(_unread(case, network), "") or _unread_links(case)
    return Names(tuple(sorted(found)), more)


def _linked_strangers(case: Case, network: VirtualNetwork) -> Iterator[tuple[PrivateLinkService, Key]]:
    """Clients of Private Link services: anybody, or endpoints in subscriptions of which the evidence has nothing."""
    for service in links_into(case, network.key):
        for client in clients_of(service):
            if is_anybody(client) or not _is_covered(case, client):
                yield service, client


def _unread_links(case: Case) -> str:
    complete = case.estate.all_of(TABLE)
    return complete.reason if isinstance(complete, Unknown) else ""


def _strangers(case: Case, network: VirtualNetwork) -> Iterator[Peering]:
    """Peers in subscriptions of which the evidence has nothing."""
    return (
        peering
        for peering in _peers(network)
        if peering.remote_network not in case.estate.networks and not _is_covered(case, peering.remote_network)
    )


def _is_covered(case: Case, key: Key) -> bool:
    covered = case.around.once(("subscriptions",), partial(_subscriptions, case.estate))
    return az.segment(key, "subscriptions") in covered


def _subscriptions(estate: Estate) -> frozenset[str]:
    """The subscriptions that the evidence has something of."""
    tables = (estate.machines, estate.networks, estate.network_interfaces, estate.bastions, estate.gateways)
    return frozenset(az.segment(key, "subscriptions") for table in tables for key in table)


def _unread(case: Case, network: VirtualNetwork) -> Iterator[str]:
    """Why somebody unknown may be behind a peer or a gateway of which something was read."""
    estate = case.estate
    for peering in _peers(network):
        if _is_covered(case, peering.remote_network):
            peer = estate.find(estate.networks, peering.remote_network, "virtual network")
            if isinstance(peer, Unknown):
                yield peer.reason
    for gateway in _gateways(case, network):
        yield from [gateway.reason] if isinstance(gateway, Unknown) else _unread_ends(estate, gateway)


def _unread_ends(estate: Estate, gateway: Gateway) -> Iterator[str]:
    complete = estate.all_of("connections")
    if isinstance(complete, Unknown):
        yield f"what gateway {gateway.name} is connected to: {complete.reason}"
    for key in sorted(estate.connections):
        connection = estate.connections[key]
        if gateway.key in connection.gateways and connection.local_network:
            far = estate.find(estate.local_networks, connection.local_network, "local network gateway")
            if isinstance(far, Unknown):
                yield far.reason


def _close_peerings(case: Case, found: Names) -> tuple[Remedy, ...]:
    read = [network for network in _networks(case) if not isinstance(network, Unknown)]
    peerings = (
        _close_peering(network, peering)
        for network in read
        for peering in _strangers(case, network)
        if peering.remote_network in found.proven
    )
    links = (
        closed_to(service, client)
        for network in read
        for service, client in _linked_strangers(case, network)
        if client in found.proven
    )
    return (*peerings, *links)


def _close_peering(network: VirtualNetwork, peering: Peering) -> Remedy:
    update = az.command("network vnet peering update", network.id, ("--vnet-name", network.name), ("-n", peering.name))
    return Remedy(
        resource=network.id,
        says=f"virtual network {network.name} is peered with {_place(peering.remote_network)}",
        fix=f"{update} --set allowVirtualNetworkAccess=false",
        part=peering.name,
    )


def _place(network: Key) -> str:
    if is_anybody(network):
        return f"anybody through Private Link service {az.name_of(network)}"
    return f"{az.name_of(network)} in subscription {az.segment(network, 'subscriptions')}"


def _show_places(value: Names) -> str:
    return kinds.NAMES.show(Names(tuple(_place(key) for key in value.proven), value.more))


def _forwarding(case: Case) -> Names:
    found = tuple(sorted(interface.name for interface in case.interfaces if interface.ip_forwarding))
    more = case.unread_interfaces
    return Names(found, more) if found or more else NO_NAMES


def _stop_forwarding(case: Case, _found: object) -> tuple[Remedy, ...]:
    return tuple(
        Remedy(
            resource=interface.id,
            says=f"interface {interface.name} passes on packets that are not its own",
            fix=stop_forwarding(interface.id),
            part="forwarding",
        )
        for interface in case.interfaces
        if interface.ip_forwarding
    )


def _show_forwarding(value: Names) -> str:
    return f"IP forwarding on {kinds.NAMES.show(value)}" if value.proven else kinds.NAMES.show(value)


_TABLES: Final = (
    "virtual_machines",
    "network_interfaces",
    "virtual_networks",
    "virtual_network_peerings",
    "subnets",
    "virtual_network_gateways",
    TABLE,
)

FACTS: Final = (
    Fact(
        name="network.other_ways",
        kind=kinds.NAMES,
        level=Level.NETWORK,
        label="peers and gateways of the network",
        doc=(
            "Connected peers of the machine's virtual network, its gateways, those of peers that it may use, and "
            "Private Link services whose clients appear in it."
        ),
        read=_other_ways,
        tables=_TABLES,
        whole=("virtual_network_gateways", TABLE),
    ),
    Fact(
        name="network.unknown_peers",
        kind=kinds.NAMES,
        level=Level.NETWORK,
        label="peers that the evidence knows nothing of",
        doc=(
            "Ids, in lower case, of connected peers and of private endpoints that a Private Link service let in, in "
            "subscriptions that the evidence has nothing of, and of such services that let anybody in; not known as "
            "long as a peer in another subscription, a gateway or what it is connected to was not read."
        ),
        read=_unknown_peers,
        tables=(*_TABLES, "connections", "local_network_gateways"),
        whole=("virtual_network_gateways", "connections", TABLE),
        absence_fails=True,
        remedies=_close_peerings,
        shown=_show_places,
    ),
    Fact(
        name="vm.forwarding_interfaces",
        kind=kinds.NAMES,
        level=Level.MACHINE,
        label="interfaces that forward packets",
        doc="Network interfaces of the machine on which IP forwarding is on: they accept packets for others.",
        read=_forwarding,
        tables=("virtual_machines", "network_interfaces"),
        remedies=_stop_forwarding,
        shown=_show_forwarding,
    ),
)
