"""The way of a request through azure-core: signed in, guarded, and without what the clients would do by themselves.

The clients of azure-mgmt register a resource provider (a write) where one is missing, follow redirects and repeat
requests. Here none of that happens: repeating is `asking`'s, which sees the quota; the rest is not wanted.
"""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline import PipelineRequest, policies
from azure.core.pipeline.transport import RequestsTransport

from vmaudit import __version__
from vmaudit.collect.answers import Answer, ConnectionTroubleError, SignInError
from vmaudit.collect.clouds import Place, trusting
from vmaudit.collect.read_only import check_question

if TYPE_CHECKING:
    from azure.core.rest import HttpResponse

log: Final = logging.getLogger("vmaudit.collect")

CONNECT_SECONDS: Final = 15
READ_SECONDS: Final = 120
"""Between two bytes of an answer, not for the whole of it."""


class OnlyQuestionsPolicy(policies.SansIOHTTPPolicy[Any, Any]):
    """The last policy before the wire: nothing but questions gets past it, and only to their own endpoint."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Look at what is about to leave. Raises NotAQuestionError."""
        check_question(request.http_request.method, request.http_request.url, self._endpoint)
        log.debug("%s %s", request.http_request.method, request.http_request.url.partition("?")[0])


def policies_for(authentication: object, endpoint: str) -> list[Any]:
    """The policies of one client, the last one nearest to the wire."""
    return [
        policies.RequestIdPolicy(),
        policies.UserAgentPolicy(base_user_agent=f"vmaudit/{__version__}"),
        policies.ContentDecodePolicy(),
        authentication,
        policies.CustomHookPolicy(),
        OnlyQuestionsPolicy(endpoint),
    ]


def transport(place: Place) -> RequestsTransport:
    """A transport with our patience and the place's certificates."""
    return RequestsTransport(
        connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, **trusting(place.certificates)
    )


class _TakenError(Exception):
    """An answer was taken from its client before that makes models of it. No error: the way out of the client."""


def caught(send: Callable[[Callable[[Any], None]], object]) -> Answer:
    """The answer behind a call of an SDK client.

    `send` gets the hook to pass on as `raw_response_hook`. A good answer is taken right there: the client would parse
    it and make models of each row, which takes more time and memory than all that is done here. Raises SignInError
    where there was no token and ConnectionTroubleError where there was no answer.
    """
    responses: list[HttpResponse] = []

    def take(response: Any) -> None:
        responses.append(response.http_response)
        if response.http_response.status_code == 200:
            raise _TakenError

    try:
        send(take)
    except _TakenError:
        pass
    except ClientAuthenticationError as problem:
        if not responses:
            raise SignInError(problem.message) from problem
    except (AzureError, ValueError) as problem:
        # ValueError: an answer that is not JSON. What it says is read from its bytes, by us.
        if not responses:
            raise ConnectionTroubleError(type(problem).__name__) from problem
    return answer_of(responses[-1].status_code, responses[-1].headers, responses[-1].content)


def answer_of(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """An answer with the names of its headers in lower case."""
    return Answer(status, {name.lower(): value for name, value in headers.items()}, body)
