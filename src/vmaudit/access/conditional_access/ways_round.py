"""Where a control can be got round: circumstances in which it is not asked for, with no more of them than it takes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from vmaudit.access.conditional_access.circumstances import Question
from vmaudit.access.conditional_access.controls import BLOCK
from vmaudit.access.conditional_access.levels import YES
from vmaudit.access.conditional_access.solving import Situation, Solver, Standing

Way: TypeAlias = Mapping[str, tuple[str, ...]]
"""Per dimension, the words for circumstances of which any will do."""

_MOST: Final = 6
_WORDS_SHOWN: Final = 4
_PLAINEST_FIRST: Final = (
    "insider risk",
    "user risk",
    "sign-in risk",
    "service principal risk",
    "flow",
    "device",
    "client",
    "platform",
    "location",
    "app",
)
"""The order in which circumstances are left out of a way round that is open without them."""
_BEFORE: Final = {"location": "from ", "client": "with ", "device": "from ", "platform": "on ", "app": "opening "}


@dataclass(frozen=True, slots=True)
class WayRound:
    """Circumstances in which a control is not asked for: per dimension the words for them; nothing where it never is.

    `says` is the sentence, as a clause.
    """

    control: str
    when: tuple[tuple[str, tuple[str, ...]], ...]
    says: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody's question, and the circumstances that it is about."""

    solver: Solver
    standing: Standing
    question: Question
    situation: Situation

    def ways_round(self, control: str) -> Iterator[WayRound]:
        """The ways round a control that is asked for in some circumstances.

        First what is enough by itself, such as a place; then what it takes several circumstances for.
        """
        found: list[Way] = self._telling([*self._by_one_thing(control)])
        for outcome in self.situation.outcomes:
            when = dict(outcome.words)
            if len(found) >= _MOST or any(_covers(way, when) for way in found):
                continue
            if self._is_open(control, when):
                found.append(self._shortened(control, when))
        for way in found:
            yield WayRound(control, tuple(way.items()), _sentence(way))

    def _by_one_thing(self, control: str) -> Iterator[Way]:
        dimensions = self.solver.told_apart(self.standing, self.question)
        for dimension in (one for one in dimensions if len(one.choices) > 1):
            words = [
                word
                for choice in dimension.choices
                if choice.sure and self._is_open(control, {dimension.name: choice.words})
                for word in choice.words
            ]
            if words:
                yield {dimension.name: tuple(words)}

    def _telling(self, ways: Sequence[Way]) -> list[Way]:
        """Ways but for those that are part of another: a legacy client, where the ordinary sign-in is open."""
        return [
            way
            for way in ways
            if not any(self._is_part(way, of) and not self._is_part(of, way) for of in ways if of is not way)
        ]

    def _is_part(self, way: Way, of: Way) -> bool:
        """Whether every sign-in of one way is one of the other, too."""
        ((name, words),) = of.items()
        dimensions = self.solver.told_apart(self.standing, self.question)
        rest = {word for one in dimensions if one.name == name for choice in one.choices for word in choice.words}
        given = {one: frozenset(said) for one, said in way.items()} | {name: frozenset(rest.difference(words))}
        return not self.solver.narrowed(self.standing, replace(self.question, given=given)).outcomes

    def _shortened(self, control: str, way: Way) -> Way:
        """A way round with each circumstance left out that it is open without."""
        for name in _PLAINEST_FIRST:
            if name in way:
                less = {key: words for key, words in way.items() if key != name}
                way = less if self._is_open(control, less) else way
        return way

    def _is_open(self, control: str, way: Way) -> bool:
        """Whether somebody gets in without a control in all of these circumstances where no block stands."""
        given = {**self.question.given, **{name: frozenset(words) for name, words in way.items()}}
        narrow = self.solver.narrowed(self.standing, replace(self.question, given=given))
        there = [one for one in narrow.outcomes if one.sure and not (control != BLOCK and narrow.judge.is_blocked(one))]
        telling = [one for one in there if not narrow.judge.is_held(control, one)] or there
        return bool(telling) and all(narrow.judge.gets_in_without(control, one) == YES for one in telling)


def _covers(way: Way, when: Way) -> bool:
    return all(set(when.get(name, words)) <= set(words) for name, words in way.items())


def _sentence(way: Way) -> str:
    if not way:
        return "in any circumstances"
    return ", ".join(f"{_BEFORE.get(name, '')}{_or(words)}" for name, words in way.items())


def _or(words: Sequence[str]) -> str:
    listed = list(words[:_WORDS_SHOWN])
    if len(words) > _WORDS_SHOWN:
        listed.append(f"{len(words) - _WORDS_SHOWN} others")
    return " or ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
