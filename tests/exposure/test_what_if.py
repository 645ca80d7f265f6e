"""The one change that closes an open door, or opens a closed one, and the commands that make it."""

from dataclasses import replace
from typing import Any

import pytest

from builders import (
    Built,
    allow,
    deny,
    estate,
    ip_configuration,
    nic,
    nsg,
    public_ip,
    resource_id,
    subnet,
    vm,
    vnet,
    with_gaps,
    without,
)
from vmaudit.addresses import address_number, prefix, single
from vmaudit.cli.explain import az
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AdminAccess, AdminRule, AzureFirewall, NatRule, RuleCollectionGroup
from vmaudit.estate.resources import Direction, Peers, PowerState, Protocol, SecurityRule
from vmaudit.exposure.changes import Change
from vmaudit.exposure.explain import Explanation, explain
from vmaudit.exposure.reach import expose
from vmaudit.exposure.what_if import WhatIf, what_closes, what_opens
from vmaudit.known import Unknown


def explained(here: Estate, port: int = 22, protocol: Protocol = Protocol.TCP) -> Explanation:
    machine = next(iter(here.machines.values()))
    return explain(here, expose(here)[machine.key], machine, protocol, port)


def closes(here: Estate, port: int = 22) -> WhatIf:
    return what_closes(here, explained(here, port))


def opens(here: Estate, port: int = 22) -> WhatIf:
    return what_opens(here, explained(here, port))


def change_of(answer: WhatIf) -> Change:
    assert answer.change is not None, answer
    return answer.change


def commands(answer: WhatIf) -> list[str]:
    """The commands, without the subscription and the resource group, which are the same for all."""
    where = " --subscription 00000000-0000-0000-0000-000000000001 -g rg"
    return [az(step).replace(where, "") for step in change_of(answer).steps]


def published(*rules: SecurityRule, **words: Any) -> Estate:
    return estate(vm(nic(public_ip(**words), nsg(*rules))))


# --- closing ----------------------------------------------------------------------------------------------------------


def test_a_rule_for_just_this_port_is_deleted() -> None:
    answer = closes(published(allow(22, priority=300, name="ssh")))

    assert (answer.before, answer.after) == ("open", "closed")
    assert change_of(answer).says == "delete rule ssh (priority 300) of NSG nsg"
    assert commands(answer) == ["az network nsg rule delete --nsg-name nsg --name ssh"]


def test_a_rule_for_more_ports_keeps_the_others() -> None:
    here = published(allow(["22-80", "443"], priority=300, name="many"))
    answer = closes(here)

    assert change_of(answer).says == "take port 22 out of rule many (priority 300) of NSG nsg"
    assert commands(answer) == [
        "az network nsg rule update --nsg-name nsg --name many --destination-port-ranges 23-80 443"
    ]
    assert explained(change_of(answer).estate, 80).verdict == "open"


def test_where_two_rules_allow_it_the_internet_is_denied_before_both() -> None:
    here = published(allow(22, priority=300), allow("*", priority=310))
    answer = closes(here)

    assert change_of(answer).says == "deny the internet TCP 22 in NSG nsg, by a new rule with priority 299"
    (command,) = commands(answer)
    assert command == (
        "az network nsg rule create --nsg-name nsg --name deny-tcp-22 --priority 299 --direction Inbound "
        "--access Deny --protocol Tcp --source-address-prefixes Internet --destination-port-ranges 22"
    )


def test_a_new_rule_takes_a_free_priority_and_a_free_name() -> None:
    here = published(
        allow(22, priority=300),
        allow("*", priority=310),
        deny(99, priority=299),
        allow(98, priority=298, name="Deny-TCP-22"),
    )

    assert "--name deny-tcp-22-2 --priority 297" in commands(closes(here))[0]


def test_where_no_priority_is_free_before_the_rules_the_public_ip_goes() -> None:
    answer = closes(published(allow(22, priority=100), allow("*", priority=101)))

    assert change_of(answer).says == "detach public IP pip from ip configuration ipconfig1 of NIC nic"
    assert commands(answer) == [
        "az network nic ip-config update --nic-name nic --name ipconfig1 --remove publicIPAddress"
    ]


def test_a_basic_address_without_an_nsg_is_detached() -> None:
    answer = closes(estate(vm(nic(public_ip(sku="Basic")))))

    assert (change_of(answer).says[:16], answer.after) == ("detach public IP", "closed")


def test_two_interfaces_with_public_addresses_take_more_than_one_change() -> None:
    one = nic(public_ip(name="a"), nsg(allow(22, name="x"), name="nsg-a"), name="one")
    two = nic(public_ip("20.50.0.2", name="b"), nsg(allow(22, name="y"), name="nsg-b"), name="two", at="10.0.0.5")
    answer = closes(estate(vm(one, two)))

    assert (answer.change, answer.after, answer.remaining) == (None, "open", 1)
    assert answer.nearest is not None
    assert answer.nearest.says == "delete rule x (priority 100) of NSG nsg-a"


