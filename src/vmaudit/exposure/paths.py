"""The vocabulary of exposure: a path into a machine, its hops, and one packet that proves it."""

import typing
from enum import Enum
from functools import cached_property

import msgspec

from vmaudit.addresses import Intervals
from vmaudit.estate.resources import Key, NetworkInterface, Protocol, VirtualMachine
from vmaudit.exposure.security_groups import Crossing, Stage
from vmaudit.known import Read, Unknown


class Reach(Enum):
    """From how far away a path can be used."""

    INTERNET = "internet"
    """Public addresses at large: a rule for anyone, a cloud-wide tag, or prefixes that add up to as much."""
    PARTIAL = "partial"
    """Some public addresses."""
    PRIVATE = "private"
    """Only the inside: the virtual network, its peers, on-premises."""


class Certainty(Enum):
    """How far the evidence goes."""

    __hash__ = object.__hash__  # members are single, and hashing their names costs more than most look-ups

    PROVEN = "proven"
    """Everything that the path leans on was read."""
    POSSIBLE = "possible"
    """Could not be ruled out; the path's blind spots say what was not read."""


class Code(Enum):
    """Why a hop lets a packet through or stops it. Stable: they are part of the JSON and of the documentation."""

    PUBLIC_IP = "PUBLIC_IP"
    LB_NAT = "LB_NAT"
    LB_RULE = "LB_RULE"
    FIREWALL_DNAT = "FIREWALL_DNAT"
    FIREWALL_DNAT_EXCLUDES = "FIREWALL_DNAT_EXCLUDES"
    APPLICATION_GATEWAY = "APPLICATION_GATEWAY"
    NO_PUBLIC_ENTRY = "NO_PUBLIC_ENTRY"
    ADMIN_RULE_ALLOWS = "ADMIN_RULE_ALLOWS"
    ADMIN_RULE_ALWAYS_ALLOWS = "ADMIN_RULE_ALWAYS_ALLOWS"
    ADMIN_RULE_DENIES = "ADMIN_RULE_DENIES"
    ADMIN_RULE_UNCERTAIN = "ADMIN_RULE_UNCERTAIN"
    STANDARD_IP_WITHOUT_NSG = "STANDARD_IP_WITHOUT_NSG"
    BASIC_IP_WITHOUT_NSG = "BASIC_IP_WITHOUT_NSG"
    NO_NSG = "NO_NSG"
    NSG_RULE_ALLOWS = "NSG_RULE_ALLOWS"
    NSG_RULE_DENIES = "NSG_RULE_DENIES"
    NSG_DEFAULT_ALLOWS = "NSG_DEFAULT_ALLOWS"
    NSG_DEFAULT_DENIES = "NSG_DEFAULT_DENIES"
    NSG_NOT_READ = "NSG_NOT_READ"
    NSG_RULE_UNCERTAIN = "NSG_RULE_UNCERTAIN"
    SKU_NOT_READ = "SKU_NOT_READ"
    ENTRY_NOT_READ = "ENTRY_NOT_READ"
    UNKNOWN_SERVICE_TAG = "UNKNOWN_SERVICE_TAG"
    VM_RUNNING = "VM_RUNNING"
    VM_NOT_RUNNING = "VM_NOT_RUNNING"
    VM_STATE_NOT_READ = "VM_STATE_NOT_READ"


class OriginKind(Enum):
    """Where the packets of a path start."""

    __hash__ = object.__hash__  # members are single, and hashing their names costs more than most look-ups

    INTERNET = "internet"
    OWN_SUBNET = "own-subnet"
    OWN_NETWORK = "own-vnet"
    PEER = "peer"
    ON_PREMISES = "on-premises"
    BASTION = "bastion"


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where the packets of a path start; `id` is the network, gateway or Bastion, None for the internet."""

    kind: OriginKind
    id: str | None = None


class Hop(msgspec.Struct, frozen=True, gc=False):
    """One resource that a packet meets, what it does there and by which rule.

    `decision` is "Allow", "Deny", "Unknown" or "Enter" (for what only carries the packet), `rule` is the rule's name as
    Azure writes it (`securityRules/x`) or "", and `says` is the hop in plain words.
    """

    resource: str
    decision: str
    code: Code
    rule: str
    priority: int | None
    says: str


class Witness(msgspec.Struct, frozen=True, gc=False):
    """One concrete packet that takes the path. Ports and addresses as a test would send them.

    `destination` is where the sender aims (the public address, or the private one when there is none or it is not
    allocated); `private_address` is what the NSG rules see.
    """

    protocol: Protocol
    source: str
    source_port: int
    destination: str
    destination_port: int
    private_address: str
    private_port: int


class Frontend(msgspec.Struct, frozen=True, gc=False):
    """What an outsider sees: a public address and the port there, and the resource that carries it."""

    kind: str
    resource: str
    address: str | None
    ports: Intervals


class Path(msgspec.Struct, frozen=True, gc=False):
    """One way into one machine: a disjoint box of (sources × protocol × ports) with its proof."""

    origin: Origin
    reach: Reach
    live: Read[bool]
    certainty: Certainty
    protocol: Protocol
    ports: Intervals
    """The machine's own ports."""
    source_ports: Intervals
    frontend: Frontend | None
    sources: Intervals
    network_interface: Key
    ip_configuration: str
    hops: tuple[Hop, ...]
    witness: Witness
    blind_spots: tuple[str, ...]
    """What was not read and leaves the path open (only where `certainty` is POSSIBLE)."""
    assumptions: tuple[str, ...]
    """What the path takes for granted though nobody read it, because it could only close the path."""


