"""Which networks lie near what stands in one: those whose private addresses it reaches."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Key
from vmaudit.known import Unknown


@dataclass(frozen=True, slots=True)
class Near:
    """The networks whose addresses something reaches.

    `perhaps` are others that it may reach, with the reason; `gap` says why there may be more, "" where there are none.
    """

    networks: frozenset[Key]
    gap: str = ""
    perhaps: Mapping[Key, str] = field(default_factory=dict[Key, str])

    def doubt(self, network: Key) -> tuple[str, ...] | None:
        """Why it is in doubt whether a network is near: nothing where it surely is, None where it surely is not."""
        if network in self.networks:
            return ()
        why = self.perhaps.get(network, self.gap)
        return (why,) if why else None


def near_networks(estate: Estate, networks: Iterable[Key]) -> Near:
    """The networks and those that they are peered with: what stands in one reaches addresses in all of them."""
    found: dict[Key, None] = {}
    gap = ""
    for key in networks:
        found[key] = None
        network = estate.find(estate.networks, key, "virtual network")
        if isinstance(network, Unknown):
            gap = gap or f"{network.reason}, and so neither are its peerings"
            continue
        for peering in network.peerings:
            if peering.connected:
                found[peering.remote_network] = None
    return Near(frozenset(found), gap)
