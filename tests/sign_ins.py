"""Conditional Access in short words that become Microsoft Graph's rows, and the answers by the road of every audit.

People, groups, directory roles, identities, locations and policies are names; `policy` takes them where Graph takes ids.
"""

import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from evidence import _MEMORY, Json
from vmaudit.access.conditional_access.answers import Answer, answer
from vmaudit.access.conditional_access.apps import KNOWN
from vmaudit.access.conditional_access.circumstances import Question
from vmaudit.access.conditional_access.solving import Solver
from vmaudit.access.people import People
from vmaudit.cli.conditional_access_question import app_ids, given_words, place
from vmaudit.estate.conditional_access import ConditionalAccess
from vmaudit.estate.reading_conditional_access import read_conditional_access
from vmaudit.estate.reading_rights import read_rights
from vmaudit.estate.rights import Rights
from vmaudit.snapshot.manifest import OutcomeKind
from vmaudit.snapshot.reading import open_snapshot
from who_may import Tenant

FOLDER: Final = Path(__file__).parent / "access" / "conditional-access"
FILES: Final = sorted(FOLDER.glob("*.yaml"))
HOME: Final = "99999999-0000-0000-0000-000000000001"
STRENGTHS: Final = {
    "Multifactor authentication": "00000000-0000-0000-0000-000000000002",
    "Phishing-resistant MFA": "00000000-0000-0000-0000-000000000004",
}


