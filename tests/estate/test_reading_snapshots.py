"""A whole snapshot: what is complete, what was not read, and what that leaves unknown."""

from typing import Any

import pytest

from evidence import GROUP, Json, estate_of, machine_id, network_id
from vmaudit.known import Unknown
from vmaudit.snapshot.access_tables import ACCESS_TABLES
from vmaudit.snapshot.directory_tables import DIRECTORY_TABLES
from vmaudit.snapshot.log_tables import LOG_TABLES
from vmaudit.snapshot.manifest import OutcomeKind
from vmaudit.snapshot.monitoring_tables import MONITORING_TABLES
from vmaudit.snapshot.tables import TABLES

VM = machine_id("web")

NOT_READ = {
    "virtual_machines",
    "scale_set_instances",
    "vm_extensions",
    "application_security_groups",
    "other_resources",
    "public_ip_prefixes",
    *(table.name for table in (*ACCESS_TABLES, *DIRECTORY_TABLES, *MONITORING_TABLES, *LOG_TABLES)),
}
"""Tables that the estate only counts, or reads for questions of access or records only; and machines, which are there even where their row is malformed."""


def id_of_type(kind: str) -> str:
    """An id of a resource type: `microsoft.network/a/b` as `.../microsoft.network/a/x/b/x`."""
    provider, *segments = kind.split("/")
    return f"{GROUP}/{provider}/" + "/".join(f"{segment}/x" for segment in segments)


MALFORMED: dict[str, Json] = {
    table.name: {"id": id_of_type(table.types[0]), "properties": "cut off at depth 2"}
    for table in TABLES
    if table.name not in NOT_READ
}
ADMIN_RULES = {"security_admin_rules", "security_admin_rule_bodies"}
"""What these leave out is unknown per network, not per table."""
PARENTS: dict[str, Json] = {
    "security_rules": {"id": network_id("networksecuritygroups/x"), "properties": {"securityRules": []}},
    "virtual_network_peerings": {
        "id": network_id("virtualnetworks/x"),
        "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}},
    },
    "inbound_nat_rules": {"id": network_id("loadbalancers/x"), "properties": {"frontendIPConfigurations": []}},
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


@pytest.mark.parametrize("table", [table for table in MALFORMED if table not in ADMIN_RULES | PARENTS.keys()])
def test_a_row_without_properties_leaves_its_table_short_of_all(table: str) -> None:
    """As `az resource list` prints them."""
    stub = {"id": MALFORMED[table]["id"], "name": "x", "location": "westeurope"}

    assert isinstance(estate_of([stub]).all_of(table), Unknown)
    assert isinstance(estate_of([stub | {"properties": None}]).all_of(table), Unknown)


@pytest.mark.parametrize("part", [{"name": "x"}, {"properties": None}, {"properties": {}}, {"properties": 1}], ids=str)
@pytest.mark.parametrize(("table", "parent"), PARENTS.items(), ids=PARENTS)
def test_a_part_that_cannot_be_read_leaves_its_parent_unread(table: str, parent: Json, part: Json) -> None:
    here = estate_of([parent, {"id": MALFORMED[table]["id"], **part}])

    assert parent["id"].lower() in here.unread


@pytest.mark.parametrize("row", [{"name": "x"}, {"properties": {}}], ids=str)
def test_a_network_whose_admin_rules_were_left_out_may_have_any(row: Json) -> None:
    network = network_id("virtualNetworks/v").lower()

    here = estate_of([{"id": f"{network}/providers/Microsoft.Network/effectiveSecurityAdminRules/default", **row}])

    assert isinstance(here.admin_rules[network], Unknown)


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
