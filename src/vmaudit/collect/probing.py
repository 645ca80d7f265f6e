"""What the signed-in identity may read: the smallest real question for each table, by the clients that collect."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final
from urllib.parse import quote

import msgspec

from vmaudit.collect.answers import NO_TABLE, RefusedError
from vmaudit.collect.catalogue import BY_TABLE, turn
from vmaudit.collect.connections import Connections
from vmaudit.collect.evidence import Evidence, Scope, Source
from vmaudit.collect.pace import StoppableClock
from vmaudit.collect.population import Held, Population
from vmaudit.collect.questions import SUBSCRIPTIONS_A_QUERY
from vmaudit.collect.selection import Selection
from vmaudit.collect.spans import Span
from vmaudit.collect.workspaces import find_workspaces
from vmaudit.snapshot.manifest import OutcomeKind

_AT_ONCE: Final = 8
_PLACES: Final = 10
"""Subscriptions, and management groups, that a list of Azure Resource Manager is asked of."""

_NOBODY: Final = "00000000-0000-0000-0000-000000000000"
_TOP: Final = re.compile(r"\$top=\d+")
_SUBJECTS: Final = {
    Scope.GROUP: "Group",
    Scope.NESTED_GROUP: "Group",
    Scope.WORKLOAD: "ServicePrincipal",
    Scope.APPLICATION: "ServicePrincipal",
}
"""Whose role assignment names somebody to ask about."""


class Readable(Enum):
    """Whether a table may be read."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"
    """Nothing was refused, and nothing was seen."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of the question for one table. `permission` is the one that is missing, where that is known."""

    table: str
    readable: Readable
    code: str = ""
    says: str = ""
    permission: str = ""


class _Row(msgspec.Struct, rename="camel"):
    id: str | None = None
    app_id: str | None = None


class _Role(msgspec.Struct, rename="camel"):
    principal_id: str = ""


class _Assignment(msgspec.Struct):
    properties: _Role


def probe(
    connections: Connections,
    population: Population,
    selection: Selection,
    *,
    clock: StoppableClock,
    on_progress: Callable[[str], None] = lambda _table: None,
) -> tuple[Probed, ...]:
    """Ask for each table of a selection as little as can be asked, and say what came of it, in its order."""
    tables = selection.tables
    prober = _Prober(connections, population, selection)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="vmaudit-probe") as pool:
        try:
            for number in sorted({turn(table) for table in tables}):
                asked = [table for table in tables if turn(table) == number]
                for found in pool.map(prober.of, map(BY_TABLE.__getitem__, asked)):
                    prober.found[found.table] = found
                    on_progress(found.table)
        except BaseException:
            clock.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return tuple(prober.found[table] for table in tables)


