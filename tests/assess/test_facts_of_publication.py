"""Load balancers, firewalls and gateways in front of a machine, by the machine's own ports (controls NET-005)."""

from dataclasses import replace
from typing import Any, Literal

import pytest

from assess.guards import fact, remedies
from assess.judged import audited, shipped_rules, verdict
from assess.test_facts_of_inside import admin_rule
from builders import (
    allow,
    deny,
    estate,
    nic,
    not_collected,
    nsg,
    public_ip,
    resource_id,
    subnet,
    vm,
    with_gaps,
    without,
)
from vmaudit.addresses import address_number, prefixes, single
from vmaudit.assess.assessment import Status, Verdict
from vmaudit.assess.facts.fact import Remedy
from vmaudit.assess.gate import Profile, gate, gate_input
from vmaudit.assess.values import Openings
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import (
    AdminAccess,
    ApplicationGateway,
    AzureFirewall,
    BackendPool,
    Frontend,
    Listener,
    LoadBalancer,
    NatRule,
    Publication,
    RuleCollectionGroup,
)
from vmaudit.estate.resources import Key, Peers, Protocol, SecurityRule
from vmaudit.exposure.paths import Certainty

TARGET = f"{resource_id('networkInterfaces', 'nic').lower()}/ipconfigurations/ipconfig1"
PUBLIC_IP = public_ip("20.50.0.9", name="pip-front")
FIREWALL_SUBNET = subnet(name="AzureFirewallSubnet", space="10.0.3.0/26")
ANYONE = Peers(addresses=prefixes(["0.0.0.0/0"]))
ONE_PARTNER = Peers(addresses=prefixes(["198.51.100.0/24"]))
TCP = frozenset({Protocol.TCP})


def machine(*rules: SecurityRule) -> Estate:
    """A machine at 10.0.0.4 without a public address of its own, behind these rules."""
    return estate(vm(nic(subnet(nsg(*rules)))), PUBLIC_IP, FIREWALL_SUBNET)


def balanced(
    whole: Estate,
    *,
    kind: Literal["nat-rule", "nat-pool", "balancing-rule"] = "nat-rule",
    outside: int = 50022,
    inside: int = 22,
    public: bool = True,
) -> Estate:
    """With a load balancer that carries one port to the machine."""
    balancer_id = resource_id("loadBalancers", "lb-web")
    frontend = Frontend(
        key=f"{balancer_id}/frontendIPConfigurations/front".lower(),
        name="front",
        public_ip=PUBLIC_IP.key if public else None,
        public_prefix=None,
        private_address=None if public else address_number("10.0.0.100"),
        subnet=None,
    )
    pool = BackendPool(f"{balancer_id}/backendAddressPools/p".lower(), (TARGET,), (), ())
    publication = Publication(
        name="ssh",
        kind=kind,
        frontend=frontend.key,
        protocols=TCP,
        frontend_ports=single(outside),
        backend_ports=single(inside),
        configuration=None,
        pools=(pool.key,),
        floating_address=False,
    )
    balancer = LoadBalancer(
        id=balancer_id,
        sku="Standard",
        cross_region=False,
        frontends=(frontend,),
        pools=(pool,),
        publications=(publication,),
    )
    return replace(whole, load_balancers={balancer.key: balancer})


def dnat(sources: Peers = ANYONE, *, to_name: str = "") -> NatRule:
    return NatRule(
        collection="in",
        name="ssh",
        protocols=TCP,
        sources=sources,
        ip_groups=(),
        destinations=Peers(addresses=prefixes(["20.50.0.9"])),
        ports=single(2222),
        to_address=None if to_name else address_number("10.0.0.4"),
        to_name=to_name,
        to_port=22,
    )


def behind_firewall(whole: Estate, *rules: NatRule, policy: Key | None = None) -> Estate:
    """With an Azure Firewall that holds these rules itself, or names the policy that does."""
    firewall = AzureFirewall(
        id=resource_id("azureFirewalls", "fw-hub"),
        subnet=FIREWALL_SUBNET.key,
        public_ips=(PUBLIC_IP.key,),
        hub_addresses=(),
        policy=policy,
        rules=() if policy else rules,
        virtual_hub=None,
    )
    return replace(whole, firewalls={firewall.key: firewall})


def by_policy(whole: Estate, *rules: NatRule) -> Estate:
    policy = resource_id("firewallPolicies", "fwp")
    group = RuleCollectionGroup(id=f"{policy}/ruleCollectionGroups/dnat", priority=100, rules=rules)
    return replace(behind_firewall(whole, policy=policy.lower()), rule_collection_groups={group.key: group})


