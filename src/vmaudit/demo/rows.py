"""One resource as Resource Graph answers it: a full id, a lower-case type, and the rest under `properties`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import NAMESPACE_URL, uuid5

Row: TypeAlias = dict[str, Any]

LOCATION: Final = "westeurope"


@dataclass(frozen=True, slots=True)
class Place:
    """A resource group in a subscription."""

    subscription: str
    group: str

    def id(self, kind: str, name: str) -> str:
        """The id of the resource `name` of `kind` (`Microsoft.Network/networkInterfaces`) in this group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/{kind}/{name}"


def row(place: Place, kind: str, name: str, properties: Row, tags: Mapping[str, str] | None = None) -> Row:
    """A resource of its own."""
    made: Row = {"id": place.id(kind, name), "name": name, "type": kind.lower(), "location": LOCATION}
    if tags is not None:
        made["tags"] = dict(tags)
    made["properties"] = {"provisioningState": "Succeeded", **properties}
    return made


def child(parent: str, kind: str, name: str, properties: Row) -> Row:
    """A resource inside another one. `kind` is the last segment of its type, such as `subnets`."""
    provider = parent.rpartition("/providers/")[2].split("/")[0:2]
    return {
        "id": f"{parent}/{kind}/{name}",
        "name": name,
        "type": "/".join((*provider, kind)).lower(),
        "properties": {"provisioningState": "Succeeded", **properties},
    }


def reference(resource_id: str) -> Row:
    """How one resource points to another."""
    return {"id": resource_id}


def with_group_in_capitals(resource_id: str) -> str:
    """The same id as the compute service spells it in references: the resource group in capital letters.

    >>> with_group_in_capitals("/subscriptions/s/resourceGroups/rg-shop/providers/p/t/n")
    '/subscriptions/s/resourceGroups/RG-SHOP/providers/p/t/n'
    """
    before, marker, after = resource_id.partition("/resourceGroups/")
    group, slash, rest = after.partition("/")
    return f"{before}{marker}{group.upper()}{slash}{rest}"


def fixed_guid(text: str) -> str:
    """A GUID that is always the same for the same text."""
    return str(uuid5(NAMESPACE_URL, text))
