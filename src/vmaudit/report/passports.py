"""One machine as a report shows it: its grade, its picture, its ways in hop by hop, every verdict with its proof."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vmaudit.assess.assessment import Grade, Letter, MachineResult, Status, Verdict
from vmaudit.assess.grade import MEANINGS, badness
from vmaudit.assess.rule import Layer, Rule
from vmaudit.exposure.inside import inside_paths
from vmaudit.report.access_words import AccessWords
from vmaudit.report.lines import LINES, STATE_WORDS, LineState, line_states
from vmaudit.report.toxic_words import ToxicWords
from vmaudit.report.walls import Picture, hides_more, picture
from vmaudit.report.ways import WayIn, ports_in_short, way_in, who_reaches_what
from vmaudit.report.wording import anchor, counted, sentence_case

_TONES: Final = ("open", "possible", "latent", "partial", "public", "inside", "broker")

_INSIDE: Final = ("inside", "broker")

STATUS_TITLES: Final = {
    Status.FAIL: "Fails",
    Status.UNKNOWN: "Not known",
    Status.PASS: "Passes",
    Status.NOT_APPLICABLE: "Does not apply",
    Status.NOT_REACHED: "Not reached",
}
"""How the verdicts of a passport are grouped, in this order."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of defence in a row of eight: its title, state and word."""

    layer: str
    title: str
    state: str
    word: str


@dataclass(frozen=True, slots=True)
class Row:
    """A machine as a row of the table. `doors` are the ports on which the public reaches it; `rank` sorts worst first.

    `doors_tone` is that of the way in (`ways.WayIn`), or `none`, or `unread` where nobody can say that there is none.
    """

    anchor: str
    id: str
    name: str
    label: str
    resource_group: str
    subscription: str
    location: str
    system: str
    power: str
    tags: tuple[tuple[str, str], ...]
    worst: str
    best: str
    decided_by: tuple[str, ...]
    cells: tuple[Cell, ...]
    doors: str
    doors_tone: str
    rank: int
    has_passport: bool


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """One verdict with its rule's title."""

    rule: str
    title: str
    severity: str
    says: str
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The verdicts of one status."""

    status: str
    title: str
    verdicts: tuple[VerdictWords, ...]


@dataclass(frozen=True, slots=True)
class Passport:
    """A machine, whole."""

    row: Row
    meaning: str
    """What the grade says, as a sentence without its full stop."""
    range_says: str
    caveat: str
    picture: Picture
    ways: tuple[WayIn, ...]
    ways_left_out: int
    inside: tuple[WayIn, ...]
    """The ways from inside the network, Bastion's among them."""
    inside_says: str
    """The same in one sentence."""
    open_to_public: bool
    """Whether something public gets in, or could: where it does not, paper does without the picture."""
    toxic: tuple[ToxicWords, ...]
    access: AccessWords | None
    """Who may act; None where that was not read, or is left out for its size."""
    groups: tuple[Group, ...]
    blind_spots: tuple[str, ...]
    assumptions: tuple[str, ...]


def worst_first(results: Iterable[MachineResult]) -> list[MachineResult]:
    """The machines with the worst grade first; among equals the certain ones, then in the order given."""
    return sorted(results, key=lambda result: (-badness(result.grade.worst), -badness(result.grade.best)))


def row(
    result: MachineResult,
    assessed: frozenset[Layer],
    *,
    label: str,
    rank: int,
    has_passport: bool,
    ways: Sequence[WayIn] | None = None,
) -> Row:
    """A machine as a row; `label` is its name, or more where the name is not unique."""
    it, grade = result.machine, result.grade
    tone, doors = _doors(result, ways if ways is not None else _ways(result))
    return Row(
        anchor=anchor("vm", it.key),
        id=it.id,
        name=it.name,
        label=label,
        resource_group=it.resource_group,
        subscription=it.subscription,
        location=it.location,
        system=it.operating_system,
        power=it.power,
        tags=it.tags,
        worst=grade.worst.value,
        best=grade.best.value,
        decided_by=grade.decided_by,
        cells=tuple(_cell(layer, state) for layer, state in line_states(result.layers, assessed)),
        doors=doors,
        doors_tone=tone,
        rank=rank,
        has_passport=has_passport,
    )


