"""Azure Firewalls that a machine stands behind, as far as just-in-time access goes (azure-facts 5.12)."""

from dataclasses import replace

from builders import (
    Built,
    estate,
    ip_configuration,
    nic,
    peering,
    resource_id,
    route_table,
    subnet,
    vm,
    vnet,
    with_gaps,
    without,
)
from vmaudit.addresses import NOTHING
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AzureFirewall, NatRule
from vmaudit.estate.resources import Peers, RouteTable
from vmaudit.exposure.jit_firewalls import FirewallBefore, FirewallsBefore
from vmaudit.known import Read, Unknown

HUB = vnet(name="hub", space="10.9.0.0/16")
FIREWALL_SUBNET = subnet(name="AzureFirewallSubnet", space="10.9.1.0/26", network=HUB)
POLICY = resource_id("firewallPolicies", "policy").lower()


def firewall(*collections: str, policy: str | None = None) -> AzureFirewall:
    rules = tuple(
        NatRule(
            collection=name,
            name="r",
            protocols=frozenset(),
            sources=Peers(),
            ip_groups=(),
            destinations=Peers(),
            ports=NOTHING,
            to_address=None,
            to_name="",
            to_port=None,
        )
        for name in collections
    )
    return AzureFirewall(
        id=resource_id("azureFirewalls", "fw-hub"),
        subnet=FIREWALL_SUBNET.key,
        public_ips=(),
        hub_addresses=(),
        policy=policy,
        rules=rules,
        virtual_hub=None,
    )


def routed_to(hop: str, kind: str = "VirtualAppliance", prefix: str = "0.0.0.0/0") -> Built:
    table = route_table((prefix, kind)).resource
    assert isinstance(table, RouteTable)
    return Built(RouteTable(id=table.id, routes=tuple((addresses, given, hop) for addresses, given, _ in table.routes)))


def spoke(*attached: Built, peered: bool = True) -> Built:
    network = vnet(*([peering(remote="hub")] if peered else []))
    return nic(ip_configuration(subnet(*attached, network=network)))


def before(
    interface: Built, *firewalls: AzureFirewall, incomplete: tuple[str, ...] = ()
) -> Read[tuple[FirewallBefore, ...]]:
    whole = with_firewalls(with_gaps(estate(vm(interface), FIREWALL_SUBNET), *incomplete), *firewalls)
    return FirewallsBefore(whole).of(whole.network_interfaces.values())


def one(found: Read[tuple[FirewallBefore, ...]]) -> FirewallBefore:
    assert not isinstance(found, Unknown)
    (only,) = found
    return only


def with_firewalls(whole: Estate, *firewalls: AzureFirewall) -> Estate:
    return replace(whole, firewalls={each.key: each for each in firewalls})


def test_a_route_to_an_address_of_the_firewalls_subnet_leads_through_it() -> None:
    found = one(before(spoke(routed_to("10.9.1.4")), firewall()))

    assert (found.name, found.managed_by_policy, found.collections) == ("fw-hub", False, ())


def test_collections_of_just_in_time_access_are_named_by_either_name() -> None:
    found = one(before(spoke(routed_to("10.9.1.4")), firewall("web", "MDC-JIT-1", "ASC-JIT-2", "MDC-JIT-1")))

    assert found.collections == ("MDC-JIT-1", "ASC-JIT-2")


def test_a_firewall_with_a_policy_is_said_to_be_run_by_it() -> None:
    found = one(before(spoke(routed_to("10.9.1.4")), firewall(policy=POLICY)))

    assert found.managed_by_policy


def test_no_route_table_or_no_route_to_an_appliance_leads_to_no_firewall() -> None:
    assert before(spoke(), firewall()) == ()
    assert before(spoke(routed_to("", kind="Internet")), firewall()) == ()
    assert before(spoke(routed_to("10.9.1.4", kind="VnetLocal")), firewall()) == ()


def test_another_appliance_is_no_azure_firewall() -> None:
    assert before(spoke(routed_to("10.9.2.4")), firewall()) == ()


def test_a_firewall_in_a_network_that_is_not_peered_has_the_same_address_by_chance() -> None:
    assert before(spoke(routed_to("10.9.1.4"), peered=False), firewall()) == ()


def test_what_is_no_address_leads_nowhere() -> None:
    assert before(spoke(routed_to("somewhere")), firewall()) == ()


def test_where_firewalls_were_not_read_an_appliance_may_be_one() -> None:
    assert before(spoke(routed_to("10.9.1.4")), incomplete=("azure_firewalls",)) == Unknown(
        "whether route table routes leads to an Azure Firewall: Azure Firewalls: they were not collected"
    )
    assert before(spoke(), incomplete=("azure_firewalls",)) == ()


def test_a_firewall_whose_subnet_was_not_read_may_be_the_one() -> None:
    whole = estate(vm(spoke(routed_to("10.9.1.4"))), FIREWALL_SUBNET)
    lost = with_firewalls(without(whole, FIREWALL_SUBNET.key), firewall())

    found = FirewallsBefore(lost).of(lost.network_interfaces.values())

    assert isinstance(found, Unknown)


def test_a_route_table_or_a_subnet_that_was_not_read_hides_the_way() -> None:
    whole = with_firewalls(estate(vm(spoke(routed_to("10.9.1.4"))), FIREWALL_SUBNET), firewall())
    no_table = without(whole, *whole.route_tables)
    no_subnet = without(whole, next(key for key in whole.subnets if key.endswith("/subnet")))

    assert FirewallsBefore(no_table).of(whole.network_interfaces.values()) == Unknown(
        "route table routes is not in the evidence"
    )
    assert FirewallsBefore(no_subnet).of(whole.network_interfaces.values()) == Unknown(
        "subnet subnet is not in the evidence"
    )
