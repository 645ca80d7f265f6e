"""The questions that a rule may ask of a fact: few, each with one meaning, and none takes unknown for an answer.

An operator is total on the kinds of facts that it fits: for every value it answers yes, no or unknown, and tells what
it found. A value that was not read at all is unknown to every operator.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from vmaudit.assess import answers, kinds, role_questions
from vmaudit.assess.answers import Answer
from vmaudit.assess.kinds import Kind
from vmaudit.assess.logic import Truth
from vmaudit.assess.values import AtLeast
from vmaudit.known import Read, Unknown


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


def _literal(written: Any, kind: Kind) -> Any:
    return kind.parse(written)


def _flag(written: Any, _kind: Kind) -> bool:
    return kinds.YES_NO.parse(written)


def _wanted(written: Any, kind: Kind) -> Any:
    if kind is kinds.PORTS:
        return kinds.port_set(written)
    if isinstance(written, dict):
        return answers.Others(kinds.name_list(kinds.fields(cast("Any", written), ("other_than",)).get("other_than")))
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


def _doors(written: Any, _kind: Kind) -> answers.Doors:
    parts = kinds.fields(written, ("tcp", "udp", "beyond"))
    tcp, udp = (kinds.port_set(parts.get(protocol, [])) for protocol in ("tcp", "udp"))
    return answers.Doors(tcp, udp, kinds.address_set(parts.get("beyond", [])))


OPERATORS: Final[dict[str, Operator]] = {
    operator.name: operator
    for operator in (
        Operator(
            "equals",
            (kinds.YES_NO, kinds.TEXT),
            "a value of the fact's kind",
            "The value is exactly this one.",
            _literal,
            answers.equals,
        ),
        Operator(
            "is_empty",
            (kinds.PORTS, kinds.NAMES, kinds.OPENINGS, role_questions.ROLES),
            "`true` or `false`",
            "There is nothing in the set. `is_empty: false` asks whether there is something.",
            _flag,
            answers.is_empty,
        ),
        Operator(
            "has_any",
            (kinds.PORTS, kinds.NAMES),
            "a list of ports or names, or `{other_than: [names]}`",
            "At least one of these is in the set. Letter case does not matter.",
            _wanted,
            answers.has_any,
        ),
        Operator(
            "has_none",
            (kinds.PORTS, kinds.NAMES),
            "a list of ports or names, or `{other_than: [names]}`",
            "None of these is in the set. Letter case does not matter.",
            _wanted,
            answers.has_none,
            tells=False,
        ),
        Operator(
            "greater_than",
            (kinds.NUMBER,),
            "a number",
            "The number is larger than this.",
            _amount,
            answers.greater_than,
        ),
        Operator(
            "less_than",
            (kinds.NUMBER,),
            "a number",
            "The number is smaller than this.",
            _amount,
            answers.less_than,
            tells=False,
        ),
        Operator(
            "longer_than",
            (kinds.MINUTES,),
            "ISO 8601 (`PT3H`) or minutes",
            "The duration is longer than this.",
            _amount,
            answers.greater_than,
        ),
        Operator(
            "happened_within",
            (kinds.EVENTS,),
            "ISO 8601 (`P90D`) or minutes",
            "One of these happened no longer ago than this.",
            _time,
            answers.happened_within,
        ),
        Operator(
            "longer_ago_than",
            (kinds.EVENTS,),
            "ISO 8601 (`PT15M`) or minutes",
            "One of these happened longer ago than this.",
            _time,
            answers.longer_ago_than,
        ),
        Operator("below", (kinds.SKU,), "a Bastion SKU", "The SKU can do less than this one.", _amount, answers.below),
        Operator(
            "opens",
            (kinds.OPENINGS,),
            "`{tcp: [ports], udp: [ports], beyond: [prefixes]}`",
            "One of these ports is open to an address that is in none of the prefixes of `beyond`.",
            _doors,
            answers.opens,
        ),
        Operator(
            "allow",
            (role_questions.ROLES,),
            "`{operations: [patterns], held: [ways], longer_than: P15D, over_machines: 25, scopes: [kinds], "
            "other_than: [principals]}`",
            "One of these roles permits one of the operations, and fits all else that is asked; what is left out asks "
            "nothing. A role that is held for good lasts longer than anything.",
            _asked,
            answers.allow,
        ),
        Operator(
            "allow_none",
            (role_questions.ROLES,),
            "as for `allow`",
            "None of these roles does.",
            _asked,
            answers.allow_none,
            tells=False,
        ),
    )
}
