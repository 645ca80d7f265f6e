"""What the words of a rule mean at one subnet: tags and application security groups as sets (azure-facts 5.2)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from vmaudit.addresses import (
    ANY_ADDRESS,
    NOTHING,
    PRIVATE,
    PUBLIC,
    Intervals,
    covers,
    difference,
    normalised,
    overlaps,
    prefixes,
    union,
)
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Key, Peers, VirtualNetwork
from vmaudit.known import Read, Unknown

AZURE_HOST: Final = prefixes(("168.63.129.16",))
"""Azure's own address in every virtual network; it is a part of the tag VirtualNetwork."""
_HEALTH_PROBES: Final = prefixes(("168.63.129.16", "fe80::1234:5678:9abc"))

CLOUD_WIDE_TAG: Final = "azurecloud"
_SURELY_AZURE: Final = prefixes(("13.64.0.0/11", "40.64.0.0/10", "52.224.0.0/11"))
"""Blocks that Microsoft holds whole for Azure: enough to show that AzureCloud lets strangers' machines in."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A set between bounds: all of `must` belongs to it, nothing outside `may` does; `doubt` says what is open."""

    must: Intervals
    may: Intervals
    doubt: str = ""

    def __or__(self, other: "Meaning") -> "Meaning":
        """What is in either."""
        return Meaning(union(self.must, other.must), union(self.may, other.may), self.doubt or other.doubt)


def exactly(addresses: Intervals) -> Meaning:
    """A set that is known exactly."""
    return Meaning(addresses, addresses)


_NONE: Final = exactly(NOTHING)


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The network around one subnet, as far as the evidence shows it."""

    estate: Estate
    network: Key | None
    subnet_addresses: Read[Intervals]
    virtual_network: Meaning

    @cached_property
    def internet(self) -> Meaning:
        """The tag Internet: public addresses outside of the virtual network (azure-facts 5.2)."""
        inside = self.virtual_network
        return Meaning(difference(PUBLIC, inside.may), difference(PUBLIC, inside.must), inside.doubt)

    @cached_property
    def _meanings(self) -> dict[Peers, Meaning]:
        return {}

    def meaning(self, side: Peers) -> Meaning:
        """The addresses that one side of a rule stands for."""
        found = self._meanings.get(side)
        if found is None:
            found = exactly(side.addresses)
            for tag in side.tags:
                found |= self.tag(tag)
            for group in side.application_security_groups:
                found |= self._members(group)
            self._meanings[side] = found
        return found

    def tag(self, tag: str) -> Meaning:
        """A service tag. Without data it may hold anything, and the reason says so."""
        name = tag.lower()
        if name == "virtualnetwork":
            return self.virtual_network
        if name == "internet":
            return self.internet
        if name == "azureloadbalancer":
            return exactly(_HEALTH_PROBES)
        if name == CLOUD_WIDE_TAG:
            return Meaning(_SURELY_AZURE, PUBLIC, "the addresses of service tag AzureCloud are not in the evidence")
        return Meaning(NOTHING, ANY_ADDRESS, f"the addresses of service tag {tag} are not in the evidence")

    def _members(self, group: Key) -> Meaning:
        """The addresses in an application security group; all its members are in one network (azure-facts 5.4)."""
        known = normalised(
            (address, address)
            for network, address in self.estate.group_members.get(group, ())
            if self.network in (None, network)
        )
        complete = self.estate.all_of("network_interfaces")
        if isinstance(complete, Unknown):
            name = group.rpartition("/")[2]
            return Meaning(
                known, self.virtual_network.may, f"members of group {name} may be missing: {complete.reason}"
            )
        return exactly(known)


def surroundings(estate: Estate, subnet: Read[Key]) -> Surroundings:
    """The network around a subnet."""
    if isinstance(subnet, Unknown):
        return Surroundings(estate, None, subnet, Meaning(AZURE_HOST, ANY_ADDRESS, subnet.reason))
    found = estate.find(estate.subnets, subnet, "subnet")
    network_key = subnet.rpartition("/subnets/")[0]
    addresses: Read[Intervals] = found if isinstance(found, Unknown) else found.addresses
    inside = _virtual_network(estate, network_key)
    if not isinstance(addresses, Unknown):
        inside |= exactly(addresses)
    return Surroundings(estate, network_key, addresses, inside | _routed(estate, subnet))


def _virtual_network(estate: Estate, key: Key) -> Meaning:
    """The tag VirtualNetwork without routes: own space, peers, what is behind gateways, and Azure's host address."""
    network = estate.find(estate.networks, key, "virtual network")
    if isinstance(network, Unknown):
        return Meaning(AZURE_HOST, ANY_ADDRESS, network.reason)
    inside = exactly(union(AZURE_HOST, network.addresses))
    for peering in network.peerings:
        if peering.connected and peering.allows_network_access:
            inside |= _peer(estate, peering.remote_network, peering.remote_addresses)
    return inside | _on_premises(network)


def _peer(estate: Estate, key: Key, given: Read[Intervals]) -> Meaning:
    if not isinstance(given, Unknown):
        return exactly(given)
    remote = estate.networks.get(key)
    return exactly(remote.addresses) if remote else Meaning(NOTHING, ANY_ADDRESS, given.reason)


def _on_premises(network: VirtualNetwork) -> Meaning:
    """Behind a gateway, own or a peer's, may be any private address: which ones is not in the evidence."""
    own = any(key.endswith("/subnets/gatewaysubnet") for key in network.subnets)
    if own or any(peering.uses_remote_gateways for peering in network.peerings):
        return Meaning(NOTHING, PRIVATE, f"what is behind the gateway of {network.name} is not in the evidence")
    return _NONE


def _routed(estate: Estate, subnet: Key) -> Meaning:
    """Prefixes of user-defined routes belong to VirtualNetwork; a route for public space only may (azure-facts 5.2)."""
    found = estate.subnets.get(subnet)
    if found is None or found.route_table is None:
        return _NONE
    table = estate.find(estate.route_tables, found.route_table, "route table")
    if isinstance(table, Unknown):
        return Meaning(NOTHING, ANY_ADDRESS, table.reason)
    inside = _NONE
    for addresses, _, _ in table.routes:
        if overlaps(addresses, PUBLIC) and not covers(PRIVATE, addresses):
            doubt = f"route table {table.name} routes public space, which may make it part of VirtualNetwork"
            inside |= Meaning(NOTHING, addresses, doubt)
        else:
            inside |= exactly(addresses)
    return inside
