"""Facts about who can reach a machine from the internet, out of its paths and of what its NSGs admit."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from vmaudit.addresses import ALL_PORTS, NOTHING, PUBLIC, Intervals, covers, difference, overlaps, port_texts, union
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedies, Remedy
from vmaudit.assess.facts.interface_remedies import attach_own_group
from vmaudit.assess.facts.jit_estate import just_in_time
from vmaudit.assess.facts.publication_remedies import withdraw
from vmaudit.assess.values import NO_PORTS, Openings, Ports
from vmaudit.estate.resources import Access, Direction, Protocol, SecurityGroup, SecurityRule
from vmaudit.exposure.paths import Certainty, Code, Opening, Path, Reach
from vmaudit.known import Read, Unknown

_TABLES: Final = (
    "virtual_machines",
    "network_interfaces",
    "security_groups",
    "security_rules",
    "application_security_groups",
    "virtual_networks",
    "subnets",
    "route_tables",
)
_PUBLIC_TABLES: Final = (
    *_TABLES,
    "public_ip_addresses",
    "load_balancers",
    "azure_firewalls",
    "application_gateways",
    "security_admin_rules",
)
_HIDING_TABLES: Final = ("load_balancers", "azure_firewalls", "application_gateways", "security_admin_rules")
"""What could carry a public path that no row of the machine's own shows."""
_MASKING: Final = (Code.FIREWALL_DNAT, Code.APPLICATION_GATEWAY)
"""Entries that put an address of their own in the client's place, so that no NSG can tell who asks (facts 5.7, 5.8)."""
_ALLOWS: Final = (Code.NSG_RULE_ALLOWS, Code.NSG_DEFAULT_ALLOWS)
_NOT_PUBLIC_TAGS: Final = frozenset({"virtualnetwork", "azureloadbalancer"})


def _internet_paths(case: Case, protocol: Protocol) -> Iterator[Path]:
    for path in case.exposure.paths:
        if path.protocol is protocol and path.reach is Reach.INTERNET:
            yield path


def _internet_ports(case: Case, protocol: Protocol) -> Ports:
    blind = case.exposure.blind_spots
    if not (case.exposure.paths or blind):
        return NO_PORTS
    proven: Intervals = NOTHING
    possible: Intervals = ALL_PORTS if blind else NOTHING
    reasons = list(blind)
    for path in _internet_paths(case, protocol):
        if path.certainty is Certainty.PROVEN:
            proven = union(proven, path.ports)
        else:
            possible = union(possible, path.ports)
            reasons += path.blind_spots
    possible = difference(possible, proven)
    return Ports(proven, possible, "; ".join(dict.fromkeys(reasons)) if possible else "")


def _ports_of(protocol: Protocol) -> Callable[[Case], Ports]:
    return lambda case: _internet_ports(case, protocol)


def _any_port(case: Case) -> Read[bool]:
    answers = [_opens_everything(_internet_ports(case, protocol)) for protocol in (Protocol.TCP, Protocol.UDP)]
    if True in answers:
        return True
    return next((answer for answer in answers if isinstance(answer, Unknown)), False)


def _opens_everything(ports: Ports) -> Read[bool]:
    if covers(ports.proven, ALL_PORTS):
        return True
    if covers(union(ports.proven, ports.possible), ALL_PORTS):
        return Unknown(ports.reason)
    return False


def _close_paths(protocol: Protocol) -> Remedies:
    """The rules that let the internet in to the ports that were found."""
    return lambda case, found: _closings(case, _internet_paths(case, protocol), found.proven)


def _close_wide_paths(case: Case, _found: object) -> tuple[Remedy, ...]:
    paths = (path for protocol in (Protocol.TCP, Protocol.UDP) for path in _internet_paths(case, protocol))
    return _closings(case, paths, ALL_PORTS)


def _closings(case: Case, paths: Iterator[Path], ports: Intervals) -> tuple[Remedy, ...]:
    doors = (path for path in paths if path.certainty is Certainty.PROVEN and overlaps(path.ports, ports))
    return tuple(dict.fromkeys(_closing(case, path, ports) for path in doors))


def _closing(case: Case, path: Path, ports: Intervals) -> Remedy:
    """What let the packet in: a rule past all NSGs, an entry that hides the client from them, or the first NSG.

    Of several NSGs that allow, the first is the one that governs most machines.
    """
    past_all = next((hop for hop in path.hops if hop.code is Code.ADMIN_RULE_ALWAYS_ALLOWS), None)
    if past_all is not None:
        return _take_back(past_all.resource)
    if path.frontend and path.hops[0].code in _MASKING:
        return withdraw(case.estate, path.frontend.kind, path.hops[0])
    hop = next((hop for hop in path.hops if hop.code in _ALLOWS), None)
    if hop is not None:
        return close_rule(hop.resource, hop.rule, ports)
    return _put_group(path)


