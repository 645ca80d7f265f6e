"""The routes: which service answers which path, and every request through the ledger."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import anyio.to_thread
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from loopback import refusals
from loopback.access import Identity
from loopback.arm import Arm, Get
from loopback.log_analytics import LogAnalytics
from loopback.microsoft_graph import Asked, MicrosoftGraph
from loopback.resource_graph import ResourceGraph
from loopback.tokens import ARM, GRAPH, LOGS, TokenOffice

Body = tuple[bytes, Mapping[str, str]]


@dataclass(slots=True)
class Services:
    """What stands behind the routes, with an endpoint per service."""

    tokens: TokenOffice
    resource_graph: ResourceGraph
    arm: Arm
    graph: MicrosoftGraph
    logs: LogAnalytics

    async def discover(self, request: Request) -> Response:
        return _json(msgspec.json.encode(self.tokens.configuration(_base(request))), {})

    async def sign_in(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        issued = self.tokens.issue(form, _base(request))
        return _json(msgspec.json.encode(issued), {"Cache-Control": "no-store, no-cache"})

    async def query_resources(self, request: Request) -> Response:
        holder = self._holder(request, ARM)
        version = request.query_params.get("api-version", "")
        return await _threaded(self.resource_graph.answer, await request.body(), version, holder)

    async def query_logs(self, request: Request) -> Response:
        holder = self._holder(request, LOGS)
        return await _threaded(self.logs.answer, request.path_params["workspace"], await request.body(), holder)

    async def ask_graph(self, request: Request) -> Response:
        holder = self._holder(request, GRAPH)
        asked = Asked(request.path_params["path"], dict(request.query_params), dict(request.headers), _base(request))
        if request.method == "POST" and asked.key == "directoryobjects/getbyids":
            return await _threaded(self.graph.by_ids, await request.body(), holder)
        if request.method != "GET":
            message = "Insufficient privileges to complete the operation."
            raise refusals.microsoft_graph(403, "Authorization_RequestDenied", message)
        return await _threaded(self.graph.get, asked, holder)

    async def ask_resource_manager(self, request: Request) -> Response:
        holder = self._holder(request, ARM)
        raw = request.scope["query_string"].decode("latin-1")
        get = Get(request.url.path, dict(request.query_params), raw, _base(request))
        if request.method != "GET":
            raise refusals.authorization_failed(holder.object_id, f"{request.method} {get.path}", get.path)
        return await _threaded(self.arm.answer, get, holder)

    def _holder(self, request: Request, service: str) -> Identity:
        return self.tokens.holder(request.headers.get("authorization"), service)


def application(services: Services) -> Starlette:
    """The whole Azure as one ASGI application."""
    verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return Starlette(
        routes=[
            Route("/{tenant}/v2.0/.well-known/openid-configuration", services.discover, methods=["GET"]),
            Route("/{tenant}/oauth2/v2.0/token", services.sign_in, methods=["POST"]),
            Route("/providers/Microsoft.ResourceGraph/resources", services.query_resources, methods=["POST"]),
            Route("/v1/workspaces/{workspace}/query", services.query_logs, methods=["POST"]),
            Route("/v1.0/{path:path}", services.ask_graph, methods=verbs),
            Route("/{path:path}", services.ask_resource_manager, methods=verbs),
        ],
        exception_handlers={refusals.Refusal: _refused},
    )


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, refusals.Refusal)
    return _json(msgspec.json.encode(error.body), error.headers, error.status)


async def _threaded(answer: Callable[..., Body], *arguments: Any) -> Response:
    """Run a service's answer in a thread, so that a slow query holds up nobody else."""
    body, headers = await anyio.to_thread.run_sync(answer, *arguments)
    return _json(body, headers)


def _json(body: bytes, headers: Mapping[str, str], status: int = 200) -> Response:
    return Response(body, status, dict(headers), media_type="application/json")


def _base(request: Request) -> str:
    return f"https://{request.headers['host']}"
