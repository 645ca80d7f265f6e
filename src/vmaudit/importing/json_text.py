"""JSON read with msgspec, and where in the text it stops being JSON."""

import re
from pathlib import Path
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")

_MALFORMED: Final = re.compile(r"JSON is malformed: (?P<reason>.*) \(byte (?P<offset>\d+)\)")
_CUT_OFF: Final = "Input data was truncated"
_MORE: Final = "trailing characters"


class NotJsonError(Exception):
    """A text that is no JSON: why, and where as line and column (from 1), or (0, 0) where that is not known."""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column

    def place(self, path: Path) -> str:
        """The file, with line and column where they are known."""
        return f"{path}:{self.line}:{self.column}" if self.line else str(path)


def decoded(text: bytes | msgspec.Raw, kind: type[T]) -> T:
    """A JSON text as `kind`. Raises NotJsonError, or msgspec.ValidationError on JSON of another kind."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as problem:
        if "out of range" in str(problem):
            raise NotJsonError("a number is larger than any program can hold") from problem
        raise
    except msgspec.DecodeError as problem:
        raise _located(str(problem), bytes(text)) from problem
    except UnicodeDecodeError as problem:
        raise NotJsonError("a text in it is not UTF-8") from problem
    except RecursionError as problem:
        raise NotJsonError("it is nested too deeply") from problem


def shortened(text: str, longest: int = 80) -> str:
    r"""A text from a file as a message shows it: in quotes, nothing that a terminal obeys, and not endless.

    >>> shortened("a\x1b[2J")
    "'a\\x1b[2J'"
    """
    return repr(text if len(text) <= longest else text[:longest] + "...")


def _located(complaint: str, text: bytes) -> NotJsonError:
    found = _MALFORMED.fullmatch(complaint)
    if found is None:
        reason = "it ends in the middle" if complaint == _CUT_OFF else complaint
        return NotJsonError(reason, *_place(text, len(text.rstrip())))
    offset = int(found["offset"])
    if found["reason"] == _MORE:  # this complaint names the byte after the one that is too much
        follows = "another value follows; put each in a file of its own, or one on each line"
        return NotJsonError(follows, *_place(text, offset - 1))
    return NotJsonError(found["reason"], *_place(text, offset))


def _place(text: bytes, offset: int) -> tuple[int, int]:
    r"""Line and column, in characters, of a byte.

    >>> _place(b"[1,\n 2", 5)
    (2, 2)
    """
    start = text.rfind(b"\n", 0, offset) + 1
    column = len(text[start:offset].decode(errors="replace")) + 1
    return text.count(b"\n", 0, offset) + 1, column
