"""Rows as evidence: written to a snapshot and read back as an estate, by the same road as every audit takes."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from vmaudit.estate.estate import Estate
from vmaudit.estate.reading import read_estate
from vmaudit.importing.resource_types import resource_type
from vmaudit.snapshot.manifest import Outcome, OutcomeKind
from vmaudit.snapshot.reading import open_snapshot
from vmaudit.snapshot.tables import BY_TYPE, OTHER, TABLES
from vmaudit.snapshot.writing import SnapshotWriter

Json: TypeAlias = dict[str, Any]

GROUP: Final = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers"


_MEMORY: Final = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a private folder is made in it
"""Where there is a disk in memory, snapshots that live for one question are kept there: a real one is synced."""


def estate_of(rows: Iterable[Json], *, complete: bool = True, ended: Mapping[str, OutcomeKind] | None = None) -> Estate:
    """The estate of these rows; the last of several with the same id counts.

    All tables are complete, or none is (some rows were read, nothing says that they are all), but for those in `ended`.
    """
    kept = {(table_of(row), row_id(row).lower()): row for row in rows}
    usual = OutcomeKind.COMPLETE if complete else OutcomeKind.PARTIAL
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        place = Path(folder) / "snapshot"
        with SnapshotWriter(place, source="tests", taken_at="2026-01-01T00:00:00Z") as writer:
            for (table, _), row in kept.items():
                writer.add_row(table, json.dumps(row).encode())
            for table in TABLES:
                writer.set_outcomes(table.name, (Outcome("", (ended or {}).get(table.name, usual)),))
        return read_estate(open_snapshot(place))


def table_of(row: Json) -> str:
    """The evidence table that a row goes to, by its type or its id."""
    table = BY_TYPE.get(resource_type(row_id(row), row.get("type")))
    return table.name if table else OTHER


def row_id(row: Json) -> str:
    """The id of a row, in any letter case of the key."""
    return next(value for key, value in row.items() if key.lower() == "id")


def network_id(path: str) -> str:
    """`network_id("networkInterfaces/nic")`: an id of the network provider."""
    return f"{GROUP}/Microsoft.Network/{path}"


def machine_id(name: str) -> str:
    """The id of a virtual machine."""
    return f"{GROUP}/Microsoft.Compute/virtualMachines/{name}"
