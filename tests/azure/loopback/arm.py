"""Azure Resource Manager: GETs of lists and of single resources, answered from the tenant's rows."""

import base64
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import msgspec

from loopback import refusals
from loopback.access import Identity
from loopback.arm_lists import children, descendants, listed, subscription_body
from loopback.places import Place, place, subscription_of
from loopback.quota import Bucket, Ticks
from loopback.tenant import Held, Row, Tenant

_VERSION: Final = re.compile(r"\d{4}-\d{2}-\d{2}(-[a-z]+)?")
_GRAPH_ONLY: Final = frozenset({"tenantId", "subscriptionId", "resourceGroup"})


@dataclass(frozen=True, slots=True)
class Get:
    """A GET as it arrived. `raw_query` is the query string before its percent signs were read."""

    path: str
    query: Mapping[str, str]
    raw_query: str
    base: str


@dataclass(slots=True)
class Arm:
    """The service."""

    tenant: Tenant
    page: int = 100
    """Rows per page of a list."""
    ticks: Ticks = time.monotonic
    reads: int = 250
    reads_per_second: float = 25.0
    unregistered: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Subscription and provider, both in lower case, where the provider is not registered."""
    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict[tuple[str, str], Bucket])

    def answer(self, get: Get, identity: Identity) -> tuple[bytes, Mapping[str, str]]:
        """The body and the headers of an answer. Raises Refusal."""
        headers = self._count(get.path, identity)
        self._check(get)
        where = place(get.path)
        self._check_rights(where, get.path, identity)
        if where.is_list:
            return msgspec.json.encode(self._page(get, self._rows(where, get, identity))), headers
        return msgspec.json.encode(self._single(get, where)), headers

    def _count(self, path: str, identity: Identity) -> dict[str, str]:
        """Azure counts reads per subscription and principal, and those above subscriptions per tenant."""
        subscription = subscription_of(path)
        key = (identity.client_id, subscription)
        if key not in self._buckets:
            self._buckets[key] = Bucket(self.reads, self.reads_per_second, self.ticks)
        spent = self._buckets[key].spend()
        kind = "subscription" if subscription else "tenant"
        headers = {f"x-ms-ratelimit-remaining-{kind}-reads": str(spent.remaining)}
        if not spent.allowed:
            message = f"Number of 'read' requests for {kind} '{subscription or self.tenant.tenant_id}' actor '{identity.object_id}' exceeded. Please try again after '1' seconds after additional tokens are available."
            kept = headers | {"Retry-After": "1"}
            raise refusals.arm(429, f"{kind.capitalize()}RequestsThrottled", message, kept)
        return headers

    def _check(self, get: Get) -> None:
        version = get.query.get("api-version")
        if version is None:
            message = "The api-version query parameter (?api-version=) is required for all requests."
            raise refusals.arm(400, "MissingApiVersionParameter", message)
        if not _VERSION.fullmatch(version):
            raise refusals.arm(400, "InvalidApiVersionParameter", f"The api-version '{version}' is invalid.")
        if "(" in get.raw_query and "filter" in get.raw_query:
            raise refusals.arm(400, "InvalidUrl", "The request URL is invalid: parentheses must be percent-encoded.")

    def _check_rights(self, where: Place, path: str, identity: Identity) -> None:
        scope = where.scope or where.parent
        subscription = subscription_of(path)
        if subscription and self.tenant.get(f"/subscriptions/{subscription}") is None:
            raise refusals.arm(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
        provider = where.kind.split("/")[0]
        if (subscription, provider.lower()) in self.unregistered:
            message = f"The subscription is not registered to use namespace '{provider}'. See https://aka.ms/rps-not-found for how to register subscriptions."
            raise refusals.arm(409, "MissingSubscriptionRegistration", message)
        if not identity.access.reads_type(where.kind) or identity.access.hides(path):
            raise refusals.authorization_failed(identity.object_id, f"{where.kind}/read", scope)

    def _rows(self, where: Place, get: Get, identity: Identity) -> list[Row]:
        """The rows of a list, less those that the identity may not read."""
        kind = where.kind.lower()
        if kind == "microsoft.resources/tenants":
            return [{"id": f"/tenants/{self.tenant.tenant_id}", "tenantId": self.tenant.tenant_id}]
        if kind == "microsoft.management/managementgroups/descendants":
            return descendants(self.tenant, where.parent.split("/")[-2])
        found = listed(self.tenant, where, get.query.get("$filter", ""), identity)
        return [arm_body(held, self.tenant) for held in found if not identity.access.hides(held.id)]

    def _page(self, get: Get, rows: list[Row]) -> Mapping[str, Any]:
        """One page of a list. The link to the next one is complete, as Azure's are, and to be followed as it is."""
        offset = _offset(get.query.get("$skiptoken"))
        end = offset + self.page
        body: dict[str, Any] = {"value": rows[offset:end]}
        if end < len(rows):
            kept = "".join(
                f"&{quote(name, safe='$')}={quote(value, safe='')}"
                for name, value in get.query.items()
                if name != "$skiptoken"
            )
            token = base64.urlsafe_b64encode(str(end).encode()).decode()
            body["nextLink"] = f"{get.base}{quote(get.path)}?%24skiptoken={token}{kept}"
        return body

    def _single(self, get: Get, where: Place) -> Row:
        held = self.tenant.get(get.path)
        kind = where.kind.lower()
        if held is None:
            raise _not_found(where, get.path)
        body = arm_body(held, self.tenant)
        if kind == "microsoft.management/managementgroups" and get.query.get("$expand") == "children":
            body["properties"]["children"] = children(
                self.tenant, held.row["name"], recurse=get.query.get("$recurse", "").lower() == "true"
            )
        return body


def arm_body(held: Held, tenant: Tenant) -> Row:
    """A row as ARM gives it: the type in the spelling of its id, and nothing that only Resource Graph adds."""
    row = held.row
    if held.kind == "microsoft.resources/subscriptions":
        return subscription_body(row, tenant)
    made = {name: value for name, value in row.items() if name not in _GRAPH_ONLY}
    made["type"] = place(held.id).kind
    properties = made.get("properties")
    if isinstance(properties, dict) and held.kind == "microsoft.compute/virtualmachines":
        made["properties"] = {name: value for name, value in properties.items() if name != "extended"}
    return made


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()))
    except ValueError as error:
        raise refusals.arm(400, "InvalidSkipToken", "The skip token is invalid.") from error


def _not_found(where: Place, path: str) -> refusals.Refusal:
    """404: of a resource, of its group, or of what no provider has."""
    segments = path.strip("/").split("/")
    if "resourcegroups" in path.lower() and len(segments) == 4:
        return refusals.arm(404, "ResourceGroupNotFound", f"Resource group '{segments[3]}' could not be found.")
    kinds: Iterable[str] = (where.kind, where.name or "")
    return refusals.arm(404, "ResourceNotFound", f"The Resource '{'/'.join(kinds)}' was not found.")
