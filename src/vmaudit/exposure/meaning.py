"""A set of addresses between two bounds: what surely belongs to it, and what perhaps does."""

from dataclasses import dataclass
from typing import Final

from vmaudit.addresses import NOTHING, Intervals, union


@dataclass(frozen=True, slots=True)
class Meaning:
    """A set between bounds: all of `must` belongs to it, nothing outside `may` does; `doubt` says what is open."""

    must: Intervals
    may: Intervals
    doubt: str = ""

    def __or__(self, other: "Meaning") -> "Meaning":
        """What is in either."""
        return Meaning(union(self.must, other.must), union(self.may, other.may), self.doubt or other.doubt)


def exactly(addresses: Intervals) -> Meaning:
    """A set that is known exactly."""
    return Meaning(addresses, addresses)


NOBODY: Final = exactly(NOTHING)
"""The set that surely holds nothing."""
