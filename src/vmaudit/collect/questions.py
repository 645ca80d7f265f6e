"""The questions of a collection: every table, for every scope that one question can cover."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

import msgspec

from vmaudit.collect.catalogue import BY_TABLE, Evidence, Scope, Source
from vmaudit.collect.selection import Selection
from vmaudit.collect.spans import Span

TENANT: Final = "/"

SUBSCRIPTIONS_A_QUERY: Final = 200
"""Azure advises fewer than 300."""

_MACHINES: Final = frozenset(
    {"virtual_machines", "scale_sets", "scale_set_instances", "scale_set_interfaces", "vm_extensions"}
)
"""Tables that `--resource-group` cuts down: machines, and what is part of them."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask. `scopes` are what its answer speaks of: ids of subscriptions or of rows, in lower case."""

    evidence: Evidence
    scopes: tuple[str, ...]
    query: str = ""
    path: str = ""
    cut: str = ""
    """Why even a whole answer does not hold every row of the table; "" where it does."""
    span: Span | None = None
    """The time that it is about; None where that is now."""

    @property
    def key(self) -> str:
        """A name for files: the same question has the same, in another run too."""
        asked = "\n".join((self.query, self.path, *self.scopes, *([str(self.span)] if self.span else [])))
        return f"{self.evidence.table}-{blake2b(asked.encode(), digest_size=8).hexdigest()}"


def first_questions(selection: Selection, subscriptions: Sequence[str]) -> tuple[Question, ...]:
    """What can be asked right away, taking turns over tables: a table of many pages starts as early as any other.

    `subscriptions` are ids without the path before them.
    """
    chosen = [BY_TABLE[table] for table in selection.tables]
    graph = [
        _of_resource_graph(evidence, batch, selection.resource_groups)
        for batch in _batches(subscriptions)
        for evidence in chosen
        if evidence.source is Source.RESOURCE_GRAPH and evidence.scope is Scope.SUBSCRIPTIONS
    ]
    lists = [
        _of_list(evidence, f"/subscriptions/{subscription}")
        for subscription in subscriptions
        for evidence in chosen
        if evidence.scope is Scope.SUBSCRIPTION
    ]
    tenant = [
        Question(evidence, (TENANT,), query=evidence.query, path=evidence.path)
        for evidence in chosen
        if evidence.scope is Scope.TENANT
    ]
    return (*graph, *tenant, *lists)


def next_questions(
    number: int, selection: Selection, subscriptions: Sequence[str], rows_of: Callable[[str], Iterable[bytes]]
) -> Iterator[Question]:
    """The questions of a later round, about what the rows of the rounds before name. `rows_of` gives a table's rows."""
    for table in selection.tables:
        evidence = BY_TABLE[table]
        if evidence.scope.round == number and evidence.source is not Source.PARENT:
            above = [f"/subscriptions/{name}" for name in subscriptions] if evidence.scope is Scope.HIERARCHY else []
            named = (name for of in evidence.of for name in named_by(evidence.scope, rows_of(of)))
            for name in sorted({*above, *named}):
                yield _of_group(evidence, name) if evidence.scope is Scope.GROUP else _of_list(evidence, name)


class _Role(msgspec.Struct, rename="camel"):
    scope: str = ""
    principal_id: str = ""
    principal_type: str = ""


class _Row(msgspec.Struct):
    id: str = ""
    properties: _Role = msgspec.field(default_factory=_Role)


_ROWS: Final = msgspec.json.Decoder(_Row)


def named_by(scope: Scope, rows: Iterable[bytes]) -> Iterator[str]:
    """What the rows of one table name as the subject of further questions, in lower case."""
    for row in rows:
        read = _ROWS.decode(row)
        if scope is Scope.GROUP:
            if read.properties.principal_type.lower() == "group":
                yield read.properties.principal_id.lower()
        else:
            yield (read.properties.scope if scope is Scope.ROLE_SCOPE else read.id).lower()


def _of_group(evidence: Evidence, group: str) -> Question:
    return Question(evidence, (f"/groups/{group}",), path=f"/groups/{quote(group, safe='')}{evidence.path}")


def _of_resource_graph(evidence: Evidence, batch: tuple[str, ...], groups: tuple[str, ...]) -> Question:
    scopes = tuple(f"/subscriptions/{subscription}" for subscription in batch)
    if not groups or evidence.table not in _MACHINES:
        return Question(evidence, scopes, query=evidence.query)
    names = ", ".join(quoted(group) for group in groups)
    head, _, order = evidence.query.rpartition("\n")
    query = f"{head}\n| where resourceGroup in~ ({names})\n{order}"
    return Question(evidence, scopes, query=query, cut=f"only the resource groups {', '.join(groups)} were asked for")


def _of_list(evidence: Evidence, of: str) -> Question:
    return Question(evidence, (of,), path=f"{quote(of.rstrip('/'))}{evidence.path}")


def _batches(subscriptions: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(subscriptions), SUBSCRIPTIONS_A_QUERY):
        yield tuple(subscriptions[start : start + SUBSCRIPTIONS_A_QUERY])


def quoted(text: str) -> str:
    r"""A text as a literal of KQL.

    >>> quoted("it's")
    "'it\\'s'"
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
