"""Load balancers and application gateways: from Azure's spellings to values (azure-facts 5.5, 5.8)."""

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import UNSET, UnsetType

from vmaudit import addresses
from vmaudit.addresses import ALL_PORTS, Intervals
from vmaudit.estate.front_doors import (
    ApplicationGateway,
    BackendPool,
    Frontend,
    Listener,
    LoadBalancer,
    Publication,
)
from vmaudit.estate.machines import key_of, keys_of
from vmaudit.estate.resources import Key, Protocol
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.estate.wire_front_doors import (
    BackendAddressBody,
    FrontendBody,
    FrontendRow,
    GatewayBody,
    GatewayListenerBody,
    GatewayPlaceBody,
    GatewayPoolBody,
    GatewayPortBody,
    GatewayRouteBody,
    GatewayRouteRow,
    GatewayRow,
    GatewaySettingsBody,
    LoadBalancerBody,
    LoadBalancerRow,
    PoolBody,
    PoolRow,
    PublicationBody,
    PublicationRow,
)
from vmaudit.known import Unknown

_BOTH: Final = frozenset({Protocol.TCP, Protocol.UDP})
_PROTOCOLS: Final = {"tcp": frozenset({Protocol.TCP}), "udp": frozenset({Protocol.UDP}), "all": _BOTH, "any": _BOTH}
_SKUS: Final[dict[str, Literal["Basic", "Standard", "Gateway"]]] = {
    "basic": "Basic",
    "standard": "Standard",
    "gateway": "Gateway",
}


def read_load_balancer(row: LoadBalancerRow, nat_rules: Iterable[PublicationRow]) -> LoadBalancer:
    """A load balancer with its NAT rules from its body and from rows of their own.

    Raises RowUnreadableError where its frontends were left out.
    """
    body: LoadBalancerBody = row if isinstance(row.properties, UnsetType) else row.properties
    if body.frontend_ip_configurations is UNSET:
        raise RowUnreadableError("its frontends were left out (`az resource list` prints no properties)")
    frontends = body.frontend_ip_configurations if isinstance(body.frontend_ip_configurations, tuple) else ()
    joined = {_name(rule): rule for rule in (*nat_rules, *(body.inbound_nat_rules or ()))}
    sku = _SKUS.get((row.sku.name or "").lower()) if row.sku else None
    return LoadBalancer(
        id=row.id,
        sku=Unknown(f"the row of balancer {row.id.rpartition('/')[2]} does not give its SKU") if sku is None else sku,
        cross_region=bool(row.sku and (row.sku.tier or "").lower() == "global"),
        frontends=tuple(read_frontend(frontend) for frontend in frontends),
        pools=tuple(_pool(pool) for pool in body.backend_address_pools or ()),
        publications=(
            *(_nat_rule(joined[name]) for name in sorted(joined)),
            *(_nat_pool(pool) for pool in body.inbound_nat_pools or ()),
            *(_balancing_rule(rule) for rule in body.load_balancing_rules or ()),
        ),
    )


def read_frontend(row: FrontendRow) -> Frontend:
    """Where a balancer or gateway is reached."""
    body: FrontendBody = row if isinstance(row.properties, UnsetType) else row.properties
    name = row.name or row.id.rpartition("/")[2]
    return Frontend(
        key=row.id.lower(),
        name=name,
        public_ip=key_of(body.public_ip_address),
        public_prefix=key_of(body.public_ip_prefix),
        private_address=_address(body.private_ip_address) if body.private_ip_address else None,
        subnet=key_of(body.subnet),
    )


def _pool(row: PoolRow) -> BackendPool:
    body: PoolBody = row if isinstance(row.properties, UnsetType) else row.properties
    members: list[BackendAddressBody] = [
        member if isinstance(member.properties, UnsetType) else member.properties
        for member in body.load_balancer_backend_addresses or ()
    ]
    configurations = dict.fromkeys(
        (
            *keys_of(body.backend_ip_configurations),
            *(key for member in members if (key := key_of(member.network_interface_ip_configuration))),
        )
    )
    return BackendPool(
        key=row.id.lower(),
        configurations=tuple(configurations),
        addresses=tuple(
            (_address(member.ip_address), _network(member, body))
            for member in members
            if member.ip_address and not member.network_interface_ip_configuration
        ),
        regional_frontends=tuple(
            key for member in members if (key := key_of(member.load_balancer_frontend_ip_configuration))
        ),
    )


def _network(member: BackendAddressBody, pool: PoolBody) -> Key | None:
    """The network of an address: given itself, by a subnet, or for the whole pool."""
    subnet = key_of(member.subnet)
    return key_of(member.virtual_network) or (
        subnet.rpartition("/subnets/")[0] if subnet else key_of(pool.virtual_network)
    )


def _name(row: PublicationRow) -> str:
    return row.name or (row.id or "").rpartition("/")[2]


def _body(row: PublicationRow) -> PublicationBody:
    return row if isinstance(row.properties, UnsetType) else row.properties


def _nat_rule(row: PublicationRow) -> Publication:
    """A NAT rule: version 1 aims at one ip configuration, version 2 spreads a range of ports over a pool."""
    body = _body(row)
    backend = _port(row, body.backend_port)
    return _publication(row, "nat-rule", _frontend_ports(row, body), backend)


def _nat_pool(row: PublicationRow) -> Publication:
    """A NAT pool of a Uniform scale set: the set's own model says who is behind it."""
    body = _body(row)
    return _publication(row, "nat-pool", _frontend_ports(row, body), _port(row, body.backend_port))


