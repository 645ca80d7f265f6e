"""The result of an audit: one value that every report, gate and explanation is a view of."""

from dataclasses import dataclass
from enum import Enum

import msgspec

from vmaudit.access.overview import Overview
from vmaudit.assess.combination import Combination
from vmaudit.assess.population import Population
from vmaudit.assess.rule import Rule, Severity
from vmaudit.estate.resources import Key
from vmaudit.exposure.paths import MachineExposure


class Status(Enum):
    """What a rule says about a machine. A rule asks for the bad state, so `fail` means "yes, it is there"."""

    __hash__ = object.__hash__  # members are single, and hashing their names costs more than most look-ups

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    NOT_REACHED = "not_reached"
    """A rule that this one needs has failed: there is nothing to look at yet, and no second finding."""


class Letter(Enum):
    """The five grades, best first; their meanings in words are in `grade.MEANINGS`."""

    __hash__ = object.__hash__  # members are single, and hashing their names costs more than most look-ups

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    F = "F"


class LayerState(Enum):
    """What a line of defence does for one machine."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """One rule's answer for one machine: `says` is a sentence, `proof` names what decided (rules, resources, facts).

    `raised` is the severity where what was found is worse than the rule's own severity says, else None.
    """

    rule: str
    status: Status
    says: str
    proof: tuple[str, ...]
    raised: Severity | None = None


class ToxicStep(msgspec.Struct, frozen=True, gc=False):
    """One step of a path, as a sentence; `certain` where it is so, else the sentence says what is not known."""

    says: str
    certain: bool


class Toxic(msgspec.Struct, frozen=True, gc=False):
    """A toxic combination at one machine. `certain` is False where some step is not known: then it is possible."""

    combination: str
    certain: bool
    steps: tuple[ToxicStep, ...]
    proof: tuple[str, ...]
    """The facts that it rests on, each as `name: value`; () where it is only possible."""


@dataclass(frozen=True, slots=True)
class Grade:
    """`worst` counts each unknown rule as failed and each possible combination as there, `best` the other way round.

    `decided_by` are the ids of the rules and toxic combinations that set `worst`.
    """

    worst: Letter
    best: Letter
    decided_by: tuple[str, ...]


class Machine(msgspec.Struct, frozen=True, gc=False):
    """How a machine is called in a report."""

    key: Key
    id: str
    name: str
    resource_group: str
    subscription: str
    location: str
    operating_system: str
    """"Windows", "Linux" or "unknown"."""
    power: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MachineResult:
    """Everything said about one machine. `verdicts` stand in the order of the rules, `layers` in that of `Layer`."""

    machine: Machine
    grade: Grade
    verdicts: tuple[Verdict, ...]
    layers: tuple[tuple[str, LayerState], ...]
    exposure: MachineExposure
    toxic: tuple[Toxic, ...] = ()
    """By the id of the combination."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing to mend, and what mending it is worth.

    If just this were mended, `improves` machines would get a better worst grade; `becomes` is the lowest letter among
    those they would then have, None where none improves. Several `fix` commands are joined by " && ".
    """

    rule: str
    resource: str
    says: str
    fix: str
    machines: tuple[Key, ...]
    improves: int
    becomes: Letter | None


@dataclass(frozen=True, slots=True)
class Fleet:
    """All machines together: a distribution, a median and a worst, never an average."""

    machines: int
    worst: Letter
    median: Letter
    distribution: tuple[tuple[Letter, int], ...]
    internet_reachable: int
    """Machines that fail a rule which caps at F, whether they run now or not."""
    uncertain: int
    """Machines whose best and worst grade differ."""


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """One table in one scope of the evidence, and which rules lean on it."""

    table: str
    title: str
    scope: str
    outcome: str
    rows: int
    message: str
    permission: str
    asserted: bool
    sha256: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagData:
    """Which published addresses of service tags an audit used; `sha256` is that of the form that vmaudit keeps."""

    cloud: str
    change_number: int
    date: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What was audited: the snapshot's identity and age."""

    snapshot_sha256: str
    """sha256 of `manifest.json`, which holds the hashes of all evidence files."""
    source: str
    taken_at: str
    tool_version: str
    snapshot_tool_version: str
    subscriptions: tuple[str, ...]
    service_tags: TagData | None = None
    """None where the audit had no addresses of service tags."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """An audit, whole. The same snapshot and rules give an equal value, today and in three years."""

    subject: Subject
    as_of: str
    rules: tuple[Rule, ...]
    results: tuple[MachineResult, ...]
    """Sorted by subscription, resource group and name, in lower case."""
    fleet: Fleet
    causes: tuple[Cause, ...]
    """Most worth mending first."""
    coverage: tuple[CoverageLine, ...]
    assumptions: tuple[str, ...]
    population: Population
    combinations: tuple[Combination, ...] = ()
    """The toxic combinations that were looked for."""
    access: Overview | None = None
    """Who may act; None where no role of anybody was read."""
