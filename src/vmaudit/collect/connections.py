"""The lines to Azure: one client per service, each at the pace of its quota."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from vmaudit.collect.asking import Line
from vmaudit.collect.clouds import Place
from vmaudit.collect.credentials import RenewableCredential
from vmaudit.collect.evidence import Source
from vmaudit.collect.log_analytics import LogAnalytics
from vmaudit.collect.microsoft_graph import MicrosoftGraph
from vmaudit.collect.pace import Clock, Pace
from vmaudit.collect.resource_graph import ResourceGraph
from vmaudit.collect.resource_manager import ResourceManager


@dataclass(frozen=True, slots=True)
class Connections:
    """The clients of one collection, and the lines that they ask on."""

    graph: ResourceGraph
    manager: ResourceManager
    directory: MicrosoftGraph
    logs: LogAnalytics
    lines: tuple[Line, ...]

    @property
    def per_second(self) -> dict[Source, float]:
        """Requests a second that the quota of each service allows."""
        return {
            Source.RESOURCE_GRAPH: self.graph.per_second,
            Source.RESOURCE_MANAGER: self.manager.per_second,
            Source.MICROSOFT_GRAPH: self.directory.per_second,
            Source.LOG_ANALYTICS: self.logs.per_second,
        }

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return sum(line.requests for line in self.lines)

    @property
    def waited(self) -> float:
        """Seconds that requests were held back for the quota, added up over all of them."""
        return sum(line.pace.waited for line in self.lines)


@contextmanager
def connected(credential: RenewableCredential, place: Place, clock: Clock) -> Generator[Connections]:
    """Clients for a place, until the block ends. Nothing is sent yet."""

    def line(requests: int, seconds: float) -> Line:
        return Line(Pace(clock, requests, seconds), clock, credential)

    graph = line(15, 5)  # azure-facts 1.5: corrected by what Azure says is left
    manager = line(100, 5)  # azure-facts 1.7: 25 a second are refilled
    directory = line(100, 10)  # azure-facts 3.4: 3,500 units, of which a page takes up to 5
    slow = line(1, 1.1)  # azure-facts 3.4: once a second, and no Retry-After
    logs = line(33, 5)  # azure-facts 4.1: 200 in 30 seconds
    people = MicrosoftGraph(credential, place, directory, slow)
    try:
        yield Connections(
            ResourceGraph(credential, place, graph),
            ResourceManager(credential, place, manager),
            people,
            LogAnalytics(credential, place, logs),
            (graph, manager, directory, slow, logs),
        )
    finally:
        people.close()