@lru_cache(maxsize=4096)
def _take_back(rule_id: str) -> Remedy:
    """A security admin rule that always allows: no NSG is asked after it (azure-facts 5.6)."""
    parents = (
        ("--network-manager-name", az.segment(rule_id, "networkManagers")),
        ("--configuration-name", az.segment(rule_id, "securityAdminConfigurations")),
        ("--rule-collection-name", az.segment(rule_id, "ruleCollections")),
    )
    name = az.name_of(rule_id)
    return Remedy(
        resource=rule_id,
        says=f"security admin rule {name} always allows it, whatever the NSGs say",
        fix=az.command(
            "network manager security-admin-config rule-collection rule delete", rule_id, *parents, ("-n", name)
        ),
    )


def _put_group(path: Path) -> Remedy:
    entry = path.frontend.resource if path.frontend else path.network_interface
    name = az.name_of(path.network_interface)
    return Remedy(
        resource=path.network_interface,
        says=f"no NSG stands between {az.name_of(entry)} and interface {name}",
        fix=attach_own_group(path.network_interface),
    )


@lru_cache(maxsize=65536)
def close_rule(group_id: str, azure_name: str, ports: Intervals) -> Remedy:
    """Take a rule away that lets packets in, or put a deny for `ports` in front of a default rule."""
    kind, _, name = azure_name.partition("/")
    group = az.name_of(group_id)
    if kind == "defaultSecurityRules":
        texts = " ".join(port_texts(ports))
        return Remedy(
            resource=group_id,
            says=f"NSG {group} has nothing in front of its default rule {name}",
            fix=az.command("network nsg rule create", group_id, ("--nsg-name", group), ("-n", "deny-management"))
            + f" --priority 4000 --access Deny --protocol '*' --destination-port-ranges {texts}",
            proof=f"{group_id}/{azure_name}",
        )
    return Remedy(
        resource=group_id,
        says=f"NSG {group}, rule {name}, lets it in",
        fix=az.command("network nsg rule delete", group_id, ("--nsg-name", group), ("-n", name)),
        proof=f"{group_id}/{azure_name}",
    )


def _openings(case: Case) -> Read[Openings]:
    """The rule of a just-in-time request that is open now is no standing opening (controls NET-002)."""
    exposure = case.exposure
    key = ("public openings", *(id(place.shared) for place in exposure.places), *exposure.blind_spots)
    given: Read[Openings] = case.around.once(key, lambda: exposure.public_openings)
    if isinstance(given, Unknown) or not given:
        return given
    standing = just_in_time(case).public_openings(case.key, case.interfaces)
    return given if standing is None else standing


def _close_openings(case: Case, found: Openings) -> tuple[Remedy, ...]:
    """The allowing rules in the first group on the way in, per interface; every group there has one."""
    remedies: dict[Remedy, None] = {}
    live = just_in_time(case).rules_of_open_requests(case.key, case.interfaces)
    for groups in _groups_by_interface(case):
        for group in groups:
            rules = [
                rule for rule in group.rules if rule not in live and any(_lets_in(rule, opening) for opening in found)
            ]
            if rules:
                remedies.update((close_rule(group.id, rule.azure_name, NOTHING), None) for rule in rules)
                break
    return tuple(remedies)


def _groups_by_interface(case: Case) -> Iterator[list[SecurityGroup]]:
    for interface in case.interfaces:
        found = case.security_groups_of(interface)
        yield [group for group in found if not isinstance(group, Unknown)]


def _lets_in(rule: SecurityRule, opening: Opening) -> bool:
    """Whether a rule somebody wrote allows some of the opening from a public source."""
    if rule.default or rule.access is not Access.ALLOW or rule.direction is not Direction.INBOUND:
        return False
    public = overlaps(rule.source.addresses, PUBLIC) or any(
        tag.lower() not in _NOT_PUBLIC_TAGS for tag in rule.source.tags
    )
    return public and opening.protocol in rule.protocols and overlaps(rule.destination_ports, opening.ports)


def _internet_fact(protocol: Protocol) -> Fact:
    return Fact(
        name=f"exposure.internet_{protocol.value.lower()}_ports",
        kind=kinds.PORTS,
        level=Level.MACHINE,
        label=f"{protocol.value} ports that the internet can reach",
        doc=f"{protocol.value} ports that the internet at large can reach, whether the machine runs now or not.",
        read=_ports_of(protocol),
        tables=_PUBLIC_TABLES,
        whole=_HIDING_TABLES,
        remedies=_close_paths(protocol),
        shown=kinds.with_protocol(protocol),
    )


FACTS: Final = (
    _internet_fact(Protocol.TCP),
    _internet_fact(Protocol.UDP),
    Fact(
        name="exposure.any_port_from_internet",
        kind=kinds.YES_NO,
        level=Level.MACHINE,
        label="whether the internet can reach every port",
        doc="Whether every TCP port or every UDP port of the machine is open to the internet at large.",
        read=_any_port,
        tables=_PUBLIC_TABLES,
        whole=_HIDING_TABLES,
        remedies=_close_wide_paths,
        shown=lambda value: "every port" if value else "not every port",
    ),
    Fact(
        name="exposure.public_openings",
        kind=kinds.OPENINGS,
        level=Level.MACHINE,
        label="what the NSGs admit from public addresses",
        doc=(
            "What the NSGs in front of the machine admit from public addresses, with or without a public way in today. "
            "Rules of just-in-time requests that are open are left out."
        ),
        read=_openings,
        tables=(*_TABLES, "jit_policies"),
        remedies=_close_openings,
    ),
)
