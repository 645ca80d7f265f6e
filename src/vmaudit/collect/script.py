"""A script of Azure CLI commands by which somebody else gathers the evidence as files for `vmaudit import`."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Final

from vmaudit.collect.catalogue import BY_TABLE
from vmaudit.collect.evidence import Evidence, Scope, Source, query
from vmaudit.collect.selection import Selection
from vmaudit.collect.spans import iso_length
from vmaudit.errors import UsageError
from vmaudit.snapshot.tables import BY_NAME

SHELLS: Final = ("bash", "powershell")

_PEOPLE: Final = {
    "users": "/users?$top=999&$select=id,displayName,userPrincipalName,mail,accountEnabled,userType",
    "user_sign_ins": "/users?$top=500&$select=id,createdDateTime,signInActivity",
    "groups": "/groups?$top=999",
    "service_principals": "/servicePrincipals?$top=999",
}
"""Whole lists: looking people up by their ids takes a POST, and a script that only GETs is easier to allow."""

_RIGHTS: Final = {"role_assignments": "roleAssignments", "role_definitions": "roleDefinitions"}
_ABOVE: Final = "%24filter=atScope%28%29"
"""Without it a list holds what is at a scope and below, with it what is at the scope and above (azure-facts 2.1)."""

_LISTS: Final = {
    Scope.GROUP: ("find_groups", "members_of"),
    Scope.NESTED_GROUP: ("find_groups", "groups"),
    Scope.WORKLOAD: ("find_workloads", "workloads"),
    Scope.APPLICATION: ("find_workloads", "app_ids"),
}
_LISTS_OF_ROWS: Final = {
    "application_owners": ("find_workloads", "applications"),
    "access_review_instances": ("find_reviews", "reviews"),
}
"""Which function of the script finds what a table is asked of, and in which variable."""


def script(shell: str, selection: Selection) -> str:
    """The script for a shell. The same calls gather the same tables in both; each has functions of its own for them.

    Raises UsageError on a selection that can't be put into it.
    """
    if selection.management_groups or selection.resource_groups or selection.tenant:
        raise UsageError("--print-script knows only --subscription, --only and --skip", "Leave the other options out.")
    if any(name.startswith("/") for name in selection.workspaces):
        raise UsageError("--print-script knows workspaces by their customer id only", "Give that with --workspace.")
    name, quote, separator = ("gather.sh", '"', " ") if shell == "bash" else ("gather.ps1", "''", ", ")
    template = (files("vmaudit.collect") / "scripts" / name).read_text(encoding="utf-8")
    calls: dict[str, None] = {}  # what finds something is called once
    for table in selection.tables:
        calls |= dict.fromkeys(_calls(BY_TABLE[table], quote))
    given = {
        "@subscriptions@": separator.join(f"'{one}'" for one in selection.subscriptions),
        "@workspaces@": separator.join(f"'{one}'" for one in selection.workspaces),
        "@since@": iso_length(selection.since),
        "@find@": _one_line("workspaces", quote),
        "@commands@": "\n".join(calls),
    }
    for mark, text in given.items():
        template = template.replace(mark, text)
    return template


def _calls(evidence: Evidence, quote: str) -> Iterator[str]:
    """The calls for a table. `quote` is how KQL's quotes stand inside single ones: PowerShell may lose double ones."""
    match evidence.source:
        case Source.RESOURCE_GRAPH:
            yield from _of_resource_graph(evidence, quote)
        case Source.RESOURCE_MANAGER:
            yield from _of_lists(evidence)
        case Source.MICROSOFT_GRAPH:
            yield "find_directory"
            yield from _of_directory(evidence)
        case Source.LOG_ANALYTICS:
            yield "find_workspaces"
            yield f"logs {evidence.table} '{_one_line(evidence.table, quote)}'"
        case Source.PARENT:
            return


def _of_resource_graph(evidence: Evidence, quote: str) -> Iterator[str]:
    table = evidence.table
    if table in _RIGHTS:
        path = f"/providers/Microsoft.Authorization/{_RIGHTS[table]}?api-version=2022-04-01"
        yield f"at_subscriptions {table} '{path}'"
        yield f"at_above {table} '{path}&{_ABOVE}'"
    elif evidence.scope is Scope.TENANT:
        yield f"at_tenant {table} '/providers/Microsoft.Management/managementGroups?api-version=2020-05-01'"
    else:
        yield f"query {table} '{_one_line(table, quote)}'"


def _one_line(name: str, quote: str) -> str:
    return " ".join(query(name).split()).replace("'", quote)


def _of_lists(evidence: Evidence) -> Iterator[str]:
    asked = f"{evidence.table} '{evidence.path}?api-version={evidence.api_version}'"
    match evidence.scope:
        case Scope.TENANT:
            yield f"at_tenant {asked}"
        case Scope.SUBSCRIPTION:
            yield f"at_subscriptions {asked}"
        case Scope.ROLE_SCOPE:
            yield "find_scopes"
            yield f"at_eligible {asked}"
        case _:
            if evidence.scope is Scope.HIERARCHY:
                yield "find_scopes"
                yield f"at_scopes {asked}"
            for kind in (
                BY_NAME[of].types[0] for of in evidence.of if of not in {"management_groups", "subscriptions"}
            ):
                yield f"below {evidence.table} {kind} '{evidence.path}?api-version={evidence.api_version}'"


def _of_directory(evidence: Evidence) -> Iterator[str]:
    table, path = evidence.table, evidence.path.replace("'", "%27")
    if evidence.kind:
        yield f"directory {table} '{_PEOPLE[table]}'"
    elif evidence.scope is Scope.TENANT:
        yield f"{'one' if evidence.single else 'directory'} {table} '{path}'"
    else:
        find, listed = _LISTS_OF_ROWS[table] if table in _LISTS_OF_ROWS else _LISTS[evidence.scope]
        about = BY_NAME[table].about
        if find != "find_reviews":
            yield "find_scopes"
        yield find
        yield f"each {listed} {table} '{path}'" + (f" {about[0]} {about[1]}" if about else "")
