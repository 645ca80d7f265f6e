"""Network security groups: from Azure's spellings of a rule to sets (azure-facts 5.1)."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from msgspec import UnsetType

from vmaudit import addresses
from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, Intervals
from vmaudit.estate.resources import Access, Direction, Key, Peers, Protocol, SecurityGroup, SecurityRule
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.estate.wire import (
    OnePort,
    OneText,
    Port,
    Ports,
    References,
    RuleBody,
    RuleRow,
    SecurityGroupBody,
    SecurityGroupRow,
    Texts,
)

ALL_PROTOCOLS: Final = frozenset(Protocol)
_PROTOCOLS: Final = {protocol.value.lower(): frozenset({protocol}) for protocol in Protocol} | {
    "*": ALL_PROTOCOLS,
    "any": ALL_PROTOCOLS,
    "all": ALL_PROTOCOLS,
}
_DIRECTIONS: Final = {direction.value.lower(): direction for direction in Direction}
_ACCESSES: Final = {access.value.lower(): access for access in Access}
_ANYWHERE: Final = frozenset({"*", "any"})
NO_SIDE: Final = "(nothing)"
"""Stands as a tag where a rule names neither prefixes nor groups: what it matches can't be known."""

_VNET, _INTERNET, _BALANCER = "VirtualNetwork", "Internet", "AzureLoadBalancer"


def _default(name: str, priority: int, direction: Direction, access: Access, source: str, to: str) -> SecurityRule:
    return SecurityRule(
        name=name,
        priority=priority,
        direction=direction,
        access=access,
        protocols=ALL_PROTOCOLS,
        source=_side((source,), ()),
        source_ports=ALL_PORTS,
        destination=_side((to,), ()),
        destination_ports=ALL_PORTS,
        default=True,
    )


def _side(prefixes: Iterable[str], groups: tuple[Key, ...]) -> Peers:
    """One side of a rule. A text that is no prefix is a tag, known or not (Azure has accepted a prefix of `789`)."""
    sets: list[tuple[int, int]] = []
    tags: list[str] = []
    for text in (prefix.strip() for prefix in prefixes):
        if text.lower() in _ANYWHERE:
            sets += ANY_ADDRESS
        elif text:
            try:
                sets += addresses.prefix(text)
            except ValueError:
                tags.append(text)
    if not (sets or tags or groups):
        tags.append(NO_SIDE)
    return Peers(
        addresses=addresses.normalised(sets), tags=tuple(dict.fromkeys(tags)), application_security_groups=groups
    )


DEFAULT_RULES: Final = (
    _default("AllowVnetInBound", 65000, Direction.INBOUND, Access.ALLOW, _VNET, _VNET),
    _default("AllowAzureLoadBalancerInBound", 65001, Direction.INBOUND, Access.ALLOW, _BALANCER, "*"),
    _default("DenyAllInBound", 65500, Direction.INBOUND, Access.DENY, "*", "*"),
    _default("AllowVnetOutBound", 65000, Direction.OUTBOUND, Access.ALLOW, _VNET, _VNET),
    _default("AllowInternetOutBound", 65001, Direction.OUTBOUND, Access.ALLOW, "*", _INTERNET),
    _default("DenyAllOutBound", 65500, Direction.OUTBOUND, Access.DENY, "*", "*"),
)
"""The six rules that Azure adds to every group, whether or not an export shows them."""


def read_security_group(row: SecurityGroupRow, children: Iterable[RuleRow], *, all_given: bool) -> SecurityGroup:
    """A group with the rules of its body and of rows of their own, Azure's defaults added where the export has none.

    `all_given` says that `children` are all the rows of their own that there are: only then can they stand for a body.
    Raises RowUnreadableError where the rules are missing or a rule says what Azure does not document.
    """
    body: SecurityGroupBody = row if isinstance(row.properties, UnsetType) else row.properties
    own = {_rule_name(rule): rule for rule in children}
    inline = body.security_rules if isinstance(body.security_rules, tuple) else None
    if inline is None and not own:
        raise RowUnreadableError("its rules were left out (`az resource list` prints no properties)")
    if inline is None and not all_given:
        raise RowUnreadableError("its rules were left out, and nothing says that the rules given beside it are all")
    named = own | {_rule_name(rule): rule for rule in inline or ()}
    rules = [read_rule(rule, default=False) for rule in named.values()]
    given = [read_rule(rule, default=True) for rule in body.default_security_rules or ()]
    shown = {rule.name.lower() for rule in given}
    left_out = [rule for rule in DEFAULT_RULES if rule.name.lower() not in shown]
    return security_group(row.id, [*rules, *given, *left_out])


