"""Grades are caps, defined in words: a machine gets the lowest cap among all that is wrong. There are no weights.

What is wrong are the rules that it fails, and the toxic combinations that are there.
An unknown rule counts as failed in the worst grade and as passed in the best one, so reading less can never help. A
rule that was not reached caps nothing: the rule that it needs has failed and caps at least as low.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from vmaudit.assess.assessment import Fleet, Grade, LayerState, Letter, MachineResult, Status, Toxic, Verdict
from vmaudit.assess.combination import Combination
from vmaudit.assess.rule import Layer, Rule

MEANINGS: Final[Mapping[Letter, str]] = {
    Letter.A: "every line of defence that applies is in place, and was seen to be",
    Letter.B: "the lines hold; hardening or housekeeping is missing",
    Letter.C: "a line of defence is missing, or can be walked around from inside",
    Letter.D: "somebody holds standing power over the machine, or one stolen credential is enough",
    Letter.F: "somebody on the internet can try to log in",
}
"""What each grade says, as the end of the sentence "The machine has an A because ..."."""

_BADNESS: Final = {letter: place for place, letter in enumerate(Letter)}
_GAPS: Final = (Status.FAIL, Status.NOT_REACHED)


def badness(letter: Letter) -> int:
    """0 for the best letter, more for each worse one."""
    return _BADNESS[letter]


def lowest(letters: Iterable[Letter]) -> Letter:
    """The worst of some letters; A for none.

    >>> lowest([Letter.B, Letter.F, Letter.C]), lowest([])
    (<Letter.F: 'F'>, <Letter.A: 'A'>)
    """
    return max(letters, key=badness, default=Letter.A)


def cap(rule: Rule | Combination) -> Letter:
    """The best letter that a machine can have while it fails the rule, or while the combination is there."""
    return Letter(rule.caps_grade_at) if rule.caps_grade_at else Letter.A


def grade(verdicts: Sequence[Verdict], caps: Mapping[str, Letter], toxic: Sequence[Toxic] = ()) -> Grade:
    """The grade that verdicts and toxic combinations give; `caps` are those of their rules and theirs, by id."""
    failed = [verdict.rule for verdict in verdicts if verdict.status is Status.FAIL]
    unknown = [verdict.rule for verdict in verdicts if verdict.status is Status.UNKNOWN]
    there = [one.combination for one in toxic if one.certain]
    worst = lowest(caps[one] for one in (*failed, *unknown, *(one.combination for one in toxic)))
    best = lowest(caps[one] for one in (*failed, *there))
    counting = {*failed, *unknown}
    named = (*(v.rule for v in verdicts if v.rule in counting), *(one.combination for one in toxic))
    decided = tuple(one for one in named if caps[one] is worst) if worst is not Letter.A else ()
    return Grade(worst=worst, best=best, decided_by=decided)


def layer_states(verdicts: Sequence[Verdict], layers: Mapping[str, Layer]) -> tuple[tuple[str, LayerState], ...]:
    """What each line of defence does, outermost first; a layer that no rule looks at is left out.

    A line is broken if a rule of it fails or was not reached, unknown if one is unknown, not applicable if all are, and
    holds otherwise.
    """
    found: dict[Layer, list[Status]] = {}
    for verdict in verdicts:
        found.setdefault(layers[verdict.rule], []).append(verdict.status)
    return tuple((layer.value, _state(found[layer])) for layer in Layer if layer in found)


def _state(statuses: Sequence[Status]) -> LayerState:
    if any(status in _GAPS for status in statuses):
        return LayerState.BROKEN
    if Status.UNKNOWN in statuses:
        return LayerState.UNKNOWN
    if all(status is Status.NOT_APPLICABLE for status in statuses):
        return LayerState.NOT_APPLICABLE
    return LayerState.HOLDS


def fleet(results: Sequence[MachineResult], caps: Mapping[str, Letter]) -> Fleet:
    """All machines together, by their worst grades. Of two middle machines, the worse gives the median."""
    counts = Counter(result.grade.worst for result in results)
    ordered = sorted((result.grade.worst for result in results), key=badness)
    exposed = {rule for rule, letter in caps.items() if letter is Letter.F}
    # Machines in the same situation share their verdicts, so their identity stands for them.
    shared = {id(result.verdicts): result.verdicts for result in results}
    failing = {key: _fails_any(verdicts, exposed) for key, verdicts in shared.items()}
    return Fleet(
        machines=len(results),
        worst=ordered[-1],
        median=ordered[len(ordered) // 2],
        distribution=tuple((letter, counts[letter]) for letter in Letter),
        internet_reachable=sum(failing[id(result.verdicts)] for result in results),
        uncertain=sum(result.grade.worst is not result.grade.best for result in results),
    )


def _fails_any(verdicts: Sequence[Verdict], rules: set[str]) -> bool:
    return any(verdict.status is Status.FAIL and verdict.rule in rules for verdict in verdicts)
