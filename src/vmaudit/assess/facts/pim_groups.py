"""Facts about the groups that carry roles: whoever gets into one has the role (azure-facts 2.3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from vmaudit.access.held import RolesAt
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.held_roles import DOING, TABLES, WHOLE, crowds, first, kept, roles_of_people
from vmaudit.assess.role_questions import scope_text
from vmaudit.assess.values import Names
from vmaudit.estate.rights import PrincipalId, RolePolicy
from vmaudit.known import Read, Unknown

_MOST_OWNERS: Final = 2
_MOST_NAMED: Final = 3
"""More groups than these at one scope are one cause together."""
_ALWAYS_IN: Final = "permanent member"
_LONGEST: Final = 8.0
WEAKNESSES: Final = {
    _ALWAYS_IN: "has members who need not activate anything",
    "self-service": "lets anybody join",
    "dynamic": "takes members by their attributes",
    "unprotected": "is neither role-assignable nor managed by PIM",
    "owners": f"has more than {_MOST_OWNERS} owners, or one who may be a member",
    "weak policy": "lets people in without MFA, approval, a reason or an end",
}
_FIX: Final = {
    _ALWAYS_IN: "az ad group member list --group {0} --query '[].userPrincipalName' --output tsv",
    "self-service": (
        "az rest --method patch --url https://graph.microsoft.com/v1.0/groups/{0} "
        '--body \'{{"visibility": "Private"}}\''
    ),
    "dynamic": "az rest --url https://graph.microsoft.com/v1.0/groups/{0}?$select=membershipRule",
    "unprotected": "az ad group show --group {0} --query isAssignableToRole",
    "owners": "az ad group owner list --group {0} --query '[].userPrincipalName' --output tsv",
    "weak policy": (
        'az rest --url "https://graph.microsoft.com/v1.0/policies/roleManagementPolicyAssignments?'
        "\\$filter=scopeId eq '{0}' and scopeType eq 'Group'\""
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class _Weak:
    """What is weak about the groups of one scope."""

    groups: tuple[str, ...]
    found: tuple[tuple[PrincipalId, str], ...]
    doubts: tuple[tuple[str, str], ...]
    """A weakness that can't be ruled out, and why."""
    unseen: str
    """Why there may be other groups; "" where these are all."""


def _each(case: Case) -> Iterator[_Weak]:
    for at in roles_of_people(case).at:
        yield kept(at, "groups", lambda at=at: _at(case.around, at))


def _at(around: Around, at: RolesAt) -> _Weak:
    people = around.access.people
    groups = dict.fromkeys(
        group
        for role in at.held
        if role.principal and role.might & DOING
        for group, _ in people.who(role.principal)
        if people.is_group(group)
    )
    given = frozenset(
        group
        for role in at.held
        if role.principal and role.held != "eligible"
        for group, _ in people.who(role.principal)
    )
    found: list[tuple[PrincipalId, str]] = []
    # Members that were not read may be groups too.
    hidden = (crowd.hidden for group in groups for crowd in crowds(around).behind(group) if crowd.joined == "standing")
    unseen = first((*(role.because for role in at.held if not role.principal), *hidden))
    doubts = [(weakness, unseen) for weakness in WEAKNESSES] if unseen else []
    for group in groups:
        for weakness, answer in around.once(("group", group), lambda group=group: tuple(_weaknesses(around, group))):
            if weakness == _ALWAYS_IN and group not in given:
                continue  # members of a group that is eligible itself have to activate the role all the same
            if isinstance(answer, Unknown):
                doubts.append((weakness, f"{crowds(around).shown(group)}: {answer.reason}"))
            elif answer:
                found.append((group, weakness))
    return _Weak(tuple(people.named(one).name or one for one in groups), tuple(found), tuple(doubts), unseen)


def _weaknesses(around: Around, group: PrincipalId) -> Iterator[tuple[str, Read[bool]]]:
    row = around.rights.groups.get(group)
    unread = Unknown("its row was not read (needs Directory.Read.All)")
    joined = around.rights.complete("group_assignment_schedule_instances")
    policy = around.rights.group_policies.get(group)
    yield _ALWAYS_IN, _permanent_members(around, group)
    yield "self-service", unread if row is None else row.open
    yield "dynamic", unread if row is None else row.dynamic
    managed = bool(around.rights.joins.get(group)) or policy is not None
    assignable = unread if row is None else row.role_assignable
    yield (
        "unprotected",
        False
        if managed or assignable is True
        else joined
        if isinstance(joined, Unknown)
        else (assignable if isinstance(assignable, Unknown) else True),
    )
    yield "owners", unread if row is None else _bad_owners(around, group, row.owners)
    if managed:
        yield "weak policy", Unknown("PIM's settings for it were not read") if policy is None else _is_weak(policy)
    elif isinstance(joined, Unknown):
        yield "weak policy", joined


