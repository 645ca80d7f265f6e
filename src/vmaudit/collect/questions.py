"""The questions of a collection: every table, for every scope that one question can cover."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

from vmaudit.collect.catalogue import BY_TABLE, turn
from vmaudit.collect.evidence import Evidence, Scope, Source
from vmaudit.collect.naming import RowsOf, subjects
from vmaudit.collect.selection import Selection
from vmaudit.collect.spans import Span

TENANT: Final = "/"

SUBSCRIPTIONS_A_QUERY: Final = 200
"""Azure advises fewer than 300."""

_OF_EACH_SUBSCRIPTION: Final = frozenset({Scope.SUBSCRIPTION, Scope.HIERARCHY})
"""Asked along with Resource Graph, whose quota makes them wait. Management groups follow when they are known."""

IDS_A_QUERY: Final = 1000
"""The most that `getByIds` of Microsoft Graph takes."""

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
    about: tuple[str, ...] = ()
    """What the rows of other tables named, and is asked for here."""
    cut: str = ""
    """Why even a whole answer does not hold every row of the table; "" where it does."""
    span: Span | None = None
    """The time that it is about; None where that is now."""

    @property
    def key(self) -> str:
        """A name for files: the same question has the same, in another run too."""
        when = [str(self.span)] if self.span else []
        asked = "\n".join((self.query, self.path, *self.scopes, *self.about, *when))
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
        if evidence.scope in _OF_EACH_SUBSCRIPTION
    ]
    tenant = [
        Question(evidence, (TENANT,), query=evidence.query, path=evidence.path)
        for evidence in chosen
        if evidence.scope is Scope.TENANT
    ]
    return (*graph, *tenant, *lists)


def next_questions(
    selection: Selection, rows_of: RowsOf, asked: Callable[[str], frozenset[str]]
) -> tuple[Question, ...]:
    """What is to be asked about what the rows so far name, as long as somebody new is named; empty at the end.

    The tables that others are asked of come first: what they name is known before the others begin. `rows_of` gives a
    table's rows, and `asked` what it was asked for already.
    """
    others = {Source.PARENT, Source.LOG_ANALYTICS}
    tables = [table for table in selection.tables if turn(table) and BY_TABLE[table].source not in others]
    for number in sorted({turn(table) for table in tables}):
        found = [
            question
            for table in tables
            if turn(table) == number
            for question in _of_subjects(BY_TABLE[table], rows_of, asked(table))
        ]
        if found:
            return tuple(found)
    return ()


def _of_subjects(evidence: Evidence, rows_of: RowsOf, asked: frozenset[str]) -> Iterator[Question]:
    fresh = sorted(subjects(evidence, rows_of) - asked)
    if evidence.scope is Scope.PEOPLE:
        for start in range(0, len(fresh), IDS_A_QUERY):
            yield Question(evidence, (TENANT,), path=evidence.path, about=tuple(fresh[start : start + IDS_A_QUERY]))
        return
    for name in fresh:
        if evidence.source is Source.MICROSOFT_GRAPH:
            yield _of_object(evidence, name)
        else:
            yield _of_list(evidence, name)


def _of_object(evidence: Evidence, name: str) -> Question:
    # A quote inside a quoted text of OData is doubled; no id has one, and none can break out of its quotes.
    path = evidence.path.replace("{id}", quote(name.replace("'", "''"), safe=""))
    return Question(evidence, (f"{evidence.subject}/{name}",), path=path, about=(name,))


def _of_resource_graph(evidence: Evidence, batch: tuple[str, ...], groups: tuple[str, ...]) -> Question:
    scopes = tuple(f"/subscriptions/{subscription}" for subscription in batch)
    if not groups or evidence.table not in _MACHINES:
        return Question(evidence, scopes, query=evidence.query)
    names = ", ".join(quoted(group) for group in groups)
    head, _, order = evidence.query.rpartition("\n")
    query = f"{head}\n| where resourceGroup in~ ({names})\n{order}"
    return Question(evidence, scopes, query=query, cut=f"only the resource groups {', '.join(groups)} were asked for")


def _of_list(evidence: Evidence, of: str) -> Question:
    return Question(evidence, (of,), path=f"{quote(of.rstrip('/'))}{evidence.path}", about=(of,))


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
