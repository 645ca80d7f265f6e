"""Random small estates, as the rows in which Azure would give them.

One network with two subnets, up to three NSGs about the small world's addresses, machines with one or two interfaces,
public addresses of every SKU; and, where asked for, what publishes from further away: a load balancer with a NAT rule,
a firewall with a DNAT rule, security admin rules, routes, a gateway.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from evidence import GROUP, machine_id, network_id
from properties.naive import Rule
from properties.small_world import rule_lists, tag_rule_lists

Row: TypeAlias = dict[str, Any]

VNET: Final = network_id("virtualNetworks/vnet")
SUBNETS: Final = (f"{VNET}/subnets/a", f"{VNET}/subnets/b")
FIREWALL_SUBNET: Final = f"{VNET}/subnets/AzureFirewallSubnet"
PREFIXES: Final = ("10.0.0.0/24", "10.0.1.0/24")
SPACE: Final = ("10.0.0.0/16", "20.0.1.0/24", "fd00:1::/64")
GROUPS: Final = tuple(network_id(f"applicationSecurityGroups/{name}") for name in ("web", "app", "empty"))
BALANCER: Final = network_id("loadBalancers/lb")
NAT_RULE: Final = f"{BALANCER}/inboundNatRules/nat"
_NSGS: Final = tuple(network_id(f"networkSecurityGroups/nsg{at}") for at in range(3))
_ROUTES: Final = network_id("routeTables/routes")
_POWER: Final = ("PowerState/running", "PowerState/deallocated")


def _pointer(key: str | None) -> Row | None:
    return {"id": key} if key else None


def _maybe(values: SearchStrategy[Any] | list[Any]) -> SearchStrategy[Any]:
    strategy = st.sampled_from(values) if isinstance(values, list) else values
    return st.one_of(st.none(), strategy)


def _security_group(key: str, rules: list[Rule]) -> Row:
    return {"id": key, "properties": {"securityRules": rules, "defaultSecurityRules": []}}


def _public_ip(key: str, sku: str | None, address: str | None) -> Row:
    body = {"publicIPAddressVersion": "IPv4", **({"ipAddress": address} if address else {})}
    return {"id": key, **({"sku": {"name": sku}} if sku else {}), "properties": body}


def _network(draw: DrawFn, nsgs: list[str], *, far: bool) -> list[Row]:
    routes = [_ROUTES] if far else []
    subnets = [
        {
            "id": key,
            "properties": {
                "addressPrefix": prefix,
                "networkSecurityGroup": _pointer(draw(_maybe(nsgs)) if nsgs else None),
                "routeTable": _pointer(draw(_maybe(routes)) if routes else None),
            },
        }
        for key, prefix in zip(SUBNETS, PREFIXES, strict=True)
    ]
    if far:
        subnets.append({"id": FIREWALL_SUBNET, "properties": {"addressPrefix": "10.0.2.0/26"}})
        if draw(st.booleans()):
            subnets.append({"id": f"{VNET}/subnets/GatewaySubnet", "properties": {"addressPrefix": "10.0.3.0/27"}})
    peer = {
        "peeringState": "Connected",
        "allowVirtualNetworkAccess": True,
        "remoteVirtualNetwork": {"id": network_id("virtualNetworks/hub")},
        "remoteAddressSpace": {"addressPrefixes": ["10.9.0.0/16"]},
    }
    lab = {**peer, "peeringState": "Disconnected", "remoteAddressSpace": {"addressPrefixes": ["10.8.0.0/16"]}}
    peerings = [
        {"id": f"{VNET}/virtualNetworkPeerings/{name}", "properties": body}
        for name, body in (("hub", peer), ("lab", lab))
    ]
    body = {
        "addressSpace": {"addressPrefixes": list(SPACE)},
        "subnets": subnets,
        "virtualNetworkPeerings": peerings,
    }
    return [{"id": VNET, "properties": body}]


def _machines(draw: DrawFn, nsgs: list[str], pips: list[str], *, far: bool) -> list[Row]:
    """Two machines with up to three interfaces between them."""
    free = list(pips)
    nics: list[Row] = []
    for at in range(draw(st.integers(1, 3))):
        configurations: list[Row] = []
        for number in range(draw(st.integers(1, 2))):
            public = free.pop() if free and draw(st.booleans()) else None
            within = draw(st.integers(0, 1))
            address = f"10.0.{within}.{4 + 2 * at + number}"
            nat = [{"id": NAT_RULE}] if far and at == number == 0 else None
            body = {
                "privateIPAddress": draw(st.sampled_from([address, address, None])) if far else address,
                "subnet": {"id": SUBNETS[within]},
                "publicIPAddress": _pointer(public),
                "applicationSecurityGroups": [
                    {"id": key} for key in draw(st.sets(st.sampled_from(GROUPS), max_size=1))
                ],
                "loadBalancerInboundNatRules": nat,
                "primary": number == 0,
            }
            configurations.append({"name": f"ip{number}", "properties": body})
        group = draw(_maybe(nsgs)) if nsgs else None
        body = {"ipConfigurations": configurations, "networkSecurityGroup": _pointer(group)}
        nics.append({"id": network_id(f"networkInterfaces/nic{at}"), "properties": body})
    cut = draw(st.integers(1, len(nics)))
    return [*nics, _machine(draw, "vm0", nics[:cut]), _machine(draw, "vm1", nics[cut:])]


def _machine(draw: DrawFn, name: str, nics: list[Row]) -> Row:
    body = {
        "networkProfile": {"networkInterfaces": [{"id": nic["id"]} for nic in nics]},
        "instanceView": {"statuses": [{"code": draw(st.sampled_from(_POWER))}]},
    }
    return {"id": machine_id(name), "properties": body}


def _front_doors(draw: DrawFn) -> list[Row]:
    """A load balancer, a firewall, admin rules and a route table: each there or not."""
    choices: list[Callable[[DrawFn], Row]] = [_balancer, _firewall, _admin_rules]
    found = [choice(draw) for choice in choices if draw(st.booleans())]
    prefixes = draw(st.sets(st.sampled_from(["0.0.0.0/0", "192.168.0.0/16", "20.0.0.0/16"]), max_size=2))
    routes = [{"properties": {"addressPrefix": text, "nextHopType": "VirtualAppliance"}} for text in sorted(prefixes)]
    return [*found, {"id": _ROUTES, "properties": {"routes": routes}}]


def _balancer(draw: DrawFn) -> Row:
    frontend = f"{BALANCER}/frontendIPConfigurations/public"
    nat = {
        "frontendIPConfiguration": {"id": frontend},
        "frontendPort": 50001,
        "backendPort": draw(st.sampled_from([22, 3389])),
        "protocol": "Tcp",
        "backendIPConfiguration": {"id": network_id("networkInterfaces/nic0/ipConfigurations/ip0")},
    }
    body = {
        "frontendIPConfigurations": [
            {"id": frontend, "properties": {"publicIPAddress": {"id": network_id("publicIPAddresses/pip-lb")}}}
        ],
        "inboundNatRules": [{"id": NAT_RULE, "properties": nat}],
    }
    return {"id": BALANCER, "sku": {"name": draw(st.sampled_from(["Basic", "Standard"]))}, "properties": body}


def _firewall(draw: DrawFn) -> Row:
    rule = {
        "name": "dnat",
        "protocols": ["TCP"],
        "sourceAddresses": [draw(st.sampled_from(["*", "20.0.0.0/24", "8.8.8.8"]))],
        "destinationAddresses": ["20.60.0.1"],
        "destinationPorts": ["40022"],
        "translatedAddress": draw(st.sampled_from(["10.0.0.4", "10.0.1.4"])),
        "translatedPort": "22",
    }
    body = {
        "ipConfigurations": [
            {
                "properties": {
                    "subnet": {"id": FIREWALL_SUBNET},
                    "publicIPAddress": {"id": network_id("publicIPAddresses/pip-fw")},
                }
            }
        ],
        "natRuleCollections": [{"name": "nat", "properties": {"priority": 100, "rules": [rule]}}],
    }
    return {"id": network_id("azureFirewalls/fw"), "properties": body}


def _admin_rules(draw: DrawFn) -> Row:
    rules = [
        {
            "id": f"{GROUP}/Microsoft.Network/networkManagers/m/securityAdminConfigurations/c/ruleCollections/r/rules/a{at}",
            "properties": {
                "access": draw(st.sampled_from(["Allow", "AlwaysAllow", "Deny"])),
                "direction": "Inbound",
                "priority": at + 1,
                "protocol": "Tcp",
                "sources": [{"addressPrefixType": "IPPrefix", "addressPrefix": draw(_ADMIN_SOURCES)}],
                "destinations": [{"addressPrefixType": "IPPrefix", "addressPrefix": "*"}],
                "destinationPortRanges": [draw(st.sampled_from(["22", "3389", "0-65535"]))],
            },
        }
        for at in range(draw(st.integers(0, 2)))
    ]
    body = {"effectiveSecurityAdminConfigurations": [{"id": "c", "securityAdminRules": rules}]}
    return {"id": f"{VNET}/providers/Microsoft.Network/effectiveSecurityAdminRules/default", "properties": body}


_ADMIN_SOURCES: Final = st.sampled_from(["*", "20.0.0.0/24", "10.0.0.0/8"])


@st.composite
def small_estates(draw: DrawFn, *, far: bool = False) -> list[Row]:
    """The rows of an estate. `far` adds unknown tags and addresses, and all that publishes from further away."""
    rules = st.one_of(rule_lists(most=5), tag_rule_lists(most=4)) if far else rule_lists(most=5)
    nsgs = [_security_group(key, draw(rules)) for key in _NSGS[: draw(st.integers(0, 3))]]
    skus = ["Basic", "Standard", "Standard", *([None] if far else [])]
    pips = [
        _public_ip(network_id(f"publicIPAddresses/pip{at}"), draw(st.sampled_from(skus)), f"20.50.0.{at}")
        for at in range(3)
    ]
    more = _front_doors(draw) if far else []
    edges = (
        [
            _public_ip(network_id(f"publicIPAddresses/pip-{name}"), "Standard", f"20.60.0.{at}")
            for at, name in ((1, "fw"), (2, "lb"))
        ]
        if far
        else []
    )
    named = [group["id"] for group in nsgs]
    return [
        *nsgs,
        *pips,
        *edges,
        *_network(draw, named, far=far),
        *_machines(draw, named, [pip["id"] for pip in pips], far=far),
        *more,
    ]
