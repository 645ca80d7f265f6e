"""Who may do what, as evidence says it: roles, assignments, PIM and the directory, as frozen values.

Ids of people and groups, ids of roles (GUIDs) and scopes are in lower case: Azure spells each in many letter cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import msgspec

from vmaudit.estate.resources import Key
from vmaudit.known import Read, Unknown
from vmaudit.snapshot.access_tables import ACCESS_TABLES
from vmaudit.snapshot.directory_tables import DIRECTORY_TABLES

PrincipalId: TypeAlias = str
RoleId: TypeAlias = str
"""The GUID of a role: the same for a built-in role in every scope and tenant, unique for a custom role."""

Kind: TypeAlias = Literal["User", "Group", "ServicePrincipal", "ForeignGroup", "Device", "Unknown"]
Held: TypeAlias = Literal["standing", "time-bound", "activated", "eligible", "unknown"]

EVERYONE: Final[PrincipalId] = "00000000-0000-0000-0000-000000000000"
"""Whom deny assignments name where they mean all principals (azure-facts 6.1)."""

NOT_SEEN: Final = Unknown("when it last signed in was not read (needs AuditLog.Read.All)")

ROOT: Final[Key] = "/"
"""The scope above all management groups."""


class Permission(msgspec.Struct, frozen=True, gc=False):
    """One permission object of a role. Patterns are in lower case."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str = ""


class RoleDefinition(msgspec.Struct, frozen=True, gc=False):
    """A role, built-in or custom."""

    id: RoleId
    name: str
    permissions: tuple[Permission, ...]
    custom: Read[bool] = Unknown("the row of the role does not say whether it is custom")
    where: str = ""
    """Its full id, in the evidence's own spelling."""


class Assignment(msgspec.Struct, frozen=True, gc=False):
    """A role of one principal at one scope, active or eligible. `id` is the proof, in the evidence's own spelling."""

    id: str
    principal: PrincipalId
    kind: Kind
    role: RoleId
    role_name: str
    """As the row itself says; "" where it does not."""
    scope: Key
    where: str
    """The scope as the evidence spells it."""
    condition: str
    held: Held
    begins: str = ""
    """When it was given, in RFC 3339; "" where no row of PIM says it."""
    ends: str = ""
    """When it ends; "" for one without an end, and where no row of PIM says it."""


class DenyAssignment(msgspec.Struct, frozen=True, gc=False):
    """What nobody of `principals` may do at a scope, whatever their roles say, but for those who are excluded."""

    id: str
    scope: Key
    permissions: tuple[Permission, ...]
    principals: frozenset[PrincipalId]
    excluded: frozenset[PrincipalId]
    excluded_groups: frozenset[PrincipalId]
    """Those of `excluded` who are, or may be, groups: only who knows their members knows whom this denies."""
    here_only: bool
    """Whether what is below the scope is left alone."""


class Activation(msgspec.Struct, frozen=True, gc=False):
    """What activating an eligible role takes (azure-facts 2.2)."""

    mfa: Read[bool]
    approval: Read[bool]
    justification: Read[bool]
    max_hours: Read[float]


class RolePolicy(msgspec.Struct, frozen=True, gc=False):
    """What PIM asks for and allows for one role at one scope (azure-facts 2.2)."""

    activation: Activation
    context: Read[str]
    """The authentication context that activating takes, such as `c1`; "" for none."""
    lists_mfa: Read[bool]
    """Whether MFA is on PIM's own list of what activating takes; beside a context it may not count."""
    ticket: Read[bool]
    approvers: Read[tuple[PrincipalId, ...]]
    """Who approves, people and groups; () where nobody is named."""
    tells_others: Read[bool]
    """Whether anybody but whoever activates is told of it."""
    permanent_active: Read[bool]
    """Whether an active assignment may be made without an end."""
    longest_active: Read[float]
    """Hours, for an active assignment that has to end."""
    active_asks: Read[frozenset[str]]
    """What whoever makes an active assignment is asked for, in lower case: `multifactorauthentication`, ..."""
    permanent_eligible: Read[bool]
    longest_eligible: Read[float]


