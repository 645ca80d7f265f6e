"""An Azure in a few words, as estate values: `estate(vm(nic(public_ip(), nsg(allow(22)))))`.

Every builder gives a `Built`: one resource and what it brings along. `estate` collects them. Rules are written in
Azure's words (`source="Internet"`, `ports=("22", "8000-9000")`) and read by the same reader as evidence is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeAlias, TypeVar

import msgspec

from vmaudit.addresses import address_number, prefixes
from vmaudit.estate.estate import Completeness, Estate
from vmaudit.estate.resources import (
    IpConfiguration,
    Key,
    NetworkInterface,
    Peering,
    PowerState,
    PublicIp,
    Resource,
    RouteTable,
    SecurityGroup,
    SecurityRule,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
)
from vmaudit.estate.rules import DEFAULT_RULES, read_rule, security_group
from vmaudit.estate.wire import RuleRow
from vmaudit.known import Read, Unknown
from vmaudit.snapshot.tables import BY_NAME, TABLES

GROUP: Final = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers"
Texts: TypeAlias = str | int | Iterable[str | int]
R = TypeVar("R", bound=Resource)


@dataclass(frozen=True)
class Built:
    """A resource and what it brings along."""

    resource: Resource
    brings: tuple["Built", ...] = ()

    @property
    def key(self) -> Key:
        return self.resource.key


@dataclass(frozen=True)
class BuiltAddress:
    """An ip configuration and what it brings along."""

    configuration: IpConfiguration
    brings: tuple[Built, ...]


def resource_id(kind: str, name: str) -> str:
    """`resource_id("networkInterfaces", "nic")` in the only resource group of this Azure."""
    provider = "Microsoft.Compute" if kind == "virtualMachines" else "Microsoft.Network"
    return f"{GROUP}/{provider}/{kind}/{name}"


def asg(name: str) -> Key:
    """The key of an application security group; groups have no more to them than their members."""
    return resource_id("applicationSecurityGroups", name).lower()


# --- security groups -----------------------------------------------------------------------------------------------


def allow(ports: Texts = "*", **words: Any) -> SecurityRule:
    """An inbound TCP rule from anywhere that allows, unless other words are given (see `rule`)."""
    return rule("Allow", ports, **words)


def deny(ports: Texts = "*", **words: Any) -> SecurityRule:
    """An inbound TCP rule from anywhere that denies, unless other words are given (see `rule`)."""
    return rule("Deny", ports, **words)


def rule(
    access: Literal["Allow", "Deny"],
    ports: Texts,
    *,
    source: Texts = "*",
    destination: Texts = "*",
    source_ports: Texts = "*",
    protocol: str = "Tcp",
    direction: str = "Inbound",
    priority: int = 100,
    name: str = "",
    from_groups: Iterable[Key] = (),
    to_groups: Iterable[Key] = (),
) -> SecurityRule:
    """One rule in Azure's words. A rule that names application security groups has no prefixes on that side."""
    from_groups, to_groups = tuple(from_groups), tuple(to_groups)
    body = {
        "priority": priority,
        "direction": direction,
        "access": access,
        "protocol": protocol,
        "sourceAddressPrefixes": [] if from_groups else _texts(source),
        "sourcePortRanges": _texts(source_ports),
        "sourceApplicationSecurityGroups": [{"id": group} for group in from_groups],
        "destinationAddressPrefixes": [] if to_groups else _texts(destination),
        "destinationPortRanges": _texts(ports),
        "destinationApplicationSecurityGroups": [{"id": group} for group in to_groups],
    }
    row = {"name": name or f"{access.lower()}-{priority}", "properties": body}
    return read_rule(msgspec.convert(row, RuleRow), default=False)


def _texts(words: Texts) -> list[str]:
    return [str(words)] if isinstance(words, str | int) else [str(word) for word in words]


def nsg(*rules: SecurityRule, name: str = "nsg") -> Built:
    """A network security group with Azure's six default rules."""
    return Built(security_group(resource_id("networkSecurityGroups", name), [*rules, *DEFAULT_RULES]))


# --- networks ------------------------------------------------------------------------------------------------------


def vnet(*peerings: Peering, name: str = "vnet", space: Texts = "10.0.0.0/16", gateway: bool = False) -> Built:
    """A virtual network. Its subnets are found by their own ids; only the gateway's matters to the network itself."""
    network_id = resource_id("virtualNetworks", name)
    subnets = (f"{network_id}/subnets/gatewaysubnet".lower(),) if gateway else ()
    return Built(VirtualNetwork(id=network_id, addresses=prefixes(_texts(space)), subnets=subnets, peerings=peerings))


