"""The estate: every resource that was read, found by its key, and an honest answer where it was not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from vmaudit.estate.activity_log import ActivityLog
from vmaudit.estate.front_doors import (
    AdminRule,
    ApplicationGateway,
    AzureFirewall,
    Connection,
    FirewallPolicy,
    Gateway,
    HubLinks,
    IpGroup,
    LoadBalancer,
    LocalNetwork,
    PrivateLinkService,
    RuleCollectionGroup,
    VirtualHub,
)
from vmaudit.estate.resources import (
    BastionHost,
    DefenderPlan,
    JitPolicy,
    Key,
    NetworkInterface,
    PublicIp,
    Resource,
    RouteTable,
    SecurityGroup,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
)
from vmaudit.estate.service_tags import ServiceTags
from vmaudit.known import Read, Unknown

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether a table holds everything there is; `asserted` where a person said so and nobody measured it."""

    complete: bool
    asserted: bool
    reason: str
    """Why it is not complete, as a clause; "" where it is."""


@dataclass(frozen=True, slots=True)
class Estate:
    """All that was read. Maps go from key (id in lower case) to resource."""

    machines: Mapping[Key, VirtualMachine]
    network_interfaces: Mapping[Key, NetworkInterface]
    security_groups: Mapping[Key, SecurityGroup]
    networks: Mapping[Key, VirtualNetwork]
    subnets: Mapping[Key, Subnet]
    public_ips: Mapping[Key, PublicIp]
    route_tables: Mapping[Key, RouteTable]
    bastions: Mapping[Key, BastionHost]
    jit_policies: Mapping[Key, JitPolicy]
    group_members: Mapping[Key, tuple[tuple[Key, int], ...]]
    """Per application security group: the `(virtual network, address)` of every ip configuration in it."""
    guarded_by_jit: Mapping[Key, tuple[Key, ...]]
    """Per machine: the just-in-time policies that name it."""
    completeness: Mapping[str, Completeness]
    """Per evidence table, by its name in `snapshot.tables`."""
    rows: Mapping[str, int]
    """Per evidence table: how many rows it holds."""
    unread: Mapping[Key, str]
    """Resources whose row is there but can't be read, with the reason as a clause."""
    load_balancers: Mapping[Key, LoadBalancer] = field(default_factory=dict[Key, LoadBalancer])
    application_gateways: Mapping[Key, ApplicationGateway] = field(default_factory=dict[Key, ApplicationGateway])
    firewalls: Mapping[Key, AzureFirewall] = field(default_factory=dict[Key, AzureFirewall])
    rule_collection_groups: Mapping[Key, RuleCollectionGroup] = field(default_factory=dict[Key, RuleCollectionGroup])
    firewall_policies: Mapping[Key, FirewallPolicy] = field(default_factory=dict[Key, FirewallPolicy])
    ip_groups: Mapping[Key, IpGroup] = field(default_factory=dict[Key, IpGroup])
    gateways: Mapping[Key, Gateway] = field(default_factory=dict[Key, Gateway])
    connections: Mapping[Key, Connection] = field(default_factory=dict[Key, Connection])
    local_networks: Mapping[Key, LocalNetwork] = field(default_factory=dict[Key, LocalNetwork])
    virtual_hubs: Mapping[Key, VirtualHub] = field(default_factory=dict[Key, VirtualHub])
    hub_links: HubLinks = field(default_factory=HubLinks)
    private_link_services: Mapping[Key, PrivateLinkService] = field(default_factory=dict[Key, PrivateLinkService])
    admin_rules: Mapping[Key, Read[tuple[AdminRule, ...]]] = field(
        default_factory=dict[Key, Read[tuple[AdminRule, ...]]]
    )
    """Per virtual network: the security admin rules in force there, in the order in which they are asked."""
    defender_plans: Mapping[Key, DefenderPlan] = field(default_factory=dict[Key, DefenderPlan])
    activity_log: ActivityLog = field(default_factory=ActivityLog)
    service_tags: ServiceTags | None = None
    """The addresses of service tags; None where nobody gave any, which leaves tags unknown."""
    taken_at: str = ""
    """When the evidence was true, RFC 3339 in UTC; "" where it does not say."""

    def find(self, resources: Mapping[Key, R], key: Key, kind: str) -> Read[R]:
        """The resource that another one points to. Not found means not read: Azure keeps no dangling references."""
        found = resources.get(key)
        if found is not None:
            return found
        name = key.rpartition("/")[2]
        if key in self.unread:
            return Unknown(f"{kind} {name} could not be read: {self.unread[key]}")
        return Unknown(f"{kind} {name} is not in the evidence")

    def all_of(self, table: str) -> Read[bool]:
        """True where the table holds everything there is: only then does "none found" mean that there is none."""
        completeness = self.completeness[table]
        return True if completeness.complete else Unknown(completeness.reason)
