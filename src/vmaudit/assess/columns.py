"""The fact table: a row per machine, a column per fact, and in each column a number for every distinct value.

Facts are computed once at the level where they are true, and everything after that happens once per distinct value.
That is what makes many machines cheap: a hundred thousand of them share a few hundred situations.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level
from vmaudit.assess.values import Value
from vmaudit.known import Read


@dataclass(frozen=True, slots=True)
class Column:
    """One fact for all machines: machine `i` has the value `distinct[codes[i]]`."""

    codes: npt.NDArray[np.int64]
    distinct: Sequence[Read[Value]]


def column(values: Sequence[Read[Value]]) -> Column:
    """A column of these values, in their order.

    >>> column(["Linux", "Windows", "Linux"]).codes.tolist()
    [0, 1, 0]
    """
    # Most values are the very same object for many machines, and an identity is cheaper to look up than a set of ports.
    objects = [id(value) for value in values]
    codes: dict[Read[Value], int] = {}
    numbers = {at: codes.setdefault(value, len(codes)) for at, value in dict(zip(objects, values, strict=True)).items()}
    return Column(np.fromiter(map(numbers.__getitem__, objects), np.int64, len(objects)), list(codes))


def columns(cases: Sequence[Case], names: Iterable[str]) -> dict[str, Column]:
    """The columns of these facts for these machines."""
    facts = [FACTS[name] for name in names]
    shared = {level: _places(level, cases) for level in {fact.level for fact in facts} - {Level.MACHINE}}
    return {fact.name: _column(fact, cases, shared) for fact in facts}


_Places: TypeAlias = tuple[npt.NDArray[np.int64], list[Case]]
"""The number of the place of each machine, and for each place some machine in it."""


def _places(level: Level, cases: Sequence[Case]) -> _Places:
    numbers: dict[Hashable, int] = {}
    some: list[Case] = []
    found = np.empty(len(cases), np.int64)
    for row, case in enumerate(cases):
        place = level.place(case)
        number = numbers.get(place)
        if number is None:
            number = numbers[place] = len(some)
            some.append(case)
        found[row] = number
    return found, some


def _column(fact: Fact, cases: Sequence[Case], shared: Mapping[Level, _Places]) -> Column:
    """Facts are read once at the level where they are true."""
    if fact.level is Level.MACHINE:
        return column([fact.read(case) for case in cases])
    places, some = shared[fact.level]
    each = column([fact.read(case) for case in some])
    return Column(each.codes[places], each.distinct)


def combine(parts: Sequence[npt.NDArray[np.int64]], size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Which rows have the same numbers in every part.

    Gives the row where each distinct combination first occurs, and for every row the place of its combination.

    >>> first, place = combine([np.array([0, 1, 0, 1]), np.array([5, 5, 5, 6])], 4)
    >>> first.tolist(), place.tolist()
    ([0, 1, 3], [0, 1, 0, 2])
    """
    place = np.zeros(size, np.int64)
    first = np.zeros(min(size, 1), np.int64)
    for part in parts:
        # Both factors stay below the number of machines, so the product fits into 64 bits.
        paired = place * (int(part.max(initial=0)) + 1) + part
        _, first, place = np.unique(paired, return_index=True, return_inverse=True)
    return first, place


Columns = Mapping[str, Column]
