"""Microsoft Graph v1.0: lists, members of groups, and objects by id."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import msgspec

from loopback import odata, refusals
from loopback.access import Identity
from loopback.quota import Window
from loopback.tenant import Row, Tenant

_KINDS: Final = {
    "users": "#microsoft.graph.user",
    "groups": "#microsoft.graph.group",
    "serviceprincipals": "#microsoft.graph.servicePrincipal",
    "applications": "#microsoft.graph.application",
}
_DIRECTORY: Final = frozenset({"Directory.Read.All"})
_PERMISSIONS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("identity/conditionalaccess/", frozenset({"Policy.Read.All"})),
    ("policies/rolemanagementpolicyassignments", frozenset({"RoleManagementPolicy.Read.Directory", "RoleManagement.Read.Directory"})),
    ("policies/", frozenset({"Policy.Read.All"})),
    ("rolemanagement/directory/roleeligibilityscheduleinstances", frozenset({"RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory"})),
    ("rolemanagement/directory/roleassignmentscheduleinstances", frozenset({"RoleAssignmentSchedule.Read.Directory", "RoleManagement.Read.Directory"})),
    ("rolemanagement/directory/", frozenset({"RoleManagement.Read.Directory"}) | _DIRECTORY),
    ("identitygovernance/privilegedaccess/group/eligibility", frozenset({"PrivilegedEligibilitySchedule.Read.AzureADGroup"})),
    ("identitygovernance/privilegedaccess/group/assignment", frozenset({"PrivilegedAssignmentSchedule.Read.AzureADGroup"})),
    ("identitygovernance/accessreviews/", frozenset({"AccessReview.Read.All"})),
    ("auditlogs/", frozenset({"AuditLog.Read.All"})),
    ("reports/", frozenset({"AuditLog.Read.All"})),
    ("", _DIRECTORY),
)  # fmt: skip
"""Any one of these permissions is enough for the paths that begin so; the first that fits counts."""

_GROUP_POLICIES: Final = frozenset({"RoleManagementPolicy.Read.AzureADGroup"})
_NEEDS_FILTER: Final = {
    "identitygovernance/privilegedaccess/group/eligibilityscheduleinstances": {"groupId", "principalId"},
    "identitygovernance/privilegedaccess/group/assignmentscheduleinstances": {"groupId", "principalId"},
    "policies/rolemanagementpolicyassignments": {"scopeId", "scopeType"},
}
"""Lists that are refused without a filter on one of these properties (policies: on both)."""
_EVERYWHERE: Final = (
    "directoryroles",
    "identity/conditionalaccess/policies",
    "identity/conditionalaccess/namedlocations",
    "identitygovernance/accessreviews/definitions",
    "policies/authenticationstrengthpolicies",
    "reports/authenticationmethods/userregistrationdetails",
    "rolemanagement/directory/roledefinitions",
    "rolemanagement/directory/roleassignments",
    "rolemanagement/directory/roleassignmentscheduleinstances",
    "rolemanagement/directory/roleeligibilityscheduleinstances",
    *_NEEDS_FILTER,
)
"""Lists that every tenant has, though nothing may be in them."""

_EXPANDABLE: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "rolemanagement/directory/roleeligibilityscheduleinstances": {"principal": (), "roleDefinition": ()},
    "rolemanagement/directory/roleassignmentscheduleinstances": {"principal": (), "roleDefinition": ()},
    "rolemanagement/directory/roleassignments": {"principal": (), "roleDefinition": ()},
    "policies/rolemanagementpolicyassignments": {"policy": ("rules", "effectiveRules")},
}
_SLOW: Final = ("identity/conditionalaccess/policies", "identity/conditionalaccess/namedlocations")
_COSTS: Final = (("directoryobjects/getbyids", 3), ("/transitivemembers", 5))
_PAGE, _LARGEST_PAGE = 100, 999


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to Graph: the path after `/v1.0/` in lower case and as it came, and its options."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    base: str

    @property
    def key(self) -> str:
        return self.path.lower().rstrip("/")


@dataclass(slots=True)
class MicrosoftGraph:
    """The service."""

    tenant: Tenant
    page: int = _PAGE
    conditional_access: Window = field(default_factory=lambda: Window(1, 1.0))
    """One request a second for the whole tenant, and no Retry-After."""
    reports: Window = field(default_factory=lambda: Window(5, 10.0))
    resource_units: Window = field(default_factory=lambda: Window(3500, 10.0))

    def get(self, asked: Asked, identity: Identity) -> tuple[bytes, Mapping[str, str]]:
        """A list or an object. Raises Refusal."""
        headers = self._count(asked.key)
        self._check(asked, identity)
        segments = asked.path.strip("/").split("/")
        kind = segments[0].lower()
        if kind in _KINDS and len(segments) == 2:
            return msgspec.json.encode(self._object(segments[1], asked)), headers
        if asked.key in self.tenant.directory.single:
            return msgspec.json.encode(self.tenant.directory.single[asked.key]), headers
        rows = self._rows(asked, identity, segments)
        return msgspec.json.encode(self._page(asked, rows)), headers

    def by_ids(self, body: bytes, identity: Identity) -> tuple[bytes, Mapping[str, str]]:
        """`POST /directoryObjects/getByIds`: ids that are not there are left out without a word."""
        headers = self._count("directoryobjects/getbyids")
        self._permit(identity, _DIRECTORY, "")
        request = msgspec.json.decode(body)
        ids, kinds = request.get("ids", []), {kind.lower() for kind in request.get("types") or ()}
        if not isinstance(ids, list) or not 1 <= len(ids) <= 1000:
            raise refusals.microsoft_graph(400, "Request_BadRequest", "The number of ids must be from 1 to 1000.")
        found = [row for name in ids if (row := self.tenant.directory.objects.get(name)) is not None]
        shown = [row for row in found if not kinds or row["@odata.type"].rpartition(".")[2].lower() in kinds]
        value = [odata.of_course(row) for row in shown]
        return msgspec.json.encode({"@odata.context": "#directoryObjects", "value": value}), headers

    def _count(self, key: str) -> dict[str, str]:
        if key.startswith(_SLOW):
            if not self.conditional_access.spend().allowed:
                raise refusals.microsoft_graph(429, "TooManyRequests", "Too many requests.")
            return {}
        if key.startswith("auditlogs/"):
            spent = self.reports.spend()
            if not spent.allowed:
                seconds = {"Retry-After": str(int(spent.resets_after) + 1)}
                raise refusals.microsoft_graph(429, "TooManyRequests", "Too many requests.", seconds)
            return {}
        cost = next((cost for part, cost in _COSTS if part in key), 1)
        spent = self.resource_units.spend(cost)
        if not spent.allowed:
            seconds = {"Retry-After": str(int(spent.resets_after) + 1)}
            raise refusals.microsoft_graph(429, "TooManyRequests", "Too many requests.", seconds)
        return {"x-ms-resource-unit": str(cost)}

    def _check(self, asked: Asked, identity: Identity) -> None:
        """Rights first, then the licence, then the options that a list can't do without."""
        needed = next(permissions for prefix, permissions in _PERMISSIONS if asked.key.startswith(prefix))
        odata_filter = asked.query.get("$filter", "")
        if asked.key == "policies/rolemanagementpolicyassignments" and "'Group'" in odata_filter:
            needed = _GROUP_POLICIES
        if asked.key.endswith(("/transitivemembers", "/members")):
            needed = needed | {"GroupMember.Read.All"}
        self._permit(identity, needed, asked.key)
        if "signInActivity" in asked.query.get("$select", ""):
            self._permit(identity, frozenset({"AuditLog.Read.All"}), asked.key)
        if any(asked.key.startswith(path.lower()) for path in self.tenant.directory.unlicensed):
            message = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."
            raise refusals.microsoft_graph(400, "AadPremiumLicenseRequired", message)
        wanted = _NEEDS_FILTER.get(asked.key)
        compared = odata.fields_compared(odata_filter)
        missing = wanted is not None and not (wanted & compared)
        if missing or (asked.key.startswith("policies/rolem") and wanted is not None and not wanted <= compared):
            raise refusals.microsoft_graph(400, "MissingParameters", "The required $filter is missing.")

    def _permit(self, identity: Identity, needed: frozenset[str], key: str) -> None:
        if needed & identity.access.graph_permissions:
            return
        if key.startswith(("identity/conditionalaccess/", "policies/")):
            message = "You cannot perform the requested operation, required scopes are missing in the token."
            raise refusals.microsoft_graph(403, "AccessDenied", message)
        message = "Insufficient privileges to complete the operation."
        raise refusals.microsoft_graph(403, "Authorization_RequestDenied", message)

    def _object(self, name: str, asked: Asked) -> Row:
        row = self.tenant.directory.objects.get(name)
        if row is None or row["@odata.type"] != _KINDS[asked.key.split("/")[0]]:
            message = (
                f"Resource '{name}' does not exist or one of its queried reference-property objects are not present."
            )
            raise refusals.microsoft_graph(404, "Request_ResourceNotFound", message)
        return odata.selected(row, asked.query.get("$select", ""))

    def _rows(self, asked: Asked, identity: Identity, segments: list[str]) -> list[Row]:
        directory = self.tenant.directory
        kind = segments[0].lower()
        if kind in _KINDS and len(segments) == 3 and segments[2].lower() == "owners":
            return self._owners(asked, identity, segments[1])
        if kind == "groups" and len(segments) >= 3:
            return self._members(asked, identity, segments)
        if kind in _KINDS and len(segments) == 1:
            found = [row for row in directory.objects.values() if row["@odata.type"] == _KINDS[kind]]
        else:
            lists = {path.lower(): rows for path, rows in directory.lists.items()}
            lists = {path: list[Row]() for path in _EVERYWHERE} | lists
            if asked.key not in lists:
                message = f"Resource not found for the segment '{segments[-1]}'."
                raise refusals.microsoft_graph(400, "BadRequest", message)
            found = lists[asked.key]
        keep = odata.matching(asked.query.get("$filter", ""))
        expandable, expand = _EXPANDABLE.get(asked.key, {}), asked.query.get("$expand", "")
        return [odata.expanded(row, expandable, expand) for row in found if keep(row)]

    def _members(self, asked: Asked, identity: Identity, segments: list[str]) -> list[Row]:
        """Members of a group: only type and id where more may not be read, nothing where membership is hidden."""
        directory = self.tenant.directory
        group = self._object(segments[1], Asked("groups", {}, {}, ""))
        which = segments[2].lower()
        if which == "transitivemembers":
            found = directory.transitive_members(segments[1])
        elif which == "members":
            found = [
                directory.objects[name] for name in directory.members.get(segments[1], ()) if name in directory.objects
            ]
        else:
            found = directory.lists.get(f"groups/{segments[1]}/{segments[2]}", [])
        allowed = identity.access.graph_permissions
        if group.get("visibility") == "HiddenMembership" and "Member.Read.Hidden" not in allowed:
            return []
        if len(segments) == 4:
            if asked.headers.get("consistencylevel") != "eventual" or asked.query.get("$count") != "true":
                raise refusals.microsoft_graph(
                    400, "Request_UnsupportedQuery", "The cast needs advanced query parameters."
                )
            found = [row for row in found if row["@odata.type"] == f"#{segments[3]}"]
        if "Directory.Read.All" not in allowed:
            return [{"@odata.type": row["@odata.type"], "id": row["id"]} for row in found]
        return found

    def _owners(self, asked: Asked, identity: Identity, name: str) -> list[Row]:
        directory = self.tenant.directory
        self._object(name, Asked(asked.path.split("/")[0], {}, {}, ""))
        found = [directory.objects[owner] for owner in directory.owners.get(name, ())]
        if "Directory.Read.All" not in identity.access.graph_permissions:
            return [{"@odata.type": row["@odata.type"], "id": row["id"]} for row in found]
        return found

    def _page(self, asked: Asked, rows: list[Row]) -> Mapping[str, Any]:
        """One page, and the whole address of the next one."""
        largest = 500 if "signInActivity" in asked.query.get("$select", "") else _LARGEST_PAGE
        top = int(asked.query.get("$top", self.page))
        if not 1 <= top <= largest:
            raise refusals.microsoft_graph(
                400,
                "Request_BadRequest",
                f"Invalid page size specified: '{top}'. Must be between 1 and {largest} inclusive.",
            )
        token = asked.query.get("$skiptoken")
        offset = int(base64.urlsafe_b64decode(token.encode())) if token else 0
        end = offset + top
        select = asked.query.get("$select", "")
        body: dict[str, Any] = {
            "@odata.context": f"{asked.base}/v1.0/$metadata#{asked.path}",
            "value": [odata.selected(row, select) for row in rows[offset:end]],
        }
        if asked.query.get("$count") == "true":
            body["@odata.count"] = len(rows)
        if end < len(rows):
            kept = {name: value for name, value in asked.query.items() if name != "$skiptoken"}
            kept["$skiptoken"] = base64.urlsafe_b64encode(str(end).encode()).decode()
            options = "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in kept.items())
            body["@odata.nextLink"] = f"{asked.base}/v1.0/{quote(asked.path)}?{options}"
        return body
