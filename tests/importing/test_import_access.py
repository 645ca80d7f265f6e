"""Who may act, as Azure Resource Manager, the Azure CLI and Microsoft Graph print it."""

from typing import Any

import pytest

from desk import Desk, compact
from vmaudit.errors import UnreadableFileError
from vmaudit.snapshot.manifest import OutcomeKind

GRAPH = "https://graph.microsoft.com/v1.0/$metadata#"
ADAM = {"id": "aaaaaaaa-0000-0000-0000-000000000001", "displayName": "Adam"}
OWNERS = "bbbbbbbb-0000-0000-0000-000000000001"
AUTHORIZATION = "/subscriptions/s/providers/Microsoft.Authorization"


@pytest.mark.parametrize(
    ("context", "table"),
    [
        ("users", "users"),
        ("users(id,displayName,accountEnabled)", "users"),
        ("groups", "groups"),
        ("servicePrincipals", "service_principals"),
        ("directoryRoles", "directory_roles"),
        ("identity/conditionalAccess/policies", "conditional_access_policies"),
        ("conditionalAccess/namedLocations", "named_locations"),
        (
            "identityGovernance/privilegedAccess/group/eligibilityScheduleInstances",
            "group_eligibility_schedule_instances",
        ),
        (
            "identityGovernance/privilegedAccess/group/assignmentScheduleInstances",
            "group_assignment_schedule_instances",
        ),
        ("roleManagement/directory/roleAssignments(principal())", "directory_role_assignments"),
        ("roleManagement/directory/roleDefinitions", "directory_role_definitions"),
        ("roleManagement/directory/roleAssignmentScheduleInstances", "directory_role_assignment_schedule_instances"),
        ("roleManagement/directory/roleEligibilityScheduleInstances", "directory_role_eligibility_schedule_instances"),
        ("applications(id,appId)", "applications"),
        ("identityGovernance/accessReviews/definitions", "access_reviews"),
        ("policies/authenticationStrengthPolicies", "authentication_strengths"),
        ("policies/identitySecurityDefaultsEnforcementPolicy/$entity", "security_defaults"),
        ("policies/authenticationMethodsPolicy/$entity", "authentication_methods_policy"),
        ("reports/authenticationMethods/userRegistrationDetails", "user_registration_details"),
    ],
)
def test_a_page_of_microsoft_graph_says_what_its_rows_are(desk: Desk, context: str, table: str) -> None:
    desk.put("page.json", {"@odata.context": GRAPH + context, "value": [ADAM]})

    assert desk.rows(table) == [compact(ADAM)]


def test_one_object_of_microsoft_graph_says_what_it_is(desk: Desk) -> None:
    whole = {"@odata.context": GRAPH + "users/$entity", **ADAM}
    desk.put("adam.json", whole)

    assert desk.rows("users") == [compact(whole)]


def test_rows_of_several_kinds_say_what_they_are_themselves(desk: Desk) -> None:
    user = {"@odata.type": "#microsoft.graph.user", **ADAM}
    group = {"@odata.type": "#microsoft.graph.group", "id": OWNERS}
    desk.put("objects.json", {"@odata.context": GRAPH + "directoryObjects", "value": [user, group]})

    _, snapshot = desk.brings()

    assert list(snapshot.rows("users")) == [compact(user)]
    assert list(snapshot.rows("groups")) == [compact(group)]


def test_what_hangs_on_a_group_is_no_group(desk: Desk) -> None:
    desk.put("members.json", {"@odata.context": GRAPH + f"groups('{OWNERS}')/members", "value": [ADAM]})

    assert desk.rows("other_resources") == [compact(ADAM)]


@pytest.mark.parametrize("name", ["users.json", "Users.ndjson", "tenant/users.jsonl", "users.json.gz"])
def test_a_file_named_after_a_table_holds_its_rows(desk: Desk, name: str) -> None:
    desk.put(name, compact(ADAM))

    assert desk.rows("users") == [compact(ADAM)]


def test_the_type_of_a_row_outweighs_the_name_of_its_file(desk: Desk) -> None:
    row = {"id": f"{AUTHORIZATION}/roleAssignments/a", "type": "Microsoft.Authorization/roleAssignments"}
    desk.put("users.json", [row])

    assert desk.rows("role_assignments") == [compact(row)]


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        ("RoleAssignments", "role_assignments"),
        ("roleDefinitions", "role_definitions"),
        ("denyAssignments", "deny_assignments"),
        ("classicAdministrators", "classic_administrators"),
        ("roleAssignmentScheduleInstances", "role_assignment_schedule_instances"),
        ("roleEligibilityScheduleInstances", "role_eligibility_schedule_instances"),
        ("roleManagementPolicies", "role_management_policies"),
        ("roleManagementPolicyAssignments", "role_management_policy_assignments"),
        ("roleManagementPolicyAssignment", "role_management_policy_assignments"),
    ],
)
def test_pages_about_roles_and_pim_go_to_their_tables(desk: Desk, kind: str, table: str) -> None:
    row = {"id": f"/providers/Microsoft.Subscription{AUTHORIZATION}/{kind}/x", "properties": {}}
    desk.put("page.json", {"value": [row]})

    assert desk.rows(table) == [compact(row)]


