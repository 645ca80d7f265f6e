"""Facts about accounts that nobody watches any more and that still reach a machine (azure-facts 3.3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from vmaudit.access.doors import Mask, doors_of
from vmaudit.access.holdings import Holding
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.held_roles import DOING, TABLES, WHOLE, crowds, exempt, first, roles_of_people
from vmaudit.assess.values import Event, Events, Names
from vmaudit.estate.guards import moment
from vmaudit.estate.rights import EVERYONE, Principal
from vmaudit.known import Read, Unknown

_MARKS: Final = ("disabled", "deleted", "guest")
_MOST_SEEN: Final = 5
"""So many sign-ins of each scope are kept: those that lie back the longest."""


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What one scope's roles lead to."""

    marked: tuple[tuple[Principal, str, str], ...]
    """Somebody, what is wrong with him, and the assignment that lets him in."""
    seen: tuple[Event, ...]
    unseen: str
    """Whose last sign-in is not known, and why; "" where all are."""


def _each(case: Case) -> Iterator[_Found]:
    for block in case.access_place.situation.blocks:
        yield case.around.once(("left-overs", id(block)), lambda block=block: _in(case.around, block))


def _in(around: Around, block: tuple[Holding, ...]) -> _Found:
    marked: dict[tuple[str, str], tuple[Principal, str, str]] = {}
    people: dict[str, Principal] = {}
    leave_out = exempt(around)
    for holding in block:
        mask = holding.powers.possible
        for one in _reaching(around, holding, mask):
            for mark in _marks(one, mask):
                marked.setdefault((one.id, mark), (one, mark, holding.assignment.id))
            if one.kind == "User" and "deleted" not in one.marks and one.id not in leave_out and mask & DOING:
                people[one.id] = one
    ages = [(one, _age(around, one)) for one in people.values()]
    seen = sorted((Event(one.name or one.id, age) for one, age in ages if not isinstance(age, Unknown)), key=_oldest)
    unseen = first(f"{one.name or one.id}: {age.reason}" for one, age in ages if isinstance(age, Unknown))
    return _Found(tuple(marked.values()), tuple(seen[:_MOST_SEEN]), unseen)


def _oldest(event: Event) -> tuple[float, str]:
    return -event.ago, event.what


def _reaching(around: Around, holding: Holding, mask: Mask) -> Iterator[Principal]:
    """Everybody whom an assignment lets through some door, with the principal that was deleted itself."""
    if not doors_of(mask) or not holding.sure:
        return
    yield around.access.people.named(holding.assignment.principal)
    for crowd in crowds(around).behind(holding.assignment.principal):
        for one in crowd.inside:
            if one != EVERYONE:
                yield around.access.people.named(one)


def _marks(one: Principal, mask: Mask) -> Iterator[str]:
    """A guest who may only read is no left-over."""
    for mark in one.marks:
        if mark != "guest" or mask & DOING:
            yield mark


def _age(around: Around, one: Principal) -> Read[float]:
    """Minutes since somebody signed in."""
    if isinstance(one.seen, Unknown):
        return one.seen
    then, now = moment(one.seen), around.as_of
    if isinstance(then, Unknown):
        return then
    return now if isinstance(now, Unknown) else max((now - then).total_seconds() / 60, 0.0)


def _kinds(case: Case) -> Names:
    found = {mark for each in _each(case) for _, mark, _ in each.marked}
    return Names(tuple(sorted(found)), _unread(case))


def _people(case: Case) -> str:
    found = sorted({f"{one.name or one.id} ({mark})" for each in _each(case) for one, mark, _ in each.marked})
    return kinds.listed(found)


def _unread(case: Case) -> str:
    """Why there may be others: assignments, members or people that were not read."""
    rights = case.around.rights
    tables = ("users", "groups", "service_principals")
    unread = (rights.tables[name] for name in tables)
    return first(
        (
            *(one.reason for one in unread if isinstance(one, Unknown)),
            roles_of_people(case).unseen,
        )
    )


def _sign_ins(case: Case) -> Events:
    found = tuple(dict.fromkeys(event for each in _each(case) for event in each.seen))
    doubt = first(each.unseen for each in _each(case))
    return Events(found, doubt or roles_of_people(case).unseen)


def _revoke(case: Case, found: Any) -> tuple[Remedy, ...]:
    names: Names = found
    return tuple(
        dict.fromkeys(
            _away(one, mark, proof) for each in _each(case) for one, mark, proof in each.marked if mark in names.proven
        )
    )


def _away(one: Principal, mark: str, proof: str) -> Remedy:
    name = one.name or one.id
    if "/roleassignments/" in proof.lower() and mark == "deleted":
        return Remedy(
            proof, f"{name} was deleted and still has a role", f"az role assignment delete --ids {az.quoted(proof)}"
        )
    return Remedy(
        resource=one.id,
        says=f"{name} is a guest who may act" if mark == "guest" else f"{name} is {mark} and still has a role",
        fix=f"az role assignment delete --assignee {az.quoted(one.id)}",
        proof=proof,
    )


def _unused(_case: Case, found: Any) -> tuple[Remedy, ...]:
    events: Events = found
    return tuple(
        Remedy(
            resource=event.what,
            says=f"{event.what} has not signed in for {event.ago / 1440:.0f} days",
            fix="az role assignment list --all --output table",
            part="last sign-in",
        )
        for event in events.proven
    )


FACTS: Final = (
    Fact(
        name="access.left_overs",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="left-over accounts that reach the machine",
        doc=(
            "What is wrong with principals that some door of the machine is open to: `disabled` and `deleted` ones, "
            "and `guest` for guests who may do more than read."
        ),
        read=_kinds,
        tables=(*TABLES, "service_principals"),
        whole=(*WHOLE, "users"),
        remedies=_revoke,
        vocabulary=_MARKS,
    ),
    Fact(
        name="access.left_over_people",
        kind=kinds.TEXT,
        level=Level.ACCESS,
        label="who these accounts are",
        doc="The principals whom `access.left_overs` is about, for sentences.",
        read=_people,
        tables=TABLES,
    ),
    Fact(
        name="access.last_sign_ins",
        kind=kinds.EVENTS,
        level=Level.ACCESS,
        label="when people who may act signed in last",
        doc=(
            "The last sign-ins of people who may do more than read on the machine, of each scope those that lie back "
            "the longest; for who never did, when the account was made."
        ),
        read=_sign_ins,
        tables=(*TABLES, "user_sign_ins"),
        whole=WHOLE,
        remedies=_unused,
    ),
)
