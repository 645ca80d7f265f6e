"""Plans of Defender for Cloud, from Azure's spellings to values (azure-facts 1.1; pricings 2024-01-01)."""

from typing import Any

import pytest

from evidence import estate_of, machine_id
from vmaudit.estate.resources import DefenderPlan
from vmaudit.known import Unknown

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
PLAN = "/providers/Microsoft.Security/pricings/VirtualMachines"


def row(scope: str = SUBSCRIPTION, **properties: Any) -> dict[str, Any]:
    return {"id": scope + PLAN, "type": "Microsoft.Security/pricings", "properties": properties}


def plan(given: dict[str, Any]) -> DefenderPlan:
    (found,) = estate_of([given]).defender_plans.values()
    return found


def test_a_plan_of_a_subscription() -> None:
    given = row(pricingTier="Standard", subPlan="P2", enforce="True", resourcesCoverageStatus="FullyCovered")

    assert plan(given) == DefenderPlan(
        id=SUBSCRIPTION + PLAN, tier="Standard", sub_plan="P2", enforced=True, inherited=False, coverage="FullyCovered"
    )
    assert plan(given).scope == SUBSCRIPTION
    assert plan(given).name == "VirtualMachines"


def test_a_plan_of_a_machine_is_told_by_its_id() -> None:
    found = plan(row(machine_id("Web"), pricingTier="Standard", subPlan="P1", inherited="False"))

    assert (found.scope, found.sub_plan, found.inherited) == (machine_id("web").lower(), "P1", False)
    assert plan(row(machine_id("Web"), pricingTier="Free", inherited="True")).inherited


def test_a_plan_that_is_off_has_no_sub_plan_and_no_coverage() -> None:
    found = plan(row(pricingTier="Free"))

    assert (found.tier, found.sub_plan, found.coverage, found.enforced) == ("Free", None, None, False)


@pytest.mark.parametrize("spelling", ["standard", "STANDARD", "Standard"])
def test_the_letter_case_of_a_tier_does_not_matter(spelling: str) -> None:
    assert plan(row(pricingTier=spelling)).tier == "Standard"


def test_a_tier_that_azure_does_not_document_is_unknown() -> None:
    assert plan(row(pricingTier="Gold")).tier == Unknown("a Defender plan has the pricing tier 'Gold'")


def test_the_azure_cli_lifts_the_properties_up() -> None:
    flat = {"id": SUBSCRIPTION + PLAN, "name": "VirtualMachines", "pricingTier": "Standard", "subPlan": "P1"}

    assert plan(flat) == plan(row(pricingTier="Standard", subPlan="P1"))


def test_a_row_without_a_tier_is_a_row_that_was_not_read() -> None:
    whole = estate_of([row()])

    assert whole.defender_plans == {}
    assert "its pricing tier was left out" in whole.unread[(SUBSCRIPTION + PLAN).lower()]
