"""One policy, and one named location: from Microsoft Graph's JSON to values (azure-facts 3.1)."""

from typing import Final

from msgspec.structs import replace

from vmaudit.addresses import Intervals, prefixes
from vmaudit.estate.conditional_access import (
    Audience,
    DeviceFilter,
    Grant,
    Guests,
    NamedLocation,
    Policy,
    Sides,
    Strength,
    Words,
    Workloads,
)
from vmaudit.estate.fields import Fields
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.known import Read, Unknown

_BUILT_IN: Final[dict[str, tuple[str, Words]]] = {
    "00000000-0000-0000-0000-000000000004": (
        "Phishing-resistant MFA",
        frozenset({"windowshelloforbusiness", "fido2", "x509certificatemultifactor"}),
    ),
    "00000000-0000-0000-0000-000000000003": (
        "Passwordless MFA",
        frozenset({"windowshelloforbusiness", "fido2", "x509certificatemultifactor", "devicebasedpush"}),
    ),
    "00000000-0000-0000-0000-000000000002": ("Multifactor authentication", frozenset({"*mfa*"})),
}
"""Authentication strengths that are the same in every tenant, for exports that name just their ids.

`*mfa*` stands for every combination that is multifactor authentication.
"""


def read_policy(fields: Fields) -> Policy:
    """A policy. Raises RowUnreadableError where its conditions or its state were left out."""
    identity = fields.text("id").lower()
    state = fields.text("state").lower()
    if not identity or not state or not fields.has("conditions"):
        raise RowUnreadableError(f"policy {identity or 'without an id'}: its state or its conditions were left out")
    conditions = fields.inside("conditions")
    users = conditions.inside("users")
    found = replace(
        _where_and_how(conditions),
        id=identity,
        name=fields.text("displayName"),
        state=state,
        include=_audience(users, "include"),
        exclude=_audience(users, "exclude"),
        workloads=_workloads(conditions),
        grant=_grant(fields) if fields.has("grantControls") else None,
        session=fields.inside("sessionControls").switched_on(),
    )
    return replace(found, unread=conditions.not_asked())


def _where_and_how(conditions: Fields) -> Policy:
    """The conditions of a policy but for those about people."""
    apps = conditions.inside("applications")
    clients = conditions.words("clientAppTypes")
    return Policy(
        id="",
        name="",
        state="",
        apps=Sides(apps.words("includeApplications"), apps.words("excludeApplications")),
        actions=apps.words("includeUserActions"),
        contexts=apps.words("includeAuthenticationContextClassReferences"),
        apps_filtered=_has_rule(apps, "applicationFilter"),
        clients=frozenset() if "all" in clients else clients,
        platforms=_sides(conditions.inside("platforms"), "Platforms"),
        locations=_sides(conditions.inside("locations"), "Locations"),
        device_filter=_device_filter(conditions.inside("devices")),
        sign_in_risks=conditions.words("signInRiskLevels"),
        user_risks=conditions.words("userRiskLevels"),
        workload_risks=conditions.words("servicePrincipalRiskLevels"),
        insider_risks=conditions.words("insiderRiskLevels"),
        flows=conditions.inside("authenticationFlows").words("transferMethods") - {"none"},
    )


def _sides(fields: Fields, what: str) -> Sides:
    return Sides(fields.words(f"include{what}"), fields.words(f"exclude{what}"))


def _audience(users: Fields, side: str) -> Audience:
    key = f"{side}GuestsOrExternalUsers"
    guests = None
    if users.has(key):
        said = users.inside(key)
        kinds = said.words("guestOrExternalUserTypes") - {"none"}
        tenants = said.inside("externalTenants") if said.has("externalTenants") else None
        guests = Guests(kinds, _tenants(tenants)) if kinds else None
    return Audience(users.words(f"{side}Users"), users.words(f"{side}Groups"), users.words(f"{side}Roles"), guests)


