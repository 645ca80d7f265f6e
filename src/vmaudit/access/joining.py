"""Who may get into a group by himself: by activating a membership (PIM for Groups), or as an owner who adds himself."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vmaudit.access.people import People, Via
from vmaudit.estate.rights import Activation, Held, Join, PrincipalId, Rights
from vmaudit.known import Read, Unknown

_NOT_SAID = Unknown("what joining the group takes was not read")
UNREAD_JOIN = Activation(*[_NOT_SAID] * 4)


class Joiner(NamedTuple):
    """Somebody who may become a member of a group, and so hold what it holds."""

    who: PrincipalId
    via: Via
    """The groups between the assignment and him, the one that holds it first."""
    activation: Activation
    """What activating the membership takes."""


class Owner(NamedTuple):
    """Somebody who may add himself to a group; `held` is how he owns it."""

    who: PrincipalId
    group: PrincipalId
    held: Held


class Joining:
    """Finds them. Each group is looked at once."""

    def __init__(self, people: People, rights: Rights) -> None:
        self._people = people
        self._rights = rights
        self._joiners: dict[PrincipalId, tuple[Joiner, ...]] = {}
        self._owners: dict[PrincipalId, tuple[Owner, ...]] = {}

    def joiners(self, principal: PrincipalId) -> tuple[Joiner, ...]:
        """Who may join the group, or one in it, and is in none of them: each by the shortest way."""
        found = self._joiners.get(principal)
        if found is None:
            found = self._joiners[principal] = tuple(self._find(principal)) if self._rights.joins else ()
        return found

    def owners(self, principal: PrincipalId) -> tuple[Owner, ...]:
        """Who owns the group, or one in it, for good or where PIM lets him."""
        found = self._owners.get(principal)
        if found is None:
            inside = [one for one, _ in self._people.who(principal)]
            owning = {Owner(who, group, held) for group in inside for who, held in self._own(group)}
            found = self._owners[principal] = tuple(sorted(owning))
        return found

    def within_reach(self, who: PrincipalId) -> frozenset[PrincipalId]:
        """The groups that somebody may join or owns, and those that they are in."""
        mine = self._people.stands_behind(who)
        joined = {
            group
            for group, joins in self._rights.joins.items()
            if any(join.principal in mine and (join.held == "eligible" or join.owner) for join in joins)
        }
        owned = {
            group
            for group, guards in self._rights.groups.items()
            if not isinstance(guards.owners, Unknown) and not mine.isdisjoint(guards.owners)
        }
        return frozenset(outer for group in joined | owned for outer in self._people.stands_behind(group))

    def unread(self, groups: Iterable[PrincipalId]) -> Iterator[str]:
        """Why others may get into these groups, as clauses."""
        inside = {one for group in groups for one, _ in self._people.who(group) if self._people.is_group(one)}
        reasons = {self._owners_unread(group) for group in inside} - {""}
        for reason in sorted(reasons):
            yield f"owners of groups are not all known ({reason}): they may add themselves"
        eligible = self._rights.complete("group_eligibility_schedule_instances")
        if isinstance(eligible, Unknown):
            yield f"{eligible.reason}: others may join a group by PIM for Groups"

    def _owners_unread(self, group: PrincipalId) -> str:
        guards = self._rights.groups.get(group)
        if guards is None:
            return f"group {self._people.named(group).name or group} was not read"
        table = self._rights.complete("group_owners")
        unread = guards.owners if isinstance(guards.owners, Unknown) else table
        return unread.reason if isinstance(unread, Unknown) else ""

    def _find(self, principal: PrincipalId) -> Iterator[Joiner]:
        inside = dict(self._people.who(principal))
        found: dict[PrincipalId, Joiner] = {}
        for group, via in inside.items():
            activation = self._activation(group)
            for join in self._rights.joins.get(group, ()):
                for who, further in self._people.who(join.principal) if _is_joiner(join) else ():
                    one = Joiner(who, (*via, group, *further), activation)
                    if who not in inside and (who not in found or _length(one) < _length(found[who])):
                        found[who] = one
        yield from found.values()

    def _activation(self, group: PrincipalId) -> Activation:
        policy = self._rights.group_policies.get(group)
        return UNREAD_JOIN if policy is None else policy.activation

    def _own(self, group: PrincipalId) -> Iterator[tuple[PrincipalId, Held]]:
        guards = self._rights.groups.get(group)
        by_pim: dict[PrincipalId, Held] = {
            join.principal: join.held for join in self._rights.joins.get(group, ()) if join.owner
        }
        plain = () if guards is None or isinstance(guards.owners, Unknown) else guards.owners
        for who in {*plain, *by_pim}:
            yield who, by_pim.get(who, "standing")


def both(joining: Activation, role: Activation | None) -> Activation:
    """What it takes to join a group and then, where its role is eligible itself, to activate that."""
    if role is None:
        return joining
    hours = [one.max_hours for one in (joining, role)]
    unread = next((one for one in hours if isinstance(one, Unknown)), None)
    return Activation(
        mfa=_either(joining.mfa, role.mfa),
        approval=_either(joining.approval, role.approval),
        justification=_either(joining.justification, role.justification),
        max_hours=unread or min(one for one in hours if not isinstance(one, Unknown)),
    )


def _either(first: Read[bool], second: Read[bool]) -> Read[bool]:
    if first is True or second is True:
        return True
    return first if isinstance(first, Unknown) else second


def _is_joiner(join: Join) -> bool:
    return join.held == "eligible" and not join.owner


def _length(one: Joiner) -> tuple[int, Via]:
    return len(one.via), one.via
