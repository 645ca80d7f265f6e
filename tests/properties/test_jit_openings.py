"""What gets in to guarded ports is the same, whether machines share the answer or each has its own."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from builders import allow, asg, deny, estate, ip_configuration, nic, nsg, subnet, vm
from just_in_time import BOTH, jit_deny
from vmaudit.addresses import ALL_PORTS, NOTHING, Intervals, intersection, normalised, single, union
from vmaudit.estate.resources import Access, Direction, NetworkInterface, Protocol, SecurityRule
from vmaudit.exposure.jit_openings import Guarded, GuardedPorts, Spot, Standing
from vmaudit.exposure.paths import Certainty
from vmaudit.exposure.security_groups import Box, LocalEnd, cross
from vmaudit.exposure.situations import Situations, family
from vmaudit.known import Unknown

PORTS = (22, 3389)
ADDRESSES = ("10.0.0.4", "10.0.0.5", "10.0.0.6")
UNKNOWN = Unknown("no address at present")

sources = st.sampled_from(("*", "10.0.0.0/8", "VirtualNetwork", "Internet", "8.8.8.8", "Sql"))
destinations = st.sampled_from(("*", *ADDRESSES, "10.0.0.4/31", "VirtualNetwork", "Storage"))
port_sets = st.sampled_from(("*", 22, 3389, [22, 3389], 443, "20-30"))
protocols = st.sampled_from(("*", "Tcp", "Udp"))


@st.composite
def rules(draw: st.DrawFn, place: int) -> SecurityRule:
    words: dict[str, Any] = {
        "source": draw(sources),
        "protocol": draw(protocols),
        "priority": 100 + place,
        "source_ports": draw(st.sampled_from(("*", "*", "*", 1000))),
    }
    if draw(st.integers(0, 5)) == 0:
        words["to_groups"] = [asg("servers")]
    else:
        words["destination"] = draw(destinations)
    kind = draw(st.sampled_from((allow, deny, "jit")))
    if kind == "jit":
        return jit_deny(draw(st.sampled_from(PORTS)), draw(st.sampled_from(ADDRESSES)), priority=100 + place)
    return kind(draw(port_sets), **words)


@st.composite
def groups(draw: st.DrawFn, name: str) -> list[Any]:
    if draw(st.booleans()):
        return []
    count = draw(st.integers(0, 6))
    return [nsg(*(draw(rules(place)) for place in range(count)), name=name)]


class Question:
    """Guarded ports, machines behind the same groups, and rules (by identity) to be taken away."""

    def __init__(self, guarded: Guarded, spots: list[Spot], without: frozenset[int], rules: list[SecurityRule]) -> None:
        self.guarded = guarded
        self.spots = spots
        self.without = without
        self._rules = rules

    def __repr__(self) -> str:
        said = [f"{r.access.value} {r.name} {r.source} > {r.destination} {r.destination_ports}" for r in self._rules]
        return f"{self.guarded} {said} without {[n for n, r in enumerate(self._rules) if id(r) in self.without]}"


@st.composite
def questions(draw: st.DrawFn) -> Question:
    home = subnet(*draw(groups("at-subnet")))
    at_interface = draw(groups("at-nic"))
    places = [*ADDRESSES, UNKNOWN]
    machines = [
        vm(
            nic(
                *at_interface,
                ip_configuration(home, at=place, groups=[asg("servers")] if draw(st.booleans()) else []),
                name=f"nic-{n}",
            ),
            name=f"vm-{n}",
        )
        for n, place in enumerate(places)
    ]
    whole = estate(*machines)
    situations = Situations(whole)
    guarded = tuple(
        (protocol, normalised(single(port)[0] for port in draw(st.sets(st.sampled_from(PORTS), min_size=1))))
        for protocol in (Protocol.TCP, Protocol.UDP)
        if protocol in draw(st.sampled_from((BOTH, frozenset({Protocol.TCP}))))
    )
    every = [rule for group in whole.security_groups.values() for rule in group.rules if not rule.default]
    without = draw(st.sets(st.sampled_from(every), max_size=2)) if every else set[SecurityRule]()
    spots = [_spot(situations, interface) for interface in whole.network_interfaces.values()]
    return Question(guarded, spots, frozenset(map(id, without)), every)


def _spot(situations: Situations, interface: NetworkInterface) -> Spot:
    (place,) = interface.ip_configurations
    return Spot(
        stages=situations.stages(interface, place),
        end=LocalEnd(place.private_address, place.application_security_groups),
        around=situations.around(place.subnet),
        admin=None,
        version=4,
    )


def answered(found: tuple[Standing, ...]) -> dict[tuple[Protocol, int, Certainty], Intervals]:
    """From where each port is open, surely or perhaps. Which source ports that takes is not said."""
    answer: dict[tuple[Protocol, int, Certainty], Intervals] = {}
    for each in found:
        opening = each.opening
        for port in PORTS:
            if intersection(opening.ports, single(port)):
                key = (opening.protocol, port, opening.certainty)
                answer[key] = union(answer.get(key, NOTHING), opening.sources)
    return answer


def asked_one_by_one(
    guarded: Guarded, spot: Spot, without: frozenset[int]
) -> dict[tuple[Protocol, int, Certainty], Intervals]:
    """The same by the engine alone: all rules of all groups, for this machine."""
    stages = [
        type(stage)(
            stage.resource,
            replace(stage.group, rules=tuple(r for r in stage.group.rules if id(r) not in without)),
            stage.certain,
        )
        for stage in spot.stages
        if not isinstance(stage.group, Unknown)
    ]
    boxes = [Box(protocol, family(4), ALL_PORTS, ports) for protocol, ports in guarded]
    answer: dict[tuple[Protocol, int, Certainty], Intervals] = {}
    for crossing in cross(stages, Direction.INBOUND, spot.end, spot.around, boxes):
        if crossing.access is Access.DENY:
            continue
        for port in PORTS:
            if intersection(crossing.box.destination_ports, single(port)):
                certainty = Certainty.POSSIBLE if crossing.access is None else Certainty.PROVEN
                key = (crossing.box.protocol, port, certainty)
                answer[key] = union(answer.get(key, NOTHING), crossing.box.remote)
    return answer


@settings(max_examples=300, deadline=None)
@given(questions())
def test_shared_answers_are_those_that_each_machine_would_get_alone(question: Question) -> None:
    shared = GuardedPorts()

    for spot in (*question.spots, *reversed(question.spots)):
        found = shared.admitted(question.guarded, spot, question.without)
        assert answered(found) == asked_one_by_one(question.guarded, spot, question.without)
