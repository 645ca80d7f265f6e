"""The doors of a machine, as data: which actions open each, and on which resource they have to be allowed.

A door opens when all needs of one of its ways are met (azure-facts 6.3, 6.4). A need names an operation and the place
where it acts. Bits stand for needs, so that what a role opens is worked out once for all machines.
"""

from collections.abc import Iterator
from enum import IntFlag, auto
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

Mask: TypeAlias = int
"""A set of needs: bit n stands for `NEEDS[n]`."""


class Place(IntFlag):
    """Where an operation acts, as seen from one machine."""

    MACHINE = auto()
    INSTANCE = auto()
    """The machine, where it is an instance of a Uniform scale set: its operations have names of their own."""
    GROUP = auto()
    """The resource group of the machine: where something new for it can be made."""
    SUBSCRIPTION = auto()
    INTERFACE = auto()
    SUBNET = auto()
    NETWORK = auto()
    SECURITY_GROUP = auto()
    ROUTE_TABLE = auto()
    BALANCER = auto()
    PUBLIC_IP = auto()
    DISK = auto()
    BASTION = auto()
    JIT = auto()
    """Its just-in-time policy, or its resource group where no policy was read."""
    ANYWHERE = auto()
    """Any resource of the tenant: an identity can be taken from wherever one may assign it."""


class Need(NamedTuple):
    """One operation that has to be allowed at a place."""

    operation: str
    """In lower case."""
    place: Place
    data: bool = False
    """Whether it is a data action, which `actions` never grant."""


Way: TypeAlias = tuple[Need, ...]
"""Needs that open a door together. The first is the one whose assignment is shown as the proof."""

_COMPUTE: Final = "Microsoft.Compute/virtualMachines"
_INSTANCE: Final = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines"
_NETWORK: Final = "Microsoft.Network"
_AUTHORIZATION: Final = "Microsoft.Authorization"
_JIT: Final = "Microsoft.Security/locations/jitNetworkAccessPolicies"
_INSIGHTS: Final = "Microsoft.Insights"


def _at(place: Place, *operations: str, data: bool = False) -> tuple[Way, ...]:
    """A way for each of several operations, any of which is enough."""
    return tuple((Need(operation.lower(), place, data),) for operation in operations)


def _on_machine(*operations: str, data: bool = False) -> tuple[Way, ...]:
    """Operations of a machine, under both names that Azure has for them."""
    single = (f"{_COMPUTE}/{operation}" for operation in operations)
    instance = (f"{_INSTANCE}/{operation}" for operation in operations)
    return _at(Place.MACHINE, *single, data=data) + _at(Place.INSTANCE, *instance, data=data)


def _bastion_use(kind: str, place: Place) -> Way:
    """Reading the Bastion, the machine and its interface is enough to connect; what follows is the sign-in."""
    return (
        Need(f"{_NETWORK}/bastionHosts/read".lower(), Place.BASTION),
        Need(f"{kind}/read".lower(), place),
        Need(f"{_NETWORK}/networkInterfaces/read".lower(), Place.INTERFACE),
    )


def _identity(kind: str, place: Place) -> Way:
    assign = "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action"
    return (Need(f"{kind}/write".lower(), place), Need(assign.lower(), Place.ANYWHERE))


