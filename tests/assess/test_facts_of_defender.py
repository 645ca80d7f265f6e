"""Which Defender for Servers plan covers a machine (controls JIT-001)."""

from dataclasses import replace
from typing import Any, Literal

import pytest

from assess.guards import fact, machine_with, reason, remedies
from builders import estate, nic, resource_id, vm, with_gaps
from vmaudit.assess.facts import FACTS
from vmaudit.assess.values import NO_NAMES, Names
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import DefenderPlan
from vmaudit.known import Unknown

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
WEB = resource_id("virtualMachines", "web")
SCALE_SET = resource_id("virtualMachineScaleSets", "set")
PLAN = "defender.servers_plan"
NOT_COLLECTED = "Plans of Defender for Cloud: they were not collected"


def plan(
    scope: str = SUBSCRIPTION,
    *,
    sub_plan: str | None = "P2",
    tier: Literal["Free", "Standard"] | Unknown = "Standard",
    name: str = "VirtualMachines",
    enforced: bool = False,
    inherited: bool = False,
    coverage: Any = None,
) -> DefenderPlan:
    return DefenderPlan(
        id=f"{scope}/providers/Microsoft.Security/pricings/{name}",
        tier=tier,
        sub_plan=sub_plan,
        enforced=enforced,
        inherited=inherited,
        coverage=coverage,
    )


def covered_by(*plans: DefenderPlan, whole: Estate | None = None) -> Estate:
    return replace(whole or estate(vm(nic())), defender_plans={each.key: each for each in plans})


def found(*plans: DefenderPlan) -> Any:
    return fact(PLAN, covered_by(*plans))


def found_in_part(*plans: DefenderPlan) -> Any:
    """The same, where nothing says that these rows are all."""
    return fact(PLAN, with_gaps(covered_by(*plans), "defender_plans"))


def test_the_plan_of_the_subscription_covers_its_machines() -> None:
    assert found(plan(sub_plan="P2")) == Names(("P2",))
    assert found(plan(sub_plan="P1")) == Names(("P1",))


def test_standard_without_a_sub_plan_is_the_whole_plan() -> None:
    assert found(plan(sub_plan=None)) == Names(("P2",))


@pytest.mark.parametrize("plans", [(plan(tier="Free", sub_plan=None),), (), (plan(name="SqlServers"),)])
def test_a_plan_that_is_off_or_that_is_for_something_else_covers_nothing(plans: tuple[DefenderPlan, ...]) -> None:
    assert found(*plans) == NO_NAMES


def test_the_plan_of_another_subscription_covers_nothing_here() -> None:
    assert found(plan("/subscriptions/00000000-0000-0000-0000-000000000002")) == NO_NAMES


def test_a_machine_may_have_a_plan_of_its_own() -> None:
    assert found(plan(), plan(WEB, sub_plan="P1")) == Names(("P1",))
    assert found(plan(), plan(WEB, tier="Free", sub_plan=None)) == NO_NAMES


def test_a_machine_may_follow_its_scale_set() -> None:
    instance = machine_with(vm(nic()), scale_set=SCALE_SET.lower())

    assert fact(PLAN, covered_by(plan(), plan(SCALE_SET, sub_plan="P1"), whole=estate(instance))) == Names(("P1",))


def test_without_all_rows_a_machine_may_be_set_to_less_than_its_subscription() -> None:
    assert reason(found_in_part(plan())) == NOT_COLLECTED
    assert reason(found_in_part()) == NOT_COLLECTED


def test_nothing_below_the_subscription_may_have_more() -> None:
    assert found_in_part(plan(sub_plan="P1")) == Names(("P1",))
    assert found_in_part(plan(tier="Free")) == NO_NAMES


def test_a_subscription_that_enforces_its_plan_leaves_no_machine_out() -> None:
    assert found_in_part(plan(enforced=True)) == Names(("P2",))


def test_a_plan_that_covers_some_machines_does_not_say_which() -> None:
    partly = plan(coverage="PartiallyCovered")

    assert "covers only some machines" in reason(found(partly))
    assert found(partly, plan(WEB, sub_plan=None, inherited=True)) == Names(("P2",))
    assert found(plan(coverage="FullyCovered")) == Names(("P2",))
    assert found(plan(coverage="NotCovered")) == NO_NAMES


def test_a_tier_that_was_not_understood_is_unknown() -> None:
    assert reason(found(plan(tier=Unknown("the tier is odd")))) == "the tier is odd"


def test_a_row_that_could_not_be_read_is_unknown() -> None:
    unread = {plan().key: "its pricing tier was left out"}

    assert "its pricing tier was left out" in reason(fact(PLAN, replace(covered_by(), unread=unread)))


def test_the_fix_is_at_the_subscription_or_at_the_machine_that_is_set_apart() -> None:
    (subscription,) = remedies(PLAN, covered_by(plan(sub_plan="P1")))
    (inherits,) = remedies(PLAN, covered_by(plan(sub_plan="P1"), plan(WEB, sub_plan="P1", inherited=True)))
    (apart,) = remedies(PLAN, covered_by(plan(), plan(WEB, sub_plan="P1")))

    assert subscription == inherits
    assert subscription.resource == SUBSCRIPTION
    assert subscription.fix == (
        "az security pricing create --subscription 00000000-0000-0000-0000-000000000001"
        " -n VirtualMachines --tier standard --subplan P2"
    )
    assert apart.resource == plan(WEB).id
    assert apart.fix == f"az rest --method delete --url '{plan(WEB).id}?api-version=2024-01-01'"


def test_plans_are_said_as_people_say_them() -> None:
    show = FACTS[PLAN].show

    assert [show(Names(("P2",))), show(NO_NAMES), show(Names((), "x"))] == ["Plan 2", "no plan", "not known (x)"]
