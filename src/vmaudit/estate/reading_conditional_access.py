"""The tables about Conditional Access become `ConditionalAccess`: Microsoft Graph's JSON to values (facts 3.1, 3.3)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

import msgspec

from vmaudit.estate.conditional_access import (
    TABLES,
    ConditionalAccess,
    DirectoryRole,
    GuestKind,
    Workload,
)
from vmaudit.estate.conditional_access_policies import read_location, read_policy
from vmaudit.estate.fields import Fields
from vmaudit.estate.reading import gap
from vmaudit.estate.rights import PrincipalId
from vmaudit.estate.roles import principal_id
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.known import Read, Unknown
from vmaudit.snapshot.manifest import OutcomeKind
from vmaudit.snapshot.reading import Snapshot

T = TypeVar("T")


class _UserRow(msgspec.Struct, rename="camel", gc=False):
    """A user, as far as policies ask."""

    id: str = ""
    user_type: str | None = None
    user_principal_name: str | None = None
    external_user_state: str | None = None


_USER: Final = msgspec.json.Decoder(_UserRow)
_NOBODY: Final = Unknown("who holds directory roles: the evidence names nobody, and every tenant has administrators")
_EXPANDED: Final = 20
"""Microsoft Graph's `$expand=members` shows so many and no more."""


def read_conditional_access(snapshot: Snapshot) -> ConditionalAccess:
    """Read it. A row that can't be read leaves its table incomplete, with the reason."""
    return _Reader(snapshot).all()


