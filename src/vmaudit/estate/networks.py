"""Virtual networks, subnets, peerings, routes and public addresses: from Azure's spellings to values (facts 5)."""

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import UnsetType

from vmaudit import addresses
from vmaudit.addresses import Intervals
from vmaudit.estate.machines import key_of
from vmaudit.estate.resources import Peering, PublicIp, RouteTable, Subnet, VirtualNetwork
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.estate.wire import (
    AddressSpace,
    PeeringBody,
    PeeringRow,
    PublicIpBody,
    PublicIpRow,
    RouteBody,
    RouteTableBody,
    RouteTableRow,
    SubnetBody,
    SubnetRow,
    VirtualNetworkBody,
    VirtualNetworkRow,
)
from vmaudit.known import Read, Unknown

_SKUS: Final[dict[str, Literal["Basic", "Standard", "StandardV2"]]] = {
    "basic": "Basic",
    "standard": "Standard",
    "standardv2": "StandardV2",
}


def read_subnet(row: SubnetRow) -> Subnet:
    """A subnet. Raises RowUnreadableError where its prefixes were left out."""
    body: SubnetBody = row if isinstance(row.properties, UnsetType) else row.properties
    single = (body.address_prefix,) if isinstance(body.address_prefix, str) else body.address_prefix or ()
    texts = tuple(dict.fromkeys(text for text in (*single, *(body.address_prefixes or ())) if text))
    if not texts:
        raise RowUnreadableError("its address prefixes were left out")
    return Subnet(
        id=row.id,
        addresses=_prefixes(texts),
        prefixes=texts,
        security_group=key_of(body.network_security_group),
        route_table=key_of(body.route_table),
        nat_gateway=key_of(body.nat_gateway),
    )


def read_network(
    row: VirtualNetworkRow, subnets: Iterable[SubnetRow], peerings: Iterable[PeeringRow]
) -> VirtualNetwork:
    """A virtual network with its subnets and peerings from its body and from rows of their own.

    Raises RowUnreadableError where its address space was left out.
    """
    body: VirtualNetworkBody = row if isinstance(row.properties, UnsetType) else row.properties
    if isinstance(body.address_space, UnsetType) or body.address_space is None:
        raise RowUnreadableError("its address space was left out (`az resource list` prints no properties)")
    named = {subnet.id.lower() for subnet in (*(body.subnets or ()), *subnets)}
    joined = {peering.id.lower(): peering for peering in (*(body.virtual_network_peerings or ()), *peerings)}
    return VirtualNetwork(
        id=row.id,
        addresses=_prefixes(body.address_space.address_prefixes or ()),
        subnets=tuple(sorted(named)),
        peerings=tuple(_peering(joined[key]) for key in sorted(joined)),
    )


def _peering(row: PeeringRow) -> Peering:
    body: PeeringBody = row if isinstance(row.properties, UnsetType) else row.properties
    name = row.name or row.id.rpartition("/")[2]
    if body.peering_state is None:
        raise RowUnreadableError(f"peering {name} does not say whether it is connected")
    whole = body.peer_complete_vnets is not False
    spaces = (body.remote_virtual_network_address_space if whole else None, body.remote_address_space)
    return Peering(
        name=name,
        remote_network=key_of(body.remote_virtual_network) or "",
        remote_addresses=_remote(name, spaces),
        connected=body.peering_state.lower() == "connected",
        allows_network_access=body.allow_virtual_network_access is not False,
        allows_forwarded_traffic=body.allow_forwarded_traffic is True,
        allows_gateway_transit=body.allow_gateway_transit is True,
        uses_remote_gateways=body.use_remote_gateways is True,
        local_subnets=None if whole else _named(body.local_subnet_names),
        remote_subnets=None if whole else _named(body.remote_subnet_names),
    )


def _named(subnets: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return tuple(subnet.lower() for subnet in subnets or ()) or None


def _remote(name: str, spaces: tuple[AddressSpace | None, AddressSpace | None]) -> Read[Intervals]:
    texts = [text for space in spaces if space for text in space.address_prefixes or ()]
    return _prefixes(texts) if texts else Unknown(f"peering {name} does not say which addresses are behind it")


def read_route_table(row: RouteTableRow) -> RouteTable:
    """User-defined routes. A route to a service tag has no prefix of its own and stands for nothing here."""
    body: RouteTableBody = row if isinstance(row.properties, UnsetType) else row.properties
    if not isinstance(body.routes, tuple):
        raise RowUnreadableError("its routes were left out (`az resource list` prints no properties)")
    bodies: list[RouteBody] = [
        route if isinstance(route.properties, UnsetType) else route.properties for route in body.routes
    ]
    return RouteTable(
        id=row.id,
        routes=tuple(
            (_prefixes((route.address_prefix,)), route.next_hop_type or "", route.next_hop_ip_address or "")
            for route in bodies
            if route.address_prefix and route.address_prefix[:1].isdigit()
        ),
    )


def read_public_ip(row: PublicIpRow) -> PublicIp:
    """A public IP address. Older API versions leave the SKU out: then it is unknown, not Basic.

    Raises RowUnreadableError where its properties were left out: without them nobody knows whether it has an address.
    """
    body: PublicIpBody = row if isinstance(row.properties, UnsetType) else row.properties
    if body.public_ip_address_version is None and body.public_ip_allocation_method is None and not body.ip_address:
        raise RowUnreadableError("its properties were left out (`az resource list` prints none)")
    sku = _SKUS.get((row.sku.name or "").lower()) if row.sku else None
    return PublicIp(
        id=row.id,
        address=body.ip_address or None,
        sku=Unknown(f"the row of public IP {row.id.rpartition('/')[2]} does not give its SKU") if sku is None else sku,
        version=6 if (body.public_ip_address_version or "").lower() == "ipv6" else 4,
    )


def _prefixes(texts: Iterable[str]) -> Intervals:
    try:
        return addresses.prefixes(texts)
    except ValueError as problem:
        raise RowUnreadableError(str(problem)) from problem
