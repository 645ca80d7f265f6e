"""Rules of device filters: `device.trustType -eq "ServerAD" -and -not device.model -contains "Surface"`.

Tests of equality are understood wherever they stand, tests of parts of a text where the attribute meets no other text.
An attribute of a device that is not registered is null: positive tests fail on it, negative ones hold (Microsoft Learn,
"Filter for devices").
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from vmaudit.access.conditional_access.levels import MAYBE, NO, YES, Level, opposite

Attributes: TypeAlias = Mapping[str, str | None]
"""By name, in lower case, and with lower-case values; None for one that a device does not have."""

UNSURE: Final = "\0unsure"
"""The value of an attribute that may or may not be there."""

_TOKEN: Final = re.compile(
    r"\s+|(?P<open>\()|(?P<close>\))|(?P<and>-and\b|&&)|(?P<or>-or\b|\|\|)|(?P<not>-not\b|!)"
    r"|(?P<test>device\.(?P<attribute>\w+)\s+-?(?P<operator>[a-z]+)\s*"
    r"(?P<value>\"[^\"]*\"|'[^']*'|\[[^\]]*\]|\w+))",
    re.IGNORECASE,
)
_TEXT: Final = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_NEGATIVE: Final = {"ne": "eq", "notin": "in", "notstartswith": "startswith", "notcontains": "contains"} | {
    "notendswith": "endswith"
}
_EQUAL: Final = frozenset({"eq", "in"})
_PARTIAL: Final = frozenset({"startswith", "endswith", "contains"})
_DEEPEST: Final = 50


class _UnreadableError(Exception):
    """A text that is no rule, or one that vmaudit does not understand."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison. Its operator is positive; `negative` turns the answer round."""

    attribute: str
    operator: str
    values: tuple[str, ...]
    negative: bool


@lru_cache(maxsize=1024)
def comparisons(rule: str) -> tuple[Comparison, ...] | None:
    """The comparisons that a rule makes; None where it can't be read."""
    try:
        tokens = _tokens(rule)
        _Reader(tokens, {}).whole()
        return tuple(_test(token) for token in tokens if token["test"])
    except _UnreadableError:
        return None


@lru_cache(maxsize=65536)
def _holds(rule: str, attributes: tuple[tuple[str, str | None], ...]) -> Level:
    try:
        return _Reader(_tokens(rule), dict(attributes)).whole()
    except _UnreadableError:
        return MAYBE


def holds(rule: str, attributes: Attributes) -> Level:
    """Whether a rule is true of a device.

    >>> holds('device.isCompliant -eq "True"', {"iscompliant": "true"}), holds('device.model -ne "x"', {"model": None})
    (2, 2)
    """
    return _holds(rule, tuple(sorted(attributes.items())))


def _tokens(rule: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    position = 0
    while position < len(rule):
        match = _TOKEN.match(rule, position)
        if match is None:
            raise _UnreadableError
        position = match.end()
        if match.lastgroup is not None:
            found.append(match)
    return found


def _test(token: re.Match[str]) -> Comparison:
    operator = token["operator"].lower()
    positive = _NEGATIVE.get(operator, operator)
    if positive not in _EQUAL | _PARTIAL:
        raise _UnreadableError
    return Comparison(token["attribute"].lower(), positive, tuple(_values(token["value"])), operator in _NEGATIVE)


def _values(text: str) -> Iterator[str]:
    if text[0] == "[":
        yield from ((match[1] or match[2] or "").lower() for match in _TEXT.finditer(text))
    else:
        yield text.strip("\"'").lower()


class _Reader:
    """Reads `or` of `and` of tests from left to right."""

    def __init__(self, tokens: list[re.Match[str]], attributes: Attributes) -> None:
        self._tokens = tokens
        self._attributes = attributes
        self._next = 0
        self._depth = 0

    def whole(self) -> Level:
        found = self._either()
        if self._next != len(self._tokens):
            raise _UnreadableError
        return found

    def _either(self) -> Level:
        found = self._both()
        while self._takes("or"):
            found = max(found, self._both())
        return found

    def _both(self) -> Level:
        found = self._one()
        while self._takes("and"):
            found = min(found, self._one())
        return found

    def _one(self) -> Level:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _UnreadableError
        found = self._part()
        self._depth -= 1
        return found

    def _part(self) -> Level:
        if self._takes("not"):
            return opposite(self._one())
        if self._takes("open"):
            inner = self._either()
            if not self._takes("close"):
                raise _UnreadableError
            return inner
        if self._next < len(self._tokens) and self._tokens[self._next]["test"]:
            self._next += 1
            return self._asked(_test(self._tokens[self._next - 1]))
        raise _UnreadableError

    def _asked(self, test: Comparison) -> Level:
        value = self._attributes.get(test.attribute)
        if value == UNSURE:
            return MAYBE
        found = NO if value is None or not _matches(test, value) else YES
        return opposite(found) if test.negative else found

    def _takes(self, kind: str) -> bool:
        if self._next >= len(self._tokens) or not self._tokens[self._next][kind]:
            return False
        self._next += 1
        return True


def _matches(test: Comparison, value: str) -> bool:
    match test.operator:
        case "startswith":
            return value.startswith(test.values)
        case "endswith":
            return value.endswith(test.values)
        case "contains":
            return any(one in value for one in test.values)
        case _:
            return value in test.values
