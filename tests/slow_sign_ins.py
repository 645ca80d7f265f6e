"""A slow second opinion about Conditional Access: every single sign-in, asked one by one of Microsoft Graph's rows.

It knows nothing of classes, merged circumstances or three values: it is for tenants of which everything was read.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

Json = dict[str, Any]

PLATFORMS: Final = ("windows", "macOS", "linux", "iOS", "android", "toaster")
CLIENTS: Final = ("browser", "mobileAppsAndDesktopClients", "other")
FLOWS: Final = (None, "deviceCodeFlow", "authenticationTransfer")
RISKS: Final = ("none", "low", "medium", "high")
METHODS: Final = {"password": (False, False), "password,sms": (True, False), "fido2": (True, True)}
"""Method → whether it is multifactor, and whether it resists phishing."""
ADDRESSES: Final = ("203.0.113.5", "203.0.113.200", "198.51.100.9", "192.0.2.1", "2001:db8::1")
COUNTRIES: Final = ("NL", "FR", "DE", None)
DEVICES: Final[tuple[dict[str, str] | None, ...]] = (
    None,
    *(
        {"iscompliant": compliant, "trusttype": trust} | ({"extensionattribute1": label} if label else {})
        for compliant, trust in (
            ("False", "Workplace"),
            ("False", "AzureAD"),
            ("True", "Workplace"),
            ("True", "AzureAD"),
            ("False", "ServerAD"),
            ("True", "ServerAD"),
        )
        for label in (("SAW", "plain") if compliant == "True" or trust == "ServerAD" else ("",))
    ),
)


@dataclass(frozen=True)
class SignIn:
    person: str
    groups: frozenset[str]
    app: str
    address: str = ADDRESSES[3]
    country: str | None = None
    platform: str = "windows"
    client: str = "browser"
    flow: str | None = None
    device: int = 0
    sign_in_risk: str = "none"
    user_risk: str = "none"
    method: str = "password"

    @property
    def possible(self) -> bool:
        legacy = self.client == "other"
        registered = DEVICES[self.device] is not None
        return not (legacy and (registered or self.flow)) and not (self.flow == "deviceCodeFlow" and registered)


def every(first: SignIn, policies: list[Json]) -> Iterator[SignIn]:
    """Every sign-in of somebody to an app, varied in what some policy has a condition on, and in device and method."""
    text = repr([policy["conditions"] for policy in policies])
    varied: dict[str, Any] = {
        "address": ADDRESSES if any(policy["conditions"].get("locations") for policy in policies) else ADDRESSES[:1],
        "country": COUNTRIES if any(policy["conditions"].get("locations") for policy in policies) else (None,),
        "platform": PLATFORMS if any(policy["conditions"].get("platforms") for policy in policies) else ("windows",),
        "client": CLIENTS,
        "flow": FLOWS if "deviceCodeFlow" in text else (None,),
        "device": range(len(DEVICES)),
        "sign_in_risk": RISKS
        if any(policy["conditions"].get("signInRiskLevels") for policy in policies)
        else ("none",),
        "user_risk": RISKS if any(policy["conditions"].get("userRiskLevels") for policy in policies) else ("none",),
        "method": tuple(METHODS),
    }
    for values in product(*varied.values()):
        one = replace(first, **dict(zip(varied, values, strict=True)))
        if one.possible:
            yield one


def binds(policy: Json, one: SignIn, locations: dict[str, Json]) -> bool:
    conditions = policy["conditions"]
    platforms, places = conditions.get("platforms"), conditions.get("locations")
    flows = conditions.get("authenticationFlows")
    said = (conditions.get("devices") or {}).get("deviceFilter")
    return all(
        (
            policy["state"] == "enabled",
            _means(conditions["users"], one),
            {"All", one.app} & {*conditions["applications"]["includeApplications"]},
            one.app not in conditions["applications"]["excludeApplications"],
            {"all", one.client} & {*conditions["clientAppTypes"]},
            not flows or one.flow in flows["transferMethods"].split(","),
            not conditions["signInRiskLevels"] or one.sign_in_risk in conditions["signInRiskLevels"],
            not conditions["userRiskLevels"] or one.user_risk in conditions["userRiskLevels"],
            not platforms or _within(platforms, "Platforms", lambda word: word in {"all", one.platform}),
            not places or _within(places, "Locations", lambda word: _at(word, one, locations)),
            said is None or _filter(said["rule"], DEVICES[one.device]) == (said["mode"] == "include"),
        )
    )


def _means(users: Json, one: SignIn) -> bool:
    inside = {"All", one.person} & {*users["includeUsers"]} or one.groups & {*users["includeGroups"]}
    outside = one.person in users["excludeUsers"] or one.groups & {*users["excludeGroups"]}
    return bool(inside) and not outside


def _within(said: Json, what: str, means: Any) -> bool:
    return any(means(word) for word in said[f"include{what}"]) and not any(
        means(word) for word in said[f"exclude{what}"]
    )


def _at(word: str, one: SignIn, locations: dict[str, Json]) -> bool:
    if word == "All":
        return True
    place = locations[word]
    if "ipRanges" in place:
        networks = [ipaddress.ip_network(each["cidrAddress"]) for each in place["ipRanges"]]
        return any(ipaddress.ip_address(one.address) in network for network in networks)
    if one.country is None:
        return bool(place["includeUnknownCountriesAndRegions"])
    return one.country in place["countriesAndRegions"]


def _filter(rule: str, device: dict[str, str] | None) -> bool:
    """Rules of one test: `device.trustType -eq "ServerAD"`."""
    name, operator, value = rule.split()
    attribute = (device or {}).get(name.removeprefix("device.").lower())
    return (attribute == value.strip('"')) == (operator == "-eq")


def satisfied(policy: Json, one: SignIn, pretended: frozenset[str] = frozenset()) -> bool:
    """Whether the grant controls are met; `pretended` are controls that are met whatever the device is."""
    grant = policy["grantControls"]
    if grant is None:
        return True
    multifactor, resistant = METHODS[one.method]
    device = DEVICES[one.device] or {}
    met = {
        "block": False,
        "mfa": multifactor,
        "compliantDevice": device.get("iscompliant") == "True" or "compliantDevice" in pretended,
        "domainJoinedDevice": device.get("trusttype") == "ServerAD" or "domainJoinedDevice" in pretended,
    }
    asked = [met[control] for control in grant["builtInControls"]]
    if grant["authenticationStrength"]:
        asked.append(resistant)
    if one.client == "other":
        asked = [False for _ in asked]
    return any(asked) if grant["operator"] == "OR" else all(asked)


def gets_in(
    policies: list[Json], one: SignIn, locations: dict[str, Json], pretended: frozenset[str] = frozenset()
) -> bool:
    return all(satisfied(policy, one, pretended) for policy in policies if binds(policy, one, locations))


_HAS: Final[dict[str, Any]] = {
    "mfa": lambda one: METHODS[one.method][0],
    "phishing-resistant": lambda one: METHODS[one.method][1],
    "compliantDevice": lambda one: (DEVICES[one.device] or {}).get("iscompliant") == "True",
    "managed-device": lambda one: (
        (DEVICES[one.device] or {}).get("iscompliant") == "True"
        or (DEVICES[one.device] or {}).get("trusttype") == "ServerAD"
    ),
}
CONTROLS: Final = tuple(_HAS)
_PRETENDED: Final = {
    "compliantDevice": frozenset({"compliantDevice"}),
    "managed-device": frozenset({"compliantDevice", "domainJoinedDevice"}),
}


def verdicts(policies: list[Json], first: SignIn, locations: dict[str, Json]) -> dict[str, str]:
    """Per control: blocked, enforced, bypassable or not-enforced, by looking at every sign-in."""
    ways = [(one, gets_in(policies, one, locations)) for one in every(first, policies)]
    if not any(allowed for _, allowed in ways):
        return dict.fromkeys(CONTROLS, "blocked")
    return {control: _verdict(control, policies, ways, locations) for control in CONTROLS}


def _verdict(control: str, policies: list[Json], ways: list[tuple[SignIn, bool]], locations: dict[str, Json]) -> str:
    without = [(one, allowed) for one, allowed in ways if not _HAS[control](one)]
    if not any(allowed for _, allowed in without):
        return "enforced"
    refused: dict[SignIn, bool] = {}
    for one, allowed in without:
        plain = replace(one, method="")
        refused[plain] = refused.get(plain, True) and not allowed
    pretended = _PRETENDED.get(control, frozenset())
    demanded = any(
        gets_in(policies, replace(plain, method=method), locations, pretended)
        for plain, nobody in refused.items()
        if nobody
        for method in METHODS
    )
    return "bypassable" if demanded else "not-enforced"
