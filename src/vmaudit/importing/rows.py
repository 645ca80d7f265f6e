"""A row of a file as evidence: its own bytes, and what tells it from others."""

from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import msgspec

from vmaudit.errors import UnreadableFileError
from vmaudit.importing.graph_kinds import ABOUT, kind_of_row
from vmaudit.importing.json_text import NotJsonError, decoded
from vmaudit.importing.resource_types import UNTYPED, resource_type
from vmaudit.importing.shapes import GivenRow
from vmaudit.importing.unpacking import AS_JSON
from vmaudit.snapshot.log_tables import LOG_TYPES
from vmaudit.snapshot.tables import BY_NAME
from vmaudit.snapshot.zst import MAX_LINE

_KINDS: Final[dict[type, str]] = {
    list: "a list",
    str: "a text",
    bool: "a truth value",
    int: "a number",
    float: "a number",
    type(None): "null",
}


class Row(NamedTuple):
    """One resource. `json` is what was given without the white space; `content` is equal for equal JSON values.

    `nested` is whether it has `properties`, as ARM and Resource Graph answer; `az` lifts up what is in there.
    """

    number: int
    line: int
    id: str
    type: str
    json: bytes
    content: bytes
    nested: bool


_NAMED_BY: Final = {kind: name for kind, (name, _) in ABOUT.items()} | {BY_NAME["role_definitions"].types[0]: "name"}
"""Types whose rows have, or may have, another key in place of an id. The name of a role is unique in its tenant."""


_OF_GRAPH: Final = "microsoft.graph/"


def read_row(given: GivenRow, path: Path, kind: str | None = None) -> Row:
    """Read a row as far as routing needs it. Raises UnreadableFileError on what is no resource.

    `kind` is the type of rows that say nothing themselves: their page or the name of their file does. A row of a log
    has no id, and is told from others by all that it says.
    """
    where = position(path, given.number, given.line)
    value = _value(given, path)
    if not isinstance(value, dict):
        raise UnreadableFileError(f"{where} is {_KINDS[type(value)]}, not a resource", AS_JSON)
    members = cast("dict[str, Any]", value)
    content = blake2b(msgspec.json.encode(members, order="sorted"), digest_size=16).digest()
    resource_id, row_kind = (content.hex(), kind) if kind in LOG_TYPES else _identity(members, kind)
    if not resource_id:
        raise UnreadableFileError(f"{where} has no `id`", "Every Azure resource has one; a query has to project it.")
    compact = msgspec.json.format(bytes(given.json), indent=-1)
    if len(compact) > MAX_LINE:
        raise UnreadableFileError(f"{where} is larger than any Azure resource", "Leave the row out.")
    unique = resource_id
    if row_kind in ABOUT:  # rows about one group add up: each is a row of its own
        unique = f"{row_kind}/{resource_id}/{content.hex()}"
    elif row_kind.startswith(_OF_GRAPH):  # several kinds of rows have the id of the user that they are about
        unique = f"{row_kind.removeprefix(_OF_GRAPH)}/{resource_id}"
    nested = isinstance(members.get("properties"), dict)
    return Row(given.number, given.line, unique, row_kind, compact, content, nested)


def _identity(members: dict[str, Any], kind: str | None) -> tuple[str, str]:
    """The id of a row, "" where it has none, and its type."""
    given = members.get("id")
    resource_id = given if isinstance(given, str) else ""
    found = resource_type(resource_id, members.get("type"))
    if found == UNTYPED:
        found = kind_of_row(members) or kind or UNTYPED
    if not resource_id or found in ABOUT:
        other = members.get(_NAMED_BY.get(found, "id"))
        resource_id = other if isinstance(other, str) else ""
    return resource_id, found


def position(path: Path | str, number: int, line: int) -> str:
    """Where a row stands, as messages say it.

    >>> position("vms.ndjson", 2, 3)
    'vms.ndjson, row 2 (line 3)'
    """
    return f"{path}, row {number} (line {line})" if line else f"{path}, row {number}"


def _value(given: GivenRow, path: Path) -> object:
    try:
        return decoded(given.json, object)
    except NotJsonError as problem:
        where = (
            f"{path}:{given.line}:{problem.column}"
            if given.line and problem.column
            else position(path, given.number, given.line)
        )
        raise UnreadableFileError(f"{where} is no JSON: {problem.reason}", AS_JSON) from problem
