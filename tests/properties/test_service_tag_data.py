"""Data about service tags: it turns unknown answers into decided ones, and no decided one into another.

Beside the laws stands the naive evaluator, which knows the same data as sets of texts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from evidence import estate_of
from properties.naive import Rule, World, through
from properties.small_estates import Row, small_estates
from properties.small_world import (
    ADDRESSES,
    DIRECTIONS,
    END,
    PACKETS,
    PROTOCOLS,
    WORLD,
    engine_group,
    engine_world,
    every_packet,
    holds,
    law,
    tag_rule_lists,
)
from published_tags import tags_of
from vmaudit.addresses import difference, overlaps, single
from vmaudit.estate.estate import Estate
from vmaudit.exposure.paths import Certainty, Path
from vmaudit.exposure.reach import expose
from vmaudit.exposure.security_groups import Crossing, Stage, cross
from vmaudit.exposure.surroundings import surroundings

Data = dict[str, frozenset[str]]

PUBLIC = tuple(address for address in ADDRESSES if not address.startswith(("10.", "192.168.", "168.63.", "fd00:")))
TWO_GROUPS = st.sampled_from(["Inbound", "Outbound"]).flatmap(
    lambda way: st.tuples(st.just(way), tag_rule_lists(way, 5), tag_rule_lists(way, 3))
)
DATA = st.dictionaries(
    st.sampled_from(["Storage", "Sql.WestEurope", "storage.northeurope"]),
    st.frozensets(st.sampled_from(PUBLIC), min_size=1, max_size=4),
    min_size=1,
)
ALL_DATA = st.fixed_dictionaries(
    {name: st.frozensets(st.sampled_from(PUBLIC), min_size=1) for name in ("Storage", "SQL.westeurope")}
)


def with_data(here: Estate, data: Mapping[str, Iterable[str]]) -> Estate:
    return replace(here, service_tags=tags_of({name: sorted(addresses) for name, addresses in data.items()}))


def crossings_of(here: Estate, direction: str, groups: Iterable[list[Rule]]) -> list[Crossing]:
    """Every packet on its way through the groups of the small world's machine."""
    place = surroundings(here, next(iter(here.subnets)))
    stages = [Stage(f"/{at}", engine_group(rules)) for at, rules in enumerate(groups)]
    return cross(stages, DIRECTIONS[direction], END, place, [every_packet(protocol) for protocol in PROTOCOLS])


@law(80)
@given(TWO_GROUPS, DATA)
def test_data_decides_what_was_unknown_and_changes_nothing_that_was_decided(
    drawn: tuple[str, list[Rule], list[Rule]], data: Data
) -> None:
    direction, *groups = drawn
    before = crossings_of(engine_world(), direction, groups)
    after = crossings_of(with_data(engine_world(), data), direction, groups)

    for packet in PACKETS:
        (was,) = [crossing.access for crossing in before if holds(crossing.box, packet)]
        (is_now,) = [crossing.access for crossing in after if holds(crossing.box, packet)]
        assert was in (None, is_now), packet


@law(80)
@given(TWO_GROUPS, ALL_DATA)
def test_with_data_for_all_tags_the_answers_are_those_of_the_naive_evaluator(
    drawn: tuple[str, list[Rule], list[Rule]], data: Data
) -> None:
    direction, *rules = drawn
    groups = [[rule for rule in group if "AzureCloud" not in str(rule)] for group in rules]
    world: World = replace(WORLD, tags={**WORLD.tags, **{name.lower(): held for name, held in data.items()}})
    crossings = crossings_of(with_data(engine_world(), data), direction, groups)

    for packet in PACKETS:
        (crossing,) = [crossing for crossing in crossings if holds(crossing.box, packet)]
        assert crossing.access is not None
        assert crossing.access.value == through(groups, direction, packet, world)[0], packet


@law(40)
@given(small_estates(far=True), DATA)
def test_data_opens_no_door_that_was_shut_and_shuts_none_that_was_proven_open(rows: list[Row], data: Data) -> None:
    here = estate_of(rows)
    before, after = expose(here), expose(with_data(here, data))

    for key, was in before.items():
        for path in after[key].paths:
            assert _among(path, was.paths), "every way was known, as possible at least"
        for path in was.paths:
            if path.certainty is Certainty.PROVEN:
                assert _among(path, [way for way in after[key].paths if way.certainty is Certainty.PROVEN])


def _among(path: Path, ways: Iterable[Path]) -> bool:
    """Whether these ways carry the path's packets between them: data cuts boxes smaller, or joins them."""
    port = single(path.witness.private_port)
    left = path.sources
    for way in ways:
        if way.protocol is path.protocol and overlaps(way.ports, port):
            left = difference(left, way.sources)
    return not left
