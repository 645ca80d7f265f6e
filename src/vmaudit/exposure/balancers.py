"""Entries through load balancers, and who is behind a pool (azure-facts 5.5)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from vmaudit.addresses import address_number, intersection, overlaps, port_texts, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import BackendPool, Frontend, LoadBalancer, Publication
from vmaudit.estate.resources import IpConfiguration, Key, NetworkInterface
from vmaudit.exposure.entries import Entry, configuration_key
from vmaudit.exposure.near import Near
from vmaudit.exposure.paths import Code, Hop
from vmaudit.known import Read, Unknown


class Backends:
    """Who is behind a pool: members by their own keys, by address, and by what network interfaces say themselves."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._subnets = estate.subnets

    @cached_property
    def _members(self) -> Mapping[Key, list[Key]]:
        """The ip configurations that name a pool or a NAT rule, by what they name."""
        found: dict[Key, list[Key]] = defaultdict(list)
        for here, _, configuration in self._configurations():
            for named in (
                *configuration.load_balancer_pools,
                *configuration.load_balancer_nat_rules,
                *configuration.load_balancer_nat_pools,
                *configuration.application_gateway_pools,
            ):
                found[named].append(here)
        return found

    @cached_property
    def _at(self) -> Mapping[int, dict[Key, Key]]:
        """The ip configurations by their private address and network."""
        found: dict[int, dict[Key, Key]] = defaultdict(dict)
        for here, _, configuration in self._configurations():
            subnet, address = configuration.subnet, configuration.private_address
            if not isinstance(subnet, Unknown) and not isinstance(address, Unknown):
                found[address][subnet.rpartition("/subnets/")[0]] = here
        return found

    @cached_property
    def _somewhere(self) -> Mapping[Key, list[tuple[Key, str]]]:
        """Per subnet: ip configurations that have an address there which was not read, with the reason."""
        found: dict[Key, list[tuple[Key, str]]] = defaultdict(list)
        for here, interface, configuration in self._configurations():
            subnet, address = configuration.subnet, configuration.private_address
            if interface.from_model and isinstance(address, Unknown) and not isinstance(subnet, Unknown):
                found[subnet].append((here, address.reason))
        return found

    def _configurations(self) -> Iterator[tuple[Key, NetworkInterface, IpConfiguration]]:
        for key, interface in self._estate.network_interfaces.items():
            for configuration in interface.ip_configurations:
                yield configuration_key(key, configuration.name), interface, configuration

    def of_pool(self, pool: BackendPool) -> tuple[Key, ...]:
        """The ip configurations of a pool."""
        by_address = (self._member(address, network) for address, network in pool.addresses)
        found = (*pool.configurations, *self._members.get(pool.key, ()), *(key for key in by_address if key))
        return tuple(dict.fromkeys(found))

    def naming(self, key: Key) -> tuple[Key, ...]:
        """The ip configurations that name a NAT rule or a pool themselves."""
        return tuple(self._members.get(key, ()))

    def naming_any(self, beginning: str, but: Collection[Key]) -> tuple[Key, ...]:
        """The ip configurations that name something whose key begins like this, but for the keys in `but`."""
        keys = (key for key in self._members if key.startswith(beginning) and key not in but)
        return tuple(member for key in keys for member in self._members[key])

    def at(self, address: int, near: Near) -> Iterator[tuple[Key, tuple[str, ...]]]:
        """The ip configurations with an address in near networks, each with why it is in doubt that it is meant."""
        known = self._at.get(address, {})
        for network, here in known.items():
            doubt = near.doubt(network)
            if doubt is not None:
                yield here, doubt
        for subnet, here, reason in self._may_be_at(address):
            doubt = near.doubt(subnet.rpartition("/subnets/")[0])
            if doubt is not None:
                yield here, (*doubt, reason)

    def perhaps_of_pool(self, pool: BackendPool) -> Iterator[tuple[Key, str]]:
        """The ip configurations that may have an address of a pool which nobody is known to have, each with why."""
        for address, network in pool.addresses:
            for subnet, here, reason in self._may_be_at(address):
                if network in (None, subnet.rpartition("/subnets/")[0]):
                    yield here, reason

    def _may_be_at(self, address: int) -> Iterator[tuple[Key, Key, str]]:
        """Whose own address was not read, in a subnet that holds this one, which nobody else in the network has."""
        taken = self._at.get(address, {})
        for subnet, places in self._somewhere.items():
            body = self._subnets.get(subnet)
            apart = body is not None and not overlaps(body.addresses, single(address))
            if not apart and subnet.rpartition("/subnets/")[0] not in taken:
                yield from ((subnet, here, reason) for here, reason in places)

    def _member(self, address: int, network: Key | None) -> Key | None:
        """The member of a pool with an address; without a network, the only machine that has it."""
        places = self._at.get(address, {})
        if network is not None:
            return places.get(network)
        return next(iter(places.values())) if len(places) == 1 else None


def balancer_entries(estate: Estate, backends: Backends) -> dict[Key, list[Entry]]:
    """Every entry through a public frontend of a load balancer, by the ip configuration that it reaches."""
    found: dict[Key, list[Entry]] = defaultdict(list)
    pools = {pool.key: pool for balancer in estate.load_balancers.values() for pool in balancer.pools}
    for balancer in estate.load_balancers.values():
        frontends = {frontend.key: frontend for frontend in balancer.frontends}
        for publication in balancer.publications:
            frontend = frontends.get(publication.frontend)
            if frontend is None or not frontend.public:
                continue
            entry = _entry(estate, balancer, frontend, publication)
            for target in _targets(backends, pools, balancer, publication):
                found[target].append(entry)
            for key in publication.pools:
                for target, reason in backends.perhaps_of_pool(pools[key]) if key in pools else ():
                    found[target].append(replace(entry, doubts=(reason,)))
            for target, inner in _regional(estate, backends, pools, publication):
                found[target].append(_through(entry, inner))
    return found


