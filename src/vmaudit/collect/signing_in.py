"""The way to the authority that gives tokens, with a patience of our own."""

from collections.abc import Callable
from typing import Final

from azure.core.exceptions import ClientAuthenticationError
from azure.core.pipeline.transport import RequestsTransport

from vmaudit.collect.clouds import Place, trusting

LONGEST_PAUSE: Final = 30.0
"""Seconds between two tries for a token."""

_CONNECT_SECONDS: Final = 15
_READ_SECONDS: Final = 60


class SignInTransport(RequestsTransport):
    """What azure-identity asks for tokens on.

    azure-identity repeats by itself, and waits for as long as the authority says, an hour as well, in a sleep that
    nothing ends. All its sleeping goes through here.
    """

    def __init__(self, place: Place, sleep: Callable[[float], None]) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - azure-core has no types for it
            connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, **trusting(place.certificates)
        )
        self._sleep = sleep

    def sleep(self, duration: float) -> None:
        """Wait between two tries. Raises ClientAuthenticationError where that takes too long."""
        if duration > LONGEST_PAUSE:
            raise ClientAuthenticationError(f"The authority asks to be left alone for {duration:.0f} seconds.")
        self._sleep(duration)
