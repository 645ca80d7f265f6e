"""What mends a setting of PIM: the policy of one role at one scope, with the request that changes one rule of it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from vmaudit.assess import az
from vmaudit.assess.facts.fact import Remedy
from vmaudit.assess.facts.pim_pairs import Pair
from vmaudit.assess.role_questions import scope_text

_API: Final = "api-version=2020-10-01"
_TARGETS: Final = {
    "EndUser_Assignment": {"caller": "EndUser", "operations": ["All"], "level": "Assignment"},
    "Admin_Assignment": {"caller": "Admin", "operations": ["All"], "level": "Assignment"},
    "Admin_Eligibility": {"caller": "Admin", "operations": ["All"], "level": "Eligibility"},
}


def change(pairs: Iterable[Pair], says: str, rule: str, kind: str, body: Mapping[str, Any]) -> tuple[Remedy, ...]:
    """A remedy for each role. `rule` is the id of the rule to change, `kind` its type, `body` what it is to say."""
    return tuple(_change(pair, says, rule, kind, body) for pair in pairs)


def _change(pair: Pair, says: str, rule: str, kind: str, body: Mapping[str, Any]) -> Remedy:
    target = next(target for name, target in _TARGETS.items() if rule.endswith(name))
    rules = [{"id": rule, "ruleType": f"RoleManagementPolicy{kind}Rule", **body, "target": target}]
    scope = pair.at.rstrip("/")
    policies = f"{scope}/providers/Microsoft.Authorization/roleManagementPolicies"
    assigned = f"{scope}/providers/Microsoft.Authorization/roleManagementPolicyAssignments"
    patch = json.dumps({"properties": {"rules": rules}})
    find = (
        f"az rest --url {az.quoted(f'{assigned}?{_API}')}"
        f" --query \"value[?ends_with(properties.roleDefinitionId,'{_plain(pair.role_id)}')].properties.policyId\""
    )
    mend = f"az rest --method patch --url {az.quoted(f'{policies}/POLICY?{_API}')} --body {az.quoted(patch)}"
    return Remedy(
        resource=f"{policies}/{pair.role_id}",
        says=f"{pair.role} at {scope_text(pair.at)} {says}",
        fix=f"{find} && {mend}",
        part=rule,
    )


def _plain(role_id: str) -> str:
    """The id of a role inside quotes of two kinds: it is a GUID, and anything else in it is no part of one."""
    return "".join(letter for letter in role_id if letter.isalnum() or letter == "-")
