"""The least that somebody has to be granted to collect some tables: a custom role, permissions of Microsoft Graph."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vmaudit.collect.catalogue import BY_TABLE
from vmaudit.collect.evidence import Source
from vmaudit.collect.selection import Selection

ROLE: Final = "vmaudit Reader"

_ALWAYS: Final = (
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.ResourceGraph/resources/read",  # whether Azure asks for it is not documented (azure-facts 7.1)
)
"""What finding the subscriptions takes."""

_FOR_ALL: Final = "Microsoft.Management/managementGroups/descendants/read"
"""What it takes to know that no subscription below a management group is missing."""

_OF_AZURE: Final = frozenset({Source.RESOURCE_GRAPH, Source.RESOURCE_MANAGER, Source.LOG_ANALYTICS})

_TABLES_OF_LOGS: Final = "Microsoft.OperationalInsights/workspaces/query/*/read"
"""What a custom role needs beside the right to query: each table of a workspace is a permission (azure-facts 7.1)."""

_GROUPS: Final = "/providers/Microsoft.Management/managementGroups/"

_OF_DIRECTORY: Final = "microsoft.aadiam/"
"""Operations of the directory: a role of Azure can't hold them at a management group (azure-facts 7.1)."""

_IMPLIED: Final = {
    "Directory.Read.All": ("GroupMember.Read.All", "Application.Read.All"),
    "RoleManagement.Read.Directory": (
        "RoleAssignmentSchedule.Read.Directory",
        "RoleEligibilitySchedule.Read.Directory",
    ),
}
"""Permissions of Microsoft Graph that hold others (azure-facts 2.3, 7.2)."""

_GRAPH_APP: Final = "00000003-0000-0000-c000-000000000000"


@dataclass(frozen=True, slots=True)
class Grant:
    """What to grant, and where.

    `scopes` are ids of management groups or subscriptions at which the role is to be held. It is kept at `homes`: one
    role can be kept at one management group only (azure-facts 7.1), so for several it is the root.
    """

    actions: tuple[str, ...]
    scopes: tuple[str, ...]
    homes: tuple[str, ...]
    graph: tuple[str, ...]
    directory_roles: tuple[str, ...]

    @property
    def role(self) -> dict[str, object]:
        """The custom role, as `az role definition create` takes it."""
        return {
            "Name": ROLE,
            "IsCustom": True,
            "Description": "Reads the evidence of vmaudit, and nothing else.",
            "Actions": list(self.actions),
            "NotActions": [],
            "DataActions": [],
            "NotDataActions": [],
            "AssignableScopes": list(self.homes),
        }


def least_grant(tables: Iterable[str], selection: Selection, root: str) -> Grant:
    """What reading these tables takes in the scope of a selection. `root` names the root management group.

    >>> grant = least_grant(["bastion_hosts", "users"], Selection(), "root")
    >>> grant.actions[0], grant.graph
    ('Microsoft.Management/managementGroups/descendants/read', ('Directory.Read.All',))
    """
    asked = [BY_TABLE[table] for table in tables]
    actions = {one.permission for one in asked if one.source in _OF_AZURE}
    actions |= {_TABLES_OF_LOGS for one in asked if one.source is Source.LOG_ANALYTICS}
    graph = {one.permission for one in asked if one.source is Source.MICROSOFT_GRAPH}
    implied = {inner for permission in graph for inner in _IMPLIED.get(permission, ())}
    groups = tuple(
        f"{_GROUPS}{name}" for name in selection.management_groups or ([root] if selection.everything else [])
    )
    scopes = (*groups, *(f"/subscriptions/{name}" for name in selection.subscriptions))
    of_azure = {action for action in actions if not action.startswith(_OF_DIRECTORY)}
    return Grant(
        actions=tuple(sorted({*of_azure, *_ALWAYS, *([_FOR_ALL] if groups else [])})),
        scopes=scopes,
        homes=(f"{_GROUPS}{root}",) if len(groups) > 1 else scopes,
        graph=tuple(sorted(graph - implied)),
        directory_roles=("Security Reader",) if actions - of_azure else (),
    )


def az_commands(grant: Grant, graph_endpoint: str) -> str:
    """Commands of the Azure CLI (bash) that grant it to the principal whose object id is in `$principal`."""
    assigned = "\n".join(
        f'az role assignment create --assignee-object-id "$principal" --assignee-principal-type "$type" '
        f"--role '{ROLE}' --scope '{scope}'"
        for scope in grant.scopes
    )
    parts = [_AZ_HEAD, f"az role definition create --role-definition @vmaudit-reader.json\n{assigned}"]
    if grant.graph:
        permissions = " ".join(grant.graph)
        parts.append(_AZ_GRAPH.format(permissions=permissions, app=_GRAPH_APP, graph=graph_endpoint))
    parts += [f"# In Microsoft Entra ID, assign the role {role} to the principal." for role in grant.directory_roles]
    return "\n\n".join(parts) + "\n"


_AZ_HEAD: Final = """\
# The object id of who collects, and what it is: ServicePrincipal (also a managed identity), User or Group.
principal=OBJECT-ID
type=ServicePrincipal"""

_AZ_GRAPH: Final = """\
# Application permissions of Microsoft Graph, for a service principal. Takes an administrator of the directory.
graph=$(az ad sp show --id {app} --query id -o tsv)
for permission in {permissions}; do
  role=$(az ad sp show --id {app} --query "appRoles[?value=='$permission'].id" -o tsv)
  az rest --method post --url "{graph}/v1.0/servicePrincipals/$principal/appRoleAssignments" \\
    --body "{{\\"principalId\\": \\"$principal\\", \\"resourceId\\": \\"$graph\\", \\"appRoleId\\": \\"$role\\"}}"
done"""


def bicep(grant: Grant) -> str:
    """A Bicep module that makes the role and assigns it, to be deployed at each of the scopes."""
    kind = "subscription" if grant.homes[0].startswith("/subscriptions/") else "managementGroup"
    actions = "\n".join(f"          '{action}'" for action in grant.actions)
    return _BICEP.format(kind=kind, role=ROLE, actions=actions)


_BICEP: Final = """\
targetScope = '{kind}'

@description('The object id of who collects.')
param principalId string
param principalType string = 'ServicePrincipal'

resource reader 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {{
  name: guid({kind}().id, '{role}')
  properties: {{
    roleName: '{role}'
    description: 'Reads the evidence of vmaudit, and nothing else.'
    type: 'CustomRole'
    assignableScopes: [
      {kind}().id
    ]
    permissions: [
      {{
        actions: [
{actions}
        ]
      }}
    ]
  }}
}}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {{
  name: guid({kind}().id, principalId, '{role}')
  properties: {{
    roleDefinitionId: reader.id
    principalId: principalId
    principalType: principalType
  }}
}}
"""
