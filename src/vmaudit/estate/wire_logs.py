"""Rows of Log Analytics as far as vmaudit reads them (azure-facts 4.2).

Columns have one spelling. What the service gives as a number or as JSON, the Azure CLI prints as a text.
"""

from typing import Any

import msgspec
from msgspec import field

from vmaudit.estate.wire_guards import JitGrantMachineRow


class ActivityRow(msgspec.Struct, gc=False):
    """A row of AzureActivity. One operation is several rows (Start, Accept, Success) with one `CorrelationId`."""

    time: str = field(name="TimeGenerated")
    status: str | None = field(default=None, name="ActivityStatusValue")
    caller: str | None = field(default=None, name="Caller")
    correlation: str | None = field(default=None, name="CorrelationId")
    event: str | None = field(default=None, name="EventDataId")
    subscription: str | None = field(default=None, name="SubscriptionId")
    workspace: str | None = field(default=None, name="TenantId")
    resource: str | None = field(default=None, name="_ResourceId")
    authorization: Any = field(default=None, name="Authorization_d")
    authorization_text: Any = field(default=None, name="Authorization")
    details: Any = field(default=None, name="Properties_d")
    details_text: Any = field(default=None, name="Properties")


class ArrivalRow(msgspec.Struct, gc=False):
    """What reached a workspace of a subscription's activity log on one day."""

    subscription: str = field(name="SubscriptionId")
    workspace: str = field(name="TenantId")
    category: str = field(name="CategoryValue")
    first: str = field(name="FirstTime")
    last: str = field(name="LastTime")


class InitiateBody(msgspec.Struct, gc=False, rename="camel"):
    """What a request for just-in-time access sends to Azure: its ports, and a justification if somebody gave one."""

    virtual_machines: tuple[JitGrantMachineRow, ...]
    justification: str | None = None
