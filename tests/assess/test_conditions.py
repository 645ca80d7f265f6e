from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.fact_values import rows
from vmaudit.assess.columns import column
from vmaudit.assess.conditions import answer, answers, findings, prepared
from vmaudit.assess.logic import Truth
from vmaudit.assess.rule import AllOf, AnyOf, Ask, Condition
from vmaudit.assess.values import Ports
from vmaudit.known import Unknown

LINUX = Ask("vm.operating_system", "equals", "Linux", 1)
SSH = Ask("exposure.internet_tcp_ports", "has_any", [22], 1)
ADDRESS = Ask("vm.public_addresses", "is_empty", operand=False, line=1)
ASKS = (LINUX, SSH, ADDRESS, Ask("vm.tags", "has_none", ["a"], 1))
WHY = Unknown("not read")

conditions: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from(ASKS),
    lambda parts: st.builds(
        lambda joint, chosen: joint(tuple(chosen)),
        st.sampled_from((AllOf, AnyOf)),
        st.lists(parts, min_size=1, max_size=3),
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(conditions, st.lists(rows(), min_size=1, max_size=4))
def test_an_array_of_answers_holds_what_each_machine_would_be_told_alone(
    condition: Condition, facts: list[dict[str, Any]]
) -> None:
    asked = prepared(condition)
    table = {name: column([row[name] for row in facts]) for name in facts[0]}

    assert answers(asked, table).tolist() == [answer(asked, row.__getitem__) for row in facts]


@settings(deadline=None)
@given(conditions, rows())
def test_every_answer_has_a_finding_that_gives_it(condition: Condition, facts: dict[str, Any]) -> None:
    asked = prepared(condition)

    assert list(findings(asked, facts.__getitem__, answer(asked, facts.__getitem__)))


def told(condition: Condition, wanted: Truth, **facts: Any) -> list[str]:
    """The facts that findings are about."""
    values = {name.replace("__", "."): value for name, value in facts.items()}
    return [finding.fact.name for finding in findings(prepared(condition), values.__getitem__, wanted)]


def test_a_doubt_that_another_part_settles_is_not_told() -> None:
    either = AnyOf((LINUX, SSH))
    facts = {"vm__operating_system": WHY, "exposure__internet_tcp_ports": Ports(((22, 22),))}

    assert told(either, Truth.YES, **facts) == ["exposure.internet_tcp_ports"]
    assert told(either, Truth.UNKNOWN, **facts) == ["vm.operating_system"]


def test_a_settled_part_of_a_larger_doubt_is_left_out() -> None:
    both = AllOf((AnyOf((LINUX, SSH)), ADDRESS))
    facts = {
        "vm__operating_system": WHY,
        "exposure__internet_tcp_ports": Ports(((22, 22),)),
        "vm__public_addresses": WHY,
    }

    assert told(both, Truth.UNKNOWN, **facts) == ["vm.public_addresses"]
