"""Files that people already have become a snapshot."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vmaudit.errors import UnreadableFileError
from vmaudit.importing.completeness import NOTHING_ASSERTED, Completeness, CutOff, assertions, cut_off, outcomes
from vmaudit.importing.duplicates import FirstOfEqual, LastOfEach, OnDuplicate
from vmaudit.importing.file_rows import FileRows
from vmaudit.importing.rows import Row
from vmaudit.importing.sources import Source, find_sources
from vmaudit.snapshot.manifest import SourceFile
from vmaudit.snapshot.tables import BY_TYPE, OTHER, TABLES
from vmaudit.snapshot.writing import SnapshotWriter

_EVERY: Final = 5000
"""Rows between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: in the `file_number`-th of `files` files, after `rows` rows of all."""

    file: str
    file_number: int
    files: int
    rows: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import brought."""

    snapshot: Path
    rows: tuple[tuple[str, int], ...]
    """Rows kept per table, for the tables that have any, in the order of `TABLES`."""
    other_types: tuple[tuple[str, int], ...]
    """Rows kept per type that no table names, the most frequent first."""
    files: tuple[SourceFile, ...]
    skipped_files: int
    """Files in the given folders that are no JSON by their names."""
    left_out: int
    """Rows that were given before, or that later rows replaced (`OnDuplicate.LAST`)."""
    cut_off: tuple[str, ...]
    """Files that say themselves that they are one page of a longer answer."""
    assertions: tuple[str, ...]


def import_files(
    paths: Sequence[Path],
    out: Path,
    *,
    taken_at: str,
    on_duplicate: OnDuplicate = OnDuplicate.REFUSE,
    complete_for: Completeness = NOTHING_ASSERTED,
    replace: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Imported:
    """Write the Azure resources in files and folders to a new snapshot (a folder, or a zip where `out` ends in `.zip`).

    `taken_at` is the moment the files speak of, RFC 3339 in UTC. With OnDuplicate.LAST each file is read twice. Raises
    UsageError on a wrong path or `out`, UnreadableFileError on a file that holds no Azure resources; then nothing is
    left at `out`.
    """
    sources = find_sources(paths)
    with SnapshotWriter(out, source="import", taken_at=taken_at, replace=replace) as writer:
        run = _Import(writer, sources.files, on_duplicate, on_progress)
        run.read_all()
        if not run.given:
            names = ", ".join(str(path) for path in paths)
            raise UnreadableFileError(f"{names}: there is not one resource to import", "Check what was exported.")
        ended = outcomes(run.rows, complete_for, run.cut_offs)
        for table, outcome in ended.items():
            writer.set_outcomes(table, (outcome,))
        claims = assertions(complete_for, ended)
        for claim in claims:
            writer.add_assertion(claim)
    return Imported(
        snapshot=out,
        rows=tuple((table.name, run.rows[table.name]) for table in TABLES if run.rows[table.name]),
        other_types=tuple(sorted(run.other_types.items(), key=lambda counted: (-counted[1], counted[0]))),
        files=tuple(run.read),
        skipped_files=sources.skipped,
        left_out=run.given - sum(run.rows.values()),
        cut_off=tuple(page.file for page in run.cut_offs),
        assertions=claims,
    )


class _Import:
    """One import on its way, and what it counted."""

    def __init__(
        self,
        writer: SnapshotWriter,
        sources: Sequence[Source],
        on_duplicate: OnDuplicate,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._writer = writer
        self._sources = sources
        self._on_progress = on_progress
        self._duplicates = (
            LastOfEach(FileRows(source) for source in sources)
            if on_duplicate is OnDuplicate.LAST
            else FirstOfEqual([source.path for source in sources])
        )
        self.given = 0
        self.rows: Counter[str] = Counter()
        self.other_types: Counter[str] = Counter()
        self.read: list[SourceFile] = []
        self.cut_offs: list[CutOff] = []

    def read_all(self) -> None:
        """Read every file and write its rows."""
        for number, source in enumerate(self._sources):
            file = FileRows(source)
            for row in file:
                self.given += 1
                if self._duplicates.wants(row, number):
                    self._keep(row)
                if self.given % _EVERY == 0:
                    self._report(source, number)
            self._note(file)
            self._report(source, number)

    def _keep(self, row: Row) -> None:
        table = BY_TYPE.get(row.type)
        name = table.name if table else OTHER
        self._writer.add_row(name, row.json)
        self.rows[name] += 1
        if table is None:
            self._writer.count_other_type(row.type)
            self.other_types[row.type] += 1

    def _note(self, file: FileRows) -> None:
        self.read.append(file.entry())
        self._writer.add_source_file(file.entry())
        if file.cut_off:
            self.cut_offs.append(cut_off(file.source.name, frozenset(file.types)))

    def _report(self, source: Source, number: int) -> None:
        if self._on_progress is not None:
            self._on_progress(Progress(source.name, number + 1, len(self._sources), self.given))
