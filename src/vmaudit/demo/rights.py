"""Who may act at Contoso: production as the seeds describe it, and corners where nobody followed.

Adam patches machines and is eligible for that; Jane and the security lead approve it. Legacy machines and development
are what is left of the time before.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from vmaudit.demo import roles
from vmaudit.demo.landscape import (
    ANALYTICS_GROUP,
    CONNECTIVITY,
    DEVELOPMENT,
    DEVELOPMENT_MACHINES,
    ERP_GROUP,
    HUB,
    HUB_NETWORK,
    LEGACY,
    MAIN_NETWORK,
    PAYROLL,
    PRODUCTION,
    SANDBOX_MACHINES,
    SHOP,
    TENANT,
)
from vmaudit.demo.machines import INTERFACE, MACHINE
from vmaudit.demo.people import (
    ADAM,
    ANALYTICS_OPERATORS,
    BUILD_MACHINE,
    COMPLIANCE_LEAD,
    GONE,
    GROUPS,
    JANE,
    LEGACY_OPERATORS,
    LOG_COLLECTOR,
    PIPELINE,
    PLATFORM_LEAD,
    PROGRAMS,
    SECURITY_LEAD,
    directory,
)
from vmaudit.demo.rows import Place, Row, fixed_guid

ACCESS_TABLES: Final[tuple[str, ...]] = (
    "management_groups",
    "subscriptions",
    "role_assignments",
    "role_definitions",
    "deny_assignments",
    "classic_administrators",
    "role_assignment_schedule_instances",
    "role_eligibility_schedule_instances",
    "role_management_policies",
    "role_management_policy_assignments",
    "users",
    "groups",
    "group_members",
    "group_owners",
    "group_eligibility_schedule_instances",
    "group_assignment_schedule_instances",
    "group_policy_assignments",
    "service_principals",
    "service_principal_owners",
    "applications",
    "application_owners",
    "directory_role_definitions",
    "directory_role_assignments",
    "directory_role_assignment_schedule_instances",
    "directory_role_eligibility_schedule_instances",
    "access_reviews",
    "access_review_instances",
)
"""Tables about who may act that Contoso vouches for."""

_BEGAN: Final = "2026-09-15T08:00:00Z"
_ENDS: Final = "2026-12-14T08:00:00Z"
_GLOBAL_ADMINISTRATOR: Final = "62e90394-69f5-4237-9190-012177145e10"

_SUBSCRIPTIONS: Final = (CONNECTIVITY, PRODUCTION, DEVELOPMENT)
_WELL_RUN: Final = (HUB, SHOP, ERP_GROUP, PAYROLL)
_SHOP_APP: Final = SHOP.id(MACHINE, "vm-shop-app01")


def _subscription(subscription: str) -> str:
    return f"/subscriptions/{subscription}"


def _group(place: Place) -> str:
    return f"/subscriptions/{place.subscription}/resourceGroups/{place.group}"


_STANDING: Final[tuple[tuple[str, str, str], ...]] = (
    # What Adam always sees, as in the seed: the Bastion, and where the machine is connected.
    (ADAM, roles.READER, HUB.id("Microsoft.Network/bastionHosts", "bas-hub")),
    (ADAM, roles.READER, SHOP.id(INTERFACE, "nic-vm-shop-app01")),
    (ADAM, roles.READER, HUB_NETWORK.id),
    (ADAM, roles.READER, MAIN_NETWORK.id),
    (LOG_COLLECTOR, roles.MONITORING_CONTRIBUTOR, _group(SHOP)),
    # Nobody moved the legacy machines to PIM.
    (LEGACY_OPERATORS, roles.CONTRIBUTOR, _group(LEGACY)),
    (ADAM, roles.ADMIN_LOGIN, _group(LEGACY)),
    (PIPELINE, roles.CONTRIBUTOR, _subscription(DEVELOPMENT)),
    (BUILD_MACHINE, roles.CONTRIBUTOR, _group(DEVELOPMENT_MACHINES)),
)
"""Principal, role and scope of what is held for good."""

_STRICT: Final[tuple[tuple[str, str, str], ...]] = (
    (JANE, roles.OWNER, _subscription(CONNECTIVITY)),
    (PLATFORM_LEAD, roles.OWNER, _subscription(CONNECTIVITY)),
    (JANE, roles.OWNER, _subscription(PRODUCTION)),
    (PLATFORM_LEAD, roles.OWNER, _subscription(PRODUCTION)),
    # What Adam activates when he patches: in the seed for one machine, elsewhere for a resource group.
    (ADAM, roles.READER, _SHOP_APP),
    (ADAM, roles.USER_LOGIN, _SHOP_APP),
    *((ADAM, roles.VM_CONNECT, _group(place)) for place in _WELL_RUN),
    (ANALYTICS_OPERATORS, roles.VM_CONNECT, _group(ANALYTICS_GROUP)),
)
"""What is activated for hours, with MFA and with the consent of others, and ends."""

_LAX: Final[tuple[tuple[str, str, str], ...]] = (
    (PLATFORM_LEAD, roles.LEGACY_ADMIN, _group(LEGACY)),
    *((one, roles.OWNER, _subscription(DEVELOPMENT)) for one in (ADAM, JANE, PLATFORM_LEAD, SECURITY_LEAD)),
    (ADAM, roles.USER_LOGIN, _subscription(DEVELOPMENT)),
    (SECURITY_LEAD, roles.USER_LOGIN, _subscription(DEVELOPMENT)),
    (ADAM, roles.DEV_OPERATORS, _group(DEVELOPMENT_MACHINES)),
    (GONE, roles.USER_LOGIN, _group(SANDBOX_MACHINES)),
)
"""What is activated by a click, and never ends."""


def rights() -> Mapping[str, list[Row]]:
    """Every row about who may act, by the name of its table; a table that Contoso has nothing in is empty."""
    found: dict[str, list[Row]] = {name: [] for name in ACCESS_TABLES}
    found["subscriptions"] = [_home(subscription) for subscription in _SUBSCRIPTIONS]
    found["management_groups"] = [_top()]
    found["role_definitions"] = [*roles.definitions()]
    for principal, role, scope in _STANDING:
        row = _assignment(principal, role, scope)
        found["role_assignments"].append(row)
        found["role_assignment_schedule_instances"].append(_instance(row))
    found["role_eligibility_schedule_instances"] += [_eligible(*one, ends=_ENDS) for one in _STRICT]
    found["role_eligibility_schedule_instances"] += [_eligible(*one, ends=None) for one in _LAX]
    found["role_management_policy_assignments"] = [*_settings()]
    for table, row in (*directory(), *_global_administrators(), *_reviews()):
        found[table].append(row)
    return found


def _top() -> Row:
    return {
        "id": f"/providers/Microsoft.Management/managementGroups/{TENANT}",
        "name": TENANT,
        "type": "Microsoft.Management/managementGroups",
        "properties": {"displayName": "Tenant Root Group", "details": {"managementGroupAncestorsChain": []}},
    }


def _home(subscription: str) -> Row:
    return {
        "id": _subscription(subscription),
        "name": subscription,
        "type": "microsoft.resources/subscriptions",
        "properties": {"state": "Enabled", "managementGroupAncestorsChain": [{"name": TENANT}]},
    }


def _kind(principal: str) -> str:
    return "Group" if principal in GROUPS else "ServicePrincipal" if principal in PROGRAMS else "User"


def _assignment(principal: str, role: str, scope: str, kind: str = "roleAssignments") -> Row:
    name = fixed_guid(f"{kind} {principal} {role} {scope}")
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/{kind}/{name}",
        "name": name,
        "type": f"Microsoft.Authorization/{kind}",
        "properties": {
            "principalId": principal,
            "principalType": _kind(principal),
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "scope": scope,
            "condition": None,
        },
    }


def _instance(row: Row) -> Row:
    """PIM's word about an active assignment that has no end."""
    about = row["properties"]
    made = _assignment(about["principalId"], about["roleDefinitionId"].rpartition("/")[2], about["scope"])
    name = fixed_guid(f"instance {row['id']}")
    scope = about["scope"]
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignmentScheduleInstances",
        "properties": {
            **made["properties"],
            "assignmentType": "Assigned",
            "memberType": "Direct",
            "status": "Provisioned",
            "startDateTime": "2025-03-01T09:00:00Z",
            "originRoleAssignmentId": row["id"],
        },
    }


