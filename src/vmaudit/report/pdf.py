"""An assessment as a PDF that an auditor files: A4, tagged, with bookmarks, the assessment itself attached as JSON.

WeasyPrint sets it. Nothing is fetched: the only addresses that the document may load are those of the shipped fonts.
"""

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final

from vmaudit.assess.assessment import Assessment
from vmaudit.report.content import Content, Limits, content, scope_in_short, scope_words
from vmaudit.report.json_v1 import to_json
from vmaudit.report.layouts import wide
from vmaudit.report.passports import Passport, Row
from vmaudit.report.templates import FONTS, environment
from vmaudit.report.unavailable import PdfUnavailableError
from vmaudit.shipped import templates_folder

LIMITS: Final = Limits(rows=200, passports=40, ways=6, holders=5, people=12)
"""How many machines are printed: a page takes about 0.15 s to set. The attached JSON holds all."""

_SCHEME: Final = "vmaudit-part:"
_SHADES: Final = {"A": "#ffffff", "B": "#e4e0d6", "C": "#b5b0a4", "D": "#3b3935", "F": "#9c2116"}
_EPOCH: Final = "SOURCE_DATE_EPOCH"
_EPOCH_LOCK: Final = Lock()


def to_pdf(assessment: Assessment, *, organisation: str = "", limits: Limits = LIMITS) -> bytes:
    """The assessment as PDF/UA-1. The same assessment gives the same bytes on the same machine.

    Raises PdfUnavailableError where Pango is missing.
    """
    weasyprint = _weasyprint()
    moment = _moment(assessment.as_of)
    pictures = Pictures()
    page = _page(content(assessment, organisation, limits), pictures, moment)
    with _dated(moment):
        document = weasyprint.HTML(string=page, url_fetcher=_own_parts_only(weasyprint, pictures))
        attachment = weasyprint.Attachment(
            string=to_json(assessment),
            name="assessment.json",
            description="The assessment that this document shows, schema vmaudit.assessment/1",
            relationship="Source",
            created=moment,
            modified=moment,
        )
        return document.write_pdf(pdf_variant="pdf/ua-1", attachments=[attachment])


class Pictures:
    """The pictures of one document, by the address under which it asks for them. Equal pictures share one."""

    def __init__(self) -> None:
        self._draw: Any = environment().get_template("print.svg.jinja").module
        self._style = _shipped_text("walls.print.css")
        self._addresses: dict[str, str] = {}
        self.by_address: dict[str, str] = {}

    def walls(self, passport: Passport) -> str:
        """The address of the picture of one machine."""
        return self._kept(self._draw.walls(wide(passport.picture), self._style))

    def spark(self, row: Row) -> str:
        """The address of a row of eight cells."""
        return self._kept(self._draw.spark(tuple(cell.state for cell in row.cells)))

    def spread(self, grades: Sequence[tuple[str, str, int]]) -> str:
        """The address of the bar of grades."""
        return self._kept(self._draw.spread([(letter, count) for letter, _, count in grades], _SHADES))

    def _kept(self, picture: str) -> str:
        known = self._addresses.get(picture)
        if known is None:
            known = self._addresses[picture] = f"{_SCHEME}picture-{len(self._addresses)}.svg"
            self.by_address[known] = picture
        return known


def _page(told: Content, pictures: Pictures, moment: datetime) -> str:
    from markupsafe import Markup  # noqa: PLC0415 - comes with Jinja, which `vmaudit --help` does without

    faces = (
        f'@font-face{{font-family:"{font.family}";font-weight:{font.weight};src:url({_SCHEME}{font.file})}}'
        for font in FONTS
    )
    return (
        environment()
        .get_template("report.pdf.jinja")
        .render(
            content=told,
            scope=scope_words(told.subject),
            running=" · ".join(filter(None, (told.organisation, scope_in_short(told.subject)))),
            created=moment.isoformat().replace("+00:00", "Z"),
            spread=pictures.spread(told.meanings),
            spark=pictures.spark,
            walls=pictures.walls,
            css=Markup("\n".join((*faces, _shipped_text("print.css")))),  # noqa: S704 - ours, no value from outside
        )
    )


def _shipped_text(name: str) -> Any:
    """A style sheet of ours as markup: it holds no value from outside."""
    from markupsafe import Markup  # noqa: PLC0415 - see above

    return Markup((templates_folder() / name).read_text(encoding="utf-8"))  # noqa: S704 - a file of ours


def _weasyprint() -> Any:
    """WeasyPrint, loaded on first use: it takes half a second, and libraries that a bare machine does not have."""
    try:
        import weasyprint  # noqa: PLC0415 - see above
    except OSError as problem:
        raise PdfUnavailableError(str(problem).partition("\n")[0]) from problem
    return weasyprint


def _own_parts_only(weasyprint: Any, pictures: Pictures) -> Any:
    """A fetcher that knows the shipped fonts and the document's own pictures, and refuses everything else."""
    urls = weasyprint.urls
    fonts = {f"{_SCHEME}{font.file}": font for font in FONTS}

    class OwnPartsOnly(urls.URLFetcher):
        """Opens no connection and no file but the fonts; WeasyPrint skips what raises."""

        def fetch(self, url: str, headers: object = None) -> Any:
            del headers
            if url in fonts:
                return urls.URLFetcherResponse(url, fonts[url].read(), {"Content-Type": "font/woff2"})
            if url in pictures.by_address:
                return urls.URLFetcherResponse(url, pictures.by_address[url], {"Content-Type": "image/svg+xml"})
            raise ValueError(f"{url} is not part of the report")

    return OwnPartsOnly()


def _moment(text: str) -> datetime:
    """The moment of the audit; the epoch where it is not told as a time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromtimestamp(0, tz=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def _dated(moment: datetime) -> Generator[None]:
    """Let the font writer date its files by the audit, not by the clock: it reads the date from the environment only.

    The variable is put back, and set by one thread at a time.
    """
    with _EPOCH_LOCK:
        before = os.environ.get(_EPOCH)
        os.environ[_EPOCH] = str(int(moment.timestamp()))
        try:
            yield
        finally:
            if before is None:
                del os.environ[_EPOCH]
            else:
                os.environ[_EPOCH] = before
