"""What keeps a client off is named, also where it stands before the machine's own NSGs (azure-facts 5.7, 5.8)."""

from dataclasses import replace
from typing import Any, Final

import pytest

from builders import Built, allow, deny, estate, nic, nsg, public_ip, resource_id, subnet, vm, vnet
from vmaudit.addresses import ANY_IPV4, Intervals, prefixes, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import ApplicationGateway, AzureFirewall, Frontend, Listener, NatRule
from vmaudit.estate.resources import Peers, Protocol, SecurityRule
from vmaudit.exposure.explain import Explanation, explain
from vmaudit.exposure.paths import Code, Hop
from vmaudit.exposure.reach import expose

HOME: Final = vnet()
MACHINE: Final = vm(nic(nsg(name="nsg-app"), subnet(network=HOME)))
PLACE: Final = "10.0.100.0/26"
OFFICE: Final = prefixes(("203.0.113.0/24",))
EVERYBODY_ELSE: Final = prefixes(("0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/5", "200.0.0.0/7", "202.0.0.0/8"))


def explained(whole: Estate, port: int = 22, protocol: Protocol = Protocol.TCP) -> Explanation:
    (machine,) = whole.machines.values()
    return explain(whole, expose(whole)[machine.key], machine, protocol, port)


def shut(whole: Estate, port: int = 22, **words: Any) -> list[list[Code]]:
    """The codes of the hops of every way that is shut."""
    return [[hop.code for hop in closed.hops] for closed in explained(whole, port, **words).closed]


def denials(whole: Estate) -> list[Hop]:
    return [closed.hops[-1] for closed in explained(whole).closed]


# --- a gateway's own NSG ----------------------------------------------------------------------------------------------


def behind_gateway(*rules: SecurityRule, guarded: bool = True, listener_port: int = 2222) -> Estate:
    group: tuple[Built, ...] = (nsg(*rules, name="nsg-gateway"),) if guarded else ()
    place = subnet(*group, name="gateways", space=PLACE, network=HOME)
    gateway_id = resource_id("applicationGateways", "agw")
    address = public_ip("20.50.0.30")
    frontend = Frontend(f"{gateway_id}/frontends/f".lower(), "f", address.key, None, None, None)
    target = f"{resource_id('networkInterfaces', 'nic')}/ipConfigurations/ipconfig1".lower()
    listener = Listener("ssh", frontend.key, listener_port, 22, "", (target,), (), (), keeps_client_address=False)
    gateway = ApplicationGateway(id=gateway_id, subnets=(place.key,), frontends=(frontend,), listeners=(listener,))
    return replace(estate(MACHINE, place, address), application_gateways={gateway.key: gateway})


def test_the_nsg_of_a_gateway_s_subnet_is_named_where_it_alone_shuts_the_way() -> None:
    whole = behind_gateway()

    (found,) = explained(whole).closed

    assert explained(whole).verdict == "closed"
    assert [hop.code for hop in found.hops] == [Code.APPLICATION_GATEWAY, Code.NSG_DEFAULT_DENIES]
    assert found.hops[0].says == "application gateway agw: listener ssh carries 2222 to 22"
    assert (found.hops[1].resource.rpartition("/")[2], found.hops[1].decision) == ("nsg-gateway", "Deny")


def test_those_whom_the_gateway_s_nsg_keeps_off_are_named_beside_an_open_way() -> None:
    whole = behind_gateway(allow(2222, source="203.0.113.0/24"))

    assert explained(whole).verdict == "open"
    assert shut(whole) == [[Code.APPLICATION_GATEWAY, Code.NSG_DEFAULT_DENIES]]


@pytest.mark.parametrize(
    ("words", "port", "protocol"),
    [({}, 3389, Protocol.TCP), ({}, 22, Protocol.UDP), ({"guarded": False}, 22, Protocol.TCP)],
    ids=["another port", "another protocol", "no NSG"],
)
def test_a_gateway_that_keeps_nobody_off_this_door_is_not_named(
    words: dict[str, Any], port: int, protocol: Protocol
) -> None:
    named = [code for hops in shut(behind_gateway(**words), port, protocol=protocol) for code in hops]

    assert Code.APPLICATION_GATEWAY not in named


def test_a_gateway_that_lets_everybody_in_is_not_named_as_shut() -> None:
    assert shut(behind_gateway(allow(2222), deny("*", priority=200, source="10.0.0.0/8", protocol="*"))) == []


# --- the sources of DNAT rules ----------------------------------------------------------------------------------------


def dnat(sources: Intervals, name: str = "ssh", outer: int = 50022) -> NatRule:
    return NatRule(
        collection="dnat",
        name=name,
        protocols=frozenset({Protocol.TCP}),
        sources=Peers(addresses=sources),
        ip_groups=(),
        destinations=Peers(addresses=prefixes(("20.50.0.30",))),
        ports=single(outer),
        to_address=prefixes(("10.0.0.4",))[0][0],
        to_name="",
        to_port=22,
    )


def behind_firewall(*rules: NatRule) -> Estate:
    place = subnet(name="AzureFirewallSubnet", space=PLACE, network=HOME)
    firewall = AzureFirewall(
        id=resource_id("azureFirewalls", "fw"),
        subnet=place.key,
        public_ips=(),
        hub_addresses=("20.50.0.30",),
        policy=None,
        rules=rules,
        virtual_hub=None,
    )
    return replace(estate(MACHINE, place), firewalls={firewall.key: firewall})


def test_a_dnat_rule_for_one_office_is_named_as_what_keeps_others_out() -> None:
    whole = behind_firewall(dnat(OFFICE))

    (found,) = denials(whole)

    assert explained(whole).verdict == "open"
    assert (found.code, found.decision, found.rule) == (Code.FIREWALL_DNAT_EXCLUDES, "Deny", "ssh")
    assert found.says == "DNAT rule ssh leads there for 203.0.113.0/24 only"


def test_a_dnat_rule_for_private_sources_alone_shuts_the_way_and_says_so() -> None:
    whole = behind_firewall(dnat(prefixes(("10.0.0.0/8",))))

    assert explained(whole).verdict == "closed"
    assert shut(whole) == [[Code.FIREWALL_DNAT, Code.FIREWALL_DNAT_EXCLUDES]]


def test_a_dnat_rule_for_anybody_keeps_nobody_out() -> None:
    assert shut(behind_firewall(dnat(ANY_IPV4))) == []


def test_dnat_rules_that_are_for_everybody_together_keep_nobody_out() -> None:
    rest = dnat(ANY_IPV4, "rest", outer=50023)

    assert shut(behind_firewall(dnat(OFFICE), rest)) == []


def test_a_long_list_of_sources_is_cut_short() -> None:
    (found,) = denials(behind_firewall(dnat(EVERYBODY_ELSE)))

    assert found.says == "DNAT rule ssh leads there for 0.0.0.0/1, 128.0.0.0/2, 192.0.0.0/5 and 2 more only"
