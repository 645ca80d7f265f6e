"""Text made fit to be shown: names from outside, numbers, lists, times. Nothing here knows HTML."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Final, cast

THIN_SPACE: Final = "\u202f"
"""A narrow space that does not break: the thousands separator of SI."""

# What can hide, turn or steer text: C0 and C1 controls, marks and embeddings of direction, invisible spaces, joiners,
# line and paragraph separators, surrogates, non-characters and the tag block. ZWNJ and ZWJ are among them: a name that
# needs one to be spelt is rarer in Azure than one that uses it to look like another.
_INVISIBLE: Final = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff9-\uffff\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    r"""The text with every character that hides, turns or steers text written out.

    >>> visible("vm-\u202egpj.exe")
    'vm-[U+202E]gpj.exe'
    """
    return _INVISIBLE.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)


def one_line(text: str) -> str:
    """Prose of a rule file with its line breaks and runs of spaces made single spaces."""
    return " ".join(text.split())


def sentence_case(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def cut_short(words: str, longest: int) -> str:
    """A list of ports, its last ones counted where it is too long.

    >>> cut_short("22, 3389, 5985-5986", 15), cut_short("22, 3389", 15)
    ('22, 3389 +1', '22, 3389')
    """
    parts = words.split(", ")
    left = 0
    while len(words) > longest and len(parts) > 1:
        parts.pop()
        left += 1
        words = f"{', '.join(parts)} +{left}"
    return shortened(words, longest)


def shortened(text: str, longest: int) -> str:
    """The text, made visible, with its middle left out where it is too long: the start and the end of a name tell most.

    >>> shortened("vm-telemetry-collector-07", 15)
    'vm-tele…ctor-07'
    """
    text = visible(text)
    if len(text) <= longest:
        return text
    tail = (longest - 1) // 2
    return f"{text[: longest - 1 - tail]}…{text[len(text) - tail :]}"


def number(value: int) -> str:
    """A count, with thin spaces between thousands from five digits on.

    >>> number(1234), number(1234567).replace(THIN_SPACE, "_")
    ('1234', '1_234_567')
    """
    return str(value) if abs(value) < 10_000 else f"{value:,}".replace(",", THIN_SPACE)


def counted(value: int, noun: str, nouns: str = "") -> str:
    """A count with its noun.

    >>> counted(1, "machine"), counted(2, "machine"), counted(0, "policy", "policies")
    ('1 machine', '2 machines', '0 policies')
    """
    return f"{number(value)} {noun if value == 1 else nouns or noun + 's'}"


def listed(items: Sequence[str], last: str = "and", most: int = 0) -> str:
    """Items as a sentence has them; with `most`, only so many and how many more there are.

    >>> listed(["a", "b", "c"]), listed(["a", "b", "c", "d"], most=2)
    ('a, b and c', 'a, b and 2 more')
    """
    shown = list(items[:most] if most and len(items) > most + 1 else items)
    if len(shown) < len(items):
        shown.append(f"{number(len(items) - len(shown))} more")
    return f"{', '.join(shown[:-1])} {last} {shown[-1]}" if len(shown) > 1 else "".join(shown)


def literal(value: object) -> str:
    """The value of a rule's parameter, as text.

    >>> literal([22, "5985-5986"]), literal([]), literal(True), literal({"file_copy": False})
    ('22, 5985-5986', 'none', 'yes', 'file_copy: no')
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(literal, cast("list[object]", value))) or "none"
        case dict():
            items = cast("dict[str, object]", value).items()
            return ", ".join(f"{key}: {literal(each)}" for key, each in items) or "none"
        case _:
            return str(value)


def paragraphs(text: str) -> tuple[tuple[str, bool], ...]:
    r"""Prose of a rule file as `(paragraph, whether it is commands)`; a paragraph of commands keeps its lines.

    >>> paragraphs("Close\nit.\n\naz a\naz b")
    (('Close it.', False), ('az a\naz b', True))
    """
    found: list[tuple[str, bool]] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if paragraph.startswith("az "):
            found.append((paragraph.replace(" && ", " &&\n"), True))
        elif paragraph:
            found.append((one_line(paragraph), False))
    return tuple(found)


def code_parts(text: str) -> tuple[tuple[str, bool], ...]:
    """A paragraph split at its back-ticks: `(part, whether it is code)`. An odd back-tick stands for itself.

    >>> code_parts("Run `az vm list` now")
    (('Run ', False), ('az vm list', True), (' now', False))
    """
    parts = text.split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    return tuple((part, index % 2 == 1) for index, part in enumerate(parts) if part)


def commands(text: str) -> str:
    """What a copy button copies: the commands, and the pieces of code that are more than a word, one per line."""
    found: list[str] = []
    for paragraph, is_commands in paragraphs(text):
        found += [paragraph] if is_commands else [part for part, code in code_parts(paragraph) if code and " " in part]
    return "\n".join(found)


def anchor(kind: str, key: str) -> str:
    """A place in the page that stays the same between reports, whatever the key holds.

    >>> anchor("vm", "/subscriptions/s/vm-1") == anchor("vm", "/subscriptions/s/vm-1")
    True
    """
    return f"{kind}-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def moment(text: str) -> str:
    """An RFC 3339 time in UTC as people read it; anything else as it is.

    >>> moment("2026-11-20T08:30:00Z"), moment("some day")
    ('20 November 2026, 08:30 UTC', 'some day')
    """
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)", text, re.ASCII)
    if found is None or not 1 <= int(found[2]) <= 12:
        return text
    return f"{int(found[3])} {_MONTHS[int(found[2]) - 1]} {found[1]}, {found[4]} UTC"


_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def wrapped(text: str, width: int, most: int) -> tuple[str, ...]:
    """Lines of at most `width` characters, at most `most` of them; a word that is longer is shortened.

    >>> wrapped("Management port reachable from the internet", 14, 3)
    ('Management', 'port reachable', 'from the…')
    """
    lines: list[str] = []
    for word in (shortened(word, width) for word in text.split()):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1][: width - 1].rstrip()}…"]
    return tuple(lines)


def joined_lines(parts: Iterable[str]) -> str:
    """Sentences, one after the other."""
    return " ".join(part for part in parts if part)
