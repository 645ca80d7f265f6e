"""Contoso's development and sandbox machines: each tells one story."""

from typing import Final

from vmaudit.demo.landscape import (
    DEV,
    DEV_BASTION_PREFIX,
    DEVELOPMENT_MACHINES,
    SANDBOX,
    SANDBOX_MACHINES,
)
from vmaudit.demo.machines import LINUX, WINDOWS, Guest
from vmaudit.demo.people import BUILD_MACHINE
from vmaudit.demo.security import Guard, allow
from vmaudit.demo.stories import ADAM, JANE, Nic, Story, tags

DEVELOPER_BASTION_ADDRESS: Final = "168.63.129.16"
"""From where a Bastion of the Developer SKU reaches a machine (azure-facts 5.9)."""


def development() -> tuple[Story, ...]:
    """All machines of the development subscription."""
    return (
        Story(
            place=DEVELOPMENT_MACHINES,
            machine="vm-dev-test01",
            sentence="Nobody outside reaches it, but it lets people in by password.",
            guest=Guest(system="Linux", sign_in="passwords"),
            tags=tags(ADAM, "low", "test"),
            nics=(Nic(subnet=DEV, address="10.100.1.4", rules=()),),
            guard=Guard(ports=(22,), source=DEV_BASTION_PREFIX),
        ),
        Story(
            place=DEVELOPMENT_MACHINES,
            machine="vm-dev-web01",
            sentence="One rule opens all ports, management ports among them.",
            guest=LINUX,
            tags=tags(ADAM, "low", "web"),
            nics=(
                Nic(
                    subnet=DEV,
                    address="10.100.1.5",
                    public="203.0.113.50",
                    rules=(allow("allow-everything", 400, source="Internet", ports="*"),),
                ),
            ),
        ),
        Story(
            place=DEVELOPMENT_MACHINES,
            machine="vm-dev-sql01",
            sentence="No management port is open, but the database is.",
            guest=WINDOWS,
            tags=tags(ADAM, "medium", "db"),
            nics=(
                Nic(
                    subnet=DEV,
                    address="10.100.1.6",
                    public="203.0.113.51",
                    rules=(allow("allow-sql", 300, source="*", ports="1433"),),
                ),
            ),
            guard=Guard(ports=(3389, 5985, 5986), source=DEV_BASTION_PREFIX),
        ),
        Story(
            place=DEVELOPMENT_MACHINES,
            machine="vm-dev-pipeline01",
            sentence="SSH is open to a service tag, and the evidence does not say which addresses that is.",
            guest=Guest(system="Linux", identity=BUILD_MACHINE),
            tags=tags(ADAM, "low", "build"),
            nics=(
                Nic(
                    subnet=DEV,
                    address="10.100.1.7",
                    public="203.0.113.52",
                    rules=(allow("allow-build-agents", 300, source="AzureDevOps", ports="22"),),
                ),
            ),
        ),
        Story(
            place=SANDBOX_MACHINES,
            machine="vm-sandbox01",
            sentence="Made from a copied disk: nothing recorded says whether it takes passwords.",
            guest=Guest(system="Linux", sign_in="unrecorded"),
            tags=tags(JANE, "low", "sandbox"),
            nics=(Nic(subnet=SANDBOX, address="10.110.1.4"),),
            guard=Guard(ports=(22,), source=DEVELOPER_BASTION_ADDRESS),
        ),
    )
