"""The audit in eighty columns: one line per machine, worst first, then the fleet, the files, and what to type next."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vmaudit.assess.assessment import Assessment, Grade, Letter, MachineResult, Status
from vmaudit.cli.terminal import safe, say, shortened, styled
from vmaudit.report.writing import Reports

_SHOWN: Final = 20
_COMBINATIONS_SHOWN: Final = 5
_WIDTH: Final = 80
_COLOURS: Final = {Letter.A: "green", Letter.B: "green", Letter.C: "yellow", Letter.D: "red", Letter.F: "red"}
_ORDER: Final = {letter: rank for rank, letter in enumerate(reversed(Letter))}


def show_summary(assessment: Assessment) -> None:
    """The machines, worst first, and the fleet line."""
    ranked = sorted(
        assessment.results,
        key=lambda result: (_ORDER[result.grade.worst], _ORDER[result.grade.best], result.machine.name),
    )
    names = max((len(result.machine.name) for result in ranked[:_SHOWN]), default=0)
    width = min(max(names, 8), 28)
    for result in ranked[:_SHOWN]:
        say(_line(result, width))
    if len(ranked) > _SHOWN:
        say(f"  … and {len(ranked) - _SHOWN} more machines; all of them are in the reports")
    say()
    say(_fleet(assessment))
    for line in _toxic(assessment):
        say(line)
    asked = [line for line in assessment.coverage if line.rules]
    gaps = sum(line.outcome != "complete" for line in asked)
    if gaps:
        say(f"Evidence: {gaps} of {len(asked)} tables that rules ask are not whole; what leans on them is unknown.")
    say(safe(assessment.population.says))
    if assessment.assumptions:
        say(f"Assumptions: {len(assessment.assumptions)}, listed in the report.")


def _line(result: MachineResult, width: int) -> str:
    grade = grade_text(result.grade)
    name = shortened(safe(result.machine.name), width)
    room = _WIDTH - 6 - width - 2
    letter = styled(f"{grade:<5}", bold=True, fg=_COLOURS[result.grade.worst])
    return f"{letter} {name:<{width}}  {_cut(safe(_decided(result)), room)}"


def _cut(sentence: str, width: int) -> str:
    """A sentence as far as the line goes; the report has it whole."""
    return sentence if len(sentence) <= width else f"{sentence[: width - 1].rstrip()}…"


def grade_text(grade: Grade) -> str:
    """One letter, or the range that unread facts leave open: best … worst."""
    return grade.worst.value if grade.worst is grade.best else f"{grade.best.value}…{grade.worst.value}"


def _decided(result: MachineResult) -> str:
    """The sentence of the verdict that set the grade."""
    deciding = [v for v in result.verdicts if v.rule in result.grade.decided_by]
    failed = [v for v in deciding if v.status is Status.FAIL] or deciding
    if failed:
        return f"{failed[0].rule} {failed[0].says}"
    toxic = [one for one in result.toxic if one.combination in result.grade.decided_by]
    return f"{toxic[0].combination} {toxic[0].steps[0].says}" if toxic else "all lines of defence hold"


def _toxic(assessment: Assessment) -> Iterator[str]:
    """The worst toxic combinations that are somewhere, a line each, and how many more there are or may be."""
    there = Counter(one.combination for result in assessment.results for one in result.toxic if one.certain)
    possible = Counter(one.combination for result in assessment.results for one in result.toxic if not one.certain)
    ranked = sorted(assessment.combinations, key=lambda one: (-ord(one.caps_grade_at), -there[one.id], one.id))
    found = [combination for combination in ranked if there[combination.id]]
    for combination in found[:_COMBINATIONS_SHOWN]:
        count, perhaps = there[combination.id], possible[combination.id]
        where = f"{count} {_machines(count)}" + (f" and perhaps {perhaps} more" if perhaps else "")
        yield _cut(f"{combination.id} on {where}: {combination.title}", _WIDTH)
    more = len(found) - _COMBINATIONS_SHOWN
    perhaps = len(possible.keys() - there.keys())
    rest = [f"{more} more"] if more > 0 else []
    rest += [f"{perhaps} that may be there"] if perhaps else []
    if rest:
        yield f"  … and {' and '.join(rest)}: toxic combinations stand in the reports"


def _machines(count: int) -> str:
    return "machine" if count == 1 else "machines"


def _fleet(assessment: Assessment) -> str:
    fleet = assessment.fleet
    parts = [f"{count} {letter.value}" for letter, count in fleet.distribution if count]
    many = f"{fleet.machines} {_machines(fleet.machines)}"
    text = f"{many}: {', '.join(parts)}. Worst {fleet.worst.value}, median {fleet.median.value}."
    return f"{text} {fleet.uncertain} could be better than shown: facts are unread." if fleet.uncertain else text


def show_files(written: Reports | None, snapshot: Path) -> None:
    """Where the reports are, what could not be written, and the next command worth typing."""
    if written:
        say()
        for path in written.files:
            say(f"  {safe(str(path))}")
        if written.left_out:
            say(safe(written.left_out))
    say()
    say(f"Next: vmaudit gate {safe(str(snapshot))}")
