"""Network interfaces and their ip configurations."""

from typing import Any

import pytest

from evidence import Json, estate_of, network_id
from vmaudit.addresses import address_number
from vmaudit.estate.resources import IpConfiguration, NetworkInterface
from vmaudit.known import Unknown

ID = network_id("networkInterfaces/nic")
SUBNET = network_id("virtualNetworks/vnet/subnets/Web")


def interface(*configurations: Json, **properties: Any) -> NetworkInterface:
    listed = [{"name": f"ipconfig{number}", "properties": body} for number, body in enumerate(configurations, 1)]
    here = estate_of([{"id": ID, "properties": {"ipConfigurations": listed, **properties}}])
    return here.network_interfaces[ID.lower()]


def configuration(**body: Any) -> IpConfiguration:
    return interface(body).ip_configurations[0]


def test_an_interface_without_the_key_has_no_nsg() -> None:
    """Azure leaves `networkSecurityGroup` out where there is none; other exporters print null."""
    assert interface({}).security_group is None
    assert interface({}, networkSecurityGroup=None).security_group is None


def test_an_nsg_may_be_in_another_resource_group() -> None:
    elsewhere = "/subscriptions/s/resourceGroups/Security/providers/Microsoft.Network/networkSecurityGroups/nsg"

    assert interface({}, networkSecurityGroup={"id": elsewhere}).security_group == elsewhere.lower()


def test_all_ip_configurations_are_kept_in_order() -> None:
    found = interface(
        {"privateIPAddress": "10.0.0.4", "subnet": {"id": SUBNET}, "primary": True},
        {"privateIPAddress": "10.0.0.5", "subnet": {"id": SUBNET}},
        {"privateIPAddress": "fd00::5", "privateIPAddressVersion": "IPv6", "subnet": {"id": SUBNET}},
    )

    assert [one.private_address for one in found.ip_configurations] == [
        address_number("10.0.0.4"),
        address_number("10.0.0.5"),
        address_number("fd00::5"),
    ]
    assert [one.version for one in found.ip_configurations] == [4, 4, 6]
    assert [one.primary for one in found.ip_configurations] == [True, False, False]


def test_an_address_that_is_not_given_at_present_is_unknown() -> None:
    """A stopped machine gives a dynamic address back."""
    for body in ({}, {"privateIPAddress": None}, {"privateIPAddress": ""}):
        assert isinstance(configuration(**body).private_address, Unknown)


def test_a_configuration_without_a_subnet_does_not_say_where_it_is() -> None:
    assert isinstance(configuration(privateIPAddress="10.0.0.4").subnet, Unknown)
    assert configuration(subnet={"id": SUBNET}).subnet == SUBNET.lower()


def test_what_a_configuration_belongs_to_is_kept_by_key() -> None:
    groups = [{"id": network_id("applicationSecurityGroups/Web")}]
    pools = [{"id": network_id("loadBalancers/lb/backendAddressPools/Pool")}]
    rules = [{"id": network_id("loadBalancers/lb/inboundNatRules/Ssh")}]

    found = configuration(
        applicationSecurityGroups=groups, loadBalancerBackendAddressPools=pools, loadBalancerInboundNatRules=rules
    )

    assert found.application_security_groups == (groups[0]["id"].lower(),)
    assert found.load_balancer_pools == (pools[0]["id"].lower(),)
    assert found.load_balancer_nat_rules == (rules[0]["id"].lower(),)
    assert found.public_ip is None


@pytest.mark.parametrize(
    "row",
    [
        {"id": ID},
        {"id": ID, "properties": None},
        {"id": ID, "properties": {}},
        {"id": ID, "properties": {"ipConfigurations": None}},
    ],
    ids=["no properties", "null", "empty", "no list"],
)
def test_an_interface_whose_addresses_were_left_out_is_unknown_not_without_addresses(row: Json) -> None:
    here = estate_of([row])

    found = here.find(here.network_interfaces, ID.lower(), "network interface")
    assert isinstance(found, Unknown)
    assert found.reason.startswith("network interface nic could not be read: ")
    assert isinstance(here.all_of("network_interfaces"), Unknown)


def test_an_address_that_is_none_leaves_the_interface_unread() -> None:
    row = {"id": ID, "properties": {"ipConfigurations": [{"name": "a", "properties": {"privateIPAddress": "10.0.0"}}]}}

    assert "'10.0.0'" in estate_of([row]).unread[ID.lower()]


def test_members_of_an_application_security_group_are_found_by_network_and_address() -> None:
    group = network_id("applicationSecurityGroups/Web")
    body = {
        "privateIPAddress": "10.0.0.4",
        "subnet": {"id": SUBNET},
        "applicationSecurityGroups": [{"id": group}],
    }

    here = estate_of([{"id": ID, "properties": {"ipConfigurations": [{"name": "a", "properties": body}]}}])

    network = SUBNET.rpartition("/subnets/")[0].lower()
    assert here.group_members == {group.lower(): ((network, address_number("10.0.0.4")),)}
