"""`POST /providers/Microsoft.ResourceGraph/resources`: the client's own KQL over the rows that it may read."""

import base64
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from math import ceil
from random import Random
from typing import Any, Final

import msgspec

from loopback import kql, refusals
from loopback.access import Identity
from loopback.clock import Clock
from loopback.places import TABLES
from loopback.quota import Spent, Window
from loopback.store import COLUMNS, Store, quoted
from loopback.tenant import Tenant

MAX_PAGE: Final = 1000
_KEPT_ANSWERS: Final = 64
_SCOPE_FILTERS: Final = frozenset({"AtScopeAndBelow", "AtScopeAndAbove", "AtScopeAboveAndBelow", "AtScopeExact"})


@dataclass(slots=True)
class Limits:
    """What Resource Graph allows; a test may make it tighter or looser."""

    queries: int = 15
    seconds: float = 5.0
    payload: int = 16 * 1024 * 1024
    page: int = MAX_PAGE
    retry_after: bool = True
    """Whether a 429 carries Retry-After; Azure does not promise that."""
    shuffled: bool = True
    """Whether the rows of a query without an order come in another order on each page, as they may."""


class _Request(msgspec.Struct, rename="camel"):
    query: str
    subscriptions: list[str] | None = None
    management_groups: list[str] | None = None
    options: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    facets: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class _Rows:
    columns: tuple[tuple[str, str], ...]
    rows: tuple[bytes, ...]


