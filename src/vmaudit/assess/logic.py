"""Three-valued logic after Kleene: an unknown part leaves the whole unknown, unless the other parts settle it.

The three truths are the numbers 0, 1 and 2, so that "all of" is the minimum, "any of" is the maximum and "not" is the
distance from 2. That holds for one machine and for an array with one answer per machine alike.

| a       | b       | all_of(a, b) | any_of(a, b) | opposite(a) |
|---------|---------|--------------|--------------|-------------|
| yes     | unknown | unknown      | yes          | no          |
| unknown | unknown | unknown      | unknown      | unknown     |
| no      | unknown | no           | unknown      | yes         |
"""

from collections.abc import Sequence
from enum import IntEnum
from functools import reduce
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Answers: TypeAlias = npt.NDArray[np.int8]
"""One truth per machine."""


class Truth(IntEnum):
    """The answer to a question that may lean on evidence nobody read."""

    NO = 0
    UNKNOWN = 1
    YES = 2


def truth(known: bool) -> Truth:  # noqa: FBT001 - the one conversion from two values to three
    """What is known for sure, as one of three values."""
    return Truth.YES if known else Truth.NO


def all_of(*parts: Truth) -> Truth:
    """Yes only if every part is yes; one no settles it.

    >>> all_of(Truth.YES, Truth.UNKNOWN), all_of(Truth.NO, Truth.UNKNOWN), all_of()
    (<Truth.UNKNOWN: 1>, <Truth.NO: 0>, <Truth.YES: 2>)
    """
    return min(parts, default=Truth.YES)


def any_of(*parts: Truth) -> Truth:
    """Yes if some part is yes, whatever the others are; no only if every part is no.

    >>> any_of(Truth.YES, Truth.UNKNOWN), any_of(Truth.NO, Truth.UNKNOWN), any_of()
    (<Truth.YES: 2>, <Truth.UNKNOWN: 1>, <Truth.NO: 0>)
    """
    return max(parts, default=Truth.NO)


def opposite(part: Truth) -> Truth:
    """No for yes and yes for no. The opposite of unknown is unknown: that is what two-valued rules get wrong.

    >>> opposite(Truth.YES), opposite(Truth.UNKNOWN)
    (<Truth.NO: 0>, <Truth.UNKNOWN: 1>)
    """
    return Truth(2 - part)


def all_of_answers(parts: Sequence[Answers]) -> Answers:
    """`all_of` for every machine at once; there is at least one part.

    >>> all_of_answers([np.array([2, 2, 1], np.int8), np.array([2, 1, 0], np.int8)]).tolist()
    [2, 1, 0]
    """
    return reduce(np.minimum, parts)


def any_of_answers(parts: Sequence[Answers]) -> Answers:
    """`any_of` for every machine at once; there is at least one part.

    >>> any_of_answers([np.array([0, 0, 1], np.int8), np.array([0, 1, 2], np.int8)]).tolist()
    [0, 1, 2]
    """
    return reduce(np.maximum, parts)
