"""The vocabulary of exposure: a path into a machine, its hops, and one packet that proves it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

import msgspec

from vmaudit.addresses import Intervals
from vmaudit.estate.resources import Key, Protocol
from vmaudit.exposure.security_groups import Crossing, Stage
from vmaudit.known import Read


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

    INTERNET = "internet"
    OWN_SUBNET = "own-subnet"
    OWN_NETWORK = "own-vnet"
    PEER = "peer"
    ON_PREMISES = "on-premises"
    BASTION = "bastion"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the packets of a path start; `id` is the network, gateway or Bastion, None for the internet."""

    kind: OriginKind
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Hop:
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


NO_DOOR: Final = Hop("", "Unknown", Code.VM_STATE_NOT_READ, "", None, "whether the machine runs is not known")


@dataclass(frozen=True, slots=True)
class Witness:
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


@dataclass(frozen=True, slots=True)
class Frontend:
    """What an outsider sees: a public address and the port there, and the resource that carries it."""

    kind: str
    resource: str
    address: str | None
    ports: Intervals


@dataclass(frozen=True, slots=True)
class Path:
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


@dataclass(frozen=True, slots=True)
class Closed:
    """A door that stays shut, and the hops that say why."""

    protocol: Protocol
    ports: Intervals
    network_interface: Key
    ip_configuration: str
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class Opening:
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
    doubts: tuple[str, ...]


class SharedWays:
    """The ways from the inside in one situation: worked out when first asked for, and then kept."""

    __slots__ = ("_admit_others", "_compute", "_others", "_ways")

    def __init__(
        self,
        compute: Callable[[], tuple[InsideWay, ...]],
        admit_others: Callable[[], tuple[Crossing, ...]] = tuple,
    ) -> None:
        self._compute = compute
        self._admit_others = admit_others
        self._ways: tuple[InsideWay, ...] | None = None
        self._others: tuple[Crossing, ...] | None = None

    @property
    def ways(self) -> tuple[InsideWay, ...]:
        """The ways themselves."""
        if self._ways is None:
            self._ways = self._compute()
        return self._ways

    @property
    def others(self) -> tuple[Crossing, ...]:
        """What the rules admit from private addresses that no known origin has: nobody may use them yet."""
        if self._others is None:
            self._others = self._admit_others()
        return self._others


class Inside(msgspec.Struct, frozen=True):
    """The ways from the inside to one ip configuration; `inside.inside_paths` writes them out as paths."""

    network_interface: str
    ip_configuration: str
    address: Read[int]
    stages: tuple[Stage, ...]
    shared: SharedWays

    @property
    def ways(self) -> tuple[InsideWay, ...]:
        """The ways, whoever shares them."""
        return self.shared.ways


@dataclass(frozen=True, slots=True)
class MachineExposure:
    """All ways into one machine, and what could hide more of them."""

    machine: Key
    paths: tuple[Path, ...]
    public_openings: Read[tuple[Opening, ...]]
    """What the NSGs admit from public sources, with or without a public path: the latent part of NET-002."""
    blind_spots: tuple[str, ...]
    """What was not read and could hide a public path that no `Path` stands for: any port may be open."""
    assumptions: tuple[str, ...] = ()
    """What a person asserted and nobody measured, without which more ways would be possible."""
    inside: tuple[Inside, ...] = ()
    live: Read[bool] = True
    door: Hop = NO_DOOR
    """Whether the machine runs, as the last hop of every path."""
