"""What facts about roles share: the roles of people and of programs that count for a machine, read once."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from vmaudit.access.crowds import Crowds
from vmaudit.access.doors import ALL_NEEDS, NEEDS, Mask
from vmaudit.access.held import HeldRoles, RoleHeld, RolesAt
from vmaudit.access.reach import Reach
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.role_questions import operations
from vmaudit.assess.values import Roles
from vmaudit.estate.guards import moment

T = TypeVar("T")

TABLES: Final = (
    "virtual_machines",
    "network_interfaces",
    "virtual_networks",
    "bastion_hosts",
    "subscriptions",
    "role_assignments",
    "role_definitions",
    "deny_assignments",
    "role_assignment_schedule_instances",
    "role_eligibility_schedule_instances",
    "users",
    "groups",
    "group_members",
    "group_eligibility_schedule_instances",
    "group_assignment_schedule_instances",
)
WHOLE: Final = ("role_assignments", "role_eligibility_schedule_instances", "group_members")

READING: Final[Mask] = sum(1 << bit for bit, need in enumerate(NEEDS) if need.operation.endswith("/read"))
DOING: Final[Mask] = ALL_NEEDS & ~READING
"""Everything but reading."""
SIGNING_IN: Final[Mask] = operations(["Microsoft.Compute/virtualMachines/*login*/action"])
_MOST_EXEMPT: Final = 2
"""So many accounts for emergencies may hold roles for good (controls.md RBAC-001); with more on the list, none may."""


def exempt(around: Around) -> frozenset[str]:
    """The accounts for emergencies, where there are not too many of them."""
    listed = around.settings.break_glass
    return frozenset(listed) if len(listed) <= _MOST_EXEMPT else frozenset()


def crowds(around: Around) -> Crowds:
    """Who stands behind each principal."""
    return around.once("crowds", lambda: Crowds(around.rights, around.access.people, exempt(around)))


def roles_of_people(case: Case) -> Roles:
    """The roles that people hold, in any way."""
    return _roles(case, people=True)


def roles_of_programs(case: Case) -> Roles:
    """The roles that service principals and managed identities hold, in any way."""
    return _roles(case, people=False)


def _roles(case: Case, *, people: bool) -> Roles:
    around, place = case.around, case.access_place
    reader = around.once(("held-roles", people), lambda: _reader(around, people=people))
    return around.once(("roles", people, place), lambda: Roles(reader.of(place.situation, place.gaps)))


def _reader(around: Around, *, people: bool) -> HeldRoles:
    reach = around.once("reach", lambda: Reach(around.estate))
    return HeldRoles(around.rights, crowds(around), reach, moment, people=people)


def kept(at: RolesAt, key: str, work_out: Callable[[], T]) -> T:
    """Something about the roles of one scope, worked out once for all machines that share them."""
    if key not in at.kept:
        at.kept[key] = work_out()
    return at.kept[key]


def chosen(roles: Roles, key: str, choose: Callable[[RoleHeld], RoleHeld | None]) -> Roles:
    """Some of the roles, perhaps changed; `key` names the choice."""

    def part(at: RolesAt) -> RolesAt:
        return kept(at, key, lambda: RolesAt(tuple(found for role in at.held if (found := choose(role)))))

    return Roles(tuple(found for at in roles.at if (found := part(at)).held))


def first(texts: Iterable[str]) -> str:
    """The first text that says something."""
    return next((text for text in texts if text), "")
