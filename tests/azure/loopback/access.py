"""Who asks, and what they may read."""

from dataclasses import dataclass, field

ALL_GRAPH_PERMISSIONS = frozenset(
    {
        "Policy.Read.All",
        "Directory.Read.All",
        "Member.Read.Hidden",
        "RoleManagement.Read.Directory",
        "RoleEligibilitySchedule.Read.Directory",
        "RoleAssignmentSchedule.Read.Directory",
        "RoleManagementPolicy.Read.Directory",
        "RoleManagementPolicy.Read.AzureADGroup",
        "PrivilegedEligibilitySchedule.Read.AzureADGroup",
        "PrivilegedAssignmentSchedule.Read.AzureADGroup",
        "AuditLog.Read.All",
        "AccessReview.Read.All",
    }
)


@dataclass(slots=True)
class Access:
    """What an identity may read: everything, less what a test takes away."""

    hidden: set[str] = field(default_factory=set[str])
    """Scopes (`/subscriptions/...`, a resource group, a management group) in lower case without any right."""
    denied: set[str] = field(default_factory=set[str])
    """Actions in lower case, such as `microsoft.network/networksecuritygroups/read`."""
    graph_permissions: set[str] = field(default_factory=lambda: set(ALL_GRAPH_PERMISSIONS))
    workspaces_denied: set[str] = field(default_factory=set[str])

    def hide(self, scope: str) -> None:
        """Take all rights at a scope and at what its id is the beginning of. Subscriptions in a management group stay."""
        self.hidden.add(scope.lower().rstrip("/"))

    def deny(self, action: str) -> None:
        """Take one action everywhere."""
        self.denied.add(action.lower())

    def hides(self, resource_id: str) -> bool:
        given = f"{resource_id.lower().rstrip('/')}/"
        return any(given.startswith(f"{scope}/") for scope in self.hidden)

    def reads_type(self, kind: str) -> bool:
        return f"{kind.lower()}/read" not in self.denied

    def reads(self, resource_id: str, kind: str) -> bool:
        """Whether the row of a resource is shown."""
        return self.reads_type(kind) and not self.hides(resource_id)


@dataclass(frozen=True, slots=True)
class Identity:
    """An app registration that signs in with a client secret."""

    client_id: str
    object_id: str
    secret: str
    access: Access = field(default_factory=Access)
