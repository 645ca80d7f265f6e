"""Conditional Access on random tenants: against every sign-in asked one by one, and by what must always hold."""

import random
from typing import Any

import pytest

from sign_ins import Directory, app_id, known_id, location
from slow_sign_ins import CONTROLS, SignIn, verdicts
from vmaudit.access.conditional_access.circumstances import Question
from vmaudit.access.conditional_access.solving import Solver
from vmaudit.access.conditional_access.verdicts import Verdict
from vmaudit.access.people import People

Json = dict[str, Any]

APPS = ("azure-management", "windows-sign-in")
LOCATIONS: Json = {
    "Office": {"addresses": ["203.0.113.0/24"]},
    "Floor": {"addresses": ["203.0.113.128/25", "198.51.100.0/24"]},
    "Home": {"countries": ["NL"]},
    "Away": {"countries": ["FR"], "unknown": True},
}
GRANTS: tuple[Json, ...] = (
    {"any_of": ["mfa"]},
    {"any_of": ["mfa"]},
    {"any_of": ["mfa", "compliantDevice"]},
    {"all_of": ["mfa", "compliantDevice"]},
    {"any_of": ["compliantDevice", "domainJoinedDevice"]},
    {"all_of": [], "strength": "Phishing-resistant MFA"},
    {"any_of": ["compliantDevice"], "strength": "Phishing-resistant MFA"},
    {"any_of": ["block"]},
)
RULES = (
    'device.trustType -eq "ServerAD"',
    'device.isCompliant -ne "True"',
    'device.extensionAttribute1 -eq "SAW"',
    'device.trustType -ne "AzureAD"',
)
CONDITIONS = ("locations", "platforms", "clients", "devices", "flows", "sign_in_risks", "user_risks")
STRENGTH_OF: dict[str, int] = {"not-enforced": 0, "bypassable": 0, "unknown": 1, "enforced": 2, "blocked": 2}


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same tenants each time are what is wanted


def some_policy(chance: random.Random, kinds: list[str]) -> Json:
    said: Json = {
        "users": {
            "include": chance.choice([["All"], ["All"], ["All"], ["team"], ["adam", "jane"]]),
            "exclude": chance.choice([[], [], [], ["adam"], ["inner"]]),
        },
        "apps": {
            "include": chance.choice([["All"], ["All"], [APPS[0]], list(APPS)]),
            "exclude": chance.choice([[], [], [], [APPS[1]]]),
        },
        "grant": chance.choice(GRANTS),
        "state": chance.choice(["enabled"] * 8 + ["disabled", "enabledForReportingButNotEnforced"]),
    }
    for kind in kinds:
        if chance.random() < 0.5:
            said[kind] = some_condition(chance, kind)
    return said


def some_condition(chance: random.Random, kind: str) -> Any:
    match kind:
        case "locations":
            names = chance.sample(sorted(LOCATIONS), 2)
            return chance.choice(
                [
                    {"include": ["All"], "exclude": names[:1]},
                    {"include": names},
                    {"include": names[:1], "exclude": names[1:]},
                ]
            )
        case "platforms":
            names = chance.sample(["windows", "macOS", "linux", "iOS", "android"], 3)
            return chance.choice([{"include": ["all"], "exclude": names}, {"include": names}])
        case "clients":
            return chance.choice(
                [["browser"], ["browser", "mobileAppsAndDesktopClients"], ["exchangeActiveSync", "other"]]
            )
        case "devices":
            return {"mode": chance.choice(["include", "exclude"]), "rule": chance.choice(RULES)}
        case "flows":
            return chance.choice([["deviceCodeFlow"], ["deviceCodeFlow", "authenticationTransfer"]])
        case _:
            return chance.choice([["high"], ["high", "medium"], ["low", "medium", "high"]])


def some_tenant(chance: random.Random) -> Json:
    kinds = chance.sample(CONDITIONS, 2)
    return {
        "people": {"adam": None, "jane": None},
        "groups": {"team": ["inner"], "inner": ["jane"]},
        "locations": LOCATIONS,
        "policies": {f"policy {number}": some_policy(chance, kinds) for number in range(chance.randint(2, 6))},
    }


