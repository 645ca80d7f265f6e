"""The truth about just-in-time access: whether its deny closes what its policy guards, and what it left open.

Defender for Cloud adds a deny rule to the NSGs and calls the machine healthy. Rules that were there before keep their
priority, so a forgotten `default-allow-rdp` goes on letting everybody in. What counts is what the NSGs do with a packet
while no request is open: with the rules of open requests taken away, nothing may get in to a guarded port.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from msgspec import structs

from vmaudit.addresses import ALL_PORTS, NOTHING, Intervals, single, union
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import (
    Access,
    Direction,
    IpConfiguration,
    Key,
    NetworkInterface,
    Protocol,
    SecurityGroup,
    SecurityRule,
)
from vmaudit.exposure.jit_openings import Guarded, GuardedPorts, Spot, Standing
from vmaudit.exposure.jit_requests import (
    Account,
    Fate,
    Window,
    account,
    described_machine,
    hidden_requests,
    looks_like_jit,
    windows_by_machine,
)
from vmaudit.exposure.matching import local_side_matches
from vmaudit.exposure.paths import Certainty, Opening
from vmaudit.exposure.places import openings_of
from vmaudit.exposure.security_groups import Box, LocalEnd, Stage, cross
from vmaudit.exposure.situations import DOORS, Situations
from vmaudit.known import Read, Unknown

Interfaces: TypeAlias = Sequence[NetworkInterface]
"""The network interfaces of one machine, as far as they were read."""


@dataclass(frozen=True, slots=True)
class JitAllow:
    """An allow rule that looks like just-in-time's and speaks about one machine, held against its requests."""

    group: str
    rule: SecurityRule
    account: Account


@dataclass(frozen=True, slots=True)
class JitDeny:
    """A deny rule of just-in-time's for one machine: `speaks` is False where it only bears the machine's name."""

    group: str
    rule: SecurityRule
    speaks: Read[bool]


@dataclass(frozen=True, slots=True)
class _Live:
    """The rules (by identity) of open requests, and those that perhaps are, each with the reason."""

    surely: frozenset[int]
    perhaps: Mapping[int, str]

    @property
    def reason(self) -> str:
        """Why it is in doubt whether a request is open."""
        return next(iter(self.perhaps.values()), "")


