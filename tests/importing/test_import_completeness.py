from typing import Any

import pytest

from desk import Desk, resource, vm
from vmaudit.errors import UsageError
from vmaudit.importing.completeness import EVERYTHING, HELD_BY_THEIR_PARENT, complete_for
from vmaudit.snapshot.log_tables import LOG_NAMES
from vmaudit.snapshot.manifest import Outcome, OutcomeKind
from vmaudit.snapshot.tables import BY_NAME, TABLES

PARTIAL = Outcome("", OutcomeKind.PARTIAL, message="rows were imported; nothing says that they are all")
NOT_COLLECTED = Outcome("", OutcomeKind.NOT_COLLECTED, message="no imported file holds any")
ASSERTED = Outcome("", OutcomeKind.COMPLETE, asserted=True)
NIC = resource("Microsoft.Network/networkInterfaces/nic")
NSG = resource("Microsoft.Network/networkSecurityGroups/nsg")


def cut_off(kind: OutcomeKind, file: str = "f.json") -> Outcome:
    return Outcome("", kind, code="MorePages", message=f"{file} is one page of a longer answer")


def test_rows_alone_never_say_that_they_are_all(desk: Desk) -> None:
    desk.put("f.json", [NIC])

    assert desk.outcome("network_interfaces") == PARTIAL
    assert desk.outcome("security_groups") == NOT_COLLECTED
    assert desk.brings()[1].manifest.assertions == ()


def test_an_empty_list_says_nothing(desk: Desk) -> None:
    desk.put("f.json", [NIC])
    desk.put("nsgs.json", [])

    assert desk.outcome("security_groups") == NOT_COLLECTED


def test_everything_can_be_asserted_and_is_then_marked_as_asserted(desk: Desk) -> None:
    desk.put("f.json", [NIC])

    imported, snapshot = desk.brings(complete_for=EVERYTHING)

    for entry in snapshot.manifest.tables:
        assert entry.outcomes == ((NOT_COLLECTED if entry.name in LOG_NAMES else ASSERTED),), entry.name
    assert snapshot.manifest.assertions == ("Asserted at import: these files hold every resource in their scope.",)
    assert imported.assertions == snapshot.manifest.assertions


def test_single_types_can_be_asserted(desk: Desk) -> None:
    desk.put("f.json", [NIC])
    asserted = complete_for(["Microsoft.Network/LoadBalancers,azure_firewalls"])

    imported, snapshot = desk.brings(complete_for=asserted)

    complete = {entry.name for entry in snapshot.manifest.tables if entry.outcomes == (ASSERTED,)}
    assert complete == {"load_balancers", "inbound_nat_rules", "azure_firewalls"}
    assert desk.outcome("network_interfaces", asserted) == PARTIAL
    assert imported.assertions == (
        "Asserted at import: these files hold all load balancers in their scope.",
        "Asserted at import: these files hold all Azure Firewalls in their scope.",
    )


@pytest.mark.parametrize(
    ("parent", "children"),
    [
        ("virtual_networks", {"subnets", "virtual_network_peerings"}),
        ("security_groups", {"security_rules"}),
        ("load_balancers", {"inbound_nat_rules"}),
        ("virtual_machines", set[str]()),
    ],
)
def test_who_has_all_parents_has_the_children_that_their_bodies_hold(parent: str, children: set[str]) -> None:
    assert complete_for([parent]).tables == {parent, *children}


def test_children_that_parents_hold_are_children() -> None:
    assert all(BY_NAME[name].parent for name in HELD_BY_THEIR_PARENT)


@pytest.mark.parametrize(
    "name", ["microsoft.compute/virtualmachines", "MICROSOFT.COMPUTE/VIRTUALMACHINES", "Virtual_Machines"]
)
def test_a_type_is_named_in_any_letter_case_or_by_its_table(name: str) -> None:
    assert complete_for([f" {name} ,"]).tables == {"virtual_machines"}


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("Microsoft.Network/networkInterface", "Did you mean microsoft.network/networkinterfaces?"),
        ("subnet", "Did you mean subnets?"),
        ("kubernetes", "The tables and their types are listed in docs/evidence.md."),
    ],
)
def test_an_unknown_type_is_refused_with_the_nearest_one(name: str, remedy: str) -> None:
    with pytest.raises(UsageError) as refused:
        complete_for(["subnets", name])

    assert refused.value.message == f"{name!r} is neither a resource type nor a table that vmaudit keeps"
    assert refused.value.remedy == remedy
    assert refused.value.exit_code == 2


