"""Which files the given paths stand for."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vmaudit.errors import UnreadableFileError, UsageError
from vmaudit.importing.unpacking import troubles_named
from vmaudit.snapshot.manifest_checks import is_snapshot

_ENDINGS: Final = (".json", ".ndjson", ".jsonl")
_PACKED: Final = (".gz", ".zst")


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read. `name` is what the manifest calls it: below the folder that was given, without the way there."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The files to read, each once and in order, and how many others the given folders hold."""

    files: tuple[Source, ...]
    skipped: int


def find_sources(paths: Sequence[Path]) -> Sources:
    """The files given, and those in the folders given: `.json`, `.ndjson`, `.jsonl`, also with `.gz` or `.zst`.

    Folders are read with what is below them, sorted by name. Hidden files, files with other endings and snapshots in
    folders are skipped. Raises UsageError on a path that does not exist or is a snapshot, and UnreadableFileError where
    there is no file to read.
    """
    found: dict[Path, Source] = {}
    skipped = 0
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} does not exist", "Give files or folders of Azure resources as JSON.")
        if (path.is_dir() or path.is_file()) and is_snapshot(path):  # a pipe could not be read again after a look
            raise UsageError(f"{path} is a snapshot already", "Audit it, or import the files that it was made from.")
        if not path.is_dir():
            found.setdefault(path.resolve(), Source(path, path.name))
            continue
        with troubles_named(path):
            for file in _files_below(path):
                if _is_evidence(file):
                    found.setdefault(file.resolve(), Source(file, file.relative_to(path).as_posix()))
                else:
                    skipped += 1
    if not found:
        raise UnreadableFileError(
            f"{', '.join(str(path) for path in paths)} holds no file to import ({skipped} skipped)",
            f"Files in folders are read by their ending: {', '.join(_ENDINGS)}, also with {' or '.join(_PACKED)}.",
        )
    return Sources(tuple(found.values()), skipped)


def _files_below(folder: Path) -> Iterator[Path]:
    """Every file below a folder, sorted; not what hidden folders and snapshots hold, which count as one each."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".") and not is_snapshot(path):
            yield from _files_below(path)
        else:
            yield path


def _is_evidence(path: Path) -> bool:
    name = path.name.lower()
    for ending in _PACKED:
        name = name.removesuffix(ending)
    return path.is_file() and not name.startswith(".") and name.endswith(_ENDINGS)
