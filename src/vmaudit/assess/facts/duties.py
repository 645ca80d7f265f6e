"""Facts about duties that belong apart: whether somebody signs in to a machine and also grants, opens or hides that.

Machines of one resource group differ by few assignments. So who holds what is added up scope by scope, the widest
first, and what all scopes but the last give is shared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from vmaudit.access.doors import WAYS, Mask
from vmaudit.access.held import RolesAt
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.held_roles import SIGNING_IN, TABLES, WHOLE, crowds, exempt, kept, roles_of_people
from vmaudit.assess.values import Names
from vmaudit.estate.rights import PrincipalId
from vmaudit.estate.roles import scope_key
from vmaudit.known import Unknown

SIGN_IN, APPROVE, GRANT, CHANGE, HIDE = 1, 2, 4, 8, 16
_DOORS: Final = {
    GRANT: ("role-assign", "pim-policy-change"),
    CHANGE: ("jit-configure", "network-change"),
    HIDE: ("log-hide",),
}
_DUTIES: Final[Mapping[int, Mask]] = {
    SIGN_IN: SIGNING_IN,
    **{duty: sum({bit for door in doors for bit in WAYS[door]}) for duty, doors in _DOORS.items()},
}
PAIRS: Final = {
    APPROVE: "sign-in+approve",
    GRANT: "sign-in+grant",
    CHANGE: "sign-in+change",
    HIDE: "sign-in+hide",
}
_SAYS: Final = {
    APPROVE: "approve who does",
    GRANT: "grant roles",
    CHANGE: "open the network",
    HIDE: "hide traces",
}
_MOST_NAMED: Final = 3
"""More people than these are one cause together."""
_MOST_SHOWN: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """What people may do, added up over some scopes."""

    masks: tuple[Mapping[PrincipalId, int], ...]
    """Per scope, the duties of everybody."""
    approvers: frozenset[PrincipalId]
    mixed: tuple[Mapping[PrincipalId, int], ...]
    """Whoever signs in and has another duty, with all his duties; a later one is the fuller."""
    people: int
    """How many they are."""
    together: int
    """The duties of all of them."""
    doubt: str

    def of(self, one: PrincipalId) -> int:
        """All duties of somebody, but approving."""
        found = 0
        for masks in self.masks:
            found |= masks.get(one, 0)
        return found

    def known(self, one: PrincipalId) -> int:
        """All duties of somebody who has two, else 0."""
        return next((mixed[one] for mixed in reversed(self.mixed) if one in mixed), 0)

    def with_two(self, asked: int) -> Iterator[PrincipalId]:
        """Whoever has one of these beside signing in."""
        seen = dict.fromkeys(one for mixed in self.mixed for one in mixed)
        return (one for one in seen if self.known(one) & asked)


_NOTHING: Final = _Held((), frozenset(), (), 0, 0, "")


@lru_cache(maxsize=65536)
def duties_of(mask: Mask) -> int:
    """The duties that some needs amount to."""
    return sum(duty for duty, needs in _DUTIES.items() if mask & needs)


def _held(case: Case) -> _Held:
    return _added_up(case.around, roles_of_people(case).at)


def _added_up(around: Around, scopes: tuple[RolesAt, ...]) -> _Held:
    if not scopes:
        return _NOTHING
    return around.once(("duties", *map(id, scopes)), lambda: _with(around, _added_up(around, scopes[:-1]), scopes[-1]))


def _with(around: Around, before: _Held, last: RolesAt) -> _Held:
    masks = kept(last, "duties", lambda: _masks(around, last))
    doubt = before.doubt or kept(last, "doubted duties", lambda: _doubt(around, last))
    more = kept(last, "approvers", lambda: _approvers(around, last)) - before.approvers
    approvers = before.approvers | more
    added_up = _Held((*before.masks, masks), approvers, before.mixed, before.people, before.together, doubt)
    found: dict[PrincipalId, int] = {}
    together, new = before.together, 0
    for one in (*masks, *more):
        duties = added_up.of(one) | (APPROVE if one in approvers else 0)
        if duties & SIGN_IN and duties != SIGN_IN and duties != (known := before.known(one)):
            found[one] = duties
            together |= duties
            new += not known
    if not found:
        return added_up
    return _Held(added_up.masks, approvers, (*before.mixed, found), before.people + new, together, doubt)


def _masks(around: Around, at: RolesAt) -> Mapping[PrincipalId, int]:
    found: dict[PrincipalId, int] = {}
    leave_out = exempt(around)
    people = around.access.people
    for role in at.held:
        duties = duties_of(role.may)
        if duties and not role.because:
            for one in role.inside:
                if one in found:
                    found[one] |= duties
                elif one not in leave_out and people.named(one).kind == "User":
                    found[one] = duties
    return found


def _doubt(around: Around, at: RolesAt) -> str:
    """Why somebody may hold more than is known."""
    for role in at.held:
        if role.because and duties_of(role.might):
            return role.because
        if duties_of(role.might) != duties_of(role.may):
            return f"whether a condition lets {role.role} of {role.who} do it can't be told"
    return next((doubt for doubt in _unread_approvers(around, at)), "")


def _policies(around: Around, at: RolesAt) -> Iterator[tuple[str, Any]]:
    """The policies of roles that people are eligible to sign in with."""
    found = {
        (scope_key(role.at), role.role_id): role.role
        for role in at.held
        if role.principal and role.held == "eligible" and not role.by_joining and role.might & SIGNING_IN
    }
    for key, name in found.items():
        yield name, around.rights.policies.get(key)


def _unread_approvers(around: Around, at: RolesAt) -> Iterator[str]:
    for name, policy in _policies(around, at):
        if policy is None:
            yield f"the activation policy of {name} was not read, so who approves is not known"
        elif policy.activation.approval is False:
            continue
        elif isinstance(policy.approvers, Unknown) or not policy.approvers:
            yield f"who approves the activation of {name} is not known"
        else:
            unread = around.rights.tables["group_members"]
            if isinstance(unread, Unknown) and any(around.access.people.is_group(one) for one in policy.approvers):
                yield unread.reason


def _approvers(around: Around, at: RolesAt) -> frozenset[PrincipalId]:
    named = (
        one
        for _, policy in _policies(around, at)
        if policy is not None and policy.activation.approval is not False and not isinstance(policy.approvers, Unknown)
        for one in policy.approvers
    )
    return frozenset(who for one in named for crowd in crowds(around).behind(one) for who in crowd.inside)


def _mixed(case: Case) -> Names:
    held = _held(case)
    return Names(tuple(sorted(pair for duty, pair in PAIRS.items() if held.together & duty)), held.doubt)


def _who(case: Case) -> str:
    people, held = case.around.access.people, _held(case)
    first_ones = islice((one for mixed in held.mixed for one in mixed), _MOST_SHOWN)
    return kinds.listed_of([people.named(one).name or one for one in dict.fromkeys(first_ones)], held.people)


def _split(case: Case, found: Any) -> tuple[Remedy, ...]:
    """Whoever has two of the duties that were found."""
    names: Names = found
    asked = sum(duty for duty, pair in PAIRS.items() if pair in names.proven)
    held = _held(case)
    if held.people > _MOST_NAMED:
        return (_many_with(asked),)
    return tuple(_one(case.around, one, held.known(one) & asked) for one in held.with_two(asked))


@lru_cache(maxsize=4096)
def _many_with(asked: int) -> Remedy:
    also = kinds.listed(says for duty, says in _SAYS.items() if asked & duty)
    return Remedy(
        resource="people with two duties",
        says=f"many people sign in to machines where they also {also}",
        fix="az role assignment list --all --include-groups --output table",
        part=",".join(pair for duty, pair in PAIRS.items() if asked & duty),
    )


def _one(around: Around, person: PrincipalId, duties: int) -> Remedy:
    name = around.access.people.named(person).name or person
    also = kinds.listed(says for duty, says in _SAYS.items() if duties & duty)
    return Remedy(
        resource=person,
        says=f"{name} may sign in to machines and also {also}",
        fix=f"az role assignment list --assignee {az.quoted(person)} --all --include-groups --output table",
        part="duties",
    )


_ALSO: Final = (*TABLES, "role_management_policy_assignments", "role_management_policies")

FACTS: Final = (
    Fact(
        name="access.mixed_duties",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="duties that one person holds together",
        doc=(
            "Pairs of duties that some person holds on the machine at once, active or eligible: `sign-in+approve` "
            "(activations of the roles that sign in), `sign-in+grant` (roles, or change PIM's settings), "
            "`sign-in+change` (the network or the just-in-time policy), `sign-in+hide` (turn off logs)."
        ),
        read=_mixed,
        tables=_ALSO,
        whole=WHOLE,
        remedies=_split,
        vocabulary=tuple(PAIRS.values()),
    ),
    Fact(
        name="access.people_with_mixed_duties",
        kind=kinds.TEXT,
        level=Level.ACCESS,
        label="who holds such duties together",
        doc="The people whom `access.mixed_duties` is about, for sentences.",
        read=_who,
        tables=_ALSO,
    ),
)
