"""Roles, assignments, PIM and deny assignments: from Azure's spellings to values (azure-facts 2, 6.1)."""

from collections.abc import Iterable
from typing import Final

from msgspec import UnsetType

from vmaudit.estate.resources import Key
from vmaudit.estate.rights import (
    EVERYONE,
    ROOT,
    Assignment,
    DenyAssignment,
    Held,
    Kind,
    Permission,
    PrincipalId,
    RoleDefinition,
    RoleId,
)
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.estate.wire_rights import (
    AssignmentBody,
    AssignmentRow,
    ClassicAdministratorBody,
    ClassicAdministratorRow,
    DenyAssignmentBody,
    DenyAssignmentRow,
    PermissionRow,
    RoleDefinitionBody,
    RoleDefinitionRow,
)
from vmaudit.known import Read, Unknown

CLASSIC: Final[RoleId] = "classic-administrator"
"""Stands for the rights of a classic administrator, which no role definition describes."""

_KINDS: Final[dict[str, Kind]] = {
    "user": "User",
    "group": "Group",
    "serviceprincipal": "ServicePrincipal",
    "application": "ServicePrincipal",
    "foreigngroup": "ForeignGroup",
    "device": "Device",
}
_ENDED: Final = frozenset({"denied", "failed", "canceled", "revoked", "timedout", "admindenied", "invalid"})
"""States of a PIM request that give nobody a role. The list is open: a state that is not here counts."""


def kind_of(text: str | None) -> Kind:
    """Azure's word for what somebody is; "Unknown" for one that it does not document.

    >>> kind_of("servicePrincipal"), kind_of(None)
    ('ServicePrincipal', 'Unknown')
    """
    return _KINDS.get((text or "").lower().removeprefix("#microsoft.graph."), "Unknown")


def principal_id(text: str) -> PrincipalId:
    """An object id, with its dashes: deny assignments were recorded without.

    >>> principal_id("F8D526A054EB4941AE69EBF4A334D0F0")
    'f8d526a0-54eb-4941-ae69-ebf4a334d0f0'
    """
    plain = text.strip().lower()
    if len(plain) == 32 and plain.isalnum():
        return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))
    return plain


def scope_key(text: str) -> Key:
    """A scope in lower case, without the slash at its end; PIM writes a provider in front of a subscription.

    >>> scope_key("/providers/Microsoft.Subscription/subscriptions/S/"), scope_key("/")
    ('/subscriptions/s', '/')
    """
    plain = text.strip().lower().removeprefix("/providers/microsoft.subscription")
    return plain.rstrip("/") or ROOT


def role_id(text: str) -> RoleId:
    """The GUID at the end of the id of a role definition."""
    return text.strip().lower().rstrip("/").rpartition("/")[2]


def read_permissions(rows: Iterable[PermissionRow]) -> tuple[Permission, ...]:
    """Permission objects in their order."""
    return tuple(
        Permission(
            _lower(row.actions),
            _lower(row.not_actions),
            _lower(row.data_actions),
            _lower(row.not_data_actions),
            row.condition or "",
        )
        for row in rows
    )


