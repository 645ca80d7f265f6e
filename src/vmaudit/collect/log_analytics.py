"""Log Analytics, through its client: a query over one workspace and a span of time, never cut off unnoticed.

The service cuts off what is too large and says so in the body of an answer whose status is 200; its client gives that
back without raising anything. Here such an answer is not taken: the span is cut in two, and both halves are asked for.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from typing import Any, Final

import msgspec
from azure.core.credentials import TokenCredential
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.monitor.query import LogsQueryClient

from vmaudit.collect.answers import NO_TABLE, Answer, RefusedError, refusal
from vmaudit.collect.asking import Line
from vmaudit.collect.clouds import Place
from vmaudit.collect.pipeline import caught, policies_for, transport
from vmaudit.collect.resource_graph import Rows
from vmaudit.collect.spans import Span, moment_text

MOST_ROWS: Final = 500_000
"""The most rows that the service puts into an answer (azure-facts 4.1)."""

_SERVER_SECONDS: Final = 100
"""What the service may work on one query: less than the connection waits for the first byte."""

_TOO_MUCH: Final = frozenset({413, 504})
"""Statuses that say that the answer would be too large, or took too long."""

_LIMIT: Final = re.compile(rb"exceed|truncat", re.IGNORECASE)
"""What the service says of a limit, wherever in its reasons: the codes around it are only numbers."""

_MARGIN: Final = timedelta(hours=1)
"""Around a span, for the service's own limit of time: what counts is in the query, to the second."""

_AT_ONCE: Final = 1000


class _Column(msgspec.Struct):
    name: str
    type: str


class _Table(msgspec.Struct):
    columns: list[_Column]
    rows: list[msgspec.Raw]


class _Result(msgspec.Struct):
    tables: list[_Table]
    error: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def trouble(self) -> RefusedError | None:
        """Why it is partial, by the innermost reason that the service gives; None where it is whole."""
        said = bytes(self.error)
        return None if said == b"null" else refusal(Answer(200, {}, b'{"error":' + said + b"}"))


class _TooMuchError(Exception):
    """One answer can't hold what was asked for."""


class LogAnalytics:
    """The client, and the line that it asks on."""

    def __init__(self, credential: TokenCredential, place: Place, line: Line) -> None:
        endpoint = place.cloud.log_analytics
        authentication: BearerTokenCredentialPolicy[Any, Any] = BearerTokenCredentialPolicy(
            credential, f"{endpoint}/.default"
        )
        self._client = LogsQueryClient(
            credential,
            endpoint=endpoint,
            transport=transport(place),
            policies=policies_for(authentication, endpoint),
        )
        self._line = line

    @property
    def per_second(self) -> float:
        """Requests a second that its quota allows."""
        return self._line.pace.per_second

    def read(self, workspace: str, query: str, span: Span, rows: Rows) -> None:
        """All rows of a query over a workspace within a span, into `rows`, the oldest span first.

        `workspace` is its customer id. Raises RefusedError; what was read until then stays there.
        """
        waiting = [span]
        while waiting:
            asked = waiting.pop()
            try:
                result = self._answer(workspace, query, asked)
            except _TooMuchError as problem:
                halves = asked.halves()
                if halves is None:
                    message = f"Even {asked} holds more than Log Analytics answers: {problem}"
                    raise RefusedError(200, "TooMuchToAnswer", message) from problem
                waiting += reversed(halves)
                continue
            found = _objects(result.tables[0])
            while some := list(islice(found, _AT_ONCE)):
                rows.add(some)
            if (trouble := result.trouble) is not None:
                raise RefusedError(0, "PartialError", f"Log Analytics answered in part: {trouble.message}")

    def _answer(self, workspace: str, query: str, span: Span) -> _Result:
        """What the service says about one span. One that is in part for another reason than its size is asked twice."""
        bounded = within(query, span)
        for attempt in (1, 2):
            try:
                result = self._line.ask(lambda: self._send(workspace, bounded, span), _decoded)
            except RefusedError as refused:
                raise _explained(refused, query) from refused
            if result.trouble is None or attempt == 2:
                break
        return result

    def _send(self, workspace: str, query: str, span: Span) -> Answer:
        timespan = (span.since - _MARGIN, span.until + _MARGIN)
        answer = caught(
            lambda hook: self._client.query_workspace(
                workspace, query, timespan=timespan, server_timeout=_SERVER_SECONDS, raw_response_hook=hook
            )
        )
        if answer.status in _TOO_MUCH:
            raise _TooMuchError(refusal(answer).message)
        return answer


def within(query: str, span: Span) -> str:
    r"""A query over one table, narrowed to a span.

    The service's own limit of time does not say whether its ends are included: no row may come twice, or never.

    >>> from datetime import datetime
    >>> print(within("Heartbeat\n| count", Span(datetime(2026, 1, 1), datetime(2026, 1, 2))))
    Heartbeat
    | where TimeGenerated >= datetime(2026-01-01T00:00:00) and TimeGenerated < datetime(2026-01-02T00:00:00)
    | count
    """
    table, _, rest = query.partition("\n")
    since, until = moment_text(span.since), moment_text(span.until)
    bounds = f"| where TimeGenerated >= datetime({since}) and TimeGenerated < datetime({until})"
    return f"{table}\n{bounds}\n{rest}" if rest else f"{table}\n{bounds}"


def _decoded(answer: Answer) -> _Result:
    """A result with its table. Raises _TooMuchError where the service cut it off, or may have."""
    result = msgspec.json.decode(answer.body, type=_Result)
    if not result.tables:
        raise msgspec.ValidationError("the answer has no table")
    trouble = result.trouble
    if trouble is not None and _LIMIT.search(bytes(result.error)):
        raise _TooMuchError(trouble.message)
    if len(result.tables[0].rows) >= MOST_ROWS:
        raise _TooMuchError(f"{MOST_ROWS} rows came, which is the most that an answer holds")
    return result


def _explained(refused: RefusedError, query: str) -> RefusedError:
    """A refusal of a query about a table that the workspace has not got, by a name of its own."""
    table = query.partition("\n")[0]
    if refused.status == 400 and f"named '{table}'" in refused.message:
        return RefusedError(400, NO_TABLE, f"The workspace has no table {table}: nobody sends it there.")
    return refused


def _objects(table: _Table) -> Iterator[msgspec.Raw]:
    """The rows with the names of their columns. Dynamic values come as texts of JSON, and are JSON again."""
    names = [msgspec.json.encode(column.name) + b":" for column in table.columns]
    dynamic = [column.type == "dynamic" for column in table.columns]
    for row in table.rows:
        cells = msgspec.json.decode(row, type=list[msgspec.Raw])
        if len(cells) != len(names):
            raise RefusedError(0, "StrangeAnswer", "A row of Log Analytics has not as many cells as there are columns.")
        parts = (
            name + (_value(cell) if is_dynamic else bytes(cell))
            for name, is_dynamic, cell in zip(names, dynamic, cells, strict=True)
        )
        yield msgspec.Raw(b"{" + b",".join(parts) + b"}")


def _value(cell: msgspec.Raw) -> bytes:
    """A dynamic value: the JSON in a text, or what else the cell holds."""
    text = msgspec.json.decode(cell)
    if not isinstance(text, str):
        return bytes(cell)
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:  # a text that is just a text
        return bytes(cell)
    return text.encode()
