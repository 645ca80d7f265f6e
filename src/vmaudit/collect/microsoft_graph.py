"""Microsoft Graph, through msgraph-sdk's adapter: lists by GET and objects by their ids, as the bytes that came.

The models of msgraph-sdk turn a value that they do not know into nothing (a new grant control of Conditional Access
would vanish), so its native responses are used. The adapter is asynchronous: it has an event loop in a thread of its
own.
"""

import asyncio
import ssl
import threading
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec
from azure.core.credentials import TokenCredential
from azure.core.exceptions import ClientAuthenticationError
from kiota_abstractions.method import Method
from kiota_abstractions.native_response_handler import NativeResponseHandler
from kiota_abstractions.request_information import RequestInformation
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_http.middleware.options import ResponseHandlerOption
from kiota_http.middleware.user_agent_handler import UserAgentHandler
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import GraphClientFactory

from vmaudit.collect.answers import Answer, ConnectionTroubleError, RefusedError, SignInError
from vmaudit.collect.asking import Line
from vmaudit.collect.clouds import Place
from vmaudit.collect.pipeline import CONNECT_SECONDS, READ_SECONDS, answer_of, log
from vmaudit.collect.read_only import check_question

VERSION: Final = "v1.0"

_SLOW: Final = "/identity/conditionalAccess/"
"""Answered once a second for the whole tenant, by whomever asked (azure-facts 3.4)."""

_MOST_PAGES: Final = 100_000
_ANSWER_SECONDS: Final = CONNECT_SECONDS + READ_SECONDS + 60
"""Until the event loop is taken for stuck: longer than its own limits."""


class _List(msgspec.Struct):
    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


_DECODER: Final = msgspec.json.Decoder(_List)


class MicrosoftGraph:
    """The adapter, and the two lines it asks on."""

    def __init__(self, credential: TokenCredential, place: Place, line: Line, slow_line: Line) -> None:
        self._endpoint = place.cloud.graph
        self._line = line
        self._slow_line = slow_line
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="vmaudit-graph", daemon=True)
        authentication = AzureIdentityAuthenticationProvider(
            credential,
            scopes=[f"{self._endpoint}/.default"],
            allowed_hosts=[urlsplit(self._endpoint).hostname or ""],
        )
        http = httpx.AsyncClient(
            verify=_trusted(place),
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            event_hooks={"request": [self._check]},
        )
        # The factory puts transports of its own around these and forgets to close them.
        self._transports = [http._transport, *filter(None, http._mounts.values())]  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        self._http = GraphClientFactory.create_with_custom_middleware(
            [UserAgentHandler()],  # no redirects and no repeating: `asking` does that
            client=http,
        )
        self._adapter = GraphRequestAdapter(authentication, self._http)
        self._adapter.base_url = f"{self._endpoint}/{VERSION}"
        self._thread.start()

    @property
    def per_second(self) -> float:
        """Requests a second that its quota allows."""
        return self._line.pace.per_second

    def pages(self, path: str) -> Iterator[list[msgspec.Raw]]:
        """The rows of a list, page by page; `path` begins after the version. Raises RefusedError."""
        line = self._slow_line if path.startswith(_SLOW) else self._line
        url = f"{self._endpoint}/{VERSION}{path}"
        for _ in range(_MOST_PAGES):
            page = self._page(line, url)
            yield page.value
            if not page.next_link:
                return
            if not page.next_link.startswith(f"{self._endpoint}/"):
                raise RefusedError(0, "StrangeNextLink", "The next page is said to be in another place than Azure.")
            url = page.next_link
        raise RefusedError(0, "PagingStuck", "Azure's list does not end.")

    def single(self, path: str) -> msgspec.Raw:
        """What stands at a path by itself, as one row. Raises RefusedError."""
        line = self._slow_line if path.startswith(_SLOW) else self._line
        return line.ask(lambda: self._send(f"{self._endpoint}/{VERSION}{path}"), _one)

    def objects(self, path: str, kind: str, ids: Sequence[str]) -> list[msgspec.Raw]:
        """The objects of a kind that have one of these ids; who is not there is left out. Raises RefusedError."""
        asked = msgspec.json.encode({"ids": ids, "types": [kind]})
        url = f"{self._endpoint}/{VERSION}{path}"
        return self._line.ask(lambda: self._send(url, asked), lambda answer: _DECODER.decode(answer.body)).value

    def close(self) -> None:
        """Let go of connections and thread."""
        asyncio.run_coroutine_threadsafe(self._closed(), self._loop).result(CONNECT_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CONNECT_SECONDS)
        self._loop.close()

    def _page(self, line: Line, url: str) -> _List:
        return line.ask(lambda: self._send(url), lambda answer: _DECODER.decode(answer.body))

    def _send(self, url: str, asked: bytes = b"") -> Answer:
        try:
            return asyncio.run_coroutine_threadsafe(self._answer(url, asked), self._loop).result(_ANSWER_SECONDS)
        except TimeoutError as problem:
            raise ConnectionTroubleError("no answer in time") from problem

    async def _answer(self, url: str, asked: bytes) -> Answer:
        question = RequestInformation(Method.POST if asked else Method.GET)
        question.url = url
        if asked:
            question.set_stream_content(asked, "application/json")
        question.headers.add("Accept", "application/json")
        question.add_request_options([ResponseHandlerOption(NativeResponseHandler())])
        try:
            response: object = await self._adapter.send_primitive_async(question, "bytes", None)
        except ClientAuthenticationError as problem:
            raise SignInError(problem.message) from problem
        except httpx.HTTPError as problem:
            raise ConnectionTroubleError(type(problem).__name__) from problem
        if not isinstance(response, httpx.Response):
            raise ConnectionTroubleError("msgraph-sdk gave no native response")
        return answer_of(response.status_code, response.headers, response.content)

    async def _closed(self) -> None:
        await self._http.aclose()
        for transport in self._transports:
            await transport.aclose()
        await asyncio.sleep(0)  # the sockets are closed by what the event loop does next

    async def _check(self, request: httpx.Request) -> None:
        """The last look at what leaves. Raises NotAQuestionError."""
        url = str(request.url)
        check_question(request.method, url, self._endpoint)
        log.debug("%s %s", request.method, url.partition("?")[0])


def _one(answer: Answer) -> msgspec.Raw:
    """An answer that is an object. Raises msgspec.DecodeError on one that broke off."""
    msgspec.json.decode(answer.body, type=dict[str, msgspec.Raw])
    return msgspec.Raw(answer.body)


def _trusted(place: Place) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(place.certificates) if place.certificates else None)
