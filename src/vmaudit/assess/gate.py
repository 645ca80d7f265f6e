"""The CI gate: a pure decision over verdicts, the same for an audit just made and for one that was saved as JSON."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmaudit.addresses import port_texts
from vmaudit.assess.assessment import Assessment, MachineResult, Status, Toxic, Verdict
from vmaudit.assess.rule import Gate
from vmaudit.errors import EvidenceError, UsageError
from vmaudit.exposure.paths import Certainty, Path, Reach


class Profile(Enum):
    """Which rules break the gate: those marked `default`, or those marked `strict` too."""

    DEFAULT = "default"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Way:
    """A proven way in, as a line of text says it; `decided` are the ids of the rules and resources that let it in."""

    source: str
    entry: str
    decided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateMachine:
    """One machine before the gate."""

    id: str
    name: str
    verdicts: tuple[Verdict, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class GateFix:
    """One cause: the rule that it is named after, the resource to mend, and the command that mends it."""

    rule: str
    resource: str
    command: str


@dataclass(frozen=True, slots=True)
class GateInput:
    """All that the gate looks at. `gates` go by rule id, `rule_fixes` too: they are for what no cause explains.

    A toxic combination stands here as one rule more, which fails where it is there and is unknown where it is possible.
    """

    gates: Mapping[str, Gate]
    rule_fixes: Mapping[str, str]
    fixes: tuple[GateFix, ...]
    machines: tuple[GateMachine, ...]


@dataclass(frozen=True, slots=True)
class GateFinding:
    """One machine that fails the gate, or can't be shown to pass it, with the gate rules that say so."""

    machine: str
    name: str
    rules: tuple[str, ...]
    says: str
    path: str
    """Source → entry → rule; "" where the finding is about no path."""
    fix: str

    @property
    def line(self) -> str:
        """The finding on one line: name, rules, path or sentence, fix."""
        what = f"{self.name}: {', '.join(self.rules)}: {self.path or self.says}"
        return " ".join((f"{what} | fix: {self.fix}" if self.fix else what).split())


@dataclass(frozen=True, slots=True)
class GateOutcome:
    """What the gate decided. Design.md section 7 gives the exit codes their meaning."""

    profile: Profile
    rules: tuple[str, ...]
    """The rules that were looked at."""
    machines: int
    failed: tuple[GateFinding, ...]
    unknown: tuple[GateFinding, ...]
    """Machines that fail nothing, but of which a gate rule could not be told."""

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 4 would pass, but evidence that the gate needs is incomplete."""
        if self.failed:
            return 1
        return 4 if self.unknown else 0


_PROFILES: Final = {Profile.DEFAULT: (Gate.DEFAULT,), Profile.STRICT: (Gate.DEFAULT, Gate.STRICT)}
_FAILING: Final = (Status.FAIL, Status.NOT_REACHED)
"""A gate rule that was not reached did not pass: what it looks at is not even there."""


def gate(given: GateInput, profile: Profile) -> GateOutcome:
    """Decide. Raises UsageError where no rule guards the gate and EvidenceError where there is no machine."""
    rules = tuple(rule for rule, mark in given.gates.items() if mark in _PROFILES[profile])
    if not rules:
        raise UsageError(f"no rule belongs to the gate {profile.value!r}", "mark a rule with `gate: default`")
    if not given.machines:
        raise EvidenceError("there is no virtual machine before the gate, so there is nothing that could pass")
    by_resource: dict[str, list[GateFix]] = defaultdict(list)
    for fix in given.fixes:
        by_resource[fix.resource].append(fix)
    failed: list[GateFinding] = []
    unknown: list[GateFinding] = []
    for machine in given.machines:
        looked_at = [verdict for verdict in machine.verdicts if verdict.rule in rules]
        failing = [verdict for verdict in looked_at if verdict.status in _FAILING]
        unsure = [verdict for verdict in looked_at if verdict.status is Status.UNKNOWN]
        if failing:
            failed.append(_finding(given, by_resource, machine, failing))
        elif unsure or _unanswered(machine, rules):
            unknown.append(_finding(given, by_resource, machine, unsure))
    return GateOutcome(profile, rules, len(given.machines), tuple(failed), tuple(unknown))


def _unanswered(machine: GateMachine, rules: Sequence[str]) -> bool:
    """Whether a gate rule has no verdict at all, as in a file that was made with other rules."""
    return not set(rules) <= {verdict.rule for verdict in machine.verdicts}


def _finding(
    given: GateInput,
    by_resource: Mapping[str, list[GateFix]],
    machine: GateMachine,
    verdicts: Sequence[Verdict],
) -> GateFinding:
    """The first failure speaks for all; what was not reached is named only where nothing else fails."""
    if not verdicts:
        return GateFinding(machine.id, machine.name, (), "a gate rule was not asked", "", "")
    named = [verdict for verdict in verdicts if verdict.status is Status.FAIL] or verdicts
    first = named[0]
    return GateFinding(
        machine=machine.id,
        name=machine.name,
        rules=tuple(verdict.rule for verdict in named),
        says=first.says,
        path=_path(machine, first),
        fix="" if first.status is Status.UNKNOWN else _fix(given, by_resource, first),
    )


def _path(machine: GateMachine, verdict: Verdict) -> str:
    """The way in that the verdict's proof decided, as source → entry → rule."""
    for way in machine.ways:
        decided = next((place for place in way.decided if place in verdict.proof), None)
        if decided is not None:
            return f"{way.source} → {way.entry} → {_short(decided)}"
    return ""


