"""What several resources say of one, looked up from its side."""

from collections import defaultdict
from collections.abc import Iterable

from vmaudit.estate.resources import JitPolicy, Key, NetworkInterface
from vmaudit.known import Unknown


def group_members(interfaces: Iterable[NetworkInterface]) -> dict[Key, tuple[tuple[Key, int], ...]]:
    """Per application security group: the `(virtual network, address)` of every ip configuration in it."""
    members: dict[Key, list[tuple[Key, int]]] = defaultdict(list)
    for interface in interfaces:
        for configuration in interface.ip_configurations:
            subnet, address = configuration.subnet, configuration.private_address
            if isinstance(subnet, Unknown) or isinstance(address, Unknown):
                continue
            for group in configuration.application_security_groups:
                members[group].append((subnet.rpartition("/subnets/")[0], address))
    return {group: tuple(sorted(places)) for group, places in members.items()}


def guarded_by_jit(policies: Iterable[JitPolicy]) -> dict[Key, tuple[Key, ...]]:
    """Per machine: the just-in-time policies that name it."""
    guards: dict[Key, list[Key]] = defaultdict(list)
    for policy in policies:
        for machine in policy.machines:
            guards[machine.virtual_machine].append(policy.key)
    return {machine: tuple(sorted(keys)) for machine, keys in guards.items()}
