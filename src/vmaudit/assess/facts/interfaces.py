"""Facts about the network interfaces of a machine: what they carry and what stands in front of them."""

from collections.abc import Iterator
from typing import Final

from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.interface_remedies import detach_public_ip
from vmaudit.assess.values import NO_NAMES, Names
from vmaudit.estate.resources import IpConfiguration, NetworkInterface
from vmaudit.known import Read, Unknown


def _has_network_interface(case: Case) -> Read[bool]:
    keys = case.machine.network_interfaces
    return keys if isinstance(keys, Unknown) else bool(keys)


def _public_places(case: Case) -> Iterator[tuple[NetworkInterface, IpConfiguration, str]]:
    for interface in case.interfaces:
        for configuration in interface.ip_configurations:
            if configuration.public_ip is not None:
                yield interface, configuration, configuration.public_ip


def _public_addresses(case: Case) -> Names:
    found = tuple(sorted(f"{az.name_of(key)} on {interface.name}" for interface, _, key in _public_places(case)))
    more = case.unread_interfaces
    return Names(found, more) if found or more else NO_NAMES


def _detach(case: Case, _found: object) -> tuple[Remedy, ...]:
    return tuple(
        Remedy(
            resource=_spelt(case, key),
            says=f"public IP {az.name_of(_spelt(case, key))} is attached to {interface.name}",
            fix=detach_public_ip(interface.id, configuration.name),
        )
        for interface, configuration, key in _public_places(case)
    )


def _spelt(case: Case, key: str) -> str:
    """The id as its own row spells it, where that was read."""
    found = case.estate.public_ips.get(key)
    return found.id if found else key


def _ungoverned(case: Case, interface: NetworkInterface) -> Read[bool]:
    """Whether neither the interface nor the subnet of one of its addresses has an NSG."""
    if interface.security_group is not None:
        return False
    doubt: Unknown | None = None
    for configuration in interface.ip_configurations:
        subnet = configuration.subnet
        body = subnet if isinstance(subnet, Unknown) else case.estate.find(case.estate.subnets, subnet, "subnet")
        if isinstance(body, Unknown):
            doubt = body
        elif body.security_group is None:
            return True
    return doubt or False


def _without_nsg(case: Case) -> Names:
    found: list[str] = []
    more = case.unread_interfaces
    for interface in case.interfaces:
        ungoverned = _ungoverned(case, interface)
        if isinstance(ungoverned, Unknown):
            more = more or ungoverned.reason
        elif ungoverned:
            found.append(interface.name)
    return Names(tuple(sorted(found)), more) if found or more else NO_NAMES


def attach_group(case: Case, _found: object) -> tuple[Remedy, ...]:
    """At the subnet: one group there governs all its interfaces."""
    bare: dict[str, str] = {}
    for interface in case.interfaces:
        if interface.security_group is None:
            for configuration in interface.ip_configurations:
                subnet = (
                    case.estate.subnets.get(configuration.subnet) if isinstance(configuration.subnet, str) else None
                )
                if subnet is not None and subnet.security_group is None:
                    bare[subnet.id] = subnet.name
    return tuple(
        Remedy(
            resource=subnet_id,
            says=f"subnet {name} has no NSG, and interfaces in it have none of their own",
            fix=f"{_create_group(subnet_id, name)} && {_use_group(subnet_id, name)}",
        )
        for subnet_id, name in bare.items()
    )


def _create_group(subnet_id: str, name: str) -> str:
    return az.command("network nsg create", subnet_id, ("-n", f"nsg-{name}"))


def _use_group(subnet_id: str, name: str) -> str:
    network = az.segment(subnet_id, "virtualNetworks")
    group = ("--network-security-group", f"nsg-{name}")
    return az.command("network vnet subnet update", subnet_id, ("--vnet-name", network), ("-n", name), group)


FACTS: Final = (
    Fact(
        name="vm.has_network_interface",
        kind=kinds.YES_NO,
        level=Level.MACHINE,
        label="whether the machine has a network interface",
        doc="Whether the machine has a network interface at all.",
        read=_has_network_interface,
        tables=("virtual_machines",),
    ),
    Fact(
        name="vm.public_addresses",
        kind=kinds.NAMES,
        level=Level.MACHINE,
        label="public addresses",
        doc="Public IP addresses on any ip configuration of any interface; attached counts, allocated or not.",
        read=_public_addresses,
        tables=("virtual_machines", "network_interfaces", "public_ip_addresses"),
        remedies=_detach,
    ),
    Fact(
        name="vm.interfaces_without_nsg",
        kind=kinds.NAMES,
        level=Level.MACHINE,
        label="interfaces without an NSG",
        doc="Network interfaces with an address that no NSG governs, neither at the interface nor at the subnet.",
        read=_without_nsg,
        tables=("virtual_machines", "network_interfaces", "virtual_networks", "subnets"),
        remedies=attach_group,
    ),
)
