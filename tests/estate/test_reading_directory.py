"""How the directory guards roles: from Microsoft Graph's rows to values (azure-facts 2.2, 2.3, 3.3)."""

from math import inf
from typing import Any

import pytest

from vmaudit.estate.rights import Administrator, Group, Join, Review, Rights, RolePolicy, Workload
from vmaudit.known import Unknown
from vmaudit.snapshot.manifest import OutcomeKind
from who_may import ADAM, GROUP, JANE, OWNER, ROBOT, TEAM, Tenant, assigned, instance, role, user

GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"


def rights(*not_read: str, **tables: list[dict[str, Any]]) -> Rights:
    return Tenant(dict(tables), dict.fromkeys(not_read, OutcomeKind.DENIED)).read()[1]


def policy(*rules: dict[str, Any]) -> RolePolicy:
    row = {
        "id": "p",
        "properties": {"scope": GROUP, "roleDefinitionId": f"/r/{OWNER}", "effectiveRules": list(rules)},
    }
    return rights(role_management_policy_assignments=[row]).policies[GROUP.lower(), OWNER]


def test_all_that_the_settings_of_a_role_say() -> None:
    approvers = [{"id": JANE.upper(), "userType": "User"}, {"groupId": TEAM}, {"userId": ADAM}]
    found = policy(
        {"id": "Enablement_EndUser_Assignment", "enabledRules": ["Justification", "Ticketing"]},
        {
            "id": "Approval_EndUser_Assignment",
            "setting": {"isApprovalRequired": True, "approvalStages": [{"primaryApprovers": approvers}]},
        },
        {"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": True, "claimValue": "c1"},
        {"id": "Notification_Approver_EndUser_Assignment", "notificationRecipients": ["soc@contoso.com"]},
        {"id": "Expiration_Admin_Assignment", "isExpirationRequired": False, "maximumDuration": "P15D"},
        {"id": "Enablement_Admin_Assignment", "enabledRules": ["MultiFactorAuthentication"]},
        {"id": "Expiration_Admin_Eligibility", "isExpirationRequired": True, "maximumDuration": "P180D"},
    )

    assert found.approvers == (ADAM, JANE, TEAM)
    assert (found.context, found.ticket, found.tells_others) == ("c1", True, True)
    assert (found.permanent_active, found.longest_active) == (True, 15 * 24)
    assert (found.permanent_eligible, found.longest_eligible) == (False, 180 * 24)
    assert found.active_asks == {"multifactorauthentication"}


def test_settings_without_their_rules_say_nothing() -> None:
    found = policy()

    assert found.context == ""
    assert all(
        isinstance(one, Unknown)
        for one in (found.ticket, found.approvers, found.tells_others, found.permanent_active, found.longest_eligible)
    )


def test_an_assignment_has_the_times_of_its_instance() -> None:
    row = assigned(ADAM, OWNER)
    times = {"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2026-01-08T00:00:00Z"}

    (found,) = rights(role_assignments=[row], role_assignment_schedule_instances=[instance(row, **times)]).active

    assert (found.held, found.begins, found.ends) == ("time-bound", *times.values())


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"type": "CustomRole"}, True),
        ({"type": "BuiltInRole"}, False),
        ({"type": None, "roleType": "CustomRole"}, True),
        ({"type": None, "isCustom": True}, True),
        ({"type": None}, Unknown("the row of the role does not say whether it is custom")),
    ],
)
def test_a_role_says_whether_it_is_custom(members: dict[str, Any], expected: Any) -> None:
    row = role(OWNER, "Own")
    row["properties"] |= members

    assert rights(role_definitions=[row]).roles[OWNER].custom == expected


