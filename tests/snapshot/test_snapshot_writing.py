import hashlib
import json
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

import vmaudit
from vmaudit.errors import EvidenceError, SnapshotError, UsageError
from vmaudit.snapshot.manifest import Outcome, OutcomeKind, SourceFile
from vmaudit.snapshot.reading import open_snapshot
from vmaudit.snapshot.tables import TABLES
from vmaudit.snapshot.writing import SnapshotWriter

NOON = "2026-11-21T12:00:00Z"


def written(out: Path, *rows: bytes, replace: bool = False) -> Path:
    with SnapshotWriter(out, source="import", taken_at=NOON, replace=replace) as writer:
        for row in rows:
            writer.add_row("virtual_machines", row)
        writer.set_outcomes("virtual_machines", [Outcome("", OutcomeKind.PARTIAL, message="rows were imported")])
        writer.add_source_file(SourceFile("vms.json", "0" * 64, len(rows)))
        writer.count_other_type("microsoft.storage/storageaccounts")
        writer.add_assertion("Asserted at import: these files hold all subnets in their scope.")
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_rows_come_back_byte_for_byte_and_in_order(tmp_path: Path) -> None:
    rows = [b'{"id":"/b","n":1.0}', b'{"id":"/a","n":1e5,"z":{},"a":[]}', '{"id":"/ü"}'.encode()]

    snapshot = open_snapshot(written(tmp_path / "s", *rows))

    assert list(snapshot.rows("virtual_machines")) == rows


def test_every_table_is_in_the_manifest_and_what_nobody_gave_is_not_collected(tmp_path: Path) -> None:
    snapshot = open_snapshot(written(tmp_path / "s", b'{"id":"/a"}'))

    assert [entry.name for entry in snapshot.manifest.tables] == [table.name for table in TABLES]
    assert snapshot.entry("virtual_machines").rows == 1
    assert snapshot.entry("subnets").outcomes == (Outcome("", OutcomeKind.NOT_COLLECTED),)
    assert list(snapshot.rows("subnets")) == []


def test_the_manifest_is_readable_json_with_sorted_keys(tmp_path: Path) -> None:
    text = (written(tmp_path / "s", b'{"id":"/a"}') / "manifest.json").read_text()

    manifest = json.loads(text)
    assert list(manifest) == sorted(manifest)
    assert text == json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    assert manifest["schema"] == "vmaudit.snapshot/1"
    assert manifest["taken_at"] == NOON
    assert manifest["other_types"] == {"microsoft.storage/storageaccounts": 1}


def test_a_table_without_rows_has_no_file(tmp_path: Path) -> None:
    folder = written(tmp_path / "s", b'{"id":"/a"}')

    assert [file.name for file in (folder / "evidence").iterdir()] == ["virtual_machines.ndjson.zst"]


@pytest.mark.parametrize("name", ["s", "s.zip"])
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    rows = [b'{"id":"/%d"}' % number for number in range(100_000)]
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder / name, *rows)

    assert contents(tmp_path / "first") == contents(tmp_path / "second")


def test_a_zip_holds_the_files_of_the_folder_unchanged_and_without_times(tmp_path: Path) -> None:
    folder = written(tmp_path / "s", b'{"id":"/a"}')
    packed = written(tmp_path / "s.zip", b'{"id":"/a"}')

    with zipfile.ZipFile(packed) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == contents(folder)
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
    assert open_snapshot(packed).manifest == open_snapshot(folder).manifest
    assert open_snapshot(packed).manifest_sha256 == open_snapshot(folder).manifest_sha256


