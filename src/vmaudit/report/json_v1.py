r"""An assessment as JSON, schema `vmaudit.assessment/1` (`assessment-v1.schema.json` beside this file describes it).

A translation, not a dump: types may change inside, this format does not. Each element of the long lists stands on a
line of its own, so `grep`, `diff` and a reader that streams lines can work with a file of a million machines.

Characters that steer a terminal or turn text around are written as `\u` escapes: a JSON reader gets the exact name
back, and `cat` shows nothing that is not there.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import msgspec

from vmaudit.access.overview import Overview
from vmaudit.assess.assessment import (
    Assessment,
    Cause,
    CoverageLine,
    Fleet,
    LayerState,
    MachineResult,
    TagData,
    Toxic,
    Verdict,
)
from vmaudit.assess.combination import Combination
from vmaudit.assess.population import Population
from vmaudit.assess.rule import Layer, Parameter, Rule
from vmaudit.report.json_access import TableNumbers, reach_json, table_json
from vmaudit.report.json_paths import PathWriter
from vmaudit.report.lines import assessed_layers, line_states

SCHEMA: Final = "vmaudit.assessment/1"

_ENCODER: Final = msgspec.json.Encoder()
_STEERING: Final = re.compile("[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def to_json(assessment: Assessment) -> bytes:
    """The assessment as UTF-8 JSON with a newline at the end. The same assessment gives the same bytes."""
    return b"".join(json_pieces(assessment))


def json_pieces(assessment: Assessment) -> Iterator[bytes]:
    """The same in pieces, so that a file of many machines never is in memory as a whole."""
    numbers = TableNumbers(assessment.access, assessment.results)
    machine = _machine_writer(assessed_layers(assessment.rules), numbers)
    yield b'{"schema":' + _line(SCHEMA)
    for name, value in (
        ("subject", _subject(assessment)),
        ("as_of", assessment.as_of),
        ("fleet", _fleet(assessment.fleet)),
        ("population", _population(assessment.population)),
        ("access", None if assessment.access is None else _access(assessment.access)),
    ):
        yield b',\n"%s":%s' % (name.encode(), _line(value))
    lists: tuple[tuple[str, Iterable[Any]], ...] = (
        ("machines", map(machine, assessment.results)),
        ("access_tables", (table_json(*each) for each in numbers.tables())),
        ("causes", map(_cause, assessment.causes)),
        ("rules", map(_rule, assessment.rules)),
        ("toxic_combinations", map(_combination, assessment.combinations)),
        ("coverage", map(_coverage, assessment.coverage)),
        ("assumptions", assessment.assumptions),
    )
    for name, values in lists:
        yield b',\n"%s":' % name.encode()
        yield from _lines(values)
    yield b"}\n"


def _line(value: Any) -> bytes:
    """One value on one line, without characters that steer a terminal."""
    line = _ENCODER.encode(value)
    if line.isascii() and b"\x7f" not in line:
        return line
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", line.decode()).encode()


def _lines(values: Iterable[Any]) -> Iterator[bytes]:
    """A list with one element per line."""
    before = b"[\n"
    for value in values:
        yield before  # apart from the line, since a machine's is long and would be copied
        yield _line(value)
        before = b",\n"
    yield b"[]" if before == b"[\n" else b"\n]"


def _machine_writer(assessed: frozenset[Layer], numbers: TableNumbers) -> Callable[[MachineResult], dict[str, Any]]:
    """A function that writes one machine. What machines share is encoded once.

    Shared means the same object: all of them live as long as the assessment, so their ids do not come back.
    """
    done: dict[int, msgspec.Raw] = {}
    ways = PathWriter()

    def verdict(given: Verdict) -> msgspec.Raw:
        found = done.get(id(given))
        if found is None:
            found = done[id(given)] = msgspec.Raw(_ENCODER.encode(_verdict(given)))
        return found

    @lru_cache(maxsize=4096)
    def layers(judged: tuple[tuple[str, LayerState], ...]) -> msgspec.Raw:
        states = line_states(judged, assessed)
        return msgspec.Raw(_ENCODER.encode({layer.value: state for layer, state in states}))

    def toxic(given: Toxic) -> msgspec.Raw:
        found = done.get(id(given))
        if found is None:
            found = done[id(given)] = msgspec.Raw(_ENCODER.encode(_toxic(given)))
        return found

    def machine(result: MachineResult) -> dict[str, Any]:
        it, grade, exposure = result.machine, result.grade, result.exposure
        return {
            "id": it.id,
            "name": it.name,
            "resource_group": it.resource_group,
            "subscription": it.subscription,
            "location": it.location,
            "operating_system": it.operating_system,
            "power": it.power,
            "tags": dict(it.tags),
            "grade": {"worst": grade.worst, "best": grade.best, "decided_by": grade.decided_by},
            "layers": layers(result.layers),
            "verdicts": [verdict(each) for each in result.verdicts],
            "toxic_combinations": [toxic(each) for each in result.toxic],
            "access_table": numbers.of(result),
            "paths": ways.paths(exposure),
            "public_openings": ways.openings(exposure),
            "public_openings_unknown": exposure.blind_spots[0] if exposure.blind_spots else None,
            "blind_spots": exposure.blind_spots,
            "assumptions": exposure.assumptions,
        }

    return machine


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "rule": verdict.rule,
        "status": verdict.status,
        "raised": verdict.raised,
        "says": verdict.says,
        "proof": verdict.proof,
    }


def _access(overview: Overview) -> dict[str, Any]:
    return {
        "people": [reach_json(one) for one in overview.people],
        "people_left_out": overview.people_left_out,
        "machines_left_out": overview.machines_left_out,
    }


def _toxic(toxic: Toxic) -> dict[str, Any]:
    return {
        "combination": toxic.combination,
        "certain": toxic.certain,
        "steps": [{"says": step.says, "certain": step.certain} for step in toxic.steps],
        "proof": toxic.proof,
    }


def _combination(combination: Combination) -> dict[str, Any]:
    return {
        "id": combination.id,
        "slug": combination.slug,
        "title": combination.title,
        "caps_grade_at": combination.caps_grade_at,
        "gate": combination.gate,
        "parts": combination.parts,
        "worse": combination.worse,
        "fix": combination.fix,
        "known_gaps": combination.known_gaps,
        "references": combination.references,
    }


def _subject(assessment: Assessment) -> dict[str, Any]:
    subject = assessment.subject
    return {
        "snapshot_sha256": subject.snapshot_sha256,
        "source": subject.source,
        "taken_at": subject.taken_at,
        "tool_version": subject.tool_version,
        "snapshot_tool_version": subject.snapshot_tool_version,
        "subscriptions": subject.subscriptions,
        "service_tags": None if subject.service_tags is None else _tag_data(subject.service_tags),
    }


def _tag_data(tags: TagData) -> dict[str, Any]:
    return {"cloud": tags.cloud, "change_number": tags.change_number, "date": tags.date, "sha256": tags.sha256}


def _fleet(fleet: Fleet) -> dict[str, Any]:
    return {
        "machines": fleet.machines,
        "worst": fleet.worst,
        "median": fleet.median,
        "distribution": {letter.value: count for letter, count in fleet.distribution},
        "internet_reachable": fleet.internet_reachable,
        "uncertain": fleet.uncertain,
    }


def _population(population: Population) -> dict[str, Any]:
    return {
        "listed": population.listed,
        "counted": population.counted,
        "evaluated": population.evaluated,
        "instances": population.instances,
        "excluded": [{"machines": one.machines, "why": one.why} for one in population.excluded],
        "says": population.says,
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "rule": cause.rule,
        "resource": cause.resource,
        "says": cause.says,
        "fix": cause.fix,
        "machines": cause.machines,
        "improves": cause.improves,
        "becomes": cause.becomes,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "slug": rule.slug,
        "title": rule.title,
        "severity": rule.severity,
        "layer": rule.layer,
        "caps_grade_at": rule.caps_grade_at,
        "gate": rule.gate,
        "needs": rule.needs,
        "parameters": [_parameter(parameter) for parameter in rule.parameters],
        "why": rule.why,
        "fix": rule.fix,
        "known_gaps": rule.known_gaps,
        "maps_to": dict(sorted(rule.maps_to.items())),
        "references": rule.references,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "value": parameter.value,
        "default": parameter.default,
        "doc": parameter.doc,
    }


def _coverage(line: CoverageLine) -> dict[str, Any]:
    return {
        "table": line.table,
        "title": line.title,
        "scope": line.scope,
        "outcome": line.outcome,
        "rows": line.rows,
        "message": line.message,
        "permission": line.permission,
        "asserted": line.asserted,
        "sha256": line.sha256,
        "rules": line.rules,
    }
