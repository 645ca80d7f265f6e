"""Measure who may act: 100,000 machines, 30,000 assignments and 5,000 principals in nested groups."""

import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from vmaudit.access.access import Access
from vmaudit.estate.reading import read_estate
from vmaudit.estate.reading_rights import read_rights
from vmaudit.snapshot.manifest import Outcome, OutcomeKind
from vmaudit.snapshot.reading import open_snapshot
from vmaudit.snapshot.tables import TABLES
from vmaudit.snapshot.writing import SnapshotWriter

MACHINES, ASSIGNMENTS, PEOPLE, GROUPS, PER_GROUP = 100_000, 30_000, 4_000, 1_000, 10
"""`PER_GROUP` machines in each resource group."""

Row = dict[str, Any]
DICE = random.Random(7)
ROLES: dict[str, Row] = {
    f"00000000-0000-0000-0000-{number:012d}": {"actions": actions, "notActions": taken, "dataActions": data}
    for number, (actions, taken, data) in enumerate(
        [
            (["*"], [], []),
            (["*"], ["Microsoft.Authorization/*/Write", "Microsoft.Authorization/*/Delete"], []),
            (["*/read"], [], []),
            (["Microsoft.Network/*"], [], []),
            ([], [], ["Microsoft.Compute/virtualMachines/login/action"]),
        ]
    )
}


def subscription(number: int) -> str:
    return f"/subscriptions/00000000-0000-0000-0000-{number:012d}"


def group(number: int) -> str:
    return f"{subscription(number // 200)}/resourceGroups/rg-{number}"


def machine(number: int) -> str:
    return f"{group(number // PER_GROUP)}/providers/Microsoft.Compute/virtualMachines/vm-{number}"


def scope() -> str:
    dice = DICE.random()
    if dice < 0.001:
        return "/providers/Microsoft.Management/managementGroups/root"
    if dice < 0.1:
        return subscription(DICE.randrange(MACHINES // PER_GROUP // 200))
    return group(DICE.randrange(MACHINES // PER_GROUP)) if dice < 0.8 else machine(DICE.randrange(MACHINES))


def principal() -> str:
    return f"user-{DICE.randrange(PEOPLE)}" if DICE.random() < 0.5 else f"group-{DICE.randrange(GROUPS)}"


def rows() -> dict[str, list[Row]]:
    """The tenant, table by table."""
    found: dict[str, list[Row]] = {"virtual_machines": [], "network_interfaces": [], "virtual_networks": []}
    for number in range(MACHINES):
        network = f"{group(number // PER_GROUP)}/providers/Microsoft.Network"
        nic = f"{network}/networkInterfaces/nic-{number}"
        subnet = f"{network}/virtualNetworks/net/subnets/default"
        found["virtual_machines"].append(
            {"id": machine(number), "properties": {"networkProfile": {"networkInterfaces": [{"id": nic}]}}}
        )
        place = {"name": "ip", "properties": {"subnet": {"id": subnet}, "privateIPAddress": "10.0.0.4"}}
        found["network_interfaces"].append({"id": nic, "properties": {"ipConfigurations": [place]}})
        if number % PER_GROUP == 0:
            prefix = {"addressPrefixes": ["10.0.0.0/16"]}
            subnets = [{"id": subnet, "name": "default", "properties": {"addressPrefix": "10.0.0.0/24"}}]
            found["virtual_networks"].append(
                {"id": subnet.rpartition("/subnets/")[0], "properties": {"addressSpace": prefix, "subnets": subnets}}
            )
    chain = {"managementGroupAncestorsChain": [{"name": "root"}]}
    found["subscriptions"] = [
        {"id": subscription(number), "properties": chain} for number in range(MACHINES // PER_GROUP // 200)
    ]
    found["role_definitions"] = [
        {"id": f"/x/{key}", "name": key, "properties": {"roleName": key, "permissions": [role]}}
        for key, role in ROLES.items()
    ]
    found["users"] = [{"id": f"user-{number}", "displayName": f"User {number}"} for number in range(PEOPLE)]
    found["groups"] = [{"id": f"group-{number}", "displayName": f"Group {number}"} for number in range(GROUPS)]
    found["group_members"] = [
        {
            "groupId": f"group-{number}",
            "members": [
                *(f"user-{DICE.randrange(PEOPLE)}" for _ in range(20)),
                *(f"group-{DICE.randrange(GROUPS)}" for _ in range(DICE.randrange(2))),
            ],
        }
        for number in range(GROUPS)
    ]
    assignments = [_assignment(number) for number in range(ASSIGNMENTS)]
    found["role_assignments"] = assignments
    found["role_assignment_schedule_instances"] = [
        {
            "id": f"{row['id']}/instance",
            "properties": row["properties"] | {"assignmentType": "Assigned", "originRoleAssignmentId": row["id"]},
        }
        for row in assignments
    ]
    return found


def _assignment(number: int) -> Row:
    where = scope()
    return {
        "id": f"{where}/providers/Microsoft.Authorization/roleAssignments/{number}",
        "properties": {
            "principalId": principal(),
            "roleDefinitionId": f"/x/{DICE.choice(list(ROLES))}",
            "scope": where,
        },
    }


def main() -> None:
    """Print seconds of processor time per step."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "snapshot"
        with SnapshotWriter(place, source="benchmark", taken_at="2026-01-01T00:00:00Z") as writer:
            for table, given in rows().items():
                for row in given:
                    writer.add_row(table, json.dumps(row).encode())
            for table in TABLES:
                writer.set_outcomes(table.name, (Outcome("", OutcomeKind.COMPLETE),))
        snapshot = open_snapshot(place)
        before = time.process_time()
        estate = read_estate(snapshot)
        after_estate = time.process_time()
        rights = read_rights(snapshot)
        after_rights = time.process_time()
        access = Access(estate, rights)
        found = list(access.situations())
        after_situations = time.process_time()
        held = sum(len(block) for _, situation in found for block in situation.blocks)
        print(f"estate {after_estate - before:.1f} s, rights {after_rights - after_estate:.1f} s")
        print(
            f"{len(found)} machines in {len({id(one) for _, one in found})} situations, {held} holdings: "
            f"{after_situations - after_rights:.1f} s"
        )
        start = time.process_time()
        answer = access.of(estate.machines[machine(5).lower()])
        print(f"who VM: {len(answer.grants)} grants, {time.process_time() - start:.2f} s")
        start = time.process_time()
        reached = sum(len(one.grants) for one in access.of_principal("user-7"))
        print(f"who --principal: {reached} grants, {time.process_time() - start:.2f} s")
        print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB", file=sys.stderr)


if __name__ == "__main__":
    main()
