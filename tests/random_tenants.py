"""Random tenants with people, groups and roles around one machine, for laws about who may act."""

import random
from typing import Any

import pytest

from who_may import (
    ADAM,
    ADMIN_LOGIN,
    CONTRIBUTOR,
    GROUP,
    INNER,
    JANE,
    NETWORK,
    NIC,
    OWNER,
    READER,
    ROBOT,
    ROOT_GROUP,
    SUBSCRIPTION,
    TEAM,
    USER_LOGIN,
    VM,
    Tenant,
    assigned,
    denied,
    eligible,
    instance,
    members,
    tenant,
)

PEOPLE = (ADAM, JANE, ROBOT, TEAM, INNER)
SCOPES = ("/", ROOT_GROUP, SUBSCRIPTION, GROUP, VM, NIC, NETWORK)
ROLES = (OWNER, CONTRIBUTOR, READER, USER_LOGIN, ADMIN_LOGIN)
CONDITIONS = (None, None, None, "!(ActionMatches{'Microsoft.Compute/*'})", "@Resource[x] StringEquals 'y'")
ACTIONS = ("*", "Microsoft.Compute/*", "Microsoft.Network/*/write", "*/read")
SEEDS = pytest.mark.parametrize("seed", range(40))
BASTION = {
    "id": f"{GROUP}/providers/Microsoft.Network/bastionHosts/bastion",
    "properties": {
        "provisioningState": "Succeeded",
        "ipConfigurations": [{"properties": {"subnet": {"id": f"{NETWORK}/subnets/AzureBastionSubnet"}}}],
    },
}


def dice_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - dice, not secrets


def an_assignment(dice: random.Random, number: int) -> list[dict[str, Any]]:
    who, role, scope = dice.choice(PEOPLE), dice.choice(ROLES), dice.choice(SCOPES)
    if dice.random() < 0.3:
        return [eligible(who, role, scope, number)]
    row = assigned(who, role, scope, number, condition=dice.choice(CONDITIONS))
    return [row, instance(row, dice.choice(("Assigned", "Activated")))] if dice.random() < 0.8 else [row]


def a_tenant(dice: random.Random) -> Tenant:
    rows = [row for number in range(dice.randrange(1, 8)) for row in an_assignment(dice, number)]
    groups = [members(group, *dice.sample(PEOPLE, dice.randrange(4))) for group in (TEAM, INNER)]
    if dice.random() < 0.5:
        row = denied(
            dice.choice(ACTIONS),
            scope=dice.choice(SCOPES),
            principals=dice.sample(PEOPLE, 2),
            excluded=dice.sample(PEOPLE, 1),
        )
        rows.append(row)
    return tenant(*rows, *groups, tables={"bastion_hosts": [BASTION]})
