import gzip
import os
from pathlib import Path

import pytest
import zstandard

from desk import Desk, compact, vm
from vmaudit.errors import UnreadableFileError, UsageError
from vmaudit.importing.importing import import_files
from vmaudit.importing.unpacking import document
from vmaudit.snapshot.reading import open_snapshot

ROW = compact(vm("web"))
TWO_COLUMNS = b'{"columns":[{"name":"id"},{"name":"tags"}],"rows":'

BROKEN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "f.json is empty"),
    "only blanks": (b" \n\n", "f.json is empty"),
    "a table for people": (
        b"Name    ResourceGroup\n------  -------------\n",
        "f.json:1:1 is no JSON: invalid character",
    ),
    "coloured output": (b'\x1b[34;01m"id"\x1b[39;49;00m: "x"', "f.json:1:1 is no JSON: invalid character"),
    "a missing comma": (b'[\n  {"id": "/a"}\n  {"id": "/b"}\n]', "f.json:3:3 is no JSON: expected ',' or ']'"),
    "a column behind letters of two bytes": (
        '{\n "\u00fc\u00fc\u00fc" 1}'.encode(),
        "f.json:2:8 is no JSON: expected ':'",
    ),
    "a trailing comma": (b'[{"id": "/a"},]', "f.json:1:15 is no JSON: trailing comma in array"),
    "an end in the middle": (b'[\n  {"id": "/a"},\n  {"id": "/b', "f.json:3:13 is no JSON: it ends in the middle"),
    "two documents": (
        b"[]\n[]\n",
        "f.json:2:1 is no JSON: another value follows; put each in a file of its own, or one on each line",
    ),
    "not a number": (b'[{"id": NaN}]', "f.json:1:9 is no JSON: invalid character"),
    "a number without end": (
        b'[{"id":"/a"},{"id":"/b","n":1e999}]',
        "f.json, row 2 is no JSON: a number is larger than any program can hold",
    ),
    "Latin-1": (b'[{"id":"/a","n":"\xfc"}]', "f.json, row 1 is no JSON: a text in it is not UTF-8"),
    "brackets without end": (b"[" * 100_000, "f.json is no JSON: it is nested too deeply"),
    "a broken line": (ROW + b"\n\n" + b'{"id": }', "f.json:3:8 is no JSON: invalid character"),
    "a line that ends in the middle": (
        ROW + b"\n" + ROW[:-3],
        f"f.json:2:{len(ROW) - 2} is no JSON: it ends in the middle",
    ),
    "a single text": (b'"hello"', "f.json holds no Azure resources: Expected `object`, got `str`"),
    "another object": (
        b'{"$schema": "x", "contentVersion": "1.0.0.0", "resources": []}',
        "f.json holds neither a resource nor a list of them: its keys are '$schema', 'contentVersion', 'resources'",
    ),
    "an empty object": (b"{}", "f.json holds neither a resource nor a list of them: its keys are nothing"),
    "keys that would move the cursor": (
        b'{"\\u001b[2J": 1}',
        r"f.json holds neither a resource nor a list of them: its keys are '\x1b[2J'",
    ),
    "a row without an id": (b'[{"id":"/a"},{"name":"b"}]', "f.json, row 2 has no `id`"),
    "a row with an empty id": (b'{"value":[{"id":""}]}', "f.json, row 1 has no `id`"),
    "a row with a number for an id": (b'{"data":[{"id":5}]}', "f.json, row 1 has no `id`"),
    "a line without an id": (ROW + b"\n\n" + b'{"name":"b"}', "f.json, row 2 (line 3) has no `id`"),
    "a line that is a list": (ROW + b"\n" + b"[]", "f.json, row 2 (line 2) is a list, not a resource"),
    "a row that is null": (b"[null]", "f.json, row 1 is null, not a resource"),
    "a row that is a text": (b'{"value": ["web"]}', "f.json, row 1 is a text, not a resource"),
    "a refusal by ARM": (
        b'{"error": {"code": "AuthorizationFailed", "message": "The client has no authorization."}}',
        "f.json holds no resources but a refusal by Azure, 'AuthorizationFailed': 'The client has no authorization.'",
    ),
    "a refusal without an envelope": (
        b'{"code": "ResourceNotFound", "message": "Not found."}',
        "f.json holds no resources but a refusal by Azure, 'ResourceNotFound': 'Not found.'",
    ),
    "a table with a short row": (
        TWO_COLUMNS + b'[["/a",{}],["/b"]]}',
        "f.json, row 2 has 1 cells where the table has 2 columns",
    ),
    "a table without an id": (b'{"data":{"columns":[{"name":"n"}],"rows":[[1]]}}', "f.json, row 1 has no `id`"),
    "a table with two columns of one name": (
        b'{"columns":[{"name":"id"},{"name":"id"}],"rows":[]}',
        "f.json holds a table with two columns of the same name",
    ),
    "a table with columns that have no name": (
        b'{"columns":["id"],"rows":[]}',
        "f.json holds a table of another shape: Expected `object`, got `str` - at `$[0]`",
    ),
    "gzip that is cut off": (gzip.compress(ROW)[:-9], "f.json can't be unpacked: it is cut off or damaged"),
    "zstd that is cut off": (
        zstandard.ZstdCompressor().compress(ROW * 9)[:-3],
        "f.json can't be unpacked: it is cut off or damaged",
    ),
    "zstd that is damaged": (
        zstandard.ZstdCompressor().compress(ROW * 9)[:5] + b"damage" * 9,
        "f.json can't be unpacked: it is cut off or damaged",
    ),
    "UTF-16 that is cut off": ("[]".encode("utf-16")[:-1], "f.json is neither UTF-8 nor UTF-16 text"),
    "no resource at all": (b"[]", "FOLDER: there is not one resource to import"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_ends_the_import_with_its_name_and_the_place(desk: Desk, content: bytes, message: str) -> None:
    desk.put("f.json", content)

    assert desk.refusal() == message


def test_zstd_that_ends_between_two_lines_is_not_taken_for_whole(desk: Desk) -> None:
    compressor = zstandard.ZstdCompressor().compressobj()
    begun = compressor.compress(ROW + b"\n") + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    desk.put("f.ndjson.zst", begun)

    assert desk.refusal() == "f.ndjson.zst can't be unpacked: it is cut off or damaged"


def test_a_path_that_does_not_exist_is_bad_usage(desk: Desk) -> None:
    with pytest.raises(UsageError) as refused:
        desk.brings(desk.folder / "typo.json")

    assert refused.value.message == f"{desk.folder / 'typo.json'} does not exist"
    assert refused.value.exit_code == 2


def test_a_document_larger_than_memory_should_hold_is_refused(tmp_path: Path) -> None:
    piece = bytes(1 << 20)

    class Endless:
        def read(self, size: int = -1, /) -> bytes:
            return piece[:size]

        def readline(self, limit: int = -1, /) -> bytes:
            return piece[:limit]

    with pytest.raises(UnreadableFileError, match=r"f.json holds a JSON document of more than 4 GiB"):
        document(Endless(), b"[", tmp_path / "f.json")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and can't be read")
def test_a_disk_that_fails_is_named(desk: Desk) -> None:
    assert desk.refusal(Path("/proc/self/mem")) == "/proc/self/mem can't be read: Input/output error"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(desk: Desk) -> None:
    desk.put("f.json", b"[]").chmod(0)

    assert desk.refusal() == "f.json can't be read: Permission denied"


def test_a_folder_given_as_a_link_to_itself_is_named(desk: Desk) -> None:
    loop = desk.folder / "loop.json"
    loop.symlink_to(loop)

    assert desk.refusal() == "FOLDER holds no file to import (1 skipped)"


def test_an_existing_snapshot_is_not_overwritten(desk: Desk) -> None:
    desk.put("vms.json", [vm("web")])
    desk.brings()

    with pytest.raises(UsageError, match="exists already"):
        import_files([desk.folder], desk.out, taken_at="2026-11-21T12:00:00Z")


def test_an_old_snapshot_stays_when_the_new_import_fails(desk: Desk) -> None:
    path = desk.put("vms.json", [vm("web")])
    before = desk.brings()[1].manifest_sha256
    path.write_text("[")

    with pytest.raises(UnreadableFileError, match="it ends in the middle"):
        desk.brings()

    assert open_snapshot(desk.out).manifest_sha256 == before
    assert sorted(left.name for left in desk.out.parent.iterdir()) == ["files", "snapshot"]
