"""What Bastion's own NSG lets through, who its clients are, and which features are on (controls BAS-005 to BAS-008)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from assess.guards import bastion, fact, guarded, machine_with, reason, remedies
from assess.judged import audited, shipped_rules, verdict
from builders import (
    allow,
    deny,
    estate,
    ip_configuration,
    nic,
    not_collected,
    nsg,
    peering,
    public_ip,
    rule,
    subnet,
    vm,
    vnet,
    without,
)
from published_tags import tags_of
from vmaudit.addresses import port_texts, prefixes
from vmaudit.assess.assessment import Status, Verdict
from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.case import cases
from vmaudit.assess.values import NO_PORTS, AtLeast, Names, Ports
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import BastionHost, SecurityRule
from vmaudit.exposure.paths import Certainty
from vmaudit.exposure.reach import expose
from vmaudit.known import Unknown

PLACE = "10.0.1.0/26"
PIP = public_ip("20.50.0.4", name="pip-bas")


def outbound(ports: Any, to: str, priority: int, access: Any = "Allow", **words: Any) -> SecurityRule:
    return rule(access, ports, destination=to, direction="Outbound", priority=priority, **words)


CLIENTS = allow(443, source="203.0.113.0/24", priority=120, name="clients")
DOCUMENTED = (
    CLIENTS,
    allow(443, source="GatewayManager", priority=130, name="manager"),
    allow(443, source="AzureLoadBalancer", priority=140, name="probes"),
    allow((8080, 5701), source="VirtualNetwork", destination="VirtualNetwork", priority=150, name="plane-in"),
    deny("*", priority=4000, protocol="*", name="shut-in"),
    outbound((22, 3389), "VirtualNetwork", 100, name="machines"),
    outbound(443, "AzureCloud", 110, name="cloud"),
    outbound((8080, 5701), "VirtualNetwork", 120, name="plane-out"),
    outbound(80, "Internet", 130, name="web"),
    outbound("*", "*", 4000, "Deny", protocol="*", name="shut-out"),
)


def host(name: str = "bas-hub", **features: Any) -> BastionHost:
    """A Bastion with a public address, with these features on."""
    made = bastion(name)
    fields = {field: getattr(made, field) for field in made.__struct_fields__} | {"public_ip": PIP.key} | features
    return BastionHost(**fields)


def behind(*rules: SecurityRule, hosts: Iterable[BastionHost] = (), bare: bool = False) -> Estate:
    """A machine and a Bastion in one network; these rules guard the Bastion's subnet, or nothing does."""
    place = subnet(*([] if bare else [nsg(*rules, name="nsg-bas")]), name="AzureBastionSubnet", space=PLACE)
    return guarded(estate(vm(nic(subnet(name="snet-app"))), place, PIP), *(tuple(hosts) or (host(),)))


def but(name: str, *others: SecurityRule) -> Estate:
    """Behind the documented rules but for one, with others in its place."""
    assert any(each.name == name for each in DOCUMENTED)
    return behind(*(each for each in DOCUMENTED if each.name != name), *others)


def missing(whole: Estate) -> Names:
    found: Names = fact("bastion.missing_flows", whole)
    return found


def blocked(whole: Estate) -> tuple[str, ...]:
    found: Ports = fact("bastion.blocked_ports", whole)
    assert not found.possible
    return port_texts(found.proven)


def judged(whole: Estate, rule_id: str) -> Verdict:
    """The rule's verdict, asked together with what it needs."""
    rules = [each for each in shipped_rules() if each.id in {rule_id, "BAS-001"}]
    return verdict(audited(whole, rules), rule_id)


# --- the flows that Bastion needs (BAS-005) ---------------------------------------------------------------------------


def test_the_rules_that_microsoft_documents_let_every_flow_through() -> None:
    whole = behind(*DOCUMENTED)

    assert missing(whole) == Names(())
    assert blocked(whole) == ("0-21", "23-3388", "3390-5700", "5702-8079", "8081-65535")
    assert judged(whole, "BAS-005").status is Status.PASS


