"""Whether just-in-time access really closes what its policy guards, and what it leaves open (azure-facts 5.12)."""

from dataclasses import replace
from datetime import datetime

import pytest

from builders import (
    Built,
    allow,
    asg,
    deny,
    estate,
    ip_configuration,
    nic,
    nsg,
    public_ip,
    resource_id,
    rule,
    subnet,
    vm,
    vnet,
    with_gaps,
    without,
)
from just_in_time import NOW, WEB, at, grant, guard, jit_allow, jit_deny, policy, request, with_policies
from vmaudit.addresses import ANY_IPV4, ANY_IPV6, difference, prefix, prefix_texts
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AdminAccess, AdminRule, AzureFirewall
from vmaudit.estate.resources import Direction, JitPolicy, NetworkInterface, Peers, Protocol, SecurityRule
from vmaudit.exposure.jit import JitAllow, JustInTime
from vmaudit.exposure.jit_openings import Standing
from vmaudit.exposure.jit_requests import Fate
from vmaudit.exposure.paths import Certainty
from vmaudit.exposure.reach import expose
from vmaudit.known import Unknown

SSH, RDP = ((22, 22),), ((3389, 3389),)
OPEN = request(grant(22, ends="14:00"))
OVER = request(grant(22, ends="11:00"), starts="08:00")


def behind(*rules: SecurityRule, policies: tuple[JitPolicy, ...] = (policy(),)) -> Estate:
    """A machine at 10.0.0.4 with these rules at its interface, guarded by policies."""
    return with_policies(estate(vm(nic(nsg(*rules)))), *policies)


def machine(*parts: Built, policies: tuple[JitPolicy, ...] = (policy(),)) -> Estate:
    return with_policies(estate(vm(*parts)), *policies)


def standing(whole: Estate, moment: datetime = NOW, name: str = "web") -> tuple[Standing, ...]:
    key = resource_id("virtualMachines", name).lower()
    return JustInTime(whole, moment).standing(key, _interfaces(whole, key))


def _interfaces(whole: Estate, key: str = WEB) -> list[NetworkInterface]:
    keys = whole.machines[key].network_interfaces
    assert not isinstance(keys, Unknown)
    return [whole.network_interfaces[name] for name in keys if name in whole.network_interfaces]


def allows(whole: Estate, moment: datetime = NOW) -> tuple[JitAllow, ...]:
    return JustInTime(whole, moment).allows(WEB, _interfaces(whole))


def fate(whole: Estate, moment: datetime = NOW) -> Fate | Unknown:
    (found,) = allows(whole, moment)
    return found.account.fate


def said(found: tuple[Standing, ...]) -> set[tuple[str, str, Certainty, str]]:
    """Protocol, ports, certainty and the rules that let it in."""
    return {
        (
            each.opening.protocol.value,
            ",".join(str(low) for low, _ in each.opening.ports),
            each.opening.certainty,
            " ".join(rule.name for _, rule in each.by),
        )
        for each in found
    }


# --- does the deny close the port? ------------------------------------------------------------------------------------


def test_the_deny_of_just_in_time_closes_the_port_to_everybody() -> None:
    assert standing(behind(jit_deny(22))) == ()


@pytest.mark.parametrize(
    "name",
    [
        "MicrosoftDefenderForCloud-JITRule_-1151891693_545C5DBC675443D3BF179EFD1EF8254D",
        "SecurityCenter-JITRule_-1105480617_9EF6964FE766478B9EC568B32FB82045",
        "SecurityCenter-JITRule_1367608472_3E84A3AD00BA4D50AA30466EBB1BBC48",
    ],
)
def test_what_the_deny_is_called_makes_no_difference(name: str) -> None:
    assert standing(behind(jit_deny(22, name=name))) == ()