def peering(
    space: Read[str] = "10.9.0.0/16",
    *,
    remote: str = "hub",
    connected: bool = True,
    access: bool = True,
    uses_remote_gateways: bool = False,
    between: tuple[tuple[str, ...], tuple[str, ...]] | None = None,
) -> Peering:
    """A peering with a network that has the given address space; `between` names the only subnets that it joins."""
    return Peering(
        name=f"to-{remote}",
        remote_network=resource_id("virtualNetworks", remote).lower(),
        remote_addresses=space if isinstance(space, Unknown) else prefixes((space,)),
        connected=connected,
        allows_network_access=access,
        allows_forwarded_traffic=False,
        allows_gateway_transit=False,
        uses_remote_gateways=uses_remote_gateways,
        local_subnets=between[0] if between else None,
        remote_subnets=between[1] if between else None,
    )


def route_table(*routes: tuple[str, str], name: str = "routes") -> Built:
    """User-defined routes, each `(prefix, next hop type)`."""
    table = tuple((prefixes((prefix,)), hop, "") for prefix, hop in routes)
    return Built(RouteTable(id=resource_id("routeTables", name), routes=table))


def subnet(*attached: Built, name: str = "subnet", space: Texts = "10.0.0.0/24", network: Built | None = None) -> Built:
    """A subnet with what is attached: an NSG, a route table."""
    network = network or vnet()
    texts = tuple(_texts(space))
    built = Subnet(
        id=f"{network.resource.id}/subnets/{name}",
        addresses=prefixes(texts),
        prefixes=texts,
        security_group=_one_key(attached, SecurityGroup),
        route_table=_one_key(attached, RouteTable),
        nat_gateway=None,
    )
    return Built(built, (network, *attached))


# --- interfaces and machines ---------------------------------------------------------------------------------------


def public_ip(
    address: str | None = "20.50.0.1", *, sku: Read[Literal["Basic", "Standard"]] = "Standard", name: str = "pip"
) -> Built:
    """A public IP address."""
    version: Literal[4, 6] = 6 if address and ":" in address else 4
    return Built(PublicIp(id=resource_id("publicIPAddresses", name), address=address, sku=sku, version=version))


def ip_configuration(
    *attached: Built,
    at: Read[str] = "10.0.0.4",
    name: str = "ipconfig1",
    inside: Read[Built] | None = None,
    groups: Iterable[Key] = (),
    pools: Iterable[Key] = (),
    nat_rules: Iterable[Key] = (),
    version: Literal[4, 6] = 4,
) -> BuiltAddress:
    """One address of an interface with what is attached: a public IP, a subnet."""
    place = _place(attached, inside)
    configuration = IpConfiguration(
        name=name,
        private_address=at if isinstance(at, Unknown) else address_number(at),
        version=version,
        subnet=place if isinstance(place, Unknown) else place.key,
        public_ip=_one_key(attached, PublicIp),
        application_security_groups=tuple(groups),
        load_balancer_pools=tuple(pools),
        load_balancer_nat_rules=tuple(nat_rules),
        application_gateway_pools=(),
        primary=True,
    )
    return BuiltAddress(configuration, attached if isinstance(place, Unknown) else (*attached, place))


def _place(attached: Iterable[Built], inside: Read[Built] | None) -> Read[Built]:
    found = [built for built in attached if isinstance(built.resource, Subnet)]
    return found[0] if found else (inside or subnet())


def nic(*attached: Built | BuiltAddress, name: str = "nic", **words: Any) -> Built:
    """An interface. Without ip configurations it gets one, with the public IP and the subnet that are attached."""
    own = tuple(part for part in attached if isinstance(part, Built))
    given = tuple(part for part in attached if isinstance(part, BuiltAddress))
    at_the_address = tuple(part for part in own if isinstance(part.resource, PublicIp | Subnet))
    addresses = given or (ip_configuration(*at_the_address, **words),)
    built = NetworkInterface(
        id=resource_id("networkInterfaces", name),
        virtual_machine=None,
        security_group=_one_key(own, SecurityGroup),
        ip_configurations=tuple(address.configuration for address in addresses),
        ip_forwarding=False,
    )
    return Built(built, (*own, *(part for address in addresses for part in address.brings)))


def vm(*interfaces: Built, name: str = "web", power: Read[PowerState] = PowerState.RUNNING) -> Built:
    """A machine, running unless it is said otherwise."""
    machine = VirtualMachine(
        id=resource_id("virtualMachines", name),
        location="westeurope",
        tags=(),
        operating_system="Linux",
        power=power,
        network_interfaces=tuple(interface.key for interface in interfaces),
        password_sign_in=False,
    )
    return Built(machine, interfaces)


