"""Whether a manifest describes a snapshot that this vmaudit can read."""

import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from vmaudit.errors import SnapshotError
from vmaudit.snapshot.containers import EVIDENCE, MANIFEST, RESTORE, container, damage_named
from vmaudit.snapshot.manifest import SCHEMA, Manifest, Outcome, OutcomeKind, TableEntry
from vmaudit.snapshot.tables import BY_NAME, TABLES

MAX_MANIFEST: Final = 64 * 1024 * 1024
"""A larger file is no manifest of ours, and is not read into memory."""

_FAMILY: Final = SCHEMA.rpartition("/")[0] + "/"
_VERSION: Final = int(SCHEMA.rpartition("/")[2])
_VERSIONED: Final = re.compile(re.escape(_FAMILY) + "([0-9]{1,9})")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_LATER_TABLE: Final = Outcome("", OutcomeKind.NOT_COLLECTED, message="the snapshot was taken without this table")


class _Schema(msgspec.Struct):
    schema: str


def evidence_file(table: str) -> str:
    """Where the rows of a table are, inside the snapshot.

    >>> evidence_file("subnets")
    'evidence/subnets.ndjson.zst'
    """
    return f"{EVIDENCE}/{table}.ndjson.zst"


def is_moment(text: str) -> bool:
    """Whether a text is a moment as a manifest writes it: RFC 3339, in UTC, with `Z`.

    >>> is_moment("2026-11-21T09:30:00Z"), is_moment("2026-11-31T09:30:00Z"), is_moment("2026-11-21")
    (True, False, False)
    """
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_snapshot(path: Path) -> bool:
    """Whether a path claims to be a snapshot, of any version, whole or damaged."""
    try:
        with damage_named(str(path)), container(path).opened(MANIFEST) as stream:
            claimed = msgspec.json.decode(stream.read(MAX_MANIFEST), type=_Schema).schema
    except (SnapshotError, KeyError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return claimed.startswith(_FAMILY)


def read_manifest(text: bytes, shown: str) -> Manifest:
    """A manifest with an entry for every table of `TABLES`, in that order.

    `shown` is the file as messages name it. A table that the manifest leaves out counts as not collected: an older
    vmaudit did not know it. Raises SnapshotError.
    """
    manifest = _decoded(text, shown)
    for entry in manifest.tables:
        problem = _wrong_with(entry)
        if problem:
            raise SnapshotError(f"{shown} is damaged: the table {entry.name!r} {problem}", RESTORE)
    repeated = [name for name, times in Counter(entry.name for entry in manifest.tables).items() if times > 1]
    if repeated:
        raise SnapshotError(f"{shown} is damaged: it names the table {repeated[0]!r} twice", RESTORE)
    if not is_moment(manifest.taken_at):
        raise SnapshotError(
            f"{shown} is damaged: taken_at is {manifest.taken_at!r}, which is no moment in UTC", RESTORE
        )
    given = {entry.name: entry for entry in manifest.tables}
    every = tuple(given.get(table.name, TableEntry(table.name, (_LATER_TABLE,))) for table in TABLES)
    return msgspec.structs.replace(manifest, tables=every)


def _decoded(text: bytes, shown: str) -> Manifest:
    try:
        _check_schema(msgspec.json.decode(text, type=_Schema).schema, shown)
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise SnapshotError(f"{shown} is no manifest of a snapshot: {problem}", RESTORE) from problem


def _check_schema(schema: str, shown: str) -> None:
    if schema == SCHEMA:
        return
    version = _VERSIONED.fullmatch(schema)
    if version and int(version[1]) > _VERSION:
        raise SnapshotError(f"{shown} was written by a newer vmaudit (schema {schema})", "Update vmaudit.")
    raise SnapshotError(f"{shown} is no manifest of a snapshot: its schema is {schema!r}, not {SCHEMA!r}", RESTORE)


def _wrong_with(entry: TableEntry) -> str:
    """What is wrong with one table of a manifest, as the end of a sentence; "" if nothing is."""
    if entry.name not in BY_NAME:
        return "is none that this vmaudit knows"
    if not entry.outcomes:
        return "has no outcome"
    if entry.rows < 0 or entry.bytes < 0:
        return "counts fewer than no rows or bytes"
    if not entry.rows:
        return "names a file for no rows" if entry.file or entry.sha256 or entry.bytes else ""
    if entry.file != evidence_file(entry.name):
        return f"has its rows in {entry.file!r} where they belong in {evidence_file(entry.name)!r}"
    return "" if _SHA256.fullmatch(entry.sha256) else "has no sha256"
