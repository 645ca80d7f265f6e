"""A public IP on the machine's own interface (azure-facts 5.5), how wide it is open, and the proof."""

from dataclasses import replace
from typing import Literal

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
    public_ip,
    subnet,
    vm,
    vnet,
)
from exposure.questions import ALL, asked, exposure, nothing_open, paths, possible_ports, proven_ports
from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, address_number, covers, prefix, prefixes
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AdminAccess, AdminRule
from vmaudit.estate.resources import Direction, Peers, PowerState, Protocol, SecurityRule
from vmaudit.exposure.paths import Certainty, Code, Path, Reach
from vmaudit.known import Unknown


def published(*rules: SecurityRule, **words: object) -> Estate:
    """A machine with a Standard public IP and these rules at its interface."""
    return estate(vm(nic(public_ip(), nsg(*rules))), **words)  # type: ignore[arg-type]


def only_path(here: Estate) -> Path:
    (path,) = paths(here)
    return path


# --- without an NSG the SKU decides ---------------------------------------------------------------------------------


def test_a_basic_address_without_any_nsg_is_open_on_every_port() -> None:
    here = estate(vm(nic(public_ip(sku="Basic"))))

    assert proven_ports(here, protocol="TCP") == proven_ports(here, protocol="UDP") == ALL
    assert [hop.code for hop in only_path(here).hops] == [Code.PUBLIC_IP, Code.BASIC_IP_WITHOUT_NSG, Code.VM_RUNNING]


def test_a_standard_address_without_any_nsg_is_closed() -> None:
    assert nothing_open(estate(vm(nic(public_ip(sku="Standard")))))


def test_an_address_whose_sku_was_not_read_is_possibly_open_without_any_nsg() -> None:
    here = estate(vm(nic(public_ip(sku=Unknown("the row of public IP pip does not give its SKU")))))

    assert proven_ports(here) == ()
    assert possible_ports(here) == ALL
    assert only_path(here).blind_spots[0].endswith("the row of public IP pip does not give its SKU")


@pytest.mark.parametrize("sku", ["Basic", "Standard"])
def test_with_an_nsg_the_sku_does_not_matter(sku: Literal["Basic", "Standard"]) -> None:
    here = estate(vm(nic(public_ip(sku=sku), nsg(allow(22)))))

    assert proven_ports(here) == ("22",)
    assert possible_ports(here) == ()


@pytest.mark.parametrize("attached", ["subnet", "interface"])
def test_an_nsg_at_either_place_opens_a_standard_address(attached: str) -> None:
    group = nsg(allow(22))
    here = estate(vm(nic(public_ip(), group if attached == "interface" else subnet(group))))

    assert proven_ports(here) == ("22",)


def test_no_public_address_and_nothing_that_publishes_the_machine_is_no_way_in() -> None:
    assert nothing_open(estate(vm(nic(nsg(allow())))))


def test_no_nsg_anywhere_filters_nothing_on_the_inside() -> None:
    here = estate(vm(nic(public_ip(sku="Standard"))))

    assert asked(here, "10.0.0.9").access == "Allow"
    assert nothing_open(here)


# --- how wide -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("*", Reach.INTERNET),
        ("Internet", Reach.INTERNET),
        ("0.0.0.0/0", Reach.INTERNET),
        ("0.0.0.0/1", Reach.INTERNET),
        ("8.0.0.0/6", Reach.INTERNET),
        ("20.0.0.0/8", Reach.INTERNET),
        ("20.0.0.0/9", Reach.PARTIAL),
        ("100.0.0.0/8", Reach.PARTIAL),  # a quarter of it is carriers' private space
        ("203.0.113.7", Reach.PARTIAL),
        (["0.0.0.0/1", "128.0.0.0/1"], Reach.INTERNET),
        (["20.0.0.0/9", "20.128.0.0/9"], Reach.INTERNET),
        (["20.0.0.0/9", "20.128.0.0/10"], Reach.PARTIAL),
        (["10.0.0.0/8", "0.0.0.0/0"], Reach.INTERNET),
    ],
)
def test_sources_that_add_up_to_a_slash_eight_are_the_internet(source: str | list[str], expected: Reach) -> None:
    assert only_path(published(allow(22, source=source))).reach is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        *(("::/0", Reach.INTERNET), ("2000::/3", Reach.INTERNET), ("2a00::/31", Reach.INTERNET)),
        *(("2a00::/32", Reach.PARTIAL), ("2a01:111::/48", Reach.PARTIAL), ("*", Reach.INTERNET)),
    ],
)
def test_an_ipv6_prefix_shorter_than_32_is_the_internet(source: str, expected: Reach) -> None:
    v6 = ip_configuration(public_ip("2a01:111::9"), _dual_stack(), at="fd00:1::4", version=6)
    here = estate(vm(nic(v6, nsg(allow(22, source=source)))))

    assert only_path(here).reach is expected


