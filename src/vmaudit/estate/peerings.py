"""Which subnets a peering joins: all of both networks, or in a subnet peering only those named (azure-facts 5.3)."""

from collections.abc import Collection
from typing import Final

from vmaudit.estate.resources import Key, Peering

BASTION_SUBNET: Final = "azurebastionsubnet"
"""The only name, in lower case, that the subnet of a Bastion may have (azure-facts 5.9)."""


def is_open(peering: Peering) -> bool:
    """Whether a peering is connected and this side lets the far side's packets in."""
    return peering.connected and peering.allows_network_access


def takes_in(peering: Peering, near: Collection[str], far: Collection[str] | None = None) -> bool:
    """Whether a peering joins one of the near side's subnets with one of the far side's, by names in lower case.

    `far` of None means: with any.
    """
    return _meant(peering.local_subnets, near) and (far is None or _meant(peering.remote_subnets, far))


def subnet_name(subnet: Key) -> str:
    """The name of a subnet in lower case, as peerings are compared by.

    >>> subnet_name("/subscriptions/s/.../virtualnetworks/hub/subnets/web")
    'web'
    """
    return subnet.rpartition("/subnets/")[2]


def _meant(limit: tuple[str, ...] | None, subnets: Collection[str]) -> bool:
    return limit is None or not set(limit).isdisjoint(subnets)
