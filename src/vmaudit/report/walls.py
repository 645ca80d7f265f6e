"""The picture that is ours, before it is drawn: eight walls, and the lines that stop at one or get past.

The picture shows two kinds of line. Packets meet the walls network, Bastion and just-in-time; people meet roles, PIM
and Conditional Access. A wall that stands only in the other lane stops nobody here, which is the point of the picture.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmaudit.assess.assessment import MachineResult, Status, Verdict
from vmaudit.assess.rule import Layer, Rule, Severity
from vmaudit.exposure.paths import MachineExposure
from vmaudit.known import Unknown
from vmaudit.report.lines import LINES, STATE_WORDS, LineState
from vmaudit.report.ways import ANYONE, WayIn, ports_in_short
from vmaudit.report.wording import listed

PACKET_WALLS: Final = (Layer.NETWORK, Layer.BASTION, Layer.JUST_IN_TIME)
PEOPLE_WALLS: Final = (Layer.ROLES, Layer.PIM, Layer.CONDITIONAL_ACCESS)

_SEVERITIES: Final = tuple(Severity)
_PUBLIC_TONES: Final = {
    "open": "Internet",
    "possible": "Internet, perhaps",
    "latent": "Internet",
    "partial": "Some addresses",
    "public": "Internet",
}
"""The tones of public ways in, most alarming first, and how the line of each is called."""


class Meeting(Enum):
    """What a line does at a wall."""

    ELSEWHERE = "elsewhere"
    """The wall is not in this line's way, or the line never gets there."""
    THROUGH = "through"
    AROUND = "around"
    """The wall stands, and the line does not need to pass it."""
    STOPS = "stops"


