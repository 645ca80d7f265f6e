"""The rows of Contoso are what Azure would answer, and hold together."""

import ipaddress
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vmaudit.demo.contoso import COMPLETE_FOR, stories, tenant
from vmaudit.demo.landscape import RESTRICTED
from vmaudit.demo.rows import Row
from vmaudit.snapshot.tables import BY_NAME, BY_TYPE

RECORDINGS = Path(__file__).parents[3] / "shared" / "azure-recordings"
UNREAD = {
    RESTRICTED.id("Microsoft.Network/networkSecurityGroups", "nsg-payroll").lower(),
    RESTRICTED.id("Microsoft.Network/networkInterfaces", "nic-payroll02").lower(),
}
INLINE = {"ipconfigurations", "bastionhostipconfigurations", "disks", "securityrules", "defaultsecurityrules"}
"""Kinds of resources that no row of their own stands for: they live in their parent, or are no evidence table."""


def test_every_row_has_an_id_a_name_and_a_lower_case_type_that_fit_together() -> None:
    for row in tenant():
        assert row["id"].startswith("/subscriptions/")
        assert row["id"].endswith(f"/{row['name']}")
        assert row["type"] == row["type"].lower()
        assert row.get("location", "westeurope") == "westeurope"  # a plan of a subscription has none


def test_no_id_is_given_twice_in_any_spelling() -> None:
    counted = Counter(row["id"].lower() for row in tenant())

    assert [key for key, times in counted.items() if times > 1] == []


def test_every_reference_leads_somewhere_except_what_the_reader_was_not_allowed_to_see() -> None:
    there = {identifier.lower() for row in tenant() for identifier in _own_ids(row)}
    pointed_at = {identifier.lower() for row in tenant() for identifier in _references(row)}
    of_interest = {key for key in pointed_at if key.split("/")[-2] not in INLINE | {"disks"}}

    assert of_interest - there == UNREAD


def test_the_payroll_resource_group_left_no_row() -> None:
    assert [row["id"] for row in tenant() if "/rg-payroll-restricted/" in row["id"].lower()] == []


def test_addresses_of_interfaces_lie_in_their_subnets_and_are_used_once() -> None:
    subnets = {
        subnet["id"].lower(): subnet["properties"]
        for row in _of_type("microsoft.network/virtualnetworks")
        for subnet in row["properties"]["subnets"]
    }
    seen: list[str] = []
    for interface in _of_type("microsoft.network/networkinterfaces"):
        for configuration in interface["properties"]["ipConfigurations"]:
            body = configuration["properties"]
            subnet = subnets[body["subnet"]["id"].lower()]
            prefixes = subnet.get("addressPrefixes", [subnet.get("addressPrefix")])
            address = ipaddress.ip_address(body["privateIPAddress"])
            assert any(address in ipaddress.ip_network(prefix) for prefix in prefixes)
            seen.append(body["privateIPAddress"])

    assert len(seen) == len(set(seen))


def test_priorities_are_unique_per_direction_in_every_group() -> None:
    for group in _of_type("microsoft.network/networksecuritygroups"):
        rules = [rule["properties"] for rule in group["properties"]["securityRules"]]
        counted = Counter((rule["direction"], rule["priority"]) for rule in rules)

        assert max(counted.values(), default=1) == 1
        assert all(100 <= rule["priority"] <= 4096 for rule in rules)


def test_ids_of_one_machine_come_in_more_than_one_spelling_as_azure_gives_them() -> None:
    machines = {row["id"] for row in _of_type("microsoft.compute/virtualmachines")}
    from_interfaces = {
        row["properties"]["virtualMachine"]["id"] for row in _of_type("microsoft.network/networkinterfaces")
    }

    assert not machines & from_interfaces
    assert {key.lower() for key in from_interfaces} <= {key.lower() for key in machines}


def test_the_tenant_is_the_same_every_time() -> None:
    assert json.dumps(list(tenant())) == json.dumps(list(tenant()))


def test_each_machine_has_one_story_in_one_sentence_and_an_owner_at_contoso() -> None:
    told = stories()

    assert len({story.machine for story in told}) == len(told) >= 25
    for story in told:
        assert story.sentence.endswith(".")
        assert story.tags["owner"] in {"adam@contoso.com", "jane@contoso.com"}


def test_only_tables_that_the_export_can_vouch_for_are_claimed_whole() -> None:
    assert set(COMPLETE_FOR) <= set(BY_NAME)
    hidden = {BY_TYPE[kind].name for kind in map(_type_of, UNREAD)}
    assert not hidden & set(COMPLETE_FOR)


DOCUMENTED = {
    "virtual machines in Resource Graph": {"extended", "instanceView", "powerState", "level"},
    "Flexible scale sets": {"virtualMachineScaleSet", "orchestrationMode", "singlePlacementGroup"}
    | {"platformFaultDomainCount"},
    "application security groups": {"destinationApplicationSecurityGroups"},
    "Defender plans": {"subPlan"},
    "just-in-time requests": {"justification"},
    "subnets": {"addressPrefixes", "delegations", "privateEndpointNetworkPolicies"},
    "peerings": {"peeringState", "peeringSyncLevel", "remoteVirtualNetwork", "allowVirtualNetworkAccess"}
    | {"allowForwardedTraffic", "allowGatewayTransit", "useRemoteGateways"}
    | {"remoteAddressSpace", "remoteVirtualNetworkAddressSpace"},
    "Bastion": {"enableTunneling", "enableShareableLink", "enableIpConnect", "networkAcls", "ipRules"}
    | {"virtualNetwork"},
}
"""Fields that Azure documents and no recording at hand happens to hold."""


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recorded answers of Azure are not here")
def test_fields_are_spelt_as_in_recorded_answers_of_azure() -> None:
    recorded = {name for case in RECORDINGS.glob("*/*.json") for name in _field_names(json.loads(case.read_text()))}
    ours = {name for row in tenant() for name in _field_names(row)}

    assert ours - recorded - set[str]().union(*DOCUMENTED.values()) == set()


def _of_type(kind: str) -> list[Row]:
    return [row for row in tenant() if row["type"] == kind]


def _type_of(key: str) -> str:
    provider, *rest = key.rpartition("/providers/")[2].split("/")
    return "/".join((provider, *rest[::2]))


def _own_ids(row: Row) -> Iterator[str]:
    """The row's own id and those of the children in its body: they have a name."""
    if "name" in row and "id" in row:
        yield row["id"]
    for part in _parts(row):
        yield from _own_ids(part)


def _references(row: Row) -> Iterator[str]:
    """Ids that stand alone or beside what is not a name."""
    if "id" in row and "name" not in row:
        yield row["id"]
    for part in _parts(row):
        yield from _references(part)


def _parts(value: Row) -> Iterator[Row]:
    for inner in value.values():
        for part in inner if isinstance(inner, list) else [inner]:
            if isinstance(part, dict):
                yield part


def _field_names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            if name != "tags":
                yield from _field_names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _field_names(inner)
