"""A third answer, as a proof: random NSGs of 50 rules as formulas, and z3 finds no packet that the engine gets wrong.

The formula of an NSG says, rule by rule, "this one matches and none before it does", over 32 bits of source address,
16 bits of each port and the protocol. The engine's boxes for that rule are a second formula. z3 is asked for a packet
about which any two of them differ; `unsat` means that there is none among all 2^64 of the protocol. Since every packet
has a first matching rule, this proves as well that the boxes leave nothing out and that no packet is in two rules'.
VMAUDIT_Z3_CASES asks for more NSGs, VMAUDIT_Z3_CHAINS for more chains of admin rules and two NSGs.
"""

import os
import random
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Any, Final

import pytest
import z3

from properties.naive import DEFAULTS, NOT_ON_THE_INTERNET, Rule
from properties.small_world import engine_group, engine_world
from vmaudit.addresses import ALL_PORTS, ANY_IPV4, address_number, prefixes
from vmaudit.estate.front_doors import AdminAccess, AdminRule
from vmaudit.estate.resources import Access, Direction, Protocol
from vmaudit.exposure.rulebook import Rulebook
from vmaudit.exposure.security_groups import Admin, Box, Crossing, LocalEnd, Stage, cross, decide
from vmaudit.exposure.situations import EVERY_PORT
from vmaudit.exposure.surroundings import Surroundings, exactly

CASES: Final = int(os.environ.get("VMAUDIT_Z3_CASES", "200"))
CHAINS: Final = int(os.environ.get("VMAUDIT_Z3_CHAINS", "40"))
RULES: Final = 50
LOCAL: Final = "10.0.0.4"
MEANS_THE_MACHINE: Final = ("*", "10.0.0.0/24", LOCAL, "VirtualNetwork")
NETWORK: Final = ("10.0.0.0/16", "10.9.0.0/16", "168.63.129.16")
TAGS: Final = {"VirtualNetwork": NETWORK, "AzureLoadBalancer": ("168.63.129.16",)}


# --- random groups, in Azure's own shape -----------------------------------------------------------------------------


def random_group(chance: random.Random, rules: int = RULES) -> list[Rule]:
    """Rules that overlap a lot: nested and neighbouring blocks, ranges of ports that cut each other."""
    priorities = chance.sample(range(100, 4097), rules)
    return [{"name": f"r{priority}", "properties": _body(chance, priority)} for priority in priorities]


def _body(chance: random.Random, priority: int) -> dict[str, Any]:
    return {
        "priority": priority,
        "direction": "Inbound",
        "access": chance.choice(["Allow", "Deny"]),
        "protocol": chance.choice(["Tcp", "Udp", "*"]),
        "sourceAddressPrefixes": [_prefix(chance) for _ in range(chance.choice([1, 1, 1, 2]))],
        "sourcePortRange": chance.choice(["*", "*", "*", "*", "1024-65535", _range(chance)]),
        "destinationAddressPrefix": chance.choice([*MEANS_THE_MACHINE, "*", "10.0.1.0/24"]),
        "destinationPortRanges": [_range(chance) for _ in range(chance.choice([1, 1, 2]))],
    }


def _prefix(chance: random.Random) -> str:
    if chance.random() < 0.1:
        return chance.choice(["Internet", "VirtualNetwork", "AzureLoadBalancer", "*", "0.0.0.0/0", "0.0.0.0/1"])
    length = chance.choice([8, 12, 13, 14, 15, 16, 20, 24, 31, 32])
    start = chance.choice([address_number("20.0.0.0"), address_number("10.0.0.0"), 0]) + chance.randrange(1 << 20)
    return str(IPv4Network((start, length), strict=False))


def _range(chance: random.Random) -> str:
    low = chance.choice([0, 22, 80, 443, 3000, 3380, 5985, chance.randrange(65536)])
    high = min(65535, low + chance.choice([1, 10, 100, 1000, 3000, 20000]))
    return "*" if chance.random() < 0.05 else chance.choice([str(low), str(low), f"{low}-{high}"])


# --- what the rules say, in SMT-LIB ----------------------------------------------------------------------------------


def _any(formulas: Iterable[str]) -> str:
    return f"(or false {' '.join(formulas)})"


