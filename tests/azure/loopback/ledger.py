"""Everything that was asked of this Azure, in the order it arrived."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

_SECRET_HEADERS: Final = frozenset({"authorization", "cookie", "proxy-authorization", "x-ms-authorization-auxiliary"})
_QUERIES: Final = ("/providers/microsoft.resourcegraph/resources", "/v1.0/directoryobjects/getbyids")


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. Authorization headers and the body of a request for a token are never kept."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    status: list[int] = field(default_factory=list[int])
    """The status it was answered with; empty while it is under way, and when the connection was cut before."""

    @property
    def answered(self) -> int | None:
        return self.status[0] if self.status else None

    @property
    def signs_in(self) -> bool:
        """Whether it is part of getting a token, which changes nothing in Azure."""
        return self.path.lower().endswith(("/oauth2/v2.0/token", "/.well-known/openid-configuration"))

    @property
    def only_reads(self) -> bool:
        """Whether it is a GET, a sign-in, or one of the POSTs that carry a query."""
        path = self.path.lower()
        asks = path in _QUERIES or (path.startswith("/v1/workspaces/") and path.endswith("/query"))
        return self.method == "GET" or self.signs_in or (self.method == "POST" and asks)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"{self.method} {unquote(self.path)}"


class Ledger:
    """All requests so far. Filled by the server's thread, read by the test's."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def write(self, entry: Entry) -> Entry:
        kept = {name: value for name, value in entry.headers.items() if name.lower() not in _SECRET_HEADERS}
        body = b"" if entry.signs_in else entry.body
        safe = Entry(entry.method, entry.path, entry.query, kept, body)
        with self._lock:
            self._entries.append(safe)
        return safe

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def asked(self, path: str, method: str | None = None) -> tuple[Entry, ...]:
        """The requests whose path contains `path`, in any letter case."""
        wanted = path.lower()
        return tuple(
            entry for entry in self if wanted in unquote(entry.path).lower() and method in {None, entry.method}
        )

    def writes(self) -> tuple[Entry, ...]:
        """The requests that a reader has no business to send."""
        return tuple(entry for entry in self if not entry.only_reads)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
