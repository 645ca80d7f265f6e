"""A whole snapshot: what is complete, what was not read, and what that leaves unknown."""

from typing import Any

import pytest

from evidence import Json, estate_of, machine_id, network_id
from vmaudit.known import Unknown
from vmaudit.snapshot.manifest import OutcomeKind
from vmaudit.snapshot.tables import TABLES

VM = machine_id("web")

MALFORMED: dict[str, Json] = {
    "network_interfaces": {"id": network_id("networkInterfaces/n"), "properties": {"ipConfigurations": 4}},
    "security_groups": {"id": network_id("networkSecurityGroups/g"), "properties": {"securityRules": {}}},
    "virtual_networks": {"id": network_id("virtualNetworks/v"), "properties": {"addressSpace": "10.0.0.0/16"}},
    "subnets": {"id": network_id("virtualNetworks/v/subnets/s"), "properties": {"addressPrefix": 10}},
    "public_ip_addresses": {"id": network_id("publicIPAddresses/p"), "properties": {"ipAddress": ["20.50.0.1"]}},
    "route_tables": {"id": network_id("routeTables/r"), "properties": {"routes": "none"}},
    "bastion_hosts": {"id": network_id("bastionHosts/b"), "properties": {"enableTunneling": "yes"}},
    "load_balancers": {"id": network_id("loadBalancers/l"), "properties": {"frontendIPConfigurations": 1}},
}
EACH_TABLE = pytest.mark.parametrize(("table", "row"), MALFORMED.items(), ids=MALFORMED)


def test_an_estate_of_nothing_complete_holds_everything() -> None:
    here = estate_of([])

    assert all(here.all_of(table.name) is True for table in TABLES)


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (OutcomeKind.PARTIAL, "only some were read"),
        (OutcomeKind.DENIED, "reading them was refused"),
        (OutcomeKind.FAILED, "reading them failed"),
        (OutcomeKind.NOT_COLLECTED, "they were not collected"),
    ],
)
def test_a_table_that_was_not_read_whole_says_why(ended: OutcomeKind, words: str) -> None:
    here = estate_of([], ended={"load_balancers": ended})

    assert here.all_of("load_balancers") == Unknown(f"Load balancers: {words}")
    assert here.all_of("azure_firewalls") is True


@EACH_TABLE
def test_a_malformed_row_leaves_its_table_short_of_all(table: str, row: Json) -> None:
    assert isinstance(estate_of([row]).all_of(table), Unknown)


@EACH_TABLE
def test_a_malformed_row_is_kept_as_unread_and_found_by_its_id(table: str, row: Json) -> None:
    here = estate_of([row])

    found = here.find({}, row["id"].lower(), table)
    assert isinstance(found, Unknown)
    assert "could not be read: " in found.reason


@EACH_TABLE
def test_a_malformed_row_leaves_the_rest_of_the_estate_alone(table: str, row: Json) -> None:
    here = estate_of([row, {"id": VM, "properties": {"networkProfile": {"networkInterfaces": []}}}])

    assert here.machines[VM.lower()].network_interfaces == ()
    assert all(here.all_of(other.name) is True for other in TABLES if other.name != table)


def test_a_malformed_row_is_named_in_whatever_letter_case_its_id_is_given() -> None:
    row: dict[str, Any] = {"Id": network_id("networkInterfaces/n"), "IpConfigurations": 4}

    assert estate_of([row]).unread.keys() == {row["Id"].lower()}


def test_what_is_not_there_is_not_in_the_evidence() -> None:
    here = estate_of([])

    assert here.find(here.public_ips, "/x/pip", "public IP") == Unknown("public IP pip is not in the evidence")


def test_rows_are_counted_whether_they_can_be_read_or_not() -> None:
    here = estate_of([MALFORMED["public_ip_addresses"], {"id": VM, "properties": {}}])

    assert (here.rows["public_ip_addresses"], here.rows["virtual_machines"]) == (1, 1)
