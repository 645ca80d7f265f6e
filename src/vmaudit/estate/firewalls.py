"""Azure Firewalls, their policies' DNAT rules, and IP groups: from Azure's spellings to values (azure-facts 5.7)."""

from collections.abc import Iterable
from typing import Final

from msgspec import UNSET, UnsetType

from vmaudit import addresses
from vmaudit.addresses import Intervals
from vmaudit.estate.front_doors import (
    AzureFirewall,
    FirewallPolicy,
    IpGroup,
    NatRule,
    NetworkRule,
    RuleCollectionGroup,
)
from vmaudit.estate.machines import key_of
from vmaudit.estate.resources import Peers, Protocol
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.estate.rules import peers
from vmaudit.estate.wire_firewalls import (
    CollectionBody,
    CollectionGroupBody,
    CollectionGroupRow,
    CollectionRow,
    FirewallBody,
    FirewallPlaceBody,
    FirewallRow,
    FirewallRuleRow,
    IpGroupBody,
    IpGroupRow,
    PolicyBody,
    PolicyCollectionRow,
    PolicyRow,
)

_BOTH: Final = frozenset({Protocol.TCP, Protocol.UDP})
_NAT_COLLECTION: Final = "firewallpolicynatrulecollection"
_NETWORK_RULE: Final = "networkrule"


def read_firewall(row: FirewallRow) -> AzureFirewall:
    """An Azure Firewall. Raises RowUnreadableError where its places were left out."""
    body: FirewallBody = row if isinstance(row.properties, UnsetType) else row.properties
    if body.ip_configurations is UNSET and body.virtual_hub is None:
        raise RowUnreadableError("its addresses were left out (`az resource list` prints no properties)")
    rows = body.ip_configurations if isinstance(body.ip_configurations, tuple) else ()
    places: list[FirewallPlaceBody] = [
        place if isinstance(place.properties, UnsetType) else place.properties for place in rows
    ]
    return AzureFirewall(
        id=row.id,
        subnet=next((key_of(place.subnet) for place in places if place.subnet), None),
        public_ips=tuple(key for place in places if (key := key_of(place.public_ip_address))),
        hub_addresses=_hub_addresses(body),
        policy=key_of(body.firewall_policy),
        rules=_in_order(_classic(body.nat_rule_collections)),
        virtual_hub=key_of(body.virtual_hub),
        network_rules=_network_rules(_classic(body.network_rule_collections)),
    )


def _classic(rows: tuple[CollectionRow, ...] | None) -> list[tuple[str, CollectionBody]]:
    return [(row.name or "", row if isinstance(row.properties, UnsetType) else row.properties) for row in rows or ()]


def _hub_addresses(body: FirewallBody) -> tuple[str, ...]:
    public = body.hub_ip_addresses.public_ips if body.hub_ip_addresses else None
    return tuple(entry.address for entry in (public.addresses if public else None) or () if entry.address)


def read_rule_collection_group(row: CollectionGroupRow) -> RuleCollectionGroup:
    """The DNAT and network rules of one group. Raises RowUnreadableError where its collections were left out."""
    body: CollectionGroupBody = row if isinstance(row.properties, UnsetType) else row.properties
    if body.rule_collections is UNSET:
        raise RowUnreadableError("its rule collections were left out (`az resource list` prints no properties)")
    rows = body.rule_collections if isinstance(body.rule_collections, tuple) else ()
    return RuleCollectionGroup(
        id=row.id,
        priority=body.priority or 0,
        rules=_in_order((one.name or "", one) for one in rows if _is_nat(one)),
        network_rules=_network_rules((one.name or "", one) for one in rows if not _is_nat(one)),
    )


def _is_nat(row: PolicyCollectionRow) -> bool:
    return (row.rule_collection_type or "").lower() == _NAT_COLLECTION


