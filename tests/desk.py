"""A folder of files as an auditor has them, and the snapshot that importing them brings."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vmaudit.errors import UnreadableFileError
from vmaudit.importing.completeness import NOTHING_ASSERTED, Completeness
from vmaudit.importing.duplicates import OnDuplicate
from vmaudit.importing.importing import Imported, import_files
from vmaudit.snapshot.manifest import Outcome
from vmaudit.snapshot.reading import Snapshot, open_snapshot


def resource(path: str, **members: Any) -> dict[str, Any]:
    """One ARM resource: `resource("Microsoft.Compute/virtualMachines/vm")`."""
    return {"id": f"/subscriptions/s/resourceGroups/g/providers/{path}", **members}


def vm(name: str, **members: Any) -> dict[str, Any]:
    return resource(f"Microsoft.Compute/virtualMachines/{name}", **members)


def compact(row: object) -> bytes:
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class Desk:
    """Where files lie that are imported together."""

    folder: Path

    @property
    def out(self) -> Path:
        return self.folder.parent / "snapshot"

    def put(self, name: str, content: object) -> Path:
        """Write a file: bytes as they are, anything else as JSON."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode())
        return path

    def brings(
        self,
        *paths: Path,
        complete_for: Completeness = NOTHING_ASSERTED,
        on_duplicate: OnDuplicate = OnDuplicate.REFUSE,
    ) -> tuple[Imported, Snapshot]:
        """Import the given files, or the whole folder."""
        imported = import_files(
            paths or [self.folder],
            self.out,
            taken_at="2026-11-21T12:00:00Z",
            on_duplicate=on_duplicate,
            complete_for=complete_for,
            replace=self.out.exists(),
        )
        return imported, open_snapshot(self.out)

    def rows(self, table: str, *paths: Path, on_duplicate: OnDuplicate = OnDuplicate.REFUSE) -> list[bytes]:
        return list(self.brings(*paths, on_duplicate=on_duplicate)[1].rows(table))

    def outcome(self, table: str, complete_for: Completeness = NOTHING_ASSERTED) -> Outcome:
        (outcome,) = self.brings(complete_for=complete_for)[1].entry(table).outcomes
        return outcome

    def refusal(self, *paths: Path) -> str:
        """The message with which the import ends, with the files named as from inside the folder."""
        with pytest.raises(UnreadableFileError) as refused:
            self.brings(*paths)
        assert refused.value.exit_code == 3
        assert refused.value.remedy
        assert not self.out.exists()
        return refused.value.message.replace(f"{self.folder}/", "").replace(str(self.folder), "FOLDER")
