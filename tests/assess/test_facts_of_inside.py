"""Who on the inside gets in besides Bastion (controls NET-003), and which other ways into the network there are."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from assess.guards import bastion, case_of, fact, guarded, machine_with, reason, remedies
from assess.judged import audited, shipped_rules, verdict
from builders import (
    Built,
    allow,
    deny,
    estate,
    ip_configuration,
    nic,
    not_collected,
    nsg,
    peering,
    resource_id,
    subnet,
    vm,
    vnet,
    with_gaps,
    without,
)
from vmaudit.addresses import NOTHING, Intervals, difference, intersection, prefixes, single, union
from vmaudit.assess.assessment import Status, Verdict
from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.case import cases
from vmaudit.assess.facts.fact import Remedy
from vmaudit.assess.operators import OPERATORS
from vmaudit.assess.values import Names, Openings
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AdminAccess, AdminRule, Connection, Gateway, LocalNetwork
from vmaudit.estate.resources import Direction, Peers, Protocol, SecurityRule
from vmaudit.exposure.paths import Certainty
from vmaudit.exposure.reach import expose
from vmaudit.known import Unknown

BASTION = "10.0.1.0/26"
HUB_BASTION = "10.9.1.0/26"
HUB = vnet(peering("10.0.0.0/16", remote="vnet"), name="hub", space="10.9.0.0/16")
HUB_SUBNET = subnet(name="AzureBastionSubnet", space=HUB_BASTION, network=HUB)
SHUT = deny("*", priority=4000, protocol="*")


def ssh_from(*sources: str, priority: int = 200) -> SecurityRule:
    return allow(22, source=sources, priority=priority, name="ssh")


def own_network(*rules: SecurityRule, bare: bool = False) -> Estate:
    """A machine behind these rules (or behind no NSG), and a Bastion with a subnet in the same network."""
    group = [] if bare else [nsg(*rules)]
    place = subnet(*group, name="snet-app", space="10.0.0.0/24")
    own = subnet(name="AzureBastionSubnet", space=BASTION)
    return guarded(estate(vm(nic(place)), own), bastion())


def spoke(*rules: SecurityRule, hub: Iterable[Built] = (HUB_SUBNET,), incomplete: Iterable[str] = ()) -> Estate:
    """A machine in a network that is peered with a hub; a Bastion stands in the hub where that is given."""
    network = vnet(peering("10.9.0.0/16", remote="hub"))
    place = subnet(nsg(*rules), name="snet-app", space="10.0.0.0/24", network=network)
    return estate(vm(nic(place)), *hub, incomplete=incomplete)


def openings(whole: Estate) -> Openings:
    return fact("exposure.inside_openings", whole)


def sources_of(whole: Estate, port: int = 22, *, sure: bool = True, protocol: Protocol = Protocol.TCP) -> Intervals:
    """The private addresses that get in on a port, for sure or perhaps."""
    wanted = Certainty.PROVEN if sure else Certainty.POSSIBLE
    found = NOTHING
    for opening in openings(whole):
        if opening.protocol is protocol and opening.certainty is wanted and intersection(opening.ports, single(port)):
            found = union(found, opening.sources)
    return found


def says(whole: Estate, *ports: int) -> str:
    """What the rule would say about these ports."""
    operator, asked = OPERATORS["opens"], FACTS["exposure.inside_openings"]
    return asked.show(operator.answer(openings(whole), operator.parse({"tcp": list(ports or (22,))}, asked.kind)).found)


def judged(whole: Estate, rule: str = "NET-003") -> Verdict:
    return verdict(audited(whole, [each for each in shipped_rules() if each.id == rule]), rule)


# --- who gets in ------------------------------------------------------------------------------------------------------


def test_the_default_rule_lets_the_whole_network_in_but_bastion_is_welcome() -> None:
    found = sources_of(own_network())

    assert found == difference(prefixes(["10.0.0.0/16"]), prefixes([BASTION]))
    assert says(own_network()) == "TCP 22 from its own subnet and its own virtual network"


def test_the_default_rule_lets_peers_in() -> None:
    whole = spoke()

    assert intersection(sources_of(whole), prefixes(["10.9.0.0/16"])) == prefixes(["10.9.0.0/16"])
    assert says(whole) == "TCP 22 from its own subnet, its own virtual network and peer hub"


def test_without_any_nsg_every_private_address_gets_in() -> None:
    whole = own_network(bare=True)

    assert sources_of(whole) == difference(
        prefixes(["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"]), prefixes([BASTION])
    )
    assert says(whole) == "TCP 22 from its own subnet, its own virtual network and other private addresses"


def test_only_the_bastion_subnet_may_come_in() -> None:
    whole = own_network(ssh_from(BASTION), SHUT)

    assert sources_of(whole) == NOTHING
    assert judged(whole).status is Status.PASS


def test_a_bastion_in_the_hub_may_come_in_too() -> None:
    whole = guarded(spoke(ssh_from(HUB_BASTION), SHUT), bastion(network="hub"))

    assert judged(whole).status is Status.PASS


def test_one_address_beside_the_bastion_subnet_is_too_much() -> None:
    whole = own_network(ssh_from(BASTION, "10.0.0.200"), SHUT)

    assert sources_of(whole) == prefixes(["10.0.0.200"])
    assert judged(whole).says == "The inside can reach TCP 22 from its own subnet"


def test_an_approved_jump_host_is_no_finding() -> None:
    whole = own_network(ssh_from(BASTION, "10.0.7.16/28"), SHUT)
    operator, kind = OPERATORS["opens"], FACTS["exposure.inside_openings"].kind

    answer = operator.answer(openings(whole), operator.parse({"tcp": [22], "beyond": ["10.0.7.0/24"]}, kind))

    assert answer.truth.name == "NO"


def test_a_deny_for_the_tag_virtualnetwork_shuts_all_neighbours_out() -> None:
    whole = own_network(ssh_from(BASTION), deny("*", source="VirtualNetwork", priority=4000, protocol="*"))

    assert judged(whole).status is Status.PASS


def test_rdp_over_udp_counts() -> None:
    whole = own_network(deny("*", protocol="Tcp", priority=200))

    assert sources_of(whole, 3389, protocol=Protocol.UDP)
    assert judged(whole).says == "The inside can reach UDP 3389 from its own subnet and its own virtual network"


def test_a_rule_for_private_addresses_that_nobody_has_yet_counts() -> None:
    """Tomorrow a VPN may bring them; and what comes through a virtual WAN hub shows in no peering's addresses."""
    whole = own_network(ssh_from("192.168.4.0/24"), SHUT)

    assert sources_of(whole) == prefixes(["192.168.4.0/24"])
    assert judged(whole).says == "The inside can reach TCP 22 from 192.168.4.0/24"


