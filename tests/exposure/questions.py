"""Short questions to the engine, for tests that read like the sentence they prove."""

from vmaudit.addresses import Intervals, address_number, normalised, port_texts
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Direction, Protocol
from vmaudit.exposure.ip_flow import Flow, FlowAnswer, ip_flow
from vmaudit.exposure.paths import Certainty, MachineExposure, Path, Reach
from vmaudit.exposure.reach import expose

ALL = ("0-65535",)


def asked(
    estate: Estate,
    remote: str = "8.8.8.8",
    port: int | None = 22,
    *,
    protocol: str = "TCP",
    direction: str = "Inbound",
    local: str = "10.0.0.4",
    source_port: int | None = 50000,
    nic: int = 0,
) -> FlowAnswer:
    """What the NSGs of an interface do with a packet from (or to) `remote`, aimed at `port`."""
    inward = direction == "Inbound"
    flow = Flow(
        direction=Direction(direction),
        protocol=Protocol[protocol],
        local_address=address_number(local),
        local_port=port if inward else source_port,
        remote_address=address_number(remote),
        remote_port=source_port if inward else port,
    )
    return ip_flow(estate, list(estate.network_interfaces.values())[nic], flow)


def exposure(estate: Estate) -> MachineExposure:
    """The exposure of the only machine."""
    (found,) = expose(estate).values()
    return found


def paths(
    estate: Estate, *, certainty: Certainty | None = None, protocol: str | None = "TCP", reach: Reach | None = None
) -> list[Path]:
    """The ways into the only machine, those of one kind where a kind is named."""
    return [
        path
        for path in exposure(estate).paths
        if certainty in (None, path.certainty)
        and reach in (None, path.reach)
        and protocol in (None, path.protocol.value)
    ]


def proven_ports(estate: Estate, *, protocol: str = "TCP", reach: Reach | None = None) -> tuple[str, ...]:
    """The ports that are proven open, as people write them."""
    return port_texts(_ports(paths(estate, certainty=Certainty.PROVEN, protocol=protocol, reach=reach)))


def possible_ports(estate: Estate, *, protocol: str = "TCP", reach: Reach | None = None) -> tuple[str, ...]:
    """The ports that can't be ruled out, as people write them."""
    return port_texts(_ports(paths(estate, certainty=Certainty.POSSIBLE, protocol=protocol, reach=reach)))


def nothing_open(estate: Estate) -> bool:
    """Whether there is no way in, proven or possible, and nothing hides one."""
    found = exposure(estate)
    return not found.paths and not found.blind_spots


def _ports(found: list[Path]) -> Intervals:
    return normalised(pair for path in found for pair in path.ports)
