"""Rules about PIM, from Azure's rows to verdicts (azure-facts 2.1 to 2.3)."""

from typing import Any

import pytest

from judged_rights import judged, status, verdict
from vmaudit.snapshot.manifest import OutcomeKind
from who_may import (
    ADAM,
    CONTRIBUTOR,
    GROUP,
    JANE,
    OWNER,
    READER,
    SUBSCRIPTION,
    TEAM,
    USER_LOGIN,
    Json,
    Tenant,
    assigned,
    eligible,
    instance,
    members,
    tenant,
    user,
)

LEAD, SECOND = (f"aaaaaaaa-0000-0000-0000-00000000000{number}" for number in (3, 4))
ENDS = {"startDateTime": "2025-12-01T00:00:00Z", "endDateTime": "2026-03-01T00:00:00Z"}
STRICT: dict[str, Json] = {
    "Enablement_EndUser_Assignment": {"enabledRules": ["MultiFactorAuthentication", "Justification"]},
    "Expiration_EndUser_Assignment": {"maximumDuration": "PT4H"},
    "Approval_EndUser_Assignment": {
        "setting": {
            "isApprovalRequired": True,
            "approvalStages": [{"primaryApprovers": [{"id": LEAD, "userType": "User"}, {"id": SECOND}]}],
        }
    },
    "AuthenticationContext_EndUser_Assignment": {"isEnabled": False},
    "Notification_Admin_EndUser_Assignment": {"isDefaultRecipientsEnabled": True},
    "Notification_Approver_EndUser_Assignment": {"isDefaultRecipientsEnabled": False},
    "Enablement_Admin_Assignment": {"enabledRules": ["MultiFactorAuthentication", "Justification"]},
    "Expiration_Admin_Assignment": {"isExpirationRequired": True, "maximumDuration": "P15D"},
    "Expiration_Admin_Eligibility": {"isExpirationRequired": True, "maximumDuration": "P180D"},
}
"""Settings as the rules want them, by the id of the rule."""


def settings(role_id: str = CONTRIBUTOR, scope: str = GROUP, **changed: Json) -> Json:
    """The settings of one role at one scope, with some rules changed."""
    rules = [{"id": name, **body} for name, body in {**STRICT, **changed}.items()]
    return {
        "id": f"{scope}/policies/{role_id}",
        "properties": {"scope": scope, "roleDefinitionId": f"/roleDefinitions/{role_id}", "effectiveRules": rules},
    }


def asks(*enabled: str) -> Json:
    return settings(Enablement_EndUser_Assignment={"enabledRules": list(enabled)})


def approved_by(*approvers: str, required: bool = True) -> Json:
    stage = {"primaryApprovers": [{"id": one} for one in approvers]}
    return settings(
        Approval_EndUser_Assignment={"setting": {"isApprovalRequired": required, "approvalStages": [stage]}}
    )


def of(*rows: Json, policies: list[Json] | None = None, **tables: list[Json]) -> Tenant:
    """Adam is eligible to be a contributor, unless rows say otherwise; Jane reads something elsewhere."""
    elsewhere = assigned(JANE, READER, "/subscriptions/00000000-0000-0000-0000-000000000009", 900)
    given = rows or (eligible(ADAM, CONTRIBUTOR, **ENDS),)
    people = [user(one, name) for one, name in ((ADAM, "Adam"), (JANE, "Jane"), (LEAD, "Lead"), (SECOND, "Second"))]
    found = {"users": people, "role_management_policy_assignments": [settings()] if policies is None else policies}
    return tenant(elsewhere, instance(elsewhere), *given, tables=found | tables)


PIM = [f"PIM-{number:03}" for number in range(1, 9)]


def test_strict_settings_satisfy_every_rule_but_that_about_reviews() -> None:
    found = {one.rule: one.status.value for one in judged(of()).results[0].verdicts}

    assert {rule: found[rule] for rule in PIM} == dict.fromkeys(PIM, "pass") | {"PIM-008": "fail"}
    assert found["PIM-009"] == "not_applicable"


@pytest.mark.parametrize("rule", ["PIM-002", "PIM-003", "PIM-004", "PIM-005", "PIM-006", "PIM-007"])
def test_settings_of_the_subscription_do_not_count_at_the_resource_group(rule: str) -> None:
    found = verdict(rule, of(policies=[settings(scope=SUBSCRIPTION)]))

    assert found.status.value == "unknown"
    assert "PIM's settings for Contributor at resource group rg were not read" in found.says


