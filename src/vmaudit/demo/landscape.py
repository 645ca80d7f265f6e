"""Contoso's ground: subscriptions, networks, subnets and Bastions. Machines are in `production` and `development`."""

from collections.abc import Iterator
from typing import Final

from vmaudit.demo.machines import APPLICATION_GROUP, application_group, public_ip
from vmaudit.demo.networks import (
    BASTION_RULES,
    BASTION_SUBNET,
    Network,
    bastion,
    bastion_address,
    developer_bastion,
    subnet,
    virtual_network,
)
from vmaudit.demo.rows import Place, Row
from vmaudit.demo.security import Rule, allow, deny, security_group
from vmaudit.demo.stories import Story, jit_denies

TENANT: Final = "c0470500-0000-4000-8000-000000000000"
CONNECTIVITY: Final = "c0470500-0000-4000-8000-000000000001"
PRODUCTION: Final = "c0470500-0000-4000-8000-000000000002"
DEVELOPMENT: Final = "c0470500-0000-4000-8000-000000000003"

HUB: Final = Place(CONNECTIVITY, "rg-hub")
PRODUCTION_NETWORK: Final = Place(PRODUCTION, "rg-network-prod")
RESTRICTED: Final = Place(PRODUCTION, "rg-payroll-restricted")
"""The payroll team's own resource group: the reader that made the export has no rights there."""
SHOP: Final = Place(PRODUCTION, "rg-shop-prod")
LEGACY: Final = Place(PRODUCTION, "rg-legacy-prod")
ERP_GROUP: Final = Place(PRODUCTION, "rg-erp-prod")
ANALYTICS_GROUP: Final = Place(PRODUCTION, "rg-analytics-prod")
PAYROLL: Final = Place(PRODUCTION, "rg-payroll-prod")
DEVELOPMENT_NETWORK: Final = Place(DEVELOPMENT, "rg-network-dev")
DEVELOPMENT_MACHINES: Final = Place(DEVELOPMENT, "rg-dev")
SANDBOX_MACHINES: Final = Place(DEVELOPMENT, "rg-sandbox")

HUB_NETWORK: Final = Network(HUB, "vnet-hub", ("10.0.0.0/16",))
MAIN_NETWORK: Final = Network(PRODUCTION_NETWORK, "vnet-prod", ("10.10.0.0/16", "fd00:10:10::/48"))
ERP_NETWORK: Final = Network(PRODUCTION_NETWORK, "vnet-erp", ("10.20.0.0/16",))
"""Never peered with the hub."""
ANALYTICS_NETWORK: Final = Network(PRODUCTION_NETWORK, "vnet-analytics", ("10.30.0.0/16",))
"""Its team built a Bastion of its own."""
DEV_NETWORK: Final = Network(DEVELOPMENT_NETWORK, "vnet-dev", ("10.100.0.0/16",))
SANDBOX_NETWORK: Final = Network(DEVELOPMENT_NETWORK, "vnet-sandbox", ("10.110.0.0/16",))

HUB_BASTION_PREFIX: Final = "10.0.1.0/26"
ANALYTICS_BASTION_PREFIX: Final = "10.30.0.0/26"
DEV_BASTION_PREFIX: Final = "10.100.0.0/27"

ADMIN: Final = HUB_NETWORK.subnet("snet-admin")
APP: Final = MAIN_NETWORK.subnet("snet-app")
WEB: Final = MAIN_NETWORK.subnet("snet-web")
DATA: Final = MAIN_NETWORK.subnet("snet-data")
TRANSFER: Final = MAIN_NETWORK.subnet("snet-transfer")
DUAL_STACK: Final = MAIN_NETWORK.subnet("snet-dual-stack")
OPEN_GROUND: Final = MAIN_NETWORK.subnet("snet-lift-and-shift")
"""No security group on the subnet: each interface is on its own."""
ERP: Final = ERP_NETWORK.subnet("snet-erp")
ANALYTICS: Final = ANALYTICS_NETWORK.subnet("snet-analytics")
DEV: Final = DEV_NETWORK.subnet("snet-dev")
SANDBOX: Final = SANDBOX_NETWORK.subnet("snet-sandbox")

SFTP_SERVERS: Final = PRODUCTION_NETWORK.id(APPLICATION_GROUP, "asg-sftp-servers")

NO_NEIGHBOURS: Final = deny(
    "deny-management-from-inside", 220, source="VirtualNetwork", ports=("22", "3389", "5985-5986")
)
"""The default rule AllowVnetInBound lets every neighbour knock: where this stands, only just-in-time access opens."""

_SUBNET_RULES: Final[dict[str, tuple[Rule, ...]]] = {
    ADMIN: (NO_NEIGHBOURS,),
    APP: (NO_NEIGHBOURS,),
    WEB: (allow("allow-web", 200, source="Internet", ports=("80", "443")), NO_NEIGHBOURS),
    DATA: (deny("deny-rdp-from-internet", 200, source="Internet", ports="3389", protocol="Tcp"),),
    TRANSFER: (
        # Somebody was told "never 0.0.0.0/0" and found another way to write it.
        allow("allow-sftp", 300, source=("0.0.0.0/1", "128.0.0.0/1"), ports="22", to_group=SFTP_SERVERS),
    ),
    DUAL_STACK: (allow("allow-ssh-v6", 300, source=("::/0", "2001:db8:77::/48"), ports="22"),),
    ANALYTICS: (NO_NEIGHBOURS,),
    SANDBOX: (NO_NEIGHBOURS,),
}
"""What stands in each subnet's group beside the rules of just-in-time access."""


