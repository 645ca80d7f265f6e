"""A second answer to "who on the internet can send what to which machine", for estates of which everything is known.

By looking at one packet after the other: is there a public address on the way, does every NSG allow it, and if there is
no NSG, is the address a Basic one (azure-facts 5.1, 5.5).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from properties.naive import Packet, Rule, World, tags_around, through

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Door:
    """One ip configuration of one machine that has a public address, and all that stands before it."""

    machine: str
    interface: str
    configuration: str
    world: World
    groups: tuple[tuple[Rule, ...], ...]
    sku: str

    def lets_in(self, packet: Packet) -> tuple[bool, str]:
        """Whether a packet from the internet arrives, and by which rule of the last NSG."""
        if not self.groups:
            return self.sku == "Basic", ""
        access, rule = through(self.groups, "Inbound", packet, self.world)
        return access == "Allow", rule


def doors(rows: Iterable[Row]) -> Iterator[Door]:
    """Every door of an estate's rows."""
    by_id = {row["id"].lower(): row for row in rows}
    networks = [row for row in by_id.values() if "/virtualnetworks/" in row["id"].lower() and "subnets" in _body(row)]
    subnets = {subnet["id"].lower(): (subnet, network) for network in networks for subnet in _body(network)["subnets"]}
    members = _members(by_id.values())
    for machine in (row for row in by_id.values() if "/virtualmachines/" in row["id"].lower()):
        for pointer in _body(machine)["networkProfile"]["networkInterfaces"]:
            interface = by_id[pointer["id"].lower()]
            for configuration in _body(interface)["ipConfigurations"]:
                body = configuration["properties"]
                if body["publicIPAddress"]:
                    subnet, network = subnets[body["subnet"]["id"].lower()]
                    pointers = (_body(subnet)["networkSecurityGroup"], _body(interface)["networkSecurityGroup"])
                    found = [by_id[to["id"].lower()] for to in pointers if to]
                    own = frozenset(group["id"].lower() for group in body["applicationSecurityGroups"])
                    yield Door(
                        machine=machine["id"].lower(),
                        interface=interface["id"],
                        configuration=configuration["name"],
                        world=World(body["privateIPAddress"], own, tags_around(_space(network)), members),
                        groups=tuple(tuple(_body(group)["securityRules"]) for group in found),
                        sku=by_id[body["publicIPAddress"]["id"].lower()]["sku"]["name"],
                    )


def _body(row: Row) -> Row:
    return row["properties"]


def _space(network: Row) -> tuple[str, ...]:
    peers = [_body(peering) for peering in _body(network)["virtualNetworkPeerings"]]
    joined = [peer for peer in peers if peer["peeringState"] == "Connected"]
    spaces = [_body(network)["addressSpace"], *(peer["remoteAddressSpace"] for peer in joined)]
    return tuple(prefix for space in spaces for prefix in space["addressPrefixes"])


def _members(rows: Iterable[Row]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        for configuration in _body(row).get("ipConfigurations", ()) if "/networkInterfaces/" in row["id"] else ():
            for group in configuration["properties"]["applicationSecurityGroups"]:
                found.setdefault(group["id"].lower(), set()).add(configuration["properties"]["privateIPAddress"])
    return {group: frozenset(addresses) for group, addresses in found.items()}