class JustInTime:
    """Just-in-time access in one estate at one moment. Machines in the same situation share what is computed."""

    def __init__(self, estate: Estate, moment: Read[datetime]) -> None:
        self.moment = moment
        self._estate = estate
        self._situations = Situations(estate)
        self._windows: Mapping[Key, tuple[Window, ...]] = {}
        if not isinstance(moment, Unknown):
            self._windows = windows_by_machine(estate, moment)
        self._hidden, self._hidden_of = hidden_requests(estate)
        self._guarded = _guarded_by_machine(estate)
        self._firewalls = _addresses_of_firewalls(estate)
        self._rules = _jit_rules_by_group(estate)
        self._ports = GuardedPorts()

    def guarded(self, machine: Key) -> Guarded:
        """The ports that just-in-time policies guard on a machine, by protocol."""
        return self._guarded.get(machine, ())

    def windows(self, machine: Key) -> tuple[Window, ...]:
        """Every window of a machine that policies list and that has begun, open or not."""
        return self._windows.get(machine, ())

    def open_windows(self, machine: Key) -> tuple[Window, ...]:
        """The windows of a machine that are surely open."""
        moment = self.moment
        return (
            () if isinstance(moment, Unknown) else tuple(w for w in self.windows(machine) if w.is_open(moment) is True)
        )

    def hidden(self, machine: Key) -> str:
        """Why there may be more windows than these, as a clause; "" where these are all."""
        if isinstance(self.moment, Unknown):
            return self.moment.reason
        return self._hidden or self._hidden_of.get(machine, "")

    def allows(self, machine: Key, interfaces: Interfaces) -> tuple[JitAllow, ...]:
        """The allow rules before a machine that look like just-in-time's and speak about it."""
        found: dict[tuple[str, str], JitAllow] = {}
        for spot, group, rule in self._jit_rules(interfaces, Access.ALLOW):
            speaks = local_side_matches(rule.destination, spot.end, spot.around)
            if speaks is not False:
                said = self._account(machine, rule)
                if isinstance(speaks, Unknown) and said.fate is not Fate.LIVE:
                    said = Account(speaks)
                found.setdefault((group.id, rule.name), JitAllow(group.id, rule, said))
        return tuple(found.values())

    def denies(self, machine: Key, interfaces: Interfaces) -> tuple[JitDeny, ...]:
        """Just-in-time's deny rules that are meant for a machine, whether or not they still have its address."""
        name = machine.rpartition("/")[2]
        found: dict[tuple[str, str], JitDeny] = {}
        for spot, group, rule in self._jit_rules(interfaces, Access.DENY):
            speaks = local_side_matches(rule.destination, spot.end, spot.around)
            known = found.get((group.id, rule.name))
            meant = speaks is not False or described_machine(rule) == name
            if meant and (known is None or known.speaks is False):
                found[group.id, rule.name] = JitDeny(group.id, rule, speaks)
        return tuple(found.values())

    def standing(self, machine: Key, interfaces: Interfaces) -> tuple[Standing, ...]:
        """What gets in to the guarded ports of a machine while no request is open.

        Where it is in doubt whether the request of a rule is open, what that rule lets in is only possible.
        """
        guarded = self.guarded(machine)
        if not guarded:
            return ()
        live = self._live(machine, interfaces)
        surely = self._standing(guarded, interfaces, live.surely | live.perhaps.keys())
        if not live.perhaps:
            return surely
        perhaps = (each for each in self._standing(guarded, interfaces, live.surely) if each not in surely)
        return (*surely, *(replace(each, opening=_doubted(each.opening, live.reason)) for each in perhaps))

    def public_openings(self, machine: Key, interfaces: Interfaces) -> tuple[Opening, ...] | None:
        """What the NSGs admit from public sources while no request is open; None where no rule is a request's."""
        live = self._live(machine, interfaces)
        if not (live.surely or live.perhaps):
            return None
        surely = self._public_openings(interfaces, live.surely | live.perhaps.keys())
        if not live.perhaps:
            return surely
        perhaps = (each for each in self._public_openings(interfaces, live.surely) if each not in surely)
        return (*surely, *(_doubted(each, live.reason) for each in perhaps))

    def rules_of_open_requests(self, machine: Key, interfaces: Interfaces) -> tuple[SecurityRule, ...]:
        """The allow rules before a machine that surely belong to requests that are open."""
        allows = self.allows(machine, interfaces)
        return tuple(allow.rule for allow in allows if allow.account.fate is Fate.LIVE)

    def _live(self, machine: Key, interfaces: Interfaces) -> _Live:
        allows = self.allows(machine, interfaces)
        fates = [(id(each.rule), each.account.fate) for each in allows]
        surely = frozenset(rule for rule, fate in fates if fate is Fate.LIVE)
        return _Live(surely, {rule: fate.reason for rule, fate in fates if isinstance(fate, Unknown)})

    def _account(self, machine: Key, rule: SecurityRule) -> Account:
        if isinstance(self.moment, Unknown):
            return Account(self.moment)
        hidden = self.hidden(machine)
        return account(rule, self.windows(machine), self.moment, hidden=hidden, firewalls=self._firewalls)

    def _standing(self, guarded: Guarded, interfaces: Interfaces, without: frozenset[int]) -> tuple[Standing, ...]:
        found: dict[Standing, None] = {}
        for interface in interfaces:
            for configuration in interface.ip_configurations:
                found |= dict.fromkeys(self._ports.admitted(guarded, self._spot(interface, configuration), without))
        return tuple(found)

    def _public_openings(self, interfaces: Interfaces, without: frozenset[int]) -> tuple[Opening, ...]:
        found: dict[Opening, None] = {}
        for interface in interfaces:
            for configuration in interface.ip_configurations:
                admission = self._situations.admission(interface, configuration)
                if admission.governed is False:
                    continue
                sources = admission.situation.outside.public
                boxes = [Box(protocol, sources, ALL_PORTS, ALL_PORTS) for protocol in DOORS]
                spot = self._spot(interface, configuration)
                stages = [_reduced(stage, without) for stage in spot.stages]
                crossings = cross(stages, Direction.INBOUND, spot.end, spot.around, boxes, spot.admin)
                found |= dict.fromkeys(openings_of(each for each in crossings if each.access is not Access.DENY))
        return tuple(found)

    def _jit_rules(self, interfaces: Interfaces, access: Access) -> Iterator[tuple[Spot, SecurityGroup, SecurityRule]]:
        """Rules that look like just-in-time's in the NSGs before each ip configuration: most NSGs have none."""
        by_group = self._rules[access]
        for interface in interfaces if by_group else ():
            for configuration in interface.ip_configurations:
                if by_group.keys().isdisjoint(self._group_keys(interface, configuration)):
                    continue
                spot = self._spot(interface, configuration)
                for group in (stage.group for stage in spot.stages):
                    if not isinstance(group, Unknown):
                        yield from ((spot, group, rule) for rule in by_group.get(group.key, ()))

    def _group_keys(self, interface: NetworkInterface, configuration: IpConfiguration) -> set[Key | None]:
        """The NSGs before an ip configuration, as far as they were read."""
        subnet = None if isinstance(configuration.subnet, Unknown) else self._estate.subnets.get(configuration.subnet)
        return {interface.security_group, subnet.security_group if subnet else None}

    def _spot(self, interface: NetworkInterface, configuration: IpConfiguration) -> Spot:
        return Spot(
            stages=self._situations.stages(interface, configuration),
            end=LocalEnd(configuration.private_address, configuration.application_security_groups),
            around=self._situations.around(configuration.subnet),
            admin=self._situations.admin(configuration.subnet),
            version=configuration.version,
        )


