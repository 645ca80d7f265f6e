"""Bastions as origins: which may reach a subnet, and under which addresses its machines see them (azure-facts 5.9)."""

from collections.abc import Iterator
from typing import Final

from vmaudit.addresses import NOTHING, PRIVATE, Intervals, union
from vmaudit.estate.bastions import bastions_near, peerings_to_bastions
from vmaudit.estate.estate import Estate
from vmaudit.estate.peerings import BASTION_SUBNET
from vmaudit.estate.resources import BastionHost, Key, VirtualNetwork
from vmaudit.exposure.meaning import Meaning, exactly
from vmaudit.exposure.paths import Origin, OriginKind
from vmaudit.exposure.surroundings import AZURE_HOST
from vmaudit.known import Unknown

UNNAMED: Final = Origin(OriginKind.BASTION)
"""A Bastion that nobody read."""


def bastion_origins(estate: Estate, subnet: Key) -> Iterator[tuple[Origin, Meaning]]:
    """The Bastions that reach a subnet, and one without a name where more may.

    A Bastion comes from its own subnet; the Developer SKU from Azure's host address.
    """
    known = bastions_near(estate, subnet)
    for host in known:
        yield Origin(OriginKind.BASTION, host.id), bastion_addresses(estate, host)
    network = estate.find(estate.networks, subnet.rpartition("/subnets/")[0], "virtual network")
    complete = estate.all_of("bastion_hosts")
    if isinstance(complete, Unknown):
        places = PRIVATE if isinstance(network, Unknown) else _places(estate, network, subnet)
        yield UNNAMED, Meaning(NOTHING, places, complete.reason)
    elif isinstance(network, Unknown) and len(known) < len(estate.bastions):
        yield UNNAMED, Meaning(NOTHING, PRIVATE, f"{network.reason}, and so neither are its peers with their Bastions")


def bastion_addresses(estate: Estate, host: BastionHost) -> Meaning:
    """The addresses that a machine sees a Bastion under."""
    if host.sku == "Developer":
        return exactly(AZURE_HOST)
    subnet = estate.find(estate.subnets, host.subnet or "", "the subnet of a Bastion")
    return Meaning(NOTHING, PRIVATE, subnet.reason) if isinstance(subnet, Unknown) else exactly(subnet.addresses)


def _places(estate: Estate, network: VirtualNetwork, subnet: Key) -> Intervals:
    """Where Bastions that were not read may stand: in subnets made for them, and one of the Developer SKU nowhere."""
    found = union(AZURE_HOST, _place_in(estate, network.key, network.addresses))
    for peering in peerings_to_bastions(estate, subnet):
        space = peering.remote_addresses
        found = union(
            found, _place_in(estate, peering.remote_network, PRIVATE if isinstance(space, Unknown) else space)
        )
    return found


def _place_in(estate: Estate, network: Key, space: Intervals) -> Intervals:
    key = f"{network}/subnets/{BASTION_SUBNET}"
    place = estate.subnets.get(key)
    if place is not None:
        return place.addresses
    body = estate.networks.get(network)
    return NOTHING if body is not None and key not in body.subnets else space