def _eligible(principal: str, role: str, scope: str, ends: str | None) -> Row:
    row = _assignment(principal, role, scope, "roleEligibilityScheduleInstances")
    end = {} if ends is None else {"endDateTime": ends}
    about = {"memberType": "Direct", "status": "Provisioned", "startDateTime": _BEGAN, **end}
    return row | {"properties": row["properties"] | about}


def _settings() -> Iterator[Row]:
    """Each role at each scope has its own: nothing is handed down."""
    for role, scope in dict.fromkeys((role, scope) for _, role, scope in _STRICT):
        approvers = (SECURITY_LEAD, COMPLIANCE_LEAD) if role == roles.OWNER else (JANE, SECURITY_LEAD)
        yield roles.strict(scope, role, approvers)
    for role, scope in dict.fromkeys((role, scope) for _, role, scope in (*_LAX, *_STANDING)):
        yield roles.lax(scope, role)


def _global_administrators() -> Iterator[tuple[str, Row]]:
    """Two, who have to activate it."""
    role = {"id": _GLOBAL_ADMINISTRATOR, "templateId": _GLOBAL_ADMINISTRATOR, "displayName": "Global Administrator"}
    yield "directory_role_definitions", role
    for person in (SECURITY_LEAD, COMPLIANCE_LEAD):
        yield (
            "directory_role_eligibility_schedule_instances",
            {
                "id": fixed_guid(f"eligible {person} {_GLOBAL_ADMINISTRATOR}"),
                "principalId": person,
                "roleDefinitionId": _GLOBAL_ADMINISTRATOR,
                "directoryScopeId": "/",
                "startDateTime": _BEGAN,
                "endDateTime": _ENDS,
            },
        )


def _reviews() -> Iterator[tuple[str, Row]]:
    """Every quarter the compliance lead reviews who is eligible for the roles that are well kept."""
    for role, scope in dict.fromkeys((role, scope) for _, role, scope in _STRICT if role != roles.READER):
        review = fixed_guid(f"review {role} {scope}")
        queries = (scope, f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{role}")
        yield (
            "access_reviews",
            {
                "id": review,
                "displayName": f"Who is eligible at {scope.rpartition('/')[2]}",
                "status": "InProgress",
                "scope": {
                    "@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
                    "resourceScopes": [{"query": query, "queryType": "ARM"} for query in queries],
                },
                "reviewers": [{"query": f"/users/{COMPLIANCE_LEAD}", "queryType": "MicrosoftGraph"}],
                "settings": {
                    "autoApplyDecisionsEnabled": True,
                    "recurrence": {"pattern": {"type": "absoluteMonthly", "interval": 3}, "range": {"type": "noEnd"}},
                },
            },
        )
        runs = [{"id": fixed_guid(f"run {review}"), "status": "Applied", "endDateTime": "2026-09-30T00:00:00Z"}]
        yield "access_review_instances", {"definitionId": review, "instances": runs}
