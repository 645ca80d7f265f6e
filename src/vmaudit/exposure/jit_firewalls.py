"""Azure Firewalls that a machine stands behind, and whether just-in-time access can work them (azure-facts 5.12).

Just-in-time access writes rules into classic firewalls. It does not work where a firewall policy runs the firewall.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from vmaudit.addresses import NOTHING, Intervals, address_number, normalised, overlaps, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AzureFirewall
from vmaudit.estate.resources import Key, NetworkInterface, RouteTable
from vmaudit.known import Read, Unknown

_COLLECTION: Final = re.compile(r"(?:MDC|ASC)-JIT", re.IGNORECASE)
_APPLIANCE: Final = "virtualappliance"


@dataclass(frozen=True, slots=True)
class FirewallBefore:
    """An Azure Firewall on a machine's way; `collections` are the DNAT collections that just-in-time access wrote."""

    firewall: str
    managed_by_policy: bool
    collections: tuple[str, ...]

    @property
    def name(self) -> str:
        """The firewall's name."""
        return self.firewall.rpartition("/")[2]


class FirewallsBefore:
    """The Azure Firewalls that subnets send their packets through; each route table is followed once per network."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._known: dict[tuple[Key, Key], Read[tuple[FirewallBefore, ...]]] = {}

    def of(self, interfaces: Iterable[NetworkInterface]) -> Read[tuple[FirewallBefore, ...]]:
        """The firewalls behind which the interfaces of one machine stand; unknown where a route can't be followed.

        A subnet without a route table of its own sends nothing through a firewall, unless a virtual hub tells it to.
        """
        found: dict[FirewallBefore, None] = {}
        doubt: Unknown | None = None
        for subnet in {place.subnet: None for interface in interfaces for place in interface.ip_configurations}:
            before = subnet if isinstance(subnet, Unknown) else self._before(subnet)
            if isinstance(before, Unknown):
                doubt = doubt or before
            else:
                found |= dict.fromkeys(before)
        return doubt or tuple(found)

    def _before(self, subnet: Key) -> Read[tuple[FirewallBefore, ...]]:
        body = self._estate.find(self._estate.subnets, subnet, "subnet")
        if isinstance(body, Unknown):
            return body
        if body.route_table is None:
            return ()
        place = (body.route_table, body.network)
        if place not in self._known:
            self._known[place] = self._on_the_way(*place)
        return self._known[place]

    def _on_the_way(self, route_table: Key, network: Key) -> Read[tuple[FirewallBefore, ...]]:
        table = self._estate.find(self._estate.route_tables, route_table, "route table")
        if isinstance(table, Unknown):
            return table
        hops = _appliances(table)
        if not hops:
            return ()
        found: dict[FirewallBefore, None] = {}
        doubts: list[str] = []
        for firewall in self._firewalls_near(network):
            place = self._estate.find(self._estate.subnets, firewall.subnet or "", "the subnet of an Azure Firewall")
            if isinstance(place, Unknown):
                doubts.append(place.reason)
            elif overlaps(place.addresses, hops):
                found[_before(firewall)] = None
        complete = self._estate.all_of("azure_firewalls")
        if isinstance(complete, Unknown):
            doubts.append(complete.reason)
        if doubts and not found:
            return Unknown(f"whether route table {table.name} leads to an Azure Firewall: {doubts[0]}")
        return tuple(found)

    def _firewalls_near(self, network: Key) -> Iterator[AzureFirewall]:
        """The firewalls in a network and in its peers; all that are in some network, where the peers were not read."""
        here = self._estate.networks.get(network)
        near = {network, *(peering.remote_network for peering in here.peerings)} if here else None
        for firewall in self._estate.firewalls.values():
            if firewall.subnet and (near is None or firewall.subnet.rpartition("/subnets/")[0] in near):
                yield firewall


def _appliances(table: RouteTable) -> Intervals:
    """The addresses of the appliances that a table routes to."""
    hops = (hop for _, kind, hop in table.routes if kind.lower() == _APPLIANCE)
    return normalised(pair for hop in hops for pair in _address(hop))


def _address(text: str) -> Intervals:
    """One address as a set; nothing for what is no address, to which Azure would not route."""
    try:
        return single(address_number(text))
    except ValueError:
        return NOTHING


def _before(firewall: AzureFirewall) -> FirewallBefore:
    names = dict.fromkeys(rule.collection for rule in firewall.rules if _COLLECTION.match(rule.collection))
    return FirewallBefore(firewall.id, firewall.policy is not None, tuple(names))
