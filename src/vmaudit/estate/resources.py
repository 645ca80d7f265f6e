"""The resources that decide how a virtual machine can be reached, as frozen values.

Every `key` is a resource id in lower case: Azure spells one id in many letter cases (azure-facts 1.4), so keys, never
ids, are compared. `id` keeps the spelling that the evidence gave first. `None` means that Azure says "there is none";
what was not read is an `Unknown`.
"""

from datetime import datetime
from enum import Enum
from typing import Literal, TypeAlias

import msgspec

from vmaudit.addresses import Intervals
from vmaudit.known import Read, Unknown

Key: TypeAlias = str


class Resource(msgspec.Struct, frozen=True, gc=False):
    """What every Azure resource has."""

    id: str

    @property
    def key(self) -> Key:
        """The id in lower case: what other resources are matched by."""
        return self.id.lower()

    @property
    def name(self) -> str:
        """The last segment of the id."""
        return self.id.rpartition("/")[2]


class PowerState(Enum):
    """Whether the machine runs, from its instance view (`PowerState/...`)."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DEALLOCATING = "deallocating"
    DEALLOCATED = "deallocated"

    @property
    def answers(self) -> bool:
        """Whether a packet that gets through finds somebody there now, or in a moment."""
        return self in (PowerState.RUNNING, PowerState.STARTING)


class VirtualMachine(Resource, frozen=True, gc=False):
    """A virtual machine, or an instance of a scale set."""

    location: str
    tags: tuple[tuple[str, str], ...]
    operating_system: Read[Literal["Windows", "Linux"]]
    power: Read[PowerState]
    network_interfaces: Read[tuple[Key, ...]]
    password_sign_in: Read[bool]
    """Whether a Linux machine was made to accept passwords (`linuxConfiguration.disablePasswordAuthentication`)."""
    scale_set: Key | None = None
    disks: tuple[Key, ...] = ()
    """The managed disks that its row names."""
    identities: Read[tuple[str, ...]] = ()
    """The object ids of the managed identities that it acts as."""

    @property
    def live(self) -> Read[bool]:
        """Whether somebody is there to answer."""
        return self.power if isinstance(self.power, Unknown) else self.power.answers

    @property
    def name(self) -> str:
        """The last segment of the id; instance 0 of the Uniform scale set web is called `web_0`, as Azure shows it."""
        *_, parent_kind, parent, _, name = ("", "", *self.id.rsplit("/", 4))
        return f"{parent}_{name}" if parent_kind.lower() == "virtualmachinescalesets" else name


class IpConfiguration(msgspec.Struct, frozen=True, gc=False):
    """One address of a network interface. NAT pools are named by models only: an instance gets a rule out of each."""

    name: str
    private_address: Read[int]
    """A place on the number line of `addresses`, IPv4 or IPv6."""
    version: Literal[4, 6]
    subnet: Read[Key]
    public_ip: Key | None
    application_security_groups: tuple[Key, ...]
    load_balancer_pools: tuple[Key, ...]
    load_balancer_nat_rules: tuple[Key, ...]
    application_gateway_pools: tuple[Key, ...]
    primary: bool
    load_balancer_nat_pools: tuple[Key, ...] = ()


class NetworkInterface(Resource, frozen=True, gc=False):
    """A network interface with all its addresses; `from_model` where a scale set or its instance describes it only."""

    virtual_machine: Key | None
    security_group: Key | None
    ip_configurations: tuple[IpConfiguration, ...]
    ip_forwarding: bool
    from_model: bool = False


class Direction(Enum):
    """Which way a rule looks, as seen from the machine."""

    __hash__ = object.__hash__  # members are single, and hashing their names costs more than most look-ups

    INBOUND = "Inbound"
    OUTBOUND = "Outbound"


class Access(Enum):
    """What a rule does with a packet that it matches."""

    __hash__ = object.__hash__  # members are single, and hashing their names costs more than most look-ups

    ALLOW = "Allow"
    DENY = "Deny"


class Protocol(Enum):
    """The protocols that a rule can name; `*` is all of them."""

    __hash__ = object.__hash__  # members are single, and hashing their names costs more than most look-ups

    TCP = "TCP"
    UDP = "UDP"
    ICMP = "ICMP"
    ESP = "ESP"
    AH = "AH"


class Peers(msgspec.Struct, frozen=True, gc=False):
    """One side of a rule: the union of addresses, tags and application security groups.

    `tags` are service tags in the evidence's own spelling that are more than a set of addresses (`VirtualNetwork`,
    `Internet`, `Storage.WestEurope`). A side with application security groups has nothing else (azure-facts 5.4).
    """

    addresses: Intervals = ()
    tags: tuple[str, ...] = ()
    application_security_groups: tuple[Key, ...] = ()


class SecurityRule(msgspec.Struct, frozen=True, gc=False):
    """One rule of a network security group; `default` marks the six that Azure adds to every group."""

    name: str
    priority: int
    direction: Direction
    access: Access
    protocols: frozenset[Protocol]
    source: Peers
    source_ports: Intervals
    destination: Peers
    destination_ports: Intervals
    default: bool = False
    description: str = ""

    @property
    def azure_name(self) -> str:
        """The rule as `az network watcher test-ip-flow` names it."""
        return f"{'defaultSecurityRules' if self.default else 'securityRules'}/{self.name}"


class SecurityGroup(Resource, frozen=True, gc=False):
    """A network security group: rules of both directions, sorted by priority, Azure's defaults among them."""

    rules: tuple[SecurityRule, ...]


