"""What the rules around one ip configuration admit, computed once for all machines in the same situation.

A situation is: the same groups at subnet and interface, the same network around them, and an address that the same
rules speak about. Machines differ in their own addresses, but only rules that name addresses can tell them apart.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final

import msgspec

from vmaudit.addresses import (
    ALL_PORTS,
    ANY_IPV4,
    ANY_IPV6,
    PRIVATE,
    PUBLIC,
    Intervals,
    difference,
    intersection,
    overlaps,
    single,
    union,
)
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import (
    Access,
    Direction,
    IpConfiguration,
    Key,
    NetworkInterface,
    Protocol,
)
from vmaudit.exposure.matching import local_side_matches
from vmaudit.exposure.rulebook import Rulebook
from vmaudit.exposure.security_groups import Admin, Box, Crossing, LocalEnd, Stage, cross
from vmaudit.exposure.surroundings import Surroundings, surroundings
from vmaudit.exposure.voices import Hearing, Ports, marks
from vmaudit.known import Read, Unknown

DOORS: Final = (Protocol.TCP, Protocol.UDP)
"""The protocols that have ports."""

EVERY_PORT: Final[Ports] = dict.fromkeys(DOORS, ALL_PORTS)


@dataclass(frozen=True, slots=True)
class Outside:
    """All addresses of one IP version around a network: who is public there, and who may be inside."""

    everybody: Intervals
    public: Intervals
    """Public addresses that are not the network's own."""
    others: Intervals
    """All that are not public."""
    private: Intervals
    """Private addresses and whatever else the network around uses: where a firewall or gateway inside stands."""


class Situation:
    """What the rules admit, worked out when first asked for: as crossings that are not denied.

    To all ports, public addresses and others are worked out apart, since most machines are asked about one of them. To
    few ports it is cheaper to work them out together.
    """

    def __init__(self, outside: Outside, admit: Callable[[Intervals], tuple[Crossing, ...]], *, together: bool) -> None:
        self.outside = outside
        self._admit = admit
        self._together = together

    @cached_property
    def _from_all(self) -> tuple[Crossing, ...]:
        return self._admit(self.outside.everybody)

    @cached_property
    def from_public(self) -> tuple[Crossing, ...]:
        """From public addresses."""
        public = self.outside.public
        return self.admitted(public) if self._together else self._admit(public)

    @cached_property
    def _from_others(self) -> tuple[Crossing, ...]:
        return self._admit(self.outside.others)

    def admitted(self, sources: Intervals) -> tuple[Crossing, ...]:
        """From `sources`."""
        return tuple(_from(crossing, shared) for crossing, shared in self.letting_in(sources))

    def letting_in(self, sources: Intervals) -> list[tuple[Crossing, Intervals]]:
        """What lets in any of `sources`, each with those of them that it does."""
        if self._together:
            return _cuts(self._from_all, sources)
        others = _cuts(self._from_others, sources)
        return [*_cuts(self.from_public, sources), *others] if overlaps(sources, self.outside.public) else others


def _cuts(crossings: tuple[Crossing, ...], sources: Intervals) -> list[tuple[Crossing, Intervals]]:
    return [(crossing, shared) for crossing in crossings if (shared := intersection(crossing.box.remote, sources))]


def _from(crossing: Crossing, sources: Intervals) -> Crossing:
    box = crossing.box
    if sources == box.remote:
        return crossing
    cut = Box(box.protocol, sources, box.source_ports, box.destination_ports)
    return Crossing(cut, crossing.access, crossing.steps, crossing.admin)


class Admission(msgspec.Struct, frozen=True, gc=False):
    """The rules before one ip configuration: its own stages and end, and the situation that it shares with others."""

    stages: tuple[Stage, ...]
    governed: Read[bool]
    """Whether an NSG stands at the subnet or at the interface; without one, the entry's SKU decides."""
    situation: Situation
    admin: Admin | None
    end: LocalEnd
    around: Surroundings

    @property
    def from_public(self) -> tuple[Crossing, ...]:
        """What is admitted from public addresses."""
        return self.situation.from_public

    @property
    def from_private(self) -> tuple[Crossing, ...]:
        """What is admitted from private addresses: what a firewall or gateway inside would come from."""
        return self.situation.admitted(self.situation.outside.private)

    def stopped(self, protocol: Protocol, port: int, sources: Intervals) -> list[Crossing]:
        """What from `sources` does not get to one port, each with the rule that denies it."""
        boxes = [Box(protocol, sources, ALL_PORTS, single(port))] if sources else []
        crossings = cross(self.stages, Direction.INBOUND, self.end, self.around, boxes, self.admin)
        return [crossing for crossing in crossings if crossing.access is Access.DENY]