class Closed(msgspec.Struct, frozen=True, gc=False):
    """A door that stays shut, and the hops that say why."""

    protocol: Protocol
    ports: Intervals
    network_interface: Key
    ip_configuration: str
    hops: tuple[Hop, ...]


class Opening(msgspec.Struct, frozen=True, gc=False):
    """One disjoint box that the NSGs admit (`PROVEN`) or may admit (`POSSIBLE`)."""

    sources: Intervals
    protocol: Protocol
    ports: Intervals
    certainty: Certainty
    reason: str = ""
    origin: str = ""
    """Who it is open to, in words; "" where the addresses say it best."""


class InsideWay(msgspec.Struct, frozen=True, gc=False):
    """What one origin on the inside may open: a disjoint box, shared by all machines in the same situation."""

    origin: Origin
    certainty: Certainty
    protocol: Protocol
    sources: Intervals
    source_ports: Intervals
    ports: Intervals
    crossing: Crossing
    """What lets it in, and others perhaps too."""
    doubts: tuple[str, ...]


class SharedWays(typing.Protocol):
    """What one situation admits in one subnet: worked out when first asked for, and then kept."""

    @property
    def ways(self) -> tuple[InsideWay, ...]:
        """The ways from the inside."""
        ...

    @property
    def others(self) -> tuple[Crossing, ...]:
        """What the rules admit from private addresses that no known origin has: nobody may use them yet."""
        ...

    @property
    def openings(self) -> tuple[Opening, ...]:
        """What the NSGs admit from public sources, be there a public way or not."""
        ...


class Place(msgspec.Struct, frozen=True, gc=False):
    """One ip configuration and what the rules before it admit, shared by all in the same situation.

    `inside.inside_paths` writes the ways from the inside out as paths.
    """

    network_interface: str
    ip_configuration: str
    address: Read[int]
    stages: tuple[Stage, ...]
    shared: SharedWays


class Finder(typing.Protocol):
    """Finds what is worked out only when somebody asks for it."""

    def places(self, interfaces: tuple[NetworkInterface, ...], /) -> tuple[Place, ...]:
        """The places of all ip configurations of these interfaces."""
        ...

    def door(self, machine: VirtualMachine, /) -> Hop:
        """Whether anybody is there to answer, as a hop."""
        ...


class MachineExposure(msgspec.Struct, frozen=True, dict=True, eq=False):
    """All ways into one machine, and what could hide more of them."""

    machine: VirtualMachine
    paths: tuple[Path, ...]
    """The ways in from public addresses, to all ports. Those from the inside are at the places."""
    blind_spots: tuple[str, ...]
    """What was not read and could hide a public path that no `Path` stands for: any port may be open."""
    finder: Finder
    """Finds the rest when it is asked for."""
    interfaces: tuple[NetworkInterface, ...] = ()
    """Its network interfaces that were read."""
    assumptions: tuple[str, ...] = ()
    """What a person asserted and nobody measured, without which more ways would be possible."""
    entered: bool = False
    """Whether anything public is known to lead to it, open or not."""

    @property
    def live(self) -> Read[bool]:
        """Whether the machine runs."""
        return self.machine.live

    @property
    def door(self) -> Hop:
        """Whether the machine runs, as the last hop of every path."""
        return self.finder.door(self.machine)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Its ip configurations, as far as they were read: worked out when first asked for."""
        return self.finder.places(self.interfaces)

    @property
    def public_openings(self) -> Read[tuple[Opening, ...]]:
        """What the NSGs admit from public sources to the ports in question, with or without a path (NET-002)."""
        if self.blind_spots:
            return Unknown(self.blind_spots[0])
        return tuple(dict.fromkeys(opening for place in self.places for opening in place.shared.openings))
