"""The rules over all machines: how often each fails, its line of defence, the controls that it bears on."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vmaudit.assess.assessment import Assessment, MachineResult, Status
from vmaudit.assess.frameworks import FRAMEWORKS
from vmaudit.assess.rule import Layer, Rule
from vmaudit.report.lines import LINES, LineState, line_states

MACHINES_NAMED: Final = 12
"""How many machines a rule or a cause names before it says how many more there are."""


@dataclass(frozen=True, slots=True)
class Named:
    """A machine by name, with the place of its passport ("" where the report has none)."""

    label: str
    id: str
    anchor: str
    worst: str


@dataclass(frozen=True, slots=True)
class RuleWords:
    """A rule with how the machines stand to it."""

    rule: Rule
    counts: Mapping[str, int]
    failing: tuple[Named, ...]
    failing_left_out: int


@dataclass(frozen=True, slots=True)
class LineWords:
    """One line of defence over all machines. `counts` is by state; `rules` are those that ask about it."""

    layer: str
    title: str
    guards: str
    assessed: bool
    counts: Mapping[str, int]
    rules: tuple[RuleWords, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a framework and the rules that bear on it."""

    id: str
    rules: tuple[str, ...]
    failing: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework with the controls that rules map to."""

    title: str
    controls: tuple[Control, ...]


def rule_words(
    rules: Iterable[Rule], ranked: Sequence[MachineResult], named: Mapping[str, Named]
) -> tuple[RuleWords, ...]:
    """Every rule with its counts and with the worst of the machines that fail it, in one pass over all verdicts."""
    counts: dict[str, Counter[Status]] = defaultdict(Counter)
    failing: dict[str, list[str]] = defaultdict(list)
    for result in ranked:
        for verdict in result.verdicts:
            counts[verdict.rule][verdict.status] += 1
            if verdict.status is Status.FAIL:
                failing[verdict.rule].append(result.machine.key)
    return tuple(
        RuleWords(
            rule=rule,
            counts={status.value: counts[rule.id][status] for status in Status},
            failing=tuple(named[key] for key in failing[rule.id][:MACHINES_NAMED]),
            failing_left_out=max(0, len(failing[rule.id]) - MACHINES_NAMED),
        )
        for rule in rules
    )


def lines(assessment: Assessment, assessed: frozenset[Layer], rules: Sequence[RuleWords]) -> Iterable[LineWords]:
    """The eight lines of defence with how many machines each holds for; those without rules among them."""
    counts: dict[Layer, Counter[LineState]] = defaultdict(Counter)
    for layers, times in Counter(result.layers for result in assessment.results).items():
        for layer, state in line_states(layers, assessed):
            counts[layer][state] += times
    for layer in Layer:
        yield LineWords(
            layer=layer.value,
            title=LINES[layer].title,
            guards=LINES[layer].guards,
            assessed=layer in assessed,
            counts={state.value: counts[layer][state] for state in LineState},
            rules=tuple(words for words in rules if words.rule.layer is layer),
        )


def frameworks(rules: Sequence[RuleWords]) -> Iterable[Framework]:
    """Each framework with its controls; a control counts failing and unknown answers of its rules."""
    bearing: dict[str, dict[str, list[RuleWords]]] = defaultdict(lambda: defaultdict(list))
    for words in rules:
        for framework, controls in words.rule.maps_to.items():
            for control in controls:
                bearing[framework][control].append(words)
    for framework in sorted(bearing):
        yield Framework(
            title=FRAMEWORKS.get(framework, framework),
            controls=tuple(
                _control(control, bearing[framework][control]) for control in sorted(bearing[framework], key=_by_number)
            ),
        )


def _control(control: str, rules: Sequence[RuleWords]) -> Control:
    return Control(
        id=control,
        rules=tuple(words.rule.id for words in rules),
        failing=sum(words.counts[Status.FAIL.value] for words in rules),
        unknown=sum(words.counts[Status.UNKNOWN.value] for words in rules),
    )


def _by_number(control: str) -> tuple[tuple[str, int], ...]:
    """8.10 comes after 8.9."""
    return tuple((text, int(digits or 0)) for text, digits in re.findall(r"(\D*)(\d*)", control))
