"""What mends roles that should not be held: the assignments at fault, each with the command that takes it away."""

import json
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import NAMESPACE_URL, uuid5

from vmaudit.access.held import RoleHeld, RolesAt
from vmaudit.assess import az
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Remedy
from vmaudit.assess.facts.held_roles import kept
from vmaudit.assess.role_questions import scope_text

if TYPE_CHECKING:
    from vmaudit.assess.values import Roles

_MOST_NAMED: Final = 3
"""So many assignments of one scope are causes of their own; more are one, that names some and lists the others."""
_API: Final = "?api-version=2020-10-01"
_HELD: Final = {
    "standing": "for good",
    "time-bound": "for a time",
    "activated": "by activation",
    "eligible": "as eligible",
    "unknown": "in a way that PIM does not tell",
}


def take_away(_case: Case, found: Any) -> tuple[Remedy, ...]:
    """Remedies for roles; those of one scope are made once for all machines below it."""
    roles = cast("Roles", found)
    return tuple(remedy for at in roles.at for remedy in kept(at, "remedies", lambda at=at: _remedies(at)))


def _remedies(at: RolesAt) -> tuple[Remedy, ...]:
    by_assignment = {role.proof: role for role in reversed(at.held) if role.proof}
    roles = sorted(by_assignment.values(), key=lambda role: role.proof.lower())
    return tuple(_one(role) for role in roles) if len(roles) <= _MOST_NAMED else (_together(roles),)


def _one(role: RoleHeld) -> Remedy:
    holder = f"{role.who} holds {role.role} at {scope_text(role.at)} {_HELD[role.held]}"
    return Remedy(resource=role.proof, says=holder, fix=removal(role))


def removal(role: RoleHeld) -> str:
    """The command that ends an assignment; what PIM made is ended by a request to PIM."""
    if role.held == "eligible" and not role.by_joining:
        return _end_eligibility(role)
    if "/roleassignments/" in role.proof.lower():
        return f"az role assignment delete --ids {az.quoted(role.proof)}"
    return (
        f"az role assignment delete --assignee {az.quoted(role.principal)} --role {az.quoted(role.role_id)}"
        f" --scope {az.quoted(role.at)}"
    )


def _end_eligibility(role: RoleHeld) -> str:
    name = uuid5(NAMESPACE_URL, f"remove {role.proof.lower()}")
    definition = f"{role.at.rstrip('/')}/providers/Microsoft.Authorization/roleDefinitions/{role.role_id}"
    body = {
        "properties": {
            "principalId": role.principal,
            "roleDefinitionId": definition,
            "requestType": "AdminRemove",
        }
    }
    url = f"{role.at.rstrip('/')}/providers/Microsoft.Authorization/roleEligibilityScheduleRequests/{name}{_API}"
    return f"az rest --method put --url {az.quoted(url)} --body {az.quoted(json.dumps(body))}"


def _together(roles: list[RoleHeld]) -> Remedy:
    """Many assignments of one scope: the first by name, with what takes them away, and a list of all."""
    scope = roles[0].at
    named = "; ".join(_one(role).says for role in roles[:_MOST_NAMED])
    commands = (*(removal(role) for role in roles[:_MOST_NAMED]), _listing(scope))
    return Remedy(
        resource=scope,
        says=f"{len(roles)} assignments at {scope_text(scope)}: {named}; and {len(roles) - _MOST_NAMED} more",
        fix=" && ".join(commands),
        part="assignments",
    )


def _listing(scope: str) -> str:
    return f"az role assignment list --scope {az.quoted(scope)} --output table"
