"""`vmaudit conditional-access`: what people see, what programs get, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from sign_ins import Directory, known_id
from vmaudit.access.conditional_access.apps import AZURE_MANAGEMENT
from vmaudit.cli import run

STORY = {
    "people": {"adam": None, "jane": None, "emergency": {"displayName": "Break\nglass"}},
    "groups": {"admins": ["adam"]},
    "locations": {"Office": {"addresses": ["203.0.113.0/24"], "trusted": True}},
    "policies": {
        "MFA outside": {"locations": {"include": ["All"], "exclude": ["Office"]}, "grant": {"any_of": ["mfa"]}},
        "Managed devices": {
            "users": {"include": ["admins"]},
            "apps": {"include": ["windows-sign-in"]},
            "grant": {"any_of": ["compliantDevice", "domainJoinedDevice"]},
            "session": {"signInFrequency": {"isEnabled": True, "value": 4}, "persistentBrowser": {"isEnabled": False}},
        },
        "Trial": {"state": "enabledForReportingButNotEnforced", "grant": {"any_of": ["block"]}},
    },
}


@pytest.fixture
def snapshot(tmp_path: Path) -> str:
    Directory(STORY).tenant().write(tmp_path / "s")
    return str(tmp_path / "s")


def asked(snapshot: str, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert run(["conditional-access", snapshot, "--output", "json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_people_see_what_is_asked_and_where_it_is_not(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conditional-access", snapshot, "--user", "adam", "--app", "azure-management"]) == 0

    assert capsys.readouterr().out == (
        "adam opens Windows Azure Service Management API\n"
        "\n"
        "  bypassable    multifactor authentication\n"
        "                not asked for from Office\n"
        "\n"
        "Policies that apply\n"
        "  MFA outside  [mfa]\n"
        "      it includes everybody; location: all but Office\n"
        "\n"
        "Policies that do not\n"
        "  Managed devices  [compliantDevice or domainJoinedDevice, session: signInFrequency]\n"
        "      it is about other apps or actions\n"
        "  Trial  [block]\n"
        "      it is report-only: it writes down what it would do\n"
    )


def test_programs_get_the_verdict_the_policies_and_the_ways_round(
    snapshot: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = asked(snapshot, capsys, "--user", known_id("adam").upper(), "--app", AZURE_MANAGEMENT)

    assert found["schema"] == "vmaudit.conditional-access/1"
    assert found["user"] == {"id": known_id("adam"), "type": "User", "name": "adam"}
    assert (found["verdict"], found["controls"]) == ("bypassable", [])
    assert [(one["id"], one["applies"]) for one in found["policies"]] == [
        (known_id("MFA outside"), True),
        (known_id("Managed devices"), False),
        (known_id("Trial"), False),
    ]
    assert found["bypass"] == [{"control": "mfa", "when": {"location": ["Office"]}, "says": "from Office"}]


def test_a_person_may_be_named_by_his_sign_in_name(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(snapshot, capsys, "--user", "Jane@Contoso.com", "--app", "all", "--location", "198.51.100.1")

    assert (found["user"]["name"], found["verdict"], found["controls"]) == ("jane", "enforced", ["mfa"])


def test_given_circumstances_narrow_the_question(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    question = ("--user", "adam", "--app", "Windows-Sign-In", "--platform", "Linux", "--client-type", "browser")

    inside = asked(snapshot, capsys, *question, "--location", "office")
    outside = asked(
        snapshot, capsys, *question, "--location", "198.51.100.0/24", "--device", "hybrid", "--user-risk", "high"
    )

    assert inside["controls"] == ["managed-device"]
    assert outside["controls"] == ["mfa", "domainJoinedDevice", "managed-device"]


def test_evidence_that_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Directory({**STORY, "not_read": ["conditional_access_policies"]}).tenant().write(tmp_path / "s")

    found = asked(str(tmp_path / "s"), capsys, "--user", "adam", "--app", "linux-sign-in")

    assert found["verdict"] == "unknown"
    assert len(found["blind_spots"]) == 1
    assert run(["conditional-access", str(tmp_path / "s"), "--user", "adam", "--app", "linux-sign-in"]) == 0
    assert "there may be other policies" in capsys.readouterr().out


def test_a_name_of_several_lines_makes_no_line_of_its_own(snapshot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conditional-access", snapshot, "--user", known_id("emergency"), "--app", "all"]) == 0

    assert capsys.readouterr().out.startswith("Break\\nglass opens any app\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--user", "addam", "--app", "all"), "Did you mean adam?"),
        (("--user", "admins", "--app", "all"), "admins is a group"),
        (("--user", "adam", "--app", "windows-signin"), "Did you mean windows-sign-in?"),
        (("--user", "adam", "--app", "word"), "Give its appId, `all`, or one of: azure-management"),
        (("--user", "adam", "--app", "all", "--location", "Ofice"), "Did you mean Office?"),
        (("--user", "adam", "--app", "all", "--location", "the moon"), "no named location, address or country"),
        (
            ("--user", "adam", "--app", "azure-management", "--client-type", "exchangeActiveSync"),
            "no sign-in with these circumstances",
        ),
        (("--user", "adam", "--app", "all", "--platform", "beos"), "beos"),
    ],
)
def test_what_can_not_be_answered_is_refused_with_a_way_on(
    snapshot: str, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], message: str
) -> None:
    assert run(["conditional-access", snapshot, *options]) == 2

    assert message in capsys.readouterr().err
