"""What every command shares: safe text, progress on stderr, and where results go."""

import sys
import unicodedata
from collections.abc import Callable
from typing import Final

import click

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zl", "Zp", "Co", "Cs"})
"""Unicode categories of characters that move a cursor, turn text around or hide."""


def safe(text: str) -> str:
    """Text from outside, with control and direction characters made visible: names can't write to the terminal.

    >>> print(safe("vm" + chr(27) + "[31m") == "vm" + chr(92) + "x1b[31m")
    True
    """
    if text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character == "\n" or unicodedata.category(character) not in _INVISIBLE:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def shortened(text: str, width: int) -> str:
    """A long name with its middle left out: both ends tell names apart.

    >>> shortened("virtual-machine-number-seven", 15)
    'virtual…r-seven'
    """
    if len(text) <= width:
        return text
    keep = width - 1
    return text[: keep // 2] + "…" + text[len(text) - (keep - keep // 2) :]


def say(text: str = "") -> None:
    """One line of the result, on stdout. What came from outside must have gone through `safe` or `styled`."""
    click.echo(text)


def styled(text: str, **style: bool | str) -> str:
    """Safe text in a style; click takes the style away where stdout is no terminal."""
    return click.style(safe(text), **style)  # pyright: ignore[reportArgumentType] - click's own keywords


def progress(*, quiet: bool) -> Callable[[str], None]:
    """A function that shows the present stage on stderr, only on a terminal."""
    if quiet or not sys.stderr.isatty():
        return lambda _stage: None

    def show(stage: str) -> None:
        click.echo(f"\r\x1b[2K{stage} …" if stage else "\r\x1b[2K", nl=False, err=True)

    return show
