"""What publishes machines that have no public address of their own, and what comes before every NSG (azure-facts 5).

Load balancers, firewalls, application gateways, and the security admin rules of network managers.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Literal

import msgspec

from vmaudit.addresses import Intervals
from vmaudit.estate.resources import Direction, Key, Peers, Protocol, Resource
from vmaudit.known import Read


class Frontend(msgspec.Struct, frozen=True, gc=False):
    """Where a load balancer or gateway is reached: a public address, a public prefix, or an address inside."""

    key: Key
    name: str
    public_ip: Key | None
    public_prefix: Key | None
    private_address: int | None
    subnet: Key | None

    @property
    def public(self) -> bool:
        """Whether the internet reaches it."""
        return self.public_ip is not None or self.public_prefix is not None


class BackendPool(msgspec.Struct, frozen=True, gc=False):
    """Who is behind: ip configurations by their keys, addresses in a network, and frontends of regional balancers."""

    key: Key
    configurations: tuple[Key, ...]
    addresses: tuple[tuple[int, Key | None], ...]
    regional_frontends: tuple[Key, ...]


class Publication(msgspec.Struct, frozen=True, gc=False):
    """One rule that carries packets from a frontend to machines.

    `frontend_ports` are what outsiders aim at and `backend_ports` what the machine sees; None means "the same ports".
    The targets are an ip configuration or pools. With a floating address the machine sees the frontend's address and
    port.
    """

    name: str
    kind: Literal["nat-rule", "nat-pool", "balancing-rule"]
    frontend: Key
    protocols: frozenset[Protocol]
    frontend_ports: Intervals
    backend_ports: Intervals | None
    configuration: Key | None
    pools: tuple[Key, ...]
    floating_address: bool


class LoadBalancer(Resource, frozen=True, gc=False):
    """A load balancer; its outbound rules are left out, since they let nobody in."""

    sku: Read[Literal["Basic", "Standard", "Gateway"]]
    cross_region: bool
    frontends: tuple[Frontend, ...]
    pools: tuple[BackendPool, ...]
    publications: tuple[Publication, ...]


class NatRule(msgspec.Struct, frozen=True, gc=False):
    """One DNAT rule of an Azure Firewall. `ip_groups` are looked up in the estate; `to_name` is a target by name."""

    collection: str
    name: str
    protocols: frozenset[Protocol]
    sources: Peers
    ip_groups: tuple[Key, ...]
    destinations: Peers
    ports: Intervals
    to_address: int | None
    to_name: str
    to_port: int | None


class NetworkRule(msgspec.Struct, frozen=True, gc=False):
    """One network rule of an Azure Firewall, as far as it names addresses: those that name hosts only are left out."""

    collection: str
    name: str
    allows: bool
    protocols: frozenset[Protocol]
    sources: Peers
    source_groups: tuple[Key, ...]
    destinations: Peers
    destination_groups: tuple[Key, ...]
    ports: Intervals


class AzureFirewall(Resource, frozen=True, gc=False):
    """An Azure Firewall. Classic ones hold their own rules, in order of priority; others name a policy."""

    subnet: Key | None
    public_ips: tuple[Key, ...]
    hub_addresses: tuple[str, ...]
    """The public addresses of a firewall in a virtual hub, which has no public IP resources of its own."""
    policy: Key | None
    rules: tuple[NatRule, ...]
    virtual_hub: Key | None
    network_rules: tuple[NetworkRule, ...] = ()


class FirewallPolicy(Resource, frozen=True, gc=False):
    """A firewall policy; its rules stand in rule collection groups. It inherits the network rules of its parent."""

    parent: Key | None


class RuleCollectionGroup(Resource, frozen=True, gc=False):
    """A group of rule collections in a firewall policy, its DNAT and network rules in order of priority."""

    priority: int
    rules: tuple[NatRule, ...]
    network_rules: tuple[NetworkRule, ...] = ()

    @property
    def policy(self) -> Key:
        """The policy that the group is a part of."""
        return self.key.rpartition("/rulecollectiongroups/")[0]


class IpGroup(Resource, frozen=True, gc=False):
    """A named set of addresses."""

    addresses: Intervals


class Listener(msgspec.Struct, frozen=True, gc=False):
    """A layer-4 listener of an application gateway with what is behind it (azure-facts 5.8)."""

    name: str
    frontend: Key
    port: int
    backend_port: int
    pool: Key
    configurations: tuple[Key, ...]
    addresses: tuple[int, ...]
    names: tuple[str, ...]
    """Members that the pool knows by name only: which machines those are can't be seen from here."""
    keeps_client_address: bool


