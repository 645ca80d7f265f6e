from typing import Any

import pytest

from assess.guards import bastion, fact, guarded, machine_with, reason, remedies
from builders import Built, allow, deny, estate, nic, not_collected, nsg, peering, rule, subnet, vm, vnet, without
from vmaudit.assess.columns import columns
from vmaudit.assess.facts.case import cases
from vmaudit.assess.values import AtLeast, Names, Sku
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import BastionHost, SecurityRule
from vmaudit.exposure.reach import expose
from vmaudit.known import Unknown

SPOKE = vnet(peering(remote="hub"), name="spoke", space="10.1.0.0/16")
HUB = vnet(peering(remote="spoke"), name="hub", space="10.9.0.0/16")
IN_HUB = bastion(network="hub")


def spoke_machine(network: Built = SPOKE) -> Built:
    return vm(nic(subnet(space="10.1.0.0/24", network=network), at="10.1.0.4"))


def covering(whole: Estate, *hosts: BastionHost) -> Any:
    return fact("bastion.covering", guarded(whole, *hosts))


def column_of(name: str, whole: Estate) -> list[Any]:
    """The values of a fact for all machines, as the judge gets them."""
    found = columns(cases(whole, expose(whole)), [name])[name]
    return [found.distinct[code] for code in found.codes]


def test_a_bastion_in_the_own_network_covers() -> None:
    assert covering(estate(vm(nic())), bastion()) == Names(("bas-hub",))


def test_a_bastion_in_another_network_of_the_subscription_does_not_cover() -> None:
    assert covering(estate(vm(nic()), HUB), IN_HUB) == Names(())


def test_a_bastion_in_a_peered_network_covers() -> None:
    assert covering(estate(spoke_machine(), HUB), IN_HUB) == Names(("bas-hub",))


def test_a_bastion_two_peerings_away_does_not_cover() -> None:
    middle = vnet(peering(remote="spoke"), peering(remote="far"), name="hub", space="10.9.0.0/16")
    far = vnet(peering(remote="hub"), name="far", space="10.8.0.0/16")

    assert covering(estate(spoke_machine(), middle, far), bastion(network="far")) == Names(())


@pytest.mark.parametrize("words", [{"connected": False}, {"access": False}])
def test_either_side_of_a_peering_can_close_it(words: dict[str, bool]) -> None:
    closed_spoke = vnet(peering(remote="hub", **words), name="spoke", space="10.1.0.0/16")
    closed_hub = vnet(peering(remote="spoke", **words), name="hub", space="10.9.0.0/16")

    assert covering(estate(spoke_machine(closed_spoke), HUB), IN_HUB) == Names(())
    assert covering(estate(spoke_machine(), closed_hub), IN_HUB) == Names(())


@pytest.mark.parametrize(
    ("spoke_side", "hub_side", "covers"),
    [
        ((("subnet",), ("azurebastionsubnet",)), (("azurebastionsubnet",), ("subnet",)), True),
        ((("other",), ("azurebastionsubnet",)), None, False),
        ((("subnet",), ("other",)), None, False),
        (None, (("other",), ("subnet",)), False),
        (None, (("azurebastionsubnet",), ("other",)), False),
    ],
)
def test_a_peering_of_single_subnets_covers_only_these(*, spoke_side: Any, hub_side: Any, covers: bool) -> None:
    spoke = vnet(peering(remote="hub", between=spoke_side), name="spoke", space="10.1.0.0/16")
    hub = vnet(peering(remote="spoke", between=hub_side), name="hub", space="10.9.0.0/16")

    assert covering(estate(spoke_machine(spoke), hub), IN_HUB) == Names(("bas-hub",) if covers else ())


def test_machines_of_one_network_in_and_out_of_a_peering_of_subnets_are_told_apart() -> None:
    spoke = vnet(peering(remote="hub", between=(("in",), ("azurebastionsubnet",))), name="spoke", space="10.1.0.0/16")
    machines = [
        vm(
            nic(subnet(name=name, space=f"10.1.{at}.0/24", network=spoke), at=f"10.1.{at}.4", name=f"nic-{name}"),
            name=name,
        )
        for at, name in enumerate(("in", "out"))
    ]
    whole = guarded(estate(*machines, HUB), IN_HUB)
    found = column_of("bastion.covering", whole)

    assert found == [Names(("bas-hub",)), Names(())]