DOORS: Final[dict[str, tuple[Way, ...]]] = {
    "sign-in-user": _at(Place.MACHINE | Place.INSTANCE, f"{_COMPUTE}/login/action", data=True),
    "sign-in-admin": _at(
        Place.MACHINE | Place.INSTANCE,
        f"{_COMPUTE}/loginAsAdmin/action",
        f"{_COMPUTE}/WACloginAsAdmin/action",
        data=True,
    ),
    "run-command": _on_machine("runCommand/action", "runCommands/write"),
    # The body of a machine carries VM applications, user data and the disk that it starts from.
    "extension": _on_machine("extensions/write", "write"),
    "serial-console": _at(Place.MACHINE | Place.INSTANCE, "Microsoft.SerialConsole/serialPorts/connect/action"),
    # The extension VMAccess sets passwords and keys.
    "password-reset": _on_machine("extensions/write"),
    "jit-request": _at(Place.JIT, f"{_JIT}/initiate/action"),
    "jit-configure": _at(Place.JIT | Place.GROUP, f"{_JIT}/write") + _at(Place.JIT, f"{_JIT}/delete"),
    "network-change": (
        *_at(
            Place.SECURITY_GROUP,
            f"{_NETWORK}/networkSecurityGroups/write",
            f"{_NETWORK}/networkSecurityGroups/securityRules/write",
            f"{_NETWORK}/networkSecurityGroups/securityRules/delete",
        ),
        *_at(Place.INTERFACE, f"{_NETWORK}/networkInterfaces/write"),
        *_at(Place.SUBNET, f"{_NETWORK}/virtualNetworks/subnets/write"),
        *_at(
            Place.NETWORK,
            f"{_NETWORK}/virtualNetworks/write",
            f"{_NETWORK}/virtualNetworks/virtualNetworkPeerings/write",
        ),
        *_at(Place.ROUTE_TABLE, f"{_NETWORK}/routeTables/write", f"{_NETWORK}/routeTables/routes/write"),
        *_at(Place.PUBLIC_IP, f"{_NETWORK}/publicIPAddresses/write"),
        *_at(
            Place.BALANCER,
            f"{_NETWORK}/loadBalancers/write",
            f"{_NETWORK}/loadBalancers/inboundNatRules/write",
        ),
    ),
    "bastion-use": (_bastion_use(_COMPUTE, Place.MACHINE), _bastion_use(_INSTANCE, Place.INSTANCE)),
    "bastion-change": _at(
        Place.BASTION, f"{_NETWORK}/bastionHosts/write", f"{_NETWORK}/bastionHosts/createShareableLinks/action"
    ),
    "disk-export": (
        *_at(Place.DISK, "Microsoft.Compute/disks/beginGetAccess/action"),
        *_at(
            Place.GROUP,
            "Microsoft.Compute/snapshots/write",
            "Microsoft.Compute/images/write",
            "Microsoft.Compute/restorePointCollections/restorePoints/retrieveSasUris/action",
        ),
        *_at(Place.MACHINE, f"{_COMPUTE}/capture/action"),
    ),
    # elevateAccess/action is not among them: it works for Global Administrators only, and whatever their Azure roles.
    "role-assign": _at(
        Place.MACHINE | Place.INSTANCE,
        f"{_AUTHORIZATION}/roleAssignments/write",
        f"{_AUTHORIZATION}/roleDefinitions/write",
        f"{_AUTHORIZATION}/roleEligibilityScheduleRequests/write",
        f"{_AUTHORIZATION}/roleAssignmentScheduleRequests/write",
    ),
    "pim-policy-change": _at(
        Place.MACHINE | Place.INSTANCE,
        f"{_AUTHORIZATION}/roleManagementPolicies/write",
        f"{_AUTHORIZATION}/roleManagementPolicyAssignments/write",
    ),
    "log-hide": (
        *_at(
            Place.MACHINE | Place.INSTANCE | Place.SUBSCRIPTION,
            f"{_INSIGHTS}/diagnosticSettings/write",
            f"{_INSIGHTS}/diagnosticSettings/delete",
        ),
        *_at(
            Place.MACHINE | Place.INSTANCE,
            f"{_INSIGHTS}/dataCollectionRuleAssociations/write",
            f"{_INSIGHTS}/dataCollectionRuleAssociations/delete",
        ),
    ),
    "identity-assign": (_identity(_COMPUTE, Place.MACHINE), _identity(_INSTANCE, Place.INSTANCE)),
}
"""Door → the ways to open it."""

BESIDE: Final[tuple[Need, ...]] = (
    # What is assigned is a script of PowerShell DSC, which the machine runs if it has the agent for that.
    Need("microsoft.guestconfiguration/guestconfigurationassignments/write", Place.MACHINE | Place.INSTANCE),
)
"""What opens no door by itself, but what rules ask about."""

NEEDS: Final[tuple[Need, ...]] = (
    *dict.fromkeys(need for ways in DOORS.values() for way in ways for need in way),
    *BESIDE,
)
BIT: Final[dict[Need, Mask]] = {need: 1 << number for number, need in enumerate(NEEDS)}
ALL_NEEDS: Final[Mask] = (1 << len(NEEDS)) - 1
WAYS: Final[dict[str, tuple[Mask, ...]]] = {
    door: tuple(sum(BIT[need] for need in way) for way in ways) for door, ways in DOORS.items()
}
TOGETHER: Final[tuple[tuple[str, Mask, Mask], ...]] = tuple(
    (door, sum(BIT[need] for need in way), BIT[way[0]]) for door, ways in DOORS.items() for way in ways if len(way) > 1
)
"""Ways with several needs, which several roles of one principal can meet together: door, all needs, the first one."""


@lru_cache(maxsize=65536)
def needs_at(places: int) -> Mask:
    """The needs that act in one of several places, or anywhere."""
    return sum(BIT[need] for need in NEEDS if need.place & (places | Place.ANYWHERE))


@lru_cache(maxsize=65536)
def doors_of(mask: Mask) -> tuple[str, ...]:
    """The doors that open where these needs are met."""
    return tuple(door for door, ways in WAYS.items() if any(way & ~mask == 0 for way in ways))


def bits(mask: Mask) -> Iterator[Mask]:
    """The single needs of a set.

    >>> list(bits(0b101))
    [1, 4]
    """
    while mask:
        lowest = mask & -mask
        yield lowest
        mask ^= lowest
