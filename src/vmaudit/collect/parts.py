"""The answers of a collection on their way: one file per question, and a journal of those that are finished.

They lie in `.<name>.collecting` beside the snapshot that is to be, so that a run that was stopped can go on: what is in
the journal is not asked again. When all is answered they become the snapshot.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from glob import escape
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from vmaudit.collect.answers import TRANSIENT
from vmaudit.collect.questions import Question
from vmaudit.collect.seen import Seen
from vmaudit.errors import UsageError
from vmaudit.snapshot.containers import PARTIAL
from vmaudit.snapshot.files import TableFile, locked
from vmaudit.snapshot.manifest import OutcomeKind
from vmaudit.snapshot.zst import lines, unpacked

CUT: Final = "ResourceGroupsChosen"
"""The code of an answer that was whole to a question that did not ask for all."""

LEFT_OUT: Final = "LeftOutByResourceGraph"
"""The code of an answer of Resource Graph's in which a subscription that was asked for is missing without a word."""

_JOURNAL: Final = "journal.ndjson"


class Opening(msgspec.Struct, frozen=True):
    """The first line of a journal: which collection this is. Another one can't go on with its parts."""

    tool_version: str
    asked: str
    """Cloud, tenant and selection, in words."""
    taken_at: str


class Ending(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one question ended: a line of the journal."""

    key: str
    kind: OutcomeKind
    rows: int = 0
    sha256: str = ""
    code: str = ""
    message: str = ""
    status: int = 0
    """Of the answer that ended it, where that was a refusal; 0 where no answer came."""

    @property
    def may_be_mended(self) -> bool:
        """Whether asking again, or signing in again, may bring more."""
        return (
            self.kind is not OutcomeKind.COMPLETE
            and self.code not in {CUT, LEFT_OUT}
            and self.status in {0, 401, *TRANSIENT}
        )


class _Identified(msgspec.Struct):
    id: str = ""


_IDENTIFIED: Final = msgspec.json.Decoder(_Identified)


def row_id(row: bytes | msgspec.Raw) -> str:
    """The id of a row in lower case; "" where it has none."""
    return _IDENTIFIED.decode(row).id.lower()


class Part:
    """The rows of one question as they come. A row whose id was there before is not kept again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TableFile | None = None
        self._seen = Seen()
        self.expected: int | None = None

    @property
    def rows(self) -> int:
        """Rows kept so far."""
        return self._file.rows if self._file else 0

    def expect(self, rows: int) -> None:
        """Take note of how many there will be, for those who wait."""
        self.expected = rows

    def add(self, rows: Sequence[msgspec.Raw]) -> None:
        """Keep a page: compact JSON, one row a line."""
        for row in rows:
            identity = row_id(row)
            if not identity or self._seen.is_new(identity):
                self._keep(msgspec.json.format(bytes(row), indent=-1))

    def start_over(self) -> None:
        """Forget what was kept."""
        self.close()
        self._path.unlink(missing_ok=True)
        self._file = None
        self._seen = Seen()

    def finish(self) -> str:
        """See the rows to the disk; gives the hash of their file, "" where there are none."""
        if self._file is None:
            return ""
        self._file.finish()
        return self._file.sha256

    def close(self) -> None:
        """Close the file, whatever is in it."""
        if self._file:
            self._file.abandon()

    def _keep(self, row: bytes) -> None:
        if self._file is None:
            self._path.unlink(missing_ok=True)
            self._file = TableFile(self._path)
        if self._file.add(row):
            self._file.flush()


class Parts:
    """The folder of a collection on its way."""

    def __init__(self, folder: Path, opening: Opening) -> None:
        self._folder = folder
        self.opening = opening
        self._journal = -1
        self.endings: dict[str, Ending] = {}

    @classmethod
    def for_snapshot(cls, out: Path, opening: Opening, *, resume: bool, replace: bool) -> "Parts":
        """The parts of a new collection, or with `resume` those of one that was stopped.

        Raises UsageError where parts lie there and are neither to be resumed nor replaced, or are another collection's.
        """
        folder = out.with_name(f".{out.name}.collecting")
        parts = cls(folder, opening)
        if not folder.exists():
            return parts
        if resume:
            _refuse_company(folder, out)
            # What the stopped run was writing when it was stopped; its evidence is nobody's any more.
            for unfinished in out.parent.glob(f".{escape(out.name)}{PARTIAL}*"):
                shutil.rmtree(unfinished)
        if replace and not resume:
            shutil.rmtree(folder)
        elif not resume:
            raise UsageError(
                f"a collection for {out} was stopped before its end",
                "Go on with it by --resume, or begin anew with --force.",
            )
        parts._read_journal()
        return parts

    def __enter__(self) -> Self:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        journal = self._folder / _JOURNAL
        begun = journal.exists()
        self._journal = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        locked(self._journal)
        if begun:
            os.write(self._journal, b"\n")  # ends a line that a kill cut off
        else:
            self._note(self.opening)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._journal)

    def new(self, question: Question) -> Part:
        """An empty part for the answer to a question."""
        return Part(self._path(question.key))

    def finished(self, question: Question) -> Ending | None:
        """How a question ended in an earlier run, if it was answered whole and its rows are still there."""
        ending = self.endings.get(question.key)
        if ending is None or ending.kind is not OutcomeKind.COMPLETE:
            return None
        path = self._path(question.key)
        if ending.rows and (not path.is_file() or _sha256(path) != ending.sha256):
            return None
        return ending

    def end(self, ending: Ending) -> None:
        """Write to the journal how a question ended."""
        self.endings[ending.key] = ending
        self._note(ending)

    def rows(self, question: Question) -> Iterator[bytes]:
        """The rows of a question, one line of JSON each."""
        ending = self.endings.get(question.key)
        if ending is None or not ending.rows:
            return
        with self._path(question.key).open("rb") as stream:
            yield from lines(unpacked(stream))

    def remove(self) -> None:
        """Delete all parts: the snapshot holds them."""
        shutil.rmtree(self._folder)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.ndjson.zst"

    def _note(self, line: Opening | Ending) -> None:
        os.write(self._journal, msgspec.json.encode(line) + b"\n")
        os.fsync(self._journal)

    def _read_journal(self) -> None:
        journal = self._folder / _JOURNAL
        first, *rest = journal.read_bytes().split(b"\n") if journal.exists() else [b""]
        try:
            opening = msgspec.json.decode(first, type=Opening)
        except msgspec.DecodeError:  # stopped before its first line was whole: nothing was asked yet
            journal.unlink(missing_ok=True)
            return
        if opening.asked != self.opening.asked:
            raise UsageError(
                f"the collection that was stopped asked for something else: {opening.asked}",
                "Give the same options, or begin anew with --force.",
            )
        self.opening = opening
        for line in rest:
            with suppress(msgspec.DecodeError):  # a kill cut the line off: its question is asked again
                ending = msgspec.json.decode(line, type=Ending)
                self.endings[ending.key] = ending


def _refuse_company(folder: Path, out: Path) -> None:
    """Raise UsageError where the collection is not stopped at all: its process still holds the journal."""
    journal = folder / _JOURNAL
    if not journal.exists():
        return
    descriptor = os.open(journal, os.O_RDONLY)
    try:
        if not locked(descriptor):
            raise UsageError(f"another vmaudit is collecting for {out}", "Wait until it ends.")
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
