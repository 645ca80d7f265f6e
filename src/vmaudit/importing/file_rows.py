"""One file, read from start to end, row by row."""

from collections.abc import Iterator

from vmaudit.importing.graph_kinds import kind_of_file
from vmaudit.importing.rows import Row, read_row
from vmaudit.importing.shapes import read_answer
from vmaudit.importing.sources import Source
from vmaudit.importing.unpacking import opened
from vmaudit.snapshot.manifest import SourceFile


class FileRows:
    """The rows of one file, to be read once. What the file is as a whole is known when the last row was read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.count = 0
        self.types: set[str] = set()
        self.cut_off = False
        self.sha256 = ""

    def __iter__(self) -> Iterator[Row]:
        """Every row in order. Raises UnreadableFileError."""
        with opened(self.source.path) as file:
            answer = read_answer(file.text, self.source.path)
            kind = answer.kind or kind_of_file(self.source.name)
            for given in answer.rows:
                row = read_row(given, self.source.path, kind)
                self.count += 1
                self.types.add(row.type)
                yield row
            if kind and not self.count:
                self.types.add(kind)
            self.cut_off = answer.cut_off
            self.sha256 = file.sha256()

    def entry(self) -> SourceFile:
        """What the manifest says about the file."""
        return SourceFile(self.source.name, self.sha256, self.count)