def behind_gateway(whole: Estate) -> Estate:
    """With a layer-4 listener on 2200 that leads to SSH."""
    gateway_id = resource_id("applicationGateways", "agw")
    frontend = Frontend(f"{gateway_id}/frontends/f".lower(), "f", PUBLIC_IP.key, None, None, None)
    listener = Listener("tcp-ssh", frontend.key, 2200, 22, "", (TARGET,), (), (), keeps_client_address=False)
    gateway = ApplicationGateway(
        id=gateway_id, subnets=(FIREWALL_SUBNET.key,), frontends=(frontend,), listeners=(listener,)
    )
    return replace(whole, application_gateways={gateway.key: gateway})


def published(whole: Estate) -> Openings:
    return fact("exposure.publications", whole)


def judged(whole: Estate, rule: str = "NET-005") -> Verdict:
    return verdict(audited(whole, [each for each in shipped_rules() if each.id == rule]), rule)


# --- what is published ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("nat-rule", "NAT rule ssh of load balancer lb-web"),
        ("nat-pool", "NAT pool ssh of load balancer lb-web"),
        ("balancing-rule", "rule ssh of load balancer lb-web"),
    ],
)
def test_a_load_balancer_publishes_the_port_that_it_leads_to(kind: Any, named: str) -> None:
    whole = balanced(machine(allow(22)), kind=kind)

    assert judged(whole).status is Status.FAIL
    assert (
        judged(whole).says == f"A public frontend leads to TCP 22 from the internet through {named} at 20.50.0.9:50022"
    )


def test_the_number_outside_is_no_matter() -> None:
    """3389 outside that leads to 443 publishes no management port."""
    assert judged(balanced(machine(allow(443)), outside=3389, inside=443)).status is Status.PASS


def test_a_firewall_publishes_what_the_nsg_takes_for_a_neighbour() -> None:
    whole = behind_firewall(machine(), dnat())

    assert judged(whole).says == (
        "A public frontend leads to TCP 22 from the internet through DNAT rule ssh of Azure Firewall fw-hub at 20.50.0.9:2222"
    )


def test_an_application_gateway_publishes_through_a_layer_4_listener() -> None:
    assert judged(behind_gateway(machine())).says == (
        "A public frontend leads to TCP 22 from the internet through listener tcp-ssh of application gateway agw at 20.50.0.9:2200"
    )


def test_a_public_ip_of_the_machine_itself_is_no_publication() -> None:
    whole = estate(vm(nic(nsg(allow(22)), public_ip())))

    assert published(whole) == ()
    assert judged(whole).status is Status.PASS
    assert judged(whole, "NET-001").status is Status.FAIL


def test_what_the_nsg_stops_is_not_published() -> None:
    assert judged(balanced(machine(deny("*")))).status is Status.PASS
    assert judged(behind_firewall(machine(deny("*", protocol="*")), dnat())).status is Status.PASS


def test_an_internal_load_balancer_publishes_nothing() -> None:
    assert judged(balanced(machine(allow(22)), public=False)).status is Status.PASS


def test_a_machine_without_any_of_them_is_not_published() -> None:
    assert judged(machine(allow(22))).status is Status.PASS


# --- some public sources only -----------------------------------------------------------------------------------------


def test_a_publication_for_one_partner_is_a_matter_of_net_002() -> None:
    whole = behind_firewall(machine(), dnat(ONE_PARTNER))

    assert published(whole) == ()
    assert judged(whole).status is Status.PASS
    assert judged(whole, "NET-002").status is Status.FAIL
    assert judged(whole, "NET-002").says == (
        "The NSGs admit TCP 22 from 198.51.100.0/24 through DNAT rule ssh of Azure Firewall fw-hub at 20.50.0.9:2222"
    )


def test_behind_a_load_balancer_the_nsg_itself_tells_who_gets_in() -> None:
    """It sees the client's own address, so nothing is translated."""
    whole = balanced(machine(allow(22, source="198.51.100.0/24")))

    assert fact("exposure.translated_openings", whole) == ()
    assert judged(whole, "NET-002").says == "The NSGs admit TCP 22 from 198.51.100.0/24"


def test_what_a_security_admin_rule_leads_past_the_nsgs_is_not_their_doing() -> None:
    """NET-002 asks what NSGs admit; that the door is open all the same is what NET-001 and NET-005 say."""
    network = resource_id("virtualNetworks", "vnet").lower()
    shut = behind_firewall(machine(deny("*", protocol="*")), dnat())
    whole = replace(shut, admin_rules={network: (admin_rule(AdminAccess.ALWAYS_ALLOW),)})

    assert judged(whole).status is Status.FAIL
    assert judged(whole, "NET-002").status is Status.PASS


