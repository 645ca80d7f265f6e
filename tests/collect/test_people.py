"""Roles, PIM, people and Conditional Access."""

from collections.abc import Callable

from contoso import contoso_resources
from loopback import Tenant

from collect.at_azure import JANE, NIGHT_SHIFT, OPERATORS, POLICY, Auditor, with_directory
from vmaudit.snapshot.manifest import OutcomeKind

At = Callable[[Tenant], Auditor]


def test_a_value_that_no_model_of_the_sdk_knows_is_kept(auditor: At) -> None:
    adam = auditor(with_directory(contoso_resources()))

    assert adam.collects("--only", "conditional_access_policies") == 0

    assert adam.rows("conditional_access_policies") == [POLICY]


def test_whoever_is_in_a_group_that_holds_a_role_is_read_through_all_groups(auditor: At) -> None:
    adam = auditor(with_directory(contoso_resources()))

    assert adam.collects("--only", "group_members") == 0

    (row,) = adam.rows("group_members")
    assert row["groupId"] == OPERATORS
    assert {member["id"] for member in row["members"]} == {JANE, NIGHT_SHIFT}


def test_only_users_whom_roles_name_are_asked_for(auditor: At) -> None:
    tenant = with_directory(contoso_resources())
    tenant.directory.add("user", id="d0000000-0000-4000-8000-00000000000f", displayName="Somebody in sales")
    adam = auditor(tenant)

    assert adam.collects("--only", "users") == 0

    (jane,) = adam.rows("users")
    assert (jane["id"], jane["accountEnabled"]) == (JANE, True)


def test_pages_of_graph_are_joined(auditor: At) -> None:
    tenant = with_directory(contoso_resources())
    crowd = [f"c0000000-0000-4000-8000-{number:012d}" for number in range(2500)]
    for one in crowd:
        tenant.directory.add("user", id=one)
    tenant.directory.members[OPERATORS] = crowd
    adam = auditor(tenant)

    assert adam.collects("--only", "group_members,users") == 0

    assert {member["id"] for row in adam.rows("group_members") for member in row["members"]} == {*crowd}
    assert {row["id"] for row in adam.rows("users")} == {*crowd}
    assert len(adam.azure.ledger.asked("getByIds")) == 3, "a thousand at once"


def test_a_permission_of_graph_that_is_missing_is_named(auditor: At) -> None:
    adam = auditor(with_directory(contoso_resources()))
    adam.azure.access.graph_permissions.discard("Policy.Read.All")

    assert adam.collects("--only", "conditional_access_policies") == 4

    (outcome,) = adam.outcomes("conditional_access_policies")
    assert (outcome.outcome, outcome.code, outcome.permission) == (
        OutcomeKind.DENIED,
        "AccessDenied",
        "Policy.Read.All",
    )


def test_without_roles_it_is_not_known_whose_members_to_ask_for(auditor: At) -> None:
    adam = auditor(with_directory(contoso_resources()))
    (first, *_) = sorted(adam.azure.tenant.subscriptions())
    adam.azure.access.hide(f"/subscriptions/{first}")

    assert adam.collects("--only", "group_members") == 4

    assert any(
        outcome.outcome is OutcomeKind.DENIED and "role_assignments was not read whole" in outcome.message
        for outcome in adam.outcomes("group_members")
    )


def test_eligible_roles_are_asked_for_at_management_groups_too(auditor: At) -> None:
    adam = auditor(with_directory(contoso_resources()))

    assert adam.collects("--only", "role_eligibility_schedule_instances") == 0

    asked = adam.azure.ledger.asked("roleEligibilityScheduleInstances")
    assert {entry.path.split("/")[1].lower() for entry in asked} == {"providers", "subscriptions"}
