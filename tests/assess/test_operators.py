from typing import Any

import pytest

from vmaudit.assess import kinds
from vmaudit.assess.facts import FACTS
from vmaudit.assess.kinds import Kind, MiswrittenError
from vmaudit.assess.logic import Truth
from vmaudit.assess.operators import OPERATORS
from vmaudit.assess.role_questions import ROLES
from vmaudit.assess.values import AtLeast, Event, Events, Names, Ports, Sku
from vmaudit.known import Unknown

NO, UNKNOWN, YES = Truth.NO, Truth.UNKNOWN, Truth.YES
WHY = "not read"
ANYONE = {"sources": ["any"], "protocol": "TCP", "ports": [22]}
PARTNER = {"sources": ["198.51.100.0/24"], "protocol": "TCP", "ports": [22]}
MAYBE = {"sources": ["any"], "protocol": "TCP", "ports": [22], "because": WHY}

RUN = "Microsoft.Compute/virtualMachines/runCommand/action"
LOGIN = "Microsoft.Compute/virtualMachines/login/action"
OWNER = {"who": "Adam", "may": [RUN, LOGIN], "machines": 30, "at": "/subscriptions/s"}
FOR_A_MONTH = {"who": "Adam", "may": [RUN], "held": "time-bound", "for": "P30D"}
ELIGIBLE = {"who": "Jane", "may": [LOGIN], "held": "eligible"}
UNTOLD = {"who": "Adam", "may": [RUN], "held": "unknown"}
DOUBTED = {"who": "Adam", "may": [RUN], "because": WHY}
RUNNING = {"operations": [RUN], "held": ["standing", "time-bound"], "longer_than": "P15D"}


def held(*roles: Any) -> Any:
    return ROLES.parse(list(roles))


