"""What a fact is: a named, documented value that rules may ask for, true at one level and computed once there."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

import msgspec

from vmaudit.assess.facts.case import Case
from vmaudit.assess.kinds import Kind
from vmaudit.known import Read, Unknown


class Level(Enum):
    """Where a fact is true. Machines that share the place share the value."""

    TENANT = "tenant"
    NETWORK = "virtual network"
    ACCESS = "access situation"
    """The assignments that count for a machine and the places around it where they do."""
    MACHINE = "machine"

    def place(self, case: Case) -> Hashable:
        """What tells the place of this machine from the places where the fact may be another."""
        match self:
            case Level.TENANT:
                return ()
            case Level.NETWORK:
                return case.place
            case Level.ACCESS:
                return case.access_place
            case Level.MACHINE:
                return case.key


class Remedy(msgspec.Struct, frozen=True, gc=False):
    """One thing to mend: the resource, what is wrong there, and the command that mends it.

    `proof` is the id of just what decided, such as a rule of an NSG; "" where that is the resource itself. `part` tells
    things apart that are mended independently of each other at one resource.
    """

    resource: str
    says: str
    fix: str
    proof: str = ""
    part: str = ""


Remedies: TypeAlias = Callable[[Case, Any], tuple[Remedy, ...]]
"""Takes a case and what an operator found there; mending all that it gives mends the finding."""


def no_remedies(_case: Case, _found: Any) -> tuple[Remedy, ...]:
    """For facts about the machine itself: there the rule's own words say what to do."""
    return ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact.

    `label` is the fact as a noun phrase for sentences. `tables` are the evidence tables that the fact reads, `whole`
    those of them that must be complete before "none was found" means that there is none. Most facts are the worse the
    more is found; `absence_fails` marks those where finding nothing is what makes a rule fail.
    """

    name: str
    kind: Kind
    level: Level
    label: str
    doc: str
    read: Callable[[Case], Read[Any]]
    tables: tuple[str, ...]
    whole: tuple[str, ...] = ()
    absence_fails: bool = False
    remedies: Remedies = no_remedies
    shown: Callable[[Any], str] | None = None
    vocabulary: tuple[str, ...] = ()
    """The only names that can be in it, so that a rule can't ask for one misspelt; () where there is no such list."""

    def show(self, value: Read[Any]) -> str:
        """The value in words."""
        if isinstance(value, Unknown):
            return f"not known ({value.reason})"
        return (self.shown or self.kind.show)(value)
