"""Rules for the NSG of an AzureBastionSubnet: for what Bastion needs, and for whom it is there (azure-facts 5.9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from vmaudit.addresses import Intervals, covers, port_texts, single
from vmaudit.assess import az
from vmaudit.assess.facts.bastion_flows import Broker, is_platform
from vmaudit.assess.facts.fact import Remedy
from vmaudit.estate.resources import Access, Direction, Peers, Protocol, SecurityRule, Subnet

_PLACEHOLDER: Final = "COMPANY_PREFIXES"
_HTTPS: Final = single(443)


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule as Microsoft documents it."""

    name: str
    priority: int
    direction: str
    source: str
    destination: str
    ports: str


_CLIENTS: Final = _Rule("AllowHttpsInbound", 120, "Inbound", _PLACEHOLDER, "*", "443")
_FLOWS: Final = {
    "inbound 443 from clients": _CLIENTS,
    "inbound 443 from GatewayManager": _Rule(
        "AllowGatewayManagerInbound", 130, "Inbound", "GatewayManager", "*", "443"
    ),
    "inbound 443 from AzureLoadBalancer": _Rule(
        "AllowAzureLoadBalancerInbound", 140, "Inbound", "AzureLoadBalancer", "*", "443"
    ),
    "inbound 8080 and 5701 from VirtualNetwork": _Rule(
        "AllowBastionHostCommunication", 150, "Inbound", "VirtualNetwork", "VirtualNetwork", "8080 5701"
    ),
    "outbound 443 to AzureCloud": _Rule("AllowAzureCloudOutbound", 110, "Outbound", "*", "AzureCloud", "443"),
    "outbound 8080 and 5701 to VirtualNetwork": _Rule(
        "AllowBastionCommunication", 120, "Outbound", "VirtualNetwork", "VirtualNetwork", "8080 5701"
    ),
    "outbound 80 to Internet": _Rule("AllowHttpOutbound", 130, "Outbound", "*", "Internet", "80"),
}
"""By the name that `bastion_flows` gives each flow."""


@lru_cache(maxsize=4096)
def allow_flow(group_id: str, flow: str) -> Remedy:
    """Let one flow through."""
    rule = _FLOWS[flow]
    return Remedy(
        resource=group_id,
        says=f"NSG {az.name_of(group_id)} stops {flow}",
        fix=_create(group_id, rule),
        part=rule.name,
    )


@lru_cache(maxsize=4096)
def allow_machines(group_id: str, ports: Intervals) -> Remedy:
    """Let Bastion send to machines."""
    texts = port_texts(ports)
    rule = _Rule("AllowSshRdpOutbound", 100, "Outbound", "*", "VirtualNetwork", " ".join(texts))
    return Remedy(
        resource=group_id,
        says=f"NSG {az.name_of(group_id)} lets Bastion reach no machine on {', '.join(texts)}",
        fix=_create(group_id, rule),
        part=rule.name,
    )


def narrow_clients(subnet: Subnet, broker: Broker | None) -> tuple[Remedy, ...]:
    """Name the company's own addresses in every rule that lets clients in; without one, in a new rule."""
    if broker is None:
        return (_guard(subnet),)
    group = broker.group.id
    rules = tuple(_for_clients(broker))
    return tuple(_narrow(group, rule.name, rule.azure_name) for rule in rules) or (_let_in(group),)


def _for_clients(broker: Broker) -> Iterator[SecurityRule]:
    for rule in broker.group.rules:
        ours = rule.access is Access.ALLOW and rule.direction is Direction.INBOUND and not rule.default
        asks = Protocol.TCP in rule.protocols and covers(rule.destination_ports, _HTTPS)
        if ours and asks and not is_platform(rule.source) and not _is_probe(rule.source):
            yield rule


def _is_probe(source: Peers) -> bool:
    return not source.addresses and {tag.lower() for tag in source.tags} == {"azureloadbalancer"}


def _guard(subnet: Subnet) -> Remedy:
    where = (("--vnet-name", az.name_of(subnet.network)), ("-n", subnet.name))
    return Remedy(
        resource=subnet.id,
        says=f"subnet {az.name_of(subnet.network)}/{subnet.name} has no NSG",
        fix=az.command("network vnet subnet update", subnet.id, *where, ("--network-security-group", "nsg-bastion")),
    )


@lru_cache(maxsize=4096)
def _narrow(group_id: str, name: str, azure_name: str) -> Remedy:
    group = az.name_of(group_id)
    return Remedy(
        resource=group_id,
        says=f"NSG {group}, rule {name}, does not name the company's addresses",
        fix=az.command(
            "network nsg rule update",
            group_id,
            ("--nsg-name", group),
            ("-n", name),
            ("--source-address-prefixes", _PLACEHOLDER),
        ),
        proof=f"{group_id}/{azure_name}",
        part="clients",
    )


@lru_cache(maxsize=4096)
def _let_in(group_id: str) -> Remedy:
    return Remedy(
        resource=group_id,
        says=f"NSG {az.name_of(group_id)} lets no client in",
        fix=_create(group_id, _CLIENTS),
        part="clients",
    )


def _create(group_id: str, rule: _Rule) -> str:
    command = az.command("network nsg rule create", group_id, ("--nsg-name", az.name_of(group_id)), ("-n", rule.name))
    source, destination = az.quoted(rule.source), az.quoted(rule.destination)
    sides = f"--source-address-prefixes {source} --destination-address-prefixes {destination}"
    return (
        f"{command} --priority {rule.priority} --direction {rule.direction} --access Allow --protocol Tcp "
        f"{sides} --destination-port-ranges {rule.ports}"
    )
