"""The type of a row that is no Azure resource: by what Microsoft Graph says, or by the name of its file."""

import re
from collections.abc import Mapping
from typing import Any, Final

from vmaudit.snapshot.tables import BY_NAME, OTHER, TABLES

ABOUT: Final = {table.types[0]: table.about for table in TABLES if table.about}
"""Types of rows that say what hangs on one object, with the key that names it and the one that lists."""

_FROM_ENTITY: Final = {
    "users": "users",
    "groups": "groups",
    "serviceprincipals": "service_principals",
    "directoryroles": "directory_roles",
    "conditionalaccess/policies": "conditional_access_policies",
    "conditionalaccess/namedlocations": "named_locations",
    "identitygovernance/privilegedaccess/group/eligibilityscheduleinstances": "group_eligibility_schedule_instances",
    "identitygovernance/privilegedaccess/group/assignmentscheduleinstances": "group_assignment_schedule_instances",
    "rolemanagement/directory/roledefinitions": "directory_role_definitions",
    "rolemanagement/directory/roleassignments": "directory_role_assignments",
    "rolemanagement/directory/roleassignmentscheduleinstances": "directory_role_assignment_schedule_instances",
    "rolemanagement/directory/roleeligibilityscheduleinstances": "directory_role_eligibility_schedule_instances",
    "applications": "applications",
    "identitygovernance/accessreviews/definitions": "access_reviews",
    "policies/authenticationstrengthpolicies": "authentication_strengths",
    "policies/authenticationmethodspolicy": "authentication_methods_policy",
    "authenticationmethodspolicy": "authentication_methods_policy",
    "policies/identitysecuritydefaultsenforcementpolicy": "security_defaults",
    "reports/authenticationmethods/userregistrationdetails": "user_registration_details",
}
_FROM_TYPE: Final = {
    "user": "users",
    "group": "groups",
    "serviceprincipal": "service_principals",
    "directoryrole": "directory_roles",
    "conditionalaccesspolicy": "conditional_access_policies",
    "namedlocation": "named_locations",
    "ipnamedlocation": "named_locations",
    "countrynamedlocation": "named_locations",
    "privilegedaccessgroupeligibilityscheduleinstance": "group_eligibility_schedule_instances",
    "privilegedaccessgroupassignmentscheduleinstance": "group_assignment_schedule_instances",
    "unifiedroledefinition": "directory_role_definitions",
    "unifiedroleassignment": "directory_role_assignments",
    "unifiedroleassignmentscheduleinstance": "directory_role_assignment_schedule_instances",
    "unifiedroleeligibilityscheduleinstance": "directory_role_eligibility_schedule_instances",
    "application": "applications",
    "accessreviewscheduledefinition": "access_reviews",
    "authenticationstrengthpolicy": "authentication_strengths",
    "authenticationmethodspolicy": "authentication_methods_policy",
    "identitysecuritydefaultsenforcementpolicy": "security_defaults",
    "userregistrationdetails": "user_registration_details",
}
_FROM_SCOPE: Final = {"group": "group_policy_assignments", "directoryrole": "directory_role_policy_assignments"}
"""Which policy assignment it is, by the `scopeType` of its row."""
_ENDINGS: Final = re.compile(r"(\.(json|ndjson|jsonl|gz|zst))+$")


def kind_of_file(name: str) -> str | None:
    """The type of what a file named after an evidence table holds; None for any other name. What follows `-` is free.

    >>> kind_of_file("tenant/Users.ndjson.gz"), kind_of_file("role_assignments-2.json"), kind_of_file("vms.json")
    ('microsoft.graph/users', 'microsoft.authorization/roleassignments', None)
    """
    table = _ENDINGS.sub("", name.replace("\\", "/").rpartition("/")[2].lower()).partition("-")[0]
    return BY_NAME[table].types[0] if table in BY_NAME and table != OTHER else None


def kind_of_context(context: str) -> str | None:
    """The type of the rows of a page, from its `@odata.context`. None where their kinds differ or have no table.

    What hangs on one entity (`groups('...')/members`) is not of that entity's kind.

    >>> kind_of_context("https://graph.microsoft.com/v1.0/$metadata#users(id,displayName)")
    'microsoft.graph/users'
    >>> kind_of_context("https://graph.microsoft.com/v1.0/$metadata#identity/conditionalAccess/policies")
    'microsoft.graph/conditionalaccesspolicies'
    >>> kind_of_context("https://graph.microsoft.com/v1.0/$metadata#directoryObjects") is None
    True
    """
    fragment = context.partition("#")[2].lower()
    if "'" in fragment:
        return None
    entity = fragment.partition("(")[0].removesuffix("/$entity").removeprefix("identity/")
    return _type(_FROM_ENTITY.get(entity))


def kind_of_row(members: Mapping[str, Any]) -> str | None:
    """The type that a row says itself: by its `@odata.type`, or by naming an object and what hangs on it."""
    for kind, (name, listed) in ABOUT.items():
        if isinstance(members.get(name), str) and isinstance(members.get(listed), list):
            return kind
    scope = members.get("scopeType")
    if isinstance(scope, str) and isinstance(members.get("policyId"), str):
        return _type(_FROM_SCOPE.get(scope.lower()))
    named = members.get("@odata.type")
    if isinstance(named, str) and named.lower().startswith("#microsoft.graph."):
        return _type(_FROM_TYPE.get(named.lower().rpartition(".")[2]))
    return None


def _type(table: str | None) -> str | None:
    return BY_NAME[table].types[0] if table else None
