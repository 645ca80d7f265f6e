"""The two shapes of a snapshot on disk: a folder, and one zip with the same content."""

import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final, Protocol

from vmaudit.errors import SnapshotError
from vmaudit.snapshot.zst import CutOffError

MANIFEST: Final = "manifest.json"
EVIDENCE: Final = "evidence"

PARTIAL: Final = ".partial-"
"""In the name of what is still being written. The last act of a writer is to give it its real name."""

RESTORE: Final = "Take the snapshot again, or restore it from where it was kept."


class Container(Protocol):
    """Where the files of a snapshot are. Names are as in the manifest: `evidence/<table>.ndjson.zst`."""

    def shown(self, name: str) -> str:
        """The file as a message names it."""
        ...

    def evidence(self) -> frozenset[str]:
        """The names of all that lies in `evidence/`."""
        ...

    def size(self, name: str) -> int | None:
        """The bytes of a file, or None where it is missing."""
        ...

    def opened(self, name: str) -> IO[bytes]:
        """The file, to be read from its start."""
        ...


class FolderContainer:
    """A snapshot in a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def shown(self, name: str) -> str:
        """The file as a message names it."""
        return str(self._path / name)

    def evidence(self) -> frozenset[str]:
        """The names of all that lies in `evidence/`."""
        folder = self._path / EVIDENCE
        if not folder.is_dir():
            return frozenset()
        return frozenset(f"{EVIDENCE}/{entry.name}" for entry in folder.iterdir())

    def size(self, name: str) -> int | None:
        """The bytes of a file, or None where it is missing."""
        file = self._path / name
        return file.stat().st_size if file.is_file() else None

    def opened(self, name: str) -> IO[bytes]:
        """The file, to be read from its start."""
        return (self._path / name).open("rb")


class ZipContainer:
    """A snapshot in one zip file. It is read where it lies: nothing is unpacked to the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        self._sizes = {entry.filename: entry.file_size for entry in entries}
        for entry in entries:
            if _leaves_its_folder(entry.filename):
                raise SnapshotError(
                    f"{path} holds {entry.filename!r}, a name that leads out of its folder", "Do not unpack this file."
                )
        if len(self._sizes) != len(entries):
            raise SnapshotError(f"{path} holds two files of the same name", RESTORE)

    def shown(self, name: str) -> str:
        """The file as a message names it."""
        return f"{self._path}: {name}"

    def evidence(self) -> frozenset[str]:
        """The names of all that lies in `evidence/`."""
        return frozenset(name for name in self._sizes if name.startswith(f"{EVIDENCE}/"))

    def size(self, name: str) -> int | None:
        """The bytes of a file, or None where it is missing."""
        return self._sizes.get(name)

    def opened(self, name: str) -> IO[bytes]:
        """The file, to be read from its start."""
        # Only the file is kept open by what is returned: `zipfile` counts its readers and closes with the last one.
        with zipfile.ZipFile(self._path) as archive:
            return archive.open(name)


def container(path: Path) -> Container:
    """The snapshot's folder or zip. Raises SnapshotError where the path is neither."""
    if path.is_dir():
        return FolderContainer(path)
    if not path.exists():
        raise SnapshotError(f"{path} does not exist", "Give the folder or the .zip that vmaudit import wrote.")
    with damage_named(str(path)):
        if zipfile.is_zipfile(path):
            return ZipContainer(path)
        with path.open("rb") as file:
            starts_as_zip = file.read(4) == b"PK\x03\x04"
    if starts_as_zip:
        raise SnapshotError(f"{path} is cut off: it starts as a zip and its end is missing", RESTORE)
    raise SnapshotError(
        f"{path} is no snapshot: it is neither a folder nor a zip",
        "Give the folder or the .zip that vmaudit import wrote.",
    )


def is_unfinished(path: Path) -> bool:
    """Whether a path is, or lies in, what a writer was working on when it was stopped.

    >>> is_unfinished(Path(".tuesday.partial-x1y2")), is_unfinished(Path("tuesday"))
    (True, False)
    """
    return any(part.startswith(".") and PARTIAL in part for part in (path.name, path.parent.name))


def holds_nothing_else(path: Path) -> bool:
    """Whether what claims to be a snapshot holds only files of a snapshot, so that it may be removed."""
    if not path.is_dir():
        return True
    beside = {entry.name for entry in path.iterdir()} - {MANIFEST, EVIDENCE}
    return not beside and all(name.endswith(".ndjson.zst") for name in FolderContainer(path).evidence())


@contextmanager
def damage_named(shown: str) -> Generator[None]:
    """Turn what reading a file of a snapshot can raise into a SnapshotError that names the file."""
    try:
        yield
    except (zipfile.BadZipFile, CutOffError, EOFError, NotImplementedError, RuntimeError) as problem:
        # NotImplementedError: a compression that zipfile does not know; RuntimeError: an entry under a password.
        raise SnapshotError(f"{shown} can't be unpacked: {problem}", RESTORE) from problem
    except OSError as problem:
        raise SnapshotError(f"{shown} can't be read: {problem.strerror or problem}", RESTORE) from problem


def _leaves_its_folder(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[0]
