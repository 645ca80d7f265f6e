"""How fast an API may be asked: what its quota has left, and when it is new again."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from vmaudit.collect.answers import quota_resets_after

_LOOK_AGAIN: Final = 0.25
"""Seconds between two looks at a quota that is used up: an answer that comes meanwhile may renew it sooner."""


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


@dataclass(frozen=True, slots=True)
class Leave:
    """A request that may leave: when it did, and in which window of the quota."""

    at: float
    window: int


class Pace:
    """The quota of one API: so many requests in so many seconds, corrected by what Azure says about it.

    A window begins with the first request that Azure gets in it, some time between the moment when that left and the
    moment when its answer came. Azure says how long it lasts in whole seconds, rounded up, which would cost a fifth of
    a quota of five seconds; the bounds that all answers of a window set together are closer.

    Azure's own count of what is left can only be lower than ours: it knows of others who ask in the same name.
    """

    def __init__(self, clock: Clock, requests: int, seconds: float) -> None:
        self._clock = clock
        self._requests = requests
        self._seconds = seconds
        self._window = 0
        self._left = 0
        self._renewed_at = clock.now()
        self._answered = False
        self._waited_until = 0.0
        self._lock = threading.Lock()
        self.waited = 0.0
        """Seconds during which at least one request was held back."""

    @property
    def per_second(self) -> float:
        """Requests a second, in the long run."""
        return self._requests / self._seconds

    def start(self) -> Leave:
        """Wait until a request may leave, and count it."""
        while True:
            with self._lock:
                now = self._clock.now()
                if now >= self._renewed_at:
                    self._window += 1
                    self._left = self._requests
                    self._answered = False
                    self._renewed_at = now + 2 * self._seconds  # until an answer says better
                if self._left > 0:
                    self._left -= 1
                    return Leave(now, self._window)
                wait = self._renewed_at - now
                self.waited += max(0.0, self._renewed_at - max(now, self._waited_until))
                self._waited_until = self._renewed_at
            self._clock.sleep(min(wait, _LOOK_AGAIN))

    def end(self, leave: Leave, headers: Mapping[str, str]) -> None:
        """Learn from an answer; without headers, no answer came."""
        remaining = headers.get("x-ms-user-quota-remaining", "")
        resets_after = quota_resets_after(headers)
        with self._lock:
            if leave.window != self._window:
                return
            now = self._clock.now()
            if not self._answered:
                self._answered = True
                self._renewed_at = min(self._renewed_at, now + self._seconds)
            if remaining.isdecimal():
                self._left = min(self._left, int(remaining))
            if resets_after is not None:
                over = leave.at + resets_after - 1 > self._renewed_at  # Azure is in its next window already
                self._renewed_at = now + resets_after if over else min(self._renewed_at, now + resets_after)

    def hold(self, seconds: float) -> None:
        """Let nothing leave for a while: Azure said so to one, and means all."""
        with self._lock:
            self._window += 1  # answers that are on their way speak of a window that is over
            self._left = 0
            self._renewed_at = max(self._renewed_at, self._clock.now() + seconds)
