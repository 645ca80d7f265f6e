"""The access model: a role and a table of roles, and how far people are from them."""

import json
from pathlib import Path

import pytest

from access_stories import FOLDER, answer
from access_stories import read as story
from vmaudit.access.doors import DOORS as ALL_DOORS
from vmaudit.access.doors import NEEDS
from vmaudit.access.matching import met_by
from vmaudit.access.model import DOORS, ROLE_ACTIONS, ROLE_TABLE, HeldDoors, WrongWay, distance, role_json
from vmaudit.access.powers import powers_of
from vmaudit.cli import run
from vmaudit.estate.rights import Permission

THREE = tuple(DOORS)


def permits(*actions: str) -> set[str]:
    mask = met_by(Permission(actions=tuple(action.lower() for action in actions)))
    return {need.operation for bit, need in enumerate(NEEDS) if mask >> bit & 1}


def test_the_role_asks_for_openings_and_connects_and_does_nothing_else() -> None:
    assert permits(*ROLE_ACTIONS) == {
        "microsoft.compute/virtualmachines/read",
        "microsoft.network/bastionhosts/read",
        "microsoft.network/networkinterfaces/read",
        "microsoft.security/locations/jitnetworkaccesspolicies/initiate/action",
    }


def test_the_role_names_each_operation_and_no_pattern() -> None:
    assert not any("*" in action for action in ROLE_ACTIONS)
    assert all(action.endswith(("/read", "/initiate/action")) for action in ROLE_ACTIONS)


def test_the_role_has_the_shape_that_azure_takes() -> None:
    made = role_json("Connect", ["/subscriptions/s"])

    assert list(made) == [
        *("Name", "IsCustom", "Description", "Actions", "NotActions", "DataActions", "NotDataActions"),
        "AssignableScopes",
    ]
    assert made["AssignableScopes"] == ["/subscriptions/s"]
    assert made["DataActions"] == []


def test_the_table_of_roles_is_that_of_the_seed_and_its_story_is_within_the_model() -> None:
    assert [(row.role, row.held) for row in ROLE_TABLE] == [
        *[("Reader", "active")] * 3,
        ("Reader", "eligible"),
        ("Virtual Machine User Login", "eligible"),
    ]

    found = answer(story(FOLDER / "the-role-table-of-an-access-model.yaml"))

    far = distance(HeldDoors(grant.role, grant.held, (grant.door,)) for grant in found.grants)
    assert far.within
    assert far.missing == ("jit-request",)


def test_a_door_of_the_model_that_needs_no_activation_is_held_the_wrong_way() -> None:
    far = distance([HeldDoors("Virtual Machine User Login", "standing", ("sign-in-user",))])

    assert far.wrong == (WrongWay("sign-in-user", "standing"),)
    assert far.roles == ("Virtual Machine User Login",)
    assert not far.within


def test_an_activated_role_is_an_eligible_one_at_work() -> None:
    assert distance([HeldDoors("Connect", "activated", THREE)]).within


def test_a_way_that_nobody_knows_is_not_within_the_model() -> None:
    assert distance([HeldDoors("Connect", "unknown", THREE)]).wrong


def test_an_eligible_role_beside_a_standing_one_does_not_help() -> None:
    far = distance([HeldDoors("Connect", "eligible", THREE), HeldDoors("Old", "standing", ("bastion-use",))])

    assert far.wrong == (WrongWay("bastion-use", "standing"),)
    assert far.roles == ("Old",)


def test_what_the_model_does_not_have_is_extra_and_its_role_is_named() -> None:
    far = distance(
        [HeldDoors("Connect", "eligible", THREE), HeldDoors("Owner", "eligible", ("run-command", "log-hide"))]
    )

    assert far.extra == ("run-command", "log-hide")
    assert far.missing == ()
    assert far.roles == ("Owner",)


def test_every_door_of_the_model_is_a_door() -> None:
    assert set(DOORS) <= set(ALL_DOORS)
    assert powers_of({})("unread", "").read is False


def test_the_command_prints_the_role(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["access-role", "--print", "--name", "Connect", "--scope", "/subscriptions/a", "--scope", "/b"]) == 0

    assert json.loads(capsys.readouterr().out) == role_json("Connect", ["/subscriptions/a", "/b"])


def test_without_print_it_tells_the_model_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["access-role"]) == 0

    shown = capsys.readouterr().out
    assert "eligible  Virtual Machine User Login on the machine" in shown
    assert "az role definition create" in shown


@pytest.mark.parametrize("wrong", [["--scope", "subscription"], ["--scope", "/subscriptions/a/"], ["--name", " "]])
def test_a_scope_that_azure_would_refuse_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["access-role", "--print", *wrong]) == 2
    assert capsys.readouterr().out == ""


def test_the_page_about_access_prints_the_same_role() -> None:
    page = (Path(__file__).parents[2] / "docs" / "access.md").read_text()

    assert all(action in page for action in ROLE_ACTIONS)