def _one_key(attached: Iterable[Built], kind: type[Resource]) -> Key | None:
    keys = [built.key for built in attached if isinstance(built.resource, kind)]
    return keys[0] if keys else None


# --- the estate ----------------------------------------------------------------------------------------------------


def estate(
    *parts: Built, incomplete: Iterable[str] = (), asserted: Iterable[str] = (), rows: dict[str, int] | None = None
) -> Estate:
    """All parts and what they bring along. Every table is complete, unless it is named as incomplete.

    `rows` are rows of tables that the estate only counts (load balancers, firewalls).
    """
    resources: dict[Key, Resource] = {}
    for built in (built for part in parts for built in _all(part)):
        assert resources.setdefault(built.key, built.resource) == built.resource, f"two different {built.key}"
    interfaces = _of_kind(resources, NetworkInterface)
    unread, claimed = frozenset(incomplete), frozenset(asserted)
    return Estate(
        machines=_of_kind(resources, VirtualMachine),
        network_interfaces=interfaces,
        security_groups=_of_kind(resources, SecurityGroup),
        networks=_of_kind(resources, VirtualNetwork),
        subnets=_of_kind(resources, Subnet),
        public_ips=_of_kind(resources, PublicIp),
        route_tables=_of_kind(resources, RouteTable),
        bastions={},
        jit_policies={},
        group_members=_members(interfaces.values()),
        guarded_by_jit={},
        completeness={table.name: _completeness(table.name, unread, claimed) for table in TABLES},
        rows={table.name: (rows or {}).get(table.name, 0) for table in TABLES},
        unread={},
    )


def not_collected(table: str) -> str:
    """The reason that `estate(incomplete=...)` gives for a table."""
    return f"{BY_NAME[table].title}: they were not collected"


def without(whole: Estate, *keys: Key, unread: str = "") -> Estate:
    """The same estate, but for these resources; with `unread`, their rows are there and can't be read."""
    gone = frozenset(keys)
    kept = {
        name: {key: resource for key, resource in getattr(whole, name).items() if key not in gone}
        for name in KEPT_IN
        if gone & getattr(whole, name).keys()
    }
    interfaces = kept.get("network_interfaces", whole.network_interfaces)
    said = dict.fromkeys(gone, unread) if unread else {}
    return replace(whole, **kept, group_members=_members(interfaces.values()), unread={**whole.unread, **said})


KEPT_IN: Final = {
    "network_interfaces": "network_interfaces",
    "security_groups": "security_groups",
    "networks": "virtual_networks",
    "subnets": "subnets",
    "public_ips": "public_ip_addresses",
    "route_tables": "route_tables",
    "load_balancers": "load_balancers",
    "firewalls": "azure_firewalls",
}
"""Where the estate keeps what can be lost, and the evidence table that it comes from."""


def without_admin_rules(whole: Estate) -> Estate:
    """The same estate, but nobody read which security admin rules are in force in any network."""
    return with_gaps(replace(whole, admin_rules={}), "security_admin_rules")


def with_gaps(whole: Estate, *tables: str) -> Estate:
    """The same estate, but nothing says that these tables hold everything there is."""
    gaps = {table: _completeness(table, frozenset(tables), frozenset()) for table in tables}
    return replace(whole, completeness={**whole.completeness, **gaps})


def _all(part: Built) -> Iterable[Built]:
    yield part
    for brought in part.brings:
        yield from _all(brought)


def _of_kind(resources: dict[Key, Resource], kind: type[R]) -> dict[Key, R]:
    return {key: resource for key, resource in resources.items() if isinstance(resource, kind)}


def _completeness(table: str, unread: frozenset[str], claimed: frozenset[str]) -> Completeness:
    if table in unread:
        return Completeness(complete=False, asserted=False, reason=not_collected(table))
    return Completeness(complete=True, asserted=table in claimed, reason="")


def _members(interfaces: Iterable[NetworkInterface]) -> dict[Key, tuple[tuple[Key, int], ...]]:
    found: dict[Key, tuple[tuple[Key, int], ...]] = {}
    for interface in interfaces:
        for configuration in interface.ip_configurations:
            subnet_key, address = configuration.subnet, configuration.private_address
            if isinstance(subnet_key, Unknown) or isinstance(address, Unknown):
                continue
            place = (subnet_key.partition("/subnets/")[0], address)
            for group in configuration.application_security_groups:
                found[group] = (*found.get(group, ()), place)
    return found
