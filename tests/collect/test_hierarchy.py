"""The tree above subscriptions: what of it may not be read is named, with everything that would be asked there."""

from collections.abc import Callable

import pytest
from loopback import Tenant

from collect.at_azure import Auditor, machine
from vmaudit.snapshot.manifest import OutcomeKind

At = Callable[[Tenant], Auditor]

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
GROUPS = "/providers/microsoft.management/managementgroups"


def tree() -> Tenant:
    """Below the root: production with one subscription, and a sandbox with another."""
    tenant = Tenant()
    for name, subscription in (("production", ONE), ("sandbox", TWO)):
        tenant.add_management_group(name, name.title())
        tenant.add_subscription(subscription, name.title(), under=name)
        tenant.add(machine(1, subscription))
    return tenant


def test_a_tree_that_is_read_whole_has_no_gap(auditor: At) -> None:
    adam = auditor(tree())

    assert adam.collects("--only", "role_eligibility_schedule_instances") == 0

    assert len(adam.rows("management_groups")) == 3


@pytest.mark.parametrize("options", [(), ("--subscription", ONE)], ids=["all", "one"])
def test_a_management_group_that_resource_graph_leaves_out_is_named(auditor: At, options: tuple[str, ...]) -> None:
    adam = auditor(tree())
    adam.azure.access.hide(f"{GROUPS}/production")

    assert adam.collects("--only", "role_eligibility_schedule_instances", *options) == 4

    (gap,) = [o for o in adam.outcomes("management_groups") if o.outcome is not OutcomeKind.COMPLETE]
    assert (gap.scope, gap.outcome, gap.code) == (
        f"{GROUPS}/production",
        OutcomeKind.DENIED,
        "LeftOutByResourceGraph",
    )
    assert gap.permission == "Microsoft.Management/managementGroups/read"


def test_what_would_be_asked_at_a_group_that_may_not_be_read_has_the_same_gap(auditor: At) -> None:
    adam = auditor(tree())
    adam.azure.access.hide(f"{GROUPS}/production")

    adam.collects("--only", "role_eligibility_schedule_instances,diagnostic_settings")

    for table in ("role_eligibility_schedule_instances", "diagnostic_settings"):
        gaps = [o for o in adam.outcomes(table) if o.outcome is not OutcomeKind.COMPLETE]
        assert [gap.scope for gap in gaps] == [f"{GROUPS}/production"], table
        assert "management_groups was not read whole" in gaps[0].message


def test_a_group_beside_the_chosen_scope_is_no_gap(auditor: At) -> None:
    adam = auditor(tree())
    adam.azure.access.hide(f"{GROUPS}/sandbox")

    assert adam.collects("--only", "management_groups,subscriptions", "--subscription", ONE) == 0


def test_a_subscription_that_names_nobody_above_it_leaves_the_tree_open(auditor: At) -> None:
    tenant = tree()
    row = {"id": f"/subscriptions/{ONE}", "name": "Production", "type": "microsoft.resources/subscriptions"}
    tenant.add(row | {"properties": {"state": "Enabled"}})
    adam = auditor(tenant)

    assert adam.collects("--only", "management_groups,subscriptions") == 4

    (gap,) = [o for o in adam.outcomes("management_groups") if o.outcome is not OutcomeKind.COMPLETE]
    assert (gap.scope, gap.outcome, gap.code) == (f"/subscriptions/{ONE}", OutcomeKind.PARTIAL, "AncestorsNotNamed")


def test_a_tenant_that_shows_no_group_at_all_leaves_the_tree_open(auditor: At) -> None:
    tenant = Tenant([machine(1)])
    adam = auditor(tenant)
    adam.azure.access.hide(tenant.root)

    assert adam.collects("--only", "management_groups") == 4

    (gap,) = adam.outcomes("management_groups")
    assert (gap.scope, gap.code) == ("/", "HierarchyNotShown")
