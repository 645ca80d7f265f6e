"""Machines share what was worked out for another one only where nothing about them differs."""

import random
from typing import Any

from random_tenants import BASTION, ROLES, SEEDS, dice_of
from vmaudit.access.access import Access
from who_may import (
    ADAM,
    CONTRIBUTOR,
    GROUP,
    JANE,
    NETWORK,
    SUBSCRIPTION,
    TEAM,
    USER_LOGIN,
    Tenant,
    assigned,
    denied,
    eligible,
    machine,
    members,
    network,
    nic,
    tenant,
)

GROUPS = (GROUP, f"{SUBSCRIPTION}/resourceGroups/other")
NUMBERS = range(8)


def vm_id(number: int) -> str:
    return f"{GROUPS[number % 2]}/providers/Microsoft.Compute/virtualMachines/vm-{number}"


def nic_id(number: int) -> str:
    return f"{GROUPS[number % 2]}/providers/Microsoft.Network/networkInterfaces/nic-{number}"


def disk_id(number: int) -> str:
    return f"{GROUPS[number % 2]}/providers/Microsoft.Compute/disks/disk-{number}"


NSGS = [f"{group}/providers/Microsoft.Network/networkSecurityGroups/nsg" for group in GROUPS]
POLICY = f"{GROUP}/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/default"


def rows_of(number: int, dice: random.Random) -> dict[str, list[dict[str, Any]]]:
    """One machine, with its interface, as evidence shows it."""
    disk = {"osDisk": {"osType": "Linux", "managedDisk": {"id": disk_id(number)}}}
    more: dict[str, Any] = {"networkSecurityGroup": {"id": dice.choice(NSGS)}} if dice.random() < 0.7 else {}
    found = {"virtual_machines": [machine(vm_id(number), nic_id(number), storageProfile=disk)]}
    return found | ({"network_interfaces": [nic(nic_id(number), **more)]} if dice.random() < 0.9 else {})


def rights_of(dice: random.Random) -> list[dict[str, Any]]:
    scopes = [*GROUPS, SUBSCRIPTION, *NSGS, POLICY, NETWORK]
    scopes += [of(number) for of in (vm_id, nic_id, disk_id) for number in NUMBERS]
    rows: list[dict[str, Any]] = []
    for number in range(12):
        make = eligible if dice.random() < 0.3 else assigned
        where = dice.choice(scopes if number < 9 else [*NSGS, POLICY])
        rows.append(make(dice.choice((ADAM, JANE, TEAM)), dice.choice(ROLES), where, number))
    if dice.random() < 0.5:
        rows.append(denied("Microsoft.Compute/*", scope=dice.choice(scopes), principals=[ADAM]))
    return [*rows, members(TEAM, JANE)]


def joined(parts: list[dict[str, list[dict[str, Any]]]]) -> dict[str, list[dict[str, Any]]]:
    tables = ("virtual_machines", "network_interfaces")
    return {table: [row for part in parts for row in part.get(table, [])] for table in tables}


def world(tables: dict[str, list[dict[str, Any]]], rows: list[dict[str, Any]]) -> Tenant:
    jit = {"id": POLICY, "properties": {"virtualMachines": [{"id": vm_id(0), "ports": []}]}}
    return tenant(*rows, tables={**tables, "bastion_hosts": [BASTION], "jit_policies": [jit]})


@SEEDS
def test_a_machine_among_others_is_answered_like_a_machine_alone(seed: int) -> None:
    dice = dice_of(seed)
    parts = [rows_of(number, dice) for number in NUMBERS]
    rows = rights_of(dice)

    together = world(joined(parts), rows).access()
    asked = [one for one, _ in together.situations()]

    for number, part in zip(NUMBERS, parts, strict=True):
        (one,) = (machine for machine in asked if machine.id == vm_id(number))
        alone = world(joined([part]), rows).answer(vm_id(number))
        found = together.of(one)
        assert (found.grants, found.blind_spots) == (alone.grants, alone.blind_spots)
        for who in (ADAM, JANE, TEAM):
            mine = [each for each in together.of_principal(who) if each.machine is one]
            assert [each.grants for each in mine] == [
                grants for grants in [tuple(g for g in alone.grants if g.principal.id == who)] if grants
            ]


def test_machines_that_differ_in_name_only_share_a_situation() -> None:
    parts = [
        {"virtual_machines": [machine(f"{GROUP}/providers/Microsoft.Compute/virtualMachines/{name}", f"{GROUP}/providers/Microsoft.Network/networkInterfaces/{name}")],
         "network_interfaces": [nic(f"{GROUP}/providers/Microsoft.Network/networkInterfaces/{name}")]}
        for name in ("one", "two", "three")
    ]  # fmt: skip
    of_three = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/three"
    rows = [assigned(ADAM, CONTRIBUTOR), assigned(JANE, USER_LOGIN, of_three, number=2)]

    access: Access = tenant(*rows, tables={**joined(parts), "virtual_networks": [network()]}).access()

    found = {one.name: situation for one, situation in access.situations()}
    assert found["one"] is found["two"]
    assert found["three"] is not found["one"]
