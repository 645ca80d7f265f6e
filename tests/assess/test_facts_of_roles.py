"""Rules about roles, from Azure's rows to verdicts: what Azure documents about who may do what (azure-facts 2.1, 6)."""

from typing import Any

import pytest

from judged_rights import judged, status, verdict
from vmaudit.snapshot.manifest import OutcomeKind
from who_may import (
    ADAM,
    ADMIN_LOGIN,
    CONTRIBUTOR,
    GROUP,
    INNER,
    JANE,
    NIC,
    OWNER,
    READER,
    ROBOT,
    ROLES,
    ROOT_GROUP,
    RUN,
    SUBSCRIPTION,
    TEAM,
    USER_LOGIN,
    VM,
    Json,
    Tenant,
    assigned,
    denied,
    eligible,
    guid,
    instance,
    machine,
    members,
    nic,
    permission,
    role,
    tenant,
    user,
)

OWN = guid(77)
SEEN = {"signInActivity": {"lastSignInDateTime": "2025-12-20T08:00:00Z"}}
PEOPLE = [user(ADAM, "Adam", **SEEN), user(JANE, "Jane", **SEEN)]


def standing(principal: str, role_id: str, scope: str = GROUP, number: int = 1, **more: Any) -> list[Json]:
    row = assigned(principal, role_id, scope, number, **more)
    return [row, instance(row)]


ELSEWHERE = "/subscriptions/00000000-0000-0000-0000-000000000009"


def of(*rows: Json, **tables: list[Json]) -> Tenant:
    """A tenant with one machine, people who signed in lately, and a role elsewhere: no tenant is without any."""
    return tenant(*standing(JANE, READER, ELSEWHERE, 900), *rows, tables={"users": PEOPLE, **tables})


def custom(*actions: str, data: tuple[str, ...] = (), kind: str | None = "CustomRole") -> list[Json]:
    """The usual roles and one of the organisation's own."""
    mine = role(OWN, "Own", permission(*actions, data=data))
    mine["properties"]["type"] = kind
    return [*ROLES, mine]


# --- RBAC-001: who takes the machine over ----------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["/", ROOT_GROUP, SUBSCRIPTION, GROUP, VM])
def test_an_owner_for_good_takes_over_whatever_is_below_his_scope(scope: str) -> None:
    assert status("RBAC-001", of(*standing(ADAM, OWNER, scope))) == "fail"


def test_a_role_on_the_interface_alone_takes_over_no_machine() -> None:
    assert status("RBAC-001", of(*standing(ADAM, OWNER, NIC))) == "pass"


def test_a_custom_role_with_run_command_takes_over_whatever_its_name() -> None:
    given = of(*standing(ADAM, OWN), role_definitions=custom(RUN))

    assert status("RBAC-001", given) == "fail"


def test_not_actions_take_the_operation_out_again() -> None:
    mine = role(OWN, "Own", permission("Microsoft.Compute/virtualMachines/runCommand/*", no=[RUN]))

    assert status("RBAC-001", of(*standing(ADAM, OWN), role_definitions=[*ROLES, mine])) == "pass"


def test_an_owner_through_nested_groups_is_an_owner() -> None:
    given = of(*standing(TEAM, OWNER), members(TEAM, INNER), members(INNER, ADAM))

    assert status("RBAC-001", given) == "fail"


def test_nobody_is_in_an_empty_group() -> None:
    assert status("RBAC-001", of(*standing(TEAM, OWNER), members(TEAM))) == "pass"


def test_who_is_in_a_group_that_was_not_read_is_not_known() -> None:
    given = of(*standing(TEAM, OWNER))
    given.ended["group_members"] = OutcomeKind.DENIED

    found = verdict("RBAC-001", given)

    assert found.status.value == "unknown"
    assert "members of groups" in found.says.lower()


def test_a_member_who_activated_the_group_does_not_hold_its_role_for_good() -> None:
    joined = {"id": "1", "groupId": TEAM, "principalId": ADAM, "accessId": "member", "assignmentType": "Activated"}
    given = of(*standing(TEAM, OWNER), members(TEAM, ADAM), group_assignment_schedule_instances=[joined])

    assert status("RBAC-001", given) == "pass"


