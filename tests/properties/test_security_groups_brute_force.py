"""The engine decides with sets; the naive evaluator tries every packet of a small world. They must agree."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from properties.naive import Packet, Rule, through
from properties.small_world import (
    DIRECTIONS,
    END,
    PACKETS,
    PROTOCOLS,
    WORLD,
    apart,
    around,
    ask,
    engine_group,
    every_packet,
    holds,
    law,
    rule_lists,
    volume,
)
from vmaudit.estate.resources import SecurityGroup
from vmaudit.exposure.security_groups import Crossing, Ruling, Stage, cross, decide

BOTH_WAYS = st.sampled_from(["Inbound", "Outbound"])


def _rulings(group: SecurityGroup, direction: str) -> list[Ruling]:
    return [
        ruling
        for protocol in PROTOCOLS
        for ruling in decide(group, DIRECTIONS[direction], END, around(), every_packet(protocol))
    ]


@law(45)
@given(BOTH_WAYS.flatmap(lambda way: st.tuples(st.just(way), rule_lists(way))))
def test_one_group_decides_every_packet_as_first_match_by_priority_does(drawn: tuple[str, list[Rule]]) -> None:
    direction, rules = drawn
    rulings = _rulings(engine_group(rules), direction)

    for packet in PACKETS:
        access, name = through([rules], direction, packet, WORLD)
        (ruling,) = [ruling for ruling in rulings if holds(ruling.box, packet)]
        assert ruling.access is not None
        assert (ruling.access.value, ruling.rule.azure_name) == (access, name), packet


@law(60)
@given(BOTH_WAYS.flatmap(lambda way: st.tuples(st.just(way), rule_lists(way, ("Storage", "AzureCloud")))))
def test_the_boxes_of_a_group_are_disjoint_and_leave_no_packet_out(drawn: tuple[str, list[Rule]]) -> None:
    direction, rules = drawn
    for protocol in PROTOCOLS:
        boxes = [r.box for r in _rulings(engine_group(rules), direction) if r.box.protocol.value == protocol.upper()]

        assert all(apart(one, other) for one, other in combinations(boxes, 2))
        assert sum(volume(box) for box in boxes) == volume(every_packet(protocol))


@law(30)
@given(BOTH_WAYS.flatmap(lambda way: st.tuples(st.just(way), rule_lists(way, most=5), rule_lists(way, most=5))))
def test_two_groups_let_through_what_both_allow_and_the_last_one_asked_names_the_rule(
    drawn: tuple[str, list[Rule], list[Rule]],
) -> None:
    direction, first, second = drawn
    stages = [Stage("/first", engine_group(first)), Stage("/second", engine_group(second))]
    boxes = [every_packet(protocol) for protocol in PROTOCOLS]
    crossings = cross(stages, DIRECTIONS[direction], END, around(), boxes)

    for packet in PACKETS:
        access, name = through([first, second], direction, packet, WORLD)
        (crossing,) = [crossing for crossing in crossings if holds(crossing.box, packet)]
        assert (_access(crossing), _last_rule(crossing)) == (access, name), packet
        assert not crossing.doubts


def _access(crossing: Crossing) -> str:
    return crossing.access.value if crossing.access else "Unknown"


def _last_rule(crossing: Crossing) -> str:
    ruling = crossing.steps[-1][1]
    return ruling.rule.azure_name if ruling else ""


@law(60)
@given(
    BOTH_WAYS.flatmap(lambda way: st.tuples(st.just(way), rule_lists(way, most=5), rule_lists(way, most=5))),
    st.lists(st.sampled_from(PACKETS), min_size=10, max_size=10),
)
def test_ip_flow_asks_the_subnet_first_on_the_way_in_and_the_interface_first_on_the_way_out(
    drawn: tuple[str, list[Rule], list[Rule]], packets: list[Packet]
) -> None:
    direction, at_subnet, at_interface = drawn
    order = [at_subnet, at_interface] if direction == "Inbound" else [at_interface, at_subnet]

    for packet in packets:
        answer = ask(direction, at_subnet, at_interface, packet)
        assert (answer.access, answer.rule) == through(order, direction, packet, WORLD), packet
