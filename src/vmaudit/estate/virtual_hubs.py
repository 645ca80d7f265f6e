"""Hubs of Virtual WAN and what is connected to them: from Azure's spellings to values (azure-facts 1.1 "VPN/ER", 5.7).

Resource Graph lists the hubs; their connections come from ARM, as rows of their own or, in older API versions, in the
body of the hub.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import UNSET, UnsetType, field

from vmaudit import addresses
from vmaudit.addresses import NOTHING, Intervals, normalised
from vmaudit.estate.front_doors import HubConnection, HubLinks, VirtualHub
from vmaudit.estate.machines import key_of
from vmaudit.estate.resources import Key, VirtualNetwork
from vmaudit.estate.rows import Reference, RowUnreadableError
from vmaudit.estate.wire import Wire
from vmaudit.known import Read, Unknown


class HubConnectionBody(Wire):
    """Which network a connection joins to its hub."""

    remote_virtual_network: Reference | UnsetType | None = UNSET


class HubConnectionRow(HubConnectionBody, kw_only=True):
    """A connection of a hub, nested or flat."""

    id: str
    properties: HubConnectionBody | UnsetType = UNSET


class HubBody(Wire):
    """What a virtual hub says."""

    address_prefix: str | UnsetType | None = UNSET
    virtual_wan: Reference | None = None
    vpn_gateway: Reference | None = None
    p2s_vpn_gateway: Reference | None = field(default=None, name="p2SVpnGateway")
    express_route_gateway: Reference | None = None
    virtual_network_connections: tuple[HubConnectionRow, ...] | None = None
    virtual_router_asn: int | None = None


class HubRow(HubBody, kw_only=True):
    """A virtual hub, nested or flat."""

    id: str
    properties: HubBody | UnsetType = UNSET


def read_virtual_hub(row: HubRow) -> VirtualHub:
    """A virtual hub. Raises RowUnreadableError where its properties were left out.

    A route server, which is a hub to Azure, has a number as router in place of an address prefix.
    """
    body: HubBody = row if isinstance(row.properties, UnsetType) else row.properties
    if body.address_prefix is UNSET and body.virtual_wan is None and body.virtual_router_asn is None:
        raise RowUnreadableError("its addresses and its WAN were left out (`az resource list` prints no properties)")
    gateways = (body.vpn_gateway, body.express_route_gateway, body.p2s_vpn_gateway)
    return VirtualHub(
        id=row.id,
        addresses=_prefix(body.address_prefix) if isinstance(body.address_prefix, str) else NOTHING,
        wan=key_of(body.virtual_wan),
        gateways=tuple(gateway.id for gateway in gateways if gateway),
        connections=tuple(read_hub_connection(connection) for connection in body.virtual_network_connections or ()),
    )


def read_hub_connection(row: HubConnectionRow) -> HubConnection:
    """A connection of a hub. Raises RowUnreadableError where the network that it joins was left out."""
    body: HubConnectionBody = row if isinstance(row.properties, UnsetType) else row.properties
    if isinstance(body.remote_virtual_network, UnsetType):
        raise RowUnreadableError("the network that it joins was left out (`az resource list` prints no properties)")
    return HubConnection(id=row.id, network=key_of(body.remote_virtual_network))


def hub_links(
    hubs: Mapping[Key, VirtualHub], connections: Mapping[Key, HubConnection], networks: Mapping[Key, VirtualNetwork]
) -> HubLinks:
    """Which networks are connected to which hubs, by the hubs' bodies and by connections as rows of their own."""
    nested = {connection.key: connection for hub in hubs.values() for connection in hub.connections}
    of_hub: dict[Key, set[Key]] = defaultdict(set)
    of_network: dict[Key, set[Key]] = defaultdict(set)
    for connection in (nested | dict(connections)).values():
        if connection.network:
            of_hub[connection.hub].add(connection.network)
            of_network[connection.network].add(connection.hub)
    return HubLinks(
        networks={hub: tuple(sorted(joined)) for hub, joined in of_hub.items()},
        hubs={network: tuple(sorted(joined)) for network, joined in of_network.items()},
        addresses={hub: _together(sorted(joined), networks) for hub, joined in of_hub.items()},
    )


def _together(joined: Iterable[Key], networks: Mapping[Key, VirtualNetwork]) -> Read[Intervals]:
    spaces: list[Intervals] = []
    for key in joined:
        network = networks.get(key)
        if network is None:
            return Unknown(f"virtual network {key.rpartition('/')[2]} is not in the evidence")
        spaces.append(network.addresses)
    return normalised(pair for space in spaces for pair in space)


def _prefix(text: str) -> Intervals:
    try:
        return addresses.prefixes((text,) if text else ())
    except ValueError as problem:
        raise RowUnreadableError(str(problem)) from problem
