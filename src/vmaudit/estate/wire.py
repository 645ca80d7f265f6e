"""Azure's JSON, field by field as far as vmaudit reads it (azure-facts 1.1, 5; recorded bodies of all API versions).

A field that is absent and one that is null mean the same to Azure, unless the type says `UnsetType`: there, absence
means that the exporter left the field out.
"""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from vmaudit.estate.rows import Reference

Port: TypeAlias = str | int
OneText: TypeAlias = str | tuple[str, ...] | None
"""A singular field; PowerShell prints a list even there."""
OnePort: TypeAlias = Port | tuple[Port, ...] | None
Texts: TypeAlias = tuple[str, ...] | None
Ports: TypeAlias = tuple[Port, ...] | None
References: TypeAlias = tuple[Reference, ...] | None


class Wire(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    """A piece of Azure's JSON; unknown fields are left to the evidence."""


class Sku(Wire):
    """The SKU that stands beside `properties`."""

    name: str | None = None


# --- network security groups ---------------------------------------------------------------------------------------


class RuleBody(Wire):
    """What a security rule says; singular and plural fields are both used (azure-facts 5.1)."""

    priority: int | UnsetType = UNSET
    direction: str | UnsetType = UNSET
    access: str | UnsetType = UNSET
    protocol: str | UnsetType = UNSET
    description: str | None = None
    source_address_prefix: OneText = None
    source_address_prefixes: Texts = None
    source_port_range: OnePort = None
    source_port_ranges: Ports = None
    source_application_security_groups: References = None
    destination_address_prefix: OneText = None
    destination_address_prefixes: Texts = None
    destination_port_range: OnePort = None
    destination_port_ranges: Ports = None
    destination_application_security_groups: References = None


class RuleRow(RuleBody, kw_only=True):
    """A security rule, nested or flat."""

    id: str | None = None
    name: str | None = None
    properties: RuleBody | UnsetType = UNSET


class SecurityGroupBody(Wire):
    """The rules of a group; `UNSET` where the exporter left them out."""

    security_rules: tuple[RuleRow, ...] | UnsetType | None = UNSET
    default_security_rules: tuple[RuleRow, ...] | None = None


class SecurityGroupRow(SecurityGroupBody, kw_only=True):
    """A network security group, nested or flat."""

    id: str
    properties: SecurityGroupBody | UnsetType = UNSET


# --- network interfaces --------------------------------------------------------------------------------------------


class IpConfigurationBody(Wire):
    """One address of an interface."""

    private_ip_address: str | None = msgspec.field(default=None, name="privateIPAddress")
    private_ip_address_version: str | None = msgspec.field(default=None, name="privateIPAddressVersion")
    subnet: Reference | None = None
    public_ip_address: Reference | None = msgspec.field(default=None, name="publicIPAddress")
    application_security_groups: References = None
    load_balancer_backend_address_pools: References = None
    load_balancer_inbound_nat_rules: References = None
    application_gateway_backend_address_pools: References = None
    primary: bool | None = None


class IpConfigurationRow(IpConfigurationBody, kw_only=True):
    """One address of an interface, nested or flat."""

    id: str | None = None
    name: str | None = None
    properties: IpConfigurationBody | UnsetType = UNSET


class NetworkInterfaceBody(Wire):
    """What an interface says."""

    network_security_group: Reference | None = None
    virtual_machine: Reference | None = None
    ip_configurations: tuple[IpConfigurationRow, ...] | UnsetType | None = UNSET
    enable_ip_forwarding: bool | None = msgspec.field(default=None, name="enableIPForwarding")


class NetworkInterfaceRow(NetworkInterfaceBody, kw_only=True):
    """A network interface, nested or flat."""

    id: str
    properties: NetworkInterfaceBody | UnsetType = UNSET


# --- virtual networks ----------------------------------------------------------------------------------------------


class AddressSpace(Wire):
    """Prefixes of a network."""

    address_prefixes: Texts = None


class SubnetBody(Wire):
    """What a subnet says."""

    address_prefix: OneText = None
    address_prefixes: Texts = None
    network_security_group: Reference | None = None
    route_table: Reference | None = None
    nat_gateway: Reference | None = None


class SubnetRow(SubnetBody, kw_only=True):
    """A subnet, nested or flat."""

    id: str
    properties: SubnetBody | UnsetType = UNSET


class PeeringBody(Wire):
    """What a peering says (azure-facts 5.3)."""

    peering_state: str | None = None
    allow_virtual_network_access: bool | None = None
    allow_forwarded_traffic: bool | None = None
    allow_gateway_transit: bool | None = None
    use_remote_gateways: bool | None = None
    remote_virtual_network: Reference | None = None
    remote_address_space: AddressSpace | None = None
    remote_virtual_network_address_space: AddressSpace | None = None
    peer_complete_vnets: bool | None = None
    local_subnet_names: tuple[str, ...] | None = None
    remote_subnet_names: tuple[str, ...] | None = None


class PeeringRow(PeeringBody, kw_only=True):
    """A peering, nested or flat."""

    id: str
    name: str | None = None
    properties: PeeringBody | UnsetType = UNSET


class VirtualNetworkBody(Wire):
    """What a virtual network says."""

    address_space: AddressSpace | UnsetType | None = UNSET
    subnets: tuple[SubnetRow, ...] | None = None
    virtual_network_peerings: tuple[PeeringRow, ...] | None = None


class VirtualNetworkRow(VirtualNetworkBody, kw_only=True):
    """A virtual network, nested or flat."""

    id: str
    properties: VirtualNetworkBody | UnsetType = UNSET


class RouteBody(Wire):
    """What a route says."""

    address_prefix: str | None = None
    next_hop_type: str | None = None
    next_hop_ip_address: str | None = None


class RouteRow(RouteBody, kw_only=True):
    """A route, nested or flat."""

    properties: RouteBody | UnsetType = UNSET


class RouteTableBody(Wire):
    """The routes of a table."""

    routes: tuple[RouteRow, ...] | UnsetType | None = UNSET


class RouteTableRow(RouteTableBody, kw_only=True):
    """A route table, nested or flat."""

    id: str
    properties: RouteTableBody | UnsetType = UNSET


class PublicIpBody(Wire):
    """What a public IP address says."""

    ip_address: str | None = None
    public_ip_address_version: str | None = msgspec.field(default=None, name="publicIPAddressVersion")
    public_ip_allocation_method: str | None = msgspec.field(default=None, name="publicIPAllocationMethod")


class PublicIpRow(PublicIpBody, kw_only=True):
    """A public IP address, nested or flat."""

    id: str
    sku: Sku | None = None
    properties: PublicIpBody | UnsetType = UNSET
