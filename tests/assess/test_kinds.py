from typing import Any

import pytest

from vmaudit.addresses import ANY_ADDRESS, PUBLIC, prefixes
from vmaudit.assess import kinds
from vmaudit.assess.kinds import Kind, MiswrittenError
from vmaudit.assess.values import AtLeast, Names, Ports, Sku, doubt
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.paths import Certainty, Opening
from vmaudit.known import Unknown


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (kinds.PORTS, [22, "80-90"], Ports(((22, 22), (80, 90)))),
        (kinds.PORTS, {"possible": [22], "because": "x"}, Ports((), ((22, 22),), "x")),
        (kinds.PORTS, {"proven": [22], "possible": ["22-23"], "because": "x"}, Ports(((22, 22),), ((23, 23),), "x")),
        (kinds.NAMES, ["b", "a"], Names(("a", "b"))),
        (kinds.NAMES, {"because": "x"}, Names((), "x")),
        (kinds.NUMBER, {"at_least": 27, "because": "x"}, AtLeast(27.0, "x")),
        (kinds.MINUTES, "P1D", 1440.0),
        (kinds.SKU, "Premium", Sku.Premium),
        (kinds.SKU, {"at_least": "Basic", "because": "x"}, AtLeast(Sku.Basic, "x")),
    ],
)
def test_an_example_writes_a_value(kind: Kind, written: Any, value: Any) -> None:
    assert kind.parse(written) == value


def test_an_opening_for_any_source_is_open_to_what_is_public() -> None:
    (opening,) = kinds.OPENINGS.parse([{"sources": ["any"], "protocol": "TCP", "ports": [22]}])

    assert opening == Opening(PUBLIC, Protocol.TCP, ((22, 22),), Certainty.PROVEN)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (kinds.PORTS, {"possible": [22]}),
        (kinds.PORTS, {"possible": [22], "because": "x", "certainly": [1]}),
        (kinds.NAMES, {"proven": ["a"]}),
        (kinds.NUMBER, {"at_least": 27}),
        (kinds.NUMBER, "27"),
        (kinds.OPENINGS, {"sources": ["any"]}),
        (kinds.OPENINGS, [{"sources": ["any"], "protocol": "ICMP", "ports": [22]}]),
        (kinds.OPENINGS, [{"sources": "any", "protocol": "TCP", "ports": [22]}]),
        (kinds.MINUTES, "PT"),
        (kinds.MINUTES, -1),
        (kinds.MINUTES, True),
        (kinds.TEXT, 5),
    ],
)
def test_a_value_that_was_read_in_part_must_say_why_and_nothing_else_is_taken(kind: Kind, written: Any) -> None:
    with pytest.raises(MiswrittenError):
        kind.parse(written)


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (kinds.PORTS, Ports(((22, 22), (80, 90))), "22 and 80-90"),
        (kinds.PORTS, Ports(((22, 22),), ((23, 23),), "x"), "22, possibly 23"),
        (kinds.PORTS, Ports((), ((0, 65535),), "x"), "possibly 0-65535"),
        (kinds.PORTS, Ports(()), "none"),
        (kinds.NAMES, Names(("a", "b"), "x"), "a and b, possibly more"),
        (kinds.NAMES, Names(()), "none"),
        (kinds.NUMBER, 4294967296.0, "4 294 967 296"),
        (kinds.NUMBER, AtLeast(27.0, "x"), "at least 27"),
        (kinds.MINUTES, 90.0, "1 h 30 min"),
        (kinds.MINUTES, 0.0, "0 min"),
        (kinds.SKU, AtLeast(Sku.Basic, "x"), "at least Basic"),
        (kinds.YES_NO, False, "no"),
        (kinds.OPENINGS, (), "none"),
    ],
)
def test_a_value_in_words(kind: Kind, value: Any, words: str) -> None:
    assert kind.show(value) == words


def test_openings_with_the_same_sources_are_said_together() -> None:
    partner = prefixes(["198.51.100.0/24"])
    openings = (
        Opening(partner, Protocol.TCP, ((22, 22),), Certainty.PROVEN),
        Opening(partner, Protocol.TCP, ((3389, 3389),), Certainty.PROVEN),
        Opening(PUBLIC, Protocol.UDP, ((53, 53),), Certainty.POSSIBLE, "x"),
    )

    assert kinds.OPENINGS.show(openings) == (
        "TCP 22 and 3389 from 198.51.100.0/24 and possibly UDP 53 from the internet at large"
    )


def test_a_long_list_is_cut_and_counted() -> None:
    assert kinds.listed(str(n) for n in range(1, 12)) == "1, 2, 3, 4, 5, 6, 7, 8 and 3 more"


def test_one_more_than_the_limit_is_not_worth_counting() -> None:
    assert kinds.listed(str(n) for n in range(1, 10)) == "1, 2, 3, 4, 5, 6, 7, 8 and 9"


def test_addresses_can_be_written_as_any() -> None:
    assert kinds.address_set(["any"]) == ANY_ADDRESS


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (Unknown("a"), "a"),
        (AtLeast(1.0, "b"), "b"),
        (Ports((), ((1, 1),), "c"), "c"),
        (Names((), "d"), "d"),
        ((Opening(PUBLIC, Protocol.TCP, ((1, 1),), Certainty.POSSIBLE, "e"),), "e"),
        (True, ""),
        ("Linux", ""),
    ],
)
def test_every_value_can_say_why_it_is_in_doubt(value: Any, why: str) -> None:
    assert doubt(value) == why
