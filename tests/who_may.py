"""Builders for evidence about who may act, and the answers to it by the road that every audit takes."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence import _MEMORY, Json
from vmaudit.access.access import Access, MachineAccess
from vmaudit.access.grants import Grant
from vmaudit.estate.estate import Estate
from vmaudit.estate.reading import read_estate
from vmaudit.estate.reading_rights import read_rights
from vmaudit.estate.rights import Rights
from vmaudit.snapshot.manifest import Outcome, OutcomeKind
from vmaudit.snapshot.reading import open_snapshot
from vmaudit.snapshot.tables import TABLES
from vmaudit.snapshot.writing import SnapshotWriter

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg"
VM = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm"
NIC = f"{GROUP}/providers/Microsoft.Network/networkInterfaces/nic"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net"
ROOT_GROUP = "/providers/Microsoft.Management/managementGroups/root"
ADAM = "aaaaaaaa-0000-0000-0000-000000000001"
JANE = "aaaaaaaa-0000-0000-0000-000000000002"
TEAM = "bbbbbbbb-0000-0000-0000-000000000001"
INNER = "bbbbbbbb-0000-0000-0000-000000000002"
ROBOT = "cccccccc-0000-0000-0000-000000000001"
RUN = "Microsoft.Compute/virtualMachines/runCommand/action"

Tables = dict[str, list[Json]]


def guid(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


OWNER, CONTRIBUTOR, READER, USER_LOGIN, ADMIN_LOGIN = (guid(number) for number in (11, 12, 13, 14, 15))


def permission(*actions: str, no: Iterable[str] = (), data: Iterable[str] = (), no_data: Iterable[str] = ()) -> Json:
    return {
        "actions": list(actions),
        "notActions": list(no),
        "dataActions": list(data),
        "notDataActions": list(no_data),
    }


def role(role_id: str, name: str, *permissions: Json) -> Json:
    return {
        "id": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role_id}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role_id,
        "properties": {"roleName": name, "type": "BuiltInRole", "permissions": list(permissions)},
    }


LOGIN = "Microsoft.Compute/virtualMachines/login/action"
ROLES = [
    role(OWNER, "Owner", permission("*")),
    role(
        CONTRIBUTOR,
        "Contributor",
        permission("*", no=["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]),
    ),
    role(READER, "Reader", permission("*/read")),
    role(USER_LOGIN, "Virtual Machine User Login", permission("Microsoft.Compute/*/read", data=[LOGIN])),
    role(
        ADMIN_LOGIN,
        "Virtual Machine Administrator Login",
        permission("Microsoft.Compute/*/read", data=[LOGIN, "Microsoft.Compute/virtualMachines/loginAsAdmin/action"]),
    ),
]
"""A few of Azure's roles, as far as machines go."""


def assigned(principal: str, role_id: str, scope: str = GROUP, number: int = 1, **more: Any) -> Json:
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{guid(number)}".replace("//", "/"),
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "principalId": principal,
            "principalType": "Group" if principal.startswith("b") else "User",
            "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role_id}",
            "scope": scope,
            **more,
        },
    }


def instance(of: Json, kind: str = "Assigned", **more: Any) -> Json:
    """PIM's row about an active assignment."""
    scope, _, name = of["id"].rpartition("/providers/Microsoft.Authorization/roleAssignments/")
    return {
        "id": f"/providers/Microsoft.Subscription{scope}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances/{name}",
        "type": "Microsoft.Authorization/roleAssignmentScheduleInstances",
        "properties": {
            **of["properties"],
            "assignmentType": kind,
            "originRoleAssignmentId": of["id"],
            "memberType": "Direct",
            "status": "Provisioned",
            **more,
        },
    }


def eligible(principal: str, role_id: str, scope: str = GROUP, number: int = 1, **more: Any) -> Json:
    row = assigned(principal, role_id, scope, number, **{"memberType": "Direct", "status": "Provisioned", **more})
    kind = "roleEligibilityScheduleInstances"
    return row | {"id": row["id"].replace("roleAssignments", kind), "type": f"Microsoft.Authorization/{kind}"}


