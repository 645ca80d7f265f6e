"""A question is put until it is answered, refused, or not worth more patience."""

import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeVar

import msgspec

from vmaudit.collect.answers import (
    TRANSIENT,
    Answer,
    ConnectionTroubleError,
    RefusedError,
    SignInError,
    refusal,
    seconds_to_wait,
)
from vmaudit.collect.pace import Clock, Pace

T = TypeVar("T")

ATTEMPTS: Final = 7
"""Times that a question is put. With the pauses below that is two minutes of an Azure that does not answer."""

LONGEST_PAUSE: Final = 300.0
"""Seconds. An API that asks to be left alone for longer is given up on; `--resume` comes back to it."""

_GIVEN_UP: Final = 3
"""Questions in a row that got no answer at all: then the line is dead, and the others are put only twice."""


class Renewable(Protocol):
    """Tokens that can be had anew."""

    generation: int

    def renew(self, generation: int) -> None:
        """Forget the tokens of a generation."""
        ...


class Line:
    """One API of Azure, asked by many threads at its own pace."""

    def __init__(self, pace: Pace, clock: Clock, tokens: Renewable) -> None:
        self.pace = pace
        self._tokens = tokens
        self.requests = 0
        self._clock = clock
        self._dead = 0
        self._lock = threading.Lock()

    def ask(self, send: Callable[[], Answer], read: Callable[[Answer], T]) -> T:
        """What `read` makes of the answer. Raises RefusedError where there is none in the end.

        An answer that `read` can't decode broke off on its way, and is asked for again.
        """
        attempts = 2 if self._dead >= _GIVEN_UP else ATTEMPTS
        for attempt in range(1, attempts + 1):
            generation = self._tokens.generation
            try:
                answer = self._sent(send)
                if answer.status < 300:
                    value = read(answer)
                    self._alive()
                    return value
            except (ConnectionTroubleError, msgspec.DecodeError, UnicodeDecodeError) as problem:
                refused = RefusedError(0, "NoAnswer", f"No whole answer came: {problem}")
                pause = None
            else:
                refused = refusal(answer)
                if answer.status == 401 and attempt == 1:
                    self._tokens.renew(generation)
                elif answer.status not in TRANSIENT:
                    raise refused
                pause = self._pause(answer)
            pause = pause if pause is not None else 2.0 ** (attempt - 1)
            if attempt == attempts or pause > LONGEST_PAUSE:
                raise self._gave_up(refused)
            self._clock.sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _sent(self, send: Callable[[], Answer]) -> Answer:
        leave = self.pace.start()
        headers: Mapping[str, str] = {}
        try:
            answer = send()
            headers = answer.headers
        except SignInError as problem:
            raise RefusedError(401, "SignInFailed", str(problem)) from problem
        finally:
            self.pace.end(leave, headers)
            with self._lock:
                self.requests += 1
        return answer

    def _pause(self, answer: Answer) -> float | None:
        """The pause that Azure asks for; where it throttles, everybody on this line keeps it."""
        pause = seconds_to_wait(answer.headers)
        if answer.status == 429 and pause is not None:
            self.pace.hold(min(pause, LONGEST_PAUSE))
        return pause

    def _alive(self) -> None:
        with self._lock:
            self._dead = 0

    def _gave_up(self, refused: RefusedError) -> RefusedError:
        if refused.status == 0:
            with self._lock:
                self._dead += 1
        return refused
