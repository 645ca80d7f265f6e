"""Network rules that deny what a DNAT rule translates leave the way in doubt, and close nothing (azure-facts 5.7)."""

from dataclasses import replace
from typing import Any, Final

import pytest

from builders import Built, estate, nic, nsg, resource_id, subnet, vm, vnet
from exposure.questions import paths, possible_ports, proven_ports
from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, ANY_IPV4, ports, prefixes, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import (
    AzureFirewall,
    FirewallPolicy,
    IpGroup,
    NatRule,
    NetworkRule,
    RuleCollectionGroup,
)
from vmaudit.estate.resources import Peers, Protocol
from vmaudit.exposure.paths import Certainty

HOME: Final = vnet()
PLACE: Final = subnet(name="AzureFirewallSubnet", space="10.0.100.0/26", network=HOME)
DNAT: Final = NatRule(
    collection="dnat",
    name="ssh",
    protocols=frozenset({Protocol.TCP}),
    sources=Peers(addresses=ANY_IPV4),
    ip_groups=(),
    destinations=Peers(addresses=prefixes(("20.50.0.30",))),
    ports=single(50022),
    to_address=prefixes(("10.0.0.4",))[0][0],
    to_name="",
    to_port=22,
)
POLICY: Final = resource_id("firewallPolicies", "policy").lower()
PARENT: Final = resource_id("firewallPolicies", "parent").lower()
OFFICE: Final = prefixes(("203.0.113.0/24",))


def says(access: str, **words: Any) -> NetworkRule:
    """A network rule for SSH at the machine from anywhere, unless other words are given."""
    usual: dict[str, Any] = {
        "collection": "net",
        "name": access.lower(),
        "allows": access == "Allow",
        "protocols": frozenset({Protocol.TCP}),
        "sources": Peers(addresses=ANY_ADDRESS),
        "source_groups": (),
        "destinations": Peers(addresses=prefixes(("10.0.0.0/24",))),
        "destination_groups": (),
        "ports": single(22),
    }
    return NetworkRule(**(usual | words))


def behind(*rules: NetworkRule, dnat: NatRule = DNAT, policy: str | None = None) -> Estate:
    """A machine behind a classic firewall with one DNAT rule and these network rules."""
    machine: Built = vm(nic(nsg(), subnet(network=HOME)))
    firewall = AzureFirewall(
        id=resource_id("azureFirewalls", "fw"),
        subnet=PLACE.key,
        public_ips=(),
        hub_addresses=("20.50.0.30",),
        policy=policy,
        rules=(dnat,),
        virtual_hub=None,
        network_rules=rules,
    )
    return replace(estate(machine, PLACE), firewalls={firewall.key: firewall})


def with_group(whole: Estate, policy: str, *rules: NetworkRule, priority: int = 100) -> Estate:
    group = RuleCollectionGroup(
        id=f"{policy}/ruleCollectionGroups/{priority}", priority=priority, rules=(), network_rules=rules
    )
    return replace(whole, rule_collection_groups={**whole.rule_collection_groups, group.key: group})


def test_a_deny_for_the_translated_packet_leaves_the_way_in_doubt() -> None:
    (found,) = paths(behind(says("Deny")))

    assert found.certainty is Certainty.POSSIBLE
    assert found.blind_spots == (
        "network rule deny (net) of Azure Firewall fw denies it, and whether a DNAT match comes before was documented "
        "both ways",
    )


@pytest.mark.parametrize(
    "words",
    [
        {"ports": single(50022)},
        {"destinations": Peers(addresses=prefixes(("20.50.0.30",)))},
        {"destinations": Peers(addresses=prefixes(("10.0.1.0/24",)))},
        {"protocols": frozenset({Protocol.UDP})},
        {"sources": Peers(addresses=prefixes(("10.0.0.0/8",)))},
        {"allows": True},
    ],
    ids=["outer port", "outer address", "another machine", "another protocol", "from the inside", "allows"],
)
def test_a_rule_that_does_not_deny_it_changes_nothing(words: dict[str, Any]) -> None:
    assert paths(behind(says("Deny", **words))) == paths(behind())
    assert proven_ports(behind()) == ("22",)


