import hashlib
import io
import itertools
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vmaudit.errors import SnapshotError
from vmaudit.snapshot.manifest import OutcomeKind
from vmaudit.snapshot.reading import open_snapshot
from vmaudit.snapshot.tables import TABLES
from vmaudit.snapshot.writing import SnapshotWriter
from vmaudit.snapshot.zst import CutOffError, lines

VMS = "evidence/virtual_machines.ndjson.zst"


def snapshot_at(out: Path) -> Path:
    with SnapshotWriter(out, source="import", taken_at="2026-11-21T12:00:00Z") as writer:
        for number in range(1000):
            writer.add_row("virtual_machines", b'{"id":"/vm%d"}' % number)
        writer.add_row("subnets", b'{"id":"/subnet"}')
    return out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return snapshot_at(tmp_path / "s")


def edit_manifest(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def table(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    return next(entry for entry in manifest["tables"] if entry["name"] == name)


def zip_with(path: Path, folder: Path, *, without: str = "", **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            name = file.relative_to(folder).as_posix()
            if file.is_file() and name != without:
                archive.write(file, name)
        for name, content in more.items():
            archive.writestr(name, content)
    return path


def refusal(path: Path) -> SnapshotError:
    with pytest.raises(SnapshotError) as refused:
        open_snapshot(path)
    assert refused.value.exit_code == 3
    assert refused.value.remedy
    return refused.value


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "typo").message == f"{tmp_path / 'typo'} does not exist"


def test_a_folder_without_a_manifest_is_no_snapshot(tmp_path: Path) -> None:
    assert refusal(tmp_path).message == f"{tmp_path} is no snapshot: it holds no manifest.json"


def test_a_file_of_another_kind_is_no_snapshot(tmp_path: Path) -> None:
    (tmp_path / "vms.json").write_text("[]")

    assert refusal(tmp_path / "vms.json").message == (
        f"{tmp_path / 'vms.json'} is no snapshot: it is neither a folder nor a zip"
    )


def test_a_zip_of_something_else_is_no_snapshot(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("holiday.jpg", b"")

    assert refusal(tmp_path / "x.zip").message == f"{tmp_path / 'x.zip'} is no snapshot: it holds no manifest.json"


def test_a_snapshot_of_a_newer_schema_asks_for_an_update(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(schema="vmaudit.snapshot/2", tables="in another form"))

    refused = refusal(folder)

    assert refused.message == (f"{folder / 'manifest.json'} was written by a newer vmaudit (schema vmaudit.snapshot/2)")
    assert refused.remedy == "Update vmaudit."


@pytest.mark.parametrize("schema", ["terraform.state/4", "vmaudit.snapshot/", "vmaudit.snapshot/" + "9" * 5000])
def test_a_manifest_of_something_else_is_refused(folder: Path, schema: str) -> None:
    edit_manifest(folder, lambda manifest: manifest.update(schema=schema))

    assert "is no manifest of a snapshot: its schema is" in refusal(folder).message


def test_a_manifest_that_is_cut_off_is_named(folder: Path) -> None:
    text = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(text[: len(text) // 2])

    assert refusal(folder).message == (
        f"{folder / 'manifest.json'} is no manifest of a snapshot: Input data was truncated"
    )


def test_an_edited_byte_is_found_and_its_file_named(folder: Path) -> None:
    content = bytearray((folder / VMS).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / VMS).write_bytes(content)

    assert refusal(folder).message == (f"{folder / VMS} was edited after the snapshot was taken: its sha256 is another")


def test_an_edited_byte_in_a_zip_is_found_and_its_file_named(tmp_path: Path) -> None:
    path = snapshot_at(tmp_path / "s.zip")
    with zipfile.ZipFile(path) as archive:
        content = archive.read(VMS)
    text = path.read_bytes()
    at = text.index(content) + len(content) // 2
    path.write_bytes(text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :])

    assert refusal(path).message.startswith(f"{path}: {VMS} ")


def test_a_file_that_is_cut_off_is_named(folder: Path) -> None:
    size = (folder / VMS).stat().st_size
    (folder / VMS).write_bytes((folder / VMS).read_bytes()[:-3])

    assert refusal(folder).message == (
        f"{folder / VMS} has {size - 3} bytes where the manifest says {size}: it was cut off or edited"
    )


def test_a_file_that_is_missing_is_named(folder: Path) -> None:
    (folder / VMS).unlink()

    assert refusal(folder).message == f"{folder / VMS} is missing"


def test_evidence_that_the_manifest_does_not_name_is_refused(folder: Path) -> None:
    (folder / "evidence" / "public_ip_addresses.ndjson.zst").write_bytes(b"")

    assert refusal(folder).message == (
        f"{folder / 'evidence/public_ip_addresses.ndjson.zst'} is evidence that the manifest does not name"
    )


def test_a_snapshot_that_was_not_finished_does_not_open_even_if_it_looks_whole(folder: Path) -> None:
    unfinished = folder.rename(folder.parent / ".s.partial-x1y2z3")

    assert refusal(unfinished).message == f"{unfinished} was not finished: the run that wrote it was stopped"


def test_a_zip_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = snapshot_at(tmp_path / "s.zip")
    path.write_bytes(path.read_bytes()[:-30])

    assert refusal(path).message == f"{path} is cut off: it starts as a zip and its end is missing"


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "evidence/../../outside", "..\\outside", "C:/outside"])
def test_a_zip_with_a_name_that_leads_out_of_its_folder_is_refused(folder: Path, name: str) -> None:
    path = zip_with(folder.parent / "s.zip", folder, **{name: b"x"})

    assert refusal(path).message == f"{path} holds {name!r}, a name that leads out of its folder"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_two_files_of_one_name_is_refused(folder: Path) -> None:
    path = zip_with(folder.parent / "s.zip", folder, **{VMS: b"another"})

    assert refusal(path).message == f"{path} holds two files of the same name"


def test_a_zip_that_somebody_made_of_the_folder_opens(folder: Path) -> None:
    path = folder.parent / "by-hand.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in [folder / "evidence", *sorted(folder.rglob("*.*"))]:
            archive.write(file, file.relative_to(folder))

    assert list(open_snapshot(path).rows("virtual_machines")) == list(open_snapshot(folder).rows("virtual_machines"))


def test_a_zip_bomb_is_refused_by_its_declared_size(folder: Path) -> None:
    path = folder.parent / "s.zip"
    zip_with(path, folder, without=VMS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(VMS, bytes(50_000_000))

    assert "has 50000000 bytes where the manifest says" in refusal(path).message


CHANGES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda manifest: manifest["tables"].append(manifest["tables"][0]), "names the table 'virtual_machines' twice"),
    (lambda manifest: manifest["tables"][0].update(name="x"), "the table 'x' is none that this vmaudit knows"),
    (
        lambda manifest: table(manifest, "virtual_machines").update(file="../../etc/passwd"),
        f"the table 'virtual_machines' has its rows in '../../etc/passwd' where they belong in {VMS!r}",
    ),
    (lambda manifest: table(manifest, "virtual_machines").update(sha256=""), "has no sha256"),
    (lambda manifest: table(manifest, "virtual_machines").update(rows=0), "names a file for no rows"),
    (lambda manifest: table(manifest, "virtual_machines").update(rows=-1), "counts fewer than no rows or bytes"),
    (lambda manifest: table(manifest, "route_tables").update(outcomes=[]), "has no outcome"),
    (lambda manifest: manifest.update(taken_at="soon"), "taken_at is 'soon', which is no moment in UTC"),
    (lambda manifest: manifest.update(taken_at="2026-02-30T00:00:00Z"), "which is no moment in UTC"),
    (lambda manifest: table(manifest, "subnets")["outcomes"][0].update(outcome="splendid"), "'splendid'"),
    (lambda manifest: manifest.pop("tables"), "`tables`"),
]


@pytest.mark.parametrize(("change", "complaint"), CHANGES, ids=[complaint for _, complaint in CHANGES])
def test_a_manifest_that_contradicts_itself_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], None], complaint: str
) -> None:
    edit_manifest(folder, change)

    assert refusal(folder).message.startswith(f"{folder / 'manifest.json'} is ")
    assert complaint in refusal(folder).message


