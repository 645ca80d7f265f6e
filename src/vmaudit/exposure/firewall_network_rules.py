"""Network rules of an Azure Firewall that may stop what its DNAT rules translate (azure-facts 5.7).

A DNAT match is allowed without further network rules, says today's documentation; that of 2020 said that a network rule
could still deny the translated packet. So a deny that surely matches it leaves the way in doubt, and closes nothing.
What of a deny was not read could only close the way, and leaves it as it is (docs/decisions/0004).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from vmaudit.addresses import NOTHING, Intervals, difference, intersection, overlaps, single, union
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AzureFirewall, NatRule, NetworkRule
from vmaudit.estate.resources import Key, Peers, Protocol
from vmaudit.exposure.breadth import segments
from vmaudit.exposure.meaning import Meaning
from vmaudit.exposure.service_tags import published
from vmaudit.known import Unknown


@dataclass(frozen=True, slots=True)
class Said:
    """One network rule with the addresses that its sides surely name."""

    rule: NetworkRule
    sources: Intervals
    destinations: Intervals


def network_rules(estate: Estate, firewall: AzureFirewall) -> tuple[Said, ...]:
    """The network rules of a firewall in the order in which they are asked; none where no rule denies anything."""
    rules = tuple(_in_order(estate, firewall))
    if all(rule.allows for rule in rules):
        return ()
    return tuple(
        Said(
            rule,
            _surely(estate, rule.sources, rule.source_groups),
            _surely(estate, rule.destinations, rule.destination_groups),
        )
        for rule in rules
    )


def unread(estate: Estate, firewall: AzureFirewall) -> tuple[str, ...]:
    """What a way through the firewall takes for granted: of a policy that was not read, a network rule may deny it."""
    policies = _policies(estate, firewall)
    answers = [estate.find(estate.firewall_policies, key, "firewall policy") for key in policies]
    groups = [estate.all_of("firewall_rule_collection_groups")] if policies else []
    reason = next((answer.reason for answer in (*answers, *groups) if isinstance(answer, Unknown)), "")
    return (f"no network rule of Azure Firewall {firewall.name} denies it ({reason})",) if reason else ()


def _in_order(estate: Estate, firewall: AzureFirewall) -> Iterator[NetworkRule]:
    """Those of a parent policy come first."""
    yield from firewall.network_rules
    for key in reversed(_policies(estate, firewall)):
        yield from _of_policy(estate, key)


def _policies(estate: Estate, firewall: AzureFirewall) -> list[Key]:
    """The firewall's own policy, its parent, and so on."""
    found: list[Key] = []
    policy = firewall.policy
    while policy and policy not in found:
        found.append(policy)
        body = estate.firewall_policies.get(policy)
        policy = body.parent if body else None
    return found


def _of_policy(estate: Estate, policy: Key) -> Iterator[NetworkRule]:
    groups = [group for group in estate.rule_collection_groups.values() if group.policy == policy]
    for group in sorted(groups, key=lambda group: (group.priority, group.key)):
        yield from group.network_rules


def after_network_rules(
    firewall: AzureFirewall, asked: tuple[Said, ...], rule: NatRule, piece: tuple[Intervals, Meaning]
) -> Iterator[tuple[frozenset[Protocol], Intervals, Meaning]]:
    """Ports and clients of a DNAT rule per protocols, the clients in doubt whom one of the `asked` rules denies."""
    ports, clients = piece
    target = NOTHING if rule.to_address is None else single(rule.to_address)
    meant = [one for one in asked if one.rule.protocols & rule.protocols and overlaps(one.destinations, target)]
    if all(one.rule.allows for one in meant):
        yield rule.protocols, ports, clients
        return
    for protocol in sorted(rule.protocols, key=lambda protocol: protocol.value):
        mine = [one for one in meant if protocol in one.rule.protocols]
        cuts = [ports] if rule.to_port is not None else segments((ports, *(one.rule.ports for one in mine)))
        for cut in cuts:
            inner = cut if rule.to_port is None else single(rule.to_port)
            if overlaps(cut, ports):
                said = [one for one in mine if overlaps(one.rule.ports, inner)]
                yield frozenset({protocol}), cut, _doubting(firewall, clients, said)


def _doubting(firewall: AzureFirewall, clients: Meaning, said: list[Said]) -> Meaning:
    """The clients, in doubt where the first rule that surely means them denies."""
    open_to, denied, why = clients.may, NOTHING, ""
    for one in said:
        means = intersection(open_to, one.sources)
        if means and not one.rule.allows:
            denied = union(denied, means)
            named = f"network rule {one.rule.name} ({one.rule.collection}) of Azure Firewall {firewall.name}"
            why = why or f"{named} denies it, and whether a DNAT match comes before was documented both ways"
        open_to = difference(open_to, means)
    if not denied:
        return clients
    return Meaning(difference(clients.must, denied), clients.may, "; ".join(filter(None, (clients.doubt, why))))


def _surely(estate: Estate, side: Peers, groups: tuple[Key, ...]) -> Intervals:
    """The addresses that one side of a rule surely names."""
    found = side.addresses
    for tag in side.tags:
        found = union(found, published(estate, tag).must)
    for key in groups:
        group = estate.find(estate.ip_groups, key, "IP group")
        found = found if isinstance(group, Unknown) else union(found, group.addresses)
    return found