@pytest.mark.parametrize(
    ("about", "seen"),
    [
        ({"lastSignInDateTime": "2026-01-01T00:00:00Z"}, "2026-01-01T00:00:00Z"),
        (
            {"lastSignInDateTime": "2026-01-01T00:00:00Z", "lastNonInteractiveSignInDateTime": "2026-02-01T00:00:00Z"},
            "2026-02-01T00:00:00Z",
        ),
        ({}, "2020-01-01T00:00:00Z"),
        (None, Unknown("when it last signed in was not read (needs AuditLog.Read.All)")),
    ],
)
def test_a_person_was_seen_when_he_last_signed_in_or_was_made(about: Any, seen: Any) -> None:
    row = user(ADAM, "Adam", signInActivity=about, createdDateTime="2020-01-01T00:00:00Z")

    assert rights(users=[row]).principals[ADAM].seen == seen


@pytest.mark.parametrize(
    ("of_users", "of_sign_ins", "seen"),
    [
        # A look-up by id tells of nobody's sign-ins: the row that was asked for them does.
        ({}, {"signInActivity": {"lastSignInDateTime": "2026-01-01T00:00:00Z"}}, "2026-01-01T00:00:00Z"),
        # It was asked for and there was none: he never signed in, and counts from when he was made.
        ({}, {"signInActivity": None}, "2020-01-01T00:00:00Z"),
        ({}, {}, "2020-01-01T00:00:00Z"),
        # What both tell adds up: the later moment is the last.
        (
            {"signInActivity": {"lastSignInDateTime": "2026-03-01T00:00:00Z"}},
            {"signInActivity": {"lastSignInDateTime": "2026-01-01T00:00:00Z"}},
            "2026-03-01T00:00:00Z",
        ),
        ({"signInActivity": {"lastSignInDateTime": "2026-03-01T00:00:00Z"}}, {}, "2026-03-01T00:00:00Z"),
    ],
)
def test_a_list_of_sign_ins_tells_when_a_person_was_seen(of_users: Any, of_sign_ins: Any, seen: str) -> None:
    row = {"id": ADAM.upper(), "createdDateTime": "2020-01-01T00:00:00Z"} | of_sign_ins

    found = rights(users=[user(ADAM, "Adam") | of_users, user(JANE, "Jane")], user_sign_ins=[row])

    assert found.principals[ADAM].seen == seen
    assert isinstance(found.principals[JANE].seen, Unknown)


def test_who_never_signed_in_and_was_made_nobody_knows_when_is_not_said_to_be_seen() -> None:
    found = rights(users=[user(ADAM, "Adam")], user_sign_ins=[{"id": ADAM, "signInActivity": None}])

    assert found.principals[ADAM].seen == Unknown("it never signed in, and when it was made was not read")


def test_a_list_of_sign_ins_brings_nobody_back_who_was_deleted() -> None:
    given = assigned(ADAM, OWNER)
    row = {"id": ADAM, "createdDateTime": "2020-01-01T00:00:00Z"}

    found = rights(role_assignments=[given], users=[user(JANE, "Jane")], user_sign_ins=[row]).principals[ADAM]

    assert (found.marks, found.seen) == (("deleted",), "2020-01-01T00:00:00Z")


def test_pim_for_groups_tells_who_is_in_and_who_may_get_in() -> None:
    found = rights(
        group_eligibility_schedule_instances=[
            {"id": "1", "groupId": TEAM.upper(), "principalId": ADAM, "accessId": "member"},
            {"id": "2", "groupId": TEAM, "principalId": JANE, "accessId": "owner"},
        ],
        group_assignment_schedule_instances=[
            {"id": "3", "groupId": TEAM, "principalId": JANE, "accessId": "member", "assignmentType": "Activated"}
        ],
    )

    assert found.joins[TEAM] == (
        Join(ADAM, owner=False, held="eligible"),
        Join(JANE, owner=True, held="eligible"),
        Join(JANE, owner=False, held="activated"),
    )


def test_a_group_says_how_hard_it_is_to_get_into() -> None:
    row = {"id": TEAM, "isAssignableToRole": None, "visibility": "Public", "groupTypes": ["DynamicMembership"]}
    owners = [{"groupId": TEAM, "owners": [{"id": JANE}]}]

    assert rights(groups=[row], group_owners=owners).groups[TEAM] == Group(
        role_assignable=False, open=True, dynamic=True, owners=(JANE,)
    )


