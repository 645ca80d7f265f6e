"""The coverage ledger: which evidence was read, what was not, and which rules lean on it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from vmaudit.assess.assessment import CoverageLine
from vmaudit.assess.combination import Combination
from vmaudit.assess.facts import FACTS
from vmaudit.assess.rule import Rule
from vmaudit.exposure.paths import MachineExposure
from vmaudit.snapshot.manifest import Manifest, Outcome, OutcomeKind, TableEntry
from vmaudit.snapshot.tables import BY_NAME, TABLES


def coverage(manifest: Manifest, rules: Sequence[Rule | Combination]) -> tuple[CoverageLine, ...]:
    """A line per table and scope, in the order of the manifest; `rules` lean on them, combinations among them."""
    leaning = rules_leaning(rules)
    return tuple(
        _line(entry, outcome, leaning.get(entry.name, ())) for entry in manifest.tables for outcome in entry.outcomes
    )


def rules_leaning(rules: Iterable[Rule | Combination]) -> dict[str, tuple[str, ...]]:
    """Per table, the ids of the rules that ask it, by facts or because it holds the same for scale sets."""
    leaning: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        asked = {table for name in rule.facts for table in FACTS[name].tables}
        for table in asked | {table.name for table in TABLES if table.like in asked}:
            leaning[table].append(rule.id)
    return {table: tuple(ids) for table, ids in leaning.items()}


def _line(entry: TableEntry, outcome: Outcome, rules: tuple[str, ...]) -> CoverageLine:
    table = BY_NAME.get(entry.name)
    missing = outcome.outcome is not OutcomeKind.COMPLETE
    return CoverageLine(
        table=entry.name,
        title=table.title if table else entry.name,
        scope=outcome.scope,
        outcome=outcome.outcome.value,
        rows=entry.rows,
        message=outcome.message,
        permission=outcome.permission or (table.permission if table and missing else ""),
        asserted=outcome.asserted,
        sha256=entry.sha256,
        rules=rules,
    )


def asserted_tables(manifest: Manifest) -> dict[str, str]:
    """Titles of the tables, by name, that a person asserted to be complete."""
    return {
        entry.name: BY_NAME[entry.name].title
        for entry in manifest.tables
        if entry.name in BY_NAME
        and any(o.asserted for o in entry.outcomes)
        and all(o.outcome is OutcomeKind.COMPLETE for o in entry.outcomes)
    }


def assumptions(manifest: Manifest, exposures: Mapping[str, MachineExposure]) -> tuple[str, ...]:
    """What a person asserted, then what open paths take for granted; each once."""
    return tuple(dict.fromkeys((*manifest.assertions, *sorted(set(_taken_for_granted(exposures.values()))))))


def _taken_for_granted(exposures: Iterable[MachineExposure]) -> Iterable[str]:
    for exposure in exposures:
        for path in exposure.paths:
            yield from path.assumptions
