"""Which workspaces logs are asked of, and what became of the asking: an outcome per workspace and table."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from vmaudit.collect.answers import NO_TABLE, RefusedError
from vmaudit.collect.catalogue import BY_TABLE, Evidence, Source, query
from vmaudit.collect.parts import Ending
from vmaudit.collect.population import Held
from vmaudit.collect.questions import SUBSCRIPTIONS_A_QUERY, Question
from vmaudit.collect.resource_graph import ResourceGraph
from vmaudit.collect.selection import Selection
from vmaudit.collect.spans import Span, moment_text
from vmaudit.snapshot.manifest import Outcome, OutcomeKind

NO_WORKSPACE: Final = "NoWorkspace"
_READ: Final = "Microsoft.OperationalInsights/workspaces/read"


class _Properties(msgspec.Struct):
    customer_id: str = msgspec.field(name="customerId", default="")


class _Row(msgspec.Struct):
    id: str
    properties: _Properties = msgspec.field(default_factory=_Properties)


@dataclass(frozen=True, slots=True)
class Workspaces:
    """The workspaces of a collection, and since when they are asked."""

    span: Span
    asked: tuple[str, ...] = ()
    """Customer ids in lower case, sorted."""
    missing: tuple[Outcome, ...] = ()
    """Those that could not be asked at all, whatever the table."""


def find_workspaces(graph: ResourceGraph, selection: Selection, subscriptions: Sequence[str], span: Span) -> Workspaces:
    """The workspaces that were named, or else all in these subscriptions that may be read."""
    if not any(BY_TABLE[table].source is Source.LOG_ANALYTICS for table in selection.tables):
        return Workspaces(span)
    named = selection.workspaces
    by_arm_id = [name for name in named if name.startswith("/")]
    if named and not by_arm_id:
        return Workspaces(span, tuple(sorted(named)))
    places = sorted({name.split("/")[2] for name in by_arm_id}) if named else subscriptions
    try:
        found = _listed(graph, places)
    except RefusedError as refused:
        return Workspaces(span, tuple(sorted(set(named) - set(by_arm_id))), (_unlisted(refused),))
    if not named:
        return Workspaces(span, tuple(sorted(set(found.values()))), () if found else (_none(),))
    asked = {found.get(name, "") if name.startswith("/") else name for name in named} - {""}
    return Workspaces(span, tuple(sorted(asked)), tuple(_not_there(name) for name in by_arm_id if name not in found))


def log_questions(selection: Selection, workspaces: Workspaces) -> Iterator[Question]:
    """Every log table of every workspace, taking turns over workspaces."""
    for table in selection.tables:
        evidence = BY_TABLE[table]
        if evidence.source is Source.LOG_ANALYTICS:
            for workspace in workspaces.asked:
                yield Question(evidence, (scope_of(workspace),), query=evidence.query, span=workspaces.span)


def scope_of(workspace: str) -> str:
    """How outcomes name a workspace; log rows name it by its customer id too (`TenantId`).

    >>> scope_of("0F5A7F3E-2B5C-4A0C-9D2F-7B6C1D5E4F30")
    '/workspaces/0f5a7f3e-2b5c-4a0c-9d2f-7b6c1d5e4f30'
    """
    return f"/workspaces/{workspace.lower()}"


def log_outcomes(
    evidence: Evidence, workspaces: Workspaces, ended: Iterable[tuple[Question, Ending]]
) -> tuple[Outcome, ...]:
    """An outcome per workspace. One without the table lacks nothing where another one has it: rows are kept in one."""
    found = list(ended)
    kept_elsewhere = any(ending.code != NO_TABLE for _, ending in found)
    own = tuple(
        _outcome(scope, ending, evidence, workspaces.span)
        for question, ending in found
        for scope in question.scopes
        if not (ending.code == NO_TABLE and kept_elsewhere)
    )
    return (*own, *workspaces.missing)


def _outcome(scope: str, ending: Ending, evidence: Evidence, span: Span) -> Outcome:
    since = moment_text(span.since)
    if ending.kind is OutcomeKind.COMPLETE:
        return Outcome(scope, ending.kind, message=f"since {since}", since=since)
    permission = evidence.permission if ending.status == 403 else ""
    return Outcome(scope, ending.kind, code=ending.code, message=ending.message, permission=permission, since=since)


def _listed(graph: ResourceGraph, subscriptions: Sequence[str]) -> dict[str, str]:
    """Customer ids by ARM id, both in lower case. Raises RefusedError."""
    found: dict[str, str] = {}
    for start in range(0, len(subscriptions), SUBSCRIPTIONS_A_QUERY):
        held = Held()
        graph.read(query("log_workspaces"), subscriptions[start : start + SUBSCRIPTIONS_A_QUERY], held)
        rows = (msgspec.json.decode(row, type=_Row) for row in held.kept)
        found |= {row.id.lower(): row.properties.customer_id.lower() for row in rows if row.properties.customer_id}
    return found


def _unlisted(refused: RefusedError) -> Outcome:
    message = f"Azure Resource Graph does not name the workspaces: {refused.says} Name them with --workspace."
    return Outcome("/", OutcomeKind.FAILED, code=refused.code, message=message, permission=_READ)


def _none() -> Outcome:
    message = (
        "No workspace of Log Analytics was found in these subscriptions. Name one with --workspace, or send the "
        "activity log and the sign-in logs to one."
    )
    return Outcome("/", OutcomeKind.NOT_COLLECTED, code=NO_WORKSPACE, message=message)


def _not_there(arm_id: str) -> Outcome:
    message = "The workspace is gone, or it may not be read; its customer id with --workspace needs less."
    return Outcome(arm_id, OutcomeKind.FAILED, code="WorkspaceNotFound", message=message, permission=_READ)
