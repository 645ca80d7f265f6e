"""The questions that a rule may ask of a fact: few, each with one meaning, and none takes unknown for an answer.

An operator is total on the kinds of facts that it fits: for every value it answers yes, no or unknown, and tells what
it found. A value that was not read at all is unknown to every operator.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from vmaudit.addresses import Intervals, difference, intersection
from vmaudit.assess import kinds, role_questions
from vmaudit.assess.kinds import Kind
from vmaudit.assess.logic import Truth, opposite, truth
from vmaudit.assess.values import AtLeast, Events, Names, Openings, Ports, Roles, Sku
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.paths import Certainty, Opening
from vmaudit.known import Read, Unknown


@dataclass(frozen=True, slots=True)
class Answer:
    """The truth, and the part of the fact's value that it rests on, for sentences and for finding what to mend."""

    truth: Truth
    found: Any


@dataclass(frozen=True, slots=True)
class Operator:
    """One question. `parse` reads the operand as a rule writes it and raises MiswrittenError."""

    name: str
    kinds: tuple[Kind, ...]
    operand: str
    doc: str
    parse: Callable[[Any, Kind], Any]
    ask: Callable[[Any, Any], Answer]
    tells: bool = True
    """Whether what it found says what is wrong: that something is absent does not."""

    def answer(self, value: Read[Any], operand: Any) -> Answer:
        """The answer for one value, read or not; `operand` is what `parse` gave."""
        return Answer(Truth.UNKNOWN, value) if isinstance(value, Unknown) else self.ask(value, operand)


@dataclass(frozen=True, slots=True)
class _Doors:
    """The operand of `opens`."""

    tcp: Intervals
    udp: Intervals
    approved: Intervals


@dataclass(frozen=True, slots=True)
class _Others:
    """The operand `{other_than: [names]}`: every name but these."""

    names: tuple[str, ...]


def _equals(value: Any, operand: Any) -> Answer:
    return Answer(truth(value == operand), value)


def _is_empty(value: Ports | Names | Openings | Roles, operand: Any) -> Answer:
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


def _has_any(value: Ports | Names, wanted: Any) -> Answer:
    if isinstance(value, Ports):
        return _has_any_port(value, wanted)
    return _has_another_name(value, wanted.names) if isinstance(wanted, _Others) else _has_any_name(value, wanted)


def _has_none(value: Ports | Names, wanted: Any) -> Answer:
    answer = _has_any(value, wanted)
    return Answer(opposite(answer.truth), answer.found)


def _greater_than(value: float | AtLeast[float], limit: float) -> Answer:
    if isinstance(value, AtLeast):
        return Answer(Truth.YES if value.least > limit else Truth.UNKNOWN, value)
    return Answer(truth(value > limit), value)


def _less_than(value: float | AtLeast[float], limit: float) -> Answer:
    if isinstance(value, AtLeast):
        return Answer(Truth.UNKNOWN if value.least < limit else Truth.NO, value)
    return Answer(truth(value < limit), value)


def _allow(value: Roles, asked: role_questions.Asked) -> Answer:
    return Answer(*role_questions.answer(value, asked))


def _allow_none(value: Roles, asked: role_questions.Asked) -> Answer:
    found, roles = role_questions.answer(value, asked)
    return Answer(opposite(found), roles)


def _below(value: Sku | AtLeast[Sku], limit: Sku) -> Answer:
    if isinstance(value, AtLeast):
        return Answer(Truth.UNKNOWN if value.least < limit else Truth.NO, value)
    return Answer(truth(value < limit), value)


def _opens(value: Openings, doors: _Doors) -> Answer:
    narrowed = tuple(found for opening in value if (found := _narrowed(opening, doors)) is not None)
    proven = tuple(opening for opening in narrowed if opening.certainty is Certainty.PROVEN)
    if proven:
        return Answer(Truth.YES, proven)
    return Answer(Truth.UNKNOWN if narrowed else Truth.NO, narrowed or value)


def _narrowed(opening: Opening, doors: _Doors) -> Opening | None:
    """What of an opening is at these doors."""
    ports = intersection(opening.ports, doors.tcp if opening.protocol is Protocol.TCP else doors.udp)
    sources = difference(opening.sources, doors.approved) if ports and doors.approved else opening.sources
    if not (ports and sources):
        return None
    return Opening(sources, opening.protocol, ports, opening.certainty, opening.reason, opening.origin)


def _happened_within(value: Events, limit: float) -> Answer:
    hidden = value.more or (value.older if limit > value.back_to else "")
    return _some_of(value, Events(tuple(event for event in value.proven if event.ago <= limit)), hidden)