def _is_in(prefix: str) -> str:
    """The source lies in one prefix or tag, read by the standard library."""
    if prefix == "*":
        return "true"
    if prefix == "Internet":
        return f"(not {_any(map(_is_in, (*NOT_ON_THE_INTERNET, *NETWORK)))})"
    if prefix in TAGS:
        return _any(map(_is_in, TAGS[prefix]))
    block = IPv4Network(prefix)
    return f"(= (bvand source #x{int(block.netmask):08x}) #x{int(block.network_address):08x})"


def _port_is_in(port: str, text: str) -> str:
    if text == "*":
        return "true"
    first, _, last = text.partition("-")
    return f"(and (bvule #x{int(first):04x} {port}) (bvule {port} #x{int(last or first):04x}))"


def says(rule: Rule, protocol: str) -> str:
    """The formula "this rule matches" for a packet of a protocol to the machine, whatever the rules before it do."""
    body = rule["properties"]
    if body["protocol"] not in ("*", protocol) or body["destinationAddressPrefix"] not in MEANS_THE_MACHINE:
        return "false"
    sources = body.get("sourceAddressPrefixes") or [body["sourceAddressPrefix"]]
    into = body.get("destinationPortRanges") or [body["destinationPortRange"]]
    out_of = body["sourcePortRange"]
    into_any = _any(_port_is_in("port", text) for text in into)
    return f"(and {_any(map(_is_in, sources))} {_port_is_in('source_port', out_of)} {into_any})"


def first_matches(
    rules: list[Rule], protocol: str, group: str, default: Iterable[Rule] = tuple(DEFAULTS)
) -> Iterator[str]:
    """One definition per rule: `<group>-<rule>` holds for the packets that the rule decides."""
    passed = "true"
    for rule in sorted((*rules, *default), key=lambda rule: rule["properties"]["priority"]):
        if rule["properties"]["direction"] == "Inbound":
            name = f"{group}-{rule['name']}"
            yield f"(define-fun says-{name} () Bool {says(rule, protocol)})"
            yield f"(define-fun {name} () Bool (and {passed} says-{name}))"
            yield f"(define-fun after-{name} () Bool (and {passed} (not says-{name})))"
            passed = f"after-{name}"


# --- what the engine says --------------------------------------------------------------------------------------------


def _spans(variable: str, digits: int, spans: Iterable[tuple[int, int]]) -> str:
    return _any(
        f"(and (bvule #x{low:0{digits}x} {variable}) (bvule {variable} #x{high:0{digits}x}))" for low, high in spans
    )


def lies_in(box: Box) -> str:
    """The formula "this packet is in the box"."""
    ports = f"{_spans('source_port', 4, box.source_ports)} {_spans('port', 4, box.destination_ports)}"
    return f"(and {_spans('source', 8, box.remote)} {ports})"


AROUND: Final = Surroundings(
    estate=engine_world(),  # only application security groups are looked up in it, and no rule here names one
    network=None,
    subnet_addresses=prefixes(["10.0.0.0/24"]),
    virtual_network=exactly(prefixes(NETWORK)),
)
END: Final = LocalEnd(address_number(LOCAL), ())


def every_packet(protocol: str) -> Box:
    """All IPv4 packets of a protocol."""
    return Box(Protocol[protocol.upper()], ANY_IPV4, ALL_PORTS, ALL_PORTS)


def counterexample(definitions: Iterable[str], claim: str) -> str:
    """A packet for which the claim holds, or "" if z3 proves that there is none."""
    variables = (f"(declare-const {name} (_ BitVec {bits}))" for name, bits in VARIABLES)
    solver = z3.SolverFor("QF_BV")
    solver.from_string("\n".join((*variables, *definitions, f"(assert {claim})")))
    answer = solver.check()
    assert answer != z3.unknown
    return "" if answer == z3.unsat else str(solver.model())


VARIABLES: Final = (("source", 32), ("source_port", 16), ("port", 16))


@pytest.mark.parametrize("part", range(10))
def test_no_packet_is_decided_by_another_rule_than_the_first_that_matches(part: int) -> None:
    for case in range(part, CASES, 10):
        chance = random.Random(case)  # noqa: S311 - the same NSGs on every run, and no secret
        rules, protocol = random_group(chance), chance.choice(["Tcp", "Udp"])
        boxes: dict[str, list[str]] = {f"g-{name}": [] for name in _inbound_names(rules)}
        for ruling in decide(engine_group(rules), Direction.INBOUND, END, AROUND, every_packet(protocol)):
            assert ruling.access is ruling.rule.access
            boxes[f"g-{ruling.rule.name}"].append(lies_in(ruling.box))

        differs = _any(f"(distinct {name} {_any(found)})" for name, found in boxes.items())

        assert counterexample(first_matches(rules, protocol, "g"), differs) == "", f"case {case}"


