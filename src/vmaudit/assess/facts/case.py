"""One machine before the judge: its resources gathered once, for all facts that ask about it."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from vmaudit.access.access import Access, AccessPlace
from vmaudit.assess.facts.named_ports import NamedPorts, named_ports
from vmaudit.assess.settings import DEFAULTS, Settings
from vmaudit.estate.conditional_access import NO_POLICIES_READ, ConditionalAccess
from vmaudit.estate.estate import Estate
from vmaudit.estate.guards import moment
from vmaudit.estate.resources import (
    BastionHost,
    JitPolicy,
    JitPort,
    Key,
    NetworkInterface,
    SecurityGroup,
    VirtualMachine,
)
from vmaudit.estate.rights import NOTHING_READ, Rights
from vmaudit.exposure.paths import MachineExposure
from vmaudit.known import Read, Unknown

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Around:
    """What the machines of an estate have around them, looked up once for all of them."""

    estate: Estate
    bastions: Mapping[Key | None, tuple[BastionHost, ...]]
    """By the virtual network that they serve; None where their row does not say."""
    guards: Mapping[Key, tuple[tuple[JitPolicy, JitPort], ...]]
    """Per machine, every port of every just-in-time policy that names it."""
    rights: Rights
    """Who holds which role, and what was read about people."""
    access: Access
    """Who may act on each machine."""
    conditional_access: ConditionalAccess
    """What people are asked for when they sign in."""
    named_ports: Mapping[Key, NamedPorts]
    """Per NSG."""
    joined_in_part: frozenset[Key]
    """The virtual networks at either side of a peering that takes in only some subnets."""
    as_of: Read[datetime]
    """The moment that is judged: what ran out before it is over."""
    settings: Settings
    """What the rules in force set for facts."""
    kept: dict[Hashable, Any] = field(default_factory=dict[Hashable, Any], compare=False, repr=False)
    """What facts worked out once for many machines."""
    access_places: dict[Key, AccessPlace] = field(default_factory=dict[Key, AccessPlace], compare=False, repr=False)
    """Per machine that was asked about, what it shares with those on which the same people may do the same."""

    def once(self, key: Hashable, work_out: Callable[[], T]) -> T:
        """The value for this key, worked out when first asked for. It lives as long as the audit, and its id with it.

        Keys start with the name of what is asked, since all facts share them.
        """
        if key not in self.kept:
            self.kept[key] = work_out()
        return self.kept[key]


@dataclass(frozen=True, slots=True)
class Case:
    """One machine and what is around it.

    `interfaces` are its network interfaces that were read; `unread_interfaces` is why there could be more, as a clause,
    and "" where these are all.
    """

    key: Key
    machine: VirtualMachine
    exposure: MachineExposure
    around: Around
    interfaces: tuple[NetworkInterface, ...]
    unread_interfaces: str
    networks: Read[tuple[Key, ...]]
    """The virtual networks that it is in, sorted. Azure keeps all interfaces of a machine in one network, so one
    interface that was read is enough."""
    place: Hashable
    """What machines share whose facts of the level network are the same: their networks, and where a peering of these
    takes in only some subnets, their subnets as well."""

    @property
    def access_place(self) -> AccessPlace:
        """What machines share on which the same people may do the same."""
        found = self.around.access_places.get(self.key)
        if found is None:
            found = self.around.access_places[self.key] = self.around.access.place(self.machine)
        return found

    @property
    def estate(self) -> Estate:
        """The whole estate."""
        return self.around.estate

    def security_groups_of(self, interface: NetworkInterface) -> Iterator[Read[SecurityGroup]]:
        """The groups in front of an interface in the order in which Azure asks them: subnet, then interface."""
        for key in self.group_keys_of(interface):
            yield key if isinstance(key, Unknown) else self.estate.find(self.estate.security_groups, key, "NSG")

    def group_keys_of(self, interface: NetworkInterface) -> Iterator[Read[Key]]:
        """The keys of these groups; unknown for a subnet that was not read, which may have one."""
        estate = self.around.estate
        for key in {place.subnet: None for place in interface.ip_configurations}:
            subnet = key if isinstance(key, Unknown) else estate.find(estate.subnets, key, "subnet")
            if isinstance(subnet, Unknown):
                yield subnet
            elif subnet.security_group is not None:
                yield subnet.security_group
        if interface.security_group is not None:
            yield interface.security_group


def cases(
    estate: Estate,
    exposures: Mapping[Key, MachineExposure],
    as_of: str = "",
    settings: Settings = DEFAULTS,
    rights: Rights = NOTHING_READ,
    conditional_access: ConditionalAccess = NO_POLICIES_READ,
) -> list[Case]:
    """A case for every machine, sorted by subscription, resource group and name in lower case.

    `as_of` is the moment to judge at, in RFC 3339; without one, the moment when the evidence was true.
    """
    around = _around(estate, as_of or estate.taken_at, settings, rights, conditional_access)
    return [_case(around, key, estate.machines[key], exposures[key]) for key in sorted(estate.machines, key=_place)]


def _around(
    estate: Estate, as_of: str, settings: Settings, rights: Rights, conditional_access: ConditionalAccess
) -> Around:
    bastions: dict[Key | None, list[BastionHost]] = defaultdict(list)
    for key in sorted(estate.bastions):
        bastions[estate.bastions[key].network].append(estate.bastions[key])
    guards: dict[Key, list[tuple[JitPolicy, JitPort]]] = defaultdict(list)
    for key in sorted(estate.jit_policies):
        policy = estate.jit_policies[key]
        for machine in policy.machines:
            guards[machine.virtual_machine] += [(policy, port) for port in machine.ports]
    return Around(
        estate=estate,
        bastions={network: tuple(hosts) for network, hosts in bastions.items()},
        guards={machine: tuple(ports) for machine, ports in guards.items()},
        rights=rights,
        access=Access(estate, rights),
        conditional_access=conditional_access,
        named_ports={key: named_ports(group) for key, group in estate.security_groups.items()},
        joined_in_part=frozenset(_joined_in_part(estate)),
        as_of=moment(as_of),
        settings=settings,
    )


def _joined_in_part(estate: Estate) -> Iterator[Key]:
    for key, network in estate.networks.items():
        for peering in network.peerings:
            if peering.local_subnets is not None or peering.remote_subnets is not None:
                yield from (key, peering.remote_network)


def _place(key: Key) -> list[str]:
    return key.split("/")


def _case(around: Around, key: Key, machine: VirtualMachine, exposure: MachineExposure) -> Case:
    keys = machine.network_interfaces
    if isinstance(keys, Unknown):
        return Case(key, machine, exposure, around, (), keys.reason, keys, keys)
    found: list[NetworkInterface] = []
    unread = ""
    for name in keys:
        interface = around.estate.network_interfaces.get(name)
        if interface is not None:
            found.append(interface)
        elif not unread:
            unread = _why_unread(around.estate, name)
    networks = _networks(found, unread)
    return Case(key, machine, exposure, around, tuple(found), unread, networks, _shared_place(around, networks, found))


def _shared_place(around: Around, networks: Read[tuple[Key, ...]], interfaces: Sequence[NetworkInterface]) -> Hashable:
    if isinstance(networks, Unknown) or around.joined_in_part.isdisjoint(networks):
        return networks
    subnets = (place.subnet for interface in interfaces for place in interface.ip_configurations)
    return networks, frozenset(subnets)


def _why_unread(estate: Estate, interface: Key) -> str:
    missing = estate.find(estate.network_interfaces, interface, "network interface")
    return missing.reason if isinstance(missing, Unknown) else ""


def _networks(interfaces: Sequence[NetworkInterface], unread: str) -> Read[tuple[Key, ...]]:
    reason = unread
    found: set[Key] = set()
    for interface in interfaces:
        for configuration in interface.ip_configurations:
            if isinstance(configuration.subnet, Unknown):
                reason = reason or configuration.subnet.reason
            else:
                found.add(configuration.subnet.rpartition("/subnets/")[0])
    return tuple(sorted(found)) if found or not reason else Unknown(reason)
