"""A way in, in plain words: who can open which door, through what, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from vmaudit.addresses import (
    ALL_PORTS,
    ANY_IPV4,
    ANY_IPV6,
    PUBLIC,
    Intervals,
    covers,
    difference,
    intersection,
    normalised,
    overlaps,
    port_texts,
    prefix_texts,
    single,
    size,
)
from vmaudit.exposure.paths import Certainty, Code, Hop, OriginKind, Path, Reach
from vmaudit.known import Unknown
from vmaudit.report.wording import listed, sentence_case, shortened

DOORS: Final = {22: "SSH", 3389: "RDP", 5985: "WinRM", 5986: "WinRM over TLS"}
"""The doors that people manage machines through, by port."""

ANYONE: Final = "anyone on the internet"
"""Who a path is open to when its sources hold all public addresses of IPv4 or IPv6."""

_OPENED_BY: Final = frozenset(
    {
        Code.ADMIN_RULE_ALWAYS_ALLOWS,
        Code.ADMIN_RULE_UNCERTAIN,
        Code.BASIC_IP_WITHOUT_NSG,
        Code.ENTRY_NOT_READ,
        Code.NO_NSG,
        Code.NSG_DEFAULT_ALLOWS,
        Code.NSG_NOT_READ,
        Code.NSG_RULE_ALLOWS,
        Code.NSG_RULE_UNCERTAIN,
        Code.SKU_NOT_READ,
        Code.UNKNOWN_SERVICE_TAG,
    }
)
"""The hops that are a gap in the network wall, or may be one."""

_ORIGINS: Final = {
    OriginKind.INTERNET: "the internet",
    OriginKind.OWN_SUBNET: "its own subnet",
    OriginKind.OWN_NETWORK: "its own network",
    OriginKind.PEER: "a peered network",
    OriginKind.ON_PREMISES: "on-premises",
    OriginKind.BASTION: "Bastion",
}


@dataclass(frozen=True, slots=True)
class HopWords:
    """One hop as a row: what it does (`Allow`, `Deny`, `Unknown`, `Enter`), the resource, the rule, the sentence."""

    decision: str
    resource: str
    name: str
    rule: str
    priority: str
    says: str


@dataclass(frozen=True, slots=True)
class WayIn:
    """A path as a report tells it; `tone` is how alarming it is.

    `open` is a management door for the internet at large, `partial` one for some public addresses, `latent` one that
    opens once the machine is started; `possible` could not be ruled out; `public` is about other ports only, `inside`
    starts inside the network, and `broker` at Bastion.
    """

    tone: str
    sentence: str
    origin: str
    sources: str
    doors: str
    protocol: str
    ports: Intervals
    frontend: str
    gaps: tuple[str, ...]
    witness: str
    entry: str
    hops: tuple[HopWords, ...]
    blind_spots: tuple[str, ...]
    assumptions: tuple[str, ...]


def way_in(path: Path) -> WayIn:
    """The path in words."""
    witness = path.witness
    inward = (
        ""
        if witness.destination == witness.private_address
        else f" → {_endpoint(witness.private_address, witness.private_port)}"
    )
    return WayIn(
        tone=tone(path),
        sentence=_sentence(path),
        origin=_ORIGINS.get(path.origin.kind, path.origin.kind.value),
        sources=who(path),
        doors=doors(path),
        protocol=path.protocol.value,
        ports=path.ports,
        frontend=(path.frontend.address or "an address not given yet") if path.frontend else "",
        gaps=tuple(gap_words(hop) for hop in path.hops if hop.code in _OPENED_BY),
        witness=(
            f"{witness.protocol.value} {_endpoint(witness.source, witness.source_port)} → "
            f"{_endpoint(witness.destination, witness.destination_port)}{inward}"
        ),
        entry=f"{path.network_interface.rpartition('/')[2]}, {path.ip_configuration}",
        hops=tuple(_hop_words(hop) for hop in path.hops),
        blind_spots=path.blind_spots,
        assumptions=path.assumptions,
    )


def tone(path: Path) -> str:
    """How alarming the path is."""
    if path.reach is Reach.PRIVATE:
        return "broker" if path.origin.kind is OriginKind.BASTION else "inside"
    if path.certainty is Certainty.POSSIBLE:
        return "possible"
    if path.live is False:
        return "latent"
    if not manages(path.ports):
        return "public"
    return "open" if path.reach is Reach.INTERNET else "partial"


@lru_cache(maxsize=4096)
def manages(ports: Intervals) -> bool:
    """Whether a management door is among the ports."""
    return any(overlaps(ports, single(door)) for door in DOORS)


@lru_cache(maxsize=4096)
def port_words(ports: Intervals) -> str:
    """The ports, shortly: management doors first, then how many more."""
    if ports == ALL_PORTS:
        return "all ports"
    texts = port_texts(ports)
    shut = port_texts(difference(ALL_PORTS, ports))
    if len(shut) <= 3 and size(ports) > 32768:
        return f"all but {', '.join(shut)}"
    known = [str(door) for door in DOORS if overlaps(ports, single(door))]
    if len(texts) <= 3:
        return ", ".join(texts)
    return listed(known, most=4) + " and more" if known else f"{', '.join(texts[:2])} and more"


def doors(path: Path) -> str:
    """The doors that the path leads to, named: "SSH (TCP 22)"."""
    words = protocol_words((path.protocol.value,), path.ports)
    if words.startswith("every "):
        return words
    names = list(dict.fromkeys(DOORS[door] for door in DOORS if overlaps(path.ports, single(door))))
    return f"{listed(names)} ({words})" if names else words


def protocol_words(protocols: Sequence[str], ports: Intervals) -> str:
    """The ports with their protocols: "TCP 22", "every TCP and UDP port but 22"; "ICMP" has none."""
    named = listed(protocols)
    if not set(protocols) <= {"TCP", "UDP"}:
        return named
    words = port_words(ports)
    if words == "all ports":
        return f"every {named} port"
    return f"every {named} port{words.removeprefix('all')}" if words.startswith("all but") else f"{named} {words}"


def ports_in_short(ways: Sequence["WayIn"]) -> str:
    """The ports of several ways, for little room: TCP's, as management is; another protocol's only with its name."""
    tcp = [way for way in ways if way.protocol == "TCP"]
    words = port_words(normalised(pair for way in tcp or ways for pair in way.ports))
    return words if tcp or not ways else f"{ways[0].protocol} {words}"


def who_reaches_what(ways: Sequence["WayIn"]) -> str:
    """Who reaches which ports, those who reach the same together: "its own subnet and Bastion to every TCP port"."""
    reached: dict[str, dict[str, list[tuple[int, int]]]] = {}
    for way in ways:
        reached.setdefault(way.origin, {}).setdefault(way.protocol, []).extend(way.ports)
    together: dict[str, list[str]] = {}
    for origin, protocols in reached.items():
        alike: dict[Intervals, list[str]] = {}
        for protocol, pairs in protocols.items():
            alike.setdefault(normalised(pairs), []).append(protocol)
        words = listed([protocol_words(names, ports) for ports, names in alike.items()])
        together.setdefault(words, []).append(origin)
    return "; ".join(f"{listed(origins)} to {words}" for words, origins in together.items())


def who(path: Path) -> str:
    """Who can send the first packet."""
    if path.origin.kind is OriginKind.INTERNET:
        return _public(path.sources)
    place = _ORIGINS.get(path.origin.kind, path.origin.kind.value)
    name = f" {path.origin.id.rpartition('/')[2]}" if path.origin.id else ""
    return f"{place}{name}"


@lru_cache(maxsize=4096)
def _public(sources: Intervals) -> str:
    """Public sources: anyone, if they hold all public addresses of a family, else the first few prefixes."""
    families = (intersection(PUBLIC, ANY_IPV4), intersection(PUBLIC, ANY_IPV6))
    return ANYONE if any(covers(sources, family) for family in families) else listed(prefix_texts(sources), most=3)


def _sentence(path: Path) -> str:
    name = sentence_case(who(path))
    verb = "may be able to open" if path.certainty is Certainty.POSSIBLE else "can open"
    through = [gap_words(hop) for hop in path.hops if hop.code in _OPENED_BY and hop.rule]
    by = f" through {listed(through)}" if through else ""
    return f"{name} {verb} {doors(path)}{by}.{_now(path)}"


def _now(path: Path) -> str:
    if isinstance(path.live, Unknown):
        return " Whether the machine runs is not known."
    return "" if path.live else " Not now: the machine does not run."


def gap_words(hop: Hop) -> str:
    """What lets the packet through, in the fewest words: the rule and its priority, or what is missing."""
    if hop.rule:
        name = shortened(hop.rule.partition("/")[2] or hop.rule, 40)
        return name if hop.priority is None else f"{name} ({hop.priority})"
    if hop.code in (Code.NO_NSG, Code.BASIC_IP_WITHOUT_NSG):
        return "no security group"
    return f"{shortened(hop.resource.rpartition('/')[2], 40)}, not read"


def _hop_words(hop: Hop) -> HopWords:
    return HopWords(
        decision=hop.decision,
        resource=hop.resource,
        name=hop.resource.rpartition("/")[2],
        rule=hop.rule.partition("/")[2] or hop.rule,
        priority="" if hop.priority is None else str(hop.priority),
        says=hop.says,
    )


def _endpoint(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
