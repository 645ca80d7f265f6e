"""Who is beyond a virtual hub, and whom a firewall in one reaches (azure-facts 5.2, 5.7)."""

from dataclasses import replace
from typing import Any, Final

import pytest

from builders import Built, allow, deny, estate, nic, nsg, resource_id, subnet, vm, vnet, with_gaps
from exposure.questions import exposure, paths
from vmaudit.addresses import ANY_IPV4, PUBLIC, intersection, overlaps, prefixes, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AzureFirewall, HubConnection, NatRule, VirtualHub
from vmaudit.estate.resources import Peering, Peers, Protocol
from vmaudit.estate.virtual_hubs import hub_links
from vmaudit.exposure.inside import inside_paths
from vmaudit.exposure.paths import Certainty, OriginKind, Path

WAN: Final = resource_id("virtualWans", "wan").lower()
HIDDEN: Final = (
    "/subscriptions/m/resourcegroups/rg_hub_1/providers/microsoft.network/virtualnetworks/"
    "hv_hub_11111111-1111-1111-1111-111111111111"
)
HOME: Final = vnet(name="vnet")
OTHER: Final = vnet(name="other", space="10.1.0.0/16")


def hub(name: str = "hub", *, wan: str | None = WAN, gateways: tuple[str, ...] = ()) -> VirtualHub:
    return VirtualHub(
        id=resource_id("virtualHubs", name),
        addresses=prefixes(("10.9.0.0/23",)),
        wan=wan,
        gateways=gateways,
        connections=(),
    )


def joined(whole: Estate, *hubs: VirtualHub, **spokes: str) -> Estate:
    """The estate with these hubs; `spokes` says to which hub a network is connected: `joined(here, hub(), vnet="hub")`."""
    connections = [
        HubConnection(
            id=f"{resource_id('virtualHubs', name)}/hubVirtualNetworkConnections/to-{network}",
            network=resource_id("virtualNetworks", network).lower(),
        )
        for network, name in spokes.items()
    ]
    read = {each.key: each for each in hubs}
    links = hub_links(read, {each.key: each for each in connections}, whole.networks)
    return replace(whole, virtual_hubs=read, hub_links=links)


def machine(network: Built = HOME, *rules: Any) -> Built:
    return vm(nic(nsg(*rules), subnet(network=network)))


def hub_peering() -> Peering:
    """What Azure adds to a network that is connected to a hub."""
    return Peering(
        name="RemoteVnetToHubPeering_1",
        remote_network=HIDDEN,
        remote_addresses=prefixes(("10.9.0.0/23",)),
        connected=True,
        allows_network_access=True,
        allows_forwarded_traffic=False,
        allows_gateway_transit=False,
        uses_remote_gateways=True,
    )


def ways(whole: Estate, kind: OriginKind) -> list[Path]:
    found = inside_paths(exposure(whole))
    return [path for path in found if path.origin.kind is kind and path.protocol is Protocol.TCP]


# --- the inside -------------------------------------------------------------------------------------------------------


def test_another_network_on_the_hub_may_come_in_and_the_hub_is_named() -> None:
    whole = joined(estate(machine(), OTHER), hub(), vnet="hub", other="hub")

    (found,) = ways(whole, OriginKind.PEER)

    assert (found.origin.id, found.certainty) == (resource_id("virtualHubs", "hub"), Certainty.POSSIBLE)
    assert found.sources == prefixes(("10.1.0.0/16", "10.9.0.0/23"))
    assert found.blind_spots == (
        "which networks virtual hub hub joins is up to its routes, which are not in the evidence",
    )


@pytest.mark.parametrize(("far_wan", "reached"), [(WAN, True), ("another", False), (None, False)])
def test_hubs_of_one_wan_may_join_their_networks(*, far_wan: str | None, reached: bool) -> None:
    whole = joined(estate(machine(), OTHER), hub(), hub("far", wan=far_wan), vnet="hub", other="far")

    found = [path for path in ways(whole, OriginKind.PEER) if overlaps(path.sources, prefixes(("10.1.0.0/16",)))]

    assert bool(found) is reached


def test_a_network_on_no_hub_has_nobody_beyond_one() -> None:
    whole = joined(estate(machine(), OTHER), hub(gateways=("/g/vpn",)), other="hub")

    assert ways(whole, OriginKind.PEER) == ways(whole, OriginKind.ON_PREMISES) == []


def test_each_gateway_of_a_hub_may_bring_any_private_address() -> None:
    whole = joined(estate(machine()), hub(gateways=("/g/vpngw", "/g/ergw")), vnet="hub")

    found = ways(whole, OriginKind.ON_PREMISES)

    assert [path.origin.id for path in found] == ["/g/vpngw", "/g/ergw"]
    assert {path.certainty for path in found} == {Certainty.POSSIBLE}
    assert found[0].blind_spots[0] == "what is behind vpngw of virtual hub hub was not read"


def test_a_network_on_the_hub_that_was_not_read_may_have_any_private_address() -> None:
    whole = joined(estate(machine()), hub(), vnet="hub", unread="hub")

    (found,) = ways(whole, OriginKind.PEER)

    assert overlaps(found.sources, prefixes(("192.168.0.0/16",)))


