from typing import Any

import pytest

from assess.guards import fact, guarded, jit_policy, jit_port, machine_with, reason, remedies
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
    resource_id,
    rule,
    subnet,
    vm,
    without,
)
from vmaudit.addresses import ALL_PORTS, port_texts
from vmaudit.assess.values import NO_PORTS, AtLeast, Ports
from vmaudit.estate.resources import JitPolicy, SecurityRule
from vmaudit.known import Unknown

SSH = jit_port(22)
NO_POLICY = "no just-in-time policy names the machine"


def unguarded(machine: Built, *policies: JitPolicy, incomplete: tuple[str, ...] = ()) -> Ports:
    return fact("jit.unguarded_ports", guarded(estate(machine, incomplete=incomplete), *policies))


def behind(*rules: SecurityRule) -> Built:
    return vm(nic(nsg(*rules)))


def windows(machine: Built) -> Built:
    return machine_with(machine, operating_system="Windows")


def test_linux_is_managed_over_ssh_and_windows_over_rdp_and_winrm() -> None:
    assert unguarded(vm(nic())) == Ports(((22, 22),))
    assert unguarded(windows(vm(nic()))) == Ports(((3389, 3389), (5985, 5986)))


def test_a_port_in_a_working_policy_is_guarded() -> None:
    assert unguarded(vm(nic()), jit_policy(SSH)) == NO_PORTS
    assert unguarded(windows(vm(nic())), jit_policy(jit_port(3389))) == Ports(((5985, 5986),))


def test_ports_of_several_policies_add_up() -> None:
    first = jit_policy(jit_port(3389), name="a")
    second = jit_policy(jit_port(5985), jit_port(5986), name="b")

    assert unguarded(windows(vm(nic())), first, second) == NO_PORTS


@pytest.mark.parametrize("policy", [jit_policy(SSH, machine="other"), jit_policy(SSH, state="Failed")])
def test_a_policy_for_another_machine_or_one_that_failed_guards_nothing(policy: JitPolicy) -> None:
    assert unguarded(vm(nic()), policy) == Ports(((22, 22),))


def test_a_policy_for_udp_leaves_tcp_open() -> None:
    assert unguarded(vm(nic()), jit_policy(jit_port(22, udp=True))) == Ports(((22, 22),))


def test_a_policy_that_does_not_give_its_state_may_guard() -> None:
    assert unguarded(vm(nic()), jit_policy(SSH, state="")) == Ports(
        (), ((22, 22),), "a just-in-time policy does not give its state"
    )


def test_without_the_list_of_policies_a_port_may_be_guarded() -> None:
    assert unguarded(vm(nic()), incomplete=("jit_policies",)) == Ports((), ((22, 22),), not_collected("jit_policies"))
    assert unguarded(vm(nic()), jit_policy(SSH), incomplete=("jit_policies",)) == NO_PORTS


def test_a_port_that_a_rule_opens_by_number_is_to_be_guarded_too() -> None:
    assert unguarded(behind(allow((3389, "5000-5001"))), jit_policy(SSH)) == Ports(((3389, 3389), (5000, 5001)))


@pytest.mark.parametrize(
    "silent",
    [
        allow("*"),
        deny(3389),
        allow(3389, protocol="Udp"),
        rule("Allow", 3389, direction="Outbound"),
        allow(3389, destination="10.0.0.99"),
        allow(3389, to_groups=[asg("asg-other")]),
    ],
)
def test_a_rule_that_opens_no_numbered_port_of_this_machine_asks_for_nothing(silent: SecurityRule) -> None:
    assert unguarded(behind(silent), jit_policy(SSH)) == NO_PORTS


@pytest.mark.parametrize(
    "speaking",
    [
        allow(3389, destination="10.0.0.4"),
        allow(3389, destination="10.0.0.0/24"),
        allow(3389, destination="VirtualNetwork"),
        allow(3389, source="10.0.0.0/8"),
    ],
)
def test_a_rule_that_speaks_about_this_machine_asks_for_its_ports(speaking: SecurityRule) -> None:
    assert unguarded(behind(speaking), jit_policy(SSH)) == Ports(((3389, 3389),))


def test_a_rule_for_a_group_speaks_about_its_members() -> None:
    member = nic(nsg(allow(3389, to_groups=[asg("asg-web")])), ip_configuration(groups=[asg("asg-web")]))

    assert unguarded(vm(member), jit_policy(SSH)) == Ports(((3389, 3389),))


def test_a_rule_at_the_subnet_counts_like_one_at_the_interface() -> None:
    assert unguarded(vm(nic(subnet(nsg(allow(3389))))), jit_policy(SSH)) == Ports(((3389, 3389),))


def test_a_machine_without_an_address_at_present_may_be_meant_by_a_rule_for_one() -> None:
    placed = nic(nsg(allow(3389, destination="10.0.0.4")), ip_configuration(at=Unknown("no address at present")))

    assert unguarded(vm(placed), jit_policy(SSH)) == Ports((), ((3389, 3389),), "no address at present")


