"""The only way for a fact to be missing.

A value of type `Read[T]` is either a `T` that was read from evidence or an `Unknown` that says why it was not.
`None` never means "not read": where it occurs, it means that Azure itself says "there is none".
"""

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be read, with the reason as a clause ("public IP pip-1 is not in the evidence")."""

    reason: str


Read: TypeAlias = T | Unknown


def known_or(value: "Read[T]", fallback: T) -> T:
    """The value where it was read, else `fallback`: for showing only, never for judging.

    >>> known_or(22, 0), known_or(Unknown("not read"), 0)
    (22, 0)
    """
    return fallback if isinstance(value, Unknown) else value
