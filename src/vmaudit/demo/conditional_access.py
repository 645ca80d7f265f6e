"""Contoso's Conditional Access, as Microsoft Graph answers it (azure-facts 3.1).

Everybody is asked for MFA from a managed device, in three countries, by an ordinary sign-in; risk is acted on. When the
security lead lost a telephone abroad, one group was left out of all of it, and nobody took that back.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from vmaudit.demo.people import SECURITY_LEAD
from vmaudit.demo.rows import Row, fixed_guid

EMERGENCY_ACCOUNTS: Final = tuple(fixed_guid(f"https://contoso.com/people/emergency-{number}") for number in (1, 2))
"""They keep the way back in, and hold no role on a machine."""
EXCEPTIONS: Final = fixed_guid("https://contoso.com/groups/exceptions")

CONDITIONAL_ACCESS_TABLES: Final[tuple[str, ...]] = (
    "conditional_access_policies",
    "named_locations",
    "security_defaults",
    "authentication_methods_policy",
)
"""Tables about signing in that Contoso vouches for."""

_HOME: Final = fixed_guid("https://contoso.com/locations/home")
_ALL_APPS: Final[Row] = {"includeApplications": ["All"], "excludeApplications": []}
_EVERYBODY: Final[Row] = {
    "includeUsers": ["All"],
    "excludeUsers": [*EMERGENCY_ACCOUNTS],
    "excludeGroups": [EXCEPTIONS],
}


def conditional_access() -> Iterator[tuple[str, Row]]:
    """Each row with the name of its table."""
    for number, account in enumerate(EMERGENCY_ACCOUNTS, 1):
        yield "users", _emergency_account(account, number)
    yield "groups", {"id": EXCEPTIONS, "displayName": "Exceptions", "groupTypes": [], "securityEnabled": True}
    yield "group_members", {"groupId": EXCEPTIONS, "members": [{"id": SECURITY_LEAD}]}
    yield from (("conditional_access_policies", policy) for policy in _policies())
    yield "named_locations", _home()
    yield "security_defaults", {"id": fixed_guid("security defaults"), "isEnabled": False}
    yield "authentication_methods_policy", _methods()


def _emergency_account(account: str, number: int) -> Row:
    address = f"emergency-{number}@contoso.com"
    return {
        "id": account,
        "displayName": f"Emergency account {number}",
        "userPrincipalName": address,
        "mail": None,
        "accountEnabled": True,
        "userType": "Member",
        "createdDateTime": "2024-02-01T09:00:00Z",
        "signInActivity": {"lastSignInDateTime": "2026-09-01T07:00:00Z"},
    }


def _policies() -> Iterator[Row]:
    yield _policy("MFA for everybody", {}, ["mfa"])
    yield _policy("Managed devices for machines", {}, ["compliantDevice", "domainJoinedDevice"])
    yield _policy(
        "Work from home countries",
        {"locations": {"includeLocations": ["All"], "excludeLocations": [_HOME]}},
        ["block"],
    )
    yield _policy("Legacy clients are blocked", {"clientAppTypes": ["exchangeActiveSync", "other"]}, ["block"])
    flows = {"transferMethods": "deviceCodeFlow,authenticationTransfer"}
    yield _policy("Device codes and transfers are blocked", {"authenticationFlows": flows}, ["block"])
    yield _policy("Risky sign-ins are blocked", {"signInRiskLevels": ["high", "medium"]}, ["block"])
    yield _policy("Risky users are blocked", {"userRiskLevels": ["high"]}, ["block"])
    strength = {"id": "00000000-0000-0000-0000-000000000004", "displayName": "Phishing-resistant MFA"}
    trial = _policy("Keys instead of telephones (trial)", {}, [])
    trial["grantControls"]["authenticationStrength"] = strength
    yield trial | {"state": "enabledForReportingButNotEnforced"}


def _policy(name: str, conditions: Mapping[str, Any], controls: list[str]) -> Row:
    """A policy for everybody and all resources, but for the conditions that are given."""
    return {
        "id": fixed_guid(f"https://contoso.com/policies/{name}"),
        "displayName": name,
        "state": "enabled",
        "createdDateTime": "2025-11-03T10:00:00Z",
        "conditions": {
            "users": _EVERYBODY,
            "applications": _ALL_APPS,
            "clientAppTypes": ["all"],
            "signInRiskLevels": [],
            "userRiskLevels": [],
            "platforms": None,
            "locations": None,
            "devices": None,
            **conditions,
        },
        "grantControls": {
            "operator": "OR",
            "builtInControls": controls,
            "customAuthenticationFactors": [],
            "termsOfUse": [],
            "authenticationStrength": None,
        },
        "sessionControls": None,
    }


def _home() -> Row:
    return {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "id": _HOME,
        "displayName": "Home countries",
        "countriesAndRegions": ["NL", "BE", "DE"],
        "includeUnknownCountriesAndRegions": False,
        "countryLookupMethod": "clientIpAddress",
    }


def _methods() -> Row:
    """Text messages and calls are off."""
    states = {"MicrosoftAuthenticator": True, "Fido2": True, "SoftwareOath": True, "Sms": False, "Voice": False}
    return {
        "id": "authenticationMethodsPolicy",
        "authenticationMethodConfigurations": [
            {"id": method, "state": "enabled" if allowed else "disabled"} for method, allowed in states.items()
        ],
    }