@pytest.mark.parametrize(
    ("name", "flow"),
    [
        ("clients", "inbound 443 from clients"),
        ("manager", "inbound 443 from GatewayManager"),
        ("plane-in", "inbound 8080 and 5701 from VirtualNetwork"),
        ("cloud", "outbound 443 to AzureCloud"),
        ("plane-out", "outbound 8080 and 5701 to VirtualNetwork"),
        ("web", "outbound 80 to Internet"),
    ],
)
def test_without_its_rule_a_flow_is_stopped(name: str, flow: str) -> None:
    assert missing(but(name)) == Names((f"{flow} in nsg-bas",))
    assert judged(but(name), "BAS-005").says == f"Bastion does not get {flow} in nsg-bas"


def test_health_probes_are_stopped_where_a_deny_stands_before_the_default_rule() -> None:
    assert missing(but("probes")) == Names(("inbound 443 from AzureLoadBalancer in nsg-bas",))


def test_the_default_rules_serve_where_nothing_denies_before_them() -> None:
    """They let the network, probes and everything outbound through; only clients and GatewayManager need a rule."""
    assert missing(behind()) == Names(
        ("inbound 443 from GatewayManager in nsg-bas", "inbound 443 from clients in nsg-bas")
    )
    assert fact("bastion.blocked_ports", behind()) is NO_PORTS


def test_without_the_way_to_the_machines_their_ports_are_blocked() -> None:
    whole = but("machines")

    assert blocked(whole) == ("0-5700", "5702-8079", "8081-65535")
    assert judged(whole, "BAS-005").says == "Bastion does not get outbound TCP 22 and 3389 to the machine"


def test_a_rule_for_anybody_speaks_about_every_tag() -> None:
    anybody = allow("*", priority=100, protocol="*"), outbound("*", "*", 100, protocol="*")

    assert missing(behind(*anybody)) == Names(())


@pytest.mark.parametrize("source", ["Internet", "0.0.0.0/0", "gatewaymanager", ("0.0.0.0/1", "128.0.0.0/1")])
def test_what_covers_all_public_addresses_covers_gatewaymanager(source: Any) -> None:
    assert missing(but("manager", allow(443, source=source, priority=130))).proven == ()
    assert missing(but("manager", allow(443, source=source, priority=130))).more == ""


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("20.0.0.0/7", "it speaks about some public addresses"),
        ([f"20.{n}.0.0/24" for n in range(11)], "it speaks about some public addresses"),
        ("AzureCloud", "how AzureCloud relates to the flow is not in the evidence"),
        ("GatewayManager.WestEurope", "how GatewayManager.WestEurope relates to the flow is not in the evidence"),
    ],
)
def test_a_rule_for_many_public_addresses_perhaps_covers_gatewaymanager(source: Any, why: str) -> None:
    whole = but("manager", allow(443, source=source, priority=130, name="some"))

    assert missing(whole) == Names((), f"rule some of nsg-bas: {why}")
    assert judged(whole, "BAS-005").status is Status.UNKNOWN


def test_a_rule_for_private_addresses_is_none_for_gatewaymanager() -> None:
    assert "GatewayManager" in missing(but("manager", allow(443, source="10.0.0.0/8", priority=130))).proven[0]


def test_the_company_s_own_addresses_are_not_the_whole_of_gatewaymanager() -> None:
    whole = but("manager", allow(443, source="20.40.0.0/16", priority=130))

    assert missing(whole).proven == ("inbound 443 from GatewayManager in nsg-bas",)


def test_where_the_addresses_of_a_tag_are_known_rules_are_asked_about_these() -> None:
    tags = tags_of({"GatewayManager": ["20.40.0.0/24"], "Wide": ["20.0.0.0/8"]})

    def flows_with(source: str) -> Names:
        return missing(replace(but("manager", allow(443, source=source, priority=130, name="some")), service_tags=tags))

    assert flows_with("20.40.0.0/16") == Names(())
    assert flows_with("Wide") == Names(())
    assert flows_with("198.51.100.0/24").proven == ("inbound 443 from GatewayManager in nsg-bas",)
    assert flows_with("20.40.0.0/25").more == "rule some of nsg-bas: it speaks about a part of GatewayManager"


def test_a_deny_that_perhaps_comes_first_leaves_the_flow_unknown() -> None:
    perhaps = deny(443, source="20.0.0.0/8", priority=110, name="odd")

    assert missing(behind(*DOCUMENTED, perhaps)).more == "rule odd of nsg-bas: it speaks about some public addresses"


def test_a_deny_after_the_rule_changes_nothing() -> None:
    late = deny(443, source="20.0.0.0/8", priority=3000)

    assert missing(behind(*DOCUMENTED, late)) == Names(())