def test_nobody_who_is_eligible_leaves_nothing_to_activate() -> None:
    given = of(assigned(ADAM, READER))

    assert {status(rule, given) for rule in ("PIM-001", "PIM-002", "PIM-003", "PIM-004", "PIM-005", "PIM-007")} == {
        "not_applicable"
    }


def test_eligible_roles_that_were_not_read_are_unknown_and_no_licence_is_no_pass() -> None:
    given = of(assigned(ADAM, READER))
    given.ended["role_eligibility_schedule_instances"] = OutcomeKind.FAILED

    assert {status(rule, given) for rule in PIM} == {"unknown"}


# --- PIM-001 -----------------------------------------------------------------------------------------------------------


def test_whoever_signs_in_for_good_does_not_go_through_pim_though_others_do() -> None:
    row = assigned(ADAM, USER_LOGIN)

    assert status("PIM-001", of(row, instance(row), eligible(JANE, USER_LOGIN))) == "fail"


def test_access_for_a_week_without_anybody_eligible_does_not_go_through_pim() -> None:
    row = assigned(ADAM, USER_LOGIN)
    week = {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2026-01-08T00:00:00Z"}

    assert status("PIM-001", of(row, instance(row, **week))) == "fail"
    assert status("PIM-001", of(row, instance(row, **week), eligible(JANE, USER_LOGIN))) == "pass"


# --- PIM-002 to PIM-005 -------------------------------------------------------------------------------------------------


def test_activating_without_mfa_fails() -> None:
    assert status("PIM-002", of(policies=[asks("Justification")])) == "fail"


def test_one_weak_role_is_enough() -> None:
    given = of(
        eligible(ADAM, CONTRIBUTOR, **ENDS),
        eligible(ADAM, USER_LOGIN, number=2, **ENDS),
        policies=[settings(), settings(USER_LOGIN, Enablement_EndUser_Assignment={"enabledRules": []})],
    )

    found = verdict("PIM-002", given)

    assert found.status.value == "fail"
    assert found.says == "Activated without MFA: Virtual Machine User Login"


def test_the_remedy_names_the_settings_of_that_role_at_that_scope() -> None:
    causes = judged(of(policies=[asks("Justification")])).causes
    (cause,) = (cause for cause in causes if cause.rule == "PIM-002")

    assert cause.resource == f"{GROUP}/providers/Microsoft.Authorization/roleManagementPolicies/{CONTRIBUTOR}"
    assert cause.says == "Contributor at resource group rg is activated without MFA"
    assert "az rest --method patch" in cause.fix


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (approved_by(LEAD, SECOND), "pass"),
        (approved_by(LEAD), "fail"),
        (approved_by(LEAD, SECOND, required=False), "fail"),
        (approved_by(), "unknown"),
        (approved_by(ADAM, JANE), "fail"),
        (approved_by(ADAM, LEAD), "pass"),
        (approved_by(TEAM), "pass"),
    ],
)
def test_two_people_approve_of_whom_one_is_not_eligible(policy: Json, expected: str) -> None:
    both = (eligible(ADAM, CONTRIBUTOR, **ENDS), eligible(JANE, CONTRIBUTOR, number=2, **ENDS))
    groups = [{"id": TEAM, "displayName": "Approvers"}]

    assert status("PIM-003", of(*both, members(TEAM, LEAD, SECOND), policies=[policy], groups=groups)) == expected


def test_approvers_in_a_group_that_was_not_read_are_not_known() -> None:
    given = of(policies=[approved_by(TEAM)], groups=[{"id": TEAM, "displayName": "Approvers"}])
    given.ended["group_members"] = OutcomeKind.DENIED

    assert status("PIM-003", given) == "unknown"


def test_one_approver_is_enough_where_that_is_configured_and_some_roles_need_none() -> None:
    given = of(policies=[approved_by(LEAD)])

    assert status("PIM-003", given, min_approvers=1) == "pass"
    assert status("PIM-003", given, no_approval_roles=["Contributor"]) == "not_applicable"


@pytest.mark.parametrize(("longest", "expected"), [("PT8H", "pass"), ("PT9H", "fail"), (None, "unknown")])
def test_an_activation_may_last_a_working_day(longest: str | None, expected: str) -> None:
    policy = settings(Expiration_EndUser_Assignment={"maximumDuration": longest})

    assert status("PIM-004", of(policies=[policy])) == expected


