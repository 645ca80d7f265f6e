"""Conditions asked of the fact table: each operator once per distinct value, then three-valued logic on arrays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from vmaudit.assess import logic
from vmaudit.assess.columns import Columns
from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.fact import Fact
from vmaudit.assess.logic import Answers, Truth
from vmaudit.assess.operators import OPERATORS
from vmaudit.assess.rule import AllOf, Ask, Condition

ReadFact = Callable[[str], Any]
"""Gives the value of a fact, read or not, by the fact's name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one question found: the fact and the part of its value that the answer rests on."""

    fact: Fact
    found: Any

    @property
    def words(self) -> str:
        """What was found, in words."""
        return self.fact.show(self.found)


def answers(condition: Condition, table: Columns) -> Answers:
    """The truth of a condition for every machine."""
    if isinstance(condition, Ask):
        column = table[condition.fact]
        ask = _question(condition)
        truths = np.array([ask(value).truth for value in column.distinct], np.int8)
        return truths[column.codes]
    parts = [answers(part, table) for part in condition.parts]
    return logic.all_of_answers(parts) if isinstance(condition, AllOf) else logic.any_of_answers(parts)


def answer(condition: Condition, read: ReadFact) -> Truth:
    """The truth of a condition for one set of values."""
    if isinstance(condition, Ask):
        return _question(condition)(read(condition.fact)).truth
    parts = [answer(part, read) for part in condition.parts]
    return logic.all_of(*parts) if isinstance(condition, AllOf) else logic.any_of(*parts)


def findings(condition: Condition, read: ReadFact, wanted: Truth) -> Iterator[Finding]:
    """What makes a condition what it is: the questions with that answer, in the parts that have it too."""
    if isinstance(condition, Ask):
        given = _question(condition)(read(condition.fact))
        if given.truth is wanted:
            yield Finding(FACTS[condition.fact], given.found)
        return
    for part in condition.parts:
        if answer(part, read) is wanted:
            yield from findings(part, read, wanted)


def _question(ask: Ask) -> Callable[[Any], Any]:
    operator = OPERATORS[ask.operator]
    operand = operator.parse(ask.operand, FACTS[ask.fact].kind)
    return lambda value: operator.answer(value, operand)