def denied(
    *actions: str, scope: str = GROUP, principals: Iterable[str] = (), excluded: Iterable[str] = (), **more: Any
) -> Json:
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/denyAssignments/{guid(1)}",
        "type": "Microsoft.Authorization/denyAssignments",
        "properties": {
            "permissions": [permission(*actions)],
            "scope": scope,
            "principals": [{"id": one, "type": "Group" if one.startswith("b") else "User"} for one in principals],
            "excludePrincipals": [{"id": one, "type": "Group" if one.startswith("b") else "User"} for one in excluded],
            **more,
        },
    }


def user(principal: str, name: str, **more: Any) -> Json:
    return {"id": principal, "displayName": name, **more}


def members(group: str, *inside: str) -> Json:
    return {"groupId": group, "members": list(inside)}


def machine(vm: str = VM, *nics: str, **more: Any) -> Json:
    return {"id": vm, "properties": {"networkProfile": {"networkInterfaces": [{"id": nic} for nic in nics]}, **more}}


def nic(key: str = NIC, subnet: str = f"{NETWORK}/subnets/default", **more: Any) -> Json:
    place = {"name": "ip", "properties": {"subnet": {"id": subnet}, "privateIPAddress": "10.0.0.4"}}
    return {"id": key, "properties": {"ipConfigurations": [place], **more}}


def network(key: str = NETWORK, peers: Iterable[str] = (), **subnet: Any) -> Json:
    return {
        "id": key,
        "properties": {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "subnets": [
                {
                    "id": f"{key}/subnets/default",
                    "name": "default",
                    "properties": {"addressPrefix": "10.0.0.0/24", **subnet},
                }
            ],
            "virtualNetworkPeerings": [
                {
                    "id": f"{key}/virtualNetworkPeerings/peer",
                    "name": "peer",
                    "properties": {"remoteVirtualNetwork": {"id": peer}, "peeringState": "Connected"},
                }
                for peer in peers
            ],
        },
    }


@dataclass
class Tenant:
    """Evidence, table by table; complete unless `ended` says otherwise."""

    tables: Tables = field(default_factory=dict)
    ended: dict[str, OutcomeKind] = field(default_factory=dict)

    def read(self) -> tuple[Estate, Rights]:
        with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
            place = Path(folder) / "snapshot"
            self.write(place)
            snapshot = open_snapshot(place)
            return read_estate(snapshot), read_rights(snapshot)

    def write(self, place: Path) -> None:
        with SnapshotWriter(place, source="tests", taken_at="2026-01-01T00:00:00Z") as writer:
            for table, rows in self.tables.items():
                for row in rows:
                    writer.add_row(table, json.dumps(row).encode())
            for table in TABLES:
                writer.set_outcomes(table.name, (Outcome("", self.ended.get(table.name, OutcomeKind.COMPLETE)),))

    def access(self) -> Access:
        return Access(*self.read())

    def answer(self, vm: str = VM) -> MachineAccess:
        estate, rights = self.read()
        return Access(estate, rights).of(estate.machines[vm.lower()])


def tenant(
    *rows: Json, tables: Mapping[str, list[Json]] | None = None, ended: Mapping[str, OutcomeKind] | None = None
) -> Tenant:
    """One machine with one interface, the usual roles and two people, and the rows given."""
    kinds = {
        "roleassignments": "role_assignments",
        "roleassignmentscheduleinstances": "role_assignment_schedule_instances",
        "roleeligibilityscheduleinstances": "role_eligibility_schedule_instances",
        "denyassignments": "deny_assignments",
        "roledefinitions": "role_definitions",
    }
    found: Tables = {
        "virtual_machines": [machine(VM, NIC)],
        "network_interfaces": [nic()],
        "virtual_networks": [network()],
        "role_definitions": [*ROLES],
        "users": [user(ADAM, "Adam"), user(JANE, "Jane")],
        "subscriptions": [{"id": SUBSCRIPTION, "properties": {"managementGroupAncestorsChain": [{"name": "root"}]}}],
    }
    for row in rows:
        table = "group_members" if "groupId" in row else kinds[row["type"].lower().rpartition("/")[2]]
        found.setdefault(table, []).append(row)
    for name, more in (tables or {}).items():
        found[name] = more
    return Tenant(found, dict(ended or {}))


def held(grants: Iterable[Grant]) -> set[tuple[str, str, str]]:
    """Who holds which door how."""
    return {(grant.principal.id, grant.door, grant.held) for grant in grants}


def doors(grants: Iterable[Grant], principal: str = ADAM) -> set[str]:
    return {grant.door for grant in grants if grant.principal.id == principal}
