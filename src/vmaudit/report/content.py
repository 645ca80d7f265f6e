"""What a report says, in the order in which a reader asks: how bad, can I trust it, what first, which machine.

The HTML page and the PDF are two settings of this one content.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vmaudit.assess.assessment import Assessment, CoverageLine, Fleet, MachineResult, Status, Subject
from vmaudit.assess.frameworks import FRAMEWORKS
from vmaudit.assess.grade import MEANINGS
from vmaudit.assess.rule import Layer, Rule
from vmaudit.report.lines import LINES, LineState, assessed_layers, line_states
from vmaudit.report.passports import Passport, Row, passport, row, worst_first
from vmaudit.report.wording import anchor, counted, listed

_MACHINES_NAMED: Final = 12
_CAUSES_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a report holds before it says that the rest is in the JSON and CSV files."""

    rows: int
    passports: int
    ways: int = 12


@dataclass(frozen=True, slots=True)
class Named:
    """A machine by name, with the place of its passport ("" where the report has none)."""

    label: str
    id: str
    anchor: str
    worst: str


@dataclass(frozen=True, slots=True)
class CauseWords:
    """One thing to mend, with what mending it is worth."""

    anchor: str
    rule: str
    rule_title: str
    resource: str
    says: str
    fix: str
    worth: str
    becomes: str
    machines: tuple[Named, ...]
    machines_left_out: int


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


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a template gets."""

    organisation: str
    subject: Subject
    as_of: str
    fleet: Fleet
    headline: str
    trust: str
    unread: tuple[CoverageLine, ...]
    meanings: tuple[tuple[str, str, int], ...]
    causes: tuple[CauseWords, ...]
    causes_left_out: int
    lines: tuple[LineWords, ...]
    rows: tuple[Row, ...]
    rows_left_out: int
    passports: tuple[Passport, ...]
    passports_left_out: int
    rules: tuple[RuleWords, ...]
    frameworks: tuple[Framework, ...]
    coverage: tuple[CoverageLine, ...]
    assumptions: tuple[str, ...]


def content(assessment: Assessment, organisation: str, limits: Limits) -> Content:
    """The content of a report about one assessment."""
    rules = {rule.id: rule for rule in assessment.rules}
    assessed = assessed_layers(assessment.rules)
    ranked = worst_first(assessment.results)
    labels = _labels(assessment.results)
    named = {
        result.machine.key: _named(result, labels, embedded=place < limits.passports)
        for place, result in enumerate(ranked)
    }
    rule_words = _rule_words(assessment.rules, ranked, named)
    unread = tuple(line for line in assessment.coverage if line.outcome != "complete")
    return Content(
        organisation=organisation,
        subject=assessment.subject,
        as_of=assessment.as_of,
        fleet=assessment.fleet,
        headline=_headline(assessment.fleet),
        trust=_trust(assessment, unread),
        unread=unread,
        meanings=tuple(
            (letter.value, MEANINGS[letter], count)
            for letter, count in sorted(assessment.fleet.distribution, key=lambda pair: pair[0].value)
        ),
        causes=_causes(assessment, rules, named),
        causes_left_out=max(0, len(assessment.causes) - _CAUSES_SHOWN),
        lines=tuple(_lines(assessment, assessed, rule_words)),
        rows=tuple(
            row(result, assessed, label=labels[result.machine.key], rank=place, has_passport=place < limits.passports)
            for place, result in enumerate(ranked[: limits.rows])
        ),
        rows_left_out=max(0, len(ranked) - limits.rows),
        passports=tuple(
            passport(result, rules, assessed, label=labels[result.machine.key], rank=place, most_ways=limits.ways)
            for place, result in enumerate(ranked[: limits.passports])
        ),
        passports_left_out=max(0, len(ranked) - limits.passports),
        rules=rule_words,
        frameworks=tuple(_frameworks(rule_words)),
        coverage=assessment.coverage,
        assumptions=assessment.assumptions,
    )


def _headline(fleet: Fleet) -> str:
    """How bad it is, in one sentence."""
    if not fleet.internet_reachable:
        sure = "No machine" if not fleet.uncertain else "As far as could be read, no machine"
        return f"{sure} can be tried by somebody on the internet."
    machines = f"{fleet.internet_reachable} of {counted(fleet.machines, 'machine')}"
    return f"Somebody on the internet can try to log in to {machines}."


def _trust(assessment: Assessment, unread: Sequence[CoverageLine]) -> str:
    """How complete the evidence is, in one or two sentences."""
    unknown = [sum(verdict.status is Status.UNKNOWN for verdict in result.verdicts) for result in assessment.results]
    machines = sum(count > 0 for count in unknown)
    asserted = sum(line.asserted for line in assessment.coverage)
    sentences: list[str] = []
    if unread:
        tables = len({line.table for line in assessment.coverage})
        missing = len({line.table for line in unread})
        sentences.append(f"{missing} of {counted(tables, 'table')} of evidence could not be read in full.")
    if machines:
        answers = counted(sum(unknown), "answer")
        sentences.append(
            f"{answers} about {counted(machines, 'machine')} {'is' if sum(unknown) == 1 else 'are'} unknown."
        )
    elif unread:
        sentences.append("No answer hangs on what is missing.")
    else:
        sentences.append("Everything that the rules ask for was read.")
    if asserted:
        sentences.append(f"{counted(asserted, 'table')} {'is' if asserted == 1 else 'are'} complete only by assertion.")
    return " ".join(sentences)


# ── Machines by name ─────────────────────────────────────────────────────────────────────────────────────────────────


def _labels(results: Sequence[MachineResult]) -> dict[str, str]:
    """Each machine's name, with its resource group in front where several have the name."""
    times = Counter(result.machine.name for result in results)
    return {
        it.key: it.name if times[it.name] == 1 else f"{it.resource_group}/{it.name}"
        for it in (result.machine for result in results)
    }


