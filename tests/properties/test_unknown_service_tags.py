"""What a service tag holds is not in the evidence. The naive evaluator tries every meaning that it could have.

About one packet a meaning only says whether the far address is in the tag (and, where the machine itself has an
address of the public range, whether that one is), so trying all of these is trying every subset of the world.

Sound always: an answer of the engine is the answer under every meaning. Exact, too: "Unknown" means that there are
meanings which disagree. The engine sees that `deny Storage` before `allow Storage` denies under both meanings, in one
group and where the subnet's group allows and the interface's denies. It does not see that each packet is in
VirtualNetwork or in Internet, where a network was not read; nor, where a rule says AzureCloud beside another tag, that a
private address can only be in the other.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from properties.naive import Packet, Rule, World, through
from properties.small_world import (
    ADDRESSES,
    DIRECTIONS,
    END,
    PACKETS,
    PROTOCOLS,
    UNKNOWN_TAGS,
    WORLD,
    around,
    ask,
    engine_group,
    every_packet,
    holds,
    law,
    rule_lists,
    tag_rule_lists,
)
from vmaudit.exposure.security_groups import Crossing, Stage, cross

SURELY_AZURE = frozenset({"4.150.0.1", "20.0.0.1", "20.0.0.2", "20.0.1.1"})
"""In blocks that are Azure's as a whole; the last one is used inside the network, too."""
NEVER_IN_AZURE = frozenset(address for address in ADDRESSES if address.startswith(("10.", "192.168.", "168.", "fd00:")))

SOME_PACKETS = tuple(packet for packet in PACKETS if packet.source_port == 50000)

Drawn = tuple[str, list[Rule], list[Rule]]
TWO_GROUPS = st.sampled_from(["Inbound", "Outbound"]).flatmap(
    lambda way: st.tuples(st.just(way), tag_rule_lists(way, 4), tag_rule_lists(way, 4))
)


ALLOW_ALL: list[Rule] = [
    {
        "name": f"all-{way}",
        "properties": {
            "priority": 100,
            "direction": way,
            "access": "Allow",
            "protocol": "*",
            **dict.fromkeys(("sourceAddressPrefix", "destinationAddressPrefix"), "*"),
            **dict.fromkeys(("sourcePortRange", "destinationPortRange"), "*"),
        },
    }
    for way in ("Inbound", "Outbound")
]
"""A group that stops nobody."""


def meanings(packet: Packet, spoken: Counter[str]) -> Iterator[World]:
    """The world under every meaning of the tags that matters to one packet."""
    tags = sorted(tag for tag in spoken if tag in UNKNOWN_TAGS)
    for inside in product((False, True), repeat=len(tags)):
        said = dict(zip(tags, inside, strict=True))
        cloud = said.get("AzureCloud", False)
        if packet.remote in (NEVER_IN_AZURE if cloud else SURELY_AZURE) and "AzureCloud" in said:
            continue
        held = {tag.lower(): frozenset({packet.remote} if there else ()) for tag, there in said.items()}
        yield replace(WORLD, tags={**WORLD.tags, **held})


def spoken_tags(*groups: list[Rule]) -> Counter[str]:
    """How many rules say each unknown tag."""
    return Counter(tag for rules in groups for rule in rules for tag in _tags_of(rule["properties"]))


def _tags_of(body: dict[str, Any]) -> set[str]:
    fields = [body.get(f"{side}AddressPrefix") for side in ("source", "destination")]
    fields += [text for side in ("source", "destination") for text in body.get(f"{side}AddressPrefixes") or ()]
    return {text for text in fields if text in UNKNOWN_TAGS}


def crossings_of(direction: str, first: list[Rule], second: list[Rule]) -> list[Crossing]:
    """Every packet on its way through two groups."""
    stages = [Stage("/first", engine_group(first)), Stage("/second", engine_group(second))]
    return cross(stages, DIRECTIONS[direction], END, around(), [every_packet(protocol) for protocol in PROTOCOLS])


@law(60)
@given(TWO_GROUPS)
def test_an_answer_holds_under_every_meaning_of_the_tags(drawn: Drawn) -> None:
    direction, first, second = drawn
    spoken = spoken_tags(first, second)
    crossings = crossings_of(direction, first, second)

    for packet in SOME_PACKETS:
        (crossing,) = [crossing for crossing in crossings if holds(crossing.box, packet)]
        answers = {through([first, second], direction, packet, world)[0] for world in meanings(packet, spoken)}
        if crossing.access is not None:
            assert answers == {crossing.access.value}, packet
        else:
            assert crossing.doubts
            assert len(answers) == 2 or packet.remote in NEVER_IN_AZURE, packet


@law(100)
@given(st.sampled_from(["Inbound", "Outbound"]).flatmap(lambda way: st.tuples(st.just(way), tag_rule_lists(way, 6))))
def test_within_one_group_only_disagreeing_meanings_make_an_answer_unknown(drawn: tuple[str, list[Rule]]) -> None:
    direction, rules = drawn
    spoken = spoken_tags(rules)
    crossings = crossings_of(direction, rules, ALLOW_ALL)

    for packet in (one for one in SOME_PACKETS if one.remote not in NEVER_IN_AZURE):
        (crossing,) = [crossing for crossing in crossings if holds(crossing.box, packet)]
        answers = {through([rules], direction, packet, world)[0] for world in meanings(packet, spoken)}
        assert answers == ({"Allow", "Deny"} if crossing.access is None else {crossing.access.value}), packet


@law(200)
@given(TWO_GROUPS, st.lists(st.sampled_from(PACKETS), min_size=12, max_size=12))
def test_ip_flow_names_a_rule_only_where_every_meaning_names_it(drawn: Drawn, packets: list[Packet]) -> None:
    direction, first, second = drawn
    spoken = spoken_tags(first, second)
    order = [first, second] if direction == "Inbound" else [second, first]

    for packet in packets:
        answer = ask(direction, first, second, packet)
        answers = {through(order, direction, packet, world) for world in meanings(packet, spoken)}
        if answer.access != "Unknown":
            assert {access for access, _ in answers} == {answer.access}
        if answer.rule:
            assert {rule for _, rule in answers} == {answer.rule}, packet
        else:
            assert answer.reason


@law(20)
@given(rule_lists("Inbound"), rule_lists("Inbound"))
def test_without_unknown_tags_nothing_is_unknown(first: list[Rule], second: list[Rule]) -> None:
    assert all(crossing.access for crossing in crossings_of("Inbound", first, second))
