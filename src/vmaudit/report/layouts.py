"""The two layouts of the picture: where its words stand. Lines and walls are drawn by `drawing`."""

from dataclasses import dataclass
from typing import Final

from vmaudit.assess.rule import Layer
from vmaudit.report.drawing import HALF, Axes, Label, Part, Plan, Sizes, Stroke, line_strokes, plan_of, wall_strokes
from vmaudit.report.lines import LineState
from vmaudit.report.walls import Line, Picture, Wall
from vmaudit.report.wording import cut_short, shortened, wrapped

_WIDE: Final = Axes(tall=False)
_TALL: Final = Axes(tall=True)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture ready for the template: its size and its parts, back to front."""

    width: int
    height: int
    title: str
    description: str
    parts: tuple[Part, ...]


# ── Wide ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_PITCH: Final = 96.5
_FIRST_WALL: Final = 182.0
_RIGHT: Final = 1000.0
_WIDE_SIZES: Final = Sizes(starts=140, top=64, lane=38, least=68, between=16)


def wide(picture: Picture) -> Drawing:
    """The world on the left, the machine on the right, titles above the walls and what is broken below them."""
    walls = tuple(_FIRST_WALL + _PITCH * index for index in range(len(Layer)))
    plan = plan_of(picture, _WIDE, walls, _WIDE_SIZES)
    why = {line.stops_at: wrapped(line.why, 13, 2) for line in picture.lines if line.stops_at is Layer.NETWORK}
    below = {wall.layer: _below(wall, why.get(wall.layer, ())) for wall in picture.walls}
    bottom = plan.people[1] + 12
    parts = [
        _machine(plan, _RIGHT),
        *(_wide_wall(plan, wall, picture.lines, below[wall.layer], bottom) for wall in picture.walls),
        *(_wide_line(plan, line, index, enters=_enters(picture)) for index, line in enumerate(picture.lines)),
    ]
    parts[0].labels.append(Label("name", walls[-1] + 16, plan.people[1] - 14, "start", shortened(picture.machine, 16)))
    height = bottom + 14 * max(map(len, below.values())) + 8
    return Drawing(int(_RIGHT), int(height), picture.title, picture.description, tuple(parts))


def _wide_wall(
    plan: Plan, wall: Wall, lines: tuple[Line, ...], below: tuple[tuple[str, str], ...], bottom: float
) -> Part:
    x = plan.along(wall.layer)
    titles = wrapped(wall.title, 13, 2)
    labels = [Label("title", x, 32 - 15 * (len(titles) - 1 - row), "middle", text) for row, text in enumerate(titles)]
    labels.append(Label(f"word {_word_css(wall)}", x, 48, "middle", wall.word))
    labels += [Label(css, x, bottom + 12 + 14 * row, "middle", text) for row, (css, text) in enumerate(below)]
    return Part(wall.says, wall.rules[0] if wall.rules else "", list(wall_strokes(plan, wall, lines)), labels)


def _below(wall: Wall, why: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """What stands below a wall, as `(class, text)`: why a line stops there, and what is broken."""
    css = "gap" if wall.state is not LineState.HOLDS else "why"
    return (*(("why", text) for text in why), *((css, text) for text in _gap_lines(wall, 13, 4)))


def _wide_line(plan: Plan, line: Line, index: int, *, enters: bool) -> Part:
    lane = plan.lanes[index]
    part = Part(strokes=list(line_strokes(plan, line, index, enters=enters)))
    if line.tone == "inside":
        x = plan.along(Layer.NETWORK) + 14
        part.labels += [Label("who", x, lane - 7, "start", line.label)]
        part.labels += [Label("detail near", x, lane + 15, "start", shortened(line.detail, 13))]
    else:
        part.labels += [Label("who", 0, lane - 1, "start", line.label)]
        part.labels += [Label("detail", 0, lane + 14, "start", shortened(line.detail, 21))]
    stop = line.stops_at
    if stop is None:
        part.labels.append(Label("ports", plan.along(Layer.HOST) + 24, lane + 4, "start", cut_short(line.ports, 15)))
    elif stop is not Layer.NETWORK:
        part.labels.append(Label("why", plan.along(stop) - 26, lane - 8, "end", line.why))
    return part


# ── Tall ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_ROW: Final = 46.0
_LEGEND: Final = 19.0
_TALL_WIDTH: Final = 340


def tall(picture: Picture) -> Drawing:
    """The world on top, the machine at the bottom, the walls as rows; lines carry numbers and are named above."""
    head = _LEGEND * len(picture.lines)
    walls = tuple(head + 78 + _ROW * index for index in range(len(Layer)))
    lane = min(52.0, (_TALL_WIDTH - 218) / len(picture.lines))
    plan = plan_of(picture, _TALL, walls, Sizes(starts=head + 34, top=176, lane=lane, least=60, between=12))
    end = walls[-1] + 52
    parts = [
        _machine(plan, end),
        *(_tall_wall(plan, wall, picture.lines) for wall in picture.walls),
        *(_tall_line(plan, line, index, enters=_enters(picture)) for index, line in enumerate(picture.lines)),
    ]
    parts[0].labels.append(Label("name", 0, walls[-1] + 40, "start", shortened(picture.machine, 22)))
    return Drawing(_TALL_WIDTH, int(end) + 4, picture.title, picture.description, tuple(parts))


def _tall_wall(plan: Plan, wall: Wall, lines: tuple[Line, ...]) -> Part:
    y = plan.along(wall.layer)
    below = Label(f"word {_word_css(wall)}", 0, y + 13, "start", wall.word)
    if wall.state is LineState.BROKEN and wall.gap:
        below = Label("gap", 0, y + 13, "start", wrapped(wall.gap, 27, 1)[0])
    labels = [Label("title", 0, y - 3, "start", wall.title), below]
    return Part(wall.says, wall.rules[0] if wall.rules else "", list(wall_strokes(plan, wall, lines)), labels)


def _tall_line(plan: Plan, line: Line, index: int, *, enters: bool) -> Part:
    lane = plan.lanes[index]
    part = Part(strokes=list(line_strokes(plan, line, index, enters=enters)))
    number = str(index + 1)
    start = plan.along(Layer.NETWORK) + 24 if line.tone == "inside" else plan.starts - 6
    across = lane + 10 if line.tone == "inside" else lane
    part.labels += [
        Label("mark", 0, 12 + _LEGEND * index, "start", number),
        Label("key", 16, 12 + _LEGEND * index, "start", shortened(_in_short(line), 46)),
        Label("mark", across, start, "start" if line.tone == "inside" else "middle", number),
    ]
    return part


def _in_short(line: Line) -> str:
    """A line as the legend of the tall layout has it."""
    end = line.why if line.stops_at else f"to {line.ports}"
    return f"{line.label}, {line.detail}: {end}"


# ── Both ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _enters(picture: Picture) -> bool:
    """Whether lines go on into the machine, because its own wall is broken."""
    return any(wall.layer is Layer.HOST and wall.state is LineState.BROKEN for wall in picture.walls)


def _machine(plan: Plan, end: float) -> Part:
    """The machine: an open box behind the last wall."""
    start = plan.along(Layer.HOST) + HALF
    low, high = plan.packets[0] + 0.5, plan.people[1] - 0.5
    points = [plan.axes.at(*corner) for corner in ((start, low), (end - 1, low), (end - 1, high), (start, high))]
    return Part(strokes=[Stroke("machine", f"M{'L'.join(f'{x:g} {y:g}' for x, y in points)}")])


def _gap_lines(wall: Wall, width: int, most: int) -> tuple[str, ...]:
    """What is broken, in short lines, and how much more there is."""
    if not wall.gap:
        return ()
    lines = wrapped(wall.gap, width, most)
    return (*lines, f"and {wall.more} more") if wall.more and most > 1 else lines


def _word_css(wall: Wall) -> str:
    return "word-broken" if wall.state is LineState.BROKEN else "word-calm"
