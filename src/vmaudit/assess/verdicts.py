"""Statuses for all machines at once, and one verdict per situation that machines share."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from vmaudit.assess.assessment import Status, Verdict
from vmaudit.assess.columns import Columns, combine
from vmaudit.assess.conditions import Finding, ReadFact, answer, answers, prepared
from vmaudit.assess.excuses import Excused, switched_off
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Level, Remedy
from vmaudit.assess.logic import Answers, Truth
from vmaudit.assess.rule import Rule, Severity
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


@dataclass(frozen=True, slots=True)
class Standing:
    """What one rule says about every machine, and where it does not apply because configuration excuses a failure."""

    codes: Statuses
    excused: npt.NDArray[np.bool_]


def statuses(rules: Sequence[Rule], table: Columns, size: int) -> dict[str, Standing]:
    """What every rule says about every machine, by the rule's id.

    Needed rules must be among the rules, and so must those that excuse a rule which is switched off.
    """
    by_id = {rule.id: rule for rule in rules}
    found: dict[str, Standing] = {}

    def judge(rule: Rule) -> Standing:
        if rule.id not in found:
            needed = [judge(by_id[name]) for name in rule.needs]
            stand_ins = rule.excuse.stand_ins if rule.excuse and switched_off(rule, by_id) else ()
            excuse = _excuse([judge(by_id[name]).codes for name in stand_ins], size)
            found[rule.id] = _standing(rule, table, needed, excuse)
        return found[rule.id]

    for rule in rules:
        judge(rule)
    return found


def _excuse(stand_ins: Sequence[Statuses], size: int) -> Answers:
    """Whether a failure is excused, by what the rules say that stand in together; without any it is not."""
    passes = np.full(size, bool(stand_ins))
    may_pass = passes.copy()
    for codes in stand_ins:
        passes &= codes == _CODE[Status.PASS]
        may_pass &= np.isin(codes, (_CODE[Status.PASS], _CODE[Status.UNKNOWN]))
    return np.select([passes, may_pass], [Truth.YES, Truth.UNKNOWN], Truth.NO).astype(np.int8)


def _standing(rule: Rule, table: Columns, needed: Sequence[Standing], excuse: Answers) -> Standing:
    """Yes is bad. Whether the rule applies comes first, then whether there is something to look at at all.

    Where there is nothing to look at because configuration excuses that, the rule does not apply either.
    """
    size = len(excuse)
    bad = answers(prepared(rule.fail_when), table)
    applies: Answers = (
        np.full(size, Truth.YES, np.int8) if rule.applies_when is None else answers(prepared(rule.applies_when), table)
    )
    nothing_there = np.logical_or.reduce([np.zeros(size, np.bool_), *(each.excused for each in needed)])
    in_doubt = (applies == Truth.UNKNOWN) | (bad == Truth.UNKNOWN) | ((bad == Truth.YES) & (excuse == Truth.UNKNOWN))
    codes = np.select(
        [
            applies == Truth.NO,
            _any_failed([each.codes for each in needed], size),
            nothing_there,
            (bad == Truth.YES) & (excuse == Truth.YES),
            in_doubt,
            bad == Truth.YES,
        ],
        [
            _CODE[Status.NOT_APPLICABLE],
            _CODE[Status.NOT_REACHED],
            _CODE[Status.NOT_APPLICABLE],
            _CODE[Status.NOT_APPLICABLE],
            _CODE[Status.UNKNOWN],
            _CODE[Status.FAIL],
        ],
        _CODE[Status.PASS],
    ).astype(np.int8)
    return Standing(codes, (codes == _CODE[Status.NOT_APPLICABLE]) & (applies != Truth.NO))


def _failed(codes: Statuses) -> npt.NDArray[np.bool_]:
    return np.isin(codes, (_CODE[Status.FAIL], _CODE[Status.NOT_REACHED]))


def _any_failed(needed: Sequence[Statuses], size: int) -> npt.NDArray[np.bool_]:
    failed = np.zeros(size, np.bool_)
    for codes in needed:
        failed |= _failed(codes)
    return failed


def word(
    rule: Rule,
    found: Mapping[str, Standing],
    table: Columns,
    cases: Sequence[Case],
    by_id: Mapping[str, Rule],
    asserted: Mapping[str, str],
) -> tuple[RuleVerdicts, list[Failure]]:
    """The rule's verdicts in words, each built once for all machines that share it, and its failures."""
    speaker = wording(rule)
    codes = found[rule.id].codes
    failed = {name: _failed(found[name].codes) for name in rule.needs}
    needs = [each.astype(np.int64) for each in failed.values()]
    excuses = [each.astype(np.int64) for each in _excuse_codes(rule, found, by_id)]
    parts = [codes.astype(np.int64), *needs, *excuses, *_codes_that_count(speaker, codes, table)]
    first, place = combine(parts, len(cases))
    verdicts: list[Verdict] = []
    reasons: list[tuple[Finding, ...]] = []
    for row in map(int, first):
        read = partial(_value, table, row)
        status = STATUSES[int(codes[row])]
        why = speaker.reasons(status, read)
        needed = next((by_id[name] for name in rule.needs if failed[name][row]), None)
        behind = (needed.id,) if needed and status is Status.NOT_REACHED else ()
        excuse = _excuse_of(rule, found, by_id, row)
        leaning = (*speaker.assumptions(status, why, asserted), *behind, *excuse.proof)
        says = excuse.sentence(status, why) or speaker.sentence(status, why, read, needed)
        proof = (*speaker.proof(status, read), *leaning)
        verdicts.append(Verdict(rule.id, status, says, proof, raised(rule, status, read)))
        reasons.append(why)
    return _with_remedies(rule, RuleVerdicts(verdicts, place), reasons, cases)


