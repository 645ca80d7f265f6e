"""Who is beyond a virtual hub of Virtual WAN that a network is connected to.

A hub joins its networks, the sites and clients behind its gateways, and the other hubs of its WAN, as far as its route
tables let it. These are not in the evidence, and whether VirtualNetwork holds what only a hub joins is not documented
(azure-facts 5.2 names peers and what is behind gateways): so everybody beyond a hub is in doubt.
"""

from collections.abc import Collection, Iterator
from typing import Final, TypeAlias

from vmaudit.addresses import NOTHING, PRIVATE, union
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import VirtualHub
from vmaudit.estate.resources import Key, Peering, VirtualNetwork
from vmaudit.exposure.meaning import Meaning
from vmaudit.exposure.near import Near
from vmaudit.known import Unknown

Beyond: TypeAlias = tuple[str | None, Meaning]
"""Somebody beyond a hub: the id of the hub or of its gateway, None where nobody could name it, and the addresses."""

_TABLES: Final = ("virtual_hubs", "virtual_hub_connections")

_HIDDEN_NETWORK: Final = "/virtualnetworks/hv_"
"""Azure peers a connected network with a network of the hub's own, `HV_<hub>_<guid>` in a subscription of Microsoft's,
and uses its gateways. Exports of connected networks show this; azure-facts is silent on it."""


def networks_beyond(estate: Estate, network: VirtualNetwork) -> Iterator[Beyond]:
    """The networks that the hubs of a network may join it with, by the hub's id."""
    yield from _unnamed(estate, network, _TABLES)
    for hub in _hubs(estate, network):
        joined = estate.hub_links.addresses.get(hub.key, NOTHING)
        others = PRIVATE if isinstance(joined, Unknown) else joined
        doubt = f"which networks virtual hub {hub.name} joins is up to its routes, which are not in the evidence"
        yield hub.id, Meaning(NOTHING, union(hub.addresses, others), doubt)


def places_beyond(estate: Estate, network: VirtualNetwork) -> Iterator[Beyond]:
    """What is on-premises beyond the hubs of a network, by the id of the hub's gateway."""
    yield from _unnamed(estate, network, ("virtual_hubs",))
    for hub in _hubs(estate, network):
        for gateway in hub.gateways:
            name = gateway.rpartition("/")[2]
            yield gateway, Meaning(NOTHING, PRIVATE, f"what is behind {name} of virtual hub {hub.name} was not read")


def near_hub(estate: Estate, key: Key) -> Near:
    """The networks that a firewall in a virtual hub reaches: those connected to the hub, perhaps those of its WAN."""
    hub = estate.find(estate.virtual_hubs, key, "virtual hub")
    gaps = [hub.reason] if isinstance(hub, Unknown) else []
    gaps += [gap.reason for table in _TABLES if isinstance(gap := estate.all_of(table), Unknown)]
    others = () if isinstance(hub, Unknown) or hub.wan is None else (hub.wan,)
    perhaps = {
        network: f"which networks of virtual hub {far.name} a firewall in another hub reaches is not in the evidence"
        for far in _of_wans(estate, others)
        for network in estate.hub_links.networks.get(far.key, ())
    }
    return Near(frozenset(estate.hub_links.networks.get(key, ())), gaps[0] if gaps else "", perhaps)


def joins_a_hub(peering: Peering) -> bool:
    """Whether a peering is the one that Azure makes for a network that is connected to a virtual hub."""
    return peering.connected and peering.uses_remote_gateways and _HIDDEN_NETWORK in peering.remote_network


def _hubs(estate: Estate, network: VirtualNetwork) -> tuple[VirtualHub, ...]:
    """The hubs that a network is connected to, and the other hubs of their WANs."""
    own = [estate.virtual_hubs[key] for key in estate.hub_links.hubs.get(network.key, ()) if key in estate.virtual_hubs]
    found = {hub.key: hub for hub in (*own, *_of_wans(estate, {hub.wan for hub in own if hub.wan}))}
    return tuple(found[key] for key in sorted(found))


def _of_wans(estate: Estate, wans: Collection[Key]) -> Iterator[VirtualHub]:
    return (hub for hub in estate.virtual_hubs.values() if hub.wan in wans) if wans else iter(())


def _unnamed(estate: Estate, network: VirtualNetwork, tables: tuple[str, ...]) -> Iterator[Beyond]:
    """Those beyond a hub that nobody could name, since it, or a table that would name them, was not read."""
    named = estate.hub_links.hubs.get(network.key, ())
    if not named and not any(joins_a_hub(peering) for peering in network.peerings):
        return
    hubs = [estate.find(estate.virtual_hubs, key, "virtual hub") for key in named]
    unread = [hub.reason for hub in hubs if isinstance(hub, Unknown)]
    unread += [gap.reason for table in tables if isinstance(gap := estate.all_of(table), Unknown)]
    if not named:
        unread.append(f"the virtual hub that {network.name} is connected to is not in the evidence")
    if unread:
        yield None, Meaning(NOTHING, PRIVATE, unread[0])
