"""Whom a policy is about: people by themselves, groups, directory roles and kinds of guests; and workload identities.

Exclusions win over inclusions (facts 3.1). What was not read leaves it open whether somebody is meant.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vmaudit.access.conditional_access.levels import MAYBE, NO, YES, Finding, Level
from vmaudit.access.people import People
from vmaudit.estate.conditional_access import Audience, ConditionalAccess, Guests, Policy, Words, Workload
from vmaudit.estate.rights import PrincipalId, Rights
from vmaudit.known import Unknown

_SPECIAL: Final = frozenset({"all", "none", "guestsorexternalusers"})
_ANY_OF_MINE: Final = "serviceprincipalsinmytenant"
_WORD: Final = re.compile(r"[a-z]+")
"""What Microsoft Graph says in place of an id. Ids have digits and dashes."""


_NOBODY: Final = Finding(NO, "it names nobody")


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who opens an app. `behind` are the principal itself and all groups that it is in."""

    id: PrincipalId
    name: str
    workload: bool
    behind: frozenset[PrincipalId]


class Audiences:
    """Says of every policy whether somebody is meant."""

    def __init__(self, evidence: ConditionalAccess, rights: Rights, people: People) -> None:
        self._evidence = evidence
        self._people = people
        self._members = rights.tables["group_members"]
        self._cut_short = rights.cut_short
        self._open: dict[PrincipalId, str] = {}
        self._words: dict[Words, tuple[str, ...]] = {}

    def somebody(self, principal: PrincipalId) -> Somebody:
        """A person or workload identity with the groups around."""
        found = self._people.named(principal)
        workload = found.kind == "ServicePrincipal" or principal in self._evidence.workloads
        return Somebody(principal, found.name or principal, workload, self._people.stands_behind(principal))

    def means(self, policy: Policy, who: Somebody) -> Finding:
        """Whether a policy is about somebody."""
        if who.workload:
            return self._means_workload(policy, who)
        if policy.include.empty and policy.workloads is not None:
            return Finding(NO, "it is about workload identities")
        inside = self._named(policy.include, who, "includes")
        if inside.level == NO:
            return inside
        outside = self._named(policy.exclude, who, "leaves out")
        if outside.level == YES:
            return Finding(NO, outside.why)
        return outside if outside.level == MAYBE else inside

    def leaves_out(self, policy: Policy, who: Somebody) -> Level:
        """Whether a policy means somebody and leaves him out again."""
        if who.workload:
            return NO
        inside = self._named(policy.include, who, "includes").level
        return min(inside, self._named(policy.exclude, who, "leaves out").level)

    def _named(self, audience: Audience, who: Somebody, verb: str) -> Finding:
        """Whether one side of a policy names somebody. What is sure comes before what may be."""
        if audience.empty:
            return _NOBODY
        doubt: Finding | None = None
        for finding in self._ways(audience, who, verb):
            if finding.level == YES:
                return finding
            doubt = doubt or finding
        return doubt or Finding(NO, f"it {verb} others, not {who.name}")

    def _ways(self, audience: Audience, who: Somebody, verb: str) -> Iterator[Finding]:
        """The ways in which somebody is, or may be, named."""
        if "all" in audience.users:
            yield Finding(YES, f"it {verb} everybody")
        if who.id in audience.users:
            yield Finding(YES, f"it {verb} {who.name}")
        for group in sorted(audience.groups & who.behind):
            yield Finding(YES, f"it {verb} the group {self._people.named(group).name or group}")
        yield from self._by_role(audience.roles, who, verb)
        yield from self._by_kind(audience, who, verb)
        unsure = (why for group in sorted(audience.groups - who.behind) if (why := self._may_hide(group)))
        yield from (Finding(MAYBE, why) for why in unsure)
        for word in self._strange(audience.users):
            yield Finding(MAYBE, f"it {verb} {word!r}, which vmaudit does not know")

    def _strange(self, users: Words) -> tuple[str, ...]:
        """Words that are neither ids nor any that Microsoft Graph is known to say."""
        found = self._words.get(users)
        if found is None:
            words = filter(_WORD.fullmatch, sorted(users - _SPECIAL))
            found = self._words[users] = tuple(one for one in words if self._people.named(one).kind == "Unknown")
        return found

    def _by_role(self, roles: Words, who: Somebody, verb: str) -> Iterator[Finding]:
        for template in sorted(roles):
            role = self._evidence.roles.get(template)
            if role is None:
                unread = self._evidence.other_roles
                if isinstance(unread, Unknown):
                    yield Finding(MAYBE, f"who holds the directory role {template} is not known ({unread.reason})")
                continue
            if role.members & who.behind:
                yield Finding(YES, f"it {verb} the directory role {role.name}")
            elif isinstance(role.whole, Unknown):
                yield Finding(MAYBE, role.whole.reason)
            else:
                groups = (one for one in sorted(role.members) if self._people.is_group(one))
                yield from (Finding(MAYBE, unsure) for group in groups if (unsure := self._may_hide(group)))

    def _by_kind(self, audience: Audience, who: Somebody, verb: str) -> Iterator[Finding]:
        """Guests and external users, by the older word and by the newer condition."""
        any_guest = "guestsorexternalusers" in audience.users
        if not (any_guest or audience.guests):
            return
        kind = self._evidence.guests.get(who.id, Unknown(f"no row says whether {who.name} is a guest"))
        if isinstance(kind, Unknown):
            yield Finding(MAYBE, kind.reason)
        elif kind != "member":
            if any_guest and kind == "b2bcollaborationmember":
                yield Finding(MAYBE, "whether members from outside count as external users there is not documented")
            elif any_guest:
                yield Finding(YES, f"it {verb} guests")
            if audience.guests and kind in audience.guests.kinds:
                yield self._by_tenant(audience.guests, kind, verb)

    def _by_tenant(self, guests: Guests, kind: str, verb: str) -> Finding:
        if guests.tenants is None:
            return Finding(YES, f"it {verb} guests of the kind {kind}")
        if kind == "internalguest":
            return Finding(NO, f"it {verb} guests of other tenants")
        return Finding(MAYBE, f"it {verb} guests of some tenants, and no row says where {kind} come from")

    def _may_hide(self, group: PrincipalId) -> str:
        """Why somebody may be in a group who was not found in it; "" where all its members are known."""
        found = self._open.get(group)
        if found is None:
            found = self._open[group] = self._why_open(group)
        return found

    def _why_open(self, group: PrincipalId) -> str:
        shown = self._people.named(group).name or group
        if isinstance(self._members, Unknown):
            return f"who is in the group {shown} is not known ({self._members.reason})"
        if any(one in self._cut_short for one, _ in self._people.who(group)):
            return f"only the first members of the group {shown}, or of a group in it, were read"
        return ""

    def _means_workload(self, policy: Policy, who: Somebody) -> Finding:
        """Policies for people never bind workload identities, and none binds managed identities (facts 3.2)."""
        said = policy.workloads
        if said is None:
            return Finding(NO, "it is about people, not about workload identities")
        row = self._evidence.workloads.get(who.id)
        if row is not None and row.kind == "managedidentity":
            return Finding(NO, "Conditional Access does not cover managed identities")
        if who.id in said.exclude:
            return Finding(NO, f"it leaves out {who.name}")
        if who.id in said.include:
            return Finding(YES, f"it includes {who.name}")
        if said.filtered:
            return Finding(MAYBE, "it goes by attributes of applications that are not in the evidence")
        return self._mine(row, who) if _ANY_OF_MINE in said.include else Finding(NO, f"it does not include {who.name}")

    def _mine(self, row: Workload | None, who: Somebody) -> Finding:
        """Whether a service principal is one of an application that is registered in this tenant."""
        if row is None or not row.owner or not self._evidence.tenants:
            return Finding(MAYBE, f"no row says whether {who.name} is registered in this tenant")
        if row.owner not in self._evidence.tenants:
            return Finding(NO, f"{who.name} is registered in another tenant")
        sure = row.kind == "application"
        return Finding(YES if sure else MAYBE, "it includes all service principals of this tenant")
