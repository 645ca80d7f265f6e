"""The answers to what operators ask: total on the kinds of facts that they fit, and with what was found."""

from dataclasses import dataclass
from typing import Any

from vmaudit.addresses import Intervals, difference, intersection
from vmaudit.assess import role_questions
from vmaudit.assess.logic import Truth, opposite, truth
from vmaudit.assess.values import AtLeast, Events, Names, Openings, Ports, Roles, Sku
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.paths import Certainty, Opening


@dataclass(frozen=True, slots=True)
class Answer:
    """The truth, and the part of the fact's value that it rests on, for sentences and for finding what to mend."""

    truth: Truth
    found: Any


@dataclass(frozen=True, slots=True)
class Doors:
    """The operand of `opens`."""

    tcp: Intervals
    udp: Intervals
    approved: Intervals


@dataclass(frozen=True, slots=True)
class Others:
    """The operand `{other_than: [names]}`: every name but these."""

    names: tuple[str, ...]


def equals(value: Any, operand: Any) -> Answer:
    """Whether a value is just this one."""
    return Answer(truth(value == operand), value)


def is_empty(value: Ports | Names | Openings | Roles, operand: Any) -> Answer:
    """Whether there is nothing in a set; `operand` is whether that is what is asked."""
    proven, possible = _contents(value)
    empty = Truth.NO if proven else Truth.UNKNOWN if possible else Truth.YES
    return Answer(empty if operand else opposite(empty), value)


def _contents(value: Ports | Names | Openings | Roles) -> tuple[bool, bool]:
    """Whether there is something for sure, and whether there could be something."""
    match value:
        case Ports(proven, possible, _):
            return bool(proven), bool(possible)
        case Names(proven, more):
            return bool(proven), bool(more)
        case Roles():
            return any(each.some for each in value.at), any(each.held for each in value.at)
        case openings:
            return any(opening.certainty is Certainty.PROVEN for opening in openings), bool(openings)


def _has_any_port(value: Ports, wanted: Intervals) -> Answer:
    proven, possible = intersection(value.proven, wanted), intersection(value.possible, wanted)
    if proven:
        return Answer(Truth.YES, Ports(proven))
    if possible:
        return Answer(Truth.UNKNOWN, Ports((), possible, value.reason))
    return Answer(Truth.NO, value)


def _has_any_name(value: Names, wanted: tuple[str, ...]) -> Answer:
    """Azure's names know no letter case."""
    folded = {name.casefold() for name in wanted}
    found = tuple(name for name in value.proven if name.casefold() in folded)
    if found:
        return Answer(Truth.YES, Names(found))
    return Answer(Truth.UNKNOWN if value.more and wanted else Truth.NO, value)


def _has_another_name(value: Names, known: tuple[str, ...]) -> Answer:
    folded = {name.casefold() for name in known}
    found = tuple(name for name in value.proven if name.casefold() not in folded)
    if found:
        return Answer(Truth.YES, Names(found))
    return Answer(Truth.UNKNOWN if value.more else Truth.NO, value)


def has_any(value: Ports | Names, wanted: Any) -> Answer:
    """Whether one of these is in a set."""
    if isinstance(value, Ports):
        return _has_any_port(value, wanted)
    return _has_another_name(value, wanted.names) if isinstance(wanted, Others) else _has_any_name(value, wanted)


def has_none(value: Ports | Names, wanted: Any) -> Answer:
    """Whether none of these is in a set."""
    answer = has_any(value, wanted)
    return Answer(opposite(answer.truth), answer.found)


def greater_than(value: float | AtLeast[float], limit: float) -> Answer:
    """Whether an amount is larger."""
    if isinstance(value, AtLeast):
        return Answer(Truth.YES if value.least > limit else Truth.UNKNOWN, value)
    return Answer(truth(value > limit), value)


def less_than(value: float | AtLeast[float], limit: float) -> Answer:
    """Whether an amount is smaller."""
    if isinstance(value, AtLeast):
        return Answer(Truth.UNKNOWN if value.least < limit else Truth.NO, value)
    return Answer(truth(value < limit), value)


def allow(value: Roles, asked: role_questions.Asked) -> Answer:
    """Whether some role fits what is asked."""
    return Answer(*role_questions.answer(value, asked))


def allow_none(value: Roles, asked: role_questions.Asked) -> Answer:
    """Whether no role does."""
    found, roles = role_questions.answer(value, asked)
    return Answer(opposite(found), roles)


def below(value: Sku | AtLeast[Sku], limit: Sku) -> Answer:
    """Whether a SKU can do less."""
    if isinstance(value, AtLeast):
        return Answer(Truth.UNKNOWN if value.least < limit else Truth.NO, value)
    return Answer(truth(value < limit), value)


def opens(value: Openings, doors: Doors) -> Answer:
    """Whether one of these doors is open to somebody who is not approved."""
    narrowed = tuple(found for opening in value if (found := _narrowed(opening, doors)) is not None)
    proven = tuple(opening for opening in narrowed if opening.certainty is Certainty.PROVEN)
    if proven:
        return Answer(Truth.YES, proven)
    return Answer(Truth.UNKNOWN if narrowed else Truth.NO, narrowed or value)


def _narrowed(opening: Opening, doors: Doors) -> Opening | None:
    """What of an opening is at these doors."""
    ports = intersection(opening.ports, doors.tcp if opening.protocol is Protocol.TCP else doors.udp)
    sources = difference(opening.sources, doors.approved) if ports and doors.approved else opening.sources
    if not (ports and sources):
        return None
    return Opening(sources, opening.protocol, ports, opening.certainty, opening.reason, opening.origin)


def happened_within(value: Events, limit: float) -> Answer:
    """Whether something happened no longer ago than this."""
    hidden = value.more or (value.older if limit > value.back_to else "")
    return _some_of(value, Events(tuple(event for event in value.proven if event.ago <= limit)), hidden)


def longer_ago_than(value: Events, limit: float) -> Answer:
    """Whether something happened longer ago than this."""
    found = Events(tuple(event for event in value.proven if event.ago > limit))
    return _some_of(value, found, value.more or value.older)


def _some_of(value: Events, found: Events, hidden: str) -> Answer:
    """`hidden` is why there could be others that the question is about, "" where there are none."""
    if found.proven:
        return Answer(Truth.YES, found)
    return Answer(Truth.UNKNOWN if hidden else Truth.NO, value)