def _balancing_rule(row: PublicationRow) -> Publication:
    """A load-balancing rule; frontend port 0 means all ports (HA ports), each to the same port behind."""
    body = _body(row)
    if not body.frontend_port:
        return _publication(row, "balancing-rule", ALL_PORTS, None)
    frontend = addresses.single(body.frontend_port)
    backend = frontend if body.enable_floating_ip else _port(row, body.backend_port)
    return _publication(row, "balancing-rule", frontend, backend)


def _publication(
    row: PublicationRow,
    kind: Literal["nat-rule", "nat-pool", "balancing-rule"],
    frontend_ports: Intervals,
    backend_ports: Intervals | None,
) -> Publication:
    body = _body(row)
    protocols = _PROTOCOLS.get((body.protocol or "").lower())
    if protocols is None:
        raise RowUnreadableError(f"rule {_name(row)} has the protocol {body.protocol!r}")
    pools = (*keys_of(body.backend_address_pools), key_of(body.backend_address_pool))
    return Publication(
        name=_name(row),
        kind=kind,
        frontend=key_of(body.frontend_ip_configuration) or "",
        protocols=protocols,
        frontend_ports=frontend_ports,
        backend_ports=backend_ports,
        configuration=key_of(body.backend_ip_configuration),
        pools=tuple(dict.fromkeys(pool for pool in pools if pool)),
        floating_address=body.enable_floating_ip is True,
    )


def _frontend_ports(row: PublicationRow, body: PublicationBody) -> Intervals:
    """A range where there is one: a version 2 rule shows frontend port 0 beside it (recorded)."""
    start, end = body.frontend_port_range_start, body.frontend_port_range_end
    if start and end:
        return ((start, end),)
    return _port(row, body.frontend_port)


def _port(row: PublicationRow, port: int | None) -> Intervals:
    if port is None:
        raise RowUnreadableError(f"rule {_name(row)} has no port")
    return addresses.single(port)


def _address(text: str) -> int:
    try:
        return addresses.address_number(text)
    except ValueError as problem:
        raise RowUnreadableError(str(problem)) from problem


def read_application_gateway(row: GatewayRow) -> ApplicationGateway:
    """An application gateway. Raises RowUnreadableError where its properties were left out."""
    body: GatewayBody = row if isinstance(row.properties, UnsetType) else row.properties
    if body.gateway_ip_configurations is UNSET:
        raise RowUnreadableError("its subnet was left out (`az resource list` prints no properties)")
    rows = body.gateway_ip_configurations if isinstance(body.gateway_ip_configurations, tuple) else ()
    places: list[GatewayPlaceBody] = [
        place if isinstance(place.properties, UnsetType) else place.properties for place in rows
    ]
    found = [_listener(route, body) for route in body.routing_rules or ()]
    return ApplicationGateway(
        id=row.id,
        subnets=tuple(key for place in places if (key := key_of(place.subnet))),
        frontends=tuple(read_frontend(frontend) for frontend in body.frontend_ip_configurations or ()),
        listeners=tuple(listener for listener in found if listener),
    )


def _listener(row: GatewayRouteRow, gateway: GatewayBody) -> Listener | None:
    """What one layer-4 routing rule leads to; None where one of its parts is not in the gateway's body."""
    route: GatewayRouteBody = row if isinstance(row.properties, UnsetType) else row.properties
    listeners = {listener.id.lower(): listener for listener in gateway.listeners or ()}
    found = listeners.get(key_of(route.listener) or "")
    if found is None:
        return None
    body: GatewayListenerBody = found if isinstance(found.properties, UnsetType) else found.properties
    port = _gateway_port(body, gateway)
    pool = _gateway_pool(route, gateway)
    settings = _gateway_settings(route, gateway)
    if port is None or pool is None:
        return None
    return Listener(
        name=row.name or found.id.rpartition("/")[2],
        frontend=key_of(body.frontend_ip_configuration) or "",
        port=port,
        backend_port=(settings.port if settings else None) or port,
        pool=key_of(route.backend_address_pool) or "",
        configurations=keys_of(pool.backend_ip_configurations),
        addresses=tuple(_address(target.ip_address) for target in pool.backend_addresses or () if target.ip_address),
        names=tuple(target.fqdn for target in pool.backend_addresses or () if target.fqdn and not target.ip_address),
        keeps_client_address=bool(settings and settings.enable_l4_client_ip_preservation),
    )


def _gateway_port(listener: GatewayListenerBody, gateway: GatewayBody) -> int | None:
    for row in gateway.frontend_ports or ():
        if row.id.lower() == key_of(listener.frontend_port):
            body: GatewayPortBody = row if isinstance(row.properties, UnsetType) else row.properties
            return body.port
    return None


def _gateway_pool(route: GatewayRouteBody, gateway: GatewayBody) -> GatewayPoolBody | None:
    for row in gateway.backend_address_pools or ():
        if row.id.lower() == key_of(route.backend_address_pool):
            return row if isinstance(row.properties, UnsetType) else row.properties
    return None


def _gateway_settings(route: GatewayRouteBody, gateway: GatewayBody) -> GatewaySettingsBody | None:
    for row in gateway.backend_settings_collection or ():
        if row.id.lower() == key_of(route.backend_settings):
            return row if isinstance(row.properties, UnsetType) else row.properties
    return None
