import re

import pytest

from assess.judged import shipped_combinations, shipped_rules
from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.fact import Fact
from vmaudit.assess.guide import with_tables
from vmaudit.assess.operators import OPERATORS
from vmaudit.shipped import rules_folder

README = rules_folder() / "README.md"


def test_the_tables_of_the_guide_are_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")

    assert with_tables(text) == text, "run: python tests/rules/remake_guide.py"


def test_every_fact_and_every_operator_is_in_the_guide() -> None:
    text = README.read_text(encoding="utf-8")

    assert all(f"| `{name}` |" in text for name in (*FACTS, *OPERATORS))


def test_every_file_that_the_guide_names_exists() -> None:
    named = re.findall(r"`rules/([a-z-]+/[A-Z]+-\d{3}[a-z0-9-]*\.yaml)`", README.read_text(encoding="utf-8"))

    assert named
    assert all((rules_folder() / name).is_file() for name in named)


def test_an_unknown_part_is_an_error_and_not_an_empty_table() -> None:
    with pytest.raises(ValueError, match="there is no generated part 'moons'"):
        with_tables("<!-- generated: moons --><!-- end -->")


@pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS)
def test_a_fact_is_documented_in_one_sentence(fact: Fact) -> None:
    assert fact.doc.endswith(".")
    assert "\n" not in fact.doc
    assert not fact.label.endswith(".")


def test_every_fact_is_asked_for_by_some_rule_or_combination_or_is_a_word_for_sentences() -> None:
    asked = {name for one in (*shipped_rules(), *shipped_combinations()) for name in one.facts}

    assert set(FACTS) - asked == {
        "access.left_over_people",
        "access.people_with_mixed_duties",
        "vm.answers",
        "vm.name",
    }
