"""The rulebook takes a shorter way than `cross`: it must admit the same packets, by the same rules, with equal doubts."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from properties.naive import Rule, through
from properties.small_world import (
    END,
    PACKETS,
    PROTOCOLS,
    WORLD,
    apart,
    around,
    engine_group,
    every_packet,
    holds,
    law,
    rule_lists,
    tag_rule_lists,
)
from vmaudit.addresses import ANY_ADDRESS
from vmaudit.estate.resources import Access, Direction, SecurityRule
from vmaudit.exposure.rulebook import Rulebook
from vmaudit.exposure.security_groups import Crossing, Stage, cross
from vmaudit.exposure.situations import EVERY_PORT
from vmaudit.known import Unknown

TAGS = ("Storage", "AzureCloud", "Storage", "Sql")
_UNREAD = Unknown("NSG x is not in the evidence")
STAGES = st.lists(st.one_of(rule_lists("Inbound", TAGS, most=6), tag_rule_lists(most=6), st.none()), max_size=2).map(
    lambda groups: tuple(_stage(at, rules) for at, rules in enumerate(groups))
)


def _stage(at: int, rules: list[Rule] | None) -> Stage:
    return Stage(f"/stage{at}", _UNREAD if rules is None else engine_group(rules, f"nsg{at}"))


def shorter(stages: tuple[Stage, ...], protocol: str) -> list[Crossing]:
    """What the rulebook admits."""
    book, place = Rulebook(EVERY_PORT), around()
    return book.admitted(stages, book.heard(stages, END, place), place, every_packet(protocol).protocol, ANY_ADDRESS)


def longer(stages: tuple[Stage, ...], protocol: str) -> list[Crossing]:
    """What `cross` admits."""
    crossings = cross(stages, Direction.INBOUND, END, around(), [every_packet(protocol)])
    return [crossing for crossing in crossings if crossing.access is not Access.DENY]


@law(100)
@given(STAGES)
def test_the_rulebook_admits_what_crossing_stage_by_stage_does(stages: tuple[Stage, ...]) -> None:
    for protocol in PROTOCOLS:
        ours, theirs = shorter(stages, protocol), longer(stages, protocol)

        assert all(apart(one.box, other.box) for one, other in combinations(ours, 2))
        for packet in (packet for packet in PACKETS if packet.protocol == protocol):
            found = [_told(crossing) for crossing in ours if holds(crossing.box, packet)]
            expected = [_told(crossing) for crossing in theirs if holds(crossing.box, packet)]
            assert found == expected, packet


def _told(crossing: Crossing) -> tuple[Access | None, tuple[str, ...], list[tuple[SecurityRule, ...]]]:
    rules = [(ruling.rule, *ruling.doubtful) if ruling else () for _, ruling in crossing.steps]
    return crossing.access, crossing.doubts, rules


@law(60)
@given(rule_lists("Inbound"), rule_lists("Inbound", most=4))
def test_the_rulebook_admits_what_the_naive_evaluator_allows(first: list[Rule], second: list[Rule]) -> None:
    stages = (Stage("/first", engine_group(first, "first")), Stage("/second", engine_group(second, "second")))
    admitted = [crossing for protocol in PROTOCOLS for crossing in shorter(stages, protocol)]

    for packet in PACKETS:
        access, _ = through([first, second], "Inbound", packet, WORLD)
        assert any(holds(crossing.box, packet) for crossing in admitted) == (access == "Allow"), packet