def said(story: Json, who: str, app: str) -> dict[str, Verdict]:
    evidence, rights = Directory(story).read()
    solver = Solver(evidence, rights, People(rights))
    situation = solver.situation(solver.standing(known_id(who)), Question((app_id(app),)))
    return {control: situation.verdict(control) for control in CONTROLS}


@pytest.mark.parametrize("seed", range(150))
def test_the_solver_says_what_every_single_sign_in_shows(seed: int) -> None:
    chance = dice(seed)
    story = some_tenant(chance)
    directory = Directory(story)
    policies = [directory.policy(name, **one) for name, one in story["policies"].items()]
    places = {known_id(name): location(name, **one) for name, one in LOCATIONS.items()}
    who, app = chance.choice(["adam", "jane"]), chance.choice(APPS)
    groups = frozenset(known_id(one) for one in ("team", "inner")) if who == "jane" else frozenset[str]()

    expected = verdicts(policies, SignIn(known_id(who), groups, app_id(app)), places)

    assert said(story, who, app) == expected, story


@pytest.mark.parametrize("seed", range(80))
def test_with_less_evidence_the_answer_is_the_same_or_unknown(seed: int) -> None:
    """Whether a gap is there for sure, that is: how much is asked for elsewhere may be less clear."""
    chance = dice(seed)
    story = some_tenant(chance)
    who, app = chance.choice(["adam", "jane"]), chance.choice(APPS)
    missing = chance.choice(["group_members", "named_locations", "directory_roles", "users"])

    whole = said(story, who, app)
    part = said({**story, "not_read": [missing]}, who, app)

    for control in CONTROLS:
        assert STRENGTH_OF[part[control]] in {1, STRENGTH_OF[whole[control]]}, (control, missing, story)


@pytest.mark.parametrize("seed", range(40))
def test_without_all_policies_nothing_is_known_but_what_is_enforced(seed: int) -> None:
    chance = dice(seed)
    story = some_tenant(chance)
    who, app = chance.choice(["adam", "jane"]), chance.choice(APPS)

    whole = said(story, who, app)
    part = said({**story, "partly_read": ["conditional_access_policies"]}, who, app)
    nothing = said({**story, "not_read": ["conditional_access_policies"]}, who, app)

    for control in CONTROLS:
        expected = whole[control] if STRENGTH_OF[whole[control]] == 2 else "unknown"
        assert (part[control], nothing[control]) == (expected, "unknown"), (control, story)


@pytest.mark.parametrize("seed", range(60))
def test_a_further_exclusion_never_asks_for_more(seed: int) -> None:
    chance = dice(seed)
    story = some_tenant(chance)
    who, app = chance.choice(["adam", "jane"]), chance.choice(APPS)
    name = chance.choice(sorted(story["policies"]))
    policy = story["policies"][name]
    side, more = chance.choice([("users", who), ("users", "team"), ("apps", app), ("locations", "Office")])
    sides = policy.get(side) or {"include": ["All"]}
    wider = {**policy, side: {**sides, "exclude": [*sides.get("exclude", []), more]}}

    before = said(story, who, app)
    after = said({**story, "policies": {**story["policies"], name: wider}}, who, app)

    for control in CONTROLS:
        assert STRENGTH_OF[after[control]] <= STRENGTH_OF[before[control]], (control, name, story)


@pytest.mark.parametrize("seed", range(30))
def test_the_order_of_policies_does_not_matter(seed: int) -> None:
    chance = dice(seed)
    story = some_tenant(chance)
    who, app = chance.choice(["adam", "jane"]), chance.choice(APPS)
    names = list(story["policies"])
    renamed = dict(zip(names, chance.sample([f"other {number}" for number in range(9)], len(names)), strict=True))

    other = {renamed[name]: story["policies"][name] for name in reversed(names)}

    assert said(story, who, app) == said({**story, "policies": other}, who, app)


@pytest.mark.parametrize("seed", range(40))
def test_a_further_policy_never_asks_for_less(seed: int) -> None:
    chance = dice(seed)
    story = some_tenant(chance)
    who, app = chance.choice(["adam", "jane"]), chance.choice(APPS)
    more = some_policy(chance, chance.sample(CONDITIONS, 2))

    before = said(story, who, app)
    after = said({**story, "policies": {**story["policies"], "one more": more}}, who, app)

    for control in CONTROLS:
        assert STRENGTH_OF[after[control]] >= STRENGTH_OF[before[control]], (control, story, more)
