"""Rows that are given more than once. Of each row a digest of its id and of its content is kept, and nothing else."""

import struct
from collections.abc import Iterable, Sequence
from enum import Enum
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from vmaudit.errors import UnreadableFileError
from vmaudit.importing.json_text import shortened
from vmaudit.importing.rows import Row, position

Place: TypeAlias = tuple[int, int]
"""A row's file, counted from 0 in the order of reading, and its number there."""

_KEPT: Final = struct.Struct("<16sIII?")


class OnDuplicate(Enum):
    """What to do where the files give one id twice with different content."""

    REFUSE = "refuse"
    """End the import: at most one of the two is true, and only a person knows which."""
    LAST = "last"
    """Keep the row that comes last, in the order of the files."""


_OUT_OF_DATE: Final = "Leave out the file that is out of date, or keep the last row with --on-duplicate last."
_TWO_LAYOUTS: Final = (
    "One is as `az` prints it, without `properties`, and one as ARM or Resource Graph answers, so they may well say "
    "the same. Keep the one that comes last with --on-duplicate last, or leave one of the files out."
)
"""The layouts are not compared: `az` renames and leaves out, and only the reader of a type knows what is the same."""


class _Seen(NamedTuple):
    """The last row that had an id. Equal `content` means equal JSON values, whatever the order of their keys."""

    content: bytes
    file: int
    number: int
    line: int
    nested: bool


class SeenIds:
    """The rows that were given so far, by id in any letter case."""

    def __init__(self) -> None:
        self._rows: dict[bytes, bytes] = {}

    def exchange(self, row: Row, file: int) -> _Seen | None:
        """The row that had this id before, if any. Unless it is equal, this row has the id from now on."""
        key = blake2b(row.id.lower().encode(), digest_size=16).digest()
        kept = self._rows.get(key)
        seen = None if kept is None else _Seen(*_KEPT.unpack(kept))
        if seen is None or seen.content != row.content:
            self._rows[key] = _KEPT.pack(row.content, file, row.number, row.line, row.nested)
        return seen


class FirstOfEqual:
    """Wants each id once, and refuses a second row with other content."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths
        self._seen = SeenIds()

    def wants(self, row: Row, file: int) -> bool:
        """Whether the row is new. Raises UnreadableFileError where it contradicts an earlier one."""
        earlier = self._seen.exchange(row, file)
        if earlier is None:
            return True
        if earlier.content == row.content:
            return False
        first = position(self._paths[earlier.file], earlier.number, earlier.line)
        second = position(self._paths[file], row.number, row.line)
        says = f"{shortened(row.id, 400)} is given twice with different content: {first} and {second}"
        raise UnreadableFileError(says, _OUT_OF_DATE if earlier.nested == row.nested else _TWO_LAYOUTS)


class LastOfEach:
    """Wants, of the rows with one id, the last that differs from those before. It has to see all rows first."""

    def __init__(self, files: Iterable[Iterable[Row]]) -> None:
        seen = SeenIds()
        self._unwanted: set[Place] = set()
        for file, rows in enumerate(files):
            for row in rows:
                earlier = seen.exchange(row, file)
                if earlier is None:
                    continue
                equal = earlier.content == row.content
                self._unwanted.add((file, row.number) if equal else (earlier.file, earlier.number))

    def wants(self, row: Row, file: int) -> bool:
        """Whether the row is the one to keep."""
        return (file, row.number) not in self._unwanted
