"""What one or two NSGs do with a packet (azure-facts 5.1)."""

import pytest

from builders import allow, asg, deny, estate, ip_configuration, nic, nsg, rule, subnet, vm, without
from exposure.questions import asked
from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, address_number
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Access, Direction, Protocol, SecurityGroup, SecurityRule
from vmaudit.exposure.security_groups import Box, LocalEnd, Stage, cross, decide
from vmaudit.exposure.surroundings import surroundings
from vmaudit.known import Unknown


def behind(*rules: SecurityRule) -> Estate:
    """A machine at 10.0.0.4 with these rules in its interface's NSG."""
    return estate(vm(nic(nsg(*rules))))


# --- priority ------------------------------------------------------------------------------------------------------


def test_a_deny_with_a_lower_priority_number_wins() -> None:
    answer = asked(behind(allow(22, priority=200), deny(22, priority=100)))

    assert (answer.access, answer.rule) == ("Deny", "securityRules/deny-100")


def test_an_allow_with_a_lower_priority_number_wins() -> None:
    answer = asked(behind(deny(22, priority=200), allow(22, priority=100)))

    assert (answer.access, answer.rule) == ("Allow", "securityRules/allow-100")


def test_a_rule_that_does_not_match_decides_nothing_whatever_its_priority() -> None:
    answer = asked(behind(deny(3389, priority=100), allow(22, priority=4096)))

    assert (answer.access, answer.rule) == ("Allow", "securityRules/allow-4096")


def test_priorities_are_counted_per_direction() -> None:
    here = behind(deny(22, priority=100, direction="Outbound"), allow(22, priority=100))

    assert asked(here).access == "Allow"
    assert asked(here, direction="Outbound").rule == "securityRules/deny-100"


# --- what a rule matches ---------------------------------------------------------------------------------------------


def test_a_rule_for_tcp_says_nothing_about_udp() -> None:
    here = behind(allow(3389, protocol="Tcp"))

    assert asked(here, port=3389, protocol="TCP").access == "Allow"
    assert asked(here, port=3389, protocol="UDP").access == "Deny"


@pytest.mark.parametrize("spelling", ["Tcp", "TCP", "tcp", "*", "All", "Any"])
def test_the_letter_case_of_a_protocol_does_not_matter(spelling: str) -> None:
    assert asked(behind(allow(22, protocol=spelling))).access == "Allow"


@pytest.mark.parametrize("protocol", ["TCP", "UDP", "ICMP", "ESP", "AH"])
def test_any_protocol_is_every_protocol(protocol: str) -> None:
    assert asked(behind(allow(protocol="*")), protocol=protocol).access == "Allow"


def test_a_rule_with_source_ports_matches_only_packets_from_those() -> None:
    here = behind(allow(22, source_ports="1000-2000"))

    assert asked(here, source_port=1000).access == "Allow"
    assert asked(here, source_port=2001).access == "Deny"


def test_a_source_port_left_open_has_no_answer_where_it_matters() -> None:
    answer = asked(behind(allow(22, source_ports="1000-2000")), source_port=None)

    assert answer.access == "Unknown"
    assert answer.reason == "the answer depends on the port that was left open"


def test_a_source_port_left_open_has_an_answer_where_it_does_not_matter() -> None:
    answer = asked(behind(allow(22)), source_port=None)

    assert (answer.access, answer.rule) == ("Allow", "securityRules/allow-100")


def test_a_source_port_left_open_names_no_rule_where_several_agree() -> None:
    answer = asked(behind(allow(22, source_ports="1000-2000"), allow(22, priority=200)), source_port=None)

    assert (answer.access, answer.rule) == ("Allow", "")
    assert answer.reason == "different rules decide for different ports"


def test_a_list_of_ports_is_the_union_of_its_ranges() -> None:
    here = behind(allow(["22", "3380-3390"]))

    assert [asked(here, port=port).access for port in (22, 23, 3379, 3380, 3390, 3391)] == [
        *("Allow", "Deny", "Deny", "Allow", "Allow", "Deny")
    ]


def test_a_list_of_prefixes_is_the_union_of_its_prefixes() -> None:
    here = behind(allow(22, source=["20.0.0.0/24", "20.0.2.0/24"]))

    assert asked(here, "20.0.2.9").access == "Allow"
    assert asked(here, "20.0.1.9").access == "Deny"


@pytest.mark.parametrize(
    ("source", "v4", "v6"),
    [
        *(("*", "Allow", "Allow"), ("Any", "Allow", "Allow"), ("Internet", "Allow", "Allow")),
        *(("0.0.0.0/0", "Allow", "Deny"), ("::/0", "Deny", "Allow")),
    ],
)
def test_a_star_is_both_families_and_a_zero_prefix_is_one(source: str, v4: str, v6: str) -> None:
    here = behind(allow(22, source=source))

    assert (asked(here, "8.8.8.8").access, asked(here, "2a01:111::1").access) == (v4, v6)


