"""Entries through load balancers and application gateways (azure-facts 5.5, 5.8)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from vmaudit.addresses import PRIVATE, address_number, intersection, port_texts, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import ApplicationGateway, BackendPool, Frontend, Listener, LoadBalancer, Publication
from vmaudit.estate.resources import Key, Protocol
from vmaudit.exposure.entries import Entry, configuration_key
from vmaudit.exposure.paths import Code, Hop
from vmaudit.known import Read, Unknown


class Backends:
    """Who is behind a pool: members by their own keys, by address, and by what network interfaces say themselves."""

    def __init__(self, estate: Estate) -> None:
        self._members: dict[Key, list[Key]] = defaultdict(list)
        self._at: dict[tuple[Key, int], Key] = {}
        for key, interface in estate.network_interfaces.items():
            for configuration in interface.ip_configurations:
                here = configuration_key(key, configuration.name)
                for named in (*configuration.load_balancer_pools, *configuration.load_balancer_nat_rules):
                    self._members[named].append(here)
                for named in configuration.application_gateway_pools:
                    self._members[named].append(here)
                subnet, address = configuration.subnet, configuration.private_address
                if not isinstance(subnet, Unknown) and not isinstance(address, Unknown):
                    self._at[subnet.rpartition("/subnets/")[0], address] = here

    def of_pool(self, pool: BackendPool) -> tuple[Key, ...]:
        """The ip configurations of a pool."""
        by_address = (self.at(address, (network,) if network else None) for address, network in pool.addresses)
        found = (*pool.configurations, *self._members.get(pool.key, ()), *(key for key in by_address if key))
        return tuple(dict.fromkeys(found))

    def of_rule(self, key: Key) -> tuple[Key, ...]:
        """The ip configurations that name a NAT rule themselves."""
        return tuple(self._members.get(key, ()))

    def at(self, address: int, networks: Iterable[Key] | None) -> Key | None:
        """The ip configuration with an address in one of the networks; in any network where None is given."""
        if networks is not None:
            return next((self._at[network, address] for network in networks if (network, address) in self._at), None)
        found = [key for (_, number), key in self._at.items() if number == address]
        return found[0] if len(found) == 1 else None


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
    if publication.kind != "balancing-rule":
        found += backends.of_rule(f"{balancer.key}/inboundnatrules/{publication.name.lower()}")
    for key in publication.pools:
        found += backends.of_pool(pools[key]) if key in pools else ()
    return tuple(dict.fromkeys(found))


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


def gateway_entries(estate: Estate, backends: Backends) -> dict[Key, list[Entry]]:
    """Every entry through a layer-4 listener of an application gateway; its HTTP side reaches no management port."""
    found: dict[Key, list[Entry]] = defaultdict(list)
    for gateway in estate.application_gateways.values():
        frontends = {frontend.key: frontend for frontend in gateway.frontends}
        near = near_networks(estate, {subnet.rpartition("/subnets/")[0] for subnet in gateway.subnets})
        for listener in gateway.listeners:
            frontend = frontends.get(listener.frontend)
            if frontend is None or not frontend.public:
                continue
            entry = _gateway_entry(estate, gateway, frontend, listener)
            by_address = (backends.at(address, near) for address in listener.addresses)
            for target in dict.fromkeys((*listener.configurations, *(key for key in by_address if key))):
                found[target].append(entry)
    return found


def _gateway_entry(estate: Estate, gateway: ApplicationGateway, frontend: Frontend, listener: Listener) -> Entry:
    carries = f"carries {listener.port} to {listener.backend_port}"
    says = f"application gateway {gateway.name}: listener {listener.name} {carries}"
    own = next((estate.subnets[key].addresses for key in gateway.subnets if key in estate.subnets), None)
    unread = own is None and not listener.keeps_client_address
    return Entry(
        kind="application-gateway",
        resource=gateway.id,
        rule=listener.name,
        address=public_address(estate, frontend.public_ip),
        protocols=frozenset({Protocol.TCP}),
        frontend_ports=single(listener.port),
        machine_ports=single(listener.backend_port),
        hops=(Hop(gateway.id, "Enter", Code.APPLICATION_GATEWAY, listener.name, None, says),),
        open_without_group=True,
        seen_as=None if listener.keeps_client_address else own or PRIVATE,
        doubts=(f"the subnet of application gateway {gateway.name} is not in the evidence",) if unread else (),
    )


def near_networks(estate: Estate, networks: Iterable[Key]) -> tuple[Key, ...]:
    """The networks and those that they are peered with: what stands in one reaches addresses in all of them."""
    found: dict[Key, None] = {}
    for key in networks:
        found[key] = None
        network = estate.networks.get(key)
        for peering in network.peerings if network else ():
            if peering.connected:
                found[peering.remote_network] = None
    return tuple(found)
