"""Roles, PIM and deny assignments as the real Azure answered them."""

from recordings.recorded import Json, bodies, cases, needs_recordings
from vmaudit.estate.rights import Rights
from who_may import Tenant

pytestmark = needs_recordings

KINDS = ("role_assignments", "role_definitions", "deny_assignments", "pim_assignment", "pim_eligibility", "pim_policy")


def recorded() -> tuple[dict[str, dict[str, Json]], Rights]:
    """The rows of each table by id, and what is read of them."""
    found: dict[str, dict[str, Json]] = {}
    for kind in (*KINDS, "pim_policy_assignment"):
        for case in cases(kind):
            for table, row in bodies(case.recorded["exchanges"]):
                found.setdefault(table, {})[row["id"].lower()] = row
    tables = {table: list(rows.values()) for table, rows in found.items() if table.startswith(("role_", "deny_"))}
    return found, Tenant(tables).read()[1]


def test_every_recorded_row_about_roles_is_read() -> None:
    found, rights = recorded()

    assert rights.broken == ()
    assert len(rights.eligible) == len(found["role_eligibility_schedule_instances"])
    assert {one.id.lower() for one in rights.active} >= found["role_assignments"].keys()
    assert len(rights.denies) == len(found["deny_assignments"])
    assert len(rights.activations) == len(found["role_management_policy_assignments"])


def test_recorded_instances_of_pim_say_how_their_roles_are_held() -> None:
    found, rights = recorded()
    rows = found["role_assignment_schedule_instances"].values()

    ends = {row["properties"]["originRoleAssignmentId"].lower(): "endDateTime" in row["properties"] for row in rows}
    kinds = {row["properties"]["assignmentType"] for row in rows}

    assert kinds <= {"Assigned", "Activated"}
    shown = {one.held for one in rights.active}
    assert shown <= {"unknown", "standing", "time-bound", "activated"}
    assert ("time-bound" in shown) is any(ends.values())
