"""Ways in that the evidence does not rule out: tables that were not read, and rules that aim at a name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmaudit.addresses import ALL_PORTS, Intervals, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import IpConfiguration
from vmaudit.exposure.application_gateways import unresolved_backends
from vmaudit.exposure.balancers import Backends
from vmaudit.exposure.firewalls import unresolved_targets
from vmaudit.known import Unknown
from vmaudit.snapshot.tables import BY_NAME


class Arrival(Enum):
    """From where the packets of a hidden way would come, as the machine's NSGs see it (azure-facts 5.5 to 5.8)."""

    CLIENT = "client"
    """A load balancer keeps the client's own public address."""
    INSIDE = "inside"
    """A firewall or gateway puts an address of its own subnet in its place."""
    UNCHECKED = "unchecked"
    """A security admin rule that always allows: no NSG is asked."""


@dataclass(frozen=True, slots=True)
class HiddenWay:
    """One kind of way in that can't be ruled out, for which ports of the machine, with the reasons as clauses."""

    arrival: Arrival
    reasons: tuple[str, ...]
    ports: Intervals = ALL_PORTS


_ADMIN: Final = ("security_admin_rules",)
_BALANCERS: Final = ("load_balancers",)
_INSIDE: Final = ("azure_firewalls", "firewall_rule_collection_groups", "application_gateways")


class HiddenWays:
    """The ways that the evidence does not rule out, as far as they are the same for a whole estate, found once."""

    def __init__(self, estate: Estate, backends: Backends) -> None:
        self._estate = estate
        self._unread_balancers = _gaps(estate, _BALANCERS)
        self._unchecked = _gaps(estate, _ADMIN)
        inside = _gaps(estate, _INSIDE)
        unread = (HiddenWay(Arrival.INSIDE, inside),) if inside else ()
        self._to_any_machine = (*unread, *_unresolved(estate, backends))
        """A way that leads to a name or an unread address may mean any machine that lets such packets in."""

    def into(self, configuration: IpConfiguration, *, published: bool) -> tuple[HiddenWay, ...]:
        """The ways into one ip configuration.

        `published` says whether any entry is known: a security admin rule opens nothing that no entry, known or hidden,
        leads to.
        """
        balancers = (*_unread_balancers(self._estate, configuration), *self._unread_balancers)
        hidden = (HiddenWay(Arrival.CLIENT, balancers), *self._to_any_machine) if balancers else self._to_any_machine
        unchecked = self._unchecked
        if published and unchecked:
            return (*hidden, HiddenWay(Arrival.UNCHECKED, unchecked))
        if unchecked:
            # Both must be so: the entry that was not read is there, and an admin rule lets its packets past the NSGs.
            hidden += tuple(HiddenWay(Arrival.UNCHECKED, (*way.reasons, *unchecked), way.ports) for way in hidden)
        return hidden


def admin_rule_assumption(estate: Estate) -> tuple[str, ...]:
    """What an open path takes for granted: security admin rules come before NSGs and may deny (azure-facts 5.6)."""
    gaps = _gaps(estate, _ADMIN)
    return (f"no security admin rule denies it ({gaps[0]})",) if gaps else ()


def asserted(estate: Estate) -> tuple[str, ...]:
    """The completeness that a person asserted and that keeps ways from being possible, as sentences."""
    return tuple(
        f"{BY_NAME[table].title}: the files are asserted to hold all of them"
        for table in (*_BALANCERS, *_INSIDE, *_ADMIN)
        if estate.completeness[table].complete and estate.completeness[table].asserted
    )


def _unread_balancers(estate: Estate, configuration: IpConfiguration) -> tuple[str, ...]:
    """Load balancers that the interface itself names and that are not in the evidence."""
    named = (
        *configuration.load_balancer_nat_rules,
        *configuration.load_balancer_nat_pools,
        *configuration.load_balancer_pools,
    )
    if not named:
        return ()
    balancers = dict.fromkeys("/".join(key.split("/")[:9]) for key in named)
    found = (estate.find(estate.load_balancers, key, "load balancer") for key in balancers)
    return tuple(balancer.reason for balancer in found if isinstance(balancer, Unknown))


def _gaps(estate: Estate, tables: Sequence[str]) -> tuple[str, ...]:
    """Why tables do not rule a way out: they are not whole."""
    answers = (estate.all_of(table) for table in tables)
    return tuple(answer.reason for answer in answers if isinstance(answer, Unknown))


def _unresolved(estate: Estate, backends: Backends) -> Iterator[HiddenWay]:
    for firewall, rule, aim in unresolved_targets(estate, backends):
        why = f"DNAT rule {rule.name} of Azure Firewall {firewall.name} {aim}"
        same_port = rule.ports if rule.to_port is None else single(rule.to_port)
        yield HiddenWay(Arrival.INSIDE, (why,), same_port if rule.to_name else ALL_PORTS)
    for gateway, listener in unresolved_backends(estate):
        arrival = Arrival.CLIENT if listener.keeps_client_address else Arrival.INSIDE
        why = f"listener {listener.name} of application gateway {gateway.name} leads to the name {listener.names[0]}"
        yield HiddenWay(arrival, (why,), single(listener.backend_port))
