"""Random facts of every kind, and every way of knowing less about one."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from vmaudit.access.doors import ALL_NEEDS
from vmaudit.access.held import RoleHeld, RolesAt
from vmaudit.addresses import PUBLIC, Intervals, difference, normalised, prefix, union
from vmaudit.assess import kinds
from vmaudit.assess.facts import FACTS
from vmaudit.assess.kinds import Kind
from vmaudit.assess.role_questions import ROLES
from vmaudit.assess.values import AtLeast, Event, Events, Names, Ports, Roles, Sku
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.paths import Certainty, Opening
from vmaudit.known import Unknown

WHY = "not read"
UNREAD = Unknown(WHY)
_DOORS = ((22, 22), (23, 23), (161, 161), (443, 443), (3389, 3389), (5985, 5986), (0, 65535))
_SOURCES = (PUBLIC, prefix("198.51.100.0/24"), prefix("203.0.113.7"))

port_sets = st.lists(st.sampled_from(_DOORS), max_size=3).map(normalised)
names = st.sets(st.sampled_from(("a", "b", "role=vmaudit-public")), max_size=3).map(lambda found: tuple(sorted(found)))


def _ports(proven: Intervals, possible: Intervals) -> Ports:
    left = difference(possible, proven)
    return Ports(proven, left, WHY if left else "")


openings = st.builds(
    lambda sources, protocol, ports, possible: Opening(
        sources, protocol, ports, Certainty.POSSIBLE if possible else Certainty.PROVEN, WHY if possible else ""
    ),
    st.sampled_from(_SOURCES),
    st.sampled_from((Protocol.TCP, Protocol.UDP)),
    port_sets.filter(bool),
    st.booleans(),
)

events = st.builds(Event, st.sampled_from(("grant", "session")), st.sampled_from((0.0, 1440.0, 100_000.0)))

_masks = st.sampled_from((0, 1, ALL_NEEDS, ALL_NEEDS & ~1, 1 << 20))
roles_held = st.builds(
    lambda who, at, held, may, more, minutes, machines, because: RoleHeld(
        who, who, "Role", "role", at, held, may, may | more, minutes, machines, because=because
    ),
    st.sampled_from(("Adam", "Jane")),
    st.sampled_from(("/", "/subscriptions/s", "/subscriptions/s/resourceGroups/rg")),
    st.sampled_from(("standing", "time-bound", "activated", "eligible", "unknown")),
    _masks,
    _masks,
    st.sampled_from((0.0, 1440.0 * 20, 1440.0 * 400, UNREAD)),
    st.sampled_from((1.0, 26.0, 1e9)),
    st.sampled_from(("", WHY)),
)
roles = st.lists(roles_held, max_size=3).map(lambda held: Roles((RolesAt(tuple(held)),)))
SOMEBODY = RoleHeld("somebody", "", "a role", "", "", "unknown", 0, ALL_NEEDS, UNREAD, 0, uncounted=WHY, because=WHY)
"""Whoever may hold what was not read."""

_BY_KIND: dict[Kind, st.SearchStrategy[Any]] = {
    kinds.YES_NO: st.booleans(),
    kinds.TEXT: st.sampled_from(("Linux", "Windows")),
    kinds.NUMBER: st.sampled_from((1.0, 26.0, 27.0, 256.0, 257.0, 2.0**32)),
    kinds.MINUTES: st.sampled_from((0.0, 60.0, 180.0, 181.0)),
    kinds.SKU: st.sampled_from(Sku),
    kinds.PORTS: st.builds(_ports, port_sets, st.one_of(st.just(()), port_sets)),
    kinds.NAMES: st.builds(Names, names, st.sampled_from(("", WHY))),
    kinds.OPENINGS: st.lists(openings, max_size=3).map(tuple),
    ROLES: roles,
    kinds.EVENTS: st.builds(Events, st.lists(events, max_size=3).map(tuple), st.sampled_from(("", WHY)))
    | st.builds(
        Events, st.lists(events, max_size=3).map(tuple), back_to=st.sampled_from((0.0, 43_200.0)), older=st.just(WHY)
    ),
}


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Anything that a fact of this kind can be, not read among it."""
    amounts = kind in (kinds.NUMBER, kinds.MINUTES, kinds.SKU)
    partly = [_BY_KIND[kind].map(lambda least: AtLeast(least, WHY))] if amounts else []
    return st.one_of(_BY_KIND[kind], st.just(UNREAD), *partly)


def rows() -> st.SearchStrategy[dict[str, Any]]:
    """A value for every fact that there is."""
    return st.fixed_dictionaries({name: values(fact.kind) for name, fact in FACTS.items()})


@st.composite
def less(draw: st.DrawFn, value: Any) -> Any:
    """The same truth, read less well: everything that `value` leaves possible is still possible."""
    if isinstance(value, Unknown | bool | str) or draw(st.booleans()):
        return UNREAD
    match value:
        case Ports(proven, possible, _):
            kept = difference(proven, draw(port_sets))
            return _ports(kept, union(union(proven, possible), draw(port_sets)))
        case Names() | Events() | Roles():
            return draw(_fewer(value))
        case tuple():
            doubted = tuple(structs.replace(each, certainty=Certainty.POSSIBLE, reason=WHY) for each in value)
            return draw(st.sampled_from((value, doubted)))
        case _:
            return AtLeast(draw(_not_above(value.least if isinstance(value, AtLeast) else value)), WHY)


def _doubted(role: RoleHeld, **changes: Any) -> RoleHeld:
    """A role of which it is not known whether it is held here."""
    return replace(role, because=WHY, **changes)


@st.composite
def _fewer(draw: st.DrawFn, value: Names | Events | Roles) -> Names | Events | Roles:
    """There may be others; where a log was read, perhaps only before it begins."""
    if isinstance(value, Roles):
        kept = tuple(_doubted(role) if draw(st.booleans()) else role for role in value if draw(st.booleans()))
        return Roles((RolesAt((*kept, SOMEBODY, _doubted(SOMEBODY, held="eligible"))),))
    if isinstance(value, Names) or draw(st.booleans()):
        return replace(value, proven=tuple(part for part in value.proven if draw(st.booleans())), more=WHY)
    back_to = min(value.back_to, draw(st.floats(0, 200_000)))
    kept = tuple(event for event in value.proven if event.ago <= back_to or draw(st.booleans()))
    return replace(value, proven=kept, back_to=back_to, older=WHY)


def _not_above(amount: Any) -> st.SearchStrategy[Any]:
    if isinstance(amount, Sku):
        return st.sampled_from([sku for sku in Sku if sku <= amount])
    return st.sampled_from([amount, amount / 2, 0.0])


@st.composite
def rows_and_less(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """All facts about a machine, and the same with some of them read less well."""
    full = draw(rows())
    weakened = draw(st.sets(st.sampled_from(sorted(FACTS)), min_size=1, max_size=4))
    return full, {name: draw(less(value)) if name in weakened else value for name, value in full.items()}
