"""Time that passes only when somebody sleeps, and answers of Azure's shape."""

import json
from collections.abc import Callable, Iterator

from vmaudit.collect.answers import Answer


class Clock:
    """A clock for one thread."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


class Tokens:
    """Tokens that are counted."""

    generation = 1

    def renew(self, generation: int) -> None:
        self.generation = generation + 1


def answer(status: int = 200, body: object = None, **headers: str) -> Answer:
    """An answer; `retry_after="3"` is the header `retry-after`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps(body if body is not None else {}).encode())


def error(status: int, code: str, message: str = "because", **headers: str) -> Answer:
    return answer(status, {"error": {"code": code, "message": message}}, **headers)


def one_after_another(*answers: Answer | Exception) -> Callable[[], Answer]:
    """Sends that end in these answers, or raise."""
    waiting: Iterator[Answer | Exception] = iter(answers)

    def send() -> Answer:
        given = next(waiting)
        if isinstance(given, Exception):
            raise given
        return given

    return send