def test_a_rule_for_public_addresses_is_no_matter_of_the_inside() -> None:
    whole = own_network(ssh_from("198.51.100.0/24"), SHUT)

    assert openings(whole) == ()


def test_health_probes_are_nobody() -> None:
    """The default rule for AzureLoadBalancer stands in every group; 168.63.129.16 is Azure's own."""
    assert openings(own_network(deny("*", source="VirtualNetwork", protocol="*"))) == ()


def test_a_developer_bastion_comes_from_azures_own_address() -> None:
    whole = guarded(estate(vm(nic(nsg(SHUT)))), bastion(sku="Developer", subnet=False))

    assert openings(whole) == ()


# --- what was not read ------------------------------------------------------------------------------------------------


def test_a_nsg_that_was_not_read_leaves_it_open() -> None:
    whole = own_network(SHUT)
    lost = without(whole, *whole.security_groups)

    assert sources_of(lost) == NOTHING
    assert judged(lost).status is Status.UNKNOWN
    assert judged(lost).says == "Not known: NSG nsg is not in the evidence"


def test_a_hub_that_was_not_read_may_have_its_bastion_just_there() -> None:
    whole = guarded(spoke(ssh_from(HUB_BASTION), SHUT, hub=()), bastion(network="hub"))

    assert sources_of(whole) == NOTHING
    assert sources_of(whole, sure=False) == prefixes([HUB_BASTION])
    assert judged(whole).says == "Not known: virtual network hub is not in the evidence"


def test_without_the_list_of_bastions_the_bastion_subnet_of_the_hub_may_be_in_use() -> None:
    whole = spoke(ssh_from(HUB_BASTION), SHUT, incomplete=["bastion_hosts"])

    assert sources_of(whole, sure=False) == prefixes([HUB_BASTION])
    assert judged(whole).says == f"Not known: {not_collected('bastion_hosts')}"


