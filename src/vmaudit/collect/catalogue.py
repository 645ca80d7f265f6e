"""Where the rows of every evidence table come from."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from vmaudit.collect.evidence import Evidence, Scope, Source
from vmaudit.snapshot.log_tables import LOG_TABLES


def _graph(table: str, scope: Scope = Scope.SUBSCRIPTIONS, scope_filter: str = "") -> Evidence:
    return Evidence(table, Source.RESOURCE_GRAPH, scope, "2024-04-01", scope_filter=scope_filter)


def _pim(table: str, kind: str, scope: Scope, of: tuple[str, ...]) -> Evidence:
    path = f"/providers/Microsoft.Authorization/{kind}"
    return Evidence(table, Source.RESOURCE_MANAGER, scope, "2020-10-01", path=path, of=of)


def _directory(table: str, path: str, *, single: bool = False) -> Evidence:
    return Evidence(table, Source.MICROSOFT_GRAPH, Scope.TENANT, "v1.0", path=path, single=single)


def _each(table: str, scope: Scope, subject: str, path: str, of: tuple[str, ...]) -> Evidence:
    return Evidence(table, Source.MICROSOFT_GRAPH, scope, "v1.0", path=path, of=of, subject=subject)


def _people(table: str, kind: str) -> Evidence:
    of = (*_HOLDERS, "group_members")
    return Evidence(
        table, Source.MICROSOFT_GRAPH, Scope.PEOPLE, "v1.0", path="/directoryObjects/getByIds", of=of, kind=kind
    )


def _list(table: str, path: str, api_version: str, scope: Scope = Scope.SUBSCRIPTION) -> Evidence:
    return Evidence(table, Source.RESOURCE_MANAGER, scope, api_version, path=path)


def _held(table: str, by: str) -> Evidence:
    return Evidence(table, Source.PARENT, Scope.SUBSCRIPTIONS, "", of=(by,))


_ABOVE_AND_BELOW: Final = "AtScopeAboveAndBelow"
"""Without it, what is inherited from management groups is left out (azure-facts 1.5)."""

_HIERARCHY: Final = ("management_groups", "subscriptions")
"""Subscriptions name the groups above them, and so tell which of these were left out."""

_HOLDERS: Final = (
    "role_assignments",
    "role_assignment_schedule_instances",
    "role_eligibility_schedule_instances",
    "deny_assignments",
)
"""Tables that name who holds a role, or is kept from one."""

_PIM_OF_GROUPS: Final = "/identityGovernance/privilegedAccess/group/"
_POLICIES: Final = "/policies/roleManagementPolicyAssignments?$expand=policy($expand=rules)&$filter="
_OF_GROUP: Final = "$filter=groupId%20eq%20'{id}'"

EVIDENCE: Final[tuple[Evidence, ...]] = (
    _graph("virtual_machines"),
    _graph("scale_sets"),
    _graph("scale_set_instances"),
    _graph("scale_set_interfaces"),
    _graph("scale_set_public_ips"),
    _graph("vm_extensions"),
    _graph("network_interfaces"),
    _graph("security_groups"),
    _held("security_rules", by="security_groups"),
    _graph("application_security_groups"),
    _graph("virtual_networks"),
    _held("subnets", by="virtual_networks"),
    _held("virtual_network_peerings", by="virtual_networks"),
    _graph("public_ip_addresses"),
    _graph("public_ip_prefixes"),
    _graph("load_balancers"),
    _held("inbound_nat_rules", by="load_balancers"),
    _graph("application_gateways"),
    _graph("azure_firewalls"),
    _graph("firewall_policies"),
    _graph("firewall_rule_collection_groups"),
    _graph("ip_groups"),
    _graph("security_admin_rules"),
    _graph("security_admin_rule_bodies"),
    _graph("route_tables"),
    _graph("virtual_network_gateways"),
    _graph("connections"),
    _graph("local_network_gateways"),
    _graph("virtual_hubs"),
    Evidence(
        "virtual_hub_connections",
        Source.RESOURCE_MANAGER,
        Scope.ROW,
        "2024-05-01",
        path="/hubVirtualNetworkConnections",
        of=("virtual_hubs",),
    ),
    _graph("private_link_services"),
    _graph("bastion_hosts"),
    _list("jit_policies", "/providers/Microsoft.Security/jitNetworkAccessPolicies", "2020-01-01"),
    _graph("defender_plans"),
    _graph("management_groups", Scope.TENANT),
    _graph("subscriptions"),
    _graph("role_assignments", scope_filter=_ABOVE_AND_BELOW),
    _graph("role_definitions", scope_filter=_ABOVE_AND_BELOW),
    _list("deny_assignments", "/providers/Microsoft.Authorization/denyAssignments", "2022-04-01"),
    _graph("classic_administrators"),
    _pim(
        "role_assignment_schedule_instances",
        "roleAssignmentScheduleInstances",
        Scope.HIERARCHY,
        of=_HIERARCHY,
    ),
    _pim(
        "role_eligibility_schedule_instances",
        "roleEligibilityScheduleInstances",
        Scope.HIERARCHY,
        of=_HIERARCHY,
    ),
    _pim(
        "role_management_policies",
        "roleManagementPolicies",
        Scope.ROLE_SCOPE,
        of=("role_eligibility_schedule_instances",),
    ),
    _pim(
        "role_management_policy_assignments",
        "roleManagementPolicyAssignments",
        Scope.ROLE_SCOPE,
        of=("role_eligibility_schedule_instances",),
    ),
    _people("users", "user"),
    _people("groups", "group"),
    _each("group_members", Scope.GROUP, "/groups", "/groups/{id}/transitiveMembers?$select=id&$top=999", _HOLDERS),
    _people("service_principals", "servicePrincipal"),
    _directory("directory_roles", "/directoryRoles"),
    _directory("conditional_access_policies", "/identity/conditionalAccess/policies"),
    _directory("named_locations", "/identity/conditionalAccess/namedLocations"),
    _each("group_owners", Scope.NESTED_GROUP, "/groups", "/groups/{id}/owners?$select=id&$top=999", ("group_members",)),
    _each(
        "group_eligibility_schedule_instances",
        Scope.NESTED_GROUP,
        "/groups",
        f"{_PIM_OF_GROUPS}eligibilityScheduleInstances?{_OF_GROUP}",
        ("group_members",),
    ),
    _each(
        "group_assignment_schedule_instances",
        Scope.NESTED_GROUP,
        "/groups",
        f"{_PIM_OF_GROUPS}assignmentScheduleInstances?{_OF_GROUP}",
        ("group_members",),
    ),
    _each(
        "group_policy_assignments",
        Scope.NESTED_GROUP,
        "/groups",
        f"{_POLICIES}scopeId%20eq%20'{{id}}'%20and%20scopeType%20eq%20'Group'",
        ("group_members",),
    ),
    _directory("directory_role_definitions", "/roleManagement/directory/roleDefinitions"),
    _directory("directory_role_assignments", "/roleManagement/directory/roleAssignments"),
    _directory(
        "directory_role_assignment_schedule_instances", "/roleManagement/directory/roleAssignmentScheduleInstances"
    ),
    _directory(
        "directory_role_eligibility_schedule_instances", "/roleManagement/directory/roleEligibilityScheduleInstances"
    ),
    _directory(
        "directory_role_policy_assignments",
        f"{_POLICIES}scopeId%20eq%20'/'%20and%20scopeType%20eq%20'DirectoryRole'",
    ),
    _each(
        "service_principal_owners",
        Scope.WORKLOAD,
        "/servicePrincipals",
        "/servicePrincipals/{id}/owners?$select=id&$top=999",
        ("service_principals",),
    ),
    _each(
        "applications",
        Scope.APPLICATION,
        "/applications",
        "/applications?$filter=appId%20eq%20'{id}'&$select=id,appId,displayName,createdDateTime,signInAudience,"
        "passwordCredentials,keyCredentials",
        ("service_principals",),
    ),
    _each(
        "application_owners",
        Scope.ROW,
        "/applications",
        "/applications/{id}/owners?$select=id&$top=999",
        ("applications",),
    ),
    _directory("access_reviews", "/identityGovernance/accessReviews/definitions?$top=100"),
    _each(
        "access_review_instances",
        Scope.ROW,
        "/accessReviews",
        "/identityGovernance/accessReviews/definitions/{id}/instances",
        ("access_reviews",),
    ),
    _directory("authentication_strengths", "/policies/authenticationStrengthPolicies"),
    _directory("authentication_methods_policy", "/policies/authenticationMethodsPolicy", single=True),
    _directory("security_defaults", "/policies/identitySecurityDefaultsEnforcementPolicy", single=True),
    _directory("user_registration_details", "/reports/authenticationMethods/userRegistrationDetails"),
    _graph("security_assessments"),
    Evidence(
        "diagnostic_settings",
        Source.RESOURCE_MANAGER,
        Scope.HIERARCHY,
        "2021-05-01-preview",
        path="/providers/Microsoft.Insights/diagnosticSettings",
        of=(*_HIERARCHY, "bastion_hosts"),
    ),
    _list("entra_diagnostic_settings", "/providers/microsoft.aadiam/diagnosticSettings", "2017-04-01", Scope.TENANT),
    _graph("workspaces"),
    _graph("data_collection_rules"),
    _graph("data_collection_rule_associations"),
    _graph("flow_logs"),
    _graph("activity_log_alerts"),
    _graph("scheduled_query_rules"),
    _graph("action_groups"),
    _list("resource_locks", "/providers/Microsoft.Authorization/locks", "2016-09-01"),
    *(Evidence(table.name, Source.LOG_ANALYTICS, Scope.WORKSPACE, "v1", of=("workspaces",)) for table in LOG_TABLES),
)
"""Every table that is collected, in the order of `TABLES`: all but the one for resources of other types."""

BY_TABLE: Final = {evidence.table: evidence for evidence in EVIDENCE}


@cache
def turn(table: str) -> int:
    """When a table can be asked for: 0 at once, else after all tables that it is asked of, or held by.

    >>> turn("role_assignments"), turn("group_members"), turn("users")
    (0, 2, 3)
    """
    return max((turn(of) + 1 for of in BY_TABLE[table].of), default=0)


def leaning_on(table: str, needed: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The rules that a table is for: those that ask it, and those that ask another which is asked by its rows.

    `needed` holds the rules that ask each table itself.
    """
    own = needed.get(table, ())
    others = (rule for one in EVIDENCE if table in one.of for rule in leaning_on(one.table, needed))
    return tuple(sorted({*own, *others}))
