"""Entries through DNAT rules of Azure Firewalls (azure-facts 5.7).

A DNAT rule matches before network rules, and a match needs none of them; what a network rule denies is in doubt all the
same (`firewall_network_rules`). The firewall puts an address of its own
subnet in the client's place, so the machine's NSGs see a neighbour: the default rule AllowVnetInBound lets it in, and
the only limit on clients is the one in the DNAT rule. A parent policy's DNAT rules are not inherited.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from vmaudit.addresses import (
    NOTHING,
    PRIVATE,
    PUBLIC,
    Intervals,
    address_number,
    address_text,
    difference,
    intersection,
    overlaps,
    port_texts,
    prefix_texts,
    single,
    union,
)
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AzureFirewall, NatRule
from vmaudit.estate.resources import Key
from vmaudit.exposure.balancers import Backends, public_address, targets_behind
from vmaudit.exposure.entries import Entry
from vmaudit.exposure.firewall_network_rules import after_network_rules, network_rules, unread
from vmaudit.exposure.hubs import near_hub
from vmaudit.exposure.meaning import Meaning
from vmaudit.exposure.near import Near, near_networks
from vmaudit.exposure.paths import Code, Hop
from vmaudit.exposure.service_tags import published
from vmaudit.known import Unknown


def firewall_entries(estate: Estate, backends: Backends) -> dict[Key, list[Entry]]:
    """Every entry through a DNAT rule, by the ip configuration that it reaches."""
    found: dict[Key, list[Entry]] = defaultdict(list)
    inside = _inside_frontends(estate)
    for firewall in estate.firewalls.values():
        near = _near(estate, firewall)
        asked = network_rules(estate, firewall)
        pieces = (
            (rule, piece)
            for rule, ports, clients in _in_force(estate, firewall)
            for piece in after_network_rules(firewall, asked, rule, (ports, clients))
        )
        for rule, (protocols, ports, clients) in pieces:
            entry = replace(_entry(estate, firewall, rule, ports, clients), protocols=protocols)
            for target, doubtful in _targets(estate, backends, inside, near, entry, rule):
                found[target].append(doubtful)
    return found


def unresolved_targets(estate: Estate, backends: Backends) -> Iterator[tuple[AzureFirewall, NatRule, str]]:
    """DNAT rules of which can't be seen from here where they lead, each with the reason as a clause.

    They aim at a name, or at an address that nobody has while a load balancer that was not read may have it.
    """
    inside = _inside_frontends(estate)
    balancers = estate.all_of("load_balancers")
    for firewall in estate.firewalls.values():
        near = _near(estate, firewall)
        for rule, ports, clients in _in_force(estate, firewall):
            if rule.to_name:
                yield firewall, rule, f"aims at the name {rule.to_name}"
            elif rule.to_address is not None and isinstance(balancers, Unknown):
                entry = _entry(estate, firewall, rule, ports, clients)
                if not any(_targets(estate, backends, inside, near, entry, rule)):
                    why = f"aims at {address_text(rule.to_address)}, which may be a load balancer's"
                    yield firewall, rule, f"{why}: {balancers.reason}"


def _rules(estate: Estate, firewall: AzureFirewall) -> tuple[NatRule, ...]:
    """The rules of the firewall itself and of the policy that it names, in the order in which they are asked."""
    groups = [group for group in estate.rule_collection_groups.values() if group.policy == firewall.policy]
    ordered = sorted(groups, key=lambda group: (group.priority, group.key))
    return (*firewall.rules, *(rule for group in ordered for rule in group.rules))


def _in_force(estate: Estate, firewall: AzureFirewall) -> Iterator[tuple[NatRule, Intervals, Meaning]]:
    """Each DNAT rule with the ports and clients that no earlier rule takes for the same destination."""
    own = _public_addresses(estate, firewall)
    asked: list[tuple[NatRule, Intervals]] = []
    for rule in _rules(estate, firewall):
        public = intersection(rule.destinations.addresses, PUBLIC)
        if not public or (own and not overlaps(public, own)):
            continue
        clients = _clients(estate, rule)
        taken = [
            (earlier.ports, must)
            for earlier, must in asked
            if earlier.protocols & rule.protocols and overlaps(earlier.destinations.addresses, public)
        ]
        asked.append((rule, clients.must))
        for ports, left in _left(rule.ports, clients, taken):
            yield rule, ports, left


def _left(
    ports: Intervals, clients: Meaning, taken: Iterable[tuple[Intervals, Intervals]]
) -> Iterator[tuple[Intervals, Meaning]]:
    """Ports and clients after those that earlier rules surely take."""
    pieces = [(ports, clients)]
    for taken_ports, taken_clients in taken:
        after: list[tuple[Intervals, Meaning]] = []
        for here, who in pieces:
            shared = intersection(here, taken_ports)
            apart = difference(here, taken_ports)
            if apart:
                after.append((apart, who))
            if shared:
                rest = Meaning(difference(who.must, taken_clients), difference(who.may, taken_clients), who.doubt)
                after.append((shared, rest))
        pieces = after
    yield from ((here, who) for here, who in pieces if who.may)


def _clients(estate: Estate, rule: NatRule) -> Meaning:
    """Who may use a rule: its addresses and its IP groups. A group that was not read may hold anybody."""
    clients = Meaning(rule.sources.addresses, rule.sources.addresses)
    for tag in rule.sources.tags:
        found = published(estate, tag)
        clients |= Meaning(found.must, intersection(found.may, PUBLIC), found.doubt)
    for key in rule.ip_groups:
        group = estate.find(estate.ip_groups, key, "IP group")
        if isinstance(group, Unknown):
            clients |= Meaning(NOTHING, PUBLIC, group.reason)
        else:
            clients |= Meaning(group.addresses, group.addresses)
    return clients


def _public_addresses(estate: Estate, firewall: AzureFirewall) -> Intervals:
    """The firewall's own public addresses; empty where one of them is not in the evidence."""
    texts = [public_address(estate, key) for key in firewall.public_ips]
    numbers = [address_number(text) for text in (*texts, *firewall.hub_addresses) if text]
    if len(numbers) < len(texts) + len(firewall.hub_addresses):
        return NOTHING
    found = NOTHING
    for number in numbers:
        found = union(found, single(number))
    return found