def security_group(group_id: str, rules: Iterable[SecurityRule]) -> SecurityGroup:
    """A group with its rules in the order in which Azure asks them."""
    ordered = sorted(rules, key=lambda rule: (rule.direction.value, rule.priority, rule.name))
    return SecurityGroup(id=group_id, rules=tuple(ordered))


def read_rule(row: RuleRow, *, default: bool) -> SecurityRule:
    """One rule. Raises RowUnreadableError naming the rule and the field."""
    body: RuleBody = row if isinstance(row.properties, UnsetType) else row.properties
    name = _rule_name(row)
    if isinstance(body.priority, UnsetType):
        raise RowUnreadableError(f"rule {name} has no priority")
    return SecurityRule(
        name=name,
        priority=body.priority,
        direction=_direction(name, body.direction),
        access=_access(name, body.access),
        protocols=protocols_of(name, body.protocol),
        source=_peers(
            body.source_address_prefix, body.source_address_prefixes, body.source_application_security_groups
        ),
        source_ports=_ports(name, body.source_port_range, body.source_port_ranges),
        destination=_peers(
            body.destination_address_prefix,
            body.destination_address_prefixes,
            body.destination_application_security_groups,
        ),
        destination_ports=_ports(name, body.destination_port_range, body.destination_port_ranges),
        default=default,
        description=body.description or "",
    )


def _rule_name(row: RuleRow) -> str:
    return row.name or (row.id or "").rpartition("/")[2]


def _direction(rule: str, text: str | UnsetType) -> Direction:
    found = _DIRECTIONS.get(text.lower()) if isinstance(text, str) else None
    if found is None:
        raise RowUnreadableError(f"rule {rule} has the direction {text!r}")
    return found


def _access(rule: str, text: str | UnsetType) -> Access:
    found = _ACCESSES.get(text.lower()) if isinstance(text, str) else None
    if found is None:
        raise RowUnreadableError(f"rule {rule} has the access {text!r}")
    return found


def protocols_of(rule: str, text: str | UnsetType) -> frozenset[Protocol]:
    """The protocols that a word of Azure's stands for. Raises RowUnreadableError on a word it does not document."""
    found = _PROTOCOLS.get(text.lower()) if isinstance(text, str) else None
    if found is None:
        raise RowUnreadableError(f"rule {rule} has the protocol {text!r}")
    return found


def _peers(single: OneText, plural: Texts, groups: References) -> Peers:
    keys = tuple([group.id.lower() for group in groups]) if groups else ()
    if isinstance(single, tuple):
        return peers("", (*single, *(plural or ())), keys)
    return peers(single or "", plural or (), keys)


@lru_cache(maxsize=65536)
def peers(single: str, plural: tuple[str, ...], groups: tuple[Key, ...]) -> Peers:
    """One side of a rule from its singular and plural fields.

    Many groups hold the same sides: each distinct one is built, and kept in memory, once.
    """
    return _side((single, *plural), groups)


def _ports(rule: str, single: OnePort, plural: Ports) -> Intervals:
    try:
        return _ports_cached((*single, *(plural or ())) if isinstance(single, tuple) else (single, *(plural or ())))
    except ValueError as problem:
        raise RowUnreadableError(f"rule {rule}: {problem}") from problem


@lru_cache(maxsize=65536)
def _ports_cached(given: tuple[Port | None, ...]) -> Intervals:
    """The union of both fields. Neither given: the rule does not ask for ports."""
    texts = [str(port) for port in given if port not in (None, "")]
    if not texts:
        return ALL_PORTS
    return addresses.normalised(pair for text in texts for pair in addresses.ports(text))
