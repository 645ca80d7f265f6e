"""What a report says, in the order in which a reader asks: how bad, can I trust it, what first, which machine.

The HTML page and the PDF are two settings of this one content.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vmaudit.access.overview import Overview
from vmaudit.assess.assessment import Assessment, CoverageLine, Fleet, Letter, MachineResult, Status, Subject
from vmaudit.assess.grade import MEANINGS
from vmaudit.assess.rule import Layer, Rule
from vmaudit.report.access_words import AccessWords, ReachWords, Teller
from vmaudit.report.lines import assessed_layers
from vmaudit.report.passports import Passport, Row, passport, row, worst_first
from vmaudit.report.rulebook import (
    MACHINES_NAMED,
    Framework,
    LineWords,
    Named,
    RuleWords,
    frameworks,
    lines,
    rule_words,
)
from vmaudit.report.toxic_words import CombinationWords, combination_words, toxic_words
from vmaudit.report.wording import anchor, counted, listed, number, sentence_case

_CAUSES_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a report holds before it says that the rest is in the JSON and CSV files."""

    rows: int
    passports: int
    ways: int = 12
    holders: int = 8
    """How many people and identities the access table of a machine tells."""
    people: int = 20
    """How many of those with most reach."""


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
class Content:
    """Everything that a template gets."""

    organisation: str
    subject: Subject
    as_of: str
    fleet: Fleet
    exposed_once_started: int
    """How many of the machines that the internet reaches do not run now."""
    headline: str
    trust: str
    unread: tuple[CoverageLine, ...]
    meanings: tuple[tuple[str, str, int], ...]
    causes: tuple[CauseWords, ...]
    causes_left_out: int
    combinations: tuple[CombinationWords, ...]
    access_read: bool
    """Whether roles were read at all: else nobody knows who may act."""
    people: tuple[ReachWords, ...]
    people_left_out: int
    lines: tuple[LineWords, ...]
    rows: tuple[Row, ...]
    rows_left_out: int
    passports: tuple[Passport, ...]
    passports_left_out: int
    rules: tuple[RuleWords, ...]
    frameworks: tuple[Framework, ...]
    coverage: tuple[CoverageLine, ...]
    assumptions: tuple[str, ...]
    population: str
    """How the machines add up, in a few sentences."""


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
    answers = rule_words(assessment.rules, ranked, named)
    unread = tuple(line for line in assessment.coverage if line.outcome != "complete")
    once_started = _exposed_once_started(assessment)
    titles = {combination.id: combination.title for combination in assessment.combinations}
    access = assessment.access
    teller = Teller(access, holders=limits.holders) if access else None
    return Content(
        organisation=organisation,
        subject=assessment.subject,
        as_of=assessment.as_of,
        fleet=assessment.fleet,
        exposed_once_started=once_started,
        headline=_headline(assessment.fleet, once_started),
        trust=_trust(assessment, unread),
        unread=unread,
        meanings=tuple(
            (letter.value, MEANINGS[letter], count)
            for letter, count in sorted(assessment.fleet.distribution, key=lambda pair: pair[0].value)
        ),
        causes=_causes(assessment, rules, named),
        causes_left_out=max(0, len(assessment.causes) - _CAUSES_SHOWN),
        combinations=combination_words(assessment.combinations, ranked, named),
        access_read=access is not None,
        people=tuple(teller.reach(one) for one in access.people[: limits.people]) if access and teller else (),
        people_left_out=max(0, len(access.people) - limits.people) + access.people_left_out if access else 0,
        lines=tuple(lines(assessment, assessed, answers)),
        rows=tuple(
            row(result, assessed, label=labels[result.machine.key], rank=place, has_passport=place < limits.passports)
            for place, result in enumerate(ranked[: limits.rows])
        ),
        rows_left_out=max(0, len(ranked) - limits.rows),
        passports=tuple(
            passport(
                result,
                rules,
                assessed,
                label=labels[result.machine.key],
                rank=place,
                most_ways=limits.ways,
                toxic=toxic_words(result.toxic, titles),
                access=_who(teller, access, result, labels[result.machine.key]),
            )
            for place, result in enumerate(ranked[: limits.passports])
        ),
        passports_left_out=max(0, len(ranked) - limits.passports),
        rules=answers,
        frameworks=tuple(frameworks(answers)),
        coverage=assessment.coverage,
        assumptions=assessment.assumptions,
        population=assessment.population.says,
    )