def _lower(texts: tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(text.strip().lower() for text in texts or ())


def read_role(row: RoleDefinitionRow) -> RoleDefinition:
    """A role. Raises RowUnreadableError where what it permits was left out."""
    body: RoleDefinitionBody = row if isinstance(row.properties, UnsetType) else row.properties
    rows = body.permissions
    if rows is None and (body.actions is not None or body.data_actions is not None):
        rows = (body,)
    if rows is None:
        raise RowUnreadableError("its permissions were left out")
    found = role_id(row.id) or (row.name or "").lower()
    if not found:
        raise RowUnreadableError("it has neither an id nor a name")
    return RoleDefinition(found, body.role_name or row.name or "", read_permissions(rows), _is_custom(body), row.id)


def _is_custom(body: RoleDefinitionBody) -> Read[bool]:
    """ARM says it by the type of the role, which the CLI calls `roleType`; PowerShell prints `IsCustom`."""
    kinds = [text.lower() for text in (body.role_type, body.type) if text]
    for kind in kinds:
        if kind in {"customrole", "builtinrole"}:
            return kind == "customrole"
    return (
        Unknown("the row of the role does not say whether it is custom") if body.is_custom is None else body.is_custom
    )


def read_assignment(row: AssignmentRow, held: Held) -> Assignment:
    """A role of somebody at a scope. Raises RowUnreadableError where one of the three was left out."""
    body: AssignmentBody = row if isinstance(row.properties, UnsetType) else row.properties
    scope = body.scope or row.id[: max(row.id.lower().find("/providers/microsoft.authorization/"), 0)]
    if not body.principal_id or not body.role_definition_id or not scope:
        raise RowUnreadableError("it does not name a principal, a role and a scope")
    expanded = body.expanded_properties
    named = expanded.role_definition.display_name if expanded and expanded.role_definition else None
    return Assignment(
        id=row.id,
        principal=principal_id(body.principal_id),
        kind=kind_of(body.principal_type),
        role=role_id(body.role_definition_id),
        role_name=body.role_definition_name or named or "",
        scope=scope_key(scope),
        where=scope,
        condition=body.condition or "",
        held=held,
        begins=body.start_date_time or "",
        ends=body.end_date_time or "",
    )


def principal_name(row: AssignmentRow) -> str:
    """The name of the principal as the row of an assignment shows it; "" where it shows none."""
    body: AssignmentBody = row if isinstance(row.properties, UnsetType) else row.properties
    expanded = body.expanded_properties
    shown = expanded.principal.display_name if expanded and expanded.principal else None
    return shown or body.principal_name or ""


def in_force(row: AssignmentRow) -> bool:
    """Whether an instance of PIM gives somebody its role."""
    body: AssignmentBody = row if isinstance(row.properties, UnsetType) else row.properties
    return (body.status or "").lower() not in _ENDED


def origin_of(row: AssignmentRow) -> tuple[str, bool]:
    """The role assignment that an instance is about, in lower case, and whether it is held by nobody in between."""
    body: AssignmentBody = row if isinstance(row.properties, UnsetType) else row.properties
    return (body.origin_role_assignment_id or "").lower(), (body.member_type or "direct").lower() == "direct"


def held_by(row: AssignmentRow) -> Held:
    """How an active role is held, by its instance: a permanent one has no end (azure-facts 2.1)."""
    body: AssignmentBody = row if isinstance(row.properties, UnsetType) else row.properties
    kind = (body.assignment_type or "").lower()
    if kind == "activated":
        return "activated"
    if kind == "assigned":
        return "time-bound" if body.end_date_time else "standing"
    return "unknown"


def read_deny(row: DenyAssignmentRow) -> DenyAssignment | None:
    """A deny assignment; None for one with a condition, which may not deny.

    Raises RowUnreadableError where it does not say whom it denies what.
    """
    body: DenyAssignmentBody = row if isinstance(row.properties, UnsetType) else row.properties
    scope = body.scope or row.id.lower().partition("/providers/microsoft.authorization/")[0]
    if body.principals is None or body.permissions is None or not scope:
        raise RowUnreadableError("it does not say whom it denies what")
    permissions = read_permissions(body.permissions)
    if body.condition or any(permission.condition for permission in permissions):
        return None
    return DenyAssignment(
        id=row.id,
        scope=scope_key(scope),
        permissions=permissions,
        principals=frozenset(principal_id(one.id) for one in body.principals),
        excluded=frozenset(principal_id(one.id) for one in body.exclude_principals or ()) - {EVERYONE},
        excluded_groups=frozenset(
            principal_id(one.id) for one in body.exclude_principals or () if kind_of(one.type) in {"Group", "Unknown"}
        )
        - {EVERYONE},
        here_only=body.do_not_apply_to_child_scopes is True,
    )


def read_classic(row: ClassicAdministratorRow) -> tuple[Assignment, str]:
    """A classic administrator, and the address by which the directory knows him.

    Whether Azure still honours it is not known: these roles were retired on 31 August 2024 (azure-facts 1.1).
    """
    body: ClassicAdministratorBody = row if isinstance(row.properties, UnsetType) else row.properties
    scope = row.id[: row.id.lower().find("/providers/")]
    if not body.email_address or not scope:
        raise RowUnreadableError("it does not name a person and a subscription")
    address = body.email_address.lower()
    name = f"Classic administrator ({body.role})" if body.role else "Classic administrator"
    return Assignment(row.id, address, "User", CLASSIC, name, scope_key(scope), scope, "", "unknown"), address
