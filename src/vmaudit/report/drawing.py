"""The picture as strokes and labels: wide, the world on the left, and tall, the world on top, for narrow pages.

Both are one geometry. It is laid out *along* the way in and *across* it; `Axes` turns that into x and y. Strokes are
plain SVG path data and carry a class, nothing more: no gradients, patterns, markers or ids, so hundreds of pictures can
share a page and a printer needs nothing but black.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from vmaudit.assess.rule import Layer
from vmaudit.report.lines import LineState
from vmaudit.report.walls import PACKET_WALLS, PEOPLE_WALLS, Line, Meeting, Picture, Wall

Point: TypeAlias = tuple[float, float]

HALF: Final = 8.0
"""Half of a wall's thickness."""
_BEND: Final = 7.0
_TRACK: Final = 9.0
"""How far lines that walk around the same wall keep from each other."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One SVG path and its class."""

    css: str
    d: str


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text. `anchor` is `start`, `middle` or `end`."""

    css: str
    x: float
    y: float
    anchor: str
    text: str


@dataclass(slots=True)
class Part:
    """Strokes and labels that belong together; `hint` is shown on hover, `rule` is where a click leads."""

    hint: str = ""
    rule: str = ""
    strokes: list[Stroke] = field(default_factory=list[Stroke])
    labels: list[Label] = field(default_factory=list[Label])


@dataclass(frozen=True, slots=True)
class Axes:
    """Where a place `along` and `across` the way in is on the page."""

    tall: bool

    def at(self, along: float, across: float) -> Point:
        """The place as x and y."""
        return (across, along) if self.tall else (along, across)


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a layout decides: where lines start, and how much room lanes take across (at `least` for all packets)."""

    starts: float
    top: float
    lane: float
    least: float
    between: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The measures of one picture: where walls stand along the way in, and where lines run across it."""

    axes: Axes
    starts: float
    walls: tuple[float, ...]
    """Along, in the order of `Layer`."""
    packets: tuple[float, float]
    people: tuple[float, float]
    """Across: from where to where the walls of each lane reach."""
    lanes: tuple[float, ...]
    """Across, in the order of the picture's lines."""

    def reach(self, layer: Layer) -> tuple[float, float]:
        """From where to where the wall of a layer reaches, across."""
        if layer in PACKET_WALLS:
            return self.packets
        return self.people if layer in PEOPLE_WALLS else (self.packets[0], self.people[1])

    def along(self, layer: Layer) -> float:
        """Where the wall of a layer stands."""
        return self.walls[tuple(Layer).index(layer)]


def plan_of(picture: Picture, axes: Axes, walls: tuple[float, ...], sizes: Sizes) -> Plan:
    """Measures for as many lanes of packets as the picture has lines, and one for people."""
    packets = sum(line.kind == "packets" for line in picture.lines)
    around = any(Meeting.AROUND in line.meets.values() for line in picture.lines)
    top = sizes.top + (_TRACK * packets + 2 if around else 0)
    lane = max(sizes.lane, sizes.least / packets)
    end = top + packets * lane
    people = (end + sizes.between, end + sizes.between + sizes.lane)
    lanes = (*(top + lane * (index + 0.5) for index in range(packets)), people[0] + sizes.lane / 2)
    return Plan(axes, sizes.starts, walls, (top, end), people, lanes)


# ── Walls ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def wall_strokes(plan: Plan, wall: Wall, lines: Sequence[Line]) -> Iterator[Stroke]:
    """One wall: solid where it holds, jagged at a gap where it is broken, hatched where unread, else dotted."""
    low, high = plan.reach(wall.layer)
    along = plan.along(wall.layer)
    if wall.state in (LineState.NOT_APPLICABLE, LineState.NOT_ASSESSED):
        yield Stroke("wall-none", _box(plan.axes, along, low, high))
        return
    if wall.state is LineState.UNKNOWN:
        yield Stroke("wall-unread", _box(plan.axes, along, low, high))
        yield Stroke("wall-hatch", _hatch(plan.axes, along, low, high))
        return
    broken = wall.state is LineState.BROKEN
    gaps = _gaps(plan, wall, lines)
    css = "wall-broken" if broken else "wall-holds"
    edge = low
    for gap in gaps:
        yield Stroke(css, _piece(plan.axes, along, (edge, gap - 9), torn=(edge != low and broken, broken)))
        edge = gap + 9
    yield Stroke(css, _piece(plan.axes, along, (edge, high), torn=(edge != low and broken, False)))


def _gaps(plan: Plan, wall: Wall, lines: Sequence[Line]) -> list[float]:
    """Where a wall is open: where lines pass; a broken one that nothing passes has its gap where no line stops."""
    met = [(lane, line.meets.get(wall.layer)) for line, lane in zip(lines, plan.lanes, strict=True)]
    broken = wall.state is LineState.BROKEN
    if wall.layer is Layer.HOST and broken:
        met = [(lane, Meeting.THROUGH) for line, lane in zip(lines, plan.lanes, strict=True) if line.stops_at is None]
    passing = [lane for lane, meeting in met if meeting is Meeting.THROUGH]
    if passing or not broken:
        return passing
    low, high = plan.reach(wall.layer)
    stopped = any(meeting is Meeting.STOPS for _, meeting in met)
    return [high - 15 if stopped else (low + high) / 2]


