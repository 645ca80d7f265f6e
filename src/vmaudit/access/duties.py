"""The duties that one person should not hold together on one machine, as data (separation of duties).

Whoever uses a machine should not also let himself in, open the way to it, or erase what he did there.
"""

from enum import Enum
from functools import lru_cache
from typing import Final

from vmaudit.access.doors import Mask, doors_of


class Duty(Enum):
    """One side of a separation."""

    USE = "use"
    """Sign in to the machine or run code on it."""
    APPROVE = "approve"
    """Approve the activation of a role that lets somebody use it."""
    HAND_OUT = "hand out"
    """Hand out roles on it, or change what activating one takes."""
    OPEN = "open"
    """Change the network, the just-in-time policy or the Bastion in front of it."""
    HIDE = "hide"
    """Turn off what records what happens on it."""


DOORS_OF_DUTY: Final[dict[Duty, tuple[str, ...]]] = {
    Duty.USE: ("sign-in-user", "sign-in-admin", "run-command", "extension", "serial-console", "password-reset"),
    Duty.HAND_OUT: ("role-assign", "pim-policy-change"),
    Duty.OPEN: ("jit-configure", "network-change", "bastion-change"),
    Duty.HIDE: ("log-hide",),
}
"""The doors by which a duty is held. Approving opens none: PIM's policies name who may."""

WORDS: Final[dict[Duty, str]] = {
    Duty.USE: "can use the machine",
    Duty.APPROVE: "approves who may use it",
    Duty.HAND_OUT: "can hand out roles on it",
    Duty.OPEN: "can open the way to it",
    Duty.HIDE: "can turn off its logs",
}
"""Each duty as the end of a sentence about a person."""

BIT: Final[dict[Duty, int]] = {duty: 1 << number for number, duty in enumerate(Duty)}
_DUTY_OF: Final = {door: BIT[duty] for duty, doors in DOORS_OF_DUTY.items() for door in doors}


@lru_cache(maxsize=65536)
def duties_of(mask: Mask) -> int:
    """The duties that go with these needs, as bits."""
    found = 0
    for door in doors_of(mask):
        found |= _DUTY_OF.get(door, 0)
    return found


def clashes(duties: int) -> tuple[Duty, ...]:
    """What somebody holds besides using the machine; () for somebody who doesn't use it.

    >>> clashes(BIT[Duty.USE] | BIT[Duty.HIDE]), clashes(BIT[Duty.OPEN] | BIT[Duty.HIDE])
    ((<Duty.HIDE: 'hide'>,), ())
    """
    if not duties & BIT[Duty.USE]:
        return ()
    return tuple(duty for duty in Duty if duty is not Duty.USE and duties & BIT[duty])
