"""The evidence tables of Microsoft Graph that say how the directory guards roles: owners, PIM, reviews, methods.

What Microsoft Graph answers has no resource type. Here each kind of it has one of its own, after its entity set.
"""

from typing import Final

from vmaudit.snapshot.table import Table


def of_graph(name: str, title: str, permission: str, about: tuple[str, str] | None = None) -> Table:
    """A table of what Microsoft Graph answers."""
    return Table(name, title, (f"microsoft.graph/{name.replace('_', '')}",), permission, about=about)


DIRECTORY_TABLES: Final[tuple[Table, ...]] = (
    of_graph("group_owners", "Owners of groups", "GroupMember.Read.All", about=("groupId", "owners")),
    of_graph(
        "group_eligibility_schedule_instances",
        "Who may become a member or owner of a group (PIM)",
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
    ),
    of_graph(
        "group_assignment_schedule_instances",
        "Members and owners of groups as PIM knows them",
        "PrivilegedAssignmentSchedule.Read.AzureADGroup",
    ),
    of_graph(
        "group_policy_assignments", "Activation policies of groups (PIM)", "RoleManagementPolicy.Read.AzureADGroup"
    ),
    of_graph("directory_role_definitions", "Definitions of directory roles", "RoleManagement.Read.Directory"),
    of_graph("directory_role_assignments", "Who holds a directory role", "RoleManagement.Read.Directory"),
    of_graph(
        "directory_role_assignment_schedule_instances",
        "Active directory roles as PIM knows them",
        "RoleAssignmentSchedule.Read.Directory",
    ),
    of_graph(
        "directory_role_eligibility_schedule_instances",
        "Eligible directory roles",
        "RoleEligibilitySchedule.Read.Directory",
    ),
    of_graph(
        "directory_role_policy_assignments",
        "Activation policies of directory roles",
        "RoleManagementPolicy.Read.Directory",
    ),
    of_graph(
        "service_principal_owners",
        "Owners of service principals",
        "Application.Read.All",
        about=("servicePrincipalId", "owners"),
    ),
    of_graph("applications", "Applications of service principals, with their credentials", "Application.Read.All"),
    of_graph("application_owners", "Owners of applications", "Application.Read.All", about=("applicationId", "owners")),
    of_graph("access_reviews", "Access reviews", "AccessReview.Read.All"),
    of_graph(
        "access_review_instances",
        "Runs of access reviews",
        "AccessReview.Read.All",
        about=("definitionId", "instances"),
    ),
    of_graph("authentication_strengths", "Authentication strengths", "Policy.Read.All"),
    of_graph("authentication_methods_policy", "Authentication methods that are allowed", "Policy.Read.All"),
    of_graph("security_defaults", "Security defaults", "Policy.Read.All"),
    of_graph("user_registration_details", "Authentication methods that users registered", "AuditLog.Read.All"),
)