@pytest.mark.parametrize(("protocol", "through"), [("Udp", False), ("*", True), ("Tcp", True)])
def test_bastion_speaks_tcp(protocol: str, through: bool) -> None:  # noqa: FBT001 - a column of the table
    whole = but("manager", allow(443, source="GatewayManager", priority=130, protocol=protocol))

    assert (missing(whole) == Names(())) is through


def test_one_of_two_ports_is_not_enough() -> None:
    whole = but("plane-in", allow(8080, source="VirtualNetwork", destination="VirtualNetwork", priority=150))

    assert missing(whole) == Names(("inbound 8080 and 5701 from VirtualNetwork in nsg-bas",))


def test_the_instances_among_themselves_are_what_must_get_through_on_8080_and_5701() -> None:
    own = allow((8080, 5701), source=PLACE, destination=PLACE, priority=150)
    elsewhere = allow((8080, 5701), source="10.0.7.0/24", priority=150)
    half = allow((8080, 5701), source="10.0.1.0/27", priority=150, name="half")

    assert missing(but("plane-in", own)) == Names(())
    assert missing(but("plane-in", elsewhere)).proven
    assert missing(but("plane-in", half)).more == (
        "rule half of nsg-bas: the instances of Bastion may have any address of their subnet"
    )


def test_a_rule_that_asks_for_source_ports_perhaps_matches() -> None:
    whole = but("manager", allow(443, source="GatewayManager", source_ports="1024-65535", priority=130, name="odd"))

    assert missing(whole).more == "rule odd of nsg-bas: it asks for source ports"


def test_a_rule_for_another_subnet_is_none_for_bastion() -> None:
    whole = but("manager", allow(443, source="GatewayManager", destination="10.0.7.0/24", priority=130))

    assert missing(whole).proven == ("inbound 443 from GatewayManager in nsg-bas",)


def test_a_hole_in_the_internet_leaves_port_80_unknown_and_half_of_it_stops_it() -> None:
    hole = outbound(80, "198.51.100.0/24", 105, "Deny", name="hole")
    half = outbound(80, "128.0.0.0/1", 105, "Deny", name="half")

    assert missing(behind(*DOCUMENTED, hole)).more == "rule hole of nsg-bas closes a part of the internet"
    assert missing(behind(*DOCUMENTED, half)) == Names(("outbound 80 to Internet in nsg-bas",))


def test_gatewaymanager_is_no_client() -> None:
    assert missing(but("clients")).proven == ("inbound 443 from clients in nsg-bas",)


def test_a_private_only_bastion_is_reached_from_inside() -> None:
    private = host(private_only=True, public_ip=None)
    from_office = allow(443, source="192.168.0.0/16", priority=120)

    shut = behind(*(each for each in DOCUMENTED if each.name != "clients"), hosts=[private])
    opened = behind(*(each for each in DOCUMENTED if each.name != "clients"), from_office, hosts=[private])
    assert missing(shut).proven == ("inbound 443 from clients in nsg-bas",)
    assert missing(opened) == Names(())


def test_only_the_ports_to_the_machines_own_subnet_count() -> None:
    """An NSG that lets Bastion reach the subnets with machines, and no other, does its work well."""
    whole = but("machines", outbound((22, 3389), "10.0.0.0/24", 100))

    assert judged(whole, "BAS-005").status is Status.PASS


def test_a_machine_that_a_rule_names_is_reached_and_its_neighbour_is_not() -> None:
    only_one = outbound((22, 3389), "10.0.0.4", 100)
    group = nsg(*(each for each in DOCUMENTED if each.name != "machines"), only_one, name="nsg-bas")
    home = subnet(name="snet-app")
    near = vm(nic(home), name="near")
    far = vm(nic(home, name="nic-far", at="10.0.0.5"), name="far")
    whole = guarded(estate(near, far, subnet(group, name="AzureBastionSubnet", space=PLACE)), host())

    ports = {name: fact("bastion.blocked_ports", whole, name) for name in ("near", "far")}

    assert port_texts(ports["near"].proven) == ("0-21", "23-3388", "3390-5700", "5702-8079", "8081-65535")
    assert port_texts(ports["far"].proven) == ("0-5700", "5702-8079", "8081-65535")


