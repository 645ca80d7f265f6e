"""The routes: which service answers which path, and every request through the ledger."""

from collections.abc import Awaitable, Callable, Mapping
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
from loopback.clock import Clock
from loopback.resource_graph import ResourceGraph
from loopback.tokens import ARM, TokenOffice

Body = tuple[bytes, Mapping[str, str]]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Services:
    """What stands behind the routes."""

    tokens: TokenOffice
    resource_graph: ResourceGraph
    arm: Arm
    clock: Clock


def application(services: Services) -> Starlette:
    """The whole Azure as one ASGI application."""

    async def configuration(request: Request) -> Response:
        return _json(msgspec.json.encode(services.tokens.configuration(_base(request))), {})

    async def token(request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        issued = services.tokens.issue(form)
        return _json(msgspec.json.encode(issued), {"Cache-Control": "no-store, no-cache"})

    async def resource_graph(request: Request) -> Response:
        holder = _holder(services, request, ARM)
        body = await request.body()
        version = request.query_params.get("api-version", "")
        return await _threaded(services.resource_graph.answer, body, version, holder)

    async def resource_manager(request: Request) -> Response:
        holder = _holder(services, request, ARM)
        raw = request.scope["query_string"].decode("latin-1")
        get = Get(request.url.path, dict(request.query_params), raw, _base(request))
        if request.method != "GET":
            raise refusals.authorization_failed(holder.object_id, f"{request.method} {get.path}", get.path)
        return await _threaded(services.arm.answer, get, holder)

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, refusals.Refusal)
        return _json(msgspec.json.encode(error.body), error.headers, error.status)

    verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return Starlette(
        routes=[
            Route("/{tenant}/v2.0/.well-known/openid-configuration", configuration, methods=["GET"]),
            Route("/{tenant}/oauth2/v2.0/token", token, methods=["POST"]),
            Route("/providers/Microsoft.ResourceGraph/resources", resource_graph, methods=["POST"]),
            Route("/{path:path}", resource_manager, methods=verbs),
        ],
        exception_handlers={refusals.Refusal: refused},
    )


async def _threaded(answer: Callable[..., Body], *arguments: Any) -> Response:
    """Run a service's answer in a thread, so that a slow query holds up nobody else."""
    body, headers = await anyio.to_thread.run_sync(answer, *arguments)
    return _json(body, headers)


def _json(body: bytes, headers: Mapping[str, str], status: int = 200) -> Response:
    return Response(body, status, dict(headers), media_type="application/json")


def _holder(services: Services, request: Request, service: str) -> Identity:
    return services.tokens.holder(request.headers.get("authorization"), service)


def _base(request: Request) -> str:
    return f"https://{request.headers['host']}"