def test_default_allow_rdp_in_front_of_the_deny_lets_everybody_in_and_is_named() -> None:
    guarded = (policy(guard(3389)),)
    whole = behind(
        allow(3389, name="default-allow-rdp", priority=1000, protocol="Tcp"), jit_deny(3389), policies=guarded
    )

    (found,) = standing(whole)

    assert (found.opening.protocol, found.opening.ports) == (Protocol.TCP, RDP)
    assert found.opening.sources == ANY_IPV4
    assert found.opening.certainty is Certainty.PROVEN
    assert found.opening.origin == "anywhere"
    assert [(group.rpartition("/")[2], rule.name) for group, rule in found.by] == [("nsg", "default-allow-rdp")]


def test_an_allow_behind_the_deny_lets_nobody_in() -> None:
    assert standing(behind(jit_deny(22, priority=1000), allow(22, priority=1001))) == ()


def test_an_allow_for_one_source_in_front_of_the_deny_lets_just_that_in() -> None:
    (found,) = standing(behind(allow(22, source="10.0.9.0/26", priority=200), jit_deny(22)))

    assert prefix_texts(found.opening.sources) == ("10.0.9.0/26",)
    assert found.opening.origin == ""


def test_an_allow_for_another_port_does_not_matter() -> None:
    assert standing(behind(allow(443, priority=200), jit_deny(22))) == ()


def test_a_deny_in_front_of_the_allow_keeps_out_what_it_names() -> None:
    (found,) = standing(
        behind(deny(22, source="Internet", priority=100), allow(22, priority=200), jit_deny(22), policies=(policy(),))
    )

    assert not set(prefix_texts(found.opening.sources)) & {"8.8.8.8"}
    assert difference(prefix("10.0.0.0/16"), found.opening.sources) == ()


def test_a_closed_subnet_keeps_out_what_the_interface_would_let_in() -> None:
    whole = machine(nic(nsg(allow(22), name="at-nic"), subnet(nsg(jit_deny(22), name="at-subnet"))))

    assert standing(whole) == ()


def test_both_groups_are_named_where_both_let_it_in() -> None:
    whole = machine(
        nic(nsg(allow(22, name="n"), name="at-nic"), subnet(nsg(allow(22, name="s"), jit_deny(22), name="at-subnet")))
    )

    (found,) = standing(whole)

    assert [(group.rpartition("/")[2], rule.name) for group, rule in found.by] == [("at-subnet", "s"), ("at-nic", "n")]


def test_a_deny_for_an_address_that_the_machine_no_longer_has_leaves_the_inside_in() -> None:
    whole = behind(jit_deny(22, to="10.0.0.9"))

    assert said(standing(whole)) == {
        ("TCP", "22", Certainty.PROVEN, "AllowVnetInBound"),
        ("UDP", "22", Certainty.PROVEN, "AllowVnetInBound"),
    }
    (stale,) = JustInTime(whole, NOW).denies(WEB, _interfaces(whole))
    assert stale.speaks is False


def test_a_deny_for_every_address_that_others_closed_is_as_good() -> None:
    assert standing(behind(deny("*", protocol="*", priority=4000))) == ()


def test_without_any_nsg_there_is_nothing_that_could_close_the_port() -> None:
    found = standing(machine(nic()))

    assert {(each.opening.origin, each.by) for each in found} == {("anywhere", ())}


def test_every_ip_configuration_must_be_closed() -> None:
    second = ip_configuration(at="10.0.0.5", name="second")
    whole = machine(nic(nsg(jit_deny(22)), ip_configuration(), second))

    assert {rule.name for each in standing(whole) for _, rule in each.by} == {"AllowVnetInBound"}
    assert standing(machine(nic(nsg(jit_deny(22, to=["10.0.0.4", "10.0.0.5"])), ip_configuration(), second))) == ()


def test_every_interface_must_be_closed() -> None:
    closed, open_one = nic(nsg(jit_deny(22))), nic(nsg(allow(22), name="nsg-2"), name="nic-2", at="10.0.0.6")

    assert {rule.name for each in standing(machine(closed, open_one)) for _, rule in each.by} == {
        "allow-100",
        "AllowVnetInBound",
    }


def test_an_address_of_ip_version_6_is_open_to_all_of_that_version() -> None:
    inside = subnet(space=["10.0.0.0/24", "fd00::/64"], network=vnet(space=["10.0.0.0/16", "fd00::/48"]))
    whole = machine(nic(nsg(allow(22)), ip_configuration(inside, at="fd00::4", version=6)))

    assert standing(whole)[0].opening.sources == ANY_IPV6


