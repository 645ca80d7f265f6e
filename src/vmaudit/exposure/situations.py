"""What the rules around one ip configuration admit, computed once for all machines in the same situation.

A situation is: the same groups at subnet and interface, the same network around them, and an address that the same
rules speak about. Machines differ in their own addresses, but only rules that name addresses can tell them apart.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from vmaudit.addresses import (
    ALL_PORTS,
    ANY_ADDRESS,
    ANY_IPV4,
    ANY_IPV6,
    PRIVATE,
    PUBLIC,
    Intervals,
    difference,
    intersection,
    single,
)
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import (
    Access,
    Direction,
    IpConfiguration,
    Key,
    NetworkInterface,
    Peers,
    Protocol,
    SecurityGroup,
)
from vmaudit.exposure.matching import local_side_matches
from vmaudit.exposure.security_groups import Admin, Box, Crossing, LocalEnd, Stage, cross
from vmaudit.exposure.surroundings import Surroundings, surroundings
from vmaudit.known import Read, Unknown

DOORS: Final = (Protocol.TCP, Protocol.UDP)
"""The protocols that have ports."""

_Signature: TypeAlias = tuple[object, ...]


class Situation:
    """One situation: ask it what it admits from a set of sources."""

    def __init__(
        self, stages: tuple[Stage, ...], admin: Admin | None, around: Surroundings, end: LocalEnd, version: int
    ) -> None:
        self._stages = stages
        self._admin = admin
        self._around = around
        self._end = end
        self._family = family(version)
        self._admitted: dict[Intervals, tuple[Crossing, ...]] = {}

    @property
    def public_sources(self) -> Intervals:
        """Public addresses that are not the network's own."""
        return intersection(difference(PUBLIC, self._around.virtual_network.must), self._family)

    @property
    def private_sources(self) -> Intervals:
        """Private addresses of the same family."""
        return intersection(PRIVATE, self._family)

    def admitted(self, sources: Intervals) -> tuple[Crossing, ...]:
        """What gets past all rules from `sources`, to any port, as crossings that are not denied."""
        found = self._admitted.get(sources)
        if found is None:
            boxes = [Box(protocol, sources, ALL_PORTS, ALL_PORTS) for protocol in DOORS] if sources else []
            crossings = cross(self._stages, Direction.INBOUND, self._end, self._around, boxes, self._admin)
            found = tuple(crossing for crossing in crossings if crossing.access is not Access.DENY)
            self._admitted[sources] = found
        return found

    def stopped(self, protocol: Protocol, port: int, sources: Intervals) -> list[Crossing]:
        """What from `sources` does not get to one port, each with the rule that denies it."""
        boxes = [Box(protocol, sources, ALL_PORTS, single(port))] if sources else []
        crossings = cross(self._stages, Direction.INBOUND, self._end, self._around, boxes, self._admin)
        return [crossing for crossing in crossings if crossing.access is Access.DENY]


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
        self._asking: dict[Key, tuple[Peers, ...]] = {}
        self._known: dict[_Signature, Situation] = {}

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
        signature = self._signature(stages, admin, around, end, configuration.version)
        found = self._known.get(signature)
        if found is None:
            found = self._known[signature] = Situation(stages, admin, around, end, configuration.version)
        return Admission(stages, _governed(stages), found)

    def _signature(
        self, stages: tuple[Stage, ...], admin: Admin | None, around: Surroundings, end: LocalEnd, version: int
    ) -> _Signature:
        groups = tuple(s.group if isinstance(s.group, Unknown) else s.group.key for s in stages)
        sides = [
            side
            for stage in stages
            if not isinstance(stage.group, Unknown)
            for side in self._sides_that_ask(stage.group)
        ]
        if admin is not None and not isinstance(admin.rules, Unknown):
            sides += [rule.destination for rule in admin.rules]
        fits = tuple(local_side_matches(side, end, around) for side in sides)
        return (groups, id(around), fits, version)

    def _sides_that_ask(self, group: SecurityGroup) -> tuple[Peers, ...]:
        """The destinations in a group's inbound rules that do not mean every machine alike."""
        found = self._asking.get(group.key)
        if found is None:
            sides = {r.destination: None for r in group.rules if r.direction is Direction.INBOUND}
            found = tuple(side for side in sides if side.addresses != ANY_ADDRESS and side.tags != ("VirtualNetwork",))
            self._asking[group.key] = found
        return found


def family(version: int) -> Intervals:
    """All addresses of IP version 4 or 6."""
    return ANY_IPV6 if version == 6 else ANY_IPV4


def _governed(stages: tuple[Stage, ...]) -> Read[bool]:
    """An NSG that was not read still is one; a subnet that was not read may have one."""
    if any(stage.certain for stage in stages):
        return True
    return next((stage.group for stage in stages if isinstance(stage.group, Unknown)), False)
