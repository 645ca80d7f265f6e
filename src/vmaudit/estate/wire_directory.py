"""Microsoft Graph's JSON of how the directory guards roles: owners, PIM, applications, reviews (azure-facts 2.3)."""

from typing import Any

from msgspec import UNSET, UnsetType, field

from vmaudit.estate.wire import Wire
from vmaudit.estate.wire_rights import MemberRow, PolicyRule, Secret


class OwnersRow(Wire, kw_only=True):
    """Owners of one object; rows about one object add up."""

    group_id: str | None = None
    service_principal_id: str | None = None
    application_id: str | None = None
    owners: tuple[str | MemberRow, ...]
    properties: UnsetType = UNSET


class GroupInstanceRow(Wire, kw_only=True):
    """Somebody in a group, or eligible to get into it, as PIM for Groups says it."""

    group_id: str
    principal_id: str
    access_id: str | None = None
    assignment_type: str | None = None
    end_date_time: str | None = None
    properties: UnsetType = UNSET


class GraphPolicy(Wire):
    """A policy with its rules, where they were expanded."""

    rules: tuple[PolicyRule, ...] | None = None


class GraphPolicyRow(Wire, kw_only=True):
    """Which policy a membership (`member`, `owner`) or a directory role has."""

    scope_id: str | None = None
    role_definition_id: str | None = None
    policy: GraphPolicy | None = None
    properties: UnsetType = UNSET


class DirectoryRoleRow(Wire, kw_only=True):
    """The definition of a directory role; those of Microsoft have one template in every tenant."""

    id: str
    template_id: str | None = None
    properties: UnsetType = UNSET


class DirectoryAssignmentRow(Wire, kw_only=True):
    """Who holds, or is eligible for, a directory role."""

    principal_id: str
    role_definition_id: str | None = None
    directory_scope_id: str | None = None
    assignment_type: str | None = None
    end_date_time: str | None = None
    properties: UnsetType = UNSET


class ApplicationRow(Wire, kw_only=True):
    """An application of this tenant, with the secrets that its service principals sign in with."""

    id: str
    app_id: str | None = None
    password_credentials: tuple[Secret, ...] | UnsetType | None = UNSET
    properties: UnsetType = UNSET


class RecurrencePattern(Wire):
    """How often something comes round."""

    type: str | None = None
    interval: int | None = None


class Recurrence(Wire):
    """When something comes round."""

    pattern: RecurrencePattern | None = None


class ReviewSettings(Wire):
    """How a review is run."""

    auto_apply_decisions_enabled: bool | None = None
    recurrence: Recurrence | None = None


class ReviewRow(Wire, kw_only=True):
    """The definition of an access review. What its scope looks like depends on what is reviewed."""

    id: str
    scope: Any = None
    instance_enumeration_scope: Any = None
    reviewers: tuple[Any, ...] | UnsetType | None = UNSET
    settings: ReviewSettings | None = None
    properties: UnsetType = UNSET


class ReviewRun(Wire):
    """One run of a review."""

    status: str | None = None
    end_date_time: str | None = None


class ReviewRunsRow(Wire, kw_only=True):
    """Runs of one review; rows about one review add up."""

    definition_id: str
    instances: tuple[ReviewRun, ...]
    properties: UnsetType = UNSET


class NamedGroupRow(Wire, kw_only=True):
    """What a group's row says about getting into it."""

    id: str
    is_assignable_to_role: bool | UnsetType | None = UNSET
    visibility: str | UnsetType | None = UNSET
    group_types: tuple[str, ...] | UnsetType | None = UNSET
    properties: UnsetType = UNSET


class ProgramRow(Wire, kw_only=True):
    """What a service principal's row says about how it signs in."""

    id: str
    app_id: str | None = None
    service_principal_type: str | None = None
    password_credentials: tuple[Secret, ...] | UnsetType | None = UNSET
    odata_type: str | None = field(default=None, name="@odata.type")
    properties: UnsetType = UNSET
