"""Our verdict beside Azure's, case by case."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from recordings.azure_words import (
    FLAGS,
    EvaluatedGroup,
    Verdict,
    diagnoses,
    flow_asked,
    flow_diagnosed,
    flow_verdict,
    packets_diagnosed,
)
from recordings.estate_of_case import Reading, estate_of_case, only_interface
from recordings.oddities import oddity
from recordings.recorded import Case
from vmaudit.addresses import ALL_PORTS, Intervals, covers, overlaps, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Direction, NetworkInterface, SecurityGroup, SecurityRule
from vmaudit.exposure.ip_flow import Flow, configuration_of, ip_flow
from vmaudit.exposure.matching import Box, LocalEnd, local_side_matches
from vmaudit.exposure.security_groups import cross
from vmaudit.exposure.situations import Situations
from vmaudit.exposure.surroundings import Meaning
from vmaudit.known import Unknown


class Outcome(Enum):
    """How one comparison ended."""

    AGREE = "agree"
    UNKNOWN = "unknown"
    """We say that the evidence is not enough."""
    DISAGREE = "disagree"
    ODD = "odd"
    """Different, for a reason that lies in Azure's answer and is named in `oddities`."""
    SILENT = "silent"
    """Azure's answer holds no verdict to compare with."""


@dataclass(frozen=True)
class Comparison:
    """One thing that Azure said, and what we say of it."""

    case: str
    asked: str
    azure: str
    ours: str
    outcome: Outcome
    reason: str = ""


def compare_flow(case: Case, reading: Reading) -> Comparison:
    """IP flow verify: access and rule."""
    azure = flow_verdict(case)
    if case.request is None:
        return _compared(case, "a packet", azure, Verdict("Unknown", ""), "the request was not recorded")
    estate = estate_of_case(case, reading)
    flow = flow_asked(case.request)
    ours, reason = _answer(estate, only_interface(estate), flow)
    return _compared(case, _packet(flow), azure, ours, reason)


def compare_diagnoses(case: Case, reading: Reading) -> list[Comparison]:
    """The diagnostic's overall verdict: access and the rule that its own flags single out."""
    estate = estate_of_case(case, reading)
    interface = only_interface(estate)
    found = diagnoses(case)
    comparisons: list[Comparison] = []
    for number, packet in enumerate(packets_diagnosed(case)):
        flow = flow_diagnosed(packet)
        ours, reason = _answer(estate, interface, flow)
        azure = found[number].verdict if found else None
        comparisons.append(_compared(case, _packet(flow), azure, ours, reason))
    return comparisons


def compare_flags(case: Case, reading: Reading) -> Iterator[Comparison]:
    """The diagnostic's match flags: per group and rule that it asked, each of the five."""
    estate = estate_of_case(case, reading)
    interface = only_interface(estate)
    for diagnosis in diagnoses(case):
        flow = flow_diagnosed(diagnosis.profile)
        for asked in diagnosis.groups:
            group = estate.security_groups.get(asked.group)
            yield from _flags(case, asked, group, _matcher(estate, interface, flow))


def evaluated_in_order(case: Case, reading: Reading) -> list[tuple[list[str], list[str]]]:
    """Per group of which all rules are known: the rules that Azure asked, and those that we would ask, up to the first
    that matches in Azure's eyes."""
    estate = estate_of_case(case, reading)
    found: list[tuple[list[str], list[str]]] = []
    for diagnosis in diagnoses(case):
        direction = Direction(diagnosis.profile["direction"])
        for asked in diagnosis.groups:
            group = estate.security_groups.get(asked.group)
            if group is not None:
                ours = [rule.azure_name for rule in group.rules if rule.direction is direction]
                upto = ours.index(asked.deciding) + 1 if asked.deciding in ours else len(ours)
                found.append(([name for name, _ in asked.rules], ours[:upto]))
    return found


def rules_left_open(case: Case, reading: Reading) -> frozenset[str] | None:
    """The rules that may decide the packet of a flow, as far as we can tell; None where they were not all read."""
    estate = estate_of_case(case, reading)
    interface = only_interface(estate)
    if interface is None or case.request is None:
        return None
    flow = flow_asked(case.request)
    configuration = interface.ip_configurations[0]
    situations = Situations(estate)
    stages = situations.stages(interface, configuration)
    if any(isinstance(stage.group, Unknown) for stage in stages):
        return None
    inward = flow.direction is Direction.INBOUND
    end = LocalEnd(configuration.private_address, configuration.application_security_groups)
    local, remote = _ports(flow.local_port), _ports(flow.remote_port)
    box = Box(flow.protocol, single(flow.remote_address), remote if inward else local, local if inward else remote)
    around = situations.around(configuration.subnet)
    crossings = cross(stages if inward else stages[::-1], flow.direction, end, around, (box,))
    rulings = [ruling for crossing in crossings for _, ruling in crossing.steps if ruling]
    return frozenset(rule.azure_name for ruling in rulings for rule in (*ruling.doubtful, ruling.rule))


