"""Who uses a machine and also lets himself in, opens the way to it, or erases what he did there."""

from typing import Any

import pytest

from random_tenants import SEEDS, a_tenant, dice_of
from vmaudit.access.access import Access
from vmaudit.access.duties import BIT, Duty, clashes
from vmaudit.access.separation import Conflict, Separation
from vmaudit.snapshot.manifest import OutcomeKind
from who_may import (
    ADAM,
    ADMIN_LOGIN,
    CONTRIBUTOR,
    GROUP,
    INNER,
    JANE,
    OWNER,
    READER,
    ROBOT,
    ROLES,
    SUBSCRIPTION,
    TEAM,
    USER_LOGIN,
    VM,
    Tenant,
    assigned,
    denied,
    eligible,
    guid,
    instance,
    members,
    permission,
    role,
    tenant,
    user,
)

LOGS, PIM_ADMIN, NETWORKER = guid(31), guid(32), guid(33)
MORE_ROLES = [
    role(LOGS, "Logs", permission("Microsoft.Insights/diagnosticSettings/*")),
    role(PIM_ADMIN, "PIM admin", permission("Microsoft.Authorization/roleManagementPolicies/write")),
    role(NETWORKER, "Networks", permission("Microsoft.Security/locations/jitNetworkAccessPolicies/write")),
]
DUTY_OF = {LOGS: Duty.HIDE, PIM_ADMIN: Duty.HAND_OUT, NETWORKER: Duty.OPEN}


def separation(*rows: Any, tables: dict[str, list[Any]] | None = None, **ended: OutcomeKind) -> Separation:
    given = tenant(*rows, tables={"role_definitions": [*ROLES, *MORE_ROLES], **(tables or {})}, ended=ended)
    estate, rights = given.read()
    return Access(estate, rights).separation(estate.machines[VM.lower()])


def approved_by(*approvers: str, role_id: str = USER_LOGIN, scope: str = GROUP) -> dict[str, list[Any]]:
    """The activation policy of a role, with whoever may approve."""
    stage = {"primaryApprovers": [{"id": one, "userType": "User"} for one in approvers]}
    setting = {"isApprovalRequired": True, "approvalStages": [stage]}
    rules = [{"id": "Approval_EndUser_Assignment", "setting": setting}]
    policy = {"scope": scope, "roleDefinitionId": f"/x/{role_id}", "effectiveRules": rules}
    return {"role_management_policy_assignments": [{"id": "/p", "properties": policy}]}


def told(found: Separation) -> set[tuple[str, Duty, bool]]:
    return {(one.principal.id, one.other.duty, one.certain) for one in found.conflicts}


@pytest.mark.parametrize(("role_id", "duty"), DUTY_OF.items())
def test_who_signs_in_and_does_something_else_is_named(role_id: str, duty: Duty) -> None:
    login, other = assigned(ADAM, USER_LOGIN), assigned(ADAM, role_id, SUBSCRIPTION, number=2)

    found = separation(login, other)

    assert told(found) == {(ADAM, duty, True)}


def test_both_sides_are_proven_by_the_assignments_that_give_them() -> None:
    login, other = assigned(ADAM, USER_LOGIN), assigned(TEAM, LOGS, SUBSCRIPTION, number=2)

    (conflict,) = separation(login, other, instance(login), members(TEAM, ADAM)).conflicts

    assert (conflict.use.assignment, conflict.use.door, conflict.use.held) == (login["id"], "sign-in-user", "standing")
    assert (conflict.other.assignment, conflict.other.door, conflict.other.held) == (other["id"], "log-hide", "unknown")
    assert (conflict.use.via, conflict.other.via) == ((), (TEAM,))


def test_duties_of_two_people_are_no_conflict() -> None:
    assert separation(assigned(ADAM, USER_LOGIN), assigned(JANE, LOGS, number=2)).conflicts == ()


def test_who_never_uses_the_machine_is_in_no_conflict() -> None:
    assert separation(assigned(ADAM, LOGS), assigned(ADAM, NETWORKER, number=2)).conflicts == ()