def test_a_machine_in_a_peered_network_is_reached_through_the_tag_virtualnetwork() -> None:
    spoke = vnet(peering("10.9.0.0/16", remote="hub"), name="spoke", space="10.1.0.0/16")
    hub = vnet(peering("10.1.0.0/16", remote="spoke"), name="hub", space="10.9.0.0/16")
    place = subnet(nsg(*DOCUMENTED, name="nsg-bas"), name="AzureBastionSubnet", space="10.9.1.0/26", network=hub)
    home = subnet(name="snet-app", space="10.1.0.0/24", network=spoke)
    hubs = bastion(network="hub")
    whole = guarded(estate(vm(nic(home, at="10.1.0.4")), place), hubs)

    assert judged(whole, "BAS-005").status is Status.PASS


def test_an_address_that_is_not_allocated_may_be_one_of_those_that_are_stopped() -> None:
    only_one = outbound((22, 3389), "10.0.0.4", 100)
    group = nsg(*(each for each in DOCUMENTED if each.name != "machines"), only_one, name="nsg-bas")
    home = ip_configuration(subnet(name="snet-app"), at=Unknown("no address at present"))
    whole = guarded(estate(vm(nic(home)), subnet(group, name="AzureBastionSubnet", space=PLACE)), host())

    assert judged(whole, "BAS-005").says == "Not known: no address at present"


def test_an_nsg_that_was_not_read_may_stop_anything() -> None:
    whole = behind(*DOCUMENTED)
    lost = without(whole, *whole.security_groups)

    assert fact("bastion.guarding_nsgs", lost) == Names(("nsg-bas",))
    assert judged(lost, "BAS-005").says == "Not known: NSG nsg-bas is not in the evidence"


def test_without_an_nsg_or_with_the_developer_sku_there_is_nothing_to_ask() -> None:
    developer = bastion(sku="Developer", subnet=False)

    assert judged(behind(bare=True), "BAS-005").status is Status.NOT_APPLICABLE
    assert judged(guarded(estate(vm(nic())), developer), "BAS-005").status is Status.NOT_APPLICABLE
    assert judged(estate(vm(nic())), "BAS-005").status is Status.NOT_REACHED


def test_another_bastion_that_was_not_read_may_have_a_worse_nsg() -> None:
    whole = behind(*DOCUMENTED)
    place = subnet(nsg(*DOCUMENTED, name="nsg-bas"), name="AzureBastionSubnet", space=PLACE)
    partly = guarded(estate(vm(nic(subnet(name="snet-app"))), place, incomplete=["bastion_hosts"]), host())

    assert missing(whole).more == ""
    assert missing(partly) == Names((), not_collected("bastion_hosts"))
    assert judged(partly, "BAS-005").status is Status.UNKNOWN


# --- who can open HTTPS to Bastion (BAS-006) --------------------------------------------------------------------------


def clients(*rules: SecurityRule, **words: Any) -> Estate:
    others = tuple(each for each in DOCUMENTED if each.name != "clients")
    return behind(*others, *rules, **words)


def test_one_office_is_a_short_list() -> None:
    whole = clients(CLIENTS)

    assert fact("bastion.client_addresses", whole) == 256.0
    assert judged(whole, "BAS-006").says == ("HTTPS to the covering Bastions is open to 256 public addresses at most")


@pytest.mark.parametrize("source", ["Internet", "*", "0.0.0.0/0", ("0.0.0.0/1", "128.0.0.0/1")])
def test_the_internet_at_large_is_too_wide(source: Any) -> None:
    whole = clients(allow(443, source=source, priority=120))

    assert judged(whole, "BAS-006").says == "HTTPS to a covering Bastion is open to the internet at large"


def test_a_list_that_is_no_company_is_too_long() -> None:
    whole = clients(allow(443, source="20.40.0.0/15", priority=120))

    assert judged(whole, "BAS-006").says == "HTTPS to a covering Bastion is open to 131 072 public addresses"


def test_all_of_azure_is_too_wide_though_not_all_of_it_is_known() -> None:
    found = fact("bastion.client_addresses", clients(allow(443, source="AzureCloud", priority=120)))

    assert isinstance(found, AtLeast)
    assert judged(clients(allow(443, source="AzureCloud", priority=120)), "BAS-006").status is Status.FAIL


def test_a_tag_without_data_may_be_wide() -> None:
    whole = clients(CLIENTS, allow(443, source="AzureFrontDoor.Backend", priority=125))

    assert judged(whole, "BAS-006").says == (
        "Not known: the addresses of service tag AzureFrontDoor.Backend are not in the evidence"
    )