@pytest.mark.parametrize("part", range(4))
def test_no_packet_gets_through_a_chain_that_its_rules_do_not_let_through(part: int) -> None:
    for case in range(part, CHAINS, 4):
        chance = random.Random(-1 - case)  # noqa: S311 - the same chains on every run, and no secret
        at_subnet, at_interface = random_group(chance, RULES // 2), random_group(chance, RULES // 2)
        by_admin = random_group(chance, RULES // 5) if case % 2 else []
        fates = {rule["name"]: chance.choice([*AdminAccess]) for rule in by_admin}
        stages = (Stage("/subnet", engine_group(at_subnet, "s")), Stage("/nic", engine_group(at_interface, "n")))
        definitions = [
            *first_matches(by_admin, "Tcp", "a", default=()),
            *first_matches(at_subnet, "Tcp", "s"),
            *first_matches(at_interface, "Tcp", "n"),
        ]
        past_groups = f"(and {_allows(at_subnet, 's')} {_allows(at_interface, 'n')})"
        delivered, dropped = (
            _any(f"a-{name}" for name, fate in fates.items() if fate is asked)
            for asked in (AdminAccess.ALWAYS_ALLOW, AdminAccess.DENY)
        )
        truth = f"(and (not {dropped}) (or {delivered} {past_groups}))"

        for crossings in _crossings(stages, _admin(by_admin, fates)):
            through = _any(lies_in(crossing.box) for crossing in crossings if crossing.access is Access.ALLOW)
            assert counterexample(definitions, f"(distinct {through} {truth})") == "", f"case {case}"


def _crossings(stages: tuple[Stage, ...], admin: Admin | None) -> Iterator[list[Crossing]]:
    """What the engine says: stage by stage and, where there are no admin rules, by the rulebook."""
    yield cross(stages, Direction.INBOUND, END, AROUND, [every_packet("Tcp")], admin)
    if admin is None:
        book = Rulebook(EVERY_PORT)
        yield book.admitted(stages, book.heard(stages, END, AROUND), AROUND, Protocol.TCP, ANY_IPV4)


def _admin(rules: list[Rule], fates: dict[str, AdminAccess]) -> Admin | None:
    """The same rules as security admin rules, which know three fates."""
    found = tuple(
        AdminRule(
            id=f"/{rule.name}",
            name=rule.name,
            collection="",
            priority=rule.priority,
            direction=rule.direction,
            access=fates[rule.name],
            protocols=rule.protocols,
            source=rule.source,
            source_ports=rule.source_ports,
            destination=rule.destination,
            destination_ports=rule.destination_ports,
        )
        for rule in engine_group(rules, "a").rules
        if rule.name in fates
    )
    return Admin("/network", found) if found else None


def test_z3_finds_the_packet_that_a_forgotten_rule_lets_in() -> None:
    rules = random_group(random.Random(7))  # noqa: S311 - the same NSG on every run, and no secret
    forgotten = min((rule for rule in rules if _opens_to_the_internet(rule)), key=lambda r: r["properties"]["priority"])
    left = [rule for rule in rules if rule is not forgotten]
    crossings = cross([Stage("/nic", engine_group(left))], Direction.INBOUND, END, AROUND, [every_packet("Tcp")])
    through = _any(lies_in(crossing.box) for crossing in crossings if crossing.access is Access.ALLOW)

    found = counterexample(first_matches(rules, "Tcp", "g"), f"(distinct {through} {_allows(rules, 'g')})")

    assert "source =" in found


def _opens_to_the_internet(rule: Rule) -> bool:
    return rule["properties"]["access"] == "Allow" and says(rule, "Tcp") != "false"


def _inbound_names(rules: list[Rule]) -> list[str]:
    return [rule["name"] for rule in (*rules, *DEFAULTS) if rule["properties"]["direction"] == "Inbound"]


def _allows(rules: list[Rule], group: str) -> str:
    names = _inbound_names([rule for rule in rules if rule["properties"]["access"] == "Allow"])
    return _any(f"{group}-{name}" for name in names if not name.startswith("Deny"))
