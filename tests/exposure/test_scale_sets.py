"""Ways into instances of Uniform scale sets, and what an interface that was not read leaves open."""

from typing import Any

import pytest

from evidence import GROUP, Json, estate_of, network_id
from exposure.questions import paths, possible_ports, proven_ports
from vmaudit.addresses import port_texts
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.explain import explain
from vmaudit.exposure.paths import Certainty
from vmaudit.exposure.reach import expose
from vmaudit.exposure.what_if import what_closes
from vmaudit.known import Unknown
from vmaudit.snapshot.manifest import OutcomeKind

SET = f"{GROUP}/Microsoft.Compute/virtualMachineScaleSets/web"
INSTANCE = f"{SET}/virtualMachines/0"
NIC = f"{INSTANCE}/networkInterfaces/nic"
NETWORK = network_id("virtualNetworks/vnet")
SUBNET = f"{NETWORK}/subnets/web"
NSG = network_id("networkSecurityGroups/nsg")
BALANCER = network_id("loadBalancers/lb")
FRONTEND = f"{BALANCER}/frontendIPConfigurations/front"
PIP = network_id("publicIPAddresses/pip-lb")


def allow(port: int, source: str = "*", **more: Any) -> Json:
    rule = {"priority": 200, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourcePortRange": "*"}
    ends = {"sourceAddressPrefix": source, "destinationAddressPrefix": "*", "destinationPortRange": str(port)}
    return {"id": NSG, "properties": {"securityRules": [{"name": "allow", "properties": rule | ends | more}]}}


def network(space: str = "10.0.0.0/24") -> Json:
    subnet = {"id": SUBNET, "properties": {"addressPrefix": space}}
    return {"id": NETWORK, "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": [subnet]}}


def instance(**address: Any) -> Json:
    """An instance whose interface was not read; its own row says how it was made."""
    place = {"name": "ipconfig", "properties": {"subnet": {"id": SUBNET}, **address}}
    made = {"name": "nic", "properties": {"networkSecurityGroup": {"id": NSG}, "ipConfigurations": [place]}}
    view = {"statuses": [{"code": "PowerState/running"}]}
    return {
        "id": INSTANCE,
        "properties": {
            "instanceView": view,
            "networkProfile": {"networkInterfaces": [{"id": NIC}]},
            "networkProfileConfiguration": {"networkInterfaceConfigurations": [made]},
        },
    }


def balancer(**properties: Any) -> tuple[Json, Json]:
    front = {"id": FRONTEND, "properties": {"publicIPAddress": {"id": PIP}}}
    body = {"frontendIPConfigurations": [front], **properties}
    address = {"ipAddress": "20.0.0.1", "publicIPAllocationMethod": "Static"}
    return (
        {"id": BALANCER, "sku": {"name": "Standard"}, "properties": body},
        {"id": PIP, "sku": {"name": "Standard"}, "properties": address},
    )


def published(kind: str, name: str, **properties: Any) -> Json:
    said = {"frontendIPConfiguration": {"id": FRONTEND}, "protocol": "Tcp", "backendPort": 22}
    return {"id": f"{BALANCER}/{kind}/{name}", "name": name, "properties": said | properties}


NAT_POOL = published("inboundNatPools", "ssh", frontendPortRangeStart=50000, frontendPortRangeEnd=50119)
IN_THE_POOL = {"loadBalancerInboundNatPools": [{"id": NAT_POOL["id"]}]}


def seen_from_outside(here: Estate) -> list[tuple[str, tuple[str, ...]]]:
    """Kind and ports of the frontends of all ways in."""
    return [(path.frontend.kind, port_texts(path.frontend.ports)) for path in paths(here) if path.frontend]


def test_a_public_address_in_the_model_is_a_way_in_at_an_address_that_is_not_known() -> None:
    here = estate_of([network(), allow(22), instance(publicIPAddressConfiguration={"name": "pip"})])

    (path,) = paths(here, certainty=Certainty.PROVEN)
    assert (port_texts(path.ports), path.live) == (("22",), True)
    assert path.frontend is not None
    assert (path.frontend.kind, path.frontend.address) == ("public-ip", None)
    assert path.assumptions[-1].endswith("is as its scale set describes it: its own row was not read")