def _dual_stack() -> Built:
    return subnet(space=["10.0.0.0/24", "fd00:1::/64"], network=vnet(space=["10.0.0.0/16", "fd00:1::/48"]))


def test_an_ipv4_rule_opens_no_ipv6_address_and_the_other_way_round() -> None:
    v4 = ip_configuration(public_ip(), _dual_stack())
    v6 = ip_configuration(public_ip("2a01:111::9", name="pip6"), _dual_stack(), at="fd00:1::4", version=6, name="six")
    here = estate(vm(nic(v4, v6, nsg(allow(22, source="0.0.0.0/0"), allow(443, source="::/0", priority=200)))))

    assert [(path.ip_configuration, path.ports) for path in paths(here)] == [
        ("ipconfig1", ((22, 22),)),
        ("six", ((443, 443),)),
    ]


def test_prefixes_of_several_rules_add_up() -> None:
    here = published(allow(22, source="0.0.0.0/1"), allow(22, source="128.0.0.0/1", priority=200))
    halves = published(allow(22, source="20.0.0.0/9"), allow(22, source="20.128.0.0/9", priority=200))

    assert {path.reach for path in paths(here)} == {Reach.INTERNET}
    assert [path.reach for path in paths(halves)] == [Reach.INTERNET, Reach.INTERNET]


def test_prefixes_of_several_rules_add_up_only_where_their_ports_overlap() -> None:
    here = published(
        allow("22-80", source="20.0.0.0/9"), allow("80-443", source="20.128.0.0/9", priority=200, name="other")
    )

    assert proven_ports(here, reach=Reach.INTERNET) == ("80",)
    assert proven_ports(here, reach=Reach.PARTIAL) == ("22-79", "81-443")


def test_tcp_and_udp_do_not_add_up() -> None:
    here = published(allow(3389, source="20.0.0.0/9"), allow(3389, source="20.128.0.0/9", priority=200, protocol="Udp"))

    assert {path.reach for path in paths(here, protocol=None)} == {Reach.PARTIAL}


def test_a_denied_prefix_is_taken_out_before_the_rest_is_measured() -> None:
    here = published(deny(22, source="20.0.0.0/9"), allow(22, source="20.0.0.0/8", priority=200))

    assert only_path(here).reach is Reach.PARTIAL
    assert only_path(here).sources == prefix("20.128.0.0/9")


def test_a_private_source_opens_nothing_to_the_internet() -> None:
    here = published(allow(22, source=["10.0.0.0/8", "192.168.0.0/16", "VirtualNetwork", "AzureLoadBalancer"]))

    assert nothing_open(here)


def test_public_space_that_is_the_networks_own_is_not_the_internet() -> None:
    own = subnet(space="20.0.0.0/24", network=vnet(space="20.0.0.0/8"))
    here = estate(vm(nic(ip_configuration(public_ip(), own, at="20.0.0.4"), nsg(allow(22, source="20.0.0.0/8")))))

    assert nothing_open(here)


def test_the_tag_azure_cloud_lets_any_tenants_machines_in() -> None:
    here = published(allow(22, source="AzureCloud"))
    (proven,) = paths(here, certainty=Certainty.PROVEN)

    assert proven.reach is Reach.INTERNET
    assert proven_ports(here) == ("22",)
    assert asked(here, proven.witness.source).access == "Allow"


def test_azure_cloud_at_one_place_and_one_address_at_the_other_is_one_address() -> None:
    narrow = nsg(allow(22, source="4.150.0.9"), name="narrow")
    here = estate(vm(nic(public_ip(), nsg(allow(22, source="AzureCloud")), subnet(narrow))))

    assert only_path(here).reach is Reach.PARTIAL
    assert only_path(here).sources == prefix("4.150.0.9")


def test_a_regions_tag_may_hold_any_address() -> None:
    here = published(allow(22, source="AzureCloud.westeurope"))

    assert proven_ports(here) == ()
    assert possible_ports(here, reach=Reach.INTERNET) == ("22",)
    assert only_path(here).blind_spots == (
        "the addresses of service tag AzureCloud.westeurope are not in the evidence",
    )


def test_what_is_possible_is_measured_together_with_what_is_proven_but_not_the_other_way_round() -> None:
    here = published(allow(22, source="20.0.0.0/9"), allow(22, source="Storage", priority=200))

    assert proven_ports(here, reach=Reach.PARTIAL) == ("22",)
    assert possible_ports(here, reach=Reach.INTERNET) == ("22",)


# --- what a path says -------------------------------------------------------------------------------------------------


