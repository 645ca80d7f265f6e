"""Roles, doors and duties in words: the same in the reports and on the command line."""

from collections.abc import Iterable
from typing import Final

from vmaudit.access.duties import WORDS as DUTIES
from vmaudit.access.duties import Duty
from vmaudit.access.grants import Way
from vmaudit.access.model import Distance, HeldDoors, distance
from vmaudit.access.separation import Conflict, Proof
from vmaudit.estate.rights import Activation, Held, Principal
from vmaudit.known import Unknown
from vmaudit.report.wording import counted, shortened

DOOR_WORDS: Final[dict[str, str]] = {
    "sign-in-user": "sign in",
    "sign-in-admin": "sign in as administrator",
    "run-command": "run commands",
    "extension": "put code on it",
    "serial-console": "use its serial console",
    "password-reset": "reset passwords",
    "jit-request": "ask just-in-time to open ports",
    "jit-configure": "change just-in-time",
    "network-change": "change its network",
    "bastion-use": "connect by Bastion",
    "bastion-change": "change its Bastion",
    "disk-export": "copy its disks",
    "role-assign": "hand out roles",
    "pim-policy-change": "change what activating takes",
    "log-hide": "turn off its logs",
    "identity-assign": "give it an identity",
}
"""Each door as what one may do; docs/access.md says what opens it."""

HELD_WORDS: Final[dict[Held, str]] = {
    "standing": "standing",
    "time-bound": "until a set day",
    "activated": "activated now",
    "eligible": "eligible",
    "unknown": "how is not known",
}
_LONGEST_NAME: Final = 32


def steps(activation: Activation) -> str:
    """What somebody has to do before an eligible role is his.

    >>> steps(Activation(mfa=True, approval=False, justification=True, max_hours=8))
    'activate, MFA, a reason; for at most 8 hours'
    """
    asked = (("MFA", activation.mfa), ("approval", activation.approval), ("a reason", activation.justification))
    found = ["activate", *(name for name, needed in asked if needed is True)]
    unread = [name for name, needed in asked if isinstance(needed, Unknown)]
    hours = activation.max_hours
    lasts = "" if isinstance(hours, Unknown) else f"; for at most {hours:g} hours"
    return ", ".join(found) + lasts + (f"; not known whether {' or '.join(unread)} is asked for" if unread else "")


def distance_of(ways: Iterable[Way]) -> Distance:
    """How far somebody with these ways is from the access model."""
    return distance(HeldDoors(way.role, way.held, way.doors) for way in ways)


def model_words(far: Distance) -> str:
    """The distance in a few words.

    >>> model_words(Distance(("run-command",), (), (), ("Contributor",)))
    'beyond the access model by 1 door'
    """
    if far.within:
        return "within the access model"
    parts = [f"beyond the access model by {counted(len(far.extra), 'door')}"] if far.extra else []
    wrong = ", ".join(f"{DOOR_WORDS[one.door]} ({HELD_WORDS[one.held]})" for one in far.wrong)
    if wrong:
        parts.append(f"held the wrong way: {wrong}")
    return "; ".join(parts)


def conflict_words(conflict: Conflict) -> str:
    """Two duties of one person that belong apart, with the roles that show them."""
    other = conflict.other
    sure = "" if conflict.certain else "perhaps "
    return (
        f"{called(conflict.principal)} {sure}{DUTIES[Duty.USE]} ({_by(conflict.use)}) and {DUTIES[other.duty]} "
        f"({_by(other)}): these belong apart"
    )


def _by(proof: Proof) -> str:
    return f"{proof.role} at {short_scope(proof.scope)}{', through a group' if proof.via else ''}"


def called(who: Principal) -> str:
    """Somebody's name; his id where no name was read."""
    return who.name or who.id


def kind_words(who: Principal) -> str:
    """What somebody is; "" for a person, who needs no word."""
    return {
        "User": "",
        "Group": "group",
        "ServicePrincipal": "workload identity",
        "ForeignGroup": "group of another tenant",
        "Device": "device",
        "Unknown": "what it is was not read",
    }[who.kind]


def short_scope(scope: str) -> str:
    """What is left of a scope for a table: its last name, with its kind where that is not a resource."""
    if scope in ("/", ""):
        return "the root"
    parts = scope.strip("/").split("/")
    kind = parts[-2].lower() if len(parts) > 1 else ""
    words = {"subscriptions": "subscription", "resourcegroups": "group", "managementgroups": "management group"}
    # A subscription is a GUID to the reader: its ends are enough to tell it from others.
    longest = _LONGEST_NAME if kind != "subscriptions" else _LONGEST_NAME // 2
    name = shortened(parts[-1], longest)
    return f"{words[kind]} {name}" if kind in words else name
