"""People, groups and workload identities of a tenant: from Microsoft Graph's rows to values (azure-facts 3.3)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from msgspec import UnsetType
from msgspec.structs import replace

from vmaudit.estate.resources import Key
from vmaudit.estate.rights import NOT_SEEN, Kind, Principal, PrincipalId
from vmaudit.estate.roles import kind_of, principal_id, scope_key
from vmaudit.estate.wire_rights import (
    GroupMembersRow,
    HierarchyBody,
    HierarchyRow,
    MemberRow,
    PrincipalRow,
    SignInActivity,
)
from vmaudit.known import Read, Unknown

_MANAGEMENT_GROUPS: Final = "/providers/microsoft.management/managementgroups/"
_EXPANDED: Final = 20
"""Microsoft Graph's `$expand=members` shows so many and no more."""


@dataclass(slots=True)
class Directory:
    """What the directory's rows say, while they are read."""

    principals: dict[PrincipalId, Principal] = field(default_factory=dict[PrincipalId, Principal])
    by_address: dict[str, PrincipalId] = field(default_factory=dict[str, PrincipalId])
    """Users by their address, in lower case: classic administrators have nothing else."""
    members: dict[PrincipalId, set[PrincipalId]] = field(default_factory=lambda: defaultdict(set))
    listed: set[PrincipalId] = field(default_factory=set[PrincipalId])
    """Who has a row in the directory."""
    signed_in: dict[PrincipalId, Read[str]] = field(default_factory=dict[PrincipalId, Read[str]])
    """When users were seen last, by the rows that tell nothing else."""
    cut_short: set[PrincipalId] = field(default_factory=set[PrincipalId])
    """Groups of which only the first members were shown."""

    def add(self, row: PrincipalRow, kind: Kind) -> None:
        """Take in a person, group or service principal, with the members that its row shows."""
        found = Principal(principal_id(row.id), kind, _name(row), _marks(row), _seen(row))
        self.principals[found.id] = found
        self.listed.add(found.id)
        for address in (row.user_principal_name, row.mail):
            if kind == "User" and address:
                self.by_address[address.lower()] = found.id
        if row.members is not None:
            self._join(found.id, row.members)
            if len(row.members) >= _EXPANDED:
                self.cut_short.add(found.id)

    def add_members(self, row: GroupMembersRow) -> None:
        """Take in members of one group."""
        group = principal_id(row.group_id)
        self._join(group, row.members)

    def add_sign_in(self, row: PrincipalRow) -> None:
        """Take in a row that was asked for its last sign-in: one that tells of none says that there was none."""
        one = principal_id(row.id)
        seen = _seen(row if row.sign_in_activity is not None else replace(row, sign_in_activity=SignInActivity()))
        self.signed_in[one] = later(self.signed_in.get(one, NOT_SEEN), seen)

    def mention(self, given: str, kind: Kind, name: str) -> None:
        """Take in what another row says of somebody, unless the directory itself says more."""
        found = self.principals.get(given)
        if found is None or (found.kind == "Unknown" and kind != "Unknown") or (not found.name and name):
            merged = kind if found is None or found.kind == "Unknown" else found.kind
            bare = Principal(given, merged, name)
            self.principals[given] = bare if found is None else replace(found, kind=merged, name=name)

    def _join(self, group: PrincipalId, rows: Iterable[str | MemberRow]) -> None:
        for row in rows:
            if isinstance(row, str):
                self.members[group].add(principal_id(row))
                self.mention(principal_id(row), "Unknown", "")
            else:
                self.members[group].add(principal_id(row.id))
                self.mention(principal_id(row.id), kind_of(row.odata_type), _name(row))


def _name(row: MemberRow) -> str:
    return row.display_name or row.user_principal_name or ""


def _marks(row: PrincipalRow) -> tuple[str, ...]:
    guest = (row.user_type or "").lower() == "guest"
    return tuple(mark for mark, stands in (("guest", guest), ("disabled", row.account_enabled is False)) if stands)


def _seen(row: PrincipalRow) -> Read[str]:
    """The latest of the moments that Microsoft Graph keeps. Who never signed in counts from when he was made."""
    if row.sign_in_activity is None:
        return NOT_SEEN
    activity = row.sign_in_activity
    moments = (
        activity.last_sign_in_date_time,
        activity.last_non_interactive_sign_in_date_time,
        activity.last_successful_sign_in_date_time,
    )
    known = max((text for text in moments if text), default=row.created_date_time)
    return known or Unknown("it never signed in, and when it was made was not read")


def later(one: Read[str], other: Read[str]) -> Read[str]:
    """The later of two moments at which somebody was seen; the one that is known where the other is not."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return other if isinstance(one, Unknown) else one
    return max(one, other)


def ancestors(row: HierarchyRow) -> tuple[Key, ...] | None:
    """The management groups above a subscription or management group; None where its row does not tell."""
    body: HierarchyBody = row if isinstance(row.properties, UnsetType) else row.properties
    chain = body.management_group_ancestors_chain
    if chain is None and body.details is not None:
        chain = body.details.management_group_ancestors_chain
    if chain is None:
        return None
    names = ((one.name or one.id or "").rpartition("/")[2] for one in chain)
    return tuple(scope_key(f"{_MANAGEMENT_GROUPS}{name}") for name in names)