def _longer_ago_than(value: Events, limit: float) -> Answer:
    found = Events(tuple(event for event in value.proven if event.ago > limit))
    return _some_of(value, found, value.more or value.older)


def _some_of(value: Events, found: Events, hidden: str) -> Answer:
    """`hidden` is why there could be others that the question is about, "" where there are none."""
    if found.proven:
        return Answer(Truth.YES, found)
    return Answer(Truth.UNKNOWN if hidden else Truth.NO, value)


def _literal(written: Any, kind: Kind) -> Any:
    return kind.parse(written)


def _flag(written: Any, _kind: Kind) -> bool:
    return kinds.YES_NO.parse(written)


def _wanted(written: Any, kind: Kind) -> Any:
    if kind is kinds.PORTS:
        return kinds.port_set(written)
    if isinstance(written, dict):
        return _Others(kinds.name_list(kinds.fields(cast("Any", written), ("other_than",)).get("other_than")))
    return kinds.name_list(written)


def _amount(written: Any, kind: Kind) -> Any:
    limit = kind.parse(written)
    if isinstance(limit, AtLeast):
        raise kinds.MiswrittenError(f"a plain {kind.name}, not {written!r}")
    return limit


def _asked(written: Any, _kind: Kind) -> role_questions.Asked:
    return role_questions.asked(written)


def _time(written: Any, _kind: Kind) -> float:
    return kinds.minutes(written)


def _doors(written: Any, _kind: Kind) -> _Doors:
    parts = kinds.fields(written, ("tcp", "udp", "beyond"))
    tcp, udp = (kinds.port_set(parts.get(protocol, [])) for protocol in ("tcp", "udp"))
    return _Doors(tcp, udp, kinds.address_set(parts.get("beyond", [])))


OPERATORS: Final[dict[str, Operator]] = {
    operator.name: operator
    for operator in (
        Operator(
            "equals",
            (kinds.YES_NO, kinds.TEXT),
            "a value of the fact's kind",
            "The value is exactly this one.",
            _literal,
            _equals,
        ),
        Operator(
            "is_empty",
            (kinds.PORTS, kinds.NAMES, kinds.OPENINGS, role_questions.ROLES),
            "`true` or `false`",
            "There is nothing in the set. `is_empty: false` asks whether there is something.",
            _flag,
            _is_empty,
        ),
        Operator(
            "has_any",
            (kinds.PORTS, kinds.NAMES),
            "a list of ports or names, or `{other_than: [names]}`",
            "At least one of these is in the set. Letter case does not matter.",
            _wanted,
            _has_any,
        ),
        Operator(
            "has_none",
            (kinds.PORTS, kinds.NAMES),
            "a list of ports or names, or `{other_than: [names]}`",
            "None of these is in the set. Letter case does not matter.",
            _wanted,
            _has_none,
            tells=False,
        ),
        Operator(
            "greater_than", (kinds.NUMBER,), "a number", "The number is larger than this.", _amount, _greater_than
        ),
        Operator(
            "less_than",
            (kinds.NUMBER,),
            "a number",
            "The number is smaller than this.",
            _amount,
            _less_than,
            tells=False,
        ),
        Operator(
            "longer_than",
            (kinds.MINUTES,),
            "ISO 8601 (`PT3H`) or minutes",
            "The duration is longer than this.",
            _amount,
            _greater_than,
        ),
        Operator(
            "happened_within",
            (kinds.EVENTS,),
            "ISO 8601 (`P90D`) or minutes",
            "One of these happened no longer ago than this.",
            _time,
            _happened_within,
        ),
        Operator(
            "longer_ago_than",
            (kinds.EVENTS,),
            "ISO 8601 (`PT15M`) or minutes",
            "One of these happened longer ago than this.",
            _time,
            _longer_ago_than,
        ),
        Operator("below", (kinds.SKU,), "a Bastion SKU", "The SKU can do less than this one.", _amount, _below),
        Operator(
            "opens",
            (kinds.OPENINGS,),
            "`{tcp: [ports], udp: [ports], beyond: [prefixes]}`",
            "One of these ports is open to an address that is in none of the prefixes of `beyond`.",
            _doors,
            _opens,
        ),
        Operator(
            "allow",
            (role_questions.ROLES,),
            "`{operations: [patterns], held: [ways], longer_than: P15D, over_machines: 25, scopes: [kinds], "
            "other_than: [principals]}`",
            "One of these roles permits one of the operations, and fits all else that is asked; what is left out asks "
            "nothing. A role that is held for good lasts longer than anything.",
            _asked,
            _allow,
        ),
        Operator(
            "allow_none",
            (role_questions.ROLES,),
            "as for `allow`",
            "None of these roles does.",
            _asked,
            _allow_none,
            tells=False,
        ),
    )
}
