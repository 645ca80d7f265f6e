"""Sets of addresses and ports, exact, as sorted disjoint intervals.

An `Intervals` is a tuple of inclusive `(low, high)` pairs, sorted, disjoint and never touching, so equal sets are equal
tuples. Ports are 0..65535. Addresses of both families share one number line: IPv4 is 0..2^32-1, and an IPv6 address `a`
stands at `2^32 + a`. One set can then hold "any address", as the NSG prefix `*` does, and no set operation ever asks
for the family.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range
from typing import Final, TypeAlias

Intervals: TypeAlias = tuple[tuple[int, int], ...]

_V6: Final = 1 << 32
_V4_LAST: Final = _V6 - 1
_V6_LAST: Final = _V6 + (1 << 128) - 1

_OCTET: Final = r"(0|[1-9]\d{0,2})"
_IPV4: Final = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}", re.ASCII)
_IPV4_BLOCK: Final = re.compile(rf"{_IPV4.pattern}/(0|[1-9]\d?)", re.ASCII)

NOTHING: Final[Intervals] = ()
ALL_PORTS: Final[Intervals] = ((0, 65535),)
ANY_ADDRESS: Final[Intervals] = ((0, _V6_LAST),)
ANY_IPV4: Final[Intervals] = ((0, _V4_LAST),)
ANY_IPV6: Final[Intervals] = ((_V6, _V6_LAST),)


def normalised(pairs: Iterable[tuple[int, int]]) -> Intervals:
    """Any pairs, sorted and merged into a set.

    >>> normalised([(5, 9), (1, 4), (20, 30)])
    ((1, 9), (20, 30))
    """
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pairs):
        if merged and low <= merged[-1][1] + 1:
            if high > merged[-1][1]:
                merged[-1] = (merged[-1][0], high)
        else:
            merged.append((low, high))
    return tuple(merged)


@lru_cache(maxsize=65536)
def union(a: Intervals, b: Intervals) -> Intervals:
    """What is in either set."""
    if not a or a == b:
        return b
    return normalised((*a, *b)) if b else a


def intersection(a: Intervals, b: Intervals) -> Intervals:
    """What is in both sets.

    >>> intersection(((0, 10), (20, 30)), ((5, 25),))
    ((5, 10), (20, 25))
    """
    if a is b:
        return a
    # One range on one side, mostly on both, is by far the most common case, and cheaper than a look-up.
    if len(b) == 1:
        return _within(a, b[0][0], b[0][1])
    if len(a) == 1:
        return _within(b, a[0][0], a[0][1])
    return _intersection(a, b)


def _within(a: Intervals, low: int, high: int) -> Intervals:
    """What of a set lies in one range."""
    if not a or a[0][0] > high or a[-1][1] < low:
        return NOTHING
    if low <= a[0][0] and a[-1][1] <= high:
        return a
    if len(a) == 1:
        first, last = a[0]
        return ((max(first, low), min(last, high)),)
    inside = [pair for pair in a if pair[0] <= high and pair[1] >= low]
    if inside:
        # Only the outermost can reach over the edges.
        inside[0] = (max(inside[0][0], low), inside[0][1])
        inside[-1] = (inside[-1][0], min(inside[-1][1], high))
    return tuple(inside)


@lru_cache(maxsize=65536)
def _intersection(a: Intervals, b: Intervals) -> Intervals:
    if a == b:
        return a
    out: list[tuple[int, int]] = []
    i = j = 0
    while i < len(a) and j < len(b):
        low = max(a[i][0], b[j][0])
        high = min(a[i][1], b[j][1])
        if low <= high:
            out.append((low, high))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def difference(a: Intervals, b: Intervals) -> Intervals:
    """What is in `a` and not in `b`.

    >>> difference(((0, 10),), ((3, 4), (8, 20)))
    ((0, 2), (5, 7))
    """
    if a is b:
        return NOTHING
    if len(a) == 1 and len(b) == 1 and (b[0][0] > a[0][1] or b[0][1] < a[0][0]):
        return a
    return _difference(a, b)


@lru_cache(maxsize=65536)
def _difference(a: Intervals, b: Intervals) -> Intervals:
    if not b or not a:
        return a
    if a == b:
        return NOTHING
    out: list[tuple[int, int]] = []
    j = 0
    for first, last in a:
        low = first
        while j < len(b) and b[j][1] < low:
            j += 1
        k = j
        while k < len(b) and b[k][0] <= last:
            if b[k][0] > low:
                out.append((low, b[k][0] - 1))
            low = max(low, b[k][1] + 1)
            k += 1
        if low <= last:
            out.append((low, last))
    return tuple(out)


def covers(outer: Intervals, inner: Intervals) -> bool:
    """Whether all of `inner` is in `outer`."""
    return intersection(outer, inner) == inner


def overlaps(a: Intervals, b: Intervals) -> bool:
    """Whether the two sets share anything."""
    return bool(intersection(a, b))


def size(a: Intervals) -> int:
    """How many numbers the set holds."""
    found = len(a)
    for low, high in a:
        found += high - low
    return found


def single(number: int) -> Intervals:
    """The set of one port or one address number."""
    return ((number, number),)


def address_number(text: str) -> int:
    """The place of one address on the number line. Raises ValueError on what is no address.

    >>> address_number("0.0.1.0"), address_number("::1") == 2**32 + 1
    (256, True)
    """
    found = _IPV4.fullmatch(text)
    if found:  # nearly all that a fleet has, read without the library's care for the rest
        a, b, c, d = map(int, found.groups())
        if max(a, b, c, d) <= 255:
            return a << 24 | b << 16 | c << 8 | d
    address = ip_address(text)
    return int(address) if address.version == 4 else _V6 + int(address)


def address_text(number: int) -> str:
    """The address at a place of the number line, as people write it."""
    if number <= _V4_LAST:
        return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return str(IPv6Address(number - _V6))


@lru_cache(maxsize=65536)
def prefix(text: str) -> Intervals:
    """One address, CIDR block or `a-b` range as a set. Host bits may be set, as Azure allows. Raises ValueError.

    >>> prefix("10.0.0.0/30")
    ((167772160, 167772163),)
    """
    block = _IPV4_BLOCK.fullmatch(text)
    if block:
        length = int(block[5])
        if length <= 32:
            wild = (1 << (32 - length)) - 1
            low = address_number(text.partition("/")[0]) & ~wild
            return ((low, low | wild),)
    first, dash, last = text.partition("-")
    if dash:
        low, high = address_number(first.strip()), address_number(last.strip())
        if low > high:
            raise ValueError(f"{text!r} ends before it starts")
        if low <= _V4_LAST < high:
            raise ValueError(f"{text!r} starts as IPv4 and ends as IPv6")
        return ((low, high),)
    text = text.strip()
    if "/" not in text:
        return single(address_number(text))
    network = ip_network(text, strict=False)
    base = 0 if network.version == 4 else _V6
    return ((base + int(network.network_address), base + int(network.broadcast_address)),)


def prefixes(texts: Iterable[str]) -> Intervals:
    """Several prefixes as one set."""
    return normalised(pair for text in texts for pair in prefix(text))


@lru_cache(maxsize=65536)
def ports(text: str) -> Intervals:
    """`"22"`, `"20-25"` or `"*"` as a set of ports. Raises ValueError.

    >>> ports("20-25"), ports("*") == ALL_PORTS
    (((20, 25),), True)
    """
    if text.strip() == "*":
        return ALL_PORTS
    first, dash, last = text.partition("-")
    low = int(first)
    high = int(last) if dash else low
    if not 0 <= low <= high <= 65535:
        raise ValueError(f"{text!r} is not a range of ports")
    return ((low, high),)


def port_texts(a: Intervals) -> tuple[str, ...]:
    """A set of ports as people write it.

    >>> port_texts(((22, 22), (3380, 3390)))
    ('22', '3380-3390')
    """
    return tuple(str(low) if low == high else f"{low}-{high}" for low, high in a)


@lru_cache(maxsize=16384)
def prefix_texts(a: Intervals) -> tuple[str, ...]:
    """A set of addresses as the fewest CIDR blocks, IPv4 first; single addresses without a length.

    >>> prefix_texts(prefix("10.0.0.0-10.0.0.2"))
    ('10.0.0.0/31', '10.0.0.2')
    """
    out: list[str] = []
    for low, high in a:
        if low <= _V4_LAST:
            blocks = summarize_address_range(IPv4Address(low), IPv4Address(min(high, _V4_LAST)))
            out += [str(block).removesuffix("/32") for block in blocks]
        if high > _V4_LAST:
            start = max(low, _V6) - _V6
            wide = summarize_address_range(IPv6Address(start), IPv6Address(high - _V6))
            out += [str(block).removesuffix("/128") for block in wide]
    return tuple(out)


# Addresses that never reach Azure from the internet: what Azure's own expansion of the tag Internet leaves out (as
# recorded), but for 192.0.2.0/24, which people use as an example source and which costs nothing to count as public.
_NOT_PUBLIC_IPV4: Final = prefixes(
    (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own address inside every virtual network
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/3",
    )
)

PUBLIC: Final[Intervals] = union(difference(ANY_IPV4, _NOT_PUBLIC_IPV4), prefix("2000::/3"))
"""Addresses that a packet from the internet can have as its source, before any network of one's own is taken out."""

PRIVATE: Final = prefixes(("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
"""What a network of one's own uses: RFC 1918, RFC 6598 and IPv6 unique local addresses."""