def test_what_a_group_s_row_leaves_out_is_unknown_and_so_are_owners_that_were_not_read() -> None:
    found = rights("group_owners", groups=[{"id": TEAM}]).groups[TEAM]

    assert all(isinstance(one, Unknown) for one in (found.role_assignable, found.open, found.dynamic, found.owners))


def test_a_program_has_its_own_secrets_and_those_of_its_application() -> None:
    program = {
        "id": ROBOT,
        "appId": "A",
        "servicePrincipalType": "Application",
        "passwordCredentials": [{"startDateTime": "1"}],
    }
    application = {"id": "O", "appId": "a", "passwordCredentials": [{"startDateTime": "2"}]}
    owners = [{"applicationId": "o", "owners": [JANE]}]

    found = rights(service_principals=[program], applications=[application], application_owners=owners)

    assert found.workloads[ROBOT] == Workload(managed=False, secrets=("1", "2"), owned=True)


def test_the_secrets_of_a_foreign_application_are_not_to_be_seen_and_a_managed_identity_has_none() -> None:
    program = {"id": ROBOT, "appId": "A", "passwordCredentials": []}
    managed = {"id": JANE, "appId": "B", "servicePrincipalType": "ManagedIdentity"}

    found = rights("service_principal_owners", service_principals=[program, managed]).workloads

    assert found[ROBOT].secrets == Unknown("its application is in another tenant")
    assert isinstance(found[ROBOT].owned, Unknown)
    assert (found[JANE].managed, found[JANE].secrets) == (True, ())


def test_global_administrators_are_those_of_the_whole_tenant_with_how_they_hold_it() -> None:
    def row(person: str, **more: Any) -> dict[str, Any]:
        return {"id": person, "principalId": person, "roleDefinitionId": GLOBAL_ADMINISTRATOR, **more}

    found = rights(
        directory_role_assignment_schedule_instances=[row(ADAM, assignmentType="Assigned")],
        directory_role_assignments=[row(ADAM), row(JANE), row(TEAM, directoryScopeId="/administrativeUnits/1")],
        directory_role_eligibility_schedule_instances=[row(ROBOT), row(TEAM, roleDefinitionId="other")],
    )

    assert found.administrators == (
        Administrator(ADAM, "standing"),
        Administrator(JANE, "unknown"),
        Administrator(ROBOT, "eligible"),
    )


@pytest.mark.parametrize(
    ("pattern", "every"),
    [
        ({"type": "weekly", "interval": 2}, 14),
        ({"type": "absoluteMonthly", "interval": 6}, 180),
        ({"type": "absoluteYearly", "interval": 1}, 365),
        ({"type": "noRecurrence"}, inf),
        (None, inf),
        ({"type": "fortnightly"}, Unknown("how often 'fortnightly' comes round is not documented")),
    ],
)
def test_an_access_review_comes_round(pattern: Any, every: Any) -> None:
    row = {
        "id": "R",
        "scope": {"query": f"/groups/{TEAM.upper()}/transitiveMembers", "queryType": "MicrosoftGraph"},
        "reviewers": [],
        "settings": {"autoApplyDecisionsEnabled": False, "recurrence": {"pattern": pattern}},
    }
    runs = [{"definitionId": "r", "instances": [{"status": "Applied", "endDateTime": "2026-01-01"}, {"status": "New"}]}]

    (found,) = rights(access_reviews=[row], access_review_instances=runs).reviews

    assert found == Review(frozenset({TEAM}), every, by_themselves=True, applied=False, done=("2026-01-01",))


def test_a_row_that_can_not_be_read_leaves_its_table_incomplete() -> None:
    found = rights(group_eligibility_schedule_instances=[{"id": "1"}], groups=[{"id": TEAM, "groupTypes": "all"}])

    assert isinstance(found.complete("group_eligibility_schedule_instances"), Unknown)
    assert found.complete("groups") == Unknown("1 rows of groups could not be read")
