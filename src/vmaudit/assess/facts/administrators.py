"""Facts about those who could give themselves anything: owners, the root of the tenant, Global Administrators."""

from collections.abc import Iterator
from typing import Any, Final

from vmaudit.access.doors import Mask
from vmaudit.access.held import RoleHeld
from vmaudit.access.matching import met_by
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.held_roles import TABLES, WHOLE, chosen, crowds, exempt, first, roles_of_people
from vmaudit.assess.facts.role_remedies import take_away
from vmaudit.assess.role_questions import ROLES, operations, scope_kind
from vmaudit.assess.values import AtLeast, Names, Roles
from vmaudit.estate.rights import Held, Permission, PrincipalId
from vmaudit.known import Read, Unknown

_EVERYTHING: Final[Mask] = met_by(Permission(actions=("*",)))
_HANDING_OUT: Final = operations(["Microsoft.Authorization/roleAssignments/write"])
_DIRECTORY: Final = (
    "directory_role_assignments",
    "directory_role_assignment_schedule_instances",
    "directory_role_eligibility_schedule_instances",
)


def _owning(case: Case) -> Roles:
    """Roles that permit everything, at the subscription of the machine or above it."""
    roles = case.around.rights.roles
    subscription = case.key.split("/")[2]

    def choose(role: RoleHeld) -> RoleHeld | None:
        definition = roles.get(role.role_id)
        whole = definition is not None and any(
            not one.condition and "*" in one.actions and not one.not_actions for one in definition.permissions
        )
        wide = _covers(role, subscription) or not role.principal
        return role if wide and (whole or not role.may) else None

    return chosen(roles_of_people(case), f"owning {subscription}", choose)


def _covers(role: RoleHeld, subscription: str) -> bool:
    """Whether a role is held at this subscription or above: machines have Bastions in others, too."""
    kind = scope_kind(role.at)
    own = kind == "subscription" and role.at.rpartition("/")[2].lower() == subscription
    return own or kind in {"root", "management-group"}


def _owners(case: Case) -> Read[float | AtLeast[float]]:
    owning = _owning(case)
    return case.around.once(("owners", *map(id, owning.at)), lambda: _count(case.around, owning))


def _count(around: Around, owning: Roles) -> float | AtLeast[float]:
    people = {one for role in owning if not role.because for one in role.inside if _is_person(around, one)}
    doubt = first(role.because for role in owning if role.might & _EVERYTHING == _EVERYTHING)
    return AtLeast(float(len(people)), doubt) if doubt else float(len(people))


def _is_person(around: Around, one: PrincipalId) -> bool:
    named = around.access.people.named(one)
    return named.kind == "User" and "deleted" not in named.marks


def _few_owners(case: Case, _found: Any) -> tuple[Remedy, ...]:
    subscription = "/".join(case.machine.id.split("/")[:3])
    return case.around.once(("owner-remedy", subscription), lambda: (_review(subscription),))


def _review(subscription: str) -> Remedy:
    name = subscription.rpartition("/")[2]
    return Remedy(
        resource=subscription,
        says=f"subscription {name} has too many owners, or too few",
        fix=(
            f"az role assignment list --scope {az.quoted(subscription)} --role Owner --include-inherited"
            " --include-groups --output table"
        ),
        part="owners",
    )


def _at_root(case: Case) -> Roles:
    """What hands out roles at the root: what elevating one's access leaves behind (azure-facts 6.1)."""

    def choose(role: RoleHeld) -> RoleHeld | None:
        return role if role.might & _HANDING_OUT and (role.at == "/" or not role.principal) else None

    return chosen(roles_of_people(case), "root", choose)


def _administrators(around: Around) -> Iterator[tuple[PrincipalId, Held]]:
    """People who are Global Administrators, each with how, through any group."""
    for holder in around.rights.administrators:
        for crowd in crowds(around).behind(holder.principal):
            for one in crowd.inside:
                if _is_person(around, one):
                    yield one, crowd.hold(holder.held)


