"""A snapshot on disk becomes evidence again, or is refused with the name of the file that is wrong."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from vmaudit.errors import SnapshotError
from vmaudit.snapshot.containers import MANIFEST, RESTORE, Container, container, damage_named, is_unfinished
from vmaudit.snapshot.manifest import Manifest, TableEntry
from vmaudit.snapshot.manifest_checks import MAX_MANIFEST, read_manifest
from vmaudit.snapshot.zst import lines, unpacked


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Evidence that was found whole: every file there, and each with the hash that the manifest gives."""

    path: Path
    manifest: Manifest
    """With an entry for every table that this vmaudit knows, in the order of `TABLES`."""
    manifest_sha256: str
    _container: Container

    def entry(self, table: str) -> TableEntry:
        """What the manifest says about a table. Raises KeyError on a name that is in no `TABLES`."""
        for entry in self.manifest.tables:
            if entry.name == table:
                return entry
        raise KeyError(table)

    def rows(self, table: str) -> Iterator[bytes]:
        """Every row of a table as it was given, one line of JSON each, streamed.

        The number of rows is compared with the manifest as they pass, since counting them first would cost as much as
        reading them. Raises SnapshotError.
        """
        entry = self.entry(table)
        if not entry.file:
            return
        shown = self._container.shown(entry.file)
        count = 0
        with damage_named(shown), self._container.opened(entry.file) as stream:
            for row in lines(unpacked(stream)):
                count += 1
                if count > entry.rows:
                    break
                yield row
        if count != entry.rows:
            held = f"more than {entry.rows}" if count > entry.rows else str(count)
            raise SnapshotError(f"{shown} holds {held} rows where the manifest says {entry.rows}", RESTORE)


def open_snapshot(path: Path) -> Snapshot:
    """Check a snapshot (folder or zip) and open it.

    Schema, manifest, presence, size and sha256 of each file, and that nothing else lies in `evidence/`. Raises
    SnapshotError, with a message that names the file.
    """
    if is_unfinished(path):
        raise SnapshotError(
            f"{path} was not finished: the run that wrote it was stopped", "Delete it and take the snapshot again."
        )
    found = container(path)
    text = _manifest_text(path, found)
    manifest = read_manifest(text, found.shown(MANIFEST))
    named = frozenset(entry.file for entry in manifest.tables if entry.file)
    for stray in sorted(found.evidence() - named):
        raise SnapshotError(f"{found.shown(stray)} is evidence that the manifest does not name", RESTORE)
    for entry in manifest.tables:
        if entry.file:
            _check_file(found, entry)
    return Snapshot(path, manifest, hashlib.sha256(text).hexdigest(), found)


def _manifest_text(path: Path, found: Container) -> bytes:
    shown = found.shown(MANIFEST)
    with damage_named(shown):
        size = found.size(MANIFEST)
        if size is None:
            raise SnapshotError(
                f"{path} is no snapshot: it holds no {MANIFEST}",
                "Give the folder or the .zip that vmaudit import wrote.",
            )
        if size > MAX_MANIFEST:
            raise SnapshotError(f"{shown} is too large to be a manifest ({size} bytes)", RESTORE)
        with found.opened(MANIFEST) as stream:
            return stream.read(MAX_MANIFEST)


def _check_file(found: Container, entry: TableEntry) -> None:
    shown = found.shown(entry.file)
    with damage_named(shown):
        size = found.size(entry.file)
        if size is None:
            raise SnapshotError(f"{shown} is missing", RESTORE)
        if size != entry.bytes:
            raise SnapshotError(
                f"{shown} has {size} bytes where the manifest says {entry.bytes}: it was cut off or edited", RESTORE
            )
        with found.opened(entry.file) as stream:
            digest = _sha256(stream, entry.bytes)
    if digest != entry.sha256:
        raise SnapshotError(f"{shown} was edited after the snapshot was taken: its sha256 is another", RESTORE)


def _sha256(stream: IO[bytes], size: int) -> str:
    """The hash of the first `size` bytes: a zip may unpack to more than it declares, and none of that is read."""
    digest = hashlib.sha256()
    left = size
    while left and (piece := stream.read(min(left, 1 << 20))):
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest()
