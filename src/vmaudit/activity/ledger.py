"""The ledger of requests for just-in-time access: the rows of one request together, and what became of it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from vmaudit.estate.activity_log import LoggedRequest
from vmaudit.estate.resources import JitRequest, Key
from vmaudit.known import Read, Unknown

_REFUSED: Final = frozenset({"failure", "failed"})


@dataclass(frozen=True, slots=True)
class Request:
    """One request, by its earliest row. One that Azure refused is not among them."""

    at: datetime
    policy: Key
    subscription: str
    requestor: str
    justification: Read[str]
    asked: Read[JitRequest]


def ledger(rows: Iterable[LoggedRequest]) -> tuple[Request, ...]:
    """Every request that was not refused, the latest first. Rows without a correlation are requests of their own.

    A request of which only the start was logged may have been granted: it counts.
    """
    together: dict[tuple[Key, str, datetime | None], list[LoggedRequest]] = defaultdict(list)
    for row in rows:
        together[row.policy, row.correlation, None if row.correlation else row.at].append(row)
    requests = [_request(of) for of in together.values() if not _refused(of)]
    return tuple(sorted(requests, key=lambda request: (request.at, request.policy), reverse=True))


def _refused(rows: Iterable[LoggedRequest]) -> bool:
    """Whether Azure said no, and never yes."""
    said = {row.status for row in rows}
    return bool(said & _REFUSED) and not any(status.startswith(("succe", "accept")) for status in said)


def _request(rows: list[LoggedRequest]) -> Request:
    """One request from all its rows: what any of them says is known."""
    first = min(rows, key=lambda row: (row.at, row.status))
    said = _said([row.justification for row in rows])
    asked = next((row.asked for row in rows if not isinstance(row.asked, Unknown)), first.asked)
    if not isinstance(asked, Unknown) and not isinstance(said, Unknown):
        asked = replace(asked, justification=said)
    requestor = next((row.requestor for row in rows if row.requestor), "")
    return Request(first.at, first.policy, first.subscription, requestor, said, asked)


def _said(texts: list[Read[str]]) -> Read[str]:
    """The longest text of several: rows of one request repeat it or leave it out."""
    known = [text for text in texts if not isinstance(text, Unknown)]
    return max(known, key=len) if known else texts[0]
