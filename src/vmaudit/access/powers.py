"""What one assignment of a role lets somebody do: permission objects, their conditions, and that of the assignment."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, TypeAlias

from vmaudit.access.conditions import ASSIGNING, OTHER_ROLE, holds, named_roles
from vmaudit.access.doors import ALL_NEEDS, NEEDS, Mask, doors_of
from vmaudit.access.matching import met_by
from vmaudit.estate.rights import Permission, RoleDefinition, RoleId
from vmaudit.estate.roles import CLASSIC

Condition: TypeAlias = Literal["none", "understood", "conditional"]

CLASSIC_RIGHTS: Final = met_by(Permission(actions=("*",)))
"""Classic administrators could do what owners can (azure-facts 1.1): every action, no data action."""


@dataclass(frozen=True, slots=True)
class Powers:
    """The needs that an assignment meets. Each mask holds those before it: what is free is also open under doubt."""

    free: Mask
    """Under no condition."""
    understood: Mask
    """Under conditions, if any, that are known to let it pass."""
    possible: Mask
    """Also under conditions that can't be told."""
    read: bool = True
    """False where the role's definition was not read: then it may permit anything."""

    def within(self, needs: Mask) -> "Powers":
        """The part that acts where it matters."""
        return Powers(self.free & needs, self.understood & needs, self.possible & needs, self.read)

    def by_condition(self) -> tuple[tuple[Condition, Mask], ...]:
        """From the firmest to the most doubtful."""
        return (("none", self.free), ("understood", self.understood), ("conditional", self.possible))


UNREAD: Final = Powers(ALL_NEEDS, ALL_NEEDS, ALL_NEEDS, read=False)


def powers_of(roles: Mapping[RoleId, RoleDefinition]) -> Callable[[RoleId, str], Powers]:
    """A function from a role and the condition of its assignment to what it permits; each pair is worked out once."""

    @cache
    def powers(role: RoleId, condition: str) -> Powers:
        if role == CLASSIC:
            return Powers(CLASSIC_RIGHTS, CLASSIC_RIGHTS, CLASSIC_RIGHTS)
        found = roles.get(role)
        if found is None:
            return UNREAD
        free = understood = possible = 0
        for permission in found.permissions:
            met = met_by(permission)
            conditions = tuple(one for one in (permission.condition, condition) if one)
            sure, maybe = _passing(met, conditions, roles) if conditions else (met, met)
            free |= 0 if conditions else met
            understood |= sure
            possible |= maybe
        return Powers(free, free | understood, free | understood | possible)

    return powers


def _passing(met: Mask, conditions: tuple[str, ...], roles: Mapping[RoleId, RoleDefinition]) -> tuple[Mask, Mask]:
    """The needs that pass all conditions for sure, and those that may."""
    sure = maybe = 0
    for bit, operation in _operations(met):
        answers = [_passes(condition, operation, roles) for condition in conditions]
        sure |= bit if all(answer is True for answer in answers) else 0
        maybe |= 0 if any(answer is False for answer in answers) else bit
    return sure, maybe


def _operations(mask: Mask) -> Iterator[tuple[Mask, str]]:
    return ((1 << number, need.operation) for number, need in enumerate(NEEDS) if mask >> number & 1)


def _passes(condition: str, operation: str, roles: Mapping[RoleId, RoleDefinition]) -> bool | None:
    """Whether an operation passes. Assigning roles does where one of them opens a door: others lead nowhere here."""
    if operation != ASSIGNING:
        return holds(condition, operation)
    others = holds(condition, operation, OTHER_ROLE)
    answers = [others]
    for role in named_roles(condition):
        passes = holds(condition, operation, role)
        answers.append(False if passes is False or _opens_nothing(role, roles) else passes if role in roles else None)
    return True if True in answers else None if None in answers else False


def _opens_nothing(role: RoleId, roles: Mapping[RoleId, RoleDefinition]) -> bool:
    """Whether a role that was read opens no door wherever it is assigned."""
    found = roles.get(role)
    if found is None:
        return False
    mask = 0
    for permission in found.permissions:
        mask |= met_by(permission)
    return not doors_of(mask)