def test_the_address_is_known_where_its_own_row_was_read() -> None:
    pip = {"id": f"{NIC}/ipConfigurations/ipconfig/publicIPAddresses/pip", "sku": {"name": "Standard"}}
    row = {**pip, "properties": {"ipAddress": "20.0.0.9", "publicIPAllocationMethod": "Static"}}

    here = estate_of([network(), allow(22), instance(publicIPAddressConfiguration={"name": "pip"}), row])

    (path,) = paths(here)
    assert path.witness.destination == "20.0.0.9"


def test_a_nat_pool_shows_all_its_ports_where_the_instance_s_own_rule_was_not_given() -> None:
    here = estate_of([network(), allow(22), instance(**IN_THE_POOL), *balancer(inboundNatPools=[NAT_POOL])])

    assert proven_ports(here) == ("22",)
    assert seen_from_outside(here) == [("nat-pool", ("50000-50119",))]


def test_the_instance_s_own_nat_rule_stands_for_the_pool() -> None:
    place = {"id": f"{NIC}/ipConfigurations/ipconfig".upper()}
    rule = published("inboundNatRules", "SSH.0", frontendPort=50003, backendIPConfiguration=place)

    rows = balancer(inboundNatPools=[NAT_POOL], inboundNatRules=[rule])
    here = estate_of([network(), allow(22), instance(**IN_THE_POOL), *rows])

    assert seen_from_outside(here) == [("nat-rule", ("50003",))]


def test_the_nat_rule_of_another_instance_does_not() -> None:
    other = {"id": f"{SET}/virtualMachines/1/networkInterfaces/nic/ipConfigurations/ipconfig"}
    rule = published("inboundNatRules", "ssh.1", frontendPort=50001, backendIPConfiguration=other)

    rows = balancer(inboundNatPools=[NAT_POOL], inboundNatRules=[rule])
    here = estate_of([network(), allow(22), instance(**IN_THE_POOL), *rows])

    assert seen_from_outside(here) == [("nat-pool", ("50000-50119",))]


def test_an_interface_that_names_a_rule_of_a_pool_is_behind_the_pool_where_the_rule_was_not_given() -> None:
    named = {"loadBalancerInboundNatRules": [{"id": f"{BALANCER}/inboundNatRules/ssh.0"}]}
    place = {"name": "ipconfig", "properties": {"privateIPAddress": "10.0.0.4", "subnet": {"id": SUBNET}, **named}}
    row = {"id": NIC, "properties": {"networkSecurityGroup": {"id": NSG}, "ipConfigurations": [place]}}

    here = estate_of([network(), allow(22), instance(), row, *balancer(inboundNatPools=[NAT_POOL])])

    assert seen_from_outside(here) == [("nat-pool", ("50000-50119",))]


def test_a_nat_pool_that_nobody_names_leads_to_nobody() -> None:
    here = estate_of([network(), allow(22), instance(), *balancer(inboundNatPools=[NAT_POOL])])

    assert paths(here) == []


def test_a_balancer_that_only_the_model_names_and_that_was_not_read_may_open_the_instance() -> None:
    here = estate_of([network(), allow(22), instance(**IN_THE_POOL)])

    assert (proven_ports(here), possible_ports(here)) == ((), ("22",))
    assert {reason for path in paths(here) for reason in path.blind_spots} == {
        "load balancer lb is not in the evidence"
    }


def pool_of(address: str) -> tuple[Json, Json]:
    """A balancer in front of a pool that holds one address."""
    pool = f"{BALANCER}/backendAddressPools/pool"
    member = {"properties": {"ipAddress": address, "virtualNetwork": {"id": NETWORK}}}
    rule = published("loadBalancingRules", "ssh", frontendPort=22, backendAddressPool={"id": pool})
    return balancer(
        loadBalancingRules=[rule],
        backendAddressPools=[{"id": pool, "properties": {"loadBalancerBackendAddresses": [member]}}],
    )


def test_an_instance_whose_address_was_not_read_may_be_the_member_of_a_pool_of_addresses() -> None:
    here = estate_of([network(), allow(22), instance(), *pool_of("10.0.0.7")])

    assert (proven_ports(here), possible_ports(here)) == ((), ("22",))
    assert paths(here)[0].blind_spots == ("network interface nic was not read, so its address is not known",)


def test_it_is_not_where_the_address_is_outside_of_its_subnet() -> None:
    assert paths(estate_of([network("10.0.9.0/24"), allow(22), instance(), *pool_of("10.0.0.7")])) == []


