"""What somebody may act on, what is shared between machines, and what an answer says that it does not know."""

import random
from pathlib import Path

import pytest

from vmaudit.access.access import Access
from vmaudit.access.doors import ALL_NEEDS, DOORS, NEEDS, WAYS, Place, doors_of, needs_at
from vmaudit.estate.rights import Activation
from vmaudit.known import Unknown
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
    SUBSCRIPTION,
    TEAM,
    USER_LOGIN,
    VM,
    assigned,
    denied,
    doors,
    eligible,
    held,
    instance,
    machine,
    members,
    tenant,
)

IDS = {
    "sign-in-user", "sign-in-admin", "run-command", "extension", "serial-console", "password-reset", "jit-request",
    "jit-configure", "network-change", "bastion-use", "bastion-change", "disk-export", "role-assign", "pim-policy-change",
    "log-hide", "identity-assign",
}  # fmt: skip


def test_the_doors_have_the_names_that_are_agreed() -> None:
    assert set(DOORS) == IDS


def test_every_door_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "access.md").read_text()

    assert {door for door in IDS if f"`{door}`" not in page} == set()


def test_every_need_has_a_place_and_every_door_opens_when_all_are_met() -> None:
    everywhere = sum(Place)

    assert needs_at(everywhere) == ALL_NEEDS
    assert set(doors_of(ALL_NEEDS)) == IDS
    assert doors_of(0) == ()
    assert all(need.operation == need.operation.lower() for need in NEEDS)
    assert all(way for ways in WAYS.values() for way in ways)


def test_a_grant_carries_its_proof() -> None:
    row = assigned(TEAM, CONTRIBUTOR, SUBSCRIPTION)

    found = tenant(row, instance(row), members(TEAM, INNER), members(INNER, ADAM)).answer()

    (grant,) = (one for one in found.grants if one.principal.id == ADAM and one.door == "run-command")
    assert (grant.assignment, grant.scope, grant.role) == (row["id"], SUBSCRIPTION, "Contributor")
    assert (grant.via, grant.held, grant.activation) == ((TEAM, INNER), "standing", None)


def test_the_shortest_way_through_groups_is_told() -> None:
    row = assigned(TEAM, CONTRIBUTOR)

    found = tenant(row, members(TEAM, INNER, ADAM), members(INNER, ADAM)).answer()

    assert {one.via for one in found.grants if one.principal.id == ADAM} == {(TEAM,)}


def test_an_eligible_role_says_what_activating_it_takes() -> None:
    row = eligible(ADAM, CONTRIBUTOR, GROUP)
    rules = [
        {"id": "Enablement_EndUser_Assignment", "enabledRules": ["Justification"]},
        {"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": True}},
        {"id": "Expiration_EndUser_Assignment", "maximumDuration": "PT8H"},
    ]
    policy = {
        "id": "/p",
        "properties": {"scope": GROUP, "roleDefinitionId": f"/x/{CONTRIBUTOR}", "effectiveRules": rules},
    }
    above = policy | {"properties": policy["properties"] | {"scope": SUBSCRIPTION}}

    here = tenant(row, tables={"role_management_policy_assignments": [policy]}).answer().grants
    elsewhere = tenant(row, tables={"role_management_policy_assignments": [above]}).answer().grants

    assert {one.activation for one in here} == {Activation(mfa=False, approval=True, justification=True, max_hours=8)}
    assert all(isinstance(one.activation, Activation) and isinstance(one.activation.mfa, Unknown) for one in elsewhere)


def test_two_people_of_one_name_stay_two() -> None:
    people = [{"id": one, "displayName": "Adam"} for one in (ADAM, JANE)]

    found = tenant(assigned(ADAM, OWNER), assigned(JANE, READER, number=2), tables={"users": people}).answer()

    assert {one.principal.id for one in found.grants} == {ADAM}


def test_deleted_guest_and_disabled_people_are_marked_and_stay() -> None:
    people = [{"id": ADAM, "displayName": "Adam", "userType": "Guest", "accountEnabled": False}]

    found = tenant(assigned(ADAM, OWNER), assigned(JANE, OWNER, number=2), tables={"users": people}).answer()

    assert {(one.principal.id, one.principal.marks) for one in found.grants} == {
        (ADAM, ("guest", "disabled")),
        (JANE, ("deleted",)),
    }


def other(number: int, group: str = "rg") -> str:
    return f"{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/vm{number}"


def test_machines_below_the_same_scopes_share_one_situation() -> None:
    machines = [machine(other(number), NIC) for number in range(3)] + [machine(other(9, "b"), NIC)]
    rows = [assigned(ADAM, OWNER, SUBSCRIPTION, 1), assigned(JANE, OWNER, GROUP, 2)]

    found = [one for _, one in tenant(*rows, tables={"virtual_machines": machines}).access().situations()]

    assert [one is found[0] for one in found] == [True, True, True, False]
    shared = {id(block) for block in found[0].blocks} & {id(block) for block in found[3].blocks}
    assert shared, "what is held at the subscription is worked out once"


