"""The little of OData that Microsoft Graph's lists are asked with. What is not here is refused, never guessed."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from loopback import refusals
from loopback.tenant import Row

_AMONG: Final = re.compile(r"(\w+) in \(((?:'[^']*',?)+)\)")
_MOST: Final = 15
"""Values that a list in a filter may have."""

_EQUALS: Final = re.compile(r"([\w/]+) eq (?:'((?:[^']|'')*)'|(true|false))")


def matching(text: str) -> Callable[[Row], bool]:
    """A `$filter` of equalities joined by `and`, or of one property among several values. Raises Refusal for any other."""
    among = _AMONG.fullmatch(text.strip())
    if among is not None:
        values = [value.strip("'") for value in among.group(2).split(",") if value]
        if len(values) > _MOST:
            message = (
                f"Too many child clauses specified in search filter expression: {len(values)}. Max allowed: {_MOST}."
            )
            raise refusals.microsoft_graph(400, "Request_UnsupportedQuery", message)
        return lambda row: row.get(among.group(1)) in values
    wanted: list[tuple[str, object]] = []
    for part in text.split(" and ") if text else ():
        found = _EQUALS.fullmatch(part.strip())
        if found is None:
            raise refusals.microsoft_graph(400, "BadRequest", f"Invalid filter clause: '{part}' is not supported here.")
        name, value, truth = found.groups()
        wanted.append((name, truth == "true" if truth else value.replace("''", "'")))
    return lambda row: all(_value(row, name) == value for name, value in wanted)


def _value(row: Row, path: str) -> Any:
    found: Any = row
    for name in path.split("/"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def fields_compared(text: str) -> set[str]:
    """The properties that a `$filter` compares."""
    return {found[0] for found in _EQUALS.findall(text)}


def selected(row: Row, select: str) -> Row:
    """Only the properties of `$select`, null where there is none, and what says of which type the row is."""
    if not select:
        return of_course(row)
    said = {name: value for name, value in row.items() if name.startswith("@odata.")}
    return said | {name: row.get(name) for name in map(str.strip, select.split(","))}


def of_course(row: Row) -> Row:
    """What Microsoft Graph tells without being asked: not when somebody signed in last."""
    return {name: value for name, value in row.items() if name != "signInActivity"}


def expanded(row: Row, expandable: Mapping[str, tuple[str, ...]], expand: str) -> Row:
    """A row with the related objects that `$expand` asks for, and without the others.

    `expandable` names them, and under each the names inside it that need an `$expand` of their own.
    """
    made = dict(row)
    asked = {name.strip() for name in re.split(r"[,()=$;]", expand)}
    for name, inner in expandable.items():
        if name not in asked:
            made.pop(name, None)
        elif isinstance(made.get(name), Mapping):
            made[name] = {key: value for key, value in made[name].items() if key not in inner or key in asked}
    return made
