"""Permissions worked out the slow way: every known operation is held against every pattern, with another matcher."""

from collections.abc import Iterable
from functools import cache
from typing import Any

Json = dict[str, Any]


@cache
def covers(pattern: str, operation: str) -> bool:
    """Whether the pieces between the stars occur in order, the first at the start and the last at the end."""
    first, *pieces = pattern.strip().lower().split("*")  # one of Azure's own roles has a space at an end
    text = operation.lower()
    if not pieces:
        return first == text
    if not text.startswith(first):
        return False
    *middle, last = pieces
    place = len(first)
    for piece in middle:
        found = text.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return text.endswith(last) and len(text) - len(last) >= place


def expanded(patterns: Iterable[str], operations: Iterable[str]) -> set[str]:
    operations = list(operations)
    plain = {operation.lower(): operation for operation in operations}
    found: set[str] = set()
    for pattern in patterns:
        if "*" in pattern:
            found |= {operation for operation in operations if covers(pattern, operation)}
        elif pattern.strip().lower() in plain:
            found.add(plain[pattern.strip().lower()])
    return found


def granted(permissions: Iterable[Json], operations: Iterable[str], *, data: bool) -> set[str]:
    """Of a list of operations, those that a role grants: what each permission object gives, less what it takes back."""
    give, take = ("dataActions", "notDataActions") if data else ("actions", "notActions")
    operations = list(operations)
    found: set[str] = set()
    for permission in permissions:
        found |= expanded(permission[give], operations) - expanded(permission[take], operations)
    return found
