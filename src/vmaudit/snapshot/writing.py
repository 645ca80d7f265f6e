"""Evidence on its way to the disk: under a passing name until it is whole, then under its own."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from vmaudit import __version__
from vmaudit.errors import EvidenceError, UsageError
from vmaudit.snapshot.containers import EVIDENCE, MANIFEST, PARTIAL, holds_nothing_else
from vmaudit.snapshot.files import TableFile, fsync_folder, new_file, zip_of
from vmaudit.snapshot.manifest import SCHEMA, MachineCounts, Manifest, Outcome, OutcomeKind, SourceFile, TableEntry
from vmaudit.snapshot.manifest_checks import evidence_file, is_moment, is_snapshot
from vmaudit.snapshot.tables import BY_NAME, TABLES

_NOTHING_SAID: Final = (Outcome("", OutcomeKind.NOT_COLLECTED),)


class SnapshotWriter:
    """A context manager that writes one snapshot: a folder, or one zip where `out` ends in `.zip`.

    Rows go to the disk as they come. Everything lies under `.<name>.partial-<random>` beside `out` and gets its real
    name as the last act, so a run that is stopped leaves nothing at `out`; an exception removes what was written. Files
    are for their owner alone (0600, folders 0700): evidence tells how to break in.

    Raises UsageError where `out` is taken (with `replace`: where it is taken by something that is no snapshot), and
    EvidenceError where the disk refuses.
    """

    def __init__(self, out: Path, *, source: str, taken_at: str, replace: bool = False) -> None:
        if not is_moment(taken_at):
            raise UsageError(f"{taken_at!r} is no moment in UTC", "Write it like 2026-11-21T09:30:00Z.")
        self._out = out
        self._source = source
        self._taken_at = taken_at
        self._replace = replace
        self._partial = out
        self._tables: dict[str, TableFile] = {}
        self._entries: dict[str, TableEntry] = {}
        self._files: list[SourceFile] = []
        self._other_types: Counter[str] = Counter()
        self._assertions: list[str] = []
        self._machine_counts: MachineCounts | None = None

    def __enter__(self) -> Self:
        check_place(self._out, replace=self._replace)
        with _refusals_named(self._out):
            name = f".{self._out.name}{PARTIAL}"
            self._partial = Path(tempfile.mkdtemp(prefix=name, dir=self._out.parent))
            (self._partial / EVIDENCE).mkdir(mode=0o700)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                with _refusals_named(self._out):
                    self._finish()
        finally:
            for table in self._tables.values():
                table.abandon()
            shutil.rmtree(self._partial, ignore_errors=True)

    def add_row(self, table: str, row: bytes) -> None:
        """Append one row: compact JSON on one line, as the service gave it."""
        if b"\n" in row or not row:
            raise ValueError("a row is one line of JSON")
        file = self._tables.get(table)
        if file is None:
            with _refusals_named(self._out):
                file = TableFile(self._partial / evidence_file(BY_NAME[table].name))
            self._tables[table] = file
        if file.add(row):
            with _refusals_named(self._out):
                file.flush()

    def set_outcomes(self, table: str, outcomes: Iterable[Outcome], *, query: str = "", api_version: str = "") -> None:
        """Say how the reading of a table ended, per scope. A table of which nothing is said counts as not collected."""
        name = BY_NAME[table].name
        self._entries[name] = TableEntry(name, tuple(outcomes), query=query, api_version=api_version)

    def add_source_file(self, file: SourceFile) -> None:
        """Record a file that rows came from."""
        self._files.append(file)

    def count_other_type(self, kind: str) -> None:
        """Count one more row of a type that no table names."""
        self._other_types[kind] += 1

    def add_assertion(self, sentence: str) -> None:
        """Record what a person claims about the evidence, in words for the report."""
        self._assertions.append(sentence)

    def set_machine_counts(self, counts: MachineCounts) -> None:
        """Record how many machines Azure counts by itself."""
        self._machine_counts = counts

    def _finish(self) -> None:
        manifest = Manifest(
            schema=SCHEMA,
            tool_version=__version__,
            source=self._source,
            taken_at=self._taken_at,
            tables=tuple(self._finished(table.name) for table in TABLES),
            files=tuple(self._files),
            other_types=dict(self._other_types),
            assertions=tuple(self._assertions),
            machine_counts=self._machine_counts,
        )
        fsync_folder(self._partial / EVIDENCE)
        with new_file(self._partial / MANIFEST) as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=2) + b"\n")
        fsync_folder(self._partial)
        if self._out.suffix.lower() == ".zip":
            packed = self._partial / "snapshot.zip"
            names = (*(entry.file for entry in manifest.tables if entry.file), MANIFEST)
            zip_of(self._partial, names, packed)
            self._give_name(packed)
        else:
            self._give_name(self._partial)
        fsync_folder(self._out.parent)

    def _finished(self, table: str) -> TableEntry:
        entry = self._entries.get(table, TableEntry(table, _NOTHING_SAID))
        file = self._tables.get(table)
        if file is None:
            return entry
        file.finish()
        return msgspec.structs.replace(
            entry, rows=file.rows, file=evidence_file(table), sha256=file.sha256, bytes=file.bytes
        )

    def _give_name(self, whole: Path) -> None:
        """Rename what is whole. A folder can't take the place of another in one step, so that one is moved aside first.

        A run that is stopped in between leaves the old snapshot beside `out`, as `.<name>.replaced-<random>`.
        """
        check_place(self._out, replace=self._replace)  # again: the work may have taken an hour
        if not self._out.exists() or (whole.is_file() and self._out.is_file()):
            whole.replace(self._out)
            return
        aside = self._partial.with_name(self._partial.name.replace(PARTIAL, ".replaced-"))
        self._out.rename(aside)
        try:
            whole.rename(self._out)
        except OSError:
            aside.rename(self._out)
            raise
        shutil.rmtree(aside) if aside.is_dir() else aside.unlink()


def check_place(out: Path, *, replace: bool) -> None:
    """Raise UsageError where nothing may be written to `out`."""
    if not out.parent.is_dir():
        raise UsageError(f"{out.parent} does not exist, so nothing can be written to {out}", "Make the folder first.")
    if not os.path.lexists(out):
        return
    if not replace:
        raise UsageError(f"{out} exists already", "Choose another name, or replace it with --force.")
    if out.is_symlink() or not is_snapshot(out) or not holds_nothing_else(out):
        raise UsageError(f"{out} is no vmaudit snapshot and is not replaced", "Choose another name.")


@contextmanager
def _refusals_named(out: Path) -> Generator[None]:
    try:
        yield
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise EvidenceError(f"{out} can't be written: {reason}", "Choose another place, or make room.") from problem
