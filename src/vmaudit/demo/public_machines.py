"""Machines of Contoso's production with a public address: open ones, and ones that only look open."""

from typing import Final

from vmaudit.demo.balancers import NatRule, load_balancer, nat_rule_id
from vmaudit.demo.landscape import APP, DATA, DUAL_STACK, LEGACY, OPEN_GROUND, SFTP_SERVERS, SHOP, TRANSFER
from vmaudit.demo.machines import INTERFACE, LINUX, WINDOWS, Guest
from vmaudit.demo.security import allow, deny
from vmaudit.demo.stories import ADAM, JANE, Nic, Story, tags

PARTNER: Final = "198.51.100.0/24"
_SSH_TO_DEPOT: Final = NatRule(
    name="ssh-to-depot",
    outside=50022,
    inside=22,
    to=f"{LEGACY.id(INTERFACE, 'nic-vm-depot01')}/ipConfigurations/ipconfig1",
)


def open_to_the_internet() -> tuple[Story, ...]:
    """Machines that somebody on the internet can try to log in to."""
    return (
        Story(
            place=LEGACY,
            machine="vm-finance01",
            sentence="RDP is open to anybody.",
            guest=WINDOWS,
            tags=tags(ADAM, "high", "finance"),
            nics=(
                Nic(
                    subnet=OPEN_GROUND,
                    address="10.10.6.4",
                    public="203.0.113.20",
                    rules=(allow("allow-rdp", 300, source="*", ports="3389"),),
                ),
            ),
        ),
        Story(
            place=SHOP,
            machine="vm-shop-sftp01",
            sentence="SSH is open to 0.0.0.0/1 and to 128.0.0.0/1, which is everybody.",
            guest=LINUX,
            tags=tags(ADAM, "medium", "sftp"),
            nics=(
                Nic(subnet=TRANSFER, address="10.10.4.4", public="203.0.113.21", application_groups=(SFTP_SERVERS,)),
            ),
        ),
        Story(
            place=LEGACY,
            machine="vm-ops01",
            sentence="The range 3380-3390 has RDP in the middle.",
            guest=WINDOWS,
            tags=tags(ADAM, "medium", "ops"),
            nics=(
                Nic(
                    subnet=OPEN_GROUND,
                    address="10.10.6.5",
                    public="203.0.113.22",
                    rules=(allow("allow-remote-tools", 310, source="0.0.0.0/0", ports="3380-3390"),),
                ),
            ),
        ),
        Story(
            place=SHOP,
            machine="vm-shop-api01",
            sentence="Closed on IPv4, open to everybody on IPv6.",
            guest=LINUX,
            tags=tags(ADAM, "high", "api"),
            nics=(
                Nic(
                    subnet=DUAL_STACK,
                    address="10.10.5.4",
                    public="203.0.113.23",
                    ipv6="fd00:10:10:5::4",
                    public_ipv6="2001:db8:47::23",
                ),
            ),
        ),
        Story(
            place=LEGACY,
            machine="vm-router01",
            sentence="It routes; the first interface is shut, the second has the public address and the open port.",
            guest=LINUX,
            tags=tags(ADAM, "medium", "router"),
            nics=(
                Nic(subnet=APP, address="10.10.1.30", forwards=True),
                Nic(
                    subnet=OPEN_GROUND,
                    address="10.10.6.6",
                    public="203.0.113.24",
                    forwards=True,
                    rules=(allow("allow-ssh-temporarily", 120, source="Internet", ports="22"),),
                ),
            ),
        ),
        Story(
            place=LEGACY,
            machine="vm-crm01",
            sentence="A Basic address and no security group anywhere: every port is open.",
            guest=WINDOWS,
            tags=tags(ADAM, "high", "crm"),
            nics=(Nic(subnet=OPEN_GROUND, address="10.10.6.7", public="203.0.113.25", sku="Basic"),),
        ),
        Story(
            place=LEGACY,
            machine="vm-depot01",
            sentence="No public address, but a load balancer forwards its port 50022 to SSH.",
            guest=LINUX,
            tags=tags(ADAM, "medium", "depot"),
            nics=(
                Nic(
                    subnet=OPEN_GROUND,
                    address="10.10.6.14",
                    nat_rules=(nat_rule_id(LEGACY, "lb-depot", "ssh-to-depot"),),
                    rules=(allow("allow-ssh-from-balancer", 300, source="Internet", ports="22"),),
                ),
            ),
            beside=load_balancer(LEGACY, "lb-depot", "203.0.113.26", (_SSH_TO_DEPOT,)),
        ),
    )


