"""Contoso's people, groups and programs, as Microsoft Graph answers them (azure-facts 3.3)."""

from collections.abc import Iterator, Mapping
from typing import Final

from vmaudit.demo.rows import Row, fixed_guid
from vmaudit.demo.stories import ADAM as ADAMS_ADDRESS
from vmaudit.demo.stories import JANE as JANES_ADDRESS


def _person(address: str) -> str:
    return fixed_guid(f"https://contoso.com/people/{address}")


ADAM: Final = _person(ADAMS_ADDRESS)
JANE: Final = _person(JANES_ADDRESS)
PLATFORM_LEAD: Final = _person("platform-lead@contoso.com")
SECURITY_LEAD: Final = _person("security-lead@contoso.com")
COMPLIANCE_LEAD: Final = _person("compliance-lead@contoso.com")
GONE: Final = _person("deleted")
"""Somebody whose account was deleted: only an assignment still knows him."""

ANALYTICS_OPERATORS: Final = fixed_guid("https://contoso.com/groups/analytics-operators")
LEGACY_OPERATORS: Final = fixed_guid("https://contoso.com/groups/legacy-operators")
LOG_COLLECTOR: Final = fixed_guid("https://contoso.com/programs/log-collector")
PIPELINE: Final = fixed_guid("https://contoso.com/programs/pipeline")
BUILD_MACHINE: Final = fixed_guid("https://contoso.com/programs/vm-dev-pipeline01")
"""The identity that `vm-dev-pipeline01` acts as."""

GROUPS: Final = frozenset({ANALYTICS_OPERATORS, LEGACY_OPERATORS})
PROGRAMS: Final = frozenset({LOG_COLLECTOR, PIPELINE, BUILD_MACHINE})

_PEOPLE: Final[Mapping[str, tuple[str, str, str]]] = {
    ADAM: ("Adam", ADAMS_ADDRESS, "2026-11-01T08:00:00Z"),
    JANE: ("Jane", JANES_ADDRESS, "2026-11-01T16:20:00Z"),
    PLATFORM_LEAD: ("Platform lead", "platform-lead@contoso.com", "2026-10-30T09:12:00Z"),
    SECURITY_LEAD: ("Security lead", "security-lead@contoso.com", "2026-10-31T07:45:00Z"),
    COMPLIANCE_LEAD: ("Compliance lead", "compliance-lead@contoso.com", "2026-10-12T10:05:00Z"),
}
"""Name, address and last sign-in of each."""


def directory() -> Iterator[tuple[str, Row]]:
    """Each row with the name of its table."""
    for person, (name, address, seen) in _PEOPLE.items():
        yield "users", _user(person, name, address, seen)
    yield from _groups()
    yield from _programs()


def _user(person: str, name: str, address: str, seen: str) -> Row:
    return {
        "id": person,
        "displayName": name,
        "userPrincipalName": address,
        "mail": address,
        "accountEnabled": True,
        "userType": "Member",
        "createdDateTime": "2024-02-01T09:00:00Z",
        "signInActivity": {"lastSignInDateTime": seen, "lastNonInteractiveSignInDateTime": seen},
    }


def _groups() -> Iterator[tuple[str, Row]]:
    """One group is as hard to get into as a role; the other belongs to those who are in it."""
    yield "groups", _group(ANALYTICS_OPERATORS, "Analytics operators", guarded=True)
    yield "groups", _group(LEGACY_OPERATORS, "Legacy operators", guarded=False)
    yield "group_members", {"groupId": ANALYTICS_OPERATORS, "members": [{"id": ADAM}]}
    yield "group_members", {"groupId": LEGACY_OPERATORS, "members": [{"id": ADAM}]}
    yield "group_owners", {"groupId": ANALYTICS_OPERATORS, "owners": [{"id": PLATFORM_LEAD}, {"id": JANE}]}
    yield "group_owners", {"groupId": LEGACY_OPERATORS, "owners": [{"id": ADAM}]}


def _group(group: str, name: str, *, guarded: bool) -> Row:
    return {
        "id": group,
        "displayName": name,
        "groupTypes": [],
        "securityEnabled": True,
        "isAssignableToRole": guarded or None,
        "visibility": "Private" if guarded else None,
    }


def _programs() -> Iterator[tuple[str, Row]]:
    """A collector of logs that uses no secret, a pipeline with one of last year, and a machine's own identity."""
    for program, name, kind in (
        (LOG_COLLECTOR, "Log collector", "Application"),
        (PIPELINE, "Deployment pipeline", "Application"),
        (BUILD_MACHINE, "vm-dev-pipeline01", "ManagedIdentity"),
    ):
        yield (
            "service_principals",
            {
                "id": program,
                "appId": fixed_guid(f"application {program}"),
                "displayName": name,
                "accountEnabled": True,
                "servicePrincipalType": kind,
                "passwordCredentials": [],
            },
        )
    yield "applications", _application(LOG_COLLECTOR, "Log collector")
    yield "applications", _application(PIPELINE, "Deployment pipeline", "2025-09-01T00:00:00Z")
    yield "application_owners", {"applicationId": _application_of(LOG_COLLECTOR), "owners": [{"id": JANE}]}


def _application_of(program: str) -> str:
    return fixed_guid(f"object of application {program}")


def _application(program: str, name: str, *secrets: str) -> Row:
    return {
        "id": _application_of(program),
        "appId": fixed_guid(f"application {program}"),
        "displayName": name,
        "passwordCredentials": [
            {"keyId": fixed_guid(f"{program} {begun}"), "startDateTime": begun, "endDateTime": "2027-09-01T00:00:00Z"}
            for begun in secrets
        ],
        "keyCredentials": [],
    }