def _near(estate: Estate, firewall: AzureFirewall) -> Near:
    """The networks whose addresses the firewall reaches."""
    if firewall.virtual_hub is not None:
        return near_hub(estate, firewall.virtual_hub)
    if firewall.subnet is None:
        return Near(frozenset(), f"which networks Azure Firewall {firewall.name} reaches is not in the evidence")
    return near_networks(estate, (firewall.subnet.rpartition("/subnets/")[0],))


def _entry(estate: Estate, firewall: AzureFirewall, rule: NatRule, ports: Intervals, clients: Meaning) -> Entry:
    public = intersection(rule.destinations.addresses, PUBLIC)
    address = next(iter(prefix_texts(public)), None)
    aimed = ", ".join(port_texts(ports))
    inner = rule.to_port if rule.to_port is not None else "the same port"
    named = f"DNAT rule {rule.name} ({rule.collection})"
    says = f"Azure Firewall {firewall.name} at {address}: {named} carries {aimed} to {inner}"
    own = _own_addresses(estate, firewall)
    doubts: list[str] = []
    if not firewall.public_ips and not firewall.hub_addresses:
        doubts.append(f"the public addresses of Azure Firewall {firewall.name} are not in the evidence")
    if not own:
        doubts.append(f"as which address Azure Firewall {firewall.name} passes packets on is not in the evidence")
    return Entry(
        kind="firewall-dnat",
        resource=firewall.id,
        rule=rule.name,
        address=address,
        protocols=rule.protocols,
        frontend_ports=ports,
        machine_ports=None if rule.to_port is None else single(rule.to_port),
        hops=(Hop(firewall.id, "Enter", Code.FIREWALL_DNAT, rule.name, None, says),),
        open_without_group=True,
        clients=clients,
        seen_as=own or PRIVATE,
        doubts=tuple(doubts),
        assumptions=unread(estate, firewall),
    )


def _own_addresses(estate: Estate, firewall: AzureFirewall) -> Intervals:
    """The addresses that the firewall passes packets on from: of its subnet, or of its virtual hub.

    Empty where they are not in the evidence. That a hub's firewall has addresses of the hub shows in its own private
    address (`hubIPAddresses.privateIPAddress`).
    """
    subnet = estate.subnets.get(firewall.subnet) if firewall.subnet else None
    hub = estate.virtual_hubs.get(firewall.virtual_hub) if firewall.virtual_hub else None
    if subnet is not None:
        return subnet.addresses
    return hub.addresses if hub is not None else NOTHING


def _inside_frontends(estate: Estate) -> dict[tuple[Key, int], Key]:
    """Private frontends of load balancers by network and address: DNAT rules may aim at them."""
    return {
        (frontend.subnet.rpartition("/subnets/")[0], frontend.private_address): frontend.key
        for balancer in estate.load_balancers.values()
        for frontend in balancer.frontends
        if frontend.subnet and frontend.private_address is not None
    }


def _targets(
    estate: Estate,
    backends: Backends,
    inside: dict[tuple[Key, int], Key],
    near: Near,
    entry: Entry,
    rule: NatRule,
) -> Iterator[tuple[Key, Entry]]:
    """The ip configurations at the translated address, and those behind the internal load balancers there."""
    if rule.to_address is None:
        return
    for direct, doubts in backends.at(rule.to_address, near):
        yield direct, _doubting(entry, doubts)
    for (network, address), frontend in inside.items():
        why = near.doubt(network)
        if address != rule.to_address or why is None:
            continue
        for target, balancer, publication in targets_behind(estate, backends, frontend):
            if overlaps(entry.ports, publication.frontend_ports) and entry.protocols & publication.protocols:
                says = f"internal load balancer {balancer.name}: {publication.name} carries it on"
                hop = Hop(balancer.id, "Enter", Code.LB_RULE, publication.name, None, says)
                shared = intersection(entry.ports, publication.frontend_ports)
                inner = shared if publication.backend_ports is None else publication.backend_ports
                yield target, _doubting(replace(entry, machine_ports=inner, hops=(*entry.hops, hop)), why)


def _doubting(entry: Entry, doubts: tuple[str, ...]) -> Entry:
    return replace(entry, doubts=(*entry.doubts, *doubts)) if doubts else entry