def test_activated_now_is_not_standing() -> None:
    row = assigned(ADAM, OWNER)

    assert status("RBAC-001", of(row, instance(row, "Activated", endDateTime="2026-01-01T08:00:00Z"))) == "pass"


@pytest.mark.parametrize(("until", "expected"), [("2026-01-15T00:00:00Z", "pass"), ("2026-02-15T00:00:00Z", "fail")])
def test_active_until_a_day_counts_by_how_long_it_is(until: str, expected: str) -> None:
    row = assigned(ADAM, OWNER)
    given = of(row, instance(row, startDateTime="2026-01-01T00:00:00Z", endDateTime=until))

    assert status("RBAC-001", given) == expected


def test_eligible_is_not_standing() -> None:
    assert status("RBAC-001", of(eligible(ADAM, OWNER))) == "pass"


def test_a_list_of_assignments_without_pim_cannot_tell_standing_from_activated() -> None:
    given = of(assigned(ADAM, OWNER))
    given.ended["role_assignment_schedule_instances"] = OutcomeKind.DENIED

    assert status("RBAC-001", given) == "unknown"


def test_a_role_that_was_not_read_may_permit_anything() -> None:
    assert status("RBAC-001", of(*standing(ADAM, guid(99)))) == "unknown"


def test_a_condition_that_nobody_understands_leaves_it_open() -> None:
    given = of(*standing(ADAM, OWNER, condition="@Resource[x] StringEquals 'y'"))

    assert status("RBAC-001", given) == "unknown"


def test_a_deny_assignment_takes_power_away_even_from_an_owner() -> None:
    actions = ("Microsoft.Compute/*", "Microsoft.Authorization/*", "Microsoft.SerialConsole/*", "Microsoft.Guest*")
    given = of(*standing(ADAM, OWNER), denied(*actions, principals=[ADAM]))

    assert status("RBAC-001", given) == "pass"


def test_a_deny_for_one_member_leaves_the_group_its_power() -> None:
    given = of(*standing(TEAM, OWNER), members(TEAM, ADAM, JANE), denied("*", principals=[ADAM]))

    assert status("RBAC-001", given) == "fail"


def test_a_program_is_no_person() -> None:
    row = assigned(ROBOT, OWNER, principalType="ServicePrincipal")

    assert status("RBAC-001", of(row, instance(row))) == "pass"


def test_whoever_was_deleted_holds_nothing_and_is_a_left_over() -> None:
    given = of(*standing("aaaaaaaa-0000-0000-0000-00000000dead", OWNER))

    assert status("RBAC-001", given) == "pass"
    assert status("RBAC-007", given) == "fail"


def test_up_to_two_accounts_for_emergencies_may_be_owners_for_good() -> None:
    given = of(*standing(ADAM, OWNER))

    def with_accounts(*ids: str) -> str:
        found = judged(given, {"PIM-010": {"break_glass": list(ids)}}).results[0].verdicts
        return next(one.status.value for one in found if one.rule == "RBAC-001")

    assert with_accounts(ADAM.upper()) == "pass"
    assert with_accounts(ADAM, JANE, ROBOT) == "fail"


def test_the_remedy_names_the_assignment_and_the_command_that_takes_it_away() -> None:
    (row, of_pim) = standing(ADAM, OWNER)
    causes = {cause.resource: cause for cause in judged(of(row, of_pim)).causes}

    assert causes[row["id"]].says == "Adam holds Owner at resource group rg for good"
    assert f"az role assignment delete --ids {row['id']}" in causes[row["id"]].fix
    assert causes[row["id"]].machines == (VM.lower(),)


def test_many_assignments_of_one_scope_are_one_cause() -> None:
    rows = [row for number in range(9) for row in standing(ADAM, OWNER, number=number)]

    (cause,) = (cause for cause in judged(of(*rows)).causes if cause.rule == "RBAC-001")

    assert cause.resource == GROUP
    assert cause.says.startswith("9 assignments at resource group rg: Adam holds Owner")


