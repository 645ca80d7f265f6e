"""Load balancers with inbound NAT rules, shaped as ARM answers them (azure-facts 5.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vmaudit.demo.machines import public_ip
from vmaudit.demo.rows import Place, Row, child, reference, row

BALANCER: Final = "Microsoft.Network/loadBalancers"


@dataclass(frozen=True, slots=True, kw_only=True)
class NatRule:
    """What a balancer forwards from one port of its frontend; `to` is the id of an ip configuration."""

    name: str
    outside: int
    inside: int
    to: str


def nat_rule_id(place: Place, balancer: str, rule: str) -> str:
    """The id of an inbound NAT rule: the interface that it leads to names it too."""
    return f"{place.id(BALANCER, balancer)}/inboundNatRules/{rule}"


def load_balancer(place: Place, name: str, address: str, rules: Iterable[NatRule]) -> tuple[Row, Row]:
    """A public balancer that only forwards ports, and the public address of its frontend."""
    balancer = place.id(BALANCER, name)
    frontend = f"{balancer}/frontendIPConfigurations/frontend"
    outside = public_ip(place, f"pip-{name}", address, attached_to=frontend)
    properties: Row = {
        "frontendIPConfigurations": [
            child(balancer, "frontendIPConfigurations", "frontend", {"publicIPAddress": reference(outside["id"])})
        ],
        "backendAddressPools": [],
        "loadBalancingRules": [],
        "probes": [],
        "inboundNatRules": [child(balancer, "inboundNatRules", rule.name, _nat(rule, frontend)) for rule in rules],
        "outboundRules": [],
    }
    return row(place, BALANCER, name, properties) | {"sku": {"name": "Standard", "tier": "Regional"}}, outside


def _nat(rule: NatRule, frontend: str) -> Row:
    return {
        "frontendIPConfiguration": reference(frontend),
        "protocol": "Tcp",
        "frontendPort": rule.outside,
        "backendPort": rule.inside,
        "enableFloatingIP": False,
        "idleTimeoutInMinutes": 4,
        "backendIPConfiguration": reference(rule.to),
    }
