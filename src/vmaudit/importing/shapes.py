"""The shapes in which Azure's tools print resources, told apart by content: one small reader per shape.

| shape | printed by |
|---|---|
| `{"data": [row, ...]}` | `az graph query`, Resource Graph |
| `{"data": {"columns": [...], "rows": [...]}}`, or the inner part alone | Resource Graph with `resultFormat: table` |
| `{"value": [row, ...]}` | ARM lists, `az rest`, Microsoft Graph (with `@odata.context`) |
| `{"groupId": ..., "members": [...]}` | who is in a group; likewise what else hangs on one object |
| `[row, ...]` | `az resource list`, `az vm list`, ... |
| `{"id": ...}` | `az ... show`, one ARM resource |
| one row a line | NDJSON |
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from vmaudit.errors import UnreadableFileError
from vmaudit.importing.graph_kinds import ABOUT, kind_of_context, kind_of_file
from vmaudit.importing.json_text import NotJsonError, decoded, shortened
from vmaudit.importing.unpacking import AS_JSON, Text, document, next_line
from vmaudit.snapshot.log_tables import LOG_TYPES

Members: TypeAlias = Mapping[str, msgspec.Raw]
"""A JSON object of which only the keys were looked at."""

_NEXT_PAGE: Final = frozenset(
    {"nextlink", "@odata.nextlink", "odata.nextlink", "skip_token", "skiptoken", "$skiptoken"}
)
_TRUNCATED: Final = frozenset({"resulttruncated", "result_truncated"})
_TOTALS: Final = frozenset({"totalrecords", "total_records"})
_ACCEPTED: Final = "Give what `az ... -o json`, Resource Graph or ARM print, or NDJSON with one resource on each line."


@dataclass(frozen=True, slots=True)
class GivenRow:
    """One row as it stands in the file. `line` is 0 where rows are not lines."""

    number: int
    line: int
    json: bytes | msgspec.Raw


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of one file, and whether the file says itself that more belong to them.

    `kind` is the type that a page of Microsoft Graph gives to its rows.
    """

    rows: Iterator[GivenRow]
    cut_off: bool = False
    kind: str | None = None


def read_answer(text: Text, path: Path) -> Answer:
    """Tell the shape of a file and find its rows. Raises UnreadableFileError."""
    lines = _lines(text, path)
    first = next(lines, None)
    if first is None:
        raise UnreadableFileError(f"{path} is empty", AS_JSON)
    number, line = first
    if not _is_object(line):
        return _document(document(text, b"\n" * (number - 1) + line, path), path)
    second = next(lines, None)
    return _document(line, path) if second is None else Answer(_rows_of_lines(chain((first, second), lines)))


def _document(whole: bytes, path: Path) -> Answer:
    try:
        if whole.lstrip().startswith(b"["):
            return Answer(_rows_of(decoded(whole, list[msgspec.Raw])))
        return _object(decoded(whole, dict[str, msgspec.Raw]), whole, path)
    except NotJsonError as problem:
        raise UnreadableFileError(f"{problem.place(path)} is no JSON: {problem.reason}", AS_JSON) from problem
    except msgspec.ValidationError as problem:
        raise UnreadableFileError(f"{path} holds no Azure resources: {problem}", _ACCEPTED) from problem


def _object(members: Members, whole: bytes, path: Path) -> Answer:
    """The rows of what is one JSON object: a list of resources in one of its members, or a resource itself."""
    _refuse_refusal(members, path)
    kind = _graph_kind(members)
    for member in ("value", "data"):
        if _opens_with(members, member, b"["):
            rows = decoded(members[member], list[msgspec.Raw])
            return Answer(_rows_of(rows), _is_cut_off(members, len(rows)), kind)
    table = decoded(members["data"], dict[str, msgspec.Raw]) if _opens_with(members, "data", b"{") else members
    if _opens_with(table, "columns", b"[") and _opens_with(table, "rows", b"["):
        rows = _table_rows(table, path)
        return Answer(_rows_of(rows), _is_cut_off(members, len(rows)))
    if _is_row(members, path):
        return Answer(_rows_of([msgspec.Raw(whole)]), kind=kind)
    keys = ", ".join(shortened(key) for key in list(members)[:5]) or "nothing"
    raise UnreadableFileError(f"{path} holds neither a resource nor a list of them: its keys are {keys}", _ACCEPTED)