def _unread(around: Around) -> str:
    rights = around.rights
    tables = [rights.complete(name) for name in _DIRECTORY]
    groups = (crowd.people for holder in rights.administrators for crowd in crowds(around).behind(holder.principal))
    # Instances of PIM show every active role; without PIM's licence, the assignments themselves do.
    active = next((Unknown("") for one in tables[:2] if one is True), tables[0])
    return first(one.reason for one in (active, tables[2], *groups) if isinstance(one, Unknown))


def _global(case: Case) -> Read[float | AtLeast[float]]:
    people = {one for one, _ in _administrators(case.around)}
    doubt = _unread(case.around)
    if doubt and not people:
        return Unknown(doubt)
    return AtLeast(float(len(people)), doubt) if doubt else float(len(people))


def _standing_global(case: Case) -> Names:
    around = case.around
    found = dict(_administrators(around))
    ways: dict[PrincipalId, set[Held]] = {one: set() for one in found}
    for one, held in _administrators(around):
        ways[one].add(held)
    apart = exempt(around)
    standing = [one for one, held in ways.items() if held & {"standing", "time-bound"} and one not in apart]
    untold = [one for one, held in ways.items() if held == {"unknown"}]
    doubt = _unread(around) or (
        f"PIM does not say how {_name(around, untold[0])} is a Global Administrator" if untold else ""
    )
    return Names(tuple(sorted(_name(around, one) for one in standing)), doubt)


def _name(around: Around, one: PrincipalId) -> str:
    return around.access.people.named(one).name or one


def _fewer(case: Case, found: Any) -> tuple[Remedy, ...]:
    names: Names | None = found if isinstance(found, Names) else None
    people = {_name(case.around, one): one for one, _ in _administrators(case.around)}
    return tuple(
        Remedy(
            resource=people[name],
            says=f"{name} is a Global Administrator",
            fix=(
                "az rest --url 'https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments?"
                f"$filter=principalId eq '\\''{people[name]}'\\'''"
            ),
            part="Global Administrator",
        )
        for name in sorted(people)
        if names is None or name in names.proven
    )


FACTS: Final = (
    Fact(
        name="access.owners",
        kind=kinds.NUMBER,
        level=Level.ACCESS,
        label="how many people own the subscription",
        doc=(
            "How many people may do everything in the subscription of the machine, by a role there or above, active or "
            "eligible, with those in groups."
        ),
        read=_owners,
        tables=TABLES,
        whole=WHOLE,
        remedies=_few_owners,
    ),
    Fact(
        name="access.root_roles",
        kind=ROLES,
        level=Level.ACCESS,
        label="roles at the root of the tenant that hand out roles",
        doc=(
            "Roles that people hold at the root scope `/` and that hand out roles: what elevating one's access leaves "
            "behind."
        ),
        read=_at_root,
        tables=TABLES,
        whole=WHOLE,
        remedies=take_away,
    ),
    Fact(
        name="access.global_administrators",
        kind=kinds.NUMBER,
        level=Level.TENANT,
        label="how many Global Administrators there are",
        doc="How many people are Global Administrators of the tenant, active or eligible, with those in groups.",
        read=_global,
        tables=(*_DIRECTORY, "users", "groups", "group_members"),
        whole=_DIRECTORY,
        remedies=_fewer,
    ),
    Fact(
        name="access.standing_global_administrators",
        kind=kinds.NAMES,
        level=Level.TENANT,
        label="Global Administrators who need not activate it",
        doc=(
            "People who are Global Administrators all the time, without the accounts for emergencies that "
            "`break_glass` of PIM-010 names."
        ),
        read=_standing_global,
        tables=(*_DIRECTORY, "users", "groups", "group_members"),
        whole=_DIRECTORY,
        remedies=_fewer,
    ),
)
