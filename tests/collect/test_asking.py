from collections.abc import Callable

import msgspec
import pytest

from collect.simulated import Clock, Tokens, answer, error, one_after_another
from vmaudit.collect.answers import Answer, ConnectionTroubleError, RefusedError, SignInError
from vmaudit.collect.asking import ATTEMPTS, Line
from vmaudit.collect.pace import Pace


def line(clock: Clock) -> Line:
    return Line(Pace(clock, requests=1000, seconds=5), clock, Tokens())


def ask(line: Line, send: Callable[[], Answer]) -> object:
    return line.ask(send, lambda given: msgspec.json.decode(given.body))


def test_an_answer_is_read() -> None:
    assert ask(line(Clock()), one_after_another(answer(body={"value": [1]}))) == {"value": [1]}


def test_a_throttled_question_is_put_again_after_the_time_that_azure_names() -> None:
    clock = Clock()

    got = ask(line(clock), one_after_another(error(429, "RateLimiting", retry_after="7"), answer(body=[])))

    assert got == []
    assert clock.time == pytest.approx(1007)


def test_without_retry_after_the_time_until_the_quota_is_new_counts() -> None:
    clock = Clock()
    throttled = error(429, "RateLimiting", x_ms_user_quota_resets_after="00:00:04")

    ask(line(clock), one_after_another(throttled, answer()))

    assert clock.time == pytest.approx(1004)


def test_without_any_word_about_time_the_pauses_grow() -> None:
    clock = Clock()
    busy = error(503, "ServiceUnavailable")

    ask(line(clock), one_after_another(busy, busy, busy, answer()))

    assert clock.slept == [1.0, 2.0, 4.0]


def test_a_refusal_is_not_repeated() -> None:
    clock = Clock()

    with pytest.raises(RefusedError) as caught:
        ask(line(clock), one_after_another(error(403, "AuthorizationFailed")))

    assert (caught.value.status, caught.value.code, clock.slept) == (403, "AuthorizationFailed", [])


def test_patience_ends() -> None:
    clock = Clock()
    one_line = line(clock)

    with pytest.raises(RefusedError) as caught:
        ask(one_line, one_after_another(*[error(500, "InternalServerError")] * 100))

    assert caught.value.code == "InternalServerError"
    assert one_line.requests == ATTEMPTS


def test_an_hour_is_not_waited_for() -> None:
    clock = Clock()

    with pytest.raises(RefusedError):
        ask(line(clock), one_after_another(error(429, "TooManyRequests", retry_after="3600")))

    assert clock.slept == []


def test_an_answer_that_broke_off_is_asked_for_again() -> None:
    cut = Answer(200, {}, b'{"value": [{"id": "/su')

    got = ask(line(Clock()), one_after_another(cut, ConnectionTroubleError("reset"), answer(body={"value": []})))

    assert got == {"value": []}


def test_on_a_dead_line_later_questions_give_up_sooner_and_one_answer_revives_it() -> None:
    clock = Clock()
    one_line = line(clock)
    dead = [ConnectionTroubleError("refused")] * 100
    for _ in range(3):
        with pytest.raises(RefusedError):
            ask(one_line, one_after_another(*dead))
    sent = one_line.requests

    with pytest.raises(RefusedError):
        ask(one_line, one_after_another(*dead))
    assert one_line.requests == sent + 2

    ask(one_line, one_after_another(answer()))
    sent = one_line.requests
    with pytest.raises(RefusedError):
        ask(one_line, one_after_another(*dead))
    assert one_line.requests == sent + ATTEMPTS


def test_a_token_that_is_not_taken_any_more_is_renewed_once() -> None:
    expired = error(401, "ExpiredAuthenticationToken")

    assert ask(line(Clock()), one_after_another(expired, answer(body=[1]))) == [1]
    with pytest.raises(RefusedError) as caught:
        ask(line(Clock()), one_after_another(expired, expired, answer()))
    assert caught.value.status == 401


def test_without_a_token_nothing_is_repeated() -> None:
    clock = Clock()

    with pytest.raises(RefusedError) as caught:
        ask(line(clock), one_after_another(SignInError("AADSTS7000215: Invalid client secret provided.")))

    assert caught.value.code == "SignInFailed"
    assert "AADSTS7000215" in caught.value.says
    assert clock.slept == []
