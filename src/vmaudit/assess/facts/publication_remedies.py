"""The commands that take publications away. What one load balancer, firewall or gateway publishes is one cause."""

from typing import Final

from vmaudit.assess import az
from vmaudit.assess.facts.fact import Remedy
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import NatRule
from vmaudit.exposure.paths import Hop

_RULES: Final = {
    "nat-rule": ("network lb inbound-nat-rule delete", "--lb-name", "load balancer {name}, NAT rule {rule}"),
    "nat-pool": ("network lb inbound-nat-pool delete", "--lb-name", "load balancer {name}, NAT pool {rule}"),
    "balancing-rule": ("network lb rule delete", "--lb-name", "load balancer {name}, rule {rule}"),
    "application-gateway": (
        "network application-gateway listener delete",
        "--gateway-name",
        "application gateway {name}, listener {rule}",
    ),
}
"""Per kind: the command, the option that names the parent, and both in words."""


def withdraw(estate: Estate, kind: str, entry: Hop) -> Remedy:
    """What takes one publication away. `entry` is the hop at which packets come in."""
    if kind == "firewall-dnat":
        return _withdraw_dnat(estate, entry)
    verb, parent, words = _RULES[kind]
    name = az.name_of(entry.resource)
    return _remedy(
        entry,
        says=f"{words.format(name=name, rule=entry.rule)}, publishes it",
        fix=az.command(verb, entry.resource, (parent, name), ("-n", entry.rule)),
    )


def _withdraw_dnat(estate: Estate, entry: Hop) -> Remedy:
    """At the firewall itself, or at the policy that it names: whichever holds the rule."""
    firewall = estate.firewalls.get(entry.resource.lower())
    says = f"Azure Firewall {az.name_of(entry.resource)}, DNAT rule {entry.rule}, publishes it"
    if firewall is not None and _holding(firewall.rules, entry.rule) is None:
        for group in estate.rule_collection_groups.values():
            rule = _holding(group.rules, entry.rule) if group.policy == firewall.policy else None
            if rule is not None:
                return _remedy(entry, says=says, fix=_remove_from_policy(group.id, rule))
    rule = _holding(firewall.rules, entry.rule) if firewall else None
    fix = az.command(
        "network firewall nat-rule delete",
        entry.resource,
        ("--firewall-name", az.name_of(entry.resource)),
        ("--collection-name", rule.collection if rule else "COLLECTION"),
        ("-n", entry.rule),
    )
    return _remedy(entry, says=says, fix=fix)


def _holding(rules: tuple[NatRule, ...], name: str) -> NatRule | None:
    return next((rule for rule in rules if rule.name == name), None)


def _remove_from_policy(group_id: str, rule: NatRule) -> str:
    return az.command(
        "network firewall policy rule-collection-group collection rule remove",
        group_id,
        ("--policy-name", az.segment(group_id, "firewallPolicies")),
        ("--rcg-name", az.name_of(group_id)),
        ("--collection-name", rule.collection),
        ("-n", rule.name),
    )


def _remedy(entry: Hop, *, says: str, fix: str) -> Remedy:
    """The proof is spelt as the hop of the path is, so that a reader of both finds the way that it closes."""
    return Remedy(resource=entry.resource, says=says, fix=fix, proof=f"{entry.resource}/{entry.rule}")
