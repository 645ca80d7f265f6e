"""Verdicts in words: what is wrong, what holds, what was not read, and the facts that say so."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from vmaudit.assess.assessment import Status
from vmaudit.assess.conditions import Finding, ReadFact, findings
from vmaudit.assess.facts import FACTS
from vmaudit.assess.kinds import listed
from vmaudit.assess.logic import Truth
from vmaudit.assess.rule import Rule
from vmaudit.assess.rule_file import FOUND, PLACEHOLDER
from vmaudit.assess.values import doubt

_MOST_REASONS: Final = 3


def asked_facts(rule: Rule) -> tuple[str, ...]:
    """The facts that the rule's condition or its sentences name, sorted."""
    words = {*PLACEHOLDER.findall(rule.says), *PLACEHOLDER.findall(rule.holds)} - {FOUND}
    return tuple(sorted(words.union(rule.facts)))


def causes_of_failure(rule: Rule, read: ReadFact) -> tuple[Finding, ...]:
    """What makes the rule fail."""
    return tuple(findings(rule.fail_when, read, Truth.YES))


def sentence(rule: Rule, status: Status, read: ReadFact, needed: Rule | None) -> str:
    """The verdict as a sentence; `needed` is the failed rule that stands in front of this one."""
    match status:
        case Status.FAIL:
            found = dict.fromkeys(finding.words for finding in causes_of_failure(rule, read))
            return _filled(rule.says, read, listed(found))
        case Status.PASS:
            return _filled(rule.holds, read, "")
        case Status.UNKNOWN:
            return f"Not known: {_reasons(_doubts(rule, read))}"
        case Status.NOT_APPLICABLE:
            return f"Does not apply: {_reasons(_exemptions(rule, read))}"
        case Status.NOT_REACHED:
            return f"Not reached: {needed.id} comes first ({needed.title})" if needed else "Not reached"


def _filled(text: str, read: ReadFact, found: str) -> str:
    def word(name: str) -> str:
        return found if name == FOUND else FACTS[name].show(read(name))

    filled = PLACEHOLDER.sub(lambda match: word(match[1]), text)
    return filled[:1].upper() + filled[1:]


def _doubts(rule: Rule, read: ReadFact) -> Iterable[str]:
    conditions = (rule.fail_when,) if rule.applies_when is None else (rule.applies_when, rule.fail_when)
    for condition in conditions:
        for finding in findings(condition, read, Truth.UNKNOWN):
            yield doubt(finding.found) or finding.fact.label


def _exemptions(rule: Rule, read: ReadFact) -> Iterable[str]:
    if rule.applies_when is not None:
        for finding in findings(rule.applies_when, read, Truth.NO):
            yield f"{finding.fact.label}: {finding.words}"


def _reasons(texts: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(texts))
    left = len(distinct) - _MOST_REASONS
    return "; ".join([*distinct[:_MOST_REASONS], *([f"and {left} more"] if left > 0 else [])])


def fact_lines(rule: Rule, read: ReadFact) -> tuple[str, ...]:
    """The facts that the verdict rests on, each as `name: value`."""
    return tuple(f"{name}: {FACTS[name].show(read(name))}" for name in rule.facts)


def assumption_lines(
    status: Status, facts: Sequence[str], found: Sequence[Finding], asserted: Mapping[str, str]
) -> tuple[str, ...]:
    """What the verdict takes for granted because a person asserted it; `asserted` gives table titles by name.

    A pass leans on nothing being hidden. A failure does only where it is an absence that fails.
    """
    if status in (Status.PASS, Status.NOT_APPLICABLE):
        leaning = [FACTS[name] for name in facts]
    elif status is Status.FAIL:
        leaning = [finding.fact for finding in found if finding.fact.absence_fails]
    else:
        return ()
    tables = dict.fromkeys(table for fact in leaning for table in fact.whole if table in asserted)
    return tuple(f"assumed: {asserted[table]}: the files are asserted to hold all of them" for table in tables)
