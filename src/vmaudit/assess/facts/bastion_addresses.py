"""Under which addresses a machine sees the Bastions that cover it, and where one could stand that was not read."""

from dataclasses import dataclass
from functools import partial

from vmaudit.addresses import ANY_ADDRESS, NOTHING, Intervals, prefix_texts, union
from vmaudit.assess.facts.bastion_cover import cover
from vmaudit.assess.facts.case import Case
from vmaudit.estate.resources import BastionHost, Key
from vmaudit.exposure.surroundings import AZURE_HOST
from vmaudit.known import Read, Unknown

_NOT_READ = "where a Bastion of the network stands is not in the evidence"


@dataclass(frozen=True, slots=True)
class BastionAddresses:
    """`surely` are the Bastions that cover the machine; `more` is why others may. In `perhaps` one of these may stand.

    `prefixes` are what an NSG rule has to name to let them in.
    """

    surely: frozenset[Key]
    prefixes: tuple[str, ...]
    perhaps: Intervals
    more: str

    @property
    def doubt(self) -> str:
        """Why an address in `perhaps` may be that of a Bastion."""
        return self.more or _NOT_READ


def bastion_addresses(case: Case) -> BastionAddresses:
    """Where the Bastions of the machine stand; worked out once per place."""
    return case.around.once(("bastion addresses", case.place), partial(_addresses, case))


def _addresses(case: Case) -> BastionAddresses:
    covering = cover(case)
    if isinstance(covering, Unknown) or isinstance(case.networks, Unknown):
        reason = covering.reason if isinstance(covering, Unknown) else _NOT_READ
        return BastionAddresses(frozenset(), (), ANY_ADDRESS, reason)
    prefixes = (prefix for host in covering.hosts for prefix in _prefixes(case, host))
    perhaps = NOTHING
    for network in case.networks:
        perhaps = union(perhaps, _perhaps_near(case, network))
    return BastionAddresses(
        surely=frozenset(host.key for host in covering.hosts),
        prefixes=tuple(dict.fromkeys(prefixes)),
        perhaps=perhaps,
        more=covering.more,
    )


def _prefixes(case: Case, host: BastionHost) -> tuple[str, ...]:
    """Those of its subnet; the Developer SKU has none and comes from Azure's own address (azure-facts 5.9)."""
    subnet = case.estate.subnets.get(host.subnet) if host.subnet else None
    if subnet is not None:
        return subnet.prefixes
    return prefix_texts(AZURE_HOST) if host.sku == "Developer" else ()


def _perhaps_near(case: Case, network: Key) -> Intervals:
    body = case.estate.networks.get(network)
    if body is None:
        return ANY_ADDRESS
    found = _perhaps_in(case, network, body.addresses)
    for peering in body.peerings:
        if peering.connected:
            found = union(found, _perhaps_in(case, peering.remote_network, peering.remote_addresses))
    return found


def _perhaps_in(case: Case, network: Key, space: Read[Intervals]) -> Intervals:
    """Where an unread Bastion may stand in one network: nowhere if all are known, else in the subnet made for it."""
    key = f"{network}/subnets/azurebastionsubnet"
    subnet = case.estate.subnets.get(key)
    bastions = case.around.bastions
    all_known = case.estate.all_of("bastion_hosts") is True and None not in bastions
    if all_known and (network not in bastions or subnet is not None):
        return NOTHING
    if subnet is not None:
        return subnet.addresses
    body = case.estate.networks.get(network)
    if body is not None and key not in body.subnets:
        return NOTHING
    return ANY_ADDRESS if isinstance(space, Unknown) else space
