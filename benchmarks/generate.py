"""An estate of any size, written as NDJSON one subscription at a time.

Per 100,000 machines there are about 105,000 interfaces, 23,000 security groups with 290,000 rules beside Azure's own,
2,200 virtual networks, 20,000 public addresses, 2,000 just-in-time policies and 200 Bastions. The rules differ in
prefixes, ports and priorities, so that most groups are unlike each other, as they are in real estates.

    python benchmarks/generate.py FOLDER MACHINES [SEED]
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

import msgspec

from vmaudit.demo.machines import (
    INTERFACE,
    MACHINE,
    PUBLIC_IP,
    Address,
    Guest,
    application_group,
    network_interface,
    public_ip,
    virtual_machine,
)
from vmaudit.demo.networks import (
    BASTION_RULES,
    BASTION_SUBNET,
    Network,
    bastion,
    bastion_address,
    subnet,
    virtual_network,
)
from vmaudit.demo.rows import Place, Row, fixed_guid
from vmaudit.demo.security import LAST_PRIORITY, Guard, Rule, allow, deny, jit_deny, jit_policy, security_group

if TYPE_CHECKING:
    from io import BufferedWriter

MACHINES_PER_NETWORK: Final = 50
NETWORKS_PER_SUBSCRIPTION: Final = 10
SUBNETS: Final = ("web", "app", "data", "ops")
BASTION_PREFIX: Final = "10.0.255.0/26"

_COMMON_PORTS: Final = ("443", "80", "8080", "8443", "1433", "5432", "9090", "9100", "6379", "5671", "2181", "9092")
_MANAGEMENT_PORTS: Final = ("22", "3389", "5985-5986")
_TAGS: Final = ("Storage.WestEurope", "AzureMonitor", "Sql.WestEurope", "AzureFrontDoor.Backend", "ApiManagement")


def write_estate(folder: Path, machines: int, seed: int = 1) -> None:
    """Write about `machines` machines and everything around them into `folder`. The same seed gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    encode = msgspec.json.Encoder().encode
    with ExitStack() as stack:
        files: dict[str, BufferedWriter] = {}
        for row in estate(machines, seed):
            kind = row["type"].rpartition("/")[2]
            if kind not in files:
                files[kind] = stack.enter_context((folder / f"{kind}.ndjson").open("wb"))
            files[kind].write(encode(row) + b"\n")


def estate(machines: int, seed: int = 1) -> Iterator[Row]:
    """All rows of an estate, subscription by subscription."""
    rng = Random(seed)
    left = machines
    number = 0
    while left > 0:
        here = min(left, MACHINES_PER_NETWORK * NETWORKS_PER_SUBSCRIPTION)
        yield from _subscription(rng, number, here)
        left -= here
        number += 1


