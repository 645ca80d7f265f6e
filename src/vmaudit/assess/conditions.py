"""Conditions asked of the fact table: each operator once per distinct value, then three-valued logic on arrays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from vmaudit.assess import logic
from vmaudit.assess.columns import Columns
from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.fact import Fact
from vmaudit.assess.logic import Answers, Truth
from vmaudit.assess.operators import OPERATORS, Answer, Operator
from vmaudit.assess.rule import AllOf, Ask, Condition

ReadFact: TypeAlias = Callable[[str], Any]
"""Gives the value of a fact, read or not, by the fact's name."""


@dataclass(frozen=True, slots=True)
class Question:
    """One `fact: {operator: operand}`, ready to be asked."""

    fact: Fact
    operator: Operator
    operand: Any

    def of(self, value: Any) -> Answer:
        """The answer for one value of the fact, read or not."""
        return self.operator.answer(value, self.operand)


@dataclass(frozen=True, slots=True)
class Joint:
    """Questions that count together: all of them, or any."""

    all_of: bool
    parts: tuple["Question | Joint", ...]


Asked: TypeAlias = Question | Joint


@dataclass(frozen=True, slots=True)
class Finding:
    """What one question found: the fact and the part of its value that the answer rests on."""

    fact: Fact
    found: Any
    tells: bool = True
    """Whether that says what is wrong (see `Operator.tells`)."""

    @property
    def words(self) -> str:
        """What was found, in words."""
        return self.fact.show(self.found)


def prepared(condition: Condition) -> Asked:
    """A condition with its names looked up and its operands read, once for all values that it will be asked of."""
    if isinstance(condition, Ask):
        fact, operator = FACTS[condition.fact], OPERATORS[condition.operator]
        return Question(fact, operator, operator.parse(condition.operand, fact.kind))
    return Joint(isinstance(condition, AllOf), tuple(prepared(part) for part in condition.parts))


def answers(asked: Asked, table: Columns) -> Answers:
    """The truth of a condition for every machine."""
    if isinstance(asked, Question):
        column = table[asked.fact.name]
        return np.array([asked.of(value).truth for value in column.distinct], np.int8)[column.codes]
    parts = [answers(part, table) for part in asked.parts]
    return logic.all_of_answers(parts) if asked.all_of else logic.any_of_answers(parts)


def answer(asked: Asked, read: ReadFact) -> Truth:
    """The truth of a condition for one set of values."""
    if isinstance(asked, Question):
        return asked.of(read(asked.fact.name)).truth
    parts = [answer(part, read) for part in asked.parts]
    return logic.all_of(*parts) if asked.all_of else logic.any_of(*parts)


def findings(asked: Asked, read: ReadFact, wanted: Truth) -> Iterator[Finding]:
    """What makes a condition what it is: the questions with that answer, in the parts that have it too."""
    if isinstance(asked, Question):
        given = asked.of(read(asked.fact.name))
        if given.truth is wanted:
            yield Finding(asked.fact, given.found, asked.operator.tells)
        return
    for part in asked.parts:
        if isinstance(part, Question) or answer(part, read) is wanted:
            yield from findings(part, read, wanted)
