"""Groups and who is in them, through any nesting. Circles of groups are walked once."""

from collections import defaultdict

from vmaudit.estate.rights import EVERYONE, DenyAssignment, Principal, PrincipalId, Rights
from vmaudit.known import Unknown

Via = tuple[PrincipalId, ...]
"""The groups between an assignment and a member, the one that holds it first."""


class People:
    """Who stands behind the principals of assignments. Each group is walked when it is asked for, and once."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._members: dict[PrincipalId, tuple[tuple[PrincipalId, Via], ...]] = {}
        self._groups_of: dict[PrincipalId, list[PrincipalId]] | None = None

    def named(self, principal: PrincipalId) -> Principal:
        """Somebody, as far as he is known."""
        found = self._rights.principals.get(principal)
        return found if found is not None else Principal(principal, "Unknown", "")

    def is_group(self, principal: PrincipalId) -> bool:
        """Whether others may act through this principal."""
        kind = self.named(principal).kind
        return kind in {"Group", "ForeignGroup"} or principal in self._rights.members

    def who(self, principal: PrincipalId) -> tuple[tuple[PrincipalId, Via], ...]:
        """The principal itself, and everybody in it with the shortest way of groups that leads there."""
        found = self._members.get(principal)
        if found is None:
            found = self._members[principal] = self._walk(principal)
        return found

    def _walk(self, principal: PrincipalId) -> tuple[tuple[PrincipalId, Via], ...]:
        reached: dict[PrincipalId, Via] = {principal: ()}
        waiting = [principal]
        for group in waiting:  # grows while it is walked: the nearest groups come first
            for member in self._rights.members.get(group, ()):
                if member not in reached:
                    reached[member] = (*reached[group], group)
                    waiting.append(member)
        return tuple(reached.items())

    def stands_behind(self, principal: PrincipalId) -> frozenset[PrincipalId]:
        """The principal itself and every group that it is in."""
        if self._groups_of is None:
            self._groups_of = defaultdict(list)
            for group, members in self._rights.members.items():
                for member in members:
                    self._groups_of[member].append(group)
        reached = {principal}
        waiting = [principal]
        for one in waiting:
            for group in self._groups_of.get(one, ()):
                if group not in reached:
                    reached.add(group)
                    waiting.append(group)
        return frozenset(reached)

    def ways_to(self, principal: PrincipalId) -> dict[PrincipalId, Via]:
        """The principal itself and every group that it is in, each with the shortest way from there."""
        return {one: dict(self.who(one))[principal] for one in self.stands_behind(principal)}

    def denied(self, deny: DenyAssignment, principal: PrincipalId) -> bool:
        """Whether a deny assignment speaks about somebody.

        Where it excludes a group whose members are not all known, nobody is denied for sure.
        """
        if any(self._may_hide(group) for group in deny.excluded_groups):
            return False
        behind = self.stands_behind(principal)
        if behind & deny.excluded:
            return False
        return EVERYONE in deny.principals or bool(behind & deny.principals)

    def _may_hide(self, principal: PrincipalId) -> bool:
        """Whether somebody who is not known may be in this principal."""
        if self.named(principal).kind in {"User", "ServicePrincipal", "Device"}:
            return False
        inside = [one for one, _ in self.who(principal) if self.is_group(one)]
        return isinstance(self._rights.tables["group_members"], Unknown) or any(
            one in self._rights.cut_short for one in inside
        )