CASES: list[tuple[str, Kind, Any, Any, Truth]] = [
    ("equals", kinds.YES_NO, True, True, YES),
    ("equals", kinds.YES_NO, False, True, NO),
    ("equals", kinds.TEXT, "Linux", "Linux", YES),
    ("equals", kinds.TEXT, "Windows", "Linux", NO),
    ("is_empty", kinds.NAMES, Names(()), True, YES),
    ("is_empty", kinds.NAMES, Names(("a",)), True, NO),
    ("is_empty", kinds.NAMES, Names((), WHY), True, UNKNOWN),
    ("is_empty", kinds.NAMES, Names(("a",), WHY), True, NO),
    ("is_empty", kinds.NAMES, Names(("a",), WHY), False, YES),
    ("is_empty", kinds.NAMES, Names((), WHY), False, UNKNOWN),
    ("is_empty", kinds.PORTS, Ports(()), True, YES),
    ("is_empty", kinds.PORTS, Ports((), ((22, 22),), WHY), True, UNKNOWN),
    ("is_empty", kinds.OPENINGS, [], True, YES),
    ("is_empty", kinds.OPENINGS, [MAYBE], True, UNKNOWN),
    ("is_empty", kinds.OPENINGS, [ANYONE, MAYBE], True, NO),
    ("has_any", kinds.PORTS, Ports(((20, 25),)), [22, 3389], YES),
    ("has_any", kinds.PORTS, Ports(((80, 80),)), [22, 3389], NO),
    ("has_any", kinds.PORTS, Ports(((80, 80),), ((22, 22),), WHY), [22], UNKNOWN),
    ("has_any", kinds.PORTS, Ports(((80, 80),), ((443, 443),), WHY), [22], NO),
    ("has_any", kinds.PORTS, Ports(((22, 22),), ((1, 21),), WHY), ["1-65535"], YES),
    ("has_any", kinds.PORTS, Ports(((22, 22),)), [], NO),
    ("has_any", kinds.NAMES, Names(("Role=DB",)), ["role=db"], YES),
    ("has_any", kinds.NAMES, Names(("role=web",), WHY), ["role=db"], UNKNOWN),
    ("has_any", kinds.NAMES, Names(("role=web",), WHY), [], NO),
    ("has_none", kinds.NAMES, Names(("role=web",)), ["role=db"], YES),
    ("has_none", kinds.NAMES, Names(("role=web",), WHY), ["role=db"], UNKNOWN),
    ("has_none", kinds.PORTS, Ports(((22, 22),)), [22], NO),
    ("greater_than", kinds.NUMBER, 27.0, 26, YES),
    ("greater_than", kinds.NUMBER, 26.0, 26, NO),
    ("greater_than", kinds.NUMBER, AtLeast(27.0, WHY), 26, YES),
    ("greater_than", kinds.NUMBER, AtLeast(26.0, WHY), 26, UNKNOWN),
    ("less_than", kinds.NUMBER, 1.0, 2, YES),
    ("less_than", kinds.NUMBER, 2.0, 2, NO),
    ("less_than", kinds.NUMBER, AtLeast(1.0, WHY), 2, UNKNOWN),
    ("less_than", kinds.NUMBER, AtLeast(2.0, WHY), 2, NO),
    ("allow", ROLES, held(), RUNNING, NO),
    ("allow", ROLES, held(OWNER), RUNNING, YES),
    ("allow", ROLES, held(OWNER), {"operations": ["Microsoft.Network/*"]}, NO),
    ("allow", ROLES, held(OWNER), {"operations": ["Microsoft.Compute/*"], "over_machines": 30}, NO),
    ("allow", ROLES, held(OWNER), {"over_machines": 29, "scopes": ["subscription"]}, YES),
    ("allow", ROLES, held(OWNER), {"scopes": ["root", "resource-group"]}, NO),
    ("allow", ROLES, held(OWNER), {"other_than": ["ADAM"]}, NO),
    ("allow", ROLES, held(FOR_A_MONTH), RUNNING, YES),
    ("allow", ROLES, held(FOR_A_MONTH), RUNNING | {"longer_than": "P30D"}, NO),
    ("allow", ROLES, held(ELIGIBLE), RUNNING, NO),
    ("allow", ROLES, held(ELIGIBLE, UNTOLD), RUNNING, UNKNOWN),
    ("allow", ROLES, held(DOUBTED), RUNNING, UNKNOWN),
    ("allow", ROLES, held(DOUBTED, OWNER), RUNNING, YES),
    ("allow", ROLES, held(UNTOLD), {"operations": [LOGIN]}, NO),
    ("allow", ROLES, held(UNTOLD), {"operations": [RUN]}, YES),
    ("allow", ROLES, held(UNTOLD), {"held": ["eligible"]}, NO),
    ("allow_none", ROLES, held(ELIGIBLE), RUNNING, YES),
    ("allow_none", ROLES, held(DOUBTED), RUNNING, UNKNOWN),
    ("allow_none", ROLES, held(OWNER), RUNNING, NO),
    ("is_empty", ROLES, held(), True, YES),
    ("is_empty", ROLES, held(DOUBTED), True, UNKNOWN),
    ("is_empty", ROLES, held(DOUBTED, OWNER), True, NO),
    ("longer_than", kinds.MINUTES, 180.0, "PT3H", NO),
    ("longer_than", kinds.MINUTES, 181.0, "PT3H", YES),
    ("longer_than", kinds.MINUTES, AtLeast(60.0, WHY), "PT3H", UNKNOWN),
    ("below", kinds.SKU, Sku.Basic, "Standard", YES),
    ("below", kinds.SKU, Sku.Premium, "Standard", NO),
    ("below", kinds.SKU, AtLeast(Sku.Basic, WHY), "Standard", UNKNOWN),
    ("below", kinds.SKU, AtLeast(Sku.Standard, WHY), "Standard", NO),
    ("opens", kinds.OPENINGS, [ANYONE], {"tcp": [22]}, YES),
    ("opens", kinds.OPENINGS, [ANYONE], {"tcp": [3389]}, NO),
    ("opens", kinds.OPENINGS, [ANYONE], {"udp": [22]}, NO),
    ("opens", kinds.OPENINGS, [PARTNER], {"tcp": [22], "beyond": ["198.51.100.0/24"]}, NO),
    ("opens", kinds.OPENINGS, [PARTNER], {"tcp": [22], "beyond": ["198.51.100.0/25"]}, YES),
    ("opens", kinds.OPENINGS, [MAYBE], {"tcp": [22]}, UNKNOWN),
    ("opens", kinds.OPENINGS, [MAYBE, ANYONE], {"tcp": [22]}, YES),
    ("opens", kinds.OPENINGS, [], {"tcp": [22]}, NO),
    ("happened_within", kinds.EVENTS, Events((Event("x", 1440.0),)), "P1D", YES),
    ("happened_within", kinds.EVENTS, Events((Event("x", 1441.0),)), "P1D", NO),
    ("happened_within", kinds.EVENTS, Events((Event("x", 1441.0),), WHY), "P1D", UNKNOWN),
    ("longer_ago_than", kinds.EVENTS, Events((Event("x", 1441.0),), WHY), "P1D", YES),
    ("longer_ago_than", kinds.EVENTS, Events(()), "P1D", NO),
]


