"""What there is in the tenant: resources, the hierarchy above them, the directory, and the logs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from loopback.places import place, resource_group_of, subscription_of

Row = dict[str, Any]

TENANT_ID: Final = "72f988bf-0000-4000-8000-2d7cd011db47"
_MANAGEMENT_GROUP: Final = "microsoft.management/managementgroups"
_SUBSCRIPTION: Final = "microsoft.resources/subscriptions"
_RESOURCE_GROUP: Final = "microsoft.resources/subscriptions/resourcegroups"
_SINGLE: Final[dict[str, Row]] = {
    "policies/identitysecuritydefaultsenforcementpolicy": {
        "id": "00000000-0000-0000-0000-000000000005",
        "displayName": "Security Defaults",
        "isEnabled": False,
    },
    "policies/authenticationmethodspolicy": {
        "id": "authenticationMethodsPolicy",
        "authenticationMethodConfigurations": [],
    },
}
"""What every tenant has one of."""
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Held:
    """A resource as it is kept: encoded, because an estate of 100,000 machines has a gigabyte of them."""

    id: str
    kind: str
    """The type in lower case."""
    raw: bytes

    @property
    def row(self) -> Row:
        return msgspec.json.decode(self.raw)


@dataclass(slots=True)
class Directory:
    """Microsoft Graph's side: objects by id, who is in which group, and lists by their path under `/v1.0/`."""

    objects: dict[str, Row] = field(default_factory=dict[str, Row])
    members: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    owners: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    lists: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    single: dict[str, Row] = field(default_factory=lambda: {path: dict(row) for path, row in _SINGLE.items()})
    """What stands at a path (lower case) by itself, and not in a list."""
    unlicensed: set[str] = field(default_factory=set[str])
    """Paths (lower case, under `/v1.0/`) that answer `AadPremiumLicenseRequired`."""

    def add(self, kind: str, **values: Any) -> Row:
        """A `user`, `group`, `servicePrincipal` or `application`."""
        made = {"@odata.type": f"#microsoft.graph.{kind}", **values}
        self.objects[values["id"]] = made
        return made

    def transitive_members(self, group_id: str) -> list[Row]:
        """Everybody in a group and in the groups in it, each once."""
        found: dict[str, None] = {}
        waiting = list(self.members.get(group_id, ()))
        while waiting:
            member = waiting.pop(0)
            if member not in found:
                found[member] = None
                waiting.extend(self.members.get(member, ()))
        return [self.objects[member] for member in found if member in self.objects]


@dataclass(slots=True)
class LogTable:
    """A table of a workspace: the type of each column, and the rows."""

    columns: dict[str, str]
    rows: list[Row] = field(default_factory=list[Row])


@dataclass(slots=True)
class Workspace:
    """A Log Analytics workspace by its customer id."""

    tables: dict[str, LogTable] = field(default_factory=dict[str, LogTable])