def test_udp_counts_where_the_policy_guards_it() -> None:
    over_tcp = policy(guard(3389, protocols=frozenset({Protocol.TCP})))
    half = (allow(3389, protocol="Udp"), deny("*", protocol="*", priority=200))

    assert {each.opening.protocol for each in standing(behind(*half, policies=(policy(guard(3389)),)))} == {
        Protocol.UDP
    }
    assert standing(behind(*half, policies=(over_tcp,))) == ()


def test_ports_of_all_policies_that_name_the_machine_are_guarded() -> None:
    both = (policy(guard(22), name="a"), policy(guard(5985), guard(5986), name="b"))
    jit = JustInTime(behind(policies=both), NOW)

    assert jit.guarded(WEB) == ((Protocol.TCP, ((22, 22), (5985, 5986))), (Protocol.UDP, ((22, 22), (5985, 5986))))


def test_a_machine_in_no_policy_has_no_guarded_port() -> None:
    whole = behind(allow(22), policies=(policy(machine="other"),))

    assert JustInTime(whole, NOW).guarded(WEB) == ()
    assert standing(whole) == ()


# --- security admin rules ---------------------------------------------------------------------------------------------


def admin(access: AdminAccess) -> AdminRule:
    return AdminRule(
        id="/manager/rules/admin",
        name="admin",
        collection="c",
        priority=1,
        direction=Direction.INBOUND,
        access=access,
        protocols=frozenset({Protocol.TCP, Protocol.UDP}),
        source=Peers(addresses=ANY_IPV4),
        source_ports=((0, 65535),),
        destination=Peers(addresses=ANY_IPV4),
        destination_ports=SSH,
    )


def ruled_by(whole: Estate, access: AdminAccess) -> Estate:
    return replace(whole, admin_rules={key: (admin(access),) for key in whole.networks})


def test_a_security_admin_rule_that_denies_closes_what_the_groups_let_in() -> None:
    assert standing(ruled_by(behind(allow(22)), AdminAccess.DENY)) == ()


def test_a_security_admin_rule_that_always_allows_is_named_for_it_asks_no_group() -> None:
    found = standing(ruled_by(behind(jit_deny(22)), AdminAccess.ALWAYS_ALLOW))

    assert {(each.admin.name if each.admin else "", each.by) for each in found} == {("admin", ())}


def test_a_security_admin_rule_that_goes_on_to_the_groups_changes_nothing() -> None:
    assert standing(ruled_by(behind(jit_deny(22)), AdminAccess.ALLOW)) == ()


def test_security_admin_rules_that_were_not_read_may_let_anybody_in() -> None:
    whole = behind(jit_deny(22))
    unread = replace(whole, admin_rules=dict.fromkeys(whole.networks, Unknown("a row could not be read")))

    assert doubts(unread) == {(Certainty.POSSIBLE, "a row could not be read")}


# --- what was not read ------------------------------------------------------------------------------------------------


def doubts(whole: Estate) -> set[tuple[Certainty, str]]:
    return {(each.opening.certainty, each.opening.reason) for each in standing(whole)}


def test_a_group_that_was_not_read_may_let_anybody_in() -> None:
    whole = behind(jit_deny(22))

    assert doubts(without(whole, *whole.security_groups)) == {(Certainty.POSSIBLE, "NSG nsg is not in the evidence")}


def test_a_group_that_was_not_read_does_not_matter_where_the_other_closes_the_port() -> None:
    whole = machine(nic(nsg(allow(22), name="at-nic"), subnet(nsg(jit_deny(22), name="at-subnet"))))

    assert standing(without(whole, next(key for key in whole.security_groups if key.endswith("at-nic")))) == ()


def test_a_service_tag_without_addresses_in_front_of_the_deny_may_let_somebody_in() -> None:
    assert doubts(behind(allow(22, source="Sql"), jit_deny(22))) == {
        (Certainty.POSSIBLE, "the addresses of service tag Sql are not in the evidence")
    }