def _jit_rules_by_group(estate: Estate) -> Mapping[Access, Mapping[Key, tuple[SecurityRule, ...]]]:
    """The inbound rules that look like just-in-time's, by access and by the NSGs that have any."""
    found: dict[Access, dict[Key, tuple[SecurityRule, ...]]] = {access: {} for access in Access}
    for key, group in estate.security_groups.items():
        for rule in group.rules:
            if rule.direction is Direction.INBOUND and looks_like_jit(rule):
                found[rule.access][key] = (*found[rule.access].get(key, ()), rule)
    return found


def _reduced(stage: Stage, without: frozenset[int]) -> Stage:
    """A stage whose group lacks some rules."""
    if isinstance(stage.group, Unknown):
        return stage
    rules = tuple(rule for rule in stage.group.rules if id(rule) not in without)
    return structs.replace(stage, group=SecurityGroup(stage.group.id, rules))


def _doubted(opening: Opening, reason: str) -> Opening:
    return structs.replace(opening, certainty=Certainty.POSSIBLE, reason=opening.reason or reason)


def _guarded_by_machine(estate: Estate) -> Mapping[Key, Guarded]:
    """The ports of all policies that name a machine; equal sets of ports are one object."""
    ports: dict[Key, dict[Protocol, Intervals]] = defaultdict(dict)
    for policy in estate.jit_policies.values():
        for machine in policy.machines:
            mine = ports[machine.virtual_machine]
            for port in machine.ports:
                for protocol in port.protocols:
                    mine[protocol] = union(mine.get(protocol, NOTHING), single(port.number))
    known: dict[Guarded, Guarded] = {}
    return {machine: known.setdefault(_in_order(mine), _in_order(mine)) for machine, mine in ports.items()}


def _in_order(ports: Mapping[Protocol, Intervals]) -> Guarded:
    return tuple((protocol, ports[protocol]) for protocol in DOORS if protocol in ports)


def _addresses_of_firewalls(estate: Estate) -> Intervals:
    """The subnets of Azure Firewalls: under these a machine sees clients whose request went through one."""
    found: Intervals = NOTHING
    for firewall in estate.firewalls.values():
        subnet = estate.subnets.get(firewall.subnet) if firewall.subnet else None
        found = union(found, subnet.addresses) if subnet else found
    return found
