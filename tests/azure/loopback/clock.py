"""The time as this Azure sees it, which a test may set apart from the time here."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime


class Clock:
    """The real time plus a skew. Quotas and waits pass `speed` times as fast as the time here."""

    def __init__(self) -> None:
        self.skew = timedelta()
        self.speed = 1.0

    def ticks(self) -> float:
        """Seconds since some moment, as quotas count them."""
        return time.monotonic() * self.speed

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC) + self.skew

    def stamp(self) -> str:
        """As Azure writes times into its messages."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%f0Z")

    def http_date(self) -> str:
        return format_datetime(self.now(), usegmt=True)
