"""Private Link services as ways into a network: for private endpoints in networks of others, also of other tenants."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Final

from vmaudit.assess import az
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Remedy
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import PrivateLinkService
from vmaudit.estate.resources import Key

TABLE: Final = "private_link_services"
_SERVICE: Final = "/privatelinkservices/"


def links_into(case: Case, network: Key) -> tuple[PrivateLinkService, ...]:
    """The Private Link services whose clients appear in a network."""
    return tuple(case.around.once(("private links",), partial(_by_network, case.estate)).get(network, ()))


def _by_network(estate: Estate) -> dict[Key, list[PrivateLinkService]]:
    found: dict[Key, list[PrivateLinkService]] = defaultdict(list)
    for key in sorted(estate.private_link_services):
        for network in estate.private_link_services[key].networks:
            found[network].append(estate.private_link_services[key])
    return found


def clients_of(service: PrivateLinkService) -> Iterator[Key]:
    """Who is connected: private endpoints by their keys, and the service's own key for anybody."""
    if service.approves_anybody:
        yield service.key
    yield from service.endpoints


def is_anybody(client: Key) -> bool:
    """Whether a client is not one private endpoint, but whoever asks a service for a connection."""
    return _SERVICE in client


def closed_to(service: PrivateLinkService, client: Key) -> Remedy:
    """What ends the connection of one client, or the approval of anybody."""
    if is_anybody(client):
        update = az.command("network private-link-service update", service.id, ("-n", service.name))
        says, fix = "connects whoever asks", f"{update} --auto-approval SUBSCRIPTION"
    else:
        options = (("--service-name", service.name), ("-n", "CONNECTION"), ("--connection-status", "Rejected"))
        says = f"is connected to {az.name_of(client)} in subscription {az.segment(client, 'subscriptions')}"
        fix = az.command("network private-link-service connection update", service.id, *options)
    return Remedy(resource=service.id, says=f"Private Link service {service.name} {says}", fix=fix, part=client)
