"""Which Bastion hosts stand where they can reach a network (azure-facts 5.9)."""

from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import BastionHost, Key


def bastions_near(estate: Estate, network: Key) -> tuple[BastionHost, ...]:
    """The Bastions in a network and in those that it is peered with; the Developer SKU serves its own network alone."""
    here = estate.networks.get(network)
    peers = {p.remote_network for p in here.peerings if p.connected and p.allows_network_access} if here else set[Key]()
    found = [
        host
        for host in estate.bastions.values()
        if host.network == network or (host.network in peers and host.sku != "Developer")
    ]
    return tuple(sorted(found, key=lambda host: host.key))