def test_a_table_that_the_manifest_leaves_out_counts_as_not_collected(folder: Path) -> None:
    edit_manifest(folder, lambda manifest: manifest["tables"].remove(table(manifest, "security_groups")))

    snapshot = open_snapshot(folder)

    assert [outcome.outcome for outcome in snapshot.entry("security_groups").outcomes] == [OutcomeKind.NOT_COLLECTED]
    assert [entry.name for entry in snapshot.manifest.tables] == [each.name for each in TABLES]


@pytest.mark.parametrize(("claimed", "held"), [(999, "more than 999"), (1001, "1000")])
def test_a_wrong_number_of_rows_is_found_when_they_are_read(folder: Path, claimed: int, held: str) -> None:
    edit_manifest(folder, lambda manifest: table(manifest, "virtual_machines").update(rows=claimed))
    snapshot = open_snapshot(folder)

    with pytest.raises(SnapshotError) as refused:
        list(snapshot.rows("virtual_machines"))

    assert refused.value.message == f"{folder / VMS} holds {held} rows where the manifest says {claimed}"


def test_evidence_that_was_never_whole_is_found_when_it_is_read(folder: Path) -> None:
    packed = zstandard.ZstdCompressor().compress(b'{"id":"/vm"}\n' * 5000)[:-4]
    (folder / VMS).write_bytes(packed)
    edit_manifest(
        folder,
        lambda manifest: table(manifest, "virtual_machines").update(
            sha256=hashlib.sha256(packed).hexdigest(), bytes=len(packed), rows=5000
        ),
    )

    with pytest.raises(SnapshotError) as refused:
        list(open_snapshot(folder).rows("virtual_machines"))

    assert refused.value.message == f"{folder / VMS} can't be unpacked: the last frame is not finished"