def _who(teller: Teller | None, access: Overview | None, result: MachineResult, label: str) -> AccessWords | None:
    """Who may act on one machine; None where that was not read, or left out for its size."""
    table = access.tables.get(result.machine.key) if access else None
    return teller.table(table, label, anchor("vm", result.machine.key)) if table and teller else None


def _exposed_once_started(assessment: Assessment) -> int:
    """Of the machines that fail a rule which caps at F, those that do not run; `Fleet.internet_reachable` has both."""
    exposing = {rule.id for rule in assessment.rules if rule.caps_grade_at == Letter.F.value}
    asleep = (result for result in assessment.results if result.exposure.live is False)
    return sum(any(v.status is Status.FAIL and v.rule in exposing for v in result.verdicts) for result in asleep)


def _headline(fleet: Fleet, once_started: int) -> str:
    """How bad it is, in one sentence. A machine that does not run is a door that opens when it is started."""
    if not fleet.internet_reachable:
        sure = "No machine" if not fleet.uncertain else "As far as could be read, no machine"
        return f"{sure} can be tried by somebody on the internet."
    machines = f"{fleet.internet_reachable} of {counted(fleet.machines, 'machine')}"
    start = f"once {'it is' if once_started == 1 else 'they are'} started"
    if once_started == fleet.internet_reachable:
        machines += f" {start}"
    elif once_started:
        machines += f", to {number(once_started)} of them {start}"
    more = dict(fleet.distribution).get(Letter.F, 0) - fleet.internet_reachable
    perhaps = f", and perhaps to {number(more)} more" if more > 0 else ""
    return f"Somebody on the internet can try to log in to {machines}{perhaps}."


def _trust(assessment: Assessment, unread: Sequence[CoverageLine]) -> str:
    """How complete the evidence that rules ask is, in one or two sentences."""
    unknown = [sum(verdict.status is Status.UNKNOWN for verdict in result.verdicts) for result in assessment.results]
    machines = sum(count > 0 for count in unknown)
    asserted = sum(line.asserted for line in assessment.coverage)
    sentences: list[str] = []
    missing = len({line.table for line in unread if line.rules})
    if missing:
        tables = len({line.table for line in assessment.coverage if line.rules})
        sentences.append(f"{missing} of the {counted(tables, 'table')} that rules ask could not be read in full.")
    if machines:
        answers = counted(sum(unknown), "answer")
        sentences.append(
            f"{answers} about {counted(machines, 'machine')} {'is' if sum(unknown) == 1 else 'are'} unknown."
        )
    elif missing:
        sentences.append("No answer hangs on what is missing.")
    else:
        sentences.append("Everything that the rules ask for was read.")
    if asserted:
        sentences.append(f"{counted(asserted, 'table')} {'is' if asserted == 1 else 'are'} complete only by assertion.")
    missing_lines = len(Layer) - len(assessed_layers(assessment.rules))
    if missing_lines:
        sentences.append(f"{missing_lines} of {len(Layer)} lines of defence are not assessed yet.")
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


# ── Causes, and the scope in words ─────────────────────────────────────────────────────────────────────────────────


def _causes(assessment: Assessment, rules: Mapping[str, Rule], named: Mapping[str, Named]) -> tuple[CauseWords, ...]:
    return tuple(
        CauseWords(
            anchor=anchor("fix", f"{cause.rule}\n{cause.resource.lower()}"),
            rule=cause.rule,
            rule_title=rules[cause.rule].title,
            resource=cause.resource,
            # The judge's phrases start with a kind of thing ("NSG x", "no NSG"), never with a name.
            says=sentence_case(cause.says),
            fix=cause.fix,
            worth=_worth(len(cause.machines), cause.improves),
            becomes=cause.becomes.value if cause.becomes else "",
            machines=tuple(named[key] for key in cause.machines[:MACHINES_NAMED]),
            machines_left_out=max(0, len(cause.machines) - MACHINES_NAMED),
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


def scope_in_short(subject: Subject) -> str:
    """The scope as a running head has it."""
    count = len(subject.subscriptions)
    return f"Subscription {subject.subscriptions[0]}" if count == 1 else counted(count, "subscription")


def scope_words(subject: Subject) -> str:
    """The scope as a cover has it."""
    subscriptions = subject.subscriptions
    if len(subscriptions) == 1:
        return f"Subscription {subscriptions[0]}"
    return f"{counted(len(subscriptions), 'subscription')}: {listed(subscriptions, most=3)}" if subscriptions else ""