def _plan(subscription: str, *, tier: str = "Standard") -> Row:
    """Defender for Servers in one subscription: Plan 2, or none."""
    name = f"/subscriptions/{subscription}/providers/Microsoft.Security/pricings/VirtualMachines"
    plan = {"pricingTier": tier, **({"subPlan": "P2"} if tier == "Standard" else {})}
    return {"id": name, "name": "VirtualMachines", "type": "microsoft.security/pricings", "properties": plan}


def ground(stories: tuple[Story, ...]) -> Iterator[Row]:
    """Networks, subnet groups and Bastions; the groups hold what just-in-time access adds for the `stories`."""
    groups = {
        place: security_group(
            network.place, f"nsg-{place.rpartition('/snet-')[2]}", (*rules, *jit_denies(stories, place))
        )
        for place, rules in _SUBNET_RULES.items()
        for network in (HUB_NETWORK, MAIN_NETWORK, ANALYTICS_NETWORK, SANDBOX_NETWORK)
        if place.startswith(f"{network.id}/")
    }
    yield from groups.values()
    yield from (_plan(CONNECTIVITY), _plan(PRODUCTION), _plan(DEVELOPMENT, tier="Free"))
    yield application_group(PRODUCTION_NETWORK, "asg-sftp-servers")
    yield from _hub(groups)
    yield from _production(groups)
    yield from _analytics(groups)
    yield from _development(groups)


def _hub(groups: dict[str, Row]) -> Iterator[Row]:
    around_bastion = security_group(HUB, "nsg-bastion-hub", BASTION_RULES)
    address = public_ip(HUB, "pip-bas-hub", "203.0.113.4", attached_to=bastion_address(HUB_NETWORK, "bas-hub"))
    yield around_bastion
    yield address
    yield bastion(HUB_NETWORK, "bas-hub", sku="Standard", public_ip=address["id"])
    yield virtual_network(
        HUB_NETWORK,
        (
            subnet(HUB_NETWORK, BASTION_SUBNET, HUB_BASTION_PREFIX, security_group=around_bastion["id"]),
            subnet(HUB_NETWORK, "snet-admin", "10.0.2.0/24", security_group=groups[ADMIN]["id"]),
        ),
        peers=(MAIN_NETWORK,),
    )


def _production(groups: dict[str, Row]) -> Iterator[Row]:
    yield virtual_network(
        MAIN_NETWORK,
        (
            subnet(MAIN_NETWORK, "snet-app", "10.10.1.0/24", security_group=groups[APP]["id"]),
            subnet(MAIN_NETWORK, "snet-web", "10.10.2.0/24", security_group=groups[WEB]["id"]),
            subnet(MAIN_NETWORK, "snet-data", "10.10.3.0/24", security_group=groups[DATA]["id"]),
            subnet(MAIN_NETWORK, "snet-transfer", "10.10.4.0/24", security_group=groups[TRANSFER]["id"]),
            subnet(
                MAIN_NETWORK,
                "snet-dual-stack",
                "10.10.5.0/24",
                "fd00:10:10:5::/64",
                security_group=groups[DUAL_STACK]["id"],
            ),
            subnet(MAIN_NETWORK, "snet-lift-and-shift", "10.10.6.0/24"),
        ),
        peers=(HUB_NETWORK,),
    )
    yield virtual_network(ERP_NETWORK, (subnet(ERP_NETWORK, "snet-erp", "10.20.1.0/24"),))


def _analytics(groups: dict[str, Row]) -> Iterator[Row]:
    name = "bas-analytics"
    no_control = (rule for rule in BASTION_RULES if rule.name != "AllowGatewayManagerInbound")
    around_bastion = security_group(PRODUCTION_NETWORK, "nsg-bastion-analytics", no_control)
    address = public_ip(
        PRODUCTION_NETWORK, f"pip-{name}", "203.0.113.6", attached_to=bastion_address(ANALYTICS_NETWORK, name)
    )
    yield around_bastion
    yield address
    yield bastion(ANALYTICS_NETWORK, name, sku="Standard", public_ip=address["id"], shareable_links=True)
    yield virtual_network(
        ANALYTICS_NETWORK,
        (
            subnet(
                ANALYTICS_NETWORK,
                BASTION_SUBNET,
                ANALYTICS_BASTION_PREFIX,
                security_group=around_bastion["id"],
            ),
            subnet(ANALYTICS_NETWORK, "snet-analytics", "10.30.1.0/24", security_group=groups[ANALYTICS]["id"]),
        ),
    )


def _development(groups: dict[str, Row]) -> Iterator[Row]:
    address = public_ip(
        DEVELOPMENT_NETWORK, "pip-bas-dev", "203.0.113.5", attached_to=bastion_address(DEV_NETWORK, "bas-dev")
    )
    yield address
    yield bastion(DEV_NETWORK, "bas-dev", sku="Basic", public_ip=address["id"])
    yield virtual_network(
        DEV_NETWORK,
        (
            subnet(DEV_NETWORK, BASTION_SUBNET, DEV_BASTION_PREFIX),
            subnet(DEV_NETWORK, "snet-dev", "10.100.1.0/24"),
        ),
    )
    yield virtual_network(
        SANDBOX_NETWORK,
        (subnet(SANDBOX_NETWORK, "snet-sandbox", "10.110.1.0/24", security_group=groups[SANDBOX]["id"]),),
    )
    yield developer_bastion(SANDBOX_NETWORK, "bas-sandbox")
