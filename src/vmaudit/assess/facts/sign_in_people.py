"""Who signs in to act on a machine: the people who hold roles on it, each asked a question about Conditional Access.

Questions are asked once per person and scope, however many machines share it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from vmaudit.access.conditional_access.levels import MAYBE, NO, YES, Level
from vmaudit.access.conditional_access.solving import Solver
from vmaudit.access.doors import Mask
from vmaudit.access.held import RoleHeld, RolesAt
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.facts.held_roles import DOING, SIGNING_IN, exempt, first, kept, roles_of_people
from vmaudit.assess.facts.held_roles import TABLES as ROLE_TABLES
from vmaudit.assess.facts.held_roles import WHOLE as WHOLE_ROLES
from vmaudit.assess.values import Names
from vmaudit.estate.rights import PrincipalId
from vmaudit.known import Unknown

Check: TypeAlias = Callable[[PrincipalId], Level]
"""Whether something is wrong for somebody."""

THROUGH_AZURE: Final[Mask] = DOING
"""Roles that let somebody do anything but read: what he does goes through Azure's management."""
AT_THE_MACHINE: Final[Mask] = SIGNING_IN

_POLICIES: Final = "conditional_access_policies"
TABLES: Final = (
    *ROLE_TABLES,
    _POLICIES,
    "named_locations",
    "directory_roles",
    "directory_role_assignments",
    "security_defaults",
    "authentication_methods_policy",
)
WHOLE: Final = (*WHOLE_ROLES, _POLICIES)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one scope's people lead to; `doubt` is why there could be others."""

    names: frozenset[str]
    doubt: str


def solver(around: Around) -> Solver:
    """Conditional Access, for all people of the tenant."""
    return around.once(
        "conditional-access", lambda: Solver(around.conditional_access, around.rights, around.access.people)
    )


def people_with(case: Case, key: str, mask: Mask, check: Check) -> Names:
    """The people with a role that permits some of `mask`, of whom something is wrong. `key` names the question.

    People whom all policies mean alike get the same answer, so it is worked out for the first of them.
    """
    around = case.around

    def once(one: PrincipalId) -> Level:
        return around.once(("sign-in", key, solver(around).standing(one)), lambda: check(one))

    return people_whom(case, key, mask, once)


def people_whom(case: Case, key: str, mask: Mask, check: Check) -> Names:
    """The same where the answer hangs on more than how far policies mean somebody."""
    names: set[str] = set()
    doubts: list[str] = []
    for at in roles_of_people(case).at:
        found = kept(at, f"sign-in {key}", lambda at=at: _asked(case.around, at, mask, check))
        names |= found.names
        doubts.append(found.doubt)
    return Names(tuple(sorted(names)), first(doubts))


def each_person(case: Case, mask: Mask) -> Iterator[PrincipalId]:
    """Everybody who may have a role that permits some of `mask`."""
    for at in roles_of_people(case).at:
        people = kept(at, f"sign-in people {mask}", lambda at=at: tuple(_people(case.around, at, mask)))
        yield from (one for one, _, _ in people)


def _asked(around: Around, at: RolesAt, mask: Mask, check: Check) -> _Found:
    names: set[str] = set()
    doubts: list[str] = []
    for one, level, doubt in kept(at, f"sign-in people {mask}", lambda: tuple(_people(around, at, mask))):
        if doubt:
            doubts.append(doubt)
        if not one:
            continue
        wrong = min(check(one), level)
        if wrong == YES:
            names.add(called(around, one))
        elif wrong == MAYBE:
            doubts.append(f"what {called(around, one)} is asked for is not known")
    return _Found(frozenset(names), first(doubts))


def _people(around: Around, at: RolesAt, mask: Mask) -> Iterator[tuple[PrincipalId, Level, str]]:
    """Everybody with a role of this scope, whether he has it for sure, and why others may have it as well."""
    left_out = exempt(around)
    seen: dict[PrincipalId, Level] = {}
    for role in at.held:
        if not role.might & mask:
            continue
        doubt = role.because or _hidden(around, role)
        if doubt:
            yield "", NO, doubt
        level = YES if role.may & mask and not role.because else MAYBE
        for one in role.inside:
            person = is_person(around, one)
            if person != NO and one not in left_out:
                seen[one] = max(seen.get(one, NO), min(level, person))
    yield from ((one, level, "") for one, level in seen.items())


def is_person(around: Around, one: PrincipalId) -> Level:
    """Whether this is a person who can sign in. Whoever was deleted or disabled can't."""
    named = around.access.people.named(one)
    if {"deleted", "disabled"} & set(named.marks) or around.access.people.is_group(one):
        return NO
    return YES if named.kind == "User" else MAYBE if named.kind == "Unknown" else NO


def _hidden(around: Around, role: RoleHeld) -> str:
    """Why others may be in the group that holds a role."""
    people = around.access.people
    if not people.is_group(role.principal):
        return ""
    complete = around.rights.complete("group_members")
    if isinstance(complete, Unknown):
        return complete.reason
    inside = (one for one, _ in people.who(role.principal))
    cut = any(one in around.rights.cut_short for one in inside)
    return (
        f"only some members of the group {people.named(role.principal).name or role.principal} were read" if cut else ""
    )


def called(around: Around, one: PrincipalId) -> str:
    """Somebody's name, with the object id where another has the same."""
    common = around.once("names that several have", lambda: _common(around))
    name = around.access.people.named(one).name or one
    return f"{name} ({one})" if name in common else name


def _common(around: Around) -> frozenset[str]:
    counts = Counter(one.name for one in around.rights.principals.values())
    return frozenset(name for name, number in counts.items() if number > 1)
