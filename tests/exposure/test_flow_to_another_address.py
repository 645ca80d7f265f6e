"""A packet for an address that the interface does not have: Network Watcher's diagnostic answers that too."""

from builders import allow, deny, estate, nic, nsg, rule, subnet, vm, vnet, without
from vmaudit.addresses import address_number
from vmaudit.estate.resources import Direction, NetworkInterface, Protocol
from vmaudit.exposure.ip_flow import Flow, FlowAnswer, ip_flow


def answer(*rules: object, local: str, remote: str = "10.0.0.9", network_read: bool = True) -> FlowAnswer:
    group = nsg(*rules)  # type: ignore[arg-type] -- security rules, passed through
    network = vnet(space="10.0.0.0/16")
    interface = nic(group, subnet(network=network), at="10.0.0.4")
    whole = estate(vm(interface))
    shown = whole if network_read else without(whole, network.key)
    resource = interface.resource
    assert isinstance(resource, NetworkInterface)
    packet = Flow(Direction.INBOUND, Protocol.TCP, address_number(local), 22, address_number(remote), None)
    return ip_flow(shown, resource, packet)


def test_an_address_outside_of_the_network_is_not_virtual_network() -> None:
    found = answer(local="10.1.1.4")

    assert (found.access, found.rule) == ("Deny", "defaultSecurityRules/DenyAllInBound")


def test_another_address_inside_the_network_is_virtual_network() -> None:
    found = answer(local="10.0.7.7")

    assert (found.access, found.rule) == ("Allow", "defaultSecurityRules/AllowVnetInBound")


def test_whether_another_address_is_in_a_network_that_was_not_read_is_unknown() -> None:
    assert answer(local="10.1.1.4", network_read=False).access == "Unknown"


def test_the_interface_s_own_address_is_in_its_network_even_where_that_was_not_read() -> None:
    found = answer(rule("Allow", 22, destination="VirtualNetwork"), local="10.0.0.4", network_read=False)

    assert (found.access, found.rule) == ("Allow", "securityRules/allow-100")


def test_a_rule_for_the_interface_s_own_address_does_not_speak_about_another() -> None:
    found = answer(deny(22, destination="10.0.0.4"), allow(22, priority=200), local="10.1.1.4")

    assert (found.access, found.rule) == ("Allow", "securityRules/allow-200")
