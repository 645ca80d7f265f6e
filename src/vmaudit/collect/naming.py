"""Whom and what the rows read so far name: the subjects of further questions, in lower case."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final, TypeVar

import msgspec

from vmaudit.collect.evidence import Evidence, Scope

RowsOf = Callable[[str], Iterable[bytes]]
"""The rows of a table, as far as they were read."""

W = TypeVar("W")

_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""How a deny assignment names everybody."""

_OF_AZURE: Final = (
    "role_assignments",
    "role_assignment_schedule_instances",
    "role_eligibility_schedule_instances",
    "deny_assignments",
)
_OF_DIRECTORY: Final = (
    "directory_role_assignments",
    "directory_role_assignment_schedule_instances",
    "directory_role_eligibility_schedule_instances",
)
_OF_GROUPS: Final = ("group_eligibility_schedule_instances", "group_assignment_schedule_instances")
_OWNERS: Final = ("group_owners", "service_principal_owners", "application_owners")


class _Someone(msgspec.Struct):
    id: str | None = None
    odata_type: str | None = msgspec.field(name="@odata.type", default=None)
    type: str | None = None

    @property
    def kind(self) -> str:
        """`user`, `group`, `serviceprincipal`, ... or "" where the row does not say."""
        return (self.odata_type or self.type or "").rpartition(".")[2].lower()


class _Holding(msgspec.Struct, rename="camel"):
    scope: str | None = None
    principal_id: str | None = None
    principal_type: str | None = None
    principals: list[_Someone] | None = None
    exclude_principals: list[_Someone] | None = None


class _OfAzure(msgspec.Struct):
    id: str | None = None
    properties: _Holding = msgspec.field(default_factory=_Holding)


class _OfGraph(msgspec.Struct, rename="camel"):
    principal_id: str | None = None
    group_id: str | None = None
    members: list[_Someone] | None = None
    owners: list[_Someone] | None = None


class _Workload(msgspec.Struct, rename="camel"):
    id: str
    app_id: str | None = None
    service_principal_type: str | None = None


class _Users(msgspec.Struct, rename="camel"):
    include_users: list[str] | None = None
    exclude_users: list[str] | None = None
    include_groups: list[str] | None = None
    exclude_groups: list[str] | None = None


class _Conditions(msgspec.Struct):
    users: _Users | None = None


class _Policy(msgspec.Struct):
    conditions: _Conditions | None = None


def subjects(evidence: Evidence, rows_of: RowsOf) -> set[str]:
    """What a table is to be asked for, by the rows of the tables before it."""
    match evidence.scope:
        case Scope.ROLE_SCOPE:
            return _role_scopes(evidence, rows_of)
        case Scope.GROUP | Scope.NESTED_GROUP:
            groups = _Groups(rows_of)
            others = groups.inside if evidence.scope is Scope.NESTED_GROUP else _groups_of_policies(rows_of)
            return groups.asked | others
        case Scope.PEOPLE:
            return _people_of_kind(evidence, rows_of)
        case Scope.WORKLOAD | Scope.APPLICATION:
            of_application = evidence.scope is Scope.APPLICATION
            return _lower(one.app_id if of_application else one.id for one in _workloads(rows_of))
        case _:
            return _ids(evidence, rows_of)


def _ids(evidence: Evidence, rows_of: RowsOf) -> set[str]:
    return _lower(row.id for of in evidence.of for row in _read(rows_of(of), _OfAzure))


def _role_scopes(evidence: Evidence, rows_of: RowsOf) -> set[str]:
    return _lower(row.properties.scope for of in evidence.of for row in _read(rows_of(of), _OfAzure))


def _people_of_kind(evidence: Evidence, rows_of: RowsOf) -> set[str]:
    """Those of the kind, and those whose kind nobody says."""
    kinds: dict[str, str] = {}
    for one, kind in _people(rows_of):
        if not kinds.get(one):
            kinds[one] = kind
    return {one for one, kind in kinds.items() if kind in {"", "foreigngroup", evidence.kind.lower()}}


