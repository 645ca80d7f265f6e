"""What the rules around one ip configuration admit, computed once for all machines in the same situation.

A situation is: the same groups at subnet and interface, the same network around them, and an address that the same
rules speak about. Machines differ in their own addresses, but only rules that name addresses can tell them apart.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

from vmaudit.addresses import (
    ALL_PORTS,
    ANY_IPV4,
    ANY_IPV6,
    PRIVATE,
    PUBLIC,
    Intervals,
    difference,
    intersection,
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
from vmaudit.exposure.rulebook import Fits, Rulebook
from vmaudit.exposure.security_groups import Admin, Box, Crossing, LocalEnd, Stage, cross
from vmaudit.exposure.surroundings import Surroundings, surroundings
from vmaudit.known import Read, Unknown

DOORS: Final = (Protocol.TCP, Protocol.UDP)
"""The protocols that have ports."""

_Signature: TypeAlias = tuple[object, ...]


class Situation:
    """One situation: ask it what it admits from a set of sources."""

    def __init__(  # noqa: PLR0917 - all that tells situations apart
        self,
        stages: tuple[Stage, ...],
        admin: Admin | None,
        around: Surroundings,
        end: LocalEnd,
        version: int,
        fits: tuple[Fits, ...],
        rulebook: Rulebook,
    ) -> None:
        self._stages = stages
        self._admin = admin
        self._around = around
        self._end = end
        self._family = family(version)
        self._fits = fits
        self._rulebook = rulebook

    @cached_property
    def public_sources(self) -> Intervals:
        """Public addresses that are not the network's own."""
        return intersection(difference(PUBLIC, self._around.virtual_network.must), self._family)

    @cached_property
    def private_sources(self) -> Intervals:
        """Private addresses and whatever else the network around uses: where a firewall or gateway inside stands."""
        return intersection(union(PRIVATE, self._around.virtual_network.may), self._family)

    @cached_property
    def _from_outside(self) -> tuple[Crossing, ...]:
        return self._crossings(self.public_sources)

    @cached_property
    def _from_inside(self) -> tuple[Crossing, ...]:
        return self._crossings(difference(self._family, self.public_sources))

    def _crossings(self, sources: Intervals) -> tuple[Crossing, ...]:
        """What gets past all rules, to any port."""
        if self._admin is not None:
            boxes = [Box(protocol, sources, ALL_PORTS, ALL_PORTS) for protocol in DOORS]
            crossings = cross(self._stages, Direction.INBOUND, self._end, self._around, boxes, self._admin)
            return tuple(crossing for crossing in crossings if crossing.access is not Access.DENY)
        admitted = self._rulebook.admitted
        return tuple(
            crossing
            for protocol in DOORS
            for crossing in admitted(self._stages, self._fits, self._around, protocol, sources)
        )

    def admitted(self, sources: Intervals) -> tuple[Crossing, ...]:
        """What gets past all rules from `sources`, to any port, as crossings that are not denied."""
        if sources == self.public_sources:
            return self._from_outside
        inside = self._from_inside if difference(sources, self.public_sources) else ()
        outside = self._from_outside if intersection(sources, self.public_sources) else ()
        cuts = ((crossing, intersection(crossing.box.remote, sources)) for crossing in (*outside, *inside))
        return tuple(_from(crossing, shared) for crossing, shared in cuts if shared)

    def stopped(self, protocol: Protocol, port: int, sources: Intervals) -> list[Crossing]:
        """What from `sources` does not get to one port, each with the rule that denies it."""
        boxes = [Box(protocol, sources, ALL_PORTS, single(port))] if sources else []
        crossings = cross(self._stages, Direction.INBOUND, self._end, self._around, boxes, self._admin)
        return [crossing for crossing in crossings if crossing.access is Access.DENY]


def _from(crossing: Crossing, sources: Intervals) -> Crossing:
    box = crossing.box
    if sources == box.remote:
        return crossing
    cut = Box(box.protocol, sources, box.source_ports, box.destination_ports)
    return Crossing(cut, crossing.access, crossing.steps, crossing.admin)


