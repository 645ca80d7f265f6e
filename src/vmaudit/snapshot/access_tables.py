"""The evidence tables about who may act: roles and PIM of Azure Resource Manager, people of Microsoft Graph."""

from typing import Final

from vmaudit.snapshot.directory_tables import of_graph
from vmaudit.snapshot.table import Table

_AUTHORIZATION: Final = "Microsoft.Authorization"


def _of_roles(name: str, title: str, kind: str, *other_spellings: str) -> Table:
    types = tuple(f"{_AUTHORIZATION}/{spelling}".lower() for spelling in (kind, *other_spellings))
    return Table(name, title, types, f"{_AUTHORIZATION}/{kind}/read")


ACCESS_TABLES: Final[tuple[Table, ...]] = (
    Table(
        "management_groups",
        "Management groups",
        ("microsoft.management/managementgroups",),
        "Microsoft.Management/managementGroups/read",
    ),
    Table(
        "subscriptions",
        "Subscriptions and the management groups above them",
        ("microsoft.resources/subscriptions",),
        "Microsoft.Resources/subscriptions/read",
    ),
    _of_roles("role_assignments", "Role assignments", "roleAssignments"),
    _of_roles("role_definitions", "Role definitions", "roleDefinitions"),
    _of_roles("deny_assignments", "Deny assignments", "denyAssignments"),
    _of_roles("classic_administrators", "Classic administrators", "classicAdministrators"),
    _of_roles(
        "role_assignment_schedule_instances", "Active roles as PIM knows them", "roleAssignmentScheduleInstances"
    ),
    _of_roles("role_eligibility_schedule_instances", "Eligible roles", "roleEligibilityScheduleInstances"),
    _of_roles("role_management_policies", "Activation policies of roles", "roleManagementPolicies"),
    _of_roles(
        "role_management_policy_assignments",
        "Which activation policy a role has",
        "roleManagementPolicyAssignments",
        "roleManagementPolicyAssignment",  # recorded: Azure's own rows have the singular
    ),
    of_graph("users", "Users whom roles and policies name", "Directory.Read.All"),
    of_graph("groups", "Groups that roles and policies name", "Directory.Read.All"),
    of_graph("group_members", "Members of groups", "GroupMember.Read.All", about=("groupId", "members")),
    of_graph("service_principals", "Service principals whom roles name", "Directory.Read.All"),
    of_graph("directory_roles", "Directory roles", "RoleManagement.Read.Directory"),
    of_graph("conditional_access_policies", "Conditional Access policies", "Policy.Read.All"),
    of_graph("named_locations", "Named locations of Conditional Access", "Policy.Read.All"),
)