# --- the machine's own side -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("destination", ["*", "10.0.0.4", "10.0.0.0/24", "VirtualNetwork", "0.0.0.0/0"])
def test_a_rule_means_the_machine_by_its_private_address(destination: str) -> None:
    assert asked(behind(allow(22, destination=destination))).access == "Allow"


@pytest.mark.parametrize(
    "destination", ["20.50.0.1", "10.0.1.0/24", "10.0.0.5", "Internet", "AzureLoadBalancer", "::/0"]
)
def test_a_rule_about_other_addresses_does_not_concern_the_machine(destination: str) -> None:
    answer = asked(behind(allow(22, destination=destination)))

    assert (answer.access, answer.rule) == ("Deny", "defaultSecurityRules/DenyAllInBound")


def test_a_rule_to_an_application_security_group_means_its_members_only() -> None:
    group = nsg(allow(22, to_groups=[asg("web")]))
    inside = subnet(group)
    here = estate(
        vm(
            nic(ip_configuration(inside, groups=[asg("web")]), name="a"),
            nic(ip_configuration(inside, at="10.0.0.5", groups=[asg("app")]), name="b"),
        )
    )

    assert asked(here, nic=0).access == "Allow"
    assert asked(here, local="10.0.0.5", nic=1).access == "Deny"


def test_a_service_tag_never_means_a_private_address() -> None:
    assert asked(behind(allow(22, destination="Storage"))).access == "Deny"


# --- default rules ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "remote", "access", "name"),
    [
        ("Inbound", "10.0.0.9", "Allow", "AllowVnetInBound"),
        ("Inbound", "168.63.129.16", "Allow", "AllowVnetInBound"),
        ("Inbound", "8.8.8.8", "Deny", "DenyAllInBound"),
        ("Inbound", "192.168.0.1", "Deny", "DenyAllInBound"),
        ("Outbound", "10.0.5.9", "Allow", "AllowVnetOutBound"),
        ("Outbound", "8.8.8.8", "Allow", "AllowInternetOutBound"),
        ("Outbound", "192.168.0.1", "Deny", "DenyAllOutBound"),
    ],
)
def test_the_default_rules_decide_what_no_other_rule_does(direction: str, remote: str, access: str, name: str) -> None:
    answer = asked(behind(), remote, direction=direction)

    assert (answer.access, answer.rule) == (access, f"defaultSecurityRules/{name}")


def test_a_rule_of_ones_own_comes_before_the_default_rules() -> None:
    assert asked(behind(deny(source="VirtualNetwork", priority=4096)), "10.0.0.9").rule == "securityRules/deny-4096"


def test_the_tag_azure_load_balancer_is_the_probes_address_and_never_a_client() -> None:
    here = behind(allow(22, source="AzureLoadBalancer"), deny(22, priority=200))

    assert asked(here, "168.63.129.16").access == "Allow"
    assert asked(here, "8.8.8.8").access == "Deny"
    assert asked(here, "20.0.0.1").access == "Deny"


# --- two groups -------------------------------------------------------------------------------------------------------


def two(at_subnet: SecurityRule, at_interface: SecurityRule) -> Estate:
    return estate(vm(nic(nsg(at_interface, name="at-nic"), subnet(nsg(at_subnet, name="at-subnet")))))


def test_both_groups_must_allow() -> None:
    assert asked(two(allow(22), allow(22))).access == "Allow"
    assert asked(two(allow(22), allow(80))).access == "Deny"
    assert asked(two(allow(80), allow(22))).access == "Deny"


def test_on_the_way_in_the_subnet_is_asked_first_and_the_interface_names_the_allow() -> None:
    allowed = asked(two(allow(22, name="s"), allow(22, name="n")))
    denied = asked(two(deny(22, name="s"), deny(22, name="n")))

    assert (allowed.rule, allowed.group.rpartition("/")[2]) == ("securityRules/n", "at-nic")
    assert (denied.rule, denied.group.rpartition("/")[2]) == ("securityRules/s", "at-subnet")
    assert [hop.rule for hop in allowed.hops] == ["securityRules/s", "securityRules/n"]
    assert [hop.rule for hop in denied.hops] == ["securityRules/s"]


def test_on_the_way_out_the_interface_is_asked_first_and_the_subnet_names_the_allow() -> None:
    out = {"direction": "Outbound"}
    allowed = asked(two(allow(22, name="s", **out), allow(22, name="n", **out)), direction="Outbound")
    denied = asked(two(deny(22, name="s", **out), deny(22, name="n", **out)), direction="Outbound")

    assert (allowed.rule, denied.rule) == ("securityRules/s", "securityRules/n")
    assert [hop.rule for hop in allowed.hops] == ["securityRules/n", "securityRules/s"]


