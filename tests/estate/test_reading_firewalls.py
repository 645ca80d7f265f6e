"""Azure Firewalls and their policies: DNAT rules, network rules, and what policies inherit (azure-facts 5.7)."""

from typing import Any

import pytest

from evidence import Json, estate_of, network_id
from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, prefixes, single
from vmaudit.estate.front_doors import NetworkRule
from vmaudit.estate.resources import Protocol

FIREWALL = network_id("azureFirewalls/Fw")
POLICY = network_id("firewallPolicies/Policy")
GROUP = f"{POLICY}/ruleCollectionGroups/Group"
RULE = {
    "name": "no-ssh",
    "sourceAddresses": ["*"],
    "destinationAddresses": ["10.0.0.4"],
    "destinationPorts": ["22"],
}


def classic(*collections: Json) -> tuple[NetworkRule, ...]:
    row = {"id": FIREWALL, "properties": {"ipConfigurations": [], "networkRuleCollections": list(collections)}}
    return estate_of([row]).firewalls[FIREWALL.lower()].network_rules


def of_group(*collections: Json) -> tuple[NetworkRule, ...]:
    row = {"id": GROUP, "properties": {"priority": 200, "ruleCollections": list(collections)}}
    return estate_of([row]).rule_collection_groups[GROUP.lower()].network_rules


def collection(name: str, action: str, *rules: Json, priority: int = 100) -> Json:
    return {"name": name, "properties": {"priority": priority, "action": {"type": action}, "rules": list(rules)}}


def filters(name: str, action: str, *rules: Json, priority: int = 100) -> Json:
    kind = "FirewallPolicyFilterRuleCollection"
    body = {"ruleCollectionType": kind, "priority": priority, "action": {"type": action}, "rules": list(rules)}
    return {"name": name, **body}


def test_a_classic_network_rule_says_whom_it_denies_where() -> None:
    (found,) = classic(collection("denies", "Deny", RULE | {"protocols": ["TCP"]}))

    assert (found.collection, found.name, found.allows) == ("denies", "no-ssh", False)
    assert found.protocols == {Protocol.TCP}
    assert (found.sources.addresses, found.destinations.addresses) == (ANY_ADDRESS, prefixes(("10.0.0.4",)))
    assert found.ports == single(22)


def test_a_network_rule_of_a_policy_is_the_same_rule() -> None:
    (theirs,) = of_group(filters("denies", "Deny", RULE | {"ruleType": "NetworkRule", "ipProtocols": ["TCP"]}))

    assert (theirs,) == classic(collection("denies", "Deny", RULE | {"protocols": ["TCP"]}))


def test_collections_are_asked_by_priority() -> None:
    first, second = RULE | {"name": "first", "protocols": ["Any"]}, RULE | {"name": "second", "protocols": ["Any"]}

    found = classic(collection("a", "Deny", second, priority=300), collection("b", "Allow", first, priority=200))

    assert [(rule.name, rule.allows) for rule in found] == [("first", True), ("second", False)]


@pytest.mark.parametrize(
    "rule",
    [
        {"ruleType": "ApplicationRule", "name": "web", "protocols": [{"protocolType": "Http", "port": 80}]},
        {"ruleType": "NetworkRule", "name": "host", "ipProtocols": ["TCP"], "destinationFqdns": ["db.contoso.com"]},
    ],
    ids=["application rule", "by name"],
)
def test_rules_that_name_no_address_are_left_out(rule: Json) -> None:
    assert of_group(filters("denies", "Deny", rule | {"destinationPorts": ["22"]})) == ()


def test_dnat_collections_hold_no_network_rules() -> None:
    dnat: dict[str, Any] = filters("dnat", "DNAT", RULE | {"ruleType": "NatRule", "ipProtocols": ["TCP"]})

    assert of_group(dnat | {"ruleCollectionType": "FirewallPolicyNatRuleCollection"}) == ()


def test_ip_groups_stand_beside_addresses_on_both_sides() -> None:
    groups = {"sourceIpGroups": ["/g/From"], "destinationIpGroups": ["/g/To"]}
    bare = {"name": "x", "protocols": ["UDP"], "destinationPorts": ["*"], **groups}

    (found,) = classic(collection("denies", "Deny", bare))

    assert (found.source_groups, found.destination_groups, found.ports) == (("/g/from",), ("/g/to",), ALL_PORTS)


def test_a_policy_names_its_parent() -> None:
    parent = network_id("firewallPolicies/Parent")
    rows = [
        {"id": POLICY, "properties": {"basePolicy": {"id": parent}, "threatIntelMode": "Alert"}},
        {"id": parent, "properties": {"threatIntelMode": "Alert"}},
    ]

    here = estate_of(rows)

    assert here.firewall_policies[POLICY.lower()].parent == parent.lower()
    assert here.firewall_policies[parent.lower()].parent is None


def test_a_policy_without_properties_is_unread() -> None:
    assert "its parent was left out" in estate_of([{"id": POLICY, "name": "Policy"}]).unread[POLICY.lower()]
