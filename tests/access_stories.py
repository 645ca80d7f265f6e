"""Stories about who may act, in short words that become Azure's rows: tests/access/stories/*.yaml.

People and groups are names, scopes are words (`root`, `management-group`, `subscription`, `group`, `other-group`, `vm`,
`nic`, `disk`, `nsg`, `network`, `bastion`, `policy`), roles are those of Azure with a few of their actions, or the story's own.
"""

import uuid
from pathlib import Path
from typing import Any, Final

import yaml

from vmaudit.access.access import Access, MachineAccess
from vmaudit.snapshot.manifest import OutcomeKind
from who_may import (
    GROUP,
    NETWORK,
    NIC,
    ROLES,
    ROOT_GROUP,
    SUBSCRIPTION,
    VM,
    Json,
    Tenant,
    denied,
    machine,
    network,
    nic,
    permission,
    role,
)

FOLDER: Final = Path(__file__).parent / "access" / "stories"
FILES: Final = sorted(FOLDER.glob("*.yaml"))

OTHER_GROUP: Final = f"{SUBSCRIPTION}/resourceGroups/other"
HUB: Final = "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/hub/providers/Microsoft.Network"
NSG: Final = f"{OTHER_GROUP}/providers/Microsoft.Network/networkSecurityGroups/nsg"
POLICY: Final = f"{GROUP}/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/default"
SCOPES: Final = {
    "root": "/",
    "management-group": ROOT_GROUP,
    "other-management-group": "/providers/Microsoft.Management/managementGroups/elsewhere",
    "subscription": SUBSCRIPTION,
    "other-subscription": "/subscriptions/00000000-0000-0000-0000-000000000002",
    "group": GROUP,
    "other-group": OTHER_GROUP,
    "a-group-that-starts-alike": f"{GROUP}-2",
    "vm": VM,
    "nic": NIC,
    "disk": f"{OTHER_GROUP}/providers/Microsoft.Compute/disks/os",
    "nsg": NSG,
    "network": NETWORK,
    "bastion": f"{HUB}/bastionHosts/bastion",
    "policy": POLICY,
}
AZURE: Final[dict[str, list[Json]]] = {
    "Network Contributor": [permission("Microsoft.Network/*", "Microsoft.Authorization/*/read")],
    "User Access Administrator": [permission("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*")],
    "Log Analytics Contributor": [
        permission(
            "*/read", "Microsoft.Compute/virtualMachines/extensions/*", "Microsoft.Insights/diagnosticSettings/*"
        )
    ],
    "Security Admin": [permission("Microsoft.Authorization/*/read", "Microsoft.Security/*")],
    "Managed Identity Operator": [permission("Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action")],
    "AcrPush": [permission("Microsoft.ContainerRegistry/registries/push/write")],
}
"""Roles of Azure beside those of `who_may`, cut down to what matters here (azure-facts 6.2)."""


