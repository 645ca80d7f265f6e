"""Facts about the roles that people hold on a machine (azure-facts 6, 2.1)."""

from typing import Any, Final

from vmaudit.access.doors import Mask
from vmaudit.access.held import RoleHeld, RolesAt
from vmaudit.access.matching import met_by
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.held_roles import DOING, SIGNING_IN, TABLES, WHOLE, chosen, first, kept, roles_of_people
from vmaudit.assess.facts.role_remedies import take_away
from vmaudit.assess.role_questions import ROLES, operations
from vmaudit.assess.values import Names, Roles
from vmaudit.estate.rights import Permission, Rights, RoleDefinition
from vmaudit.known import Unknown

_ASK_FOR_JIT: Final = operations(["Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action"])
_CHANGE_JIT: Final = operations(["Microsoft.Security/locations/jitNetworkAccessPolicies/write"])
_HANDING_OUT: Final = operations(["Microsoft.Authorization/role*/write"])


def _connecting(case: Case) -> Roles:
    return chosen(roles_of_people(case), "connecting", _if_for_connecting)


def _if_for_connecting(role: RoleHeld) -> RoleHeld | None:
    """A role is for connecting if it lets one sign in, or ask for an opening without being able to change who may.

    Of a role that was not read nobody knows.
    """
    if not role.may and role.might & (SIGNING_IN | _ASK_FOR_JIT):
        return role
    asks = role.may & _ASK_FOR_JIT and not role.may & _CHANGE_JIT
    return role if role.may & SIGNING_IN or asks else None


def _connecting_operations(case: Case) -> Names:
    rights = case.around.rights
    each = [kept(at, "operations", lambda at=at: _operations_at(rights, at)) for at in _connecting(case).at]
    return Names(tuple(sorted({name for names in each for name in names.proven})), first(names.more for names in each))


def _operations_at(rights: Rights, at: RolesAt) -> Names:
    sure = dict.fromkeys(role.role_id for role in at.held if not role.because)
    known = (rights.roles[role] for role in sure if role in rights.roles)
    found = dict.fromkeys(pattern for role in known for pattern in beyond_reading(role))
    return Names(tuple(found), at.doubt)


def beyond_reading(role: RoleDefinition) -> tuple[str, ...]:
    """The patterns of a role that permit more than reading."""
    patterns = (pattern for one in role.permissions for pattern in (*one.actions, *one.data_actions))
    return tuple(dict.fromkeys(pattern for pattern in patterns if not pattern.endswith("/read")))


def _narrow(case: Case, found: Any) -> tuple[Remedy, ...]:
    """The roles that permit what was found."""
    names: Names = found
    held = {role.role_id: role for at in _connecting(case).at for role in _one_of_each(at)}
    roles = case.around.rights.roles
    wide = [
        one for one in sorted(held) if one in roles and not set(names.proven).isdisjoint(beyond_reading(roles[one]))
    ]
    return tuple(_update(case, held[one]) for one in wide)


def _one_of_each(at: RolesAt) -> tuple[RoleHeld, ...]:
    """One holding of every role at a scope."""
    return kept(at, "one of each", lambda: tuple({role.role_id: role for role in reversed(at.held)}.values()))


def _update(case: Case, role: RoleHeld) -> Remedy:
    definition = case.around.rights.roles[role.role_id]
    return Remedy(
        resource=definition.where or role.role_id,
        says=f"role {role.role} permits more than connecting",
        fix=f"az role definition update --role-definition {az.quoted(f'{role.role_id}.json')}",
    )


def _custom(case: Case) -> Roles:
    """Custom roles that are assigned here, with what they permit by wildcards or may hand out."""

    def choose(role: RoleHeld) -> RoleHeld | None:
        definition = case.around.rights.roles.get(role.role_id)
        if definition is None or definition.custom is False:
            return role if not role.may and role.might else None
        wide = sum_of(definition)
        return _with(role, wide, definition)

    return chosen(roles_of_people(case), "custom", choose)


def _with(role: RoleHeld, wide: Mask, definition: RoleDefinition) -> RoleHeld:
    doubt = definition.custom.reason if isinstance(definition.custom, Unknown) else role.because
    return RoleHeld(
        who=role.who,
        principal=role.principal,
        role=role.role,
        role_id=role.role_id,
        at=role.at,
        held=role.held,
        may=role.may & wide,
        might=role.might & wide,
        minutes=role.minutes,
        machines=role.machines,
        proof=role.proof,
        because=doubt,
    )


def sum_of(role: RoleDefinition) -> Mask:
    """What a role permits by patterns with a `*` in them, and of handing out roles whatever it permits."""
    mask = 0
    for one in role.permissions:
        wild = tuple(pattern for pattern in one.actions if "*" in pattern)
        mask |= met_by(Permission(actions=wild, not_actions=one.not_actions))
        mask |= met_by(one) & _HANDING_OUT
    return mask & DOING


def _rewrite(case: Case, found: Any) -> tuple[Remedy, ...]:
    roles: Roles = found
    held = (role for at in reversed(roles.at) for role in _one_of_each(at))
    wide = {role.role_id: role for role in held if role.role_id in case.around.rights.roles}
    return tuple(_owner_like(case, wide[role]) for role in sorted(wide))


def _owner_like(case: Case, role: RoleHeld) -> Remedy:
    definition = case.around.rights.roles[role.role_id]
    return Remedy(
        resource=definition.where or role.role_id,
        says=f"custom role {role.role} is as wide as an owner's, or hands out roles",
        fix=f"az role definition update --role-definition {az.quoted(f'{role.role_id}.json')}",
    )


FACTS: Final = (
    Fact(
        name="access.roles",
        kind=ROLES,
        level=Level.ACCESS,
        label="the roles that people hold",
        doc=(
            "Roles that people hold and that count for the machine or for what is around it, at any scope and through "
            "any group, with what they permit there and how they are held."
        ),
        read=roles_of_people,
        tables=TABLES,
        whole=WHOLE,
        remedies=take_away,
    ),
    Fact(
        name="access.connecting_roles",
        kind=ROLES,
        level=Level.ACCESS,
        label="the roles that people connect with",
        doc=(
            "Those of `access.roles` that let people sign in to the machine, or ask for a just-in-time opening without "
            "the right to change its policy."
        ),
        read=_connecting,
        tables=TABLES,
        whole=WHOLE,
        remedies=take_away,
    ),
    Fact(
        name="access.connecting_operations",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="what the roles for connecting permit",
        doc="Operations, or patterns of them, in the roles that people connect with, but for those that only read.",
        read=_connecting_operations,
        tables=TABLES,
        whole=WHOLE,
        remedies=_narrow,
    ),
    Fact(
        name="access.custom_roles",
        kind=ROLES,
        level=Level.ACCESS,
        label="custom roles that people hold",
        doc=(
            "Custom roles that people hold and that count for the machine, with what they permit there by patterns "
            "with a `*`, and with the handing out of roles whatever the pattern."
        ),
        read=_custom,
        tables=TABLES,
        whole=WHOLE,
        remedies=_rewrite,
    ),
)
