"""What publishes a machine: load balancers, firewall DNAT and application gateways in front of it (controls NET-005).

A port is the machine's own here, whatever number it has outside: 50022 that leads to 22 publishes 22.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from vmaudit.addresses import ALL_PORTS, PUBLIC, overlaps, port_texts
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.publication_remedies import withdraw
from vmaudit.assess.gate import entry_text
from vmaudit.assess.values import Openings
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.paths import Certainty, Code, Frontend, Hop, Opening, Path, Reach
from vmaudit.known import Unknown

_DOORS: Final = (Protocol.TCP, Protocol.UDP)
_NOTHING: Final[Openings] = ()
_WORDS: Final = {
    "nat-rule": "NAT rule {rule} of load balancer {name}",
    "nat-pool": "NAT pool {rule} of load balancer {name}",
    "balancing-rule": "rule {rule} of load balancer {name}",
    "firewall-dnat": "DNAT rule {rule} of Azure Firewall {name}",
    "application-gateway": "listener {rule} of application gateway {name}",
}
"""How a sentence names each kind of publication; a public IP of the machine itself is none."""
_DOOR_CODES: Final = (Code.LB_NAT, Code.LB_RULE, Code.FIREWALL_DNAT, Code.APPLICATION_GATEWAY)
_TRANSLATING: Final = frozenset({"firewall-dnat", "application-gateway"})
"""Behind these, the NSGs see an address of the firewall or gateway in place of the client's own (azure-facts 5.7)."""

_NOT_BY_GROUPS: Final = (Code.ADMIN_RULE_ALWAYS_ALLOWS, Code.NSG_RULE_DENIES, Code.NSG_DEFAULT_DENIES)
"""Hops that say that packets get through, or may, because a security admin rule leads them past the NSGs."""


def _publications(case: Case) -> Openings:
    """Publications that the internet at large can use."""
    found = (path for path in _published(case) if path.reach is Reach.INTERNET)
    return _openings(case, found)


def _translated(case: Case) -> Openings:
    """What public addresses reach though no NSG sees who they are, as far as it is the NSGs that let it through."""
    kept = _ignored(case)
    found = (
        path
        for path in _published(case)
        if (path.frontend.kind in _TRANSLATING if path.frontend else not kept.issuperset(path.blind_spots))
        and not any(hop.code in _NOT_BY_GROUPS for hop in path.hops)
    )
    return _openings(case, found)


def _published(case: Case) -> Iterator[Path]:
    """Paths through a publication, and those of which it is not known through what they would lead."""
    return (path for path in case.exposure.paths if path.frontend is None or path.frontend.kind in _WORDS)


def _ignored(case: Case) -> frozenset[str]:
    """Reasons for a hidden way that the NSGs' own openings tell already, or that no NSG is asked about."""
    answers = (case.estate.all_of(table) for table in ("load_balancers", "security_admin_rules"))
    return frozenset(answer.reason for answer in answers if isinstance(answer, Unknown))


def _openings(case: Case, paths: Iterator[Path]) -> Openings:
    blind = tuple(
        Opening(PUBLIC, protocol, ALL_PORTS, Certainty.POSSIBLE, reason)
        for reason in case.exposure.blind_spots
        for protocol in _DOORS
    )
    if not (case.exposure.paths or blind):
        return _NOTHING
    return (*dict.fromkeys(_opening(path) for path in paths), *blind)


def _opening(path: Path) -> Opening:
    reason = path.blind_spots[0] if path.certainty is Certainty.POSSIBLE else ""
    return Opening(path.sources, path.protocol, path.ports, path.certainty, reason, _origin(path))


def _origin(path: Path) -> str:
    if path.frontend is None:
        return ""
    who = "the internet" if path.reach is Reach.INTERNET else kinds.sources_text(path.sources)
    return f"{who} through {_named(path.frontend, _door(path).rule)}"


def _door(path: Path) -> Hop:
    """The hop that publishes: a gateway's own NSG may come before it, an inner load balancer after it."""
    return next(hop for hop in path.hops if hop.code in _DOOR_CODES)


@lru_cache(maxsize=4096)
def _named(frontend: Frontend, rule: str) -> str:
    words = _WORDS[frontend.kind].format(rule=rule, name=az.name_of(frontend.resource))
    ports = port_texts(frontend.ports)
    return f"{words} at {entry_text(frontend.address, ports)}" if frontend.address else words


def _withdraw(case: Case, found: Openings) -> tuple[Remedy, ...]:
    """Each publication that carries what was found, once."""
    named = (
        withdraw(case.estate, path.frontend.kind, _door(path))
        for path in _published(case)
        if path.frontend and path.certainty is Certainty.PROVEN and any(_carries(path, opening) for opening in found)
    )
    return tuple(dict.fromkeys(named))


def _carries(path: Path, opening: Opening) -> bool:
    same = path.protocol is opening.protocol and overlaps(path.ports, opening.ports)
    return same and overlaps(path.sources, opening.sources)


_TABLES: Final = (
    "virtual_machines",
    "network_interfaces",
    "security_groups",
    "security_rules",
    "virtual_networks",
    "subnets",
    "load_balancers",
    "inbound_nat_rules",
    "azure_firewalls",
    "firewall_rule_collection_groups",
    "ip_groups",
    "application_gateways",
    "public_ip_addresses",
    "security_admin_rules",
)
_WHOLE: Final = ("load_balancers", "azure_firewalls", "firewall_rule_collection_groups", "application_gateways")

FACTS: Final = (
    Fact(
        name="exposure.publications",
        kind=kinds.OPENINGS,
        level=Level.MACHINE,
        label="what publishes the machine",
        doc=(
            "What load balancers, Azure Firewalls and application gateways publish of the machine to the internet at "
            "large, by the machine's own ports."
        ),
        read=_publications,
        tables=_TABLES,
        whole=_WHOLE,
        remedies=_withdraw,
    ),
    Fact(
        name="exposure.translated_openings",
        kind=kinds.OPENINGS,
        level=Level.MACHINE,
        label="what firewalls and gateways admit from public addresses",
        doc=(
            "What public addresses reach through an Azure Firewall or an application gateway that puts an address of "
            "its own in place of theirs, so that no NSG sees who they are."
        ),
        read=_translated,
        tables=_TABLES,
        whole=_WHOLE,
        remedies=_withdraw,
    ),
)
