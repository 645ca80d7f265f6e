"""Quotas that really count: so many requests in a window, or a bucket that fills up again."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

Ticks = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Spent:
    """What came of one request against a quota."""

    allowed: bool
    remaining: int
    resets_after: float
    """Seconds until the quota is whole again."""

    @property
    def resets_after_text(self) -> str:
        """The seconds as `x-ms-user-quota-resets-after` writes them, rounded up: `00:00:05`."""
        seconds = ceil(self.resets_after)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


class Window:
    """`limit` requests in `seconds`, counted from the first request of a window; then it starts anew."""

    def __init__(self, limit: int, seconds: float, ticks: Ticks = time.monotonic) -> None:
        self.limit = limit
        self.seconds = seconds
        self._ticks = ticks
        self._opened = float("-inf")
        self._used = 0
        self._lock = threading.Lock()

    def spend(self, cost: int = 1) -> Spent:
        with self._lock:
            now = self._ticks()
            if now - self._opened >= self.seconds:
                self._opened = now
                self._used = 0
            allowed = self._used + cost <= self.limit
            self._used += cost if allowed else 0
            return Spent(allowed, self.limit - self._used, self._opened + self.seconds - now)


class Bucket:
    """`size` requests at once, and `per_second` more every second, as Azure Resource Manager counts reads."""

    def __init__(self, size: int, per_second: float, ticks: Ticks = time.monotonic) -> None:
        self.size = size
        self.per_second = per_second
        self._ticks = ticks
        self._left = float(size)
        self._looked = ticks()
        self._lock = threading.Lock()

    def spend(self) -> Spent:
        with self._lock:
            now = self._ticks()
            self._left = min(self.size, self._left + (now - self._looked) * self.per_second)
            self._looked = now
            allowed = self._left >= 1
            self._left -= allowed
            return Spent(allowed, int(self._left), max(0.0, (1 - self._left) / self.per_second))
