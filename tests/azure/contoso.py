"""Tenants to serve: Contoso, and estates of any size."""

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from loopback import Tenant
from loopback.log_tables import workspace

from vmaudit.demo.contoso import people
from vmaudit.demo.contoso import tenant as contoso_rows
from vmaudit.demo.landscape import HUB, SHOP, TENANT
from vmaudit.demo.stories import ADAM

Rows = Iterable[dict[str, Any]]

_OBJECTS: Final[Mapping[str, str]] = {
    "users": "user",
    "groups": "group",
    "service_principals": "servicePrincipal",
    "applications": "application",
}
_HANGING_ON: Final[Mapping[str, tuple[str, str]]] = {
    "group_members": ("groupId", "members"),
    "group_owners": ("groupId", "owners"),
    "application_owners": ("applicationId", "owners"),
}
_REVIEWS: Final = "identityGovernance/accessReviews/definitions"
_LISTS: Final[Mapping[str, str]] = {
    "conditional_access_policies": "identity/conditionalAccess/policies",
    "named_locations": "identity/conditionalAccess/namedLocations",
    "directory_role_definitions": "roleManagement/directory/roleDefinitions",
    "directory_role_eligibility_schedule_instances": "roleManagement/directory/roleEligibilityScheduleInstances",
    "access_reviews": _REVIEWS,
}
_SINGLE: Final[Mapping[str, str]] = {
    "security_defaults": "policies/identitysecuritydefaultsenforcementpolicy",
    "authentication_methods_policy": "policies/authenticationmethodspolicy",
}
LOGS: Final = "7c1d0000-2b5c-4a0c-9d2f-7b6c1d5e4f31"
"""The workspace that Contoso's logs go to."""


def contoso_resources() -> Tenant:
    """What stands in Contoso's subscriptions, without anybody who may act there."""
    return Tenant(contoso_rows(), TENANT)


def contoso() -> Tenant:
    """The demo tenant, all of it, each row with the service that answers it; and a workspace with a few rows of logs."""
    tenant = contoso_resources()
    for table, rows in people().items():
        _put(tenant, table, rows)
    _put_logs(tenant)
    return tenant


def _put(tenant: Tenant, table: str, rows: Rows) -> None:
    """Give the rows of a table to its service. Raises KeyError for a table of Microsoft Graph that has no place here."""
    directory = tenant.directory
    for row in rows:
        if table in _OBJECTS:
            directory.add(_OBJECTS[table], **row)
        elif table in _HANGING_ON:
            of, what = _HANGING_ON[table]
            getattr(directory, what).setdefault(row[of], []).extend(one["id"] for one in row[what])
        elif table in _SINGLE:
            directory.single[_SINGLE[table]] = row
        elif table == "access_review_instances":
            directory.lists[f"{_REVIEWS}/{row['definitionId']}/instances"] = row["instances"]
        elif row["id"].startswith("/"):
            # ARM's list goes by the type in the id: rows of policies say another one (azure-facts 2.2).
            tenant.add({name: value for name, value in row.items() if name != "type"})
        else:
            directory.lists.setdefault(_LISTS[table], []).append(row)


def _put_logs(tenant: Tenant) -> None:
    """A workspace of the hub, which the activity log of production goes to: yesterday Adam asked for access."""
    there = HUB.id("Microsoft.OperationalInsights/workspaces", "log-hub")
    properties = {"customerId": LOGS, "retentionInDays": 90}
    tenant.add(
        {"id": there, "name": "log-hub", "type": "microsoft.operationalinsights/workspaces"}
        | {"properties": properties}
    )
    tenant.workspaces[LOGS] = workspace()
    asked = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    policy = SHOP.id("Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies", "default")
    for status in ("Start", "Success"):
        tenant.workspaces[LOGS].tables["AzureActivity"].rows.append(
            {
                "TimeGenerated": asked,
                "OperationNameValue": "MICROSOFT.SECURITY/LOCATIONS/JITNETWORKACCESSPOLICIES/INITIATE/ACTION",
                "ActivityStatusValue": status,
                "CategoryValue": "Administrative",
                "Caller": ADAM,
                "CorrelationId": "0f5a7f3e-0000-4000-8000-000000000001",
                "SubscriptionId": SHOP.subscription,
                "TenantId": LOGS,
                "_ResourceId": policy.lower(),
                "Properties_d": {"eventProperties": {"User": ADAM, "Justification": "Security updates of the shop"}},
            }
        )


def generated(machines: int, seed: int = 1) -> Tenant:
    """An estate of the bench generator."""
    benchmarks = str(Path(__file__).parents[2] / "benchmarks")
    if benchmarks not in sys.path:
        sys.path.append(benchmarks)
    from generate import estate

    return Tenant(estate(machines, seed))
