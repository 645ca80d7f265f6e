"""All of Azure's built-in roles: what they grant, by the slow way, and the counts that are known (azure-facts 6.3)."""

import json
from functools import cache
from typing import Any

import msgspec
import pytest

from recordings.recorded import FOLDER
from slow_permissions import granted
from vmaudit.access.doors import BIT, NEEDS, doors_of
from vmaudit.access.matching import met_by, permits
from vmaudit.access.powers import powers_of
from vmaudit.estate.rights import RoleDefinition
from vmaudit.estate.roles import read_role
from vmaudit.estate.wire_rights import RoleDefinitionRow

FILES = sorted((FOLDER.parent / "data").glob("azure-builtin-roles-*.json"))

pytestmark = pytest.mark.skipif(
    not FILES, reason="Azure's built-in roles are not at hand (data/ beside the recordings)"
)


@cache
def rows() -> list[dict[str, Any]]:
    return json.loads(FILES[-1].read_bytes())


@cache
def roles() -> dict[str, RoleDefinition]:
    found = (read_role(msgspec.convert(row, RoleDefinitionRow)) for row in rows())
    return {role.id: role for role in found}


@cache
def operations() -> tuple[str, ...]:
    """The operations that open doors, and of all that some role names in full every tenth."""
    members = ("actions", "notActions", "dataActions", "notDataActions")
    named = {text.lower() for row in rows() for one in row["permissions"] for member in members for text in one[member]}
    return tuple(
        sorted({*sorted(text for text in named if "*" not in text)[::10], *(need.operation for need in NEEDS)})
    )


@pytest.mark.parametrize("data", [False, True])
def test_every_role_grants_what_the_slow_way_finds(*, data: bool) -> None:
    for row in rows():
        role = roles()[row["name"]]
        fast = {
            operation
            for operation in operations()
            if any(permits(permission, operation, data=data) for permission in role.permissions)
        }
        assert fast == granted(row["permissions"], operations(), data=data), row["roleName"]


def test_every_role_meets_the_needs_that_the_slow_way_finds() -> None:
    for row in rows():
        slow = {
            data: granted(row["permissions"], [need.operation for need in NEEDS], data=data) for data in (False, True)
        }
        met = 0
        for permission in roles()[row["name"]].permissions:
            met |= met_by(permission)
        assert [need for need in NEEDS if met & BIT[need]] == [
            need for need in NEEDS if need.operation in slow[need.data]
        ]


@pytest.mark.parametrize(
    ("operation", "data", "count"),
    [
        ("Microsoft.Compute/virtualMachines/login/action", True, 2),
        ("Microsoft.Compute/virtualMachines/loginAsAdmin/action", True, 1),
        ("Microsoft.Compute/virtualMachines/WACloginAsAdmin/action", True, 1),
        ("Microsoft.Compute/virtualMachines/runCommand/action", False, 5),
        ("Microsoft.Compute/virtualMachines/runCommands/write", False, 5),
        ("Microsoft.Compute/virtualMachineScaleSets/virtualMachines/runCommand/action", False, 3),
        ("Microsoft.Compute/virtualMachines/extensions/write", False, 11),
        ("Microsoft.Compute/virtualMachines/write", False, 16),
        ("Microsoft.SerialConsole/serialPorts/connect/action", False, 3),
        ("Microsoft.Network/networkSecurityGroups/securityRules/write", False, 7),
        ("Microsoft.Network/networkSecurityGroups/write", False, 9),
        ("Microsoft.Network/networkInterfaces/write", False, 20),
        ("Microsoft.Network/publicIPAddresses/join/action", False, 10),
        ("Microsoft.Network/publicIPAddresses/write", False, 8),
        ("Microsoft.Network/loadBalancers/inboundNatRules/write", False, 3),
        ("Microsoft.Network/virtualNetworks/subnets/write", False, 25),
        ("Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write", False, 7),
        ("Microsoft.Network/bastionHosts/write", False, 3),
        ("Microsoft.Network/bastionHosts/createShareableLinks/action", False, 3),
        ("Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action", False, 4),
        ("Microsoft.Security/locations/jitNetworkAccessPolicies/write", False, 4),
        ("Microsoft.Security/locations/jitNetworkAccessPolicies/delete", False, 4),
        ("Microsoft.Authorization/roleAssignments/write", False, 28),
        ("Microsoft.Authorization/roleDefinitions/write", False, 2),
        ("Microsoft.Authorization/roleManagementPolicies/write", False, 2),
        ("Microsoft.Authorization/roleEligibilityScheduleRequests/write", False, 2),
        ("Microsoft.Authorization/policyAssignments/write", False, 4),
        ("Microsoft.Compute/disks/beginGetAccess/action", False, 12),
        ("Microsoft.Compute/snapshots/beginGetAccess/action", False, 4),
        ("Microsoft.Compute/restorePointCollections/restorePoints/retrieveSasUris/action", False, 2),
        ("Microsoft.Automation/automationAccounts/jobs/write", False, 5),
        ("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", False, 3),
        ("Microsoft.OperationalInsights/workspaces/query/read", False, 31),
        ("Microsoft.Insights/DataCollectionRuleAssociations/Write", False, 6),
    ],
)
def test_as_many_roles_hold_an_operation_as_is_known(operation: str, *, data: bool, count: int) -> None:
    holders = [
        role.name for role in roles().values() if any(permits(one, operation, data=data) for one in role.permissions)
    ]

    assert len(holders) == count, holders


