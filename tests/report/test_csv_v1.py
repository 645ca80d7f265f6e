import csv
import io

import pytest

from report import samples
from vmaudit.assess.assessment import Assessment
from vmaudit.report.csv_v1 import FINDING_COLUMNS, MACHINE_COLUMNS, cell, to_csv


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.fixture(scope="module")
def machines(assessment: Assessment) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in rows(to_csv(assessment)["machines.csv"])}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_cell_that_would_be_a_formula_gets_an_apostrophe(start: str) -> None:
    assert cell(f"{start}1+1").startswith("'")


def test_a_harmless_cell_stays_as_it_is() -> None:
    assert cell("vm-01 = fine") == "vm-01 = fine"


def test_no_cell_of_any_file_begins_like_a_formula(assessment: Assessment) -> None:
    for data in to_csv(assessment).values():
        for row in rows(data):
            assert not [value for value in row.values() if value.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_every_row_is_one_line(assessment: Assessment) -> None:
    data = to_csv(assessment)["machines.csv"]

    assert len(data.decode("utf-8-sig").splitlines()) == 1 + len(assessment.results)


def test_the_files_open_as_utf_8_in_a_spreadsheet(assessment: Assessment) -> None:
    assert all(data.startswith(b"\xef\xbb\xbf") for data in to_csv(assessment).values())


def test_the_columns_are_the_documented_ones(assessment: Assessment) -> None:
    files = to_csv(assessment)

    assert tuple(rows(files["machines.csv"])[0]) == MACHINE_COLUMNS
    assert tuple(rows(files["findings.csv"])[0]) == FINDING_COLUMNS


def test_ports_stand_under_how_far_they_are_open(machines: dict[str, dict[str, str]]) -> None:
    assert machines["vm-web-01"]["internet_ports"] == "TCP 443; TCP 3389"
    assert machines["vm-partner"]["partial_ports"] == "TCP 22"
    assert machines["vm-partner"]["internet_ports"] == ""
    assert machines["vm-data-unread"]["possible_ports"] == "TCP 22"
    assert machines["vm-data-unread"]["internet_ports"] == ""


def test_a_machine_tells_its_grade_and_its_lines(machines: dict[str, dict[str, str]]) -> None:
    unread = machines["vm-data-unread"]

    assert (unread["grade"], unread["grade_best"], unread["decided_by"]) == ("F", "A", "NET-001")
    assert (unread["network"], unread["bastion"], unread["roles"]) == ("unknown", "holds", "not_assessed")


def test_findings_are_the_failures_and_the_unknowns(assessment: Assessment) -> None:
    found = rows(to_csv(assessment)["findings.csv"])

    assert {row["status"] for row in found} == {"fail", "unknown"}
    assert len([row for row in found if row["machine"] == "vm-sql-01"]) == 1


def test_hostile_names_are_shown_and_do_nothing(machines: dict[str, dict[str, str]]) -> None:
    hostile = machines[samples.SCRIPT]

    assert hostile["resource_group"] == f"'{samples.FORMULA}"
    assert "[U+202E]" in hostile["tags"]
    assert "\x1b" not in hostile["tags"]
