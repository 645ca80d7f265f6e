"""Answers with three values, as numbers: "and" is the smallest, "or" the largest (Kleene)."""

from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple, TypeAlias

Level: TypeAlias = int

NO: Final[Level] = 0
MAYBE: Final[Level] = 1
YES: Final[Level] = 2


class Finding(NamedTuple):
    """An answer and the reason for it, as a clause."""

    level: Level
    why: str


def opposite(level: Level) -> Level:
    """The answer to the opposite question."""
    return YES - level


def is_listed(word: str, listed: AbstractSet[str], known: AbstractSet[str]) -> Level:
    """Whether a word is meant by a list; perhaps, where the list has words that nobody has heard of.

    >>> is_listed("high", {"high"}, {"high", "low"}), is_listed("low", {"high", "hidden"}, {"high", "low"})
    (2, 1)
    """
    if word in listed:
        return YES
    return MAYBE if listed - known else NO
