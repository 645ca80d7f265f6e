"""Toxic combinations of all machines: where each is there, where it is possible, and its path in words.

They ask facts, never the statuses of rules: a rule that does not apply, or is not reached, hides nothing here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from vmaudit.assess import logic
from vmaudit.assess.assessment import Toxic, ToxicStep
from vmaudit.assess.columns import Columns, column, combine
from vmaudit.assess.combination import Combination
from vmaudit.assess.conditions import Asked, ReadFact, answer, answers, findings, prepared
from vmaudit.assess.facts import FACTS
from vmaudit.assess.kinds import listed
from vmaudit.assess.logic import Answers, Truth
from vmaudit.assess.rule_file import FOUND, PLACEHOLDER
from vmaudit.assess.trial import LEFT_OUT
from vmaudit.assess.values import doubt
from vmaudit.assess.wording import filled, joined
from vmaudit.known import Read

FOUND_WORDS: Final = {Truth.YES: "found", Truth.UNKNOWN: "possible", Truth.NO: "none"}
"""How examples call the truth of a combination."""


@dataclass(frozen=True, slots=True)
class ToxicColumn:
    """One combination for all machines: machine `i` has `distinct[place[i]]`, None where it is not there."""

    distinct: Sequence[Toxic | None]
    place: npt.NDArray[np.int64]

    def at(self, rows: npt.NDArray[np.int64]) -> list[Toxic | None]:
        """The combination at these machines."""
        return [self.distinct[number] for number in map(int, self.place[rows])]


@dataclass(frozen=True, slots=True)
class _Step:
    """One step, ready to be asked."""

    asked: Asked
    says: str


def asked_by(combination: Combination) -> tuple[str, ...]:
    """The facts that the steps or their sentences name, sorted."""
    said = {name for step in combination.path for name in PLACEHOLDER.findall(step.says)}
    return tuple(sorted({*combination.facts, *said} - {FOUND}))


def find_toxic(combinations: Sequence[Combination], table: Columns, size: int) -> list[ToxicColumn]:
    """Every combination at every machine, each path worded once for all machines that share it."""
    return [_found(combination, table, size) for combination in combinations]


def _found(combination: Combination, table: Columns, size: int) -> ToxicColumn:
    steps = [_Step(prepared(step.when), step.says) for step in combination.path]
    whole: Answers = logic.all_of_answers([answers(step.asked, table) for step in steps])
    names = asked_by(combination)
    # Where it is not there, no fact tells machines apart.
    parts = [np.where(whole == Truth.NO, 0, table[name].codes) for name in names]
    first, place = combine([whole.astype(np.int64), *parts], size)
    worded = [
        None
        if whole[row] == Truth.NO
        else _worded(combination, steps, Truth(int(whole[row])), partial(_value, table, row), names)
        for row in map(int, first)
    ]
    return ToxicColumn(worded, place)


def _worded(
    combination: Combination, steps: Sequence[_Step], truth: Truth, read: ReadFact, names: Sequence[str]
) -> Toxic:
    return Toxic(
        combination=combination.id,
        certain=truth is Truth.YES,
        steps=tuple(_step(step, read) for step in steps),
        # Of one that is only possible, the steps say what is not known; its facts would repeat that.
        proof=tuple(f"{name}: {FACTS[name].show(read(name))}" for name in names) if truth is Truth.YES else (),
    )


def _step(step: _Step, read: ReadFact) -> ToxicStep:
    truth = answer(step.asked, read)
    reasons = tuple(findings(step.asked, read, truth))
    if truth is Truth.YES:
        told = [reason for reason in reasons if reason.tells] or reasons
        return ToxicStep(filled(step.says, read, listed(dict.fromkeys(reason.words for reason in told))), certain=True)
    unsure = joined(doubt(reason.found) or reason.fact.label for reason in reasons)
    return ToxicStep(f"Not known: {unsure}", certain=False)


def _value(table: Columns, row: int, name: str) -> Any:
    found = table[name]
    return found.distinct[int(found.codes[row])]


def try_combination(combination: Combination, facts: Mapping[str, Read[Any]]) -> str:
    """What an example's facts make of a combination: `found`, `possible` or `none`; what it leaves out is unknown."""
    table = {name: column([facts.get(name, LEFT_OUT)]) for name in asked_by(combination)}
    (toxic,) = _found(combination, table, 1).distinct
    return FOUND_WORDS[Truth.NO if toxic is None else Truth.YES if toxic.certain else Truth.UNKNOWN]


def at_machines(columns: Sequence[ToxicColumn], rows: npt.NDArray[np.int64]) -> Iterator[tuple[Toxic, ...]]:
    """All combinations of each of these machines."""
    if not columns:
        yield from (() for _ in rows)
        return
    for each in zip(*(one.at(rows) for one in columns), strict=True):
        yield tuple(toxic for toxic in each if toxic is not None)