def _subscription(rng: Random, number: int, machines: int) -> Iterator[Row]:
    """A hub with a Bastion, and one network per 50 machines, most of them peered with the hub."""
    subscription = fixed_guid(f"subscription {number}")
    place = Place(subscription, "rg-hub")
    hub = Network(place, "vnet-hub", ("10.0.240.0/20",))
    spokes: list[Network] = []
    for index in range(-(-machines // MACHINES_PER_NETWORK)):
        name = f"{number:04d}-{index}"
        network = Network(Place(subscription, f"rg-net-{name}"), f"vnet-{name}", (f"10.{index + 1}.0.0/16",))
        peered = rng.random() < 0.9
        if peered:
            spokes.append(network)
        size = min(MACHINES_PER_NETWORK, machines - index * MACHINES_PER_NETWORK)
        yield from _network(rng, network, hub if peered else None, size)
    yield from _hub(rng, hub, spokes)


def _hub(rng: Random, hub: Network, spokes: list[Network]) -> Iterator[Row]:
    group = security_group(hub.place, "nsg-bastion", BASTION_RULES)
    address = public_ip(hub.place, "pip-bas", _public(rng), attached_to=bastion_address(hub, "bas-hub"))
    yield group
    yield address
    yield bastion(hub, "bas-hub", sku="Standard" if rng.random() < 0.7 else "Basic", public_ip=address["id"])
    parts = (subnet(hub, BASTION_SUBNET, BASTION_PREFIX, security_group=group["id"]),)
    yield virtual_network(hub, parts, peers=spokes)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a machine stands, and what just-in-time access does for it."""

    name: str
    place: Place
    subnet: str
    address: str
    guest: Guest
    guard: Guard | None

    @property
    def id(self) -> str:
        return self.place.id(MACHINE, self.name)


def _network(rng: Random, network: Network, hub: Network | None, machines: int) -> Iterator[Row]:
    place = Place(network.place.subscription, network.place.group.replace("rg-net", "rg-app"))
    second = network.prefixes[0].split(".")[1]
    spots = [_spot(rng, network, place, second, index) for index in range(machines)]
    groups = [application_group(network.place, f"asg-{name}") for name in ("servers", "clients")]
    yield from groups
    members = tuple(group["id"] for group in groups)
    parts: list[Row] = []
    for index, name in enumerate(SUBNETS):
        there = [spot for spot in spots if spot.subnet.endswith(f"/snet-{name}")]
        group: str | None = None
        if rng.random() < 0.95:
            made = security_group(network.place, f"nsg-{network.name}-{name}", _rules(rng, second, members, there))
            group = made["id"]
            yield made
        parts.append(subnet(network, f"snet-{name}", f"10.{second}.{index}.0/24", security_group=group))
    yield virtual_network(network, parts, peers=(hub,) if hub else ())
    for spot in spots:
        yield from _machine(rng, spot, second, members)
    guards: Mapping[str, Guard] = {spot.id: spot.guard for spot in spots if spot.guard is not None}
    if guards:
        yield jit_policy(place, guards)


def _spot(rng: Random, network: Network, place: Place, second: str, index: int) -> _Spot:
    windows = rng.random() < 0.5
    guest = Guest(
        system="Windows" if windows else "Linux",
        power="running" if rng.random() < 0.85 else "deallocated",
        sign_in="passwords" if rng.random() < 0.1 else "keys",
    )
    which = index % len(SUBNETS)
    guard = Guard(
        ports=(3389, 5985, 5986) if windows else (22,),
        source=BASTION_PREFIX if rng.random() < 0.8 else "*",
        window="PT3H" if rng.random() < 0.8 else "PT8H",
    )
    return _Spot(
        name=f"vm-{network.name.removeprefix('vnet-')}-{index:02d}",
        place=place,
        subnet=network.subnet(f"snet-{SUBNETS[which]}"),
        address=f"10.{second}.{which}.{4 + index}",
        guest=guest,
        guard=guard if rng.random() < 0.5 else None,
    )


def _machine(rng: Random, spot: _Spot, second: str, members: tuple[str, ...]) -> Iterator[Row]:
    """A machine with one interface, or two in one of twenty; 15 of 100 interfaces have a group of their own."""
    names = (spot.name,) if rng.random() < 0.95 else (spot.name, f"{spot.name}-2")
    with_public = rng.random() < 0.2
    interfaces = [spot.place.id(INTERFACE, f"nic-{name}") for name in names]
    tags = {"owner": "platform", "criticality": rng.choice(("high", "medium", "low"))}
    yield virtual_machine(spot.place, spot.name, spot.guest, interfaces, tags)
    for index, name in enumerate(names):
        group: str | None = None
        if rng.random() < 0.15:
            made = security_group(spot.place, f"nsg-{name}", _rules(rng, second, members, (spot,)))
            group = made["id"]
            yield made
        in_front: str | None = None
        if with_public and index == len(names) - 1:
            in_front = spot.place.id(PUBLIC_IP, f"pip-{name}")
            yield public_ip(
                spot.place,
                f"pip-{name}",
                _public(rng),
                attached_to=f"{interfaces[index]}/ipConfigurations/ipconfig1",
                sku="Standard" if rng.random() < 0.97 else "Basic",
            )
        third, last = spot.address.split(".")[2:]
        address = Address(
            subnet=spot.subnet,
            private=f"10.{second}.{third}.{int(last) + 100 * index}",
            public_ip=in_front,
            application_groups=(rng.choice(members),) if rng.random() < 0.2 else (),
        )
        yield network_interface(spot.place, f"nic-{name}", machine=spot.id, addresses=(address,), security_group=group)


def _rules(rng: Random, second: str, members: tuple[str, ...], there: Iterable[_Spot]) -> list[Rule]:
    """5 to 20 rules: what just-in-time access keeps for the machines there, and a mixture of what people write."""
    guarded = [
        jit_deny(spot.id, spot.address, spot.guard, LAST_PRIORITY - index)
        for index, spot in enumerate(spot for spot in there if spot.guard is not None)
        if spot.guard is not None
    ]
    own = max(1, rng.randint(5, 20) - len(guarded))
    priorities = sorted(rng.sample(range(100, 4000), own))
    return [_rule(rng, second, members, priority) for priority in priorities] + guarded


def _rule(rng: Random, second: str, members: tuple[str, ...], priority: int) -> Rule:
    (make,) = rng.choices(tuple(_MIXTURE), weights=tuple(_MIXTURE.values()))
    return make(rng, f"rule-{priority}", priority, _Inside(second, members))


@dataclass(frozen=True, slots=True)
class _Inside:
    """The network that a rule is written for: the second number of its addresses, and its groups."""

    second: str
    members: tuple[str, ...]


def _denied(rng: Random, name: str, priority: int, _: _Inside) -> Rule:
    return deny(name, priority, source=rng.choice(("Internet", "*", _private(rng))), ports=_ports(rng))


def _for_a_group(rng: Random, name: str, priority: int, inside: _Inside) -> Rule:
    return allow(name, priority, source=_private(rng), ports=_ports(rng), to_group=rng.choice(inside.members))


def _open_management(rng: Random, name: str, priority: int, _: _Inside) -> Rule:
    return allow(name, priority, source=rng.choice(("*", "Internet")), ports=rng.choice(_MANAGEMENT_PORTS))


def _open_web(rng: Random, name: str, priority: int, _: _Inside) -> Rule:
    return allow(name, priority, source=rng.choice(("*", "Internet")), ports=rng.choice(_COMMON_PORTS[:4]))


def _for_a_service(rng: Random, name: str, priority: int, _: _Inside) -> Rule:
    return allow(name, priority, source=rng.choice(_TAGS), ports=_ports(rng))


def _for_a_partner(rng: Random, name: str, priority: int, _: _Inside) -> Rule:
    return allow(name, priority, source=f"{_public(rng)}/{rng.randint(24, 32)}", ports=_ports(rng))


def _for_some_networks(rng: Random, name: str, priority: int, inside: _Inside) -> Rule:
    sources = tuple(_private(rng) for _ in range(rng.randint(2, 6)))
    to = f"10.{inside.second}.{rng.randint(0, 3)}.0/24"
    return allow(name, priority, source=sources, ports=_ports(rng), to=to)


def _for_one_network(rng: Random, name: str, priority: int, _: _Inside) -> Rule:
    return allow(name, priority, source=rng.choice((_private(rng), "VirtualNetwork")), ports=_ports(rng))


_MIXTURE: Final = {
    _denied: 15,
    _for_a_group: 5,
    _open_management: 1,
    _open_web: 9,
    _for_a_service: 3,
    _for_a_partner: 7,
    _for_some_networks: 20,
    _for_one_network: 40,
}
"""What people write, and how often in a hundred rules."""


def _ports(rng: Random) -> str | tuple[str, ...]:
    draw = rng.random()
    if draw < 0.5:
        return rng.choice(_COMMON_PORTS)
    if draw < 0.6:
        return rng.choice(_MANAGEMENT_PORTS)
    if draw < 0.8:
        low = rng.randint(1024, 60000)
        return f"{low}-{low + rng.randint(1, 500)}"
    return tuple(sorted(rng.sample(_COMMON_PORTS, rng.randint(2, 5))))


def _private(rng: Random) -> str:
    return f"10.{rng.randint(1, 12)}.{rng.randint(0, 255)}.0/{rng.randint(20, 28)}"


def _public(rng: Random) -> str:
    """An address that the internet has, outside of what is reserved."""
    return f"{rng.choice((20, 40, 52, 81, 93, 145))}.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"


if __name__ == "__main__":
    write_estate(Path(sys.argv[1]), int(sys.argv[2]), *(int(seed) for seed in sys.argv[3:4]))
