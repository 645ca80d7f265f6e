"""Azure's recorded answers, where they are at hand: `../shared/azure-recordings`, or where VMAUDIT_RECORDINGS points.

They are other projects' recordings and stay out of this repository. Without them the tests that need them skip, and say
so.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from vmaudit.importing.resource_types import resource_type
from vmaudit.snapshot.tables import BY_TYPE

Json: TypeAlias = dict[str, Any]

PLACE: Final = "../shared/azure-recordings"
FOLDER: Final = Path(os.environ.get("VMAUDIT_RECORDINGS") or Path(__file__).parents[2] / PLACE)
PRESENT: Final = FOLDER.is_dir()
ABSENT: Final = f"Azure's recorded answers are not at hand (neither {PLACE} nor VMAUDIT_RECORDINGS)"

needs_recordings: Final = pytest.mark.skipif(not PRESENT, reason=ABSENT)

_REFERENCE_ONLY: Final = frozenset({"primary", "deleteOption"})
"""What a machine says about its interface beside the id: with nothing more, the object is a reference, not a body."""


@dataclass(frozen=True, eq=False)
class Case:
    """One recorded answer with what Azure said about the resources before."""

    kind: str
    name: str
    recorded: Json

    @property
    def complete_inputs(self) -> bool:
        """Whether all that the verdict depends on is in `resources`."""
        return self.recorded["complete_inputs"] is True

    @property
    def rules_known_from(self) -> str | None:
        return self.recorded["rules_known_from"]

    @property
    def target(self) -> str:
        return self.recorded["target"]

    @property
    def request(self) -> Json | None:
        return self.recorded["request"]

    @property
    def azure_says(self) -> Json | None:
        return self.recorded["azure_says"]

    @property
    def resources(self) -> list[Json]:
        return self.recorded["resources"]

    @property
    def companions(self) -> list[Json]:
        """Other answers about the same machine, with no write between them and this one."""
        return [other for other in self.recorded.get("companions", []) if other["writes_between"] == []]

    @property
    def made_by_azure_cli(self) -> bool:
        """Whether `az vm create` made the machine and the network around it."""
        return self.recorded["source"]["origin"] == "Azure/azure-cli"

    def body(self, resource_id: str) -> Json | None:
        """The body of one resource, in whatever letter case it is asked for."""
        found = [body for body in self.resources if body["id"].lower() == resource_id.lower()]
        return found[-1] if found else None


@cache
def cases(kind: str) -> tuple[Case, ...]:
    """All cases of a kind by name; none where the recordings are absent."""
    files = sorted((FOLDER / kind).glob("*.json"))
    return tuple(Case(kind, short_name(file.stem), json.loads(file.read_bytes())) for file in files)


def kinds() -> list[str]:
    """All kinds of recordings, in the order of their names."""
    return sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir()) if PRESENT else []


def short_name(stem: str) -> str:
    """`test_network_watcher_vm__07ac5420--0056` as `07ac5420-0056`: the recording and the exchange in it."""
    parts = re.search(r"__([0-9a-f]{8})(?:--0*(\d+))?$", stem)
    return f"{parts[1]}-{parts[2]}" if parts and parts[2] else parts[1] if parts else stem


def of_kind(kind: str, which: Callable[[Case], object] = lambda _: True) -> list[Any]:
    """The cases of a kind as parameters of a test; a single skipped one where the recordings are absent."""
    found = [pytest.param(case, id=case.name) for case in cases(kind) if which(case)]
    return found or [pytest.param(None, id="absent", marks=needs_recordings)]


def bodies(recorded: object) -> Iterator[tuple[str, Json]]:
    """Every body of a resource that vmaudit keeps, with its evidence table, wherever it stands in a recording."""
    if isinstance(recorded, list):
        for inner in recorded:
            yield from bodies(inner)
    elif isinstance(recorded, dict):
        table = _table(recorded)
        if table is not None:
            yield table, recorded
        for key, inner in recorded.items():
            if key != "request":  # what a client sent is no answer of Azure's
                yield from bodies(inner)


def _table(found: Json) -> str | None:
    resource_id, properties = found.get("id"), found.get("properties")
    if not isinstance(resource_id, str) or not isinstance(properties, dict) or properties.keys() <= _REFERENCE_ONLY:
        return None
    table = BY_TYPE.get(resource_type(resource_id, found.get("type")))
    return table.name if table else None
