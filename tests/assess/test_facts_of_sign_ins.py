"""Facts about what people on machines are asked for when they sign in, by the road of every audit (facts 3.1, 3.2)."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assess.judged import shipped_rules
from evidence import _MEMORY
from sign_ins import Directory, known_id
from vmaudit.assess.assessment import Status, Verdict
from vmaudit.assess.rule import Rule
from vmaudit.pipeline import audit
from vmaudit.snapshot.manifest import OutcomeKind
from vmaudit.snapshot.reading import open_snapshot
from who_may import (
    NIC,
    OWNER,
    READER,
    ROLES,
    SUBSCRIPTION,
    USER_LOGIN,
    VM,
    Tenant,
    assigned,
    instance,
    machine,
    network,
    nic,
)

Json = dict[str, Any]

EVERYTHING: Json = {
    "MFA for all": {"grant": {"any_of": ["mfa"]}},
    "Managed devices": {"grant": {"any_of": ["compliantDevice", "domainJoinedDevice"]}},
    "At home only": {"locations": {"include": ["All"], "exclude": ["Home"]}, "grant": {"any_of": ["block"]}},
    "No codes": {"flows": ["deviceCodeFlow", "authenticationTransfer"], "grant": {"any_of": ["block"]}},
    "Risky sign-ins": {"sign_in_risks": ["high", "medium"], "grant": {"any_of": ["mfa"]}},
    "Risky users": {"user_risks": ["high"], "grant": {"all_of": ["mfa", "passwordChange"]}},
}
METHODS = {"Sms": "disabled", "Voice": "disabled", "MicrosoftAuthenticator": "enabled", "softwareOath": "enabled"}
SOUND: Json = {
    "people": {"adam": None, "jane": None},
    "groups": {"team": ["jane"]},
    "locations": {"Home": {"countries": ["NL", "BE"]}},
    "policies": EVERYTHING,
}
RULES = tuple(rule for rule in shipped_rules() if rule.id.startswith("CA-"))


def tenant(story: Json, *roles: tuple[str, str], system: str = "Linux", **more: list[Json]) -> Tenant:
    """A machine, people with roles on it, and what Conditional Access says; by default all of it sound."""
    made = Directory({**SOUND, **story}).tenant()
    held = [
        assigned(known_id(who), role, number=number, principalType="Group" if who == "team" else "User")
        for number, (who, role) in enumerate(roles or (("adam", OWNER), ("team", USER_LOGIN)), 1)
    ]
    made.tables |= {
        "virtual_machines": [machine(VM, NIC, storageProfile={"osDisk": {"osType": system}} if system else {})],
        "network_interfaces": [nic()],
        "virtual_networks": [network()],
        "role_definitions": [*ROLES],
        "role_assignments": held,
        "role_assignment_schedule_instances": [instance(one) for one in held],
        "subscriptions": [
            {"id": SUBSCRIPTION, "tenantId": "x", "properties": {"managementGroupAncestorsChain": [{"name": "root"}]}}
        ],
        "security_defaults": [{"id": "1", "isEnabled": False}],
        "authentication_methods_policy": [
            {
                "id": "authenticationMethodsPolicy",
                "authenticationMethodConfigurations": [{"id": one, "state": state} for one, state in METHODS.items()],
            }
        ],
        **more,
    }
    return made


def verdicts(made: Tenant, rules: tuple[Rule, ...] = RULES) -> dict[str, Verdict]:
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        place = Path(folder) / "snapshot"
        made.write(place)
        (result,) = audit(open_snapshot(place), rules).results
        return {verdict.rule: verdict for verdict in result.verdicts}


def failing(made: Tenant) -> set[str]:
    return {rule for rule, verdict in verdicts(made).items() if verdict.status is not Status.PASS}


def without(*names: str, **instead: Json) -> Json:
    return {"policies": {name: said for name, said in EVERYTHING.items() if name not in names} | instead}


def test_policies_that_close_everything_pass_every_rule() -> None:
    found = verdicts(tenant({}))

    assert {rule: verdict.says for rule, verdict in found.items() if verdict.status is not Status.PASS} == {}


@pytest.mark.parametrize(
    ("story", "rules"),
    [
        (without("MFA for all", "Risky sign-ins", "Risky users"), {"CA-001", "CA-003", "CA-006", "CA-008"}),
        (without("Managed devices"), {"CA-002"}),
        (without("At home only"), {"CA-004"}),
        (without("No codes"), {"CA-005"}),
        (without("Risky users"), {"CA-006"}),
        (without("Risky sign-ins"), {"CA-006"}),
    ],
    ids=["mfa", "devices", "places", "flows", "risky users", "risky sign-ins"],
)
def test_each_policy_that_is_missing_fails_its_rules(story: Json, rules: set[str]) -> None:
    found = verdicts(tenant(story))

    assert {rule for rule, verdict in found.items() if verdict.status is Status.FAIL} == rules


def test_a_person_in_a_group_that_the_mfa_policy_leaves_out_is_named_at_every_place() -> None:
    mfa = {"users": {"include": ["All"], "exclude": ["team"]}, "grant": {"any_of": ["mfa"]}}
    found = verdicts(tenant(without("MFA for all", **{"MFA for all": mfa})))

    assert found["CA-003"].status is Status.FAIL
    assert "jane" in found["CA-003"].says
    assert found["CA-007"].status is Status.FAIL
    assert "jane" in found["CA-007"].says
    assert f"/identity/conditionalAccess/policies/{known_id('MFA for all')}" in found["CA-007"].proof
    assert "adam" not in found["CA-007"].says


def test_a_person_who_is_left_out_of_one_policy_and_bound_by_another_is_in_no_hole() -> None:
    mfa = {"users": {"include": ["All"], "exclude": ["team"]}, "grant": {"any_of": ["mfa"]}}
    for_team = {"users": {"include": ["team"]}, "grant": {"all_of": [], "strength": "Phishing-resistant MFA"}}
    story = without("MFA for all", **{"MFA for all": mfa, "Strong for the team": for_team})

    assert failing(tenant(story)) == set()


def test_an_emergency_account_that_is_named_does_not_count() -> None:
    mfa = {"users": {"include": ["All"], "exclude": ["adam"]}, "grant": {"any_of": ["mfa"]}}
    made = tenant(without("MFA for all", **{"MFA for all": mfa}))
    configured = tuple(rule for rule in shipped_rules() if rule.id.startswith("CA-") or rule.id == "PIM-010")
    before = verdicts(made, configured)
    after = verdicts(made, _with_break_glass(configured, known_id("adam")))

    assert (before["CA-001"].status, before["CA-007"].status) == (Status.FAIL, Status.FAIL)
    assert after["CA-007"].status is Status.PASS


def _with_break_glass(rules: tuple[Rule, ...], *ids: str) -> tuple[Rule, ...]:
    def given(rule: Rule) -> Rule:
        parameters = tuple(
            replace(one, configured=list(ids)) if one.sets == "break_glass" else one for one in rule.parameters
        )
        return replace(rule, parameters=parameters)

    return tuple(given(rule) for rule in rules)


def test_a_person_with_a_reading_role_is_asked_nothing_here() -> None:
    found = verdicts(tenant(without("MFA for all"), ("adam", READER)))

    assert found["CA-001"].status is Status.NOT_APPLICABLE
    assert found["CA-003"].status is Status.NOT_APPLICABLE


def test_the_app_of_the_system_of_the_machine_counts() -> None:
    mfa = {"apps": {"include": ["All"], "exclude": ["windows-sign-in"]}, "grant": {"any_of": ["mfa"]}}
    story = without("MFA for all", "Risky sign-ins", "Risky users", **{"MFA for all": mfa})

    status = {system: verdicts(tenant(story, system=system))["CA-003"].status for system in ("Linux", "Windows", "")}

    assert status == {"Linux": Status.PASS, "Windows": Status.FAIL, "": Status.UNKNOWN}


def test_security_defaults_ask_for_mfa_where_there_is_no_policy() -> None:
    on = [{"id": "1", "isEnabled": True}]
    found = verdicts(tenant({"policies": {}}, security_defaults=on))

    assert found["CA-001"].status is Status.PASS
    assert found["CA-003"].status is Status.FAIL


def test_without_a_policy_and_with_security_defaults_unread_nobody_knows() -> None:
    made = tenant({"policies": {}})
    del made.tables["security_defaults"]
    made.ended["security_defaults"] = OutcomeKind.DENIED

    assert verdicts(made)["CA-001"].status is Status.UNKNOWN


def test_a_text_message_is_a_weak_method_where_the_tenant_allows_it() -> None:
    made = tenant({})
    made.tables["authentication_methods_policy"][0]["authenticationMethodConfigurations"][0]["state"] = "enabled"

    found = verdicts(made)

    assert found["CA-008"].status is Status.FAIL
    assert "text message or call" in found["CA-008"].says


def test_a_text_message_opens_nothing_where_a_strength_refuses_it() -> None:
    strong = {"grant": {"all_of": [], "strength": "Phishing-resistant MFA"}}
    made = tenant(without("MFA for all", Strong=strong))
    made.tables["authentication_methods_policy"][0]["authenticationMethodConfigurations"][0]["state"] = "enabled"

    assert verdicts(made)["CA-008"].status is Status.PASS


def test_a_name_that_is_gone_is_a_hole() -> None:
    mfa = {"users": {"include": ["All"], "exclude": ["nobody any more"]}, "grant": {"any_of": ["mfa"]}}
    found = verdicts(tenant(without("MFA for all", **{"MFA for all": mfa})))

    assert found["CA-007"].status is Status.FAIL
    assert f"MFA for all: user {known_id('nobody any more')}" in found["CA-007"].says


def test_a_location_of_forty_countries_is_no_place() -> None:
    wide = {"Home": {"countries": [f"{first}{second}" for first in "ABCDE" for second in "ABCDEFGH"]}}
    found = verdicts(tenant({"locations": wide}))

    assert found["CA-004"].status is Status.FAIL


@pytest.mark.parametrize(
    "table", ["conditional_access_policies", "group_members", "users", "named_locations", "role_assignments"]
)
def test_what_was_not_read_makes_nothing_better(table: str) -> None:
    mfa = {"users": {"include": ["All"], "exclude": ["team"]}, "grant": {"any_of": ["mfa"]}}
    story = without("MFA for all", "At home only", **{"MFA for all": mfa})
    whole = verdicts(tenant(story))
    made = tenant(story)
    made.tables.pop(table)
    made.ended[table] = OutcomeKind.DENIED

    for rule, verdict in verdicts(made).items():
        if whole[rule].status in {Status.FAIL, Status.UNKNOWN}:
            assert verdict.status in {Status.FAIL, Status.UNKNOWN}, (rule, verdict.says)
        if table == "conditional_access_policies":
            assert verdict.status is Status.UNKNOWN, (rule, verdict.says)
