"""Separation of duties: who uses a machine and also approves, hands out, opens or hides, with what proves each side.

What somebody holds is worked out once per block of assignments, which many situations share, and a situation adds only
the blocks that it has for itself. Proof is looked for only where it is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from vmaudit.access.duties import BIT, DOORS_OF_DUTY, Duty, clashes, duties_of
from vmaudit.access.grants import BY_EASE, Grant, Grants
from vmaudit.access.holdings import Block, Holding
from vmaudit.access.layers import Layers
from vmaudit.access.people import People, Via
from vmaudit.access.situations import Situation
from vmaudit.estate.rights import Held, Principal, PrincipalId, Rights
from vmaudit.known import Read, Unknown

_MAYBE: Final = len(Duty)
"""How far the bits of what may be held stand from those of what is held for sure."""
_SURE: Final = (1 << _MAYBE) - 1
_Held = dict[PrincipalId, int]


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that somebody has a duty: a role of his, or the policy that names him an approver."""

    duty: Duty
    door: str
    """The door that makes it the duty; "" for approving."""
    held: Held
    """How the role is held; an approver is one as long as the policy says so."""
    role: str
    scope: str
    assignment: str
    """The id of the role assignment or PIM instance; for approving, of an eligible role that he may approve."""
    via: Via


class Clash(NamedTuple):
    """What somebody does besides using a machine: for sure, and at all."""

    certain: tuple[Duty, ...]
    possible: tuple[Duty, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One person with two duties that belong apart. `certain` is False where either is only possible."""

    principal: Principal
    use: Proof
    other: Proof
    certain: bool


@dataclass(frozen=True, slots=True)
class Separation:
    """How well duties are apart on one machine. `more` are the clauses for which there may be other conflicts."""

    conflicts: tuple[Conflict, ...]
    more: tuple[str, ...]


class Duties:
    """Who has which duties, situation by situation."""

    def __init__(self, people: People, grants: Grants, rights: Rights) -> None:
        self._people = people
        self._grants = grants
        self._policies = rights.policies
        self._layers = Layers(self._in_block)
        self._ways: dict[PrincipalId, dict[PrincipalId, Via]] = {}

    def in_conflict(self, situation: Situation) -> dict[PrincipalId, Clash]:
        """Who uses a machine here and does more than that, sorted by id. Needs no proof, so it is cheap."""
        found: dict[PrincipalId, Clash] = {}
        everybody = self._everybody(situation)
        for who in sorted(everybody):
            possible = clashes(everybody[who] >> _MAYBE)
            if possible and self._may_be_somebody(who):
                is_person = self._people.named(who).kind == "User"
                found[who] = Clash(clashes(everybody[who] & _SURE) if is_person else (), possible)
        return found

    def of(self, situation: Situation) -> tuple[Conflict, ...]:
        """Every conflict, with its proof, sorted by the name of the person."""
        named = sorted(self.in_conflict(situation), key=lambda who: (self._people.named(who).name.lower(), who))
        return tuple(conflict for who in named for conflict in self._proven(situation, who))

    def unread(self, situation: Situation) -> tuple[str, ...]:
        """Why somebody else may approve what is eligible here."""
        reasons = (self._approvers(holding) for holding in situation.holdings if _is_eligible(holding))
        return tuple(dict.fromkeys(one.reason for one in reasons if isinstance(one, Unknown)))

    def _may_be_somebody(self, who: PrincipalId) -> bool:
        """Whether this may be a person: groups act through their members, and one who was deleted can't act."""
        named = self._people.named(who)
        return named.kind in {"User", "Unknown"} and not self._people.is_group(who) and "deleted" not in named.marks

    def _everybody(self, situation: Situation) -> _Held:
        everybody = self._layers.of(situation.blocks).everybody()
        if not situation.denies:
            return everybody
        found = _Held()
        for who in everybody:
            for part, _ in self._parts(situation, who):
                found[who] = found.get(who, 0) | part
        return found

    def _in_block(self, block: Block) -> _Held:
        found = _Held()
        for holding in block:
            duties = _duties(holding)
            for who, _ in self._people.who(holding.assignment.principal) if duties else ():
                found[who] = found.get(who, 0) | duties
            for who, _ in self._who_approve(holding):
                found[who] = found.get(who, 0) | _approving(holding)
        return found

    def _who_approve(self, holding: Holding) -> Iterator[tuple[PrincipalId, Via]]:
        """Everybody who may approve that this role is activated, where it lets somebody use the machine."""
        approvers = self._approvers(holding) if _is_eligible(holding) else ()
        for approver in () if isinstance(approvers, Unknown) else approvers:
            yield from self._people.who(approver)

    def _approvers(self, holding: Holding) -> Read[tuple[PrincipalId, ...]]:
        found = self._policies.get((holding.assignment.scope, holding.assignment.role))
        where = f"{holding.role} at {holding.assignment.where}"
        if found is None:
            return Unknown(f"the activation policy of {where} was not read")
        if found.activation.approval is False:
            return ()
        approvers = found.approvers
        if isinstance(approvers, Unknown):
            return Unknown(f"{where}: {approvers.reason}")
        return approvers or Unknown(f"{where}: the activation policy asks for approval and names no approver")

    def _parts(self, situation: Situation, who: PrincipalId) -> Iterator[tuple[int, Proof]]:
        """Everything that gives somebody a duty here, as bits and as proof."""
        for grant in self._grants.of_one(situation, who, self._ways_to(who)):
            for duty, doors in DOORS_OF_DUTY.items():
                if grant.door in doors:
                    sure = BIT[duty] if grant.certain and grant.condition != "conditional" else 0
                    yield sure | BIT[duty] << _MAYBE, _proof(grant, duty)
        for holding in situation.holdings:
            via = dict(self._who_approve(holding)).get(who)
            if via is not None:
                one = holding.assignment
                proof = Proof(Duty.APPROVE, "", "standing", holding.role, one.where, one.id, via)
                yield _approving(holding), proof

    def _ways_to(self, who: PrincipalId) -> dict[PrincipalId, Via]:
        found = self._ways.get(who)
        if found is None:
            found = self._ways[who] = self._people.ways_to(who)
        return found

    def _proven(self, situation: Situation, who: PrincipalId) -> Iterator[Conflict]:
        """Every conflict of one person: the easiest way to each duty is the proof."""
        best: dict[Duty, tuple[bool, Proof]] = {}
        for bits, proof in sorted(self._parts(situation, who), key=lambda part: _ease(*part)):
            best.setdefault(proof.duty, (bool(bits & _SURE), proof))
        use = best.get(Duty.USE)
        if use is None:
            return
        named = self._people.named(who)
        for duty in Duty:
            if duty is not Duty.USE and duty in best:
                sure, proof = best[duty]
                yield Conflict(named, use[1], proof, certain=use[0] and sure and named.kind == "User")


def _is_eligible(holding: Holding) -> bool:
    """Whether a role has to be activated and then lets somebody use the machine."""
    return holding.assignment.held == "eligible" and bool(duties_of(holding.powers.possible) & BIT[Duty.USE])


def _duties(holding: Holding) -> int:
    """What a role makes its holder's duty: for sure, and shifted, at all."""
    powers = holding.powers
    sure = duties_of(powers.understood) if holding.sure and powers.read else 0
    return sure | duties_of(powers.possible) << _MAYBE


def _approving(holding: Holding) -> int:
    sure = holding.sure and holding.powers.read and duties_of(holding.powers.understood) & BIT[Duty.USE]
    return (BIT[Duty.APPROVE] if sure else 0) | BIT[Duty.APPROVE] << _MAYBE


def _proof(grant: Grant, duty: Duty) -> Proof:
    return Proof(duty, grant.door, grant.held, grant.role, grant.scope, grant.assignment, grant.via)


def _ease(bits: int, proof: Proof) -> tuple[object, ...]:
    """What is certain first, then what takes the least."""
    return (not bits & _SURE, BY_EASE.index(proof.held), proof.assignment.lower(), proof.door, proof.via)
