"""A tenant whose logs are kept in workspaces."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from loopback import LogTable, Tenant, Workspace
from loopback.log_tables import LOG_COLUMNS

from collect.at_azure import machine

ONE: Final = "11111111-1111-4111-8111-111111111111"
HUB: Final = "0f5a7f3e-2b5c-4a0c-9d2f-7b6c1d5e4f30"
OTHER: Final = "7c1d0000-2b5c-4a0c-9d2f-7b6c1d5e4f31"
NOW: Final = datetime.now(UTC).replace(microsecond=0)
INITIATE: Final = "MICROSOFT.SECURITY/LOCATIONS/JITNETWORKACCESSPOLICIES/INITIATE/ACTION"
POLICY: Final = (
    f"/subscriptions/{ONE}/resourceGroups/RG/providers/Microsoft.Security/locations/westeurope/"
    "jitNetworkAccessPolicies/default"
)


def arm_id(name: str) -> str:
    return f"/subscriptions/{ONE}/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/{name}"


def ago(**length: float) -> str:
    return (NOW - timedelta(**length)).strftime("%Y-%m-%d %H:%M:%S.%f")


def activity(when: str, operation: str = INITIATE, workspace: str = HUB, **more: Any) -> dict[str, Any]:
    """A row of the activity log, for one that was granted."""
    return {
        "TimeGenerated": when,
        "OperationNameValue": operation,
        "ActivityStatusValue": "Success",
        "CategoryValue": "Administrative",
        "Caller": "jane@contoso.example",
        "CorrelationId": f"c-{when}",
        "SubscriptionId": ONE,
        "TenantId": workspace,
        "_ResourceId": POLICY.lower(),
        "Properties_d": {"eventProperties": {"User": "jane@contoso.example", "Justification": "patching"}},
    } | more


def with_logs(*rows: dict[str, Any], workspaces: tuple[str, ...] = (HUB,)) -> Tenant:
    """A tenant with a machine and with workspaces that have every table; the first holds these rows of the activity log."""
    tenant = Tenant([machine(1)])
    for name, workspace in zip(("law-hub", "law-other"), workspaces, strict=False):
        kind = "microsoft.operationalinsights/workspaces"
        tenant.add({"id": arm_id(name), "name": name, "type": kind, "properties": {"customerId": workspace}})
        tenant.workspaces[workspace] = Workspace({table: LogTable(dict(of)) for table, of in LOG_COLUMNS.items()})
    tenant.workspaces[workspaces[0]].tables["AzureActivity"].rows += rows
    return tenant
