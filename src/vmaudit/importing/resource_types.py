"""Which resource type a row is of: what it says itself, or else what its id says."""

import re
from typing import Final

UNTYPED: Final = "(no type)"
"""Counted for a row that has no type and whose id is no Azure resource id."""

_ARM_TYPE: Final = re.compile(r"[^/\s]+(/[^/\s]+)+")
_TOP_LEVEL: Final = "microsoft.resources"
"""Subscriptions and resource groups stand above all providers in an id, and are of this one."""


def resource_type(resource_id: str, given: object) -> str:
    """The type of a row in lower case. `given` is its `type`, which counts where it is spelt as Azure spells types.

    Exporters that flatten `properties` can leave an extension's own `type` ("CustomScript") at the top.

    >>> resource_type("/subscriptions/s/providers/Microsoft.Compute/virtualMachines/vm", None)
    'microsoft.compute/virtualmachines'
    """
    if isinstance(given, str) and _ARM_TYPE.fullmatch(given):
        return given.lower()
    return type_of_id(resource_id)


def type_of_id(resource_id: str) -> str:
    """The type that an id is of: the provider that comes last and the types of its segments.

    An id alternates keys and values, so it is read in pairs: a network may well be called "providers".

    >>> type_of_id("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/x")
    'microsoft.network/virtualnetworks/subnets'
    >>> type_of_id("/subscriptions/s/resourceGroups/g")
    'microsoft.resources/subscriptions/resourcegroups'

    Ids of a subscription's diagnostic settings begin without the slash (azure-rest-api-specs).

    >>> type_of_id("subscriptions/s/providers/AzureResourceManager/diagnosticSettings/x")
    'azureresourcemanager/diagnosticsettings'
    """
    segments = resource_id.lower().strip("/").split("/")
    rooted = resource_id.startswith("/") or segments[2:3] == ["providers"]
    if not rooted or segments[0] not in {"subscriptions", "providers"}:
        return UNTYPED
    kind = [_TOP_LEVEL]
    for key, value in zip(segments[::2], [*segments[1::2], ""], strict=False):
        if key == "providers":
            kind = [value]
        else:
            kind.append(key)
    return "/".join(kind) if all(kind) else UNTYPED