def _permanent_members(around: Around, group: PrincipalId) -> Read[bool]:
    for crowd in crowds(around).behind(group):
        if crowd.joined == "standing":
            return crowd.people
    return False


def _bad_owners(around: Around, group: PrincipalId, owners: Read[tuple[PrincipalId, ...]]) -> Read[bool]:
    if isinstance(owners, Unknown):
        return owners
    behind = crowds(around).behind(group)
    if len(owners) > _MOST_OWNERS or any(not frozenset(crowd.inside).isdisjoint(owners) for crowd in behind):
        return True
    hidden = first(crowd.hidden for crowd in behind)
    return Unknown(hidden) if hidden and owners else False


def _is_weak(policy: RolePolicy) -> Read[bool]:
    """Held to what PIM-002 to PIM-005 ask of a role, with the values that these come with."""
    asked = (policy.activation.mfa, policy.activation.approval, policy.activation.justification)
    hours = policy.activation.max_hours
    long = hours if isinstance(hours, Unknown) else hours > _LONGEST
    if False in asked or long is True:
        return True
    return next((one for one in (*asked, long) if isinstance(one, Unknown)), False)


def _groups(case: Case) -> Names:
    found = {name for each in _each(case) for name in each.groups}
    return Names(tuple(sorted(found)), first(each.unseen for each in _each(case)))


def _found(case: Case) -> Names:
    each = tuple(_each(case))
    found = {weakness for weak in each for _, weakness in weak.found}
    doubts = (why for weak in each for weakness, why in weak.doubts if weakness not in found)
    return Names(tuple(sorted(found)), first(doubts))


def _mend(case: Case, found: Any) -> tuple[Remedy, ...]:
    key = f"weak groups {','.join(found.proven)}"
    parts = (
        kept(at, key, lambda at=at, each=each: _mend_at(case.around, at, each, found.proven))
        for at, each in zip(roles_of_people(case).at, _each(case), strict=True)
    )
    return tuple(dict.fromkeys(remedy for part in parts for remedy in part))


def _mend_at(around: Around, at: RolesAt, weak: _Weak, wanted: tuple[str, ...]) -> tuple[Remedy, ...]:
    """Each weakness of each group, or all of them together where a scope has many."""
    found = [pair for pair in weak.found if pair[1] in wanted]
    groups = dict.fromkeys(group for group, _ in found)
    if len(groups) <= _MOST_NAMED:
        return tuple(_one(around, group, weakness) for group, weakness in found)
    scope = at.held[0].at
    named = kinds.listed(crowds(around).shown(group) for group in groups)
    return (
        Remedy(
            resource=scope,
            says=f"{len(groups)} groups with roles at {scope_text(scope)} are easy to get into: {named}",
            fix=f"az role assignment list --scope {az.quoted(scope)} --query \"[?principalType=='Group']\"",
            part="groups",
        ),
    )


def _one(around: Around, group: PrincipalId, weakness: str) -> Remedy:
    return Remedy(
        resource=group,
        says=f"{crowds(around).shown(group)} {WEAKNESSES[weakness]}",
        fix=_FIX[weakness].format(az.quoted(group)),
        part=weakness,
    )


_WORDS: Final = "; ".join(f"`{name}`: one {says}" for name, says in WEAKNESSES.items())
_TABLES: Final = (*TABLES, "group_owners", "group_policy_assignments")

FACTS: Final = (
    Fact(
        name="pim.groups",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="groups that carry roles",
        doc="Groups that hold a role which does more than read on the machine, with the groups in them.",
        read=_groups,
        tables=TABLES,
        whole=WHOLE,
    ),
    Fact(
        name="pim.group_weaknesses",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="what makes such a group easy to get into",
        doc=f"What is weak about the groups of `pim.groups`: {_WORDS}.",
        read=_found,
        tables=_TABLES,
        whole=(*WHOLE, "group_owners"),
        remedies=_mend,
        vocabulary=tuple(WEAKNESSES),
    ),
)
