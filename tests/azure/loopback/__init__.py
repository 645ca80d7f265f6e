"""An Azure on this machine for tests: real SDK clients talk to it over TLS, and it answers as Azure does.

It executes the client's own KQL, counts quotas, pages, refuses and misbehaves on demand; what it can't do as Azure would,
it refuses. Nothing in it judges machines: it only keeps rows and gives them out.
"""

from loopback.access import Access, Identity
from loopback.ledger import Entry, Ledger
from loopback.server import Azure, serve
from loopback.tenant import Tenant

__all__ = ["Access", "Azure", "Entry", "Identity", "Ledger", "Tenant", "serve"]
