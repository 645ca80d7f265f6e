"""What the words of a rule mean at one subnet: tags and application security groups as sets (azure-facts 5.2)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from vmaudit.addresses import ANY_ADDRESS, PUBLIC, Intervals, difference, intersection, normalised, prefixes
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Key, Peers
from vmaudit.exposure.meaning import Meaning, exactly
from vmaudit.exposure.neighbours import Neighbours, neighbours
from vmaudit.exposure.service_tags import published
from vmaudit.known import Read, Unknown

__all__ = ["AZURE_HOST", "CLOUD_WIDE_TAG", "SURELY_AZURE", "Meaning", "Surroundings", "surroundings"]

AZURE_HOST: Final = prefixes(("168.63.129.16",))
"""Azure's own address in every virtual network; it is a part of the tag VirtualNetwork."""
_HEALTH_PROBES: Final = prefixes(("168.63.129.16", "fe80::1234:5678:9abc"))

CLOUD_WIDE_TAG: Final = "azurecloud"
SURELY_AZURE: Final = prefixes(("4.144.0.0/12", "4.160.0.0/12", "20.0.0.0/12"))
"""Blocks that AzureCloud holds whole (Microsoft's "Azure IP Ranges and Service Tags", public cloud).

Not all there is, but enough to show that the tag lets strangers' machines in. Older blocks such as 13.64.0.0/11 have
holes that belong to Azure Government or Microsoft 365.
"""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The network around one subnet, as far as the evidence shows it."""

    estate: Estate
    network: Key | None
    subnet_addresses: Read[Intervals]
    virtual_network: Meaning
    """The tag VirtualNetwork: all neighbours, and Azure's own address in every network."""
    neighbours: Neighbours | None = None

    @cached_property
    def internet(self) -> Meaning:
        """The tag Internet: public addresses outside of the virtual network (azure-facts 5.2)."""
        inside = self.virtual_network
        return Meaning(difference(PUBLIC, inside.may), difference(PUBLIC, inside.must), inside.doubt)

    @cached_property
    def _meanings(self) -> dict[int, tuple[Peers, Meaning]]:
        """By the identity of a side: rules share their sides, and hashing one costs more than all else here.

        The side is kept beside its meaning, so that no other can come to have its identity.
        """
        return {}

    def meaning(self, side: Peers) -> Meaning:
        """The addresses that one side of a rule stands for."""
        known = self._meanings.get(id(side))
        if known is not None:
            return known[1]
        found = exactly(side.addresses)
        for tag in side.tags:
            found |= self.tag(tag)
        for group in side.application_security_groups:
            found |= self._members(group)
        self._meanings[id(side)] = (side, found)
        return found

    @cached_property
    def _cuts(self) -> dict[tuple[int, int], tuple[Peers, Intervals, Meaning]]:
        """By the identities of a side and of a set of sources, both of which are kept beside what they share."""
        return {}

    def meaning_among(self, side: Peers, sources: Intervals) -> Meaning:
        """Those of some sources that one side of a rule stands for."""
        key = id(side), id(sources)
        known = self._cuts.get(key)
        if known is not None:
            return known[2]
        whole = self.meaning(side)
        may = intersection(sources, whole.may)
        must = may if whole.must is whole.may else intersection(may, whole.must)
        found = Meaning(must, may, whole.doubt, whole.unread)
        self._cuts[key] = (side, sources, found)
        return found

    def tag(self, tag: str) -> Meaning:
        """A service tag. Without data it may hold anything, and the reason says so."""
        return self._tag(tag, tag.lower()).named(tag.lower())

    def _tag(self, tag: str, name: str) -> Meaning:
        if name == "virtualnetwork":
            return self.virtual_network
        if name == "internet":
            return self.internet
        if name == "azureloadbalancer":
            return exactly(_HEALTH_PROBES)
        if name == CLOUD_WIDE_TAG:
            return Meaning(SURELY_AZURE, PUBLIC, "the addresses of service tag AzureCloud are not in the evidence")
        return published(self.estate, tag)

    def _members(self, group: Key) -> Meaning:
        """The addresses in an application security group; all its members are in one network (azure-facts 5.4)."""
        known = normalised(
            (address, address)
            for network, address in self.estate.group_members.get(group, ())
            if self.network in (None, network)
        )
        for table in ("network_interfaces", "scale_set_interfaces"):
            complete = self.estate.all_of(table)
            if isinstance(complete, Unknown):
                name = group.rpartition("/")[2]
                doubt = f"members of group {name} may be missing: {complete.reason}"
                return Meaning(known, self.virtual_network.may, doubt).named(group)
        return exactly(known)


def surroundings(estate: Estate, subnet: Read[Key]) -> Surroundings:
    """The network around a subnet."""
    if isinstance(subnet, Unknown):
        return Surroundings(estate, None, subnet, Meaning(AZURE_HOST, ANY_ADDRESS, subnet.reason), None)
    found = estate.find(estate.subnets, subnet, "subnet")
    addresses: Read[Intervals] = found if isinstance(found, Unknown) else found.addresses
    around = neighbours(estate, subnet)
    network = subnet.rpartition("/subnets/")[0]
    return Surroundings(estate, network, addresses, exactly(AZURE_HOST) | around.everything, around)