def test_a_deny_for_some_clients_leaves_the_rest_proven() -> None:
    found = {path.certainty: path.sources for path in paths(behind(says("Deny", sources=Peers(addresses=OFFICE))))}

    assert found[Certainty.POSSIBLE] == OFFICE
    assert not set(found[Certainty.PROVEN]) & set(OFFICE)


def test_an_allow_above_the_deny_decides() -> None:
    assert paths(behind(says("Allow"), says("Deny"))) == paths(behind())
    assert proven_ports(behind(says("Deny"), says("Allow"))) == ()


def test_a_range_of_ports_is_cut_where_the_deny_is() -> None:
    ranged = replace_rule(ports=ports("20-30"), to_port=None)

    whole = behind(says("Deny"), dnat=ranged)

    assert (proven_ports(whole), possible_ports(whole)) == (("20-21", "23-30"), ("22",))


def replace_rule(**words: Any) -> NatRule:
    return NatRule(**({field: getattr(DNAT, field) for field in DNAT.__struct_fields__} | words))


def test_protocols_are_told_apart() -> None:
    both = replace_rule(protocols=frozenset({Protocol.TCP, Protocol.UDP}))

    whole = behind(says("Deny"), dnat=both)

    assert (proven_ports(whole, protocol="UDP"), possible_ports(whole, protocol="TCP")) == (("22",), ("22",))


def test_the_rules_of_a_parent_policy_come_first() -> None:
    whole = replace(
        behind(policy=POLICY),
        firewall_policies={
            POLICY: FirewallPolicy(id=POLICY, parent=PARENT),
            PARENT: FirewallPolicy(id=PARENT, parent=None),
        },
    )

    denied_above = with_group(with_group(whole, POLICY, says("Allow")), PARENT, says("Deny"), priority=900)
    allowed_above = with_group(with_group(whole, POLICY, says("Deny")), PARENT, says("Allow"), priority=900)

    assert possible_ports(denied_above) == ("22",)
    assert proven_ports(allowed_above) == ("22",)


def test_a_parent_policy_that_was_not_read_may_deny_and_is_taken_not_to() -> None:
    own = {POLICY: FirewallPolicy(id=POLICY, parent=PARENT)}
    read = {**own, PARENT: FirewallPolicy(id=PARENT, parent=None)}

    (unread_parent,) = paths(replace(behind(policy=POLICY), firewall_policies=own))
    (all_read,) = paths(replace(behind(policy=POLICY), firewall_policies=read))

    assert unread_parent.certainty is Certainty.PROVEN
    assert [text for text in unread_parent.assumptions if text.startswith("no network rule of Azure Firewall fw ")]
    assert not [text for text in all_read.assumptions if text.startswith("no network rule")]


def test_policies_that_name_each_other_as_parents_end() -> None:
    circle = {
        POLICY: FirewallPolicy(id=POLICY, parent=PARENT),
        PARENT: FirewallPolicy(id=PARENT, parent=POLICY),
    }

    whole = with_group(replace(behind(policy=POLICY), firewall_policies=circle), PARENT, says("Deny"))

    assert possible_ports(whole) == ("22",)


def test_an_ip_group_of_a_deny_counts_where_it_was_read() -> None:
    group = IpGroup(id="/g/office", addresses=OFFICE)
    whole = behind(says("Deny", sources=Peers(), source_groups=("/g/office",), ports=ALL_PORTS))

    read, unread = replace(whole, ip_groups={group.key: group}), whole

    assert {path.certainty for path in paths(read)} == {Certainty.PROVEN, Certainty.POSSIBLE}
    assert paths(unread) == paths(behind())