def test_what_somebody_may_act_on_is_the_answer_for_each_machine_turned_round() -> None:
    machines = [machine(other(number), NIC) for number in range(3)] + [machine(other(9, "b"))]
    given = tenant(
        assigned(TEAM, CONTRIBUTOR, GROUP),
        assigned(ADAM, USER_LOGIN, other(1), 2),
        eligible(INNER, OWNER, other(2), 3),
        denied("Microsoft.Compute/*", scope=other(0), principals=[TEAM]),
        members(TEAM, ADAM),
        members(INNER, TEAM),
        tables={"virtual_machines": machines},
    )
    estate, rights = given.read()
    access = Access(estate, rights)

    turned = {one.machine.id: held(one.grants) for one in access.of_principal(ADAM)}

    straight = {
        one.id: {row for row in held(access.of(one).grants) if row[0] == ADAM} for one in estate.machines.values()
    }
    assert turned == {vm: rows for vm, rows in straight.items() if rows}
    assert turned.keys() == {other(number) for number in range(3)}
    assert (ADAM, "extension", "standing") not in turned[other(0)]


def test_who_is_not_known_may_act_on_nothing() -> None:
    assert list(tenant(assigned(ADAM, OWNER)).access().of_principal("nobody")) == []


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("role_assignments", "somebody may hold a role"),
        ("role_eligibility_schedule_instances", "somebody may be eligible"),
        ("bastion_hosts", "known only for those that were read"),
        ("network_interfaces", "who may change it is known only above it"),
        ("virtual_networks", "who may change it is known only above it"),
    ],
)
def test_what_was_not_read_and_may_open_is_a_blind_spot(table: str, says: str) -> None:
    given = tenant(assigned(ADAM, OWNER))
    given.tables.pop(table, None)
    given.ended[table] = OutcomeKind.DENIED

    assert any(says in spot for spot in given.answer().blind_spots)


def test_deny_assignments_that_were_not_read_could_only_close() -> None:
    given = tenant(assigned(ADAM, OWNER), ended={"deny_assignments": OutcomeKind.DENIED})

    assert given.answer().assumptions == (
        "no deny assignment takes any of this away (Deny assignments: reading them was refused)",
    )
    assert tenant(assigned(ADAM, OWNER)).answer().assumptions == ()


def test_a_deny_on_one_of_two_interfaces_leaves_the_other() -> None:
    second = NIC + "2"
    given = tenant(
        assigned(ADAM, CONTRIBUTOR, GROUP),
        denied("Microsoft.Network/*", scope=NIC, principals=[ADAM]),
        tables={"virtual_machines": [machine(VM, NIC, second)]},
    )
    rows = given.tables["network_interfaces"]
    given.tables["network_interfaces"] = [*rows, rows[0] | {"id": second}]

    assert "network-change" in doors(given.answer().grants)


@pytest.mark.parametrize("missing", ["named", "read"])
def test_an_interface_that_was_not_read_is_in_the_machine_s_subscription(missing: str) -> None:
    whole = [machine(VM, NIC)] if missing == "read" else [{"id": VM, "properties": {}}]
    given = tenant(
        assigned(ADAM, CONTRIBUTOR, SUBSCRIPTION), tables={"virtual_machines": whole, "network_interfaces": []}
    )

    found = given.answer()

    assert "network-change" in doors(found.grants)
    assert any("who may change it is known only above it" in spot for spot in found.blind_spots)


def test_networks_hold_their_peerings_so_that_no_rows_of_peerings_are_missed() -> None:
    given = tenant(assigned(ADAM, OWNER), ended={"virtual_network_peerings": OutcomeKind.NOT_COLLECTED})

    assert given.answer().blind_spots == tenant(assigned(ADAM, OWNER)).answer().blind_spots


def test_an_instance_of_a_uniform_scale_set_has_operations_of_its_own() -> None:
    instance_id = f"{GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/web/virtualMachines/0"
    given = tenant(assigned(ADAM, CONTRIBUTOR), assigned(JANE, ADMIN_LOGIN, number=2))
    given.tables["scale_set_instances"] = [
        {"id": instance_id, "properties": {"networkProfile": {"networkInterfaces": []}}}
    ]

    found = given.answer(instance_id).grants

    assert {"run-command", "extension"} <= doors(found)
    assert doors(found, JANE) == {"sign-in-user", "sign-in-admin"}


def test_the_order_of_rows_does_not_matter() -> None:
    rows = [
        assigned(TEAM, CONTRIBUTOR, number=1),
        assigned(ADAM, READER, SUBSCRIPTION, number=2),
        eligible(INNER, OWNER, number=3),
        members(TEAM, INNER, ADAM),
        members(INNER, JANE, TEAM),
    ]
    expected = tenant(*rows).answer()

    for seed in range(5):
        shuffled = random.Random(seed).sample(rows, len(rows))  # noqa: S311 - dice, not secrets
        assert tenant(*shuffled).answer().grants == expected.grants
