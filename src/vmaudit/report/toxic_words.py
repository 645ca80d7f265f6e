"""Toxic combinations in words: what each machine has, and each combination over all machines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vmaudit.assess.assessment import MachineResult, Toxic, ToxicStep
from vmaudit.assess.combination import Combination
from vmaudit.report.rulebook import MACHINES_NAMED, Named


@dataclass(frozen=True, slots=True)
class ToxicWords:
    """A combination at one machine."""

    id: str
    title: str
    certain: bool
    steps: tuple[ToxicStep, ...]


@dataclass(frozen=True, slots=True)
class CombinationWords:
    """A combination with how many machines have it; `steps` are those of the worst one, `on` its name."""

    combination: Combination
    there: int
    possible: int
    steps: tuple[ToxicStep, ...]
    on: Named | None
    machines: tuple[Named, ...]
    machines_left_out: int


def toxic_words(found: Iterable[Toxic], titles: Mapping[str, str]) -> tuple[ToxicWords, ...]:
    """The combinations of one machine, those that are certain first."""
    ordered = sorted(found, key=lambda one: not one.certain)
    return tuple(ToxicWords(one.combination, titles[one.combination], one.certain, one.steps) for one in ordered)


def combination_words(
    combinations: Sequence[Combination], ranked: Sequence[MachineResult], named: Mapping[str, Named]
) -> tuple[CombinationWords, ...]:
    """Every combination that was looked for, those that cap lowest first, in one pass over all machines."""
    having: dict[str, list[tuple[MachineResult, Toxic]]] = {one.id: [] for one in combinations}
    for result in ranked:
        for toxic in result.toxic:
            having[toxic.combination].append((result, toxic))
    ordered = sorted(combinations, key=lambda one: (-ord(one.caps_grade_at), one.id))
    return tuple(_words(combination, having[combination.id], named) for combination in ordered)


def _words(
    combination: Combination, having: Sequence[tuple[MachineResult, Toxic]], named: Mapping[str, Named]
) -> CombinationWords:
    certain_first = sorted(having, key=lambda pair: not pair[1].certain)
    machines = tuple(_names((result for result, _ in certain_first[:MACHINES_NAMED]), named))
    there = sum(toxic.certain for _, toxic in having)
    return CombinationWords(
        combination=combination,
        there=there,
        possible=len(having) - there,
        steps=certain_first[0][1].steps if certain_first else (),
        on=machines[0] if machines else None,
        machines=machines,
        machines_left_out=max(0, len(having) - MACHINES_NAMED),
    )


def _names(results: Iterable[MachineResult], named: Mapping[str, Named]) -> Iterator[Named]:
    return (named[result.machine.key] for result in results)
