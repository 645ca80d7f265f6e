"""KQL, executed by duckdb-kql, and refused where Azure would refuse it or where this server can't be sure.

duckdb-kql minds no letter case in names, and Kusto does: so spellings are checked here, word by word, before a query
runs. Only the names of Resource Graph's tables may be written in any case.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import duckdb_kql
import msgspec

_SKIPPED: Final = re.compile(r"""//[^\n]*|@"[^"]*"|@'[^']*'|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")
_WORD: Final = re.compile(r"(?<![\w.$])[A-Za-z_]\w*")
_MADE: Final = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\s*=(?![=~])")
_CALL: Final = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\s*\(")
_OPERATOR: Final = re.compile(r"(?:^|\||\()\s*([a-z][\w-]*)")
_LIMITS: Final = (("join", 3), ("mv-expand", 3), ("union", 3))
_ENDS_PAGING: Final = frozenset({"take", "limit", "sample", "sample-distinct", "top"})
_KEYWORDS: Final = frozenset(
    [
        "and",
        "asc",
        "between",
        "by",
        "count",
        "desc",
        "distinct",
        "extend",
        "false",
        "first",
        "has",
        "in",
        "join",
        "kind",
        "last",
        "let",
        "limit",
        "not",
        "null",
        "nulls",
        "of",
        "on",
        "or",
        "order",
        "project",
        "sort",
        "summarize",
        "take",
        "to",
        "top",
        "true",
        "union",
        "where",
        "with",
    ]
)
"""Words of the language that a column may be called too, in another letter case."""
_ELSEWHERE: Final = frozenset({"app", "cluster", "database", "external_table", "resource", "table", "workspace"})
"""Functions that would name rows outside the tables of a query."""


class Unrunnable(Exception):  # noqa: N818 - an answer to the client, not a fault of the server
    """A query that is refused. `code` is Resource Graph's word for the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query, each one encoded, and the type of every column as DuckDB names it."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]

    def objects(self) -> Iterator[bytes]:
        """A JSON object per row; dynamic values go in as they are."""
        names = [msgspec.json.encode(name) + b":" for name, _ in self.columns]
        dynamic = [kind == "JSON" for _, kind in self.columns]
        for row in self.rows:
            parts = (
                name + (value.encode() if raw and value is not None else msgspec.json.encode(value))
                for name, raw, value in zip(names, dynamic, row, strict=True)
            )
            yield b"{" + b",".join(parts) + b"}"


def plain(query: str) -> str:
    """The query without comments, and with every string literal emptied."""
    return _SKIPPED.sub(lambda found: " " if found.group().startswith("//") else "''", query)


def words(query: str) -> set[str]:
    """Every name in a query that is not a member of something."""
    return set(_WORD.findall(plain(query)))


def tables_named(query: str, tables: Collection[str], *, any_case: bool) -> tuple[str, ...]:
    """Which of `tables` a query names, in their own spelling."""
    said = {word.lower() for word in words(query)} if any_case else words(query)
    return tuple(table for table in tables if (table.lower() if any_case else table) in said)


def operators(query: str) -> list[str]:
    """The tabular operators in order: what follows a pipe or opens a parenthesis."""
    return _OPERATOR.findall(plain(query))


def can_be_paged(query: str) -> bool:
    """Resource Graph gives no skip token to a query that limits its rows itself."""
    return not _ENDS_PAGING.intersection(operators(query))


def is_sorted(query: str) -> bool:
    """Whether the rows come in an order of the query's own."""
    return bool({"order", "sort", "count", "top"}.intersection(operators(query)))


def check_limits(query: str) -> None:
    """Raise Unrunnable for a query beyond Resource Graph's limits, or with an operator it runs unlike Kusto."""
    used = operators(query)
    for name, most in _LIMITS:
        if used.count(name) > most:
            raise Unrunnable("InvalidQuery", f"The query has more than {most} '{name}' operators.")
    if "mv-expand" in used or "mvexpand" in used:
        raise Unrunnable(
            "NotSupportedHere", "mv-expand is cut off at 128 rows by Resource Graph; this server does not run it."
        )


def check_spelling(query: str, columns: Collection[str]) -> None:
    """Raise Unrunnable for a column or function in another letter case than Kusto knows it in."""
    text = plain(query)
    if text.lstrip().startswith("."):
        raise Unrunnable("ParserFailure", "Control commands are not queries.")
    for name in _CALL.findall(text):
        if name != name.lower():
            raise Unrunnable("InvalidQuery", f"Unknown function: '{name}'.")
        if name in _ELSEWHERE:
            raise Unrunnable("InvalidQuery", f"The function '{name}' is not supported.")
    made = set(_MADE.findall(text))
    names = set(columns) | made
    lowered = {name.lower() for name in names}
    for word in _WORD.findall(_CALL.sub(" (", text)):
        if word.lower() in lowered and word not in names and word not in _KEYWORDS:
            raise Unrunnable("InvalidQuery", f"Failed to resolve column or scalar expression named '{word}'.")


def run(cursor: duckdb.DuckDBPyConnection, query: str) -> Answer:
    """Run a query. Raises Unrunnable with the reason where it can't be parsed, bound or translated."""
    try:
        relation = duckdb_kql.query(cursor, query)
        columns = tuple((name, str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True))
        return Answer(columns, tuple(relation.fetchall()))
    except duckdb_kql.KqlSyntaxError as error:
        raise Unrunnable("ParserFailure", f"ParserFailure: {error}") from error
    except duckdb_kql.KqlError as error:
        raise Unrunnable("NotSupportedHere", f"This server can't run the query: {error}") from error
    except duckdb.CatalogException as error:
        raise Unrunnable("UnknownTable", f"Unknown table or function: {error}") from error
    except duckdb.Error as error:
        raise Unrunnable("InvalidQuery", f"Failed to resolve: {error}") from error