def test_without_the_list_of_bastions_the_own_subnet_is_still_no_bastion() -> None:
    whole = spoke(incomplete=["bastion_hosts"])

    assert judged(whole).status is Status.FAIL
    assert intersection(sources_of(whole), prefixes(["10.0.0.0/24"])) == prefixes(["10.0.0.0/24"])


def test_a_hub_that_was_read_and_has_no_bastion_subnet_has_no_bastion() -> None:
    whole = spoke(ssh_from("10.9.0.0/16"), SHUT, hub=(HUB,), incomplete=["bastion_hosts"])

    assert sources_of(whole) == prefixes(["10.9.0.0/16"])


def test_a_bastion_that_does_not_cover_the_machine_is_no_excuse() -> None:
    whole = guarded(spoke(ssh_from(HUB_BASTION), SHUT), bastion(network="hub", state="Failed"))

    assert judged(whole).says == "The inside can reach TCP 22 from Bastion bas-hub, which does not cover it"


def test_a_bastion_of_unknown_state_may_cover_the_machine() -> None:
    whole = guarded(spoke(ssh_from(HUB_BASTION), SHUT), bastion(network="hub", state=""))

    assert judged(whole).says == "Not known: the row of Bastion bas-hub does not give its state"


def test_security_admin_rules_that_were_not_read_may_bypass_every_nsg() -> None:
    whole = with_gaps(own_network(SHUT), "security_admin_rules")

    assert judged(whole).status is Status.UNKNOWN
    assert judged(whole).says == f"Not known: one of them may always allow it: {not_collected('security_admin_rules')}"
    assert judged(with_gaps(own_network(), "security_admin_rules")).status is Status.FAIL


def test_an_interface_that_was_not_read_may_be_open() -> None:
    whole = own_network(SHUT)

    assert (
        judged(without(whole, *whole.network_interfaces)).says
        == "Not known: network interface nic is not in the evidence"
    )


def test_an_address_of_unknown_place_may_be_open() -> None:
    place = ip_configuration(inside=Unknown("the row does not name the subnet"))
    whole = estate(vm(nic(place), nic(subnet(nsg(SHUT)), name="nic-2", at="10.0.0.5")))

    assert judged(whole).says == "Not known: the row does not name the subnet"


def test_what_one_interface_lets_in_is_proven_though_another_was_not_read() -> None:
    place = subnet(nsg())
    whole = estate(vm(nic(place), nic(place, name="nic-2", at="10.0.0.5")))
    lost = without(whole, next(key for key in whole.network_interfaces if key.endswith("/nic-2")))

    assert judged(lost).status is Status.FAIL


# --- admin rules and gateways -----------------------------------------------------------------------------------------


def admin_rule(access: AdminAccess) -> AdminRule:
    everybody = Peers(addresses=prefixes(["10.0.0.0/8"]))
    return AdminRule(
        id=resource_id("networkManagers", "nm") + "/securityAdminConfigurations/c/ruleCollections/r/rules/ssh",
        name="ssh",
        collection="r",
        priority=10,
        direction=Direction.INBOUND,
        access=access,
        protocols=frozenset({Protocol.TCP}),
        source=everybody,
        source_ports=((0, 65535),),
        destination=Peers(addresses=((0, (1 << 32) - 1),)),
        destination_ports=single(22),
    )


def test_an_admin_rule_that_always_allows_opens_the_door_past_the_nsg() -> None:
    network = resource_id("virtualNetworks", "vnet").lower()
    whole = replace(own_network(SHUT), admin_rules={network: (admin_rule(AdminAccess.ALWAYS_ALLOW),)})

    assert sources_of(whole) == difference(prefixes(["10.0.0.0/8"]), prefixes([BASTION]))
    (remedy,) = found_remedies(whole, 22)
    assert remedy.says == "security admin rule ssh always allows it, whatever the NSGs say"


def test_an_admin_rule_that_denies_closes_the_door_before_the_nsg() -> None:
    network = resource_id("virtualNetworks", "vnet").lower()
    whole = replace(own_network(), admin_rules={network: (admin_rule(AdminAccess.DENY),)})

    assert sources_of(whole) == NOTHING