def test_activating_takes_a_reason_and_somebody_is_told() -> None:
    silent = {"isDefaultRecipientsEnabled": False}
    named = silent | {"notificationRecipients": ["soc@contoso.com"]}

    assert status("PIM-005", of(policies=[asks("MultiFactorAuthentication")])) == "fail"
    assert status("PIM-005", of(policies=[settings(Notification_Admin_EndUser_Assignment=silent)])) == "fail"
    assert status("PIM-005", of(policies=[settings(Notification_Admin_EndUser_Assignment=named)])) == "pass"
    assert status("PIM-005", of(), asked=["justification", "ticket", "notification"]) == "fail"


# --- PIM-006 and PIM-007 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"Expiration_Admin_Assignment": {"isExpirationRequired": False}}, "fail"),
        ({"Expiration_Admin_Assignment": {"isExpirationRequired": True, "maximumDuration": "P90D"}}, "fail"),
        ({"Enablement_Admin_Assignment": {"enabledRules": ["Justification"]}}, "fail"),
        ({"Enablement_Admin_Assignment": {"enabledRules": None}}, "unknown"),
        ({}, "pass"),
    ],
)
def test_what_pim_lets_administrators_give_for_good(changed: dict[str, Json], expected: str) -> None:
    assert status("PIM-006", of(policies=[settings(**changed)])) == expected


@pytest.mark.parametrize(
    ("about", "changed", "expected"),
    [
        (ENDS, {}, "pass"),
        ({"startDateTime": "2025-12-01T00:00:00Z"}, {}, "fail"),
        (ENDS | {"endDateTime": "2026-12-01T00:00:00Z"}, {}, "fail"),
        (ENDS, {"Expiration_Admin_Eligibility": {"isExpirationRequired": False}}, "fail"),
        (ENDS, {"Expiration_Admin_Eligibility": {"isExpirationRequired": True, "maximumDuration": "P365D"}}, "fail"),
        (ENDS, {"Expiration_Admin_Eligibility": {}}, "unknown"),
    ],
)
def test_an_eligibility_ends(about: Json, changed: dict[str, Json], expected: str) -> None:
    given = of(eligible(ADAM, CONTRIBUTOR, **about), policies=[settings(**changed)])

    assert status("PIM-007", given) == expected


# --- PIM-008 ------------------------------------------------------------------------------------------------------------


def review(**changed: Any) -> Json:
    settings_of = {
        "autoApplyDecisionsEnabled": True,
        "recurrence": {"pattern": {"type": "absoluteMonthly", "interval": 3}},
    }
    queries = (GROUP, f"{GROUP}/providers/Microsoft.Authorization/roleDefinitions/{CONTRIBUTOR}")
    return {
        "id": "r1",
        "scope": {"resourceScopes": [{"query": query, "queryType": "ARM"} for query in queries]},
        "reviewers": [{"query": f"/users/{LEAD}"}],
        "settings": settings_of,
        **changed,
    }


RUNS = [{"definitionId": "r1", "instances": [{"status": "Applied", "endDateTime": "2025-12-15T00:00:00Z"}]}]


@pytest.mark.parametrize(
    ("reviews", "runs", "expected"),
    [
        ([review()], RUNS, "pass"),
        ([], [], "fail"),
        ([review(reviewers=[])], RUNS, "fail"),
        ([review(settings={"autoApplyDecisionsEnabled": True, "recurrence": None})], RUNS, "fail"),
        ([review(settings=review()["settings"] | {"autoApplyDecisionsEnabled": False})], RUNS, "fail"),
        (
            [review(settings=review()["settings"] | {"recurrence": {"pattern": {"type": "absoluteYearly"}}})],
            RUNS,
            "fail",
        ),
        ([review()], [], "fail"),
        ([review()], [{"definitionId": "r1", "instances": [{"status": "InProgress"}]}], "fail"),
        ([review(scope={"query": f"/subscriptions/s/roleDefinitions/{CONTRIBUTOR}"})], RUNS, "fail"),
    ],
)
def test_a_review_comes_round_is_made_by_others_and_applied(
    reviews: list[Json], runs: list[Json], expected: str
) -> None:
    assert status("PIM-008", of(access_reviews=reviews, access_review_instances=runs)) == expected


def test_a_review_of_the_group_that_holds_the_role_covers_it() -> None:
    given = of(
        eligible(TEAM, CONTRIBUTOR, **ENDS),
        members(TEAM, ADAM),
        access_reviews=[review(scope={"query": f"/groups/{TEAM}/transitiveMembers"})],
        access_review_instances=RUNS,
    )

    assert status("PIM-008", given) == "pass"


