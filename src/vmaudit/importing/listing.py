"""The list of evidence tables for people: what each holds, and with which command its rows are exported."""

from typing import Final

from vmaudit.snapshot.log_tables import LOG_TABLES
from vmaudit.snapshot.tables import OTHER, TABLES, Table

BEGIN: Final = "<!-- tables:begin -->"
END: Final = "<!-- tables:end -->"


def _query(graph_table: str, kind: str) -> str:
    return f"az graph query --first 1000 -q \"{graph_table} | where type =~ '{kind}'\""


def _at_subscription(kind: str, api_version: str) -> str:
    place = "/subscriptions/SUBSCRIPTION/providers/Microsoft.Authorization"
    return f"az rest --url '{place}/{kind}?api-version={api_version}'"


def _hanging_on(path: str, key: str, of: str, under: str) -> str:
    return _graph(f"{path}?$select=id") + f" --query \"{{{key}:'{of}', {under}:value}}\""


def _graph(path: str) -> str:
    return f"az rest --url 'https://graph.microsoft.com/v1.0/{path}'"


def _policies(scope: str, kind: str) -> str:
    chosen = f"scopeId%20eq%20%27{scope}%27%20and%20scopeType%20eq%20%27{kind}%27"
    return _graph(f"policies/roleManagementPolicyAssignments?$expand=policy($expand=rules)&$filter={chosen}")


_PIM: Final = "identityGovernance/privilegedAccess/group"
_OF_GROUP: Final = "$filter=groupId%20eq%20%27GROUP%27"