def test_without_an_nsg_everybody_can_knock() -> None:
    assert judged(behind(bare=True), "BAS-006").says == "HTTPS to a covering Bastion is open to the internet at large"


def test_private_addresses_alone_let_nobody_in_at_a_public_address() -> None:
    whole = clients(allow(443, source="10.0.0.0/8", priority=120))

    assert fact("bastion.shut_hosts", whole) == Names(("bas-hub",))
    assert judged(whole, "BAS-006").says == "HTTPS to a covering Bastion is open to nobody, at bas-hub"


def test_a_private_only_bastion_has_no_public_client() -> None:
    private = host(private_only=True, public_ip=None)

    assert judged(behind(bare=True, hosts=[private]), "BAS-006").status is Status.PASS


def test_an_nsg_that_was_not_read_may_let_anybody_in() -> None:
    whole = clients(CLIENTS)
    lost = without(whole, *whole.security_groups)

    (opening,) = fact("bastion.client_openings", lost)
    assert (opening.certainty, opening.reason) == (Certainty.POSSIBLE, "NSG nsg-bas is not in the evidence")
    assert judged(lost, "BAS-006").status is Status.UNKNOWN


def test_the_platforms_own_rules_are_no_clients() -> None:
    assert fact("bastion.client_openings", clients()) == ()


# --- features (BAS-007, BAS-008) --------------------------------------------------------------------------------------


def with_hosts(*hosts: BastionHost, tags: tuple[tuple[str, str], ...] = (("criticality", "high"),)) -> Estate:
    return guarded(estate(machine_with(vm(nic()), tags=tags), subnet(name="AzureBastionSubnet", space=PLACE)), *hosts)


def test_features_are_named_as_rules_write_them() -> None:
    everything = host(
        shareable_link=True,
        ip_connect=True,
        native_client=True,
        file_copy=True,
        copy_paste=True,
        session_recording=True,
    )

    assert fact("bastion.features", with_hosts(everything)) == Names(
        ("copy_paste", "file_copy", "ip_connect", "native_client", "session_recording", "shareable_link")
    )
    assert fact("bastion.features", with_hosts(host(copy_paste=False))) == Names(())


@pytest.mark.parametrize(
    ("feature", "words"), [("shareable_link", "shareable links"), ("ip_connect", "IP-based connections")]
)
def test_what_bypasses_identity_is_forbidden(feature: str, words: str) -> None:
    assert judged(with_hosts(host(**{feature: True})), "BAS-007").says == f"A covering Bastion allows {words}"


@pytest.mark.parametrize("feature", ["native_client", "file_copy", "session_recording"])
def test_other_features_are_allowed_by_default(feature: str) -> None:
    assert judged(with_hosts(host(**{feature: True})), "BAS-007").status is Status.PASS


def test_recording_beside_native_clients_records_in_theory_only() -> None:
    whole = with_hosts(host(native_client=True, session_recording=True))

    assert judged(whole, "BAS-007").says == (
        "A covering Bastion allows native clients, whose sessions go unrecorded, at bas-hub"
    )


def test_native_clients_of_one_bastion_do_not_bypass_the_recording_of_another() -> None:
    whole = with_hosts(host("a", native_client=True), host("b", session_recording=True))

    assert fact("bastion.bypassed_recordings", whole) == Names(())


def test_without_a_bastion_there_is_no_feature_to_look_at() -> None:
    assert judged(with_hosts(), "BAS-007").status is Status.NOT_REACHED
    assert judged(with_hosts(), "BAS-008").status is Status.NOT_REACHED


def test_sessions_of_valuable_machines_must_be_recorded_everywhere() -> None:
    whole = with_hosts(host("a", session_recording=True), host("b"))

    assert judged(whole, "BAS-008").says == "Sessions to this high-value machine can go unrecorded: no recording at b"


def test_where_recordings_are_kept_nobody_can_read() -> None:
    whole = with_hosts(host(session_recording=True))

    assert judged(whole, "BAS-008").says == (
        "Not known: Azure does not say where Bastion bas-hub keeps its recordings, nor who can read them"
    )


def test_other_machines_need_no_recording() -> None:
    assert judged(with_hosts(host(), tags=(("criticality", "low"),)), "BAS-008").status is Status.NOT_APPLICABLE


