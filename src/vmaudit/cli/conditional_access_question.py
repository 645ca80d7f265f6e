"""The words of `vmaudit conditional-access` for apps, places and circumstances become a question."""

import difflib
import re
from typing import Final

from vmaudit import addresses
from vmaudit.access.conditional_access.apps import KNOWN, AppId
from vmaudit.access.conditional_access.choices import OTHER_PLATFORM
from vmaudit.access.conditional_access.devices import DEVICE_WORDS
from vmaudit.access.conditional_access.places import ANYWHERE, NO_COUNTRY, Where
from vmaudit.access.conditional_access.solving import Solver
from vmaudit.errors import UsageError
from vmaudit.estate.conditional_access import ConditionalAccess, NamedLocation

_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_EVERY: Final = frozenset({"all", "any"})

PLATFORMS: Final = {
    "windows": "Windows",
    "macos": "macOS",
    "linux": "Linux",
    "ios": "iOS",
    "android": "Android",
    "windowsphone": "windowsphone",
    "other": OTHER_PLATFORM,
}
CLIENTS: Final = {
    "browser": "a browser",
    "mobileAppsAndDesktopClients": "a mobile app or desktop client",
    "exchangeActiveSync": "Exchange ActiveSync",
    "other": "a legacy client",
}
DEVICES: Final[dict[str, str]] = dict(
    zip(("unregistered", "registered", "compliant", "hybrid", "compliant-hybrid"), DEVICE_WORDS, strict=True)
)
RISKS: Final = ("none", "low", "medium", "high")


def app_ids(solver: Solver, wanted: str) -> tuple[AppId, ...]:
    """The app that a command names, or every app that policies tell apart. Raises UsageError."""
    text = wanted.strip().lower()
    if text in _EVERY:
        return solver.every_app()
    for app, known in KNOWN.items():
        if text in {app, known.short, known.name.lower()}:
            return (app,)
    if _GUID.fullmatch(text) or text in solver.every_app():
        return (text,)
    names = [known.short for known in KNOWN.values()]
    close = difflib.get_close_matches(text, names, n=1)
    raise UsageError(
        f"{wanted!r} is no app that vmaudit knows",
        f"Did you mean {close[0]}?" if close else f"Give its appId, `all`, or one of: {', '.join(names)}.",
    )


def given_words(
    platform: str | None, client: str | None, device: str | None, sign_in_risk: str | None, user_risk: str | None
) -> dict[str, frozenset[str]]:
    """Circumstances that are given, by their dimension and the words that choices have."""
    found: dict[str, frozenset[str]] = {}
    if platform:
        found["platform"] = frozenset({PLATFORMS[platform]})
    if client:
        found["client"] = frozenset({CLIENTS[client]})
    if device:
        found["device"] = frozenset({DEVICES[device]})
    for name, level in (("sign-in risk", sign_in_risk), ("user risk", user_risk)):
        if level:
            found[name] = frozenset({f"{'no' if level == 'none' else level} {name}"})
    return found


def place(evidence: ConditionalAccess, wanted: str | None) -> Where:
    """The place that a command names. Raises UsageError."""
    if wanted is None:
        return ANYWHERE
    text = wanted.strip().lower()
    named = [one for one in evidence.locations.values() if text in {one.id, one.name.lower()}]
    if len(named) > 1:
        listed = "\n".join(f"  {one.id}" for one in sorted(named, key=lambda one: one.id))
        raise UsageError(f"{len(named)} locations are called {wanted}", f"Name one by its id:\n{listed}")
    if named:
        return _in(named[0])
    if text == "trusted":
        return _trusted(evidence)
    if re.fullmatch(r"[a-z]{2}", text):
        return Where(countries=frozenset({text}))
    try:
        return Where(addresses.prefix(text))
    except ValueError:
        names = [one.name for one in evidence.locations.values()]
        close = difflib.get_close_matches(wanted, names, n=1)
        raise UsageError(
            f"{wanted!r} is no named location, address or country",
            f"Did you mean {close[0]}?" if close else "Give a name, 203.0.113.7, 203.0.113.0/24, NL or `trusted`.",
        ) from None


def _in(location: NamedLocation) -> Where:
    if location.unclear:
        raise UsageError(f"what is in {location.name} is not known: {location.unclear}", "Give an address instead.")
    if location.network:
        return Where(network=True)
    if location.countries or location.unknown_countries:
        no_country = frozenset({NO_COUNTRY}) if location.unknown_countries else frozenset[str]()
        return Where(countries=location.countries | no_country)
    return Where(location.addresses)


def _trusted(evidence: ConditionalAccess) -> Where:
    found = addresses.NOTHING
    for location in evidence.locations.values():
        if location.trusted:
            found = addresses.union(found, location.addresses)
    if not found:
        raise UsageError("no named location is trusted", "`--location` takes an address or a country as well.")
    return Where(found)