def test_only_the_owner_may_read_evidence(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = written(tmp_path / "s", b'{"id":"/a"}')
        packed = written(tmp_path / "s.zip", b'{"id":"/a"}')
    finally:
        os.umask(before)

    for path in (folder, *folder.rglob("*"), packed):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_nothing_is_left_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a row is one line of JSON"):
        written(tmp_path / "s", b'{"id":"/a"}', b"two\nlines")

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_the_work_when_it_succeeds(tmp_path: Path) -> None:
    written(tmp_path / "s", b'{"id":"/a"}')
    written(tmp_path / "s.zip", b'{"id":"/a"}')

    assert sorted(path.name for path in tmp_path.iterdir()) == ["s", "s.zip"]


@pytest.mark.parametrize("name", ["s", "s.zip"])
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    noise = [hashlib.sha256(b"%d" % number).hexdigest().encode() for number in range(50_000)]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(EvidenceError) as refused:
            written(tmp_path / name, *noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert refused.value.message == f"{tmp_path / name} can't be written: File too large"
    assert refused.value.exit_code == 3
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    def interrupted(writer: SnapshotWriter) -> None:
        with writer:
            (tmp_path / "s").mkdir()
            (tmp_path / "s" / "thesis.txt").write_text("four years of work")

    with pytest.raises(UsageError, match="is no vmaudit snapshot and is not replaced"):
        interrupted(SnapshotWriter(tmp_path / "s", source="import", taken_at=NOON, replace=True))

    assert contents(tmp_path) == {"s/thesis.txt": b"four years of work"}


HERE = {**os.environ, "PYTHONPATH": str(Path(vmaudit.__file__).parent.parent)}


def python(script: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", script, *arguments]


ENDLESS = """
import sys
from pathlib import Path
from vmaudit.snapshot.writing import SnapshotWriter

with SnapshotWriter(Path(sys.argv[1]), source="import", taken_at="2026-11-21T12:00:00Z") as writer:
    for number in range(10**12):
        writer.add_row("virtual_machines", b'{"id":"/%d"}' % number)
        if number == 500_000:
            print("in the middle", flush=True)
"""


def test_a_kill_in_the_middle_of_a_table_leaves_nothing_that_opens(tmp_path: Path) -> None:
    with subprocess.Popen(python(ENDLESS, str(tmp_path / "s")), env=HERE, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"in the middle\n"
        run.kill()

    assert not (tmp_path / "s").exists()
    (left,) = tmp_path.iterdir()
    assert (left / "evidence" / "virtual_machines.ndjson.zst").stat().st_size > 0
    with pytest.raises(SnapshotError):
        open_snapshot(left)


KILLED_AT_A_STEP = """
import os, signal, sys
from pathlib import Path
from vmaudit.snapshot.writing import SnapshotWriter

out, last_step, steps = Path(sys.argv[1]), int(sys.argv[2]), 0

def at_each_step(event, arguments):
    global steps
    if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir") and str(out.parent) in str(arguments[0]):
        steps += 1
        if steps == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

with SnapshotWriter(out, source="import", taken_at="2026-11-21T12:00:00Z", replace="--force" in sys.argv) as writer:
    sys.addaudithook(at_each_step)
    for number in range(2_000):
        writer.add_row(("virtual_machines", "network_interfaces")[number % 2], b'{"id":"/%d"}' % number)
"""


def killed_at_each_step(out: Path, *flags: str) -> Iterator[None]:
    """Run the writer again and again, each time killed one step later, until it gets to its end."""
    for step in count(1):
        status = subprocess.run(python(KILLED_AT_A_STEP, str(out), str(step), *flags), env=HERE, check=False).returncode
        yield
        if status == 0:
            return
        assert status == -signal.SIGKILL


@pytest.mark.parametrize("name", ["s", "s.zip"])
def test_a_kill_at_any_step_leaves_a_whole_snapshot_or_nothing_that_opens(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    whole = []
    for _ in killed_at_each_step(out):
        whole.append(out.exists())
        for left in tmp_path.iterdir():
            if left == out:
                assert open_snapshot(out).entry("virtual_machines").rows == 1_000
                shutil.move(out, tmp_path.parent / f"{tmp_path.name}-{len(whole)}")
            else:
                with pytest.raises(SnapshotError):
                    open_snapshot(left)

    assert whole == sorted(whole)
    assert whole.count(False) >= 5


def test_a_kill_while_a_zip_is_replaced_leaves_the_old_or_the_new_one(tmp_path: Path) -> None:
    out = written(tmp_path / "s.zip", b'{"id":"/old"}')
    found = [open_snapshot(out).entry("virtual_machines").rows for _ in killed_at_each_step(out, "--force")]

    assert found == sorted(found)
    assert set(found) == {1, 1_000}


def test_a_kill_while_a_folder_is_replaced_leaves_one_of_the_two_whole(tmp_path: Path) -> None:
    out = written(tmp_path / "s", b'{"id":"/old"}')
    for _ in killed_at_each_step(out, "--force"):
        aside = [left for left in tmp_path.iterdir() if ".replaced-" in left.name]
        where = out if out.exists() else aside[0]

        assert open_snapshot(where).entry("virtual_machines").rows in {1, 1_000}
        if not out.exists():
            where.rename(out)


def test_a_path_that_is_taken_is_refused(tmp_path: Path) -> None:
    out = written(tmp_path / "s", b'{"id":"/old"}')

    with pytest.raises(UsageError) as refused:
        written(out, b'{"id":"/new"}')

    assert refused.value.message == f"{out} exists already"
    assert refused.value.exit_code == 2
    assert list(open_snapshot(out).rows("virtual_machines")) == [b'{"id":"/old"}']


@pytest.mark.parametrize("name", ["s", "s.zip"])
def test_a_snapshot_is_replaced_when_that_is_asked_for(tmp_path: Path, name: str) -> None:
    out = written(tmp_path / name, b'{"id":"/old"}')

    written(out, b'{"id":"/new"}', replace=True)

    assert list(open_snapshot(out).rows("virtual_machines")) == [b'{"id":"/new"}']
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_damaged_snapshot_may_be_replaced_too(tmp_path: Path) -> None:
    out = written(tmp_path / "s", b'{"id":"/old"}')
    (out / "evidence" / "virtual_machines.ndjson.zst").unlink()

    written(out, b'{"id":"/new"}', replace=True)

    assert list(open_snapshot(out).rows("virtual_machines")) == [b'{"id":"/new"}']


def a_folder_of_something_else(out: Path) -> None:
    out.mkdir()
    (out / "thesis.txt").write_text("four years of work")


def a_snapshot_with_notes_in_it(out: Path) -> None:
    written(out, b'{"id":"/a"}')
    (out / "notes.txt").write_text("what the auditor said")


def a_plain_file(out: Path) -> None:
    out.write_text("four years of work")


def a_link_to_a_snapshot(out: Path) -> None:
    out.symlink_to(written(out.parent / "elsewhere", b'{"id":"/a"}'))


@pytest.mark.parametrize(
    "make", [a_folder_of_something_else, a_snapshot_with_notes_in_it, a_plain_file, a_link_to_a_snapshot]
)
def test_what_is_more_than_a_snapshot_is_never_replaced(tmp_path: Path, make: Callable[[Path], None]) -> None:
    out = tmp_path / "s"
    make(out)
    before = contents(tmp_path)

    with pytest.raises(UsageError, match="is no vmaudit snapshot and is not replaced"):
        written(out, b'{"id":"/new"}', replace=True)

    assert contents(tmp_path) == before


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        written(tmp_path / "typo" / "s")

    assert refused.value.message == (
        f"{tmp_path / 'typo'} does not exist, so nothing can be written to {tmp_path / 'typo' / 's'}"
    )


def test_a_moment_must_be_in_utc(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        SnapshotWriter(tmp_path / "s", source="import", taken_at="2026-11-21 12:00")

    assert refused.value.message == "'2026-11-21 12:00' is no moment in UTC"


@pytest.mark.parametrize("row", [b"", b'{"id":\n"/a"}'])
def test_a_row_is_one_line(tmp_path: Path, row: bytes) -> None:
    with pytest.raises(ValueError, match="a row is one line of JSON"):
        written(tmp_path / "s", row)
