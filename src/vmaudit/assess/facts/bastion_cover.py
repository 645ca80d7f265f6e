"""Which Azure Bastions cover a machine (azure-facts 5.9).

A Bastion covers the machines of its own virtual network and, unless its SKU is Developer, of every network that is
peered with that one directly. Both sides of a peering must be read: each can close it, and each can take in only some
subnets (azure-facts 5.3), of which the machine's and the Bastion's must be.
"""

from dataclasses import dataclass
from typing import Final

from vmaudit.assess.facts.case import Case
from vmaudit.estate.estate import Estate
from vmaudit.estate.peerings import BASTION_SUBNET, is_open, subnet_name, takes_in
from vmaudit.estate.resources import BastionHost, Key
from vmaudit.known import Read, Unknown

TABLES: Final = (
    "virtual_machines",
    "network_interfaces",
    "virtual_networks",
    "virtual_network_peerings",
    "bastion_hosts",
)
WHOLE: Final = ("bastion_hosts",)

NO_BASTION: Final = Unknown("no Bastion is known to cover the machine")


@dataclass(frozen=True, slots=True)
class Cover:
    """The Bastions that cover a network for sure, and why there could be more; "" where these are all."""

    hosts: tuple[BastionHost, ...]
    more: str


def cover(case: Case) -> Read[Cover]:
    """The Bastions that cover the machine's network."""
    if isinstance(case.networks, Unknown):
        return case.networks
    whole = case.estate.all_of("bastion_hosts")
    more = whole.reason if isinstance(whole, Unknown) else ""
    hosts: dict[Key, BastionHost] = {}
    here = _subnets(case)
    for network in case.networks:
        for host in _candidates(case, network):
            covers = _covers(case.estate, host, network, here)
            if isinstance(covers, Unknown):
                more = more or covers.reason
            elif covers:
                hosts[host.key] = host
    return Cover(tuple(hosts[key] for key in sorted(hosts)), more)


def _candidates(case: Case, network: Key) -> tuple[BastionHost, ...]:
    """Where the network was read, its peers are known, and no Bastion elsewhere can cover it."""
    body = case.estate.networks.get(network)
    if body is None:
        return tuple(host for hosts in case.around.bastions.values() for host in hosts)
    near = dict.fromkeys((network, *(peering.remote_network for peering in body.peerings), None))
    return tuple(host for place in near for host in case.around.bastions.get(place, ()))


@dataclass(frozen=True, slots=True)
class _Subnets:
    """The names of the subnets that the machine is in, and why there could be more; "" where these are all."""

    names: frozenset[str]
    more: str


def _subnets(case: Case) -> _Subnets:
    places = [place.subnet for interface in case.interfaces for place in interface.ip_configurations]
    unread = next((place.reason for place in places if isinstance(place, Unknown)), case.unread_interfaces)
    return _Subnets(frozenset(subnet_name(place) for place in places if not isinstance(place, Unknown)), unread)


def _covers(estate: Estate, host: BastionHost, network: Key, here: _Subnets) -> Read[bool]:
    if host.provisioning_state and host.provisioning_state.casefold() != "succeeded":
        return False
    linked = _linked(estate, host, network, here)
    if linked is True and not host.provisioning_state:
        return Unknown(f"the row of Bastion {host.name} does not give its state")
    return linked


def _linked(estate: Estate, host: BastionHost, network: Key, here: _Subnets) -> Read[bool]:
    if host.network is None:
        return Unknown(f"the row of Bastion {host.name} does not say which virtual network it serves")
    if host.network == network:
        return True
    if host.sku == "Developer":
        return False
    there = _Subnets(frozenset({BASTION_SUBNET}), "")
    ends = ((network, here), (host.network, there))
    sides = (_lets_through(estate, *ends), _lets_through(estate, *reversed(ends)))
    if False in sides:
        return False
    return next((side for side in (*sides, host.sku) if isinstance(side, Unknown)), True)


def _lets_through(estate: Estate, near: tuple[Key, _Subnets], far: tuple[Key, _Subnets]) -> Read[bool]:
    """Whether the near side of the peering is connected, lets the far side's packets in, and takes in both subnets."""
    key, names = near
    network = estate.find(estate.networks, key, "virtual network")
    if isinstance(network, Unknown):
        return network
    open_ones = [peering for peering in network.peerings if peering.remote_network == far[0] and is_open(peering)]
    if any(takes_in(peering, names.names, far[1].names) for peering in open_ones):
        return True
    unread = names.more or far[1].more
    return Unknown(unread) if open_ones and unread else False
