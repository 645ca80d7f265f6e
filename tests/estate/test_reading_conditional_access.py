"""Conditional Access from Microsoft Graph's JSON to values (azure-facts 3.1)."""

from typing import Any

from sign_ins import HOME, known_id
from vmaudit.addresses import prefixes
from vmaudit.estate.conditional_access import (
    NO_POLICIES_READ,
    Audience,
    ConditionalAccess,
    DirectoryRole,
    Guests,
    Policy,
    Sides,
)
from vmaudit.estate.reading_conditional_access import read_conditional_access
from vmaudit.known import Unknown
from vmaudit.snapshot.reading import open_snapshot
from who_may import Tenant

ID = "AAAAAAAA-0000-0000-0000-000000000001"
LOWER = ID.lower()
CONDITIONS: dict[str, Any] = {
    "users": {"includeUsers": ["All"]},
    "applications": {"includeApplications": ["All"]},
    "clientAppTypes": ["all"],
}


def read(tmp_path: Any, **tables: list[dict[str, Any]]) -> ConditionalAccess:
    Tenant(dict(tables)).write(tmp_path / "s")
    return read_conditional_access(open_snapshot(tmp_path / "s"))


def policy(tmp_path: Any, **more: Any) -> Policy:
    row = {"id": ID, "displayName": "MFA", "state": "enabled", "conditions": CONDITIONS, **more}
    (found,) = read(tmp_path, conditional_access_policies=[row]).policies
    return found


def test_a_policy_as_graph_writes_it(tmp_path: Any) -> None:
    found = policy(
        tmp_path,
        grantControls={
            "operator": "OR",
            "builtInControls": ["mfa", "compliantDevice"],
            "customAuthenticationFactors": [],
            "termsOfUse": [],
            "authenticationStrength@odata.context": "https://graph.microsoft.com/...",
            "authenticationStrength": None,
        },
        sessionControls={
            "disableResilienceDefaults": None,
            "signInFrequency": {"isEnabled": True, "value": 4, "type": "hours"},
            "persistentBrowser": {"isEnabled": False, "mode": "never"},
        },
    )

    assert (found.id, found.name, found.state) == (LOWER, "MFA", "enabled")
    assert (found.include, found.apps, found.clients) == (
        Audience(frozenset({"all"})),
        Sides(frozenset({"all"})),
        frozenset(),
    )
    assert found.grant is not None
    assert (found.grant.operator, found.grant.controls, found.grant.unread) == ("or", ("compliantDevice", "mfa"), ())
    assert found.session == ("signInFrequency",)
    assert found.unread == ()


def test_powershell_writes_keys_with_capitals(tmp_path: Any) -> None:
    row = {
        "Id": ID,
        "DisplayName": "MFA",
        "State": "enabled",
        "Conditions": {
            "Users": {"IncludeUsers": ["All"], "ExcludeGroups": [ID]},
            "Applications": {"IncludeApplications": ["All"]},
            "ClientAppTypes": ["all"],
            "Locations": {"IncludeLocations": None, "ExcludeLocations": None},
        },
        "GrantControls": {"Operator": "AND", "BuiltInControls": ["mfa"]},
    }

    (found,) = read(tmp_path, conditional_access_policies=[row]).policies

    assert found.exclude.groups == {LOWER}
    assert found.unread == ()


def test_kinds_of_guests_come_as_one_text(tmp_path: Any) -> None:
    said = {
        "guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest",
        "externalTenants": {
            "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
            "membershipKind": "enumerated",
            "members": [HOME],
        },
    }

    found = policy(tmp_path, conditions={**CONDITIONS, "users": {"includeGuestsOrExternalUsers": said}})

    assert found.include == Audience(
        guests=Guests(frozenset({"internalguest", "b2bcollaborationguest"}), frozenset({HOME}))
    )


def test_words_of_tomorrow_are_kept_and_conditions_of_tomorrow_are_named(tmp_path: Any) -> None:
    found = policy(
        tmp_path,
        state="enabledOnTuesdays",
        conditions={
            **CONDITIONS,
            "clientAppTypes": ["hologram"],
            "moonPhases": ["full"],
            "weather": {"rain": None},
            "users": {"includeUsers": ["All"], "includeRobots": ["r2"]},
        },
        grantControls={"operator": "OR", "builtInControls": ["retinaScan"], "oaths": ["sworn"]},
    )

    assert (found.state, found.clients) == ("enabledontuesdays", {"hologram"})
    assert found.unread == ("conditions.moonPhases", "conditions.users.includeRobots")
    assert found.grant is not None
    assert (found.grant.controls, found.grant.unread) == (("retinaScan",), ("grantControls.oaths",))


def test_a_built_in_strength_needs_no_more_than_its_id(tmp_path: Any) -> None:
    strength = {"id": "00000000-0000-0000-0000-000000000004"}
    found = policy(tmp_path, grantControls={"operator": "OR", "authenticationStrength": strength}).grant

    assert found is not None
    assert found.strength is not None
    assert found.strength.name == "Phishing-resistant MFA"
    assert found.strength.combinations == {"fido2", "windowshelloforbusiness", "x509certificatemultifactor"}


def test_a_policy_without_conditions_leaves_the_table_incomplete(tmp_path: Any) -> None:
    found = read(tmp_path, conditional_access_policies=[{"id": ID, "state": "enabled"}])

    assert found.policies == ()
    whole = found.tables["conditional_access_policies"]
    assert isinstance(whole, Unknown)
    assert "its conditions were left out" in whole.reason


