"""Audits in a few words: rules over an estate, and verdicts made by hand."""

from collections.abc import Iterable, Sequence
from functools import cache

from vmaudit.assess.assessment import Assessment, MachineResult, Status, Subject, Verdict
from vmaudit.assess.combination import Combination
from vmaudit.assess.combination_files import read_combinations
from vmaudit.assess.judging import assess
from vmaudit.assess.reading import read_rules
from vmaudit.assess.rule import Rule
from vmaudit.estate.estate import Estate
from vmaudit.exposure.reach import expose
from vmaudit.shipped import rules_folder
from vmaudit.snapshot.manifest import SCHEMA, Manifest, TableEntry

SUBJECT = Subject(
    snapshot_sha256="0" * 64,
    source="test",
    taken_at="2026-08-01T00:00:00Z",
    tool_version="0",
    snapshot_tool_version="0",
    subscriptions=(),
)


SPINE = frozenset(
    {
        *("NET-001", "NET-002", "NET-004", "NET-006", "NET-007"),
        *("BAS-001", "BAS-002", "BAS-003", "BAS-004"),
        *("JIT-002", "JIT-003", "JIT-004"),
        "HST-001",
    }
)


@cache
def shipped_rules() -> tuple[Rule, ...]:
    """The rules that come with vmaudit."""
    return read_rules(rules_folder())


@cache
def shipped_combinations() -> tuple[Combination, ...]:
    """The toxic combinations that come with vmaudit."""
    return read_combinations(rules_folder(), shipped_rules())


@cache
def spine_rules() -> tuple[Rule, ...]:
    """The rules that the tests of the judge are about, so that a new rule changes no test but its own."""
    return tuple(rule for rule in shipped_rules() if rule.id in SPINE)


def manifest(*tables: TableEntry, assertions: tuple[str, ...] = ()) -> Manifest:
    """What a snapshot says about these tables."""
    return Manifest(
        schema=SCHEMA,
        tool_version="0",
        source="test",
        taken_at="2026-08-01T00:00:00Z",
        tables=tables,
        assertions=assertions,
    )


def audited(
    whole: Estate,
    rules: Iterable[Rule] | None = None,
    about: Manifest | None = None,
    combinations: Sequence[Combination] = (),
) -> Assessment:
    """An audit of the estate by the rules of the spine, or by these."""
    return assess(
        whole,
        expose(whole),
        tuple(rules) if rules is not None else spine_rules(),
        subject=SUBJECT,
        as_of="2026-08-01T00:00:00Z",
        manifest=about or manifest(),
        combinations=combinations,
    )


def result(assessment: Assessment, name: str = "web") -> MachineResult:
    """What was said about one machine."""
    return next(found for found in assessment.results if found.machine.name == name)


def verdict(assessment: Assessment, rule: str, name: str = "web") -> Verdict:
    """One rule's answer for one machine."""
    return next(found for found in result(assessment, name).verdicts if found.rule == rule)


def said(rule: str, status: Status, *proof: str) -> Verdict:
    """A verdict made by hand."""
    return Verdict(rule, status, f"{rule} says {status.value}", proof)
