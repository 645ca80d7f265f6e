"""How many machines Azure itself counts, beside those that it gave."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from vmaudit.collect.answers import RefusedError
from vmaudit.collect.population import Population, machines_by_subscription
from vmaudit.collect.resource_graph import ResourceGraph
from vmaudit.collect.selection import Selection
from vmaudit.snapshot.manifest import MachineCounts, Tally


class _Machine(msgspec.Struct):
    id: str = ""

    @property
    def subscription(self) -> str:
        """The subscription it is in, in lower case; "" where its id does not say."""
        parts = self.id.lower().split("/")
        return parts[2] if len(parts) > 2 else ""


_SUBSCRIPTION_OF: Final = msgspec.json.Decoder(_Machine)


def machines_counted(graph: ResourceGraph, population: Population) -> dict[str, int] | None:
    """How many machines Azure counts in each subscription that has any; None where it does not say."""
    try:
        return machines_by_subscription(graph, population.asked)
    except RefusedError:
        return None  # shown as "not counted"; what was collected stands by its own counts


def machine_counts(
    selection: Selection, population: Population, rows: Iterable[bytes], counted: Mapping[str, int] | None
) -> MachineCounts:
    """What was listed beside what was counted: the rows of the machines, and a count that is None where it failed."""
    listed = Counter(_SUBSCRIPTION_OF.decode(row).subscription for row in rows)
    differing = [
        Tally(name, listed[name], (counted or {}).get(name, 0))
        for name in population.asked
        if counted is not None and listed[name] != counted.get(name, 0)
    ]
    whole = "virtual_machines" in selection.tables and not selection.resource_groups
    return MachineCounts(
        subscriptions=len(population.asked),
        counted=None if counted is None else sum(counted.values()),
        differing=tuple(differing) if whole else (),
        unreadable=len(population.missing) + len(population.silent),
        not_chosen=population.left_out,
        resource_groups=selection.resource_groups,
        doubt=population.doubt,
    )


def assertions(selection: Selection, population: Population, counts: MachineCounts) -> Iterator[str]:
    """What the report has to say about the scope, in sentences."""
    if population.left_out:
        yield (
            f"Collected from {len(population.asked)} chosen subscriptions; {population.left_out} others that can be "
            "read were not asked for."
        )
    if selection.resource_groups:
        yield f"Only machines of the resource groups {', '.join(selection.resource_groups)} were collected."
    for tally in counts.differing:
        yield (
            f"Azure counts {tally.counted} machines in the subscription {tally.subscription}, and {tally.listed} were "
            "collected."
        )
    if population.doubt:
        yield population.doubt
