"""What tags and application security groups mean at one subnet (azure-facts 5.2 to 5.4)."""

import pytest

from builders import (
    Built,
    allow,
    asg,
    deny,
    estate,
    ip_configuration,
    nic,
    not_collected,
    nsg,
    peering,
    route_table,
    subnet,
    vm,
    vnet,
    without,
)
from exposure.questions import asked
from vmaudit.addresses import NOTHING, covers, overlaps, prefix, prefixes
from vmaudit.estate.estate import Estate
from vmaudit.exposure.surroundings import Surroundings, surroundings
from vmaudit.known import Unknown


def around(*attached: Built, network: Built | None = None, lose: str = "", incomplete: str = "") -> Surroundings:
    """The surroundings of a subnet 10.0.0.0/24, after losing the resource whose key ends so."""
    here = estate(subnet(*attached, network=network), incomplete=[incomplete] if incomplete else [])
    lost = [key for key in (*here.networks, *here.subnets, *here.route_tables) if lose and key.endswith(lose)]
    return surroundings(without(here, *lost), next(iter(here.subnets)))


def surely_inside(found: Surroundings, text: str) -> bool:
    return covers(found.virtual_network.must, prefix(text))


def perhaps_inside(found: Surroundings, text: str) -> bool:
    return overlaps(found.virtual_network.may, prefix(text)) and not surely_inside(found, text)


def outside(found: Surroundings, text: str) -> bool:
    return not overlaps(found.virtual_network.may, prefix(text))


# --- VirtualNetwork ---------------------------------------------------------------------------------------------------


def test_the_virtual_network_is_its_own_space_and_azures_host_address() -> None:
    found = around(network=vnet(space=["10.0.0.0/16", "20.0.1.0/24", "fd00:1::/64"]))

    assert found.virtual_network.must == prefixes(["10.0.0.0/16", "20.0.1.0/24", "fd00:1::/64", "168.63.129.16"])
    assert found.virtual_network.may == found.virtual_network.must


def test_a_connected_peer_belongs_to_the_virtual_network() -> None:
    assert surely_inside(around(network=vnet(peering("10.9.0.0/16"))), "10.9.0.0/16")


def test_a_peer_that_is_not_connected_does_not() -> None:
    assert outside(around(network=vnet(peering("10.9.0.0/16", connected=False))), "10.9.0.0/16")


def test_a_peer_without_network_access_does_not() -> None:
    assert outside(around(network=vnet(peering("10.9.0.0/16", access=False))), "10.9.0.0/16")


def test_a_peers_peer_does_not() -> None:
    hub = vnet(peering("10.8.0.0/16", remote="far"), name="hub", space="10.9.0.0/16")
    here = estate(subnet(network=vnet(peering("10.9.0.0/16"))), hub)

    assert outside(surroundings(here, next(iter(here.subnets))), "10.8.0.0/16")


def test_a_peering_that_does_not_say_its_space_is_looked_up_in_the_peer() -> None:
    silent = vnet(peering(Unknown("peering to-hub does not say which addresses are behind it")))
    here = estate(subnet(network=silent), vnet(name="hub", space="10.9.0.0/16"))

    assert surely_inside(surroundings(here, next(iter(here.subnets))), "10.9.0.0/16")


def test_a_peering_that_does_not_say_its_space_may_hold_anything_where_the_peer_was_not_read() -> None:
    found = around(network=vnet(peering(Unknown("peering to-hub does not say which addresses are behind it"))))

    assert perhaps_inside(found, "8.8.8.8")
    assert found.virtual_network.doubt == "peering to-hub does not say which addresses are behind it"


@pytest.mark.parametrize(
    ("network", "named"),
    [(vnet(gateway=True), "vnet"), (vnet(peering(uses_remote_gateways=True)), "hub")],
    ids=["own", "peers"],
)
def test_behind_a_gateway_that_was_not_read_may_be_any_private_address_and_no_public_one(
    network: Built, named: str
) -> None:
    found = around(network=network, incomplete="virtual_network_gateways")

    assert perhaps_inside(found, "192.168.0.0/16")
    assert perhaps_inside(found, "10.200.0.1")
    assert outside(found, "8.8.8.8")
    assert found.virtual_network.doubt == f"what is behind the gateway of {named} is not in the evidence"


def test_without_a_gateway_there_is_nothing_behind_it_whatever_was_not_read() -> None:
    assert outside(around(incomplete="virtual_network_gateways"), "192.168.0.0/16")


def test_a_private_prefix_of_a_route_belongs_to_the_virtual_network() -> None:
    assert surely_inside(around(route_table(("192.168.0.0/16", "VirtualAppliance"))), "192.168.0.0/16")


def test_a_default_route_makes_the_virtual_network_perhaps_everything() -> None:
    found = around(route_table(("0.0.0.0/0", "VirtualAppliance")))

    assert perhaps_inside(found, "8.8.8.8")
    assert outside(found, "2a01::1")
    assert found.virtual_network.doubt == (
        "route table routes routes public space, which may make it part of VirtualNetwork"
    )


def test_a_route_table_that_was_not_read_may_hold_a_default_route() -> None:
    found = around(route_table(), lose="/routes")

    assert perhaps_inside(found, "8.8.8.8")
    assert found.virtual_network.doubt == "route table routes is not in the evidence"


