"""A rule tried on the facts of an example: the same judge as for real machines, with a table of one row."""

from collections.abc import Mapping, Sequence
from typing import Any

from vmaudit.assess.assessment import Status
from vmaudit.assess.columns import column
from vmaudit.assess.configuration import configured_as
from vmaudit.assess.facts import FACTS
from vmaudit.assess.rule import Example, Rule
from vmaudit.assess.values import Value
from vmaudit.assess.verdicts import STATUSES, raised, statuses
from vmaudit.known import Read, Unknown

LEFT_OUT = Unknown("the example leaves it out")


def try_example(rule: Rule, example: Example, rules: Sequence[Rule]) -> Status:
    """What the rule says about the example's facts; `rules` hold those that it needs, judged by the same facts."""
    judged_by = [configured_as(each, example.configured.get(each.id, {})) for each in rules]
    return try_facts(judged_by, [example_facts(example)])[rule.id][0]


def severity_of(rule: Rule, example: Example) -> str:
    """The severity of the example's failure; "" where it is the rule's own."""
    facts = example_facts(example)
    found = raised(rule, Status.FAIL, lambda name: facts.get(name, LEFT_OUT))
    return found.value if found else ""


def example_facts(example: Example) -> dict[str, Value]:
    """The facts that the example gives, as values."""
    return {name: FACTS[name].kind.parse(written) for name, written in example.facts.items()}


def try_facts(rules: Sequence[Rule], rows: Sequence[Mapping[str, Read[Any]]]) -> dict[str, list[Status]]:
    """What every rule says about every row of facts; a fact that a row leaves out is unknown."""
    names = {name for rule in rules for name in rule.facts}
    table = {name: column([row.get(name, LEFT_OUT) for row in rows]) for name in names}
    found = statuses(rules, table, len(rows))
    return {rule: [STATUSES[int(code)] for code in standing.codes] for rule, standing in found.items()}