def test_where_nothing_records_there_is_no_recording_to_ask_about() -> None:
    assert reason(fact("bastion.recordings_kept_safe", with_hosts())) == "no Bastion is known to cover the machine"


def test_a_machine_of_unknown_network_has_no_answer() -> None:
    whole = guarded(estate(machine_with(vm(), network_interfaces=Unknown("the row was not read"))), host())

    for name in (
        *("guarding_nsgs", "missing_flows", "blocked_ports", "client_openings", "client_addresses", "shut_hosts"),
        *("features", "bypassed_recordings", "not_recording", "recordings_kept_safe"),
    ):
        assert reason(fact(f"bastion.{name}", whole)) == "the row was not read"


# --- what to mend, and that it is worked out once ---------------------------------------------------------------------


def test_each_missing_flow_gets_the_rule_that_microsoft_documents() -> None:
    (remedy,) = remedies("bastion.missing_flows", but("manager"))

    assert remedy.says == "NSG nsg-bas stops inbound 443 from GatewayManager"
    assert remedy.fix.endswith(
        "-n AllowGatewayManagerInbound --priority 130 --direction Inbound --access Allow --protocol Tcp "
        "--source-address-prefixes GatewayManager --destination-address-prefixes '*' --destination-port-ranges 443"
    )


def test_every_flow_has_a_rule_that_lets_it_through() -> None:
    shut = behind(deny("*", priority=100, protocol="*"), outbound("*", "*", 100, "Deny", protocol="*"), hosts=[host()])

    found = remedies("bastion.missing_flows", shut)

    assert len(found) == len(missing(shut).proven) == 7
    assert len({remedy.part for remedy in found}) == 7


def test_the_way_to_the_machines_is_opened_for_the_ports_that_were_asked_for() -> None:
    (remedy,) = remedies("bastion.blocked_ports", but("machines"), Ports(((22, 22), (3389, 3389))))

    assert remedy.fix.endswith("--destination-address-prefixes VirtualNetwork --destination-port-ranges 22 3389")


def test_the_rule_that_lets_clients_in_is_narrowed() -> None:
    (remedy,) = remedies("bastion.client_addresses", clients(allow(443, source="Internet", priority=120, name="web")))

    assert remedy.proof.endswith("/networkSecurityGroups/nsg-bas/securityRules/web")
    assert remedy.fix.endswith("--nsg-name nsg-bas -n web --source-address-prefixes COMPANY_PREFIXES")


def test_a_bastion_without_nsg_gets_one_and_a_shut_one_gets_a_rule() -> None:
    (guard,) = remedies("bastion.client_addresses", behind(bare=True))
    (let_in,) = remedies("bastion.shut_hosts", clients())

    assert guard.fix.endswith("--vnet-name vnet -n AzureBastionSubnet --network-security-group nsg-bastion")
    assert "-n AllowHttpsInbound --priority 120 " in let_in.fix


def test_features_are_switched_off_one_by_one_and_recording_on() -> None:
    whole = with_hosts(host(shareable_link=True, native_client=True, session_recording=True))

    links = remedies("bastion.features", whole, Names(("shareable_link",)))
    tunnel = remedies("bastion.bypassed_recordings", whole)
    record = remedies("bastion.not_recording", with_hosts(host()))

    assert [each.fix.partition(" --set ")[2] for each in (*links, *tunnel, *record)] == [
        "properties.enableShareableLink=false",
        "properties.enableTunneling=false",
        "sku.name=Premium properties.enableSessionRecording=true",
    ]


def test_the_nsg_is_asked_once_for_all_machines_of_a_subnet() -> None:
    home = subnet(name="snet-app")
    machines = [vm(nic(home, name=f"nic-{n}", at=f"10.0.0.{n}"), name=f"vm-{n}") for n in range(4, 9)]
    place = subnet(nsg(*DOCUMENTED, name="nsg-bas"), name="AzureBastionSubnet", space=PLACE)
    whole = guarded(estate(*machines, place), host())
    gathered = cases(whole, expose(whole))

    for case in gathered:
        FACTS["bastion.blocked_ports"].read(case)

    asked = [key for key in gathered[0].around.kept if isinstance(key, tuple) and key[0] == "bastion rulings"]
    assert len(asked) == 1


def test_openings_to_clients_are_the_addresses_themselves() -> None:
    (opening,) = fact("bastion.client_openings", clients(CLIENTS))

    assert opening.sources == prefixes(["203.0.113.0/24"])
