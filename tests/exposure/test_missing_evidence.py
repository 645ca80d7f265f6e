"""What was not read never closes a door: it leaves a possible path for just the ports that it could open."""

import pytest

from builders import (
    Built,
    allow,
    deny,
    estate,
    ip_configuration,
    nic,
    not_collected,
    nsg,
    public_ip,
    route_table,
    subnet,
    vm,
    vnet,
    without,
)
from exposure.questions import ALL, exposure, nothing_open, paths, possible_ports, proven_ports
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Resource
from vmaudit.exposure.paths import Certainty, Code, Reach
from vmaudit.known import Unknown

DENY_ALL = deny(priority=4096, protocol="*")


def losing(kind: str, *machine: Built) -> Estate:
    """An estate after losing all resources of one kind ("networkinterfaces")."""
    here = estate(*machine)
    held: list[Resource] = [
        *here.network_interfaces.values(),
        *here.security_groups.values(),
        *here.networks.values(),
        *here.subnets.values(),
        *here.public_ips.values(),
        *here.route_tables.values(),
    ]
    lost = [resource.key for resource in held if resource.key.split("/")[-2] == kind]
    assert lost
    return without(here, *lost)


# --- resources that the machine itself points to ----------------------------------------------------------------------


def test_an_interface_that_was_not_read_hides_any_way_in() -> None:
    found = exposure(losing("networkinterfaces", vm(nic(nsg(DENY_ALL)))))

    assert found.paths == ()
    assert found.blind_spots == ("network interface nic is not in the evidence",)
    assert found.public_openings == Unknown("network interface nic is not in the evidence")


def test_a_row_that_is_there_but_can_not_be_read_says_so() -> None:
    here = estate(vm(nic()))
    unreadable = without(here, *here.network_interfaces, unread="its addresses were left out")

    assert exposure(unreadable).blind_spots == ("network interface nic could not be read: its addresses were left out",)


def test_interfaces_that_the_machines_row_does_not_name_hide_any_way_in() -> None:
    from msgspec.structs import replace as with_fields

    here = estate(vm(nic()))
    (machine,) = here.machines.values()
    nameless = with_fields(machine, network_interfaces=Unknown("the row does not name its network interfaces"))
    here.machines[machine.key] = nameless  # type: ignore[index] -- the builders' maps are dicts

    assert exposure(here).blind_spots == ("the row does not name its network interfaces",)


def test_an_nsg_that_was_not_read_leaves_every_port_possible() -> None:
    here = losing("networksecuritygroups", vm(nic(public_ip(), nsg(DENY_ALL))))

    assert (proven_ports(here), possible_ports(here, reach=Reach.INTERNET)) == ((), ALL)
    assert paths(here)[0].blind_spots == ("NSG nsg is not in the evidence",)
    assert Code.NSG_NOT_READ in [hop.code for hop in paths(here)[0].hops]


def test_an_nsg_that_was_not_read_opens_only_what_the_other_one_lets_through() -> None:
    here = estate(vm(nic(public_ip(), nsg(allow(443, source="20.0.0.0/24"), name="n"), subnet(nsg(name="s")))))
    lost = without(here, next(key for key in here.security_groups if key.endswith("/s")))

    assert (proven_ports(lost), possible_ports(lost)) == ((), ("443",))
    assert {path.reach for path in paths(lost)} == {Reach.PARTIAL}


def test_a_subnet_that_was_not_read_may_have_an_nsg() -> None:
    here = losing("subnets", vm(nic(public_ip(), nsg(allow(22), DENY_ALL))))

    assert (proven_ports(here), possible_ports(here)) == ((), ("22",))
    assert paths(here)[0].blind_spots == ("subnet subnet is not in the evidence",)


def test_a_subnet_that_was_not_read_may_route_the_internet_through_the_inside() -> None:
    routed = subnet(route_table(("0.0.0.0/0", "VirtualAppliance")))
    read = estate(vm(nic(public_ip(), nsg(), routed)))
    lost = losing("subnets", vm(nic(public_ip(), nsg(), routed)))

    assert possible_ports(read) == possible_ports(lost) == ALL


def test_a_subnet_that_was_not_read_may_have_the_only_nsg() -> None:
    here = losing("subnets", vm(nic(public_ip(sku="Standard"))))

    assert (proven_ports(here), possible_ports(here)) == ((), ALL)


def test_an_address_without_a_known_subnet_is_possibly_open() -> None:
    nowhere = Unknown("ip configuration ipconfig1 does not name its subnet")
    here = estate(vm(nic(ip_configuration(public_ip(), inside=nowhere), nsg(allow(22), DENY_ALL))))

    assert (proven_ports(here), possible_ports(here)) == ((), ("22",))


def test_a_network_that_was_not_read_may_hold_public_space_that_the_default_rule_lets_in() -> None:
    guarded = losing("virtualnetworks", vm(nic(public_ip(), nsg(allow(22), DENY_ALL))))
    default = losing("virtualnetworks", vm(nic(public_ip(), nsg(allow(22)))))

    assert (proven_ports(guarded), possible_ports(guarded)) == (("22",), ())
    assert (proven_ports(default), possible_ports(default)) == (("22",), ("0-21", "23-65535"))


def test_a_network_that_was_not_read_makes_a_rule_for_the_tag_internet_doubtful() -> None:
    here = losing("virtualnetworks", vm(nic(public_ip(), nsg(allow(22, source="Internet"), DENY_ALL))))

    assert (proven_ports(here), possible_ports(here)) == ((), ("22",))
    assert paths(here)[0].blind_spots == ("virtual network vnet is not in the evidence",)


