"""How hard it is to get into groups, and who administers the directory: from Graph's rows to values (facts 2.3)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from msgspec import UNSET

from vmaudit.estate.policies import read_rules
from vmaudit.estate.rights import Administrator, Group, Held, Join, PrincipalId, RolePolicy
from vmaudit.estate.roles import principal_id
from vmaudit.estate.rows import Nested
from vmaudit.estate.wire_directory import (
    DirectoryAssignmentRow,
    DirectoryRoleRow,
    GraphPolicyRow,
    GroupInstanceRow,
    NamedGroupRow,
    OwnersRow,
)
from vmaudit.known import Read, Unknown

GLOBAL_ADMINISTRATOR: Final = "62e90394-69f5-4237-9190-012177145e10"
"""The template of the directory role, the same in every tenant."""

W = TypeVar("W", bound=Nested)


class Rows(Protocol):
    """Reads the rows of a table as one wire type; a row that can't be read is noted and left out."""

    def __call__(self, table: str, wire: type[W]) -> Iterator[W]:
        """The rows of a table."""
        ...


Complete: TypeAlias = Callable[[str], Read[bool]]
"""Says of a table whether it holds everything there is. It is to be asked after the rows were read."""


def read_joins(rows: Rows) -> Mapping[PrincipalId, tuple[Join, ...]]:
    """Per group, whom PIM for Groups knows."""
    found: dict[PrincipalId, list[Join]] = defaultdict(list)
    for row in rows("group_eligibility_schedule_instances", GroupInstanceRow):
        found[principal_id(row.group_id)].append(_join(row, "eligible"))
    for row in rows("group_assignment_schedule_instances", GroupInstanceRow):
        found[principal_id(row.group_id)].append(_join(row, _held(row.assignment_type, row.end_date_time)))
    return {group: tuple(joins) for group, joins in found.items()}


def _join(row: GroupInstanceRow, held: Held) -> Join:
    owner = (row.access_id or "").lower() == "owner"
    return Join(principal_id(row.principal_id), owner, held, row.end_date_time or "")


def _held(kind: str | None, ends: str | None) -> Held:
    match (kind or "").lower():
        case "activated":
            return "activated"
        case "assigned":
            return "time-bound" if ends else "standing"
        case _:
            return "unknown"


def owners(rows: Rows, table: str) -> Mapping[PrincipalId, tuple[PrincipalId, ...]]:
    """Per object, whoever owns it."""
    found: dict[PrincipalId, dict[PrincipalId, None]] = defaultdict(dict)
    for row in rows(table, OwnersRow):
        owned = row.group_id or row.service_principal_id or row.application_id or ""
        ids = (one if isinstance(one, str) else one.id for one in row.owners)
        found[principal_id(owned)] |= dict.fromkeys(principal_id(one) for one in ids)
    return {owned: tuple(sorted(them)) for owned, them in found.items()}


def read_groups(rows: Rows, complete: Complete) -> dict[PrincipalId, Group]:
    """What decides how hard it is to get into each group."""
    owned = owners(rows, "group_owners")
    unread = complete("group_owners")
    nobody: Read[tuple[PrincipalId, ...]] = unread if isinstance(unread, Unknown) else ()
    return {
        (group := principal_id(row.id)): Group(
            role_assignable=_said(row.is_assignable_to_role, "may carry directory roles", _yes),
            open=_said(row.visibility, "is open to all", _is_public),
            dynamic=_said(row.group_types, "is dynamic", _is_dynamic),
            owners=owned.get(group, nobody),
        )
        for row in rows("groups", NamedGroupRow)
    }


def _yes(value: Any) -> bool:
    return value is True


def _is_public(value: Any) -> bool:
    return str(value or "").lower() == "public"


def _is_dynamic(kinds: Any) -> bool:
    return any(str(kind).lower() == "dynamicmembership" for kind in kinds or ())


def _said(value: Any, what: str, says: Callable[[Any], bool]) -> Read[bool]:
    """An answer that a row gives; null is one, and a field that is not there is none."""
    return Unknown(f"its row does not say whether it {what}") if value is UNSET else says(value)


def read_group_policies(rows: Rows) -> dict[PrincipalId, RolePolicy]:
    """What PIM asks of whoever becomes a member of a group."""
    return {
        principal_id(row.scope_id): read_rules(row.policy.rules)
        for row in rows("group_policy_assignments", GraphPolicyRow)
        if row.scope_id and row.policy and row.policy.rules and (row.role_definition_id or "").lower() == "member"
    }


def read_administrators(rows: Rows) -> Iterator[Administrator]:
    """Whoever is a Global Administrator of the whole tenant, each with how it is held."""
    roles = {GLOBAL_ADMINISTRATOR} | {
        row.id.lower()
        for row in rows("directory_role_definitions", DirectoryRoleRow)
        if (row.template_id or "").lower() == GLOBAL_ADMINISTRATOR
    }
    found: dict[PrincipalId, set[Held]] = defaultdict(set)
    for row in _holders(rows, "directory_role_assignment_schedule_instances", roles):
        found[principal_id(row.principal_id)].add(_held(row.assignment_type, row.end_date_time))
    for row in _holders(rows, "directory_role_assignments", roles):
        if principal_id(row.principal_id) not in found:
            found[principal_id(row.principal_id)].add("unknown")
    for row in _holders(rows, "directory_role_eligibility_schedule_instances", roles):
        found[principal_id(row.principal_id)].add("eligible")
    for principal in sorted(found):
        yield from (Administrator(principal, held) for held in sorted(found[principal]))


def _holders(rows: Rows, table: str, roles: set[str]) -> Iterator[DirectoryAssignmentRow]:
    """Rows about one of these roles in the whole tenant, not in an administrative unit."""
    for row in rows(table, DirectoryAssignmentRow):
        if (row.role_definition_id or "").lower() in roles and (row.directory_scope_id or "/") == "/":
            yield row
