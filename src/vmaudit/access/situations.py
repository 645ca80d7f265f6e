"""The access situation of a machine: which assignments count for it, and where around it they do.

Machines whose places lie under the same scopes share one situation. So the work grows with the scopes that somebody
holds a role at, not with machines times assignments.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from vmaudit.access.doors import BIT, NEEDS, Mask, Place, needs_at
from vmaudit.access.holdings import Block, Holding, Holdings
from vmaudit.access.matching import met_by
from vmaudit.access.places import Neighbourhood, Places
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Key, VirtualMachine
from vmaudit.estate.rights import ROOT, DenyAssignment, Rights

_ELSEWHERE: Mask = sum(BIT[need] for need in NEEDS if need.place is Place.ANYWHERE)


@dataclass(frozen=True, eq=False)
class Situation:
    """The assignments that count, in blocks that other situations share, and what deny assignments take away."""

    blocks: tuple[Block, ...]
    denies: tuple[tuple[DenyAssignment, Mask], ...]
    elsewhere: Block
    """Assignments at any scope that meet needs which may be met anywhere."""
    unplaced: bool
    """Whether what stands above the subscription was not read, though roles are held at management groups."""

    @cached_property
    def holdings(self) -> tuple[Holding, ...]:
        """All of them."""
        return tuple(holding for block in self.blocks for holding in block)


class Situations:
    """Finds the situation of each machine of an estate."""

    def __init__(self, estate: Estate, rights: Rights) -> None:
        self._above = rights.above
        self._neighbourhood = Neighbourhood(estate)
        self._held = Holdings(rights)
        self._denies: dict[Key, list[DenyAssignment]] = defaultdict(list)
        for deny in sorted(rights.denies, key=lambda deny: deny.id.lower()):
            self._denies[deny.scope].append(deny)
        self._scopes = frozenset(self._held.by_scope) | frozenset(self._denies)
        self._elsewhere = self._held.meeting(_ELSEWHERE)
        self._of_group: dict[Key, tuple[Key, ...]] = {}
        self._known: dict[tuple[tuple[Key, int], ...], Situation] = {}
        self._kin: dict[Hashable, tuple[Situation, tuple[str, ...]]] = {}

    def of(self, machine: VirtualMachine) -> tuple[Situation, tuple[str, ...]]:
        """The situation of a machine, and what was not read of its places."""
        kin = self._neighbourhood.kin(machine, self._scopes)
        if kin is None:
            return self._looked_at(machine)
        found = self._kin.get(kin)
        if found is None:
            found = self._kin[kin] = self._looked_at(machine)
        return found

    def _looked_at(self, machine: VirtualMachine) -> tuple[Situation, tuple[str, ...]]:
        places = self._neighbourhood.places(machine)
        covered: dict[Key, int] = defaultdict(int)
        present = 0
        for kind, key in places.resources:
            place = kind.value  # a plain number: combining flags as such takes most of the time
            present |= place
            for scope in self._scopes_of(key):
                covered[scope] |= place
        subscription = machine.key.partition("/resourcegroups/")[0]
        unplaced = bool(self._held.management_groups) and subscription not in self._above
        signature = (*sorted(covered.items()), ("unplaced" if unplaced else "", present))
        found = self._known.get(signature)
        if found is None:
            found = self._known[signature] = self._situation(covered, present if unplaced else 0)
        return self._denying(found, covered, places), places.gaps

    def _situation(self, covered: Mapping[Key, int], possibly: int) -> Situation:
        """`possibly` are the places that management groups, of which it is not known where they stand, may cover."""
        held = self._held.by_scope
        blocks = [
            self._held.block(scope, places, sure=True) for scope, places in sorted(covered.items()) if scope in held
        ]
        if possibly:
            blocks += [self._held.block(scope, possibly, sure=False) for scope in self._held.management_groups]
        return Situation(tuple(block for block in blocks if block), (), self._elsewhere, possibly != 0)

    def _denying(self, situation: Situation, covered: Mapping[Key, int], places: Places) -> Situation:
        """The situation with its deny assignments. One denies where it covers all resources that are in a place."""
        if self._denies.keys().isdisjoint(covered):
            return situation
        denies = tuple(
            (deny, mask)
            for scope in sorted(covered.keys() & self._denies.keys())
            for deny in self._denies[scope]
            if (mask := self._taken_by(deny, places))
        )
        return replace(situation, denies=denies) if denies else situation

    def _taken_by(self, deny: DenyAssignment, places: Places) -> Mask:
        there: dict[int, list[bool]] = defaultdict(list)
        for place, key in places.resources:
            there[place].append(deny.scope == key if deny.here_only else deny.scope in self._scopes_of(key))
        open_places = 0
        for place, hit in there.items():
            if not all(hit):
                open_places |= place
        taken = 0
        for permission in deny.permissions:
            taken |= met_by(permission)
        return taken & ~needs_at(open_places) & needs_at(sum(there))

    def _scopes_of(self, key: Key) -> tuple[Key, ...]:
        """The scopes at or above a resource at which somebody holds, or is denied, something."""
        group, slash, rest = key.partition("/providers/")
        above = self._of_group.get(group)
        if above is None:
            above = self._of_group[group] = tuple(self._containers(group))
        if not slash:
            return above
        if rest.count("/") == 2:  # most resources are part of no other
            return (*above, key) if key in self._scopes else above
        own = [scope for scope in _parts(group, rest) if scope in self._scopes]
        return (*above, *own) if own else above

    def _containers(self, group: Key) -> Iterator[Key]:
        """A resource group or subscription, and what is above it."""
        subscription = group.partition("/resourcegroups/")[0]
        chain = (ROOT, *self._above.get(subscription, ()), subscription, group)
        return (scope for scope in dict.fromkeys(chain) if scope in self._scopes)


def _parts(group: Key, rest: str) -> Iterator[Key]:
    """A resource and the resources that it is a part of."""
    segments = rest.split("/")
    for end in range(3, len(segments) + 1, 2):
        yield f"{group}/providers/{'/'.join(segments[:end])}"