@pytest.mark.parametrize(
    ("gap", "reason"),
    [
        ("virtual_hubs", "Virtual hubs: they were not collected"),
        ("virtual_hub_connections", "Connections of virtual hubs: they were not collected"),
    ],
)
def test_beyond_a_hub_of_which_not_all_was_read_there_may_be_peers_without_a_name(gap: str, reason: str) -> None:
    whole = with_gaps(joined(estate(machine()), hub(), vnet="hub"), gap)

    unnamed = [path for path in ways(whole, OriginKind.PEER) if path.origin.id is None]

    assert [path.blind_spots for path in unnamed] == [(reason,)]
    assert all(path.certainty is Certainty.POSSIBLE for path in unnamed)


@pytest.mark.parametrize("kind", [OriginKind.PEER, OriginKind.ON_PREMISES])
def test_the_peering_that_azure_makes_shows_a_hub_that_nobody_read(kind: OriginKind) -> None:
    whole = estate(machine(vnet(hub_peering())))

    (unnamed,) = [path for path in ways(whole, kind) if path.origin.id is None]

    assert unnamed.certainty is Certainty.POSSIBLE
    assert unnamed.blind_spots == ("the virtual hub that vnet is connected to is not in the evidence",)


def test_taking_the_hub_away_leaves_everybody_beyond_it_possible() -> None:
    whole = joined(estate(machine(vnet(hub_peering())), OTHER), hub(gateways=("/g/vpngw",)), vnet="hub", other="hub")
    fewer = with_gaps(joined(whole), "virtual_hubs", "virtual_hub_connections")

    for kind in (OriginKind.PEER, OriginKind.ON_PREMISES):
        before, after = ({pair for path in ways(each, kind) for pair in path.sources} for each in (whole, fewer))
        assert all(overlaps(tuple(sorted(after)), (pair,)) for pair in before)


# --- the firewall of a hub --------------------------------------------------------------------------------------------


def secured(whole: Estate, *, to: str = "10.0.0.4", of: str = "hub") -> Estate:
    rule = NatRule(
        collection="dnat",
        name="ssh",
        protocols=frozenset({Protocol.TCP}),
        sources=Peers(addresses=ANY_IPV4),
        ip_groups=(),
        destinations=Peers(addresses=prefixes(("20.50.0.30",))),
        ports=single(50022),
        to_address=prefixes((to,))[0][0],
        to_name="",
        to_port=22,
    )
    firewall = AzureFirewall(
        id=resource_id("azureFirewalls", "fw"),
        subnet=None,
        public_ips=(),
        hub_addresses=("20.50.0.30",),
        policy=None,
        rules=(rule,),
        virtual_hub=resource_id("virtualHubs", of).lower(),
    )
    return replace(whole, firewalls={firewall.key: firewall})


FROM_HUB: Final = allow(22, source="10.9.0.0/23")


def certainties(whole: Estate) -> set[Certainty]:
    return {path.certainty for path in paths(whole)}


def test_the_firewall_of_a_hub_reaches_a_connected_machine_from_the_hub_s_addresses() -> None:
    whole = secured(joined(estate(machine(HOME, FROM_HUB)), hub(), vnet="hub"))

    (found,) = paths(whole)

    assert (found.certainty, found.ports) == (Certainty.PROVEN, single(22))
    assert found.sources == intersection(ANY_IPV4, PUBLIC)


def test_whether_the_hub_is_in_virtualnetwork_is_in_doubt_without_azure_s_own_peering() -> None:
    on_hub, peered = (
        secured(joined(estate(machine(network)), hub(), vnet="hub")) for network in (HOME, vnet(hub_peering()))
    )

    assert certainties(on_hub) == {Certainty.POSSIBLE}
    assert certainties(peered) == {Certainty.PROVEN}


def test_a_machine_that_is_not_connected_to_the_hub_is_not_reached() -> None:
    assert paths(secured(joined(estate(machine(HOME, FROM_HUB), OTHER), hub(), other="hub"))) == []


def test_a_machine_on_another_hub_of_the_wan_may_be_reached() -> None:
    whole = secured(joined(estate(machine(HOME, FROM_HUB), OTHER), hub(), hub("far"), vnet="far", other="hub"))

    assert certainties(whole) == {Certainty.POSSIBLE}
    assert paths(whole)[0].blind_spots == (
        "which networks of virtual hub far a firewall in another hub reaches is not in the evidence",
    )


@pytest.mark.parametrize("gap", ["virtual_hubs", "virtual_hub_connections"])
def test_any_machine_may_be_meant_where_not_all_about_hubs_was_read(gap: str) -> None:
    whole = secured(joined(estate(machine(HOME, FROM_HUB), OTHER), hub(), other="hub"))

    assert certainties(with_gaps(whole, gap)) == {Certainty.POSSIBLE}


def test_a_firewall_of_a_hub_that_was_not_read_may_come_from_any_private_address() -> None:
    whole = secured(joined(estate(machine(HOME, FROM_HUB)), vnet="hub"))

    assert certainties(whole) == {Certainty.POSSIBLE}
    assert "as which address Azure Firewall fw passes packets on is not in the evidence" in paths(whole)[0].blind_spots


def test_an_nsg_that_denies_the_hub_s_addresses_closes_its_dnat() -> None:
    rules = (deny("*", source="10.9.0.0/23", protocol="*", priority=100), allow(22, priority=200))

    assert paths(secured(joined(estate(machine(HOME, *rules)), hub(), vnet="hub"))) == []
