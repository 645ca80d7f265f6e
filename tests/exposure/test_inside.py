"""Who on the inside gets in, and who may where something around the machine was not read (azure-facts 5.2, 5.3, 5.9)."""

import pytest

from assess.guards import bastion, guarded
from builders import Built, allow, deny, estate, nic, nsg, peering, resource_id, subnet, vm, vnet, with_gaps, without
from exposure.questions import exposure
from vmaudit.addresses import ANY_IPV4, PRIVATE, intersection, overlaps, prefixes, union
from vmaudit.estate.estate import Estate
from vmaudit.exposure.inside import inside_paths
from vmaudit.exposure.paths import Certainty, OriginKind, Path

DEFAULTS = nsg()


def machine(*rules: Built, network: Built | None = None) -> Built:
    return vm(nic(subnet(*(rules or (DEFAULTS,)), network=network or vnet())))


def ways(whole: Estate, kind: OriginKind) -> list[Path]:
    """The TCP ways into the only machine from one kind of origin."""
    found = inside_paths(exposure(whole))
    return [path for path in found if path.origin.kind is kind and path.protocol.value == "TCP"]


def network_of(whole: Estate) -> str:
    (network,) = (key for key in whole.networks if key.endswith("/vnet"))
    return network


# --- a network that was not read --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [OriginKind.OWN_NETWORK, OriginKind.PEER, OriginKind.ON_PREMISES, OriginKind.BASTION])
def test_around_a_network_that_was_not_read_anybody_may_be_a_neighbour(kind: OriginKind) -> None:
    whole = guarded(estate(machine()), bastion(network="elsewhere"))

    found = ways(without(whole, network_of(whole)), kind)

    assert {path.certainty for path in found} == {Certainty.POSSIBLE}
    assert all("virtual network vnet is not in the evidence" in path.blind_spots[0] for path in found)


@pytest.mark.parametrize("kind", [OriginKind.PEER, OriginKind.ON_PREMISES])
def test_neighbours_that_nobody_could_name_have_no_name_and_are_private(kind: OriginKind) -> None:
    whole = estate(machine())

    (found,) = ways(without(whole, network_of(whole)), kind)

    assert found.origin.id is None
    own_subnet = prefixes(("10.0.0.0/24",))
    assert union(found.sources, own_subnet) == intersection(PRIVATE, ANY_IPV4)
    assert not overlaps(found.sources, own_subnet)


def test_a_deny_for_all_keeps_unread_neighbours_out() -> None:
    whole = estate(machine(nsg(deny("*", protocol="*"))))

    assert not list(inside_paths(exposure(without(whole, network_of(whole)))))


def test_a_network_without_any_bastion_in_the_tenant_has_none_though_it_was_not_read() -> None:
    whole = estate(machine())

    assert ways(without(whole, network_of(whole)), OriginKind.BASTION) == []


# --- Bastions that were not read --------------------------------------------------------------------------------------


def with_bastion_subnet(*extra: Built) -> Built:
    network = vnet()
    named = f"{network.resource.id}/subnets/AzureBastionSubnet".lower()
    fields = {field: getattr(network.resource, field) for field in network.resource.__struct_fields__}
    return Built(type(network.resource)(**(fields | {"subnets": (named,)})), extra)


def test_an_unread_bastion_may_stand_in_the_subnet_made_for_it_or_be_a_developer_one() -> None:
    network = with_bastion_subnet()
    place = subnet(name="AzureBastionSubnet", space="10.0.200.0/26", network=network)
    whole = with_gaps(estate(machine(network=network), place), "bastion_hosts")

    (found,) = ways(whole, OriginKind.BASTION)

    assert (found.origin.id, found.certainty) == (None, Certainty.POSSIBLE)
    assert found.sources == prefixes(("10.0.200.0/26", "168.63.129.16/32"))
    assert found.blind_spots == ("Bastion hosts: they were not collected",)


