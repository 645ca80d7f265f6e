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

PrincipalId: TypeAlias = str
RoleId: TypeAlias = str
"""The GUID of a role: the same for a built-in role in every scope and tenant, unique for a custom role."""

Kind: TypeAlias = Literal["User", "Group", "ServicePrincipal", "ForeignGroup", "Device", "Unknown"]
Held: TypeAlias = Literal["standing", "time-bound", "activated", "eligible", "unknown"]

EVERYONE: Final[PrincipalId] = "00000000-0000-0000-0000-000000000000"
"""Whom deny assignments name where they mean all principals (azure-facts 6.1)."""

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
    approvers: Read[tuple[PrincipalId, ...]]
    """Who may approve it, people and groups, sorted; () where nobody has to."""


class Principal(msgspec.Struct, frozen=True, gc=False):
    """A person, group or workload identity. `marks` are `guest`, `disabled` and `deleted`."""

    id: PrincipalId
    kind: Kind
    name: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rights:
    """All that was read about who may act."""

    active: tuple[Assignment, ...]
    eligible: tuple[Assignment, ...]
    roles: Mapping[RoleId, RoleDefinition]
    denies: tuple[DenyAssignment, ...]
    activations: Mapping[tuple[Key, RoleId], Activation]
    """Per scope and role: policies are not inherited."""
    principals: Mapping[PrincipalId, Principal]
    members: Mapping[PrincipalId, tuple[PrincipalId, ...]]
    """Per group: its direct members that were read, sorted."""
    cut_short: frozenset[PrincipalId]
    """Groups of which only the first members were shown, even where the table of members is complete."""
    above: Mapping[Key, tuple[Key, ...]]
    """Per subscription: the management groups above it, where they were read."""
    tables: Mapping[str, Read[bool]]
    """Per evidence table: True where it holds everything there is."""
    broken: tuple[str, ...]
    """Rows that could not be read, each as a clause."""


NOTHING_READ: Final = Rights(
    active=(),
    eligible=(),
    roles={},
    denies=(),
    activations={},
    principals={},
    members={},
    cut_short=frozenset(),
    above={},
    tables={table.name: Unknown(f"{table.title}: not collected") for table in ACCESS_TABLES},
    broken=(),
)
"""Rights of which no evidence was given: nothing is known, so nothing is nobody's."""
