"""Where the operations behind a machine's doors act: its interfaces, networks, disks, Bastions and their like."""

from collections import defaultdict
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Final

from vmaudit.access.doors import Place
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Key, NetworkInterface, VirtualMachine
from vmaudit.known import Unknown

_IN_ITS_SUBSCRIPTION: Final = (Place.INTERFACE, Place.SUBNET, Place.NETWORK)
"""What a machine has only in its own subscription: who may act at that, or above, is known without reading them."""


@dataclass(frozen=True, slots=True)
class Places:
    """The resources around one machine, and what was not read of them."""

    resources: tuple[tuple[Place, Key], ...]
    gaps: tuple[str, ...] = ()


class Neighbourhood:
    """Finds the places of machines; what machines share is worked out once."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._bastions = _bastions_by_network(estate)
        self._of_subnet: dict[Key, tuple[tuple[tuple[Place, Key], ...], tuple[str, ...]]] = {}

    def places(self, machine: VirtualMachine) -> Places:
        """All places of a machine."""
        group, _, _ = machine.key.partition("/providers/")
        subscription, _, _ = group.partition("/resourcegroups/")
        kind = Place.INSTANCE if "/virtualmachinescalesets/" in machine.key else Place.MACHINE
        found: dict[tuple[Place, Key], None] = {(kind, machine.key): None}
        found |= dict.fromkeys(((Place.GROUP, group), (Place.SUBSCRIPTION, subscription)))
        found |= dict.fromkeys((Place.DISK, disk) for disk in machine.disks or (group,))
        found |= dict.fromkeys((Place.JIT, key) for key in self._estate.guarded_by_jit.get(machine.key, (group,)))
        gaps: list[str] = []
        interfaces = machine.network_interfaces
        elsewhere = dict.fromkeys((place, subscription) for place in _IN_ITS_SUBSCRIPTION)
        if isinstance(interfaces, Unknown):
            return Places((*found, *elsewhere), (interfaces.reason,))
        for key in interfaces:
            found[Place.INTERFACE, key] = None
            interface = self._estate.find(self._estate.network_interfaces, key, "network interface")
            if isinstance(interface, Unknown):
                found |= elsewhere
                gaps.append(interface.reason)
                continue
            around, unread = self._around(interface)
            found |= around
            gaps += unread
        return Places(tuple(found), tuple(dict.fromkeys(gaps)))

    def kin(self, machine: VirtualMachine, scopes: Collection[Key]) -> Hashable | None:
        """What machines share whose places differ only by the names of what is theirs alone, and is none of `scopes`.

        None where a machine has to be looked at by itself.
        """
        own, interfaces = machine.key, machine.network_interfaces
        if isinstance(interfaces, Unknown) or own in scopes or "/virtualmachinescalesets/" in own:
            return None
        shared: list[Hashable] = [own.partition("/providers/")[0], self._estate.guarded_by_jit.get(own)]
        for disk in machine.disks:
            if disk in scopes:
                return None
            shared.append(disk.partition("/providers/")[0])
        for key in interfaces:
            interface = self._estate.network_interfaces.get(key)
            if interface is None or key in scopes or not _is_plain(interface):
                return None
            shared += (key.partition("/providers/")[0], interface.security_group)
            shared += (configuration.subnet for configuration in interface.ip_configurations)
        return tuple(shared)

    def _around(self, interface: NetworkInterface) -> tuple[dict[tuple[Place, Key], None], list[str]]:
        found: dict[tuple[Place, Key], None] = {}
        gaps: list[str] = []
        if interface.security_group:
            found[Place.SECURITY_GROUP, interface.security_group] = None
        for configuration in interface.ip_configurations:
            if configuration.public_ip:
                found[Place.PUBLIC_IP, configuration.public_ip] = None
            for part in (*configuration.load_balancer_pools, *configuration.load_balancer_nat_rules):
                balancer = part.rpartition("/")[0].rpartition("/")[0]
                found[Place.BALANCER, balancer] = None
            if isinstance(configuration.subnet, Unknown):
                gaps.append(configuration.subnet.reason)
                continue
            shared, unread = self._subnet(configuration.subnet)
            found |= dict.fromkeys(shared)
            gaps += unread
        return found, gaps

    def _subnet(self, key: Key) -> tuple[tuple[tuple[Place, Key], ...], tuple[str, ...]]:
        known = self._of_subnet.get(key)
        if known is not None:
            return known
        network = key.rpartition("/subnets/")[0]
        found: dict[tuple[Place, Key], None] = {(Place.SUBNET, key): None, (Place.NETWORK, network): None}
        found |= dict.fromkeys((Place.BASTION, bastion) for bastion in self._bastions.get(network, ()))
        subnet = self._estate.find(self._estate.subnets, key, "subnet")
        around = self._estate.find(self._estate.networks, network, "virtual network")
        gaps = tuple(one.reason for one in (subnet, around) if isinstance(one, Unknown))
        if not isinstance(subnet, Unknown):
            for place, one in (
                (Place.SECURITY_GROUP, subnet.security_group),
                (Place.ROUTE_TABLE, subnet.route_table),
            ):
                if one is not None:
                    found[place, one] = None
        self._of_subnet[key] = tuple(found), gaps
        return self._of_subnet[key]


def _is_plain(interface: NetworkInterface) -> bool:
    """Whether an interface has nothing in front of it but its NSG and its subnets."""
    return not any(
        one.public_ip or one.load_balancer_pools or one.load_balancer_nat_rules or isinstance(one.subnet, Unknown)
        for one in interface.ip_configurations
    )


def _bastions_by_network(estate: Estate) -> dict[Key, tuple[Key, ...]]:
    """Per network: the Bastions in it and in the networks that are peered with it, as either side says."""
    own: dict[Key, set[Key]] = defaultdict(set)
    for key, bastion in estate.bastions.items():
        if bastion.network is not None:
            own[bastion.network].add(key)
    served = {network: set(keys) for network, keys in own.items()}
    for network in estate.networks.values():
        for peering in network.peerings:
            for one, other in ((network.key, peering.remote_network), (peering.remote_network, network.key)):
                if other in own:
                    served.setdefault(one, set()).update(own[other])
    return {network: tuple(sorted(keys)) for network, keys in served.items()}