def test_reading_is_no_duty() -> None:
    assert separation(assigned(ADAM, USER_LOGIN), assigned(ADAM, READER, SUBSCRIPTION, number=2)).conflicts == ()


def test_what_one_is_eligible_for_counts_as_held() -> None:
    found = separation(eligible(ADAM, USER_LOGIN), eligible(ADAM, LOGS, number=2))

    assert told(found) == {(ADAM, Duty.HIDE, True)}


def test_an_owner_holds_everything_but_approving() -> None:
    assert told(separation(assigned(ADAM, OWNER))) == {
        (ADAM, Duty.HAND_OUT, True),
        (ADAM, Duty.OPEN, True),
        (ADAM, Duty.HIDE, True),
    }


def test_a_contributor_hands_out_no_roles() -> None:
    assert Duty.HAND_OUT not in {duty for _, duty, _ in told(separation(assigned(ADAM, CONTRIBUTOR)))}


def test_who_approves_what_he_is_eligible_for_himself_is_named() -> None:
    row = eligible(ADAM, USER_LOGIN)

    (conflict,) = separation(row, tables=approved_by(ADAM)).conflicts

    assert (conflict.other.duty, conflict.other.role, conflict.other.assignment) == (
        Duty.APPROVE,
        "Virtual Machine User Login",
        row["id"],
    )


def test_the_group_that_is_eligible_approves_itself() -> None:
    found = separation(
        eligible(TEAM, USER_LOGIN), members(TEAM, INNER), members(INNER, ADAM, JANE), tables=approved_by(TEAM)
    )

    assert told(found) == {(ADAM, Duty.APPROVE, True), (JANE, Duty.APPROVE, True)}
    assert {one.other.via for one in found.conflicts} == {(TEAM, INNER)}


def test_who_approves_for_others_and_uses_the_machine_by_another_role_is_named() -> None:
    found = separation(eligible(ADAM, USER_LOGIN), assigned(JANE, ADMIN_LOGIN, number=2), tables=approved_by(JANE))

    assert told(found) == {(JANE, Duty.APPROVE, True)}


def test_another_person_who_approves_and_does_nothing_else_is_what_the_rule_asks_for() -> None:
    assert separation(eligible(ADAM, USER_LOGIN), tables=approved_by(JANE)).conflicts == ()


def test_a_policy_at_another_scope_says_nothing_about_the_approver_here() -> None:
    found = separation(eligible(ADAM, USER_LOGIN), tables=approved_by(ADAM, scope=SUBSCRIPTION))

    assert found.conflicts == ()
    assert any("the activation policy of Virtual Machine User Login" in reason for reason in found.more)


def test_approval_by_somebody_who_is_not_named_leaves_room_for_more() -> None:
    found = separation(eligible(ADAM, USER_LOGIN), tables=approved_by())

    assert any("names no approver" in reason for reason in found.more)


def test_who_approves_a_role_that_uses_nothing_does_not_approve_the_use() -> None:
    rows = (eligible(ADAM, LOGS), assigned(JANE, USER_LOGIN, number=2))

    assert separation(*rows, tables=approved_by(JANE, role_id=LOGS)).conflicts == ()


def test_under_a_condition_that_nobody_understands_a_conflict_is_only_possible() -> None:
    maybe = assigned(ADAM, LOGS, number=2, condition="@Resource[x] StringEquals 'y'")

    assert told(separation(assigned(ADAM, USER_LOGIN), maybe)) == {(ADAM, Duty.HIDE, False)}


def test_a_role_that_was_not_read_makes_conflicts_possible() -> None:
    found = separation(assigned(ADAM, guid(99)))

    assert {certain for _, _, certain in told(found)} == {False}
    assert {duty for _, duty, _ in told(found)} == {Duty.HAND_OUT, Duty.OPEN, Duty.HIDE}


def test_a_certain_proof_is_shown_before_a_doubtful_one() -> None:
    login = assigned(ADAM, USER_LOGIN, number=5)

    found = separation(assigned(ADAM, guid(99)), login, assigned(ADAM, LOGS, number=7))

    (hides,) = (one for one in found.conflicts if one.other.duty is Duty.HIDE)
    assert hides.certain
    assert hides.use.assignment == login["id"]


