"""What is said about the source of an evidence table: which service is asked, about what, and with which question."""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files

from vmaudit.snapshot.tables import BY_NAME


class Source(Enum):
    """A service that is asked."""

    RESOURCE_GRAPH = "Azure Resource Graph"
    RESOURCE_MANAGER = "Azure Resource Manager"
    MICROSOFT_GRAPH = "Microsoft Graph"
    LOG_ANALYTICS = "Log Analytics"
    PARENT = "the rows of its parent"
    """Nothing is asked: Azure answers these inside the body of another resource."""


class Scope(Enum):
    """What one question is about."""

    TENANT = "the tenant"
    SUBSCRIPTIONS = "many subscriptions at once"
    SUBSCRIPTION = "each subscription"
    ROW = "each row of another table"
    HIERARCHY = "each subscription and each management group"
    ROLE_SCOPE = "each scope at which somebody is eligible for a role"
    GROUP = "each group that holds a role or is named by a policy"
    NESTED_GROUP = "each group through which somebody holds a role"
    PEOPLE = "many ids at once, of whom roles and policies name"
    WORKLOAD = "each application's service principal that holds a role"
    APPLICATION = "each application whose service principal holds a role"
    WORKSPACE = "each workspace of Log Analytics"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one table is read.

    `path` is that of a list, below the id of the subscription or row that it is asked for; a table of Resource Graph
    or Log Analytics has its query in `queries/<table>.kql`. In a path of Microsoft Graph, `{id}` is what it is asked
    for, one of `subject`. `of` names the tables whose rows are asked for it, or hold it. `scope_filter` is Resource
    Graph's `authorizationScopeFilter`. `kind` is what `getByIds` is to look for. `single` is a path whose answer is no
    list but the one row.
    """

    table: str
    source: Source
    scope: Scope
    api_version: str
    path: str = ""
    of: tuple[str, ...] = ()
    scope_filter: str = ""
    subject: str = ""
    kind: str = ""
    single: bool = False

    @property
    def permission(self) -> str:
        """The action that reading it takes."""
        return BY_NAME[self.table].permission

    @property
    def query(self) -> str:
        """The text of its query; "" where none is asked."""
        return query(self.table) if self.source in {Source.RESOURCE_GRAPH, Source.LOG_ANALYTICS} else ""


@cache
def query(name: str) -> str:
    r"""A query of `queries/` as Azure gets it: without comments, on as few lines as it has.

    >>> query("bastion_hosts")
    "resources\n| where type =~ 'microsoft.network/bastionhosts'\n| order by id asc"
    """
    text = (files("vmaudit.collect") / "queries" / f"{name}.kql").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if line and not line.startswith("//"))