class Peering(msgspec.Struct, frozen=True, gc=False):
    """A peering of one virtual network with another, as this side sees it (azure-facts 5.3)."""

    name: str
    remote_network: Key
    remote_addresses: Read[Intervals]
    connected: bool
    allows_network_access: bool
    allows_forwarded_traffic: bool
    allows_gateway_transit: bool
    uses_remote_gateways: bool
    local_subnets: tuple[str, ...] | None = None
    """The names, in lower case, of the only subnets that take part on this side; None where the whole network does."""
    remote_subnets: tuple[str, ...] | None = None
    """The same for the far side."""


class Subnet(Resource, frozen=True, gc=False):
    """A subnet; `addresses` are its prefixes as a set."""

    addresses: Intervals
    prefixes: tuple[str, ...]
    security_group: Key | None
    route_table: Key | None
    nat_gateway: Key | None

    @property
    def network(self) -> Key:
        """The virtual network that the subnet is a part of."""
        return self.key.rpartition("/subnets/")[0]


class VirtualNetwork(Resource, frozen=True, gc=False):
    """A virtual network; subnets are looked up in the estate by their own keys."""

    addresses: Intervals
    subnets: tuple[Key, ...]
    peerings: tuple[Peering, ...]


class RouteTable(Resource, frozen=True, gc=False):
    """User-defined routes: `(prefix as a set, next hop type, next hop address or "")`."""

    routes: tuple[tuple[Intervals, str, str], ...]


class PublicIp(Resource, frozen=True, gc=False):
    """A public IP address; `address` is None while Azure has not given one."""

    address: str | None
    sku: Read[Literal["Basic", "Standard", "StandardV2"]]
    version: Literal[4, 6]


class BastionHost(Resource, frozen=True, gc=False):
    """An Azure Bastion host; features that the evidence leaves out are off (azure-facts 5.9)."""

    sku: Read[Literal["Developer", "Basic", "Standard", "Premium"]]
    provisioning_state: str
    subnet: Key | None
    network: Key | None
    """The virtual network that it serves: of its subnet, or named outright by the Developer SKU."""
    public_ip: Key | None
    shareable_link: bool
    ip_connect: bool
    native_client: bool
    file_copy: bool
    copy_paste: bool
    session_recording: bool
    private_only: bool


class JitPort(msgspec.Struct, frozen=True, gc=False):
    """One port that a just-in-time policy guards on one machine."""

    number: int
    protocols: frozenset[Protocol]
    sources: tuple[str, ...]
    """Prefixes or `*`, as the policy spells them: from where a request may ask."""
    longest_minutes: Read[float]


class JitMachine(msgspec.Struct, frozen=True, gc=False):
    """One machine of a just-in-time policy."""

    virtual_machine: Key
    ports: tuple[JitPort, ...]


class JitGrant(msgspec.Struct, frozen=True, gc=False):
    """One port of one machine that a request was granted. Azure goes on listing it after it was revoked or ran out."""

    virtual_machine: Key
    number: int
    sources: tuple[str, ...]
    """Prefixes or `*`, as the request spells them."""
    ends: Read[datetime]
    status: Read[Literal["Initiated", "Revoked"]]
    status_reason: str
    """`UserRequested`, `Expired` or `NewerRequestInitiated`; "" where the row gives none."""
    mapped_port: int | None
    """The port of an Azure Firewall that leads to this one."""


class JitRequest(msgspec.Struct, frozen=True, gc=False):
    """What one person asked of a just-in-time policy at one time."""

    requestor: str
    justification: str
    starts: Read[datetime]
    grants: tuple[JitGrant, ...]


class JitPolicy(Resource, frozen=True, gc=False):
    """A just-in-time access policy of Defender for Cloud (azure-facts 5.12)."""

    provisioning_state: str
    machines: tuple[JitMachine, ...]
    requests: Read[tuple[JitRequest, ...]] = ()
    """The requests that the policy still lists. How long Azure keeps them is not documented."""


class DefenderPlan(Resource, frozen=True, gc=False):
    """One plan of Defender for Cloud at one scope; its name is the plan's, such as `VirtualMachines`.

    A subscription has one row per plan. A machine (or scale set) has its own where it does not follow its subscription.
    """

    tier: Read[Literal["Free", "Standard"]]
    sub_plan: str | None
    """`P1` or `P2` for servers; None stands for the whole plan, which is `P2` (Azure REST, pricings 2024-01-01)."""
    enforced: bool
    """Of a subscription: whether no resource below may have a plan of its own."""
    inherited: bool
    """Of a resource: whether this is what its subscription has, and no setting of its own."""
    coverage: Literal["FullyCovered", "PartiallyCovered", "NotCovered"] | None
    """Of a subscription: how many of its resources have the plan on, where Azure says so."""

    @property
    def scope(self) -> Key:
        """The subscription or resource that the row speaks about."""
        return self.key.rpartition("/providers/microsoft.security/pricings/")[0]
