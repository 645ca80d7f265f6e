"""Toxic combinations: every example of every shipped one, and what must hold for all of them and any facts."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings

from assess.judged import audited, shipped_combinations, shipped_rules
from rules.fact_values import rows, rows_and_less
from rules.test_laws import estates_and_less
from vmaudit.assess.assessment import Toxic
from vmaudit.assess.columns import column
from vmaudit.assess.combination import Combination
from vmaudit.assess.facts import FACTS
from vmaudit.assess.gate import Profile, gate, gate_input
from vmaudit.assess.grade import badness
from vmaudit.assess.rule import Example
from vmaudit.assess.toxic import FOUND_WORDS, asked_by, at_machines, find_toxic, try_combination
from vmaudit.assess.trial import example_facts
from vmaudit.estate.estate import Estate

COMBINATIONS = shipped_combinations()
EXAMPLES = [(combination, example) for combination in COMBINATIONS for example in combination.examples]
each_combination = pytest.mark.parametrize("combination", COMBINATIONS, ids=lambda one: one.id)
untimed = settings(deadline=None)


@pytest.mark.parametrize(("combination", "example"), EXAMPLES, ids=[f"{one.id}: {two.name}" for one, two in EXAMPLES])
def test_the_example_gives_what_it_expects(combination: Combination, example: Example) -> None:
    assert try_combination(combination, example_facts(example)) == example.expect


@each_combination
def test_there_is_an_example_for_everything_that_can_come_out(combination: Combination) -> None:
    assert {example.expect for example in combination.examples} == set(FOUND_WORDS.values())


@each_combination
def test_each_step_by_itself_ends_the_combination_in_some_example(combination: Combination) -> None:
    """Each fact is given in an example that is found, and another value of it ends the combination in one that is not."""
    found = [example for example in combination.examples if example.expect == "found"]

    for name in combination.facts:
        assert any(name in example.facts for example in found), name


@each_combination
def test_the_parts_look_at_the_same_evidence(combination: Combination) -> None:
    rules = {rule.id: rule for rule in shipped_rules()}

    def tables(names: Iterable[str]) -> set[str]:
        return {table for name in names for table in FACTS[name].tables}

    for part in combination.parts:
        assert tables(rules[part].facts) & tables(combination.facts), part


def toxic(*facts: dict[str, Any]) -> list[tuple[Toxic, ...]]:
    """All combinations for each set of facts."""
    names = {name for combination in COMBINATIONS for name in asked_by(combination)}
    table = {name: column([row[name] for row in facts]) for name in names}
    columns = find_toxic(COMBINATIONS, table, len(facts))
    return [
        tuple(one for each in columns if (one := each.distinct[int(each.place[row])]) is not None)
        for row in range(len(facts))
    ]


def rank(found: tuple[Toxic, ...], combination: str) -> int:
    """0 where it is not there, 1 where it is possible, 2 where it is certain."""
    return next((1 + one.certain for one in found if one.combination == combination), 0)


@untimed
@given(rows_and_less())
def test_reading_less_never_removes_a_combination(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, after = toxic(*pair)

    assert {one.combination for one in before} <= {one.combination for one in after}


@untimed
@given(rows_and_less())
def test_reading_less_makes_no_combination_certain(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, after = toxic(*pair)

    assert all(rank(before, one.combination) == 2 for one in after if one.certain)


@untimed
@given(rows())
def test_a_combination_is_certain_exactly_where_each_of_its_steps_is(facts: dict[str, Any]) -> None:
    (found,) = toxic(facts)

    assert all(one.certain == all(step.certain for step in one.steps) for one in found)


@untimed
@given(rows(), rows())
def test_a_machine_has_the_same_combinations_alone_and_among_others(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert toxic(one, two) == [*toxic(one), *toxic(two)]


@settings(max_examples=60, deadline=None)
@given(estates_and_less())
def test_taking_evidence_away_removes_no_combination_and_opens_no_gate(pair: tuple[Estate, Estate]) -> None:
    before, after = (audited(whole, shipped_rules(), combinations=COMBINATIONS) for whole in pair)
    first, second = before.results[0], after.results[0]

    assert {one.combination for one in first.toxic} <= {one.combination for one in second.toxic}
    assert badness(second.grade.worst) >= badness(first.grade.worst)
    for profile in Profile:
        if gate(gate_input(before), profile).exit_code:
            assert gate(gate_input(after), profile).exit_code


def test_without_combinations_no_machine_has_any() -> None:
    import numpy as np

    assert list(at_machines([], np.array([0, 1]))) == [(), ()]
