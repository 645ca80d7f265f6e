"""Which rows came before: a few bytes for each, because an estate has millions."""

from array import array
from typing import Final

_EMPTY: Final = 0
_FIRST_SIZE: Final = 1024
_MASK: Final = (1 << 64) - 1


class Seen:
    """Identities that came before, as 64 bits each in a table that is at most half full: 16 to 32 bytes.

    A set of their hashes takes 75. That two of a million identities have the same 64 bits happens once in 37 million
    collections; a row that is taken for another one is missed by the comparison with Azure's own count.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SIZE))
        self._met = 0

    def is_new(self, identity: str | bytes) -> bool:
        """Whether this identity comes for the first time; from now on it does not."""
        mark = (hash(identity) & _MASK) or 1
        place = self._place(mark)
        if self._slots[place] != _EMPTY:
            return False
        self._slots[place] = mark
        self._met += 1
        if 2 * self._met > len(self._slots):
            self._grow()
        return True

    def _place(self, mark: int) -> int:
        """Where a mark is, or the empty place where it belongs."""
        slots = self._slots
        last = len(slots) - 1
        place = mark & last
        while slots[place] not in (_EMPTY, mark):
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        before = self._slots
        self._slots = array("Q", bytes(8 * 2 * len(before)))
        for mark in before:
            if mark != _EMPTY:
                self._slots[self._place(mark)] = mark