def test_a_group_that_was_not_read_may_name_any_port() -> None:
    whole = guarded(estate(behind()), jit_policy(SSH))
    ports = fact("jit.unguarded_ports", without(whole, *whole.security_groups))

    assert ports.proven == ()
    assert port_texts(ports.possible) == ("0-21", "23-65535")
    assert ports.reason == "NSG nsg is not in the evidence"


def test_an_interface_that_was_not_read_may_stand_behind_any_rule() -> None:
    whole = guarded(estate(vm(nic())), jit_policy(SSH))
    ports = fact("jit.unguarded_ports", without(whole, *whole.network_interfaces))

    assert port_texts(ports.possible) == ("0-21", "23-65535")


def test_an_unknown_system_may_be_either() -> None:
    unknown = machine_with(vm(nic()), operating_system=Unknown("which system is not read"))

    assert unguarded(unknown) == Ports((), ((22, 22), (3389, 3389), (5985, 5986)), "which system is not read")
    every = jit_policy(SSH, jit_port(3389), jit_port(5985), jit_port(5986))
    assert unguarded(unknown, every) == NO_PORTS


def test_a_proven_gap_stays_proven_whatever_else_was_not_read() -> None:
    whole = guarded(estate(behind()), jit_policy(jit_port(443)))
    ports = fact("jit.unguarded_ports", without(whole, *whole.security_groups))

    assert ports.proven == ((22, 22),)
    assert ports.possible != ALL_PORTS


@pytest.mark.parametrize(
    ("sources", "count"),
    [
        (("*",), 2.0**32),
        (("10.0.0.1", "Internet"), 2.0**32),
        (("0.0.0.0/0",), 2.0**32),
        (("10.0.1.0/26",), 64.0),
        (("10.0.1.0/26", "10.0.1.0/27"), 64.0),
        (("203.0.113.7",), 1.0),
        (("203.0.113.1", "203.0.113.3"), 2.0),
    ],
)
def test_the_width_of_a_source_is_the_number_of_its_addresses(sources: tuple[str, ...], count: float) -> None:
    assert width(jit_policy(jit_port(22, sources=sources))) == count


def width(*policies: JitPolicy, incomplete: tuple[str, ...] = ()) -> Any:
    return fact("jit.widest_source", guarded(estate(vm(nic()), incomplete=incomplete), *policies))


def window(*policies: JitPolicy) -> Any:
    return fact("jit.longest_window", guarded(estate(vm(nic())), *policies))


def test_the_widest_of_all_ports_and_policies_counts() -> None:
    narrow, wide = jit_port(22, sources=("10.0.0.1",)), jit_port(3389, sources=("*",))

    assert width(jit_policy(narrow, wide)) == 2.0**32
    assert width(jit_policy(narrow, name="a"), jit_policy(wide, name="b")) == 2.0**32


@pytest.mark.parametrize(
    ("sources", "why"),
    [
        ((), "the policy names no source for port 22"),
        (("Sql",), "the policy's source for port 22 is no address: Sql"),
    ],
)
def test_a_source_that_is_no_address_has_no_width(sources: tuple[str, ...], why: str) -> None:
    assert reason(width(jit_policy(jit_port(22, sources=sources)))) == why
    both = jit_policy(jit_port(22, sources=sources), jit_port(3389, sources=("*",)))
    assert width(both) == AtLeast(2.0**32, why)


def test_policies_that_were_not_read_may_be_wider() -> None:
    assert width(jit_policy(SSH), incomplete=("jit_policies",)) == AtLeast(64.0, not_collected("jit_policies"))
    assert reason(width(incomplete=("jit_policies",))) == not_collected("jit_policies")


def test_a_machine_in_no_policy_has_no_source_and_no_window() -> None:
    assert reason(width()) == NO_POLICY
    assert reason(window()) == NO_POLICY


def test_the_longest_window_counts() -> None:
    assert window(jit_policy(jit_port(22, window=60.0), jit_port(3389, window=480.0))) == 480.0
    unread = jit_port(3389, window=Unknown("the duration 'x' can't be read"))
    assert window(jit_policy(jit_port(22, window=60.0), unread)) == AtLeast(60.0, "the duration 'x' can't be read")


def test_a_machine_in_no_policy_is_put_into_that_of_its_group_and_region() -> None:
    (remedy,) = remedies("jit.unguarded_ports", estate(vm(nic())))

    assert remedy.resource == (
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg"
        "/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/default"
    )
    assert remedy.fix == f"az rest --method put --url '{remedy.resource}?api-version=2020-01-01' --body @jit.json"


@pytest.mark.parametrize("name", ["jit.unguarded_ports", "jit.widest_source", "jit.longest_window"])
def test_a_policy_that_names_the_machine_is_the_one_to_mend(name: str) -> None:
    whole = guarded(estate(vm(nic())), jit_policy(jit_port(443), name="mine"))

    (remedy,) = remedies(name, whole, Ports(((22, 22),)))

    assert remedy.resource.endswith("/jitNetworkAccessPolicies/mine")


def test_machine_ids_match_in_any_letter_case() -> None:
    shouting = machine_with(vm(nic()), id=resource_id("virtualMachines", "web").upper())

    assert fact("jit.unguarded_ports", guarded(estate(shouting), jit_policy(SSH)), "WEB") == NO_PORTS
