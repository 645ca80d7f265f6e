"""Azure Resource Manager: lists by GET, for what Resource Graph does not hold."""

from collections.abc import Iterator
from typing import Final

import msgspec
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from vmaudit.collect.answers import Answer, ConnectionTroubleError, RefusedError, SignInError
from vmaudit.collect.asking import Line
from vmaudit.collect.clouds import Place
from vmaudit.collect.pipeline import answer_of, policies_for, transport

_MOST_PAGES: Final = 100_000
"""A list that is longer goes round in circles."""


class _List(msgspec.Struct):
    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(name="nextLink", default=None)


class ResourceManager:
    """An ARM pipeline of our own: it never registers a provider."""

    def __init__(self, credential: TokenCredential, place: Place, line: Line) -> None:
        self._endpoint = place.cloud.resource_manager
        authentication = ARMChallengeAuthenticationPolicy(credential, place.cloud.resource_manager_scope)
        self._client: ARMPipelineClient[HttpRequest, HttpResponse] = ARMPipelineClient(
            base_url=self._endpoint,
            transport=transport(place),
            policies=policies_for(authentication, self._endpoint),
        )
        self._line = line

    @property
    def per_second(self) -> float:
        """Requests a second that its quota allows."""
        return self._line.pace.per_second

    def pages(self, path: str, api_version: str) -> Iterator[list[msgspec.Raw]]:
        """The rows of a list, page by page. Raises RefusedError."""
        mark = "&" if "?" in path else "?"
        url = f"{self._endpoint}{path}{mark}api-version={api_version}"
        for _ in range(_MOST_PAGES):
            page = self._page(url)
            yield page.value
            if not page.next_link:
                return
            if not page.next_link.startswith(f"{self._endpoint}/"):
                raise RefusedError(0, "StrangeNextLink", "The next page is said to be in another place than Azure.")
            url = page.next_link
        raise RefusedError(0, "PagingStuck", "Azure's list does not end.")

    def _page(self, url: str) -> _List:
        return self._line.ask(lambda: self._send(url), lambda answer: msgspec.json.decode(answer.body, type=_List))

    def _send(self, url: str) -> Answer:
        try:
            response = self._client.send_request(HttpRequest("GET", url))
        except ClientAuthenticationError as problem:
            raise SignInError(problem.message) from problem
        except AzureError as problem:
            raise ConnectionTroubleError(type(problem).__name__) from problem
        return answer_of(response.status_code, response.headers, response.content)
