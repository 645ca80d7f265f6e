"""Azure's JSON of Azure Firewalls, their policies' rules and IP groups (azure-facts 5.7)."""

from msgspec import UNSET, UnsetType, field

from vmaudit.estate.rows import Reference
from vmaudit.estate.wire import Port, Ports, Texts, Wire


class FirewallRuleRow(Wire):
    """A rule of any kind: `protocols` in classic firewalls, `ipProtocols` in policies."""

    name: str | None = None
    rule_type: str | None = None
    protocols: tuple[str | dict[str, object], ...] | None = None
    ip_protocols: Texts = None
    source_addresses: Texts = None
    source_ip_groups: Texts = None
    destination_addresses: Texts = None
    destination_ip_groups: Texts = None
    destination_ports: Ports = None
    translated_address: str | None = None
    translated_fqdn: str | None = None
    translated_port: Port | None = None


class CollectionAction(Wire):
    """What a collection does: `Allow` or `Deny`, and for DNAT the word of its kind."""

    type: str | None = None


class CollectionBody(Wire):
    """A collection of rules of one kind."""

    priority: int | None = None
    action: CollectionAction | None = None
    rules: tuple[FirewallRuleRow, ...] | None = None


class CollectionRow(CollectionBody):
    """A classic collection, nested or flat."""

    name: str | None = None
    properties: CollectionBody | UnsetType = UNSET


class FirewallPlaceBody(Wire):
    """Where a firewall stands."""

    subnet: Reference | None = None
    public_ip_address: Reference | None = field(default=None, name="publicIPAddress")


class FirewallPlaceRow(FirewallPlaceBody):
    """Where a firewall stands, nested or flat."""

    properties: FirewallPlaceBody | UnsetType = UNSET


class HubAddress(Wire):
    """A public address of a firewall in a virtual hub."""

    address: str | None = None


class HubPublicAddresses(Wire):
    """The public addresses of a firewall in a virtual hub."""

    addresses: tuple[HubAddress, ...] | None = None


class HubAddresses(Wire):
    """The addresses of a firewall in a virtual hub."""

    public_ips: HubPublicAddresses | None = field(default=None, name="publicIPs")


class FirewallBody(Wire):
    """What an Azure Firewall says."""

    ip_configurations: tuple[FirewallPlaceRow, ...] | UnsetType | None = UNSET
    nat_rule_collections: tuple[CollectionRow, ...] | None = None
    network_rule_collections: tuple[CollectionRow, ...] | None = None
    firewall_policy: Reference | None = None
    virtual_hub: Reference | None = None
    hub_ip_addresses: HubAddresses | None = field(default=None, name="hubIPAddresses")


class FirewallRow(FirewallBody, kw_only=True):
    """An Azure Firewall, nested or flat."""

    id: str
    properties: FirewallBody | UnsetType = UNSET


class PolicyCollectionRow(CollectionBody):
    """A rule collection of a policy; only DNAT ones publish."""

    name: str | None = None
    rule_collection_type: str | None = None


class CollectionGroupBody(Wire):
    """The collections of a group."""

    priority: int | None = None
    rule_collections: tuple[PolicyCollectionRow, ...] | UnsetType | None = UNSET


class CollectionGroupRow(CollectionGroupBody, kw_only=True):
    """A rule collection group, nested or flat."""

    id: str
    properties: CollectionGroupBody | UnsetType = UNSET


class IpGroupBody(Wire):
    """The addresses of an IP group."""

    ip_addresses: tuple[str, ...] | UnsetType | None = UNSET


class IpGroupRow(IpGroupBody, kw_only=True):
    """An IP group, nested or flat."""

    id: str
    properties: IpGroupBody | UnsetType = UNSET


class PolicyBody(Wire):
    """What a firewall policy says itself; its rules stand in rule collection groups."""

    base_policy: Reference | None = None
    threat_intel_mode: str | UnsetType | None = UNSET


class PolicyRow(PolicyBody, kw_only=True):
    """A firewall policy, nested or flat."""

    id: str
    properties: PolicyBody | UnsetType = UNSET