def test_a_path_names_the_door_the_rules_and_the_machine_in_order() -> None:
    group, at_subnet = nsg(allow(22, name="ssh"), name="n"), nsg(allow("*", name="any"), name="s")
    path = only_path(estate(vm(nic(public_ip(), group, subnet(at_subnet)))))

    assert [(hop.decision, hop.code, hop.rule) for hop in path.hops] == [
        ("Enter", Code.PUBLIC_IP, ""),
        ("Allow", Code.NSG_RULE_ALLOWS, "securityRules/any"),
        ("Allow", Code.NSG_RULE_ALLOWS, "securityRules/ssh"),
        ("Enter", Code.VM_RUNNING, ""),
    ]
    assert path.hops[2].says == "NSG n at NIC nic: rule ssh (priority 100) allows it"
    assert path.hops[1].says == "NSG s at subnet subnet: rule any (priority 100) allows it"


def test_a_path_holds_one_packet_that_takes_it() -> None:
    packet = only_path(published(allow(["22", "8000-9000"], source=["8.8.0.0/16", "9.9.9.9"]))).witness

    assert (packet.source, packet.source_port) == ("8.8.8.8", 50000)
    assert (packet.destination, packet.destination_port) == ("20.50.0.1", 22)
    assert (packet.private_address, packet.private_port) == ("10.0.0.4", 22)


def test_a_witness_comes_from_the_set_where_no_likely_address_or_port_is_in_it() -> None:
    packet = only_path(published(allow("7000-7010", source="20.0.0.0/24", source_ports="1000-1010"))).witness

    assert packet.source == "20.0.0.1"
    assert (packet.source_port, packet.private_port) == (1001, 7001)


def test_a_witness_of_one_address_and_one_port_is_that_one() -> None:
    packet = only_path(published(allow(7000, source="20.0.0.1", source_ports="1000"))).witness

    assert (packet.source, packet.source_port, packet.private_port) == ("20.0.0.1", 1000, 7000)


def test_the_frontend_is_what_an_outsider_sees() -> None:
    frontend = only_path(published(allow(22))).frontend

    assert frontend is not None
    assert (frontend.kind, frontend.address, frontend.ports) == ("public-ip", "20.50.0.1", ((22, 22),))


def test_an_address_that_azure_has_not_given_yet_is_aimed_at_by_the_private_one() -> None:
    path = only_path(estate(vm(nic(public_ip(None), nsg(allow(22))), power=PowerState.DEALLOCATED)))

    assert path.certainty is Certainty.PROVEN
    assert path.frontend is not None
    assert path.frontend.address is None
    assert path.witness.destination == "10.0.0.4"
    assert "no address at present" in path.hops[0].says


def test_a_private_address_that_is_not_allocated_is_said_to_be_so() -> None:
    unallocated = Unknown("ip configuration ipconfig1 has no private address at present")
    path = only_path(estate(vm(nic(ip_configuration(public_ip(), at=unallocated), nsg(allow(22))))))

    assert path.witness.private_address == "(not known)"
    assert path.certainty is Certainty.PROVEN


def test_a_rule_for_the_whole_subnet_means_a_machine_whose_address_is_not_allocated() -> None:
    here = _unallocated(allow(22, destination="10.0.0.0/24"))

    assert proven_ports(here) == ("22",)


def test_a_rule_for_a_part_of_the_subnet_perhaps_means_a_machine_whose_address_is_not_allocated() -> None:
    here = _unallocated(allow(22, destination="10.0.0.0/25"))

    assert (proven_ports(here), possible_ports(here)) == ((), ("22",))
    assert nothing_open(_unallocated(allow(22, destination="10.0.1.0/24")))


def _unallocated(*rules: SecurityRule) -> Estate:
    unknown = Unknown("ip configuration ipconfig1 has no private address at present")
    return estate(vm(nic(ip_configuration(public_ip(), at=unknown), nsg(*rules))))


# --- live or latent ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("power", "live"),
    [
        *((PowerState.RUNNING, True), (PowerState.STARTING, True), (PowerState.STOPPED, False)),
        *((PowerState.STOPPING, False), (PowerState.DEALLOCATED, False), (PowerState.DEALLOCATING, False)),
    ],
)
def test_a_path_is_live_while_somebody_answers(power: PowerState, *, live: bool) -> None:
    path = only_path(estate(vm(nic(public_ip(), nsg(allow(22))), power=power)))

    assert path.live is live
    assert path.certainty is Certainty.PROVEN
    assert path.hops[-1].code is (Code.VM_RUNNING if live else Code.VM_NOT_RUNNING)


def test_whether_a_path_is_live_is_unknown_where_the_power_state_was_not_read() -> None:
    unknown = Unknown("the evidence holds no instance view")
    path = only_path(estate(vm(nic(public_ip(), nsg(allow(22))), power=unknown)))

    assert path.live == unknown
    assert path.hops[-1].code is Code.VM_STATE_NOT_READ


# --- several addresses ------------------------------------------------------------------------------------------------


