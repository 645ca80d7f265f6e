"""Whether the NSG of an AzureBastionSubnet lets the documented flows of Bastion through (azure-facts 5.9).

Most flows come from or go to a service tag. Where its addresses are in the evidence, rules are asked about these. Else
it is asked for by its name: a rule that names the very tag, or anybody at all, surely speaks about it. A rule for some
public addresses perhaps does; but one that allows just a few can't let all of a tag through that spans all regions.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from vmaudit.addresses import (
    ALL_PORTS,
    ANY_IPV4,
    PUBLIC,
    Intervals,
    covers,
    difference,
    intersection,
    overlaps,
    single,
    union,
)
from vmaudit.estate.resources import Access, Direction, Peers, Protocol, SecurityGroup, SecurityRule, Subnet
from vmaudit.exposure.breadth import reach
from vmaudit.exposure.matching import Box, LocalEnd, local_side_matches, split
from vmaudit.exposure.paths import Reach
from vmaudit.exposure.security_groups import Ruling, decide, ruling_of
from vmaudit.exposure.surroundings import AZURE_HOST, Surroundings
from vmaudit.known import Read, Unknown

_PUBLIC_IPV4: Final = intersection(PUBLIC, ANY_IPV4)
_MANAGER: Final = "gatewaymanager"
_INSIDE: Final = frozenset({"virtualnetwork", "azureloadbalancer"})
_ANY_INSTANCE: Final = Unknown("the instances of Bastion may have any address of their subnet")

_FEW: Final = 10
"""So few ranges are no whole tag of the platform: those have hundreds."""

Speaks: TypeAlias = Callable[[Peers, Access], Read[bool]]
"""Whether the far side of a rule that allows or denies means the other party of a flow."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A Bastion's subnet, the group that guards it, and the network around it."""

    subnet: Subnet
    group: SecurityGroup
    around: Surroundings
    private_only: bool

    @property
    def end(self) -> LocalEnd:
        """Any of its instances."""
        return LocalEnd(_ANY_INSTANCE, ())


@dataclass(frozen=True, slots=True)
class Flow:
    """One documented flow in words, and whether it gets through."""

    name: str
    allowed: Read[bool]


def flows(broker: Broker) -> Iterator[Flow]:
    """The documented flows, but for those to the machines."""
    inward, outward = Direction.INBOUND, Direction.OUTBOUND
    yield Flow("inbound 443 from clients", _clients_get_in(broker))
    yield _flow(broker, inward, (443,), "from GatewayManager", _named(broker, "GatewayManager"))
    yield _flow(broker, inward, (443,), "from AzureLoadBalancer", _speaks_of_probes)
    yield _flow(broker, inward, (8080, 5701), "from VirtualNetwork", _speaks_of(broker.subnet))
    yield _flow(broker, outward, (443,), "to AzureCloud", _named(broker, "AzureCloud"))
    yield _flow(broker, outward, (8080, 5701), "to VirtualNetwork", _speaks_of(broker.subnet))
    yield Flow("outbound 80 to Internet", _reaches_the_internet(broker, 80))


def client_rulings(broker: Broker) -> list[Ruling]:
    """What the group does with HTTPS from where clients come; GatewayManager is the platform and no client."""
    rules = [rule for rule in broker.group.rules if not is_platform(rule.source)]
    pieces = split(rules, Direction.INBOUND, broker.end, broker.around, _tcp(_clients(broker), single(443)))
    return [ruling_of(piece, piece.rule) for piece in pieces if piece.rule is not None]


def _clients(broker: Broker) -> Intervals:
    """A private-only Bastion is reached from inside, any other from public addresses alone."""
    if broker.private_only:
        return difference(difference(ANY_IPV4, _PUBLIC_IPV4), AZURE_HOST)
    return difference(_PUBLIC_IPV4, broker.around.virtual_network.must)


def machine_rulings(broker: Broker, machines: Intervals) -> list[Ruling]:
    """What the group does with what Bastion sends to machines, on any port."""
    return decide(broker.group, Direction.OUTBOUND, broker.end, broker.around, _tcp(machines, ALL_PORTS))


def _tcp(remote: Intervals, ports: Intervals) -> Box:
    return Box(Protocol.TCP, remote, ALL_PORTS, ports)


def is_platform(source: Peers) -> bool:
    """Whether a rule is for the platform alone, which manages Bastion from GatewayManager."""
    return not source.addresses and {tag.lower() for tag in source.tags} == {_MANAGER}


def _flow(broker: Broker, direction: Direction, ports: Iterable[int], party: str, speaks: Speaks) -> Flow:
    listed = list(ports)
    answers = [_gets_through(broker, direction, port, speaks) for port in listed]
    allowed = False if False in answers else next((each for each in answers if isinstance(each, Unknown)), True)
    return Flow(f"{direction.value.lower()} {' and '.join(map(str, listed))} {party}", allowed)


