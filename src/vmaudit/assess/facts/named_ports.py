"""The TCP ports that the rules of an NSG open by number, sorted once per group by whom the rules speak about."""

from dataclasses import dataclass

from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, NOTHING, Intervals, covers, single, union
from vmaudit.estate.resources import Access, Direction, IpConfiguration, Peers, Protocol, SecurityGroup, SecurityRule
from vmaudit.known import Read, Unknown


@dataclass(frozen=True, slots=True)
class NamedPorts:
    """What the rules of one group name: for every machine behind it, and for those that a rule's destination holds."""

    for_all: Intervals
    for_some: tuple[tuple[Peers, Intervals], ...]


def named_ports(group: SecurityGroup) -> NamedPorts:
    """Inbound rules that somebody wrote to let TCP in to ports that they name; `*` names none.

    A tag as destination is taken to hold every machine: that asks for more guarding, not for less.
    """
    for_all: Intervals = NOTHING
    for_some: list[tuple[Peers, Intervals]] = []
    for rule in group.rules:
        if _names_ports(rule):
            if rule.destination.tags or rule.destination.addresses == ANY_ADDRESS:
                for_all = union(for_all, rule.destination_ports)
            else:
                for_some.append((rule.destination, rule.destination_ports))
    return NamedPorts(for_all, tuple(for_some))


def _names_ports(rule: SecurityRule) -> bool:
    return (
        rule.access is Access.ALLOW
        and rule.direction is Direction.INBOUND
        and not rule.default
        and Protocol.TCP in rule.protocols
        and rule.destination_ports != ALL_PORTS
    )


def speaks_about(destination: Peers, places: tuple[IpConfiguration, ...]) -> Read[bool]:
    """Whether a destination without tags holds one of the addresses."""
    doubt: Unknown | None = None
    for place in places:
        if not set(destination.application_security_groups).isdisjoint(place.application_security_groups):
            return True
        if destination.addresses:
            if isinstance(place.private_address, Unknown):
                doubt = place.private_address
            elif covers(destination.addresses, single(place.private_address)):
                return True
    return doubt or False
