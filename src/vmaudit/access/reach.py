"""How far a scope reaches: how many machines stand at or below it."""

from collections import Counter
from collections.abc import Iterator
from math import inf
from typing import Final

from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Key
from vmaudit.known import Unknown

_WHOSE_LIST: Final = ("bastion_hosts", "virtual_networks")
"""Tables without which not every Bastion of a machine is known."""


class Reach:
    """Counts machines by resource group, once."""

    def __init__(self, estate: Estate) -> None:
        complete = estate.all_of("virtual_machines")
        self.uncounted = complete.reason if isinstance(complete, Unknown) else ""
        """Why there may be more machines; "" where all are known."""
        self._in_group = Counter(key.partition("/providers/")[0] for key in estate.machines)
        self.unread = tuple(self._unread(estate))
        """What was not read of the Bastions that may serve a machine, each as a clause."""

    def _unread(self, estate: Estate) -> Iterator[str]:
        for table in _WHOSE_LIST:
            complete = estate.all_of(table)
            if isinstance(complete, Unknown):
                yield complete.reason

    def machines(self, scope: Key) -> float:
        """The known machines that a role at this scope counts for; a subscription, or more, has no end of them."""
        group, _, resource = scope.partition("/providers/")
        if "/resourcegroups/" not in group:
            return inf
        return 1 if resource else float(self._in_group[group])