def test_an_interface_that_was_not_read_may_stand_in_the_subnet_that_is_peered() -> None:
    spoke = vnet(peering(remote="hub", between=(("in",), ("azurebastionsubnet",))), name="spoke", space="10.1.0.0/16")
    first = nic(subnet(name="out", space="10.1.0.0/24", network=spoke), at="10.1.0.4")
    second = nic(subnet(name="in", space="10.1.1.0/24", network=spoke), at="10.1.1.4", name="nic2")
    whole = without(estate(vm(first, second), HUB), second.key)

    assert covering(whole, IN_HUB) == Names((), "network interface nic2 is not in the evidence")


def test_a_developer_bastion_does_not_reach_over_a_peering() -> None:
    developer = bastion(network="hub", sku="Developer", subnet=False)

    assert covering(estate(spoke_machine(), HUB), developer) == Names(())
    assert covering(estate(vm(nic())), bastion(sku="Developer", subnet=False)) == Names(("bas-hub",))


def test_a_bastion_that_failed_to_deploy_does_not_cover() -> None:
    assert covering(estate(vm(nic())), bastion(state="Failed")) == Names(())


@pytest.mark.parametrize(
    ("host", "why"),
    [
        (bastion(state=""), "the row of Bastion bas-hub does not give its state"),
        (bastion(network=None), "the row of Bastion bas-hub does not say which virtual network it serves"),
    ],
)
def test_a_row_that_leaves_out_what_matters_leaves_the_cover_open(host: BastionHost, why: str) -> None:
    assert covering(estate(vm(nic())), host) == Names((), why)


def test_a_peered_bastion_of_unknown_sku_may_be_a_developer_one() -> None:
    assert covering(estate(spoke_machine(), HUB), bastion(network="hub", sku=Unknown("no SKU"))) == Names((), "no SKU")


def test_a_hub_that_was_not_read_leaves_the_cover_open() -> None:
    whole = estate(spoke_machine(), HUB)

    assert covering(without(whole, HUB.key), IN_HUB) == Names((), "virtual network hub is not in the evidence")


def test_an_own_network_that_was_not_read_may_be_peered_with_any() -> None:
    whole = estate(spoke_machine(), HUB)

    assert covering(without(whole, SPOKE.key), IN_HUB) == Names((), "virtual network spoke is not in the evidence")


def test_without_the_list_of_bastions_none_found_means_nothing() -> None:
    whole = estate(vm(nic()), incomplete=["bastion_hosts"])

    assert covering(whole) == Names((), not_collected("bastion_hosts"))
    assert covering(whole, bastion()).proven == ("bas-hub",)


def test_a_machine_without_a_readable_interface_may_be_anywhere() -> None:
    unread = machine_with(vm(), network_interfaces=Unknown("the row was not read"))

    for name in ("covering", "best_sku", "has_own_subnet", "subnet_prefix_length", "needless_openings"):
        assert reason(fact(f"bastion.{name}", guarded(estate(unread), bastion()))) == "the row was not read"


def test_one_interface_that_was_read_tells_the_network_of_all() -> None:
    whole = estate(vm(nic(), nic(name="nic-2", at="10.0.0.5")))
    half = without(whole, next(key for key in whole.network_interfaces if key.endswith("nic-2")))

    assert covering(half, bastion()) == Names(("bas-hub",))


def test_the_ablest_bastion_counts() -> None:
    whole = guarded(estate(vm(nic())), bastion("a", sku="Basic"), bastion("b", sku="Premium"))

    assert fact("bastion.best_sku", whole) is Sku.Premium


