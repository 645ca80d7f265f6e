"""Private Link services let strangers into a network under addresses of its own (NET-008)."""

from dataclasses import replace
from typing import Any, Final

import pytest

from assess.guards import fact, remedies
from assess.judged import audited, shipped_rules, verdict
from builders import estate, nic, not_collected, resource_id, subnet, vm, vnet, with_gaps
from vmaudit.assess.assessment import Status, Verdict
from vmaudit.assess.values import Names
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import PrivateLinkService

HOME: Final = vnet()
STRANGER: Final = (
    "/subscriptions/99999999-9999-9999-9999-999999999999/resourcegroups/theirs/providers/microsoft.network/"
    "privateendpoints/pe-theirs"
)
OURS: Final = resource_id("privateEndpoints", "pe-ours").lower()


def linked(*endpoints: str, anybody: bool = False, network: str = "vnet") -> Estate:
    """A machine in a network with a Private Link service and these private endpoints connected to it."""
    place = f"{resource_id('virtualNetworks', network)}/subnets/links".lower()
    service = PrivateLinkService(
        id=resource_id("privateLinkServices", "pls"), subnets=(place,), approves_anybody=anybody, endpoints=endpoints
    )
    machine = vm(nic(subnet(network=HOME)))
    return replace(estate(machine), private_link_services={service.key: service})


def judged(whole: Estate) -> Verdict:
    return verdict(audited(whole, [each for each in shipped_rules() if each.id == "NET-008"]), "NET-008")


def test_a_service_whose_clients_appear_in_the_network_is_a_way_into_it() -> None:
    assert fact("network.other_ways", linked()) == Names(("Private Link service pls",))
    assert fact("network.other_ways", linked(network="elsewhere")) == Names(())


def test_an_endpoint_in_a_subscription_that_was_read_is_known() -> None:
    assert fact("network.unknown_peers", linked(OURS)) == Names(())
    assert judged(linked(OURS)).status is Status.PASS


def test_an_endpoint_in_a_subscription_that_nobody_read_is_a_stranger_s() -> None:
    whole = linked(OURS, STRANGER)

    assert fact("network.unknown_peers", whole) == Names((STRANGER,))
    assert judged(whole).says == (
        "Nobody has accounted for pe-theirs in subscription 99999999-9999-9999-9999-999999999999"
    )


def test_a_service_that_connects_whoever_asks_lets_anybody_in() -> None:
    whole = linked(anybody=True)

    assert judged(whole).status is Status.FAIL
    assert judged(whole).says == "Nobody has accounted for anybody through Private Link service pls"


def test_each_stranger_has_a_remedy_of_its_own() -> None:
    service, endpoint = sorted(remedies("network.unknown_peers", linked(STRANGER, anybody=True)), key=by_says)

    assert service.says == "Private Link service pls connects whoever asks"
    assert "network private-link-service update" in service.fix
    assert endpoint.says.startswith("Private Link service pls is connected to pe-theirs in subscription 9999")
    assert endpoint.fix.endswith("--service-name pls -n CONNECTION --connection-status Rejected")


def by_says(remedy: Any) -> bool:
    return "is connected to" in remedy.says


@pytest.mark.parametrize("name", ["network.other_ways", "network.unknown_peers"])
def test_services_that_were_not_read_leave_it_open(name: str) -> None:
    whole = with_gaps(replace(linked(), private_link_services={}), "private_link_services")

    assert not_collected("private_link_services") in str(fact(name, whole))
    assert judged(whole).status is Status.UNKNOWN
