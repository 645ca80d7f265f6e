"""Reports into a folder: each format by its own module, files that only their owner may read."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from vmaudit.assess.assessment import Assessment
from vmaudit.report.unavailable import PdfUnavailableError


@dataclass(frozen=True, slots=True)
class Reports:
    """What was written, and one sentence for what could not be ("" where all was)."""

    files: tuple[Path, ...]
    left_out: str


def write_reports(
    assessment: Assessment,
    formats: Sequence[str],
    folder: Path,
    *,
    organisation: str = "",
    on_stage: Callable[[str], None],
) -> Reports:
    """Write `formats` (html, pdf, json, csv) into `folder`, which is made if need be. Existing files are replaced.

    `organisation` is whose machines they are, for the heads of the HTML and the PDF. Where Pango is missing the PDF is
    left out, and the result says so.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files: list[Path] = []
    left_out = ""
    for name in formats:
        on_stage(f"writing the {name.upper()} report")
        try:
            for file, content in _FORMATS[name](assessment, organisation):
                files.append(_written(folder / file, content))
        except PdfUnavailableError as problem:
            left_out = f"{problem.message}. {problem.remedy}"
    return Reports(tuple(files), left_out)


_Files: TypeAlias = Iterator[tuple[str, Iterable[bytes]]]
"""Names of files, each with its content in pieces."""


def _html(assessment: Assessment, organisation: str) -> _Files:
    from vmaudit.report.html import to_html  # noqa: PLC0415 - each format loads its own libraries

    yield "report.html", (to_html(assessment, organisation=organisation).encode(),)


def _pdf(assessment: Assessment, organisation: str) -> _Files:
    from vmaudit.report.pdf import to_pdf  # noqa: PLC0415 - likewise

    yield "report.pdf", (to_pdf(assessment, organisation=organisation),)


def _json(assessment: Assessment, _organisation: str) -> _Files:
    from vmaudit.report.json_v1 import json_pieces  # noqa: PLC0415 - likewise

    yield "assessment.json", json_pieces(assessment)


def _csv(assessment: Assessment, _organisation: str) -> _Files:
    from vmaudit.report.csv_v1 import to_csv  # noqa: PLC0415 - likewise

    yield from ((name, (content,)) for name, content in to_csv(assessment).items())


_FORMATS = {"html": _html, "pdf": _pdf, "json": _json, "csv": _csv}


def _written(path: Path, content: Iterable[bytes]) -> Path:
    """The file, whole or not at all, and for its owner alone: it names every open door."""
    partial = path.with_name(f".{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.writelines(content)
    partial.replace(path)
    return path