def test_a_bastion_of_unknown_sku_can_only_be_better() -> None:
    whole = guarded(estate(vm(nic())), bastion("a", sku="Basic"), bastion("b", sku=Unknown("no SKU")))

    assert fact("bastion.best_sku", whole) == AtLeast(Sku.Basic, "no SKU")
    assert reason(fact("bastion.best_sku", guarded(estate(vm(nic())), bastion(sku=Unknown("no SKU"))))) == "no SKU"


def test_nothing_is_better_than_premium() -> None:
    whole = guarded(estate(vm(nic())), bastion("a", sku="Premium"), bastion("b", sku=Unknown("no SKU")))

    assert fact("bastion.best_sku", whole) is Sku.Premium


def test_where_no_bastion_covers_there_is_nothing_to_look_at() -> None:
    whole = estate(vm(nic()))

    for name in ("best_sku", "has_own_subnet", "subnet_prefix_length"):
        assert reason(fact(f"bastion.{name}", whole)) == "no Bastion is known to cover the machine"


def test_only_a_developer_bastion_has_no_subnet_of_its_own() -> None:
    developer = bastion("a", sku="Developer", subnet=False)

    assert fact("bastion.has_own_subnet", guarded(estate(vm(nic())), developer)) is False
    assert fact("bastion.has_own_subnet", guarded(estate(vm(nic())), developer, bastion("b"))) is True
    unsure = guarded(estate(vm(nic()), incomplete=["bastion_hosts"]), developer)
    assert reason(fact("bastion.has_own_subnet", unsure)) == not_collected("bastion_hosts")


# --- the subnet ----------------------------------------------------------------------------------------------------


def with_subnet(*attached: Built, space: Any = "10.0.1.0/26") -> Estate:
    return guarded(estate(vm(nic()), subnet(*attached, name="AzureBastionSubnet", space=space)), bastion())


@pytest.mark.parametrize(
    ("space", "length"), [("10.0.1.0/26", 26.0), ("10.0.1.0/27", 27.0), (("10.0.1.0/25", "fd00::/64"), 25.0)]
)
def test_the_size_is_that_of_the_ipv4_prefix(space: Any, length: float) -> None:
    assert fact("bastion.subnet_prefix_length", with_subnet(space=space)) == length


def test_a_bastion_subnet_that_was_not_read_has_no_size_and_may_have_a_group() -> None:
    whole = guarded(estate(vm(nic())), bastion())
    why = "subnet azurebastionsubnet is not in the evidence"

    assert reason(fact("bastion.subnet_prefix_length", whole)) == why
    assert fact("bastion.subnets_without_nsg", whole) == Names((), why)
    assert fact("bastion.needless_openings", whole) == Names((), why)


def test_a_small_subnet_is_proven_though_another_bastion_may_exist() -> None:
    whole = estate(vm(nic()), subnet(name="AzureBastionSubnet", space="10.0.1.0/27"), incomplete=["bastion_hosts"])

    length = fact("bastion.subnet_prefix_length", guarded(whole, bastion()))

    assert length == AtLeast(27.0, not_collected("bastion_hosts"))


def test_a_bastion_subnet_without_a_group_is_named_with_its_network() -> None:
    assert fact("bastion.subnets_without_nsg", with_subnet()) == Names(("vnet/AzureBastionSubnet",))
    assert fact("bastion.subnets_without_nsg", with_subnet(nsg())) == Names(())


def needless(*rules: SecurityRule) -> Any:
    return fact("bastion.needless_openings", with_subnet(nsg(*rules)))


def test_the_rules_that_microsoft_asks_for_are_not_needless() -> None:
    rules = (
        allow(443, source="Internet", priority=120),
        allow(443, source="GatewayManager", priority=130),
        allow(443, source="AzureLoadBalancer", priority=140),
        allow((8080, 5701), source="VirtualNetwork", destination="VirtualNetwork", protocol="*", priority=150),
    )

    assert needless(*rules) == Names(())