def targets_behind(
    estate: Estate, backends: Backends, frontend: Key
) -> Iterator[tuple[Key, LoadBalancer, Publication]]:
    """Who is behind one frontend, public or not, and by which rule."""
    balancer = estate.load_balancers.get(frontend.partition("/frontendipconfigurations/")[0])
    if balancer is None:
        return
    pools = {pool.key: pool for pool in balancer.pools}
    for publication in balancer.publications:
        if publication.frontend == frontend:
            for target in _targets(backends, pools, balancer, publication):
                yield target, balancer, publication


def _targets(
    backends: Backends, pools: Mapping[Key, BackendPool], balancer: LoadBalancer, publication: Publication
) -> tuple[Key, ...]:
    found = [publication.configuration] if publication.configuration else []
    if publication.kind == "nat-rule":
        found += backends.naming(_key(balancer, publication))
    elif publication.kind == "nat-pool":
        found += _without_a_rule(backends, balancer, publication)
    for key in publication.pools:
        found += backends.of_pool(pools[key]) if key in pools else ()
    return tuple(dict.fromkeys(found))


def _key(balancer: LoadBalancer, publication: Publication) -> Key:
    kind = "inboundnatpools" if publication.kind == "nat-pool" else "inboundnatrules"
    return f"{balancer.key}/{kind}/{publication.name.lower()}"


def _without_a_rule(backends: Backends, balancer: LoadBalancer, pool: Publication) -> Iterator[Key]:
    """Who is behind a NAT pool by a rule that was not given: which port of the pool is its own is then not known.

    Azure makes a rule out of the pool for each instance and calls it `pool.0` (recorded). A model names the pool.
    """
    rules = [rule for rule in balancer.publications if rule.kind == "nat-rule"]
    given = {_key(balancer, rule) for rule in rules}
    reached = {
        target
        for rule in rules
        if rule.frontend == pool.frontend and rule.name.lower().startswith(f"{pool.name.lower()}.")
        for target in _targets(backends, {}, balancer, rule)
    }
    beginning = f"{balancer.key}/inboundnatrules/{pool.name.lower()}."
    named = (*backends.naming(_key(balancer, pool)), *backends.naming_any(beginning, given))
    return (target for target in named if target not in reached)


def _regional(
    estate: Estate, backends: Backends, pools: Mapping[Key, BackendPool], publication: Publication
) -> Iterator[tuple[Key, tuple[LoadBalancer, Publication]]]:
    """Behind a cross-region balancer stand frontends of regional ones, reached at the backend port."""
    aimed = publication.frontend_ports if publication.backend_ports is None else publication.backend_ports
    for key in publication.pools:
        for frontend in pools[key].regional_frontends if key in pools else ():
            for target, balancer, inner in targets_behind(estate, backends, frontend):
                shared = intersection(aimed, inner.frontend_ports)
                if shared and publication.protocols & inner.protocols:
                    yield target, (balancer, inner)


def _through(entry: Entry, inner: tuple[LoadBalancer, Publication]) -> Entry:
    balancer, publication = inner
    hop = Hop(balancer.id, "Enter", Code.LB_RULE, publication.name, None, _says(balancer, None, publication))
    return replace(
        entry,
        machine_ports=publication.backend_ports,
        protocols=entry.protocols & publication.protocols,
        hops=(*entry.hops, hop),
    )


def _entry(estate: Estate, balancer: LoadBalancer, frontend: Frontend, publication: Publication) -> Entry:
    address = public_address(estate, frontend.public_ip)
    code = Code.LB_RULE if publication.kind == "balancing-rule" else Code.LB_NAT
    says = _says(balancer, address, publication)
    return Entry(
        kind=publication.kind,
        resource=balancer.id,
        rule=publication.name,
        address=address,
        protocols=publication.protocols,
        frontend_ports=publication.frontend_ports,
        machine_ports=publication.backend_ports,
        hops=(Hop(balancer.id, "Enter", code, publication.name, None, says),),
        open_without_group=_open_without_group(balancer),
        seen_at=address_number(address) if publication.floating_address and address else None,
    )


def _open_without_group(balancer: LoadBalancer) -> Read[bool]:
    if isinstance(balancer.sku, Unknown):
        return balancer.sku
    return balancer.sku == "Basic"


def _says(balancer: LoadBalancer, address: str | None, publication: Publication) -> str:
    words = {"nat-rule": "NAT rule", "nat-pool": "NAT pool", "balancing-rule": "rule"}
    outer = ", ".join(port_texts(publication.frontend_ports))
    inner = "the same port" if publication.backend_ports is None else ", ".join(port_texts(publication.backend_ports))
    at = f" at {address}" if address else ""
    return f"load balancer {balancer.name}{at}: {words[publication.kind]} {publication.name} carries {outer} to {inner}"


def public_address(estate: Estate, key: Key | None) -> str | None:
    """The address of a public IP for showing, where the evidence holds it."""
    found = estate.public_ips.get(key) if key else None
    return found.address if found else None
