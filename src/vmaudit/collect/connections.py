"""The lines to Azure: one client per service, each at the pace of its quota."""

from dataclasses import dataclass

from azure.core.credentials import TokenCredential

from vmaudit.collect.asking import Line
from vmaudit.collect.clouds import Place
from vmaudit.collect.pace import Clock, Pace
from vmaudit.collect.resource_graph import ResourceGraph
from vmaudit.collect.resource_manager import ResourceManager


@dataclass(frozen=True, slots=True)
class Connections:
    """The clients of one collection, and the lines that they ask on."""

    graph: ResourceGraph
    manager: ResourceManager
    lines: tuple[Line, ...]

    @property
    def requests(self) -> int:
        """Requests sent so far."""
        return sum(line.requests for line in self.lines)

    @property
    def waited(self) -> float:
        """Seconds that requests were held back for the quota, added up over all of them."""
        return sum(line.pace.waited for line in self.lines)


def connect(credential: TokenCredential, place: Place, clock: Clock) -> Connections:
    """Clients for a place. Nothing is sent yet."""
    graph = Line(Pace(clock, requests=15, seconds=5), clock)  # azure-facts 1.5; corrected by what Azure says is left
    manager = Line(Pace(clock, requests=100, seconds=5), clock)  # azure-facts 1.7: 25 a second are refilled
    return Connections(
        ResourceGraph(credential, place, graph), ResourceManager(credential, place, manager), (graph, manager)
    )