def on_premises(whole: Estate) -> Estate:
    """With a gateway that a VPN connects to 192.168.0.0/24."""
    gateway = Gateway(
        id=resource_id("virtualNetworkGateways", "vgw"),
        network=resource_id("virtualNetworks", "vnet").lower(),
        client_addresses=NOTHING,
    )
    site = LocalNetwork(id=resource_id("localNetworkGateways", "office"), addresses=prefixes(["192.168.0.0/24"]))
    link = Connection(
        id=resource_id("connections", "link"), gateways=(gateway.key,), local_network=site.key, learns_routes=False
    )
    return replace(
        whole, gateways={gateway.key: gateway}, connections={link.key: link}, local_networks={site.key: site}
    )


def gateway_estate(*rules: SecurityRule, incomplete: Iterable[str] = ()) -> Estate:
    network = vnet(gateway=True)
    return estate(vm(nic(subnet(nsg(*rules), network=network))), incomplete=incomplete)


def test_an_office_behind_the_gateway_comes_in_by_default() -> None:
    whole = on_premises(gateway_estate())

    assert says(whole) == "TCP 22 from its own subnet, its own virtual network and on-premises behind vgw"


def test_a_gateway_that_was_not_read_may_bring_anybody() -> None:
    only_on_premises = deny("*", source="10.0.0.0/16", priority=200, protocol="*")
    whole = gateway_estate(only_on_premises, incomplete=["virtual_network_gateways"])

    assert sources_of(whole) == NOTHING
    assert intersection(sources_of(whole, sure=False), prefixes(["192.168.0.0/24"]))
    assert judged(whole).status is Status.UNKNOWN


# --- computed once, and what to mend ----------------------------------------------------------------------------------


def test_machines_in_the_same_situation_share_one_answer() -> None:
    place = subnet(nsg(), name="snet-app")
    machines = [vm(nic(place, name=f"nic-{n}", at=f"10.0.0.{n}"), name=f"vm-{n}") for n in range(4, 8)]
    whole = estate(*machines)
    read = FACTS["exposure.inside_openings"].read

    answers = [read(case) for case in cases(whole, expose(whole))]

    assert len({id(answer) for answer in answers}) == 1


def test_interfaces_in_different_situations_are_put_together_once() -> None:
    tight, wide = subnet(nsg(SHUT, name="tight"), name="a"), subnet(nsg(name="wide"), name="b", space="10.0.2.0/24")
    machines = [
        vm(nic(tight, name=f"a{n}", at=f"10.0.0.{n}"), nic(wide, name=f"b{n}", at=f"10.0.2.{n}"), name=f"vm-{n}")
        for n in (4, 5)
    ]
    whole = estate(*machines)
    read = FACTS["exposure.inside_openings"].read

    first, second = (read(case) for case in cases(whole, expose(whole)))

    assert first is second
    assert first


def found_remedies(whole: Estate, *ports: int) -> tuple[Remedy, ...]:
    operator, asked = OPERATORS["opens"], FACTS["exposure.inside_openings"]
    found = operator.answer(openings(whole), operator.parse({"tcp": list(ports)}, asked.kind)).found
    return remedies("exposure.inside_openings", whole, found)


def test_in_front_of_the_default_rule_go_an_allow_for_bastion_and_a_deny() -> None:
    (remedy,) = found_remedies(own_network(), 22, 3389)

    assert remedy.says == "NSG nsg has nothing in front of its default rule AllowVnetInBound"
    assert remedy.proof.endswith("/networkSecurityGroups/nsg/defaultSecurityRules/AllowVnetInBound")
    allowing, denying = remedy.fix.split(" && ")
    assert allowing.endswith(
        "-n allow-bastion --priority 200 --access Allow --protocol '*' --source-address-prefixes 10.0.1.0/26 "
        "--destination-port-ranges 22 3389"
    )
    assert denying.endswith(
        "-n deny-management --priority 4000 --access Deny --protocol '*' --source-address-prefixes '*' "
        "--destination-port-ranges 22 3389"
    )


