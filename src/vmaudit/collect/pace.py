"""How fast an API may be asked: what its quota has left, and when it is new again."""

import threading
import time
from collections.abc import Mapping
from typing import Protocol

from vmaudit.collect.answers import quota_resets_after


class StoppedError(Exception):
    """The run was stopped while it waited."""


class Clock(Protocol):
    """Time as the collection sees it."""

    def now(self) -> float:
        """Seconds since some moment; never goes back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait. Raises StoppedError where the run is stopped before or meanwhile."""
        ...


class StoppableClock:
    """The machine's clock. Whoever sleeps by it can be woken."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def now(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, unless the run is stopped."""
        if self._stopped.wait(seconds):
            raise StoppedError

    def stop(self) -> None:
        """Wake all sleepers for good."""
        self._stopped.set()


class Pace:
    """The quota of one API: so many requests in so many seconds, corrected by what Azure says about it.

    Several threads ask at once. What Azure says is left does not count the requests that are on their way, so they are
    counted here.
    """

    def __init__(self, clock: Clock, requests: int, seconds: float) -> None:
        self._clock = clock
        self._requests = requests
        self._seconds = seconds
        self._left = requests
        self._renewed_at = clock.now() + seconds
        self._on_their_way = 0
        self._lock = threading.Lock()
        self.waited = 0.0

    def start(self) -> None:
        """Wait until a request may leave, and count it."""
        while True:
            with self._lock:
                now = self._clock.now()
                if now >= self._renewed_at:
                    self._left, self._renewed_at = self._requests, now + self._seconds
                if self._left > 0:
                    self._left -= 1
                    self._on_their_way += 1
                    return
                wait = self._renewed_at - now
                self.waited += wait
            self._clock.sleep(wait)

    def end(self, headers: Mapping[str, str]) -> None:
        """Learn from an answer. Without headers (no answer came) the request is only no longer on its way."""
        remaining = headers.get("x-ms-user-quota-remaining", "")
        resets_after = quota_resets_after(headers)
        with self._lock:
            self._on_their_way -= 1
            if not remaining.isdecimal():
                return
            self._left = max(0, int(remaining) - self._on_their_way)
            if resets_after is not None:
                self._renewed_at = self._clock.now() + resets_after

    def hold(self, seconds: float) -> None:
        """Let nothing leave for a while: Azure said so to one, and means all."""
        with self._lock:
            self._left = 0
            self._renewed_at = max(self._renewed_at, self._clock.now() + seconds)
