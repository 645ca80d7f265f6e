"""Which needs the patterns of a role meet: `*` is any text, also with slashes in it, in any letter case (facts 6.1)."""

import re
from collections.abc import Iterable
from functools import lru_cache

from vmaudit.access.doors import BIT, NEEDS, Mask
from vmaudit.estate.rights import Permission


def matches(pattern: str, operation: str) -> bool:
    """Whether a pattern covers an operation, whole. A pattern without `*` is an operation itself.

    >>> matches("Microsoft.Compute/*/read", "microsoft.compute/virtualMachines/extensions/read")
    True
    >>> matches("Microsoft.Compute/virtualMachines", "Microsoft.Compute/virtualMachines/read")
    False
    """
    return _compiled(pattern.lower()).fullmatch(operation.lower()) is not None


def permits(permission: Permission, operation: str, *, data: bool) -> bool:
    """Whether one permission object grants an operation, its condition left aside."""
    granted, taken = (
        (permission.data_actions, permission.not_data_actions) if data else (permission.actions, permission.not_actions)
    )
    return any(matches(one, operation) for one in granted) and not any(matches(one, operation) for one in taken)


def met_by(permission: Permission) -> Mask:
    """All needs that one permission object meets, its condition left aside."""
    control = _union(permission.actions, data=False) & ~_union(permission.not_actions, data=False)
    return control | (_union(permission.data_actions, data=True) & ~_union(permission.not_data_actions, data=True))


def _union(patterns: Iterable[str], *, data: bool) -> Mask:
    mask = 0
    for pattern in patterns:
        mask |= _needs(pattern.lower(), data=data)
    return mask


@lru_cache(maxsize=65536)
def _needs(pattern: str, *, data: bool) -> Mask:
    """The needs that one pattern covers. Thousands of roles share their patterns."""
    return sum(BIT[need] for need in NEEDS if need.data is data and matches(pattern, need.operation))


@lru_cache(maxsize=65536)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
