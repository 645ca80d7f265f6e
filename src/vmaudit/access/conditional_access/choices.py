"""Circumstances of a sign-in, one dimension at a time, cut into the classes that policies tell apart.

A choice is one class of one dimension: a platform, a place, a kind of client. What it is to each policy is a level; two
choices that are the same to every policy are one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from vmaudit.access.conditional_access.levels import MAYBE, YES, Level, is_listed
from vmaudit.estate.conditional_access import Policy, Sides, Words

Fits: TypeAlias = tuple[Level, ...]
"""Per policy: whether its condition on this dimension is met."""
Traits: TypeAlias = frozenset[str]

NO_TRAITS: Final[Traits] = frozenset()
BASIC: Final = "basic"
"""A client of legacy authentication: it can meet no grant control, and passes nothing about its device."""
EXCHANGE_ONLY: Final = "exchange-only"
NOT_EXCHANGE: Final = "not-exchange"
REGISTERED: Final = "registered"
COMPLIANT: Final = "compliant"
HYBRID: Final = "hybrid"
MOBILE: Final = "mobile"
PROTECTED_APPS: Final = "protected-apps"
FLOW: Final = "flow"


@dataclass(frozen=True, slots=True)
class Choice:
    """One class of circumstances. `sure` is False where nothing shows that there are any in it."""

    words: tuple[str, ...]
    fits: Fits
    traits: Traits = NO_TRAITS
    refuses: Traits = NO_TRAITS
    """Traits of other choices that it can't come together with."""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing about a sign-in, with every class of it."""

    name: str
    choices: tuple[Choice, ...]


def merged(name: str, choices: Iterable[Choice]) -> Dimension:
    """The dimension with choices put together that make no difference. The plainest ones come first, and stay so."""
    found: dict[tuple[Fits, Traits, Traits], Choice] = {}
    for choice in choices:
        key = choice.fits, choice.traits, choice.refuses
        same = found.get(key)
        if same is None:
            found[key] = choice
        elif same.sure or not choice.sure:
            words = tuple(dict.fromkeys(same.words + choice.words)) if choice.sure == same.sure else same.words
            found[key] = Choice(words, same.fits, same.traits, same.refuses, same.sure)
        else:
            found[key] = choice
    return Dimension(name, tuple(found.values()))


def sides_fit(sides: Sides, word: str, known: Words) -> Level:
    """Whether two lists mean a word; nothing included is everything included."""
    included = YES if not sides.include or "all" in sides.include else is_listed(word, sides.include, known)
    excluded = YES if "all" in sides.exclude else is_listed(word, sides.exclude, known)
    return min(included, YES - excluded)


LEGACY_CLIENT: Final = "a legacy client"
DEVICE_CODE: Final = "device code flow"
TRANSFER: Final = "authentication transfer"

_PLATFORMS: Final = ("windows", "macos", "linux", "ios", "android")
_PLATFORM_WORDS: Final = {"windows": "Windows", "macos": "macOS", "linux": "Linux", "ios": "iOS", "android": "Android"}
OTHER_PLATFORM: Final = "another platform, such as ChromeOS, or none that is told"
_APP_TRAITS: Final = {
    "ios": frozenset({MOBILE, PROTECTED_APPS}),
    "android": frozenset({MOBILE, PROTECTED_APPS}),
    "windows": frozenset({PROTECTED_APPS}),
}
"""Where apps can be approved or protected, by Microsoft Learn's page about grant controls."""


def platforms(policies: Sequence[Policy]) -> Dimension:
    """What a client says its platform is, which nobody verifies. Any that is not named can be claimed too."""
    named = frozenset(
        word for policy in policies for word in policy.platforms.include | policy.platforms.exclude if word != "all"
    )
    apps = any(_asks_for_apps(policy) for policy in policies)
    known = frozenset(_PLATFORMS) | named
    return merged(
        "platform",
        (
            Choice(
                (_PLATFORM_WORDS.get(word, word) if word else OTHER_PLATFORM,),
                tuple(sides_fit(policy.platforms, word, known) for policy in policies),
                _APP_TRAITS.get(word, NO_TRAITS) if apps else NO_TRAITS,
            )
            for word in (*_PLATFORMS, *sorted(named - set(_PLATFORMS)), "")
        ),
    )


def _asks_for_apps(policy: Policy) -> bool:
    controls = policy.grant.controls if policy.grant else ()
    return not {"approvedApplication", "compliantApplication"}.isdisjoint(controls)


_CLIENTS: Final = (
    ("browser", "a browser", NO_TRAITS, NO_TRAITS),
    ("mobileappsanddesktopclients", "a mobile app or desktop client", NO_TRAITS, NO_TRAITS),
    ("other", LEGACY_CLIENT, frozenset({BASIC}), frozenset({REGISTERED, FLOW})),
    (
        "exchangeactivesync",
        "Exchange ActiveSync",
        frozenset({BASIC, EXCHANGE_ONLY}),
        frozenset({REGISTERED, FLOW, NOT_EXCHANGE}),
    ),
)
_CLIENT_WORDS: Final = frozenset(word for word, *_ in _CLIENTS)


def clients(policies: Sequence[Policy]) -> Dimension:
    """The kind of client. Legacy ones pass neither MFA nor anything about a device (Microsoft Learn, "Conditions")."""
    return merged(
        "client",
        (
            Choice((words,), tuple(_client_fits(policy.clients, word) for policy in policies), traits, refuses)
            for word, words, traits, refuses in _CLIENTS
        ),
    )


def _client_fits(listed: Words, word: str) -> Level:
    if not listed:
        return YES
    if word == "exchangeactivesync" and word not in listed and not listed.isdisjoint({"eassupported"}):
        return MAYBE
    return is_listed(word, listed - {"eassupported"}, _CLIENT_WORDS)


_FLOWS: Final = (
    ("", "an ordinary sign-in", NO_TRAITS, NO_TRAITS),
    ("devicecodeflow", DEVICE_CODE, frozenset({FLOW}), frozenset({REGISTERED, BASIC})),
    ("authenticationtransfer", TRANSFER, frozenset({FLOW}), frozenset({BASIC})),
)
_FLOW_WORDS: Final = frozenset({"devicecodeflow", "authenticationtransfer"})


def flows(policies: Sequence[Policy]) -> Dimension:
    """How the sign-in is carried over. Device code flow can't prove the state of the device that asked for it."""
    return merged(
        "flow",
        (
            Choice(
                (words,),
                tuple(YES if not policy.flows else is_listed(word, policy.flows, _FLOW_WORDS) for policy in policies),
                traits,
                refuses,
            )
            for word, words, traits, refuses in _FLOWS
        ),
    )


_RISKS: Final = ("none", "low", "medium", "high")
_INSIDER_RISKS: Final = ("none", "minor", "moderate", "elevated")


def risk(name: str, words: str, listed: Sequence[Words], *, insider: bool = False) -> Dimension:
    """A level of risk, by what each policy lists. Without the licence for it there is none, so none comes first."""
    levels = _INSIDER_RISKS if insider else _RISKS
    known = frozenset(levels)
    return merged(
        name,
        (
            Choice(
                (f"{'no' if level == 'none' else level} {words}",),
                tuple(YES if not one else is_listed(level, one, known) for one in listed),
            )
            for level in levels
        ),
    )
