"""One machine before the judge: its resources gathered once, for all facts that ask about it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import BastionHost, Key, NetworkInterface, SecurityGroup, VirtualMachine
from vmaudit.exposure.paths import MachineExposure
from vmaudit.known import Read, Unknown


@dataclass(frozen=True, slots=True)
class Case:
    """One machine and what is around it. `interfaces` are its network interfaces, each read or not."""

    estate: Estate
    machine: VirtualMachine
    exposure: MachineExposure
    interfaces: Read[tuple[Read[NetworkInterface], ...]]
    networks: Read[tuple[Key, ...]]
    """The virtual networks that it is in, sorted. Azure keeps all interfaces of a machine in one network, so one
    interface that was read is enough."""
    bastions_by_network: Mapping[Key | None, tuple[BastionHost, ...]]

    def read_interfaces(self) -> tuple[NetworkInterface, ...]:
        """The interfaces that were read."""
        if isinstance(self.interfaces, Unknown):
            return ()
        return tuple(found for found in self.interfaces if not isinstance(found, Unknown))

    def unread_interfaces(self) -> str:
        """Why there could be more interfaces than those, as a clause; "" where these are all."""
        if isinstance(self.interfaces, Unknown):
            return self.interfaces.reason
        return next((found.reason for found in self.interfaces if isinstance(found, Unknown)), "")

    def security_groups_of(self, interface: NetworkInterface) -> Iterator[Read[SecurityGroup]]:
        """The groups in front of an interface in the order in which Azure asks them: subnet, then interface."""
        estate = self.estate
        for key in dict.fromkeys(place.subnet for place in interface.ip_configurations):
            subnet = key if isinstance(key, Unknown) else estate.find(estate.subnets, key, "subnet")
            if isinstance(subnet, Unknown):
                yield subnet
            elif subnet.security_group is not None:
                yield estate.find(estate.security_groups, subnet.security_group, "NSG")
        if interface.security_group is not None:
            yield estate.find(estate.security_groups, interface.security_group, "NSG")


def cases(estate: Estate, exposures: Mapping[Key, MachineExposure]) -> list[Case]:
    """A case for every machine, sorted by subscription, resource group and name in lower case."""
    by_network: dict[Key | None, list[BastionHost]] = defaultdict(list)
    for bastion in estate.bastions.values():
        by_network[bastion.network].append(bastion)
    bastions = {network: tuple(sorted(hosts, key=lambda host: host.key)) for network, hosts in by_network.items()}
    return [
        _case(estate, estate.machines[key], exposures[key], bastions) for key in sorted(estate.machines, key=_place)
    ]


def _place(key: Key) -> tuple[str, ...]:
    return tuple(key.split("/"))


def _case(
    estate: Estate,
    machine: VirtualMachine,
    exposure: MachineExposure,
    bastions: Mapping[Key | None, tuple[BastionHost, ...]],
) -> Case:
    keys = machine.network_interfaces
    interfaces: Read[tuple[Read[NetworkInterface], ...]] = (
        keys
        if isinstance(keys, Unknown)
        else tuple(estate.find(estate.network_interfaces, key, "network interface") for key in keys)
    )
    return Case(estate, machine, exposure, interfaces, _networks(interfaces), bastions)


def _networks(interfaces: Read[tuple[Read[NetworkInterface], ...]]) -> Read[tuple[Key, ...]]:
    if isinstance(interfaces, Unknown):
        return interfaces
    reason = ""
    found: set[Key] = set()
    for interface in interfaces:
        if isinstance(interface, Unknown):
            reason = reason or interface.reason
            continue
        for configuration in interface.ip_configurations:
            if isinstance(configuration.subnet, Unknown):
                reason = reason or configuration.subnet.reason
            else:
                found.add(configuration.subnet.rpartition("/subnets/")[0])
    return tuple(sorted(found)) if found or not reason else Unknown(reason)
