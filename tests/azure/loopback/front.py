"""The front door: every request is written down, and may meet a fault before and after it is answered."""

import asyncio
from typing import TYPE_CHECKING, Any

import anyio.to_thread
import msgspec

from loopback.faults import Change, Cut, ExpireTokens, Replace, Say, Shorten, Skew, Wait, refusal_for
from loopback.ledger import Entry

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from loopback.server import Azure


class Front:
    """An ASGI application around the one that answers."""

    def __init__(self, azure: "Azure", inner: "ASGIApp") -> None:
        self._azure = azure
        self._inner = inner

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        body = await _read(receive)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        asked = Entry(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, body)
        entry = self._azure.ledger.write(asked)
        said, spoiled = await self._struck(asked)
        answer = _Answer(entry)
        if said is None:
            await self._answered(scope, body, answer)
        else:
            answer.refuse(said, asked.path, self._azure.clock.stamp())
        await self._send(scope, answer, spoiled, send)

    async def _struck(self, asked: Entry) -> tuple[Say | None, Cut | Shorten | Replace | None]:
        """Let the faults of a request happen. Gives what is said instead of an answer, and how an answer is spoiled."""
        spoiled: Cut | Shorten | Replace | None = None
        said: Say | None = None
        for effect in self._azure.faults.due(asked):
            match effect:
                case Wait(seconds):
                    await asyncio.sleep(seconds / self._azure.clock.speed)
                case ExpireTokens():
                    self._azure.tokens.expire_all()
                case Skew(by):
                    self._azure.clock.skew += by
                case Change(what):
                    await anyio.to_thread.run_sync(what, self._azure)
                case Say():
                    said = effect
                case Cut() | Shorten() | Replace():
                    spoiled = effect
        return said, spoiled

    async def _answered(self, scope: "Scope", body: bytes, answer: "_Answer") -> None:
        try:
            await self._inner(scope, _once(body), answer.take)
        except BaseException as mistake:  # ours, not Azure's: kept for the test, which fails for it at its end
            self._azure.mistakes.append(mistake)
            raise

    async def _send(
        self, scope: "Scope", answer: "_Answer", spoiled: Cut | Shorten | Replace | None, send: "Send"
    ) -> None:
        body = answer.body
        if isinstance(spoiled, Shorten):
            body = body[: int(len(body) * spoiled.share)]
        if isinstance(spoiled, Replace):
            body = spoiled.body
        kept = [(name, value) for name, value in answer.headers if name != b"content-length"]
        kept.append((b"content-length", str(len(body)).encode()))
        kept.append((b"date", self._azure.clock.http_date().encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": kept})
        if isinstance(spoiled, Cut):
            await send(
                {"type": "http.response.body", "body": body[: min(spoiled.after, len(body) - 1)], "more_body": True}
            )
            self._azure.connections.cut(scope["client"])
            await asyncio.sleep(0.01)  # until the server has noticed that the client is gone
            return
        await send({"type": "http.response.body", "body": body})


class _Answer:
    """The answer of the application, kept back until it is whole."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def take(self, message: "Message") -> None:
        if message["type"] == "http.response.start":
            self._begin(message["status"], message["headers"])
        else:
            self.body += message.get("body", b"")

    def refuse(self, said: Say, path: str, at: str) -> None:
        refusal = refusal_for(path, said, at)
        headers = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
        self._begin(refusal.status, [*headers, (b"content-type", b"application/json")])
        self.body = msgspec.json.encode(refusal.body)

    def _begin(self, status: int, headers: Any) -> None:
        self.status = status
        self.headers = list(headers)
        self._entry.status.append(status)


async def _read(receive: "Receive") -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


def _once(body: bytes) -> "Receive":
    async def receive() -> "Message":
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
