"""Laws of who may act, on random tenants: what is taken away, added or put in another order."""

from dataclasses import replace

import pytest

from random_tenants import SEEDS, a_tenant, an_assignment, dice_of
from vmaudit.access.access import MachineAccess
from vmaudit.snapshot.manifest import OutcomeKind
from who_may import Tenant


def opened(answer: MachineAccess) -> set[tuple[str, str]]:
    return {(grant.principal.id, grant.door) for grant in answer.grants}


def proven(answer: MachineAccess) -> set[tuple[str, str, str]]:
    """Who holds a door in a way that is known."""
    return {(grant.principal.id, grant.door, grant.held) for grant in answer.grants if grant.held != "unknown"}


NAMED_BY = {
    "role_assignments": "somebody may hold a role",
    "role_eligibility_schedule_instances": "somebody may be eligible",
    "group_members": "others may be in group",
    "network_interfaces": "who may change it is known only above it",
    "virtual_networks": "who may change it is known only above it",
    "bastion_hosts": "known only for those that were read",
}
"""What an answer says where a table was not read and somebody may act who is not in it."""


@SEEDS
@pytest.mark.parametrize(
    "table",
    [
        "role_assignments",
        "role_definitions",
        "deny_assignments",
        "role_assignment_schedule_instances",
        "role_eligibility_schedule_instances",
        "group_members",
        "users",
        "subscriptions",
        "network_interfaces",
        "virtual_networks",
        "bastion_hosts",
    ],
)
def test_who_may_act_stays_or_is_spoken_of_when_a_table_is_taken_away(seed: int, table: str) -> None:
    given = a_tenant(dice_of(seed))
    before = given.answer()

    rest = {name: rows for name, rows in given.tables.items() if name != table}
    after = Tenant(rest, {table: OutcomeKind.DENIED}).answer()

    gone = opened(before) - opened(after)
    says = NAMED_BY.get(table)
    assert not gone or (says is not None and any(says in spot for spot in after.blind_spots)), gone
    if gone and table == "group_members":
        assert all(any(grant.via for grant in before.grants if (grant.principal.id, grant.door) == row) for row in gone)


@SEEDS
def test_taking_pim_s_word_away_makes_nothing_standing(seed: int) -> None:
    given = a_tenant(dice_of(seed))

    rest = {name: rows for name, rows in given.tables.items() if name != "role_assignment_schedule_instances"}
    after = Tenant(rest, {"role_assignment_schedule_instances": OutcomeKind.DENIED}).answer()

    assert {grant.held for grant in after.grants} <= {"unknown", "eligible"}


@SEEDS
def test_an_assignment_more_takes_no_door_and_no_way_of_holding_it(seed: int) -> None:
    dice = dice_of(seed)
    given = a_tenant(dice)
    before = given.answer()

    more = Tenant({name: [*rows] for name, rows in given.tables.items()})
    for row in an_assignment(dice, 99):
        table = {
            "roleAssignments": "role_assignments",
            "roleAssignmentScheduleInstances": "role_assignment_schedule_instances",
        }.get(row["type"].rpartition("/")[2], "role_eligibility_schedule_instances")
        more.tables.setdefault(table, []).append(row)
    after = more.answer()

    assert opened(before) <= opened(after)
    assert all(any(_as_easy(held, other) for other in _ways(after, who, door)) for who, door, held in proven(before))


def _ways(answer: MachineAccess, who: str, door: str) -> set[str]:
    return {grant.held for grant in answer.grants if (grant.principal.id, grant.door) == (who, door)}


def _as_easy(held: str, other: str) -> bool:
    order = ("standing", "time-bound", "activated", "eligible")
    return other in order and order.index(other) <= order.index(held)


@SEEDS
def test_the_order_in_which_groups_and_their_members_come_does_not_matter(seed: int) -> None:
    dice = dice_of(seed)
    given = a_tenant(dice)
    before = given.answer()

    rows = [
        row | {"members": dice.sample(row["members"], len(row["members"]))} for row in given.tables["group_members"]
    ]
    split = [{"groupId": row["groupId"], "members": [one]} for row in rows for one in row["members"]]
    for other in (rows[::-1], split):
        after = replace(given, tables=given.tables | {"group_members": other}).answer()
        assert after.grants == before.grants


@SEEDS
def test_every_deny_taken_away_leaves_at_least_as_many_who_may_act(seed: int) -> None:
    given = a_tenant(dice_of(seed))

    rest = {name: rows for name, rows in given.tables.items() if name != "deny_assignments"}

    assert opened(given.answer()) <= opened(Tenant(rest).answer())