def test_every_address_of_every_interface_is_followed() -> None:
    first = nic(ip_configuration(), name="first")
    second = nic(
        ip_configuration(at="10.0.0.5", name="one"),
        ip_configuration(public_ip(), at="10.0.0.6", name="two"),
        nsg(allow(3389)),
        name="second",
    )

    path = only_path(estate(vm(first, second)))

    assert (path.network_interface.rpartition("/")[2], path.ip_configuration) == ("second", "two")
    assert path.witness.private_address == "10.0.0.6"


def test_machines_that_share_a_group_are_told_apart_by_the_addresses_that_its_rules_name() -> None:
    group = nsg(allow(22, destination="10.0.0.4"), allow(443, to_groups=[asg("web")], priority=200))
    inside = subnet(group)
    pips = [public_ip(f"20.50.0.{i}", name=f"pip{i}") for i in range(3)]
    here = estate(
        *(
            vm(nic(ip_configuration(pip, inside, at=at, groups=groups), name=f"nic{i}"), name=f"vm{i}")
            for i, (pip, at, groups) in enumerate(
                zip(pips, ("10.0.0.4", "10.0.0.5", "10.0.0.6"), ((), (asg("web"),), ()), strict=True)
            )
        )
    )

    assert [_tcp_ports(here, f"vm{i}") for i in range(3)] == [[((22, 22),)], [((443, 443),)], []]


def _tcp_ports(here: Estate, name: str) -> list[object]:
    from vmaudit.exposure.reach import expose

    (found,) = [found for key, found in expose(here).items() if key.endswith(name)]
    return [path.ports for path in found.paths]


# --- openings ---------------------------------------------------------------------------------------------------------


def test_what_the_nsgs_admit_is_told_also_where_no_public_path_leads_there() -> None:
    here = estate(vm(nic(nsg(allow(22, source="20.0.0.0/24")))))
    openings = exposure(here).public_openings

    assert not isinstance(openings, Unknown)
    assert [(o.ports, o.sources, o.certainty) for o in openings] == [
        (((22, 22),), prefix("20.0.0.0/24"), Certainty.PROVEN)
    ]
    assert nothing_open(here)


def test_without_any_nsg_there_is_no_rule_that_admits() -> None:
    assert exposure(estate(vm(nic()))).public_openings == ()


def test_an_opening_that_is_in_doubt_says_why() -> None:
    openings = exposure(estate(vm(nic(nsg(allow(22, source="Storage")))))).public_openings

    assert not isinstance(openings, Unknown)
    assert [(o.certainty, o.reason) for o in openings] == [
        (Certainty.POSSIBLE, "the addresses of service tag Storage are not in the evidence")
    ]


@pytest.mark.parametrize("access", [AdminAccess.ALWAYS_ALLOW, AdminAccess.ALLOW])
def test_what_a_security_admin_rule_lets_past_the_nsgs_is_no_opening_of_theirs(access: AdminAccess) -> None:
    closed = estate(vm(nic(nsg(allow(443), deny(priority=200)))))
    admin = AdminRule(
        id="/rules/a",
        name="a",
        collection="c",
        priority=1,
        direction=Direction.INBOUND,
        access=access,
        protocols=frozenset({Protocol.TCP}),
        source=Peers(addresses=ANY_ADDRESS),
        source_ports=ALL_PORTS,
        destination=Peers(addresses=ANY_ADDRESS),
        destination_ports=((22, 22), (443, 443)),
    )
    openings = exposure(replace(closed, admin_rules={vnet().key: (admin,)})).public_openings

    # If it were one, not reading the admin rules would make NET-002 pass.
    assert not isinstance(openings, Unknown)
    assert {opening.ports for opening in openings} <= {((443, 443),)}


# --- assumptions ------------------------------------------------------------------------------------------------------


def test_a_proven_path_takes_for_granted_that_no_unread_admin_rule_denies_it() -> None:
    (path,) = paths(published(allow(22), incomplete=["security_admin_rules"]), certainty=Certainty.PROVEN)

    assert path.assumptions == (f"no security admin rule denies it ({not_collected('security_admin_rules')})",)


def test_a_proven_path_takes_nothing_for_granted_where_all_was_read() -> None:
    assert only_path(published(allow(22))).assumptions == ()


def test_what_a_person_asserted_is_told_where_a_verdict_leans_on_it() -> None:
    found = exposure(published(deny(), asserted=["load_balancers", "virtual_machines"]))

    assert found.assumptions == ("Load balancers: the files are asserted to hold all of them",)


def test_sources_of_a_path_are_public_addresses_only() -> None:
    path = only_path(published(allow(22)))

    assert covers(path.sources, prefixes(["8.8.8.8", "52.0.0.0/8"]))
    assert not covers(path.sources, prefix("10.0.0.1"))
    assert address_number("168.63.129.16") not in {low for low, _ in path.sources}
