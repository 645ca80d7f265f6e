"""Which Bastion hosts stand where they can reach a subnet (azure-facts 5.9)."""

from vmaudit.estate.estate import Estate
from vmaudit.estate.peerings import BASTION_SUBNET, is_open, subnet_name, takes_in
from vmaudit.estate.resources import BastionHost, Key, Peering


def bastions_near(estate: Estate, subnet: Key) -> tuple[BastionHost, ...]:
    """The Bastions in a subnet's network and in its peers that a peering joins; the Developer SKU has no peers."""
    network = subnet.rpartition("/subnets/")[0]
    near = {network, *(peering.remote_network for peering in peerings_to_bastions(estate, subnet))}
    found = [
        host
        for host in estate.bastions.values()
        if host.network in near and (host.network == network or host.sku != "Developer")
    ]
    return tuple(sorted(found, key=lambda host: host.key))


def peerings_to_bastions(estate: Estate, subnet: Key) -> tuple[Peering, ...]:
    """The peerings over which a Bastion on the other side, if there is one, reaches a subnet."""
    here = estate.networks.get(subnet.rpartition("/subnets/")[0])
    peerings = here.peerings if here else ()
    ends = (subnet_name(subnet),), (BASTION_SUBNET,)
    return tuple(peering for peering in peerings if is_open(peering) and takes_in(peering, *ends))
