"""Roles, PIM and people, from Azure's and Microsoft Graph's spellings to values (azure-facts 2, 3, 6)."""

from typing import Any

import pytest

from vmaudit.estate.resources import Key
from vmaudit.estate.rights import Activation, Assignment, Permission, Principal, Rights
from vmaudit.known import Unknown
from vmaudit.snapshot.manifest import OutcomeKind
from who_may import (
    ADAM,
    CONTRIBUTOR,
    GROUP,
    INNER,
    JANE,
    OWNER,
    ROBOT,
    SUBSCRIPTION,
    TEAM,
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

BUILT_IN = f"/providers/Microsoft.Authorization/roleDefinitions/{OWNER}"


def rights(**tables: list[dict[str, Any]]) -> Rights:
    return Tenant(dict(tables)).read()[1]


def only(row: dict[str, Any]) -> Assignment:
    (found,) = rights(role_assignments=[row]).active
    return found


def test_a_role_assignment_as_azure_resource_manager_writes_it() -> None:
    row = assigned(ADAM.upper(), OWNER.upper(), GROUP, condition="@x", conditionVersion="2.0")

    found = only(row)

    assert (found.principal, found.kind, found.role) == (ADAM, "User", OWNER)
    assert (found.scope, found.where, found.id) == (GROUP.lower(), GROUP, row["id"])
    assert found.condition == "@x"


def test_the_azure_cli_lifts_the_properties_of_an_assignment_and_adds_names() -> None:
    row = assigned(ADAM, OWNER)
    flat = {"id": row["id"], **row["properties"], "principalName": "adam@contoso.com", "roleDefinitionName": "Owner"}

    found = rights(role_assignments=[flat])

    assert found.active[0].role_name == "Owner"
    assert found.principals[ADAM] == Principal(ADAM, "User", "adam@contoso.com")


def test_powershell_writes_keys_with_capitals() -> None:
    row = assigned(ADAM, OWNER)
    flat = {"Id": row["id"], **{key[0].upper() + key[1:]: value for key, value in row["properties"].items()}}

    assert only(flat) == only(row)


def test_an_assignment_without_a_scope_counts_where_its_id_says() -> None:
    row = assigned(ADAM, OWNER, GROUP)
    del row["properties"]["scope"]

    assert (only(row).scope, only(row).where) == (GROUP.lower(), GROUP)


@pytest.mark.parametrize("missing", ["principalId", "roleDefinitionId"])
def test_an_assignment_that_leaves_out_who_or_what_is_a_row_that_was_not_read(missing: str) -> None:
    row = assigned(ADAM, OWNER)
    del row["properties"][missing]

    found = rights(role_assignments=[row], role_definitions=[role(OWNER, "Owner", permission("*"))])

    assert found.active == ()
    assert "does not name a principal, a role and a scope" in found.broken[0]
    assert found.tables["role_assignments"] == Unknown("1 rows of role_assignments could not be read")


@pytest.mark.parametrize(
    ("kind", "more", "held"),
    [
        ("Assigned", {}, "standing"),
        ("Assigned", {"endDateTime": None}, "standing"),
        ("Assigned", {"endDateTime": "2027-01-01T00:00:00Z"}, "time-bound"),
        ("Activated", {"endDateTime": "2027-01-01T00:00:00Z"}, "activated"),
        ("activated", {}, "activated"),
        ("Borrowed", {}, "unknown"),
    ],
)
def test_pim_tells_how_an_active_role_is_held(kind: str, more: dict[str, Any], held: str) -> None:
    row = assigned(ADAM, OWNER)

    found = rights(role_assignments=[row], role_assignment_schedule_instances=[instance(row, kind, **more)])

    assert [(one.id, one.held) for one in found.active] == [(row["id"], held)]


def test_without_pim_it_is_unknown_and_not_standing_how_a_role_is_held() -> None:
    assert only(assigned(ADAM, OWNER)).held == "unknown"


def test_an_instance_of_another_assignment_says_nothing() -> None:
    mine, other = assigned(ADAM, OWNER, number=1), assigned(ADAM, OWNER, number=2)

    found = rights(role_assignments=[mine], role_assignment_schedule_instances=[instance(other)])

    assert {(one.id, one.held) for one in found.active} == {
        (mine["id"], "unknown"),
        (instance(other)["id"], "standing"),
    }


def test_what_pim_shows_of_a_parent_scope_does_not_hide_the_assignment_itself() -> None:
    row = assigned(ADAM, OWNER)
    inherited = instance(row, "Assigned", memberType="Inherited") | {"id": "/inherited"}

    found = rights(role_assignments=[row], role_assignment_schedule_instances=[instance(row, "Activated"), inherited])

    assert [one.held for one in found.active] == ["activated"]


def test_a_request_that_was_denied_gives_nobody_a_role() -> None:
    found = rights(role_eligibility_schedule_instances=[eligible(ADAM, OWNER, status="Denied")])

    assert found.eligible == ()


def test_pim_writes_a_provider_in_front_of_a_subscription() -> None:
    row = eligible(ADAM, OWNER, scope=f"/providers/Microsoft.Subscription{SUBSCRIPTION}")

    (found,) = rights(role_eligibility_schedule_instances=[row]).eligible

    assert (found.scope, found.held) == (SUBSCRIPTION, "eligible")


def test_the_names_that_pim_expands_are_used() -> None:
    expanded = {"principal": {"displayName": "Adam"}, "roleDefinition": {"displayName": "Owner"}}

    found = rights(role_eligibility_schedule_instances=[eligible(ADAM, OWNER, expandedProperties=expanded)])

    assert (found.eligible[0].role_name, found.principals[ADAM].name) == ("Owner", "Adam")


def test_permission_objects_stay_apart() -> None:
    row = role(OWNER, "Two", permission("a/*", no=["a/Write"]), permission("b/*", data=["C"]))

    found = rights(role_definitions=[row]).roles[OWNER]

    assert found.permissions == (Permission(("a/*",), ("a/write",)), Permission(("b/*",), data_actions=("c",)))


def test_one_role_listed_in_two_scopes_is_one_role() -> None:
    here = role(OWNER, "Owner", permission("*"))
    there = here | {"id": BUILT_IN}

    assert rights(role_definitions=[here, there]).roles[OWNER].permissions == (Permission(("*",)),)


def test_a_role_may_be_known_by_its_name_alone() -> None:
    row = {"name": OWNER, "roleName": "Owner", "roleType": "BuiltInRole", "permissions": [permission("*")]}

    assert rights(role_definitions=[row]).roles[OWNER].name == "Owner"


def test_powershell_prints_the_permissions_of_a_role_without_a_list() -> None:
    row = {"Id": OWNER, "Name": "Owner", "Actions": ["*"], "NotActions": [], "DataActions": ["X/login"]}

    assert rights(role_definitions=[row]).roles[OWNER].permissions == (Permission(("*",), (), ("x/login",)),)


def test_a_role_without_permissions_is_a_row_that_was_not_read() -> None:
    found = rights(role_definitions=[{"id": BUILT_IN, "properties": {"roleName": "Owner"}}])

    assert found.roles == {}
    assert "its permissions were left out" in found.broken[0]


def test_a_deny_assignment_was_recorded_with_ids_without_dashes() -> None:
    row = denied("*", principals=["f8d526a054eb4941ae69ebf4a334d0f0"], excluded=[TEAM], doNotApplyToChildScopes=True)

    (found,) = rights(deny_assignments=[row]).denies

    assert found.principals == {"f8d526a0-54eb-4941-ae69-ebf4a334d0f0"}
    assert (found.excluded, found.excluded_groups, found.here_only) == ({TEAM}, {TEAM}, True)


def test_a_deny_assignment_under_a_condition_denies_nothing_for_sure() -> None:
    assert rights(deny_assignments=[denied("*", principals=[ADAM], condition="@x")]).denies == ()


def test_people_groups_and_identities_have_names_and_marks() -> None:
    found = rights(
        users=[user(ADAM, "Adam", userType="Guest", accountEnabled=False), {"id": JANE, "userPrincipalName": "jane@x"}],
        groups=[{"id": TEAM, "displayName": "Team"}],
        service_principals=[{"id": ROBOT, "displayName": "Robot"}],
    ).principals

    assert found[ADAM] == Principal(ADAM, "User", "Adam", ("guest", "disabled"))
    assert found[JANE] == Principal(JANE, "User", "jane@x")
    assert (found[TEAM].kind, found[ROBOT].kind) == ("Group", "ServicePrincipal")


def test_members_are_ids_or_objects_and_add_up() -> None:
    typed = {"@odata.type": "#microsoft.graph.servicePrincipal", "id": ROBOT, "displayName": "Robot"}

    found = rights(group_members=[members(TEAM, JANE.upper()), {"groupId": TEAM, "members": [typed]}])

    assert found.members == {TEAM: tuple(sorted((JANE, ROBOT)))}
    assert found.principals[ROBOT] == Principal(ROBOT, "ServicePrincipal", "Robot")


def test_members_that_a_group_was_expanded_with_are_cut_short_at_twenty() -> None:
    many = [{"id": guid(number)} for number in range(20)]
    groups = [{"id": TEAM, "members": many}, {"id": INNER, "members": many[:19]}]

    assert rights(groups=groups).cut_short == {TEAM}


def test_whom_a_whole_directory_does_not_know_was_deleted() -> None:
    rows = [assigned(ADAM, OWNER)]

    whole = Tenant({"role_assignments": rows, "users": [user(JANE, "Jane")]})
    partial = Tenant(whole.tables, {"users": OutcomeKind.PARTIAL})

    assert whole.read()[1].principals[ADAM].marks == ("deleted",)
    assert partial.read()[1].principals[ADAM].marks == ()


@pytest.mark.parametrize(
    "properties",
    [
        {"managementGroupAncestorsChain": [{"name": "Team"}, {"name": "root"}]},
        {"details": {"managementGroupAncestorsChain": [{"name": "Team"}, {"name": "root"}]}},
    ],
)
def test_the_management_groups_above_a_subscription(properties: dict[str, Any]) -> None:
    above = rights(subscriptions=[{"id": SUBSCRIPTION, "properties": properties}]).above

    prefix: Key = "/providers/microsoft.management/managementgroups"
    assert above == {SUBSCRIPTION: (f"{prefix}/team", f"{prefix}/root")}


def test_a_subscription_that_does_not_say_what_is_above_it_leaves_it_unknown() -> None:
    assert rights(subscriptions=[{"id": SUBSCRIPTION, "properties": {}}]).above == {}


POLICY = "/providers/Microsoft.Subscription/subscriptions/s/providers/Microsoft.Authorization/roleManagementPolicies/p"


def policy_assignment(**properties: Any) -> dict[str, Any]:
    return {
        "id": f"{POLICY}_{OWNER}",
        "properties": {"scope": GROUP, "roleDefinitionId": BUILT_IN, "policyId": POLICY, **properties},
    }


RULES = [
    {"id": "Enablement_EndUser_Assignment", "enabledRules": ["MultiFactorAuthentication", "Justification"]},
    {"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": False}},
    {"id": "Expiration_EndUser_Assignment", "maximumDuration": "PT90M"},
    {"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": False, "claimValue": ""},
]


