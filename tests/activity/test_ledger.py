"""Rows of the activity log become requests: one per correlation, with all that any of its rows says."""

import json
from pathlib import Path
from typing import Any

import pytest

from activity.rows import HUB, POLICY, SUBSCRIPTION, WEB, at, body, day, logged
from vmaudit.activity.ledger import Request, ledger
from vmaudit.estate.activity_log import NOT_READ, ActivityLog, read_activity_log
from vmaudit.known import Unknown
from vmaudit.snapshot.manifest import Outcome, OutcomeKind
from vmaudit.snapshot.reading import open_snapshot
from vmaudit.snapshot.writing import SnapshotWriter

WHOLE = (Outcome(f"/workspaces/{HUB}", OutcomeKind.COMPLETE, since="2026-10-22T00:00:00Z"),)


def log(
    folder: Path,
    *rows: dict[str, Any],
    days: tuple[dict[str, Any], ...] = (),
    requests: tuple[Outcome, ...] = WHOLE,
    arrivals: tuple[Outcome, ...] = WHOLE,
) -> ActivityLog:
    """The activity log of a snapshot with these rows."""
    with SnapshotWriter(folder / "snapshot", source="tests", taken_at="2026-11-21T00:00:00Z") as writer:
        for table, given in (("jit_requests", rows), ("activity_log_days", days)):
            for row in given:
                writer.add_row(table, json.dumps(row).encode())
        writer.set_outcomes("jit_requests", requests)
        writer.set_outcomes("activity_log_days", arrivals)
    return read_activity_log(open_snapshot(folder / "snapshot"))


def requests(folder: Path, *rows: dict[str, Any]) -> tuple[Request, ...]:
    return ledger(log(folder, *rows).requests)


def test_the_rows_of_one_request_are_one_request_at_its_first_moment(tmp_path: Path) -> None:
    start = logged("2026-11-10T10:00:00Z", "Start", Properties_d={})
    accepted = logged("2026-11-10T10:00:05Z", "Accept")

    (request,) = requests(tmp_path, accepted, start)

    assert (request.at, request.policy, request.subscription) == (at("2026-11-10T10:00"), POLICY.lower(), SUBSCRIPTION)
    assert (request.requestor, request.justification) == ("jane@contoso.com", "patching")
    assert isinstance(request.asked, Unknown)


def test_a_row_that_two_workspaces_got_is_one_request(tmp_path: Path) -> None:
    assert len(requests(tmp_path, logged(), logged(TenantId="another"))) == 1


def test_rows_without_a_correlation_are_requests_of_their_own(tmp_path: Path) -> None:
    found = requests(
        tmp_path,
        logged(CorrelationId=None),
        logged("2026-11-10T10:00:01Z", CorrelationId=None),
        logged(CorrelationId=""),
    )

    assert len(found) == 2


@pytest.mark.parametrize(
    ("statuses", "granted"),
    [
        (["Start", "Failure"], False),
        (["Failed"], False),
        (["Start", "Accept", "Failure"], True),
        (["Failure", "Succeeded"], True),
        (["Start"], True),
        (["SomethingNew"], True),
    ],
)
def test_a_request_counts_unless_azure_refused_it_and_did_nothing_else(
    tmp_path: Path, statuses: list[str], *, granted: bool
) -> None:
    assert bool(requests(tmp_path, *(logged(status=status) for status in statuses))) is granted


def test_the_latest_request_comes_first(tmp_path: Path) -> None:
    found = requests(
        tmp_path, logged("2026-11-01T00:00:00Z", CorrelationId="a"), logged("2026-11-02T00:00:00Z", CorrelationId="b")
    )

    assert [request.at.day for request in found] == [2, 1]


def test_what_was_asked_for_is_read_where_the_row_holds_it(tmp_path: Path) -> None:
    (request,) = requests(tmp_path, logged(Properties_d={"requestbody": body(source="10.0.0.0/8", why="nightly job")}))

    assert not isinstance(request.asked, Unknown)
    (grant,) = request.asked.grants
    assert (grant.virtual_machine, grant.number, grant.sources) == (WEB.lower(), 22, ("10.0.0.0/8",))
    assert grant.ends == at("2026-11-10T12:00")
    assert (request.asked.starts, request.asked.justification) == (request.at, "nightly job")


def test_a_body_without_a_justification_had_none(tmp_path: Path) -> None:
    (request,) = requests(tmp_path, logged(Properties_d={"requestbody": body(why=None)}))

    assert request.justification == ""


def test_a_justification_that_another_row_gives_counts(tmp_path: Path) -> None:
    (request,) = requests(tmp_path, logged(status="Start", Properties_d={"requestbody": body(why=None)}), logged())

    assert not isinstance(request.asked, Unknown)
    assert request.asked.justification == request.justification == "patching"


