"""YAML with line numbers, as plain as data can be: no tags, no anchors, no second meaning of a key.

A rule file may come from outside, so nothing in it is ever constructed: the nodes are read, and only plain texts,
numbers, true, false and null become values.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Complain: TypeAlias = Callable[[int, str], None]
"""Takes a line, counted from 1, and what is wrong there."""

_DEEPEST: Final = 20
_MOST_CHARACTERS: Final = 100_000
_TAG: Final = "tag:yaml.org,2002:"
_INTEGER: Final = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_DECIMAL: Final = re.compile(r"-?\d+\.\d+")
_WORDS: Final = {"true": True, "false": False}


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
        if not _is_plain(text, complain):
            return None
        node = _loader().compose(text)
    except MarkedYAMLError as problem:
        marked: Any = problem
        mark = marked.problem_mark or marked.context_mark
        complain(mark.line + 1 if mark else 1, f"this is no YAML: {marked.problem or marked.context}")
        return None
    except YAMLError as problem:
        complain(1, f"this is no YAML: {str(problem).partition(chr(10))[0]}")
        return None
    if node is None:
        complain(1, "the file is empty")
        return None
    return _item(node, complain)


def _loader() -> Any:
    """The library's own loader; only its scanner and composer are used, which construct nothing."""
    return YAML(typ="safe", pure=True)


def _is_plain(text: str, complain: Complain) -> bool:
    """Look at the events first: they come one by one, so no nesting and no alias can blow up."""
    depth = 0
    plain = True
    for event in _loader().parse(text):
        kind = type(event).__name__
        line = event.start_mark.line + 1
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if depth > _DEEPEST:
            complain(line, f"lists and mappings are nested deeper than {_DEEPEST}")
            return False
        if kind == "AliasEvent" or getattr(event, "anchor", None):
            complain(line, "anchors and aliases (& and *) are not allowed")
            plain = False
        if getattr(event, "tag", None):
            complain(line, "tags (!) are not allowed")
            plain = False
    return plain


def _item(node: Any, complain: Complain) -> Item:
    line = node.start_mark.line + 1
    match type(node).__name__:
        case "SequenceNode":
            return Item([_item(child, complain) for child in node.value], line)
        case "MappingNode":
            return Item(_mapping(node, complain), line)
        case _:
            return Item(_scalar(str(node.value), node.tag.removeprefix(_TAG), line, complain), line)


def _mapping(node: Any, complain: Complain) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if type(key_node).__name__ != "ScalarNode":
            complain(line, "a key must be a word")
            continue
        key = str(key_node.value)
        if key in found:
            complain(line, f"{key!r} stands here twice; the first is on line {found[key].line}")
            continue
        # An error about a key's value is best shown where the key stands.
        item = _item(value_node, complain)
        found[key] = Item(item.value, line)
    return found


def _scalar(text: str, kind: str, line: int, complain: Complain) -> str | float | bool | None:
    if kind in ("str", "null"):
        return text if kind == "str" else None
    if kind == "bool" and text in _WORDS:
        return _WORDS[text]
    if kind == "int" and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "float" and _DECIMAL.fullmatch(text):
        return float(text)
    complain(line, f"{text} is no plain text or number; quote it if it is a text")
    return None