class Situations:
    """Admissions by situation, to all ports or to those in question. Equal situations are computed once."""

    def __init__(self, estate: Estate, ports: Ports = EVERY_PORT) -> None:
        self._estate = estate
        self._ports = ports
        self._around: dict[Read[Key], Surroundings] = {}
        self._alike: dict[Hashable, Surroundings] = {}
        self._like: dict[Read[Key], Surroundings] = {}
        self._at_subnet: dict[Read[Key], tuple[Stage, ...]] = {}
        self._outside: dict[tuple[int, int], Outside] = {}
        self._known: dict[Hashable, Situation] = {}
        self._rulebook = Rulebook(ports)

    def around(self, subnet: Read[Key]) -> Surroundings:
        """The network around a subnet."""
        found = self._around.get(subnet)
        if found is None:
            found = self._around[subnet] = surroundings(self._estate, subnet)
            # In most subnets of a network rules mean the same: the first of them stands for all.
            self._like[subnet] = self._alike.setdefault((found.network, found.virtual_network), found)
        return found

    def admin(self, subnet: Read[Key]) -> Admin | None:
        """The security admin rules in force around a subnet; None where there are none."""
        network = self.around(subnet).network
        rules = self._estate.admin_rules.get(network) if network else None
        return Admin(network, rules) if network and rules else None

    def stages(self, interface: NetworkInterface, configuration: IpConfiguration) -> tuple[Stage, ...]:
        """Where groups stand on the way in: at the subnet, then at the interface (azure-facts 5.1)."""
        at_subnet = self._at_subnet.get(configuration.subnet)
        if at_subnet is None:
            at_subnet = self._at_subnet[configuration.subnet] = tuple(self._subnet_stage(configuration.subnet))
        if interface.security_group is None:
            return at_subnet
        group = self._estate.find(self._estate.security_groups, interface.security_group, "NSG")
        return (*at_subnet, Stage(interface.id, group))

    def _subnet_stage(self, subnet: Read[Key]) -> Iterator[Stage]:
        estate = self._estate
        if isinstance(subnet, Unknown):
            yield Stage("", subnet, certain=False)
            return
        body = estate.find(estate.subnets, subnet, "subnet")
        if isinstance(body, Unknown):
            yield Stage(subnet, body, certain=False)
        elif body.security_group is not None:
            yield Stage(body.id, estate.find(estate.security_groups, body.security_group, "NSG"))

    def admission(
        self, interface: NetworkInterface, configuration: IpConfiguration, seen_at: int | None = None
    ) -> Admission:
        """The rules before one ip configuration. `seen_at` is the destination that they see, where it is another."""
        stages = self.stages(interface, configuration)
        around = self.around(configuration.subnet)
        address = configuration.private_address if seen_at is None else seen_at
        end = LocalEnd(address, configuration.application_security_groups)
        admin = self.admin(configuration.subnet)
        alike = self._like[configuration.subnet]
        outside = self._outside_of(alike, configuration.version)
        heard = self._rulebook.heard(stages, end, around)
        signature: Hashable = (id(outside), _groups(stages), tuple(map(marks, heard)))
        if admin is not None and not isinstance(admin.rules, Unknown):
            signature = (signature, tuple(local_side_matches(rule.destination, end, around) for rule in admin.rules))
        found = self._known.get(signature)
        if found is None:
            admit = partial(self._past_groups, stages, heard, alike)
            if admin is not None:
                admit = partial(self._past_admin_rules, stages, admin, end, around)
            found = self._known[signature] = Situation(outside, admit, together=self._ports != EVERY_PORT)
        return Admission(stages, _governed(stages), found, admin, end, around)

    def _past_groups(
        self, stages: tuple[Stage, ...], heard: tuple[Hearing, ...], around: Surroundings, sources: Intervals
    ) -> tuple[Crossing, ...]:
        admitted = self._rulebook.admitted
        return tuple(crossing for protocol in DOORS for crossing in admitted(stages, heard, around, protocol, sources))

    def _past_admin_rules(
        self, stages: tuple[Stage, ...], admin: Admin, end: LocalEnd, around: Surroundings, sources: Intervals
    ) -> tuple[Crossing, ...]:
        boxes = [Box(protocol, sources, ALL_PORTS, ports) for protocol, ports in self._ports.items() if ports]
        crossings = cross(stages, Direction.INBOUND, end, around, boxes, admin)
        return tuple(crossing for crossing in crossings if crossing.access is not Access.DENY)

    def _outside_of(self, alike: Surroundings, version: int) -> Outside:
        key = (id(alike), version)
        found = self._outside.get(key)
        if found is None:
            addresses, inside = family(version), alike.virtual_network
            public = intersection(difference(PUBLIC, inside.must), addresses)
            found = self._outside[key] = Outside(
                everybody=addresses,
                public=public,
                others=difference(addresses, public),
                private=intersection(union(PRIVATE, inside.may), addresses),
            )
        return found


def _groups(stages: tuple[Stage, ...]) -> Hashable:
    return tuple(stage.group if isinstance(stage.group, Unknown) else id(stage.group) for stage in stages)


def family(version: int) -> Intervals:
    """All addresses of IP version 4 or 6."""
    return ANY_IPV6 if version == 6 else ANY_IPV4


def _governed(stages: tuple[Stage, ...]) -> Read[bool]:
    """An NSG that was not read still is one; a subnet that was not read may have one."""
    if any(stage.certain for stage in stages):
        return True
    return next((stage.group for stage in stages if isinstance(stage.group, Unknown)), False)