def test_a_subnet_that_was_not_read_may_have_a_route_table_with_a_default_route() -> None:
    found = around(lose="/subnet")

    assert perhaps_inside(found, "8.8.8.8")
    assert surely_inside(found, "10.0.0.0/16")
    assert found.virtual_network.doubt == "subnet subnet is not in the evidence"


def test_a_network_that_was_not_read_may_be_anything_but_holds_its_subnet_and_azures_host() -> None:
    found = around(lose="/vnet")

    assert perhaps_inside(found, "8.8.8.8")
    assert surely_inside(found, "10.0.0.0/24")
    assert surely_inside(found, "168.63.129.16")


def test_of_an_interface_without_a_known_subnet_nothing_is_known_but_azures_host() -> None:
    found = surroundings(estate(), Unknown("ip configuration x does not name its subnet"))

    assert surely_inside(found, "168.63.129.16")
    assert perhaps_inside(found, "10.0.0.4")
    assert found.virtual_network.doubt == "ip configuration x does not name its subnet"


# --- Internet ---------------------------------------------------------------------------------------------------------


def test_the_internet_is_public_space_outside_of_the_virtual_network() -> None:
    found = around(network=vnet(space=["10.0.0.0/16", "20.0.1.0/24"]))

    assert covers(found.internet.must, prefix("8.8.8.8"))
    assert covers(found.internet.must, prefix("52.232.0.0/16")), "Azure's own public space is part of it"
    assert covers(found.internet.must, prefix("2a01::/16"))
    assert not overlaps(found.internet.may, prefixes(["20.0.1.0/24", "10.0.0.0/8", "192.168.0.0/16", "168.63.129.16"]))


def test_what_is_perhaps_in_the_virtual_network_is_perhaps_on_the_internet() -> None:
    found = around(route_table(("8.0.0.0/8", "VirtualAppliance")))

    assert covers(found.internet.may, prefix("8.8.8.8"))
    assert not overlaps(found.internet.must, prefix("8.0.0.0/8"))
    assert covers(found.internet.must, prefix("9.9.9.9"))


@pytest.mark.parametrize("spelling", ["Internet", "INTERNET", "internet"])
def test_the_letter_case_of_a_tag_does_not_matter(spelling: str) -> None:
    assert asked(estate(vm(nic(nsg(allow(22, source=spelling)))))).access == "Allow"


# --- other tags -------------------------------------------------------------------------------------------------------


def test_azure_cloud_surely_holds_blocks_that_microsoft_holds_whole_and_never_a_private_address() -> None:
    found = around().tag("AzureCloud")

    assert covers(found.must, prefixes(["4.150.0.1", "20.0.0.1"]))
    assert overlaps(found.may, prefix("8.8.8.8"))
    assert not overlaps(found.may, prefix("10.0.0.0/8"))


@pytest.mark.parametrize("block", ["13.72.0.0/18", "40.96.0.0/13"], ids=["Azure Government", "Exchange Online"])
def test_azure_cloud_does_not_surely_hold_what_microsoft_uses_for_something_else(block: str) -> None:
    assert not overlaps(around().tag("AzureCloud").must, prefix(block))


@pytest.mark.parametrize("tag", ["Storage", "AzureCloud.westeurope", "Sql.WestEurope", "NotATagAtAll", "789"])
def test_a_tag_without_data_may_hold_anything(tag: str) -> None:
    found = around().tag(tag)

    assert found.must == NOTHING
    assert covers(found.may, prefix("8.8.8.8"))
    assert found.doubt == f"the addresses of service tag {tag} are not in the evidence"


# --- application security groups --------------------------------------------------------------------------------------


def _members(*, other_network: bool = False) -> Estate:
    guarded = subnet(nsg(allow(22, from_groups=[asg("jump")]), deny(priority=200)))
    elsewhere = subnet(name="far", network=vnet(name="far")) if other_network else guarded
    return estate(
        vm(nic(ip_configuration(guarded), name="a")),
        nic(ip_configuration(elsewhere, at="10.0.0.9", groups=[asg("jump")]), name="b"),
    )


def test_a_rule_from_an_application_security_group_means_its_members_addresses() -> None:
    assert asked(_members(), "10.0.0.9").access == "Allow"
    assert asked(_members(), "10.0.0.8").access == "Deny"


def test_members_in_another_network_do_not_count() -> None:
    assert asked(_members(other_network=True), "10.0.0.9").access == "Deny"


def test_a_group_may_have_members_that_were_not_read() -> None:
    here = estate(
        vm(nic(nsg(allow(22, from_groups=[asg("jump")]), deny(priority=200)))), incomplete=["network_interfaces"]
    )

    answer = asked(here, "10.0.0.8")
    assert answer.access == "Unknown"
    assert answer.reason == f"members of group jump may be missing: {not_collected('network_interfaces')}"
    assert asked(here, "8.8.8.8").access == "Deny", "members have addresses of the virtual network"


def test_words_of_several_kinds_on_one_side_mean_all_of_them() -> None:
    here = estate(
        vm(nic(nsg(allow(22, source=["Internet", "192.168.0.0/16", "AzureLoadBalancer"]), deny(priority=200))))
    )

    answers = [asked(here, remote).access for remote in ("8.8.8.8", "192.168.1.1", "168.63.129.16", "10.0.0.9")]
    assert answers == ["Allow", "Allow", "Allow", "Deny"]