def test_a_list_where_a_text_is_expected_is_named_by_its_path(tmp_path: Any) -> None:
    row = {"id": ID, "state": "enabled", "conditions": {**CONDITIONS, "clientAppTypes": [1]}}
    found = read(tmp_path, conditional_access_policies=[row])

    assert found.broken == {
        "conditional_access_policies": ("a list of texts is expected at conditions.clientAppTypes",)
    }


def test_named_locations_are_addresses_countries_or_networks(tmp_path: Any) -> None:
    rows: list[dict[str, Any]] = [
        {
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            "id": "1",
            "displayName": "Office",
            "isTrusted": True,
            "ipRanges": [{"cidrAddress": "203.0.113.0/24"}, {"cidrAddress": "2001:db8::/32"}],
        },
        {
            "@odata.type": "#microsoft.graph.countryNamedLocation",
            "id": "2",
            "displayName": "Home",
            "countriesAndRegions": ["NL", "BE"],
            "includeUnknownCountriesAndRegions": True,
            "countryLookupMethod": "clientIpAddress",
        },
        {"@odata.type": "#microsoft.graph.compliantNetworkNamedLocation", "id": "3", "displayName": "Ours"},
        {"@odata.type": "#microsoft.graph.orbitNamedLocation", "id": "4", "displayName": "Moon"},
        {"id": "5", "countriesAndRegions": ["NL"], "countryLookupMethod": "authenticatorAppGps"},
    ]

    office, home, ours, moon, gps = read(tmp_path, named_locations=rows).locations.values()

    assert (office.trusted, office.addresses) == (True, prefixes(["203.0.113.0/24", "2001:db8::/32"]))
    assert (home.countries, home.unknown_countries, home.unclear) == ({"nl", "be"}, True, "")
    assert ours.network
    assert "does not know" in moon.unclear
    assert "telephone" in gps.unclear


def test_a_range_that_is_none_leaves_the_table_incomplete(tmp_path: Any) -> None:
    row = {"id": "1", "displayName": "Office", "ipRanges": [{"cidrAddress": "the corner"}]}

    assert isinstance(read(tmp_path, named_locations=[row]).tables["named_locations"], Unknown)


def test_users_are_members_or_guests_of_a_kind(tmp_path: Any) -> None:
    rows = [
        {"id": "1", "userType": "Member", "userPrincipalName": "Adam@contoso.com"},
        {"id": "2", "userType": "Guest", "userPrincipalName": "gina_fabrikam.com#EXT#@contoso.com"},
        {"id": "3", "userType": "Guest", "userPrincipalName": "ina@contoso.com"},
        {"id": "4", "userType": "Member", "externalUserState": "Accepted"},
        {"Id": "5", "UserType": "Member"},
        {"id": "6"},
    ]

    found = read(tmp_path, users=rows)

    assert [found.guests[one] for one in "12345"] == [
        "member",
        "b2bcollaborationguest",
        "internalguest",
        "b2bcollaborationmember",
        "member",
    ]
    assert isinstance(found.guests["6"], Unknown)
    assert found.sign_in_names["adam@contoso.com"] == "1"


def test_twenty_holders_of_a_role_may_not_be_all(tmp_path: Any) -> None:
    holders = [{"id": known_id(str(number))} for number in range(20)]
    rows = [
        {"id": "1", "roleTemplateId": "A", "displayName": "Few", "members": holders[:3]},
        {"id": "2", "roleTemplateId": "B", "displayName": "Many", "members": holders},
        {"id": "3", "roleTemplateId": "C", "displayName": "Bare"},
    ]
    policies = [{"id": ID, "state": "enabled", "conditions": CONDITIONS}]

    found = read(tmp_path, directory_roles=rows, conditional_access_policies=policies).roles

    assert found["a"].whole is True
    assert len(found["a"].members) == 3
    assert isinstance(found["b"].whole, Unknown)
    assert isinstance(found["c"].whole, Unknown)


def test_holders_of_a_role_by_the_list_of_assignments_are_all(tmp_path: Any) -> None:
    rows = [
        {"id": "1", "principalId": "P", "roleDefinitionId": "A", "directoryScopeId": "/"},
        {"id": "2", "principalId": "Q", "roleDefinitionId": "A", "directoryScopeId": "/administrativeUnits/1"},
    ]
    policies = [{"id": ID, "state": "enabled", "conditions": CONDITIONS}]
    names = [{"id": "A", "displayName": "Global Administrator"}]

    found = read(
        tmp_path,
        directory_role_assignments=rows,
        directory_role_definitions=names,
        conditional_access_policies=policies,
    )

    assert found.roles["a"] == DirectoryRole("Global Administrator", frozenset({"p"}), whole=True)
    assert found.other_roles is True


def test_a_list_of_roles_without_anybody_was_not_read(tmp_path: Any) -> None:
    policies = [{"id": ID, "state": "enabled", "conditions": CONDITIONS}]

    assert isinstance(read(tmp_path, conditional_access_policies=policies).other_roles, Unknown)


def test_security_defaults_and_methods_are_read_or_not_known(tmp_path: Any) -> None:
    methods = {
        "id": "authenticationMethodsPolicy",
        "authenticationMethodConfigurations": [{"id": "Sms", "state": "disabled"}, {"id": "Fido2", "state": "enabled"}],
    }

    found = read(tmp_path, security_defaults=[{"id": "1", "isEnabled": True}], authentication_methods_policy=[methods])

    assert found.security_defaults is True
    assert found.methods == {"sms": False, "fido2": True}
    assert isinstance(NO_POLICIES_READ.security_defaults, Unknown)