def test_it_is_not_where_somebody_else_has_the_address() -> None:
    place = {"name": "c", "properties": {"privateIPAddress": "10.0.0.7", "subnet": {"id": SUBNET}}}
    other = {"id": network_id("networkInterfaces/other"), "properties": {"ipConfigurations": [place]}}

    assert paths(estate_of([network(), allow(22), instance(), other, *pool_of("10.0.0.7")])) == []


def test_a_firewall_may_lead_to_an_instance_whose_address_was_not_read() -> None:
    rule = {
        "name": "ssh",
        "protocols": ["TCP"],
        "sourceAddresses": ["*"],
        "destinationAddresses": ["20.0.0.1"],
        "destinationPorts": ["2222"],
        "translatedAddress": "10.0.0.7",
        "translatedPort": "22",
    }
    place = {"properties": {"subnet": {"id": f"{NETWORK}/subnets/AzureFirewallSubnet"}, "publicIPAddress": {"id": PIP}}}
    collection = {"name": "dnat", "properties": {"priority": 100, "rules": [rule]}}
    firewall = {"ipConfigurations": [place], "natRuleCollections": [collection]}

    here = estate_of(
        [
            network(),
            allow(22),
            instance(),
            balancer()[1],
            {"id": network_id("azureFirewalls/fw"), "properties": firewall},
        ]
    )

    assert (proven_ports(here), possible_ports(here)) == ((), ("22",))


def test_a_security_group_may_have_an_instance_whose_address_was_not_read() -> None:
    """Without its address, a rule for the group can't be said to let nobody in."""
    group = network_id("applicationSecurityGroups/jump")
    rule = allow(22, "", sourceApplicationSecurityGroups=[{"id": group}])
    member = instance(applicationSecurityGroups=[{"id": group}])

    here = estate_of([network(), rule, member])

    assert here.group_members == {}
    assert isinstance(here.all_of("scale_set_interfaces"), Unknown)


@pytest.mark.parametrize("gone", ["interface", "instances"])
def test_taking_rows_of_a_scale_set_away_never_makes_it_look_safer(gone: str) -> None:
    """Open while all is read; then unknown, never closed and never away."""
    model = {"name": "nic", "properties": {"ipConfigurations": []}}
    profile = {"networkProfile": {"networkInterfaceConfigurations": [model]}}
    row = {"id": SET, "sku": {"capacity": 1}, "properties": {"orchestrationMode": "Uniform"}}
    whole = {**row, "properties": {**row["properties"], "virtualMachineProfile": profile}}
    bare = {"id": INSTANCE, "properties": {"networkProfile": {"networkInterfaces": [{"id": NIC}]}}}
    left = [whole, bare] if gone == "interface" else [whole]

    here = estate_of([network(), allow(22), *left], complete=False)

    assert len(here.machines) == 1
    assert all(found.blind_spots for found in expose(here).values())


def test_evidence_that_was_read_whole_and_holds_no_instance_is_believed() -> None:
    row = {"id": SET, "sku": {"capacity": 1}, "properties": {"orchestrationMode": "Uniform"}}

    assert expose(estate_of([row])) == {}
    assert len(expose(estate_of([row], ended={"scale_set_instances": OutcomeKind.DENIED}))) == 1


def test_the_change_that_closes_an_instance_s_own_address_is_made_in_the_model() -> None:
    """`az network nic` knows no interfaces of Uniform scale sets."""
    basic = {"id": f"{NIC}/ipConfigurations/ipconfig/publicIPAddresses/pip", "sku": {"name": "Basic"}}
    row = {**basic, "properties": {"ipAddress": "20.0.0.9", "publicIPAllocationMethod": "Static"}}
    place = {"subnet": {"id": SUBNET}, "publicIPAddressConfiguration": {"name": "pip"}}
    made = {"name": "nic", "properties": {"ipConfigurations": [{"name": "ipconfig", "properties": place}]}}
    bare = instance()
    bare["properties"]["networkProfileConfiguration"] = {"networkInterfaceConfigurations": [made]}
    here = estate_of([network(), bare, row])
    (machine,) = here.machines.values()

    explained = explain(here, expose(here)[machine.key], machine, Protocol.TCP, 22)
    change = what_closes(here, explained).change

    assert change is not None
    assert (
        change.says == "detach public IP pip from ip configuration ipconfig of NIC nic, by the model of scale set web"
    )
    assert change.steps == ()
