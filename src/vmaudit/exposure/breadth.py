"""How wide a set of sources is, and boxes cut so that each has one answer (controls NET-001)."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Final, TypeVar

from vmaudit.addresses import (
    ANY_IPV4,
    ANY_IPV6,
    NOTHING,
    PUBLIC,
    Intervals,
    intersection,
    normalised,
    overlaps,
    size,
    union,
)
from vmaudit.exposure.paths import Reach

INTERNET_WIDE_IPV4: Final = 16_777_216
"""So many public IPv4 addresses are the internet at large unless a rule's parameter says otherwise (controls NET-001):
as many as a /8 holds."""
_INTERNET_WIDE_IPV6: Final = 1 << 97
"""More than one /32: the block that a provider gets for all its customers."""

T = TypeVar("T")


@lru_cache(maxsize=65536)
def reach(sources: Intervals, internet_wide: int = INTERNET_WIDE_IPV4) -> Reach:
    """From how far away these sources come; so many public IPv4 addresses as `internet_wide` are the internet at large.

    >>> from vmaudit.addresses import prefixes
    >>> reach(prefixes(["0.0.0.0/1", "128.0.0.0/1"])), reach(prefixes(["20.1.2.3"])), reach(prefixes(["10.0.0.0/8"]))
    (<Reach.INTERNET: 'internet'>, <Reach.PARTIAL: 'partial'>, <Reach.PRIVATE: 'private'>)
    """
    public = intersection(sources, PUBLIC)
    if size(intersection(public, ANY_IPV4)) >= internet_wide:
        return Reach.INTERNET
    if size(intersection(public, ANY_IPV6)) >= _INTERNET_WIDE_IPV6:
        return Reach.INTERNET
    return Reach.PARTIAL if public else Reach.PRIVATE


def segments(boxes: Iterable[Intervals]) -> list[Intervals]:
    """The coarsest cut of all ports in `boxes` such that each segment lies wholly inside or outside of each box.

    >>> segments([((22, 22), (80, 90)), ((85, 99),)])
    [((22, 22), (80, 84)), ((85, 90),), ((91, 99),)]
    """
    listed = list(dict.fromkeys(box for box in boxes if box))
    if len(listed) == 1:
        return listed
    edges = sorted({edge for box in listed for low, high in box for edge in (low, high + 1)})
    spans_of: dict[frozenset[int], list[tuple[int, int]]] = {}
    for low, following in pairwise(edges):
        span = (low, following - 1)
        inside = frozenset(i for i, box in enumerate(listed) if overlaps(box, (span,)))
        if inside:
            spans_of.setdefault(inside, []).append(span)
    return [normalised(spans) for spans in spans_of.values()]


def union_of(items: Iterable[T], sources: Callable[[T], Intervals]) -> Intervals:
    """All sources of several boxes together."""
    everything: Intervals = NOTHING
    for item in items:
        everything = union(everything, sources(item))
    return everything