def _tenants(fields: Fields | None) -> Words | None:
    if fields is None:
        return None
    kind = fields.text("membershipKind").lower()
    members = fields.words("members")
    return members if kind == "enumerated" or members else None


def _workloads(conditions: Fields) -> Workloads | None:
    if not conditions.has("clientApplications"):
        return None
    said = conditions.inside("clientApplications")
    found = Workloads(
        said.words("includeServicePrincipals"),
        said.words("excludeServicePrincipals"),
        _has_rule(said, "servicePrincipalFilter"),
    )
    return found if found.include or found.filtered else None


def _has_rule(fields: Fields, name: str) -> bool:
    inside = fields.inside(name)
    inside.skip("mode")
    return bool(inside.text("rule"))


def _device_filter(devices: Fields) -> DeviceFilter | None:
    said = devices.inside("deviceFilter")
    mode, rule = said.text("mode").lower(), said.text("rule")
    return DeviceFilter(mode, rule) if rule else None


def _grant(policy: Fields) -> Grant:
    fields = policy.inside("grantControls")
    controls = [*(fields.texts("builtInControls") or ())]
    controls += ["customAuthenticationFactor"] * bool(fields.texts("customAuthenticationFactors"))
    controls += ["termsOfUse"] * bool(fields.texts("termsOfUse"))
    strength = _strength(fields.inside("authenticationStrength")) if fields.has("authenticationStrength") else None
    operator = fields.text("operator").lower()
    return Grant(operator, tuple(sorted(controls)), strength, fields.not_asked())


def _strength(fields: Fields) -> Strength:
    identity = fields.text("id").lower()
    name, usual = _BUILT_IN.get(identity, ("", None))
    given = fields.texts("allowedCombinations")
    combinations: Read[Words] = Unknown("which methods it allows was not read") if usual is None else usual
    if given:
        combinations = frozenset(one.lower().replace(" ", "") for one in given)
    requires = fields.text("requirementsSatisfied").lower() or ("mfa" if usual is not None else "")
    shown = fields.text("displayName") or name or identity
    fields.skip("description", "policyType", "createdDateTime", "modifiedDateTime", "combinationConfigurations")
    return Strength(identity, shown, combinations, requires)


def read_location(fields: Fields) -> NamedLocation:
    """A named location. One of a kind that vmaudit does not know has unclear contents."""
    identity = fields.text("id").lower()
    if not identity:
        raise RowUnreadableError("a named location has no id")
    name = fields.text("displayName") or identity
    kind = fields.annotation("@odata.type").lower().rpartition(".")[2]
    trusted = fields.flag("isTrusted") is True
    if kind == "ipnamedlocation" or fields.has("ipRanges"):
        return NamedLocation(identity, name, addresses=_ranges(fields), trusted=trusted)
    if kind == "countrynamedlocation" or fields.has("countriesAndRegions"):
        return _countries(fields, identity, name)
    if kind == "compliantnetworknamedlocation":
        return NamedLocation(identity, name, network=True, trusted=trusted)
    return NamedLocation(identity, name, trusted=trusted, unclear=f"vmaudit does not know the kind of location {name}")


def _countries(fields: Fields, identity: str, name: str) -> NamedLocation:
    gps = fields.text("countryLookupMethod").lower() not in {"", "clientipaddress"}
    return NamedLocation(
        identity,
        name,
        countries=fields.words("countriesAndRegions"),
        unknown_countries=fields.flag("includeUnknownCountriesAndRegions") is True,
        unclear=f"location {name} goes by what a telephone says, not by addresses" if gps else "",
    )


def _ranges(fields: Fields) -> Intervals:
    texts = [one.text("cidrAddress") for one in fields.each("ipRanges")]
    try:
        return prefixes(text for text in texts if text)
    except ValueError as problem:
        raise RowUnreadableError(f"a range of addresses can't be read: {problem}") from problem