@dataclass(frozen=True, slots=True)
class Wall:
    """One line of defence. `gap` names what is broken; `rules` are those that fail or could not be answered."""

    layer: Layer
    title: str
    state: LineState
    word: str
    gap: str
    more: int
    rules: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class Line:
    """One way in, merged with its like: who, through which walls, to which ports, or where it stops and why."""

    kind: str
    tone: str
    label: str
    detail: str
    ports: str
    meets: Mapping[Layer, Meeting]
    why: str

    @property
    def stops_at(self) -> Layer | None:
        """The wall that stops the line, or None if it arrives."""
        return next((layer for layer, meeting in self.meets.items() if meeting is Meeting.STOPS), None)


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the drawing of one machine shows, and the same in words."""

    machine: str
    walls: tuple[Wall, ...]
    lines: tuple[Line, ...]
    title: str
    description: str


def picture(
    result: MachineResult,
    states: Sequence[tuple[Layer, LineState]],
    ways: Sequence[WayIn],
    rules: Mapping[str, Rule],
) -> Picture:
    """The picture of one machine."""
    state_of = dict(states)
    walls = tuple(_wall(layer, state, result.verdicts, ways, rules) for layer, state in states)
    lines = (*_packet_lines(result, state_of, ways), _people_line(state_of))
    name = result.machine.name
    return Picture(
        machine=name,
        walls=walls,
        lines=lines,
        title=f"Ways into {name}, and the walls between",
        description=" ".join(
            (*(f"{_in_words(line)}." for line in lines), *(f"{wall.title}: {wall.word}." for wall in walls))
        ),
    )


def _in_words(line: Line) -> str:
    stop = line.stops_at
    who = f"{line.label}, {line.detail}" if line.detail else line.label
    return f"{who}: reaches {line.ports}" if stop is None else f"{who}: stops at {LINES[stop].title}, {line.why}"


# ── Walls ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _wall(
    layer: Layer,
    state: LineState,
    verdicts: Sequence[Verdict],
    ways: Sequence[WayIn],
    rules: Mapping[str, Rule],
) -> Wall:
    wanted = {LineState.BROKEN: Status.FAIL, LineState.UNKNOWN: Status.UNKNOWN}.get(state)
    found = [
        rules[verdict.rule] for verdict in verdicts if verdict.status is wanted and rules[verdict.rule].layer is layer
    ]
    found.sort(key=lambda rule: _SEVERITIES.index(rule.severity))
    named = _network_gaps(ways, state) if layer is Layer.NETWORK else ()
    gap, more = "", 0
    if named:
        gap, more = named[0], len(named) - 1
    elif state is LineState.BROKEN and found:
        gap, more = found[0].title, len(found) - 1
    word = STATE_WORDS[state]
    return Wall(
        layer=layer,
        title=LINES[layer].title,
        state=state,
        word=word,
        gap=gap,
        more=more,
        rules=tuple(rule.id for rule in found),
        says=f"{LINES[layer].title}: {'; '.join((word, *(f'{rule.id} {rule.title}' for rule in found)))}",
    )


def _network_gaps(ways: Sequence[WayIn], state: LineState) -> tuple[str, ...]:
    """The rules (or missing groups) that let the most alarming kind of public way in.

    What lets other ports in than management doors is the gap only of a wall that holds: else something worse is broken.
    """
    for tone in _PUBLIC_TONES:
        if tone == "public" and state is LineState.BROKEN:
            break
        gaps = tuple(dict.fromkeys(gap for way in ways if way.tone == tone for gap in way.gaps))
        if gaps:
            return gaps
    return ()


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _packet_lines(result: MachineResult, states: Mapping[Layer, LineState], ways: Sequence[WayIn]) -> tuple[Line, ...]:
    """The two most alarming public lines and one from inside; a stopped one where nothing public gets in."""
    by_tone = {tone: [way for way in ways if way.tone == tone] for tone in (*_PUBLIC_TONES, "inside")}
    public = [_open_line(tone, by_tone[tone], states) for tone in _PUBLIC_TONES if by_tone[tone]][:2]
    inside = [_inside_line(by_tone["inside"], states)] if by_tone["inside"] else []
    return (*(public or [_stopped_line(result, states[Layer.NETWORK])]), *inside)


def _open_line(tone: str, ways: Sequence[WayIn], states: Mapping[Layer, LineState]) -> Line:
    return Line(
        kind="packets",
        tone=tone,
        label=_PUBLIC_TONES[tone],
        detail="once it is started" if tone == "latent" else _merged(ways, _address_words),
        ports=ports_in_short(ways),
        meets={Layer.NETWORK: Meeting.THROUGH, **_past_the_brokers(states)},
        why="",
    )


def _address_words(way: WayIn) -> str:
    return "any address" if way.sources == ANYONE else way.sources


def _inside_line(ways: Sequence[WayIn], states: Mapping[Layer, LineState]) -> Line:
    return Line(
        kind="packets",
        tone="inside",
        label="Inside",
        detail=_places(ways),
        ports=ports_in_short(ways),
        meets={Layer.NETWORK: Meeting.ELSEWHERE, **_past_the_brokers(states)},
        why="",
    )


def _past_the_brokers(states: Mapping[Layer, LineState]) -> dict[Layer, Meeting]:
    """A packet that the network admits needs neither Bastion nor a request: it goes through their gaps or around."""
    standing = (LineState.HOLDS, LineState.UNKNOWN)
    brokers = (Layer.BASTION, Layer.JUST_IN_TIME)
    met = {layer: Meeting.AROUND if states[layer] in standing else Meeting.THROUGH for layer in brokers}
    return {**met, Layer.MONITORING: Meeting.THROUGH}


def hides_more(exposure: MachineExposure) -> bool:
    """Whether something that was not read could hide a public way in."""
    return bool(exposure.blind_spots) or isinstance(exposure.public_openings, Unknown)


def _stopped_line(result: MachineResult, network: LineState) -> Line:
    exposure = result.exposure
    if network is LineState.NOT_APPLICABLE:
        tone, why = "stopped", "nothing to reach"
    elif hides_more(exposure):
        tone, why = "unread", "cannot be ruled out"
    else:
        tone, why = "stopped", "no rule admits it" if exposure.entered else "no public entry"
    return Line("packets", tone, "Internet", "any address", "", {Layer.NETWORK: Meeting.STOPS}, why)


def _people_line(states: Mapping[Layer, LineState]) -> Line:
    """The line of people: through each wall that is broken or not needed, up to the first that is neither."""
    meets: dict[Layer, Meeting] = {}
    for layer in PEOPLE_WALLS:
        state = states[layer]
        if state not in (LineState.BROKEN, LineState.NOT_APPLICABLE):
            meets[layer] = Meeting.STOPS
            why = "not assessed yet" if state is LineState.NOT_ASSESSED else STATE_WORDS[state]
            tone = "stopped" if state is LineState.HOLDS else "unread"
            return Line("people", tone, "People", "who may act on it", "", meets, why)
        meets[layer] = Meeting.THROUGH
    meets[Layer.MONITORING] = Meeting.THROUGH
    return Line("people", "open", "People", "who may act on it", "control", meets, "")


def _places(ways: Sequence[WayIn]) -> str:
    """Where the inside ways start: the first kind of place, and how many more kinds there are."""
    kinds = list(dict.fromkeys(way.origin.removeprefix("its ").removeprefix("a ") for way in ways))
    return kinds[0] if len(kinds) == 1 else f"{kinds[0].removeprefix('own ')} +{len(kinds) - 1}"


def _merged(ways: Sequence[WayIn], part: Callable[[WayIn], str]) -> str:
    """One phrase for several ways: each different one once, at most two and how many more."""
    return listed(list(dict.fromkeys(part(way) for way in ways)), most=2)