def closed_after_all() -> tuple[Story, ...]:
    """Machines that look open to whoever reads one rule at a time, and are not."""
    return (
        Story(
            place=LEGACY,
            machine="vm-batch01",
            sentence="A Standard address and no security group anywhere: Azure keeps the internet out.",
            guest=LINUX,
            tags=tags(ADAM, "low", "batch"),
            nics=(Nic(subnet=OPEN_GROUND, address="10.10.6.8", public="203.0.113.30"),),
        ),
        Story(
            place=LEGACY,
            machine="vm-backup01",
            sentence="SSH would be open to anybody, but the machine is deallocated.",
            guest=Guest(system="Linux", power="deallocated"),
            tags=tags(ADAM, "low", "backup"),
            nics=(
                Nic(
                    subnet=OPEN_GROUND,
                    address="10.10.6.9",
                    public="203.0.113.31",
                    rules=(allow("allow-ssh", 300, source="*", ports="22"),),
                ),
            ),
        ),
        Story(
            place=SHOP,
            machine="vm-shop-report01",
            sentence="The interface allows RDP from anywhere, the subnet denies it: both must allow.",
            guest=WINDOWS,
            tags=tags(ADAM, "medium", "report"),
            nics=(
                Nic(
                    subnet=DATA,
                    address="10.10.3.4",
                    public="203.0.113.32",
                    rules=(allow("allow-rdp", 300, source="*", ports="3389"),),
                ),
            ),
        ),
        Story(
            place=LEGACY,
            machine="vm-db01",
            sentence="An allow for everybody stands below a deny for the internet: the lower number wins.",
            guest=LINUX,
            tags=tags(JANE, "high", "db"),
            nics=(
                Nic(
                    subnet=OPEN_GROUND,
                    address="10.10.6.10",
                    public="203.0.113.33",
                    rules=(
                        deny("deny-internet", 100, source="Internet"),
                        allow("allow-ssh", 200, source="*", ports="22"),
                    ),
                ),
            ),
        ),
        Story(
            place=SHOP,
            machine="vm-shop-cache01",
            sentence="SSH is open to everybody in this subnet, but only for members of a group that it is not in.",
            guest=LINUX,
            tags=tags(ADAM, "low", "cache"),
            nics=(Nic(subnet=TRANSFER, address="10.10.4.5", public="203.0.113.34"),),
        ),
        Story(
            place=LEGACY,
            machine="vm-search01",
            sentence="The rule names the public address as destination, which no packet has by then: it never matches.",
            guest=LINUX,
            tags=tags(ADAM, "low", "search"),
            nics=(
                Nic(
                    subnet=OPEN_GROUND,
                    address="10.10.6.11",
                    public="203.0.113.35",
                    rules=(allow("allow-ssh", 300, source="*", ports="22", to="203.0.113.35"),),
                ),
            ),
        ),
        Story(
            place=LEGACY,
            machine="vm-partner01",
            sentence="SSH is open to one partner's 256 addresses: not the internet at large, but not nobody.",
            guest=LINUX,
            tags=tags(JANE, "medium", "partner"),
            nics=(
                Nic(
                    subnet=OPEN_GROUND,
                    address="10.10.6.12",
                    public="203.0.113.36",
                    rules=(allow("allow-partner-ssh", 300, source=PARTNER, ports="22"),),
                ),
            ),
        ),
    )
