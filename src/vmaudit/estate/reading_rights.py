"""The tables about who may act become `Rights`. They are read apart from the estate: not every question needs them."""

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from msgspec.structs import replace

from vmaudit.estate.directory import Directory, ancestors, later
from vmaudit.estate.directory_guards import read_administrators, read_group_policies, read_groups, read_joins
from vmaudit.estate.directory_programs import read_workloads
from vmaudit.estate.directory_reviews import read_reviews
from vmaudit.estate.policies import read_policies
from vmaudit.estate.reading import gap
from vmaudit.estate.resources import Key
from vmaudit.estate.rights import (
    NOT_SEEN,
    Assignment,
    DenyAssignment,
    Held,
    Kind,
    Principal,
    PrincipalId,
    Rights,
    RoleDefinition,
    RoleId,
    RolePolicy,
)
from vmaudit.estate.roles import (
    held_by,
    in_force,
    origin_of,
    principal_name,
    read_assignment,
    read_classic,
    read_deny,
    read_role,
    scope_key,
)
from vmaudit.estate.rows import Nested, RowUnreadableError, decoder
from vmaudit.estate.wire_rights import (
    AssignmentRow,
    ClassicAdministratorRow,
    DenyAssignmentRow,
    GroupMembersRow,
    HierarchyRow,
    PolicyRow,
    PrincipalRow,
    RoleDefinitionRow,
)
from vmaudit.known import Read, Unknown
from vmaudit.snapshot.access_tables import ACCESS_TABLES
from vmaudit.snapshot.directory_tables import DIRECTORY_TABLES
from vmaudit.snapshot.manifest import OutcomeKind
from vmaudit.snapshot.reading import Snapshot
from vmaudit.snapshot.tables import BY_NAME

W = TypeVar("W", bound=Nested)
T = TypeVar("T")

_PEOPLE: Final[tuple[tuple[str, Kind], ...]] = (
    ("users", "User"),
    ("groups", "Group"),
    ("service_principals", "ServicePrincipal"),
)
_NEVER_EMPTY: Final = frozenset({"role_assignments", "role_definitions", "users"})
"""No tenant is without any: a table of these that holds nothing was not read, whatever is asserted."""


def read_rights(snapshot: Snapshot) -> Rights:
    """Read who may act. A row that can't be read leaves its table incomplete, with the reason."""
    return _RightsReader(snapshot).rights()


