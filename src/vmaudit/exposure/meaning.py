"""A set of addresses between two bounds: what surely belongs to it, and what perhaps does."""

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec.structs import replace

from vmaudit.addresses import NOTHING, Intervals, union


class Meaning(msgspec.Struct, frozen=True, gc=False):
    """A set between bounds: all of `must` belongs to it, nothing outside `may` does; `doubt` says what is open.

    `unread` names the sets that were not read, where the whole doubt is about what is in them: outside of `must`, just
    the members of these belong to it. Two rules that name the same unread set are thereby known to mean the same.
    """

    must: Intervals
    may: Intervals
    doubt: str = ""
    unread: frozenset[str] = frozenset()

    def __or__(self, other: "Meaning") -> "Meaning":
        """What is in either."""
        nameless = not (self._accounted_for and other._accounted_for)
        unread = frozenset[str]() if nameless else self.unread | other.unread
        return Meaning(union(self.must, other.must), union(self.may, other.may), self.doubt or other.doubt, unread)

    @property
    def _accounted_for(self) -> bool:
        """Whether named sets make up all that is in doubt."""
        return bool(self.unread) or self.must == self.may

    def named(self, name: str) -> "Meaning":
        """The same set, known to others by a name of its own where it is in doubt."""
        return self if self.must == self.may else replace(self, unread=frozenset({name}))


def exactly(addresses: Intervals) -> Meaning:
    """A set that is known exactly."""
    return Meaning(addresses, addresses)


NOBODY: Final = exactly(NOTHING)
"""The set that surely holds nothing."""


def together(meanings: Iterable[Meaning]) -> Meaning:
    """What is in any of them."""
    found = NOBODY
    for meaning in meanings:
        found |= meaning
    return found