def read_policy(row: PolicyRow) -> FirewallPolicy:
    """A firewall policy. Raises RowUnreadableError where it was left out whether it has a parent."""
    body: PolicyBody = row if isinstance(row.properties, UnsetType) else row.properties
    if body.base_policy is None and body.threat_intel_mode is UNSET:
        raise RowUnreadableError("its parent was left out (`az resource list` prints no properties)")
    return FirewallPolicy(id=row.id, parent=key_of(body.base_policy))


def read_ip_group(row: IpGroupRow) -> IpGroup:
    """A named set of addresses. Raises RowUnreadableError where they were left out."""
    body: IpGroupBody = row if isinstance(row.properties, UnsetType) else row.properties
    if isinstance(body.ip_addresses, UnsetType):
        raise RowUnreadableError("its addresses were left out (`az resource list` prints no properties)")
    try:
        return IpGroup(id=row.id, addresses=addresses.prefixes(body.ip_addresses or ()))
    except ValueError as problem:
        raise RowUnreadableError(str(problem)) from problem


def _by_priority(collections: Iterable[tuple[str, CollectionBody]]) -> list[tuple[str, CollectionBody]]:
    return sorted(collections, key=lambda named: (named[1].priority or 0, named[0]))


def _in_order(collections: Iterable[tuple[str, CollectionBody]]) -> tuple[NatRule, ...]:
    return tuple(_nat_rule(name, rule) for name, body in _by_priority(collections) for rule in body.rules or ())


def _network_rules(collections: Iterable[tuple[str, CollectionBody]]) -> tuple[NetworkRule, ...]:
    """Those that name addresses. Classic ones stand apart; in a policy application rules stand among them."""
    return tuple(
        _network_rule(name, body, rule)
        for name, body in _by_priority(collections)
        for rule in body.rules or ()
        if (rule.rule_type or _NETWORK_RULE).lower() == _NETWORK_RULE
        and (rule.destination_addresses or rule.destination_ip_groups)
    )


def _network_rule(collection: str, body: CollectionBody, row: FirewallRuleRow) -> NetworkRule:
    return NetworkRule(
        collection=collection,
        name=row.name or "",
        allows=body.action is None or (body.action.type or "").lower() != "deny",
        protocols=_protocols(row),
        sources=_side(row.source_addresses),
        source_groups=tuple(group.lower() for group in row.source_ip_groups or ()),
        destinations=_side(row.destination_addresses),
        destination_groups=tuple(group.lower() for group in row.destination_ip_groups or ()),
        ports=_ports(row),
    )


def _nat_rule(collection: str, row: FirewallRuleRow) -> NatRule:
    return NatRule(
        collection=collection,
        name=row.name or "",
        protocols=_protocols(row),
        sources=_side(row.source_addresses),
        ip_groups=tuple(group.lower() for group in row.source_ip_groups or ()),
        destinations=_side(row.destination_addresses),
        ports=_ports(row),
        to_address=_translated(row),
        to_name=row.translated_fqdn or "",
        to_port=None if row.translated_port in (None, "", "*") else int(row.translated_port),
    )


def _side(texts: tuple[str, ...] | None) -> Peers:
    """Addresses, ranges, CIDR blocks or `*`; an empty side is given by IP groups alone."""
    return peers("", texts or (), ()) if texts else Peers()


def _protocols(row: FirewallRuleRow) -> frozenset[Protocol]:
    named = {str(protocol).upper() for protocol in (*(row.ip_protocols or ()), *(row.protocols or ()))}
    if named & {"ANY", "*"}:
        return _BOTH
    return frozenset(protocol for protocol in _BOTH if protocol.value in named)


def _ports(row: FirewallRuleRow) -> Intervals:
    try:
        return addresses.normalised(pair for port in row.destination_ports or () for pair in addresses.ports(str(port)))
    except ValueError as problem:
        raise RowUnreadableError(f"rule {row.name}: {problem}") from problem


def _translated(row: FirewallRuleRow) -> int | None:
    if not row.translated_address:
        return None
    try:
        return addresses.address_number(row.translated_address)
    except ValueError as problem:
        raise RowUnreadableError(f"rule {row.name}: {problem}") from problem
