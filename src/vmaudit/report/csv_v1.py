"""An assessment as two tables for a spreadsheet. Columns are only ever added, at the end.

`machines.csv`, one row per machine in the order of the assessment:
    id, name, resource_group, subscription, location, operating_system, power,
    grade (worst), grade_best, decided_by, the eight lines of defence by name (`holds`, `broken`, `unknown`,
    `not_applicable`, `not_assessed`), internet_ports, partial_ports, possible_ports, blind_spots (how many), tags,
    access_table

`findings.csv`, one row per machine and rule that fails or could not be answered, then per toxic combination that is
there (`fail`) or possible (`unknown`), whose severity follows from its cap:
    machine_id, machine, resource_group, subscription, rule, title, severity, layer, status (`fail`, `unknown`), says,
    proof, caps_grade_at

Several values in one cell are separated by "; ". Ports are TCP or UDP ports of the machine, as `TCP 22`.

`access.csv`, one row per access table and way in which somebody may act, where roles were read; `access_table` of
`machines.csv` says which table is whose:
    access_table, machines (how many share it), principal_id, principal, type, marks, doors, held, role, scope, via,
    condition, certain (`yes`, `no`), first (what has to be done first), assignment

A spreadsheet is the reader: the files are UTF-8 with a byte order mark, without which Excel guesses another encoding;
every cell is quoted; control and direction characters are written out (`[U+202E]`); and a cell that a spreadsheet would
take for a formula (it begins with = + - @, a tab or a line end) gets an apostrophe in front. Programs should read the
JSON, which has every name exactly as it is.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from vmaudit.addresses import normalised, port_texts
from vmaudit.assess.assessment import Assessment, MachineResult, Status
from vmaudit.assess.combination import Combination
from vmaudit.assess.rule import Layer, Rule
from vmaudit.exposure.paths import Certainty, Path, Reach
from vmaudit.report.json_access import TableNumbers
from vmaudit.report.lines import assessed_layers, line_states
from vmaudit.report.role_words import steps
from vmaudit.report.wording import visible

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_SEPARATOR: Final = "; "
_SEVERITY: Final = {"F": "critical", "D": "critical", "C": "high", "B": "medium"}

MACHINE_COLUMNS: Final = (
    "id",
    "name",
    "resource_group",
    "subscription",
    "location",
    "operating_system",
    "power",
    "grade",
    "grade_best",
    "decided_by",
    *(layer.value.replace("-", "_") for layer in Layer),
    "internet_ports",
    "partial_ports",
    "possible_ports",
    "blind_spots",
    "tags",
    "access_table",
)
FINDING_COLUMNS: Final = (
    "machine_id",
    "machine",
    "resource_group",
    "subscription",
    "rule",
    "title",
    "severity",
    "layer",
    "status",
    "says",
    "proof",
    "caps_grade_at",
)


ACCESS_COLUMNS: Final = (
    "access_table",
    "machines",
    "principal_id",
    "principal",
    "type",
    "marks",
    "doors",
    "held",
    "role",
    "scope",
    "via",
    "condition",
    "certain",
    "first",
    "assignment",
)


def to_csv(assessment: Assessment) -> dict[str, bytes]:
    """The files by name; that about access only where roles were read, so that no empty one says "nobody"."""
    numbers = TableNumbers(assessment.access, assessment.results)
    files = {
        "machines.csv": _table(MACHINE_COLUMNS, _machines(assessment, numbers)),
        "findings.csv": _table(FINDING_COLUMNS, _findings(assessment)),
    }
    if assessment.access is not None:
        files["access.csv"] = _table(ACCESS_COLUMNS, _access(numbers))
    return files


def _access(numbers: TableNumbers) -> Iterable[Sequence[str]]:
    for table_number, table, machines in numbers.tables():
        for way in table.ways:
            who = way.principal
            yield (
                str(table_number),
                str(machines),
                who.id,
                who.name,
                who.kind,
                _SEPARATOR.join(who.marks),
                _SEPARATOR.join(way.doors),
                way.held,
                way.role,
                way.scope,
                _SEPARATOR.join(way.via),
                way.condition,
                "yes" if way.certain else "no",
                steps(way.activation) if way.activation else "",
                way.assignment,
            )


def cell(text: str) -> str:
    """One value as a spreadsheet may show it without acting on it.

    >>> cell("=cmd()"), cell("vm-01")
    ("'=cmd()", 'vm-01')
    """
    shown = visible(text)
    return f"'{shown}" if text.startswith(_FORMULA) else shown


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _machines(assessment: Assessment, numbers: TableNumbers) -> Iterable[Sequence[str]]:
    assessed = assessed_layers(assessment.rules)
    for result in assessment.results:
        it, grade, exposure = result.machine, result.grade, result.exposure
        proven = [path for path in exposure.paths if path.certainty is Certainty.PROVEN]
        yield (
            it.id,
            it.name,
            it.resource_group,
            it.subscription,
            it.location,
            it.operating_system,
            it.power,
            grade.worst.value,
            grade.best.value,
            _SEPARATOR.join(grade.decided_by),
            *(state.value for _, state in line_states(result.layers, assessed)),
            _doors(path for path in proven if path.reach is Reach.INTERNET),
            _doors(path for path in proven if path.reach is Reach.PARTIAL),
            _doors(path for path in exposure.paths if path.certainty is Certainty.POSSIBLE),
            str(len(exposure.blind_spots)),
            _SEPARATOR.join(f"{name}={value}" for name, value in it.tags),
            "" if (number := numbers.of(result)) is None else str(number),
        )


def _doors(paths: Iterable[Path]) -> str:
    """The ports of the paths, each protocol's together."""
    found: dict[str, list[tuple[int, int]]] = {}
    for path in paths:
        found.setdefault(path.protocol.value, []).extend(path.ports)
    return _SEPARATOR.join(
        f"{protocol} {port}" for protocol in sorted(found) for port in port_texts(normalised(found[protocol]))
    )


def _findings(assessment: Assessment) -> Iterable[Sequence[str]]:
    rules = {rule.id: rule for rule in assessment.rules}
    combinations = {combination.id: combination for combination in assessment.combinations}
    for result in assessment.results:
        yield from _findings_of(result, rules)
        yield from _toxic(result, combinations)


def _findings_of(result: MachineResult, rules: Mapping[str, Rule]) -> Iterable[Sequence[str]]:
    it = result.machine
    for verdict in result.verdicts:
        if verdict.status not in (Status.FAIL, Status.UNKNOWN):
            continue
        rule = rules[verdict.rule]
        yield (
            it.id,
            it.name,
            it.resource_group,
            it.subscription,
            rule.id,
            rule.title,
            (verdict.raised or rule.severity).value,
            rule.layer.value,
            verdict.status.value,
            verdict.says,
            _SEPARATOR.join(verdict.proof),
            rule.caps_grade_at or "",
        )


def _toxic(result: MachineResult, combinations: Mapping[str, Combination]) -> Iterable[Sequence[str]]:
    it = result.machine
    for toxic in result.toxic:
        combination = combinations[toxic.combination]
        yield (
            it.id,
            it.name,
            it.resource_group,
            it.subscription,
            combination.id,
            combination.title,
            _SEVERITY[combination.caps_grade_at],
            "toxic-combination",
            (Status.FAIL if toxic.certain else Status.UNKNOWN).value,
            _SEPARATOR.join(step.says for step in toxic.steps),
            _SEPARATOR.join(toxic.proof),
            combination.caps_grade_at,
        )