@dataclass(frozen=True, slots=True)
class Admission:
    """The rules before one ip configuration: its own stages, and the situation that it shares with others."""

    stages: tuple[Stage, ...]
    governed: Read[bool]
    """Whether an NSG stands at the subnet or at the interface; without one, the entry's SKU decides."""
    situation: Situation

    @property
    def from_public(self) -> tuple[Crossing, ...]:
        """What is admitted from public addresses."""
        return self.situation.admitted(self.situation.public_sources)

    @property
    def from_private(self) -> tuple[Crossing, ...]:
        """What is admitted from private addresses: what a firewall or gateway inside would come from."""
        return self.situation.admitted(self.situation.private_sources)


class Situations:
    """Admissions by situation. Ask for an ip configuration; equal situations are computed once."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._around: dict[Read[Key], Surroundings] = {}
        self._known: dict[_Signature, Situation] = {}
        self._rulebook = Rulebook()

    def around(self, subnet: Read[Key]) -> Surroundings:
        """The network around a subnet."""
        found = self._around.get(subnet)
        if found is None:
            found = self._around[subnet] = surroundings(self._estate, subnet)
        return found

    def admin(self, subnet: Read[Key]) -> Admin | None:
        """The security admin rules in force around a subnet; None where there are none."""
        network = self.around(subnet).network
        rules = self._estate.admin_rules.get(network) if network else None
        return Admin(network, rules) if network and rules else None

    def stages(self, interface: NetworkInterface, configuration: IpConfiguration) -> tuple[Stage, ...]:
        """Where groups stand on the way in: at the subnet, then at the interface (azure-facts 5.1)."""
        estate, subnet = self._estate, configuration.subnet
        found: list[Stage] = []
        if isinstance(subnet, Unknown):
            found.append(Stage("", subnet, certain=False))
        else:
            body = estate.find(estate.subnets, subnet, "subnet")
            if isinstance(body, Unknown):
                found.append(Stage(subnet, body, certain=False))
            elif body.security_group is not None:
                found.append(Stage(body.id, estate.find(estate.security_groups, body.security_group, "NSG")))
        if interface.security_group is not None:
            group = estate.find(estate.security_groups, interface.security_group, "NSG")
            found.append(Stage(interface.id, group))
        return tuple(found)

    def admission(
        self, interface: NetworkInterface, configuration: IpConfiguration, seen_at: int | None = None
    ) -> Admission:
        """The rules before one ip configuration. `seen_at` is the destination that they see, where it is another."""
        stages = self.stages(interface, configuration)
        around = self.around(configuration.subnet)
        address = configuration.private_address if seen_at is None else seen_at
        end = LocalEnd(address, configuration.application_security_groups)
        admin = self.admin(configuration.subnet)
        fits = self._rulebook.fits(stages, end, around)
        signature = self._signature(stages, fits, admin, end, around, configuration.version)
        found = self._known.get(signature)
        if found is None:
            found = self._known[signature] = Situation(
                stages, admin, around, end, configuration.version, fits, self._rulebook
            )
        return Admission(stages, _governed(stages), found)

    def _signature(
        self,
        stages: tuple[Stage, ...],
        fits: tuple[Fits, ...],
        admin: Admin | None,
        end: LocalEnd,
        around: Surroundings,
        version: int,
    ) -> _Signature:
        groups = tuple(s.group if isinstance(s.group, Unknown) else s.group.key for s in stages)
        ruled = () if admin is None or isinstance(admin.rules, Unknown) else admin.rules
        by_admin = tuple(local_side_matches(rule.destination, end, around) for rule in ruled)
        return (groups, fits, by_admin, around.network, around.virtual_network, version)


def family(version: int) -> Intervals:
    """All addresses of IP version 4 or 6."""
    return ANY_IPV6 if version == 6 else ANY_IPV4


def _governed(stages: tuple[Stage, ...]) -> Read[bool]:
    """An NSG that was not read still is one; a subnet that was not read may have one."""
    if any(stage.certain for stage in stages):
        return True
    return next((stage.group for stage in stages if isinstance(stage.group, Unknown)), False)
