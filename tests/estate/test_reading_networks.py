"""Virtual networks, subnets, peerings, routes and public addresses."""

from typing import Any

import pytest

from evidence import Json, estate_of, network_id
from vmaudit.addresses import prefixes
from vmaudit.estate.resources import Peering, PublicIp, Subnet
from vmaudit.known import Unknown

NETWORK = network_id("virtualNetworks/Hub")
SUBNET = f"{NETWORK}/subnets/Web"
PEERING = f"{NETWORK}/virtualNetworkPeerings/to-spoke"
ROUTES = network_id("routeTables/routes")
PIP = network_id("publicIPAddresses/pip")


def network(**properties: Any) -> Json:
    return {"id": NETWORK, "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, **properties}}


def subnet(**properties: Any) -> Subnet:
    return estate_of([{"id": SUBNET, "properties": properties}]).subnets[SUBNET.lower()]


# --- networks and subnets -------------------------------------------------------------------------------------------


def test_a_network_is_its_address_space_of_both_families() -> None:
    row = network(addressSpace={"addressPrefixes": ["10.0.0.0/16", "fd00::/64"]})

    assert estate_of([row]).networks[NETWORK.lower()].addresses == prefixes(("10.0.0.0/16", "fd00::/64"))


@pytest.mark.parametrize(
    "fields",
    [
        {"addressPrefix": "10.0.1.0/24"},
        {"addressPrefixes": ["10.0.1.0/24"]},
        {"addressPrefix": "10.0.1.0/24", "addressPrefixes": ["10.0.1.0/24"]},
        {"addressPrefix": ["10.0.1.0/24"]},
        {"addressPrefix": None, "addressPrefixes": ["10.0.1.0/24"]},
    ],
)
def test_a_subnet_s_prefix_is_read_from_either_field(fields: Json) -> None:
    found = subnet(**fields)

    assert (found.addresses, found.prefixes) == (prefixes(("10.0.1.0/24",)), ("10.0.1.0/24",))


def test_a_subnet_of_both_families_has_both_prefixes() -> None:
    assert subnet(addressPrefixes=["10.0.1.0/24", "fd00::/64"]).addresses == prefixes(("10.0.1.0/24", "fd00::/64"))


def test_a_subnet_names_its_network_and_what_stands_at_it() -> None:
    group = network_id("networkSecurityGroups/Nsg")
    found = subnet(addressPrefix="10.0.1.0/24", networkSecurityGroup={"id": group}, routeTable={"id": ROUTES})

    assert found.network == NETWORK.lower()
    assert (found.security_group, found.route_table, found.nat_gateway) == (group.lower(), ROUTES.lower(), None)


def test_subnets_are_read_from_the_network_s_body_and_from_rows_of_their_own() -> None:
    inside = {"id": f"{NETWORK}/subnets/data", "properties": {"addressPrefix": "10.0.2.0/24"}}
    row = {"id": SUBNET, "properties": {"addressPrefix": "10.0.1.0/24"}}

    here = estate_of([network(subnets=[inside]), row])

    assert here.subnets.keys() == {SUBNET.lower(), inside["id"].lower()}
    assert here.networks[NETWORK.lower()].subnets == (inside["id"].lower(), SUBNET.lower())


def test_a_subnet_that_the_network_only_points_to_is_unknown() -> None:
    here = estate_of([network(subnets=[{"id": SUBNET}])])

    assert here.networks[NETWORK.lower()].subnets == (SUBNET.lower(),)
    assert isinstance(here.find(here.subnets, SUBNET.lower(), "subnet"), Unknown)


def test_one_subnet_that_cannot_be_read_leaves_its_neighbours_alone() -> None:
    odd = {"id": f"{NETWORK}/subnets/odd", "properties": {"addressPrefix": "10.0.2.0/44"}}
    row = {"id": SUBNET, "properties": {"addressPrefix": "10.0.1.0/24"}}

    here = estate_of([network(subnets=[odd, row])])

    assert here.subnets.keys() == {SUBNET.lower()}
    assert "10.0.2.0/44" in here.unread[odd["id"].lower()]
    assert isinstance(here.all_of("subnets"), Unknown)


@pytest.mark.parametrize(
    "stub",
    [{}, {"properties": None}, {"properties": {}}, {"properties": {"addressSpace": None}}],
    ids=["no properties", "null", "empty", "no space"],
)
def test_a_network_whose_address_space_was_left_out_is_unknown(stub: Json) -> None:
    here = estate_of([{"id": NETWORK, **stub}])

    assert isinstance(here.find(here.networks, NETWORK.lower(), "virtual network"), Unknown)


# --- peerings -------------------------------------------------------------------------------------------------------


def peering(**properties: Any) -> Peering:
    body = {"peeringState": "Connected", **properties}
    here = estate_of([network(virtualNetworkPeerings=[{"id": PEERING, "name": "to-spoke", "properties": body}])])
    return here.networks[NETWORK.lower()].peerings[0]


SPACE = {"addressPrefixes": ["10.1.0.0/16"]}


def test_a_peering_says_who_is_behind_it_and_what_it_allows() -> None:
    spoke = network_id("virtualNetworks/Spoke")

    found = peering(
        peeringState="Connected",
        remoteVirtualNetwork={"id": spoke},
        remoteAddressSpace=SPACE,
        allowVirtualNetworkAccess=True,
        allowForwardedTraffic=True,
        useRemoteGateways=True,
    )

    assert (found.name, found.remote_network) == ("to-spoke", spoke.lower())
    assert found.remote_addresses == prefixes(("10.1.0.0/16",))
    assert (found.connected, found.allows_network_access, found.allows_forwarded_traffic) == (True, True, True)
    assert (found.allows_gateway_transit, found.uses_remote_gateways) == (False, True)


@pytest.mark.parametrize("field", ["remoteAddressSpace", "remoteVirtualNetworkAddressSpace"])
def test_the_other_side_s_space_is_read_from_the_old_field_and_the_new(field: str) -> None:
    assert peering(**{field: SPACE}).remote_addresses == prefixes(("10.1.0.0/16",))


@pytest.mark.parametrize("state", ["Initiated", "Disconnected"])
def test_a_peering_of_one_side_alone_connects_nothing(state: str) -> None:
    assert not peering(peeringState=state).connected


def test_a_peering_that_does_not_say_whether_it_is_connected_leaves_its_network_unknown() -> None:
    here = estate_of([network(virtualNetworkPeerings=[{"id": PEERING, "properties": {"remoteAddressSpace": SPACE}}])])

    assert here.unread[NETWORK.lower()] == "peering to-spoke does not say whether it is connected"


def test_a_peering_of_single_subnets_names_those_of_both_sides() -> None:
    names = {"localSubnetNames": ["Web"], "remoteSubnetNames": ["AzureBastionSubnet"]}

    limited, whole = peering(peerCompleteVnets=False, **names), peering(peerCompleteVnets=True, **names)

    assert (limited.local_subnets, limited.remote_subnets) == (("web",), ("azurebastionsubnet",))
    assert (whole.local_subnets, whole.remote_subnets) == (None, None)


def test_access_is_refused_only_where_the_peering_says_so() -> None:
    assert peering().allows_network_access
    assert not peering(allowVirtualNetworkAccess=False).allows_network_access


def test_a_peering_without_the_other_side_s_space_does_not_say_what_is_behind_it() -> None:
    assert isinstance(peering().remote_addresses, Unknown)


def test_peerings_given_as_rows_of_their_own_join_their_network() -> None:
    row = {"id": PEERING, "properties": {"peeringState": "Connected", "remoteAddressSpace": SPACE}}

    (found,) = estate_of([network(), row]).networks[NETWORK.lower()].peerings

    assert (found.name, found.connected) == ("to-spoke", True)


def test_a_peering_row_that_cannot_be_read_leaves_its_network_unknown() -> None:
    here = estate_of([network(), {"id": PEERING, "properties": {"peeringState": 7}}])

    found = here.find(here.networks, NETWORK.lower(), "virtual network")
    assert isinstance(found, Unknown)
    assert "its part virtualnetworkpeerings/to-spoke could not be read" in found.reason


# --- routes ---------------------------------------------------------------------------------------------------------


def test_routes_are_prefixes_with_their_next_hop() -> None:
    routes = [
        {"name": "all", "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}},
        {
            "name": "one",
            "properties": {
                "addressPrefix": "10.9.0.0/16",
                "nextHopType": "VirtualAppliance",
                "nextHopIpAddress": "10.0.0.9",
            },
        },
        {"name": "tag", "properties": {"addressPrefix": "Storage", "nextHopType": "Internet"}},
    ]

    found = estate_of([{"id": ROUTES, "properties": {"routes": routes}}]).route_tables[ROUTES.lower()]

    assert found.routes == (
        (prefixes(("0.0.0.0/0",)), "Internet", ""),
        (prefixes(("10.9.0.0/16",)), "VirtualAppliance", "10.0.0.9"),
    )


@pytest.mark.parametrize("stub", [{}, {"properties": {}}, {"properties": {"routes": None}}])
def test_a_route_table_whose_routes_were_left_out_is_unknown_not_empty(stub: Json) -> None:
    here = estate_of([{"id": ROUTES, **stub}])

    assert isinstance(here.find(here.route_tables, ROUTES.lower(), "route table"), Unknown)


# --- public addresses -----------------------------------------------------------------------------------------------


def public_ip(*, sku: Json | None = None, **properties: Any) -> PublicIp:
    row = {"id": PIP, "properties": {"publicIPAllocationMethod": "Dynamic", **properties}}
    return estate_of([row if sku is None else row | {"sku": sku}]).public_ips[PIP.lower()]


@pytest.mark.parametrize(("name", "sku"), [("Basic", "Basic"), ("standard", "Standard"), ("StandardV2", "StandardV2")])
def test_a_public_ip_s_sku_is_read_in_any_letter_case(name: str, sku: str) -> None:
    assert public_ip(sku={"name": name}).sku == sku


@pytest.mark.parametrize("sku", [None, {}, {"name": None}, {"name": "Deluxe"}])
def test_a_sku_that_is_not_there_is_unknown_not_basic(sku: Json | None) -> None:
    assert isinstance(public_ip(sku=sku).sku, Unknown)


def test_a_public_ip_may_have_no_address_at_present() -> None:
    assert public_ip().address is None
    assert public_ip(ipAddress="").address is None
    assert public_ip(ipAddress="20.50.0.1").address == "20.50.0.1"


def test_a_public_ip_s_family_is_read() -> None:
    assert public_ip().version == 4
    assert public_ip(publicIPAddressVersion="IPv6").version == 6


@pytest.mark.parametrize("stub", [{}, {"properties": None}])
def test_a_public_ip_without_properties_is_unknown_not_without_an_address(stub: Json) -> None:
    here = estate_of([{"id": PIP, "sku": {"name": "Standard"}, **stub}])

    assert isinstance(here.find(here.public_ips, PIP.lower(), "public IP"), Unknown)