SAYS_MORE: list[dict[str, Any]] = [
    {"nextLink": "https://management.azure.com/next"},
    {"@odata.nextLink": "https://graph.microsoft.com/next"},
    {"skip_token": "abc"},
    {"skipToken": "abc"},
    {"$skipToken": "abc"},
    {"resultTruncated": "true"},
    {"resultTruncated": True},
    {"total_records": 3},
    {"totalRecords": 3},
]
SAYS_WHOLE: list[dict[str, Any]] = [
    {"nextLink": None},
    {"nextLink": ""},
    {"skip_token": None, "total_records": 2, "count": 2},
    {"totalRecords": 2, "resultTruncated": "false"},
    {"resultTruncated": False},
]


@pytest.mark.parametrize("more", SAYS_MORE, ids=str)
@pytest.mark.parametrize("member", ["value", "data"])
@pytest.mark.parametrize("asserted", [EVERYTHING, complete_for(["virtual_machines"])])
def test_an_answer_that_says_it_goes_on_is_never_taken_for_whole(
    desk: Desk, more: dict[str, Any], member: str, asserted: Any
) -> None:
    desk.put("f.json", {member: [vm("web"), vm("db")], **more})

    imported, _ = desk.brings(complete_for=asserted)

    assert imported.cut_off == ("f.json",)
    assert imported.rows == (("virtual_machines", 2),)
    assert desk.outcome("virtual_machines", asserted) == cut_off(OutcomeKind.PARTIAL)
    assert not any("all virtual machines" in sentence for sentence in imported.assertions)


@pytest.mark.parametrize("more", SAYS_WHOLE, ids=str)
def test_an_answer_that_says_it_is_whole_is_no_page(desk: Desk, more: dict[str, Any]) -> None:
    desk.put("f.json", {"value": [vm("web"), vm("db")], **more})

    assert desk.brings()[0].cut_off == ()
    assert desk.outcome("virtual_machines", EVERYTHING) == ASSERTED


def test_a_table_can_be_a_page_too(desk: Desk) -> None:
    desk.put("f.json", {"data": {"columns": [{"name": "id"}], "rows": [[vm("web")["id"]]]}, "$skipToken": "abc"})

    assert desk.outcome("virtual_machines") == cut_off(OutcomeKind.PARTIAL)


def test_a_page_of_one_type_leaves_the_other_types_as_asserted(desk: Desk) -> None:
    desk.put("f.json", {"value": [vm("web")], "nextLink": "https://next"})
    desk.put("nsgs.json", [NSG])

    imported, snapshot = desk.brings(complete_for=EVERYTHING)

    assert snapshot.entry("security_groups").outcomes == (ASSERTED,)
    assert imported.assertions == (
        "Asserted at import: these files hold every resource in their scope, except virtual machines.",
    )


def test_a_page_of_parents_leaves_their_children_open_too(desk: Desk) -> None:
    network = resource("Microsoft.Network/virtualNetworks/v")
    desk.put("f.json", {"value": [network], "nextLink": "https://next"})

    assert desk.outcome("subnets", EVERYTHING) == cut_off(OutcomeKind.NOT_COLLECTED)


@pytest.mark.parametrize(
    "rows", [[NIC, NSG], [], [resource("Microsoft.Storage/storageAccounts/a")]], ids=["mixed", "empty", "other"]
)
def test_a_page_that_can_go_on_with_anything_leaves_everything_open(desk: Desk, rows: list[dict[str, Any]]) -> None:
    desk.put("f.json", {"data": rows, "skip_token": "abc"})
    desk.put("vms.json", [vm("web")])

    imported, snapshot = desk.brings(complete_for=EVERYTHING)

    assert {outcome.outcome for entry in snapshot.manifest.tables for outcome in entry.outcomes} <= {
        OutcomeKind.PARTIAL,
        OutcomeKind.NOT_COLLECTED,
    }
    assert snapshot.entry("virtual_machines").outcomes == (cut_off(OutcomeKind.PARTIAL),)
    assert imported.assertions == ()


def test_several_pages_are_counted(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.put(f"{number}.json", {"value": [vm(f"vm{number}")], "nextLink": "https://next"})

    assert desk.outcome("virtual_machines").message == "1.json (and 2 more files) is one page of a longer answer"


def test_every_table_can_be_named_in_a_sentence(desk: Desk) -> None:
    desk.put("f.json", [NIC])
    for table in (table for table in TABLES if table.name not in LOG_NAMES):
        (sentence,) = desk.brings(complete_for=complete_for([table.name]))[0].assertions
        first = table.title.split()[0]

        assert sentence.startswith("Asserted at import: these files hold all ")
        assert (f"all {first}" in sentence) == (first in {"Azure", "Bastion", "IP", "Private"})