def known_id(name: str) -> str:
    """An object id or GUID that belongs to a name, the same each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def read(path: Path) -> Json:
    return yaml.safe_load(path.read_text())


def tenant_of(story: Json) -> Tenant:
    return _Story(story).tenant()


def answer(story: Json) -> MachineAccess:
    estate, rights = tenant_of(story).read()
    return Access(estate, rights).of(estate.machines[VM.lower()])


def told(answer: MachineAccess, story: Json) -> set[str]:
    """The grants as a story tells them: `adam run-command standing`, with the condition where there is one."""
    names = {known_id(name): name for name in _Story(story).everybody()}
    return {
        " ".join(
            (
                names.get(grant.principal.id, grant.principal.id),
                grant.door,
                grant.held,
                *(() if grant.condition == "none" else (grant.condition,)),
            )
        )
        for grant in answer.grants
    }


class _Story:
    def __init__(self, story: Json) -> None:
        self._story = story
        self._number = 0
        self._roles = {row["properties"]["roleName"]: row for row in ROLES}
        own = {name: [permission(), *found] for name, found in AZURE.items()} | {
            name: [permission() | one for one in (found if isinstance(found, list) else [found])]
            for name, found in story.get("roles", {}).items()
        }
        self._roles |= {name: role(known_id(name), name, *found) for name, found in own.items()}

    def everybody(self) -> set[str]:
        groups: dict[str, list[str]] = self._story.get("groups", {})
        named = {one["who"] for key in ("assigned", "eligible") for one in self._story.get(key, [])}
        named |= {one for deny in self._story.get("denied", []) for one in (*deny["to"], *deny.get("but", []))}
        return (
            named
            | set(groups)
            | {one for inside in groups.values() for one in inside}
            | set(self._story.get("people", {}))
        )

    def tenant(self) -> Tenant:
        story = self._story
        groups: dict[str, list[str]] = story.get("groups", {})
        identities: list[str] = story.get("identities", [])
        people = sorted(self.everybody() - set(groups) - set(identities)) or ["nobody"]
        tables: dict[str, list[Json]] = {
            **self._network(),
            "role_definitions": [row for name, row in self._roles.items() if name not in story.get("unread_roles", [])],
            "subscriptions": [
                {"id": SUBSCRIPTION, "properties": {"managementGroupAncestorsChain": [{"name": "root"}]}}
            ],
            "users": [
                {"id": known_id(one), "displayName": one, **story.get("people", {}).get(one, {})} for one in people
            ],
            "groups": [{"id": known_id(one), "displayName": one} for one in groups],
            "service_principals": [{"id": known_id(one), "displayName": one} for one in identities],
            "group_members": [
                {"groupId": known_id(one), "members": [known_id(member) for member in inside]}
                for one, inside in groups.items()
            ],
            "classic_administrators": [
                {
                    "id": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/classicAdministrators/{one}",
                    "properties": {"emailAddress": one, "role": "CoAdministrator"},
                }
                for one in story.get("classic", [])
            ],
            "role_assignments": [],
            "role_assignment_schedule_instances": [],
            "role_eligibility_schedule_instances": [],
            "role_management_policy_assignments": [self._policy(one) for one in story.get("policies", [])],
            "deny_assignments": [
                denied(
                    *one["actions"],
                    scope=SCOPES[one["at"]],
                    principals=[_denied(who) for who in one["to"]],
                    excluded=[known_id(who) for who in one.get("but", [])],
                    doNotApplyToChildScopes=one.get("here_only", False),
                )
                for one in story.get("denied", [])
            ],
        }
        for one in story.get("assigned", []):
            self._assign(tables, one)
        for one in story.get("eligible", []):
            row = self._row(one, "roleEligibilityScheduleInstances")
            tables["role_eligibility_schedule_instances"].append(row)
        ended = dict.fromkeys(story.get("not_read", []), OutcomeKind.DENIED)
        for row in tables["deny_assignments"]:
            for one in row["properties"]["excludePrincipals"]:
                one["type"] = "Group" if one["id"] in {known_id(group) for group in groups} else "User"
        for name in ended:
            tables.pop(name, None)
        return Tenant(tables, ended)

    def _network(self) -> dict[str, list[Json]]:
        bastions = self._story.get("bastion", "none")
        hub = f"{HUB}/virtualNetworks/hub"
        at = NETWORK if bastions == "own" else hub
        bastion = {
            "id": SCOPES["bastion"],
            "sku": {"name": "Standard"},
            "properties": {
                "provisioningState": "Succeeded",
                "ipConfigurations": [{"properties": {"subnet": {"id": f"{at}/subnets/AzureBastionSubnet"}}}],
            },
        }
        disk = {"osDisk": {"osType": "Linux", "managedDisk": {"id": SCOPES["disk"]}}}
        jit = {"id": POLICY, "properties": {"virtualMachines": [{"id": VM, "ports": []}]}}
        return {
            "virtual_machines": [machine(VM, NIC, storageProfile=disk)],
            "network_interfaces": [nic(networkSecurityGroup={"id": NSG})],
            "virtual_networks": [network(peers=[hub] if bastions == "peer" else [])],
            "bastion_hosts": [] if bastions == "none" else [bastion],
            "jit_policies": [jit] if self._story.get("jit") else [],
        }

    def _row(self, one: Json, kind: str) -> Json:
        self._number += 1
        scope = SCOPES[one["at"]]
        return {
            "id": f"{scope.rstrip('/')}/providers/Microsoft.Authorization/{kind}/{self._number}",
            "properties": {
                "principalId": known_id(one["who"]),
                "principalType": "Group" if one["who"] in self._story.get("groups", {}) else "User",
                "roleDefinitionId": self._role_id(one["role"]),
                "scope": scope,
                "condition": one.get("condition"),
            },
        }

    def _role_id(self, name: str) -> str:
        return self._roles[name]["id"]

    def _assign(self, tables: dict[str, list[Json]], one: Json) -> None:
        row = self._row(one, "roleAssignments")
        tables["role_assignments"].append(row)
        way = one.get("pim", "permanent")
        if way == "unlisted":
            return
        more: dict[str, Any] = {
            "permanent": {"assignmentType": "Assigned"},
            "until-next-year": {"assignmentType": "Assigned", "endDateTime": "2027-01-01T00:00:00Z"},
            "activated": {"assignmentType": "Activated", "endDateTime": "2026-01-01T08:00:00Z"},
        }[way]
        tables["role_assignment_schedule_instances"].append(
            {
                "id": f"/instances/{self._number}",
                "properties": {**row["properties"], **more, "originRoleAssignmentId": row["id"]},
            }
        )

    def _policy(self, one: Json) -> Json:
        return {
            "id": f"/policies/{one['role']}/{one['at']}",
            "properties": {
                "scope": SCOPES[one["at"]],
                "roleDefinitionId": self._role_id(one["role"]),
                "effectiveRules": [
                    {"id": "Enablement_EndUser_Assignment", "enabledRules": one["asks"]},
                    {"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": one["approval"]}},
                    {"id": "Expiration_EndUser_Assignment", "maximumDuration": one["longest"]},
                ],
            },
        }


def _denied(who: str) -> str:
    return "00000000-0000-0000-0000-000000000000" if who == "everyone" else known_id(who)
