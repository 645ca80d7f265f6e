"""Free-form JSON read field by field, in any letter case, with an account of what was not asked for.

For what Microsoft Graph answers about policies: a condition that vmaudit has never heard of may not vanish.
"""

from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec

from vmaudit.estate.rows import RowUnreadableError

_DECODER: Final = msgspec.json.Decoder()


class Fields:
    """An object of JSON. Every value has the shape that it is asked for in, or RowUnreadableError says where not."""

    def __init__(self, value: dict[str, Any], path: str = "") -> None:
        self._path = path
        self._values = {key.lower(): inner for key, inner in value.items() if "@" not in key}
        self._given = {key.lower(): key for key in value}
        self._annotations = {key.lower(): inner for key, inner in value.items() if "@" in key}
        self._inside: list[Fields] = []

    @classmethod
    def of_row(cls, row: bytes) -> "Fields":
        """The object that one evidence row is."""
        found: object = _DECODER.decode(row)
        if not isinstance(found, dict):
            raise RowUnreadableError("the row is no object")
        return cls(cast("dict[str, Any]", found))

    def text(self, name: str) -> str:
        """A text; "" where it is absent or null. A list with one text counts as that."""
        found = self._taken(name)
        if isinstance(found, list):
            items = cast("list[Any]", found)
            found = items[0] if len(items) == 1 else items or None
        if found is None:
            return ""
        if not isinstance(found, str):
            raise RowUnreadableError(f"a text is expected at {self._at(name)}")
        return found.strip()

    def flag(self, name: str) -> bool | None:
        """Yes or no; None where it is absent or null."""
        found = self._taken(name)
        if found is None or isinstance(found, bool):
            return found
        raise RowUnreadableError(f"true or false is expected at {self._at(name)}")

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts; None where it is absent or null. One text with commas counts as several."""
        found = self._taken(name)
        if found is None:
            return None
        if isinstance(found, str):
            return tuple(part.strip() for part in found.split(",") if part.strip())
        items: list[Any] = cast("list[Any]", found) if isinstance(found, list) else [None]
        if not all(isinstance(item, str) for item in items):
            raise RowUnreadableError(f"a list of texts is expected at {self._at(name)}")
        return tuple(str(item).strip() for item in items)

    def words(self, name: str) -> frozenset[str]:
        """A list of texts in lower case, as a set."""
        return frozenset(text.lower() for text in self.texts(name) or ())

    def inside(self, name: str) -> "Fields":
        """An object; an empty one where it is absent or null."""
        found = self._taken(name)
        if found is not None and not isinstance(found, dict):
            raise RowUnreadableError(f"an object is expected at {self._at(name)}")
        inner = Fields(cast("dict[str, Any]", found or {}), self._at(name))
        self._inside.append(inner)
        return inner

    def each(self, name: str) -> Iterator["Fields"]:
        """The objects of a list; a text in it becomes an object with that id."""
        found = self._taken(name)
        items: list[Any] = cast("list[Any]", found) if isinstance(found, list) else [] if found is None else [found]
        for number, item in enumerate(items):
            if isinstance(item, str):
                item = {"id": item}  # noqa: PLW2901 - the same thing, spelt out
            if not isinstance(item, dict):
                raise RowUnreadableError(f"an object is expected at {self._at(name)}[{number}]")
            yield Fields(cast("dict[str, Any]", item), f"{self._at(name)}[{number}]")

    def annotation(self, name: str) -> str:
        """What OData adds to the object, such as `@odata.type`; "" where it adds nothing."""
        found = self._annotations.get(name.lower())
        return found if isinstance(found, str) else ""

    def has(self, name: str) -> bool:
        """Whether there is a value that is not null."""
        return self._values.get(name.lower()) is not None

    def skip(self, *names: str) -> None:
        """Take note of fields that change nothing here."""
        for name in names:
            self._values.pop(name.lower(), None)

    def switched_on(self) -> tuple[str, ...]:
        """The names of fields that hold something, but for objects that say of themselves that they are not on."""
        on = [key for key, value in self._values.items() if not _is_nothing(value) and not _is_off(value)]
        return tuple(sorted(self._given[key] for key in on))

    def not_asked(self) -> tuple[str, ...]:
        """The paths of fields that nobody asked for and that hold something, here and in objects inside."""
        left = [self._at(self._given[key]) for key, value in self._values.items() if not _is_nothing(value)]
        return tuple(sorted([*left, *(path for inner in self._inside for path in inner.not_asked())]))

    def _taken(self, name: str) -> Any:
        return self._values.pop(name.lower(), None)

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def _is_off(value: Any) -> bool:
    named = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    return any(key.lower() == "isenabled" and inner is False for key, inner in named.items())


def _is_nothing(value: Any) -> bool:
    """Whether a value says nothing: null, false, or an empty text, list or object, at any depth."""
    if isinstance(value, dict):
        named = cast("dict[str, Any]", value)
        return all(_is_nothing(inner) for key, inner in named.items() if "@" not in key)
    if isinstance(value, list):
        return not value
    return value is None or value is False or value == ""