def test_a_group_that_is_absent_filters_nothing() -> None:
    answer = asked(estate(vm(nic())))

    assert (answer.access, answer.rule) == ("Allow", "")
    assert answer.reason == "no NSG stands at the interface or its subnet"


def test_a_neighbour_in_the_same_subnet_meets_the_subnets_group_too() -> None:
    here = estate(vm(nic(subnet(nsg(deny(22, source="10.0.0.0/24"))))))

    assert asked(here, "10.0.0.9").rule == "securityRules/deny-100"


# --- what was not read ------------------------------------------------------------------------------------------------


def test_doubtful_rules_that_agree_with_the_one_that_decides_leave_no_doubt_but_about_the_name() -> None:
    answer = asked(behind(deny(22, source="Storage"), deny(22, source="Sql", priority=110)))

    assert (answer.access, answer.rule) == ("Deny", "")
    assert answer.reason == (
        "the addresses of service tag Storage are not in the evidence; "
        "the addresses of service tag Sql are not in the evidence"
    )


def test_a_doubtful_rule_that_disagrees_leaves_the_packet_undecided() -> None:
    answer = asked(behind(allow(22, source="Storage")))

    assert (answer.access, answer.rule) == ("Unknown", "")
    assert answer.reason == "the addresses of service tag Storage are not in the evidence"


def test_an_unknown_tag_does_not_matter_for_a_packet_that_an_earlier_rule_decides() -> None:
    here = behind(deny(22, source="8.8.8.8"), allow(22, source="Storage", priority=200))

    assert asked(here).rule == "securityRules/deny-100"


def test_an_undecided_first_group_does_not_matter_where_the_second_surely_denies() -> None:
    answer = asked(two(allow(22, source="Storage"), deny(22)))

    assert answer.access == "Deny"


def test_no_rule_is_named_where_an_undecided_group_may_have_denied_before() -> None:
    perhaps = two(deny(22, source="Storage"), deny(22))
    perhaps_allowed = two(allow(22, source="Storage"), deny(22))

    for here in (perhaps, perhaps_allowed):
        assert (asked(here).access, asked(here).rule) == ("Deny", "")
        assert asked(here).reason == "the addresses of service tag Storage are not in the evidence"


def test_no_rule_is_named_where_the_subnets_group_was_not_read_and_may_have_denied_before() -> None:
    here = two(allow(22), deny(22))
    answer = asked(without(here, next(key for key in here.security_groups if "subnet" in key)))

    assert (answer.access, answer.rule) == ("Deny", "")
    assert answer.reason == "NSG at-subnet is not in the evidence"


def test_a_group_that_was_not_read_leaves_every_packet_undecided_that_the_other_does_not_deny() -> None:
    end = LocalEnd(address_number("10.0.0.4"), ())
    here = behind(allow(22))
    around = surroundings(here, next(iter(here.subnets)))
    stages = [Stage("/nic", Unknown("NSG x is not in the evidence")), Stage("/subnet", _group(here))]
    every = Box(Protocol.TCP, ((134744072, 134744072),), ALL_PORTS, ALL_PORTS)

    crossings = cross(stages, Direction.INBOUND, end, around, [every])

    fates = {crossing.box.destination_ports: (crossing.access, crossing.doubts) for crossing in crossings}
    assert fates[((22, 22),)] == (None, ("NSG x is not in the evidence",))
    assert fates[((0, 21), (23, 65535))][0] is Access.DENY


def test_the_boxes_of_a_group_hold_every_packet_once() -> None:
    here = behind(allow([22, 3389], source="20.0.0.0/8"), deny("20-30", priority=90))
    end = LocalEnd(address_number("10.0.0.4"), ())
    around = surroundings(here, next(iter(here.subnets)))

    rulings = decide(_group(here), Direction.INBOUND, end, around, Box(Protocol.TCP, ANY_ADDRESS, ALL_PORTS, ALL_PORTS))

    ports_of = {(r.rule.name, r.box.destination_ports) for r in rulings}
    assert ("deny-90", ((20, 30),)) in ports_of
    assert ("allow-100", ((3389, 3389),)) in ports_of
    assert not any(name == "allow-100" and found == ((22, 22),) for name, found in ports_of)


def _group(here: Estate) -> SecurityGroup:
    return next(iter(here.security_groups.values()))


def test_rules_read_in_any_order_are_asked_by_priority() -> None:
    rules = [rule("Allow", 22, priority=300), rule("Deny", 22, priority=200), rule("Allow", 22, priority=100)]

    assert asked(behind(*rules)).rule == asked(behind(*reversed(rules))).rule == "securityRules/allow-100"
