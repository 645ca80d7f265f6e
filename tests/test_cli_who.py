"""`vmaudit who`: what people see, what programs get, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from vmaudit.cli import run
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
    assert "not read: owners of groups" in shown


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
