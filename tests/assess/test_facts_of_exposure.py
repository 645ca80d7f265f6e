from dataclasses import replace

import pytest
from msgspec import structs

from assess.guards import case_of, fact, machine_with, reason, remedies
from builders import allow, deny, estate, nic, nsg, public_ip, resource_id, subnet, vm, without
from vmaudit.addresses import ALL_PORTS, covers
from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.exposure import close_rule
from vmaudit.assess.facts.fact import Remedy
from vmaudit.assess.values import NO_PORTS, Ports
from vmaudit.exposure.paths import Certainty, Code, Frontend, Hop
from vmaudit.known import Unknown

TCP, UDP = "exposure.internet_tcp_ports", "exposure.internet_udp_ports"
SSH = ((22, 22),)


def test_a_port_that_everyone_may_use_is_proven_open() -> None:
    whole = estate(vm(nic(public_ip(), nsg(allow(22)))))

    assert fact(TCP, whole) == Ports(SSH)
    assert fact(UDP, whole) == NO_PORTS


def test_a_port_for_a_few_public_addresses_is_not_open_to_the_internet_at_large() -> None:
    whole = estate(vm(nic(public_ip(), nsg(allow(22, source="198.51.100.0/24")))))

    assert fact(TCP, whole) == NO_PORTS


def test_udp_is_a_set_of_its_own() -> None:
    whole = estate(vm(nic(public_ip(), nsg(allow(3389, protocol="Udp")))))

    assert (fact(TCP, whole), fact(UDP, whole)) == (NO_PORTS, Ports(((3389, 3389),)))


def test_a_group_that_was_not_read_may_open_every_port_and_the_fact_says_which_group() -> None:
    built = estate(vm(nic(public_ip(), nsg())))
    whole = without(built, *built.security_groups)

    ports = fact(TCP, whole)

    assert (ports.proven, ports.possible) == ((), ALL_PORTS)
    assert "NSG nsg is not in the evidence" in ports.reason


def test_an_interface_that_was_not_read_may_open_every_port_beside_the_proven_ones() -> None:
    whole = estate(vm(nic(public_ip(), nsg(allow(22))), nic(name="nic-2")))
    ports = fact(TCP, without(whole, resource_id("networkInterfaces", "nic-2").lower()))

    assert ports.proven == SSH
    assert not covers(ports.possible, SSH)
    assert ports.reason == "network interface nic-2 is not in the evidence"


def test_every_port_is_open_only_if_really_every_one_is() -> None:
    assert fact("exposure.any_port_from_internet", estate(vm(nic(public_ip(), nsg(allow("*")))))) is True
    carved = estate(vm(nic(public_ip(), nsg(deny(22, priority=100), allow("*", priority=200)))))
    assert fact("exposure.any_port_from_internet", carved) is False
    assert fact("exposure.any_port_from_internet", estate(vm(nic()))) is False


def test_whether_every_port_is_open_is_unknown_where_any_may_be() -> None:
    built = estate(vm(nic(public_ip(), nsg())))

    assert reason(fact("exposure.any_port_from_internet", without(built, *built.security_groups)))


def test_the_rule_to_delete_is_the_one_that_lets_the_found_port_in() -> None:
    rules = (allow(443, name="web", priority=100), allow(22, name="ssh", priority=110))
    whole = estate(vm(nic(public_ip(), nsg(*rules))))

    (remedy,) = remedies(TCP, whole, Ports(SSH))

    assert remedy.resource == resource_id("networkSecurityGroups", "nsg")
    assert remedy.proof == f"{remedy.resource}/securityRules/ssh"
    assert remedy.fix == (
        "az network nsg rule delete --subscription 00000000-0000-0000-0000-000000000001 -g rg --nsg-name nsg -n ssh"
    )


def test_of_two_groups_that_let_it_in_the_one_at_the_subnet_is_to_be_mended() -> None:
    at_subnet = subnet(nsg(allow(22), name="nsg-subnet"))
    whole = estate(vm(nic(at_subnet, public_ip(), nsg(allow(22), name="nsg-nic"))))

    (remedy,) = remedies(TCP, whole)

    assert remedy.resource == resource_id("networkSecurityGroups", "nsg-subnet")


def test_without_any_group_the_interface_needs_one() -> None:
    whole = estate(vm(nic(public_ip(sku="Basic"))))

    (remedy,) = remedies(TCP, whole)

    assert remedy.resource == resource_id("networkInterfaces", "nic")
    assert remedy.fix.endswith("-n nic --network-security-group nsg-nic")


