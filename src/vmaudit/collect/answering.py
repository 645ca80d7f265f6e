"""One question is put to its service, and everything that comes back is kept."""

import msgspec

from vmaudit.collect.connections import Connections
from vmaudit.collect.evidence import Source
from vmaudit.collect.parts import Part
from vmaudit.collect.questions import TENANT, Question
from vmaudit.snapshot.tables import BY_NAME


def read(connections: Connections, question: Question, part: Part) -> None:
    """All that there is to a question, page by page into `part`. Raises RefusedError."""
    evidence = question.evidence
    if evidence.source is Source.RESOURCE_GRAPH:
        subscriptions = [scope.rpartition("/")[2] for scope in question.scopes if scope != TENANT]
        connections.graph.read(question.query, subscriptions, part, scope_filter=evidence.scope_filter)
    elif evidence.source is Source.MICROSOFT_GRAPH:
        _read_directory(connections, question, part)
    elif question.span is not None:
        (scope,) = question.scopes
        connections.logs.read(scope.rpartition("/")[2], question.query, question.span, part)
    else:
        for page in connections.manager.pages(question.path, evidence.api_version):
            part.add(page)


def _read_directory(connections: Connections, question: Question, part: Part) -> None:
    evidence = question.evidence
    directory = connections.directory
    if evidence.looked_up:
        part.add(directory.objects(evidence.path, evidence.kind, question.about))
    elif evidence.single:
        part.add([directory.single(question.path)])
    else:
        about = BY_NAME[evidence.table].about
        for page in directory.pages(question.path):
            part.add([_row_about(question, about, page)] if about else page)


def _row_about(question: Question, keys: tuple[str, str], page: list[msgspec.Raw]) -> msgspec.Raw:
    """A page as one row: what hangs on an object does not say by itself on which."""
    (name,) = question.about
    return msgspec.Raw(msgspec.json.encode({keys[0]: name, keys[1]: page}))
