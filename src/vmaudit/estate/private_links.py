"""Private Link services: from Azure's spellings to values (azure-facts 1.1; learn.microsoft.com, private-link-service).

All their clients appear under addresses of the service's own subnet. `visibility` says who may ask for a connection and
`autoApproval` who gets one at once; `*` in the latter is anybody.
"""

from msgspec import UNSET, UnsetType

from vmaudit.estate.front_doors import PrivateLinkService
from vmaudit.estate.machines import key_of
from vmaudit.estate.rows import Reference, RowUnreadableError
from vmaudit.estate.wire import Texts, Wire


class PlaceBody(Wire):
    """Where the addresses of a service are."""

    subnet: Reference | None = None


class PlaceRow(PlaceBody):
    """Where the addresses of a service are, nested or flat."""

    properties: PlaceBody | UnsetType = UNSET


class Subscriptions(Wire):
    """Those to which something applies; `*` for all."""

    subscriptions: Texts = None


class ConnectionState(Wire):
    """What became of a connection: Pending, Approved, Rejected or Disconnected."""

    status: str | None = None


class EndpointBody(Wire):
    """A connection of a private endpoint."""

    private_endpoint: Reference | None = None
    private_link_service_connection_state: ConnectionState | None = None


class EndpointRow(EndpointBody):
    """A connection of a private endpoint, nested or flat."""

    properties: EndpointBody | UnsetType = UNSET


class ServiceBody(Wire):
    """What a Private Link service says."""

    ip_configurations: tuple[PlaceRow, ...] | UnsetType | None = UNSET
    auto_approval: Subscriptions | None = None
    private_endpoint_connections: tuple[EndpointRow, ...] | None = None


class ServiceRow(ServiceBody, kw_only=True):
    """A Private Link service, nested or flat."""

    id: str
    properties: ServiceBody | UnsetType = UNSET


def read_private_link_service(row: ServiceRow) -> PrivateLinkService:
    """A Private Link service. Raises RowUnreadableError where its addresses were left out."""
    body: ServiceBody = row if isinstance(row.properties, UnsetType) else row.properties
    if isinstance(body.ip_configurations, UnsetType):
        raise RowUnreadableError("its addresses were left out (`az resource list` prints no properties)")
    places: list[PlaceBody] = [
        place if isinstance(place.properties, UnsetType) else place.properties for place in body.ip_configurations or ()
    ]
    ends: list[EndpointBody] = [
        end if isinstance(end.properties, UnsetType) else end.properties
        for end in body.private_endpoint_connections or ()
    ]
    return PrivateLinkService(
        id=row.id,
        subnets=tuple(dict.fromkeys(key for place in places if (key := key_of(place.subnet)))),
        approves_anybody="*" in ((body.auto_approval.subscriptions if body.auto_approval else None) or ()),
        endpoints=tuple(sorted(key for end in ends if _approved(end) and (key := key_of(end.private_endpoint)))),
    )


def _approved(end: EndpointBody) -> bool:
    state = end.private_link_service_connection_state
    return state is not None and (state.status or "").lower() == "approved"
