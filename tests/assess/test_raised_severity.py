"""Some failures of a rule are worse than others: a window of a whole working day is no mere lapse (controls JIT-004)."""

import csv
import io
import json

import pytest

from assess.guards import guarded, jit_policy, jit_port
from assess.judged import audited, verdict
from builders import estate, nic, vm
from vmaudit.assess.assessment import Assessment, Status
from vmaudit.assess.rule import Severity
from vmaudit.report.csv_v1 import to_csv
from vmaudit.report.json_v1 import to_json


def with_windows_of(minutes: float) -> Assessment:
    """A Linux machine of which just-in-time may open port 22 for so long."""
    return audited(guarded(estate(vm(nic())), jit_policy(jit_port(22, window=minutes))))


@pytest.mark.parametrize(("minutes", "raised"), [(181, None), (480, None), (481, Severity.HIGH)])
def test_a_window_of_more_than_eight_hours_is_of_high_severity(minutes: float, raised: Severity | None) -> None:
    found = verdict(with_windows_of(minutes), "JIT-004")

    assert (found.status, found.raised) == (Status.FAIL, raised)


def test_a_short_window_has_no_severity_of_its_own() -> None:
    found = verdict(with_windows_of(60), "JIT-004")

    assert (found.status, found.raised) == (Status.PASS, None)


def test_reports_say_the_severity_of_the_failure() -> None:
    assessment = with_windows_of(24 * 60)
    machine = json.loads(to_json(assessment))["machines"][0]
    rows = csv.DictReader(io.StringIO(to_csv(assessment)["findings.csv"].decode("utf-8-sig")))

    assert {each["rule"]: each["raised"] for each in machine["verdicts"] if each["raised"]} == {"JIT-004": "high"}
    assert [row["severity"] for row in rows if row["rule"] == "JIT-004"] == ["high"]