class _Groups:
    """The groups that hold roles, and those that lead into them.

    Whether an id is that of a group is said by assignments of Azure and by members; what PIM and the directory's roles
    name is one if the directory itself lists it.
    """

    def __init__(self, rows_of: RowsOf) -> None:
        members: dict[str, set[str]] = defaultdict(set)
        known = _lower(row.id for row in _read(rows_of("groups"), _Someone))
        for row in _read(rows_of("group_members"), _OfGraph):
            inside = _lower(one.id for one in row.members or () if one.kind == "group")
            members[(row.group_id or "").lower()] |= inside
        led: dict[str, set[str]] = defaultdict(set)
        for row in _read_all(_OF_GROUPS, rows_of, _OfGraph):
            led[(row.group_id or "").lower()].add((row.principal_id or "").lower())
        holders = set(_holders(rows_of))
        self.asked = {one for one, kind in holders if kind == "group" or (not kind and one in known)}
        self.inside: set[str] = set()
        waiting = list(self.asked)
        for group in waiting:  # grows while it is walked
            nested, eligible = members.get(group, set[str]()), known & led.get(group, set[str]())
            fresh = (nested | eligible) - self.asked - self.inside
            self.inside |= fresh & nested
            self.asked |= fresh - nested
            waiting += fresh


def _holders(rows_of: RowsOf) -> Iterator[tuple[str, str]]:
    """Ids that hold roles, or that deny assignments name, each with its kind, "" where that is not said."""
    for row in _read_all(_OF_AZURE, rows_of, _OfAzure):
        held = row.properties
        if held.principal_id:
            yield held.principal_id.lower(), (held.principal_type or "").lower()
        yield from _each(held.principals)
        yield from _each(held.exclude_principals)
    for row in _read_all(_OF_DIRECTORY, rows_of, _OfGraph):
        yield from _each([_Someone(row.principal_id)])


def _people(rows_of: RowsOf) -> Iterator[tuple[str, str]]:
    """Everybody whose name and state matter, each with its kind as far as that is said."""
    yield from _holders(rows_of)
    groups = _Groups(rows_of)
    through = groups.asked | groups.inside
    for row in _read(rows_of("group_members"), _OfGraph):
        if (row.group_id or "").lower() in through:  # who is only in a policy's group holds nothing by that
            yield from _each(row.members)
    for row in _read_all(_OF_GROUPS, rows_of, _OfGraph):
        yield from _each([_Someone(row.principal_id)])
    for row in _read_all(_OWNERS, rows_of, _OfGraph):
        yield from _each(row.owners)
    yield from _named_in_policies(rows_of)


def _each(some: Iterable[_Someone] | None) -> Iterator[tuple[str, str]]:
    for one in some or ():
        if one.id and one.id != _NOBODY:
            yield one.id.lower(), one.kind


def _users_of_policies(rows_of: RowsOf) -> Iterator[_Users]:
    for row in _read(rows_of("conditional_access_policies"), _Policy):
        if row.conditions and row.conditions.users:
            yield row.conditions.users


def _named_in_policies(rows_of: RowsOf) -> Iterator[tuple[str, str]]:
    for users in _users_of_policies(rows_of):
        for one in (*(users.include_users or ()), *(users.exclude_users or ())):
            if _is_guid(one):  # and not `All`
                yield one.lower(), "user"
    for group in _groups_of_policies(rows_of):
        yield group, "group"


def _groups_of_policies(rows_of: RowsOf) -> set[str]:
    found = _users_of_policies(rows_of)
    return _lower(one for users in found for one in (*(users.include_groups or ()), *(users.exclude_groups or ())))


def _workloads(rows_of: RowsOf) -> Iterator[_Workload]:
    """Service principals of applications. A managed identity has neither owners nor credentials of its own."""
    for row in _read(rows_of("service_principals"), _Workload):
        if (row.service_principal_type or "application").lower() == "application":
            yield row


def _read(rows: Iterable[bytes], wire: type[W]) -> Iterator[W]:
    decode = msgspec.json.Decoder(wire).decode
    for row in rows:
        with suppress(msgspec.ValidationError):  # kept as it is: whoever reads the snapshot says what is wrong with it
            yield decode(row)


def _read_all(tables: Iterable[str], rows_of: RowsOf, wire: type[W]) -> Iterator[W]:
    for table in tables:
        yield from _read(rows_of(table), wire)


def _lower(names: Iterable[str | None]) -> set[str]:
    return {name.lower() for name in names if name}


def _is_guid(text: str) -> bool:
    return len(text) == len(_NOBODY) and text.count("-") == _NOBODY.count("-")