def test_the_subnet_of_an_unread_bastion_may_be_anywhere_where_it_was_not_read_itself() -> None:
    whole = with_gaps(estate(machine(network=with_bastion_subnet())), "bastion_hosts")

    (found,) = ways(whole, OriginKind.BASTION)

    assert found.sources == prefixes(("10.0.0.0/16", "168.63.129.16/32"))


def test_a_network_without_a_subnet_for_bastion_can_only_have_a_developer_one() -> None:
    (found,) = ways(with_gaps(estate(machine()), "bastion_hosts"), OriginKind.BASTION)

    assert found.sources == prefixes(("168.63.129.16/32",))


@pytest.mark.parametrize(
    ("far_subnets", "place"),
    [(None, ("10.9.0.0/16",)), (("AzureBastionSubnet",), ("10.9.0.0/16",)), (("web",), ())],
)
def test_an_unread_bastion_may_stand_in_a_peer_where_the_peering_takes_its_subnet_in(
    far_subnets: tuple[str, ...] | None, place: tuple[str, ...]
) -> None:
    between = (("subnet",), tuple(name.lower() for name in far_subnets)) if far_subnets else None
    whole = estate(machine(network=vnet(peering("10.9.0.0/16", remote="hub", between=between))))

    (found,) = ways(with_gaps(whole, "bastion_hosts"), OriginKind.BASTION)

    assert found.sources == prefixes((*place, "168.63.129.16/32"))


def test_a_bastion_that_was_read_is_proven_once_where_more_may_exist() -> None:
    network = with_bastion_subnet()
    place = subnet(name="AzureBastionSubnet", space="10.0.200.0/26", network=network)
    whole = with_gaps(guarded(estate(machine(network=network), place), bastion()), "bastion_hosts")

    named, unnamed = ways(whole, OriginKind.BASTION)

    assert (named.origin.id, named.certainty) == (resource_id("bastionHosts", "bas-hub"), Certainty.PROVEN)
    assert named.sources == prefixes(("10.0.200.0/26",))
    assert (unnamed.origin.id, unnamed.certainty) == (None, Certainty.POSSIBLE)
    assert unnamed.sources == prefixes(("168.63.129.16/32",))


def test_an_unread_bastion_takes_nothing_away_from_the_own_network() -> None:
    network = with_bastion_subnet()
    place = subnet(name="AzureBastionSubnet", space="10.0.200.0/26", network=network)
    whole = estate(machine(network=network), place)

    before, after = (ways(each, OriginKind.OWN_NETWORK) for each in (whole, with_gaps(whole, "bastion_hosts")))

    assert before == after


# --- peerings of single subnets ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("between", "reached"),
    [
        (None, True),
        ((("subnet",), ("azurebastionsubnet",)), True),
        ((("other",), ("azurebastionsubnet",)), False),
        ((("subnet",), ("web",)), False),
    ],
)
def test_a_bastion_comes_over_a_peering_only_where_both_subnets_take_part(
    *, between: tuple[tuple[str, ...], tuple[str, ...]] | None, reached: bool
) -> None:
    hub = vnet(name="hub", space="10.9.0.0/16")
    place = subnet(name="AzureBastionSubnet", space="10.9.1.0/26", network=hub)
    spoke = vnet(peering("10.9.0.0/16", remote="hub", between=between))
    whole = guarded(estate(machine(network=spoke), place), bastion(network="hub"))

    assert bool(ways(whole, OriginKind.BASTION)) is reached


def test_one_rule_for_the_bastion_alone_leaves_nobody_else() -> None:
    group = nsg(allow(22, source="10.0.200.0/26"), deny("*", priority=4096, protocol="*"))
    network = with_bastion_subnet()
    place = subnet(name="AzureBastionSubnet", space="10.0.200.0/26", network=network)
    whole = estate(machine(group, network=network), place)

    unread = with_gaps(whole, "bastion_hosts")

    assert [path.origin.kind for path in inside_paths(exposure(guarded(whole, bastion())))] == [OriginKind.BASTION]
    assert {path.origin.kind for path in inside_paths(exposure(unread))} == {OriginKind.BASTION, OriginKind.OWN_NETWORK}