def test_a_machine_without_an_address_at_present_may_not_be_the_one_that_the_deny_is_for() -> None:
    whole = machine(nic(nsg(jit_deny(22)), ip_configuration(at=Unknown("no address at present"))))

    assert doubts(whole) == {(Certainty.POSSIBLE, "no address at present")}


# --- open requests ----------------------------------------------------------------------------------------------------


def test_the_rule_of_an_open_request_does_not_count() -> None:
    assert standing(behind(jit_allow(22), jit_deny(22), policies=(policy(OPEN),))) == ()


@pytest.mark.parametrize(
    "name",
    [
        "MicrosoftDefenderForCloud-JITRule-1170687618-8C18BF8921F041989344B4F1E3A0C370",
        "SecurityCenter-JITRule--1350843399-8E23C2E5EFCB4A3990ADE7B4B7CC2D75",
    ],
)
def test_the_rule_of_an_open_request_is_told_by_either_name_and_a_negative_hash_is_fine(name: str) -> None:
    whole = behind(jit_allow(22, name=name), jit_deny(22), policies=(policy(OPEN),))

    assert fate(whole) is Fate.LIVE
    assert standing(whole) == ()


@pytest.mark.parametrize(
    "name", ["allow-jit", "JITRule-1-A", "my-SecurityCenter-JITRule-1-A", "SecurityCenter-JITRules"]
)
def test_a_rule_with_another_name_is_nobodys_request(name: str) -> None:
    whole = behind(jit_allow(22, name=name), jit_deny(22), policies=(policy(OPEN),))

    assert allows(whole) == ()
    assert standing(whole) != ()


def test_a_rule_beside_that_of_the_open_request_still_counts() -> None:
    whole = behind(
        jit_allow(22), allow(22, name="default-allow-ssh", priority=300), jit_deny(22), policies=(policy(OPEN),)
    )

    assert {rule.name for each in standing(whole) for _, rule in each.by} == {"default-allow-ssh"}


def test_the_rule_of_a_request_that_is_over_counts_like_any_other() -> None:
    (found,) = {
        rule.name
        for each in standing(behind(jit_allow(22), jit_deny(22), policies=(policy(OVER),)))
        for _, rule in each.by
    }

    assert found.startswith("MicrosoftDefenderForCloud-JITRule-")


def test_the_same_evidence_at_an_earlier_moment_has_the_window_open() -> None:
    whole = behind(jit_allow(22), jit_deny(22), policies=(policy(OVER),))

    assert (fate(whole, at("10:59")), fate(whole, at("11:00"))) == (Fate.LIVE, Fate.EXPIRED)


def test_where_requests_were_not_read_what_the_rule_lets_in_is_possible() -> None:
    unlisted = policy(requests=Unknown("the row of just-in-time policy default does not list its requests"))
    whole = behind(jit_allow(22), jit_deny(22), policies=(unlisted,))

    assert doubts(whole) == {(Certainty.POSSIBLE, "the row of just-in-time policy default does not list its requests")}


def test_what_gets_in_anyway_is_proven_whatever_became_of_the_request() -> None:
    unlisted = policy(requests=Unknown("not listed"))
    whole = behind(jit_allow(22), allow(22, priority=300), jit_deny(22), policies=(unlisted,))

    assert {each.opening.certainty for each in standing(whole)} >= {Certainty.PROVEN}


def test_without_a_moment_nothing_is_over_and_nothing_is_open() -> None:
    whole = behind(jit_allow(22), jit_deny(22), policies=(policy(OPEN),))
    jit = JustInTime(whole, Unknown("at which moment is not given"))

    assert jit.allows(WEB, _interfaces(whole))[0].account.fate == Unknown("at which moment is not given")
    assert jit.open_windows(WEB) == ()
    assert jit.hidden(WEB) == "at which moment is not given"


# --- which rules speak about the machine ------------------------------------------------------------------------------


def test_a_rule_for_another_machine_is_not_this_ones() -> None:
    assert allows(behind(jit_allow(22, to="10.0.0.9"), policies=(policy(OPEN),))) == ()


