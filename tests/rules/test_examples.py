"""Every example of every shipped rule: the rule's test, its documentation and its help."""

import pytest

from assess.judged import shipped_rules
from vmaudit.assess.rule import Example, Rule
from vmaudit.assess.trial import severity_of, try_example

EXAMPLES = [(rule, example) for rule in shipped_rules() for example in rule.examples]


@pytest.mark.parametrize(
    ("rule", "example"), EXAMPLES, ids=[f"{rule.id}: {example.name}" for rule, example in EXAMPLES]
)
def test_the_example_gives_what_it_expects(rule: Rule, example: Example) -> None:
    assert try_example(rule, example, shipped_rules()).value == example.expect
    assert example.severity == (severity_of(rule, example) if example.expect == "fail" else "")


@pytest.mark.parametrize("rule", shipped_rules(), ids=lambda rule: rule.id)
def test_every_status_that_the_rule_can_give_has_an_example(rule: Rule) -> None:
    shown = {example.expect for example in rule.examples}

    assert {"fail", "pass", "unknown"} <= shown
    assert ("not_reached" in shown) == bool(rule.needs)
    assert ("not_applicable" in shown) == (rule.applies_when is not None)


@pytest.mark.parametrize("rule", shipped_rules(), ids=lambda rule: rule.id)
def test_the_names_of_its_examples_tell_them_apart(rule: Rule) -> None:
    names = [example.name for example in rule.examples]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("rule", shipped_rules(), ids=lambda rule: rule.id)
def test_each_fact_that_the_rule_asks_for_decides_some_example(rule: Rule) -> None:
    given = {name for example in rule.examples for name in example.facts}

    assert set(rule.facts) <= given
