"""Rows of the activity log, as Log Analytics gives them and as the Azure CLI prints them."""

import json
from datetime import UTC, datetime
from typing import Any, Final

HUB: Final = "0f5a7f3e-2b5c-4a0c-9d2f-7b6c1d5e4f30"
SUBSCRIPTION: Final = "00000000-0000-0000-0000-000000000001"
POLICY: Final = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Security/locations/westeurope/"
    "jitNetworkAccessPolicies/default"
)
WEB: Final = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web"


def at(time: str) -> datetime:
    return datetime.fromisoformat(time).replace(tzinfo=UTC)


def body(
    *, number: int = 22, source: str = "203.0.113.7", ends: str = "2026-11-10T12:00:00Z", why: str | None = ""
) -> str:
    """What a request sends, as text; `why=None` leaves the justification out."""
    port = {"number": number, "allowedSourceAddressPrefix": source, "endTimeUtc": ends}
    said = {} if why is None else {"justification": why}
    return json.dumps({"virtualMachines": [{"id": WEB, "ports": [port]}]} | said)


def logged(time: str = "2026-11-10T10:00:00Z", status: str = "Success", **more: Any) -> dict[str, Any]:
    """One row about a request."""
    return {
        "TimeGenerated": time,
        "OperationNameValue": "MICROSOFT.SECURITY/LOCATIONS/JITNETWORKACCESSPOLICIES/INITIATE/ACTION",
        "ActivityStatusValue": status,
        "Caller": "jane@contoso.com",
        "CorrelationId": "c1",
        "SubscriptionId": SUBSCRIPTION,
        "TenantId": HUB,
        "_ResourceId": POLICY.lower(),
        "Properties_d": {"eventProperties": {"User": "jane@contoso.com", "Justification": "patching"}},
    } | more


def day(date: str, category: str = "Administrative", workspace: str = HUB) -> dict[str, Any]:
    """What arrived on one day, from eight to eighteen."""
    return {
        "TenantId": workspace,
        "SubscriptionId": SUBSCRIPTION,
        "CategoryValue": category,
        "Day": f"{date}T00:00:00Z",
        "Rows": 5,
        "FirstTime": f"{date}T08:00:00Z",
        "LastTime": f"{date}T18:00:00Z",
    }
