"""`POST /v1/workspaces/{id}/query`: KQL over the tables of a workspace, as rows without names."""

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import duckdb
import duckdb_kql
import msgspec

from loopback import kql, refusals
from loopback.access import Identity
from loopback.clock import Clock
from loopback.quota import Window
from loopback.store import quoted
from loopback.tenant import LogTable, Tenant, Workspace

_DUCK: Final = {
    "string": "VARCHAR",
    "datetime": "TIMESTAMP",
    "dynamic": "JSON",
    "int": "INTEGER",
    "long": "BIGINT",
    "real": "DOUBLE",
    "bool": "BOOLEAN",
    "guid": "UUID",
}
_KUSTO: Final = {duck: kusto for kusto, duck in _DUCK.items()} | {"TIMESTAMP WITH TIME ZONE": "datetime"}
_DURATION: Final = re.compile(
    r"P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?"
)


class _Request(msgspec.Struct):
    query: str
    timespan: str | None = None
    workspaces: list[str] | None = None


@dataclass(slots=True)
class LogAnalytics:
    """The service. `rows` is how many an answer may have; what is over is left out, and the answer says so.

    `partial` are reasons why the next answers are not whole, one each: they leave their last row out.
    """

    tenant: Tenant
    clock: Clock
    rows: int = 500_000
    quota: Window = field(default_factory=lambda: Window(200, 30.0))
    partial: list[str] = field(default_factory=list[str])

    def answer(self, workspace_id: str, body: bytes, identity: Identity) -> tuple[bytes, Mapping[str, str]]:
        """The body and the headers of an answer. Raises Refusal."""
        spent = self.quota.spend()
        if not spent.allowed:
            seconds = {"Retry-After": str(int(spent.resets_after) + 1)}
            raise refusals.log_analytics(429, "ThrottledError", "The request rate is too high.", headers=seconds)
        workspace = self.tenant.workspaces.get(workspace_id)
        if workspace is None:
            message = "The workspace could not be found. Check the workspace ID and that you have access to it."
            raise refusals.log_analytics(404, "WorkspaceNotFoundError", message)
        if workspace_id in identity.access.workspaces_denied:
            message = "The provided credentials have insufficient access to perform the requested operation"
            raise refusals.log_analytics(403, "InsufficientAccessError", message)
        request = msgspec.json.decode(body, type=_Request)
        if request.workspaces:
            raise refusals.log_analytics(400, "BadArgumentError", "This server asks one workspace at a time.")
        return msgspec.json.encode(self._result(workspace, request)), {}

    def _result(self, workspace: Workspace, request: _Request) -> Mapping[str, Any]:
        self._check_table(request.query, workspace)
        named = kql.tables_named(request.query, tuple(workspace.tables), any_case=False)
        tables = {name: workspace.tables[name] for name in named}
        try:
            kql.check_spelling(request.query, {column for table in tables.values() for column in table.columns})
            self._check_names(request.query, workspace)
            with closing(self._cursor(tables, request.timespan)) as cursor:
                answer = kql.run(cursor, request.query)
        except kql.Unrunnable as error:
            code = {"ParserFailure": "SYN0002", "NotSupportedHere": "SEM9999"}.get(error.code, "SEM0100")
            raise refusals.semantic_error(code, str(error)) from error
        columns = [{"name": name, "type": _kusto_type(kind)} for name, kind in answer.columns]
        shown = [[_plain(value) for value in row] for row in answer.rows[: self.rows]]
        body: dict[str, Any] = {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": shown}]}
        if len(answer.rows) > self.rows:
            body["error"] = _partial(f"The results of this query exceed the set limit of {self.rows} records.")
        elif self.partial:
            shown[-1:] = []
            body["error"] = _partial(self.partial.pop(0))
        return body

    def _check_table(self, query: str, workspace: Workspace) -> None:
        """A query starts with a table; one that is not there is refused in Azure's words."""
        first, *others = kql.operators(f"|{query}") or [""]
        table = kql.plain(query).split(maxsplit=1)[0]
        if first != "let" and table.isidentifier() and table not in workspace.tables:
            operator = f"'{others[0]}' operator: " if others else ""
            message = f"{operator}Failed to resolve table or column expression named '{table}'"
            raise refusals.semantic_error("SEM0100", message)

    def _check_names(self, query: str, workspace: Workspace) -> None:
        """Table names count letter by letter in Log Analytics."""
        tables = {name.lower() for name in workspace.tables}
        for word in kql.words(query):
            if word.lower() in tables and word not in workspace.tables:
                message = f"'where' operator: Failed to resolve table or column expression named '{word}'"
                raise kql.Unrunnable("UnknownTable", message)

    def _cursor(self, tables: Mapping[str, LogTable], timespan: str | None) -> duckdb.DuckDBPyConnection:
        connection = duckdb_kql.connect()
        for name, table in tables.items():
            columns = ", ".join(f'"{column}" {_DUCK[kind]}' for column, kind in table.columns.items())
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            marks = ", ".join(f"?::{_DUCK[kind]}" for kind in table.columns.values())
            values = [[_stored(row.get(column), kind) for column, kind in table.columns.items()] for row in table.rows]
            if values:
                connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', values)  # noqa: S608 - names of the test's own tables
            if timespan is not None and "TimeGenerated" in table.columns:
                begin, end = interval(timespan, self.clock.now())
                connection.execute(
                    f'DELETE FROM "{name}" WHERE TimeGenerated < {quoted(begin)}::TIMESTAMP OR TimeGenerated >= {quoted(end)}::TIMESTAMP'  # noqa: S608 - quoted literals
                )
        return connection


def interval(text: str, now: datetime) -> tuple[str, str]:
    """Begin and end of a `timespan`: a duration up to now, two times, or a time and a duration."""
    first, _, second = text.partition("/")
    if not second:
        return _naive(now - _duration(first)), _naive(now)
    if second.startswith("P"):
        begin = datetime.fromisoformat(first)
        return _naive(begin), _naive(begin + _duration(second))
    return _naive(datetime.fromisoformat(first)), _naive(datetime.fromisoformat(second))


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise refusals.log_analytics(400, "BadArgumentError", f"The timespan '{text}' is invalid.")
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _naive(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _kusto_type(duck: str) -> str:
    found = _KUSTO.get(duck)
    if found is None:
        raise refusals.semantic_error("SEM9999", f"This server has no name for the type {duck}.")
    return found


def _stored(value: Any, kind: str) -> Any:
    if kind == "dynamic":
        return None if value is None else msgspec.json.encode(value).decode()
    return value


def _plain(value: Any) -> Any:
    """A value as JSON has it; a dynamic one stays the text that it is."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _partial(message: str) -> Mapping[str, Any]:
    inner = {
        "code": "-2133196797",
        "message": message,
        "severity": 2,
        "severityName": "Error",
    }
    detail = {
        "code": "EngineError",
        "message": "Something went wrong processing your query on the server.",
        "innererror": inner,
    }
    return {
        "code": "PartialError",
        "message": "There were some errors when processing your query.",
        "details": [detail],
    }
