"""The access model that vmaudit holds people against, as data: who connects to a machine needs this and no more.

Two parts: a custom role for Bastion, just-in-time requests and reading machines (the multilayered protection of Azure's
architecture guide), and the table of roles with which one person connects (Bastion with PIM).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from vmaudit.access.doors import DOORS as ALL_DOORS
from vmaudit.estate.rights import Held

ROLE_NAME: Final = "Virtual Machine Access"
ROLE_DESCRIPTION: Final = (
    "Connect to virtual machines through Azure Bastion and request just-in-time access to them. Signing in takes "
    "Virtual Machine User Login besides. Assign it as eligible, on the machine or its resource group."
)
ROLE_ACTIONS: Final[tuple[str, ...]] = (
    # Reading and listing machines.
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.Compute/virtualMachines/instanceView/read",
    # Connecting through a Bastion.
    "Microsoft.Network/bastionHosts/read",
    "Microsoft.Network/networkInterfaces/read",
    "Microsoft.Network/virtualNetworks/read",
    # Asking for a just-in-time opening.
    "Microsoft.Security/locations/jitNetworkAccessPolicies/read",
    "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action",
    "Microsoft.Network/publicIPAddresses/read",
)
"""What the role permits, each operation by its own name: no pattern, no data action."""


class RoleRow(NamedTuple):
    """One row of the role table: a role on a kind of resource, and how it is to be held."""

    role: str
    on: str
    held: Literal["active", "eligible"]


ROLE_TABLE: Final[tuple[RoleRow, ...]] = (
    RoleRow("Reader", "the Bastion", "active"),
    RoleRow("Reader", "the network interface of the machine", "active"),
    RoleRow("Reader", "the virtual network of the machine and the Bastion", "active"),
    RoleRow("Reader", "the machine", "eligible"),
    RoleRow("Virtual Machine User Login", "the machine", "eligible"),
)
"""What one person holds who connects to a machine."""

DOORS: Final[tuple[str, ...]] = ("bastion-use", "jit-request", "sign-in-user")
"""The doors of the model. Reading the machine is what has to be activated, so each of them is eligible."""
_BY_EASE: Final[tuple[Held, ...]] = ("standing", "unknown", "time-bound", "activated", "eligible")
"""What takes least first. What nobody knows may be the easiest but one."""
_AS_MEANT: Final[tuple[Held, ...]] = ("eligible", "activated")


class WrongWay(NamedTuple):
    """A door of the model that is held without anything to be activated, or nobody knows how."""

    door: str
    held: Held


@dataclass(frozen=True, slots=True)
class Distance:
    """How far one person is from the model, on one machine."""

    extra: tuple[str, ...]
    """Doors that the model does not have."""
    wrong: tuple[WrongWay, ...]
    missing: tuple[str, ...]
    """Doors of the model that he has not, where he has some: he connects another way."""
    roles: tuple[str, ...]
    """The roles that give what is too much, sorted."""

    @property
    def within(self) -> bool:
        """Whether he holds nothing beyond the model."""
        return not self.extra and not self.wrong


class HeldDoors(NamedTuple):
    """Doors that one role opens for somebody, and how he holds it."""

    role: str
    held: Held
    doors: tuple[str, ...]


def distance(held: Iterable[HeldDoors]) -> Distance:
    """How far somebody is from the model who holds these doors on a machine."""
    every = tuple(held)
    best: dict[str, Held] = {}
    for one in every:
        for door in one.doors:
            earlier = best.get(door, one.held)
            best[door] = one.held if _BY_EASE.index(one.held) < _BY_EASE.index(earlier) else earlier
    wrong = tuple(WrongWay(door, best[door]) for door in DOORS if door in best and best[door] not in _AS_MEANT)
    return Distance(
        extra=tuple(door for door in ALL_DOORS if door in best and door not in DOORS),
        wrong=wrong,
        missing=tuple(door for door in DOORS if door not in best),
        roles=tuple(sorted({one.role for one in every if _is_too_much(one, wrong)})),
    )


def _is_too_much(one: HeldDoors, wrong: Sequence[WrongWay]) -> bool:
    """Whether a role is to blame: by a door beyond the model, or because it holds one of the model in the wrong way."""
    return any(door not in DOORS for door in one.doors) or any(
        way.door in one.doors and way.held == one.held for way in wrong
    )


def role_json(name: str, scopes: Sequence[str]) -> dict[str, object]:
    """The custom role in the shape that `az role definition create --role-definition` takes."""
    return {
        "Name": name,
        "IsCustom": True,
        "Description": ROLE_DESCRIPTION,
        "Actions": list(ROLE_ACTIONS),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": list(scopes),
    }
