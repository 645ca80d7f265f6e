"""The keys of a rule file, each asked for by its kind; what is missing, wrong or left over becomes a complaint."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import Enum
from typing import TypeVar

from vmaudit.assess.located import Complain, Item

E = TypeVar("E", bound=Enum)


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """The nearest word as the end of a complaint, or "".

    >>> did_you_mean("has_ny", ["has_any", "equals"])
    "; did you mean 'has_any'?"
    """
    nearest = get_close_matches(word, list(words), n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


class Fields:
    """The keys of one mapping. A wrong value gives a complaint and an empty stand-in, so that reading goes on."""

    def __init__(self, item: Item, complain: Complain, *, what: str) -> None:
        self._complain = complain
        self._what = what
        self._line = item.line
        self._items: Mapping[str, Item] = {}
        if isinstance(item.value, dict):
            self._items = item.value
        else:
            complain(item.line, f"{what} must be a mapping")

    @property
    def lines(self) -> Mapping[str, int]:
        """The line of every key."""
        return {key: item.line for key, item in self._items.items()}

    def only(self, *keys: str) -> None:
        """Complain about every key that is none of these."""
        for key, item in self._items.items():
            if key not in keys:
                self._complain(item.line, f"unknown key {key!r} in {self._what}{did_you_mean(key, keys)}")

    def item(self, key: str) -> Item | None:
        """The value of a key that must be there."""
        found = self._items.get(key)
        if found is None or found.value is None:
            self._complain(found.line if found else self._line, f"{key!r} is missing in {self._what}")
            return None
        return found

    def optional(self, key: str) -> Item | None:
        """The value of a key that may be left out."""
        return self.item(key) if key in self._items else None

    def text(self, key: str) -> str:
        """A text on one line or several, without white space around it."""
        item = self.item(key)
        if item is None:
            return ""
        if not isinstance(item.value, str) or not item.value.strip():
            self._complain(item.line, f"{key!r} must be a text")
            return ""
        return item.value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        item = self.item(key)
        return () if item is None else text_list(key, item, self._complain)

    def choice(self, key: str, kind: type[E], stand_in: E) -> E:
        """One of the values of an enumeration."""
        item = self.item(key)
        if item is None:
            return stand_in
        words = {str(member.value): member for member in kind}
        if not isinstance(item.value, str) or item.value not in words:
            hint = did_you_mean(str(item.value), words)
            self._complain(item.line, f"{key!r} must be one of {', '.join(words)}, not {item.plain()!r}{hint}")
            return stand_in
        return words[item.value]

    def entries(self, key: str) -> Mapping[str, Item]:
        """A mapping from names to anything."""
        item = self.item(key)
        if item is None:
            return {}
        if not isinstance(item.value, dict):
            self._complain(item.line, f"{key!r} must be a mapping")
            return {}
        return item.value


def text_list(key: str, item: Item, complain: Complain) -> tuple[str, ...]:
    """The texts of a list; anything else is a complaint."""
    if not isinstance(item.value, list):
        complain(item.line, f"{key!r} must be a list")
        return ()
    found: list[str] = []
    for part in item.value:
        if isinstance(part.value, str):
            found.append(part.value)
        else:
            complain(part.line, f"{key!r} must hold texts; quote {part.plain()!r}")
    return tuple(found)
