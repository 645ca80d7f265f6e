"""Facts about the flows that Bastion needs, and whether the NSGs of AzureBastionSubnets let them through."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from vmaudit.addresses import ALL_PORTS, NOTHING, Intervals, covers, difference, overlaps, single, union
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.bastion_cover import NO_BASTION, TABLES, WHOLE, cover
from vmaudit.assess.facts.bastion_flows import Broker, flows, machine_rulings
from vmaudit.assess.facts.bastion_posts import bastion_posts
from vmaudit.assess.facts.bastion_traffic_remedies import allow_flow, allow_machines
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.values import NO_PORTS, Names, Ports
from vmaudit.estate.resources import Access, IpConfiguration, Protocol
from vmaudit.known import Read, Unknown


def _guarding_groups(case: Case) -> Read[Names]:
    """Which groups stand there is known from the subnets alone, whether the groups were read or not."""
    covering = cover(case)
    if isinstance(covering, Unknown):
        return covering
    found: set[str] = set()
    more = covering.more
    for key in dict.fromkeys(host.subnet for host in covering.hosts if host.subnet):
        subnet = case.estate.find(case.estate.subnets, key, "subnet")
        if isinstance(subnet, Unknown):
            more = more or subnet.reason
        elif subnet.security_group is not None:
            found.add(az.name_of(subnet.security_group))
    return Names(tuple(sorted(found)), more) if covering.hosts or more else NO_BASTION


def _missing_flows(case: Case) -> Read[Names]:
    posts = bastion_posts(case)
    if isinstance(posts, Unknown):
        return posts
    found: set[str] = set()
    more = posts.more
    for broker in posts.brokers:
        for flow in flows(broker):
            if isinstance(flow.allowed, Unknown):
                more = more or flow.allowed.reason
            elif not flow.allowed:
                found.add(f"{flow.name} in {broker.group.name}")
    return Names(tuple(sorted(found)), more)


def _allow_flows(case: Case, found: Names) -> tuple[Remedy, ...]:
    posts = bastion_posts(case)
    brokers = () if isinstance(posts, Unknown) else posts.brokers
    return tuple(
        allow_flow(broker.group.id, flow.name)
        for broker in brokers
        for flow in flows(broker)
        if f"{flow.name} in {broker.group.name}" in found.proven
    )


def _blocked_ports(case: Case) -> Read[Ports]:
    """Ports on which no packet of some covering Bastion gets out of its subnet to some address of the machine."""
    posts = bastion_posts(case)
    if isinstance(posts, Unknown):
        return posts
    proven: Intervals = NOTHING
    possible: Intervals = NOTHING
    reason = posts.more or case.unread_interfaces
    if reason and (posts.brokers or posts.more):
        possible = ALL_PORTS
    for broker in posts.brokers:
        for place in _places(case):
            for ports, why in _stopped(case, broker, place):
                proven, possible = (proven, union(possible, ports)) if why else (union(proven, ports), possible)
                reason = reason or why
    possible = difference(possible, proven)
    return Ports(proven, possible, reason if possible else "") if proven or possible else NO_PORTS


def _places(case: Case) -> Iterator[IpConfiguration]:
    """The IPv4 addresses of the machine: Bastion speaks no IPv6 to machines."""
    for interface in case.interfaces:
        yield from (place for place in interface.ip_configurations if place.version == 4)


def _stopped(case: Case, broker: Broker, place: IpConfiguration) -> Iterator[tuple[Intervals, str]]:
    """Ports that packets of one Bastion to one address do not get to, or perhaps do not, with the reason.

    The NSG is asked once per subnet; then those rulings count that mean the address itself.
    """
    subnet = (
        place.subnet
        if isinstance(place.subnet, Unknown)
        else case.estate.find(case.estate.subnets, place.subnet, "subnet")
    )
    if isinstance(subnet, Unknown):
        yield ALL_PORTS, subnet.reason
        return
    key = ("bastion rulings", broker.group.key, broker.subnet.key, subnet.key)
    address = place.private_address
    own = subnet.addresses if isinstance(address, Unknown) else single(address)
    for ruling in case.around.once(key, partial(machine_rulings, broker, subnet.addresses)):
        if ruling.access is Access.ALLOW or not overlaps(ruling.box.remote, own):
            continue
        why = ruling.doubts[0] if ruling.access is None else ""
        if isinstance(address, Unknown) and not covers(ruling.box.remote, own):
            why = address.reason
        yield ruling.box.destination_ports, why


def _allow_machines(case: Case, found: Ports) -> tuple[Remedy, ...]:
    posts = bastion_posts(case)
    brokers = () if isinstance(posts, Unknown) else posts.brokers
    return tuple(
        allow_machines(broker.group.id, found.proven)
        for broker in brokers
        if any(
            overlaps(ports, found.proven) and not why
            for place in _places(case)
            for ports, why in _stopped(case, broker, place)
        )
    )


_TABLES: Final = (*TABLES, "subnets", "security_groups", "security_rules")

FACTS: Final = (
    Fact(
        name="bastion.guarding_nsgs",
        kind=kinds.NAMES,
        level=Level.NETWORK,
        label="NSGs on Bastion subnets",
        doc="The NSGs that stand on the subnets of covering Bastions.",
        read=_guarding_groups,
        tables=(*TABLES, "subnets"),
        whole=WHOLE,
    ),
    Fact(
        name="bastion.missing_flows",
        kind=kinds.NAMES,
        level=Level.NETWORK,
        label="flows that Bastion needs and does not get",
        doc="Documented flows that an NSG on a covering Bastion's subnet stops, but for those to the machines.",
        read=_missing_flows,
        tables=_TABLES,
        whole=WHOLE,
        remedies=_allow_flows,
    ),
    Fact(
        name="bastion.blocked_ports",
        kind=kinds.PORTS,
        level=Level.MACHINE,
        label="ports of the machine that Bastion can't send to",
        doc="TCP ports of the machine to which the NSG on a covering Bastion's own subnet lets nothing out.",
        read=_blocked_ports,
        tables=_TABLES,
        whole=WHOLE,
        remedies=_allow_machines,
        shown=lambda value: f"outbound {kinds.with_protocol(Protocol.TCP)(value)} to the machine",
    ),
)
