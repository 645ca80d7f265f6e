"""Role definitions of Contoso and PIM's settings for them, as ARM answers them (azure-facts 2.2, 6.2)."""

from collections.abc import Iterable, Iterator
from typing import Final

from vmaudit.demo.rows import Row, fixed_guid

OWNER: Final = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR: Final = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER: Final = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
USER_LOGIN: Final = "fb879df8-f326-4884-b1cf-06f3ad86be52"
ADMIN_LOGIN: Final = "1c0163c0-47e6-4577-8991-ea5c82e286e4"
MONITORING_CONTRIBUTOR: Final = "749f88d5-cbae-40b8-bcfc-e573ddc772fa"
VM_CONNECT: Final = fixed_guid("https://contoso.com/roles/vm-connect")
"""Contoso's own: what connecting takes, and nothing else."""
LEGACY_ADMIN: Final = fixed_guid("https://contoso.com/roles/legacy-admin")
DEV_OPERATORS: Final = fixed_guid("https://contoso.com/roles/dev-operators")

_LOGIN: Final = "Microsoft.Compute/virtualMachines/login/action"
_LOGIN_AS_ADMIN: Final = "Microsoft.Compute/virtualMachines/loginAsAdmin/action"
_READ_FOR_LOGIN: Final = (
    "Microsoft.Network/publicIPAddresses/read",
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/loadBalancers/read",
    "Microsoft.Network/networkInterfaces/read",
    "Microsoft.Compute/virtualMachines/*/read",
    "Microsoft.HybridConnectivity/endpoints/listCredentials/action",
)


def definitions() -> Iterator[Row]:
    """The roles that somebody at Contoso holds; those of Azure as far as they matter to machines."""
    yield _role(OWNER, "Owner", ["*"])
    no = ["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]
    yield _role(CONTRIBUTOR, "Contributor", ["*"], no=[*no, "Microsoft.Authorization/elevateAccess/Action"])
    yield _role(READER, "Reader", ["*/read"])
    yield _role(USER_LOGIN, "Virtual Machine User Login", _READ_FOR_LOGIN, data=[_LOGIN])
    yield _role(ADMIN_LOGIN, "Virtual Machine Administrator Login", _READ_FOR_LOGIN, data=[_LOGIN, _LOGIN_AS_ADMIN])
    monitoring = ["*/read", "Microsoft.Insights/DiagnosticSettings/*", "Microsoft.Insights/dataCollectionRules/*"]
    yield _role(MONITORING_CONTRIBUTOR, "Monitoring Contributor", monitoring)
    connect = [
        "Microsoft.Network/bastionHosts/read",
        "Microsoft.Network/networkInterfaces/read",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        "Microsoft.Security/locations/jitNetworkAccessPolicies/read",
        "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action",
    ]
    yield _role(VM_CONNECT, "VM connect", connect, data=[_LOGIN], custom=True)
    yield _role(LEGACY_ADMIN, "Legacy admin", ["Microsoft.Compute/*", "Microsoft.Network/*"], custom=True)
    yield _role(DEV_OPERATORS, "Dev operators", ["Microsoft.Compute/virtualMachines/*"], data=[_LOGIN], custom=True)


def _role(
    role: str,
    name: str,
    actions: Iterable[str],
    *,
    no: Iterable[str] = (),
    data: Iterable[str] = (),
    custom: bool = False,
) -> Row:
    permission = {
        "actions": [*actions],
        "notActions": [*no],
        "dataActions": [*data],
        "notDataActions": [],
    }
    return {
        "id": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "name": role,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": name,
            "type": "CustomRole" if custom else "BuiltInRole",
            "assignableScopes": ["/"],
            "permissions": [permission],
        },
    }


def strict(scope: str, role: str, approvers: Iterable[str]) -> Row:
    """Settings as they should be: MFA, a reason, another person, four hours, and an end to everything."""
    stage = {
        "approvalStageTimeOutInDays": 1,
        "isApproverJustificationRequired": True,
        "primaryApprovers": [{"id": one, "isBackup": False, "userType": "User"} for one in approvers],
    }
    asked = ["MultiFactorAuthentication", "Justification"]
    return _settings(
        scope,
        role,
        asked=asked,
        approval={"isApprovalRequired": True, "approvalMode": "SingleStage", "approvalStages": [stage]},
        longest="PT4H",
        ends=True,
    )


def lax(scope: str, role: str) -> Row:
    """Settings that ask for nothing and end nothing."""
    return _settings(scope, role, asked=[], approval={"isApprovalRequired": False}, longest="PT24H", ends=False)


def _settings(scope: str, role: str, *, asked: list[str], approval: Row, longest: str, ends: bool) -> Row:
    policy = fixed_guid(f"policy {scope} {role}")
    authorization = f"{scope}/providers/Microsoft.Authorization"
    rules = [
        {"id": "Enablement_EndUser_Assignment", "enabledRules": asked},
        {"id": "Expiration_EndUser_Assignment", "isExpirationRequired": True, "maximumDuration": longest},
        {"id": "Approval_EndUser_Assignment", "setting": approval},
        {"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": False, "claimValue": ""},
        {"id": "Notification_Admin_EndUser_Assignment", "isDefaultRecipientsEnabled": ends},
        {"id": "Notification_Approver_EndUser_Assignment", "isDefaultRecipientsEnabled": ends},
        {"id": "Enablement_Admin_Assignment", "enabledRules": asked},
        {"id": "Expiration_Admin_Assignment", "isExpirationRequired": ends, "maximumDuration": "P15D"},
        {"id": "Expiration_Admin_Eligibility", "isExpirationRequired": ends, "maximumDuration": "P180D"},
    ]
    return {
        "id": f"{authorization}/roleManagementPolicyAssignments/{policy}_{role}",
        "name": f"{policy}_{role}",
        "type": "Microsoft.Authorization/roleManagementPolicyAssignment",
        "properties": {
            "scope": scope,
            "roleDefinitionId": f"{authorization}/roleDefinitions/{role}",
            "policyId": f"{authorization}/roleManagementPolicies/{policy}",
            "effectiveRules": rules,
        },
    }
