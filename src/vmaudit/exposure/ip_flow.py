"""One packet, allowed or denied, and by which rule: what Network Watcher's IP flow verify answers, without Azure.

Like Azure, it asks the NSGs alone, not whether anybody routes the packet there; unlike Azure, it answers for machines
that are stopped, and says "Unknown" where the evidence is not enough.
"""

from dataclasses import dataclass
from typing import Literal

from vmaudit.addresses import ALL_PORTS, Intervals, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Access, Direction, IpConfiguration, NetworkInterface, Protocol
from vmaudit.exposure.paths import Hop
from vmaudit.exposure.proof import stage_hops
from vmaudit.exposure.security_groups import Box, Crossing, LocalEnd, cross
from vmaudit.exposure.situations import Situations
from vmaudit.known import Unknown


@dataclass(frozen=True, slots=True)
class Flow:
    """A packet as `az network watcher test-ip-flow` takes it; a port of None is `*`. Addresses are place numbers."""

    direction: Direction
    protocol: Protocol
    local_address: int
    local_port: int | None
    remote_address: int
    remote_port: int | None


@dataclass(frozen=True, slots=True)
class FlowAnswer:
    """Azure's two words and what led to them. `rule` is "" where no single rule decides; `reason` says why."""

    access: Literal["Allow", "Deny", "Unknown"]
    rule: str
    group: str
    hops: tuple[Hop, ...]
    reason: str = ""


def ip_flow(estate: Estate, interface: NetworkInterface, flow: Flow) -> FlowAnswer:
    """What the NSGs of one interface do with a packet."""
    configuration = configuration_of(interface, flow.local_address)
    if configuration is None:
        return FlowAnswer("Unknown", "", "", (), f"no ip configuration of {interface.name} has the local address")
    situations = Situations(estate)
    inward = flow.direction is Direction.INBOUND
    stages = situations.stages(interface, configuration)
    own = isinstance(configuration.private_address, Unknown) or configuration.private_address == flow.local_address
    end = LocalEnd(flow.local_address, configuration.application_security_groups, own=own)
    around = situations.around(configuration.subnet)
    crossings = cross(stages if inward else stages[::-1], flow.direction, end, around, (_box(flow),))
    ordered = stages if inward else stages[::-1]
    answers = [_answer(crossing, stage_hops(ordered, crossing)) for crossing in crossings]
    return _one(answers)


def configuration_of(interface: NetworkInterface, address: int) -> IpConfiguration | None:
    """The ip configuration that has the address; for an interface with a single one, that one, whatever its address.

    A stopped machine's dynamic address is not in its row, and Network Watcher's diagnostics take any address too.
    """
    for configuration in interface.ip_configurations:
        if configuration.private_address == address:
            return configuration
    return interface.ip_configurations[0] if len(interface.ip_configurations) == 1 else None


def _box(flow: Flow) -> Box:
    local, remote = _port(flow.local_port), _port(flow.remote_port)
    inward = flow.direction is Direction.INBOUND
    return Box(flow.protocol, single(flow.remote_address), remote if inward else local, local if inward else remote)


def _port(port: int | None) -> Intervals:
    return ALL_PORTS if port is None else single(port)


def _answer(crossing: Crossing, hops: tuple[Hop, ...]) -> FlowAnswer:
    """The last stage asked names the rule, as Azure does: the one that denied, or the innermost that allowed."""
    if crossing.access is None:
        return FlowAnswer("Unknown", "", "", hops, "; ".join(crossing.doubts))
    if not crossing.steps:
        return FlowAnswer("Allow", "", "", hops, "no NSG stands at the interface or its subnet")
    _, ruling = crossing.steps[-1]
    if ruling is None:
        return FlowAnswer("Unknown", "", "", hops, "; ".join(crossing.doubts))
    word: Literal["Allow", "Deny"] = "Deny" if crossing.access is Access.DENY else "Allow"
    doubts = tuple(dict.fromkeys((*crossing.doubts, *ruling.doubts)))
    return FlowAnswer(word, "" if doubts else ruling.rule.azure_name, hops[-1].resource, hops, "; ".join(doubts))


def _one(answers: list[FlowAnswer]) -> FlowAnswer:
    """A port of `*` is several packets: they must all fare alike for one answer."""
    first = answers[0]
    if all((answer.access, answer.rule) == (first.access, first.rule) for answer in answers):
        return first
    if all(answer.access == first.access for answer in answers):
        return FlowAnswer(first.access, "", first.group, first.hops, "different rules decide for different ports")
    return FlowAnswer("Unknown", "", "", first.hops, "the answer depends on the port that was left open")
