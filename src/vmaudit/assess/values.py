"""What a fact can be, beyond a plain number, text or yes and no: sets and amounts that were read in part.

Evidence is seldom wholly there or wholly missing. Where one network interface of two was read, "no public address" is
unknown, but "a public address" may be proven. So these values say what is proven and why there could be more; a
question that the proven part settles gets its answer, any other gets unknown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import Generic, TypeAlias, TypeVar

from vmaudit.access.held import RoleHeld, RolesAt
from vmaudit.addresses import NOTHING, Intervals
from vmaudit.exposure.paths import Certainty, Opening
from vmaudit.known import Read, Unknown

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ports:
    """A set of ports: `proven` are in it, `possible` (none of them proven) can't be ruled out, for `reason`."""

    proven: Intervals
    possible: Intervals = NOTHING
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """A set of names, sorted; `more` is why there could be more of them, "" where these are all."""

    proven: tuple[str, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class AtLeast(Generic[T]):
    """An amount that is not smaller than `least`; `reason` says what was not read and could make it larger."""

    least: T
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in words, and how many minutes before the moment that is judged."""

    what: str
    ago: float


@dataclass(frozen=True, slots=True)
class Events:
    """Things that happened; `more` is why there could be others, "" where these are all.

    A log goes back only so far: `back_to` is how many minutes before the moment that is judged the last of these are
    all, and `older` is why there could be others before that.
    """

    proven: tuple[Event, ...]
    more: str = ""
    back_to: float = inf
    older: str = ""


@dataclass(frozen=True, slots=True)
class Roles:
    """Roles that are held on a machine, by the scopes at which they are."""

    at: tuple[RolesAt, ...]

    def __iter__(self) -> Iterator[RoleHeld]:
        """Each role, the widest scopes first."""
        return (role for each in self.at for role in each.held)

    @property
    def doubt(self) -> str:
        """Why there may be less, or more; "" where all of it is for sure."""
        return next((each.doubt for each in self.at if each.doubt), "")


class Sku(IntEnum):
    """The SKUs of Azure Bastion, each able to do what those before it can (azure-facts 5.9)."""

    Developer = 1
    Basic = 2
    Standard = 3
    Premium = 4


Openings: TypeAlias = tuple[Opening, ...]

NO_PORTS = Ports(NOTHING)
NO_NAMES = Names(())
NO_EVENTS = Events(())
NO_ROLES = Roles(())


Value: TypeAlias = bool | float | str | Sku | Ports | Names | Openings | Events | Roles | AtLeast[float] | AtLeast[Sku]
"""What a fact can be; which of these, its kind says."""


def least(value: float | AtLeast[float]) -> float:
    """An amount, or what it is at least."""
    return value.least if isinstance(value, AtLeast) else value


def doubt(value: Read[Value]) -> str:
    """Why a value is not wholly known, as a clause; "" where it is."""
    match value:
        case Unknown() | AtLeast() | Ports():
            return value.reason
        case Names():
            return value.more
        case Roles():
            return value.doubt
        case Events():
            return value.more or value.older
        case tuple():
            return next((opening.reason for opening in value if opening.certainty is Certainty.POSSIBLE), "")
        case _:
            return ""