class ApplicationGateway(Resource, frozen=True, gc=False):
    """An application gateway: its subnets, its frontends, and the listeners that pass TCP through."""

    subnets: tuple[Key, ...]
    frontends: tuple[Frontend, ...]
    listeners: tuple[Listener, ...]


class AdminAccess(Enum):
    """What a security admin rule does (azure-facts 5.6)."""

    ALLOW = "Allow"
    """Goes on to the NSGs."""
    ALWAYS_ALLOW = "AlwaysAllow"
    """Is delivered: no NSG is asked."""
    DENY = "Deny"
    """Is dropped: no NSG is asked."""


class AdminRule(msgspec.Struct, frozen=True, gc=False):
    """One security admin rule as it is in force in a network."""

    id: str
    name: str
    collection: str
    priority: int
    direction: Direction
    access: AdminAccess
    protocols: frozenset[Protocol]
    source: Peers
    source_ports: Intervals
    destination: Peers
    destination_ports: Intervals


class Gateway(Resource, frozen=True, gc=False):
    """A virtual network gateway (VPN or ExpressRoute), its network, and the addresses of its dial-in clients."""

    network: Key | None
    client_addresses: Intervals


class Connection(Resource, frozen=True, gc=False):
    """A connection of gateways. One that learns routes (BGP, ExpressRoute, network to network) may bring any prefix."""

    gateways: tuple[Key, ...]
    local_network: Key | None
    learns_routes: bool


class LocalNetwork(Resource, frozen=True, gc=False):
    """The other end of a VPN: the addresses that a local network gateway stands for."""

    addresses: Intervals


class VirtualHub(Resource, frozen=True, gc=False):
    """A hub of Virtual WAN, where networks, branches and a firewall of its own may meet (azure-facts 1.1, 5.7).

    A route server has the same type: it has no addresses, no WAN and no gateways.
    """

    addresses: Intervals
    wan: Key | None
    gateways: tuple[str, ...]
    """The ids of its gateways for sites, circuits and dial-in clients."""
    connections: tuple["HubConnection", ...]
    """Those that stand in its body; newer API versions give them as rows of their own."""


class HubConnection(Resource, frozen=True, gc=False):
    """A connection of a virtual hub with a virtual network."""

    network: Key | None

    @property
    def hub(self) -> Key:
        """The virtual hub that it is a part of."""
        return self.key.rpartition("/hubvirtualnetworkconnections/")[0]


class HubLinks(msgspec.Struct, frozen=True, gc=False):
    """Which networks are connected to which virtual hubs, looked up once, by the keys of both."""

    networks: Mapping[Key, tuple[Key, ...]] = {}
    """Per virtual hub: the networks that are connected to it."""
    hubs: Mapping[Key, tuple[Key, ...]] = {}
    """Per network: the virtual hubs that it is connected to."""
    addresses: Mapping[Key, Read[Intervals]] = {}
    """Per virtual hub: the address spaces of all networks that are connected to it."""


class PrivateLinkService(Resource, frozen=True, gc=False):
    """A service that private endpoints in other networks, also of other tenants, may be connected to.

    Its clients come from addresses of its own in `subnets`, and reach what is behind the load balancer's frontends.
    """

    subnets: tuple[Key, ...]
    approves_anybody: bool
    """Whether whoever knows its name is connected without being asked about."""
    endpoints: tuple[Key, ...]
    """The private endpoints whose connections are approved."""

    @property
    def networks(self) -> tuple[Key, ...]:
        """The networks in which its clients appear."""
        return tuple(dict.fromkeys(subnet.rpartition("/subnets/")[0] for subnet in self.subnets))
