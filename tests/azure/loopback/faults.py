"""How this Azure misbehaves: on which requests, from when on, how often, and in which way."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Final, TypeAlias

from loopback import refusals
from loopback.refusals import Refusal

if TYPE_CHECKING:
    from loopback.ledger import Entry
    from loopback.server import Azure

_CODES: Final = {
    403: "AuthorizationFailed",
    404: "ResourceNotFound",
    409: "Conflict",
    429: "TooManyRequests",
    500: "InternalServerError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}


@dataclass(frozen=True, slots=True)
class Wait:
    """The answer comes this much later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Say:
    """An error instead of an answer, in the shape of the service that is asked."""

    status: int
    code: str = ""
    message: str = "Something went wrong on purpose."
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection is gone in the middle of an answer, after this many bytes of its body."""

    after: int = 20


@dataclass(frozen=True, slots=True)
class Shorten:
    """A whole answer for HTTP, with JSON that ends too early."""

    share: float = 0.5


@dataclass(frozen=True, slots=True)
class Replace:
    """Something else instead of an answer, with the status of a good one: a proxy's page, or JSON of another shape."""

    body: bytes


@dataclass(frozen=True, slots=True)
class ExpireTokens:
    """No token that was issued so far is good any more."""


@dataclass(frozen=True, slots=True)
class Skew:
    """Azure's clock goes ahead of (or behind) the one here from now on."""

    by: timedelta


@dataclass(frozen=True, slots=True)
class Change:
    """Something in the tenant changes just before the answer is worked out."""

    what: "Callable[[Azure], object]"


Effect: TypeAlias = Wait | Say | Cut | Shorten | Replace | ExpireTokens | Skew | Change


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave.

    `on` is a pattern that is searched for in `GET /path?query` in any letter case, and `in_body` a text that the body
    must hold too. `after` requests are spared, then it strikes `times` requests (None: all that follow).
    """

    on: str
    does: Effect
    after: int = 0
    times: int | None = 1
    in_body: str = ""

    def means(self, entry: "Entry") -> bool:
        asked = f"{entry.method} {entry.path}?{entry.query}"
        return re.search(self.on, asked, re.IGNORECASE) is not None and self.in_body.encode() in entry.body


class Faults:
    """The faults that are switched on, and how often each one has met its request."""

    def __init__(self) -> None:
        self._met: dict[int, int] = {}
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._faults.extend(faults)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()
            self._met.clear()

    def due(self, entry: "Entry") -> list[Effect]:
        """What strikes this request, in the order in which it was switched on."""
        found: list[Effect] = []
        with self._lock:
            for number, fault in enumerate(self._faults):
                if not fault.means(entry):
                    continue
                met = self._met.get(number, 0)
                self._met[number] = met + 1
                if met >= fault.after and (fault.times is None or met < fault.after + fault.times):
                    found.append(fault.does)
        return found


def throttling(on: str, times: int | None = 1, retry_after: int | None = None, after: int = 0) -> Fault:
    """A storm of 429s, with Retry-After or without."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(on, Say(429, headers=headers), after, times)


def refusal_for(path: str, said: Say, at: str) -> Refusal:
    """An error in the shape of the service that a path belongs to."""
    lower = path.lower()
    code = said.code or _CODES.get(said.status, "BadRequest")
    if lower.endswith("/oauth2/v2.0/token"):
        return Refusal(
            said.status, {"error": "temporarily_unavailable", "error_description": said.message}, said.headers
        )
    if lower.endswith("/providers/microsoft.resourcegraph/resources"):
        named = "RateLimiting" if said.status == 429 and not said.code else code
        return refusals.resource_graph(said.status, named, (named, said.message), at=at, headers=said.headers)
    if lower.startswith("/v1.0/"):
        return refusals.microsoft_graph(said.status, code, said.message, said.headers)
    if lower.startswith("/v1/workspaces/"):
        return refusals.log_analytics(said.status, code, said.message, headers=said.headers)
    return refusals.arm(said.status, code, said.message, said.headers)


_ROUTES: Final = ("ResourceGraph/resources", r"GET /(subscriptions|providers)", r"/v1\.0/", "/v1/workspaces/", "/token")


def random_faults(seed: int, most: int = 6) -> tuple[Fault, ...]:
    """A mixture of faults that all pass: the same for the same seed. Waits are short, and storms end."""
    rng = Random(seed)  # noqa: S311 - a choice of faults is no secret
    effects: tuple[Callable[[], Effect], ...] = (
        lambda: Wait(rng.uniform(0.0, 0.2)),
        lambda: Say(429, headers={"Retry-After": "1"}),
        lambda: Say(429),
        lambda: Say(rng.choice((500, 502, 503, 504))),
        lambda: Cut(rng.randint(0, 2000)),
        lambda: Shorten(rng.uniform(0.0, 0.99)),
        ExpireTokens,
    )
    return tuple(
        Fault(rng.choice(_ROUTES), rng.choice(effects)(), after=rng.randint(0, 30), times=rng.randint(1, 3))
        for _ in range(rng.randint(1, most))
    )