def test_what_a_deny_assignment_takes_away_is_no_duty() -> None:
    rows = (assigned(ADAM, USER_LOGIN), assigned(ADAM, LOGS, number=2))
    deny = denied("Microsoft.Insights/*", scope=SUBSCRIPTION, principals=[ADAM])

    assert separation(*rows, deny).conflicts == ()
    assert separation(*rows).conflicts != ()


def test_workload_identities_and_deleted_people_are_no_matter_of_duties() -> None:
    robot = {"service_principals": [{"id": ROBOT, "displayName": "robot"}], "groups": [], "users": [user(JANE, "Jane")]}

    assert separation(assigned(ROBOT, OWNER), tables=robot).conflicts == ()
    assert separation(assigned(ADAM, OWNER), tables=robot).conflicts == ()


def test_somebody_of_whom_it_is_not_known_what_he_is_may_be_a_person() -> None:
    row = assigned(ADAM, OWNER)
    row["properties"]["principalType"] = None

    found = separation(row, tables={"users": []}, users=OutcomeKind.DENIED)

    assert {certain for _, _, certain in told(found)} == {False}


def test_a_group_is_named_by_the_people_in_it() -> None:
    assert {who for who, _, _ in told(separation(assigned(TEAM, OWNER), members(TEAM, ADAM)))} == {ADAM}


@SEEDS
def test_whom_the_quick_answer_names_the_proof_names_too(seed: int) -> None:
    estate, rights = a_tenant(dice_of(seed)).read()
    access = Access(estate, rights)
    machine = estate.machines[VM.lower()]

    quick = {
        (who, duty, duty in clash.certain)
        for who, clash in access.in_conflict(machine).items()
        for duty in clash.possible
    }

    assert {(one.principal.id, one.other.duty, one.certain) for one in access.separation(machine).conflicts} == quick


def possible(given: Tenant) -> tuple[set[tuple[str, Duty]], Separation]:
    estate, rights = given.read()
    found = Access(estate, rights).separation(estate.machines[VM.lower()])
    return {(one.principal.id, one.other.duty) for one in found.conflicts}, found


@SEEDS
@pytest.mark.parametrize(
    "table", ["role_definitions", "deny_assignments", "role_assignment_schedule_instances", "users", "subscriptions"]
)
def test_a_table_that_only_says_more_takes_no_conflict_with_it(seed: int, table: str) -> None:
    given = a_tenant(dice_of(seed))
    before, _ = possible(given)

    rest = {name: rows for name, rows in given.tables.items() if name != table}
    after, _ = possible(Tenant(rest, {table: OutcomeKind.DENIED}))

    assert before <= after


@SEEDS
@pytest.mark.parametrize(
    "table", ["role_assignments", "role_eligibility_schedule_instances", "group_members", "network_interfaces"]
)
def test_a_conflict_that_goes_with_a_table_leaves_a_reason_why_there_may_be_more(seed: int, table: str) -> None:
    given = a_tenant(dice_of(seed))
    before, _ = possible(given)

    rest = {name: rows for name, rows in given.tables.items() if name != table}
    after, found = possible(Tenant(rest, {table: OutcomeKind.DENIED}))

    assert before <= after or found.more


def test_two_duties_without_use_do_not_clash() -> None:
    assert clashes(BIT[Duty.HAND_OUT] | BIT[Duty.HIDE]) == ()
    assert clashes(BIT[Duty.USE]) == ()


def test_conflicts_are_told_in_the_order_of_names() -> None:
    people = {"users": [user(ADAM, "Zoe"), user(JANE, "Bob")]}

    found: tuple[Conflict, ...] = separation(
        assigned(ADAM, CONTRIBUTOR), assigned(JANE, CONTRIBUTOR, number=2), tables=people
    ).conflicts

    assert [one.principal.name for one in found] == ["Bob", "Bob", "Zoe", "Zoe"]
