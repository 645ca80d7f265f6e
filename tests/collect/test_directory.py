"""How the directory guards roles: owners, PIM for groups, directory roles, applications, reviews and methods."""

from collections.abc import Callable

import pytest
from loopback import Tenant

from collect.at_azure import JANE, NIGHT_SHIFT, OPERATORS, Auditor
from collect.guarded import ADAM, APPLICATION, EVE, PIM, PIPELINE, STANDBY, guarded, may_join
from vmaudit.snapshot.manifest import OutcomeKind

At = Callable[[Tenant], Auditor]


def test_groups_inside_groups_are_asked_who_owns_them(auditor: At) -> None:
    adam = auditor(guarded())

    assert adam.collects("--only", "group_owners") == 0

    owners = {row["groupId"]: [one["id"] for one in row["owners"]] for row in adam.rows("group_owners")}
    assert owners == {OPERATORS: [], NIGHT_SHIFT: [ADAM]}


def test_whoever_may_join_a_group_that_holds_a_role_is_found_with_all_who_come_along(auditor: At) -> None:
    adam = auditor(guarded())

    assert adam.collects("--only", "group_eligibility_schedule_instances,users,groups") == 0

    (instance,) = adam.rows("group_eligibility_schedule_instances")
    assert instance == may_join(OPERATORS, STANDBY)
    members = {row["groupId"]: {one["id"] for one in row["members"]} for row in adam.rows("group_members")}
    assert members == {OPERATORS: {NIGHT_SHIFT, JANE}, STANDBY: {EVE}}
    assert {row["id"] for row in adam.rows("users")} == {JANE, EVE}
    assert {row["id"] for row in adam.rows("groups")} == {OPERATORS, NIGHT_SHIFT, STANDBY}


def test_nothing_is_asked_twice(auditor: At) -> None:
    adam = auditor(guarded())

    assert adam.collects() == 0

    asked = [f"{e.method} {e.path}?{e.query} {e.body!r}" for e in adam.azure.ledger if e.path.startswith("/v1.0/")]
    assert len(asked) == len(set(asked))


def test_an_application_comes_with_its_secrets_and_its_owners(auditor: At) -> None:
    adam = auditor(guarded())

    assert adam.collects("--only", "application_owners,service_principal_owners,users") == 0

    (application,) = adam.rows("applications")
    assert application["passwordCredentials"][0]["endDateTime"] == "2027-01-01T00:00:00Z"
    (row,) = adam.rows("application_owners")
    assert (row["applicationId"], [one["id"] for one in row["owners"]]) == (APPLICATION, [JANE])
    (row,) = adam.rows("service_principal_owners")
    assert (row["servicePrincipalId"], [one["id"] for one in row["owners"]]) == (PIPELINE, [ADAM])
    assert {row["id"] for row in adam.rows("users")} == {JANE, ADAM}


def test_a_managed_identity_is_not_asked_for_owners_or_secrets(auditor: At) -> None:
    tenant = guarded()
    tenant.directory.objects[PIPELINE]["servicePrincipalType"] = "ManagedIdentity"
    adam = auditor(tenant)

    assert adam.collects("--only", "applications,service_principal_owners") == 0

    assert [row["id"] for row in adam.rows("service_principals")] == [PIPELINE]
    assert adam.azure.ledger.asked("owners") == adam.azure.ledger.asked("/applications") == ()


def test_who_holds_a_directory_role_is_named_too(auditor: At) -> None:
    tenant = guarded()
    held = {"id": "r1", "principalId": ADAM, "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10"}
    tenant.directory.lists["roleManagement/directory/roleAssignments"] = [held]
    adam = auditor(tenant)

    assert adam.collects("--only", "directory_role_assignments,users") == 0

    assert adam.rows("directory_role_assignments") == [held]
    assert ADAM in {row["id"] for row in adam.rows("users")}


def test_groups_of_conditional_access_are_known_by_name_and_members_but_their_people_are_not_looked_up(
    auditor: At,
) -> None:
    tenant = guarded()
    everybody = "d0000000-0000-4000-8000-000000000021"
    tenant.directory.add("group", id=everybody, displayName="All of sales")
    tenant.directory.add("user", id="d0000000-0000-4000-8000-000000000022")
    tenant.directory.members[everybody] = ["d0000000-0000-4000-8000-000000000022"]
    users = {"includeUsers": ["All"], "excludeGroups": [everybody], "excludeUsers": [ADAM]}
    tenant.directory.lists["identity/conditionalAccess/policies"] = [{"id": "p", "conditions": {"users": users}}]
    adam = auditor(tenant)

    assert adam.collects("--only", "conditional_access_policies,users,groups") == 0

    assert everybody in {row["groupId"] for row in adam.rows("group_members")}
    assert everybody in {row["id"] for row in adam.rows("groups")}
    assert {row["id"] for row in adam.rows("users")} == {JANE, ADAM}