def test_two_interfaces_behind_one_nsg_take_one_change() -> None:
    shared = subnet(nsg(allow(22, name="x")))
    one = nic(public_ip(name="a"), shared, name="one")
    two = nic(public_ip("20.50.0.2", name="b"), shared, name="two", at="10.0.0.5")

    assert change_of(closes(estate(vm(one, two)))).says == "delete rule x (priority 100) of NSG nsg"


def test_a_closed_door_needs_no_change() -> None:
    assert closes(published()) == WhatIf("closed", "closed", None, 0)


def test_a_door_that_an_unknown_tag_may_open_is_closed_by_deleting_its_rule() -> None:
    answer = closes(published(allow(22, source="Storage", name="agents")))

    assert (answer.before, answer.after) == ("possibly open", "closed")
    assert change_of(answer).says == "delete rule agents (priority 100) of NSG nsg"


def test_a_change_that_closes_it_for_sure_comes_before_a_smaller_one_that_may_not_suffice() -> None:
    """An admin rule that nobody read could pass the NSG by, but it can't publish a machine."""
    answer = closes(with_gaps(published(allow(22, name="ssh")), "security_admin_rules"))

    assert (change_of(answer).says[:16], answer.after) == ("detach public IP", "closed")


def test_where_unread_evidence_may_keep_it_open_anyway_the_answer_says_so() -> None:
    answer = closes(with_gaps(published(allow(22, name="ssh")), "security_admin_rules", "load_balancers"))

    assert (answer.before, answer.after) == ("open", "possibly open")
    assert change_of(answer).says == "delete rule ssh (priority 100) of NSG nsg"


def test_an_interface_that_was_not_read_can_not_be_closed_for_sure() -> None:
    here = published(allow(22))
    blind = without(here, *here.network_interfaces)

    assert closes(blind) == WhatIf("possibly open", "possibly open", None, 0)


def test_stopping_the_machine_is_no_way_to_close_it() -> None:
    here = estate(vm(nic(public_ip(), nsg(allow(22, name="ssh"))), power=PowerState.DEALLOCATED))

    assert change_of(closes(here)).says == "delete rule ssh (priority 100) of NSG nsg"


# --- what publishes from further away --------------------------------------------------------------------------------


def behind_a_firewall(*rules: SecurityRule, by_policy: bool = False) -> Estate:
    """A machine without a public address of its own; a DNAT rule carries 40022 of the firewall to its port 22."""
    network = vnet()
    outside = subnet(name="AzureFirewallSubnet", space="10.0.2.0/26", network=network)
    inside = ip_configuration(subnet(network=network))
    here = estate(vm(nic(nsg(*rules), inside)), outside, public_ip("20.50.0.9", name="fw"))
    dnat = NatRule(
        collection="nat",
        name="ssh",
        protocols=frozenset({Protocol.TCP}),
        sources=Peers(addresses=prefix("0.0.0.0/0")),
        ip_groups=(),
        destinations=Peers(addresses=prefix("20.50.0.9")),
        ports=single(40022),
        to_address=address_number("10.0.0.4"),
        to_name="",
        to_port=22,
    )
    policy = resource_id("firewallPolicies", "policy")
    group = RuleCollectionGroup(id=f"{policy}/ruleCollectionGroups/group", priority=100, rules=(dnat,))
    firewall = AzureFirewall(
        id=resource_id("azureFirewalls", "fw"),
        subnet=outside.key,
        public_ips=tuple(here.public_ips),
        hub_addresses=(),
        policy=policy.lower() if by_policy else None,
        rules=() if by_policy else (dnat,),
        virtual_hub=None,
    )
    groups = {group.key: group} if by_policy else {}
    return replace(here, firewalls={firewall.key: firewall}, rule_collection_groups=groups)


def test_a_classic_firewalls_dnat_rule_is_deleted() -> None:
    answer = closes(behind_a_firewall())

    assert (change_of(answer).says, answer.after) == ("delete DNAT rule ssh (nat) of Azure Firewall fw", "closed")
    assert commands(answer) == [
        "az network firewall nat-rule delete --firewall-name fw --collection-name nat --name ssh"
    ]


def test_a_policys_dnat_rule_is_deleted_in_its_group() -> None:
    answer = closes(behind_a_firewall(by_policy=True))

    assert (change_of(answer).says, answer.after) == ("delete DNAT rule ssh (nat) of firewall policy policy", "closed")
    (command,) = commands(answer)
    assert command == (
        "az network firewall policy rule-collection-group collection rule remove "
        "--policy-name policy --rcg-name group --collection-name nat --name ssh"
    )