# --- RBAC-002 to RBAC-005 --------------------------------------------------------------------------------------------


def test_an_owner_may_not_sign_in_but_a_user_login_may() -> None:
    assert status("RBAC-002", of(*standing(ADAM, OWNER))) == "pass"
    assert status("RBAC-002", of(*standing(ADAM, USER_LOGIN))) == "fail"
    assert status("RBAC-002", of(*standing(ADAM, ADMIN_LOGIN, SUBSCRIPTION))) == "fail"
    assert status("RBAC-002", of(eligible(ADAM, USER_LOGIN))) == "pass"


def test_a_role_for_connecting_that_also_restarts_is_too_broad() -> None:
    login = ("Microsoft.Compute/virtualMachines/login/action",)
    lean = of(eligible(ADAM, OWN), role_definitions=custom("Microsoft.Compute/*/read", data=login))
    broad = of(
        eligible(ADAM, OWN), role_definitions=custom("Microsoft.Compute/virtualMachines/restart/action", data=login)
    )

    assert status("RBAC-003", lean) == "pass"
    assert status("RBAC-003", broad) == "fail"
    assert status("RBAC-003", of(*standing(ADAM, CONTRIBUTOR))) == "not_applicable"


def test_only_custom_roles_are_asked_whether_they_are_owners_in_disguise() -> None:
    assert status("RBAC-004", of(*standing(ADAM, OWNER))) == "not_applicable"
    assert status("RBAC-004", of(eligible(ADAM, OWN), role_definitions=custom("*"))) == "fail"
    assert status("RBAC-004", of(eligible(ADAM, OWN), role_definitions=custom("*/read"))) == "pass"
    assert status("RBAC-004", of(eligible(ADAM, OWN), role_definitions=custom("*", kind=None))) == "unknown"


def test_a_custom_role_that_hands_out_roles_needs_no_wildcard() -> None:
    given = of(eligible(ADAM, OWN), role_definitions=custom("Microsoft.Authorization/roleAssignments/write"))

    assert status("RBAC-004", given) == "fail"


@pytest.mark.parametrize(("scope", "expected"), [(VM, "pass"), (GROUP, "pass"), (SUBSCRIPTION, "fail"), ("/", "fail")])
def test_a_role_for_connecting_belongs_on_the_machine_or_its_group(scope: str, expected: str) -> None:
    assert status("RBAC-005", of(eligible(ADAM, USER_LOGIN, scope))) == expected


def test_a_resource_group_with_many_machines_is_a_wide_scope() -> None:
    machines = [machine(VM if not number else f"{VM}{number}", NIC) for number in range(3)]
    given = of(eligible(ADAM, USER_LOGIN), virtual_machines=machines)

    assert status("RBAC-005", given, max_vms_per_scope=3) == "pass"
    assert status("RBAC-005", given, max_vms_per_scope=2) == "fail"
    assert status("RBAC-005", given, max_vms_per_scope=2, approved_groups=[ADAM]) == "pass"


# --- RBAC-006: duties --------------------------------------------------------------------------------------------------


def test_who_signs_in_by_one_role_and_changes_networks_by_another_holds_two_duties() -> None:
    given = of(eligible(ADAM, USER_LOGIN), *standing(TEAM, CONTRIBUTOR, SUBSCRIPTION, 2), members(TEAM, ADAM))

    found = verdict("RBAC-006", given)

    assert found.status.value == "fail"
    assert "Adam" in found.says
    assert "sign-in+change" in found.says


def test_two_people_with_a_duty_each_are_as_it_should_be() -> None:
    given = of(*standing(ADAM, USER_LOGIN), *standing(JANE, OWNER, SUBSCRIPTION, 2))

    assert status("RBAC-006", given) == "pass"


