"""The Jinja environment of the reports: everything escaped, missing names an error, odd characters made visible."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from vmaudit.report.wording import (
    code_parts,
    commands,
    counted,
    listed,
    literal,
    moment,
    number,
    paragraphs,
    shortened,
    visible,
)
from vmaudit.shipped import templates_folder

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class Font:
    """One shipped font file (SIL Open Font License, `report_templates/fonts/OFL.txt`)."""

    family: str
    weight: int
    file: str

    def read(self) -> bytes:
        """The file's bytes."""
        return (templates_folder() / "fonts" / self.file).read_bytes()


FONTS: Final = (
    Font("Plex Sans", 400, "ibm-plex-sans-latin-400-normal.woff2"),
    Font("Plex Sans", 600, "ibm-plex-sans-latin-600-normal.woff2"),
    Font("Plex Serif", 500, "ibm-plex-serif-latin-500-normal.woff2"),
    Font("Plex Mono", 400, "ibm-plex-mono-latin-400-normal.woff2"),
)
"""The fonts of both reports, so that they look the same everywhere; other scripts are left to the machine."""


def _shown(value: Any) -> Any:
    """What an expression of a template prints. Markup made by a macro passes: its parts were shown already."""
    return visible(value) if type(value) is str else value


def _lines(text: str) -> Any:
    """Text of several lines, each made visible and escaped: line breaks that are ours stay."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - comes with Jinja

    return Markup("\n").join(escape(visible(line)) for line in text.split("\n"))


_FILTERS: Final[dict[str, Any]] = {
    "code_parts": code_parts,
    "commands": commands,
    "counted": counted,
    "lines": _lines,
    "listed": listed,
    "literal": literal,
    "moment": moment,
    "number": number,
    "paragraphs": paragraphs,
    "shortened": shortened,
}


@lru_cache(maxsize=1)
def environment() -> "Environment":
    """The environment over `report_templates/`. Jinja is imported on first use: `vmaudit --help` does without."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - takes 60 ms

    made = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters.update(_FILTERS)
    return made