def known_id(name: str) -> str:
    """An id that belongs to a name, the same each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def read(path: Path) -> Json:
    return yaml.safe_load(path.read_text())


class Directory:
    """A tenant in words: who there is, where, and which policies."""

    def __init__(self, story: Json) -> None:
        self._story = story

    def tenant(self) -> Tenant:
        story = self._story
        groups: dict[str, list[str]] = story.get("groups", {})
        tables: dict[str, list[Json]] = {
            "users": [self._user(name, more or {}) for name, more in story.get("people", {}).items()],
            "groups": [{"id": known_id(name), "displayName": name} for name in groups],
            "group_members": [
                {"groupId": known_id(name), "members": [known_id(one) for one in inside]}
                for name, inside in groups.items()
            ],
            "service_principals": [
                {"id": known_id(name), "displayName": name, "appOwnerOrganizationId": HOME, **(more or {})}
                for name, more in story.get("identities", {}).items()
            ],
            "directory_roles": [
                {"id": known_id(f"{name}/instance"), "roleTemplateId": known_id(name), "displayName": name}
                | ({} if inside is None else {"members": [{"id": known_id(one)} for one in inside]})
                for name, inside in story.get("roles", {}).items()
            ],
            "subscriptions": [{"id": "/subscriptions/1", "tenantId": HOME}],
            "named_locations": [location(name, **said) for name, said in story.get("locations", {}).items()],
            "conditional_access_policies": [
                self.policy(name, **said) for name, said in story.get("policies", {}).items()
            ],
        }
        ended = dict.fromkeys(story.get("not_read", []), OutcomeKind.DENIED)
        ended |= dict.fromkeys(story.get("partly_read", []), OutcomeKind.PARTIAL)
        for name in story.get("not_read", []):
            tables.pop(name, None)
        return Tenant(tables, ended)

    def read(self) -> tuple[ConditionalAccess, Rights]:
        with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
            place = Path(folder) / "snapshot"
            self.tenant().write(place)
            snapshot = open_snapshot(place)
            return read_conditional_access(snapshot), read_rights(snapshot)

    def _user(self, name: str, more: Json) -> Json:
        return {
            "id": known_id(name),
            "displayName": name,
            "userType": "Member",
            "userPrincipalName": f"{name}@contoso.com",
            **more,
        }

    def policy(self, name: str, **said: Any) -> Json:
        """A policy as Microsoft Graph answers it. Whom it names is found among people, groups and roles."""
        users, apps = said.get("users", {"include": ["All"]}), said.get("apps", {"include": ["All"]})
        conditions: Json = {
            "users": self._audience("include", users) | self._audience("exclude", users),
            "applications": {
                "includeApplications": [app_id(one) for one in apps.get("include", [])],
                "excludeApplications": [app_id(one) for one in apps.get("exclude", [])],
                "includeUserActions": apps.get("actions", []),
                "includeAuthenticationContextClassReferences": apps.get("contexts", []),
            },
            "clientAppTypes": said.get("clients", ["all"]),
            "signInRiskLevels": said.get("sign_in_risks", []),
            "userRiskLevels": said.get("user_risks", []),
            "servicePrincipalRiskLevels": [],
            "platforms": _two(said.get("platforms"), "Platforms"),
            "locations": _two(said.get("locations"), "Locations", self._location),
            "devices": {"deviceFilter": said["devices"]} if "devices" in said else None,
            "authenticationFlows": {"transferMethods": ",".join(said["flows"])} if "flows" in said else None,
            "clientApplications": self._workloads(said.get("identities")),
        }
        return {
            "id": known_id(name),
            "displayName": name,
            "state": said.get("state", "enabled"),
            "conditions": {**conditions, **said.get("conditions", {})},
            "grantControls": grant(**said["grant"]) if "grant" in said else None,
            "sessionControls": said.get("session"),
        }

    def _audience(self, side: str, users: Mapping[str, Any]) -> Json:
        roles, groups = self._story.get("roles", {}), self._story.get("groups", {})
        special = {"All", "None", "GuestsOrExternalUsers", *users.get("words", [])}
        named: list[str] = users.get(side, [])
        found: Json = {
            f"{side}Users": [
                one if one in special else known_id(one) for one in named if one not in roles and one not in groups
            ],
            f"{side}Groups": [known_id(one) for one in named if one in groups],
            f"{side}Roles": [known_id(one) for one in named if one in roles],
        }
        guests = users.get(f"{side}_guests")
        if guests:
            tenants = users.get("tenants")
            found[f"{side}GuestsOrExternalUsers"] = {
                "guestOrExternalUserTypes": ",".join(guests),
                "externalTenants": {"membershipKind": "enumerated", "members": tenants}
                if tenants
                else {"membershipKind": "all"},
            }
        return found

    def _workloads(self, said: Mapping[str, list[str]] | None) -> Json | None:
        if said is None:
            return None
        special = "ServicePrincipalsInMyTenant"
        return {
            f"{side}ServicePrincipals": [one if one == special else known_id(one) for one in said.get(side, [])]
            for side in ("include", "exclude")
        }

    def _location(self, name: str) -> str:
        return (
            known_id(name)
            if name in self._story.get("locations", {}) or ("-" not in name and name not in _PLACES)
            else name
        )


_PLACES: Final = {"All", "AllTrusted"}


def app_id(name: str) -> str:
    return next((app for app, known in KNOWN.items() if known.short == name), name)


def location(name: str, **said: Any) -> Json:
    base = {"id": known_id(name), "displayName": name}
    if "addresses" in said:
        ranges = [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": one} for one in said["addresses"]]
        kind = "#microsoft.graph.ipNamedLocation"
        return base | {"@odata.type": kind, "isTrusted": said.get("trusted", False), "ipRanges": ranges}
    if "countries" in said:
        return base | {
            "@odata.type": "#microsoft.graph.countryNamedLocation",
            "countriesAndRegions": said["countries"],
            "includeUnknownCountriesAndRegions": said.get("unknown", False),
            "countryLookupMethod": said.get("method", "clientIpAddress"),
        }
    return base | {"@odata.type": said["kind"]}


def grant(**said: Any) -> Json:
    """`all_of` or `any_of` controls, with the name of an authentication strength or all that Graph says of it."""
    strength = said.get("strength")
    if isinstance(strength, str):
        strength = {"id": STRENGTHS[strength], "displayName": strength}
    return {
        "operator": "OR" if "any_of" in said else "AND",
        "builtInControls": said.get("any_of", said.get("all_of", [])),
        "customAuthenticationFactors": said.get("factors", []),
        "termsOfUse": said.get("terms", []),
        "authenticationStrength": strength,
    }


def _two(said: Mapping[str, list[str]] | None, what: str, named: Any = str) -> Json | None:
    if said is None:
        return None
    return {f"{side}{what}": [named(one) for one in said.get(side, [])] for side in ("include", "exclude")}


def asked(evidence: ConditionalAccess, rights: Rights, who: str, app: str = "azure-management", **given: str) -> Answer:
    """The answer to a question in the words of the command line; `who` is a name."""
    solver = Solver(evidence, rights, People(rights))
    question = Question(
        app_ids(solver, app),
        place(evidence, given.get("location")),
        given_words(
            given.get("platform"),
            given.get("client"),
            given.get("device"),
            given.get("sign_in_risk"),
            given.get("user_risk"),
        ),
    )
    found = answer(solver, known_id(who), question)
    assert found is not None
    return found


def applies(found: Answer) -> dict[str, bool | str]:
    return {one.policy.name: "unknown" if one.applies == 1 else one.applies == 2 for one in found.policies}
