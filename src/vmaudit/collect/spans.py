"""Spans of time: how far back logs are read, and the pieces that one answer can hold."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from vmaudit.errors import UsageError

SHORTEST: Final = timedelta(minutes=1)
"""A span that is not cut in two any more."""

_BACK: Final = re.compile(r"([1-9]\d{0,4})([hdw])")
_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST: Final = timedelta(days=4383)
"""Log Analytics keeps no row for longer than twelve years."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment (included) to another (not included), both in UTC."""

    since: datetime
    until: datetime

    def halves(self) -> tuple["Span", "Span"] | None:
        """The two halves, cut at a whole second; None where it is too short to be cut."""
        length = self.until - self.since
        if length <= SHORTEST:
            return None
        middle = (self.since + length / 2).replace(microsecond=0)
        return Span(self.since, middle), Span(middle, self.until)

    def __str__(self) -> str:
        return f"{moment_text(self.since)}/{moment_text(self.until)}"


def back_from(text: str, taken_at: str) -> Span:
    """The span that ends when a snapshot is taken (RFC 3339) and begins `30d`, `12h` or `2w` before.

    >>> str(back_from("30d", "2026-11-21T06:00:00Z"))
    '2026-10-22T06:00:00Z/2026-11-21T06:00:00Z'
    """
    until = datetime.fromisoformat(taken_at).astimezone(UTC)
    return Span(until - length_of(text), until)


def length_of(text: str) -> timedelta:
    """A length of time as `--since` takes it. Raises UsageError."""
    found = _BACK.fullmatch(text.strip().lower())
    length = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    if not timedelta() < length <= _LONGEST:
        raise UsageError(f"{text!r} is no time to look back", "Write days, hours or weeks, such as 30d, 12h or 8w.")
    return length


def iso_length(text: str) -> str:
    """A length of time as ISO 8601 has it, for the Azure CLI.

    >>> iso_length("30d"), iso_length("12h"), iso_length("2w")
    ('P30D', 'PT12H', 'P14D')
    """
    hours = int(length_of(text).total_seconds()) // 3600
    return f"P{hours // 24}D" if hours % 24 == 0 else f"PT{hours}H"


def moment_text(moment: datetime) -> str:
    """A moment as RFC 3339 in UTC."""
    return moment.isoformat().replace("+00:00", "Z")