def test_a_rule_whose_destination_was_widened_is_held_against_the_requests_of_all_it_now_means() -> None:
    whole = behind(jit_allow(22, to="*"), policies=(policy(grant_for_other := request(grant(22, machine="other"))),))

    assert grant_for_other.grants[0].virtual_machine != WEB
    assert fate(whole) is Fate.UNMATCHED


def test_a_rule_to_a_group_is_its_members() -> None:
    member = nic(nsg(jit_allow(22, to_groups=[asg("web")])), ip_configuration(groups=[asg("web")]))

    assert fate(machine(member, policies=(policy(OPEN),))) is Fate.LIVE


def test_outbound_and_default_rules_are_nobodys_request() -> None:
    outbound = rule("Allow", 22, direction="Outbound", name="SecurityCenter-JITRule-1-A")

    assert allows(behind(outbound, policies=(policy(OPEN),))) == ()


def test_a_rule_at_subnet_and_interface_is_said_once_for_each() -> None:
    both = nic(nsg(jit_allow(22), name="at-nic"), subnet(nsg(jit_allow(22), name="at-subnet")))

    found = allows(machine(both, policies=(policy(OPEN),)))

    assert [each.group.rpartition("/")[2] for each in found] == ["at-subnet", "at-nic"]


def test_where_the_address_is_not_known_neither_is_whose_rule_it_is() -> None:
    placed = nic(nsg(jit_allow(22, to="10.0.0.4")), ip_configuration(at=Unknown("no address at present")))

    assert fate(machine(placed, policies=(policy(OVER),))) == Unknown("no address at present")


# --- what the NSGs admit from public sources --------------------------------------------------------------------------


def admitted(whole: Estate) -> set[tuple[str, tuple[str, ...], Certainty]] | None:
    found = JustInTime(whole, NOW).public_openings(WEB, _interfaces(whole))
    if found is None:
        return None
    return {
        (each.protocol.value, prefix_texts(each.sources)[:1], each.certainty)
        for each in found
        if each.ports == SSH and each.protocol is Protocol.TCP
    }


def test_without_a_rule_of_a_request_the_engine_has_nothing_to_add() -> None:
    assert admitted(behind(allow(22))) is None
    assert admitted(behind(jit_allow(22), policies=(policy(OVER),))) is None


def test_a_rule_of_an_open_request_is_left_out_of_what_public_sources_may_use() -> None:
    assert admitted(behind(jit_allow(22), jit_deny(22), policies=(policy(OPEN),))) == set()


def test_what_the_rule_of_a_request_does_not_let_in_stays() -> None:
    whole = behind(jit_allow(22), allow(22, source="198.51.100.0/24", priority=200), policies=(policy(OPEN),))

    assert admitted(whole) == {("TCP", ("198.51.100.0/24",), Certainty.PROVEN)}


def test_with_no_such_rule_taken_away_the_openings_are_those_of_the_exposure() -> None:
    """Both go the same way: a rule of a request that admits nothing more changes nothing."""
    lone = jit_allow(22, source="198.51.100.7", priority=4000)
    wide = allow(22, source="198.51.100.0/24", protocol="*")
    whole = behind(wide, lone, policies=(policy(request(grant(22, "198.51.100.7"))),))

    found = JustInTime(whole, NOW).public_openings(WEB, _interfaces(whole))

    assert set(found or ()) == set(expose(whole)[WEB].public_openings)  # type: ignore[arg-type] - all was read


def test_a_rule_of_which_the_request_is_not_known_is_possible() -> None:
    unlisted = policy(requests=Unknown("not listed"))

    assert admitted(behind(jit_allow(22), policies=(unlisted,))) == {("TCP", ("203.0.113.7",), Certainty.POSSIBLE)}


def test_a_machine_without_nsg_has_no_opening_that_a_rule_could_be_at_fault_for() -> None:
    bare = nic(public_ip(), name="bare", at="10.0.0.8")
    whole = machine(nic(nsg(jit_allow(22))), bare, policies=(policy(OPEN),))

    assert admitted(whole) == set()


