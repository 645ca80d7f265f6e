"""YAML with line numbers, as plain as data can be: no tags, no anchors, no second meaning of a key.

A rule file may come from outside, so nothing in it is ever constructed: the parser's events are read one by one, which
no nesting and no alias can blow up, and only plain texts, numbers, true, false and null become values. What those are
is said here, as YAML 1.2 has it: the parser's library follows an older YAML, in which `no` is a truth value.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import yaml
from yaml import events

Complain: TypeAlias = Callable[[int, str], None]
"""Takes a line, counted from 1, and what is wrong there."""

_DEEPEST: Final = 20
_MOST_CHARACTERS: Final = 100_000
_INTEGER: Final = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_DECIMAL: Final = re.compile(r"-?\d+\.\d+")
_MISREAD: Final = re.compile(
    r"[-+]?0[xob]?[\da-fA-F_]+|[-+]?[\d_]*\.?\d[\d_]*\.?(?:e[-+]?\d+)?|[-+]?\.inf|\.nan|true|false"
    r"|\d{4}-\d\d?-\d\d?(?:[t ].*)?",
    re.IGNORECASE,
)
"""What some reader of YAML takes for a number, a truth value or a date."""
_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The library's C parser where it was built with one: thirty times faster, and its events are the same."""


@dataclass(frozen=True, slots=True)
class Item:
    """One value of a file and the line it stands on."""

    value: "str | int | float | bool | list[Item] | dict[str, Item] | None"
    line: int

    def plain(self) -> Any:
        """The value without its lines."""
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        return self.value


def read_located(text: str, complain: Complain) -> Item | None:
    """The one document of a file; None after a complaint that leaves nothing to read."""
    if len(text) > _MOST_CHARACTERS:
        complain(1, f"the file is longer than {_MOST_CHARACTERS} characters")
        return None
    try:
        return _document(_Events(_LOADER(text), complain), complain)
    except _HopelessError as problem:
        complain(problem.line, problem.says)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        complain(mark.line + 1 if mark else 1, f"this is no YAML: {problem.problem or problem.context}")
    except yaml.YAMLError as problem:
        complain(1, f"this is no YAML: {str(problem).partition(chr(10))[0]}")
    return None


class _HopelessError(Exception):
    """What leaves nothing to read."""

    def __init__(self, line: int, says: str) -> None:
        super().__init__(says)
        self.line = line
        self.says = says


class _Events:
    """The events of a file, one after the other; what makes a file more than plain data is complained about."""

    def __init__(self, parser: Any, complain: Complain) -> None:
        self._parser = parser
        self._complain = complain
        self._depth = 0
        self.plain = True

    def next(self) -> Any:
        event: Any = self._parser.get_event()
        line = event.start_mark.line + 1
        self._depth += isinstance(event, events.CollectionStartEvent) - isinstance(event, events.CollectionEndEvent)
        if self._depth > _DEEPEST:
            raise _HopelessError(line, f"lists and mappings are nested deeper than {_DEEPEST}")
        if isinstance(event, events.AliasEvent) or getattr(event, "anchor", None):
            self._refuse(line, "anchors and aliases (& and *) are not allowed")
        if getattr(event, "tag", None):
            self._refuse(line, "tags (!) are not allowed")
        return event

    def _refuse(self, line: int, says: str) -> None:
        self._complain(line, says)
        self.plain = False


def _document(found: _Events, complain: Complain) -> Item | None:
    found.next()  # the stream starts
    if isinstance(found.next(), events.StreamEndEvent):
        raise _HopelessError(1, "the file is empty")
    item = _item(found.next(), found, complain)
    found.next()  # the document ends
    after = found.next()
    if not isinstance(after, events.StreamEndEvent):
        raise _HopelessError(after.start_mark.line + 1, "this is no YAML: but found another document")
    return item if found.plain else None


def _item(event: Any, found: _Events, complain: Complain) -> Item:
    """The value that starts with an event."""
    line = event.start_mark.line + 1
    match event:
        case events.SequenceStartEvent():
            return Item(list(_members(found, complain)), line)
        case events.MappingStartEvent():
            return Item(_mapping(found, complain), line)
        case events.ScalarEvent():
            return Item(_scalar(event.value, line, complain) if event.implicit[0] else event.value, line)
        case _:
            return Item(None, line)


def _members(found: _Events, complain: Complain) -> Iterator[Item]:
    while not isinstance(event := found.next(), events.SequenceEndEvent):
        yield _item(event, found, complain)


def _mapping(found: _Events, complain: Complain) -> dict[str, Item]:
    pairs: dict[str, Item] = {}
    while not isinstance(event := found.next(), events.MappingEndEvent):
        line = event.start_mark.line + 1
        if not isinstance(event, events.ScalarEvent):
            complain(line, "a key must be a word")
            _item(event, found, _silent)
            _item(found.next(), found, _silent)
            continue
        key = event.value
        # An error about a key's value is best shown where the key stands.
        item = _item(found.next(), found, complain)
        if key in pairs:
            complain(line, f"{key!r} stands here twice; the first is on line {pairs[key].line}")
        else:
            pairs[key] = Item(item.value, line)
    return pairs


def _silent(_line: int, _says: str) -> None:
    """A part that was complained about as a whole."""


def _scalar(text: str, line: int, complain: Complain) -> str | float | bool | None:
    """A scalar without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _MISREAD.fullmatch(text):
        complain(line, f"{text} is no plain text or number; quote it if it is a text")
        return None
    return text