def _piece(axes: Axes, along: float, span: tuple[float, float], torn: tuple[bool, bool]) -> str:
    """A piece of wall from one place across to another, with torn or straight ends."""
    low, high = span
    left, right = along - HALF, along + HALF
    first = _tear(left, right, low, -3.0) if torn[0] else [(left, low), (right, low)]
    last = _tear(right, left, high, 3.0) if torn[1] else [(right, high), (left, high)]
    return _polygon([axes.at(*point) for point in (*first, *last)])


def _tear(start: float, end: float, across: float, depth: float) -> list[Point]:
    """A jagged end; it tears into the gap, so the wall keeps its width."""
    step = (end - start) / 4
    return [(start + step * index, across + (depth if index % 2 else -depth * 0.6)) for index in range(5)]


def _box(axes: Axes, along: float, low: float, high: float) -> str:
    corners = ((along - HALF, low), (along + HALF, low), (along + HALF, high), (along - HALF, high))
    return _polygon([axes.at(*corner) for corner in corners])


def _hatch(axes: Axes, along: float, low: float, high: float) -> str:
    """Slanting lines that fill a wall, each as a segment of its own."""
    width = 2 * HALF
    strokes: list[str] = []
    across = low - width + 6
    while across < high:
        first = max(across, low)
        last = min(across + width, high)
        start = axes.at(along - HALF + (first - across), first)
        end = axes.at(along - HALF + (last - across), last)
        strokes.append(f"M{_number(*start)}L{_number(*end)}")
        across += 6
    return "".join(strokes)


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def line_strokes(plan: Plan, line: Line, index: int, *, enters: bool) -> Iterator[Stroke]:
    """One line from its start to the machine (into it where `enters`), or to the wall that stops it."""
    lane = plan.lanes[index]
    start = plan.along(Layer.NETWORK) + HALF + 6 if line.tone == "inside" else plan.starts
    stop = line.stops_at
    if stop is not None:
        end = plan.along(stop) - HALF - 7
        yield Stroke(f"way way-{line.tone}", _route([plan.axes.at(start, lane), plan.axes.at(end, lane)]))
        yield Stroke(f"way-stop way-{line.tone}-end", _bar(plan.axes, end, lane))
        return
    end = plan.along(Layer.HOST) + (HALF + 3 if enters else -HALF - 3)
    points = [(start, lane), *_around(plan, line, index), (end - 8, lane)]
    yield Stroke(f"way way-{line.tone}", _route([plan.axes.at(*point) for point in points]))
    tip = ((end, lane), (end - 11, lane - 5.5), (end - 11, lane + 5.5))
    yield Stroke(f"way-tip way-{line.tone}-end", _polygon([plan.axes.at(*point) for point in tip]))


def _around(plan: Plan, line: Line, index: int) -> Iterator[Point]:
    """The corners of a line that walks around walls: off before the first of each run, back after its last.

    Lines nest: the first lane takes the outermost track, so that no two of them cross.
    """
    depth = sum(candidate < plan.people[0] for candidate in plan.lanes) - index
    lane, track = plan.lanes[index], plan.packets[0] - 3 - _TRACK * depth
    aside = HALF + 4 + _TRACK * depth
    walls = [layer for layer in PACKET_WALLS if line.meets.get(layer) is Meeting.AROUND]
    for layer in walls:
        at = plan.along(layer)
        before = tuple(Layer)[tuple(Layer).index(layer) - 1]
        after = tuple(Layer)[tuple(Layer).index(layer) + 1]
        if before not in walls:
            yield from ((at - aside, lane), (at - aside, track))
        if after not in walls:
            yield from ((at + aside, track), (at + aside, lane))


def _bar(axes: Axes, along: float, lane: float) -> str:
    first, last = axes.at(along, lane - 8), axes.at(along, lane + 8)
    return f"M{_number(*first)}L{_number(*last)}"


def _route(points: Sequence[Point]) -> str:
    """A line through the points with rounded corners."""
    parts = [f"M{_number(*points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        parts.append(f"L{_number(*_towards(corner, before))}Q{_number(*corner)} {_number(*_towards(corner, after))}")
    return "".join((*parts, f"L{_number(*points[-1])}"))


def _towards(corner: Point, other: Point) -> Point:
    """The place where the bend of a corner begins: a little towards the other point."""
    (x, y), (to_x, to_y) = corner, other
    far = max(abs(to_x - x), abs(to_y - y))
    share = min(_BEND, far / 2) / far
    return x + (to_x - x) * share, y + (to_y - y) * share


def _polygon(points: Sequence[Point]) -> str:
    return f"M{'L'.join(_number(*point) for point in points)}Z"


def _number(x: float, y: float) -> str:
    return f"{x:g} {y:g}" if x == round(x, 1) and y == round(y, 1) else f"{round(x, 1):g} {round(y, 1):g}"