@pytest.mark.parametrize(
    ("opened", "says"),
    [
        (allow(22, name="x"), "x in nsg: 22"),
        (allow((22, 443, 3389), source="VirtualNetwork", name="x"), "x in nsg: 22 and 3389"),
        (allow(8080, source="Internet", name="x"), "x in nsg: 8080"),
        (allow(5701, source="198.51.100.7", name="x"), "x in nsg: 5701"),
        (allow("*", source="AzureLoadBalancer", name="x"), "x in nsg: 0-442 and 444-65535"),
        (allow(53, protocol="Udp", name="x"), "x in nsg: 53"),
    ],
)
def test_whatever_else_a_rule_opens_is_needless(opened: SecurityRule, says: str) -> None:
    assert needless(opened) == Names((says,))


def test_ports_from_private_addresses_count_as_from_the_network() -> None:
    assert needless(allow((443, 8080, 5701), source="10.0.0.0/8")) == Names(())


@pytest.mark.parametrize(
    "harmless",
    [
        deny(22),
        rule("Allow", 22, direction="Outbound"),
        allow(22, destination="10.0.0.0/24"),
        allow("*", protocol="Icmp"),
    ],
)
def test_what_does_not_open_the_subnet_inbound_is_no_matter(harmless: SecurityRule) -> None:
    assert needless(harmless) == Names(())


def test_an_earlier_deny_closes_what_a_later_rule_would_open() -> None:
    assert needless(deny(22, priority=100), allow(22, priority=200)) == Names(())
    assert needless(allow(22, priority=100, name="x"), deny(22, priority=200)) == Names(("x in nsg: 22",))


def test_a_deny_for_some_sources_does_not_close_the_port_for_the_others() -> None:
    rules = (deny(22, source="198.51.100.0/24", priority=100), allow(22, source="Internet", priority=200, name="x"))

    assert needless(*rules) == Names(("x in nsg: 22",))


def test_a_deny_for_all_sources_of_the_rule_closes_it() -> None:
    rules = (deny(22, source="198.51.100.0/24", priority=100), allow(22, source="198.51.100.7", priority=200))

    assert needless(*rules) == Names(())


def test_a_deny_for_another_protocol_or_for_some_source_ports_closes_nothing() -> None:
    open_ssh = allow(22, priority=200, name="x")

    assert needless(deny(22, protocol="Udp", priority=100), open_ssh) == Names(("x in nsg: 22",))
    assert needless(deny(22, source_ports="1024-65535", priority=100), open_ssh) == Names(("x in nsg: 22",))


def test_a_group_that_was_not_read_may_open_anything() -> None:
    whole = with_subnet(nsg())

    assert fact("bastion.needless_openings", without(whole, *whole.security_groups)) == Names(
        (), "NSG nsg is not in the evidence"
    )


# --- what to mend --------------------------------------------------------------------------------------------------


def test_without_a_bastion_the_own_network_gets_one() -> None:
    (remedy,) = remedies("bastion.covering", estate(vm(nic())))

    assert remedy.resource.endswith("/virtualNetworks/vnet")
    assert remedy.fix.endswith("-n bas-vnet --vnet-name vnet --public-ip-address pip-bas-vnet --sku Standard")


def test_the_bastion_is_upgraded_where_it_is() -> None:
    (remedy,) = remedies("bastion.best_sku", guarded(estate(vm(nic())), bastion(sku="Basic")))

    assert remedy.says == "Bastion bas-hub has the SKU Basic"
    assert remedy.fix.endswith("-g rg -n bas-hub --sku Standard")


def test_size_and_group_of_one_subnet_are_mended_apart() -> None:
    whole = with_subnet(space="10.0.1.0/27")

    (size,) = remedies("bastion.subnet_prefix_length", whole)
    (group,) = remedies("bastion.subnets_without_nsg", whole)

    assert size.resource == group.resource
    assert size.part != group.part


def test_a_needless_rule_is_deleted() -> None:
    (remedy,) = remedies("bastion.needless_openings", with_subnet(nsg(allow(22, name="ssh"))))

    assert remedy.proof.endswith("/networkSecurityGroups/nsg/securityRules/ssh")
    assert remedy.fix.endswith(
        "az network nsg rule delete --subscription 00000000-0000-0000-0000-000000000001 -g rg --nsg-name nsg -n ssh"
    )
