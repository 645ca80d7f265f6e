"""Root causes: failures grouped by the one thing that is to be mended, and what mending it is worth."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from vmaudit.assess.assessment import Cause, Letter, MachineResult, Status
from vmaudit.assess.facts.fact import Remedy
from vmaudit.assess.grade import badness, lowest
from vmaudit.assess.rule import Rule, Severity
from vmaudit.assess.verdicts import Failure

_PLACE: Final = {severity: place for place, severity in enumerate(Severity)}
_COUNTING: Final = (Status.FAIL, Status.UNKNOWN)
_MOST_SAID: Final = 3

_Known: TypeAlias = dict[tuple[int, frozenset[str]], Letter]
"""Worst grades by situation and by what would be mended in it."""


@dataclass(frozen=True, slots=True)
class _Caps:
    """The caps of rules and toxic combinations by id, and the parts of the latter."""

    by_id: Mapping[str, Letter]
    parts: Mapping[str, frozenset[str]]


@dataclass(slots=True)
class _Group:
    """All failures in which one resource is at fault."""

    rules: dict[str, Rule] = field(default_factory=dict[str, Rule])
    remedies: dict[Remedy, None] = field(default_factory=dict[Remedy, None])
    mended: dict[int, set[str]] = field(default_factory=dict[int, set[str]])
    """Per machine, the rules that would pass: those in which nothing else is at fault."""


def find_causes(
    failures: Sequence[Failure],
    results: Sequence[MachineResult],
    caps: Mapping[str, Letter],
    parts: Mapping[str, frozenset[str]],
) -> tuple[Cause, ...]:
    """Every cause, most worth mending first: by how many machines it keeps at F, then at D, and so on.

    `parts` are the rules that each toxic combination is made of: where one of them is mended, the combination is gone.
    """
    known: _Known = {}
    ranked: list[tuple[tuple[object, ...], Cause]] = []
    for (resource, _), group in _groups(failures).items():
        cause, held = _cause(resource, group, results, _Caps(caps, parts), known)
        kept = tuple(-held[letter] for letter in reversed(Letter))
        ranked.append(((kept, -cause.improves, -len(cause.machines), cause.rule, cause.resource.lower()), cause))
    return tuple(cause for _, cause in sorted(ranked, key=lambda pair: pair[0]))


def _groups(failures: Sequence[Failure]) -> dict[tuple[str, str], _Group]:
    groups: dict[tuple[str, str], _Group] = defaultdict(_Group)
    # Machines in the same situation have the same object for what mends them (verdicts.py): it is looked into once.
    at_fault: dict[tuple[str, int], list[_Group]] = {}
    for failure in failures:
        rule = failure.rule
        found = at_fault.get((rule.id, id(failure.remedies)))
        if found is None:
            found = at_fault[rule.id, id(failure.remedies)] = _at_fault(failure, groups)
        for group in found:
            mended = group.mended.setdefault(failure.row, set())
            if len(found) == 1:
                mended.add(rule.id)
    return groups


def _at_fault(failure: Failure, groups: dict[tuple[str, str], _Group]) -> list[_Group]:
    """The groups that a failure belongs to, which know of its rule and remedies from now on."""
    found: dict[tuple[str, str], _Group] = {}
    for remedy in failure.remedies:
        place = remedy.resource, remedy.part
        group = found[place] = groups[place]
        group.rules[failure.rule.id] = failure.rule
        group.remedies[remedy] = None
    return list(found.values())


def _cause(
    resource: str,
    group: _Group,
    results: Sequence[MachineResult],
    caps: _Caps,
    known: _Known,
) -> tuple[Cause, Counter[Letter]]:
    """The cause, and how many machines it keeps at which letter."""
    held = Counter[Letter]()
    become = Counter[Letter]()
    for row, mended in group.mended.items():
        now = results[row].grade
        # Machines with the same statuses share the very same grade, so its identity stands for all of them.
        situation = (id(now), frozenset(mended))
        if situation not in known:
            known[situation] = _worst_without(results[row], mended, caps)
        after = known[situation]
        if not group.rules.keys().isdisjoint(now.decided_by):
            held[now.worst] += 1
        if after is not now.worst:
            become[after] += 1
    leading = min(
        group.rules.values(), key=lambda rule: (-badness(caps.by_id[rule.id]), _PLACE[rule.severity], rule.id)
    )
    cause = Cause(
        rule=leading.id,
        resource=resource,
        says=_said(group),
        fix=" && ".join(dict.fromkeys(remedy.fix for remedy in group.remedies)),
        machines=tuple(results[row].machine.key for row in sorted(group.mended)),
        improves=become.total(),
        becomes=lowest(become) if become else None,
    )
    return cause, held


def _worst_without(result: MachineResult, mended: set[str], caps: _Caps) -> Letter:
    """The worst grade if these rules passed. What was not reached caps nothing: it is taken to be mended along."""
    left = (v.rule for v in result.verdicts if v.status in _COUNTING and v.rule not in mended)
    toxic = (one.combination for one in result.toxic if caps.parts[one.combination].isdisjoint(mended))
    return lowest(caps.by_id[one] for one in (*left, *toxic))


def _said(group: _Group) -> str:
    said = list(dict.fromkeys(remedy.says for remedy in group.remedies))
    left = len(said) - _MOST_SAID
    return "; ".join([*said[:_MOST_SAID], *([f"and {left} more"] if left > 0 else [])])