class _Prober:
    """Questions, and the first rows that came: what a later one is asked about."""

    def __init__(self, connections: Connections, population: Population, selection: Selection) -> None:
        self._selection = selection
        self._connections = connections
        self._population = population
        self._first: dict[str, msgspec.Raw] = {}
        self.found: dict[str, Probed] = {}

    def of(self, evidence: Evidence) -> Probed:
        """Ask for one table. Those that it is asked of, or held by, were asked for before."""
        try:
            match evidence.source:
                case Source.PARENT:
                    return self._held(evidence)
                case Source.RESOURCE_GRAPH:
                    return self._of_resource_graph(evidence)
                case Source.RESOURCE_MANAGER:
                    return self._of_lists(evidence)
                case Source.MICROSOFT_GRAPH:
                    return self._of_directory(evidence)
                case Source.LOG_ANALYTICS:
                    return self._of_logs(evidence)
        except RefusedError as refused:
            return _refused(evidence, refused)

    def _held(self, evidence: Evidence) -> Probed:
        (parent,) = evidence.of
        found = self.found[parent]
        return Probed(evidence.table, found.readable, found.code, f"It is part of {parent}.", found.permission)

    def _of_resource_graph(self, evidence: Evidence) -> Probed:
        row = self._glance(evidence.query, evidence.scope, evidence.scope_filter)
        if row is not None:
            self._first[evidence.table] = row
        hidden = (*self._population.silent, *self._population.missing)
        if hidden and evidence.scope is not Scope.TENANT:
            count = len(self._population.asked) + len(self._population.missing)
            says = f"Nothing may be read in {len(hidden)} of {count} subscriptions, such as {hidden[0]}."
            return Probed(evidence.table, Readable.DENIED, "LeftOutByResourceGraph", says, evidence.permission)
        if row is None:
            says = "The answer held no row. Resource Graph never refuses: there is none, or none that may be read."
            return Probed(evidence.table, Readable.UNKNOWN, "NotSeen", says)
        return Probed(evidence.table, Readable.ALLOWED)

    def _glance(self, query: str, scope: Scope, scope_filter: str) -> msgspec.Raw | None:
        """The first row that a query has in any of the subscriptions. Raises RefusedError."""
        asked = self._population.asked
        batches = [asked[i : i + SUBSCRIPTIONS_A_QUERY] for i in range(0, len(asked), SUBSCRIPTIONS_A_QUERY)]
        for batch in [()] if scope is Scope.TENANT else batches:
            row = self._connections.graph.first(query, batch, scope_filter=scope_filter)
            if row is not None:
                return row
        return None

    def _of_lists(self, evidence: Evidence) -> Probed:
        places = self._places(evidence)
        if not places:
            return _nobody(evidence, f"{evidence.of[0]} showed none to ask about.")
        refusals: list[tuple[str, RefusedError]] = []
        for place in places:
            path = f"{quote(place)}{evidence.path}"
            try:
                next(self._connections.manager.pages(path, evidence.api_version))
            except RefusedError as refused:
                refusals.append((place or "the tenant", refused))
        if not refusals:
            return Probed(evidence.table, Readable.ALLOWED, says=f"Asked at {len(places)} scopes.")
        place, worst = min(refusals, key=lambda one: one[1].kind is not OutcomeKind.DENIED)
        found = _refused(evidence, worst)
        says = f"{len(refusals)} of {len(places)} scopes, such as {place}: {found.says}"
        return Probed(evidence.table, found.readable, found.code, says, found.permission)

    def _places(self, evidence: Evidence) -> list[str]:
        subscriptions = [f"/subscriptions/{name}" for name in self._population.asked[:_PLACES]]
        groups = [
            f"/providers/Microsoft.Management/managementGroups/{name}" for name in self._population.groups[:_PLACES]
        ]
        match evidence.scope:
            case Scope.TENANT:
                return [""]
            case Scope.ROW:
                return [row.id for of in evidence.of if (row := self._row(of)) and row.id]
            case Scope.HIERARCHY:
                return [*subscriptions, *groups]
            case _:
                return subscriptions

    def _of_directory(self, evidence: Evidence) -> Probed:
        directory = self._connections.directory
        path = _TOP.sub("$top=1", evidence.path)
        if evidence.kind:
            directory.objects(path, evidence.kind, [_NOBODY])
            return Probed(evidence.table, Readable.ALLOWED)
        if evidence.single:
            directory.single(path)
            return Probed(evidence.table, Readable.ALLOWED)
        if "{id}" in path:
            subject = self._subject(evidence)
            if not subject:
                return _nobody(evidence, "Nobody to ask about was seen.")
            path = path.replace("{id}", quote(subject, safe=""))
        for row in next(directory.pages(path))[:1]:
            self._first[evidence.table] = row
        return Probed(evidence.table, Readable.ALLOWED)

    def _of_logs(self, evidence: Evidence) -> Probed:
        """One row of the last hour, of a workspace that was named or is the first that was seen."""
        seen = self._first.get("workspaces")
        span = Span(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC))
        workspaces = find_workspaces(self._selection, [bytes(seen)] if seen else [], span)
        if not workspaces.asked:
            return _nobody(evidence, workspaces.missing[0].message)
        table = evidence.query.partition("\n")[0]
        try:
            self._connections.logs.read(workspaces.asked[0], f"{table}\n| take 1", span, Held())
        except RefusedError as refused:
            if refused.code == NO_TABLE:
                return _nobody(evidence, refused.says)
            raise
        return Probed(evidence.table, Readable.ALLOWED, says=f"Asked of workspace {workspaces.asked[0]}.")

    def _subject(self, evidence: Evidence) -> str:
        """Somebody or something that a table can be asked about; "" where nobody is known. Raises RefusedError."""
        if evidence.scope not in _SUBJECTS:
            row = self._row(evidence.of[0])
            return (row.id or "") if row else ""
        kind = _SUBJECTS[evidence.scope]
        assignments = BY_TABLE["role_assignments"]
        head, _, order = assignments.query.rpartition("\n")
        query = f"{head}\n| where tostring(properties.principalType) =~ '{kind}'\n{order}"
        row = self._glance(query, assignments.scope, assignments.scope_filter)
        if row is None:
            return ""
        principal = msgspec.json.decode(row, type=_Assignment).properties.principal_id
        if evidence.scope is not Scope.APPLICATION:
            return principal
        found = self._connections.directory.objects("/directoryObjects/getByIds", "servicePrincipal", [principal])
        return next((one for row in found if (one := msgspec.json.decode(row, type=_Row).app_id)), "")

    def _row(self, table: str) -> _Row | None:
        row = self._first.get(table)
        return None if row is None else msgspec.json.decode(row, type=_Row)


def _refused(evidence: Evidence, refused: RefusedError) -> Probed:
    denied = refused.kind is OutcomeKind.DENIED
    permission = evidence.permission if refused.status == 403 else ""
    return Probed(
        evidence.table, Readable.DENIED if denied else Readable.UNKNOWN, refused.code, refused.says, permission
    )


def _nobody(evidence: Evidence, says: str) -> Probed:
    return Probed(evidence.table, Readable.UNKNOWN, "NotAsked", says)
