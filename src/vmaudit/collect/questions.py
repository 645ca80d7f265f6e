"""The questions of a collection: every table, for every scope that one question can cover."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

from vmaudit.collect.catalogue import BY_TABLE, Evidence, Scope, Source
from vmaudit.collect.selection import Selection

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

    @property
    def key(self) -> str:
        """A name for files: the same question has the same, in another run too."""
        asked = "\n".join((self.query, self.path, *self.scopes))
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
        if evidence.source is Source.RESOURCE_GRAPH
    ]
    lists = [
        _of_list(evidence, f"/subscriptions/{subscription}")
        for subscription in subscriptions
        for evidence in chosen
        if evidence.scope is Scope.SUBSCRIPTION
    ]
    return (*graph, *lists)


def next_questions(selection: Selection, rows_of: Callable[[str], Iterable[str]]) -> Iterator[Question]:
    """What is asked for each row that the first questions brought. `rows_of` gives the ids of the rows of a table."""
    for table in selection.tables:
        evidence = BY_TABLE[table]
        if evidence.scope is Scope.ROW:
            for row in sorted(set(rows_of(evidence.of))):
                yield _of_list(evidence, row)


def _of_resource_graph(evidence: Evidence, batch: tuple[str, ...], groups: tuple[str, ...]) -> Question:
    scopes = tuple(f"/subscriptions/{subscription}" for subscription in batch)
    if not groups or evidence.table not in _MACHINES:
        return Question(evidence, scopes, query=evidence.query)
    names = ", ".join(quoted(group) for group in groups)
    head, _, order = evidence.query.rpartition("\n")
    query = f"{head}\n| where resourceGroup in~ ({names})\n{order}"
    return Question(evidence, scopes, query=query, cut=f"only the resource groups {', '.join(groups)} were asked for")


def _of_list(evidence: Evidence, of: str) -> Question:
    return Question(evidence, (of,), path=f"{quote(of)}{evidence.path}")


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
