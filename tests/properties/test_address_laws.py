"""Sets of intervals behave as Python's own sets do, and prefixes survive being written and read again."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties.small_world import law
from vmaudit.addresses import (
    Intervals,
    address_number,
    address_text,
    covers,
    difference,
    intersection,
    normalised,
    overlaps,
    port_texts,
    ports,
    prefix,
    prefix_texts,
    prefixes,
    size,
    union,
)

SMALL = st.integers(0, 60)
PAIRS = st.lists(st.tuples(SMALL, SMALL).map(lambda ends: (min(ends), max(ends))), max_size=8)
SETS = PAIRS.map(normalised)

V4 = st.integers(0, 2**32 - 1)
V6 = st.integers(0, 2**128 - 1)
ANY_NUMBER = st.one_of(V4, V6.map(lambda number: 2**32 + number))
WIDE_PAIRS = st.lists(st.tuples(ANY_NUMBER, ANY_NUMBER).map(lambda ends: (min(ends), max(ends))), max_size=4)
OCTET_BLOCKS = st.builds(lambda number, length: str(ip_network((number, length), strict=False)), V4, st.integers(0, 32))
WIDE_BLOCKS = st.builds(lambda number, length: str(ip_network((number, length), strict=False)), V6, st.integers(0, 128))


def members(intervals: Intervals) -> set[int]:
    return {number for low, high in intervals for number in range(low, high + 1)}


def is_canonical(intervals: Intervals) -> bool:
    """Sorted, disjoint and never touching: then equal sets are equal tuples."""
    ends = [end for pair in intervals for end in pair]
    gaps = all(high + 1 < low for (_, high), (low, _) in zip(intervals, intervals[1:], strict=False))
    return ends == sorted(ends) and gaps


@law(200)
@given(PAIRS)
def test_any_pairs_become_the_set_of_their_members(pairs: list[tuple[int, int]]) -> None:
    found = normalised(pairs)

    assert members(found) == members(tuple(pairs))
    assert is_canonical(found)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(union, set.union), (intersection, set.intersection), (difference, set.difference)],
    ids=["union", "intersection", "difference"],
)
@law(300)
@given(SETS, SETS)
def test_two_sets_combine_as_pythons_sets_do(
    ours: Callable[[Intervals, Intervals], Intervals],
    theirs: Callable[[set[int], set[int]], set[int]],
    a: Intervals,
    b: Intervals,
) -> None:
    found = ours(a, b)

    assert members(found) == theirs(members(a), members(b))
    assert is_canonical(found)


@law(300)
@given(SETS, SETS)
def test_covers_overlaps_and_size_say_what_pythons_sets_say(a: Intervals, b: Intervals) -> None:
    assert covers(a, b) == (members(b) <= members(a))
    assert overlaps(a, b) == bool(members(a) & members(b))
    assert size(a) == len(members(a))


@law(200)
@given(WIDE_PAIRS.map(normalised), WIDE_PAIRS.map(normalised))
def test_a_set_is_what_it_shares_with_another_and_what_it_does_not(a: Intervals, b: Intervals) -> None:
    shared, own = intersection(a, b), difference(a, b)

    assert union(shared, own) == a
    assert not overlaps(shared, own)
    assert size(shared) + size(own) == size(a)
    assert union(a, b) == union(b, a)


@law(200)
@given(WIDE_PAIRS.map(normalised))
def test_a_set_written_as_prefixes_is_read_again_as_the_same_set(a: Intervals) -> None:
    texts = prefix_texts(a)

    assert prefixes(texts) == a
    assert not any(text.endswith(("/32", "/128")) and "." in text for text in texts)
    assert all(not overlaps(prefix(one), prefix(other)) for i, one in enumerate(texts) for other in texts[:i])


@law(200)
@given(st.one_of(OCTET_BLOCKS, WIDE_BLOCKS))
def test_one_block_is_written_as_that_one_block(block: str) -> None:
    assert prefix_texts(prefix(block)) == (block.removesuffix("/32" if "." in block else "/128"),)


@law(200)
@given(st.one_of(OCTET_BLOCKS, WIDE_BLOCKS), ANY_NUMBER)
def test_an_address_is_in_a_block_where_the_standard_library_says_so(block: str, number: int) -> None:
    network = ip_network(block)
    address = IPv4Address(number) if number < 2**32 else IPv6Address(number - 2**32)

    assert overlaps(prefix(block), ((number, number),)) == (address in network)
    assert size(prefix(block)) == network.num_addresses


@law(200)
@given(ANY_NUMBER)
def test_an_address_survives_being_written(number: int) -> None:
    assert address_number(address_text(number)) == number


@law(200)
@given(st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 65535)).map(sorted), max_size=5))
def test_a_set_of_ports_written_out_is_read_again_as_the_same_set(pairs: list[list[int]]) -> None:
    found = normalised((low, high) for low, high in pairs)

    assert normalised(pair for text in port_texts(found) for pair in ports(text)) == found
