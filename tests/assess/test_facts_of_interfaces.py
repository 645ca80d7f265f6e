from typing import TYPE_CHECKING

from assess.guards import fact, machine_with, reason, remedies
from builders import estate, ip_configuration, nic, not_collected, nsg, public_ip, resource_id, subnet, vm, without
from vmaudit.assess.values import Names
from vmaudit.known import Unknown

if TYPE_CHECKING:
    from vmaudit.estate.estate import Estate

NOT_HERE = "network interface nic is not in the evidence"


def test_an_attached_address_counts_even_before_azure_allocates_it() -> None:
    whole = estate(vm(nic(public_ip(address=None))))

    assert fact("vm.public_addresses", whole) == Names(("pip on nic",))


def test_an_address_on_the_second_configuration_of_the_second_interface_counts() -> None:
    second = nic(ip_configuration(name="a"), ip_configuration(public_ip(), name="b", at="10.0.0.9"), name="nic-2")

    assert fact("vm.public_addresses", estate(vm(nic(), second))) == Names(("pip on nic-2",))


def test_an_address_whose_own_row_was_not_read_is_still_attached() -> None:
    whole = without(estate(vm(nic(public_ip()))), resource_id("publicIPAddresses", "pip").lower())

    assert fact("vm.public_addresses", whole).proven == ("pip on nic",)


def test_no_address_is_known_only_when_every_interface_was_read() -> None:
    whole = estate(vm(nic(), nic(name="nic-2")))

    assert fact("vm.public_addresses", whole) == Names(())
    assert fact("vm.public_addresses", without(whole, _nic("nic"))) == Names((), NOT_HERE)


def test_detaching_names_the_configuration_that_carries_the_address() -> None:
    (remedy,) = remedies("vm.public_addresses", estate(vm(nic(public_ip()))))

    assert remedy.resource == resource_id("publicIPAddresses", "pip")
    assert remedy.fix == (
        "az network nic ip-config update --subscription 00000000-0000-0000-0000-000000000001 -g rg "
        "--nic-name nic -n ipconfig1 --remove publicIPAddress"
    )


def test_a_group_at_the_interface_or_at_the_subnet_governs() -> None:
    at_subnet = nic(subnet(nsg()), name="a")
    at_interface = nic(nsg(), name="b")

    assert fact("vm.interfaces_without_nsg", estate(vm(at_subnet))) == Names(())
    assert fact("vm.interfaces_without_nsg", estate(vm(at_interface))) == Names(())
    assert fact("vm.interfaces_without_nsg", estate(vm(nic(name="bare")))) == Names(("bare",))


def test_one_bare_subnet_among_two_leaves_the_interface_ungoverned() -> None:
    bare = ip_configuration(subnet(name="bare", space="10.0.2.0/24"), name="b", at="10.0.2.4")
    mixed = nic(ip_configuration(subnet(nsg())), bare)

    assert fact("vm.interfaces_without_nsg", estate(vm(mixed))) == Names(("nic",))


def test_a_subnet_that_was_not_read_may_have_a_group() -> None:
    whole = estate(vm(nic()))
    blind = without(whole, *whole.subnets)

    assert fact("vm.interfaces_without_nsg", blind) == Names((), "subnet subnet is not in the evidence")


def test_a_group_of_its_own_needs_no_subnet_to_be_read() -> None:
    whole = estate(vm(nic(nsg())))

    assert fact("vm.interfaces_without_nsg", without(whole, *whole.subnets)) == Names(())


def test_a_configuration_without_a_subnet_in_its_row_is_in_doubt() -> None:
    whole = estate(vm(nic(ip_configuration(inside=Unknown("ip configuration a does not name its subnet")))))

    assert fact("vm.interfaces_without_nsg", whole) == Names((), "ip configuration a does not name its subnet")


def test_the_group_is_to_be_attached_at_the_subnet_where_it_governs_every_neighbour() -> None:
    (remedy,) = remedies("vm.interfaces_without_nsg", estate(vm(nic())))

    assert remedy.resource.endswith("/virtualNetworks/vnet/subnets/subnet")
    assert remedy.fix.endswith("--vnet-name vnet -n subnet --network-security-group nsg-subnet")


def test_a_machine_has_an_interface_or_not_or_nobody_knows() -> None:
    unread = machine_with(vm(), network_interfaces=Unknown("the row was not read"))

    assert fact("vm.has_network_interface", estate(vm(nic()))) is True
    assert fact("vm.has_network_interface", estate(vm())) is False
    assert reason(fact("vm.has_network_interface", estate(unread))) == "the row was not read"
    assert fact("vm.public_addresses", estate(unread)) == Names((), "the row was not read")


def test_facts_of_the_machine_itself() -> None:
    whole = estate(machine_with(vm(nic()), tags=(("role", "web"), ("env", "prod")), password_sign_in=True))

    assert fact("vm.name", whole) == "web"
    assert fact("vm.operating_system", whole) == "Linux"
    assert fact("vm.tags", whole) == Names(("env=prod", "role=web"))
    assert fact("vm.password_sign_in", whole) is True
    (remedy,) = remedies("vm.password_sign_in", whole)
    assert remedy.resource == resource_id("virtualMachines", "web")
    assert "PasswordAuthentication no" in remedy.fix


def _nic(name: str) -> str:
    return resource_id("networkInterfaces", name).lower()


def test_the_reasons_are_those_of_the_estate() -> None:
    whole: Estate = estate(vm(nic()), incomplete=["jit_policies"])

    assert reason(whole.all_of("jit_policies")) == not_collected("jit_policies")