@dataclass(slots=True)
class ResourceGraph:
    """The service: one quota per identity, and the answers that are being paged through."""

    tenant: Tenant
    store: Store
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    _windows: dict[str, Window] = field(default_factory=dict[str, Window])
    _answers: OrderedDict[str, _Rows] = field(default_factory=OrderedDict[str, _Rows])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, body: bytes, api_version: str, identity: Identity) -> tuple[bytes, Mapping[str, str]]:
        """The body and the headers of an answer. Raises Refusal."""
        spent = self._window(identity).spend()
        headers = self._headers(spent)
        if not spent.allowed:
            raise self._throttled(spent, headers)
        try:
            request = msgspec.json.decode(body, type=_Request)
        except msgspec.DecodeError as error:
            raise self._bad("InvalidRequestContent", str(error)) from error
        return self._page(request, api_version, identity), headers

    def _page(self, request: _Request, api_version: str, identity: Identity) -> bytes:
        top, offset = self._position(request)
        if request.options.get("resultFormat", "objectArray") != "objectArray":
            raise self._bad("NotSupportedHere", "This server answers only as objectArray.")
        if request.facets:
            raise self._bad("NotSupportedHere", "This server has no facets.")
        shown = self._shown(request, api_version, identity)
        found = self._rows(request.query, shown, identity)
        ordered = found.rows
        if self.limits.shuffled and offset and not kql.is_sorted(request.query):
            ordered = _shuffled(ordered, offset)
        end = offset + top
        more = end < len(ordered)
        page = ordered[offset:end]
        answer: dict[str, Any] = {
            "totalRecords": len(ordered),
            "count": len(page),
            "data": msgspec.Raw(b"[" + b",".join(page) + b"]"),
            "facets": [],
            "resultTruncated": "true" if more and not _pages(request.query, found) else "false",
        }
        if more and _pages(request.query, found):
            answer["$skipToken"] = _token(request, end)
        encoded = msgspec.json.encode(answer)
        if len(encoded) > self.limits.payload:
            said = f"Response payload size is {len(encoded)}, and has exceeded the limit of {self.limits.payload}. Please consider querying less data at a time and make paginated call if needed."
            raise self._bad("ResponsePayloadTooLarge", said)
        return encoded

    def _rows(self, query: str, shown: str, identity: Identity) -> _Rows:
        """All rows of an answer, from the page before where the tenant is still the same."""
        # A copy: a fault may change it before the rows are worked out, and they would be kept under the wrong key.
        access = replace(identity.access, hidden=set(identity.access.hidden), denied=set(identity.access.denied))
        rights = (sorted(access.hidden), sorted(access.denied))
        key = hashlib.sha256(repr((query, shown, rights, self.tenant.version)).encode()).hexdigest()
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        try:
            kql.check_limits(query)
            kql.check_spelling(query, COLUMNS)
            tables = kql.tables_named(query, TABLES, any_case=True)
            with closing(self.store.cursor(tables, shown, access)) as cursor:
                answer = kql.run(cursor, query)
        except kql.Unrunnable as error:
            raise refusals.invalid_query(error.code, str(error), at=self.clock.stamp()) from error
        rows = _Rows(answer.columns, tuple(answer.objects()))
        with self._lock:
            self._answers[key] = rows
            while len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)
        return rows

    def _position(self, request: _Request) -> tuple[int, int]:
        """How many rows are asked for, and from where. A token is good only for its own query and scope."""
        top = request.options.get("$top", self.limits.page)
        if not isinstance(top, int) or not 1 <= top <= MAX_PAGE:
            raise self._bad("InvalidTop", f"$top must be from 1 to {MAX_PAGE}.")
        token = request.options.get("$skipToken")
        skip = request.options.get("$skip", 0)
        if token is None:
            return min(top, self.limits.page), skip
        fingerprint, _, offset = base64.urlsafe_b64decode(token.encode()).decode(errors="replace").partition(":")
        if fingerprint != _fingerprint(request) or not offset.isdigit():
            raise self._bad("InvalidSkipToken", "The skip token does not belong to this query and scope.")
        return min(top, self.limits.page), int(offset)

    def _shown(self, request: _Request, api_version: str, identity: Identity) -> str:
        """The SQL condition for the scope of a request. Raises Refusal where nothing of it can be read."""
        if request.subscriptions and request.management_groups:
            raise self._bad("InvalidScope", "Give either subscriptions or management groups, not both.")
        scope_filter = request.options.get("authorizationScopeFilter", "AtScopeAndBelow")
        if scope_filter not in _SCOPE_FILTERS:
            raise self._bad("InvalidScopeFilter", f"There is no authorizationScopeFilter '{scope_filter}'.")
        if "authorizationScopeFilter" in request.options and api_version < "2021-06-01-preview":
            raise self._bad("InvalidRequestContent", f"api-version {api_version} knows no authorizationScopeFilter.")
        readable = {name for name in self.tenant.subscriptions() if not identity.access.hides(f"/subscriptions/{name}")}
        if request.subscriptions:
            asked = {name.lower() for name in request.subscriptions}
            return self._within(asked & readable, {f"/subscriptions/{name}" for name in asked}, scope_filter)
        if request.management_groups:
            groups = {f"{self.tenant.root.rpartition('/')[0]}/{name}".lower() for name in request.management_groups}
            under = {name for group in request.management_groups for name in self.tenant.subscriptions_under(group)}
            return self._within(under & readable, groups, scope_filter)
        return "TRUE"

    def _within(self, subscriptions: set[str], scopes: set[str], scope_filter: str) -> str:
        """Rows of these subscriptions; of what is authorized above them, only what the filter lets through."""
        if not subscriptions:
            raise refusals.resource_graph(
                403,
                "Forbidden",
                ("AccessDenied", "Access is denied to all the requested subscriptions."),
                at=self.clock.stamp(),
            )
        inside = f"lower(subscriptionId) IN ({', '.join(map(quoted, sorted(subscriptions)))})"
        above = {above for scope in scopes for above in self.tenant.scopes_above(scope)}
        groups = {scope for scope in scopes if "/managementgroups/" in scope}
        own = f"(type = 'microsoft.management/managementgroups' AND {_id_in(groups | above)})" if groups else "FALSE"
        exact = _scope_in(scopes)
        anywhere = "row_scope = ''"
        parts = {
            "AtScopeAndBelow": f"{inside} OR {exact}",
            "AtScopeAndAbove": f"{exact} OR {_scope_in(above)}",
            "AtScopeAboveAndBelow": f"{inside} OR {exact} OR {_scope_in(above)}",
            "AtScopeExact": exact,
        }
        authorized = "type LIKE 'microsoft.authorization/%'"
        return f"(NOT {authorized} AND ({inside} OR {own})) OR ({authorized} AND ({anywhere} OR {parts[scope_filter]}))"

    def _window(self, identity: Identity) -> Window:
        with self._lock:
            made = Window(self.limits.queries, self.limits.seconds, self.clock.ticks)
            window = self._windows.setdefault(identity.client_id, made)
            window.limit, window.seconds = self.limits.queries, self.limits.seconds
            return window

    def _headers(self, spent: Spent) -> dict[str, str]:
        return {
            "x-ms-user-quota-remaining": str(spent.remaining),
            "x-ms-user-quota-resets-after": spent.resets_after_text,
        }

    def _throttled(self, spent: Spent, headers: dict[str, str]) -> refusals.Refusal:
        if self.limits.retry_after:
            headers = headers | {"Retry-After": str(max(1, ceil(spent.resets_after)))}
        said = "Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help."
        return refusals.resource_graph(
            429, "RateLimiting", ("RateLimiting", said), at=self.clock.stamp(), headers=headers
        )

    def _bad(self, code: str, message: str) -> refusals.Refusal:
        return refusals.resource_graph(400, "BadRequest", (code, message), at=self.clock.stamp())


def _pages(query: str, found: _Rows) -> bool:
    """Whether Resource Graph gives a token: the query does not cut its rows itself, and it projects `id`."""
    return kql.can_be_paged(query) and any(name == "id" and kind == "VARCHAR" for name, kind in found.columns)


def _shuffled(rows: tuple[bytes, ...], offset: int) -> tuple[bytes, ...]:
    mixed = list(rows)
    Random(offset).shuffle(mixed)  # noqa: S311 - mixes rows up, hides nothing
    return tuple(mixed)


def _fingerprint(request: _Request) -> str:
    parts = (request.query, sorted(request.subscriptions or ()), sorted(request.management_groups or ()))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def _token(request: _Request, offset: int) -> str:
    return base64.urlsafe_b64encode(f"{_fingerprint(request)}:{offset}".encode()).decode()


def _scope_in(scopes: set[str]) -> str:
    return f"row_scope IN ({', '.join(map(quoted, sorted(scopes)))})" if scopes else "FALSE"


def _id_in(scopes: set[str]) -> str:
    return f"lower(id) IN ({', '.join(map(quoted, sorted(scopes)))})"
