"""What PIM asks for and allows, per role and scope: from Azure's rules to values (azure-facts 2.2)."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import UnsetType

from vmaudit.estate.guards import minutes
from vmaudit.estate.resources import Key
from vmaudit.estate.rights import Activation, PrincipalId, RoleId, RolePolicy
from vmaudit.estate.roles import principal_id, role_id, scope_key
from vmaudit.estate.wire_rights import PolicyBody, PolicyRow, PolicyRule
from vmaudit.known import Read, Unknown

_UNREAD: Final = Unknown("the activation policy of the role does not say it, or was not read")
_MFA: Final = "multifactorauthentication"

_Rules = Mapping[str, PolicyRule]


def read_policies(
    assigned: Iterable[PolicyRow], policies: Mapping[str, PolicyRow]
) -> dict[tuple[Key, RoleId], RolePolicy]:
    """The policy of each role at each scope; `policies` are found by their ids in lower case.

    A policy is not handed down: what is not here has a policy that was not read.
    """
    found: dict[tuple[Key, RoleId], RolePolicy] = {}
    for row in assigned:
        body: PolicyBody = row if isinstance(row.properties, UnsetType) else row.properties
        if not body.scope or not body.role_definition_id:
            continue
        rules = body.effective_rules or _rules(policies.get((body.policy_id or "").lower()))
        found[scope_key(body.scope), role_id(body.role_definition_id)] = read_rules(rules or ())
    return found


def _rules(policy: PolicyRow | None) -> tuple[PolicyRule, ...] | None:
    if policy is None:
        return None
    body: PolicyBody = policy if isinstance(policy.properties, UnsetType) else policy.properties
    return body.effective_rules or body.rules


def read_rules(rules: Iterable[PolicyRule]) -> RolePolicy:
    """The rules of one policy, told apart by their ids, which are the same in ARM and in Microsoft Graph."""
    by_id = {(rule.id or "").lower(): rule for rule in rules}
    asked = _enabled(by_id.get("enablement_enduser_assignment"))
    context = _context(by_id.get("authenticationcontext_enduser_assignment"))
    return RolePolicy(
        activation=Activation(
            mfa=_mfa(asked, context),
            approval=_approval(by_id),
            justification=asked if isinstance(asked, Unknown) else "justification" in asked,
            max_hours=_hours(by_id.get("expiration_enduser_assignment")),
        ),
        context=context,
        lists_mfa=asked if isinstance(asked, Unknown) else _MFA in asked,
        ticket=asked if isinstance(asked, Unknown) else "ticketing" in asked,
        approvers=_approvers(by_id),
        tells_others=_tells_others(by_id),
        permanent_active=_endless(by_id.get("expiration_admin_assignment")),
        longest_active=_hours(by_id.get("expiration_admin_assignment")),
        active_asks=_enabled(by_id.get("enablement_admin_assignment")),
        permanent_eligible=_endless(by_id.get("expiration_admin_eligibility")),
        longest_eligible=_hours(by_id.get("expiration_admin_eligibility")),
    )


def _enabled(rule: PolicyRule | None) -> Read[frozenset[str]]:
    if rule is None or rule.enabled_rules is None:
        return _UNREAD
    return frozenset(text.strip().lower() for text in rule.enabled_rules)


def _context(rule: PolicyRule | None) -> Read[str]:
    """An old policy has no such rule, and then no authentication context."""
    if rule is None or rule.is_enabled is False:
        return ""
    return (rule.claim_value or _UNREAD) if rule.is_enabled else _UNREAD


def _mfa(asked: Read[frozenset[str]], context: Read[str]) -> Read[bool]:
    """An authentication context leaves MFA to Conditional Access: which of the two counts is not documented."""
    if isinstance(asked, Unknown):
        return asked
    return Unknown("an authentication context takes the place of MFA") if context else _MFA in asked


def _approval(rules: _Rules) -> Read[bool]:
    rule = rules.get("approval_enduser_assignment")
    required = rule.setting.is_approval_required if rule and rule.setting else None
    return _UNREAD if required is None else required


def _approvers(rules: _Rules) -> Read[tuple[PrincipalId, ...]]:
    rule = rules.get("approval_enduser_assignment")
    if rule is None or rule.setting is None:
        return _UNREAD
    stages = rule.setting.approval_stages or ()
    named = (one for stage in stages for one in (*(stage.primary_approvers or ()), *(stage.escalation_approvers or ())))
    ids = (one.user_id or one.group_id or one.id for one in named)
    return tuple(sorted({principal_id(one) for one in ids if one}))


def _tells_others(rules: _Rules) -> Read[bool]:
    """Whether administrators or approvers are told: by default all who manage the role, or whoever is named."""
    told = [rules.get(f"notification_{who}_enduser_assignment") for who in ("admin", "approver")]
    if any(rule and (rule.is_default_recipients_enabled or rule.notification_recipients) for rule in told):
        return True
    silent = [rule is not None and rule.is_default_recipients_enabled is False for rule in told]
    return False if all(silent) else _UNREAD


def _endless(rule: PolicyRule | None) -> Read[bool]:
    return _UNREAD if rule is None or rule.is_expiration_required is None else not rule.is_expiration_required


def _hours(rule: PolicyRule | None) -> Read[float]:
    if rule is None or rule.maximum_duration is None:
        return _UNREAD
    found = minutes(rule.maximum_duration)
    return found if isinstance(found, Unknown) else found / 60
