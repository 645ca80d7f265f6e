"""The activity log as far as it was read: requests for just-in-time access, and when it reached which workspace."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar, cast

import msgspec

from vmaudit.estate.guards import jit_request, moment
from vmaudit.estate.resources import JitRequest, Key
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.estate.wire_guards import JitRequestRow
from vmaudit.estate.wire_logs import ActivityRow, ArrivalRow, InitiateBody
from vmaudit.known import Read, Unknown
from vmaudit.snapshot.manifest import Outcome, OutcomeKind, TableEntry
from vmaudit.snapshot.reading import Snapshot

W = TypeVar("W", bound=msgspec.Struct)
T = TypeVar("T")

NOT_READ: Final = "the activity log, which holds every grant, is not in the evidence"

_POLICIES: Final = "/jitnetworkaccesspolicies/"
_ADMINISTRATIVE: Final = "administrative"
"""The category that requests, changes and commands are in: a setting exports a whole category or none of it."""
_PLACE: Final = "/workspaces/"


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One row about a request for just-in-time access."""

    at: datetime
    policy: Key
    subscription: str
    correlation: str
    """Equal for all rows of one request; "" where the row does not say."""
    status: str
    """In lower case: start, accept, success, failure, ..."""
    requestor: str
    justification: Read[str]
    asked: Read[JitRequest]
    """What was asked for, where the row holds the body of the request."""


@dataclass(frozen=True, slots=True)
class ActivityLog:
    """All of it. Workspaces are named by their customer ids and subscriptions by theirs, in lower case."""

    requests: tuple[LoggedRequest, ...] = ()
    arrivals: Mapping[str, Mapping[str, tuple[datetime, ...]]] = field(
        default_factory=dict[str, Mapping[str, tuple[datetime, ...]]]
    )
    """Per subscription and workspace: first and last row of each day, sorted."""
    asked: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    """Per workspace that was read whole: since when."""
    unread: str = NOT_READ
    """Why there is no workspace in `asked`, as a clause; "" where there is one."""


def read_activity_log(snapshot: Snapshot) -> ActivityLog:
    """What the activity log says. With a row that can't be read it is not known what else it says."""
    tables = [snapshot.entry(table) for table in ("jit_requests", "activity_log_days")]
    requests, arrivals = (_Rows(entry, snapshot.rows(entry.name)) for entry in tables)
    read = tuple(requests.each(ActivityRow, _request))
    arrived = _by_place(arrivals.each(ArrivalRow, _arrival))
    problem = requests.problem or arrivals.problem
    asked = {} if problem else asked_since(*(entry.outcomes for entry in tables))
    return ActivityLog(read, arrived, asked, problem or ("" if asked else _why_unread(tables)))


class _Rows:
    """The rows of one table; remembers why one could not be read."""

    def __init__(self, entry: TableEntry, rows: Iterable[bytes]) -> None:
        self._entry = entry
        self._rows = rows
        self.problem = ""

    def each(self, wire: type[W], read: Callable[[W], T]) -> Iterator[T]:
        """Every row that can be read."""
        decode = msgspec.json.Decoder(wire).decode
        for row in self._rows:
            try:
                yield read(decode(row))
            except (msgspec.ValidationError, RowUnreadableError) as problem:
                self.problem = f"a row of {self._entry.name} could not be read: {problem}"


def asked_since(*tables: Iterable[Outcome]) -> dict[str, datetime]:
    """The workspaces that were read whole for all of these tables, with the latest moment since when they were."""
    whole = [dict(_whole(outcomes)) for outcomes in tables]
    shared = set(whole[0]).intersection(*whole[1:])
    return {workspace: max(of[workspace] for of in whole) for workspace in sorted(shared)}


