"""Who may act, looked over: tables that machines share, and how far people reach."""

from collections import Counter, defaultdict

import pytest

from access.test_shared_situations import NUMBERS, joined, rights_of, rows_of, world
from random_tenants import SEEDS, a_tenant, dice_of
from vmaudit.access.access import Access
from vmaudit.access.duties import DOORS_OF_DUTY, Duty
from vmaudit.access.overview import Overview
from vmaudit.access.people import People
from who_may import (
    ADAM,
    CONTRIBUTOR,
    GROUP,
    INNER,
    JANE,
    OWNER,
    READER,
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

EASE = ("standing", "unknown", "time-bound", "activated", "eligible")


def looked_over(given: Tenant, most: int | None = None) -> tuple[Overview, Access]:
    estate, rights = given.read()
    access = Access(estate, rights)
    found = access.overview(estate.machines.values(), *([] if most is None else [most]))
    assert found is not None
    return found, access


def test_the_easiest_and_strongest_come_first_and_one_person_s_ways_stay_together() -> None:
    owner = assigned(JANE, OWNER, number=3)
    rows = [
        eligible(ADAM, CONTRIBUTOR, number=1),
        assigned(ADAM, READER, number=2),
        owner,
        instance(owner),
        assigned(JANE, USER_LOGIN, number=4),
    ]

    (table,) = {*looked_over(tenant(*rows))[0].tables.values()}

    assert [(way.principal.id, way.role, way.held) for way in table.ways] == [
        (JANE, "Owner", "standing"),
        (JANE, "Virtual Machine User Login", "unknown"),
        (ADAM, "Contributor", "eligible"),
    ]
    assert table.ways[0].doors[:3] == ("role-assign", "run-command", "extension")


def test_a_group_is_told_by_its_members_and_by_itself_where_it_has_none() -> None:
    rows = [assigned(TEAM, OWNER), assigned(INNER, OWNER, number=2), members(TEAM, ADAM)]

    (table,) = {*looked_over(tenant(*rows))[0].tables.values()}

    assert {way.principal.id for way in table.ways} == {ADAM, INNER}


def test_where_no_role_was_read_there_is_no_overview() -> None:
    estate, rights = tenant().read()

    assert Access(estate, rights).overview(estate.machines.values()) is None


def test_tables_beyond_the_most_are_left_out_and_counted() -> None:
    dice = dice_of(3)
    given = world(joined([rows_of(number, dice) for number in NUMBERS]), rights_of(dice))

    whole, _ = looked_over(given)
    cut, _ = looked_over(given, most=0)

    assert whole.machines_left_out == 0
    assert len(cut.tables) + cut.machines_left_out == len(whole.tables)
    assert cut.machines_left_out > 0
    assert cut.people == whole.people


def test_the_widest_roles_of_somebody_are_named_once_each() -> None:
    rows = [assigned(TEAM, CONTRIBUTOR, SUBSCRIPTION), assigned(ADAM, CONTRIBUTOR, SUBSCRIPTION, number=2)]

    overview, _ = looked_over(tenant(*rows, members(TEAM, ADAM)))

    (adam,) = (one for one in overview.people if one.principal.id == ADAM)
    assert [(one.role, one.scope, one.machines, one.via) for one in adam.through] == [
        ("Contributor", SUBSCRIPTION, 1, ())
    ]


def test_whoever_was_deleted_has_no_reach() -> None:
    overview, _ = looked_over(tenant(assigned(ADAM, OWNER), tables={"users": [{"id": JANE, "displayName": "Jane"}]}))

    assert overview.people == ()


def test_what_a_deny_assignment_takes_away_is_no_reach() -> None:
    deny = denied("Microsoft.Compute/*", "Microsoft.SerialConsole/*", scope=SUBSCRIPTION, principals=[ADAM])

    with_it, _ = looked_over(tenant(assigned(ADAM, CONTRIBUTOR), deny))
    without, _ = looked_over(tenant(assigned(ADAM, CONTRIBUTOR)))

    assert with_it.people == ()
    assert [one.machines for one in without.people] == [1]


def by_hand(access: Access, given: Tenant) -> dict[str, Counter[str]]:
    """For every person, how many machines he can use by which easiest way, grant by grant."""
    estate, rights = given.read()
    people = People(rights)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for machine in estate.machines.values():
        best: dict[str, str] = {}
        for grant in access.of(machine).grants:
            who = grant.principal
            if grant.door in DOORS_OF_DUTY[Duty.USE] and not people.is_group(who.id) and "deleted" not in who.marks:
                best[who.id] = min(best.get(who.id, "eligible"), grant.held, key=EASE.index)
        for one, held in best.items():
            found[one][held] += 1
    return found


@SEEDS
@pytest.mark.parametrize("several", [True, False])
def test_reach_is_what_counting_machine_by_machine_gives(seed: int, *, several: bool) -> None:
    dice = dice_of(seed)
    given = world(joined([rows_of(n, dice) for n in NUMBERS]), rights_of(dice)) if several else a_tenant(dice)
    estate, rights = given.read()
    access = Access(estate, rights)

    overview = access.overview(estate.machines.values())

    people = overview.people if overview else ()
    assert {one.principal.id: Counter(dict(one.by_held)) for one in people} == by_hand(access, given)


def test_the_order_is_by_what_takes_nothing_first() -> None:
    rows = [eligible(ADAM, OWNER, SUBSCRIPTION), assigned(JANE, USER_LOGIN, VM, number=2)]

    overview, _ = looked_over(tenant(*rows))

    assert [(one.principal.id, one.at_once, one.machines) for one in overview.people] == [(JANE, 1, 1), (ADAM, 0, 1)]


def test_group_scope_is_the_same_for_all_its_machines() -> None:
    overview, _ = looked_over(tenant(assigned(ADAM, OWNER, GROUP)))

    assert [one.through[0].scope for one in overview.people] == [GROUP]
