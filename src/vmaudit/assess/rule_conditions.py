"""The conditions of a rule file: which facts they ask, with which operators and operands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.fact import Fact
from vmaudit.assess.kinds import MiswrittenError, listed
from vmaudit.assess.located import Complain, Item
from vmaudit.assess.operators import OPERATORS, Operator
from vmaudit.assess.rule import AllOf, AnyOf, Ask, Condition, Parameter
from vmaudit.assess.rule_fields import did_you_mean

_JOINTS: Final = {"all_of": AllOf, "any_of": AnyOf}


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """Reads the conditions of one rule, with its parameters put in."""

    parameters: Mapping[str, Parameter]
    complain: Complain

    def condition(self, item: Item) -> Condition | None:
        """`fact: {operator: operand}`, or `all_of` or `any_of` with a list of conditions; None after a complaint."""
        if not isinstance(item.value, dict) or len(item.value) != 1:
            self.complain(
                item.line, "a condition is one `fact: {operator: operand}`, `all_of: [...]` or `any_of: [...]`"
            )
            return None
        ((name, body),) = item.value.items()
        return self._joint(name, body) if name in _JOINTS else self._ask(name, body)

    def _joint(self, name: str, body: Item) -> Condition | None:
        if not isinstance(body.value, list) or not body.value:
            self.complain(body.line, f"{name!r} must be a list of conditions")
            return None
        parts = [self.condition(part) for part in body.value]
        return _JOINTS[name](tuple(part for part in parts if part is not None)) if None not in parts else None

    def _ask(self, name: str, body: Item) -> Ask | None:
        fact = FACTS.get(name)
        if fact is None:
            self.complain(body.line, f"unknown fact {name!r}{did_you_mean(name, (*FACTS, *_JOINTS))}")
            return None
        if not isinstance(body.value, dict) or len(body.value) != 1:
            self.complain(body.line, f"{name!r} takes one operator: `{{operator: operand}}`")
            return None
        ((operator_name, operand),) = body.value.items()
        operator = OPERATORS.get(operator_name)
        if operator is None:
            hint = did_you_mean(operator_name, OPERATORS)
            self.complain(operand.line, f"unknown operator {operator_name!r}{hint}")
            return None
        if fact.kind not in operator.kinds:
            fitting = ", ".join(each.name for each in OPERATORS.values() if fact.kind in each.kinds)
            says = f"operator {operator_name!r} does not fit {name!r} ({fact.kind.name}); use one of {fitting}"
            self.complain(operand.line, says)
            return None
        written = operand.plain()
        self._complain_about_names(written, operand.line)
        literal = filled_in(written, self.parameters)
        try:
            check_operand(fact, operator, literal)
        except MiswrittenError as problem:
            self.complain(operand.line, f"operator {operator_name!r} takes {problem}")
            return None
        return Ask(name, operator_name, literal, operand.line, written)

    def _complain_about_names(self, written: Any, line: int) -> None:
        for name in sorted(names_of_parameters(written) - self.parameters.keys()):
            self.complain(line, f"unknown parameter {'$' + name!r}{did_you_mean(name, self.parameters)}")


def check_operand(fact: Fact, operator: Operator, literal: Any) -> None:
    """Raises MiswrittenError where an operand is not what the operator takes, or names what the fact never has."""
    operator.parse(literal, fact.kind)
    for name in cast("list[str]", literal) if fact.vocabulary and isinstance(literal, list) else ():
        if name not in fact.vocabulary:
            hint = did_you_mean(name, fact.vocabulary) or f"; there are {listed(fact.vocabulary)}"
            raise MiswrittenError(f"names that {fact.name!r} can have, and {name!r} is none{hint}")


def filled_in(written: Any, parameters: Mapping[str, Parameter]) -> Any:
    """An operand with every `$name` replaced by the value of that parameter, where there is one.

    A list takes the items of a parameter that is a list itself: `[$ports, $more_ports]` is one list of ports.
    """
    if isinstance(written, list):
        return [item for part in cast("list[Any]", written) for item in _items(part, filled_in(part, parameters))]
    if isinstance(written, dict):
        return {key: filled_in(part, parameters) for key, part in cast("dict[str, Any]", written).items()}
    if isinstance(written, str) and written.startswith("$") and written[1:] in parameters:
        return parameters[written[1:]].value
    return written


def _items(written: Any, filled: Any) -> list[Any]:
    return cast("list[Any]", filled) if isinstance(written, str) and isinstance(filled, list) else [filled]


def names_of_parameters(written: Any) -> set[str]:
    """Every `$name` in what a condition holds, right or wrong."""
    if isinstance(written, dict):
        return names_of_parameters(list(cast("dict[str, Any]", written).values()))
    if isinstance(written, list):
        return {name for part in cast("list[Any]", written) for name in names_of_parameters(part)}
    return {written[1:]} if isinstance(written, str) and written.startswith("$") else set()