def test_a_rule_for_private_sources_is_narrowed_to_bastion() -> None:
    (remedy,) = found_remedies(own_network(ssh_from("10.0.0.0/16"), SHUT), 22)

    assert remedy.says == "NSG nsg, rule ssh, lets more of the inside in than Bastion"
    assert remedy.fix.endswith(
        "network nsg rule update --subscription 00000000-0000-0000-0000-000000000001 -g rg "
        "--nsg-name nsg -n ssh --source-address-prefixes 10.0.1.0/26"
    )


def test_a_rule_for_everybody_is_mended_as_the_rule_about_the_internet_mends_it() -> None:
    """Two different commands about one rule could not both be run."""
    (remedy,) = found_remedies(own_network(ssh_from("*"), SHUT), 22)

    assert remedy.says == "NSG nsg, rule ssh, lets it in"
    assert "network nsg rule delete" in remedy.fix


def test_where_no_nsg_stands_the_subnet_gets_one_that_lets_bastion_in() -> None:
    (remedy,) = found_remedies(own_network(bare=True), 22)

    assert remedy.resource.endswith("/subnets/snet-app")
    created, *_, attached = remedy.fix.split(" && ")
    assert created.endswith(
        "network nsg create --subscription 00000000-0000-0000-0000-000000000001 -g rg -n nsg-snet-app"
    )
    assert attached.endswith("--vnet-name vnet -n snet-app --network-security-group nsg-snet-app")


def test_without_a_bastion_the_command_leaves_a_blank_to_fill_in() -> None:
    (remedy,) = found_remedies(estate(vm(nic(subnet(nsg())))), 22)

    assert "--source-address-prefixes BASTION_PREFIX " in remedy.fix


def test_what_is_to_be_mended_is_worked_out_once_per_finding() -> None:
    whole = own_network()
    case = case_of(whole)
    asked = FACTS["exposure.inside_openings"]
    found = asked.read(case)

    assert asked.remedies(case, found) is asked.remedies(case, found)


# --- other ways into the network (NET-008) ----------------------------------------------------------------------------

FAR = "/subscriptions/00000000-0000-0000-0000-000000000009/resourcegroups/far"
ELSEWHERE = f"{FAR}/providers/microsoft.network/virtualnetworks/far"


def far_peering(*, connected: bool = True, access: bool = True) -> Any:
    near = peering("10.77.0.0/16", remote="far", connected=connected, access=access)
    return type(near)(**{name: getattr(near, name) for name in near.__struct_fields__} | {"remote_network": ELSEWHERE})


def in_network(network: Built, *others: Built, incomplete: Iterable[str] = ()) -> Estate:
    return estate(vm(nic(subnet(network=network))), *others, incomplete=incomplete)


def test_a_peer_that_was_read_is_known() -> None:
    whole = in_network(vnet(peering(remote="hub")), HUB)

    assert fact("network.other_ways", whole) == Names(("peer hub",))
    assert fact("network.unknown_peers", whole) == Names(())
    assert judged(whole, "NET-008").status is Status.PASS


def test_a_peer_in_a_subscription_without_evidence_is_unknown_to_everybody() -> None:
    whole = in_network(vnet(far_peering()))

    assert fact("network.unknown_peers", whole) == Names((ELSEWHERE,))
    assert judged(whole, "NET-008").says == (
        "Nobody has accounted for far in subscription 00000000-0000-0000-0000-000000000009"
    )


def test_a_peer_that_somebody_accounted_for_is_no_finding() -> None:
    operator = OPERATORS["has_any"]
    asked = FACTS["network.unknown_peers"]
    operand = operator.parse({"other_than": [ELSEWHERE.upper()]}, asked.kind)

    assert operator.answer(Names((ELSEWHERE,)), operand).truth.name == "NO"
    assert operator.answer(Names((ELSEWHERE,), "more"), operand).truth.name == "UNKNOWN"
    assert operator.answer(Names(("other", ELSEWHERE)), operand).found == Names(("other",))


@pytest.mark.parametrize("words", [{"connected": False}, {"access": False}])
def test_a_peering_that_is_shut_is_no_way(words: dict[str, bool]) -> None:
    whole = in_network(vnet(far_peering(**words)))

    assert fact("network.other_ways", whole) == Names(())
    assert judged(whole, "NET-008").status is Status.NOT_APPLICABLE


