"""Contoso, whole: all rows of the tenant, and what is known about their completeness."""

from collections.abc import Iterator, Mapping
from typing import Final

from vmaudit.demo.conditional_access import CONDITIONAL_ACCESS_TABLES, conditional_access
from vmaudit.demo.development import development
from vmaudit.demo.landscape import HUB_BASTION_PREFIX, SHOP, ground
from vmaudit.demo.machines import MACHINE
from vmaudit.demo.production import production
from vmaudit.demo.public_machines import closed_after_all, open_to_the_internet
from vmaudit.demo.rights import ACCESS_TABLES, rights
from vmaudit.demo.rows import Place, Row
from vmaudit.demo.security import Guard, expired_request, jit_policy
from vmaudit.demo.stories import ADAM, Story

ORGANISATION: Final = "Contoso"
TAKEN_AT: Final = "2026-11-02T06:00:00Z"

COMPLETE_FOR: Final[tuple[str, ...]] = (
    "virtual_machines",
    "application_security_groups",
    "virtual_networks",
    "subnets",
    "virtual_network_peerings",
    "load_balancers",
    "inbound_nat_rules",
    "application_gateways",
    "azure_firewalls",
    "firewall_policies",
    "firewall_rule_collection_groups",
    "ip_groups",
    "security_admin_rules",
    "route_tables",
    "virtual_network_gateways",
    "virtual_hubs",
    "virtual_hub_connections",
    "private_link_services",
    "bastion_hosts",
    "jit_policies",
    "defender_plans",
    *ACCESS_TABLES,
    *CONDITIONAL_ACCESS_TABLES,
)
"""Tables that Contoso vouches for: what the files do not hold does not exist.

Interfaces, security groups and public addresses are not among them: the reader that made the export has no rights in
the payroll team's resource group, where more of them are.
"""


def stories() -> tuple[Story, ...]:
    """All machines of Contoso, with what each one teaches."""
    return (*production(), *open_to_the_internet(), *closed_after_all(), *development())


def tenant() -> Iterator[Row]:
    """Every resource of Contoso that could be read, each once."""
    told = stories()
    for story in told:
        yield from story.rows()
    yield from ground(told)
    yield from _policies(told)


def people() -> Mapping[str, list[Row]]:
    """Every row about who may act and what people are asked for when they sign in, by the name of its table."""
    found = {table: [*rows] for table, rows in rights().items()}
    for table, row in conditional_access():
        found.setdefault(table, []).append(row)
    return found


def _policies(told: tuple[Story, ...]) -> Iterator[Row]:
    """Just-in-time policies: one per resource group, as Defender for Cloud keeps them."""
    guards: dict[Place, dict[str, Guard]] = {}
    for story in told:
        if story.guard is not None:
            # Defender keeps the ids as they were typed when access was set up.
            guards.setdefault(story.place, {})[story.id.lower()] = story.guard
    for place, guarded in guards.items():
        yield jit_policy(place, guarded, _requests(place))


def _requests(place: Place) -> tuple[Row, ...]:
    """What Adam asked for in the shop: to patch one machine, and a week before that something he did not write down."""
    if place != SHOP:
        return ()
    patched, forgotten = (SHOP.id(MACHINE, name) for name in ("vm-shop-app01", "vm-shop-app04"))
    last_week = ("2026-10-25T14:00:00.2070153Z", "2026-10-25T15:00:00.6125940Z")
    yesterday = ("2026-11-01T08:00:00.1160131Z", "2026-11-01T09:00:00.5048217Z")
    return (
        expired_request(ADAM, forgotten, 22, HUB_BASTION_PREFIX, last_week),
        expired_request(ADAM, patched, 22, HUB_BASTION_PREFIX, yesterday, "Security updates of the shop"),
    )