class Principal(msgspec.Struct, frozen=True, gc=False):
    """A person, group or workload identity. `marks` are `guest`, `disabled` and `deleted`."""

    id: PrincipalId
    kind: Kind
    name: str
    marks: tuple[str, ...] = ()
    seen: Read[str] = NOT_SEEN
    """The last sign-in, in RFC 3339; where there was none, when the account was made."""


class Join(msgspec.Struct, frozen=True, gc=False):
    """What PIM for Groups says of one member or owner of a group (azure-facts 2.3)."""

    principal: PrincipalId
    owner: bool
    held: Held
    ends: str = ""


class Workload(msgspec.Struct, frozen=True, gc=False):
    """A program of the directory: a service principal, or the managed identity of a resource."""

    managed: bool
    """Whether Azure keeps its credentials, so that nobody has a secret of it and nobody owns it."""
    secrets: Read[tuple[str, ...]]
    """When each of its client secrets began, and of its application, in RFC 3339."""
    owned: Read[bool]
    """Whether it or its application has an owner."""


class Administrator(msgspec.Struct, frozen=True, gc=False):
    """Who holds the directory role Global Administrator, perhaps a group."""

    principal: PrincipalId
    held: Held


class Group(msgspec.Struct, frozen=True, gc=False):
    """What decides how hard it is to get into a group."""

    role_assignable: Read[bool]
    """Whether only administrators of roles may change it."""
    open: Read[bool]
    """Whether anybody may join by himself."""
    dynamic: Read[bool]
    """Whether a rule about attributes decides who is in it."""
    owners: Read[tuple[PrincipalId, ...]]


class Review(msgspec.Struct, frozen=True, gc=False):
    """An access review that comes round."""

    mentions: frozenset[str]
    """Ids of groups and roles that its scope names, and scopes of Azure, in lower case."""
    every: Read[float]
    """Days from one run to the next; infinite for one that runs once."""
    by_themselves: Read[bool]
    """Whether people review their own access."""
    applied: Read[bool]
    """Whether what was decided is applied by itself."""
    done: Read[tuple[str, ...]]
    """When its runs ended that are completed, in RFC 3339."""


@dataclass(frozen=True, slots=True)
class Rights:
    """All that was read about who may act."""

    active: tuple[Assignment, ...]
    eligible: tuple[Assignment, ...]
    roles: Mapping[RoleId, RoleDefinition]
    denies: tuple[DenyAssignment, ...]
    activations: Mapping[tuple[Key, RoleId], Activation]
    """Per scope and role: policies are not inherited."""
    policies: Mapping[tuple[Key, RoleId], RolePolicy]
    """All that they say, with the same keys."""
    principals: Mapping[PrincipalId, Principal]
    members: Mapping[PrincipalId, tuple[PrincipalId, ...]]
    """Per group: its direct members that were read, sorted."""
    joins: Mapping[PrincipalId, tuple[Join, ...]]
    """Per group: whom PIM for Groups knows as a member or owner, or as eligible to become one."""
    groups: Mapping[PrincipalId, Group]
    group_policies: Mapping[PrincipalId, RolePolicy]
    """Per group, what PIM asks of whoever becomes a member."""
    workloads: Mapping[PrincipalId, Workload]
    administrators: tuple[Administrator, ...]
    reviews: tuple[Review, ...]
    cut_short: frozenset[PrincipalId]
    """Groups of which only the first members were shown, even where the table of members is complete."""
    above: Mapping[Key, tuple[Key, ...]]
    """Per subscription: the management groups above it, where they were read."""
    tables: Mapping[str, Read[bool]]
    """Per evidence table: True where it holds everything there is."""
    broken: tuple[str, ...]
    """Rows that could not be read, each as a clause."""

    def complete(self, table: str) -> Read[bool]:
        """Whether a table holds everything there is, or why that is not known."""
        return self.tables[table]


NOTHING_READ: Final = Rights(
    active=(),
    eligible=(),
    roles={},
    denies=(),
    activations={},
    policies={},
    principals={},
    members={},
    joins={},
    groups={},
    group_policies={},
    workloads={},
    administrators=(),
    reviews=(),
    cut_short=frozenset(),
    above={},
    tables={table.name: Unknown(f"{table.title}: not collected") for table in (*ACCESS_TABLES, *DIRECTORY_TABLES)},
    broken=(),
)
"""Rights of which no evidence was given: nothing is known, so nothing is nobody's."""