def test_only_three_roles_assign_any_role_without_a_condition() -> None:
    powers = powers_of(roles())
    bit = next(BIT[need] for need in NEEDS if need.operation == "microsoft.authorization/roleassignments/write")

    free = {role.name for role in roles().values() if powers(role.id, "").free & bit}

    assert free == {"Owner", "User Access Administrator", "Role Based Access Control Administrator"}


def opened(name: str) -> set[str]:
    (role,) = (role for role in roles().values() if role.name == name)
    return set(doors_of(powers_of(roles())(role.id, "").understood))


@pytest.mark.parametrize(
    ("name", "some", "none"),
    [
        (
            "Owner",
            {"run-command", "role-assign", "pim-policy-change", "disk-export"},
            {"sign-in-user", "sign-in-admin"},
        ),
        (
            "Contributor",
            {"run-command", "jit-configure", "log-hide"},
            {"role-assign", "pim-policy-change", "sign-in-user"},
        ),
        (
            "Virtual Machine Contributor",
            {"run-command", "extension", "serial-console", "network-change"},
            {"jit-request"},
        ),
        ("Network Contributor", {"network-change", "bastion-change"}, {"run-command", "extension", "serial-console"}),
        ("Security Admin", {"jit-request", "jit-configure"}, {"run-command", "role-assign"}),
        ("Log Analytics Contributor", {"extension", "password-reset", "log-hide"}, {"run-command"}),
        ("Virtual Machine User Login", {"sign-in-user"}, {"sign-in-admin", "run-command"}),
        ("Virtual Machine Administrator Login", {"sign-in-user", "sign-in-admin"}, {"run-command", "role-assign"}),
        ("Windows Admin Center Administrator Login", {"sign-in-admin", "network-change"}, {"sign-in-user"}),
        ("User Access Administrator", {"role-assign", "pim-policy-change"}, {"run-command", "network-change"}),
        ("Reader", {"bastion-use"}, {"run-command", "sign-in-user", "disk-export", "network-change"}),
        ("Virtual Machine Data Access Administrator (preview)", {"role-assign"}, {"run-command", "sign-in-user"}),
        ("Disk Snapshot Contributor", {"disk-export"}, {"run-command", "extension"}),
        ("Key Vault Data Access Administrator", set(), {"role-assign"}),
    ],
)
def test_the_doors_of_well_known_roles(name: str, some: set[str], none: set[str]) -> None:
    assert some <= opened(name)
    assert none.isdisjoint(opened(name))