def _short(resource: str) -> str:
    """The last names of an id: `nsg-web/allow-rdp` for a rule of an NSG."""
    group, _, rule = resource.rpartition("/")
    group, _, kind = group.rpartition("/")
    return f"{group.rpartition('/')[2]}/{rule}" if kind.lower().endswith("securityrules") else rule


def _fix(given: GateInput, by_resource: Mapping[str, list[GateFix]], verdict: Verdict) -> str:
    """The command for the first resource that the proof names; the cause named after the rule itself comes first."""
    for place in verdict.proof:
        # A rule of an NSG goes on after the id of its group with two segments more, one of a balancer with its name.
        parent = place.rpartition("/")[0]
        for resource in (place, parent, parent.rpartition("/")[0]):
            found = by_resource.get(resource, [])
            if found:
                return next((fix.command for fix in found if fix.rule == verdict.rule), found[0].command)
    return given.rule_fixes.get(verdict.rule, "")


def gate_input(assessment: Assessment) -> GateInput:
    """An audit just made, before the gate."""
    looked_for = (*assessment.rules, *assessment.combinations)
    titles = {combination.id: combination.title for combination in assessment.combinations}
    return GateInput(
        gates={one.id: one.gate for one in looked_for},
        rule_fixes={one.id: one.fix for one in looked_for},
        fixes=tuple(GateFix(cause.rule, cause.resource, cause.fix) for cause in assessment.causes),
        machines=tuple(_machine(result, titles) for result in assessment.results),
    )


def _machine(result: MachineResult, titles: Mapping[str, str]) -> GateMachine:
    ways = tuple(_ways(result.exposure.paths))
    verdicts = (*result.verdicts, *toxic_verdicts(result.toxic, titles))
    return GateMachine(result.machine.id, result.machine.name, verdicts, ways)


def toxic_verdicts(toxic: Iterable[Toxic], titles: Mapping[str, str]) -> Iterator[Verdict]:
    """What every toxic combination (its title by its id) would say of a machine if it were a rule."""
    there = {one.combination: one for one in toxic}
    for combination, title in titles.items():
        found = there.get(combination)
        if found is None:
            yield Verdict(combination, Status.PASS, "", ())
        else:
            path = "; ".join(step.says for step in found.steps)
            status = Status.FAIL if found.certain else Status.UNKNOWN
            yield Verdict(combination, status, f"{title}: {path}", found.proof)


def _ways(paths: Iterable[Path]) -> Iterable[Way]:
    for path in paths:
        if path.certainty is Certainty.PROVEN:
            source = "internet" if path.reach is Reach.INTERNET else path.witness.source
            hops = (f"{hop.resource}/{hop.rule}" if hop.rule else hop.resource for hop in path.hops)
            yield Way(source, _entry(path), tuple(hops))


def _entry(path: Path) -> str:
    """The address and ports that an outsider aims at."""
    front = path.frontend
    address = (front.address or front.resource.rpartition("/")[2]) if front else path.witness.destination
    return entry_text(address, port_texts(front.ports if front else path.ports))


def entry_text(address: str, ports: Iterable[str]) -> str:
    """An address with its ports, as one types them.

    >>> entry_text("20.1.2.3", ["22"]), entry_text("2001:db8::4", ["22", "80"])
    ('20.1.2.3:22', '[2001:db8::4]:22,80')
    """
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{','.join(ports)}"