# --- deny rules by the machine's name ---------------------------------------------------------------------------------


def test_a_deny_is_meant_for_the_machine_that_it_has_the_address_or_the_name_of() -> None:
    for_us, by_name = jit_deny(22, name="SecurityCenter-JITRule_1_A"), jit_deny(3389, to="10.0.0.9", machine="WEB")
    for_others = jit_deny(5985, to="10.0.0.8", machine="other", name="SecurityCenter-JITRule_2_B", priority=4000)
    whole = behind(for_us, by_name, for_others)

    found = JustInTime(whole, NOW).denies(WEB, _interfaces(whole))

    assert {(each.rule.destination_ports, each.speaks) for each in found} == {(SSH, True), (RDP, False)}


# --- machines that share a group --------------------------------------------------------------------------------------


def test_each_machine_behind_one_group_has_its_own_answer() -> None:
    shared = subnet(nsg(jit_deny(22, name="SecurityCenter-JITRule_1_A"), allow(3389, to_groups=[asg("open")])))
    closed = vm(nic(ip_configuration(shared, at="10.0.0.4"), name="a"), name="web")
    stale = vm(nic(ip_configuration(shared, at="10.0.0.5"), name="b"), name="b")
    member = vm(nic(ip_configuration(shared, at="10.0.0.6", groups=[asg("open")]), name="c"), name="c")
    every = [policy(guard(22), guard(3389), machine=name, name=name) for name in ("web", "b", "c")]
    whole = with_policies(estate(closed, stale, member), *every)

    assert {
        name: sorted({r.name for s in standing(whole, name=name) for _, r in s.by}) for name in ("web", "b", "c")
    } == {
        "web": ["AllowVnetInBound"],
        "b": ["AllowVnetInBound"],
        "c": ["AllowVnetInBound", "allow-100"],
    }
    assert {s.opening.ports for s in standing(whole)} == {RDP}
    assert {s.opening.ports for s in standing(whole, name="b")} == {((22, 22), (3389, 3389))}


def test_machines_whose_own_denies_are_alike_share_one_answer() -> None:
    denies = [
        jit_deny(22, to=f"10.0.0.{4 + n}", name=f"SecurityCenter-JITRule_{n}_A", priority=4000 + n) for n in range(3)
    ]
    shared = subnet(nsg(allow(22, source="10.0.7.0/24"), *denies))
    machines = [
        vm(nic(ip_configuration(shared, at=f"10.0.0.{4 + n}"), name=f"nic-{n}"), name=f"vm-{n}") for n in range(3)
    ]
    whole = with_policies(estate(*machines), *(policy(machine=f"vm-{n}", name=f"p{n}") for n in range(3)))
    jit = JustInTime(whole, NOW)

    answers = [jit.standing(key, _interfaces(whole, key)) for key in whole.machines]

    assert answers[0] == answers[1] == answers[2]
    assert [prefix_texts(each.opening.sources) for each in answers[0]] == [("10.0.7.0/24",)]


def test_tables_that_are_not_whole_are_said() -> None:
    whole = with_gaps(behind(jit_allow(22), jit_deny(22)), "jit_policies")

    assert fate(whole) == Unknown("Just-in-time access policies: they were not collected")


def test_a_request_through_an_azure_firewall_shows_the_machine_an_address_of_the_firewalls_subnet() -> None:
    place = subnet(name="AzureFirewallSubnet", space="10.0.1.0/26")
    firewall = AzureFirewall(
        id=resource_id("azureFirewalls", "fw"),
        subnet=place.key,
        public_ips=(),
        hub_addresses=(),
        policy=None,
        rules=(),
        virtual_hub=None,
    )
    through = policy(request(grant(22, "203.0.113.7", mapped_port=13722)))
    alone = with_policies(estate(vm(nic(nsg(jit_allow(22, "10.0.1.4"), jit_deny(22)))), place), through)

    assert fate(alone) is Fate.EDITED
    assert fate(replace(alone, firewalls={firewall.key: firewall})) is Fate.LIVE
