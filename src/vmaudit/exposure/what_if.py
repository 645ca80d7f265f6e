"""The one change that would close an open door, or open a closed one: tried on the model before it is named.

Candidates are tried from the smallest to the largest, and the first that turns the verdict is the answer. To close:
take the port out of a rule, take away what publishes the machine, deny the internet, delete an admin rule that lets it
past the NSGs, detach the public IP, deny everybody. To open: the same backwards. Starting a machine opens nothing, and
stopping it closes nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from vmaudit.addresses import overlaps, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AdminRule
from vmaudit.estate.resources import Access, IpConfiguration, NetworkInterface, Peers, SecurityGroup, SecurityRule
from vmaudit.exposure import changes
from vmaudit.exposure.changes import FROM_ANYWHERE, FROM_INTERNET, Change
from vmaudit.exposure.explain import Explanation
from vmaudit.exposure.paths import Code, Hop, Path
from vmaudit.exposure.reach import expose, interfaces
from vmaudit.known import Unknown

_OPEN, _PERHAPS, _CLOSED = "open", "possibly open", "closed"


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would turn the verdict about a door.

    `change` is None where no single change does, and where nothing needs to be done; `after` is the verdict with it, or
    without any. Where none does, `nearest` leaves the fewest ways, `remaining` of them. `stops` are the hops that keep
    a closed door shut.
    """

    before: str
    after: str
    change: Change | None
    remaining: int
    nearest: Change | None = None
    stops: tuple[Hop, ...] = ()


def what_closes(estate: Estate, explained: Explanation) -> WhatIf:
    """The one change after which nobody on the internet gets through this door.

    Where the verdict is "open" and unread evidence keeps any change from closing it for sure, one that leaves no proven
    way is taken, and `after` says "possibly open".
    """
    before = explained.verdict
    if before == _CLOSED:
        return WhatIf(before, before, None, 0)
    second: Change | None = None
    nearest: tuple[int, Change | None] = (len(explained.open), None)
    for change in _distinct(_closing(estate, explained)):
        left = recheck(change, explained)
        if left.verdict == _CLOSED:
            return WhatIf(before, _CLOSED, change, 0)
        if left.verdict == _PERHAPS and before == _OPEN:
            second = second or change
        if len(left.open) < nearest[0]:
            nearest = len(left.open), change
    if second is not None:
        return WhatIf(before, _PERHAPS, second, len(recheck(second, explained).open))
    return WhatIf(before, before, None, nearest[0], nearest[1])


def what_opens(estate: Estate, explained: Explanation) -> WhatIf:
    """The one change after which somebody on the internet surely gets through this door, and what stops them now."""
    before = explained.verdict
    if before == _OPEN:
        return WhatIf(before, before, None, len(explained.open))
    stops = tuple(dict.fromkeys(hop for shut in explained.closed for hop in shut.hops if hop.decision == "Deny"))
    for change in _distinct(_opening(estate, explained)):
        after = recheck(change, explained)
        if after.verdict == _OPEN:
            return WhatIf(before, _OPEN, change, len(after.open), stops=stops)
    return WhatIf(before, before, None, len(explained.open), stops=stops)


def recheck(change: Change, explained: Explanation) -> Explanation:
    """The door in the changed estate: the ways through it, without the reasons that keep others out."""
    key, door = explained.machine.key, single(explained.port)
    machine = change.estate.machines[key]
    exposure = expose(replace(change.estate, machines={key: machine}))[key]
    ways = (path for path in exposure.paths if path.protocol is explained.protocol and overlaps(path.ports, door))
    return Explanation(machine, explained.protocol, explained.port, tuple(ways), (), exposure.blind_spots)


def _distinct(candidates: Iterable[Change | None]) -> Iterator[Change]:
    seen: set[str] = set()
    for change in candidates:
        if change is not None and change.says not in seen:
            seen.add(change.says)
            yield change


# --- closing ---------------------------------------------------------------------------------------------------------


def _closing(estate: Estate, explained: Explanation) -> Iterator[Change | None]:
    """Candidates, smallest first."""
    hops = [(path, hop) for path in explained.open for hop in path.hops]
    for path, hop in hops:
        yield _narrowed(estate, explained, path, hop)
    for _, hop in hops:
        yield from _unpublished(estate, hop)
    yield from _denied(estate, explained, FROM_INTERNET)
    for _, hop in hops:
        if hop.code is Code.ADMIN_RULE_ALWAYS_ALLOWS:
            yield from (changes.without_admin_rule(estate, rule) for rule in _admin_rules(estate, hop))
    for path in explained.open:
        yield _detached(estate, path)
    yield from _denied(estate, explained, FROM_ANYWHERE)


def _narrowed(estate: Estate, explained: Explanation, path: Path, hop: Hop) -> Change | None:
    """The door's port out of a rule that lets the path through; before a gateway, the port of its listener."""
    found = _rule_at(estate, hop)
    if found is None or found[1].access is not Access.ALLOW:
        return None
    group, rule = found
    outer = path.frontend.ports if path.frontend else ()
    ports = next((p for p in (single(explained.port), outer) if p and overlaps(rule.destination_ports, p)), None)
    return changes.rule_without(estate, group, rule, ports) if ports else None