def test_a_peer_in_ones_own_subscription_that_was_not_read_leaves_it_open() -> None:
    whole = in_network(vnet(peering(remote="hub")))

    assert fact("network.unknown_peers", whole) == Names((), "virtual network hub is not in the evidence")
    assert judged(whole, "NET-008").status is Status.UNKNOWN


def test_an_unknown_peer_is_proven_though_another_was_not_read() -> None:
    whole = in_network(vnet(peering(remote="hub"), far_peering()))

    assert judged(whole, "NET-008").status is Status.FAIL


def test_a_network_without_peers_and_gateways_has_no_other_way() -> None:
    assert judged(in_network(vnet()), "NET-008").status is Status.NOT_APPLICABLE


def test_a_gateway_is_a_way_and_is_named() -> None:
    whole = on_premises(gateway_estate())

    assert fact("network.other_ways", whole) == Names(("gateway vgw",))
    assert judged(whole, "NET-008").says == "Every other way in is known: gateway vgw"


def test_the_gateway_of_a_peer_is_a_way_where_it_may_be_used() -> None:
    hub_gateway = Gateway(
        id=resource_id("virtualNetworkGateways", "vgw-hub"),
        network=resource_id("virtualNetworks", "hub").lower(),
        client_addresses=NOTHING,
    )
    used, unused = (
        replace(
            in_network(vnet(peering(remote="hub", uses_remote_gateways=uses)), HUB),
            gateways={hub_gateway.key: hub_gateway},
        )
        for uses in (True, False)
    )

    assert fact("network.other_ways", used) == Names(("gateway vgw-hub", "peer hub"))
    assert fact("network.other_ways", unused) == Names(("peer hub",))


@pytest.mark.parametrize("table", ["virtual_network_gateways", "connections"])
def test_a_gateway_of_which_not_all_was_read_leaves_it_open(table: str) -> None:
    whole = gateway_estate(incomplete=[table])
    whole = whole if table == "virtual_network_gateways" else with_gaps(on_premises(whole), table)

    assert judged(whole, "NET-008").status is Status.UNKNOWN
    assert not_collected(table) in judged(whole, "NET-008").says


def test_an_office_that_was_not_read_leaves_it_open() -> None:
    whole = replace(on_premises(gateway_estate()), local_networks={})

    assert fact("network.unknown_peers", whole).more == "local network gateway office is not in the evidence"


def forwarding(*tags: tuple[str, str]) -> Estate:
    interface = nic()
    forwards = machine_with(interface, ip_forwarding=True)
    return estate(machine_with(vm(forwards), tags=tags))


def test_a_machine_that_forwards_packets_is_a_finding_unless_its_tag_says_why() -> None:
    assert judged(forwarding(), "NET-008").says == "Nobody has accounted for IP forwarding on nic"
    assert judged(forwarding(("role", "nva")), "NET-008").status is Status.PASS
    assert judged(forwarding(("Role", "NVA")), "NET-008").status is Status.PASS
    assert judged(forwarding(("role", "web")), "NET-008").status is Status.FAIL


def test_an_interface_that_was_not_read_may_forward() -> None:
    whole = in_network(vnet())

    found = fact("vm.forwarding_interfaces", without(whole, *whole.network_interfaces))

    assert found == Names((), "network interface nic is not in the evidence")


def test_a_network_that_was_not_read_may_have_any_peer() -> None:
    whole = in_network(vnet())
    lost = without(whole, *whole.networks)

    for name in ("network.other_ways", "network.unknown_peers"):
        assert fact(name, lost) == Names((), "virtual network vnet is not in the evidence")


def test_a_peering_is_closed_and_forwarding_switched_off() -> None:
    (peer,) = remedies("network.unknown_peers", in_network(vnet(far_peering())))
    (interface,) = remedies("vm.forwarding_interfaces", forwarding())

    assert peer.fix.endswith("--vnet-name vnet -n to-far --set allowVirtualNetworkAccess=false")
    assert interface.fix.endswith(
        "network nic update --subscription 00000000-0000-0000-0000-000000000001 -g rg -n nic --ip-forwarding false"
    )


def test_a_machine_of_unknown_network_has_no_answer() -> None:
    unread = machine_with(vm(), network_interfaces=Unknown("the row was not read"))

    assert fact("network.other_ways", estate(unread)).more == "the row was not read"
    assert reason(case_of(estate(unread)).networks) == "the row was not read"