@pytest.mark.parametrize(("name", "kind", "value", "operand", "expected"), CASES)
def test_an_operator_answers(name: str, kind: Kind, value: Any, operand: Any, expected: Truth) -> None:
    operator = OPERATORS[name]
    held = kind.parse(value) if isinstance(value, list) else value

    assert operator.answer(held, operator.parse(operand, kind)).truth is expected


@pytest.mark.parametrize("name", OPERATORS)
def test_what_was_not_read_is_unknown_to_every_operator(name: str) -> None:
    operands: dict[str, Any] = {name: operand for name, _, _, operand, _ in CASES}
    kind = next(kind for other, kind, _, _, _ in reversed(CASES) if other == name)
    operator = OPERATORS[name]

    assert operator.answer(Unknown(WHY), operator.parse(operands[name], kind)).truth is UNKNOWN


def test_has_any_finds_just_the_ports_that_were_asked_for() -> None:
    operator = OPERATORS["has_any"]
    wide = Ports(((0, 65535),))

    found = operator.answer(wide, operator.parse([22, 3389], kinds.PORTS)).found

    assert found == Ports(((22, 22), (3389, 3389)))


def test_opens_finds_just_the_ports_and_the_sources_that_nobody_approved() -> None:
    operator = OPERATORS["opens"]
    openings = kinds.OPENINGS.parse([{"sources": ["198.51.100.0/24"], "protocol": "TCP", "ports": ["20-25"]}])
    operand = operator.parse({"tcp": [22], "beyond": ["198.51.100.0/25"]}, kinds.OPENINGS)

    found = operator.answer(openings, operand).found

    assert kinds.OPENINGS.show(found) == "TCP 22 from 198.51.100.128/25"


@pytest.mark.parametrize(
    ("name", "kind", "operand", "says"),
    [
        ("has_any", kinds.PORTS, ["ssh"], "a list of ports such as [22, \"5985-5986\"]; 'ssh' is none"),
        ("has_any", kinds.PORTS, [70000], 'a list of ports such as [22, "5985-5986"]; 70000 is none'),
        ("has_any", kinds.PORTS, 22, 'a list of ports such as [22, "5985-5986"], not 22'),
        ("has_any", kinds.NAMES, [22], "a list of texts, not [22]"),
        ("is_empty", kinds.NAMES, "no", "true or false, not 'no'"),
        ("equals", kinds.YES_NO, "true", "true or false, not 'true'"),
        ("greater_than", kinds.NUMBER, True, "a number, not True"),
        ("longer_than", kinds.MINUTES, "3h", "a duration such as PT3H or a number of minutes, not '3h'"),
        ("longer_than", kinds.MINUTES, {"at_least": 3, "because": "x"}, None),
        ("below", kinds.SKU, "standard", "one of Developer, Basic, Standard and Premium, not 'standard'"),
        ("opens", kinds.OPENINGS, {"tpc": [22]}, "a mapping with the keys tcp, udp and beyond, not {'tpc': [22]}"),
        ("opens", kinds.OPENINGS, {"beyond": ["here"]}, None),
    ],
)
def test_a_wrong_operand_is_refused_with_what_would_be_right(
    name: str, kind: Kind, operand: Any, says: str | None
) -> None:
    with pytest.raises(MiswrittenError) as problem:
        OPERATORS[name].parse(operand, kind)

    assert says is None or str(problem.value) == says


def test_every_kind_of_fact_can_be_asked_something() -> None:
    asked = {kind.name for operator in OPERATORS.values() for kind in operator.kinds}

    assert {fact.kind.name for fact in FACTS.values()} <= asked