def test_a_subscription_with_one_administrator_may_be_registered_as_such() -> None:
    given = of(*standing(ADAM, OWNER), *standing(ADAM, USER_LOGIN, number=2))
    solo = [SUBSCRIPTION.rpartition("/")[2]]

    assert status("RBAC-006", given) == "fail"
    assert status("RBAC-006", given, solo_subscriptions=solo) == "not_applicable"


def test_somebody_unread_may_hold_two_duties() -> None:
    given = of(*standing(ADAM, USER_LOGIN))
    given.ended["role_assignments"] = OutcomeKind.PARTIAL

    assert status("RBAC-006", given) == "unknown"


# --- RBAC-007: left-overs ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({}, "pass"),
        ({"accountEnabled": False}, "fail"),
        ({"userType": "Guest"}, "fail"),
        ({"signInActivity": {"lastSignInDateTime": "2025-06-01T08:00:00Z"}}, "fail"),
        ({"signInActivity": {}, "createdDateTime": "2025-12-30T08:00:00Z"}, "pass"),
        ({"signInActivity": {}}, "unknown"),
        ({"signInActivity": None}, "unknown"),
    ],
)
def test_an_account_that_nobody_watches_is_a_left_over(about: Json, expected: str) -> None:
    people = [user(ADAM, "Adam", **{**SEEN, **about}), user(JANE, "Jane", **SEEN)]

    assert status("RBAC-007", of(eligible(TEAM, OWNER), members(TEAM, ADAM), users=people)) == expected


def test_a_guest_may_read_and_guests_may_be_allowed() -> None:
    people = [user(ADAM, "Adam", userType="Guest", **SEEN)]

    assert status("RBAC-007", of(*standing(ADAM, READER), users=people)) == "pass"
    assert status("RBAC-007", of(*standing(ADAM, OWNER), users=people), left_overs=["disabled"]) == "pass"


# --- RBAC-008 to RBAC-010 ----------------------------------------------------------------------------------------------


def test_who_may_write_the_interface_changes_what_guards_the_machine() -> None:
    assert status("RBAC-008", of(*standing(ADAM, CONTRIBUTOR, NIC))) == "fail"
    assert status("RBAC-008", of(eligible(ADAM, CONTRIBUTOR, NIC))) == "pass"


def test_an_interface_that_was_not_read_leaves_open_who_changes_what_is_behind_it() -> None:
    given = of(network_interfaces=[])
    given.ended["network_interfaces"] = OutcomeKind.DENIED

    assert status("RBAC-008", given) == "unknown"


def programs(*secrets: str, kind: str = "Application") -> dict[str, list[Json]]:
    return {
        "service_principals": [
            {
                "id": ROBOT,
                "displayName": "Robot",
                "appId": "app",
                "servicePrincipalType": kind,
                "passwordCredentials": [],
            }
        ],
        "applications": [
            {"id": "object", "appId": "app", "passwordCredentials": [{"startDateTime": one} for one in secrets]}
        ],
        "application_owners": [{"applicationId": "object", "owners": [{"id": JANE}]}],
    }


def robot(role_id: str = CONTRIBUTOR, scope: str = GROUP) -> list[Json]:
    row = assigned(ROBOT, role_id, scope, principalType="ServicePrincipal")
    return [row, instance(row)]


def test_a_program_has_to_be_approved_narrow_and_without_an_old_secret() -> None:
    approved = {"workload_allowlist": [ROBOT]}

    assert status("RBAC-009", of(*robot(), **programs())) == "fail"
    assert status("RBAC-009", of(*robot(), **programs()), **approved) == "pass"
    assert status("RBAC-009", of(*robot(scope=SUBSCRIPTION), **programs()), **approved) == "fail"
    assert status("RBAC-009", of(*robot(), **programs("2025-01-01T00:00:00Z")), **approved) == "fail"
    assert status("RBAC-009", of(*robot(), **programs("2025-12-01T00:00:00Z")), **approved) == "pass"
    assert status("RBAC-009", of(*robot(READER), **programs())) == "not_applicable"


