"""Roles whose activation takes an authentication context: what policies for it ask of whom (azure-facts 2.2, 3.1)."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assess.test_facts_of_pim import ENDS, of, settings
from evidence import _MEMORY
from judged_rights import status, verdict
from sign_ins import Directory
from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.case import cases
from vmaudit.estate.reading_conditional_access import read_conditional_access
from vmaudit.exposure.reach import expose
from vmaudit.snapshot.manifest import OutcomeKind
from vmaudit.snapshot.reading import open_snapshot
from who_may import ADAM, CONTRIBUTOR, JANE, TEAM, Json, Tenant, eligible, members

CONTEXT = {"isEnabled": True, "claimValue": "C1"}
MFA = {"any_of": ["mfa"]}
STEP_UP: Json = {"apps": {"contexts": ["c1"]}, "grant": MFA}


def left_out(*users: str) -> Json:
    """Conditions in Microsoft Graph's words that leave out the ids."""
    return {"conditions": {"users": {"includeUsers": ["All"], "excludeUsers": [*users]}}}


def contextual(*policies: Json, asks: Sequence[str] = ("Justification",), rows: Sequence[Json] = ()) -> Tenant:
    """Adam activates Contributor, or whoever rows say, for which PIM asks for context c1."""
    pim = settings(
        AuthenticationContext_EndUser_Assignment=CONTEXT,
        Enablement_EndUser_Assignment={"enabledRules": [*asks]},
    )
    named = {f"policy {number}": said for number, said in enumerate(policies)}
    made = Directory({"policies": named, "locations": {"Home": {"countries": ["NL"]}}}).tenant()
    tables = {name: made.tables[name] for name in ("conditional_access_policies", "named_locations")}
    return of(*rows, policies=[pim], **tables)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (STEP_UP, "pass"),
        ({**STEP_UP, "grant": {"all_of": [], "strength": "Phishing-resistant MFA"}}, "pass"),
        ({**STEP_UP, "state": "enabledForReportingButNotEnforced"}, "fail"),
        ({**STEP_UP, "state": "disabled"}, "fail"),
        ({**STEP_UP, **left_out(ADAM)}, "fail"),
        ({**STEP_UP, **left_out(JANE)}, "pass"),
        ({**STEP_UP, "grant": {"any_of": ["mfa", "compliantDevice"]}}, "fail"),
        ({**STEP_UP, "grant": {"all_of": ["compliantDevice"]}}, "fail"),
        ({**STEP_UP, "locations": {"include": ["All"], "exclude": ["Home"]}}, "fail"),
        ({**STEP_UP, "platforms": {"include": ["windows"]}}, "fail"),
        ({**STEP_UP, "state": "somethingNew"}, "unknown"),
    ],
    ids=[
        "mfa",
        "strength",
        "report-only",
        "off",
        "adam is left out",
        "somebody else is left out",
        "a device will do",
        "only a device",
        "not at home",
        "only on one platform",
        "a state nobody knows",
    ],
)
def test_a_context_is_worth_what_its_policy_asks_of_whoever_is_eligible(policy: Json, expected: str) -> None:
    assert status("PIM-002", contextual(policy)) == expected


def test_a_policy_for_another_context_or_for_all_apps_is_not_about_this_one() -> None:
    other: Json = {"apps": {"contexts": ["c2"]}, "grant": MFA}
    off: Json = {**STEP_UP, "state": "disabled"}

    assert status("PIM-002", contextual(other, {"grant": MFA}, off)) == "fail"


def test_two_policies_for_one_context_add_up() -> None:
    assert status("PIM-002", contextual({**STEP_UP, **left_out(ADAM)}, STEP_UP)) == "pass"


def test_a_context_that_no_policy_names_is_not_taken_for_mfa_nor_for_nothing() -> None:
    found = verdict("PIM-002", contextual({"grant": MFA}))

    assert found.status.value == "unknown"
    assert "no policy names authentication context c1" in found.says.lower()


def test_one_member_of_the_group_whom_the_policy_leaves_out_is_enough() -> None:
    about: Json = dict(ENDS)
    rows = (eligible(TEAM, CONTRIBUTOR, **about), members(TEAM, ADAM, JANE))

    assert status("PIM-002", contextual(STEP_UP, rows=rows)) == "pass"
    assert status("PIM-002", contextual({**STEP_UP, **left_out(JANE)}, rows=rows)) == "fail"


def test_mfa_on_the_list_beside_a_context_that_asks_nothing_is_not_known() -> None:
    both = ("MultiFactorAuthentication", "Justification")

    assert status("PIM-002", contextual({**STEP_UP, "state": "disabled"}, asks=both)) == "unknown"
    assert status("PIM-002", contextual(STEP_UP, asks=both)) == "pass"


@pytest.mark.parametrize("ended", [OutcomeKind.DENIED, OutcomeKind.PARTIAL, OutcomeKind.FAILED])
@pytest.mark.parametrize("policies", [(), (STEP_UP,), ({**STEP_UP, "state": "disabled"},)])
def test_policies_that_were_not_read_are_never_a_pass(ended: OutcomeKind, policies: tuple[Any, ...]) -> None:
    given = contextual(*policies)
    given.ended["conditional_access_policies"] = ended
    if ended is not OutcomeKind.PARTIAL:
        given.tables.pop("conditional_access_policies")

    found = status("PIM-002", given)

    assert found == ("pass" if policies == (STEP_UP,) and ended is OutcomeKind.PARTIAL else "unknown")


def facts(given: Tenant, *names: str) -> list[Any]:
    """Facts of the only machine, with Conditional Access as it stands in the evidence."""
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        place = Path(folder) / "snapshot"
        given.write(place)
        snapshot = open_snapshot(place)
        estate, rights = given.read()
        evidence = read_conditional_access(snapshot)
        (case,) = cases(estate, expose(estate), rights=rights, conditional_access=evidence)
        return [FACTS[name].read(case) for name in names]


@pytest.mark.parametrize(("state", "names"), [("enabled", ()), ("disabled", ("Contributor",))])
def test_a_role_with_a_context_is_told_apart_from_one_whose_context_asks_nothing(
    state: str, names: tuple[str, ...]
) -> None:
    given = contextual({**STEP_UP, "state": state})

    whole, empty, unguarded = facts(
        given, "pim.roles_with_context", "pim.roles_with_empty_context", "pim.unguarded_roles"
    )

    assert (whole.proven, whole.more) == (("Contributor",), "")
    assert (empty.proven, empty.more) == (names, "")
    assert unguarded.proven == ()  # somebody else approves


def test_a_role_without_mfa_and_without_a_context_has_no_empty_one() -> None:
    given = of(policies=[settings(Enablement_EndUser_Assignment={"enabledRules": []})])

    for found in facts(given, "pim.roles_with_context", "pim.roles_with_empty_context"):
        assert (found.proven, found.more) == ((), "")
