"""Laws of the rules about roles and PIM, on random tenants: what less evidence, and one assignment more, may not do."""

import random
from typing import Any

import pytest

from judged_rights import judged
from random_tenants import PEOPLE, ROLES, SCOPES, a_tenant, an_assignment
from rules.worse_news import turned_good
from vmaudit.assess.assessment import Assessment
from vmaudit.assess.gate import Profile, gate, gate_input
from vmaudit.assess.grade import badness
from vmaudit.snapshot.manifest import OutcomeKind
from who_may import ADAM, INNER, JANE, READER, ROBOT, TEAM, Tenant, assigned

SEEDS = pytest.mark.parametrize("seed", [*range(8), 14])
DENIED_OR_CUT = (OutcomeKind.DENIED, OutcomeKind.PARTIAL)
ABSENCE_FAILS = frozenset({"RBAC-010", "PIM-001"})
"""One more owner, or somebody eligible at last, is what mends these."""


def dice_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - dice, not secrets


def _policy(dice: random.Random, number: int) -> dict[str, Any]:
    stage = {"primaryApprovers": [{"id": one} for one in dice.sample(PEOPLE, dice.randrange(3))]}
    return {
        "id": f"policy-{number}",
        "properties": {
            "scope": dice.choice(SCOPES),
            "roleDefinitionId": f"/roleDefinitions/{dice.choice(ROLES)}",
            "effectiveRules": [
                {"id": "Enablement_EndUser_Assignment", "enabledRules": dice.choice(([], ["Justification"], None))},
                {"id": "Expiration_EndUser_Assignment", "maximumDuration": dice.choice(("PT4H", "PT24H"))},
                {
                    "id": "Approval_EndUser_Assignment",
                    "setting": {"isApprovalRequired": dice.random() < 0.7, "approvalStages": [stage]},
                },
                {"id": "Expiration_Admin_Assignment", "isExpirationRequired": dice.random() < 0.7},
                {"id": "Expiration_Admin_Eligibility", "isExpirationRequired": True, "maximumDuration": "P90D"},
            ],
        },
    }


def a_directory(dice: random.Random) -> dict[str, list[dict[str, Any]]]:
    """People, groups and programs, and what guards them."""
    seen = ({"lastSignInDateTime": "2025-12-20T08:00:00Z"}, {"lastSignInDateTime": "2025-01-01T08:00:00Z"}, None)
    join = {"groupId": TEAM, "principalId": ADAM, "accessId": "member"}
    return {
        "users": [
            {"id": one, "displayName": one, "accountEnabled": dice.random() < 0.8, "signInActivity": dice.choice(seen)}
            for one in (ADAM, JANE)
        ],
        "groups": [
            {"id": one, "groupTypes": [], "visibility": None, "isAssignableToRole": dice.random() < 0.5}
            for one in (TEAM, INNER)
        ],
        "group_owners": [{"groupId": TEAM, "owners": dice.sample(PEOPLE, dice.randrange(3))}],
        "group_eligibility_schedule_instances": [join | {"id": "1"}] if dice.random() < 0.5 else [],
        "group_assignment_schedule_instances": [join | {"id": "2", "assignmentType": "Activated"}],
        "service_principals": [{"id": ROBOT, "appId": "app", "passwordCredentials": []}],
        "applications": [{"id": "object", "appId": "app", "passwordCredentials": []}],
        "application_owners": [{"applicationId": "object", "owners": [JANE]}],
        "role_management_policy_assignments": [_policy(dice, number) for number in range(8)],
        "directory_role_eligibility_schedule_instances": [
            {"id": "1", "principalId": ADAM, "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10"}
        ],
    }


def some_sign_ins(dice: random.Random) -> dict[str, list[dict[str, Any]]]:
    """Nobody's, one person's or both people's last sign-ins, as they are asked for by themselves."""
    seen = ({"lastSignInDateTime": "2025-12-28T08:00:00Z"}, {"lastSignInDateTime": "2025-02-01T08:00:00Z"}, None)
    made = {"createdDateTime": "2025-01-01T08:00:00Z"}
    people = dice.sample((ADAM, JANE), dice.randrange(3))
    return {"user_sign_ins": [made | {"id": one, "signInActivity": dice.choice(seen)} for one in people]}


def a_guarded_tenant(seed: int) -> Tenant:
    dice = dice_of(seed)
    found = a_tenant(dice)
    somewhere = assigned(JANE, READER, "/subscriptions/00000000-0000-0000-0000-000000000009", 900)
    found.tables["role_assignments"] = [*found.tables.get("role_assignments", []), somewhere]
    found.tables |= {name: rows for name, rows in (a_directory(dice) | some_sign_ins(dice)).items() if rows}
    for row in (row for rows in found.tables.values() for row in rows):
        if row.get("properties", {}).get("principalId") == ROBOT:
            row["properties"]["principalType"] = "ServicePrincipal"
    return found


def improved(before: Assessment, after: Assessment) -> list[str]:
    """The rules that turned good, and the grade or the gate where they did."""
    first, second = before.results[0], after.results[0]
    found = [was.rule for was, _ in turned_good(first.verdicts, second.verdicts)]
    found += ["the grade"] if badness(second.grade.worst) < badness(first.grade.worst) else []
    shut, opened = (gate(gate_input(one), Profile.STRICT).exit_code for one in (before, after))
    return [*found, *(["the gate"] if shut and not opened else [])]


@SEEDS
def test_a_table_that_was_not_read_never_improves_a_verdict_a_grade_or_the_gate(seed: int) -> None:
    given = a_guarded_tenant(seed)
    before = judged(given)

    for table in given.tables:
        if table == "virtual_machines":
            continue
        rest = {name: rows for name, rows in given.tables.items() if name != table}
        after = judged(Tenant(rest, {table: OutcomeKind.DENIED}))
        assert improved(before, after) == [], f"without {table}"


@SEEDS
def test_a_row_that_was_not_read_never_improves_a_verdict_a_grade_or_the_gate(seed: int) -> None:
    dice = dice_of(seed + 1000)
    given = a_guarded_tenant(seed)
    before = judged(given)

    for table in sorted(set(given.tables) - {"virtual_machines"}):
        rows = given.tables[table]
        gone = dice.randrange(len(rows)) if rows else 0
        fewer = given.tables | {table: rows[:gone] + rows[gone + 1 :]}
        after = judged(Tenant(fewer, {table: OutcomeKind.PARTIAL}))
        assert improved(before, after) == [], f"without row {gone} of {table}"


@SEEDS
def test_one_more_assignment_never_improves_a_verdict(seed: int) -> None:
    dice = dice_of(seed)
    given = a_guarded_tenant(seed)
    before = judged(given)
    tables = {
        "roleAssignments": "role_assignments",
        "roleAssignmentScheduleInstances": "role_assignment_schedule_instances",
    }

    more = Tenant({name: [*rows] for name, rows in given.tables.items()})
    for row in an_assignment(dice, 99):
        table = tables.get(row["type"].rpartition("/")[2], "role_eligibility_schedule_instances")
        more.tables.setdefault(table, []).append(row)
    after = judged(more)

    turned = turned_good(before.results[0].verdicts, after.results[0].verdicts)
    assert [was.rule for was, _ in turned if was.rule not in ABSENCE_FAILS] == []
    kept = not any(was.rule in ABSENCE_FAILS for was, _ in turned)
    assert not kept or badness(after.results[0].grade.worst) >= badness(before.results[0].grade.worst)