def _named(result: MachineResult, labels: Mapping[str, str], *, embedded: bool) -> Named:
    it = result.machine
    return Named(labels[it.key], it.id, anchor("vm", it.key) if embedded else "", result.grade.worst.value)


# ── Causes, rules, lines, frameworks ─────────────────────────────────────────────────────────────────────────────────


def _causes(assessment: Assessment, rules: Mapping[str, Rule], named: Mapping[str, Named]) -> tuple[CauseWords, ...]:
    return tuple(
        CauseWords(
            anchor=anchor("fix", f"{cause.rule}\n{cause.resource.lower()}"),
            rule=cause.rule,
            rule_title=rules[cause.rule].title,
            resource=cause.resource,
            says=cause.says,
            fix=cause.fix,
            worth=_worth(len(cause.machines), cause.improves),
            becomes=cause.becomes.value if cause.becomes else "",
            machines=tuple(named[key] for key in cause.machines[:_MACHINES_NAMED]),
            machines_left_out=max(0, len(cause.machines) - _MACHINES_NAMED),
        )
        for cause in assessment.causes[:_CAUSES_SHOWN]
    )


def _worth(machines: int, improves: int) -> str:
    if not improves:
        return f"Concerns {counted(machines, 'machine')}; no grade moves until other causes are mended too"
    all_of_them = improves == machines
    return (
        f"{counted(improves, 'machine')} {'improves' if improves == 1 else 'improve'}"
        if all_of_them
        else f"{improves} of {counted(machines, 'machine')} {'improves' if improves == 1 else 'improve'}"
    )


def _rule_words(
    rules: Iterable[Rule], ranked: Sequence[MachineResult], named: Mapping[str, Named]
) -> tuple[RuleWords, ...]:
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
            failing=tuple(named[key] for key in failing[rule.id][:_MACHINES_NAMED]),
            failing_left_out=max(0, len(failing[rule.id]) - _MACHINES_NAMED),
        )
        for rule in rules
    )


def _lines(assessment: Assessment, assessed: frozenset[Layer], rules: Sequence[RuleWords]) -> Iterable[LineWords]:
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


def _frameworks(rules: Sequence[RuleWords]) -> Iterable[Framework]:
    """Each framework with its controls; a control counts failing and unknown answers of its rules."""
    bearing: dict[str, dict[str, list[RuleWords]]] = defaultdict(lambda: defaultdict(list))
    for words in rules:
        for framework, controls in words.rule.maps_to.items():
            for control in controls:
                bearing[framework][control].append(words)
    for framework in sorted(bearing):
        yield Framework(
            title=FRAMEWORKS.get(framework, framework),
            controls=tuple(_control(control, found) for control, found in sorted(bearing[framework].items())),
        )


def _control(control: str, rules: Sequence[RuleWords]) -> Control:
    return Control(
        id=control,
        rules=tuple(words.rule.id for words in rules),
        failing=sum(words.counts[Status.FAIL.value] for words in rules),
        unknown=sum(words.counts[Status.UNKNOWN.value] for words in rules),
    )


def scope_words(subject: Subject) -> str:
    """The scope as a running head has it."""
    subscriptions = subject.subscriptions
    if len(subscriptions) == 1:
        return f"Subscription {subscriptions[0]}"
    return f"{counted(len(subscriptions), 'subscription')}: {listed(subscriptions, most=3)}" if subscriptions else ""