class Tenant:
    """All that can be asked for. Subscriptions and resource groups that no row describes come with their resources."""

    def __init__(self, rows: Iterable[Row] = (), tenant_id: str = TENANT_ID) -> None:
        self.tenant_id = tenant_id
        self.root = f"/providers/Microsoft.Management/managementGroups/{tenant_id}"
        self.directory = Directory()
        self.workspaces: dict[str, Workspace] = {}
        self.version = 0
        """Goes up with each change, so that nothing old is served from a cache."""
        self._held: dict[str, Held] = {}
        self._by_kind: dict[str, dict[str, Held]] = {}
        self._above: dict[str, str] = {}
        self.add(self._management_group(tenant_id, "Tenant Root Group", None))
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Add a resource, or put a new one in the place of the one with its id."""
        resource_id = row["id"]
        kind = str(row.get("type") or place(resource_id).kind).lower()
        held = Held(resource_id, kind, _encode(row))
        self._held[resource_id.lower()] = held
        self._by_kind.setdefault(kind, {})[resource_id.lower()] = held
        self.version += 1
        if kind not in {_MANAGEMENT_GROUP, _SUBSCRIPTION, _RESOURCE_GROUP}:
            self._add_containers(resource_id)

    def remove(self, resource_id: str) -> None:
        held = self._held.pop(resource_id.lower())
        del self._by_kind[held.kind][resource_id.lower()]
        self.version += 1

    def get(self, resource_id: str) -> Held | None:
        return self._held.get(resource_id.lower())

    def of_kind(self, kind: str) -> Iterator[Held]:
        """Every resource of a (lower-case) type, in the order of arrival."""
        return iter(tuple(self._by_kind.get(kind, {}).values()))

    def __iter__(self) -> Iterator[Held]:
        return iter(tuple(self._held.values()))

    def __len__(self) -> int:
        return len(self._held)

    def add_management_group(self, name: str, display_name: str, under: str | None = None) -> str:
        """A management group below another one (the root if none is named). Gives its id."""
        row = self._management_group(name, display_name, under or self.tenant_id)
        self.add(row)
        return row["id"]

    def add_subscription(self, subscription: str, display_name: str, under: str | None = None) -> str:
        """A subscription below a management group. Gives its id."""
        groups = list(self._chain(under or self.tenant_id))
        chain = [{"name": name, "displayName": self._display_name(name)} for name in groups]
        resource_id = f"/subscriptions/{subscription}"
        self._above[resource_id.lower()] = under or self.tenant_id
        properties = {"state": "Enabled", "managementGroupAncestorsChain": chain}
        self.add({"id": resource_id, "name": display_name, "type": _SUBSCRIPTION, "properties": properties})
        return resource_id

    def subscriptions(self) -> Iterator[str]:
        """The id of each subscription in lower case, without `/subscriptions/`."""
        return (subscription_of(held.id) for held in self.of_kind(_SUBSCRIPTION))

    def subscriptions_under(self, management_group: str) -> set[str]:
        """The subscriptions in a management group and in those below it."""
        wanted = management_group.lower()
        return {
            name
            for name in self.subscriptions()
            if wanted
            in {group.lower() for group in self._chain(self._above.get(f"/subscriptions/{name}", self.tenant_id))}
        }

    def groups_right_under(self, management_group: str) -> Iterator[Held]:
        """The management groups whose parent is this one."""
        return (held for held in self.of_kind(_MANAGEMENT_GROUP) if self._is_parent(management_group, held))

    def subscriptions_right_under(self, management_group: str) -> Iterator[Held]:
        """The subscriptions that stand in this management group itself."""
        return (held for held in self.of_kind(_SUBSCRIPTION) if self._is_parent(management_group, held))

    def _is_parent(self, management_group: str, held: Held) -> bool:
        return self._above.get(held.id.lower(), "").lower() == management_group.lower()

    def scopes_above(self, scope: str) -> tuple[str, ...]:
        """The scopes that a scope inherits from, in lower case: groups, the subscription, management groups, the root."""
        found: list[str] = []
        segments = scope.lower().strip("/").split("/")
        if segments[0] == "subscriptions":
            subscription = f"/subscriptions/{segments[1]}"
            if len(segments) > 4:
                found.append(f"{subscription}/resourcegroups/{segments[3]}")
            if len(segments) > 2:
                found.append(subscription)
            groups = self._chain(self._above.get(subscription, self.tenant_id))
        else:
            groups = list(self._chain(segments[-1]))[1:]
        found.extend(f"/providers/microsoft.management/managementgroups/{group.lower()}" for group in groups)
        return (*found, "/")

    def _chain(self, management_group: str) -> Iterator[str]:
        """A management group and those above it, the nearest first."""
        name: str | None = management_group
        while name is not None:
            yield name
            name = self._above.get(self._group_id(name).lower())

    def _display_name(self, management_group: str) -> str:
        return self._held[self._group_id(management_group).lower()].row["properties"]["displayName"]

    def _management_group(self, name: str, display_name: str, under: str | None) -> Row:
        resource_id = self._group_id(name)
        if under is not None:
            self._above[resource_id.lower()] = under
        parent = None if under is None else {"id": self._group_id(under), "name": under}
        details = {"version": 1, "parent": parent}
        properties = {"tenantId": self.tenant_id, "displayName": display_name, "details": details}
        return {"id": resource_id, "name": name, "type": _MANAGEMENT_GROUP, "properties": properties}

    @staticmethod
    def _group_id(name: str) -> str:
        return f"/providers/Microsoft.Management/managementGroups/{name}"

    def _add_containers(self, resource_id: str) -> None:
        """The subscription and the resource group of a resource, where they are not there yet."""
        subscription = subscription_of(resource_id)
        if not subscription:
            return
        if f"/subscriptions/{subscription}" not in self._held:
            self.add_subscription(resource_id.split("/")[2], f"Subscription {subscription[:8]}")
        group = resource_group_of(resource_id)
        group_id = f"/subscriptions/{resource_id.split('/')[2]}/resourceGroups/{group}"
        if group and group_id.lower() not in self._held:
            row = {"id": group_id, "name": group, "type": _RESOURCE_GROUP, "location": "westeurope"}
            self.add(row | {"properties": {"provisioningState": "Succeeded"}})