class _Reader:
    """One pass over the tables; remembers what could not be read."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._broken: dict[str, list[str]] = {}

    def all(self) -> ConditionalAccess:
        policies = sorted(self._each("conditional_access_policies", read_policy), key=lambda one: (one.name, one.id))
        locations = {one.id: one for one in self._each("named_locations", read_location)}
        people = list(self._people())
        workloads = dict(self._each("service_principals", _workload)) if policies else {}
        assigned = list(self._each("directory_role_assignments", _holder)) if policies else []
        roles = dict(self._each("directory_roles", _role)) if policies else {}
        names = dict(self._each("directory_role_definitions", _role_name)) if policies else {}
        defaults = list(self._each("security_defaults", _is_enabled))
        methods = dict(one for row in self._each("authentication_methods_policy", _methods) for one in row)
        tenants = self._each("subscriptions", _tenant) if policies else ()
        tables = {table: self._completeness(table) for table in TABLES}
        # No tenant is without an administrator: a list of nobody was not read, whatever is asserted.
        all_assigned = tables["directory_role_assignments"] is True and bool(assigned)
        whole = True if all_assigned else tables["directory_roles"] if roles else _NOBODY
        return ConditionalAccess(
            policies=tuple(policies),
            locations=locations,
            guests={one: kind for one, kind, _ in people},
            sign_in_names={name: one for one, _, name in people if name},
            workloads=workloads,
            roles=_roles(roles, assigned, names, whole=all_assigned),
            other_roles=whole,
            security_defaults=defaults[0] if defaults else _not_read(tables["security_defaults"]),
            methods=methods,
            tenants=frozenset(tenants) - {""},
            tables=tables,
            broken={table: tuple(problems) for table, problems in self._broken.items()},
        )

    def _each(self, table: str, read: Callable[[Fields], T]) -> Iterator[T]:
        for row in self._snapshot.rows(table):
            try:
                yield read(Fields.of_row(row))
            except RowUnreadableError as problem:
                self._broken.setdefault(table, []).append(str(problem))

    def _people(self) -> Iterator[tuple[PrincipalId, Read[GuestKind], str]]:
        """What each user is, and the name that he signs in with. Directories are large: most rows take a short road."""
        for row in self._snapshot.rows("users"):
            try:
                read = _USER.decode(row)
                yield _person(read) if read.id else _person_of(Fields.of_row(row))
            except (msgspec.ValidationError, RowUnreadableError) as problem:
                self._broken.setdefault("users", []).append(str(problem))

    def _completeness(self, table: str) -> Read[bool]:
        entry = self._snapshot.entry(table)
        broken = self._broken.get(table)
        if broken:
            return Unknown(f"{len(broken)} rows of {table} could not be read ({broken[0]})")
        if not entry.outcomes or any(outcome.outcome is not OutcomeKind.COMPLETE for outcome in entry.outcomes):
            return Unknown(gap(entry))
        return True


def _identity(fields: Fields) -> PrincipalId:
    found = principal_id(fields.text("id"))
    if not found:
        raise RowUnreadableError("it has no id")
    return found


def _person(row: _UserRow) -> tuple[PrincipalId, Read[GuestKind], str]:
    """Who comes from outside was invited, and has `#EXT#` in the name that he signs in with."""
    name = (row.user_principal_name or "").lower()
    external = "#ext#" in name or bool(row.external_user_state)
    kind: Read[GuestKind] = Unknown("their row does not say whether they are a guest")
    match (row.user_type or "").lower():
        case "guest":
            kind = "b2bcollaborationguest" if external else "internalguest"
        case "member":
            kind = "b2bcollaborationmember" if external else "member"
        case _:
            pass
    return principal_id(row.id), kind, name


def _person_of(fields: Fields) -> tuple[PrincipalId, Read[GuestKind], str]:
    """The same for a row with its keys in other letters, as PowerShell writes them."""
    return _person(
        _UserRow(
            _identity(fields),
            fields.text("userType"),
            fields.text("userPrincipalName"),
            fields.text("externalUserState"),
        )
    )


def _workload(fields: Fields) -> tuple[PrincipalId, Workload]:
    return _identity(fields), Workload(
        fields.text("appId").lower(),
        fields.text("servicePrincipalType").lower(),
        fields.text("appOwnerOrganizationId").lower(),
    )


def _role(fields: Fields) -> tuple[str, DirectoryRole]:
    """A directory role by its template. `$expand=members` shows the first of them only."""
    template = fields.text("roleTemplateId").lower() or fields.text("id").lower()
    if not template:
        raise RowUnreadableError("it has neither a template nor an id")
    name = fields.text("displayName") or template
    if not fields.has("members"):
        return template, DirectoryRole(name, frozenset(), Unknown(f"who holds the role {name} was not read"))
    members = frozenset(_identity(one) for one in fields.each("members"))
    cut = len(members) >= _EXPANDED
    whole: Read[bool] = Unknown(f"only the first holders of the role {name} were read") if cut else True
    return template, DirectoryRole(name, members, whole)


def _holder(fields: Fields) -> tuple[str, PrincipalId]:
    """Who holds which role; "" for one that counts for a part of the tenant only, which policies do not see."""
    here = fields.text("directoryScopeId") in {"", "/"}
    return fields.text("roleDefinitionId").lower() if here else "", principal_id(fields.text("principalId"))


def _role_name(fields: Fields) -> tuple[str, str]:
    return fields.text("id").lower(), fields.text("displayName")


def _roles(
    read: dict[str, DirectoryRole], assigned: Iterable[tuple[str, PrincipalId]], names: dict[str, str], *, whole: bool
) -> dict[str, DirectoryRole]:
    """Roles with their holders by either table. A built-in role has the id of its template in every tenant."""
    holders: dict[str, set[PrincipalId]] = defaultdict(set)
    for template, principal in assigned:
        holders[template].add(principal)
    found: dict[str, DirectoryRole] = {}
    for template in {*read, *holders} - {""}:
        row = read.get(template)
        name = names.get(template) or (row.name if row else template)
        members = (row.members if row else frozenset[PrincipalId]()) | holders[template]
        unread = row.whole if row else Unknown(f"only some holders of the role {name} were read")
        found[template] = DirectoryRole(name, members, True if whole else unread)
    return found


def _is_enabled(fields: Fields) -> bool:
    found = fields.flag("isEnabled")
    if found is None:
        raise RowUnreadableError("it does not say whether it is on")
    return found


def _not_read(whole: Read[bool]) -> Unknown:
    return whole if isinstance(whole, Unknown) else Unknown("no row says whether security defaults are on")


def _methods(fields: Fields) -> tuple[tuple[str, bool], ...]:
    """Which methods may be used by anybody."""
    configurations = fields.each("authenticationMethodConfigurations")
    return tuple((one.text("id").lower(), one.text("state").lower() == "enabled") for one in configurations)


def _tenant(fields: Fields) -> str:
    return fields.text("tenantId").lower()
