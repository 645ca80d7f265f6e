"""Azure's JSON of who may act: roles, PIM (azure-facts 2, 6.1), and the people of Microsoft Graph (azure-facts 3)."""

from msgspec import UNSET, UnsetType, field

from vmaudit.estate.wire import Texts, Wire


class PermissionRow(Wire):
    """One permission object: what it grants counts by itself, never together with another (azure-facts 6.1)."""

    actions: Texts = None
    not_actions: Texts = None
    data_actions: Texts = None
    not_data_actions: Texts = None
    condition: str | None = None


class RoleDefinitionBody(PermissionRow):
    """A role; PowerShell prints its only permission without a list around it."""

    role_name: str | None = None
    role_type: str | None = None
    type: str | None = None
    permissions: tuple[PermissionRow, ...] | None = None
    is_custom: bool | None = None


class RoleDefinitionRow(RoleDefinitionBody, kw_only=True):
    """A role, nested or flat. The last segment of its id, and its `name`, are the same GUID in every scope."""

    id: str = ""
    name: str | None = None
    properties: RoleDefinitionBody | UnsetType = UNSET


class NamedObject(Wire):
    """Something with its name beside it, to save a look-up."""

    id: str | None = None
    display_name: str | None = None
    type: str | None = None


class ExpandedProperties(Wire):
    """What a row of PIM says about the ids in it."""

    principal: NamedObject | None = None
    role_definition: NamedObject | None = None


class AssignmentBody(Wire):
    """What role assignments and PIM's instances have in common, and what only instances have."""

    principal_id: str | None = None
    principal_type: str | None = None
    principal_name: str | None = None
    role_definition_id: str | None = None
    role_definition_name: str | None = None
    scope: str | None = None
    condition: str | None = None
    assignment_type: str | None = None
    member_type: str | None = None
    status: str | None = None
    start_date_time: str | None = None
    end_date_time: str | None = None
    origin_role_assignment_id: str | None = None
    expanded_properties: ExpandedProperties | None = None


class AssignmentRow(AssignmentBody, kw_only=True):
    """A role assignment, or an instance of an active or eligible one, nested or flat."""

    id: str
    properties: AssignmentBody | UnsetType = UNSET


class PrincipalReference(Wire):
    """Whom a deny assignment speaks about."""

    id: str
    type: str | None = None


class DenyAssignmentBody(Wire):
    """What a deny assignment says (azure-facts 6.1)."""

    deny_assignment_name: str | None = None
    permissions: tuple[PermissionRow, ...] | None = None
    scope: str | None = None
    do_not_apply_to_child_scopes: bool | None = None
    principals: tuple[PrincipalReference, ...] | None = None
    exclude_principals: tuple[PrincipalReference, ...] | None = None
    condition: str | None = None


class DenyAssignmentRow(DenyAssignmentBody, kw_only=True):
    """A deny assignment, nested or flat."""

    id: str
    properties: DenyAssignmentBody | UnsetType = UNSET


class ClassicAdministratorBody(Wire):
    """A classic administrator; one row can name several roles, with `;` between."""

    email_address: str | None = None
    role: str | None = None


class ClassicAdministratorRow(ClassicAdministratorBody, kw_only=True):
    """A classic administrator, nested or flat."""

    id: str
    properties: ClassicAdministratorBody | UnsetType = UNSET


class Approver(Wire):
    """A person or group that approves, as ARM and as Microsoft Graph name it."""

    id: str | None = None
    user_id: str | None = None
    group_id: str | None = None


class ApprovalStage(Wire):
    """Who approves at first, and who does when those take too long."""

    primary_approvers: tuple[Approver, ...] | None = None
    escalation_approvers: tuple[Approver, ...] | None = None


class ApprovalSetting(Wire):
    """Whether somebody has to approve, and who."""

    is_approval_required: bool | None = None
    approval_stages: tuple[ApprovalStage, ...] | None = None


class PolicyRule(Wire):
    """One of the rules of an activation policy, told apart by its id (azure-facts 2.2)."""

    id: str | None = None
    enabled_rules: Texts = None
    is_expiration_required: bool | None = None
    maximum_duration: str | None = None
    setting: ApprovalSetting | None = None
    is_enabled: bool | None = None
    claim_value: str | None = None
    is_default_recipients_enabled: bool | None = None
    notification_recipients: Texts = None


class PolicyBody(Wire):
    """What a policy, or the assignment of one, says."""

    scope: str | None = None
    role_definition_id: str | None = None
    policy_id: str | None = None
    effective_rules: tuple[PolicyRule, ...] | None = None
    rules: tuple[PolicyRule, ...] | None = None


class PolicyRow(PolicyBody, kw_only=True):
    """A role management policy, or the assignment of one to a role at a scope, nested or flat."""

    id: str
    properties: PolicyBody | UnsetType = UNSET


class SignInActivity(Wire):
    """When somebody signed in last; a moment that never came is left out (azure-facts 3.3)."""

    last_sign_in_date_time: str | None = None
    last_non_interactive_sign_in_date_time: str | None = None
    last_successful_sign_in_date_time: str | None = None


class Secret(Wire):
    """A password that a program signs in with; its value is shown once, when it is made."""

    start_date_time: str | None = None


class MemberRow(Wire):
    """A member of a group, or a whole person, group or service principal."""

    id: str
    odata_type: str | None = field(default=None, name="@odata.type")
    display_name: str | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    account_enabled: bool | None = None
    user_type: str | None = None
    created_date_time: str | None = None
    sign_in_activity: SignInActivity | None = None


class PrincipalRow(MemberRow, kw_only=True):
    """A person, group or service principal. `members` is there where `$expand` asked for it, and is at most 20."""

    members: tuple[str | MemberRow, ...] | None = None
    properties: UnsetType = UNSET


class GroupMembersRow(Wire, kw_only=True):
    """Members of one group; rows about one group add up."""

    group_id: str
    members: tuple[str | MemberRow, ...]
    properties: UnsetType = UNSET


class Ancestor(Wire):
    """A management group above."""

    name: str | None = None
    id: str | None = None


class HierarchyDetails(Wire):
    """Where a management group stands, as Resource Graph and ARM say it."""

    management_group_ancestors_chain: tuple[Ancestor, ...] | None = None
    parent: Ancestor | None = None


class HierarchyBody(HierarchyDetails):
    """Where a subscription stands."""

    details: HierarchyDetails | None = None


class HierarchyRow(HierarchyBody, kw_only=True):
    """A subscription or management group, nested or flat."""

    id: str
    properties: HierarchyBody | UnsetType = UNSET
