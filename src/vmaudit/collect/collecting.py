"""Azure's answers become a snapshot: every question asked, every ending kept, nothing lost on the way."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from vmaudit.collect.answers import RefusedError
from vmaudit.collect.catalogue import BY_TABLE
from vmaudit.collect.connections import Connections
from vmaudit.collect.counting import assertions, machine_counts, machines_counted
from vmaudit.collect.evidence import Source
from vmaudit.collect.hierarchy import unseen_groups
from vmaudit.collect.outcomes import Ended, outcomes
from vmaudit.collect.pace import StoppableClock
from vmaudit.collect.parts import CUT, LEFT_OUT, Ending, Opening, Part, Parts, row_id
from vmaudit.collect.population import Population, find_population, looked_at_again
from vmaudit.collect.progress import Progress, Unanswered, time_left
from vmaudit.collect.questions import TENANT, Question, first_questions, next_questions
from vmaudit.collect.resource_graph import PAGE
from vmaudit.collect.seen import Seen
from vmaudit.collect.selection import Selection
from vmaudit.collect.spans import back_from
from vmaudit.collect.workspaces import find_workspaces, kept_elsewhere, log_questions
from vmaudit.snapshot.manifest import MachineCounts, Outcome, OutcomeKind
from vmaudit.snapshot.tables import BY_NAME, TABLES
from vmaudit.snapshot.writing import SnapshotWriter, check_place

_AT_ONCE: Final = 4
"""Questions under way at a time: enough to use up the quota, few enough that their pages fit into memory."""

_GLANCE: Final = 0.2
"""Seconds between two looks at the progress."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection brought."""

    snapshot: Path
    rows: tuple[tuple[str, int], ...]
    """Rows kept per table, in the order of `TABLES`."""
    outcomes: tuple[tuple[str, tuple[Outcome, ...]], ...]
    """Per table that was to be collected, how its reading ended."""
    population: Population
    machines: int
    counts: MachineCounts
    resumable: bool
    """Whether asking again may bring more: what is missing failed on its way, or for want of patience."""
    requests: int
    waited: float

    @property
    def gaps(self) -> tuple[tuple[str, Outcome], ...]:
        """What was asked for and is missing, with the name of its table."""
        here = {OutcomeKind.COMPLETE, OutcomeKind.NOT_COLLECTED}
        return tuple((t, o) for t, found in self.outcomes for o in found if o.outcome not in here)

    @property
    def nowhere(self) -> tuple[tuple[str, Outcome], ...]:
        """What could not be asked for, since it is kept nowhere, with the name of its table."""
        return tuple((t, o) for t, found in self.outcomes for o in found if o.outcome is OutcomeKind.NOT_COLLECTED)


