"""Patterns of roles: `*` is any text with slashes in it, in any letter case, and the whole operation has to fit."""

import random

import pytest

from slow_permissions import granted
from vmaudit.access.doors import BIT, NEEDS
from vmaudit.access.matching import matches, met_by, permits
from vmaudit.estate.rights import Permission
from who_may import RUN, permission

VM = "Microsoft.Compute/virtualMachines"


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        RUN,
        RUN.upper(),
        "Microsoft.Compute/*",
        f"{VM}/*",
        "*/action",
        "*/runCommand/*",
        "Microsoft.*/action",
        "*runc*",
    ],
)
def test_a_pattern_that_covers_run_command(pattern: str) -> None:
    assert matches(pattern, RUN)


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "*/read",
        VM,
        f"{VM}/",
        f"{VM}/runCommand",
        f"{RUN}s",
        "Microsoft.Compute",
        "Compute/*",
        f"x{RUN}",
        "Microsoft.Comput.",
    ],
)
def test_a_pattern_that_does_not_cover_run_command(pattern: str) -> None:
    assert not matches(pattern, RUN)


def test_a_dot_in_a_pattern_is_a_dot() -> None:
    assert not matches("Microsoft.Compute/*", "MicrosoftXCompute/disks/read")


def test_the_star_in_the_operation_that_assigns_identities_is_met_by_patterns_and_by_itself() -> None:
    operation = "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action"

    assert matches(operation, operation)
    assert matches("Microsoft.ManagedIdentity/*", operation)
    assert not matches("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", operation)


def test_what_is_taken_back_counts_in_its_own_permission_object_only() -> None:
    one = Permission(actions=("*",), not_actions=("microsoft.compute/*",))
    other = Permission(actions=(RUN.lower(),))

    assert not permits(one, RUN, data=False)
    assert permits(other, RUN, data=False)
    assert met_by(one) | met_by(other) != met_by(one)


def test_actions_never_grant_data_actions() -> None:
    owner = Permission(actions=("*",))

    assert not permits(owner, f"{VM}/login/action", data=True)
    assert met_by(owner) & sum(BIT[need] for need in NEEDS if need.data) == 0
    assert met_by(Permission(data_actions=("*",))) == sum(BIT[need] for need in NEEDS if need.data)


def patterns(dice: random.Random) -> list[str]:
    """A few patterns around the operations that open doors."""
    found = ["*", "*/read", "*/write", "*/action", "Microsoft.Compute/*", "Microsoft.Network/*/write"]
    for need in dice.choices(NEEDS, k=6):
        words = need.operation.split("/")
        cut = dice.randrange(1, len(words) + 1)
        found += ["/".join(words), "/".join([*words[:cut], "*"]), "/".join(["*", *words[cut - 1 :]])]
        place = dice.randrange(len(need.operation))
        found.append(need.operation[:place] + "*" + need.operation[place + dice.randrange(4) :])
    return dice.sample(found, k=dice.randrange(6))


def test_a_thousand_random_roles_meet_what_the_slow_way_finds() -> None:
    dice = random.Random(5)  # noqa: S311 - dice, not secrets
    operations = [need.operation for need in NEEDS]

    for _ in range(1000):
        rows = [
            permission(*patterns(dice), no=patterns(dice), data=patterns(dice), no_data=patterns(dice))
            for _ in range(dice.randrange(1, 4))
        ]
        met = 0
        for row in rows:
            met |= met_by(
                Permission(
                    *(
                        tuple(text.lower() for text in row[key])
                        for key in ("actions", "notActions", "dataActions", "notDataActions")
                    )
                )
            )
        slow = {data: granted(rows, operations, data=data) for data in (False, True)}
        for need in NEEDS:
            assert bool(met & BIT[need]) is (need.operation in slow[need.data]), (need, rows)