def with_admin_rule(here: Estate, access: AdminAccess) -> Estate:
    manager = resource_id("networkManagers", "m")
    admin = AdminRule(
        id=f"{manager}/securityAdminConfigurations/c/ruleCollections/r/rules/admin-ssh",
        name="admin-ssh",
        collection="r",
        priority=1,
        direction=Direction.INBOUND,
        access=access,
        protocols=frozenset({Protocol.TCP}),
        source=Peers(addresses=prefix("0.0.0.0/0")),
        source_ports=((0, 65535),),
        destination=Peers(addresses=prefix("0.0.0.0/0")),
        destination_ports=single(22),
    )
    return replace(here, admin_rules=dict.fromkeys(here.networks, (admin,)))


def test_an_admin_rule_that_passes_the_nsgs_by_is_deleted() -> None:
    answer = closes(with_admin_rule(published(deny(22)), AdminAccess.ALWAYS_ALLOW))

    assert (change_of(answer).says, answer.after) == (
        "delete security admin rule admin-ssh (r) and deploy its configuration again",
        "closed",
    )
    assert change_of(answer).steps == ()


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_machine_that_its_nsg_would_let_in_lacks_a_public_address() -> None:
    answer = opens(estate(vm(nic(nsg(allow(22))))))

    assert (answer.before, answer.after) == ("closed", "open")
    assert change_of(answer).says == "attach a public IP address to ip configuration ipconfig1 of NIC nic"
    assert commands(answer) == [
        "az network public-ip create --name nic-public-ip --sku Standard --version IPv4",
        "az network nic ip-config update --nic-name nic --name ipconfig1 --public-ip-address nic-public-ip",
    ]
    assert [hop.code.value for hop in answer.stops] == ["NO_PUBLIC_ENTRY"]


def test_a_published_machine_that_the_default_rule_guards_lacks_an_allow() -> None:
    answer = opens(published(allow(443)))

    assert change_of(answer).says == "allow the internet TCP 22 in NSG nsg, by a new rule with priority 4096"
    assert [hop.rule for hop in answer.stops] == ["defaultSecurityRules/DenyAllInBound"]


def test_the_rule_that_denies_what_another_allows_is_all_that_stands_between() -> None:
    answer = opens(published(deny(22, priority=200, name="block"), allow(22, priority=300)))

    assert change_of(answer).says == "delete rule block (priority 200) of NSG nsg"


def test_a_deny_with_nothing_allowed_behind_it_is_outranked() -> None:
    answer = opens(published(deny("*", priority=200, name="block")))

    assert change_of(answer).says == "allow the internet TCP 22 in NSG nsg, by a new rule with priority 199"


def test_a_standard_address_without_an_nsg_lacks_an_nsg_that_allows() -> None:
    answer = opens(estate(vm(nic(public_ip()))))

    assert change_of(answer).says == "attach an NSG to NIC nic that allows the internet TCP 22"
    assert [command.split(" --")[0] for command in commands(answer)] == [
        "az network nsg create",
        "az network nsg rule create",
        "az network nic update",
    ]
    assert [hop.code.value for hop in answer.stops] == ["STANDARD_IP_WITHOUT_NSG"]


def test_an_admin_rule_that_denies_what_the_nsg_allows_is_all_that_stands_between() -> None:
    answer = opens(with_admin_rule(published(allow(22)), AdminAccess.DENY))

    assert change_of(answer).says.startswith("delete security admin rule admin-ssh")


@pytest.mark.parametrize(
    "parts",
    [(nic(nsg()),), (nic(public_ip(), nsg(name="at-nic"), subnet(nsg(name="at-subnet"))),)],
    ids=["neither published nor allowed", "two NSGs deny"],
)
def test_two_things_in_the_way_take_more_than_one_change(parts: tuple[Built, ...]) -> None:
    answer = opens(estate(vm(*parts)))

    assert (answer.change, answer.after) == (None, "closed")
    assert answer.stops


def test_starting_a_machine_opens_nothing() -> None:
    here = estate(vm(nic(nsg()), power=PowerState.DEALLOCATED))

    assert opens(here).change is None


def test_an_open_door_needs_no_change_to_open() -> None:
    assert opens(published(allow(22))) == WhatIf("open", "open", None, 1)


def test_an_nsg_that_was_not_read_is_not_replaced() -> None:
    """Attaching an NSG where one stands would be another change than the words say."""
    here = published(allow(22))
    unread = without(here, *here.security_groups)

    assert opens(unread).change is None
    assert explained(unread).verdict == "possibly open"


def test_a_name_with_quotes_in_it_can_not_end_a_command() -> None:
    answer = closes(published(allow(22, name="x'; rm -rf ~; '")))

    assert commands(answer)[0].endswith("""--name 'x'"'"'; rm -rf ~; '"'"''""")


def test_an_unread_address_is_no_reason_to_say_nothing() -> None:
    where = ip_configuration(public_ip(), at=Unknown("its address is not in the evidence"))

    assert change_of(closes(estate(vm(nic(where, nsg(allow(22, name="ssh"))))))).says.startswith("delete rule ssh")
