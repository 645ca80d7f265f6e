r"""An assessment as JSON, schema `vmaudit.assessment/1` (`assessment-v1.schema.json` beside this file describes it).

A translation, not a dump: types may change inside, this format does not. Each element of the long lists stands on a
line of its own, so `grep`, `diff` and a reader that streams lines can work with a file of a million machines.

Characters that steer a terminal or turn text around are written as `\u` escapes: a JSON reader gets the exact name
back, and `cat` shows nothing that is not there.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

import msgspec

from vmaudit.addresses import Intervals, port_texts, prefix_texts
from vmaudit.assess.assessment import (
    Assessment,
    Cause,
    CoverageLine,
    Fleet,
    LayerState,
    MachineResult,
    TagData,
    Verdict,
)
from vmaudit.assess.rule import Layer, Parameter, Rule
from vmaudit.exposure.paths import Frontend, Hop, Inside, InsideWay, MachineExposure, Opening, Path
from vmaudit.known import Unknown
from vmaudit.report.lines import assessed_layers, line_states

SCHEMA: Final = "vmaudit.assessment/1"

_ENCODER: Final = msgspec.json.Encoder()
_STEERING: Final = re.compile("[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def to_json(assessment: Assessment) -> bytes:
    """The assessment as UTF-8 JSON with a newline at the end. The same assessment gives the same bytes."""
    assessed = assessed_layers(assessment.rules)
    machine = _machine_writer(assessed)
    members = (
        ("schema", _line(SCHEMA)),
        ("subject", _line(_subject(assessment))),
        ("as_of", _line(assessment.as_of)),
        ("fleet", _line(_fleet(assessment.fleet))),
        ("machines", _lines(machine(result) for result in assessment.results)),
        ("causes", _lines(map(_cause, assessment.causes))),
        ("rules", _lines(map(_rule, assessment.rules))),
        ("coverage", _lines(map(_coverage, assessment.coverage))),
        ("assumptions", _lines(assessment.assumptions)),
    )
    return b"{" + b",\n".join(b'"%s":%s' % (name.encode(), body) for name, body in members) + b"}\n"


def _line(value: Any) -> bytes:
    """One value on one line, without characters that steer a terminal."""
    line = _ENCODER.encode(value)
    if line.isascii() and b"\x7f" not in line:
        return line
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", line.decode()).encode()


def _lines(values: Iterable[Any]) -> bytes:
    """A list with one element per line."""
    lines = [_line(value) for value in values]
    return b"[\n" + b",\n".join(lines) + b"\n]" if lines else b"[]"


@lru_cache(maxsize=16384)
def _prefixes(addresses: Intervals) -> msgspec.Raw:
    return msgspec.Raw(_ENCODER.encode(prefix_texts(addresses)))


@lru_cache(maxsize=16384)
def _ports(numbers: Intervals) -> msgspec.Raw:
    return msgspec.Raw(_ENCODER.encode(port_texts(numbers)))


def _machine_writer(assessed: frozenset[Layer]) -> Callable[[MachineResult], dict[str, Any]]:
    """A function that writes one machine. Verdicts, paths and hops that machines share are encoded once.

    Shared means the same object: all of them live as long as the assessment, so their ids do not come back.
    """
    done: dict[int, msgspec.Raw] = {}

    def once(part: Any, write: Callable[[Any], dict[str, Any]]) -> msgspec.Raw:
        found = done.get(id(part))
        if found is None:
            found = done[id(part)] = msgspec.Raw(_ENCODER.encode(write(part)))
        return found

    def path(way: Path) -> dict[str, Any]:
        return _path(way, [once(hop, _hop) for hop in way.hops])

    def inside(part: Inside) -> dict[str, Any]:
        ways = done.get(id(part.shared))
        if ways is None:
            ways = done[id(part.shared)] = msgspec.Raw(_ENCODER.encode([_inside_way(way) for way in part.ways]))
        return {"network_interface": part.network_interface, "ip_configuration": part.ip_configuration, "ways": ways}

    @lru_cache(maxsize=4096)
    def layers(judged: tuple[tuple[str, LayerState], ...]) -> msgspec.Raw:
        states = line_states(judged, assessed)
        return msgspec.Raw(_ENCODER.encode({layer.value: state for layer, state in states}))

    def machine(result: MachineResult) -> dict[str, Any]:
        it, grade = result.machine, result.grade
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
            "verdicts": [once(verdict, _verdict) for verdict in result.verdicts],
            "paths": [once(way, path) for way in result.exposure.paths],
            "inside": [inside(part) for part in result.exposure.inside],
            **_openings(result.exposure),
            "blind_spots": result.exposure.blind_spots,
            "assumptions": result.exposure.assumptions,
        }

    return machine


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"rule": verdict.rule, "status": verdict.status, "says": verdict.says, "proof": verdict.proof}


def _path(path: Path, hops: list[msgspec.Raw]) -> dict[str, Any]:
    witness = path.witness
    return {
        "origin": {"kind": path.origin.kind, "id": path.origin.id},
        "reach": path.reach,
        "live": None if isinstance(path.live, Unknown) else path.live,
        "live_unknown": path.live.reason if isinstance(path.live, Unknown) else None,
        "certainty": path.certainty,
        "protocol": path.protocol,
        "ports": _ports(path.ports),
        "source_ports": _ports(path.source_ports),
        "frontend": None if path.frontend is None else _frontend(path.frontend),
        "sources": _prefixes(path.sources),
        "network_interface": path.network_interface,
        "ip_configuration": path.ip_configuration,
        "witness": {
            "protocol": witness.protocol,
            "source": witness.source,
            "source_port": witness.source_port,
            "destination": witness.destination,
            "destination_port": witness.destination_port,
            "private_address": witness.private_address,
            "private_port": witness.private_port,
        },
        "hops": hops,
        "blind_spots": path.blind_spots,
        "assumptions": path.assumptions,
    }


def _inside_way(way: InsideWay) -> dict[str, Any]:
    return {
        "origin": {"kind": way.origin.kind, "id": way.origin.id},
        "certainty": way.certainty,
        "protocol": way.protocol,
        "ports": _ports(way.ports),
        "source_ports": _ports(way.source_ports),
        "sources": _prefixes(way.sources),
        "blind_spots": way.doubts,
    }


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "resource": hop.resource,
        "decision": hop.decision,
        "code": hop.code,
        "rule": hop.rule,
        "priority": hop.priority,
        "says": hop.says,
    }


def _frontend(frontend: Frontend) -> dict[str, Any]:
    return {
        "kind": frontend.kind,
        "resource": frontend.resource,
        "address": frontend.address,
        "ports": _ports(frontend.ports),
    }


def _openings(exposure: MachineExposure) -> dict[str, Any]:
    found = exposure.public_openings
    if isinstance(found, Unknown):
        return {"public_openings": None, "public_openings_unknown": found.reason}
    return {"public_openings": [_opening(opening) for opening in found], "public_openings_unknown": None}


def _opening(opening: Opening) -> dict[str, Any]:
    return {
        "sources": _prefixes(opening.sources),
        "protocol": opening.protocol,
        "ports": _ports(opening.ports),
        "certainty": opening.certainty,
        "reason": opening.reason,
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
