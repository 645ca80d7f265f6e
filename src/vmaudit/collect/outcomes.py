"""How the reading of every table ended, per scope: what the manifest says."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from vmaudit.collect.catalogue import BY_TABLE, turn
from vmaudit.collect.evidence import Evidence, Scope, Source
from vmaudit.collect.parts import LEFT_OUT, Ending
from vmaudit.collect.population import Population
from vmaudit.collect.questions import Question
from vmaudit.collect.selection import Selection
from vmaudit.collect.workspaces import Workspaces, log_outcomes
from vmaudit.snapshot.manifest import Outcome, OutcomeKind

UNCONFIRMED: Final = "NotLookedAtAgain"
"""The code of what was read whole, as far as Azure let one see: that it let one see all to the end is not known."""

_OF_SUBSCRIPTIONS: Final = frozenset({Scope.SUBSCRIPTIONS, Scope.SUBSCRIPTION})


@dataclass(frozen=True, slots=True)
class Ended:
    """A question, and how it ended."""

    question: Question
    ending: Ending


def outcomes(
    selection: Selection,
    population: Population,
    workspaces: Workspaces,
    ended: Iterable[Ended],
    unseen: Iterable[Outcome] = (),
) -> dict[str, tuple[Outcome, ...]]:
    """The outcomes of every table that was to be collected, by its name.

    What was read whole is one outcome for the whole scope; each subscription or row that was not is one of its own.
    `unseen` are gaps in the tree of management groups.
    """
    unseen = tuple(unseen)
    of: dict[str, list[Ended]] = {table: [] for table in selection.tables}
    for one in ended:
        of[one.question.evidence.table].append(one)
    found: dict[str, tuple[Outcome, ...]] = {}
    for table in sorted(selection.tables, key=turn):
        evidence = BY_TABLE[table]
        inherited = tuple(_inherited(evidence, found))
        if evidence.source is Source.LOG_ANALYTICS:
            answers = ((one.question, one.ending) for one in of[table])
            found[table] = log_outcomes(evidence, workspaces, answers, () if selection.workspaces else inherited)
            continue
        own = (*_gaps(evidence, population, of[table]), *(unseen if table == "management_groups" else ()))
        gaps = tuple(dict.fromkeys((*own, *inherited)))
        found[table] = (*_whole(evidence, population, of[table], gaps), *gaps)
    return {table: found[table] for table in selection.tables}


def _whole(
    evidence: Evidence, population: Population, ended: list[Ended], gaps: tuple[Outcome, ...]
) -> Iterator[Outcome]:
    """The outcome for what was read whole, if anything was."""
    missed = {gap.scope for gap in gaps}
    scopes = [f"/subscriptions/{subscription}" for subscription in population.asked]
    if evidence.scope not in _OF_SUBSCRIPTIONS:
        scopes = [scope for one in ended for scope in one.question.scopes]
    read = [scope for scope in scopes if scope not in missed]
    if not read and gaps:
        return
    scope = scopes[0] if len(scopes) == 1 else "/"
    noun = "subscriptions" if evidence.scope in _OF_SUBSCRIPTIONS else "scopes"
    yield Outcome(scope, OutcomeKind.COMPLETE, message=f"{len(read)} of {len(scopes)} {noun}" if gaps else "")


def _gaps(evidence: Evidence, population: Population, ended: list[Ended]) -> Iterator[Outcome]:
    if evidence.source is Source.PARENT:
        return
    for one in ended:
        yield from _gaps_of(one, population)
    if evidence.scope in _OF_SUBSCRIPTIONS or evidence.scope is Scope.HIERARCHY:
        for subscription in population.missing:
            yield Outcome(
                f"/subscriptions/{subscription}",
                OutcomeKind.DENIED,
                code="SubscriptionNotVisible",
                message="The subscription is part of the scope, and the signed-in identity may not see it.",
                permission=evidence.permission,
            )


def _gaps_of(one: Ended, population: Population) -> Iterator[Outcome]:
    """What the answer to one question leaves open, scope by scope."""
    evidence, ending = one.question.evidence, one.ending
    of_graph = evidence.source is Source.RESOURCE_GRAPH
    for scope in one.question.scopes:
        if of_graph and scope.rpartition("/")[2] in population.silent:
            said = "Azure Resource Graph answers without this subscription: nothing in it may be read."
            yield Outcome(scope, OutcomeKind.DENIED, code=LEFT_OUT, message=said, permission=evidence.permission)
        elif ending.kind is not OutcomeKind.COMPLETE and ending.code != LEFT_OUT:
            yield _gap(scope, ending, evidence)
        elif of_graph and population.unconfirmed:
            said = f"Whether it could be read until the end is not known. {population.unconfirmed}"
            yield Outcome(scope, OutcomeKind.PARTIAL, code=UNCONFIRMED, message=said)


def _gap(scope: str, ending: Ending, evidence: Evidence) -> Outcome:
    permission = evidence.permission if ending.status == 403 else ""
    return Outcome(scope, ending.kind, code=ending.code, message=ending.message, permission=permission)


def _inherited(evidence: Evidence, found: dict[str, tuple[Outcome, ...]]) -> Iterator[Outcome]:
    """The gaps of the tables that a table was asked of: what they don't name was not asked for.

    Whom nobody names need not be looked up: people that were named are all there, whatever else was not read.
    """
    if evidence.scope is not Scope.PEOPLE:
        for of in evidence.of:
            yield from (_through(of, outcome) for outcome in found[of] if outcome.outcome is not OutcomeKind.COMPLETE)


def _through(table: str, outcome: Outcome) -> Outcome:
    """What a gap in a table makes of another that is asked of, or held by, its rows."""
    return Outcome(
        outcome.scope,
        outcome.outcome,
        code=outcome.code,
        message=f"{table} was not read whole: {outcome.message}",
        permission=outcome.permission,
    )
