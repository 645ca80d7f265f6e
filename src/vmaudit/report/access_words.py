"""Who may act, in words: one row per person or workload identity, with the ways in which he can."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from vmaudit.access.duties import DOORS_OF_DUTY, Duty
from vmaudit.access.grants import Way
from vmaudit.access.overview import AccessTable, Overview, Reach
from vmaudit.estate.rights import Held, Principal
from vmaudit.report.role_words import (
    DOOR_WORDS,
    HELD_WORDS,
    called,
    distance_of,
    kind_words,
    model_words,
    short_scope,
    steps,
)
from vmaudit.report.wording import counted, listed, number

_DOORS_TOLD: Final = 3
_USING: Final = frozenset(DOORS_OF_DUTY[Duty.USE])


@dataclass(frozen=True, slots=True)
class WayWords:
    """One way in which somebody may act."""

    doors: str
    """The first few of what he may do."""
    all_doors: str
    """All of it, where `doors` leaves some out; else ""."""
    held: Held
    held_says: str
    uses: bool
    """Whether it lets him sign in or run code."""
    role: str
    scope: str
    """The last part of the scope's name."""
    whole_scope: str
    via: tuple[str, ...]
    first: str
    """What he has to do first; "" where nothing."""
    doubt: str
    """Why he may not be able to after all; "" where he is."""


@dataclass(frozen=True, slots=True)
class HolderWords:
    """One person, group or workload identity with his ways."""

    name: str
    id: str
    kind: str
    marks: tuple[str, ...]
    twin: bool
    """Whether somebody else in the report has the same name, so that the id has to tell them apart."""
    model: str
    """How far a person is from the access model; "" for what is no person."""
    ways: tuple[WayWords, ...]
    ways_left_out: int


@dataclass(frozen=True, slots=True)
class AccessWords:
    """Who may act on one machine."""

    says: str
    """The same in one sentence."""
    holders: tuple[HolderWords, ...]
    left_out: int
    """How many people and identities are not told."""
    blind_spots: tuple[str, ...]
    assumptions: tuple[str, ...]
    same_as: str
    """The label of an earlier machine in the report on which the same people may do the same; "" for the first."""
    same_anchor: str


@dataclass(frozen=True, slots=True)
class ReachWords:
    """Somebody with much reach."""

    name: str
    id: str
    kind: str
    marks: tuple[str, ...]
    twin: bool
    at_once: int
    machines: int
    by_held: tuple[tuple[str, int], ...]
    through: tuple[str, ...]


class Teller:
    """Tells who may act; knows which names are not enough to tell people apart."""

    def __init__(self, overview: Overview, *, holders: int, ways: int = 2) -> None:
        self._holders = holders
        self._ways = ways
        self._twins = _twins(overview)
        self._told: dict[int, tuple[str, str]] = {}

    def table(self, table: AccessTable, label: str, anchor: str) -> AccessWords:
        """Who may act on one machine; machines that share a table share the first one's words."""
        earlier = self._told.setdefault(id(table), (label, anchor))
        same_as, same_anchor = earlier if earlier[1] != anchor else ("", "")
        people = [list(ways) for _, ways in groupby(table.ways, key=lambda way: way.principal.id)]
        shown = [] if same_as else people[: self._holders]
        return AccessWords(
            says=_in_one_sentence(people, table),
            holders=tuple(self._holder(ways) for ways in shown),
            left_out=max(0, len(people) - self._holders),
            blind_spots=() if same_as else table.blind_spots,
            assumptions=() if same_as else table.assumptions,
            same_as=same_as,
            same_anchor=same_anchor,
        )

    def reach(self, one: Reach) -> ReachWords:
        """Somebody with much reach."""
        who = one.principal
        return ReachWords(
            name=called(who),
            id=who.id,
            kind=kind_words(who),
            marks=who.marks,
            twin=self._is_twin(who),
            at_once=one.at_once,
            machines=one.machines,
            by_held=tuple((HELD_WORDS[held], count) for held, count in one.by_held),
            through=tuple(
                f"{wide.role} at {short_scope(wide.scope)}{', through a group' if wide.via else ''}"
                for wide in one.through
            ),
        )

    def _is_twin(self, who: Principal) -> bool:
        return bool(who.name) and self._twins.get(who.name.casefold(), 0) > 1

    def _holder(self, ways: Sequence[Way]) -> HolderWords:
        who = ways[0].principal
        return HolderWords(
            name=called(who),
            id=who.id,
            kind=kind_words(who),
            marks=who.marks,
            twin=self._is_twin(who),
            model=model_words(distance_of(ways)) if who.kind == "User" else "",
            ways=tuple(map(_way, ways[: self._ways])),
            ways_left_out=max(0, len(ways) - self._ways),
        )


def _twins(overview: Overview) -> Mapping[str, int]:
    ids: dict[str, set[str]] = {}
    everybody = [one.principal for one in overview.people]
    everybody += [way.principal for table in set(overview.tables.values()) for way in table.ways]
    for who in everybody:
        ids.setdefault(who.name.casefold(), set()).add(who.id)
    return {name: len(found) for name, found in ids.items()}


def _way(way: Way) -> WayWords:
    # Whoever signs in as administrator signs in.
    words = [DOOR_WORDS[door] for door in way.doors if door != "sign-in-user" or "sign-in-admin" not in way.doors]
    left = len(words) - _DOORS_TOLD
    return WayWords(
        doors=listed(words) if left <= 1 else f"{', '.join(words[:_DOORS_TOLD])} and {number(left)} more",
        all_doors=listed(words) if left > 1 else "",
        held=way.held,
        held_says=HELD_WORDS[way.held],
        uses=not _USING.isdisjoint(way.doors),
        role=way.role,
        scope=short_scope(way.scope),
        whole_scope=way.scope,
        via=way.via,
        first=steps(way.activation) if way.activation else "",
        doubt=_doubt(way),
    )


def _doubt(way: Way) -> str:
    if way.condition == "conditional":
        return "under a condition that may not let it pass"
    if not way.certain:
        return "perhaps: the role, or whether it counts here, was not read"
    return ""


def _in_one_sentence(people: Sequence[Sequence[Way]], table: AccessTable) -> str:
    """How many may act at once, and how many have to do something first. Whoever was deleted may do neither."""
    people = [ways for ways in people if "deleted" not in ways[0].principal.marks]
    if not people:
        return "Nobody is known to be able to act on it."
    at_once = sum(any(way.held != "eligible" for way in ways) for ways in people)
    eligible = len(people) - at_once
    more = " at least" if table.left_out else ""
    parts = [f"{counted(at_once, 'person or identity', 'people and identities')}{more} may act at once"]
    if eligible:
        parts.append(f"{number(eligible)} after activating a role")
    return f"{', and '.join(parts) if at_once else f'Nobody may act at once, and {parts[1]}'}."
