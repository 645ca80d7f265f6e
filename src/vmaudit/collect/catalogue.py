"""Where the rows of every evidence table come from."""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Final

from vmaudit.snapshot.log_tables import LOG_TABLES
from vmaudit.snapshot.tables import BY_NAME


class Source(Enum):
    """A service that is asked."""

    RESOURCE_GRAPH = "Azure Resource Graph"
    RESOURCE_MANAGER = "Azure Resource Manager"
    MICROSOFT_GRAPH = "Microsoft Graph"
    LOG_ANALYTICS = "Log Analytics"
    PARENT = "the rows of its parent"
    """Nothing is asked: Azure answers these inside the body of another resource."""


class Scope(Enum):
    """What one question is about."""

    TENANT = "the tenant"
    SUBSCRIPTIONS = "many subscriptions at once"
    SUBSCRIPTION = "each subscription"
    ROW = "each row of another table"
    HIERARCHY = "each subscription and each management group"
    ROLE_SCOPE = "each scope at which somebody is eligible for a role"
    GROUP = "each group that holds a role or is eligible for one"
    WORKSPACE = "each workspace of Log Analytics"

    @property
    def round(self) -> int:
        """Which questions have to be answered before: 0 none, 1 those of round 0, 2 those of round 1."""
        return {Scope.ROW: 1, Scope.HIERARCHY: 1, Scope.ROLE_SCOPE: 2, Scope.GROUP: 2}.get(self, 0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one table is read.

    `path` is that of a list, below the id of the subscription or row that it is asked for; a table of Resource Graph
    or Log Analytics has its query in `queries/<table>.kql`. `of` names the tables whose rows are asked for it, or hold
    it. `scope_filter` is Resource Graph's `authorizationScopeFilter`.
    """

    table: str
    source: Source
    scope: Scope
    api_version: str
    path: str = ""
    of: tuple[str, ...] = ()
    scope_filter: str = ""

    @property
    def permission(self) -> str:
        """The action that reading it takes."""
        return BY_NAME[self.table].permission

    @property
    def query(self) -> str:
        """The text of its query; "" where none is asked."""
        return query(self.table) if self.source in {Source.RESOURCE_GRAPH, Source.LOG_ANALYTICS} else ""


def _graph(table: str, scope: Scope = Scope.SUBSCRIPTIONS, scope_filter: str = "") -> Evidence:
    return Evidence(table, Source.RESOURCE_GRAPH, scope, "2024-04-01", scope_filter=scope_filter)


def _pim(table: str, kind: str, scope: Scope, of: str) -> Evidence:
    path = f"/providers/Microsoft.Authorization/{kind}"
    return Evidence(table, Source.RESOURCE_MANAGER, scope, "2020-10-01", path=path, of=(of,))


def _directory(table: str, path: str) -> Evidence:
    return Evidence(table, Source.MICROSOFT_GRAPH, Scope.TENANT, "v1.0", path=path)


def _held(table: str, by: str) -> Evidence:
    return Evidence(table, Source.PARENT, Scope.SUBSCRIPTIONS, "", of=(by,))


_ABOVE_AND_BELOW: Final = "AtScopeAboveAndBelow"
"""Without it, what is inherited from management groups is left out (azure-facts 1.5)."""

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
    Evidence(
        "jit_policies",
        Source.RESOURCE_MANAGER,
        Scope.SUBSCRIPTION,
        "2020-01-01",
        path="/providers/Microsoft.Security/jitNetworkAccessPolicies",
    ),
    _graph("defender_plans"),
    _graph("management_groups", Scope.TENANT),
    _graph("subscriptions"),
    _graph("role_assignments", scope_filter=_ABOVE_AND_BELOW),
    _graph("role_definitions", scope_filter=_ABOVE_AND_BELOW),
    Evidence(
        "deny_assignments",
        Source.RESOURCE_MANAGER,
        Scope.SUBSCRIPTION,
        "2022-04-01",
        path="/providers/Microsoft.Authorization/denyAssignments",
    ),
    _graph("classic_administrators"),
    _pim(
        "role_assignment_schedule_instances",
        "roleAssignmentScheduleInstances",
        Scope.HIERARCHY,
        of="management_groups",
    ),
    _pim(
        "role_eligibility_schedule_instances",
        "roleEligibilityScheduleInstances",
        Scope.HIERARCHY,
        of="management_groups",
    ),
    _pim(
        "role_management_policies",
        "roleManagementPolicies",
        Scope.ROLE_SCOPE,
        of="role_eligibility_schedule_instances",
    ),
    _pim(
        "role_management_policy_assignments",
        "roleManagementPolicyAssignments",
        Scope.ROLE_SCOPE,
        of="role_eligibility_schedule_instances",
    ),
    _directory(
        "users",
        "/users?$top=999&$select=id,displayName,userPrincipalName,mail,accountEnabled,userType,onPremisesSyncEnabled,"
        "createdDateTime,externalUserState",
    ),
    _directory(
        "groups",
        "/groups?$top=999&$select=id,displayName,securityEnabled,isAssignableToRole,groupTypes,membershipRule,"
        "onPremisesSyncEnabled,visibility",
    ),
    Evidence(
        "group_members",
        Source.MICROSOFT_GRAPH,
        Scope.GROUP,
        "v1.0",
        path="/transitiveMembers?$select=id&$top=999",
        of=("role_assignments", "role_assignment_schedule_instances", "role_eligibility_schedule_instances"),
    ),
    _directory(
        "service_principals",
        "/servicePrincipals?$top=999&$select=id,appId,displayName,servicePrincipalType,accountEnabled,"
        "appOwnerOrganizationId,alternativeNames",
    ),
    _directory("directory_roles", "/directoryRoles"),
    _directory("conditional_access_policies", "/identity/conditionalAccess/policies"),
    _directory("named_locations", "/identity/conditionalAccess/namedLocations"),
    *(Evidence(table.name, Source.LOG_ANALYTICS, Scope.WORKSPACE, "v1") for table in LOG_TABLES),
)
"""Every table that is collected, in the order of `TABLES`: all but the one for resources of other types."""

BY_TABLE: Final = {evidence.table: evidence for evidence in EVIDENCE}


@cache
def query(name: str) -> str:
    r"""A query of `queries/` as Azure gets it: without comments, on as few lines as it has.

    >>> query("bastion_hosts")
    "resources\n| where type =~ 'microsoft.network/bastionhosts'\n| order by id asc"
    """
    text = (files("vmaudit.collect") / "queries" / f"{name}.kql").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if line and not line.startswith("//"))