class _RightsReader:
    """One pass over the tables; remembers what could not be read."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._broken: dict[str, dict[int | str, str]] = {}
        self._directory = Directory()

    def rights(self) -> Rights:
        """All of it."""
        for table, kind in _PEOPLE:
            for row in self._rows(table, PrincipalRow):
                self._directory.add(row, kind)
        for row in self._rows("user_sign_ins", PrincipalRow):
            self._directory.add_sign_in(row)
        for row in self._rows("group_members", GroupMembersRow):
            self._directory.add_members(row)
        active = (*self._active(), *self._classic())
        eligible = tuple(self._instances("role_eligibility_schedule_instances", "eligible"))
        roles = self._roles()
        denies = tuple(self._denies())
        above = self._above()
        policies = self._policies()
        members = {group: tuple(sorted(found)) for group, found in self._directory.members.items()}
        joins, group_policies = read_joins(self._rows), read_group_policies(self._rows)
        administrators = tuple(read_administrators(self._rows))
        groups = read_groups(self._rows, self._completeness)
        workloads = read_workloads(self._rows, self._completeness)
        reviews = tuple(read_reviews(self._rows, self._completeness))
        tables = {table.name: self._completeness(table.name) for table in (*ACCESS_TABLES, *DIRECTORY_TABLES)}
        return Rights(
            active=active,
            eligible=eligible,
            roles=roles,
            denies=denies,
            activations={key: policy.activation for key, policy in policies.items()},
            policies=policies,
            principals=self._principals(tables),
            members=members,
            joins=joins,
            groups=groups,
            group_policies=group_policies,
            workloads=workloads,
            administrators=administrators,
            reviews=reviews,
            cut_short=frozenset(self._directory.cut_short),
            above=above,
            tables=tables,
            broken=tuple(problem for problems in self._broken.values() for problem in problems.values()),
        )

    def _rows(self, table: str, wire: type[W]) -> Iterator[W]:
        """The rows of a table. Some tables are read twice, for different questions: a row is noted once."""
        decode = decoder(wire)
        for number, row in enumerate(self._snapshot.rows(table)):
            try:
                yield decode(row)
            except RowUnreadableError as problem:
                self._note(table, number, str(problem))

    def _each(self, table: str, wire: type[W], read: Callable[[W], T]) -> Iterator[tuple[W, T]]:
        for row in self._rows(table, wire):
            try:
                yield row, read(row)
            except RowUnreadableError as problem:
                says = f"{getattr(row, 'id', '')}: {problem}"
                self._note(table, says, says)

    def _note(self, table: str, row: int | str, problem: str) -> None:
        self._broken.setdefault(table, {}).setdefault(row, problem)

    def _active(self) -> Iterator[Assignment]:
        """Role assignments with the way in which PIM says they are held, and those that only PIM shows.

        A list of assignments cannot tell a permanent one from an activated one (azure-facts 2.1): without an instance
        it is not known how an assignment is held.
        """
        instances: dict[str, Assignment] = {}
        alone: dict[str, Assignment] = {}
        table = "role_assignment_schedule_instances"
        for row, instance in self._each(table, AssignmentRow, lambda row: read_assignment(row, held_by(row))):
            if not in_force(row):
                continue
            origin, direct = origin_of(row)
            self._mention(instance, row)
            if direct or origin not in instances:
                instances[origin] = instance
                alone[origin or row.id.lower()] = instance
        for row, assignment in self._each(
            "role_assignments", AssignmentRow, lambda row: read_assignment(row, "unknown")
        ):
            key = row.id.lower()
            self._mention(assignment, row)
            alone.pop(key, None)
            found = instances.get(key)
            yield (
                assignment
                if found is None
                else replace(assignment, held=found.held, begins=found.begins, ends=found.ends)
            )
        yield from alone.values()

    def _instances(self, table: str, held: Held) -> Iterator[Assignment]:
        for row, instance in self._each(table, AssignmentRow, lambda row: read_assignment(row, held)):
            if in_force(row):
                self._mention(instance, row)
                yield instance

    def _classic(self) -> Iterator[Assignment]:
        for _, (assignment, address) in self._each("classic_administrators", ClassicAdministratorRow, read_classic):
            known = self._directory.by_address.get(address)
            if known is None:
                self._directory.mention(address, "User", address)
            yield assignment if known is None else replace(assignment, principal=known)

    def _mention(self, assignment: Assignment, row: AssignmentRow) -> None:
        self._directory.mention(assignment.principal, assignment.kind, principal_name(row))

    def _roles(self) -> dict[RoleId, RoleDefinition]:
        """Roles by GUID. One that is listed in several scopes with other permissions has all of them."""
        found: dict[RoleId, RoleDefinition] = {}
        for _, role in self._each("role_definitions", RoleDefinitionRow, read_role):
            earlier = found.get(role.id)
            both = role.permissions if earlier is None else dict.fromkeys((*earlier.permissions, *role.permissions))
            found[role.id] = replace(role, permissions=tuple(both))
        return found

    def _denies(self) -> Iterator[DenyAssignment]:
        seen: set[str] = set()
        for row, deny in self._each("deny_assignments", DenyAssignmentRow, read_deny):
            if deny is not None and row.id.lower() not in seen:
                seen.add(row.id.lower())
                yield deny

    def _policies(self) -> dict[tuple[Key, RoleId], RolePolicy]:
        policies = {row.id.lower(): row for row in self._rows("role_management_policies", PolicyRow)}
        return read_policies(self._rows("role_management_policy_assignments", PolicyRow), policies)

    def _above(self) -> dict[Key, tuple[Key, ...]]:
        rows = ((scope_key(row.id), ancestors(row)) for row in self._rows("subscriptions", HierarchyRow))
        return {key: chain for key, chain in rows if chain is not None}

    def _principals(self, tables: dict[str, Read[bool]]) -> dict[PrincipalId, Principal]:
        """Everybody who was named. Whom a directory that was read whole does not know was deleted."""
        # An empty table is none: `--complete` may be said of files that hold no people at all.
        whole = {kind for table, kind in _PEOPLE if tables[table] is True and self._snapshot.entry(table).rows}
        found: dict[PrincipalId, Principal] = {}
        for one, mentioned in self._directory.principals.items():
            principal = mentioned
            if mentioned.kind == "Unknown" and one in self._directory.members:
                principal = replace(mentioned, kind="Group")
            gone = one not in self._directory.listed and "@" not in one
            gone = gone and (principal.kind in whole or (principal.kind == "Unknown" and len(whole) == len(_PEOPLE)))
            marks = (*principal.marks, "deleted") if gone else principal.marks
            seen = later(principal.seen, self._directory.signed_in.get(one, NOT_SEEN))
            found[one] = replace(principal, marks=marks, seen=seen)
        return found

    def _completeness(self, table: str) -> Read[bool]:
        entry = self._snapshot.entry(table)
        if self._broken.get(table):
            return Unknown(f"{len(self._broken[table])} rows of {table} could not be read")
        if not entry.outcomes or any(outcome.outcome is not OutcomeKind.COMPLETE for outcome in entry.outcomes):
            return Unknown(gap(entry))
        if table in _NEVER_EMPTY and not entry.rows:
            return Unknown(f"{BY_NAME[table].title}: the evidence holds none, and every tenant has some")
        return True
