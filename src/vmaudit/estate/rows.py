"""One evidence row becomes a typed value, whatever way its exporter spelt it.

ARM and Resource Graph nest what matters under `properties`; the Azure CLI lifts it to the top level and has changed the
letter case of keys between versions (`privateIPAddress`, `privateIpAddress`). The wire types say each field once, in
ARM's spelling; a `Row` class accepts both layouts. The usual layout is decoded straight from bytes; any
other is parsed, its keys are brought to ARM's letter case, and then converted.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, Protocol, TypeVar, cast

import msgspec
from msgspec import UNSET


class Nested(Protocol):
    """A wire type of a whole row: its body may stand under `properties`."""

    @property
    def properties(self) -> object:
        """The body, or UNSET where the row is flat."""
        ...


W = TypeVar("W", bound=Nested)

_RAW: Final = msgspec.json.Decoder()
_FREE_FORM: Final = frozenset({"tags"})
"""Keys below which names are the owner's, not Azure's."""


class Reference(msgspec.Struct, gc=False):
    """A pointer to another resource: `{"id": ...}`, with or without the other's body."""

    id: str


class RowUnreadableError(Exception):
    """A row that is not shaped as Azure documents; the message says where."""


def decoder(wire: type[W], *, any_letter_case: bool = False) -> Callable[[bytes], W]:
    """A function from one row's bytes to `wire`. It raises RowUnreadableError on a row of another shape.

    `any_letter_case` is for the few types that Azure itself spells in two ways (azure-facts 1.2).
    """
    nested = msgspec.json.Decoder(wire)
    keys = _spellings(wire)

    def decode(row: bytes) -> W:
        try:
            read = nested.decode(row)
            if read.properties is not UNSET and not any_letter_case:
                return read
        except msgspec.ValidationError:
            pass  # another layout; if it is no layout at all, the conversion below says why
        try:
            return msgspec.convert(_respelt(_RAW.decode(row), keys), wire)
        except msgspec.ValidationError as problem:
            raise RowUnreadableError(str(problem)) from problem

    return decode


def row_id(row: bytes) -> str:
    """The id of a row whose other fields could not be read, in whatever letter case its key is."""
    return msgspec.convert(_respelt(_RAW.decode(row), _spellings(Reference)), Reference).id


@cache
def _spellings(wire: type[object]) -> dict[str, str]:
    """Every field name that `wire` and the types in it use, by its lower-case form."""
    names: dict[str, str] = {}
    waiting: list[Any] = [msgspec.inspect.type_info(wire)]
    seen: set[str] = set()
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, msgspec.inspect.StructType):
            if kind.cls.__qualname__ in seen:
                continue
            seen.add(kind.cls.__qualname__)
            for field in kind.fields:
                names[field.encode_name.lower()] = field.encode_name
                waiting.append(field.type)
        elif isinstance(kind, msgspec.inspect.UnionType):
            waiting += kind.types
        elif isinstance(kind, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
            waiting.append(kind.item_type)
    return names


def _respelt(value: Any, keys: dict[str, str]) -> Any:
    """A value with its keys in ARM's letter case. PowerShell's pointers to nothing (`{"Id": null}`) become null."""
    if isinstance(value, dict):
        named = cast("dict[str, Any]", value)
        if [name.lower() for name in named] == ["id"] and None in named.values():
            return None
        return {
            keys.get(name.lower(), name): inner if name.lower() in _FREE_FORM else _respelt(inner, keys)
            for name, inner in named.items()
        }
    if isinstance(value, list):
        return [_respelt(inner, keys) for inner in cast("list[Any]", value)]
    return value
