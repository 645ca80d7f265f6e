"""Contoso's production: machines that are well kept, badly guarded by just-in-time access, or only half seen."""

from typing import Final

from vmaudit.demo.landscape import (
    ADMIN,
    ANALYTICS,
    ANALYTICS_BASTION_PREFIX,
    ANALYTICS_GROUP,
    APP,
    ERP,
    ERP_GROUP,
    HUB,
    HUB_BASTION_PREFIX,
    NO_NEIGHBOURS,
    OPEN_GROUND,
    PAYROLL,
    RESTRICTED,
    SHOP,
    WEB,
)
from vmaudit.demo.machines import INTERFACE, LINUX, MACHINE, SCALE_SET, WINDOWS, Guest, scale_set
from vmaudit.demo.security import GROUP, Guard, allow, jit_allow
from vmaudit.demo.stories import ADAM, JANE, Nic, Story, tags

SSH_GUARD: Final = Guard(ports=(22,), source=HUB_BASTION_PREFIX)
RDP_GUARD: Final = Guard(ports=(3389, 5985, 5986), source=HUB_BASTION_PREFIX)


def production() -> tuple[Story, ...]:
    """The machines of the hub, and those of production whose story is not their public address."""
    return (*_well_kept(), *_just_in_time_gaps(), *_half_seen())


def _well_kept() -> tuple[Story, ...]:
    return (
        Story(
            place=HUB,
            machine="vm-jump01",
            sentence="The jump host stands beside the hub's Bastion, but an access window lasts eight hours.",
            guest=WINDOWS,
            tags=tags(JANE, "high", "jump"),
            nics=(Nic(subnet=ADMIN, address="10.0.2.4"),),
            guard=Guard(ports=(3389, 5985, 5986), source=HUB_BASTION_PREFIX, window="PT8H"),
        ),
        Story(
            place=SHOP,
            machine="vm-shop-app01",
            sentence="As it should be: no public address, Bastion in the peered hub, just-in-time access from it only.",
            guest=LINUX,
            tags=tags(JANE, "high", "app"),
            nics=(Nic(subnet=APP, address="10.10.1.4"),),
            guard=SSH_GUARD,
        ),
        Story(
            place=SHOP,
            machine="vmss-shop-worker_5d0c2f9a",
            sentence="An instance of a Flexible scale set is a machine like any other.",
            guest=Guest(system="Linux", scale_set=SHOP.id(SCALE_SET, "vmss-shop-worker")),
            tags=tags(JANE, "medium", "worker"),
            nics=(Nic(subnet=APP, address="10.10.1.20"),),
            guard=SSH_GUARD,
            beside=(scale_set(SHOP, "vmss-shop-worker", tags(JANE, "medium", "worker")),),
        ),
        Story(
            place=SHOP,
            machine="vm-shop-web01",
            sentence="A web server: the internet reaches 80 and 443 and nothing else.",
            guest=LINUX,
            tags=tags(ADAM, "high", "web"),
            nics=(Nic(subnet=WEB, address="10.10.2.4", public="203.0.113.10"),),
            guard=SSH_GUARD,
        ),
        Story(
            place=SHOP,
            machine="vm-shop-edge01",
            sentence="An edge proxy whose public address was approved, which its tag says.",
            guest=LINUX,
            tags=tags(JANE, "high", "vmaudit-public"),
            nics=(Nic(subnet=WEB, address="10.10.2.5", public="203.0.113.11"),),
            guard=SSH_GUARD,
        ),
        Story(
            place=ERP_GROUP,
            machine="vm-erp-db01",
            sentence="Well kept, but its network was never peered with one that has a Bastion.",
            guest=LINUX,
            tags=tags(JANE, "high", "db"),
            nics=(Nic(subnet=ERP, address="10.20.1.4", rules=(NO_NEIGHBOURS,)),),
            guard=SSH_GUARD,
        ),
        Story(
            place=ANALYTICS_GROUP,
            machine="vm-analytics01",
            sentence="Its own Bastion gives out links that need no account, and shuts out the platform that runs it.",
            guest=LINUX,
            tags=tags(JANE, "medium", "analytics"),
            nics=(Nic(subnet=ANALYTICS, address="10.30.1.4"),),
            guard=Guard(ports=(22,), source=ANALYTICS_BASTION_PREFIX),
        ),
    )


def _just_in_time_gaps() -> tuple[Story, ...]:
    return (
        Story(
            place=SHOP,
            machine="vm-shop-app02",
            sentence="Just-in-time access as the portal proposes it: a request may open the door to any source.",
            guest=WINDOWS,
            tags=tags(ADAM, "medium", "app"),
            nics=(Nic(subnet=APP, address="10.10.1.5"),),
            guard=Guard(ports=(22, 3389, 5985, 5986), source="*", window="PT3H"),
        ),
        Story(
            place=SHOP,
            machine="vm-shop-app03",
            sentence="Just-in-time access guards RDP and forgot WinRM.",
            guest=WINDOWS,
            tags=tags(ADAM, "medium", "app"),
            nics=(Nic(subnet=APP, address="10.10.1.6"),),
            guard=Guard(ports=(3389,), source=HUB_BASTION_PREFIX),
        ),
        Story(
            place=SHOP,
            machine="vm-shop-app04",
            sentence="A request for SSH ended a week ago, and the rule that it was given is still there.",
            guest=LINUX,
            tags=tags(ADAM, "medium", "app"),
            nics=(
                Nic(
                    subnet=OPEN_GROUND,
                    address="10.10.6.15",
                    rules=(
                        jit_allow(SHOP.id(MACHINE, "vm-shop-app04"), "10.10.6.15", 22, HUB_BASTION_PREFIX, 100),
                        NO_NEIGHBOURS,
                    ),
                ),
            ),
            guard=SSH_GUARD,
        ),
        Story(
            place=ERP_GROUP,
            machine="vm-erp-app01",
            sentence="No public address, but a rule above the just-in-time deny waits for one: SSH from anywhere.",
            guest=LINUX,
            tags=tags(ADAM, "medium", "app"),
            nics=(Nic(subnet=ERP, address="10.20.1.5", rules=(allow("allow-ssh", 300, source="*", ports="22"),)),),
            guard=SSH_GUARD,
        ),
    )


def _half_seen() -> tuple[Story, ...]:
    return (
        Story(
            place=PAYROLL,
            machine="vm-payroll01",
            sentence="It has a public address, and the security group in front of it could not be read.",
            guest=LINUX,
            tags=tags(JANE, "high", "payroll"),
            nics=(
                Nic(
                    subnet=OPEN_GROUND,
                    address="10.10.6.13",
                    public="203.0.113.40",
                    security_group=RESTRICTED.id(GROUP, "nsg-payroll"),
                ),
            ),
            guard=SSH_GUARD,
        ),
        Story(
            place=PAYROLL,
            machine="vm-payroll02",
            sentence="Its network interface could not be read, so nobody can say what it is connected to.",
            guest=WINDOWS,
            tags=tags(JANE, "high", "payroll"),
            unread_interfaces=(RESTRICTED.id(INTERFACE, "nic-payroll02"),),
            guard=RDP_GUARD,
        ),
    )
