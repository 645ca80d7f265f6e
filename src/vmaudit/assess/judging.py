"""The judge: facts and rules become verdicts, grades and causes. No rule is asked machine by machine."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from vmaudit.access.overview import Overview
from vmaudit.assess import az
from vmaudit.assess.assessment import (
    Assessment,
    Grade,
    LayerState,
    Letter,
    Machine,
    MachineResult,
    Subject,
)
from vmaudit.assess.causes import find_causes
from vmaudit.assess.columns import Columns, columns, combine
from vmaudit.assess.combination import Combination
from vmaudit.assess.coverage import asserted_tables, assumptions, coverage
from vmaudit.assess.excuses import excused_machines
from vmaudit.assess.facts.case import Case, cases
from vmaudit.assess.grade import badness, cap, fleet, grade, layer_states
from vmaudit.assess.population import population
from vmaudit.assess.rule import Layer, Rule
from vmaudit.assess.settings import settings_in_force
from vmaudit.assess.toxic import ToxicColumn, asked_by, at_machines, find_toxic
from vmaudit.assess.verdicts import Failure, RuleVerdicts, statuses, word
from vmaudit.assess.wording import asked_facts
from vmaudit.errors import EvidenceError
from vmaudit.estate.conditional_access import NO_POLICIES_READ, ConditionalAccess
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Key
from vmaudit.estate.rights import NOTHING_READ, Rights
from vmaudit.exposure.paths import MachineExposure
from vmaudit.known import Unknown
from vmaudit.snapshot.manifest import Manifest

NOT_READ: Final = "unknown"
"""How a report calls an operating system or a power state that was not read."""


def assess(  # noqa: PLR0913 - each is one input of an audit
    estate: Estate,
    exposures: Mapping[Key, MachineExposure],
    rules: Sequence[Rule],
    *,
    subject: Subject,
    as_of: str,
    manifest: Manifest,
    rights: Rights = NOTHING_READ,
    conditional_access: ConditionalAccess = NO_POLICIES_READ,
    combinations: Sequence[Combination] = (),
) -> Assessment:
    """Judge every machine by every rule. Raises EvidenceError where there is none: nothing audited is nothing clean."""
    if not estate.machines:
        raise EvidenceError(
            "the evidence holds no virtual machine, so there is nothing to audit",
            "import the machines too, or check what the reader was allowed to see",
        )
    gathered = cases(estate, exposures, as_of, settings_in_force(rules), rights, conditional_access)
    caps = {one.id: cap(one) for one in (*rules, *combinations)}
    table = columns(gathered, sorted(_asked(rules, combinations)))
    verdicts, failures, excused = _judge(gathered, rules, table, asserted_tables(manifest))
    toxic = find_toxic(combinations, table, len(gathered))
    results = _results(gathered, rules, verdicts, toxic, caps)
    return Assessment(
        subject=subject,
        as_of=as_of,
        rules=tuple(rules),
        results=results,
        fleet=fleet(results, caps),
        causes=find_causes(failures, results, caps, {one.id: frozenset(one.parts) for one in combinations}),
        coverage=coverage(manifest, (*rules, *combinations)),
        assumptions=(*excused, *assumptions(manifest, exposures)),
        population=population(manifest, estate.machines),
        combinations=tuple(combinations),
        access=_access(gathered, results),
    )


def _access(gathered: Sequence[Case], results: Sequence[MachineResult]) -> Overview | None:
    """Who may act; in a tenant that is too large for a report, on the worst machines."""
    worst = sorted(zip(gathered, results, strict=True), key=lambda pair: -badness(pair[1].grade.worst))
    return gathered[0].around.access.overview(case.machine for case, _ in worst)


def _asked(rules: Sequence[Rule], combinations: Sequence[Combination]) -> set[str]:
    """Every fact that somebody asks for."""
    names = (*map(asked_facts, rules), *map(asked_by, combinations))
    return {name for each in names for name in each}


def _judge(
    gathered: Sequence[Case], rules: Sequence[Rule], table: Columns, asserted: Mapping[str, str]
) -> tuple[list[RuleVerdicts], list[Failure], tuple[str, ...]]:
    """All verdicts, all failures, and in words which failures configuration excuses."""
    found = statuses(rules, table, len(gathered))
    by_id = {rule.id: rule for rule in rules}
    verdicts: list[RuleVerdicts] = []
    failures: list[Failure] = []
    for rule in rules:
        worded, failed = word(rule, found, table, gathered, by_id, asserted)
        verdicts.append(worded)
        failures += failed
    counts = {rule.id: int(np.count_nonzero(found[rule.id].excused)) for rule in rules}
    return verdicts, failures, tuple(excused_machines(rules, counts))


def _results(
    gathered: Sequence[Case],
    rules: Sequence[Rule],
    verdicts: Sequence[RuleVerdicts],
    toxic: Sequence[ToxicColumn],
    caps: Mapping[str, Letter],
) -> tuple[MachineResult, ...]:
    """Machines in the same situation share all but their names; a grade is made once per set of statuses."""
    layers: dict[str, Layer] = {rule.id: rule.layer for rule in rules}
    first, place = combine([one.place for one in (*verdicts, *toxic)], len(gathered))
    together = list(zip(*(worded.at(first) for worded in verdicts), strict=True))
    combined = list(at_machines(toxic, first))
    graded: dict[tuple[object, ...], tuple[Grade, tuple[tuple[str, LayerState], ...]]] = {}
    grades: list[tuple[Grade, tuple[tuple[str, LayerState], ...]]] = []
    for each, found in zip(together, combined, strict=True):
        key = (*(verdict.status for verdict in each), *((one.combination, one.certain) for one in found))
        if key not in graded:
            graded[key] = grade(each, caps, found), layer_states(each, layers)
        grades.append(graded[key])
    results: list[MachineResult] = []
    for case, number in zip(gathered, map(int, place), strict=True):
        letter, states = grades[number]
        results.append(MachineResult(_machine(case), letter, together[number], states, case.exposure, combined[number]))
    return tuple(results)


def _machine(case: Case) -> Machine:
    machine = case.machine
    subscription, resource_group = _home(machine.id.partition("/providers/")[0])
    return Machine(
        key=case.key,
        id=machine.id,
        name=machine.name,
        resource_group=resource_group,
        subscription=subscription,
        location=machine.location,
        operating_system=NOT_READ if isinstance(machine.operating_system, Unknown) else machine.operating_system,
        power=NOT_READ if isinstance(machine.power, Unknown) else machine.power.value,
        tags=machine.tags,
    )


@lru_cache(maxsize=65536)
def _home(scope: str) -> tuple[str, str]:
    return az.segment(scope, "subscriptions"), az.segment(scope, "resourceGroups")
