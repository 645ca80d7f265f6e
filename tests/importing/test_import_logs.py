"""Rows of logs, as `az monitor log-analytics query` prints them into files that are named after evidence tables."""

import json
from typing import Any

import pytest

from desk import Desk, compact, vm
from vmaudit.errors import UnreadableFileError, UsageError
from vmaudit.importing.completeness import EVERYTHING, complete_for
from vmaudit.snapshot.manifest import OutcomeKind


def row(number: int = 1) -> dict[str, Any]:
    return {"TableName": "PrimaryResult", "TimeGenerated": f"2026-11-0{number}T10:00:00Z", "Caller": "jane@contoso.com"}


@pytest.mark.parametrize("name", ["jit_requests.json", "jit_requests-0f5a7f3e-2b5c.json", "JIT_requests-hub.json.gz"])
def test_the_name_of_the_file_says_what_its_rows_are(desk: Desk, name: str) -> None:
    desk.put(name, [row(1), row(2)])

    assert desk.rows("jit_requests") == [compact(row(1)), compact(row(2))]


def test_a_log_may_have_one_row_on_one_line(desk: Desk) -> None:
    desk.put("jit_requests.ndjson", row())

    assert desk.rows("jit_requests") == [compact(row())]


def test_the_answer_of_log_analytics_itself_is_no_row(desk: Desk) -> None:
    desk.put("jit_requests.json", {"tables": [{"name": "PrimaryResult", "columns": [], "rows": []}]})

    with pytest.raises(UnreadableFileError, match="neither a resource nor a list"):
        desk.brings()


def test_a_row_that_two_exports_hold_is_kept_once(desk: Desk) -> None:
    desk.put("jit_requests-a.json", [row(1), row(2)])
    desk.put("jit_requests-b.json", [dict(reversed(row(2).items())), row(3)])

    assert [json.loads(each)["TimeGenerated"][9] for each in desk.rows("jit_requests")] == ["1", "2", "3"]


def test_what_a_log_names_is_not_taken_for_the_row(desk: Desk) -> None:
    about = row() | {"id": vm("web")["id"], "type": "Microsoft.Compute/virtualMachines"}
    desk.put("machine_commands.json", [about])

    assert desk.rows("machine_commands") == [compact(about)]


def test_a_log_in_a_file_of_another_name_is_refused(desk: Desk) -> None:
    desk.put("export.json", [row()])

    with pytest.raises(UnreadableFileError, match="has no `id`"):
        desk.brings()


def test_nobody_can_say_that_a_log_is_complete(desk: Desk) -> None:
    desk.put("jit_requests.json", [row()])

    assert desk.outcome("jit_requests", EVERYTHING).outcome is OutcomeKind.PARTIAL
    assert desk.outcome("pim_activations", EVERYTHING).outcome is OutcomeKind.NOT_COLLECTED
    with pytest.raises(UsageError, match="jit_requests"):
        complete_for(["virtual_machines", "jit_requests"])
