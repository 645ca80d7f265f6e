"""A second answer to "what does this NSG do with this packet", deliberately naive.

One packet at a time, first match by priority, no sets, no intervals, nothing of vmaudit: rules are Azure's JSON as it
stands, addresses are texts, and the standard library compares them. Slow and easy to check by eye (azure-facts 5.1).
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any, Final, TypeAlias

Rule: TypeAlias = Mapping[str, Any]
"""A rule in ARM's shape: `{"name": ..., "properties": {...}}`."""


@dataclass(frozen=True)
class Packet:
    """One packet as the machine sees it: the far end's address, and the ports of sender and receiver."""

    protocol: str
    remote: str
    source_port: int
    destination_port: int


@dataclass(frozen=True)
class World:
    """What the words of a rule mean: the members of tags and of application security groups, in lower case."""

    local: str
    local_groups: frozenset[str]
    tags: Mapping[str, Container[str]]
    groups: Mapping[str, Container[str]]


@dataclass(frozen=True)
class Blocks:
    """All addresses of some blocks, but for those of others."""

    of: tuple[str, ...]
    without: tuple[str, ...] = ()

    def __contains__(self, address: object) -> bool:
        inside = any(_in_block(block, str(address)) for block in self.of)
        return inside and not any(_in_block(block, str(address)) for block in self.without)


NOT_ON_THE_INTERNET: Final = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"),
)


def tags_around(network: tuple[str, ...]) -> dict[str, Container[str]]:
    """The three tags that need no data, in a network with this address space, its peers' included."""
    inside = (*network, "168.63.129.16")
    return {
        "virtualnetwork": Blocks(inside),
        "internet": Blocks(("0.0.0.0/0", "2000::/3"), (*NOT_ON_THE_INTERNET, *inside)),
        "azureloadbalancer": Blocks(("168.63.129.16",)),
    }


def _default(name: str, priority: int, direction: str, access: str, source: str, destination: str) -> Rule:
    return {
        "name": name,
        "default": True,
        "properties": {
            "priority": priority,
            "direction": direction,
            "access": access,
            "protocol": "*",
            "sourceAddressPrefix": source,
            "sourcePortRange": "*",
            "destinationAddressPrefix": destination,
            "destinationPortRange": "*",
        },
    }


DEFAULTS: Final = (
    _default("AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    _default("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*"),
    _default("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"),
    _default("AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    _default("AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet"),
    _default("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"),
)


def through(groups: Iterable[Iterable[Rule]], direction: str, packet: Packet, world: World) -> tuple[str, str]:
    """Access and rule of several NSGs one after the other: each must allow; the last one asked names the rule."""
    access, named = "Allow", ""
    for rules in groups:
        access, named = verdict(rules, direction, packet, world)
        if access == "Deny":
            return access, named
    return access, named


def verdict(rules: Iterable[Rule], direction: str, packet: Packet, world: World) -> tuple[str, str]:
    """Access and name of the first rule, by priority, that matches."""
    for rule in sorted((*rules, *DEFAULTS), key=lambda rule: rule["properties"]["priority"]):
        if matches(rule["properties"], direction, packet, world):
            kind = "defaultSecurityRules" if rule.get("default") else "securityRules"
            return rule["properties"]["access"], f"{kind}/{rule['name']}"
    raise AssertionError("the default rules match everything")


def matches(body: Mapping[str, Any], direction: str, packet: Packet, world: World) -> bool:
    """Whether one rule speaks about one packet."""
    inbound = direction == "Inbound"
    source, destination = (packet.remote, world.local) if inbound else (world.local, packet.remote)
    return (
        body["direction"] == direction
        and body["protocol"].lower() in ("*", packet.protocol.lower())
        and _port(body, "sourcePortRange", packet.source_port)
        and _port(body, "destinationPortRange", packet.destination_port)
        and _side(body, "source", source, world)
        and _side(body, "destination", destination, world)
    )


def _port(body: Mapping[str, Any], field: str, port: int) -> bool:
    texts = [text for text in (body.get(field), *(body.get(f"{field}s") or ())) if text]
    return any(_in_range(text, port) for text in texts)


def _in_range(text: str, port: int) -> bool:
    if text == "*":
        return True
    first, _, last = text.partition("-")
    return int(first) <= port <= int(last or first)


def _side(body: Mapping[str, Any], side: str, address: str, world: World) -> bool:
    groups = [group["id"].lower() for group in body.get(f"{side}ApplicationSecurityGroups") or ()]
    if groups:
        return any(_in_group(group, address, world) for group in groups)
    single, plural = body.get(f"{side}AddressPrefix"), body.get(f"{side}AddressPrefixes") or ()
    return any(_in_prefix(text, address, world) for text in (single, *plural) if text)


def _in_group(group: str, address: str, world: World) -> bool:
    if address == world.local:
        return group in world.local_groups
    return address in world.groups.get(group, ())


def _in_prefix(text: str, address: str, world: World) -> bool:
    if text in ("*", "Any", "any"):
        return True
    if text.lower() in world.tags:
        return address in world.tags[text.lower()]
    return _in_block(text, address)


@cache
def _in_block(text: str, address: str) -> bool:
    if "-" in text:
        low, high = (ip_address(end) for end in text.split("-"))
        number = ip_address(address)
        return low.version == number.version and int(low) <= int(number) <= int(high)
    return ip_address(address) in ip_network(text, strict=False)
