"""Which rules of a group speak about an end: most about everybody, just-in-time's and a few others about some address.

Just-in-time keeps a deny rule per machine, so hardly two machines have the very same rules before them. But what a deny
rule is called and whose address it names makes no difference to what gets in: machines whose rules are the same but for
that are in the same situation.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from typing import TypeAlias

import msgspec

from vmaudit.addresses import ANY_ADDRESS, NOTHING, Intervals, intersection
from vmaudit.estate.resources import Access, Direction, Peers, Protocol, SecurityGroup, SecurityRule
from vmaudit.exposure.matching import LocalEnd, local_side_matches
from vmaudit.exposure.surroundings import Surroundings
from vmaudit.known import Read, Unknown


class Heard(msgspec.Struct, frozen=True, gc=False):
    """A rule that asks for an address and means an end, or perhaps does; `mark` is equal where the rule might be."""

    place: int
    fits: Read[bool]
    mark: Hashable


Hearing: TypeAlias = tuple[Heard, ...]
"""What the rules of a group that ask for an address say to one end, in their order."""

Speaking: TypeAlias = Iterator[tuple[SecurityRule, Read[bool]]]
"""Rules in order, each with whether it surely speaks about the end."""

Ports: TypeAlias = Mapping[Protocol, Intervals]
"""The ports in question, by protocol."""


class AskedPorts:
    """The ports in question. What rules are about is worked out once per set of ports that they name."""

    __slots__ = ("_concerned", "_shared", "by_protocol")

    def __init__(self, by_protocol: Ports) -> None:
        self.by_protocol = by_protocol
        self._shared: dict[tuple[Protocol, Intervals], Intervals] = {}
        self._concerned: dict[tuple[frozenset[Protocol], Intervals], bool] = {}

    def shared(self, protocol: Protocol, ports: Intervals) -> Intervals:
        """Those of some ports that are in question."""
        key = protocol, ports
        found = self._shared.get(key)
        if found is None:
            found = self._shared[key] = intersection(ports, self.by_protocol.get(protocol, NOTHING))
        return found

    def concern(self, rule: SecurityRule) -> bool:
        """Whether a rule speaks about one of them."""
        key = rule.protocols, rule.destination_ports
        found = self._concerned.get(key)
        if found is None:
            named = (protocol for protocol in self.by_protocol if protocol in rule.protocols)
            found = self._concerned[key] = any(self.shared(protocol, rule.destination_ports) for protocol in named)
        return found


class Voices:
    """The inbound rules of one group that are about some ports, by whom they speak about."""

    __slots__ = ("_by_address", "_everyone", "_others", "first_allow", "rules")

    def __init__(self, group: SecurityGroup, asked: AskedPorts) -> None:
        inbound = Direction.INBOUND
        self.rules = tuple([rule for rule in group.rules if rule.direction is inbound and asked.concern(rule)])
        everyone: list[int] = []
        others: list[int] = []
        by_address: dict[int, list[int]] = defaultdict(list)
        for place, rule in enumerate(self.rules):
            side = rule.destination
            if _means_every_end(side):
                everyone.append(place)
            elif side.tags or side.application_security_groups or not _single_addresses(side.addresses):
                others.append(place)
            else:
                for address, _ in side.addresses:
                    by_address[address].append(place)
        self._everyone = everyone
        self._others = others
        self._by_address: Mapping[int, list[int]] = by_address
        allows = [place for place in (*everyone, *others) if self.rules[place].access is Access.ALLOW]
        self.first_allow = min(allows, default=len(self.rules))
        """The place of the first rule that allows and is not for single addresses; no place is that high if none."""

    def of_address(self, address: int) -> list[SecurityRule]:
        """The rules for one address alone, and for everyone, before any that may allow it, in order."""
        own = self._by_address.get(address, [])
        first = min((self.first_allow, *(place for place in own if self.rules[place].access is Access.ALLOW)))
        return [self.rules[place] for place in sorted((*own, *self._everyone)) if place < first]

    def heard(self, end: LocalEnd, around: Surroundings) -> Hearing:
        """What the rules that ask for an address say to one end."""
        if isinstance(end.address, Unknown):
            asked = sorted({*self._others, *(place for places in self._by_address.values() for place in places)})
            found = [self._answer(place, end, around) for place in asked]
        else:
            found = [Heard(place, fits=True, mark=self._mark(place)) for place in self._by_address.get(end.address, ())]
            found += [self._answer(place, end, around) for place in self._others]
            found.sort(key=_place)
        return tuple(heard for heard in found if heard.fits is not False)

    def _answer(self, place: int, end: LocalEnd, around: Surroundings) -> Heard:
        fits = local_side_matches(self.rules[place].destination, end, around)
        return Heard(place, fits, place if fits is True else (place, fits))

    def _mark(self, place: int) -> Hashable:
        """Of a deny rule for one machine's address, all that matters, and between which rules for everybody it is."""
        rule = self.rules[place]
        if rule.access is Access.ALLOW or rule.source.tags or rule.source.application_security_groups:
            return place
        before = bisect(self._everyone, place)
        return (before, rule.source.addresses, rule.protocols, rule.source_ports, rule.destination_ports)

    def all_speaking(self, heard: Hearing) -> Iterator[SecurityRule]:
        """The rules that speak about an end, or perhaps do, in order."""
        return (self.rules[place] for place in sorted((*self._everyone, *(each.place for each in heard))))

    def speaking(self, heard: Hearing, protocol: Protocol) -> Speaking:
        """The rules for a protocol that speak about an end, in order, each with whether it surely does."""
        fits = {each.place: each.fits for each in heard}
        places = sorted((*self._everyone, *fits)) if fits else self._everyone
        for place in places:
            rule = self.rules[place]
            if protocol in rule.protocols:
                yield rule, fits.get(place, True)


def _means_every_end(side: Peers) -> bool:
    """Whether the destination of a rule means all machines alike (azure-facts 5.1)."""
    if not side.tags:
        return side.addresses == ANY_ADDRESS
    return side.addresses == ANY_ADDRESS or any(tag.lower() == "virtualnetwork" for tag in side.tags)


def _single_addresses(addresses: Intervals) -> bool:
    for low, high in addresses:  # noqa: SIM110 - asked of every rule, and cheaper so
        if low != high:
            return False
    return True


def marks(heard: Hearing) -> Hashable:
    """What tells one end from others behind the same group."""
    return tuple([each.mark for each in heard])


def _place(heard: Heard) -> int:
    return heard.place
