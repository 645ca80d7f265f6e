"""An Azure on this machine for tests: real SDK clients talk to it over TLS, and it answers as Azure does.

It executes the client's own KQL, counts quotas, pages, refuses and misbehaves on demand; what it can't do as Azure would,
it refuses. Nothing in it judges machines: it only keeps rows and gives them out.
"""

from loopback.access import Access, Identity
from loopback.faults import (
    Change,
    Cut,
    ExpireTokens,
    Fault,
    Replace,
    Say,
    Shorten,
    Skew,
    Wait,
    random_faults,
    throttling,
)
from loopback.ledger import Entry, Ledger
from loopback.server import Azure, serve
from loopback.tenant import Directory, LogTable, Tenant, Workspace

__all__ = [
    "Access",
    "Azure",
    "Change",
    "Cut",
    "Directory",
    "Entry",
    "ExpireTokens",
    "Fault",
    "Identity",
    "Ledger",
    "LogTable",
    "Replace",
    "Say",
    "Shorten",
    "Skew",
    "Tenant",
    "Wait",
    "Workspace",
    "random_faults",
    "serve",
    "throttling",
]
