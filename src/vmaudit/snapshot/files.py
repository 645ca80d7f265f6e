"""The files of a snapshot as they are written: for their owner alone, seen to the disk, the same each time."""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import zstandard

from vmaudit.snapshot.zst import LEVEL

_WAITING: Final = 1 << 20
"""Bytes of rows that are kept back and compressed together."""

_OWNER_ONLY: Final = 0o600
_ZIP_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3


class TableFile:
    """One table on its way to `evidence/<table>.ndjson.zst`. Size and hash count once it is finished."""

    def __init__(self, path: Path) -> None:
        self.rows = 0
        self.bytes = 0
        self._sha256 = hashlib.sha256()
        self._compressor = zstandard.ZstdCompressor(level=LEVEL).compressobj()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._file = _created(path)

    @property
    def sha256(self) -> str:
        """The hash of the compressed file."""
        return self._sha256.hexdigest()

    def add(self, row: bytes) -> bool:
        """Take one row. Whether enough wait that it is time to `flush`."""
        self.rows += 1
        self._waiting.append(row)
        self._waiting_bytes += len(row)
        return self._waiting_bytes >= _WAITING

    def flush(self) -> None:
        """Compress and write what waits."""
        self._waiting.append(b"")
        self._write(self._compressor.compress(b"\n".join(self._waiting)))
        self._waiting.clear()
        self._waiting_bytes = 0

    def finish(self) -> None:
        """Write the rest and see it to the disk."""
        self.flush()
        self._write(self._compressor.flush())
        _close_to_disk(self._file)

    def abandon(self) -> None:
        """Close the file, whatever is in it. Closing it again does no harm."""
        self._file.close()

    def _write(self, packed: bytes) -> None:
        self._file.write(packed)
        self._sha256.update(packed)
        self.bytes += len(packed)


@contextmanager
def new_file(path: Path) -> Generator[IO[bytes]]:
    """A new file that is on the disk when the block ends."""
    with _created(path) as stream:
        yield stream
        _close_to_disk(stream)


def fsync_folder(path: Path) -> None:
    """See the names in a folder to the disk: a file can be there and its name lost. Windows knows no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def locked(descriptor: int) -> bool:
    """Whether an open file is ours alone from now on, until it is closed or the process ends.

    Where nothing can be locked (Windows, some network file systems) nobody is kept out.
    """
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def zip_of(folder: Path, names: Iterable[str], packed: Path) -> None:
    """Put the named files of a folder into a new zip: not compressed again, without times, in the order given."""
    with new_file(packed) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name, _ZIP_EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = (0o100000 | _OWNER_ONLY) << 16
            entry.file_size = (folder / name).stat().st_size
            with (folder / name).open("rb") as content, archive.open(entry, "w") as target:
                shutil.copyfileobj(content, target, 1 << 20)


def _created(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb")


def _close_to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()
