"""Who stands behind a principal, and whether these are people or programs: worked out once per principal."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vmaudit.access.people import People
from vmaudit.estate.rights import DenyAssignment, Held, PrincipalId, Rights
from vmaudit.known import Read, Unknown

_WORKLOADS = frozenset({"ServicePrincipal"})
_NOBODY_IN_PERSON = frozenset({"Group", "Device", "ServicePrincipal"})


@dataclass(frozen=True, slots=True)
class Crowd:
    """Those who stand behind a principal in the same way."""

    joined: Held
    """How they are in it: `standing` for whoever it is himself and for plain members, `activated` and `eligible` for
    those whom PIM for Groups lets in."""
    inside: tuple[PrincipalId, ...]
    people: Read[bool]
    """Whether somebody is among them."""
    workloads: Read[bool]

    def hold(self, held: Held) -> Held:
        """How they hold a role that the principal holds in this way."""
        if self.joined == "standing" or held == "eligible":
            return held
        return held if self.joined == "activated" and held == "unknown" else self.joined


class Crowds:
    """Finds them. `exempt` are accounts that do not count: those for emergencies."""

    def __init__(self, rights: Rights, people: People, exempt: frozenset[PrincipalId]) -> None:
        self._rights = rights
        self._people = people
        self._exempt = exempt
        self._known: dict[PrincipalId, tuple[Crowd, ...]] = {}

    def behind(self, principal: PrincipalId) -> tuple[Crowd, ...]:
        """All who stand behind a principal; nobody is in two of them."""
        found = self._known.get(principal)
        if found is None:
            found = self._known[principal] = tuple(self._crowds(principal))
        return found

    def shown(self, principal: PrincipalId) -> str:
        """A principal in words; its id where no name was read."""
        named = self._people.named(principal)
        name = named.name or principal
        return f"group {name}" if self._people.is_group(principal) else name

    def denied(self, deny: DenyAssignment, principal: PrincipalId) -> bool:
        """Whether a deny assignment speaks about somebody."""
        return self._people.denied(deny, principal)

    def _crowds(self, principal: PrincipalId) -> Iterator[Crowd]:
        if not self._people.is_group(principal):
            yield self._crowd("standing", (principal,), "")
            return
        everybody = [one for one, _ in self._people.who(principal)]
        groups = [one for one in everybody if self._people.is_group(one)]
        plain = self._plain_members(principal)
        activated = tuple(one for one in everybody if one not in plain and one != principal)
        yield self._crowd("standing", tuple(plain), self._hidden(groups))
        if activated:
            yield self._crowd("activated", activated, "")
        eligible = dict.fromkeys(
            who
            for group in groups
            for join in self._rights.joins.get(group, ())
            if join.held == "eligible" and not join.owner
            for who, _ in self._people.who(join.principal)
            if who not in plain and who not in activated
        )
        unread = self._rights.complete("group_eligibility_schedule_instances")
        if eligible or isinstance(unread, Unknown):
            why = f"{unread.reason}: others may join {self.shown(principal)}" if isinstance(unread, Unknown) else ""
            yield self._crowd("eligible", tuple(eligible), why)

    def _plain_members(self, group: PrincipalId) -> dict[PrincipalId, None]:
        """Members through links that nobody activated."""
        reached: dict[PrincipalId, None] = {}
        waiting = [group]
        for one in waiting:  # grows while it is walked
            lent = {join.principal for join in self._rights.joins.get(one, ()) if join.held == "activated"}
            for member in self._rights.members.get(one, ()):
                if member not in reached and member not in lent:
                    reached[member] = None
                    waiting.append(member)
        return reached

    def _hidden(self, groups: Iterable[PrincipalId]) -> str:
        """Why others may be in one of these groups; "" where all are known."""
        complete = self._rights.tables["group_members"]
        for group in groups:
            if isinstance(complete, Unknown):
                return f"{complete.reason}: others may be in {self.shown(group)}"
            if group in self._rights.cut_short or self._people.named(group).kind == "ForeignGroup":
                return f"only some members of {self.shown(group)} were given"
        return ""

    def _crowd(self, joined: Held, inside: tuple[PrincipalId, ...], hidden: str) -> Crowd:
        return Crowd(joined, inside, self._any(inside, hidden, people=True), self._any(inside, hidden, people=False))

    def _any(self, inside: tuple[PrincipalId, ...], hidden: str, *, people: bool) -> Read[bool]:
        doubt = hidden
        for one in inside:
            found = self._is(one, people=people)
            if found is True:
                return True
            if isinstance(found, Unknown):
                doubt = doubt or found.reason
        return Unknown(doubt) if doubt else False

    def _is(self, one: PrincipalId, *, people: bool) -> Read[bool]:
        """Whether this is a person, or a program. Whoever was deleted is nobody."""
        named = self._people.named(one)
        if "deleted" in named.marks or one in self._exempt:
            return False
        if named.kind == "User":
            return people
        if named.kind in _NOBODY_IN_PERSON or self._people.is_group(one):
            return not people and named.kind in _WORKLOADS
        return Unknown(f"whether {self.shown(one)} is a person was not read")
