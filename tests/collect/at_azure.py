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
        self._cloud = folder / "cloud.json"
        endpoints = dict.fromkeys(("authority", "resource_manager", "graph", "log_analytics"), azure.url)
        audience = azure.arm_scope.removesuffix("/.default")
        self._cloud.write_text(json.dumps(endpoints | {"resource_manager_audience": audience}))
        for name, value in {
            "AZURE_TENANT_ID": azure.tenant.tenant_id,
            "AZURE_CLIENT_ID": CLIENT_ID,
            "AZURE_CLIENT_SECRET": SECRET,
            "REQUESTS_CA_BUNDLE": str(azure.ca_file),
        }.items():
            environment.setenv(name, value)

    def collects(self, *options: str) -> int:
        """The exit code of one collection."""
        place = ("--cloud", str(self._cloud), "--credential", "environment")
        return run(["collect", "--out", str(self.out), *place, *options])

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