def test_runs_of_an_access_review_name_their_review(auditor: At) -> None:
    tenant = guarded()
    path = "identityGovernance/accessReviews/definitions"
    tenant.directory.lists[path] = [{"id": "review-1", "displayName": "Operators"}]
    tenant.directory.lists[f"{path}/review-1/instances"] = [{"id": "run-1", "status": "Completed"}]
    adam = auditor(tenant)

    assert adam.collects("--only", "access_review_instances") == 0

    assert adam.rows("access_review_instances") == [
        {"definitionId": "review-1", "instances": [{"id": "run-1", "status": "Completed"}]}
    ]


@pytest.mark.parametrize("table", ["security_defaults", "authentication_methods_policy"])
def test_what_a_tenant_has_one_of_is_one_row(auditor: At, table: str) -> None:
    adam = auditor(guarded())

    assert adam.collects("--only", table) == 0

    (row,) = adam.rows(table)
    assert row["id"]


def test_policies_of_groups_and_of_directory_roles_are_asked_with_the_filter_that_azure_demands(auditor: At) -> None:
    tenant = guarded()
    policies = [
        {"id": "g", "scopeId": OPERATORS, "scopeType": "Group", "policyId": "p", "policy": {"rules": [{"id": "x"}]}},
        {"id": "d", "scopeId": "/", "scopeType": "DirectoryRole", "policyId": "p", "policy": {"rules": []}},
    ]
    tenant.directory.lists["policies/roleManagementPolicyAssignments"] = policies
    adam = auditor(tenant)

    assert adam.collects("--only", "group_policy_assignments,directory_role_policy_assignments") == 0

    assert adam.rows("group_policy_assignments") == policies[:1]
    assert adam.rows("directory_role_policy_assignments") == policies[1:]


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ("group_eligibility_schedule_instances", f"{PIM}/eligibilityScheduleInstances"),
        ("group_assignment_schedule_instances", f"{PIM}/assignmentScheduleInstances"),
        (
            "directory_role_eligibility_schedule_instances",
            "roleManagement/directory/roleEligibilityScheduleInstances",
        ),
        ("access_reviews", "identityGovernance/accessReviews/definitions"),
    ],
)
def test_a_licence_that_is_missing_is_named_and_no_empty_table(auditor: At, table: str, path: str) -> None:
    tenant = guarded()
    tenant.directory.unlicensed.add(path.lower())
    adam = auditor(tenant)

    assert adam.collects("--only", table) == 4

    outcome = adam.outcomes(table)[0]
    assert (outcome.outcome, outcome.code) == (OutcomeKind.DENIED, "AadPremiumLicenseRequired")
    assert "licence" in outcome.message


@pytest.mark.parametrize(
    ("table", "permission"),
    [
        ("group_eligibility_schedule_instances", "PrivilegedEligibilitySchedule.Read.AzureADGroup"),
        ("group_assignment_schedule_instances", "PrivilegedAssignmentSchedule.Read.AzureADGroup"),
        ("group_policy_assignments", "RoleManagementPolicy.Read.AzureADGroup"),
        ("access_reviews", "AccessReview.Read.All"),
        ("user_registration_details", "AuditLog.Read.All"),
        ("users", "Directory.Read.All"),
        ("security_defaults", "Policy.Read.All"),
    ],
)
def test_a_permission_that_is_missing_is_named_with_its_table(auditor: At, table: str, permission: str) -> None:
    adam = auditor(guarded())
    adam.azure.access.graph_permissions.add("GroupMember.Read.All")
    adam.azure.access.graph_permissions.discard(permission)

    assert adam.collects("--only", table) == 4

    outcome = adam.outcomes(table)[-1]
    assert (outcome.outcome, outcome.permission) == (OutcomeKind.DENIED, permission)


def test_whoever_is_named_was_looked_up_even_where_other_scopes_were_not_read(auditor: At) -> None:
    adam = auditor(guarded())
    *_, last = sorted(adam.azure.tenant.subscriptions())
    adam.azure.access.hide(f"/subscriptions/{last}")

    assert adam.collects("--only", "users") == 4

    assert [outcome.outcome for outcome in adam.outcomes("users")] == [OutcomeKind.COMPLETE]
    assert {outcome.outcome for outcome in adam.outcomes("group_members")} > {OutcomeKind.DENIED}
