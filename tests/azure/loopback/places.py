"""Where a resource is: ids taken apart, and which Resource Graph table a type is kept in."""

from dataclasses import dataclass
from typing import Final

TYPES_OUTSIDE_RESOURCE_GRAPH: Final = (
    "microsoft.authorization/denyassignments",
    "microsoft.authorization/roleeligibilityscheduleinstances",
    "microsoft.authorization/roleeligibilityschedules",
    "microsoft.authorization/roleeligibilityschedulerequests",
    "microsoft.authorization/roleassignmentscheduleinstances",
    "microsoft.authorization/roleassignmentschedules",
    "microsoft.authorization/roleassignmentschedulerequests",
    "microsoft.authorization/rolemanagementpolicies",
    "microsoft.authorization/rolemanagementpolicyassignments",
    "microsoft.insights/diagnosticsettings",
    "microsoft.aadiam/diagnosticsettings",
    "microsoft.authorization/locks",
    "microsoft.security/locations/jitnetworkaccesspolicies",
    "microsoft.serialconsole/consoleservices",
)

_CHILDREN_IN_RESOURCES: Final = frozenset(
    {
        "microsoft.compute/virtualmachines/extensions",
        "microsoft.compute/virtualmachines/runcommands",
        "microsoft.compute/virtualmachines/vmapplications",
        "microsoft.hybridcompute/machines/extensions",
        "microsoft.hybridcompute/machines/runcommands",
        "microsoft.network/networkwatchers/flowlogs",
    }
)
"""Resource Graph keeps these apart from their parent; subnets, rules and others are parts of its row, or not there."""

_TABLE_OF_TYPE: Final = {
    "microsoft.authorization/roleassignments": "authorizationresources",
    "microsoft.authorization/roledefinitions": "authorizationresources",
    "microsoft.authorization/classicadministrators": "authorizationresources",
    "microsoft.authorization/policyassignments": "policyresources",
    "microsoft.authorization/policydefinitions": "policyresources",
    "microsoft.authorization/policysetdefinitions": "policyresources",
    "microsoft.authorization/policyexemptions": "policyresources",
    "microsoft.policyinsights/policystates": "policyresources",
    "microsoft.insights/datacollectionruleassociations": "insightresources",
    "microsoft.management/managementgroups": "resourcecontainers",
    "microsoft.resources/subscriptions": "resourcecontainers",
    "microsoft.resources/subscriptions/resourcegroups": "resourcecontainers",
    "microsoft.resourcehealth/availabilitystatuses": "healthresources",
    "microsoft.managedservices/registrationassignments": "managedserviceresources",
    "microsoft.managedservices/registrationdefinitions": "managedserviceresources",
    "microsoft.desktopvirtualization/hostpools/sessionhosts": "desktopvirtualizationresources",
    "microsoft.network/networkmanagerconnections": "networkresources",
    "microsoft.network/networkgroupmemberships": "networkresources",
    "microsoft.network/effectivesecurityadminrules": "networkresources",
    "microsoft.network/effectiveconnectivityconfigurations": "networkresources",
}

_TABLE_OF_PREFIX: Final = (
    ("microsoft.compute/virtualmachinescalesets/virtualmachines", "computeresources"),
    ("microsoft.network/firewallpolicies/", "networkresources"),
    ("microsoft.network/networkmanagers/", "networkresources"),
    ("microsoft.security/", "securityresources"),
    ("microsoft.guestconfiguration/", "guestconfigurationresources"),
    ("microsoft.compute/virtualmachines/patch", "patchassessmentresources"),
)

TABLES: Final = (
    "resources",
    *sorted({*_TABLE_OF_TYPE.values(), *(table for _, table in _TABLE_OF_PREFIX)}),
    "resourcechanges",
    "resourcecontainerchanges",
    "networkresourcechanges",
)


def table_of(kind: str) -> str | None:
    """The Resource Graph table with the rows of a (lower-case) type; None where Resource Graph has none of it."""
    if kind in TYPES_OUTSIDE_RESOURCE_GRAPH:
        return None
    if kind in _TABLE_OF_TYPE:
        return _TABLE_OF_TYPE[kind]
    found = next((table for prefix, table in _TABLE_OF_PREFIX if kind.startswith(prefix)), None)
    if found is not None:
        return found
    return "resources" if kind.count("/") == 1 or kind in _CHILDREN_IN_RESOURCES else None


@dataclass(frozen=True, slots=True)
class Place:
    """An ARM path or id, taken apart at its last provider.

    `scope` is what stands before it ("" for the tenant), `kind` the type in the spelling of the path, and `name` the
    last name, which a list has none of. `parent` is the path without that last name.
    """

    scope: str
    kind: str
    parent: str
    name: str | None

    @property
    def is_list(self) -> bool:
        return self.name is None


def place(path: str) -> Place:
    """Read a path or id. A subscription and a resource group are of the provider Microsoft.Resources.

    >>> place("/subscriptions/s/providers/Microsoft.Compute/virtualMachines").kind
    'Microsoft.Compute/virtualMachines'
    """
    segments = path.strip("/").split("/")
    start = _last_provider(segments)
    if start is None:
        kinds = segments[::2]
        named = len(segments) % 2 == 0
        parent = "/" + "/".join(segments[:-1] if named else segments)
        return Place("", "/".join(("Microsoft.Resources", *kinds)), parent, segments[-1] if named else None)
    scope = "".join(f"/{segment}" for segment in segments[:start])
    provider, *rest = segments[start + 1 :]
    named = len(rest) % 2 == 0 and bool(rest)
    parent = "/" + "/".join(segments[:-1] if named else segments)
    return Place(scope, "/".join((provider, *rest[::2])), parent, segments[-1] if named else None)


def _last_provider(segments: list[str]) -> int | None:
    """The position of the last `providers` that stands where a key stands."""
    found: int | None = None
    position = 0
    while position < len(segments):
        if segments[position].lower() == "providers":
            found = position
            position += 2  # the provider's name comes next, and then keys and names again
        else:
            position += 2
    return found


def subscription_of(resource_id: str) -> str:
    """The subscription that an id is in, or "" for what stands above subscriptions."""
    segments = resource_id.split("/")
    return segments[2].lower() if len(segments) > 2 and segments[1].lower() == "subscriptions" else ""


def resource_group_of(resource_id: str) -> str:
    """The resource group that an id is in, in the spelling of the id, or ""."""
    segments = resource_id.split("/")
    return segments[4] if len(segments) > 4 and segments[3].lower() == "resourcegroups" else ""
