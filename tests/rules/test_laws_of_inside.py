"""The laws of `test_laws`, for the rules about the inside, publications and Bastion's traffic: richer estates."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.guards import bastion, guarded, machine_with
from assess.judged import audited, shipped_rules
from assess.test_facts_of_bastion_features import DOCUMENTED
from assess.test_facts_of_inside import admin_rule, far_peering, on_premises
from assess.test_facts_of_publication import FIREWALL_SUBNET, PUBLIC_IP, balanced, behind_firewall, behind_gateway, dnat
from builders import Built, allow, deny, estate, nic, nsg, peering, resource_id, subnet, vm, vnet, with_gaps, without
from rules.worse_news import turned_good
from vmaudit.assess.grade import badness
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AdminAccess
from vmaudit.estate.resources import BastionHost, Peers

MINE = ("NET-002", "NET-003", "NET-005", "NET-008", "BAS-001", "BAS-005", "BAS-006", "BAS-007", "BAS-008")
RULES = [rule for rule in shipped_rules() if rule.id in MINE]
HUB = vnet(peering("10.0.0.0/16", remote="vnet"), name="hub", space="10.9.0.0/16")
GUARDS = (
    allow(22, source="10.0.1.0/26", priority=200),
    allow(22, source="10.9.1.0/26", priority=210),
    allow(22, priority=220),
    allow(3389, source="192.168.0.0/16", priority=230),
    allow(5985, source="Sql", priority=240),
    deny("*", source="VirtualNetwork", priority=300, protocol="*"),
    deny("*", priority=400, protocol="*"),
)
TABLES = (
    *("bastion_hosts", "security_admin_rules", "load_balancers", "azure_firewalls", "application_gateways"),
    *("firewall_rule_collection_groups", "virtual_network_gateways", "connections", "network_interfaces"),
)
LOST_WITH = {
    "security_admin_rules": ("admin_rules",),
    "load_balancers": ("load_balancers",),
    "azure_firewalls": ("firewalls",),
    "application_gateways": ("application_gateways",),
    "virtual_network_gateways": ("gateways",),
    "connections": ("connections",),
}
"""What an estate loses with a table, by the name of its map."""


def _some(draw: st.DrawFn, *choices: Any) -> list[Any]:
    return [choice for choice in choices if draw(st.booleans())]


def _host(draw: st.DrawFn, name: str, network: str) -> BastionHost:
    made = bastion(name, network=network, sku=draw(st.sampled_from(("Standard", "Premium"))))
    words = ("shareable_link", "native_client", "session_recording", "private_only")
    changed = {word: draw(st.booleans()) for word in words}
    fields = {field: getattr(made, field) for field in made.__struct_fields__}
    return BastionHost(**(fields | changed | {"public_ip": PUBLIC_IP.key}))


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    """A machine with all that may stand around it, each perhaps there and perhaps not."""
    network = vnet(*_some(draw, peering("10.9.0.0/16", remote="hub"), far_peering()), gateway=draw(st.booleans()))
    rules = _some(draw, *GUARDS)
    home = subnet(*([nsg(*rules)] if draw(st.booleans()) else []), network=network)
    around = nsg(*_some(draw, *DOCUMENTED), name="nsg-bas")
    place = subnet(around, name="AzureBastionSubnet", space="10.0.1.0/26", network=network)
    hub_place = subnet(around, name="AzureBastionSubnet", space="10.9.1.0/26", network=HUB)
    interface = machine_with(nic(home), ip_forwarding=draw(st.booleans()))
    machine = machine_with(vm(interface), tags=(("criticality", draw(st.sampled_from(("high", "low")))),))
    built = estate(machine, place, hub_place, PUBLIC_IP, _at(FIREWALL_SUBNET, network))
    hosts = _some(draw, *(_host(draw, f"bas-{where}", where) for where in ("vnet", "hub")))
    return _with_doors(draw, guarded(built, *hosts))


def _at(place: Built, network: Built) -> Built:
    return Built(place.resource, (network,))


def _with_doors(draw: st.DrawFn, whole: Estate) -> Estate:
    if draw(st.booleans()):
        whole = balanced(whole)
    if draw(st.booleans()):
        partner = Peers(addresses=((3325256704, 3325256959),))
        whole = behind_firewall(whole, dnat(partner) if draw(st.booleans()) else dnat())
    if draw(st.booleans()):
        whole = behind_gateway(whole)
    if draw(st.booleans()):
        whole = on_premises(whole)
    if draw(st.booleans()):
        network = resource_id("virtualNetworks", "vnet").lower()
        rule = admin_rule(draw(st.sampled_from(AdminAccess)))
        whole = replace(whole, admin_rules={network: (rule,)})
    return whole


@st.composite
def estates_and_less(draw: st.DrawFn) -> tuple[Estate, Estate]:
    """An estate, and the same with some resources and some whole tables not read."""
    whole = draw(estates())
    gone = draw(st.sets(st.sampled_from(TABLES), max_size=3))
    keys = [*whole.network_interfaces, *whole.security_groups, *whole.networks, *whole.subnets]
    fewer = without(whole, *draw(st.sets(st.sampled_from(keys), max_size=2)))
    lost = {name: {} for table in gone for name in LOST_WITH.get(table, ())}
    if "bastion_hosts" in gone:
        lost["bastions"] = {}
    return whole, with_gaps(replace(fewer, **lost), *gone)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")  # an estate is long when it is shown
@settings(max_examples=300, deadline=None)
@given(estates_and_less())
def test_taking_evidence_away_never_turns_bad_news_into_good_news(pair: tuple[Estate, Estate]) -> None:
    before, after = (audited(whole, RULES).results[0] for whole in pair)

    assert turned_good(before.verdicts, after.verdicts) == []
    assert badness(after.grade.worst) >= badness(before.grade.worst)


@settings(max_examples=100, deadline=None)
@given(estates())
def test_deleting_every_bastion_never_raises_a_grade(whole: Estate) -> None:
    before, after = (audited(each, RULES).results[0].grade.worst for each in (whole, guarded(whole)))

    assert badness(after) >= badness(before)
