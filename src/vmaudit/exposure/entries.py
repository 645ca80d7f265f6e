"""What publishes a machine: every way from a public address to an ip configuration, before any NSG is asked.

An entry says who may use it, which ports outsiders aim at and which ones the machine sees, and as whom the NSGs see the
client: a load balancer keeps the client's own address, a firewall or gateway puts one of its own in its place
(azure-facts 5.5, 5.7, 5.8).
"""

from dataclasses import dataclass
from typing import Final

from vmaudit.addresses import ANY_ADDRESS, Intervals
from vmaudit.estate.resources import Key, Protocol
from vmaudit.exposure.meaning import Meaning
from vmaudit.exposure.paths import Hop
from vmaudit.known import Read

ANYBODY: Final = Meaning(ANY_ADDRESS, ANY_ADDRESS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One way in. `machine_ports` of None means: the port that the outsider aims at."""

    kind: str
    """As a path's frontend names it: public-ip, nat-rule, nat-pool, balancing-rule, firewall-dnat or
    application-gateway."""
    resource: str
    rule: str
    address: str | None
    """The public address that outsiders aim at, where the evidence holds it."""
    protocols: frozenset[Protocol]
    frontend_ports: Intervals
    machine_ports: Intervals | None
    hops: tuple[Hop, ...]
    open_without_group: Read[bool]
    """Whether it lets packets through where no NSG stands: Basic SKUs do, Standard ones do not (azure-facts 5.5)."""
    clients: Meaning = ANYBODY
    seen_as: Intervals | None = None
    """The addresses that the NSGs see in place of the client's own; None where the client's own is kept."""
    seen_at: int | None = None
    """The address that the NSGs see as the destination where it is not the machine's own (floating addresses)."""
    doubts: tuple[str, ...] = ()
    """What was not read and could mean that this entry leads nowhere, or somewhere else."""
    assumptions: tuple[str, ...] = ()
    """What it takes for granted though nobody read it, because it could only close the entry."""

    @property
    def ports(self) -> Intervals:
        """The machine's ports that the entry reaches."""
        return self.frontend_ports if self.machine_ports is None else self.machine_ports


def configuration_key(interface: Key, name: str) -> Key:
    """The key of an ip configuration, as pools and NAT rules point to it."""
    return f"{interface}/ipconfigurations/{name.lower()}"
