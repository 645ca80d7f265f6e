import gzip
import hashlib
import os
import stat
import threading
from pathlib import Path

import pytest

from desk import Desk, vm
from vmaudit.errors import UsageError
from vmaudit.importing.importing import Progress, import_files
from vmaudit.snapshot.manifest import SourceFile
from vmaudit.snapshot.reading import open_snapshot


def test_folders_are_read_with_what_is_below_them_in_the_order_of_the_names(desk: Desk) -> None:
    for name in ("z.json", "a/2.ndjson", "a/1.JSON", "a.jsonl", "b/c/d.json.gz"):
        content = b'{"id":"/subscriptions/%s"}' % name.encode()
        desk.put(name, gzip.compress(content) if name.endswith("gz") else content)

    imported, _ = desk.brings()

    assert [file.name for file in imported.files] == ["a/1.JSON", "a/2.ndjson", "a.jsonl", "b/c/d.json.gz", "z.json"]


def test_other_and_hidden_files_in_folders_are_skipped_and_counted(desk: Desk) -> None:
    desk.put("vms.json", [vm("web")])
    for name in ("notes.txt", ".hidden.json", ".git/config.json", "vms.json.bak", "deploy.sh", "x.zst"):
        desk.put(name, b"not read")

    imported, _ = desk.brings()

    assert [file.name for file in imported.files] == ["vms.json"]
    assert imported.skipped_files == 6


def test_a_file_that_is_named_is_read_whatever_it_is_called(desk: Desk) -> None:
    named = desk.put(".answer from azure (2).txt", [vm("web")])

    assert len(desk.rows("virtual_machines", named)) == 1


def test_files_are_recorded_by_name_without_the_way_to_them(desk: Desk) -> None:
    below = desk.put("network/vms.json", [vm("web"), vm("db")])
    alone = desk.put("elsewhere/one.json", vm("jump"))

    imported, snapshot = desk.brings(desk.folder / "network", alone)

    assert snapshot.manifest.files == (
        SourceFile("vms.json", hashlib.sha256(below.read_bytes()).hexdigest(), 2),
        SourceFile("one.json", hashlib.sha256(alone.read_bytes()).hexdigest(), 1),
    )
    assert imported.files == snapshot.manifest.files
    assert str(desk.folder) not in (desk.out / "manifest.json").read_text()


def test_the_hash_of_a_packed_file_is_that_of_the_file(desk: Desk) -> None:
    path = desk.put("vms.json.gz", gzip.compress(b'[{"id":"/subscriptions/s/resourceGroups/g"}]' + b" " * 3_000_000))

    assert desk.brings()[0].files[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_is_given_twice_is_read_once(desk: Desk) -> None:
    path = desk.put("vms.json", [vm("web")])

    imported, _ = desk.brings(desk.folder, path)

    assert len(imported.files) == 1
    assert imported.left_out == 0


def test_a_folder_without_any_json_is_refused(desk: Desk) -> None:
    desk.put("notes.txt", b"")

    assert desk.refusal() == "FOLDER holds no file to import (1 skipped)"


def test_snapshots_inside_a_folder_are_not_imported_again(desk: Desk) -> None:
    desk.put("vms.json", [vm("web")])
    import_files([desk.folder], desk.folder / "tuesday", taken_at="2026-11-21T12:00:00Z")

    imported, _ = desk.brings()

    assert [file.name for file in imported.files] == ["vms.json"]


@pytest.mark.parametrize("name", ["tuesday", "tuesday.zip"])
def test_a_snapshot_is_no_input(desk: Desk, name: str) -> None:
    desk.put("vms.json", [vm("web")])
    snapshot = desk.folder / name
    import_files([desk.folder], snapshot, taken_at="2026-11-21T12:00:00Z")

    with pytest.raises(UsageError) as refused:
        desk.brings(snapshot)

    assert refused.value.message == f"{snapshot} is a snapshot already"


def test_a_snapshot_may_be_a_zip(desk: Desk, tmp_path: Path) -> None:
    desk.put("vms.json", [vm("web")])
    import_files([desk.folder], tmp_path / "s.zip", taken_at="2026-11-21T12:00:00Z")

    assert open_snapshot(tmp_path / "s.zip").entry("virtual_machines").rows == 1


def test_the_same_files_give_the_same_snapshot(desk: Desk, tmp_path: Path) -> None:
    desk.put("b.json", [vm(f"vm{number}") for number in range(500)])
    desk.put("a.json", [vm("web")])

    first = desk.brings()[1].manifest_sha256
    again = tmp_path / "again"
    import_files([desk.folder], again, taken_at="2026-11-21T12:00:00Z")

    assert open_snapshot(again).manifest_sha256 == first


def test_evidence_is_for_its_owner_alone(desk: Desk) -> None:
    desk.put("vms.json", [vm("web", properties={"osProfile": {"adminPassword": "hunter2"}})])
    desk.brings()

    assert {stat.S_IMODE(file.stat().st_mode) for file in desk.out.rglob("*.*")} == {0o600}
    assert "hunter2" not in (desk.out / "manifest.json").read_text()


def test_a_pipe_can_be_imported(desk: Desk) -> None:
    pipe = desk.folder / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b'[{"id":"/subscriptions/s/resourceGroups/g"}]',))
    writer.start()

    imported, _ = desk.brings(pipe)

    writer.join()
    assert imported.rows == (("other_resources", 1),)


def test_progress_is_told_during_a_file_and_after_each(desk: Desk) -> None:
    desk.put("a.ndjson", b"\n".join(b'{"id":"/subscriptions/%d"}' % number for number in range(7000)))
    desk.put("b.json", [vm("web")])
    told: list[Progress] = []

    import_files([desk.folder], desk.out, taken_at="2026-11-21T12:00:00Z", on_progress=told.append)

    assert told == [
        Progress("a.ndjson", 1, 2, 5000),
        Progress("a.ndjson", 1, 2, 7000),
        Progress("b.json", 2, 2, 7001),
    ]