def test_a_program_without_an_owner_fails_and_one_whose_owners_were_not_read_is_unknown() -> None:
    approved = {"workload_allowlist": [ROBOT]}
    given = of(*robot(), **(programs() | {"application_owners": []}))

    assert status("RBAC-009", given, **approved) == "fail"

    given.ended["application_owners"] = OutcomeKind.DENIED
    assert status("RBAC-009", given, **approved) == "unknown"


def test_a_machine_that_may_act_on_machines_is_at_fault_approved_or_not() -> None:
    acting = machine(VM, NIC) | {"identity": {"type": "SystemAssigned", "principalId": ROBOT.upper()}}
    given = of(*robot(), **programs(kind="ManagedIdentity"), virtual_machines=[acting])

    assert status("RBAC-009", given, workload_allowlist=[ROBOT]) == "fail"


def test_two_or_three_people_own_a_subscription() -> None:
    def owners(*people: str) -> str:
        rows = [eligible(one, OWNER, SUBSCRIPTION, number) for number, one in enumerate(people)]
        return status("RBAC-010", of(*rows, users=[user(one, one, **SEEN) for one in people]))

    third, fourth = (f"aaaaaaaa-0000-0000-0000-00000000000{number}" for number in (3, 4))
    assert owners(ADAM) == "fail"
    assert owners(ADAM, JANE) == "pass"
    assert owners(ADAM, JANE, third) == "pass"
    assert owners(ADAM, JANE, third, fourth) == "fail"


TWO_OWNERS = (eligible(ADAM, OWNER, SUBSCRIPTION, 1), eligible(JANE, OWNER, SUBSCRIPTION, 2))


def test_what_elevated_access_leaves_at_the_root_fails() -> None:
    assert (
        status("RBAC-010", of(*TWO_OWNERS, *standing(ADAM, OWN, "/", 3), role_definitions=custom("*/read"))) == "pass"
    )
    given = of(
        *TWO_OWNERS, *standing(ADAM, OWN, "/", 3), role_definitions=custom("*/read", "Microsoft.Authorization/*")
    )

    assert status("RBAC-010", given) == "fail"


@pytest.mark.parametrize(("kind", "expected"), [("Assigned", "fail"), ("Activated", "pass")])
def test_a_global_administrator_has_to_activate_it(kind: str, expected: str) -> None:
    row = {"id": "1", "principalId": ADAM, "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10"}
    given = of(*TWO_OWNERS, directory_role_assignment_schedule_instances=[row | {"assignmentType": kind}])

    assert status("RBAC-010", given) == expected


def test_directory_roles_that_were_not_read_leave_it_open() -> None:
    given = of(*TWO_OWNERS)
    given.ended["directory_role_eligibility_schedule_instances"] = OutcomeKind.DENIED

    assert status("RBAC-010", given) == "unknown"


# --- nothing about roles -----------------------------------------------------------------------------------------------


def test_an_estate_without_any_table_about_roles_is_unknown_and_says_what_is_missing() -> None:
    given = Tenant({"virtual_machines": [machine(VM, NIC)], "network_interfaces": [nic()]})
    given.ended |= dict.fromkeys(
        (
            "role_assignments",
            "role_definitions",
            "role_assignment_schedule_instances",
            "role_eligibility_schedule_instances",
            "role_management_policy_assignments",
            "users",
            "groups",
            "group_members",
            "service_principals",
            "directory_role_assignments",
            "directory_role_assignment_schedule_instances",
            "directory_role_eligibility_schedule_instances",
        ),
        OutcomeKind.NOT_COLLECTED,
    )
    found = {one.rule: one for one in judged(given).results[0].verdicts}

    # Naming accounts for emergencies is the organisation's part, whatever was read.
    assert {rule: one.status.value for rule, one in found.items() if rule != "PIM-010"} == dict.fromkeys(
        found.keys() - {"PIM-010"}, "unknown"
    )
    assert found["PIM-010"].status.value == "fail"
    assert "Role assignments" in found["RBAC-001"].says
    assert "Eligible roles" in found["PIM-002"].says