def raised(rule: Rule, status: Status, read: ReadFact) -> Severity | None:
    """The severity of a verdict that is worse than others of its rule. What was not read does not make it any less."""
    if rule.raised is None or status is not Status.FAIL:
        return None
    return None if answer(prepared(rule.raised.when), read) is Truth.NO else rule.raised.severity


def _excuse_codes(
    rule: Rule, found: Mapping[str, Standing], by_id: Mapping[str, Rule]
) -> Iterator[npt.NDArray[np.int8] | npt.NDArray[np.bool_]]:
    """What tells machines apart that configuration excuses, or might."""
    yield from (found[name].excused for name in rule.needs)
    if rule.excuse and switched_off(rule, by_id):
        yield from (found[name].codes for name in rule.excuse.stand_ins)
        yield found[rule.id].excused


def _excuse_of(rule: Rule, found: Mapping[str, Standing], by_id: Mapping[str, Rule], row: int) -> Excused:
    """How configuration bears on one verdict."""
    through = next((name for name in rule.needs if found[name].excused[row]), "")
    standing: tuple[str, ...] = ()
    if rule.excuse and switched_off(rule, by_id):
        standing = tuple(STATUSES[int(found[name].codes[row])].value for name in rule.excuse.stand_ins)
    return Excused(rule, bool(found[rule.id].excused[row]), through, standing)


def _codes_that_count(speaker: Wording, codes: Statuses, table: Columns) -> Iterator[npt.NDArray[np.int64]]:
    """The codes of each fact where the verdict rests on it and 0 elsewhere, so that no other fact splits verdicts."""
    for name in asked_facts(speaker.rule):
        counting = [code for code, status in enumerate(STATUSES) if name in speaker.resting_on[status]]
        yield np.where(np.isin(codes, counting), table[name].codes, 0)


def _value(table: Columns, row: int, name: str) -> Any:
    column = table[name]
    return column.distinct[int(column.codes[row])]


_Mended: TypeAlias = tuple[int, tuple[Remedy, ...]]
"""The place of a verdict, and what must be mended before it is another."""


class _Mending:
    """Finds what mends each failure of a rule, and gives failures their verdict: those at fault for many stay shared.

    Where the facts name nothing, it is the machine itself, with the rule's own words.
    """

    def __init__(self, rule: Rule, verdicts: Sequence[Verdict], reasons: Sequence[tuple[Finding, ...]]) -> None:
        self.verdicts = list(verdicts)
        self._rule = rule
        self._reasons = reasons
        # Where all that was found is true of a network, so is what mends it; and likewise of the tenant.
        self._levels = [_shared_levels(each) for each in reasons]
        self._by_place: dict[tuple[Hashable, ...], _Mended] = {}
        # Facts give the same object for machines in the same situation: cheaper to look up than all that is in it.
        self._by_identity: dict[tuple[int, int], tuple[tuple[Remedy, ...], _Mended]] = {}
        self._known: dict[tuple[int, tuple[Remedy, ...]], _Mended] = {}

    def of(self, case: Case, at: int) -> _Mended:
        """What mends the failure of one machine that has the verdict at place `at`."""
        place = at, *[level.place(case) for level in self._levels[at]]
        found = self._by_place.get(place) if len(place) > 1 else None
        if found is not None:
            return found
        named = _named(case, self._reasons[at])
        if not named:
            return self._with_proof(at, (Remedy(case.machine.id, self.verdicts[at].says, self._rule.fix),))
        found = self._of_named(at, named)
        if len(place) > 1:
            self._by_place[place] = found
        return found

    def _of_named(self, at: int, named: tuple[Remedy, ...]) -> _Mended:
        # What was named is kept beside what was made of it, so that nothing else can come to have its identity.
        seen = self._by_identity.get((at, id(named)))
        if seen is None:
            seen = self._by_identity[at, id(named)] = named, self._with_proof(at, named)
        return seen[1]

    def _with_proof(self, at: int, remedies: tuple[Remedy, ...]) -> _Mended:
        found = self._known.get((at, remedies))
        if found is None:
            found = self._known[at, remedies] = len(self.verdicts), remedies
            plain = self.verdicts[at]
            proof = dict.fromkeys(remedy.proof or remedy.resource for remedy in remedies)
            self.verdicts.append(replace(plain, proof=(*plain.proof, *proof)))
        return found


def _with_remedies(
    rule: Rule, shared: RuleVerdicts, reasons: Sequence[tuple[Finding, ...]], cases: Sequence[Case]
) -> tuple[RuleVerdicts, list[Failure]]:
    """Failing machines get the proof of their own: the resources at fault."""
    failing = np.array([verdict.status is Status.FAIL for verdict in shared.verdicts])
    mending = _Mending(rule, shared.verdicts, reasons)
    place = shared.place.copy()
    failures: list[Failure] = []
    for row in np.flatnonzero(failing[shared.place]).tolist():
        place[row], remedies = mending.of(cases[row], int(shared.place[row]))
        failures.append(Failure(row, rule, remedies))
    return RuleVerdicts(mending.verdicts, place), failures


def _shared_levels(reasons: Sequence[Finding]) -> tuple[Level, ...]:
    """The levels at which all of it was found; () where some of it is about the machine alone."""
    levels = {finding.fact.level: None for finding in reasons}
    return () if Level.MACHINE in levels else tuple(levels)


def _named(case: Case, reasons: Sequence[Finding]) -> tuple[Remedy, ...]:
    """What the facts name as that which mends what was found."""
    given = [finding.fact.remedies(case, finding.found) for finding in reasons]
    return given[0] if len(given) == 1 else tuple(dict.fromkeys(remedy for each in given for remedy in each))