def activation(**tables: Any) -> Activation:
    return rights(**tables).activations[GROUP.lower(), OWNER]


def test_the_rules_of_a_policy_say_what_activating_takes() -> None:
    inline = activation(role_management_policy_assignments=[policy_assignment(effectiveRules=RULES)])
    joined = activation(
        role_management_policy_assignments=[policy_assignment()],
        role_management_policies=[{"id": POLICY.upper(), "properties": {"rules": RULES}}],
    )

    assert inline == joined == Activation(mfa=True, approval=False, justification=True, max_hours=1.5)


def test_an_authentication_context_leaves_mfa_to_conditional_access() -> None:
    rules = [*RULES[:3], {"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": True, "claimValue": "c1"}]

    found = activation(role_management_policy_assignments=[policy_assignment(effectiveRules=rules)])

    assert found.mfa == Unknown("an authentication context takes the place of MFA")
    assert found.justification is True


def test_a_policy_that_was_not_given_leaves_all_of_it_unknown() -> None:
    found = activation(role_management_policy_assignments=[policy_assignment()])

    assert all(
        isinstance(value, Unknown) for value in (found.mfa, found.approval, found.justification, found.max_hours)
    )


def test_a_classic_administrator_is_found_in_the_directory_by_his_address() -> None:
    row = {
        "id": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/classicAdministrators/x",
        "properties": {"emailAddress": "Adam@Contoso.com", "role": "CoAdministrator"},
    }

    known = rights(users=[user(ADAM, "Adam", mail="adam@contoso.com")], classic_administrators=[row])
    unknown = rights(classic_administrators=[row])

    assert (known.active[0].principal, known.active[0].scope, known.active[0].held) == (ADAM, SUBSCRIPTION, "unknown")
    assert unknown.principals["adam@contoso.com"].name == "adam@contoso.com"


@pytest.mark.parametrize("table", ["role_assignments", "role_definitions", "users"])
def test_an_empty_table_of_what_every_tenant_has_was_not_read(table: str) -> None:
    assert isinstance(rights().tables[table], Unknown)


def test_an_empty_table_of_what_may_not_exist_is_complete() -> None:
    assert rights().tables["deny_assignments"] is True
    assert rights().tables["role_eligibility_schedule_instances"] is True


@pytest.mark.parametrize(
    "table",
    [
        "role_assignments",
        "role_definitions",
        "deny_assignments",
        "classic_administrators",
        "role_assignment_schedule_instances",
        "role_eligibility_schedule_instances",
        "role_management_policies",
        "role_management_policy_assignments",
        "subscriptions",
        "users",
        "groups",
        "group_members",
        "service_principals",
    ],
)
def test_a_malformed_row_leaves_its_table_incomplete(table: str) -> None:
    given = tenant(assigned(ADAM, CONTRIBUTOR))
    given.tables[table] = [{"id": 5, "groupId": 5, "name": 5, "properties": "cut off"}]

    _, found = given.read()

    assert found.tables[table] == Unknown(f"1 rows of {table} could not be read")
    assert len(found.broken) == 1
