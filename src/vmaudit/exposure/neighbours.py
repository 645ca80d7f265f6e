"""Who is inside with a machine: its subnet, its network, peers, what is behind gateways, and what routes add.

Together they are what the tag VirtualNetwork means at a subnet (azure-facts 5.2, 5.3); one by one they are the origins
of private paths.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vmaudit.addresses import ANY_ADDRESS, NOTHING, PRIVATE, PUBLIC, Intervals, covers, overlaps
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import Connection, Gateway
from vmaudit.estate.peerings import is_open, subnet_name, takes_in
from vmaudit.estate.resources import Key, VirtualNetwork
from vmaudit.exposure.hubs import networks_beyond, places_beyond
from vmaudit.exposure.meaning import NOBODY, Meaning, exactly
from vmaudit.known import Read, Unknown


@dataclass(frozen=True)
class Neighbours:
    """The parts of the inside around one subnet, each with who it is."""

    subnet: Meaning
    network: Meaning
    peers: tuple[tuple[str | None, Meaning], ...]
    """By the key of the peer's network or the id of the virtual hub that joins it; None where nobody could name it."""
    on_premises: tuple[tuple[str | None, Meaning], ...]
    """By the id of the gateway, where it is in the evidence."""
    routed: Meaning

    @cached_property
    def everything(self) -> Meaning:
        """All neighbours together."""
        found = self.subnet | self.network | self.routed
        for _, peer in self.peers:
            found |= peer
        for _, place in self.on_premises:
            found |= place
        return found


def neighbours(estate: Estate, subnet: Key) -> Neighbours:
    """Who is inside with the machines of a subnet."""
    here = estate.find(estate.subnets, subnet, "subnet")
    own = Meaning(NOTHING, ANY_ADDRESS, here.reason) if isinstance(here, Unknown) else exactly(here.addresses)
    network = estate.find(estate.networks, subnet.rpartition("/subnets/")[0], "virtual network")
    if isinstance(network, Unknown):
        unnamed = ((None, Meaning(NOTHING, PRIVATE, network.reason)),)
        somewhere = Meaning(NOTHING, ANY_ADDRESS, network.reason)
        return Neighbours(own, somewhere, unnamed, unnamed, _routed(estate, subnet))
    joined = [peering for peering in network.peerings if is_open(peering) and takes_in(peering, (subnet_name(subnet),))]
    return Neighbours(
        subnet=own,
        network=exactly(network.addresses),
        peers=(
            *((p.remote_network, _peer(estate, p.remote_network, p.remote_addresses)) for p in joined),
            *networks_beyond(estate, network),
        ),
        on_premises=(*_on_premises(estate, network), *places_beyond(estate, network)),
        routed=_routed(estate, subnet),
    )


def _peer(estate: Estate, key: Key, given: Read[Intervals]) -> Meaning:
    """A peering carries the other side's address space; the other side's own row serves where it does not."""
    if not isinstance(given, Unknown):
        return exactly(given)
    remote = estate.networks.get(key)
    return exactly(remote.addresses) if remote else Meaning(NOTHING, ANY_ADDRESS, given.reason)


def _on_premises(estate: Estate, network: VirtualNetwork) -> Iterator[tuple[str | None, Meaning]]:
    """What is behind the network's own gateway, and behind those of peers that it may use."""
    with_gateway: dict[Key, None] = {}
    if any(key.endswith("/subnets/gatewaysubnet") for key in network.subnets):
        with_gateway[network.key] = None
    for peering in network.peerings:
        if peering.connected and peering.uses_remote_gateways:
            with_gateway[peering.remote_network] = None
    for key in with_gateway:
        yield from _behind_gateways_of(estate, key)


def _behind_gateways_of(estate: Estate, network: Key) -> Iterator[tuple[str | None, Meaning]]:
    found = [gateway for gateway in estate.gateways.values() if gateway.network == network]
    for gateway in found:
        yield gateway.id, _behind(estate, gateway)
    complete = estate.all_of("virtual_network_gateways")
    if not found and isinstance(complete, Unknown):
        name = network.rpartition("/")[2]
        yield None, Meaning(NOTHING, PRIVATE, f"what is behind the gateway of {name} is not in the evidence")


def _behind(estate: Estate, gateway: Gateway) -> Meaning:
    """Dial-in clients, and the far ends of its connections. Routes that it learns may bring any private prefix."""
    found = exactly(gateway.client_addresses)
    complete = estate.all_of("connections")
    if isinstance(complete, Unknown):
        found |= Meaning(NOTHING, PRIVATE, f"what gateway {gateway.name} is connected to: {complete.reason}")
    for connection in estate.connections.values():
        if gateway.key not in connection.gateways:
            continue
        if connection.learns_routes:
            found |= Meaning(NOTHING, PRIVATE, f"connection {connection.name} learns its routes from the other side")
        if connection.local_network:
            far = estate.find(estate.local_networks, connection.local_network, "local network gateway")
            found |= Meaning(NOTHING, PRIVATE, far.reason) if isinstance(far, Unknown) else exactly(far.addresses)
        found |= _joined_networks(estate, gateway, connection)
    return found


def _joined_networks(estate: Estate, gateway: Gateway, connection: Connection) -> Meaning:
    """The network at the other end, where a connection joins two gateways; what lies behind it is learned."""
    found = NOBODY
    for key in connection.gateways:
        far = estate.gateways.get(key)
        network = estate.networks.get(far.network or "") if far and far.key != gateway.key else None
        found |= exactly(network.addresses) if network else NOBODY
    return found


def _routed(estate: Estate, subnet: Key) -> Meaning:
    """Prefixes of user-defined routes belong to VirtualNetwork; a route for public space only may (azure-facts 5.2)."""
    found = estate.subnets.get(subnet)
    if found is None or found.route_table is None:
        return NOBODY
    table = estate.find(estate.route_tables, found.route_table, "route table")
    if isinstance(table, Unknown):
        return Meaning(NOTHING, ANY_ADDRESS, table.reason)
    inside = NOBODY
    for addresses, _, _ in table.routes:
        if overlaps(addresses, PUBLIC) and not covers(PRIVATE, addresses):
            doubt = f"route table {table.name} routes public space, which may make it part of VirtualNetwork"
            inside |= Meaning(NOTHING, addresses, doubt)
        else:
            inside |= exactly(addresses)
    return inside
