"""Assignments as they bear on machines: what each meets at a scope, shared by all machines below it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from vmaudit.access.doors import Mask, needs_at
from vmaudit.access.powers import Powers, powers_of
from vmaudit.estate.resources import Key
from vmaudit.estate.rights import Assignment, Rights

MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"


@dataclass(frozen=True, slots=True)
class Holding:
    """One assignment, active or eligible, and the needs that it meets where it counts."""

    assignment: Assignment
    role: str
    """The name of the role for people; its GUID where no name was read."""
    powers: Powers
    sure: bool = True
    """False where its management group may not stand above the machine: what is above it was not read."""


Block: TypeAlias = tuple[Holding, ...]


class Holdings:
    """All assignments by scope. A block is made once per scope and set of places, however many machines share it."""

    def __init__(self, rights: Rights) -> None:
        self._at: dict[Key, list[Holding]] = defaultdict(list)
        powers = powers_of(rights.roles)
        for assignment in (*rights.active, *rights.eligible):
            role = rights.roles.get(assignment.role)
            name = (role.name if role else "") or assignment.role_name or assignment.role
            holding = Holding(assignment, name, powers(assignment.role, assignment.condition))
            if holding.powers.possible:
                self._at[assignment.scope].append(holding)
        for held in self._at.values():
            held.sort(key=lambda one: (one.assignment.id.lower(), one.assignment.held))
        self._blocks: dict[tuple[Key, int, bool], Block] = {}
        self.management_groups = tuple(sorted(key for key in self._at if key.startswith(MANAGEMENT_GROUPS)))

    @property
    def by_scope(self) -> Mapping[Key, list[Holding]]:
        """Every scope at which somebody holds a role that can matter."""
        return self._at

    def block(self, scope: Key, places: int, *, sure: bool) -> Block:
        """What the assignments at a scope meet in some places around a machine."""
        key = scope, places, sure
        found = self._blocks.get(key)
        if found is None:
            needs = needs_at(places)
            found = self._blocks[key] = tuple(
                Holding(one.assignment, one.role, one.powers.within(needs), sure)
                for one in self._at[scope]
                if one.powers.possible & needs
            )
        return found

    def meeting(self, needs: Mask) -> Block:
        """Assignments at any scope that meet some needs."""
        return tuple(one for held in self._at.values() for one in held if one.powers.possible & needs)