def passport(
    result: MachineResult,
    rules: Mapping[str, Rule],
    assessed: frozenset[Layer],
    *,
    label: str,
    rank: int,
    most_ways: int,
    toxic: tuple[ToxicWords, ...] = (),
    access: AccessWords | None = None,
) -> Passport:
    """A machine, whole, with at most `most_ways` ways in: the most alarming ones."""
    every = _ways(result, inside=True)
    ways = tuple(way for way in every if way.tone not in _INSIDE)
    inside = every[len(ways) :]
    drawn = picture(result, line_states(result.layers, assessed), every, rules)
    return Passport(
        row=row(result, assessed, label=label, rank=rank, has_passport=True, ways=ways),
        meaning=_meaning(result),
        range_says=_range(result.grade, result),
        caveat=_caveat(result.grade, assessed),
        picture=drawn,
        ways=ways[:most_ways],
        ways_left_out=max(0, len(ways) - most_ways),
        inside=inside,
        inside_says=f"From inside: {who_reaches_what(inside)}." if inside else "",
        open_to_public=any(line.kind == "packets" and line.tone not in ("inside", "stopped") for line in drawn.lines),
        toxic=toxic,
        access=access,
        groups=tuple(_groups(result, rules)),
        blind_spots=result.exposure.blind_spots,
        assumptions=result.exposure.assumptions,
    )


def _meaning(result: MachineResult) -> str:
    """What the grade means; nobody can log in to a machine that does not run."""
    start = " once it is started" if result.grade.worst is Letter.F and result.exposure.live is False else ""
    return f"{sentence_case(MEANINGS[result.grade.worst])}{start}"


def _cell(layer: Layer, state: LineState) -> Cell:
    return Cell(layer.value, LINES[layer].title, state.value, STATE_WORDS[state])


def _ways(result: MachineResult, *, inside: bool = False) -> tuple[WayIn, ...]:
    """The ways in, most alarming first; those from inside are worked out only where they are shown."""
    more = inside_paths(result.exposure) if inside else ()
    return tuple(sorted(map(way_in, (*result.exposure.paths, *more)), key=lambda way: _TONES.index(way.tone)))


def _doors(result: MachineResult, ways: Sequence[WayIn]) -> tuple[str, str]:
    """The tone and the ports of the most alarming public ways in; `unread` where blind spots could hide some."""
    for tone in (tone for tone in _TONES if tone not in _INSIDE):
        found = [way for way in ways if way.tone == tone]
        if found:
            return tone, ports_in_short(found)
    return ("unread" if hides_more(result.exposure) else "none"), ""


def _range(grade: Grade, result: MachineResult) -> str:
    if grade.worst is grade.best:
        return ""
    unread = sum(verdict.status is Status.UNKNOWN for verdict in result.verdicts)
    return (
        f"{counted(unread, 'rule')} could not be answered. "
        f"If every gap turned out fine, the grade would be {grade.best.value}."
    )


def _caveat(grade: Grade, assessed: frozenset[Layer]) -> str:
    """What a good grade does not say: nothing was asked about lines without rules."""
    missing = len(Layer) - len(assessed)
    if not missing or grade.worst not in (Letter.A, Letter.B):
        return ""
    return f"{missing} of the {len(Layer)} lines of defence are not assessed yet and speak neither for nor against it."


def _groups(result: MachineResult, rules: Mapping[str, Rule]) -> Iterable[Group]:
    for status, title in STATUS_TITLES.items():
        found = [verdict for verdict in result.verdicts if verdict.status is status]
        if found:
            yield Group(status.value, title, tuple(_verdict(verdict, rules[verdict.rule], title) for verdict in found))


def _verdict(verdict: Verdict, rule: Rule, title: str) -> VerdictWords:
    # The title of the group need not be said again in each of its sentences.
    says = verdict.says.removeprefix(f"{title}: ")
    return VerdictWords(rule.id, rule.title, (verdict.raised or rule.severity).value, says, verdict.proof)
