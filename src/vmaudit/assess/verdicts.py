"""Statuses for all machines at once, and one verdict per situation that machines share."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from vmaudit.assess.assessment import Status, Verdict
from vmaudit.assess.columns import Columns, combine
from vmaudit.assess.conditions import Finding, answers, prepared
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Level, Remedy
from vmaudit.assess.logic import Answers, Truth
from vmaudit.assess.rule import Rule
from vmaudit.assess.wording import Wording, asked_facts, wording

STATUSES: Final = tuple(Status)
"""The status that a code in an array of statuses stands for."""
_CODE: Final = {status: code for code, status in enumerate(STATUSES)}

Statuses = npt.NDArray[np.int8]


class Failure(msgspec.Struct, frozen=True, gc=False):
    """One machine (by its row) that fails a rule, and all that must be mended before it does not."""

    row: int
    rule: Rule
    remedies: tuple[Remedy, ...]


@dataclass(frozen=True, slots=True)
class RuleVerdicts:
    """One rule's verdicts: machine `i` has `verdicts[place[i]]`."""

    verdicts: Sequence[Verdict]
    place: npt.NDArray[np.int64]

    def at(self, rows: npt.NDArray[np.int64]) -> list[Verdict]:
        """The verdicts of these machines."""
        return [self.verdicts[number] for number in map(int, self.place[rows])]


def statuses(rules: Sequence[Rule], table: Columns, size: int) -> dict[str, Statuses]:
    """What every rule says about every machine, by the rule's id. Needed rules must be among the rules."""
    by_id = {rule.id: rule for rule in rules}
    found: dict[str, Statuses] = {}

    def judge(rule: Rule) -> Statuses:
        if rule.id not in found:
            needed = [judge(by_id[name]) for name in rule.needs]
            found[rule.id] = _statuses(rule, table, size, needed)
        return found[rule.id]

    for rule in rules:
        judge(rule)
    return found


def _statuses(rule: Rule, table: Columns, size: int, needed: Sequence[Statuses]) -> Statuses:
    """Yes is bad. Whether the rule applies comes first, then whether there is something to look at at all."""
    bad = answers(prepared(rule.fail_when), table)
    applies: Answers = (
        np.full(size, Truth.YES, np.int8) if rule.applies_when is None else answers(prepared(rule.applies_when), table)
    )
    return np.select(
        [
            applies == Truth.NO,
            _any_failed(needed, size),
            (applies == Truth.UNKNOWN) | (bad == Truth.UNKNOWN),
            bad == Truth.YES,
        ],
        [
            _CODE[Status.NOT_APPLICABLE],
            _CODE[Status.NOT_REACHED],
            _CODE[Status.UNKNOWN],
            _CODE[Status.FAIL],
        ],
        _CODE[Status.PASS],
    ).astype(np.int8)


def _failed(codes: Statuses) -> npt.NDArray[np.bool_]:
    return np.isin(codes, (_CODE[Status.FAIL], _CODE[Status.NOT_REACHED]))


def _any_failed(needed: Sequence[Statuses], size: int) -> npt.NDArray[np.bool_]:
    failed = np.zeros(size, np.bool_)
    for codes in needed:
        failed |= _failed(codes)
    return failed


def word(
    rule: Rule,
    found: Mapping[str, Statuses],
    table: Columns,
    cases: Sequence[Case],
    by_id: Mapping[str, Rule],
    asserted: Mapping[str, str],
) -> tuple[RuleVerdicts, list[Failure]]:
    """The rule's verdicts in words, each built once for all machines that share it, and its failures."""
    speaker = wording(rule)
    failed = {name: _failed(found[name]) for name in rule.needs}
    needs = [codes.astype(np.int64) for codes in failed.values()]
    parts = [found[rule.id].astype(np.int64), *needs, *_codes_that_count(speaker, found[rule.id], table)]
    first, place = combine(parts, len(cases))
    verdicts: list[Verdict] = []
    reasons: list[tuple[Finding, ...]] = []
    for row in map(int, first):
        read = partial(_value, table, row)
        status = STATUSES[int(found[rule.id][row])]
        why = speaker.reasons(status, read)
        needed = next((by_id[name] for name in rule.needs if failed[name][row]), None)
        behind = (needed.id,) if needed and status is Status.NOT_REACHED else ()
        proof = (*speaker.proof(status, read), *speaker.assumptions(status, why, asserted), *behind)
        verdicts.append(Verdict(rule.id, status, speaker.sentence(status, why, read, needed), proof))
        reasons.append(why)
    return _with_remedies(rule, RuleVerdicts(verdicts, place), reasons, cases)


def _codes_that_count(speaker: Wording, codes: Statuses, table: Columns) -> Iterator[npt.NDArray[np.int64]]:
    """The codes of each fact where the verdict rests on it and 0 elsewhere, so that no other fact splits verdicts."""
    for name in asked_facts(speaker.rule):
        counting = [code for code, status in enumerate(STATUSES) if name in speaker.resting_on[status]]
        yield np.where(np.isin(codes, counting), table[name].codes, 0)


def _value(table: Columns, row: int, name: str) -> Any:
    column = table[name]
    return column.distinct[int(column.codes[row])]


def _with_remedies(
    rule: Rule, shared: RuleVerdicts, reasons: Sequence[tuple[Finding, ...]], cases: Sequence[Case]
) -> tuple[RuleVerdicts, list[Failure]]:
    """Failing machines get the proof of their own: the resources at fault. Those at fault for many stay shared.

    Where the facts name nothing, it is the machine itself, with the rule's own words.
    """
    failing = np.array([verdict.status is Status.FAIL for verdict in shared.verdicts])
    verdicts = list(shared.verdicts)
    place = shared.place.copy()
    # Where all that was found is true of a network, so is what mends it.
    of_network = [all(finding.fact.level is Level.NETWORK for finding in each) for each in reasons]
    by_network: dict[tuple[int, Hashable], tuple[int, tuple[Remedy, ...]]] = {}
    known: dict[tuple[int, tuple[Remedy, ...]], int] = {}
    failures: list[Failure] = []
    for row in np.flatnonzero(failing[shared.place]).tolist():
        at = int(shared.place[row])
        case = cases[row]
        found = by_network.get((at, case.place)) if of_network[at] else None
        if found is None:
            named = _named(case, reasons[at])
            remedies = named or (Remedy(case.machine.id, verdicts[at].says, rule.fix),)
            number = known.get((at, remedies))
            if number is None:
                number = known[at, remedies] = len(verdicts)
                proof = dict.fromkeys(remedy.proof or remedy.resource for remedy in remedies)
                verdicts.append(Verdict(rule.id, Status.FAIL, verdicts[at].says, (*verdicts[at].proof, *proof)))
            found = number, remedies
            if named and of_network[at]:
                by_network[at, case.place] = found
        place[row] = found[0]
        failures.append(Failure(row, rule, found[1]))
    return RuleVerdicts(verdicts, place), failures


def _named(case: Case, reasons: Sequence[Finding]) -> tuple[Remedy, ...]:
    """What the facts name as that which mends what was found."""
    given = [finding.fact.remedies(case, finding.found) for finding in reasons]
    return given[0] if len(given) == 1 else tuple(dict.fromkeys(remedy for each in given for remedy in each))
