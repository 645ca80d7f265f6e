"""Which rows an ARM list holds: what is below a path, and for rights also what is at or above it."""

import re
from collections.abc import Iterator
from typing import Final

from loopback import refusals
from loopback.access import Identity
from loopback.places import Place, place, subscription_of
from loopback.tenant import Held, Row, Tenant

_KINDS_OF_LIST: Final = {
    "microsoft.security/jitnetworkaccesspolicies": "microsoft.security/locations/jitnetworkaccesspolicies",
    "microsoft.resources/resourcegroups": "microsoft.resources/subscriptions/resourcegroups",
    "microsoft.compute/virtualmachinescalesets/networkinterfaces": (
        "microsoft.compute/virtualmachinescalesets/virtualmachines/networkinterfaces"
    ),
    "microsoft.compute/virtualmachinescalesets/publicipaddresses": (
        "microsoft.compute/virtualmachinescalesets/virtualmachines/networkinterfaces/ipconfigurations/publicipaddresses"
    ),
}
"""Lists whose rows are of a longer type than the path of the list."""

_PIM: Final = frozenset(
    f"microsoft.authorization/role{what}schedule{part}"
    for what in ("eligibility", "assignment")
    for part in ("s", "instances", "requests")
)
_INHERITED: Final = frozenset(
    {
        "microsoft.authorization/roleassignments",
        "microsoft.authorization/roledefinitions",
        "microsoft.authorization/denyassignments",
    }
)
"""Listed with what comes from the scopes above."""
_SCOPED: Final = _PIM | _INHERITED
"""Rows that apply at a scope: listed at and below it, and filtered by principal or `atScope()`."""
_AT_SCOPE_ONLY: Final = frozenset(
    {
        "microsoft.authorization/rolemanagementpolicies",
        "microsoft.authorization/rolemanagementpolicyassignments",
        "microsoft.insights/diagnosticsettings",
        "microsoft.insights/datacollectionruleassociations",
        "microsoft.aadiam/diagnosticsettings",
    }
)
_PRINCIPAL: Final = re.compile(r"principalId eq '?([0-9a-fA-F-]{36})'?")
_ASSIGNED: Final = re.compile(r"assignedTo\('([0-9a-fA-F-]{36})'\)")


def listed(tenant: Tenant, where: Place, odata_filter: str, identity: Identity) -> Iterator[Held]:
    """The rows of a list. Raises Refusal for a filter that the list does not have."""
    kind = where.kind.lower()
    kind = _KINDS_OF_LIST.get(kind, kind)
    if kind in _SCOPED:
        yield from _scoped(tenant, where, kind, odata_filter, identity)
        return
    if odata_filter:
        raise refusals.arm(400, "InvalidFilter", f"The filter '{odata_filter}' is not supported for '{where.kind}'.")
    if kind in _AT_SCOPE_ONLY:
        yield from (held for held in tenant.of_kind(kind) if _own_scope(held) == where.scope.lower())
        return
    if kind == "microsoft.management/managementgroups/subscriptions":
        inside = tenant.subscriptions_under(where.parent.split("/")[-2])
        yield from (h for h in tenant.of_kind("microsoft.resources/subscriptions") if subscription_of(h.id) in inside)
        return
    yield from (held for held in tenant.of_kind(kind) if _is_below(held, where))


def _is_below(held: Held, where: Place) -> bool:
    """Whether a row is in a list: a child of the path, or a resource anywhere below the scope of the list."""
    nested = where.kind.count("/") > 1 and not where.kind.lower().startswith("microsoft.resources/")
    prefix = where.parent.rpartition("/")[0] if nested else where.scope
    return held.id.lower().startswith(f"{prefix.lower()}/")


def _own_scope(held: Held) -> str:
    return place(held.id).scope.lower()


def _scoped(tenant: Tenant, where: Place, kind: str, odata_filter: str, identity: Identity) -> Iterator[Held]:
    """Rights at a scope and below it, or at it and above with `atScope()`, of one principal where it is named."""
    scope = where.scope.lower() or "/"
    parts = [part.strip() for part in odata_filter.split(" and ") if part.strip()]
    principal: str | None = None
    at_scope = False
    for part in parts:
        found = _PRINCIPAL.fullmatch(part) or _ASSIGNED.fullmatch(part)
        if part == "atScope()":
            at_scope = True
        elif part == "asTarget()":
            principal = identity.object_id.lower()
        elif found is not None:
            principal = found.group(1).lower()
        else:
            raise refusals.arm(400, "InvalidFilter", f"The filter '{odata_filter}' is not supported.")
    above = (scope, *tenant.scopes_above(scope)) if scope != "/" else ("/",)
    for held in tenant.of_kind(kind):
        applies = scope_of_row(held)
        here = applies in above if at_scope else _at_or_below(applies, scope, tenant)
        if not here and kind in _INHERITED and not at_scope:
            here = applies in above
        if here and principal in {None, str(held.row.get("properties", {}).get("principalId", "")).lower()}:
            yield held


def scope_of_row(held: Held) -> str:
    """The scope that a right applies at: what it says itself, or else where its id stands."""
    scope = held.row.get("properties", {}).get("scope")
    return (scope if isinstance(scope, str) else place(held.id).scope).lower().rstrip("/") or "/"


def _at_or_below(applies: str, scope: str, tenant: Tenant) -> bool:
    if scope in {applies, "/"} or applies.startswith(f"{scope}/"):
        return True
    return applies != "/" and scope in tenant.scopes_above(applies)


def subscription_body(row: Row, tenant: Tenant) -> Row:
    """A subscription as ARM lists it."""
    name = row["id"].split("/")[2]
    return {
        "id": row["id"],
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": name,
        "tenantId": tenant.tenant_id,
        "displayName": row["name"],
        "state": row["properties"]["state"],
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
        },
    }


def children(tenant: Tenant, management_group: str, *, recurse: bool) -> list[Row]:
    """Management groups and subscriptions right below a group, and with `recurse` those below these."""
    found: list[Row] = []
    for group in tenant.groups_right_under(management_group):
        body = _child(group.id, "Microsoft.Management/managementGroups", group.row["properties"]["displayName"])
        if recurse:
            body["children"] = children(tenant, group.row["name"], recurse=True)
        found.append(body)
    under = tenant.subscriptions_right_under(management_group)
    return [*found, *(_child(held.id, "/subscriptions", held.row["name"]) for held in under)]


def _child(resource_id: str, kind: str, display_name: str) -> Row:
    return {"id": resource_id, "type": kind, "name": resource_id.rpartition("/")[2], "displayName": display_name}


def descendants(tenant: Tenant, management_group: str) -> list[Row]:
    """All management groups and subscriptions below a group, each with its parent."""
    found: list[Row] = []
    parent = {"id": f"/providers/Microsoft.Management/managementGroups/{management_group}"}
    for child in children(tenant, management_group, recurse=False):
        kind = "Microsoft.Management/managementGroups" + ("" if child["type"] != "/subscriptions" else "/subscriptions")
        properties = {"displayName": child["displayName"], "parent": parent}
        found.append({"id": child["id"], "type": kind, "name": child["name"], "properties": properties})
        if child["type"] != "/subscriptions":
            found.extend(descendants(tenant, child["name"]))
    return found
