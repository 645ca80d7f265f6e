"""The type of a row that is no Azure resource: by what Microsoft Graph says, or by the name of its file."""

import re
from collections.abc import Mapping
from typing import Any, Final

from vmaudit.snapshot.tables import BY_NAME, OTHER

MEMBERS: Final = BY_NAME["group_members"].types[0]
_FROM_ENTITY: Final = {
    "users": "users",
    "groups": "groups",
    "serviceprincipals": "service_principals",
    "directoryroles": "directory_roles",
    "conditionalaccess/policies": "conditional_access_policies",
    "conditionalaccess/namedlocations": "named_locations",
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
}
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
    """The type that a row says itself: by its `@odata.type`, or by being a group with its members."""
    if isinstance(members.get("groupId"), str) and isinstance(members.get("members"), list):
        return MEMBERS
    named = members.get("@odata.type")
    if isinstance(named, str) and named.lower().startswith("#microsoft.graph."):
        return _type(_FROM_TYPE.get(named.lower().rpartition(".")[2]))
    return None


def _type(table: str | None) -> str | None:
    return BY_NAME[table].types[0] if table else None
