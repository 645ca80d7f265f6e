"""Prefixes and ports as Azure's evidence spells them (azure-facts 5.1)."""

import pytest

from vmaudit.addresses import (
    ALL_PORTS,
    ANY_ADDRESS,
    ANY_IPV4,
    ANY_IPV6,
    NOTHING,
    PRIVATE,
    PUBLIC,
    address_number,
    address_text,
    covers,
    intersection,
    overlaps,
    port_texts,
    ports,
    prefix,
    prefix_texts,
    prefixes,
    size,
    union,
)


def test_the_two_families_share_no_address_and_are_all_there_is() -> None:
    assert not overlaps(ANY_IPV4, ANY_IPV6)
    assert union(ANY_IPV4, ANY_IPV6) == ANY_ADDRESS
    assert prefixes(["0.0.0.0/0", "::/0"]) == ANY_ADDRESS


def test_the_last_ipv4_address_and_the_first_ipv6_address_stay_two_addresses_in_words() -> None:
    both = prefixes(["255.255.255.255", "::"])

    assert size(both) == 2
    assert prefix_texts(both) == ("255.255.255.255", "::")


def test_an_ipv4_address_written_as_ipv6_is_another_address() -> None:
    assert address_number("::ffff:10.0.0.4") != address_number("10.0.0.4")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("10.0.0.7/24", "10.0.0.0/24"),
        ("10.0.0.4", "10.0.0.4/32"),
        ("10.0.0.0-10.0.0.255", "10.0.0.0/24"),
        (" 10.0.0.0/24 ", "10.0.0.0/24"),
        ("10.0.0.4 - 10.0.0.5", "10.0.0.4/31"),
        ("FD00::0001/64", "fd00::/64"),
    ],
)
def test_equal_spellings_of_a_prefix_are_one_set(text: str, same: str) -> None:
    assert prefix(text) == prefix(same)


@pytest.mark.parametrize(
    "text",
    ["", "Internet", "10.0.0.0/33", "10.0.0", "10.0.0.9-10.0.0.1", "10.0.0.1-", "-10.0.0.1", "10.0.0.1-::1", "789"],
)
def test_what_is_no_prefix_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library words some of these
        prefix(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("22", ((22, 22),)), ("20-25", ((20, 25),)), ("*", ALL_PORTS), ("0-65535", ALL_PORTS), ("22-22", ((22, 22),))],
)
def test_ports_are_read_as_azure_spells_them(text: str, expected: tuple[tuple[int, int], ...]) -> None:
    assert ports(text) == expected


@pytest.mark.parametrize("text", ["", "ssh", "65536", "25-20", "-1", "22-", "-22", "1-2-3"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the standard library words some of these
        ports(text)


def test_ports_and_prefixes_are_written_as_people_write_them() -> None:
    assert port_texts(((22, 22), (3380, 3390))) == ("22", "3380-3390")
    assert prefix_texts(prefixes(["10.0.0.0/25", "10.0.0.128/25", "10.0.1.1"])) == ("10.0.0.0/24", "10.0.1.1")
    assert prefix_texts(NOTHING) == ()
    assert address_text(address_number("2001:0DB8::0007")) == "2001:db8::7"


@pytest.mark.parametrize(
    "text",
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "224.0.0.0/4"]
    + ["168.63.129.16", "0.0.0.0/8", "fc00::/7", "fe80::/10", "::1"],
)
def test_no_packet_from_the_internet_comes_from(text: str) -> None:
    assert not overlaps(PUBLIC, prefix(text))


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "172.32.0.0/11", "172.15.255.255", "11.0.0.0/8", "203.0.113.7", "2a01::/16"]
)
def test_packets_from_the_internet_may_come_from(text: str) -> None:
    assert covers(PUBLIC, prefix(text))


def test_private_and_public_addresses_are_apart() -> None:
    assert intersection(PRIVATE, PUBLIC) == NOTHING
