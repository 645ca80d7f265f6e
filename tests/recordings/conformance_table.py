"""Our verdicts beside Azure's recorded ones, as lines of text: the table, and what is behind its figures."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from recordings.comparing import Comparison, Outcome, compare_diagnoses, compare_flags, compare_flow
from recordings.comparing_rules import compare_effective, compare_view
from recordings.estate_of_case import Reading
from recordings.oddities import MISNAMED
from recordings.recorded import Case, cases

_WIDTH: Final = 44


@dataclass(frozen=True)
class Line:
    """One line of the table: a kind of recordings, what is compared of it, and every comparison."""

    kind: str
    what: str
    reading: Reading
    comparisons: tuple[Comparison, ...]

    def count(self, outcome: Outcome) -> int:
        return sum(comparison.outcome is outcome for comparison in self.comparisons)


def lines() -> list[Line]:
    """All comparisons: as recorded, and for verdicts also with what the recordings leave out and all but show."""
    found = [_line("effective_nsg", "rules and tags", compare_effective)]
    found.append(_line("security_group_view", "rules", compare_view))
    for reading in Reading:
        found += [
            _line("ip_flow_verify", "access and rule", partial(_one, compare_flow, reading), reading),
            _line("network_config_diagnostic", "access and rule", partial(_in, compare_diagnoses, reading), reading),
            _line("network_config_diagnostic", "match flags", partial(_in, compare_flags, reading), reading),
        ]
    return sorted(found, key=lambda line: line.reading is not Reading.AS_RECORDED)


def _one(compare: Callable[[Case, Reading], Comparison], reading: Reading, case: Case) -> Iterable[Comparison]:
    return [compare(case, reading)]


def _in(compare: Callable[[Case, Reading], Iterable[Comparison]], reading: Reading, case: Case) -> Iterable[Comparison]:
    return compare(case, reading)


def _line(
    kind: str, what: str, compare: Callable[[Case], Iterable[Comparison]], reading: Reading = Reading.AS_RECORDED
) -> Line:
    return Line(kind, what, reading, tuple(comparison for case in cases(kind) for comparison in compare(case)))


def table(found: list[Line]) -> list[str]:
    """The table as text, one line each."""
    heads = ["cases", "compared", *(outcome.value for outcome in Outcome)]
    text = [f"{'':<{_WIDTH}}" + "".join(f"{head:>10}" for head in heads)]
    for reading in Reading:
        text.append(f"{reading.value}:")
        for line in (line for line in found if line.reading is reading):
            text.append(_row(f"  {line.kind}: {line.what}", len(cases(line.kind)), line))
            whole = {case.name for case in cases(line.kind) if case.complete_inputs}
            of_whole = replace(line, comparisons=tuple(c for c in line.comparisons if c.case in whole))
            if reading is Reading.AS_RECORDED and of_whole.comparisons:
                text.append(_row("    of these, with complete inputs", len(whole), of_whole))
    return text


def _row(title: str, number: int, line: Line) -> str:
    numbers = [number, len(line.comparisons), *(line.count(outcome) for outcome in Outcome)]
    return f"{title:<{_WIDTH}}" + "".join(f"{number:>10}" for number in numbers)


def named(found: list[Line], outcome: Outcome) -> list[str]:
    """Every comparison that ended so, in words; one that ends alike in both readings once."""
    texts = [
        f"  {line.kind} {c.case}: {c.asked}: Azure says {c.azure}"
        + ("" if outcome is Outcome.SILENT else f", we say {c.ours}")
        + (f" ({c.reason})" if c.reason else "")
        for line in found
        for c in line.comparisons
        if c.outcome is outcome
    ]
    return list(dict.fromkeys(texts)) or ["  none"]


def why_unknown(found: list[Line], reading: Reading) -> list[str]:
    """Why verdicts are unknown, the most frequent reason first."""
    reasons = Counter(
        comparison.reason
        for line in found
        if line.reading is reading and line.what == "access and rule"
        for comparison in line.comparisons
        if comparison.outcome is Outcome.UNKNOWN
    )
    return [f"  {number:>3} × {reason}" for reason, number in reasons.most_common()] or ["  none"]


def sections(found: list[Line]) -> dict[str, list[str]]:
    """What is behind the figures, by title."""
    return {
        "Disagreements": named(found, Outcome.DISAGREE),
        "Oddities of Azure's answers": [
            *named(found, Outcome.ODD),
            *(f"  network_config_diagnostic {case}: {why}" for case, why in MISNAMED.items()),
        ],
        "Silent: Azure's answer holds no verdict": named(found, Outcome.SILENT),
        **{f"Unknown verdicts, {reading.value}": why_unknown(found, reading) for reading in Reading},
    }


def disagreements(found: list[Line]) -> int:
    """How many comparisons disagree for no named reason."""
    return sum(line.count(Outcome.DISAGREE) for line in found)
