"""Facts about the subnets of the Azure Bastions that cover a machine: their size and what their NSGs open."""

from ipaddress import ip_network
from typing import Final

from vmaudit.assess import az, kinds
from vmaudit.assess.facts.bastion_cover import NO_BASTION, TABLES, WHOLE, cover
from vmaudit.assess.facts.bastion_rules import needless_rules
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.values import AtLeast, Names
from vmaudit.estate.resources import SecurityGroup, Subnet
from vmaudit.known import Read, Unknown


def _subnets(case: Case) -> Read[tuple[list[Subnet], str]]:
    """The subnets of the covering Bastions that were read, and why there could be more."""
    covering = cover(case)
    if isinstance(covering, Unknown):
        return covering
    found: list[Subnet] = []
    more = covering.more
    for key in dict.fromkeys(host.subnet for host in covering.hosts if host.subnet):
        subnet = case.estate.find(case.estate.subnets, key, "subnet")
        if isinstance(subnet, Unknown):
            more = more or subnet.reason
        else:
            found.append(subnet)
    return found, more


def _prefix_length(subnet: Subnet) -> float:
    """The longest IPv4 prefix: the smallest block. 0 for a subnet without IPv4, which Azure does not offer."""
    networks = [ip_network(text, strict=False) for text in subnet.prefixes]
    return float(max((network.prefixlen for network in networks if network.version == 4), default=0))


def _longest_prefix(case: Case) -> Read[float | AtLeast[float]]:
    subnets = _subnets(case)
    if isinstance(subnets, Unknown):
        return subnets
    found, more = subnets
    if not found:
        return Unknown(more) if more else NO_BASTION
    longest = max(_prefix_length(subnet) for subnet in found)
    return AtLeast(longest, more) if more else longest


def _recreate_subnets(case: Case, _found: object) -> tuple[Remedy, ...]:
    subnets = _subnets(case)
    if isinstance(subnets, Unknown):
        return ()
    longest = max((_prefix_length(subnet) for subnet in subnets[0]), default=0.0)
    return tuple(_recreate(subnet) for subnet in subnets[0] if _prefix_length(subnet) == longest)


def _recreate(subnet: Subnet) -> Remedy:
    network = az.name_of(subnet.network)
    where = (("--vnet-name", network), ("-n", subnet.name))
    return Remedy(
        resource=subnet.id,
        says=f"subnet {subnet.name} of {network} is only {', '.join(subnet.prefixes)}",
        fix=f"{az.command('network vnet subnet delete', subnet.id, *where)} && "
        f"{az.command('network vnet subnet create', subnet.id, *where, ('--address-prefixes', 'PREFIX/26'))}",
        part="size",
    )


def _without_nsg(case: Case) -> Read[Names]:
    subnets = _subnets(case)
    if isinstance(subnets, Unknown):
        return subnets
    found, more = subnets
    return Names(tuple(sorted(_subnet_name(subnet) for subnet in found if subnet.security_group is None)), more)


def _subnet_name(subnet: Subnet) -> str:
    return f"{az.name_of(subnet.network)}/{subnet.name}"


def _add_group(case: Case, _found: object) -> tuple[Remedy, ...]:
    subnets = _subnets(case)
    found: list[Subnet] = [] if isinstance(subnets, Unknown) else subnets[0]
    return tuple(
        Remedy(
            resource=subnet.id,
            says=f"subnet {_subnet_name(subnet)} has no NSG",
            fix=az.command(
                "network vnet subnet update",
                subnet.id,
                ("--vnet-name", az.name_of(subnet.network)),
                ("-n", subnet.name),
                ("--network-security-group", "nsg-bastion"),
            ),
        )
        for subnet in found
        if subnet.security_group is None
    )


def _guarded(case: Case) -> Read[tuple[list[tuple[Subnet, SecurityGroup]], str]]:
    """Bastion subnets with the NSG that guards each, and why there could be more."""
    subnets = _subnets(case)
    if isinstance(subnets, Unknown):
        return subnets
    found, more = subnets
    pairs: list[tuple[Subnet, SecurityGroup]] = []
    for subnet in found:
        if subnet.security_group is not None:
            group = case.estate.find(case.estate.security_groups, subnet.security_group, "NSG")
            if isinstance(group, Unknown):
                more = more or group.reason
            else:
                pairs.append((subnet, group))
    return pairs, more


def _needless(case: Case) -> Read[Names]:
    guarded = _guarded(case)
    if isinstance(guarded, Unknown):
        return guarded
    pairs, more = guarded
    names = {
        f"{rule.name} in {group.name}: {kinds.listed(ports)}"
        for subnet, group in pairs
        for rule, ports in needless_rules(group, subnet)
    }
    return Names(tuple(sorted(names)), more)


def _close_needless(case: Case, _found: object) -> tuple[Remedy, ...]:
    guarded = _guarded(case)
    pairs = [] if isinstance(guarded, Unknown) else guarded[0]
    return tuple(
        Remedy(
            resource=group.id,
            says=f"rule {rule.name} of {group.name} opens {kinds.listed(ports)}",
            fix=az.command("network nsg rule delete", group.id, ("--nsg-name", group.name), ("-n", rule.name)),
            proof=f"{group.id}/{rule.azure_name}",
        )
        for subnet, group in pairs
        for rule, ports in needless_rules(group, subnet)
    )


def _show_length(value: float | AtLeast[float]) -> str:
    return f"at least /{value.least:.0f}" if isinstance(value, AtLeast) else f"/{value:.0f}"


def _show_bare(value: Names) -> str:
    return f"no NSG on {kinds.NAMES.show(value)}" if value.proven else kinds.NAMES.show(value)


def _show_needless(value: Names) -> str:
    return f"rule {kinds.NAMES.show(value)}" if value.proven else kinds.NAMES.show(value)


FACTS: Final = (
    Fact(
        name="bastion.subnet_prefix_length",
        kind=kinds.NUMBER,
        level=Level.NETWORK,
        label="the prefix length of AzureBastionSubnet",
        doc="The longest IPv4 prefix length among the subnets of the covering Bastions: 27 for a /27.",
        read=_longest_prefix,
        tables=(*TABLES, "subnets"),
        whole=WHOLE,
        remedies=_recreate_subnets,
        shown=_show_length,
    ),
    Fact(
        name="bastion.subnets_without_nsg",
        kind=kinds.NAMES,
        level=Level.NETWORK,
        label="Bastion subnets without an NSG",
        doc="Subnets of covering Bastions that carry no NSG, as `network/subnet`.",
        read=_without_nsg,
        tables=(*TABLES, "subnets"),
        whole=WHOLE,
        remedies=_add_group,
        shown=_show_bare,
    ),
    Fact(
        name="bastion.needless_openings",
        kind=kinds.NAMES,
        level=Level.NETWORK,
        label="ports that a Bastion subnet opens needlessly",
        doc="Inbound rules on covering Bastions' subnets that open more than 443, or 8080 and 5701 from the network.",
        read=_needless,
        tables=(*TABLES, "subnets", "security_groups", "security_rules"),
        whole=WHOLE,
        remedies=_close_needless,
        shown=_show_needless,
    ),
)
