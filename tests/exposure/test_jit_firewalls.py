"""Azure Firewalls that a machine stands behind, as far as just-in-time access goes (azure-facts 5.12)."""

from builders import Built, estate, ip_configuration, nic, peering, subnet, vm, vnet, with_gaps, without
from just_in_time import AZURE_POLICY, FIREWALL_SUBNET, firewall, routed_to, with_firewalls
from vmaudit.estate.front_doors import AzureFirewall
from vmaudit.exposure.jit_firewalls import FirewallBefore, FirewallsBefore
from vmaudit.known import Read, Unknown


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


def test_a_route_to_an_address_of_the_firewalls_subnet_leads_through_it() -> None:
    found = one(before(spoke(routed_to("10.9.1.4")), firewall()))

    assert (found.name, found.managed_by_policy, found.collections) == ("fw-hub", False, ())


def test_collections_of_just_in_time_access_are_named_by_either_name() -> None:
    found = one(before(spoke(routed_to("10.9.1.4")), firewall("web", "MDC-JIT-1", "ASC-JIT-2", "MDC-JIT-1")))

    assert found.collections == ("MDC-JIT-1", "ASC-JIT-2")


def test_a_firewall_with_a_policy_is_said_to_be_run_by_it() -> None:
    found = one(before(spoke(routed_to("10.9.1.4")), firewall(policy=AZURE_POLICY)))

    assert found.managed_by_policy


def test_no_route_table_or_no_route_to_an_appliance_leads_to_no_firewall() -> None:
    assert before(spoke(), firewall()) == ()
    assert before(spoke(routed_to("", kind="Internet")), firewall()) == ()
    assert before(spoke(routed_to("10.9.1.4", kind="VnetLocal")), firewall()) == ()


def test_another_appliance_is_no_azure_firewall() -> None:
    assert before(spoke(routed_to("10.9.2.4")), firewall()) == ()


def test_a_firewall_in_a_network_that_is_not_peered_has_the_same_address_by_chance() -> None:
    assert before(spoke(routed_to("10.9.1.4"), peered=False), firewall()) == ()


def test_subnets_that_share_a_route_table_stand_behind_the_same_firewall() -> None:
    network, table = vnet(peering(remote="hub")), routed_to("10.9.1.4")
    places = [subnet(table, name=name, space=f"10.0.{n}.0/24", network=network) for n, name in enumerate("ab")]
    interfaces = [nic(ip_configuration(place), name=f"nic-{n}") for n, place in enumerate(places)]
    whole = with_firewalls(estate(vm(*interfaces), FIREWALL_SUBNET), firewall())

    assert one(FirewallsBefore(whole).of(whole.network_interfaces.values())).name == "fw-hub"


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
