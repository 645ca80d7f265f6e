"""Security admin rules of virtual network managers: from Azure's spellings to values (azure-facts 1.2, 5.6).

The row of a network names the rules that are in force there; their bodies stand in snapshot rows of their own.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import UnsetType

from vmaudit import addresses
from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, Intervals
from vmaudit.estate.front_doors import AdminAccess, AdminRule
from vmaudit.estate.resources import Direction, Key, Peers, Protocol
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.estate.rules import peers, protocols_of
from vmaudit.estate.wire_front_doors import AdminPeer, AdminRuleBody, AdminRuleRow, EffectiveBody, EffectiveRow
from vmaudit.known import Read, Unknown

_ACCESS: Final = {access.value.lower(): access for access in AdminAccess}
_DIRECTION: Final = {direction.value.lower(): direction for direction in Direction}
_EFFECTIVE: Final = "/providers/microsoft.network/effectivesecurityadminrules"


def network_of(row_id: str) -> Key:
    """The network that an effective row is about."""
    return row_id.lower().partition(_EFFECTIVE)[0]


def read_effective_rules(row: EffectiveRow, bodies: Mapping[Key, AdminRuleRow]) -> Read[tuple[AdminRule, ...]]:
    """The rules in force in one network, in order; unknown where one of their bodies is not in the evidence."""
    body: EffectiveBody = row if isinstance(row.properties, UnsetType) else row.properties
    configurations = body.effective_security_admin_configurations
    if isinstance(configurations, UnsetType):
        return Unknown(
            f"the security admin rules of {network_of(row.id).rpartition('/')[2]} were left out of their row"
        )
    found: list[AdminRule] = []
    for reference in (
        rule for configuration in configurations or () for rule in configuration.security_admin_rules or ()
    ):
        whole = reference if _has_body(reference) else bodies.get(reference.id.lower())
        if whole is None:
            return Unknown(
                f"security admin rule {_rule_name(reference.id)} is in force, and its body is not in the evidence"
            )
        found.append(read_admin_rule(whole))
    return tuple(sorted(found, key=lambda rule: (rule.priority, rule.id.lower())))


def read_admin_rule(row: AdminRuleRow) -> AdminRule:
    """One security admin rule. Raises RowUnreadableError naming the rule and what is strange in it."""
    body: AdminRuleBody = row if isinstance(row.properties, UnsetType) else row.properties
    name = _rule_name(row.id)
    access = _ACCESS.get((body.access or "").lower())
    direction = _DIRECTION.get((body.direction or "").lower())
    if access is None or direction is None or body.priority is None:
        raise RowUnreadableError(f"security admin rule {name} lacks access, direction or priority")
    return AdminRule(
        id=row.id,
        name=name,
        collection=row.id.lower().partition("/rulecollections/")[2].partition("/")[0],
        priority=body.priority,
        direction=direction,
        access=access,
        protocols=_protocols(name, body.protocol),
        source=_side(body.sources),
        source_ports=_ports(name, body.source_port_ranges),
        destination=_side(body.destinations),
        destination_ports=_ports(name, body.destination_port_ranges),
    )


def _has_body(row: AdminRuleRow) -> bool:
    return row.access is not None or not isinstance(row.properties, UnsetType)


def _rule_name(rule_id: str) -> str:
    """`.../rules/<name>/snapshots/<number>` and `.../rules/<name>` are the same rule to a reader."""
    before, _, _ = rule_id.partition("/snapshots/")
    return before.rpartition("/")[2]


def _protocols(name: str, text: str | None) -> frozenset[Protocol]:
    return protocols_of(name, text or "Any")


def _side(rows: Iterable[AdminPeer] | None) -> Peers:
    """Prefixes and service tags; a network group is a tag too, since who is in it is not in the evidence."""
    texts = [
        f"network group {(row.address_prefix or '').rpartition('/')[2]}"
        if (row.address_prefix_type or "").lower() == "networkgroup"
        else row.address_prefix or ""
        for row in rows or ()
    ]
    return peers("", tuple(texts), ()) if texts else Peers(addresses=ANY_ADDRESS)


def _ports(name: str, texts: tuple[str | int, ...] | None) -> Intervals:
    try:
        return addresses.normalised(pair for text in texts or () for pair in addresses.ports(str(text))) or ALL_PORTS
    except ValueError as problem:
        raise RowUnreadableError(f"security admin rule {name}: {problem}") from problem