def _gets_through(broker: Broker, direction: Direction, port: int, speaks: Speaks) -> Read[bool]:
    """First match wins; a rule that perhaps matches leaves a doubt if it would decide otherwise."""
    doubtful: list[tuple[Access, str]] = []
    for rule in _rules_for(broker.group, direction, port):
        spoken = _speaks_about(rule, broker, speaks)
        if isinstance(spoken, Unknown):
            doubtful.append((rule.access, f"rule {rule.name} of {broker.group.name}: {spoken.reason}"))
        elif spoken:
            other = next((reason for access, reason in doubtful if access is not rule.access), "")
            return Unknown(other) if other else rule.access is Access.ALLOW
    return False


def _rules_for(group: SecurityGroup, direction: Direction, port: int) -> Iterator[SecurityRule]:
    for rule in group.rules:
        ported = Protocol.TCP in rule.protocols and covers(rule.destination_ports, single(port))
        if rule.direction is direction and ported:
            yield rule


def _speaks_about(rule: SecurityRule, broker: Broker, speaks: Speaks) -> Read[bool]:
    near, far = rule.destination, rule.source
    if rule.direction is Direction.OUTBOUND:
        near, far = far, near
    here, there = local_side_matches(near, broker.end, broker.around), speaks(far, rule.access)
    if here is False or there is False:
        return False
    if rule.source_ports != ALL_PORTS:
        return Unknown("it asks for source ports")
    return next((answer for answer in (here, there) if isinstance(answer, Unknown)), True)


def _named(broker: Broker, tag: str) -> Speaks:
    """For a party on the internet that is known by its tag."""
    known = broker.around.tag(tag)
    party = known.must if known.must == known.may else None

    def speaks(side: Peers, access: Access) -> Read[bool]:
        if party is None:
            return _speaks_of_tag(side, access, tag.lower())
        meant = broker.around.meaning(side)
        if covers(meant.must, party):
            return True
        return Unknown(meant.doubt or f"it speaks about a part of {tag}") if overlaps(meant.may, party) else False

    return speaks


def _speaks_of_tag(side: Peers, access: Access, tag: str) -> Read[bool]:
    """The same without the addresses of the tag."""
    public = intersection(side.addresses, _PUBLIC_IPV4)
    if {each.lower() for each in side.tags} & {tag, "internet"} or public == _PUBLIC_IPV4:
        return True
    others = [each for each in side.tags if each.lower() not in _INSIDE]
    if others:
        return Unknown(f"how {others[0]} relates to the flow is not in the evidence")
    few = len(public) <= _FEW and reach(public) is not Reach.INTERNET
    if not public or (few and access is Access.ALLOW):
        return False
    return Unknown("it speaks about some public addresses")


def _speaks_of_probes(side: Peers, _access: Access) -> Read[bool]:
    """Health probes come from one address that no other tag holds."""
    return bool({tag.lower() for tag in side.tags} & _INSIDE) or covers(side.addresses, AZURE_HOST)


def _speaks_of(subnet: Subnet) -> Speaks:
    """For the instances of Bastion among themselves: they are the ones that talk on these ports."""

    def speaks(side: Peers, _access: Access) -> Read[bool]:
        if "virtualnetwork" in {tag.lower() for tag in side.tags} or covers(side.addresses, subnet.addresses):
            return True
        return _ANY_INSTANCE if overlaps(side.addresses, subnet.addresses) else False

    return speaks


def _clients_get_in(broker: Broker) -> Read[bool]:
    """Whether anybody at all can connect."""
    rulings = client_rulings(broker)
    if any(ruling.access is Access.ALLOW for ruling in rulings):
        return True
    return next((Unknown(ruling.doubts[0]) for ruling in rulings if ruling.access is None), False)


def _reaches_the_internet(broker: Broker, port: int) -> Read[bool]:
    """All of it but for a few addresses: what is closed counts once it is as wide as the internet at large."""
    remote = difference(_PUBLIC_IPV4, broker.around.virtual_network.must)
    closed: Intervals = ()
    doubt = ""
    for ruling in decide(broker.group, Direction.OUTBOUND, broker.end, broker.around, _tcp(remote, single(port))):
        if ruling.access is Access.DENY:
            closed = union(closed, ruling.box.remote)
            doubt = doubt or f"rule {ruling.rule.name} of {broker.group.name} closes a part of the internet"
        elif ruling.access is None:
            doubt = doubt or ruling.doubts[0]
    if reach(closed) is Reach.INTERNET:
        return False
    return Unknown(doubt) if doubt else True
