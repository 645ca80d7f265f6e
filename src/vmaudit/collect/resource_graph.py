"""Azure Resource Graph, through its client: a query over subscriptions, page after page, proven to be whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final, Protocol

import msgspec
from azure.core.credentials import TokenCredential
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.resourcegraph import ResourceGraphClient

from vmaudit.collect.answers import Answer, RefusedError
from vmaudit.collect.asking import Line
from vmaudit.collect.clouds import Place
from vmaudit.collect.pipeline import caught, policies_for, transport

API_VERSION: Final = "2024-04-01"
"""The first stable one that knows `authorizationScopeFilter`."""

PAGE: Final = 1000
"""The most rows that Azure puts on a page."""

_TOO_LARGE: Final = "ResponsePayloadTooLarge"


class Rows(Protocol):
    """Where the rows of one question are kept. A row with an id that was there before is not kept again."""

    @property
    def rows(self) -> int:
        """Rows kept so far."""
        ...

    def add(self, rows: Sequence[msgspec.Raw]) -> None:
        """Keep a page."""
        ...

    def expect(self, rows: int) -> None:
        """Take note of how many there will be, for those who wait."""
        ...

    def start_over(self) -> None:
        """Forget what was kept."""
        ...


class _Page(msgspec.Struct):
    total: int = msgspec.field(name="totalRecords")
    data: list[msgspec.Raw]
    truncated: str = msgspec.field(name="resultTruncated", default="false")
    skip_token: str | None = msgspec.field(name="$skipToken", default=None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query, and what it is put over."""

    query: str
    subscriptions: tuple[str, ...]
    scope_filter: str

    def body(self, size: int, token: str) -> bytes:
        """The request for one page."""
        options = {"resultFormat": "objectArray", "$top": size}
        options |= {"$skipToken": token} if token else {}
        options |= {"authorizationScopeFilter": self.scope_filter} if self.scope_filter else {}
        scope = {"subscriptions": self.subscriptions} if self.subscriptions else {}
        return msgspec.json.encode({"query": self.query, "options": options, **scope})


class ResourceGraph:
    """The client, the quota it lives on, and our own way through the pages."""

    def __init__(self, credential: TokenCredential, place: Place, line: Line) -> None:
        cloud = place.cloud
        scope = cloud.resource_manager_scope
        self._client = ResourceGraphClient(
            credential,
            base_url=cloud.resource_manager,
            credential_scopes=[scope],
            api_version=API_VERSION,
            transport=transport(place),
            policies=policies_for(ARMChallengeAuthenticationPolicy(credential, scope), cloud.resource_manager),
        )
        self._line = line

    @property
    def per_second(self) -> float:
        """Requests a second that its quota allows."""
        return self._line.pace.per_second

    def read(self, query: str, subscriptions: Sequence[str], rows: Rows, *, scope_filter: str = "") -> None:
        """All rows of a query over subscriptions, or without any named over the tenant, into `rows`.

        Raises RefusedError; what was read until then stays there.

        A page that is too large for Azure is asked for in halves, from the start: a token belongs to its page size.
        Where the rows do not add up to Azure's own count, the estate changed meanwhile: the query is put once more.
        """
        asked = _Asked(query, tuple(subscriptions), scope_filter)
        size, again = PAGE, False
        while True:
            try:
                totals = self._pages(asked, rows, size)
            except RefusedError as refused:
                if _TOO_LARGE not in refused.codes or size == 1:
                    raise
                size //= 2
                rows.start_over()
                continue
            if totals == {rows.rows}:
                return
            if again:
                counted = " and ".join(map(str, sorted(totals)))
                raise RefusedError(0, "CountsDiffer", f"Azure counts {counted} rows and gave {rows.rows}, twice.")
            again = True
            rows.start_over()

    def first(self, query: str, subscriptions: Sequence[str], *, scope_filter: str = "") -> msgspec.Raw | None:
        """The first row of a query, if it has any: the least that can be asked for. Raises RefusedError."""
        return next(iter(self._page(_Asked(query, tuple(subscriptions), scope_filter), 1, "").data), None)

    def _pages(self, asked: _Asked, rows: Rows, size: int) -> set[int]:
        """Every page into `rows`; gives the totals that they named.

        They are more than one where the estate changed meanwhile, and then a row may have slipped to a page that was
        read already: one that goes makes room for it, and the last total alone would not tell.
        """
        totals: set[int] = set()
        token = ""
        while True:
            total, following = self._keep_page(asked, rows, size, token)
            totals.add(total)
            if not following:
                return totals
            if following == token:
                raise RefusedError(0, "PagingStuck", "Azure named the same next page again.")
            token = following

    def _keep_page(self, asked: _Asked, rows: Rows, size: int, token: str) -> tuple[int, str]:
        """One page into `rows`; gives the total that it names and the token of the next one, "" for the last.

        Nothing of the page is held when this ends: the next one may have to wait for the quota.
        """
        page = self._page(asked, size, token)
        rows.expect(page.total)
        rows.add(page.data)
        if not page.skip_token and page.truncated == "true":
            raise RefusedError(0, "ResultTruncated", "Azure cut the result off and gave no way to go on.")
        if page.skip_token and not page.data:
            raise RefusedError(0, "PagingStuck", "Azure gave a page without rows and names another one.")
        return page.total, page.skip_token or ""

    def _page(self, asked: _Asked, size: int, token: str) -> _Page:
        body = asked.body(size, token)
        return self._line.ask(lambda: self._send(body), lambda answer: msgspec.json.decode(answer.body, type=_Page))

    def _send(self, body: bytes) -> Answer:
        return caught(
            lambda hook: self._client.resources(BytesIO(body), content_type="application/json", raw_response_hook=hook)
        )