EXPORTED_BY: Final[dict[str, str]] = {
    "virtual_machines": "az vm list --show-details",
    "scale_sets": "az vmss list",
    "scale_set_instances": "az vmss list-instances --resource-group GROUP --name SET --expand instanceView",
    "scale_set_interfaces": "az vmss nic list --resource-group GROUP --vmss-name SET",
    "scale_set_public_ips": "az vmss list-instance-public-ips --resource-group GROUP --name SET",
    "vm_extensions": _query("resources", "microsoft.compute/virtualmachines/extensions"),
    "network_interfaces": "az network nic list",
    "security_groups": "az network nsg list",
    "security_rules": "az network nsg rule list --resource-group GROUP --nsg-name NSG",
    "application_security_groups": "az network asg list",
    "virtual_networks": "az network vnet list",
    "subnets": "az network vnet subnet list --resource-group GROUP --vnet-name VNET",
    "virtual_network_peerings": "az network vnet peering list --resource-group GROUP --vnet-name VNET",
    "public_ip_addresses": "az network public-ip list",
    "public_ip_prefixes": "az network public-ip prefix list",
    "load_balancers": "az network lb list",
    "inbound_nat_rules": "az network lb inbound-nat-rule list --resource-group GROUP --lb-name LB",
    "application_gateways": "az network application-gateway list",
    "azure_firewalls": "az network firewall list",
    "firewall_policies": "az network firewall policy list",
    "firewall_rule_collection_groups": _query(
        "networkresources", "microsoft.network/firewallpolicies/rulecollectiongroups"
    ),
    "ip_groups": "az network ip-group list",
    "security_admin_rules": _query("networkresources", "microsoft.network/effectivesecurityadminrules"),
    "security_admin_rule_bodies": (
        'az graph query --first 1000 -q "networkresources | where type startswith '
        "'microsoft.network/networkmanagers/securityadminconfigurations/rulecollections/rules'\""
    ),
    "route_tables": "az network route-table list",
    "virtual_network_gateways": _query("resources", "microsoft.network/virtualnetworkgateways"),
    "connections": _query("resources", "microsoft.network/connections"),
    "local_network_gateways": _query("resources", "microsoft.network/localnetworkgateways"),
    "virtual_hubs": "az network vhub list",
    "virtual_hub_connections": "az network vhub connection list --resource-group GROUP --vhub-name HUB",
    "private_link_services": "az network private-link-service list",
    "bastion_hosts": "az network bastion list",
    "jit_policies": "az security jit-policy list",
    "defender_plans": _query("securityresources", "microsoft.security/pricings"),
    "management_groups": _query("resourcecontainers", "microsoft.management/managementgroups"),
    "subscriptions": _query("resourcecontainers", "microsoft.resources/subscriptions"),
    "role_assignments": "az role assignment list --all --include-inherited",
    "role_definitions": "az role definition list",
    "deny_assignments": _at_subscription("denyAssignments", "2022-04-01"),
    "classic_administrators": _at_subscription("classicAdministrators", "2015-07-01"),
    "role_assignment_schedule_instances": _at_subscription("roleAssignmentScheduleInstances", "2020-10-01"),
    "role_eligibility_schedule_instances": _at_subscription("roleEligibilityScheduleInstances", "2020-10-01"),
    "role_management_policies": _at_subscription("roleManagementPolicies", "2020-10-01"),
    "role_management_policy_assignments": _at_subscription("roleManagementPolicyAssignments", "2020-10-01"),
    "users": _graph("users?$top=999&$select=id,displayName,userPrincipalName,mail,accountEnabled,userType"),
    "groups": _graph("groups?$top=999"),
    "group_members": _hanging_on("groups/GROUP/members", "groupId", "GROUP", "members"),
    "service_principals": _graph("servicePrincipals?$top=999"),
    "directory_roles": _graph("directoryRoles"),
    "conditional_access_policies": _graph("identity/conditionalAccess/policies"),
    "named_locations": _graph("identity/conditionalAccess/namedLocations"),
    "group_owners": _hanging_on("groups/GROUP/owners", "groupId", "GROUP", "owners"),
    "group_eligibility_schedule_instances": _graph(f"{_PIM}/eligibilityScheduleInstances?{_OF_GROUP}"),
    "group_assignment_schedule_instances": _graph(f"{_PIM}/assignmentScheduleInstances?{_OF_GROUP}"),
    "group_policy_assignments": _policies("GROUP", "Group"),
    "directory_role_definitions": _graph("roleManagement/directory/roleDefinitions"),
    "directory_role_assignments": _graph("roleManagement/directory/roleAssignments"),
    "directory_role_assignment_schedule_instances": _graph("roleManagement/directory/roleAssignmentScheduleInstances"),
    "directory_role_eligibility_schedule_instances": _graph(
        "roleManagement/directory/roleEligibilityScheduleInstances"
    ),
    "directory_role_policy_assignments": _policies("/", "DirectoryRole"),
    "service_principal_owners": _hanging_on(
        "servicePrincipals/PRINCIPAL/owners", "servicePrincipalId", "PRINCIPAL", "owners"
    ),
    "applications": _graph("applications?$top=999&$select=id,appId,displayName,passwordCredentials,keyCredentials"),
    "application_owners": _hanging_on("applications/APPLICATION/owners", "applicationId", "APPLICATION", "owners"),
    "access_reviews": _graph("identityGovernance/accessReviews/definitions"),
    "access_review_instances": (
        _graph("identityGovernance/accessReviews/definitions/REVIEW/instances")
        + " --query \"{definitionId:'REVIEW', instances:value}\""
    ),
    "authentication_strengths": _graph("policies/authenticationStrengthPolicies"),
    "authentication_methods_policy": _graph("policies/authenticationMethodsPolicy"),
    "security_defaults": _graph("policies/identitySecurityDefaultsEnforcementPolicy"),
    "user_registration_details": _graph("reports/authenticationMethods/userRegistrationDetails"),
    "security_assessments": _query("securityresources", "microsoft.security/assessments"),
    "diagnostic_settings": "az monitor diagnostic-settings subscription list --subscription SUBSCRIPTION",
    "entra_diagnostic_settings": (
        "az rest --url '/providers/microsoft.aadiam/diagnosticSettings?api-version=2017-04-01'"
    ),
    "workspaces": "az monitor log-analytics workspace list",
    "data_collection_rules": _query("resources", "microsoft.insights/datacollectionrules"),
    "data_collection_rule_associations": _query(
        "insightresources", "microsoft.insights/datacollectionruleassociations"
    ),
    "flow_logs": _query("resources", "microsoft.network/networkwatchers/flowlogs"),
    "activity_log_alerts": _query("resources", "microsoft.insights/activitylogalerts"),
    "scheduled_query_rules": _query("resources", "microsoft.insights/scheduledqueryrules"),
    "action_groups": _query("resources", "microsoft.insights/actiongroups"),
    "resource_locks": "az lock list",
} | {
    table.name: "az monitor log-analytics query --workspace ID --timespan P30D --analytics-query QUERY"
    for table in LOG_TABLES
}
"""A command of the Azure CLI per table whose output (with `-o json`) is rows of it. Lists are of one subscription.

The QUERY of a log table is in what `vmaudit collect --print-script` prints.
"""


def tables_as_markdown() -> str:
    """A line per evidence table: name, resource types, permission, and the command that exports its rows."""
    head = ("| table | resource types | read with | exported by |", "|---|---|---|---|")
    return "\n".join((*head, *(_line(table) for table in TABLES)))


def with_tables(page: str) -> str:
    """A page with the list between its two markers made anew. Raises ValueError where the markers are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} and {END}")
    return f"{before}{begin}\n{tables_as_markdown()}\n{end}{after}"


def _line(table: Table) -> str:
    if table.name == OTHER:
        return f"| `{table.name}` | every other type | | |"
    types = ", ".join(f"`{kind}`" for kind in table.types)
    command = EXPORTED_BY[table.name].replace("|", "\\|")
    return f"| `{table.name}` | {types} | `{table.permission}` | `{command}` |"
