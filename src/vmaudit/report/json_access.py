"""Who may act, as JSON: the same words in `vmaudit.assessment/1` and in `vmaudit.access/1`."""

from collections.abc import Iterator, Mapping
from typing import Any

from vmaudit.access.grants import Way
from vmaudit.access.overview import AccessTable, Overview, Reach
from vmaudit.assess.assessment import MachineResult
from vmaudit.estate.rights import Activation, Principal
from vmaudit.known import Read, Unknown


class TableNumbers:
    """The number of each table of an overview, in the order in which machines come."""

    def __init__(self, overview: Overview | None, results: tuple[MachineResult, ...]) -> None:
        self._tables: Mapping[str, AccessTable] = overview.tables if overview else {}
        self._numbers: dict[int, int] = {}
        self._in_order: list[tuple[AccessTable, int]] = []
        counts: dict[int, int] = {}
        for result in results:
            table = self._tables.get(result.machine.key)
            if table is not None:
                counts[id(table)] = counts.get(id(table), 0) + 1
                if id(table) not in self._numbers:
                    self._numbers[id(table)] = len(self._numbers)
                    self._in_order.append((table, id(table)))
        self._counts = counts

    def of(self, result: MachineResult) -> int | None:
        """The number of a machine's table; None where it has none."""
        table = self._tables.get(result.machine.key)
        return None if table is None else self._numbers[id(table)]

    def tables(self) -> Iterator[tuple[int, AccessTable, int]]:
        """Every table with its number and with how many machines share it."""
        for number, (table, key) in enumerate(self._in_order):
            yield number, table, self._counts[key]


def table_json(number: int, table: AccessTable, machines: int) -> dict[str, Any]:
    """One table."""
    return {
        "number": number,
        "machines": machines,
        "ways": [_way(way) for way in table.ways],
        "left_out": table.left_out,
        "blind_spots": table.blind_spots,
        "assumptions": table.assumptions,
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "principal": _principal(way.principal),
        "doors": way.doors,
        "held": way.held,
        "role": way.role,
        "scope": way.scope,
        "assignment": way.assignment,
        "via": way.via,
        "condition": way.condition,
        "certain": way.certain,
        "activation": None if way.activation is None else activation_json(way.activation),
    }


def reach_json(reach: Reach) -> dict[str, Any]:
    """Somebody with much reach."""
    return {
        "principal": _principal(reach.principal),
        "machines": reach.machines,
        "by_held": dict(reach.by_held),
        "through": [
            {"role": one.role, "scope": one.scope, "held": one.held, "via": one.via, "machines": one.machines}
            for one in reach.through
        ],
    }


def _principal(who: Principal) -> dict[str, Any]:
    return {"id": who.id, "type": who.kind, "name": who.name, "marks": who.marks}


def activation_json(activation: Activation) -> dict[str, Any]:
    """What activating a role takes; "unknown" for what its policy does not say."""
    return {
        "mfa": _value(activation.mfa),
        "approval": _value(activation.approval),
        "justification": _value(activation.justification),
        "max_hours": _value(activation.max_hours),
    }


def _value(read: Read[bool] | Read[float]) -> object:
    return "unknown" if isinstance(read, Unknown) else read