def test_a_half_read_table_leaves_no_open_file(folder: Path) -> None:
    rows = open_snapshot(folder).rows("virtual_machines")

    assert next(rows) == b'{"id":"/vm0"}'
    del rows


def test_a_name_that_is_no_table_is_a_mistake_of_the_caller(folder: Path) -> None:
    with pytest.raises(KeyError):
        open_snapshot(folder).entry("virtual_machine")


def test_a_manifest_larger_than_any_of_ours_is_not_read(folder: Path) -> None:
    with (folder / "manifest.json").open("ab") as file:
        file.truncate(65 * 1024 * 1024)

    assert refusal(folder).message == f"{folder / 'manifest.json'} is too large to be a manifest (68157440 bytes)"


def test_a_snapshot_without_rows_opens_even_without_its_empty_folder(tmp_path: Path) -> None:
    with SnapshotWriter(tmp_path / "s", source="import", taken_at="2026-11-21T12:00:00Z"):
        pass
    (tmp_path / "s" / "evidence").rmdir()

    assert list(open_snapshot(tmp_path / "s").rows("virtual_machines")) == []


def test_a_line_that_was_made_to_fill_the_memory_is_refused() -> None:
    with pytest.raises(CutOffError, match="a line is longer than any Azure resource"):
        list(lines(itertools.repeat(bytes(1 << 20))))


LINES = st.binary(min_size=1, max_size=200).filter(lambda row: b"\n" not in row)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.dictionaries(st.sampled_from([each.name for each in TABLES]), st.lists(LINES, max_size=30), max_size=5),
    suffix=st.sampled_from(["", ".zip"]),
    number=st.uuids(),
)
def test_what_is_written_is_read(tmp_path: Path, rows: dict[str, list[bytes]], suffix: str, number: object) -> None:
    out = tmp_path / f"{number}{suffix}"
    with SnapshotWriter(out, source="import", taken_at="2026-11-21T12:00:00Z", replace=True) as writer:
        for name, lines in rows.items():
            for line in lines:
                writer.add_row(name, line)

    snapshot = open_snapshot(out)

    assert {each.name: list(snapshot.rows(each.name)) for each in TABLES} == {
        each.name: rows.get(each.name, []) for each in TABLES
    }


def test_a_large_row_crosses_the_pieces_it_is_read_in(tmp_path: Path) -> None:
    row = json.dumps({"id": "/a", "noise": hashlib.shake_256(b"x").hexdigest(3_000_000)}).encode()
    with SnapshotWriter(tmp_path / "s", source="import", taken_at="2026-11-21T12:00:00Z") as writer:
        writer.add_row("virtual_machines", row)

    assert list(open_snapshot(tmp_path / "s").rows("virtual_machines")) == [row]


def test_a_table_can_be_read_with_other_tools(folder: Path) -> None:
    with zstandard.ZstdDecompressor().stream_reader(io.BytesIO((folder / VMS).read_bytes())) as stream:
        lines = stream.read().splitlines()

    assert lines[999] == b'{"id":"/vm999"}'
    assert len(lines) == 1000
