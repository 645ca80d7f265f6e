"""The roles of a machine as PIM sees them: pairs of a role and a scope, each with the settings that PIM has for it.

Settings are not handed down from one scope to another (azure-facts 2.2), so a pair without any was not read.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from vmaudit.access.held import RoleHeld, RolesAt
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.facts.held_roles import DOING, first, kept, roles_of_people
from vmaudit.assess.role_questions import scope_text
from vmaudit.assess.values import AtLeast, Names
from vmaudit.estate.resources import Key
from vmaudit.estate.rights import PrincipalId, RoleId, RolePolicy
from vmaudit.estate.roles import scope_key
from vmaudit.known import Read, Unknown

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pair:
    """A role that people hold at a scope."""

    role: str
    role_id: RoleId
    at: str
    key: Key
    policy: RolePolicy | None
    holders: frozenset[PrincipalId]
    """Who is eligible for it, with the members of groups."""
    principals: frozenset[PrincipalId]
    """Whom the assignments name."""
    because: str
    """Why nobody may be; "" where somebody is for sure."""

    @property
    def unread(self) -> Unknown:
        """Why nothing is known of its settings."""
        return Unknown(
            f"PIM's settings for {self.role} at {scope_text(self.at)} were not read "
            "(needs Microsoft.Authorization/roleManagementPolicies/read)"
        )

    def says(self, ask: Callable[[RolePolicy], Read[T]]) -> Read[T]:
        """One of its settings."""
        return self.unread if self.policy is None else ask(self.policy)


@dataclass(frozen=True, slots=True, eq=False)
class PairsAt:
    """The pairs of one scope, shared by all machines below it."""

    known: tuple[Pair, ...]
    more: str
    """Why there may be others; "" where these are all."""
    kept: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """What was asked of them before, with the answers."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """The pairs of one machine, by scope."""

    at: tuple[PairsAt, ...]

    def __iter__(self) -> Iterator[Pair]:
        """Each pair, the widest scopes first."""
        return (pair for each in self.at for pair in each.known)


def eligible_pairs(case: Case) -> Pairs:
    """Roles that people have to activate, and that do more than read."""
    return _pairs(case, "eligible pairs", _eligible)


def held_pairs(case: Case) -> Pairs:
    """Roles that people hold in any way, and that do more than read."""
    return _pairs(case, "held pairs", lambda _role: True)


def _eligible(role: RoleHeld) -> bool:
    return role.held == "eligible" and not role.by_joining


def _pairs(case: Case, name: str, wanted: Callable[[RoleHeld], bool]) -> Pairs:
    around = case.around
    return Pairs(
        tuple(kept(each, name, lambda each=each: _at(around, each, wanted)) for each in roles_of_people(case).at)
    )


def _at(around: Around, at: RolesAt, wanted: Callable[[RoleHeld], bool]) -> PairsAt:
    by_pair: dict[tuple[Key, RoleId], list[RoleHeld]] = {}
    more = ""
    for role in at.held:
        if not (wanted(role) and role.might & DOING):
            continue
        if role.principal:
            by_pair.setdefault((scope_key(role.at), role.role_id), []).append(role)
        else:
            more = more or role.because
    return PairsAt(tuple(_pair(around, key, roles) for key, roles in by_pair.items()), more)


def _pair(around: Around, key: tuple[Key, RoleId], roles: list[RoleHeld]) -> Pair:
    sure = [role for role in roles if not role.because and role.may & DOING]
    one = (sure or roles)[0]
    return Pair(
        role=one.role,
        role_id=one.role_id,
        at=one.at,
        key=key[0],
        policy=around.rights.policies.get(key),
        holders=frozenset(who for role in roles for who in role.inside),
        principals=frozenset(role.principal for role in roles),
        because="" if sure else one.because or f"whether {one.role} counts here can't be told",
    )


def names_of(pairs: Pairs, key: str, bad: Callable[[Pair], Read[bool]]) -> Names:
    """The roles for which something is so; `key` names the question, which is asked once per scope."""
    each = [_kept(at, key, lambda at=at: _names_at(at, bad)) for at in pairs.at]
    return Names(tuple(sorted({name for names in each for name in names.proven})), first(names.more for names in each))


def _kept(at: PairsAt, key: str, work_out: Callable[[], T]) -> T:
    if key not in at.kept:
        at.kept[key] = work_out()
    return at.kept[key]


def _names_at(at: PairsAt, bad: Callable[[Pair], Read[bool]]) -> Names:
    found: set[str] = set()
    doubts = [at.more]
    for pair in at.known:
        answer = bad(pair)
        if isinstance(answer, Unknown):
            doubts.append(answer.reason)
        elif answer and pair.because:
            doubts.append(pair.because)
        elif answer:
            found.add(pair.role)
    return Names(tuple(found), first(doubts))


def longest(pairs: Pairs, key: str, ask: Callable[[Pair], Read[float]]) -> Read[float | AtLeast[float]]:
    """The largest amount among the pairs; 0 where there are none."""
    each = [_kept(at, key, lambda at=at: _longest_at(at, ask)) for at in pairs.at]
    most = max((amount for amount, _ in each), default=0.0)
    doubt = first(why for _, why in each)
    return AtLeast(most, doubt) if doubt else most


def _longest_at(at: PairsAt, ask: Callable[[Pair], Read[float]]) -> tuple[float, str]:
    most = 0.0
    doubts = [at.more]
    for pair in at.known:
        amount = ask(pair)
        if isinstance(amount, Unknown):
            doubts.append(amount.reason)
        elif pair.because:
            doubts.append(pair.because)
        else:
            most = max(most, amount)
    return most, first(doubts)


def which(pairs: Iterable[Pair], bad: Callable[[Pair], Any]) -> Iterator[Pair]:
    """The pairs for which something is so for sure."""
    return (pair for pair in pairs if not pair.because and bad(pair) is True)