def _rule_at(estate: Estate, hop: Hop) -> tuple[SecurityGroup, SecurityRule] | None:
    """The rule of an NSG that a hop names; none for a default rule, which nobody can change."""
    group = estate.security_groups.get(hop.resource.lower())
    if group is None:
        return None
    named = (rule for rule in group.rules if rule.azure_name == hop.rule and rule.priority == hop.priority)
    return next(((group, rule) for rule in named if not rule.default), None)


def _unpublished(estate: Estate, hop: Hop) -> Iterator[Change]:
    """Without what carries the packet to the machine."""
    key = hop.resource.lower()
    balancer = estate.load_balancers.get(key)
    if balancer is not None:
        kinds = ("balancing-rule",) if hop.code is Code.LB_RULE else ("nat-rule", "nat-pool", "balancing-rule")
        for publication in balancer.publications:
            if publication.name == hop.rule and publication.kind in kinds:
                yield changes.without_publication(estate, balancer, publication)
    gateway = estate.application_gateways.get(key)
    if gateway is not None:
        named = (listener for listener in gateway.listeners if listener.name == hop.rule)
        yield from (changes.without_listener(estate, gateway, listener) for listener in named)
    firewall = estate.firewalls.get(key)
    if firewall is not None:
        groups = (group for group in estate.rule_collection_groups.values() if group.policy == firewall.policy)
        for holder in (firewall, *groups):
            named_rules = (rule for rule in holder.rules if rule.name == hop.rule)
            yield from (changes.without_dnat(estate, holder, rule) for rule in named_rules)


def _denied(estate: Estate, explained: Explanation, source: Peers) -> Iterator[Change | None]:
    door = (explained.protocol, explained.port)
    for path in explained.open:
        place = _place(estate, path)
        for group in _groups(estate, *place) if place else ():
            yield changes.rule_added(estate, group, Access.DENY, door, source)


def _detached(estate: Estate, path: Path) -> Change | None:
    place = _place(estate, path)
    if place is None or place[1].public_ip is None:
        return None
    return changes.without_public_ip(estate, *place)


def _place(estate: Estate, path: Path) -> tuple[NetworkInterface, IpConfiguration] | None:
    interface = estate.network_interfaces.get(path.network_interface.lower())
    if interface is None:
        return None
    return next(((interface, one) for one in interface.ip_configurations if one.name == path.ip_configuration), None)


def _groups(estate: Estate, interface: NetworkInterface, configuration: IpConfiguration) -> Iterator[SecurityGroup]:
    """The NSGs before one ip configuration that were read, the interface's own first: it guards the fewest machines."""
    subnet = None if isinstance(configuration.subnet, Unknown) else estate.subnets.get(configuration.subnet)
    for key in (interface.security_group, subnet.security_group if subnet else None):
        group = estate.security_groups.get(key) if key else None
        if group is not None:
            yield group


def _admin_rules(estate: Estate, hop: Hop) -> Iterator[AdminRule]:
    for rules in estate.admin_rules.values():
        if not isinstance(rules, Unknown):
            yield from (rule for rule in rules if rule.id == hop.resource)


# --- opening ---------------------------------------------------------------------------------------------------------


def _opening(estate: Estate, explained: Explanation) -> Iterator[Change | None]:
    """Candidates, smallest first."""
    door = (explained.protocol, explained.port)
    hops = [hop for shut in explained.closed for hop in shut.hops]
    places = list(_places(estate, explained))
    for hop in hops:
        yield _no_longer_denied(estate, explained, hop)
    for place in places:
        for group in _groups(estate, *place):
            yield changes.rule_added(estate, group, Access.ALLOW, door, FROM_INTERNET)
    for hop in hops:
        if hop.code is Code.ADMIN_RULE_DENIES:
            yield from (changes.without_admin_rule(estate, rule) for rule in _admin_rules(estate, hop))
    yield from (changes.with_public_ip(estate, *place) for place in places if place[1].public_ip is None)
    yield from (changes.group_attached(estate, place[0], door) for place in places if _ungoverned(estate, *place))


def _places(estate: Estate, explained: Explanation) -> Iterator[tuple[NetworkInterface, IpConfiguration]]:
    for interface in interfaces(estate, explained.machine):
        if not isinstance(interface, Unknown):
            yield from ((interface, configuration) for configuration in interface.ip_configurations)


def _ungoverned(estate: Estate, interface: NetworkInterface, configuration: IpConfiguration) -> bool:
    """Whether surely no NSG stands before an ip configuration."""
    subnet = None if isinstance(configuration.subnet, Unknown) else estate.subnets.get(configuration.subnet)
    return interface.security_group is None and subnet is not None and subnet.security_group is None


def _no_longer_denied(estate: Estate, explained: Explanation, hop: Hop) -> Change | None:
    found = _rule_at(estate, hop)
    if found is None or found[1].access is not Access.DENY:
        return None
    return changes.rule_without(estate, *found, single(explained.port))
