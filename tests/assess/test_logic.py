from itertools import product

import numpy as np
import pytest

from vmaudit.assess.logic import Truth, all_of, all_of_answers, any_of, any_of_answers, opposite, truth

NO, UNKNOWN, YES = Truth.NO, Truth.UNKNOWN, Truth.YES


def possible(answer: Truth) -> list[bool]:
    """What a three-valued answer may turn out to be once everything is read."""
    return {NO: [False], YES: [True], UNKNOWN: [False, True]}[answer]


def settled(outcomes: set[bool]) -> Truth:
    """The only honest answer when these outcomes are all possible."""
    return UNKNOWN if len(outcomes) == 2 else truth(outcomes.pop())


@pytest.mark.parametrize(("a", "b"), list(product(Truth, repeat=2)))
def test_an_answer_is_unknown_exactly_when_reading_more_could_decide_it_either_way(a: Truth, b: Truth) -> None:
    worlds = list(product(possible(a), possible(b)))

    assert all_of(a, b) is settled({x and y for x, y in worlds})
    assert any_of(a, b) is settled({x or y for x, y in worlds})
    assert opposite(a) is settled({not x for x in possible(a)})


def test_the_opposite_of_unknown_is_not_yes() -> None:
    assert opposite(UNKNOWN) is UNKNOWN


def test_nothing_to_ask_holds_for_all_of_and_not_for_any_of() -> None:
    assert all_of() is YES
    assert any_of() is NO


def test_arrays_give_for_every_machine_what_single_answers_give() -> None:
    pairs = list(product(Truth, repeat=2))
    left, right = (np.array(side, np.int8) for side in zip(*pairs, strict=True))

    assert all_of_answers([left, right]).tolist() == [all_of(a, b) for a, b in pairs]
    assert any_of_answers([left, right]).tolist() == [any_of(a, b) for a, b in pairs]