def collect(
    connections: Connections,
    selection: Selection,
    out: Path,
    *,
    opening: Opening,
    clock: StoppableClock,
    resume: bool = False,
    replace: bool = False,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> Collected:
    """Ask Azure for every table of a selection and write the answers to a new snapshot.

    What is refused is an outcome in the manifest. Raises EvidenceError where nothing can be collected at all, and
    UsageError on a wrong selection. A run that is stopped leaves its parts beside `out` for `resume`.
    """
    replaces = replace or (resume and out.exists())
    check_place(out, replace=replaces)
    parts = Parts.for_snapshot(out, opening, resume=resume, replace=replace)
    population = find_population(connections.manager, connections.graph, selection)
    with parts:
        run = _Run(connections, selection, parts, clock, on_progress)
        run.know_silent(population.silent)
        run.ask(first_questions(selection, population.asked))
        span = back_from(selection.since, parts.opening.taken_at)
        workspaces = find_workspaces(selection, run.rows("workspaces"), span)
        logs = tuple(log_questions(selection, workspaces))
        while further := (*next_questions(selection, run.rows, run.asked_for), *logs):
            run.ask(further)
            logs = ()
        workspaces = kept_elsewhere(selection, workspaces, run.rows)
        population = looked_at_again(population, connections.graph)
        run.know_silent(population.silent)
        counted = machines_counted(connections.graph, population)
        with SnapshotWriter(out, source="collect", taken_at=parts.opening.taken_at, replace=replaces) as writer:
            rows = run.write(writer)
            found = outcomes(selection, population, workspaces, run.ended, unseen_groups(population, run.rows))
            for table, endings in found.items():
                evidence = BY_TABLE[table]
                writer.set_outcomes(table, endings, query=evidence.query, api_version=evidence.api_version)
            counts = machine_counts(selection, population, run.rows("virtual_machines"), counted)
            writer.set_machine_counts(counts)
            for sentence in assertions(selection, population, counts):
                writer.add_assertion(sentence)
    collected = Collected(
        snapshot=out,
        rows=tuple(rows.items()),
        outcomes=tuple(found.items()),
        population=population,
        machines=rows["virtual_machines"],
        counts=counts,
        resumable=bool(population.unconfirmed) or any(one.ending.may_be_mended for one in run.ended),
        requests=connections.requests,
        waited=connections.waited,
    )
    if not collected.resumable:
        parts.remove()
    return collected


class _Run:
    """Questions on their way."""

    def __init__(
        self,
        connections: Connections,
        selection: Selection,
        parts: Parts,
        clock: StoppableClock,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._connections = connections
        self._selection = selection
        self._parts = parts
        self._clock = clock
        self._on_progress = on_progress
        self._asked: list[Question] = []
        self._open: dict[str, Part] = {}
        self._silent: frozenset[str] = frozenset()
        self._done: set[str] = set()

    def know_silent(self, subscriptions: Iterable[str]) -> None:
        """Resource Graph leaves these out. What it has answered without them is not whole: `--resume` asks again."""
        self._silent = frozenset(f"/subscriptions/{subscription}" for subscription in subscriptions)
        for one in self.ended:
            if one.ending.kind is OutcomeKind.COMPLETE and self._lacks(one.question):
                self._parts.end(msgspec.structs.replace(one.ending, kind=OutcomeKind.PARTIAL, code=LEFT_OUT))

    def _lacks(self, question: Question) -> bool:
        return question.evidence.source is Source.RESOURCE_GRAPH and not self._silent.isdisjoint(question.scopes)

    @property
    def ended(self) -> tuple[Ended, ...]:
        """Every question with how it ended."""
        return tuple(Ended(question, self._parts.endings[question.key]) for question in self._asked)

    def rows(self, table: str) -> Iterator[bytes]:
        """The rows of a table that were read so far; a row that several questions brought comes once."""
        asked = [question for question in self._asked if question.evidence.table == table]
        seen = Seen()
        for question in sorted(asked, key=lambda question: question.key):
            for row in self._parts.rows(question):
                if len(asked) == 1 or seen.is_new(row_id(row) or row):
                    yield row

    def asked_for(self, table: str) -> frozenset[str]:
        """What other tables named, and this one was asked for."""
        return frozenset(
            name for question in self._asked if question.evidence.table == table for name in question.about
        )

    def ask(self, questions: Iterable[Question]) -> None:
        """Put the questions, some at a time. On an interrupt what is under way is let go."""
        asked = list(questions)
        self._asked += asked
        pending = [question for question in asked if self._parts.finished(question) is None]
        self._done |= {question.key for question in asked} - {question.key for question in pending}
        with ExitStack() as stack:
            # A pool for each service: questions that wait for one's quota keep nobody from asking another.
            pools = {
                source: stack.enter_context(ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"vmaudit-{source.name}"))
                for source in {question.evidence.source for question in pending}
            }
            try:
                waiting = {pools[question.evidence.source].submit(self._answer, question) for question in pending}
                while waiting:
                    done, waiting = wait(waiting, timeout=_GLANCE, return_when=FIRST_COMPLETED)
                    self._settle(done)
                    self._on_progress(self._progress())
            except BaseException:
                self._clock.stop()
                for pool in pools.values():
                    pool.shutdown(wait=False, cancel_futures=True)
                raise

    def write(self, writer: SnapshotWriter) -> dict[str, int]:
        """All parts into the snapshot, in an order that does not depend on who was answered first."""
        rows = dict.fromkeys((table.name for table in TABLES), 0)
        for table in self._selection.tables:
            for row in self.rows(table):
                writer.add_row(table, row)
                rows[table] += 1
        return rows

    def _settle(self, done: Iterable[Future[Ending]]) -> None:
        for future in done:
            ending = future.result()
            self._parts.end(ending)
            self._done.add(ending.key)

    def _answer(self, question: Question) -> Ending:
        """Everything that Azure gives to one question, kept in its part."""
        part = self._open[question.key] = self._parts.new(question)
        try:
            try:
                self._read(question, part)
            except msgspec.ValidationError as problem:
                kind = OutcomeKind.PARTIAL if part.rows else OutcomeKind.FAILED
                said = f"Azure gave a row that is none: {problem}"
                return Ending(question.key, kind, part.rows, part.finish(), "StrangeRow", said)
            except RefusedError as refused:
                kind = OutcomeKind.PARTIAL if part.rows else refused.kind
                return Ending(question.key, kind, part.rows, part.finish(), refused.code, refused.says, refused.status)
            if question.cut:
                return Ending(question.key, OutcomeKind.PARTIAL, part.rows, part.finish(), CUT, question.cut)
            kind, code = (OutcomeKind.PARTIAL, LEFT_OUT) if self._lacks(question) else (OutcomeKind.COMPLETE, "")
            return Ending(question.key, kind, part.rows, part.finish(), code)
        finally:
            part.close()
            del self._open[question.key]

    def _read(self, question: Question, part: Part) -> None:
        evidence = question.evidence
        if evidence.source is Source.RESOURCE_GRAPH:
            subscriptions = [scope.rpartition("/")[2] for scope in question.scopes if scope != TENANT]
            self._connections.graph.read(question.query, subscriptions, part, scope_filter=evidence.scope_filter)
            return
        if evidence.source is Source.MICROSOFT_GRAPH:
            self._read_directory(question, part)
            return
        if question.span is not None:
            (scope,) = question.scopes
            self._connections.logs.read(scope.rpartition("/")[2], question.query, question.span, part)
            return
        for page in self._connections.manager.pages(question.path, evidence.api_version):
            part.add(page)

    def _read_directory(self, question: Question, part: Part) -> None:
        evidence = question.evidence
        directory = self._connections.directory
        if evidence.kind:
            part.add(directory.objects(evidence.path, evidence.kind, question.about))
        elif evidence.single:
            part.add([directory.single(question.path)])
        else:
            about = BY_NAME[evidence.table].about
            for page in directory.pages(question.path):
                part.add([_row_about(question, about, page)] if about else page)

    def _progress(self) -> Progress:
        endings = self._parts.endings
        asked = {question.key: question for question in self._asked}
        unanswered = {key: question for key, question in asked.items() if key not in self._done}
        begun = dict(self._open)  # a copy: other threads add to it
        tables = {table for table in self._selection.tables if BY_TABLE[table].source is not Source.PARENT}
        touched = {question.evidence.table for question in asked.values()}
        busy = {question.evidence.table for question in unanswered.values()}
        to_come = (Unanswered(q.evidence.source, _to_come(begun.get(key))) for key, q in unanswered.items())
        return Progress(
            tables=len(tables),
            tables_done=len(touched - busy),
            questions=len(asked),
            answered=len(asked) - len(unanswered),
            rows=sum(endings[key].rows for key in self._done) + sum(part.rows for part in begun.values()),
            requests=self._connections.requests,
            waited=self._connections.waited,
            left=time_left(to_come, PAGE, self._connections.per_second, more_follows=bool(tables - touched)),
        )


def _to_come(part: Part | None) -> int | None:
    return None if part is None or part.expected is None else max(0, part.expected - part.rows)


def _row_about(question: Question, keys: tuple[str, str], page: list[msgspec.Raw]) -> msgspec.Raw:
    """A page as one row: what hangs on an object does not say by itself on which."""
    (name,) = question.about
    return msgspec.Raw(msgspec.json.encode({keys[0]: name, keys[1]: page}))
