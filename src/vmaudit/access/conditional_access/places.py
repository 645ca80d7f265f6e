"""Where somebody signs in from: exact ranges of addresses, countries, and the networks that Entra knows by itself.

Which country an address is in is in no evidence, so any named range may be in any country.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from vmaudit.access.conditional_access.choices import Choice, Dimension, merged
from vmaudit.access.conditional_access.levels import MAYBE, NO, YES, Level
from vmaudit.addresses import ANY_ADDRESS, NOTHING, Intervals, difference, intersection, union
from vmaudit.estate.conditional_access import ConditionalAccess, NamedLocation, Policy
from vmaudit.known import Unknown

ALL: Final = "all"
TRUSTED: Final = "alltrusted"
MFA_TRUSTED: Final = "00000000-0000-0000-0000-000000000000"
"""The trusted addresses of the older MFA service, which Microsoft Graph does not show."""
ELSEWHERE: Final = "anywhere else"
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class _Group:
    """Named locations that are the same to every policy."""

    ids: frozenset[str]
    words: tuple[str, ...]
    addresses: Intervals


@dataclass(frozen=True, slots=True)
class Spot:
    """A class of places: the named locations that hold it, and what it is called."""

    inside: frozenset[str]
    words: str
    addresses: Intervals = ANY_ADDRESS
    mfa_trusted: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """Places that a question is about."""

    addresses: Intervals = ANY_ADDRESS
    countries: frozenset[str] | None = None
    """Two lower-case letters each, and `?` for addresses that belong to none; None for any."""
    network: bool | None = None
    """Whether it is the compliant network; None for either."""


ANYWHERE: Final = Where()
NO_COUNTRY: Final = "?"
"""Stands for addresses that belong to no country."""
_OTHER_COUNTRY: Final = ""


class Places:
    """The named locations of a tenant, as policies use them."""

    def __init__(self, evidence: ConditionalAccess) -> None:
        self._locations = evidence.locations
        self._whole = evidence.tables["named_locations"]
        self._trusted = frozenset(one.id for one in evidence.locations.values() if one.trusted)

    def dimension(self, policies: Sequence[Policy], where: Where = ANYWHERE) -> Dimension:
        """Every class of places that the policies tell apart, as far as the question is about it."""
        signatures = _signatures(policies, self._trusted)
        known = [self._locations[name] for name in signatures if name in self._locations]
        ranges = _grouped((one for one in known if one.addresses), signatures)
        countries = [one for one in known if one.countries and not one.unclear]
        networks = [one for one in known if one.network]
        mfa = any(name in {TRUSTED, MFA_TRUSTED} for policy in policies for name in _named(policy))
        choices: list[Choice] = []
        for piece in _by_addresses(Spot(frozenset(), "", where.addresses), ranges):
            for spot in _by_network(piece, networks, where):
                choices += self._choices(policies, spot, countries, where)
                if mfa:
                    words = f"the MFA service's own trusted addresses, if there are any, {spot.words}"
                    trusted = replace(spot, mfa_trusted=True, words=words)
                    choices += self._choices(policies, trusted, countries, where)
        return merged("location", choices)

    def _choices(
        self, policies: Sequence[Policy], spot: Spot, countries: Sequence[NamedLocation], where: Where
    ) -> Iterator[Choice]:
        """A spot in each country that makes a difference, or the spot alone where none does."""
        spots = list(_by_country(spot, countries, where.countries))
        fits = [tuple(self._fits(policy, one) for policy in policies) for one in spots]
        sure = not spot.mfa_trusted
        if len(set(fits)) == 1 and where.countries is None:
            yield Choice((spot.words,), fits[0], sure=sure)
        else:
            yield from (Choice((one.words,), level, sure=sure) for one, level in zip(spots, fits, strict=True))

    def _fits(self, policy: Policy, spot: Spot) -> Level:
        included = policy.locations.include
        inside = YES if not included or ALL in included else self._among(included, spot)
        return min(inside, YES - self._among(policy.locations.exclude, spot))

    def _among(self, names: frozenset[str], spot: Spot) -> Level:
        """Whether a place is in one of these locations."""
        if ALL in names:
            return YES
        return max((self._in(name, spot) for name in names), default=NO)

    def _in(self, name: str, spot: Spot) -> Level:
        if name == MFA_TRUSTED:
            return YES if spot.mfa_trusted else NO
        if name == TRUSTED:
            if spot.mfa_trusted or not self._trusted.isdisjoint(spot.inside):
                return YES
            return MAYBE if isinstance(self._whole, Unknown) else NO
        if name in spot.inside:
            return YES
        location = self._locations.get(name)
        return MAYBE if location is None or location.unclear else NO


def _named(policy: Policy) -> frozenset[str]:
    return policy.locations.include | policy.locations.exclude


def _signatures(policies: Sequence[Policy], trusted: frozenset[str]) -> dict[str, tuple[tuple[bool, bool], ...]]:
    """Per location that some policy names: in which of its two lists each policy has it."""
    named = {name for policy in policies for name in _named(policy)}
    if TRUSTED in named:
        named |= trusted
    return {
        name: tuple(
            (_lists(policy.locations.include, name, trusted), _lists(policy.locations.exclude, name, trusted))
            for policy in policies
        )
        for name in sorted(named)
    }


def _lists(names: frozenset[str], name: str, trusted: frozenset[str]) -> bool:
    return name in names or (TRUSTED in names and name in trusted)


def _grouped(
    locations: Iterable[NamedLocation], signatures: dict[str, tuple[tuple[bool, bool], ...]]
) -> tuple[_Group, ...]:
    """Locations that are the same to every policy, as one."""
    same: dict[tuple[tuple[bool, bool], ...], list[NamedLocation]] = defaultdict(list)
    for location in locations:
        same[signatures[location.id]].append(location)
    return tuple(
        _Group(frozenset(one.id for one in each), tuple(sorted(one.name for one in each)), _all(each))
        for each in same.values()
    )


def _all(locations: Iterable[NamedLocation]) -> Intervals:
    found = NOTHING
    for location in locations:
        found = union(found, location.addresses)
    return found


def _by_addresses(start: Spot, groups: Iterable[_Group]) -> Iterator[Spot]:
    """The addresses cut into pieces that lie wholly inside or wholly outside each group of locations."""
    pieces = [start]
    for group in groups:
        outside = ((piece, difference(piece.addresses, group.addresses)) for piece in pieces)
        inside = ((piece, intersection(piece.addresses, group.addresses)) for piece in pieces)
        words = ", ".join(group.words[:_SHOWN]) + (" or others" if len(group.words) > _SHOWN else "")
        pieces = [
            *(replace(piece, addresses=rest) for piece, rest in outside if rest),
            *(
                replace(
                    piece,
                    inside=piece.inside | group.ids,
                    addresses=rest,
                    words=f"{piece.words} and {words}" if piece.words else words,
                )
                for piece, rest in inside
                if rest
            ),
        ]
    return (replace(piece, words=piece.words or ELSEWHERE) for piece in pieces)


def _by_country(spot: Spot, locations: Sequence[NamedLocation], only: frozenset[str] | None) -> Iterator[Spot]:
    """A piece once per set of countries that policies tell apart, with any other and with addresses of no country."""
    if not locations:
        yield spot
        return
    named = sorted({name for one in locations for name in one.countries})
    countries = [_OTHER_COUNTRY, *named, NO_COUNTRY] if only is None else sorted(only)
    found: dict[frozenset[str], Spot] = {}
    for country in countries:
        holding = [one for one in locations if _holds(one, country)]
        ids = frozenset(one.id for one in holding)
        names = " and ".join(sorted(one.name for one in holding)[:_SHOWN])
        place = names or ("no known country" if country == NO_COUNTRY else "another country")
        words = place if spot.words == ELSEWHERE else f"{spot.words}, if that is in {place}"
        found.setdefault(ids, replace(spot, inside=spot.inside | ids, words=words))
    yield from found.values()


def _holds(location: NamedLocation, country: str) -> bool:
    return location.unknown_countries if country == NO_COUNTRY else country in location.countries


def _by_network(spot: Spot, locations: Sequence[NamedLocation], where: Where) -> Iterator[Spot]:
    """A piece as it is, and through the compliant network of Global Secure Access."""
    if not (where.network and locations):
        yield spot
    if locations and where.network is not False:
        ids = frozenset(one.id for one in locations)
        yield replace(spot, inside=spot.inside | ids, words=f"{spot.words} through the compliant network")
