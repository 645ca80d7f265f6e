"""Facts about roles that toxic combinations ask for."""

from typing import Any

import pytest

from random_tenants import SEEDS, a_tenant, dice_of
from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.case import cases
from vmaudit.assess.values import AtLeast, Names, Roles
from vmaudit.exposure.reach import expose
from vmaudit.snapshot.manifest import OutcomeKind
from who_may import (
    ADAM,
    CONTRIBUTOR,
    GROUP,
    JANE,
    OWNER,
    ROLES,
    SUBSCRIPTION,
    USER_LOGIN,
    Tenant,
    assigned,
    eligible,
    guid,
    instance,
    permission,
    role,
    tenant,
)

MONITORING = guid(51)
EXTENSIONS = "Microsoft.Compute/virtualMachines/extensions/*"
LOG_ANALYTICS = role(MONITORING, "Log Analytics Contributor", permission("*/read", EXTENSIONS))


def read(given: Tenant, name: str) -> Any:
    estate, rights = given.read()
    (case,) = cases(estate, expose(estate), rights=rights)
    return FACTS[name].read(case)


def policy(scope: str, *, mfa: bool, approval: bool, hours: int = 24, role_id: str = CONTRIBUTOR) -> dict[str, Any]:
    rules = [
        {"id": "Enablement_EndUser_Assignment", "enabledRules": ["MultiFactorAuthentication"] if mfa else []},
        {"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": approval}},
        {"id": "Expiration_EndUser_Assignment", "maximumDuration": f"PT{hours}H"},
        {"id": "AuthenticationContext_EndUser_Assignment", "isEnabled": False},
    ]
    body = {"scope": scope, "roleDefinitionId": f"/x/{role_id}", "effectiveRules": rules}
    return {"id": f"/p/{scope}/{role_id}", "properties": body}


def with_policies(*policies: dict[str, Any], scope: str = GROUP, **ended: OutcomeKind) -> Tenant:
    """Adam is eligible for Contributor at a scope, under these policies."""
    tables = {"role_management_policy_assignments": [*policies]}
    return tenant(eligible(ADAM, CONTRIBUTOR, scope), tables=tables, ended=ended)


def held(found: Roles) -> set[tuple[str, str]]:
    return {(one.who, one.role) for at in found.at for one in at.held}


def test_a_role_that_writes_extensions_and_nothing_else_of_a_machine_is_disguised() -> None:
    rows = [assigned(ADAM, MONITORING), assigned(JANE, CONTRIBUTOR, number=2)]

    found = read(
        tenant(*rows, *map(instance, rows), tables={"role_definitions": [*ROLES, LOG_ANALYTICS]}),
        "access.disguised_roles",
    )

    assert held(found) == {("Adam", "Log Analytics Contributor")}


def test_owners_and_people_who_sign_in_are_not_disguised() -> None:
    rows = [assigned(ADAM, OWNER), assigned(JANE, USER_LOGIN, number=2)]

    assert held(read(tenant(*rows), "access.disguised_roles")) == set()


def test_a_role_that_was_not_read_may_be_disguised() -> None:
    found = read(tenant(assigned(ADAM, guid(99))), "access.disguised_roles")

    assert [(one.may, bool(one.might)) for at in found.at for one in at.held] == [(0, True)]


@pytest.mark.parametrize(
    ("mfa", "approval", "expected"), [(False, False, ("Contributor",)), (True, False, ()), (False, True, ())]
)
def test_either_guard_keeps_a_token_out(*, mfa: bool, approval: bool, expected: tuple[str, ...]) -> None:
    given = with_policies(policy(GROUP, mfa=mfa, approval=approval))

    assert read(given, "pim.unguarded_roles") == Names(expected)


def test_a_policy_that_was_not_read_leaves_open_whether_a_token_is_enough() -> None:
    found = read(with_policies(), "pim.unguarded_roles")

    assert found.proven == ()
    assert "were not read" in found.more


def test_the_window_is_that_of_the_role_without_guards_and_not_of_another() -> None:
    rows = [eligible(ADAM, CONTRIBUTOR), eligible(ADAM, OWNER, number=2)]
    policies = [
        policy(GROUP, mfa=False, approval=False, hours=2),
        policy(GROUP, mfa=True, approval=True, hours=24, role_id=OWNER),
    ]

    given = tenant(*rows, tables={"role_management_policy_assignments": policies})

    assert read(given, "pim.longest_unguarded_activation") == 120
    assert read(given, "pim.longest_activation") == 1440


def test_a_window_of_which_nothing_was_read_is_at_least_none() -> None:
    assert isinstance(read(with_policies(), "pim.longest_unguarded_activation"), AtLeast)


def test_what_the_subscription_asks_and_the_group_does_not_is_softer() -> None:
    strict, soft = policy(SUBSCRIPTION, mfa=True, approval=True), policy(GROUP, mfa=True, approval=False)

    assert read(with_policies(strict, soft), "pim.roles_softer_here") == Names(("Contributor",))


def test_a_group_that_asks_for_more_than_the_subscription_is_not_softer() -> None:
    strict, soft = policy(GROUP, mfa=True, approval=True), policy(SUBSCRIPTION, mfa=False, approval=False)

    assert read(with_policies(strict, soft), "pim.roles_softer_here") == Names(())


def test_who_is_eligible_at_the_subscription_has_the_subscription_s_settings() -> None:
    strict, soft = policy(SUBSCRIPTION, mfa=True, approval=True), policy(GROUP, mfa=False, approval=False)

    assert read(with_policies(strict, soft, scope=SUBSCRIPTION), "pim.roles_softer_here") == Names(())


def test_a_policy_of_another_role_says_nothing() -> None:
    other = policy(SUBSCRIPTION, mfa=True, approval=True, role_id=OWNER)

    given = with_policies(other, policy(GROUP, mfa=False, approval=False))

    assert read(given, "pim.roles_softer_here") == Names(())


def test_where_the_policies_above_were_not_all_read_a_soft_one_may_be_softer() -> None:
    soft = policy(GROUP, mfa=False, approval=False)

    found = read(with_policies(soft, role_management_policy_assignments=OutcomeKind.PARTIAL), "pim.roles_softer_here")

    assert found.proven == ()
    assert found.more


@SEEDS
@pytest.mark.parametrize("table", ["role_definitions", "role_management_policy_assignments", "subscriptions"])
@pytest.mark.parametrize("fact", ["pim.unguarded_roles", "pim.roles_softer_here"])
def test_taking_evidence_away_leaves_a_reason_or_all_names(seed: int, table: str, fact: str) -> None:
    dice = dice_of(seed)
    given = a_tenant(dice)
    given.tables["role_management_policy_assignments"] = [
        policy(scope, mfa=dice.random() < 0.5, approval=dice.random() < 0.5, role_id=one)
        for scope in (GROUP, SUBSCRIPTION)
        for one in (OWNER, CONTRIBUTOR)
    ]
    before = read(given, fact)

    rest = {name: rows for name, rows in given.tables.items() if name != table}
    after = read(Tenant(rest, {table: OutcomeKind.DENIED}), fact)

    assert set(before.proven) <= set(after.proven) or after.more
