"""A row of a file as evidence: its own bytes, and what tells it from others."""

from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import msgspec

from vmaudit.errors import UnreadableFileError
from vmaudit.importing.json_text import NotJsonError, decoded
from vmaudit.importing.resource_types import resource_type
from vmaudit.importing.shapes import GivenRow
from vmaudit.importing.unpacking import AS_JSON
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


def read_row(given: GivenRow, path: Path) -> Row:
    """Read a row as far as routing needs it. Raises UnreadableFileError on what is no resource."""
    where = position(path, given.number, given.line)
    value = _value(given, path)
    if not isinstance(value, dict):
        raise UnreadableFileError(f"{where} is {_KINDS[type(value)]}, not a resource", AS_JSON)
    members = cast("dict[str, Any]", value)
    resource_id = members.get("id")
    if not isinstance(resource_id, str) or not resource_id:
        raise UnreadableFileError(f"{where} has no `id`", "Every Azure resource has one; a query has to project it.")
    compact = msgspec.json.format(bytes(given.json), indent=-1)
    if len(compact) > MAX_LINE:
        raise UnreadableFileError(f"{where} is larger than any Azure resource", "Leave the row out.")
    return Row(
        given.number,
        given.line,
        resource_id,
        resource_type(resource_id, members.get("type")),
        compact,
        blake2b(msgspec.json.encode(members, order="sorted"), digest_size=16).digest(),
        isinstance(members.get("properties"), dict),
    )


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