def _is_row(members: Members, path: Path) -> bool:
    """Whether one object is a row: a resource, what hangs on one object, or all of a log in a file named after it."""
    if "id" in members or any(name in members and _opens_with(members, hung, b"[") for name, hung in ABOUT.values()):
        return True
    return kind_of_file(path.name) in LOG_TYPES and "tables" not in members


def _graph_kind(members: Members) -> str | None:
    if not _opens_with(members, "@odata.context", b'"'):
        return None
    return kind_of_context(decoded(members["@odata.context"], str))


def _refuse_refusal(members: Members, path: Path) -> None:
    """Raise UnreadableFileError where the file holds Azure's answer to a question that it refused."""
    body = decoded(members["error"], dict[str, msgspec.Raw]) if _opens_with(members, "error", b"{") else members
    if "id" in members or not (_opens_with(body, "code", b'"') and _opens_with(body, "message", b'"')):
        return
    code, message = (decoded(body[member], str) for member in ("code", "message"))
    raise UnreadableFileError(
        f"{path} holds no resources but a refusal by Azure, {shortened(code)}: {shortened(message, 300)}",
        "Ask again with an identity that may read them, or leave the file out.",
    )


class _Column(msgspec.Struct):
    name: str


def _table_rows(table: Members, path: Path) -> list[msgspec.Raw]:
    """The rows of a table as objects, cells untouched."""
    try:
        columns = decoded(table["columns"], list[_Column])
        rows = decoded(table["rows"], list[list[msgspec.Raw]])
    except msgspec.ValidationError as problem:
        raise UnreadableFileError(f"{path} holds a table of another shape: {problem}", _ACCEPTED) from problem
    names = [column.name for column in columns]
    if len(set(names)) != len(names):
        raise UnreadableFileError(f"{path} holds a table with two columns of the same name", "Rename one in the query.")
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise UnreadableFileError(
                f"{path}, row {number} has {len(row)} cells where the table has {len(names)} columns", AS_JSON
            )
    return [msgspec.Raw(msgspec.json.encode(dict(zip(names, row, strict=True)))) for row in rows]


def _is_cut_off(members: Members, rows: int) -> bool:
    """Whether an answer says that it is one page of a longer one.

    By a link or token for the next page, by Resource Graph's `resultTruncated` (the text "true"), or by a total that is
    larger than the page. The last page of several says it by its total alone.
    """
    for name, raw in members.items():
        key = name.lower()
        if key in _NEXT_PAGE and decoded(raw, object) not in (None, ""):
            return True
        if key in _TRUNCATED and decoded(raw, object) in ("true", True):
            return True
        if key in _TOTALS and _exceeds(decoded(raw, object), rows):
            return True
    return False


def _exceeds(total: object, rows: int) -> bool:
    return isinstance(total, int) and total > rows


def _opens_with(members: Members, name: str, mark: bytes) -> bool:
    return name in members and bytes(memoryview(members[name])[:1]) == mark


def _rows_of(rows: Iterable[msgspec.Raw]) -> Iterator[GivenRow]:
    return (GivenRow(number, 0, row) for number, row in enumerate(rows, 1))


def _rows_of_lines(lines: Iterable[tuple[int, bytes]]) -> Iterator[GivenRow]:
    return (GivenRow(number, line, row) for number, (line, row) in enumerate(lines, 1))


def _lines(text: Text, path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1."""
    number = 0
    while line := next_line(text, path):
        number += 1
        if line.strip():
            yield number, line


def _is_object(line: bytes) -> bool:
    try:
        decoded(line, dict[str, msgspec.Raw])
    except (NotJsonError, msgspec.ValidationError):
        return False
    return True
