"""The connections that are open, so that one can be cut in the middle of an answer."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Peer = tuple[str, int]


class Connections:
    """Every open connection by the address of its client."""

    def __init__(self) -> None:
        self._open: dict[Peer, tuple[asyncio.AbstractEventLoop, asyncio.Transport]] = {}

    def protocol(self) -> type[H11Protocol]:
        """uvicorn's protocol, with its connections noted down here."""
        noted = self._open

        class Noted(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn declares it
                super().connection_made(transport)
                noted[transport.get_extra_info("peername")[:2]] = (asyncio.get_running_loop(), transport)

            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                peers = [peer for peer, (_, transport) in noted.items() if transport is self.transport]
                for peer in peers:
                    del noted[peer]

        return Noted

    def cut(self, client: Any) -> None:
        """Drop a connection without a farewell. Called in the server's own thread."""
        found = self._open.get(tuple(client)[:2])
        if found is not None:
            found[1].abort()

    def cut_all(self) -> None:
        """Drop every connection, from any thread."""
        for loop, transport in tuple(self._open.values()):
            loop.call_soon_threadsafe(transport.abort)