def test_a_row_that_says_nothing_leaves_the_justification_unknown(tmp_path: Path) -> None:
    (request,) = requests(tmp_path, logged(Properties_d=None))

    assert isinstance(request.justification, Unknown)
    assert request.requestor == "jane@contoso.com"


@pytest.mark.parametrize(
    "spelt",
    [
        {
            "Properties_d": json.dumps(
                {"eventProperties": json.dumps({"Justification": "patching", "User": "adam@contoso.com"})}
            )
        },
        {
            "Properties_d": None,
            "Properties": json.dumps({"eventproperties": {"justification": "patching", "user": "adam@contoso.com"}}),
        },
        {
            "Properties_d": "",
            "Properties": {"eventProperties": {"Justification": "patching", "User": "adam@contoso.com"}},
        },
    ],
)
def test_details_are_read_as_json_and_as_text_in_any_letter_case(tmp_path: Path, spelt: dict[str, Any]) -> None:
    (request,) = requests(tmp_path, logged(**spelt))

    assert (request.justification, request.requestor) == ("patching", "adam@contoso.com")


def test_a_body_of_another_shape_leaves_what_was_asked_for_unknown(tmp_path: Path) -> None:
    (request,) = requests(tmp_path, logged(Properties_d={"requestbody": '{"virtualMachines": [{"id": 7}]}'}))

    assert isinstance(request.asked, Unknown)


def test_a_row_about_the_action_is_about_its_policy(tmp_path: Path) -> None:
    (request,) = requests(tmp_path, logged(_ResourceId=f"{POLICY}/initiate"))

    assert request.policy == POLICY.lower()


@pytest.mark.parametrize(
    "scope",
    [{"Authorization_d": {"scope": POLICY}}, {"Authorization": json.dumps({"scope": POLICY})}],
    ids=("json", "text"),
)
def test_a_row_without_a_resource_is_about_what_the_caller_was_authorized_for(
    tmp_path: Path, scope: dict[str, Any]
) -> None:
    (request,) = requests(tmp_path, logged(_ResourceId=None, **scope))

    assert request.policy == POLICY.lower()


# --- what was read ----------------------------------------------------------------------------------------------------


def test_a_workspace_counts_from_when_both_tables_were_asked_of_it(tmp_path: Path) -> None:
    later = (Outcome(f"/workspaces/{HUB.upper()}", OutcomeKind.COMPLETE, since="2026-11-01T00:00:00Z"),)

    read = log(tmp_path, requests=WHOLE, arrivals=later)

    assert (read.asked, read.unread) == ({HUB: at("2026-11-01")}, "")


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(f"/workspaces/{HUB}", OutcomeKind.PARTIAL, message="cut off", since="2026-10-22T00:00:00Z"),
        Outcome(f"/workspaces/{HUB}", OutcomeKind.DENIED, message="cut off", since="2026-10-22T00:00:00Z"),
        Outcome("/workspaces/another", OutcomeKind.COMPLETE, since="2026-10-22T00:00:00Z"),
        Outcome(f"/workspaces/{HUB}", OutcomeKind.COMPLETE, message="cut off"),
        Outcome("", OutcomeKind.COMPLETE, asserted=True),
    ],
)
def test_a_workspace_of_which_one_table_was_not_read_whole_since_a_moment_does_not_count(
    tmp_path: Path, outcome: Outcome
) -> None:
    read = log(tmp_path, requests=(outcome,))

    assert read.asked == {}
    assert read.unread


def test_why_the_log_was_not_read_is_said_with_the_permission(tmp_path: Path) -> None:
    refused = Outcome("/workspaces/w", OutcomeKind.DENIED, message="Not you.", permission="a/b/read")

    assert log(tmp_path, requests=(refused,)).unread.endswith("was not read whole: Not you. (needs a/b/read)")


def test_a_log_that_nobody_collected_says_so(tmp_path: Path) -> None:
    nothing = (Outcome("", OutcomeKind.NOT_COLLECTED, message="no imported file holds any"),)

    assert log(tmp_path, requests=nothing, arrivals=nothing).unread == NOT_READ == ActivityLog().unread


@pytest.mark.parametrize(
    "row",
    [
        logged("yesterday"),
        {"TimeGenerated": 7},
        logged(_ResourceId="/subscriptions/s/resourceGroups/rg"),
        logged(_ResourceId=None),
    ],
)
def test_a_row_that_can_not_be_read_leaves_the_log_unread_and_the_others_in_it(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    read = log(tmp_path, row, logged())

    assert len(read.requests) == 1
    assert read.asked == {}
    assert "a row of jit_requests could not be read" in read.unread


def test_only_administrative_rows_say_that_the_log_arrived(tmp_path: Path) -> None:
    read = log(tmp_path, days=(day("2026-11-10"), day("2026-11-11", "Policy"), day("2026-11-12", "ADMINISTRATIVE")))

    assert [time.day for time in read.arrivals[SUBSCRIPTION][HUB]] == [10, 10, 12, 12]
