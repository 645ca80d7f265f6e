"""Private Link services: where their clients appear, and who is connected."""

from typing import Any

from evidence import Json, estate_of, network_id
from vmaudit.estate.front_doors import PrivateLinkService

ID = network_id("privateLinkServices/Pls")
SUBNET = network_id("virtualNetworks/Hub/subnets/Links")
ENDPOINT = network_id("privateEndpoints/Pe")
PLACE: Json = {"name": "nat", "properties": {"subnet": {"id": SUBNET}, "privateIPAllocationMethod": "Dynamic"}}


def service(**properties: Any) -> PrivateLinkService:
    row = {"id": ID, "properties": {"ipConfigurations": [PLACE, PLACE], **properties}}
    return estate_of([row]).private_link_services[ID.lower()]


def connection(status: str) -> Json:
    state = {"status": status, "description": ""}
    return {"properties": {"privateEndpoint": {"id": ENDPOINT}, "privateLinkServiceConnectionState": state}}


def test_clients_appear_in_the_subnet_of_the_service() -> None:
    assert service().subnets == (SUBNET.lower(),)
    assert service().networks == (network_id("virtualNetworks/Hub").lower(),)


def test_only_approved_connections_are_connected() -> None:
    assert service(privateEndpointConnections=[connection("Approved")]).endpoints == (ENDPOINT.lower(),)
    for status in ("Pending", "Rejected", "Disconnected"):
        assert service(privateEndpointConnections=[connection(status)]).endpoints == ()


def test_a_service_approves_anybody_only_where_it_says_so() -> None:
    assert service(autoApproval={"subscriptions": ["*"]}).approves_anybody
    assert not service(autoApproval={"subscriptions": ["11111111-1111-1111-1111-111111111111"]}).approves_anybody
    assert not service(visibility={"subscriptions": ["*"]}).approves_anybody


def test_the_flat_spelling_of_the_azure_cli_is_the_same_service() -> None:
    flat = {"id": ID, "ipConfigurations": [{"name": "nat", "subnet": {"id": SUBNET}}], "autoApproval": None}

    assert estate_of([flat]).private_link_services[ID.lower()] == service()


def test_a_row_without_properties_is_unread() -> None:
    assert "its addresses were left out" in estate_of([{"id": ID, "name": "Pls"}]).unread[ID.lower()]
