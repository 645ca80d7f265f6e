"""What Azure answers, and what its refusals mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast

import msgspec

from vmaudit.snapshot.manifest import OutcomeKind

TRANSIENT: Final = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same question may be answered."""

_AT_MOST: Final = 500
"""Characters of a message of Azure's that are kept."""

_VAGUE: Final = frozenset(
    {
        "BadRequest",
        "InvalidQuery",
        "BadArgumentError",
        "UnknownError",
        "SemanticError",
        "SyntaxError",
        "PartialError",
        "EngineError",
        "",
    }
)
"""Codes that stand for a better one inside."""

NO_TABLE: Final = "NoSuchTable"
"""Our own word for a workspace without the table that a query names."""

_LICENCES: Final = frozenset({"AadPremiumLicenseRequired", "TenantLicenseRequired"})
_GONE: Final = frozenset({"WorkspaceNotFoundError", "PathNotFoundError"})
_NOT_REGISTERED: Final = frozenset({"MissingSubscriptionRegistration", "SubscriptionNotRegistered"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it came. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ConnectionTroubleError(Exception):
    """No answer came, or one that broke off."""


class SignInError(Exception):
    """No token could be had, so nothing was asked."""


class RefusedError(Exception):
    """Azure did not give (all of) what it was asked for. `code` is Azure's own word where it has one."""

    def __init__(self, status: int, code: str, message: str, codes: frozenset[str] = frozenset()) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.codes = codes | {code}

    @property
    def kind(self) -> OutcomeKind:
        """What this makes of a table of which nothing was read."""
        if self.code == NO_TABLE:
            return OutcomeKind.NOT_COLLECTED
        return OutcomeKind.DENIED if self.status == 403 or self.codes & _LICENCES else OutcomeKind.FAILED

    @property
    def says(self) -> str:
        """Azure's message, and the step that would mend it."""
        return f"{self.message} {self._remedy()}".strip()

    def _remedy(self) -> str:
        if self.codes & _LICENCES:
            return "(The tenant has no Microsoft Entra ID P2 or Governance licence.)"
        if self.codes & _NOT_REGISTERED:
            return "(Somebody who may register resource providers has to do so; vmaudit changes nothing.)"
        if self.codes & _GONE:
            return "(It is gone, or the id is wrong: `az monitor log-analytics workspace list` shows those there are.)"
        if self.code == NO_TABLE:
            return "(A diagnostic setting of what writes the log sends it there.)"
        if self.status == 401:
            return "(Sign in again, and go on with --resume.)"
        return "(Go on with --resume.)" if self.status in TRANSIENT else ""


def refusal(answer: Answer) -> RefusedError:
    """What an answer with an error status says: `{"error": {"code", "message"}}` in any of Azure's dialects."""
    try:
        body = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return RefusedError(answer.status, f"Http{answer.status}", "Azure gave no reason that can be read.")
    said = list(_errors(body))
    codes = [code for code, _ in said]
    code = next((code for code in codes if code not in _VAGUE), codes[0] if codes else "")
    message = next((text for named, text in said if named == code and text), "Azure gave no reason.")
    return RefusedError(answer.status, code or f"Http{answer.status}", message[:_AT_MOST], frozenset(codes))


def _errors(body: object) -> Iterator[tuple[str, str]]:
    """Every code with its message, the outermost first."""
    if isinstance(body, list):
        for item in cast("list[Any]", body):
            yield from _errors(item)
    if not isinstance(body, dict):
        return
    members = {str(name).lower(): value for name, value in cast("dict[str, Any]", body).items()}
    if isinstance(members.get("code"), str):
        yield members["code"], members["message"] if isinstance(members.get("message"), str) else ""
    for inner in ("error", "details", "innererror"):
        yield from _errors(members.get(inner))


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """How long Azure asks to be left alone: `Retry-After` (seconds or a date), else the time until the quota is new.

    A date is compared with the server's own clock: ours may be wrong.

    >>> seconds_to_wait({"retry-after": "17"}), seconds_to_wait({"x-ms-user-quota-resets-after": "00:00:05"})
    (17.0, 5.0)
    """
    text = headers.get("retry-after", "")
    if text.strip().isdecimal():
        return float(text)
    if text and "date" in headers:
        try:
            wait = parsedate_to_datetime(text) - parsedate_to_datetime(headers["date"])
        except ValueError:
            return quota_resets_after(headers)
        return max(0.0, wait.total_seconds())
    return quota_resets_after(headers)


def quota_resets_after(headers: Mapping[str, str]) -> float | None:
    """`x-ms-user-quota-resets-after` in seconds; Resource Graph writes it as hours, minutes and seconds."""
    parts = headers.get("x-ms-user-quota-resets-after", "").split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds
