"""Who may act on a machine, and what somebody may act on: the two questions that the evidence about roles answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from vmaudit.access.grants import Grant, Grants, held_as
from vmaudit.access.holdings import Block
from vmaudit.access.joining import Joining, Owner
from vmaudit.access.overview import MOST_ALTOGETHER, Overview, Surveyor
from vmaudit.access.people import People
from vmaudit.access.separation import Clash, Duties, Separation
from vmaudit.access.situations import Situation, Situations
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import VirtualMachine
from vmaudit.estate.rights import Principal, PrincipalId, Rights
from vmaudit.known import Unknown

_OPENING: Final = {
    "role_assignments": "somebody may hold a role of which nothing is known",
    "role_eligibility_schedule_instances": "somebody may be eligible for a role of which nothing is known",
}
"""Tables that could show more ways in, with what that means where they are incomplete."""
_WHOSE_LIST: Final = (
    ("bastion_hosts", "who may use or change a Bastion is known only for those that were read"),
    ("virtual_networks", "Bastions beyond peerings that were not read are not counted"),
)


@dataclass(frozen=True, slots=True)
class MachineAccess:
    """Who may act on one machine."""

    machine: VirtualMachine
    grants: tuple[Grant, ...]
    blind_spots: tuple[str, ...]
    """What was not read and could let somebody in, or say more about who is named, each as a clause."""
    assumptions: tuple[str, ...]
    """What was not read and could only keep somebody out."""
    owners: tuple[Owner, ...] = ()
    """Who may add himself to a group that holds a role here."""


class AccessPlace(NamedTuple):
    """What machines share on which the same people may do the same."""

    situation: Situation
    gaps: tuple[str, ...]
    """What was not read of what is around them."""


class _Narrowed:
    """Situations cut down to what one principal holds. Each block, and each situation, is cut once."""

    def __init__(self, principals: frozenset[PrincipalId]) -> None:
        self._principals = principals
        self._blocks: dict[int, Block] = {}
        self._situations: dict[tuple[int, ...], Situation] = {}

    def situation(self, whole: Situation) -> Situation | None:
        """The part of a situation that is about him; None where nothing is."""
        blocks = [block for one in whole.blocks if (block := self._block(one))]
        if not blocks:
            return None
        mine = replace(whole, blocks=tuple(blocks), elsewhere=self._block(whole.elsewhere))
        return mine if whole.denies else self._situations.setdefault((*map(id, blocks), whole.unplaced), mine)

    def _block(self, block: Block) -> Block:
        """`Holdings` keeps every block, so that its identity stands."""
        found = self._blocks.get(id(block))
        if found is None:
            mine = tuple(holding for holding in block if holding.assignment.principal in self._principals)
            found = self._blocks[id(block)] = mine
        return found


class Access:
    """Answers from an estate and the rights of its people."""

    def __init__(self, estate: Estate, rights: Rights) -> None:
        self._estate = estate
        self._rights = rights
        self._people = People(rights)
        self._situations = Situations(estate, rights)
        self._joining = Joining(self._people, rights)
        self._grants = Grants(self._people, self._joining, rights.activations)
        self._duties = Duties(self._people, self._grants, rights)
        self._separation: dict[tuple[Situation, tuple[str, ...]], Separation] = {}
        self._everywhere = (*self._incomplete(), *rights.broken)
        self._spots: dict[tuple[Situation, tuple[str, ...]], tuple[str, ...]] = {}
        denies = rights.tables["deny_assignments"]
        self._assumptions = (
            (f"no deny assignment takes any of this away ({denies.reason})",) if isinstance(denies, Unknown) else ()
        )

    def of(self, machine: VirtualMachine) -> MachineAccess:
        """Who may act on a machine."""
        situation, gaps = self._situations.of(machine)
        return MachineAccess(
            machine,
            self._grants.of(situation),
            self._blind_spots(situation, gaps),
            self._assumptions,
            self._owners(situation),
        )

    def _owners(self, situation: Situation, only: PrincipalId | None = None) -> tuple[Owner, ...]:
        """Who owns a group that holds a role in a situation, or one in it; or which of them somebody owns."""
        mine = frozenset[PrincipalId]() if only is None else self._people.stands_behind(only)
        groups = {
            one.assignment.principal for one in situation.holdings if self._people.is_group(one.assignment.principal)
        }
        owners = {owner for group in groups for owner in self._joining.owners(group)}
        return tuple(sorted(owner for owner in owners if only is None or owner.who in mine))

    def separation(self, machine: VirtualMachine) -> Separation:
        """Who uses a machine and also lets himself in, opens the way to it or hides what he does."""
        situation, gaps = self._situations.of(machine)
        found = self._separation.get((situation, gaps))
        if found is None:
            more = (*self._blind_spots(situation, gaps), *self._duties.unread(situation))
            found = self._separation[situation, gaps] = Separation(self._duties.of(situation), more)
        return found

    def in_conflict(self, machine: VirtualMachine) -> dict[PrincipalId, Clash]:
        """Whom `separation` names, with his duties and without the proof: many machines can be asked for that."""
        return self._duties.in_conflict(self._situations.of(machine)[0])

    def overview(self, machines: Iterable[VirtualMachine], most: int = MOST_ALTOGETHER) -> Overview | None:
        """Who may act on these machines, in about `most` ways: the first of them get their tables first.

        None where no role was read at all.
        """
        if not self._rights.active and not self._rights.eligible:
            return None
        surveyor = Surveyor(self._people, self._grants, self._blind_spots, self._assumptions)
        return surveyor.overview(((machine, self._situations.of(machine)) for machine in machines), most)

    def place(self, machine: VirtualMachine) -> AccessPlace:
        """What machines share on which the same people may do the same."""
        situation, gaps = self._situations.of(machine)
        return AccessPlace(situation, gaps)

    @property
    def people(self) -> People:
        """Who is in which group."""
        return self._people

    def situations(self) -> Iterator[tuple[VirtualMachine, Situation]]:
        """Every machine with its situation; machines in the same one share it."""
        for machine in self._estate.machines.values():
            yield machine, self._situations.of(machine)[0]

    def of_principal(self, principal: PrincipalId) -> Iterator[MachineAccess]:
        """The machines that somebody may act on, sorted by their ids, each with his grants."""
        narrowed = _Narrowed(self._people.stands_behind(principal) | self._joining.within_reach(principal))
        parts: dict[Situation, Situation | None] = {}
        found: dict[Situation, tuple[Grant, ...]] = {}
        for key in sorted(self._estate.machines):
            machine = self._estate.machines[key]
            whole, gaps = self._situations.of(machine)
            if whole not in parts:
                parts[whole] = narrowed.situation(whole)
            situation = parts[whole]
            if situation is None:
                continue
            grants = found.get(situation)
            if grants is None:
                grants = found[situation] = self._grants.of_joiner(situation, principal)
            owners = self._owners(situation, principal)
            if grants or owners:
                spots = self._blind_spots(situation, gaps)
                yield MachineAccess(machine, grants, spots, self._assumptions, owners)

    def named(self, principal: PrincipalId) -> Principal:
        """Somebody, as far as he is known."""
        return self._people.named(principal)

    def known(self) -> dict[PrincipalId, Principal]:
        """Everybody whom the evidence names."""
        return dict(self._rights.principals)

    def blind_spots(self) -> tuple[str, ...]:
        """What was not read, whatever the machine."""
        return self._everywhere

    def _incomplete(self) -> Iterator[str]:
        for table, means in _OPENING.items():
            complete = self._rights.tables[table]
            if isinstance(complete, Unknown):
                yield f"{complete.reason}: {means}"
        for table, means in _WHOSE_LIST:
            complete = self._estate.all_of(table)
            if isinstance(complete, Unknown):
                yield f"{complete.reason}: {means}"

    def _blind_spots(self, situation: Situation, gaps: tuple[str, ...]) -> tuple[str, ...]:
        known = self._spots.get((situation, gaps))
        if known is None:
            known = self._spots[situation, gaps] = self._spots_of(situation, gaps)
        return known

    def _spots_of(self, situation: Situation, gaps: tuple[str, ...]) -> tuple[str, ...]:
        found = [*self._everywhere, *(f"{gap}: who may change it is known only above it" for gap in gaps)]
        if situation.unplaced:
            found.append(
                "the management groups above the subscription were not read: what is held at one may not count here"
            )
        holdings = situation.holdings
        unread = (one.role for one in holdings if not one.powers.read)
        found += (f"role {role} is not in the evidence: it may permit anything" for role in unread)
        schedules = self._rights.tables["role_assignment_schedule_instances"]
        if any(held_as(one) == "unknown" and one.powers.read and one.sure for one in holdings):
            why = f" ({schedules.reason})" if isinstance(schedules, Unknown) else ""
            found.append(f"PIM does not say of every active role here whether it is permanent or activated{why}")
        found += self._groups(holding.assignment.principal for holding in holdings)
        return tuple(dict.fromkeys(found))

    def _groups(self, principals: Iterable[PrincipalId]) -> Iterator[str]:
        groups = sorted({one for one in principals if self._people.is_group(one)})
        if not groups:
            return
        complete = self._rights.tables["group_members"]
        for group in groups:
            inside = [one for one, _ in self._people.who(group) if self._people.is_group(one)]
            shown = self._people.named(group).name or group
            if isinstance(complete, Unknown):
                yield f"{complete.reason}: others may be in group {shown}"
            elif any(one in self._rights.cut_short for one in inside):
                yield f"only the first members of group {shown}, or of a group in it, were given"
        yield from self._joining.unread(groups)
