"""Facts about the Azure Bastions that cover a machine."""

from functools import lru_cache
from typing import Final

from vmaudit.assess import az, kinds
from vmaudit.assess.facts.bastion_cover import NO_BASTION, TABLES, WHOLE, cover
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.values import AtLeast, Names, Sku
from vmaudit.known import Read, Unknown


def _covering(case: Case) -> Read[Names]:
    covering = cover(case)
    return (
        covering
        if isinstance(covering, Unknown)
        else Names(tuple(sorted(host.name for host in covering.hosts)), covering.more)
    )


def _create_bastion(case: Case, _found: object) -> tuple[Remedy, ...]:
    if isinstance(case.networks, Unknown):
        return ()
    keys = case.networks[:1]
    return tuple(_create_in(case.estate.networks[key].id if key in case.estate.networks else key) for key in keys)


@lru_cache(maxsize=65536)
def _create_in(network_id: str) -> Remedy:
    name = az.name_of(network_id)
    return Remedy(
        resource=network_id,
        says=f"no Bastion covers virtual network {name}",
        fix=az.command(
            "network bastion create",
            network_id,
            ("-n", f"bas-{name}"),
            ("--vnet-name", name),
            ("--public-ip-address", f"pip-bas-{name}"),
            ("--sku", "Standard"),
        ),
    )


def _best_sku(case: Case) -> Read[Sku | AtLeast[Sku]]:
    covering = cover(case)
    if isinstance(covering, Unknown):
        return covering
    known = [Sku[host.sku] for host in covering.hosts if not isinstance(host.sku, Unknown)]
    more = covering.more or next((host.sku.reason for host in covering.hosts if isinstance(host.sku, Unknown)), "")
    if not known:
        return Unknown(more) if more else NO_BASTION
    best = max(known)
    return AtLeast(best, more) if more and best is not Sku.Premium else best


def _upgrade(case: Case, _found: object) -> tuple[Remedy, ...]:
    """One good Bastion is enough, so the first is named."""
    covering = cover(case)
    hosts = () if isinstance(covering, Unknown) else covering.hosts[:1]
    return tuple(_to_standard(host.id, kinds.TEXT.show(host.sku)) for host in hosts)


@lru_cache(maxsize=4096)
def _to_standard(bastion_id: str, sku: str) -> Remedy:
    name = az.name_of(bastion_id)
    return Remedy(
        resource=bastion_id,
        says=f"Bastion {name} has the SKU {sku}",
        fix=az.command("network bastion update", bastion_id, ("-n", name), ("--sku", "Standard")),
    )


def _has_own_subnet(case: Case) -> Read[bool]:
    covering = cover(case)
    if isinstance(covering, Unknown):
        return covering
    if any(host.subnet for host in covering.hosts):
        return True
    if covering.more:
        return Unknown(covering.more)
    return False if covering.hosts else NO_BASTION


FACTS: Final = (
    Fact(
        name="bastion.covering",
        kind=kinds.NAMES,
        level=Level.NETWORK,
        label="Bastions that cover the machine",
        doc="Working Azure Bastions in the machine's virtual network or in one that is peered with it directly.",
        read=_covering,
        tables=TABLES,
        whole=WHOLE,
        absence_fails=True,
        remedies=_create_bastion,
    ),
    Fact(
        name="bastion.best_sku",
        kind=kinds.SKU,
        level=Level.NETWORK,
        label="the best SKU among the covering Bastions",
        doc="The SKU of the ablest Bastion that covers the machine; not known where none does.",
        read=_best_sku,
        tables=TABLES,
        whole=WHOLE,
        remedies=_upgrade,
    ),
    Fact(
        name="bastion.has_own_subnet",
        kind=kinds.YES_NO,
        level=Level.NETWORK,
        label="whether a covering Bastion has a subnet of its own",
        doc="Whether some covering Bastion stands in a subnet; those of the SKU Developer are shared and have none.",
        read=_has_own_subnet,
        tables=TABLES,
        whole=WHOLE,
    ),
)
