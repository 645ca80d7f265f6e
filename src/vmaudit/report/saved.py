"""A saved JSON report, read back for the gate: only the fields that it looks at, each checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from vmaudit.assess.assessment import Status, Toxic, ToxicStep, Verdict
from vmaudit.assess.gate import GateFix, GateInput, GateMachine, Way, entry_text, toxic_verdicts
from vmaudit.assess.rule import Gate
from vmaudit.errors import EvidenceError
from vmaudit.report.json_v1 import SCHEMA

_REMEDY: Final = "Give a snapshot, or the assessment.json that `vmaudit audit` wrote."


class _Hop(msgspec.Struct):
    resource: str
    rule: str


class _Frontend(msgspec.Struct):
    resource: str
    address: str | None
    ports: list[str]


class _Witness(msgspec.Struct):
    source: str
    destination: str


class _Path(msgspec.Struct):
    reach: str
    certainty: str
    ports: list[str]
    frontend: _Frontend | None
    witness: _Witness
    hops: list[_Hop]


class _Verdict(msgspec.Struct):
    rule: str
    status: Status
    says: str
    proof: list[str]


class _Step(msgspec.Struct):
    says: str
    certain: bool


class _Toxic(msgspec.Struct):
    combination: str
    certain: bool
    steps: list[_Step]
    proof: list[str]


class _Machine(msgspec.Struct):
    id: str
    name: str
    verdicts: list[_Verdict]
    paths: list[_Path]
    toxic_combinations: list[_Toxic] = []


class _Rule(msgspec.Struct):
    id: str
    gate: Gate
    fix: str


class _Combination(msgspec.Struct):
    id: str
    title: str
    gate: Gate
    fix: str


class _Cause(msgspec.Struct):
    rule: str
    resource: str
    fix: str


class _Head(msgspec.Struct):
    schema: str


class _Document(_Head):
    machines: list[_Machine]
    rules: list[_Rule]
    causes: list[_Cause]
    toxic_combinations: list[_Combination] = []


def saved_gate_input(path: Path) -> GateInput:
    """What the gate looks at in a saved report. Raises EvidenceError naming the file and what is wrong in it."""
    text = path.read_bytes()
    try:
        head = msgspec.json.decode(text, type=_Head)
        if head.schema != SCHEMA:
            raise EvidenceError(f"{path} has the schema {head.schema!r}; this vmaudit reads {SCHEMA}", _REMEDY)
        document = msgspec.json.decode(text, type=_Document)
    except msgspec.DecodeError as problem:
        raise EvidenceError(f"{path} is no report of vmaudit: {problem}", _REMEDY) from problem
    looked_for = (*document.rules, *document.toxic_combinations)
    titles = {combination.id: combination.title for combination in document.toxic_combinations}
    return GateInput(
        gates={one.id: one.gate for one in looked_for},
        rule_fixes={one.id: one.fix for one in looked_for},
        fixes=tuple(GateFix(cause.rule, cause.resource, cause.fix) for cause in document.causes),
        machines=tuple(_machine(machine, titles) for machine in document.machines),
    )


def _machine(machine: _Machine, titles: Mapping[str, str]) -> GateMachine:
    toxic = toxic_verdicts(map(_toxic, machine.toxic_combinations), titles)
    verdicts = (*(Verdict(v.rule, v.status, v.says, tuple(v.proof)) for v in machine.verdicts), *toxic)
    ways = tuple(_way(path) for path in machine.paths if path.certainty == "proven" and path.reach != "private")
    return GateMachine(machine.id, machine.name, verdicts, ways)


def _toxic(toxic: _Toxic) -> Toxic:
    steps = tuple(ToxicStep(step.says, step.certain) for step in toxic.steps)
    return Toxic(toxic.combination, toxic.certain, steps, tuple(toxic.proof))


def _way(path: _Path) -> Way:
    source = "internet" if path.reach == "internet" else path.witness.source
    front = path.frontend
    address = (front.address or front.resource.rpartition("/")[2]) if front else path.witness.destination
    entry = entry_text(address, front.ports if front else path.ports)
    hops = tuple(f"{hop.resource}/{hop.rule}" if hop.rule else hop.resource for hop in path.hops)
    return Way(source, entry, hops)
