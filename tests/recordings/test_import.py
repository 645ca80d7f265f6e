"""The importer over every resource body that the real Azure gave in the recordings."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from vmaudit.errors import UnreadableFileError
from vmaudit.importing.duplicates import OnDuplicate
from vmaudit.importing.importing import import_files
from vmaudit.importing.resource_types import type_of_id
from vmaudit.snapshot.reading import open_snapshot
from vmaudit.snapshot.tables import BY_TYPE, OTHER, TABLES

RECORDINGS = Path(__file__).parent.parent.parent.parent / "shared" / "azure-recordings"

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"the recorded answers are not at {RECORDINGS}")


def recorded(member: str) -> dict[str, list[Any]]:
    """What stands under a member of each case, by the name of the case; only cases that hold something there."""
    cases = {path: json.loads(path.read_bytes()) for path in sorted(RECORDINGS.glob("*/*.json"))}
    return {f"{path.parent.name}-{path.name}": case[member] for path, case in cases.items() if case.get(member)}


def test_every_recorded_resource_is_imported_and_the_last_of_each_id_kept(tmp_path: Path) -> None:
    last: dict[str, Any] = {}
    for name, resources in recorded("resources").items():
        (tmp_path / "files").mkdir(exist_ok=True)
        (tmp_path / "files" / name).write_text(json.dumps(resources, indent=1))
    for file in sorted((tmp_path / "files").iterdir(), key=lambda file: file.name):
        last |= {row["id"].lower(): row for row in json.loads(file.read_bytes())}

    imported = import_files(
        [tmp_path / "files"], tmp_path / "s", taken_at="2026-11-21T12:00:00Z", on_duplicate=OnDuplicate.LAST
    )

    snapshot = open_snapshot(tmp_path / "s")
    kept = {table.name: [json.loads(row) for row in snapshot.rows(table.name)] for table in TABLES}
    assert {row["id"].lower(): row for rows in kept.values() for row in rows} == last
    assert sum(map(len, kept.values())) == len(last)
    tables = Counter(BY_TYPE[kind].name if (kind := type_of_id(key)) in BY_TYPE else OTHER for key in last)
    assert dict(imported.rows) == dict(tables)
    assert sum(file.rows for file in imported.files) == len(last) + imported.left_out


def test_every_recorded_list_and_page_brings_all_its_rows_and_says_whether_more_follow(tmp_path: Path) -> None:
    answers = [exchange["response"] for each in recorded("exchanges").values() for exchange in each]
    lists = [answer for answer in answers if isinstance(answer, dict) and (answer.get("value") or answer.get("data"))]
    assert len(lists) > 40
    for answer in lists:
        (tmp_path / "answer.json").write_text(json.dumps(answer))

        imported = import_files(
            [tmp_path / "answer.json"], tmp_path / "s", taken_at="2026-11-21T12:00:00Z", replace=True
        )

        rows = answer.get("value") or answer["data"]
        held = rows["rows"] if isinstance(rows, dict) else rows
        assert sum(count for _, count in imported.rows) == len(held)
        assert bool(imported.cut_off) == bool(answer.get("nextLink") or answer.get("$skipToken"))


def test_every_recorded_refusal_is_named_as_one(tmp_path: Path) -> None:
    answers = [exchange["response"] for each in recorded("exchanges").values() for exchange in each]
    refusals = [answer for answer in answers if isinstance(answer, dict) and isinstance(answer.get("error"), dict)]
    assert refusals
    for answer in refusals:
        (tmp_path / "answer.json").write_text(json.dumps(answer))

        with pytest.raises(UnreadableFileError, match="holds no resources but a refusal by Azure"):
            import_files([tmp_path / "answer.json"], tmp_path / "s", taken_at="2026-11-21T12:00:00Z")
