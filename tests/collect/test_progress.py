"""How long a collection still takes, as far as that can be known."""

import pytest

from vmaudit.cli.collect import _stage
from vmaudit.collect.evidence import Source
from vmaudit.collect.progress import Progress, TimeLeft, Unanswered, time_left

GRAPH, LISTS = Source.RESOURCE_GRAPH, Source.RESOURCE_MANAGER
PACE = {GRAPH: 3.0, LISTS: 20.0}


def test_rows_to_come_are_pages_at_the_pace_of_the_quota() -> None:
    left = time_left([Unanswered(GRAPH, 29_001), Unanswered(GRAPH, 0)], 1000, PACE, more_follows=False)

    assert left == TimeLeft(pytest.approx(31 / 3), at_least=False)


def test_the_slowest_service_decides() -> None:
    lists = [Unanswered(LISTS, 0)] * 400

    assert time_left([*lists, Unanswered(GRAPH, 0)], 1000, PACE, more_follows=False).seconds == pytest.approx(20)


def test_a_table_that_has_not_said_how_many_rows_it_has_makes_the_time_a_least_one() -> None:
    assert time_left([Unanswered(GRAPH, None)], 1000, PACE, more_follows=False) == TimeLeft(
        pytest.approx(1 / 3), at_least=True
    )


def test_questions_that_hang_on_rows_to_come_make_the_time_a_least_one() -> None:
    assert time_left([], 1000, PACE, more_follows=True) == TimeLeft(0.0, at_least=True)


def test_a_service_whose_pace_nobody_knows_makes_the_time_a_least_one() -> None:
    assert time_left([Unanswered(LISTS, 5)], 1000, {}, more_follows=False) == TimeLeft(0.0, at_least=True)


def test_the_line_on_the_terminal_names_tables_rows_requests_waiting_and_the_time_left() -> None:
    seen = Progress(44, 31, 60, 40, 12_345, 120, 12.4, TimeLeft(83.0, at_least=True))

    assert _stage(seen) == (
        "31 of 44 tables, 12,345 rows, 120 requests, waited 12 s for quota, at least 1 min 23 s left"
    )