def test_reviews_that_were_not_read_leave_it_open() -> None:
    given = of()
    given.ended["access_reviews"] = OutcomeKind.DENIED

    assert status("PIM-008", given) == "unknown"


# --- PIM-009 and PIM-010 ------------------------------------------------------------------------------------------------


def guarded(**changed: Any) -> Json:
    return {
        "id": TEAM,
        "displayName": "Team",
        "groupTypes": [],
        "isAssignableToRole": True,
        "visibility": "Private",
        **changed,
    }


def with_group(group: Json, *owners: str, holding: tuple[Json, ...] | None = None, **more: list[Json]) -> Tenant:
    held = holding or (eligible(TEAM, CONTRIBUTOR, **ENDS),)
    owned = [{"groupId": TEAM, "owners": list(owners)}]
    return of(*held, members(TEAM, ADAM), groups=[group], group_owners=owned, **more)


@pytest.mark.parametrize(
    ("group", "owners", "expected"),
    [
        (guarded(), (LEAD, SECOND), "pass"),
        (guarded(isAssignableToRole=None), (LEAD,), "fail"),
        (guarded(visibility="Public"), (LEAD,), "fail"),
        (guarded(groupTypes=["DynamicMembership"]), (LEAD,), "fail"),
        (guarded(), (LEAD, SECOND, JANE), "fail"),
        (guarded(), (ADAM,), "fail"),
    ],
)
def test_a_group_with_roles_is_as_hard_to_get_into_as_a_role(
    group: Json, owners: tuple[str, ...], expected: str
) -> None:
    assert status("PIM-009", with_group(group, *owners)) == expected


def test_members_who_are_always_in_hold_for_good_what_the_group_holds_for_good() -> None:
    row = assigned(TEAM, OWNER)

    assert status("PIM-009", with_group(guarded(), LEAD, holding=(row, instance(row)))) == "fail"


def test_what_pim_asks_of_members_counts_like_what_it_asks_for_a_role() -> None:
    row = assigned(TEAM, OWNER)
    joined = {"id": "1", "groupId": TEAM, "principalId": ADAM, "accessId": "member", "assignmentType": "Activated"}

    def asking(**changed: Json) -> Tenant:
        rules = [{"id": name, **body} for name, body in {**STRICT, **changed}.items()]
        policy = {
            "id": "1",
            "policyId": "p",
            "scopeId": TEAM,
            "scopeType": "Group",
            "roleDefinitionId": "member",
            "policy": {"rules": rules},
        }
        return with_group(
            guarded(isAssignableToRole=None),
            LEAD,
            holding=(row, instance(row)),
            group_assignment_schedule_instances=[joined],
            group_policy_assignments=[policy],
        )

    assert status("PIM-009", asking()) == "pass"
    assert status("PIM-009", asking(Enablement_EndUser_Assignment={"enabledRules": []})) == "fail"
    assert status("PIM-009", asking(Expiration_EndUser_Assignment={})) == "unknown"


def test_owners_that_were_not_read_leave_it_open() -> None:
    given = with_group(guarded())
    given.tables.pop("group_owners")
    given.ended["group_owners"] = OutcomeKind.DENIED

    assert status("PIM-009", given) == "unknown"


def test_members_that_were_not_read_may_be_groups_that_are_easy_to_get_into() -> None:
    without_owners = with_group(guarded())
    assert status("PIM-009", without_owners) == "pass"

    without_owners.ended["group_members"] = OutcomeKind.PARTIAL

    assert status("PIM-009", without_owners) == "unknown"


def test_accounts_for_emergencies_are_two_that_exist() -> None:
    def named(*accounts: str) -> str:
        return status("PIM-010", of(), break_glass=list(accounts))

    assert named() == "fail"
    assert named(LEAD) == "fail"
    assert named(LEAD, SECOND, JANE) == "fail"
    assert named(LEAD, "aaaaaaaa-0000-0000-0000-00000000dead") == "fail"
    assert named(LEAD, SECOND) == "unknown"


def test_accounts_for_emergencies_are_one_thing_to_mend_for_all_machines() -> None:
    (cause,) = (one for one in judged(of()).causes if one.rule == "PIM-010")

    assert (cause.resource, cause.says) == (
        "/users",
        "the accounts for emergencies are not as many as they should be, or nobody watches them",
    )
