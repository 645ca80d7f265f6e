"""Who asks: the ways to sign in that azure-identity knows."""

import threading
import time
from typing import TYPE_CHECKING, Any, Final

from vmaudit.collect.clouds import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.core.credentials import AccessToken, TokenCredential


class RenewableCredential:
    """A credential that can be made anew: azure-identity keeps a token that Azure does not take any more."""

    def __init__(self, make: "Callable[[], TokenCredential]") -> None:
        self._make = make
        self._inner = make()
        self._lock = threading.Lock()
        self.generation = 1

    def get_token(self, *scopes: str, **options: Any) -> "AccessToken":
        """A token, as azure-identity gives it."""
        return self._inner.get_token(*scopes, **options)

    def renew(self, generation: int) -> None:
        """Forget the tokens of a generation. Whoever comes second with the same one finds it done."""
        with self._lock:
            if generation == self.generation:
                self._inner = self._make()
                self.generation += 1


CREDENTIALS: Final = ("default", "azure-cli", "environment", "managed-identity", "workload-identity")
"""`environment` reads a client secret or certificate from azure-identity's own variables (AZURE_CLIENT_SECRET, ...)."""


def credential(
    kind: str, place: Place, *, tenant: str = "", client: str = "", sleep: "Callable[[float], None]" = time.sleep
) -> "TokenCredential":
    """A credential of azure-identity. Nothing is asked of anybody before the first token is needed.

    `client` is the client id of a user-assigned managed identity; `sleep` is how to wait between two tries.
    """
    from azure import identity  # noqa: PLC0415 - azure-identity takes half a second to load
    from vmaudit.collect.signing_in import SignInTransport  # noqa: PLC0415 - likewise

    on_transport = {"transport": SignInTransport(place, sleep)}
    at_authority: dict[str, Any] = {
        "authority": place.cloud.authority,
        "disable_instance_discovery": not place.cloud.known_authority,
        **on_transport,
    }
    match kind:
        case "azure-cli":
            return identity.AzureCliCredential(tenant_id=tenant)
        case "environment":
            return identity.EnvironmentCredential(**at_authority)
        case "managed-identity":
            return identity.ManagedIdentityCredential(client_id=client or None, **on_transport)
        case "workload-identity":
            return identity.WorkloadIdentityCredential(tenant_id=tenant or None, **at_authority)
        case _:
            return identity.DefaultAzureCredential(**at_authority)