def _why_unread(tables: Iterable[TableEntry]) -> str:
    gaps = [outcome for entry in tables for outcome in entry.outcomes if outcome.outcome is not OutcomeKind.COMPLETE]
    worst = next((outcome for outcome in gaps if outcome.outcome is not OutcomeKind.NOT_COLLECTED), None)
    if worst is None:
        return NOT_READ
    need = f" (needs {worst.permission})" if worst.permission else ""
    return f"the activity log, which holds every grant, was not read whole: {worst.message}{need}"


def _whole(outcomes: Iterable[Outcome]) -> Iterator[tuple[str, datetime]]:
    for outcome in outcomes:
        since = moment(outcome.since)
        if outcome.outcome is OutcomeKind.COMPLETE and not isinstance(since, Unknown):
            yield outcome.scope.removeprefix(_PLACE).lower(), since


def _arrival(row: ArrivalRow) -> tuple[str, str, tuple[datetime, ...]]:
    """Subscription, workspace and times; without times where another category arrived."""
    wanted = row.category.lower() == _ADMINISTRATIVE
    times = (_time(row.first), _time(row.last)) if wanted else ()
    return row.subscription.lower(), row.workspace.lower(), times


def _by_place(arrivals: Iterable[tuple[str, str, tuple[datetime, ...]]]) -> dict[str, dict[str, tuple[datetime, ...]]]:
    found: dict[str, dict[str, set[datetime]]] = defaultdict(lambda: defaultdict(set))
    for subscription, workspace, times in arrivals:
        found[subscription][workspace].update(times)
    return {name: {place: tuple(sorted(times)) for place, times in of.items()} for name, of in found.items()}


def _time(text: str) -> datetime:
    read = moment(text)
    if isinstance(read, Unknown):
        raise RowUnreadableError(read.reason)
    return read


def _request(row: ActivityRow) -> LoggedRequest:
    details = {name.lower(): value for name, value in (_mapping(row.details) or _mapping(row.details_text)).items()}
    said = {name.lower(): value for name, value in _mapping(details.get("eventproperties")).items()}
    at, policy = _time(row.time), _policy(row)
    requestor = str(said.get("user") or row.caller or "")
    asked = _asked(details.get("requestbody"), requestor, at)
    justification = said.get("justification")
    return LoggedRequest(
        at=at,
        policy=policy,
        subscription=(row.subscription or "").lower() or policy.split("/")[2],
        correlation=(row.correlation or row.event or "").lower(),
        status=(row.status or "").lower(),
        requestor=requestor,
        justification=_justification(justification, asked),
        asked=asked,
    )


def _policy(row: ActivityRow) -> Key:
    """The policy that a row is about: by its resource, or by the scope for which the caller was authorized.

    Either may name the action below the policy.
    """
    authorized = _mapping(row.authorization) or _mapping(row.authorization_text)
    resource = row.resource or str(authorized.get("scope") or "")
    before, found, after = resource.lower().partition(_POLICIES)
    if not found or not before.startswith("/subscriptions/"):
        raise RowUnreadableError(f"the row is about {resource!r}, which is no just-in-time policy")
    return f"{before}{found}{after.partition('/')[0]}"


def _justification(given: object, asked: Read[JitRequest]) -> Read[str]:
    if isinstance(given, str):
        return given
    return asked if isinstance(asked, Unknown) else asked.justification


def _asked(body: object, requestor: str, at: datetime) -> Read[JitRequest]:
    """What was asked for. The log does not always hold it (Microsoft documents no shape for these rows)."""
    if body in (None, ""):
        return Unknown("the log does not say what was asked for")
    try:
        read = msgspec.convert(_mapping(body), InitiateBody)
    except msgspec.ValidationError as problem:
        return Unknown(f"what the log says was asked for can't be read: {problem}")
    row = JitRequestRow(
        requestor=requestor,
        justification=read.justification,
        start_time_utc=at.isoformat(),
        virtual_machines=read.virtual_machines,
    )
    return jit_request(row)


def _mapping(value: object) -> dict[str, Any]:
    """An object, or the object in a text of JSON; {} where it is neither."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
