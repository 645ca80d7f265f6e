"""First match wins: split a box of packets by an ordered list of rules (azure-facts 5.1, 5.6).

The answer is disjoint boxes, each with the rule that surely matches it first. What could not be read makes a rule match
*perhaps*; such a rule is remembered as a doubt of the packets that it perhaps took, and they go on to the next rule.
"""

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from vmaudit.addresses import ANY_ADDRESS, PRIVATE, Intervals, covers, difference, intersection, overlaps, single
from vmaudit.estate.front_doors import AdminRule
from vmaudit.estate.resources import Direction, Key, Peers, Protocol, SecurityRule
from vmaudit.exposure.meaning import Meaning, together
from vmaudit.exposure.surroundings import Surroundings
from vmaudit.known import Read, Unknown

AnyRule = TypeVar("AnyRule", SecurityRule, AdminRule)


class Box(msgspec.Struct, frozen=True, gc=False):
    """Packets of one protocol: from or to the remote addresses, for these ports."""

    protocol: Protocol
    remote: Intervals
    source_ports: Intervals
    destination_ports: Intervals


class LocalEnd(msgspec.Struct, frozen=True, gc=False):
    """The machine's end: one ip configuration. `own` is False where a question names an address that is not its own."""

    address: Read[int]
    application_security_groups: tuple[Key, ...]
    own: bool = True


class Piece(msgspec.Struct, Generic[AnyRule], frozen=True, gc=False):
    """Packets that fare alike: the rule that surely matches first (None: no rule does), and those that perhaps did."""

    box: Box
    rule: AnyRule | None
    doubtful: tuple[AnyRule, ...] = ()
    doubts: tuple[str, ...] = ()
    unread: tuple[frozenset[str], ...] = ()
    """For each doubtful rule the unread sets that it means; empty where its doubt is about something else.

    One of these rules has matched whoever is in such a set.
    """


def split(
    rules: Iterable[AnyRule], direction: Direction, end: LocalEnd, around: Surroundings, box: Box
) -> list[Piece[AnyRule]]:
    """Every packet of `box` in exactly one piece. `rules` stand in the order in which Azure asks them."""
    decided: list[Piece[AnyRule]] = []
    pending: list[Piece[AnyRule]] = [Piece(box, None)]
    for rule in rules:
        if rule.direction is not direction or box.protocol not in rule.protocols:
            continue
        remote = _remote_side(rule, end, around)
        if remote is None:
            continue
        left: list[Piece[AnyRule]] = []
        for piece in pending:
            taken = cut_by(rule, remote, piece, left)
            if taken is not None:
                decided.append(taken)
        pending = left
        if not pending:
            break
    return decided + pending


def cut_by(rule: AnyRule, remote: Meaning, piece: Piece[AnyRule], left: list[Piece[AnyRule]]) -> Piece[AnyRule] | None:
    """Split a piece by one rule: what it surely decides is returned, the rest goes to `left`."""
    box = piece.box
    into = intersection(box.destination_ports, rule.destination_ports)
    outof = intersection(box.source_ports, rule.source_ports)
    may = intersection(box.remote, _left_to_match(remote, piece))
    if not (into and outof and may):
        left.append(piece)
        return None
    must = intersection(may, remote.must)
    perhaps = difference(may, must)
    others = difference(box.remote, may)
    other_into = difference(box.destination_ports, into)
    other_outof = difference(box.source_ports, outof)
    if other_into:
        left.append(_part(piece, Box(box.protocol, box.remote, box.source_ports, other_into)))
    if other_outof:
        left.append(_part(piece, Box(box.protocol, box.remote, other_outof, into)))
    if others:
        left.append(_part(piece, Box(box.protocol, others, outof, into)))
    if perhaps:
        undecided = Box(box.protocol, perhaps, outof, into)
        unread = (*piece.unread, remote.unread)
        left.append(Piece(undecided, None, (*piece.doubtful, rule), (*piece.doubts, remote.doubt), unread))
    decided = Box(box.protocol, must, outof, into)
    return Piece(decided, rule, piece.doubtful, piece.doubts, piece.unread) if must else None


def _left_to_match(remote: Meaning, piece: Piece[AnyRule]) -> Intervals:
    """Whom a rule can still be the first to match: not those who, if it means them, an earlier one meant already.

    `deny Storage` before `allow Storage` closes the door for all of them, whoever they are.
    """
    if not remote.unread or not piece.unread:
        return remote.may
    taken = remote.unread <= frozenset().union(*piece.unread)
    return remote.must if taken else remote.may


def _part(piece: Piece[AnyRule], box: Box) -> Piece[AnyRule]:
    return Piece(box, None, piece.doubtful, piece.doubts, piece.unread)


def _remote_side(rule: SecurityRule | AdminRule, end: LocalEnd, around: Surroundings) -> Meaning | None:
    """The remote addresses for which the rule speaks at this end; None where the rule is about other machines."""
    inbound = rule.direction is Direction.INBOUND
    local, remote = (rule.destination, rule.source) if inbound else (rule.source, rule.destination)
    fits = local_side_matches(local, end, around)
    if fits is False:
        return None
    meaning = around.meaning(remote)
    return Meaning((), meaning.may, fits.reason) if isinstance(fits, Unknown) else meaning


def local_side_matches(side: Peers, end: LocalEnd, around: Surroundings) -> Read[bool]:
    """Whether a side of a rule means this end. Inbound rules see the private address (azure-facts 5.1)."""
    if not end.own and not isinstance(end.address, Unknown):
        return _holds(around.meaning(side), single(end.address))
    if side.addresses == ANY_ADDRESS or any(tag.lower() == "virtualnetwork" for tag in side.tags):
        return True
    if any(group in end.application_security_groups for group in side.application_security_groups):
        return True
    place = around.subnet_addresses if isinstance(end.address, Unknown) else single(end.address)
    if isinstance(place, Unknown):
        return Unknown(place.reason) if side.addresses or side.tags else False
    return _means(side, place, end, around)


def _holds(meaning: Meaning, address: Intervals) -> Read[bool]:
    """Whether a set holds an address of which nothing else is known: not even that it is inside the network."""
    if covers(meaning.must, address):
        return True
    return Unknown(meaning.doubt) if overlaps(meaning.may, address) else False


def _means(side: Peers, place: Intervals, end: LocalEnd, around: Surroundings) -> Read[bool]:
    if covers(side.addresses, place):
        return True
    if overlaps(side.addresses, place):
        return end.address if isinstance(end.address, Unknown) else True
    open_tags = [tag for tag in side.tags if tag.lower() not in ("internet", "azureloadbalancer")]
    if not open_tags or (covers(PRIVATE, place) and all(tag[:1].isalpha() for tag in open_tags)):
        # No service tag holds a private address, and Internet is what lies outside of the virtual network.
        return False
    meant = together(map(around.tag, open_tags))
    if covers(meant.must, place):
        return True
    if not overlaps(meant.may, place):
        return False
    return end.address if isinstance(end.address, Unknown) and not meant.doubt else Unknown(meant.doubt)
