"""Commands of the Azure CLI with names filled in, safe to paste: names come from outside and may be hostile."""

import re
import shlex
from typing import Final

_UNPRINTABLE: Final = re.compile(r"[^ -~\u00a1-\uffff]|[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def segment(resource_id: str, kind: str) -> str:
    """The name that follows a segment of an id, in any letter case; "" where the id has no such segment.

    >>> segment("/subscriptions/s/resourceGroups/rg-shop/providers/p/t/n", "resourcegroups")
    'rg-shop'
    """
    parts = resource_id.split("/")
    wanted = kind.lower()
    for place, part in enumerate(parts[:-1]):
        if part.lower() == wanted:
            return parts[place + 1]
    return ""


def name_of(resource_id: str) -> str:
    """The last segment of an id."""
    return resource_id.rpartition("/")[2]


def command(verb: str, resource_id: str, *options: tuple[str, str]) -> str:
    """`az VERB --subscription S -g RG OPTIONS`, quoted for a POSIX shell; the first two come from the id.

    An unprintable character in a name is replaced by "?": no Azure name holds one, so such a name is not Azure's, and a
    command with it is better wrong than executed.

    >>> command("vm show", "/subscriptions/s/resourceGroups/rg/providers/p/virtualMachines/v", ("-n", "v; rm -rf ~"))
    "az vm show --subscription s -g rg -n 'v; rm -rf ~'"
    """
    where = (("--subscription", segment(resource_id, "subscriptions")), ("-g", segment(resource_id, "resourceGroups")))
    return " ".join([f"az {verb}", *(_option(name, value) for name, value in (*where, *options))])


def quoted(value: str) -> str:
    """One argument for a POSIX shell."""
    return shlex.quote(_UNPRINTABLE.sub("?", value))


def _option(name: str, value: str) -> str:
    # A value that starts with a dash would be taken for an option of its own.
    return f"{name}{'=' if value.startswith('-') else ' '}{quoted(value)}"
