"""Gateways to other places: from Azure's spellings to values (azure-facts 1.1 "VPN/ER", 5.2)."""

from msgspec import UNSET, UnsetType, field

from vmaudit import addresses
from vmaudit.addresses import Intervals
from vmaudit.estate.front_doors import Connection, Gateway, LocalNetwork
from vmaudit.estate.machines import key_of
from vmaudit.estate.rows import Reference, RowUnreadableError
from vmaudit.estate.wire import AddressSpace, Wire


class GatewayPlaceBody(Wire):
    """Where a gateway stands."""

    subnet: Reference | None = None


class GatewayPlaceRow(GatewayPlaceBody):
    """Where a gateway stands, nested or flat."""

    properties: GatewayPlaceBody | UnsetType = UNSET


class ClientConfiguration(Wire):
    """Dial-in clients (point-to-site)."""

    vpn_client_address_pool: AddressSpace | None = None


class GatewayBody(Wire):
    """What a virtual network gateway says."""

    ip_configurations: tuple[GatewayPlaceRow, ...] | UnsetType | None = UNSET
    vpn_client_configuration: ClientConfiguration | None = None


class GatewayRow(GatewayBody, kw_only=True):
    """A virtual network gateway, nested or flat."""

    id: str
    properties: GatewayBody | UnsetType = UNSET


class ConnectionBody(Wire):
    """What a connection joins."""

    virtual_network_gateway1: Reference | None = field(default=None, name="virtualNetworkGateway1")
    virtual_network_gateway2: Reference | None = field(default=None, name="virtualNetworkGateway2")
    local_network_gateway2: Reference | None = field(default=None, name="localNetworkGateway2")
    connection_type: str | None = None
    enable_bgp: bool | None = None


class ConnectionRow(ConnectionBody, kw_only=True):
    """A connection, nested or flat."""

    id: str
    properties: ConnectionBody | UnsetType = UNSET


class LocalNetworkBody(Wire):
    """What stands at the other end of a VPN."""

    local_network_address_space: AddressSpace | UnsetType | None = UNSET


class LocalNetworkRow(LocalNetworkBody, kw_only=True):
    """A local network gateway, nested or flat."""

    id: str
    properties: LocalNetworkBody | UnsetType = UNSET


def read_gateway(row: GatewayRow) -> Gateway:
    """A gateway. Raises RowUnreadableError where its place was left out."""
    body: GatewayBody = row if isinstance(row.properties, UnsetType) else row.properties
    if body.ip_configurations is UNSET:
        raise RowUnreadableError("its place was left out (`az resource list` prints no properties)")
    rows = body.ip_configurations if isinstance(body.ip_configurations, tuple) else ()
    places: list[GatewayPlaceBody] = [
        place if isinstance(place.properties, UnsetType) else place.properties for place in rows
    ]
    subnet = next((key_of(place.subnet) for place in places if place.subnet), None)
    clients = body.vpn_client_configuration
    return Gateway(
        id=row.id,
        network=subnet.rpartition("/subnets/")[0] if subnet else None,
        client_addresses=_prefixes(clients.vpn_client_address_pool if clients else None),
    )


def read_connection(row: ConnectionRow) -> Connection:
    """A connection; only one of a fixed VPN site says by itself which addresses are behind it.

    Raises RowUnreadableError where its properties were left out.
    """
    body: ConnectionBody = row if isinstance(row.properties, UnsetType) else row.properties
    if body.connection_type is None:
        raise RowUnreadableError("what it joins was left out (`az resource list` prints no properties)")
    return Connection(
        id=row.id,
        gateways=tuple(
            key for side in (body.virtual_network_gateway1, body.virtual_network_gateway2) if (key := key_of(side))
        ),
        local_network=key_of(body.local_network_gateway2),
        learns_routes=body.enable_bgp is True or body.connection_type.lower() != "ipsec",
    )


def read_local_network(row: LocalNetworkRow) -> LocalNetwork:
    """The other end of a VPN. Raises RowUnreadableError where its addresses were left out."""
    body: LocalNetworkBody = row if isinstance(row.properties, UnsetType) else row.properties
    space = body.local_network_address_space
    if isinstance(space, UnsetType):
        raise RowUnreadableError("its addresses were left out (`az resource list` prints no properties)")
    return LocalNetwork(id=row.id, addresses=_prefixes(space))


def _prefixes(space: AddressSpace | None) -> Intervals:
    try:
        return addresses.prefixes((space.address_prefixes if space else None) or ())
    except ValueError as problem:
        raise RowUnreadableError(str(problem)) from problem