# --- what was not read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["azure_firewalls", "application_gateways", "firewall_rule_collection_groups"])
def test_a_firewall_that_was_not_read_may_publish_what_the_nsg_lets_neighbours_do(table: str) -> None:
    whole = with_gaps(machine(), table)

    assert all(opening.certainty is Certainty.POSSIBLE for opening in published(whole))
    assert judged(whole).says == f"Not known: {not_collected(table)}"
    assert judged(whole, "NET-002").says == f"Not known: {not_collected(table)}"
    assert judged(with_gaps(machine(deny("*", protocol="*")), table)).status is Status.PASS


def test_a_load_balancer_that_was_not_read_may_publish_what_the_nsg_lets_anybody_do() -> None:
    assert judged(with_gaps(machine(allow(22)), "load_balancers")).status is Status.UNKNOWN
    assert judged(with_gaps(machine(), "load_balancers")).status is Status.PASS


def test_a_load_balancer_that_was_not_read_does_not_hide_a_client_from_the_nsg() -> None:
    """NET-002 asks what NSGs admit, whether anything is in front of them or not."""
    whole = with_gaps(machine(allow(22, source="198.51.100.0/24")), "load_balancers")

    assert fact("exposure.translated_openings", whole) == ()


def test_a_dnat_rule_that_aims_at_a_name_may_mean_this_machine() -> None:
    whole = behind_firewall(machine(), dnat(to_name="app.contoso.internal"))

    assert judged(whole).says == (
        "Not known: DNAT rule ssh of Azure Firewall fw-hub aims at the name app.contoso.internal"
    )


def test_a_publication_is_proven_though_others_may_exist() -> None:
    assert judged(with_gaps(balanced(machine(allow(22))), "azure_firewalls")).status is Status.FAIL


def test_an_interface_that_was_not_read_may_be_published() -> None:
    whole = balanced(machine())

    assert judged(without(whole, *whole.network_interfaces)).says == (
        "Not known: network interface nic is not in the evidence"
    )


# --- what to mend -----------------------------------------------------------------------------------------------------


def mended(whole: Estate) -> Remedy:
    (remedy,) = remedies("exposure.publications", whole)
    return remedy


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("nat-rule", "az network lb inbound-nat-rule delete"),
        ("nat-pool", "az network lb inbound-nat-pool delete"),
        ("balancing-rule", "az network lb rule delete"),
    ],
)
def test_a_rule_of_a_load_balancer_is_deleted_there(kind: Any, command: str) -> None:
    remedy = mended(balanced(machine(allow(22)), kind=kind))

    assert remedy.resource == resource_id("loadBalancers", "lb-web")
    assert remedy.fix.startswith(f"{command} --subscription ")
    assert remedy.fix.endswith("-g rg --lb-name lb-web -n ssh")


def test_a_rule_of_a_classic_firewall_is_deleted_in_its_collection() -> None:
    remedy = mended(behind_firewall(machine(), dnat()))

    assert remedy.says == "Azure Firewall fw-hub, DNAT rule ssh, publishes it"
    assert remedy.fix.endswith(
        "az network firewall nat-rule delete --subscription 00000000-0000-0000-0000-000000000001 -g rg "
        "--firewall-name fw-hub --collection-name in -n ssh"
    )


def test_a_rule_of_a_firewall_policy_is_removed_from_its_group() -> None:
    remedy = mended(by_policy(machine(), dnat()))

    assert remedy.fix.endswith("-g rg --policy-name fwp --rcg-name dnat --collection-name in -n ssh")


def test_a_listener_of_a_gateway_is_deleted_there() -> None:
    assert mended(behind_gateway(machine())).fix.endswith("-g rg --gateway-name agw -n tcp-ssh")


def test_a_listener_is_found_behind_the_nsg_of_its_gateway() -> None:
    guarded_place = subnet(
        nsg(allow(2200, name="clients"), name="nsg-agw"), name="AzureFirewallSubnet", space="10.0.3.0/26"
    )
    whole = behind_gateway(estate(vm(nic(subnet(nsg()))), PUBLIC_IP, guarded_place))

    assert mended(whole).says == "application gateway agw, listener tcp-ssh, publishes it"


def test_the_gate_shows_the_way_and_the_command_that_ends_it() -> None:
    rules = [rule for rule in shipped_rules() if rule.id == "NET-005"]

    outcome = gate(gate_input(audited(balanced(machine(allow(22))), rules)), Profile.DEFAULT)

    (finding,) = outcome.failed
    assert finding.line == (
        "web: NET-005: internet → 20.50.0.9:50022 → ssh | fix: az network lb inbound-nat-rule delete "
        "--subscription 00000000-0000-0000-0000-000000000001 -g rg --lb-name lb-web -n ssh"
    )
