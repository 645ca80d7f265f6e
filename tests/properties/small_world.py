"""A world of sixteen addresses, eight ports and two protocols, and random NSGs about it.

Small enough to ask about every packet, and chosen so that every boundary is in it: own subnet, own network, a public
block that belongs to the network, a peer, an unconnected peer, other private space, Azure's host, strangers, IPv6.
"""

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any, Final, TypeAlias

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from builders import asg, estate, ip_configuration, nic, peering, subnet, vm, vnet
from properties.naive import Packet, Rule, World
from vmaudit.addresses import ANY_ADDRESS, address_number, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Direction, NetworkInterface, Protocol, SecurityGroup
from vmaudit.estate.rules import DEFAULT_RULES, read_rule, security_group
from vmaudit.estate.wire import RuleRow
from vmaudit.exposure.ip_flow import Flow, FlowAnswer, ip_flow
from vmaudit.exposure.security_groups import Box, LocalEnd
from vmaudit.exposure.surroundings import Surroundings, surroundings


def law(examples: int) -> settings:
    """How many examples a law is tried on: always the same ones, unless VMAUDIT_LAW_CASES asks for other and more."""
    asked = os.environ.get("VMAUDIT_LAW_CASES")
    if asked:
        return settings(max_examples=int(asked), deadline=None)
    return settings(max_examples=examples, deadline=None, derandomize=True)


LOCAL: Final = "10.0.0.4"
LOCAL_GROUPS: Final = frozenset({asg("web")})
ADDRESSES: Final = (
    "10.0.0.5",
    "10.0.0.6",
    "10.0.1.4",
    "20.0.1.1",  # public space that the network itself uses
    "fd00:1::5",
    "10.9.0.4",  # a peer
    "10.8.0.4",  # a peer whose peering is not connected
    "192.168.7.1",
    "168.63.129.16",
    "20.0.0.1",
    "20.0.0.2",
    "8.8.8.8",
    "4.150.0.1",
    "203.0.113.7",
    "2a01:111::1",
    "2a01:111:8000::1",
)
INSIDE: Final = frozenset(
    {LOCAL, "10.0.0.5", "10.0.0.6", "10.0.1.4", "20.0.1.1", "fd00:1::5", "10.9.0.4", "168.63.129.16"}
)
INTERNET: Final = frozenset(
    {"20.0.0.1", "20.0.0.2", "8.8.8.8", "4.150.0.1", "203.0.113.7", "2a01:111::1", "2a01:111:8000::1"}
)
GROUPS: Final = {
    asg("web"): frozenset({LOCAL, "10.0.0.5"}),
    asg("app"): frozenset({"10.0.0.6", "10.0.1.4"}),
    asg("empty"): frozenset[str](),
}
TAGS: Final = {
    "virtualnetwork": INSIDE,
    "internet": INTERNET,
    "azureloadbalancer": frozenset({"168.63.129.16"}),
}
WORLD: Final = World(LOCAL, LOCAL_GROUPS, TAGS, GROUPS)

PORTS: Final = (0, 22, 80, 443, 3389, 3390, 5986, 65535)
SOURCE_PORTS: Final = (0, 1024, 50000)
PROTOCOLS: Final = ("Tcp", "Udp")
PACKETS: Final = tuple(
    Packet(protocol, remote, source_port, port)
    for protocol, remote, source_port, port in product(PROTOCOLS, ADDRESSES, SOURCE_PORTS, PORTS)
)

