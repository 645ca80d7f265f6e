"""Which workspaces logs are asked of, and what became of the asking: an outcome per workspace and table."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from vmaudit.collect.answers import NO_TABLE
from vmaudit.collect.catalogue import BY_TABLE
from vmaudit.collect.evidence import Evidence, Source
from vmaudit.collect.naming import RowsOf
from vmaudit.collect.parts import Ending
from vmaudit.collect.questions import Question
from vmaudit.collect.selection import Selection
from vmaudit.collect.spans import Span, moment_text
from vmaudit.snapshot.manifest import Outcome, OutcomeKind
from vmaudit.snapshot.tables import BY_NAME

_READ: Final = BY_NAME["workspaces"].permission

_NONE: Final = Outcome(
    "/",
    OutcomeKind.NOT_COLLECTED,
    code="NoWorkspace",
    message=(
        "No workspace of Log Analytics was found in these subscriptions. Name one with --workspace, or send the "
        "activity log and the sign-in logs to one."
    ),
)


_SETTINGS: Final = ("diagnostic_settings", "entra_diagnostic_settings")
"""Tables that say which workspace a log is sent to (azure-facts 4.3)."""


class _Properties(msgspec.Struct):
    customer_id: str | None = msgspec.field(name="customerId", default=None)
    workspace_id: str | None = msgspec.field(name="workspaceId", default=None)


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


def find_workspaces(selection: Selection, rows: Iterable[bytes], span: Span) -> Workspaces:
    """The workspaces that were named, or else all that there are rows of, which is what stands in the subscriptions."""
    if not any(BY_TABLE[table].source is Source.LOG_ANALYTICS for table in selection.tables):
        return Workspaces(span)
    found = _customer_ids(rows)
    named = selection.workspaces
    if not named:
        return Workspaces(span, tuple(sorted(set(found.values()))), () if found else (_NONE,))
    asked = {found.get(name, "") if name.startswith("/") else name for name in named} - {""}
    gone = (name for name in named if name.startswith("/") and name not in found)
    return Workspaces(span, tuple(sorted(asked)), tuple(_not_there(name) for name in gone))


def kept_elsewhere(selection: Selection, workspaces: Workspaces, rows_of: RowsOf) -> Workspaces:
    """The same, with those that diagnostic settings send logs to and that nobody saw: unless others were named."""
    if selection.workspaces or not (workspaces.asked or workspaces.missing):
        return workspaces
    seen = _customer_ids(rows_of("workspaces"))
    named = {row.properties.workspace_id for table in _SETTINGS for row in _rows(rows_of(table))}
    others = sorted({name.lower() for name in named if name} - seen.keys())
    missing = tuple(_elsewhere(name) for name in others)
    return replace(workspaces, missing=missing or workspaces.missing)


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
    evidence: Evidence,
    workspaces: Workspaces,
    ended: Iterable[tuple[Question, Ending]],
    unfound: Iterable[Outcome] = (),
) -> tuple[Outcome, ...]:
    """An outcome per workspace. One without the table lacks nothing where another one has it: rows are kept in one.

    `unfound` are the places where there may be workspaces that nobody saw.
    """
    found = list(ended)
    kept_elsewhere = any(ending.code != NO_TABLE for _, ending in found)
    own = tuple(
        _outcome(scope, ending, evidence, workspaces.span)
        for question, ending in found
        for scope in question.scopes
        if not (ending.code == NO_TABLE and kept_elsewhere)
    )
    return (*own, *workspaces.missing, *unfound)


def _outcome(scope: str, ending: Ending, evidence: Evidence, span: Span) -> Outcome:
    since = moment_text(span.since)
    if ending.kind is OutcomeKind.COMPLETE:
        return Outcome(scope, ending.kind, message=f"since {since}", since=since)
    permission = evidence.permission if ending.status == 403 else ""
    return Outcome(scope, ending.kind, code=ending.code, message=ending.message, permission=permission, since=since)


def _customer_ids(rows: Iterable[bytes]) -> dict[str, str]:
    """Customer ids by ARM id, both in lower case."""
    named = {row.id.lower(): row.properties.customer_id for row in _rows(rows)}
    return {arm_id: customer_id.lower() for arm_id, customer_id in named.items() if customer_id}


def _rows(rows: Iterable[bytes]) -> Iterator[_Row]:
    for row in rows:
        with suppress(msgspec.ValidationError):  # kept as it is: whoever reads the snapshot says what is wrong with it
            yield msgspec.json.decode(row, type=_Row)


def _elsewhere(arm_id: str) -> Outcome:
    message = (
        "Logs are sent to this workspace, which stands in no subscription that was collected, or may not be read: "
        "name its customer id with --workspace."
    )
    return Outcome(arm_id, OutcomeKind.NOT_COLLECTED, code="KeptElsewhere", message=message, permission=_READ)


def _not_there(arm_id: str) -> Outcome:
    message = "The workspace is gone, or it may not be read; its customer id with --workspace needs less."
    return Outcome(arm_id, OutcomeKind.FAILED, code="WorkspaceNotFound", message=message, permission=_READ)