def test_a_public_address_that_was_not_read_is_still_a_door() -> None:
    here = losing("publicipaddresses", vm(nic(public_ip(), nsg(allow(22)))))
    (path,) = paths(here)

    assert path.certainty is Certainty.PROVEN, "with an NSG, nothing hangs on the SKU"
    assert path.frontend is not None
    assert path.frontend.address is None
    assert path.witness.destination == "10.0.0.4"


def test_a_public_address_that_was_not_read_may_be_a_basic_one() -> None:
    here = losing("publicipaddresses", vm(nic(public_ip(sku="Standard"))))

    assert (proven_ports(here), possible_ports(here)) == ((), ALL)
    assert "public IP pip is not in the evidence" in paths(here)[0].blind_spots[0]


# --- tables that were not read ----------------------------------------------------------------------------------------


def unread(table: str, *machine: Built) -> Estate:
    return estate(*machine, incomplete=[table])


@pytest.mark.parametrize("table", ["load_balancers", "azure_firewalls", "application_gateways", "security_admin_rules"])
def test_tables_that_were_read_whole_and_hold_nothing_open_nothing(table: str) -> None:
    assert nothing_open(estate(vm(nic(nsg(allow()))), incomplete=[]))
    assert exposure(unread(table, vm(nic(public_ip(), nsg(allow())), name="web"))).blind_spots == ()


def test_a_load_balancer_that_was_not_read_could_open_what_the_nsgs_admit_from_its_clients() -> None:
    here = unread("load_balancers", vm(nic(nsg(allow([443, 8443])))))

    assert (proven_ports(here), possible_ports(here, reach=Reach.INTERNET)) == ((), ("443", "8443"))
    assert paths(here)[0].blind_spots == (not_collected("load_balancers"),)
    assert [hop.code for hop in paths(here)[0].hops] == [Code.ENTRY_NOT_READ, Code.VM_RUNNING]


def test_a_load_balancer_that_was_not_read_opens_nothing_that_the_nsgs_deny_its_clients() -> None:
    assert nothing_open(unread("load_balancers", vm(nic(nsg()))))


def test_a_load_balancer_that_was_not_read_reaches_each_port_from_where_its_own_rule_admits() -> None:
    here = unread("load_balancers", vm(nic(nsg(allow(443), allow(22, source="20.1.2.3", priority=200)))))

    assert possible_ports(here, reach=Reach.INTERNET) == ("443",)
    assert possible_ports(here, reach=Reach.PARTIAL) == ("22",)


def test_a_load_balancer_adds_nothing_to_what_the_public_address_opens_to_the_same_clients() -> None:
    here = unread("load_balancers", vm(nic(public_ip(), nsg(allow(443), allow(22, source="20.1.2.3", priority=200)))))

    assert proven_ports(here) == ("22", "443")
    assert possible_ports(here) == ()


@pytest.mark.parametrize("table", ["azure_firewalls", "application_gateways"])
def test_what_hides_its_clients_could_open_what_the_nsgs_admit_from_the_inside(table: str) -> None:
    by_default = unread(table, vm(nic(nsg())))
    narrowed = unread(table, vm(nic(nsg(allow(22, source="10.0.0.0/8"), DENY_ALL))))

    assert possible_ports(by_default, reach=Reach.INTERNET) == ALL
    assert possible_ports(narrowed, reach=Reach.INTERNET) == ("22",)
    assert nothing_open(unread(table, vm(nic(nsg(DENY_ALL)))))


@pytest.mark.parametrize("table", ["azure_firewalls", "application_gateways"])
def test_the_inside_may_use_public_space(table: str) -> None:
    own = subnet(space="20.0.0.0/24", network=vnet(space="20.0.0.0/16"))
    here = unread(table, vm(nic(ip_configuration(own, at="20.0.0.4"), nsg())))

    assert possible_ports(here, reach=Reach.INTERNET) == ALL


def test_an_admin_rule_that_was_not_read_could_open_every_port_of_a_machine_that_has_a_door() -> None:
    here = unread("security_admin_rules", vm(nic(public_ip(), nsg(DENY_ALL))))

    assert possible_ports(here, reach=Reach.INTERNET) == ALL
    assert paths(here)[0].blind_spots == (not_collected("security_admin_rules"),)


def test_an_admin_rule_that_was_not_read_opens_nothing_where_no_door_leads() -> None:
    assert nothing_open(unread("security_admin_rules", vm(nic(nsg(DENY_ALL)))))


def test_an_admin_rule_could_open_what_a_door_that_was_not_read_leads_to() -> None:
    here = estate(vm(nic(nsg(DENY_ALL))), incomplete=["security_admin_rules", "load_balancers"])

    assert possible_ports(here, reach=Reach.INTERNET) == ALL


def test_a_port_that_is_open_to_the_internet_anyway_is_not_listed_as_possible_again() -> None:
    here = unread("security_admin_rules", vm(nic(public_ip(), nsg(allow(22)))))

    assert proven_ports(here) == ("22",)
    assert possible_ports(here) == ("0-21", "23-65535")


def test_a_port_that_is_proven_open_to_a_few_may_still_be_open_to_everybody() -> None:
    here = unread("security_admin_rules", vm(nic(public_ip(), nsg(allow(22, source="20.1.2.3")))))

    assert proven_ports(here, reach=Reach.PARTIAL) == ("22",)
    assert "22" in _spelt_out(possible_ports(here, reach=Reach.INTERNET))


def _spelt_out(ranges: tuple[str, ...]) -> set[str]:
    ends = [text.partition("-") for text in ranges]
    return {str(port) for first, _, last in ends for port in range(int(first), int(last or first) + 1)}