_PREFIXES: Final = (
    *("*", "Any", "0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "Internet", "INTERNET", "VirtualNetwork"),
    *("virtualnetwork", "AzureLoadBalancer", "10.0.0.0/8", "10.0.0.0/24", "10.0.0.4", "10.0.0.4/31", "10.0.0.4/30"),
    *("10.0.0.5", "10.0.1.0/24", "20.0.0.0/15", "20.0.0.1", "20.0.0.1-20.0.1.1", "20.0.1.0/24", "8.8.8.8/32"),
    *("4.144.0.0/12", "203.0.113.0/24", "2000::/3", "2a01:111::/33", "2a01:111:8000::1", "fd00:1::/64"),
)
_PORTS: Final = ("*", "22", "80", "443", "3389", "0-65535", "0-21", "22-80", "3380-3390", "3390-65535", "443-443")
_SOURCE_PORTS: Final = ("*", "*", "*", "0-1023", "1024-65535", "50000", "1024")

Prefixes: TypeAlias = tuple[str, ...]


def _either_field(field: str, values: SearchStrategy[str]) -> SearchStrategy[dict[str, Any]]:
    """A value in Azure's singular field, some in the plural one, or both; the other is absent, empty or null."""
    return st.one_of(
        st.builds(lambda value, empty: {field: value, **empty}, values, st.sampled_from([{}, {_plural(field): []}])),
        st.builds(
            lambda many, empty: {_plural(field): many, **empty},
            st.lists(values, min_size=1, max_size=3),
            st.sampled_from([{}, {field: ""}, {field: None}]),
        ),
        st.builds(lambda one, more: {field: one, _plural(field): more}, values, st.lists(values, max_size=2)),
    )


def _plural(field: str) -> str:
    return f"{field}es" if field.endswith("Prefix") else f"{field}s"


def _side(side: str, prefixes: Prefixes) -> SearchStrategy[dict[str, Any]]:
    groups = st.lists(st.sampled_from(sorted(GROUPS)), min_size=1, max_size=2, unique=True)
    by_group = groups.map(lambda keys: {f"{side}ApplicationSecurityGroups": [{"id": key.upper()} for key in keys]})
    by_prefix = _either_field(f"{side}AddressPrefix", st.sampled_from(prefixes))
    return st.one_of(by_prefix, by_prefix, by_prefix, by_group)


@cache
def rule_bodies(direction: str = "Inbound", tags: Prefixes = ()) -> SearchStrategy[dict[str, Any]]:
    """A rule's body without its priority; `tags` are further words for the prefix fields."""
    words = (*_PREFIXES, *tags, *tags)
    parts = st.tuples(
        st.fixed_dictionaries(
            {
                "direction": st.just(direction),
                "access": st.sampled_from(["Allow", "Deny"]),
                "protocol": st.sampled_from(["Tcp", "TCP", "Udp", "*", "*", "Icmp"]),
            }
        ),
        _side("source", words),
        _side("destination", words if direction == "Outbound" else ("*", "*", "*", *words)),
        _either_field("sourcePortRange", st.sampled_from(_SOURCE_PORTS)),
        _either_field("destinationPortRange", st.sampled_from(_PORTS)),
    )
    return parts.map(lambda found: {key: value for part in found for key, value in part.items()})


@cache
def rule_lists(direction: str = "Inbound", tags: Prefixes = (), most: int = 8) -> SearchStrategy[list[Rule]]:
    """The rules of one NSG in ARM's shape, each with a priority of its own, in any order."""

    def listed(bodies: list[dict[str, Any]], priorities: list[int]) -> list[Rule]:
        return [
            {"name": f"r{priority}", "properties": {**body, "priority": priority}}
            for body, priority in zip(bodies, priorities, strict=False)
        ]

    bodies = st.lists(rule_bodies(direction, tags), max_size=most)
    priorities = st.lists(st.integers(100, 4096), min_size=most, max_size=most, unique=True)
    return st.builds(listed, bodies, priorities)


UNKNOWN_TAGS: Final = ("Storage", "Sql.WestEurope", "AzureCloud")
_REMOTE: Final = (
    *UNKNOWN_TAGS,
    *UNKNOWN_TAGS,
    "*",
    "Internet",
    "VirtualNetwork",
    "20.0.0.0/15",
    "0.0.0.0/1",
    "2000::/3",
)
_LOCAL: Final = ("*", "*", "*", "10.0.0.0/24", "10.0.1.0/24", "Storage")


@cache
def tag_rule_lists(direction: str = "Inbound", most: int = 4) -> SearchStrategy[list[Rule]]:
    """Rules in which nearly everything hangs on the tags: few ports, few destinations."""
    inbound = direction == "Inbound"
    body = st.fixed_dictionaries(
        {
            "direction": st.just(direction),
            "access": st.sampled_from(["Allow", "Deny"]),
            "protocol": st.sampled_from(["*", "*", "Tcp"]),
            "sourceAddressPrefixes": st.lists(st.sampled_from(_REMOTE if inbound else _LOCAL), min_size=1, max_size=2),
            "destinationAddressPrefixes": st.lists(
                st.sampled_from(_LOCAL if inbound else _REMOTE), min_size=1, max_size=2
            ),
            "sourcePortRange": st.just("*"),
            "destinationPortRange": st.sampled_from(["*", "*", "22-443", "3389"]),
        }
    )

    def listed(bodies: list[dict[str, Any]]) -> list[Rule]:
        return [{"name": f"r{at}", "properties": {**body, "priority": at}} for at, body in enumerate(bodies, start=100)]

    return st.lists(body, max_size=most).map(listed)


# --- the same world for the engine ---------------------------------------------------------------------------------


def engine_group(rules: Iterable[Rule], name: str = "nsg") -> SecurityGroup:
    """The rules as vmaudit reads them."""
    read = [read_rule(msgspec.convert(rule, RuleRow), default=False) for rule in rules]
    return security_group(f"/networkSecurityGroups/{name}", [*read, *DEFAULT_RULES])


@cache
def engine_world(space: str = "10.0.0.0/16") -> Estate:
    """The estate around the small world's machine; its own subnet is 10.0.0.0/24."""
    spaces = (space, "20.0.1.0/24", "fd00:1::/64")
    network = vnet(peering(), peering("10.8.0.0/16", remote="lab", connected=False), space=spaces)
    inside = subnet(network=network)
    app = asg("app")
    return estate(
        vm(nic(ip_configuration(inside, at=LOCAL, groups=LOCAL_GROUPS))),
        nic(ip_configuration(inside, at="10.0.0.5", groups=[asg("web")]), name="b"),
        nic(
            ip_configuration(inside, at="10.0.0.6", groups=[app]),
            ip_configuration(inside, at="10.0.1.4", groups=[app], name="second"),
            name="c",
        ),
    )


@cache
def around() -> Surroundings:
    """The network around the machine, as the engine sees it."""
    world = engine_world()
    return surroundings(world, next(iter(world.subnets)))


def guarded(at_subnet: SecurityGroup, at_interface: SecurityGroup) -> tuple[Estate, NetworkInterface]:
    """The small world with one group at the machine's subnet and one at its interface."""
    world = engine_world()
    place = next(iter(world.subnets.values()))
    interface = next(iter(world.network_interfaces.values()))
    behind = msgspec.structs.replace(interface, security_group=at_interface.key)
    return (
        replace(
            world,
            subnets={place.key: msgspec.structs.replace(place, security_group=at_subnet.key)},
            network_interfaces={**world.network_interfaces, behind.key: behind},
            security_groups={group.key: group for group in (at_subnet, at_interface)},
        ),
        behind,
    )


END: Final = LocalEnd(address_number(LOCAL), tuple(LOCAL_GROUPS))
DIRECTIONS: Final = {direction.value: direction for direction in Direction}
_NAMED: Final = {"Tcp": Protocol.TCP, "Udp": Protocol.UDP}


def every_packet(protocol: str) -> Box:
    """All packets of a protocol, not only the small world's."""
    return Box(_NAMED[protocol], ANY_ADDRESS, ((0, 65535),), ((0, 65535),))


def holds(box: Box, packet: Packet) -> bool:
    """Whether a packet lies in a box, by comparing numbers."""
    return (
        box.protocol is _NAMED[packet.protocol]
        and _within(box.remote, _number(packet.remote))
        and _within(box.source_ports, packet.source_port)
        and _within(box.destination_ports, packet.destination_port)
    )


@cache
def _number(address: str) -> int:
    return single(address_number(address))[0][0]


def _within(spans: Iterable[tuple[int, int]], number: int) -> bool:
    return any(low <= number <= high for low, high in spans)


def volume(box: Box) -> int:
    """How many packets a box holds."""
    counted = 1
    for spans in (box.remote, box.source_ports, box.destination_ports):
        counted *= sum(high - low + 1 for low, high in spans)
    return counted


def apart(one: Box, other: Box) -> bool:
    """Whether two boxes share no packet, by comparing every pair of spans."""
    pairs = (
        (one.remote, other.remote),
        (one.source_ports, other.source_ports),
        (one.destination_ports, other.destination_ports),
    )
    return any(
        all(high < low2 or high2 < low for (low, high), (low2, high2) in product(mine, theirs))
        for mine, theirs in pairs
    )


def ask(direction: str, at_subnet: list[Rule], at_interface: list[Rule], packet: Packet) -> FlowAnswer:
    """What `ip_flow` says about a packet to or from the small world's machine, behind these two groups."""
    whole, interface = guarded(engine_group(at_subnet, "subnet"), engine_group(at_interface, "nic"))
    inward = direction == "Inbound"
    flow = Flow(
        direction=DIRECTIONS[direction],
        protocol=Protocol[packet.protocol.upper()],
        local_address=address_number(LOCAL),
        local_port=packet.destination_port if inward else packet.source_port,
        remote_address=address_number(packet.remote),
        remote_port=packet.source_port if inward else packet.destination_port,
    )
    return ip_flow(whole, interface, flow)
