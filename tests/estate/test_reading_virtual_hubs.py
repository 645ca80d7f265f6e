"""Hubs of Virtual WAN and their connections, in every way in which they are given."""

from typing import Any

import pytest

from evidence import Json, estate_of, network_id
from vmaudit.addresses import NOTHING, prefixes
from vmaudit.estate.front_doors import VirtualHub
from vmaudit.known import Unknown

HUB = network_id("virtualHubs/Hub")
SPOKE = network_id("virtualNetworks/Spoke")
CONNECTION = f"{HUB}/hubVirtualNetworkConnections/to-spoke"
NESTED = {"id": CONNECTION, "name": "to-spoke", "properties": {"remoteVirtualNetwork": {"id": SPOKE}}}


def row(**properties: Any) -> Json:
    return {"id": HUB, "properties": {"addressPrefix": "10.9.0.0/23", **properties}}


def hub(**properties: Any) -> VirtualHub:
    return estate_of([row(**properties)]).virtual_hubs[HUB.lower()]


def spoke(space: str = "10.1.0.0/16") -> Json:
    return {"id": SPOKE, "properties": {"addressSpace": {"addressPrefixes": [space]}}}


def test_a_hub_says_its_addresses_its_wan_and_its_gateways() -> None:
    gateways = {
        "vpnGateway": {"id": network_id("vpnGateways/Sites")},
        "expressRouteGateway": {"id": network_id("expressRouteGateways/Circuit")},
        "p2SVpnGateway": {"id": network_id("p2sVpnGateways/Clients")},
    }

    found = hub(virtualWan={"id": network_id("virtualWans/Wan")}, **gateways)

    assert (found.addresses, found.wan) == (prefixes(("10.9.0.0/23",)), network_id("virtualWans/Wan").lower())
    assert found.gateways == tuple(gateway["id"] for gateway in gateways.values())


def test_a_flat_hub_of_the_azure_cli_is_the_same_hub() -> None:
    flat = {"id": HUB, "addressPrefix": "10.9.0.0/23", "p2SVpnGateway": {"id": network_id("p2sVpnGateways/Clients")}}

    assert estate_of([flat]).virtual_hubs[HUB.lower()] == hub(
        p2SVpnGateway={"id": network_id("p2sVpnGateways/Clients")}
    )


@pytest.mark.parametrize(
    "rows",
    [
        [row(), NESTED],
        [row(), {"id": CONNECTION, "remoteVirtualNetwork": {"id": SPOKE}}],
        [row(virtualNetworkConnections=[NESTED])],
        [row(virtualNetworkConnections=[NESTED]), NESTED | {"id": CONNECTION.upper()}],
        [NESTED],
    ],
    ids=["own row", "flat own row", "in the hub", "both", "without its hub"],
)
def test_a_connection_joins_a_network_to_its_hub(rows: list[Json]) -> None:
    links = estate_of([*rows, spoke()]).hub_links

    assert links.networks == {HUB.lower(): (SPOKE.lower(),)}
    assert links.hubs == {SPOKE.lower(): (HUB.lower(),)}
    assert links.addresses == {HUB.lower(): prefixes(("10.1.0.0/16",))}


def test_what_is_behind_a_hub_is_unknown_where_a_connected_network_was_not_read() -> None:
    links = estate_of([row(), NESTED]).hub_links

    assert links.addresses == {HUB.lower(): Unknown("virtual network spoke is not in the evidence")}


def test_a_route_server_is_a_hub_that_joins_nothing() -> None:
    server = {"id": HUB, "kind": "RouteServer", "properties": {"virtualRouterAsn": 65515, "sku": "Standard"}}

    found = estate_of([server]).virtual_hubs[HUB.lower()]

    assert (found.addresses, found.wan, found.gateways, found.connections) == (NOTHING, None, (), ())


@pytest.mark.parametrize(
    ("stub", "why"),
    [
        ({"id": HUB, "name": "Hub"}, "its addresses and its WAN were left out"),
        ({"id": HUB, "properties": {"addressPrefix": "10.9.0.0/99"}}, "10.9.0.0/99"),
        ({"id": CONNECTION, "name": "to-spoke"}, "the network that it joins was left out"),
    ],
)
def test_a_row_that_leaves_out_what_matters_is_unread_and_says_why(stub: Json, why: str) -> None:
    here = estate_of([stub])

    (problem,) = here.unread.values()
    assert why in problem
    assert {name for name, entry in here.completeness.items() if not entry.complete} <= {
        "virtual_hubs",
        "virtual_hub_connections",
    }
