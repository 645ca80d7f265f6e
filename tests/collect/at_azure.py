"""`vmaudit collect` against the Azure on this machine, as somebody types it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loopback import Azure, Tenant
from loopback.server import CLIENT_ID, SECRET

from vmaudit.cli import run
from vmaudit.snapshot.manifest import Outcome
from vmaudit.snapshot.reading import Snapshot, open_snapshot

Serve = Callable[[Tenant], Azure]


class Auditor:
    """Somebody who is signed in to an Azure by the environment, and has a folder."""

    def __init__(self, azure: Azure, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self.azure = azure
        self.out = folder / "snapshot"
        self.cloud = folder / "cloud.json"
        endpoints = dict.fromkeys(("authority", "resource_manager", "graph", "log_analytics"), azure.url)
        audience = azure.arm_scope.removesuffix("/.default")
        self.cloud.write_text(json.dumps(endpoints | {"resource_manager_audience": audience}))
        for name, value in {
            "AZURE_TENANT_ID": azure.tenant.tenant_id,
            "AZURE_CLIENT_ID": CLIENT_ID,
            "AZURE_CLIENT_SECRET": SECRET,
            "REQUESTS_CA_BUNDLE": str(azure.ca_file),
        }.items():
            environment.setenv(name, value)

    def collects(self, *options: str) -> int:
        """The exit code of one collection."""
        place = ("--cloud", str(self.cloud), "--credential", "environment")
        return run(["collect", "--out", str(self.out), *place, *options])

    def scans(self, *options: str) -> int:
        """The exit code of a collection and audit in one go."""
        place = ("--cloud", str(self.cloud), "--credential", "environment")
        return run(["scan", "--out", str(self.out), *place, *options])

    def sees_the_doctor(self, *options: str) -> int:
        """The exit code of a look at what may be read."""
        return run(["doctor", "--cloud", str(self.cloud), "--credential", "environment", *options])

    @property
    def snapshot(self) -> Snapshot:
        return open_snapshot(self.out)

    def outcomes(self, table: str) -> tuple[Outcome, ...]:
        return self.snapshot.entry(table).outcomes

    def rows(self, table: str) -> list[Any]:
        return [json.loads(row) for row in self.snapshot.rows(table)]


def machine(
    number: int, subscription: str = "11111111-1111-4111-8111-111111111111", **properties: Any
) -> dict[str, Any]:
    name = f"vm-{number:05d}"
    return {
        "id": f"/subscriptions/{subscription}/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/{name}",
        "name": name,
        "type": "microsoft.compute/virtualmachines",
        "properties": properties,
    }


def with_directory(tenant: Tenant) -> Tenant:
    """A tenant whose directory has a person in a group in a group that holds a role, and a policy nobody has heard of."""
    directory = tenant.directory
    directory.add("user", id=JANE, displayName="Jane", userPrincipalName="jane@contoso.example", accountEnabled=True)
    directory.add("group", id=OPERATORS, displayName="Operators")
    directory.add("group", id=NIGHT_SHIFT, displayName="Night shift")
    directory.add("servicePrincipal", id="d0000000-0000-4000-8000-000000000004", displayName="Deployer")
    directory.members = {OPERATORS: [NIGHT_SHIFT], NIGHT_SHIFT: [JANE]}
    directory.lists["identity/conditionalAccess/policies"] = [POLICY]
    subscription = f"/subscriptions/{min(tenant.subscriptions())}"
    role = f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"
    tenant.add(
        {
            "id": f"{subscription}/providers/Microsoft.Authorization/roleAssignments/a0000000-0000-4000-8000-000000000001",
            "name": "a0000000-0000-4000-8000-000000000001",
            "type": "microsoft.authorization/roleassignments",
            "properties": {
                "principalId": OPERATORS,
                "principalType": "Group",
                "roleDefinitionId": role,
                "scope": subscription,
            },
        }
    )
    return tenant


JANE = "d0000000-0000-4000-8000-000000000001"
OPERATORS = "d0000000-0000-4000-8000-000000000002"
NIGHT_SHIFT = "d0000000-0000-4000-8000-000000000003"
POLICY = {
    "id": "e0000000-0000-4000-8000-000000000001",
    "displayName": "MFA for machines",
    "state": "enabled",
    "grantControls": {"operator": "OR", "builtInControls": ["mfa", "aControlOfTomorrow"]},
}
