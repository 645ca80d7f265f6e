"""The bytes of a file as UTF-8 text, however it was packed and encoded, told by its first bytes and not by its name."""

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from vmaudit.errors import UnreadableFileError
from vmaudit.snapshot.zst import MAGIC as ZSTD_MAGIC
from vmaudit.snapshot.zst import CutOffError, unpacked

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_DOCUMENT: Final = 4 * 1024 * 1024 * 1024
"""Unpacked bytes of one JSON document, which is held in memory whole. NDJSON has no such limit."""

AS_JSON: Final = "Export it again with `-o json` and give the file as it was written."

_GZIP_MAGIC: Final = b"\x1f\x8b"
_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BUFFER: Final = 1 << 20


class Text(Protocol):
    """UTF-8 text without a byte order mark, read once from its start."""

    def readline(self, limit: int = -1, /) -> bytes:
        """The next line with its end; empty at the end of the text."""
        ...

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` more bytes; empty at the end of the text."""
        ...


class OpenedFile:
    """A file that is being read, and the hash of the bytes that it consists of."""

    def __init__(self, file: "_HashedFile", text: Text) -> None:
        self._file = file
        self.text = text

    def sha256(self) -> str:
        """The hash of the whole file as it is on the disk. Reads what was not read yet."""
        while self._file.read(_BUFFER):
            pass
        return self._file.sha256.hexdigest()


@contextmanager
def opened(path: Path) -> Generator[OpenedFile]:
    """Open a file of Azure resources: plain, gzip or zstd; UTF-8, or UTF-16 as PowerShell's `>` writes it.

    Raises UnreadableFileError. Reading the text can raise what `troubles_named` turns into that.
    """
    with (
        troubles_named(path),
        _HashedFile(path.open("rb", buffering=0)) as file,
        io.BufferedReader(file, _BUFFER) as packed,
    ):
        yield OpenedFile(file, _text(_unpacked(packed)))


@contextmanager
def troubles_named(path: Path) -> Generator[None]:
    """Turn what reading a file can raise into an UnreadableFileError that names it."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, CutOffError) as problem:
        raise UnreadableFileError(
            f"{path} can't be unpacked: it is cut off or damaged", "Copy or export the file again."
        ) from problem
    except UnicodeError as problem:
        raise UnreadableFileError(f"{path} is neither UTF-8 nor UTF-16 text", AS_JSON) from problem
    except OSError as problem:
        raise UnreadableFileError(
            f"{path} can't be read: {problem.strerror or problem}", "Give a file that can be read."
        ) from problem


def next_line(text: Text, path: Path) -> bytes:
    """The next line of a text. Raises UnreadableFileError on one that is larger than a document may be."""
    line = text.readline(MAX_DOCUMENT)
    if len(line) >= MAX_DOCUMENT:
        raise _too_large(path)
    return line


def document(text: Text, begin: bytes, path: Path) -> bytes:
    """All of a text whose first part was read already. Raises UnreadableFileError on more than `MAX_DOCUMENT`."""
    parts, length = [begin], len(begin)
    while piece := text.read(_BUFFER):
        parts.append(piece)
        length += len(piece)
        if length > MAX_DOCUMENT:
            raise _too_large(path)
    return b"".join(parts)


def _too_large(path: Path) -> UnreadableFileError:
    return UnreadableFileError(
        f"{path} holds a JSON document of more than {MAX_DOCUMENT >> 30} GiB",
        "Split it, or give it as NDJSON: one resource on each line.",
    )


class _HashedFile(io.RawIOBase):
    """A file that hashes what is read from it."""

    def __init__(self, file: io.FileIO) -> None:
        super().__init__()
        self._file = file
        self.sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer)
        count = self._file.readinto(view)
        self.sha256.update(view[:count])
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


class _Pieces(io.RawIOBase):
    """Pieces of bytes, read like a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        target = memoryview(buffer)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class _Utf16Text:
    """UTF-16 text with a byte order mark, read as UTF-8."""

    def __init__(self, stream: "io.BufferedReader[Any]") -> None:
        self._text = io.TextIOWrapper(stream, "utf-16", newline="\n")

    def readline(self, limit: int = -1, /) -> bytes:
        return self._text.readline(limit).encode()

    def read(self, size: int = -1, /) -> bytes:
        return self._text.read(size).encode()


def _unpacked(packed: "io.BufferedReader[Any]") -> "io.BufferedReader[Any]":
    start = packed.peek(4)[:4]
    if start.startswith(_GZIP_MAGIC):
        return io.BufferedReader(gzip.GzipFile(fileobj=packed), _BUFFER)
    if start == ZSTD_MAGIC:
        return io.BufferedReader(_Pieces(unpacked(packed)), _BUFFER)
    return packed


def _text(stream: "io.BufferedReader[Any]") -> Text:
    start = stream.peek(3)[:3]
    if start == codecs.BOM_UTF8:
        stream.read(len(codecs.BOM_UTF8))
    elif start[:2] in _UTF16_MARKS:
        return _Utf16Text(stream)
    return stream
