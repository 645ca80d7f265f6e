"""Which Azure Bastions cover a machine (azure-facts 5.9).

A Bastion covers the machines of its own virtual network and, unless its SKU is Developer, of every network that is
peered with that one directly. Both sides of a peering must be read: each can close it.
"""

from dataclasses import dataclass
from typing import Final

from vmaudit.assess.facts.case import Case
from vmaudit.estate.estate import Estate
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
    for network in case.networks:
        for host in _candidates(case, network):
            covers = _covers(case.estate, host, network)
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


def _covers(estate: Estate, host: BastionHost, network: Key) -> Read[bool]:
    if host.provisioning_state and host.provisioning_state.casefold() != "succeeded":
        return False
    linked = _linked(estate, host, network)
    if linked is True and not host.provisioning_state:
        return Unknown(f"the row of Bastion {host.name} does not give its state")
    return linked


def _linked(estate: Estate, host: BastionHost, network: Key) -> Read[bool]:
    if host.network is None:
        return Unknown(f"the row of Bastion {host.name} does not say which virtual network it serves")
    if host.network == network:
        return True
    if host.sku == "Developer":
        return False
    sides = (_lets_through(estate, network, host.network), _lets_through(estate, host.network, network))
    if False in sides:
        return False
    return next((side for side in (*sides, host.sku) if isinstance(side, Unknown)), True)


def _lets_through(estate: Estate, near: Key, far: Key) -> Read[bool]:
    """Whether the near side of the peering is connected and lets the far side's packets in."""
    network = estate.find(estate.networks, near, "virtual network")
    if isinstance(network, Unknown):
        return network
    return any(
        peering.remote_network == far and peering.connected and peering.allows_network_access
        for peering in network.peerings
    )
