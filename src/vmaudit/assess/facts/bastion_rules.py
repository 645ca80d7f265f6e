"""What the NSG of an AzureBastionSubnet opens inbound beyond what Bastion needs (azure-facts 5.9)."""

from collections.abc import Iterator
from typing import Final

from vmaudit.addresses import (
    ALL_PORTS,
    ANY_ADDRESS,
    NOTHING,
    PRIVATE,
    Intervals,
    covers,
    difference,
    overlaps,
    port_texts,
    ports,
    union,
)
from vmaudit.estate.resources import Access, Direction, Peers, Protocol, SecurityGroup, SecurityRule, Subnet

_FROM_ANYWHERE: Final = ports("443")
_FROM_INSIDE: Final = union(_FROM_ANYWHERE, union(ports("8080"), ports("5701")))
_WITH_PORTS: Final = frozenset({Protocol.TCP, Protocol.UDP})
_INSIDE_TAG: Final = "virtualnetwork"


def needless_rules(group: SecurityGroup, subnet: Subnet) -> Iterator[tuple[SecurityRule, tuple[str, ...]]]:
    """Inbound rules that somebody wrote and that open more than Bastion needs, with the ports they open beyond it.

    Azure's default rules are not counted: they let the virtual network in, and Microsoft's own rule set keeps them. A
    port that an earlier deny closes for all the sources of a rule is not opened by it.
    """
    earlier: list[SecurityRule] = []
    for rule in group.rules:
        if rule.direction is not Direction.INBOUND or rule.default:
            continue
        if rule.access is Access.DENY:
            earlier.append(rule)
        elif rule.protocols & _WITH_PORTS and _concerns(rule.destination, subnet):
            needed = _FROM_INSIDE if _is_inside(rule.source, subnet) else _FROM_ANYWHERE
            beyond = difference(difference(rule.destination_ports, needed), _closed(rule, earlier, subnet))
            if beyond:
                yield rule, port_texts(beyond)


def _concerns(destination: Peers, subnet: Subnet) -> bool:
    """Whether a rule speaks about the subnet. Bastion's instances are in no application security group."""
    return bool(destination.tags) or overlaps(destination.addresses, subnet.addresses)


def _is_inside(source: Peers, subnet: Subnet) -> bool:
    tags = all(tag.lower() == _INSIDE_TAG for tag in source.tags)
    return tags and covers(union(PRIVATE, subnet.addresses), source.addresses)


def _closed(rule: SecurityRule, earlier: list[SecurityRule], subnet: Subnet) -> Intervals:
    """Ports that denies with a lower priority number close to every source of the rule."""
    closed: Intervals = NOTHING
    for deny in earlier:
        if (
            deny.protocols >= rule.protocols & _WITH_PORTS
            and deny.source_ports == ALL_PORTS
            and _shuts_out(deny.source, rule.source)
            and covers(deny.destination.addresses, subnet.addresses)
        ):
            closed = union(closed, deny.destination_ports)
    return closed


def _shuts_out(denied: Peers, source: Peers) -> bool:
    if denied.addresses == ANY_ADDRESS or denied == source:
        return True
    return not source.tags and not source.application_security_groups and covers(denied.addresses, source.addresses)