def test_a_role_definition_without_an_id_is_known_by_its_name(desk: Desk) -> None:
    row = {"name": "acdd72a7-3385-48ef-bd42-f606fba81ae7", "type": "Microsoft.Authorization/roleDefinitions"}
    desk.put("roles.json", [row])

    assert desk.rows("role_definitions") == [compact(row)]


@pytest.mark.parametrize(
    ("kind", "table"), [("Group", "group_policy_assignments"), ("DirectoryRole", "directory_role_policy_assignments")]
)
def test_a_policy_of_microsoft_graph_goes_where_its_scope_belongs(desk: Desk, kind: str, table: str) -> None:
    row = {"id": "x", "scopeId": OWNERS, "scopeType": kind, "policyId": "p", "policy": {"rules": []}}
    context = GRAPH + "policies/roleManagementPolicyAssignments(policy(rules()))"
    desk.put("page.json", {"@odata.context": context, "value": [row]})

    assert desk.rows(table) == [compact(row)]


@pytest.mark.parametrize(
    ("row", "table"),
    [
        ({"groupId": OWNERS, "owners": [{"id": ADAM["id"]}]}, "group_owners"),
        ({"servicePrincipalId": OWNERS, "owners": []}, "service_principal_owners"),
        ({"applicationId": OWNERS, "owners": []}, "application_owners"),
        ({"definitionId": OWNERS, "instances": [{"id": "run"}]}, "access_review_instances"),
    ],
)
def test_what_hangs_on_one_object_names_it(desk: Desk, row: dict[str, Any], table: str) -> None:
    desk.put("whatever.json", row)

    assert desk.rows(table) == [compact(row)]


def test_a_user_and_what_he_registered_have_one_id_and_are_two_rows(desk: Desk) -> None:
    registered = {"id": ADAM["id"], "isMfaCapable": True}
    desk.put("users.json", [ADAM])
    desk.put("user_registration_details.json", [registered])

    _, snapshot = desk.brings()

    assert list(snapshot.rows("users")) == [compact(ADAM)]
    assert list(snapshot.rows("user_registration_details")) == [compact(registered)]


def test_a_diagnostic_setting_of_a_subscription_is_known_by_its_odd_id(desk: Desk) -> None:
    row = {"id": "subscriptions/s/providers/AzureResourceManager/diagnosticSettings/x", "type": None, "name": "x"}
    desk.put("page.json", {"value": [row]})

    assert desk.rows("diagnostic_settings") == [compact(row)]


MEMBERS: dict[str, Any] = {"groupId": OWNERS, "members": [ADAM["id"]]}


@pytest.mark.parametrize("name", ["group_members.json", "whoever.json"])
def test_members_of_a_group_need_no_id(desk: Desk, name: str) -> None:
    desk.put(name, MEMBERS)

    assert desk.rows("group_members") == [compact(MEMBERS)]


def test_a_group_may_be_given_beside_its_members(desk: Desk) -> None:
    more = {"groupId": OWNERS, "members": ["aaaaaaaa-0000-0000-0000-000000000002"]}
    desk.put("groups.json", [{"id": OWNERS, "displayName": "Owners"}])
    desk.put("group_members.ndjson", b"\n".join([compact(MEMBERS), compact(more), compact(MEMBERS)]))

    imported, _ = desk.brings()

    assert imported.rows == (("groups", 1), ("group_members", 2))


def test_a_row_that_names_neither_an_id_nor_a_group_is_refused(desk: Desk) -> None:
    desk.put("users.json", [{"displayName": "Adam"}])

    with pytest.raises(UnreadableFileError, match=r"users\.json, row 1 has no `id`"):
        desk.brings()


def test_a_page_that_goes_on_leaves_its_own_table_incomplete(desk: Desk) -> None:
    page = {"@odata.context": GRAPH + "users", "@odata.nextLink": "https://graph.microsoft.com/next", "value": [ADAM]}
    desk.put("page.json", page)
    desk.put("vms.json", [{"id": f"{AUTHORIZATION}/roleAssignments/a"}])

    _, snapshot = desk.brings()

    (outcome,) = snapshot.entry("users").outcomes
    assert (outcome.outcome, outcome.code) == (OutcomeKind.PARTIAL, "MorePages")
    assert [entry.name for entry in snapshot.manifest.tables if entry.outcomes[0].code] == ["users"]
