"""`vmaudit who`: what people see, what programs get, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from vmaudit.cli import run
from vmaudit.estate.rights import EVERYONE
from vmaudit.snapshot.manifest import OutcomeKind
from who_may import (
    ADAM,
    CONTRIBUTOR,
    GROUP,
    JANE,
    OWNER,
    TEAM,
    USER_LOGIN,
    VM,
    Tenant,
    assigned,
    denied,
    eligible,
    instance,
    members,
    tenant,
    user,
)

STANDING = assigned(ADAM, OWNER)
ELIGIBLE = eligible(TEAM, CONTRIBUTOR, number=2)
POLICY = {
    "id": "/p",
    "properties": {
        "scope": GROUP,
        "roleDefinitionId": f"/x/{CONTRIBUTOR}",
        "effectiveRules": [
            {"id": "Enablement_EndUser_Assignment", "enabledRules": ["MultiFactorAuthentication"]},
            {"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": True}},
            {"id": "Expiration_EndUser_Assignment", "maximumDuration": "PT2H"},
        ],
    },
}


def contoso(**tables: Any) -> Tenant:
    return tenant(
        STANDING,
        instance(STANDING),
        ELIGIBLE,
        members(TEAM, JANE),
        tables={
            "role_management_policy_assignments": [POLICY],
            "groups": [{"id": TEAM, "displayName": "Team"}],
            **tables,
        },
    )


@pytest.fixture
def snapshot(tmp_path: Path) -> str:
    contoso().write(tmp_path / "s")
    return str(tmp_path / "s")


def test_people_see_who_holds_what_and_what_they_must_do_first(
    snapshot: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["who", snapshot, "vm"]) == 0

    shown = capsys.readouterr().out
    assert f"Adam (User)  {ADAM}" in shown
    assert "standing   run-command, extension" in shown
    assert f"Contributor at {GROUP} through {TEAM}" in shown
    assert "first: activate, MFA, approval; for at most 2 hours" in shown
    assert "owners of groups" not in shown


def test_turned_round_it_is_what_somebody_may_act_on(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["who", snapshot, "--principal", "jane"]) == 0

    shown = capsys.readouterr().out
    assert shown.startswith(f"Jane (User)  {JANE}")
    assert f"vm  {VM}" in shown
    assert "Owner" not in shown


def test_programs_get_one_row_per_principal_door_and_way(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(["who", snapshot, "vm", "--output", "json"])

    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "vmaudit.access/1"
    (row,) = (one for one in told["grants"] if one["principal"]["id"] == JANE and one["door"] == "run-command")
    assert row == {
        "vm": VM,
        "principal": {"id": JANE, "type": "User", "name": "Jane"},
        "door": "run-command",
        "held": "eligible",
        "role": "Contributor",
        "scope": GROUP,
        "assignment": ELIGIBLE["id"],
        "via": [TEAM],
        "condition": "none",
        "activation": {"mfa": True, "approval": True, "justification": False, "max_hours": 2.0},
    }
    assert {one["activation"] for one in told["grants"] if one["held"] == "standing"} == {None}


def joinable(**more: Any) -> Tenant:
    """Team holds Owner for good; Jane is eligible to join it and Adam owns it."""
    row = assigned(TEAM, OWNER)
    rules = [
        {"id": "Enablement_EndUser_Assignment", "enabledRules": ["MultiFactorAuthentication", "Justification"]},
        {"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": False}},
        {"id": "Expiration_EndUser_Assignment", "maximumDuration": "PT3H"},
        {"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": False},
    ]
    policy = {"scopeId": TEAM, "scopeType": "Group", "roleDefinitionId": "member", "policy": {"rules": rules}}
    tables: dict[str, Any] = {
        "groups": [{"id": TEAM, "displayName": "Team"}],
        "group_owners": [{"groupId": TEAM, "owners": [ADAM]}],
        "group_eligibility_schedule_instances": [
            {"id": "1", "groupId": TEAM, "principalId": JANE, "accessId": "member"}
        ],
        "group_policy_assignments": [policy],
        "role_assignments": [row],
        "role_assignment_schedule_instances": [instance(row)],
    }
    return tenant(tables=tables | more)


def answered(made: Tenant, path: Path, capsys: pytest.CaptureFixture[str], *asked: str) -> Any:
    path.mkdir(exist_ok=True)
    made.write(path / "s")
    run(["who", str(path / "s"), *asked, "--output", "json"])
    return json.loads(capsys.readouterr().out)


def test_whoever_may_join_a_group_is_eligible_for_what_it_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = answered(joinable(), tmp_path, capsys, "vm")

    (row,) = (one for one in told["grants"] if one["principal"]["id"] == JANE and one["door"] == "run-command")
    assert (row["held"], row["role"], row["via"]) == ("eligible", "Owner", [TEAM])
    assert row["activation"] == {"mfa": True, "approval": False, "justification": True, "max_hours": 3.0}
    assert not any("by PIM for Groups" in spot or "owners of groups" in spot for spot in told["blind_spots"])


def test_joining_a_group_and_then_activating_its_role_takes_what_both_ask_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = joinable(
        role_management_policy_assignments=[POLICY],
        role_assignments=[],
        role_assignment_schedule_instances=[],
        role_eligibility_schedule_instances=[ELIGIBLE],
    )

    told = answered(made, tmp_path, capsys, "vm")

    (row,) = (one for one in told["grants"] if one["principal"]["id"] == JANE and one["door"] == "run-command")
    assert row["activation"] == {"mfa": True, "approval": True, "justification": True, "max_hours": 2.0}


def test_an_owner_of_a_group_may_add_himself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = answered(joinable(), tmp_path, capsys, "vm")
    run(["who", str(tmp_path / "s"), "vm"])

    assert told["owners"] == [
        {"vm": VM, "group": TEAM, "principal": {"id": ADAM, "type": "User", "name": "Adam"}, "held": "standing"}
    ]
    assert not any(one["principal"]["id"] == ADAM for one in told["grants"])
    assert f"Adam (User)  {ADAM} owns group Team and may add himself" in capsys.readouterr().out


@pytest.mark.parametrize("who", [ADAM, JANE])
def test_joiners_and_owners_are_told_when_it_is_turned_round(
    who: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    of_machine = answered(joinable(), tmp_path / "first", capsys, "vm")
    turned = answered(joinable(), tmp_path / "second", capsys, "--principal", who)

    for part in ("grants", "owners"):
        assert turned[part] == [one for one in of_machine[part] if one["principal"]["id"] == who]
    assert turned["grants"] or turned["owners"]


def test_owners_that_were_not_read_are_spoken_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = joinable(group_owners=[])
    made.ended["group_owners"] = OutcomeKind.DENIED

    told = answered(made, tmp_path, capsys, "vm")

    assert told["owners"] == []
    assert any("owners of groups are not all known" in spot for spot in told["blind_spots"])


@pytest.mark.parametrize(
    ("who", "excluded", "runs"),
    [(EVERYONE, [], False), (EVERYONE, [TEAM], True), (TEAM, [], False), (TEAM, [JANE], True), (ADAM, [], True)],
    ids=["everybody", "all but the group", "the group", "the group but her", "somebody else"],
)
def test_a_deny_counts_for_whoever_may_join_as_it_will_once_he_is_in(
    who: str, excluded: list[str], *, runs: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deny = denied("Microsoft.Compute/virtualMachines/runCommand*", principals=[who], excluded=excluded)

    told = answered(joinable(deny_assignments=[deny]), tmp_path, capsys, "vm")

    found = {one["door"] for one in told["grants"] if one["principal"]["id"] == JANE}
    assert ("run-command" in found) is runs
    assert "role-assign" in found


def test_somebody_who_is_in_the_group_already_is_not_told_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = answered(joinable(group_members=[members(TEAM, JANE)]), tmp_path, capsys, "vm")

    assert [one["held"] for one in told["grants"] if (one["principal"]["id"], one["door"]) == (JANE, "extension")] == [
        "standing"
    ]


def test_the_two_ways_of_asking_give_the_same_rows(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(["who", snapshot, "vm", "--output", "json"])
    of_machine = json.loads(capsys.readouterr().out)["grants"]
    run(["who", snapshot, "--principal", JANE.upper(), "--output", "json"])

    assert json.loads(capsys.readouterr().out)["grants"] == [
        row for row in of_machine if row["principal"]["id"] == JANE
    ]


def test_a_policy_that_was_not_read_is_unknown_and_not_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contoso(role_management_policy_assignments=[]).write(tmp_path / "s")

    run(["who", str(tmp_path / "s"), "vm", "--output", "json"])
    rows = json.loads(capsys.readouterr().out)["grants"]
    run(["who", str(tmp_path / "s"), "vm"])

    activation = next(row["activation"] for row in rows if row["held"] == "eligible")
    assert activation == dict.fromkeys(("mfa", "approval", "justification", "max_hours"), "unknown")
    assert "not known whether MFA or approval or a reason is asked for" in capsys.readouterr().out


def test_marks_stand_beside_the_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contoso(users=[user(ADAM, "Adam", userType="Guest"), user(JANE, "Jane")]).write(tmp_path / "s")

    run(["who", str(tmp_path / "s"), "vm", "--output", "json"])

    assert json.loads(capsys.readouterr().out)["marked"] == [{"id": ADAM, "marks": ["guest"]}]


def test_nobody_is_said_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tenant(tables={"role_assignments": []}).write(tmp_path / "s")

    assert run(["who", str(tmp_path / "s"), "vm"]) == 0
    shown = capsys.readouterr().out
    assert "vm  nobody found" in shown
    assert "the evidence holds none, and every tenant has some" in shown


@pytest.mark.parametrize("asked", [[], ["vm", "--principal", "adam"]])
def test_it_is_either_a_machine_or_somebody(
    snapshot: str, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["who", snapshot, *asked]) == 2
    assert "name one machine, or somebody with --principal" in capsys.readouterr().err


def test_somebody_who_is_not_there_may_be_a_slip(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["who", snapshot, "--principal", "jame"]) == 2
    assert "Did you mean jane?" in capsys.readouterr().err


def test_a_name_that_two_people_have_is_not_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contoso(users=[user(ADAM, "Adam"), user(JANE, "Adam")]).write(tmp_path / "s")

    assert run(["who", str(tmp_path / "s"), "--principal", "adam"]) == 2
    told = capsys.readouterr().err
    assert ADAM in told
    assert JANE in told


def test_a_hostile_name_writes_nothing_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contoso(users=[user(ADAM, "Adam\x1b[2J\nroot"), user(JANE, "Jane")]).write(tmp_path / "s")

    run(["who", str(tmp_path / "s"), "vm"])

    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\nroot" not in shown


def test_the_same_evidence_in_another_order_gives_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    turned = Tenant({table: rows[::-1] for table, rows in contoso().tables.items()})
    shown: list[str] = []
    for name, given in (("a", contoso()), ("b", turned)):
        given.write(tmp_path / name)
        run(["who", str(tmp_path / name), "vm", "--output", "json"])
        shown.append(capsys.readouterr().out)

    assert shown[0] == shown[1]


def test_files_as_people_have_them_become_the_same_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for table, rows in contoso().tables.items():
        (files / f"{table}.ndjson").write_text("\n".join(json.dumps(row) for row in rows))
    graph = {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users", "value": contoso().tables["users"]}
    (files / "users.ndjson").write_text(json.dumps(graph))
    contoso().write(tmp_path / "s")

    assert run(["import", str(files), "--out", str(tmp_path / "i"), "--complete", "--quiet"]) == 0
    capsys.readouterr()
    shown: list[str] = []
    for name in ("s", "i"):
        run(["who", str(tmp_path / name), "vm", "--output", "json"])
        shown.append(capsys.readouterr().out)

    assert shown[0] == shown[1]
    assert USER_LOGIN not in shown[0]
