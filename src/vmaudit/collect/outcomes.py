"""How the reading of every table ended, per scope: what the manifest says."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vmaudit.collect.catalogue import BY_TABLE, Evidence, Scope, Source
from vmaudit.collect.parts import Ending
from vmaudit.collect.population import Population
from vmaudit.collect.questions import Question
from vmaudit.collect.selection import Selection
from vmaudit.snapshot.manifest import Outcome, OutcomeKind


@dataclass(frozen=True, slots=True)
class Ended:
    """A question, and how it ended."""

    question: Question
    ending: Ending


def outcomes(selection: Selection, population: Population, ended: Iterable[Ended]) -> dict[str, tuple[Outcome, ...]]:
    """The outcomes of every table that was to be collected, by its name.

    What was read whole is one outcome for the whole scope; each subscription or row that was not is one of its own.
    """
    of: dict[str, list[Ended]] = {table: [] for table in selection.tables}
    for one in ended:
        of[one.question.evidence.table].append(one)
    found: dict[str, tuple[Outcome, ...]] = {}
    for table in sorted(selection.tables, key=lambda table: BY_TABLE[table].of != ""):  # those that lean on others last
        evidence = BY_TABLE[table]
        own = tuple(_gaps(evidence, population, of[table]))
        leaned_on = tuple(o for o in found[evidence.of] if o.outcome is not OutcomeKind.COMPLETE) if evidence.of else ()
        gaps = (*own, *(_through(outcome, evidence) for outcome in leaned_on))
        found[table] = (*_whole(evidence, population, of[table], gaps), *gaps)
    return {table: found[table] for table in selection.tables}


def _whole(
    evidence: Evidence, population: Population, ended: list[Ended], gaps: tuple[Outcome, ...]
) -> Iterator[Outcome]:
    """The outcome for what was read whole, if anything was."""
    missed = {gap.scope for gap in gaps}
    scopes = [f"/subscriptions/{subscription}" for subscription in population.asked]
    if evidence.scope is Scope.ROW:
        scopes = [scope for one in ended for scope in one.question.scopes]
    read = [scope for scope in scopes if scope not in missed]
    if not read and gaps:
        return
    scope = scopes[0] if len(scopes) == 1 else "/"
    noun = "rows of " + evidence.of if evidence.scope is Scope.ROW else "subscriptions"
    yield Outcome(scope, OutcomeKind.COMPLETE, message=f"{len(read)} of {len(scopes)} {noun}" if gaps else "")


def _gaps(evidence: Evidence, population: Population, ended: list[Ended]) -> Iterator[Outcome]:
    if evidence.source is Source.PARENT:
        return
    silent = frozenset(f"/subscriptions/{subscription}" for subscription in population.silent)
    for one in ended:
        for scope in one.question.scopes:
            if evidence.source is Source.RESOURCE_GRAPH and scope in silent:
                yield Outcome(
                    scope,
                    OutcomeKind.DENIED,
                    code="LeftOutByResourceGraph",
                    message="Azure Resource Graph answers without this subscription: nothing in it may be read.",
                    permission=evidence.permission,
                )
            elif one.ending.kind is not OutcomeKind.COMPLETE:
                yield _gap(scope, one.ending, evidence)
    if evidence.scope is not Scope.ROW:
        for subscription in population.missing:
            yield Outcome(
                f"/subscriptions/{subscription}",
                OutcomeKind.DENIED,
                code="SubscriptionNotVisible",
                message="The subscription is part of the scope, and the signed-in identity may not see it.",
                permission=evidence.permission,
            )


def _gap(scope: str, ending: Ending, evidence: Evidence) -> Outcome:
    permission = evidence.permission if ending.status == 403 else ""
    return Outcome(scope, ending.kind, code=ending.code, message=ending.message, permission=permission)


def _through(outcome: Outcome, evidence: Evidence) -> Outcome:
    """What a gap in another table makes of a table that is asked of, or held by, its rows."""
    return Outcome(
        outcome.scope,
        outcome.outcome,
        code=outcome.code,
        message=f"{evidence.of} was not read whole: {outcome.message}",
        permission=outcome.permission,
    )
