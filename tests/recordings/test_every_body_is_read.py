"""Every body that Azure returned, in every API version's spelling, is read without a complaint."""

from collections import defaultdict
from typing import Any

import pytest

from evidence import estate_of
from recordings.recorded import Json, bodies, cases, kinds, needs_recordings

pytestmark = needs_recordings


def in_rounds(recorded: object) -> list[list[Json]]:
    """All bodies in a recording, such that no round has two of the same resource: it was recorded as it changed."""
    rounds: dict[int, list[Json]] = defaultdict(list)
    met: dict[tuple[str, str], int] = defaultdict(int)
    for table, body in bodies(recorded):
        key = (table, body["id"].lower())
        rounds[met[key]].append(body)
        met[key] += 1
    return list(rounds.values())


@pytest.mark.parametrize("kind", kinds())
def test_every_body_is_read(kind: str) -> None:
    for case in cases(kind):
        for rows in in_rounds(case.recorded):
            estate = estate_of(rows, complete=True)

            complaints = {name: found.reason for name, found in estate.completeness.items() if not found.complete}
            complaints.pop("scale_set_interfaces", None)  # no recording holds those that its instances name
            assert (case.name, estate.unread, complaints) == (case.name, {}, {})


@pytest.mark.parametrize(
    ("table", "at_least"),
    [
        ("virtual_machines", 150),
        ("network_interfaces", 150),
        ("security_groups", 40),
        ("virtual_networks", 30),
        ("subnets", 60),
        ("public_ip_addresses", 150),
        ("bastion_hosts", 1),
        ("jit_policies", 4),
        ("load_balancers", 5),
        ("scale_set_instances", 4),
    ],
)
def test_there_are_bodies_of_each_kind_to_read(table: str, at_least: int) -> None:
    found = [body for kind in kinds() for case in cases(kind) for name, body in bodies(case.recorded) if name == table]

    assert len(found) >= at_least


def test_a_machine_s_reference_to_its_interface_is_no_body() -> None:
    reference: dict[str, Any] = {
        "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/n",
        "properties": {"primary": True},
    }

    assert list(bodies({"networkInterfaces": [reference]})) == []
