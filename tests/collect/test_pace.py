import pytest

from collect.simulated import Clock
from vmaudit.collect.pace import Leave, Pace, StoppableClock, StoppedError


def window(clock: Clock, pace: Pace, requests: int, latency: float = 0.1, **headers: str) -> None:
    """That many requests at once, answered after the latency."""
    leaves: list[Leave] = [pace.start() for _ in range(requests)]
    clock.time += latency
    for leave in leaves:
        pace.end(leave, {name.replace("_", "-"): value for name, value in headers.items()})


def test_fifteen_requests_leave_at_once_and_the_sixteenth_waits_for_the_next_window() -> None:
    clock = Clock()
    pace = Pace(clock, requests=15, seconds=5)
    window(clock, pace, 15)

    pace.start()

    assert clock.time == pytest.approx(
        1005.1
    )  # the window began when Azure got the first one: 0.1 s at most after it left


def test_what_azure_says_is_left_counts_more_than_our_own_count() -> None:
    clock = Clock()
    pace = Pace(clock, requests=15, seconds=5)
    window(clock, pace, 1, x_ms_user_quota_remaining="0", x_ms_user_quota_resets_after="00:00:03")

    pace.start()

    assert clock.time == pytest.approx(1003.1)  # another client of the same user had spent the rest


def test_answers_that_overtake_each_other_cost_nothing() -> None:
    clock = Clock()
    pace = Pace(clock, requests=15, seconds=5)
    leaves = [pace.start() for _ in range(10)]
    for leave, remaining in zip(leaves, (5, 14, 13, 6, 12, 11, 10, 9, 8, 7), strict=True):
        pace.end(leave, {"x-ms-user-quota-remaining": str(remaining)})

    for _ in range(5):
        pace.start()

    assert clock.slept == []


def test_a_window_whose_end_azure_rounds_up_is_not_waited_out_to_the_second() -> None:
    clock = Clock()
    pace = Pace(clock, requests=15, seconds=5)
    window(clock, pace, 14, x_ms_user_quota_remaining="1", x_ms_user_quota_resets_after="00:00:05")
    clock.time += 2.7  # 2.8 s after the first one left: 2.2 s or a little more are left, and Azure says 3
    window(clock, pace, 1, x_ms_user_quota_remaining="0", x_ms_user_quota_resets_after="00:00:03")

    pace.start()

    assert clock.time == pytest.approx(1005.1)


def test_a_request_that_opens_azures_next_window_before_ours_is_over_moves_ours() -> None:
    clock = Clock()
    pace = Pace(clock, requests=15, seconds=5)
    window(clock, pace, 3, latency=0.4, x_ms_user_quota_remaining="12", x_ms_user_quota_resets_after="00:00:05")
    clock.time = 1005.2  # Azure got the first one at 1000.1, so its window is over; ours is until 1005.4
    window(clock, pace, 1, x_ms_user_quota_remaining="14", x_ms_user_quota_resets_after="00:00:05")

    for _ in range(11):
        pace.start()
    assert clock.slept == []
    pace.start()

    assert clock.time >= 1010.2  # five seconds after that request, and not four


def test_a_longer_window_than_we_know_of_is_believed() -> None:
    clock = Clock()
    pace = Pace(clock, requests=15, seconds=5)
    window(clock, pace, 1, x_ms_user_quota_remaining="0", x_ms_user_quota_resets_after="00:00:30")

    pace.start()

    assert clock.time >= 1029.0


def test_nothing_leaves_while_azure_asks_to_be_left_alone() -> None:
    clock = Clock()
    pace = Pace(clock, requests=15, seconds=5)
    late = pace.start()
    pace.hold(20)
    pace.end(late, {"x-ms-user-quota-remaining": "10", "x-ms-user-quota-resets-after": "00:00:01"})

    pace.start()

    assert clock.time == pytest.approx(1020)
    assert pace.waited == pytest.approx(20)


def test_whoever_sleeps_is_woken_when_the_run_is_stopped() -> None:
    clock = StoppableClock()
    clock.stop()

    with pytest.raises(StoppedError):
        clock.sleep(3600)