def _ports(port: int | None) -> Intervals:
    return ALL_PORTS if port is None else single(port)


def _answer(estate: Estate, interface: NetworkInterface | None, flow: Flow) -> tuple[Verdict, str]:
    if interface is None:
        return Verdict("Unknown", ""), "the recording holds no interface of the machine"
    answer = ip_flow(estate, interface, flow)
    return Verdict(answer.access, answer.rule), answer.reason


def _compared(case: Case, asked: str, azure: Verdict | None, ours: Verdict, reason: str = "") -> Comparison:
    if azure is None:
        why = oddity(case)
        outcome = Outcome.ODD if why else Outcome.SILENT
        return Comparison(case.name, asked, "nothing", str(ours), outcome, why)
    if ours.access == "Unknown":
        return Comparison(case.name, asked, str(azure), "Unknown", Outcome.UNKNOWN, reason)
    if ours == azure:
        return Comparison(case.name, asked, str(azure), str(ours), Outcome.AGREE)
    why = oddity(case)
    return Comparison(case.name, asked, str(azure), str(ours), Outcome.ODD if why else Outcome.DISAGREE, why or reason)


def _packet(flow: Flow) -> str:
    ports = ["*" if port is None else str(port) for port in (flow.local_port, flow.remote_port)]
    return f"{flow.direction.value} {flow.protocol.value}, local port {ports[0]}, remote port {ports[1]}"


# --- match flags ---------------------------------------------------------------------------------------------------

Matcher = Callable[[SecurityRule], tuple[bool | None, ...]]


def _flags(case: Case, asked: EvaluatedGroup, group: SecurityGroup | None, matcher: Matcher) -> Iterator[Comparison]:
    rules = {} if group is None else {rule.azure_name: rule for rule in group.rules}
    for name, said in asked.rules:
        rule = rules.get(name)
        ours: tuple[bool | None, ...] = (None,) * len(FLAGS) if rule is None else matcher(rule)
        for flag, theirs, mine in zip(FLAGS, said, ours, strict=True):
            outcome = Outcome.UNKNOWN if mine is None else Outcome.AGREE if mine is theirs else Outcome.DISAGREE
            yield Comparison(case.name, f"{name} {flag}", str(theirs), str(mine), outcome)


def _matcher(estate: Estate, interface: NetworkInterface | None, flow: Flow) -> Matcher:
    """A function from a rule to our five flags; None stands for "not enough evidence"."""
    configuration = configuration_of(interface, flow.local_address) if interface else None
    if configuration is None:
        return lambda _: (None,) * len(FLAGS)
    around = Situations(estate).around(configuration.subnet)
    own = configuration.private_address == flow.local_address
    own = configuration.private_address == flow.local_address
    end = LocalEnd(flow.local_address, configuration.application_security_groups, own=own)

    def match(rule: SecurityRule) -> tuple[bool | None, ...]:
        inward = flow.direction is Direction.INBOUND
        local, remote = (rule.destination, rule.source) if inward else (rule.source, rule.destination)
        near = local_side_matches(local, end, around)
        at_the_machine = None if isinstance(near, Unknown) else near
        far = _inside(around.meaning(remote), single(flow.remote_address))
        into = _port_inside(rule.destination_ports, flow.local_port if inward else flow.remote_port)
        outof = _port_inside(rule.source_ports, flow.remote_port if inward else flow.local_port)
        source, destination = (far, at_the_machine) if inward else (at_the_machine, far)
        return (flow.protocol in rule.protocols, source, outof, destination, into)

    return match


def _inside(meaning: Meaning, address: Intervals) -> bool | None:
    if covers(meaning.must, address):
        return True
    return None if overlaps(meaning.may, address) else False


def _port_inside(ports: Intervals, port: int | None) -> bool | None:
    """An open port is inside only where every port is."""
    if port is None:
        return True if ports == ALL_PORTS else None
    return overlaps(ports, single(port))
