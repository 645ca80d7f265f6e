"""Verdicts in words: what is wrong, what holds, what was not read, and the facts that say so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vmaudit.assess.assessment import Status
from vmaudit.assess.conditions import Asked, Finding, ReadFact, findings, prepared
from vmaudit.assess.facts import FACTS
from vmaudit.assess.kinds import listed
from vmaudit.assess.logic import Truth
from vmaudit.assess.rule import Rule, fact_names
from vmaudit.assess.rule_file import FOUND, PLACEHOLDER
from vmaudit.assess.values import doubt

_MOST_REASONS: Final = 3


@dataclass(frozen=True, slots=True)
class Wording:
    """How one rule speaks. `resting_on` are the facts that a verdict's sentence and proof depend on, by its status."""

    rule: Rule
    applies: Asked | None
    fails: Asked
    resting_on: Mapping[Status, tuple[str, ...]]

    def reasons(self, status: Status, read: ReadFact) -> tuple[Finding, ...]:
        """What made the verdict what it is."""
        match status:
            case Status.FAIL:
                return tuple(findings(self.fails, read, Truth.YES))
            case Status.UNKNOWN:
                unsure = findings(self.applies, read, Truth.UNKNOWN) if self.applies else ()
                return (*unsure, *findings(self.fails, read, Truth.UNKNOWN))
            case Status.NOT_APPLICABLE:
                return tuple(findings(self.applies, read, Truth.NO)) if self.applies else ()
            case _:
                return ()

    def sentence(self, status: Status, reasons: Sequence[Finding], read: ReadFact, needed: Rule | None) -> str:
        """The verdict in words; `needed` is the failed rule that stands in front of this one."""
        match status:
            case Status.FAIL:
                told = [reason for reason in reasons if reason.tells] or reasons
                return filled(self.rule.says, read, listed(dict.fromkeys(reason.words for reason in told)))
            case Status.PASS:
                return filled(self.rule.holds, read, "")
            case Status.UNKNOWN:
                return f"Not known: {joined(doubt(reason.found) or reason.fact.label for reason in reasons)}"
            case Status.NOT_APPLICABLE:
                return f"Does not apply ({joined(f'{reason.fact.label}: {reason.words}' for reason in reasons)})"
            case Status.NOT_REACHED:
                return f"Not reached: {needed.id} comes first ({needed.title})" if needed else "Not reached"

    def proof(self, status: Status, read: ReadFact) -> tuple[str, ...]:
        """The facts that the verdict rests on, each as `name: value`."""
        return tuple(f"{name}: {FACTS[name].show(read(name))}" for name in self.resting_on[status])

    def assumptions(self, status: Status, reasons: Sequence[Finding], asserted: Mapping[str, str]) -> tuple[str, ...]:
        """What the verdict takes for granted because a person asserted it; `asserted` gives table titles by name.

        A pass leans on nothing being hidden. A failure does only where it is an absence that fails.
        """
        match status:
            case Status.PASS | Status.NOT_APPLICABLE:
                leaning = [FACTS[name] for name in self.resting_on[status]]
            case Status.FAIL:
                leaning = [reason.fact for reason in reasons if reason.fact.absence_fails]
            case _:
                leaning = []
        tables = dict.fromkeys(table for fact in leaning for table in fact.whole if table in asserted)
        return tuple(f"assumed: {asserted[table]}: the files are asserted to hold all of them" for table in tables)


def wording(rule: Rule) -> Wording:
    """A rule, ready to speak."""
    failing = fact_names(rule.fail_when)
    applying = fact_names(rule.applies_when) if rule.applies_when else set[str]()
    resting_on: dict[Status, set[str]] = {
        Status.PASS: failing | _placeholders(rule.holds),
        Status.FAIL: failing | _placeholders(rule.says),
        Status.UNKNOWN: failing | applying,
        Status.NOT_APPLICABLE: applying,
        Status.NOT_REACHED: set(),
    }
    return Wording(
        rule=rule,
        applies=prepared(rule.applies_when) if rule.applies_when else None,
        fails=prepared(rule.fail_when),
        resting_on={status: tuple(sorted(names)) for status, names in resting_on.items()},
    )


def asked_facts(rule: Rule) -> tuple[str, ...]:
    """The facts that the rule's conditions or its sentences name, sorted."""
    return tuple(sorted({*rule.facts, *_placeholders(rule.says), *_placeholders(rule.holds)}))


def _placeholders(text: str) -> set[str]:
    return {*PLACEHOLDER.findall(text)} - {FOUND}


def filled(text: str, read: ReadFact, found: str) -> str:
    """A sentence with its placeholders filled in."""

    def word(name: str) -> str:
        return found if name == FOUND else FACTS[name].show(read(name))

    sentence = PLACEHOLDER.sub(lambda match: word(match[1]), text)
    return sentence[:1].upper() + sentence[1:]


def joined(texts: Iterable[str]) -> str:
    """The first few of some clauses, each once."""
    distinct = list(dict.fromkeys(texts))
    left = len(distinct) - _MOST_REASONS
    return "; ".join([*distinct[:_MOST_REASONS], *([f"and {left} more"] if left > 0 else [])])