def test_where_a_default_rule_lets_it_in_a_deny_is_put_in_front_of_it() -> None:
    remedy = close_rule(resource_id("networkSecurityGroups", "nsg"), "defaultSecurityRules/AllowVnetInBound", SSH)

    assert remedy.proof.endswith("/nsg/defaultSecurityRules/AllowVnetInBound")
    assert " -n deny-management --priority 4000 --access Deny " in remedy.fix
    assert remedy.fix.endswith("--destination-port-ranges 22")


MANAGER = resource_id("networkManagers", "avnm")
ADMIN_RULE = f"{MANAGER}/securityAdminConfigurations/conf/ruleCollections/coll/rules/always-ssh"


def entered_by(*hops: Hop, kind: str) -> tuple[Remedy, ...]:
    """The remedies of a machine whose one way in begins with these hops."""
    case = case_of(estate(vm(nic(public_ip(), nsg(allow(22))))))
    (path,) = (path for path in case.exposure.paths if path.certainty is Certainty.PROVEN)
    front = Frontend(kind, hops[0].resource, "20.50.0.1", SSH)
    entered = structs.replace(path, frontend=front, hops=(*hops, *path.hops[1:]))
    exposed = replace(case, exposure=structs.replace(case.exposure, paths=(entered,)))

    return FACTS[TCP].remedies(exposed, Ports(SSH))


def test_no_nsg_helps_against_an_admin_rule_that_always_allows() -> None:
    door = Hop(resource_id("publicIPAddresses", "pip"), "Enter", Code.PUBLIC_IP, "", None, "")
    past_all = Hop(ADMIN_RULE, "Allow", Code.ADMIN_RULE_ALWAYS_ALLOWS, "always-ssh", 1, "")

    (remedy,) = entered_by(door, past_all, kind="public-ip")

    assert remedy.resource == ADMIN_RULE
    assert remedy.fix == (
        "az network manager security-admin-config rule-collection rule delete "
        "--subscription 00000000-0000-0000-0000-000000000001 -g rg --network-manager-name avnm "
        "--configuration-name conf --rule-collection-name coll -n always-ssh"
    )


@pytest.mark.parametrize(
    ("kind", "code", "resource"),
    [
        ("firewall-dnat", Code.FIREWALL_DNAT, resource_id("azureFirewalls", "fw")),
        ("application-gateway", Code.APPLICATION_GATEWAY, resource_id("applicationGateways", "agw")),
    ],
)
def test_where_the_nsg_can_not_see_the_client_the_entry_is_to_be_closed(kind: str, code: Code, resource: str) -> None:
    (remedy,) = entered_by(Hop(resource, "Enter", code, "to-ssh", None, ""), kind=kind)

    assert remedy.resource == resource
    assert remedy.fix.endswith("-n to-ssh")


def test_behind_a_load_balancer_the_nsg_sees_the_client_and_its_rule_is_to_be_deleted() -> None:
    balancer = resource_id("loadBalancers", "lb")

    (remedy,) = entered_by(Hop(balancer, "Enter", Code.LB_NAT, "to-ssh", None, ""), kind="nat-rule")

    assert remedy.resource == resource_id("networkSecurityGroups", "nsg")


def test_openings_are_what_the_groups_admit_without_any_public_way_in() -> None:
    whole = estate(vm(nic(nsg(allow(22, name="ssh")))))

    openings = fact("exposure.public_openings", whole)
    (remedy,) = remedies("exposure.public_openings", whole)

    assert [opening.ports for opening in openings] == [SSH]
    assert fact(TCP, whole) == NO_PORTS
    assert remedy.proof.endswith("/nsg/securityRules/ssh")


def test_a_rule_for_the_virtual_network_is_not_at_fault_for_an_opening() -> None:
    rules = (allow("*", source="VirtualNetwork", name="inside", priority=100), allow(22, name="ssh", priority=200))

    (remedy,) = remedies("exposure.public_openings", estate(vm(nic(nsg(*rules)))))

    assert remedy.proof.endswith("/ssh")


def test_every_port_has_the_remedy_of_the_rule_that_opens_it() -> None:
    (remedy,) = remedies("exposure.any_port_from_internet", estate(vm(nic(public_ip(), nsg(allow("*", name="all"))))))

    assert remedy.proof.endswith("/securityRules/all")


def test_a_machine_whose_interfaces_are_not_named_may_be_open_anywhere() -> None:
    whole = estate(machine_with(vm(), network_interfaces=Unknown("its row does not name them")))

    assert fact(TCP, whole) == Ports((), ALL_PORTS, "its row does not name them")
    assert reason(fact("exposure.public_openings", whole)) == "its row does not name them"
