"""What closes a machine to the inside but for Bastion: one remedy per NSG rule, or an NSG where none stands."""

from collections.abc import Iterator
from functools import lru_cache

from vmaudit.addresses import NOTHING, PUBLIC, Intervals, overlaps, port_texts, union
from vmaudit.assess import az
from vmaudit.assess.facts.bastion_addresses import bastion_addresses
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.exposure import close_rule
from vmaudit.assess.facts.fact import Remedy
from vmaudit.assess.values import Openings
from vmaudit.estate.front_doors import AdminAccess
from vmaudit.estate.resources import Access, Protocol, SecurityRule
from vmaudit.exposure.paths import Place
from vmaudit.exposure.security_groups import Crossing
from vmaudit.known import Unknown

_PLACEHOLDER = ("BASTION_PREFIX",)
_NEIGHBOURS = frozenset({"virtualnetwork", "azureloadbalancer"})


class _Found:
    """What was found, as sets. Whatever is allowed to one of its ports and from one of its sources is a part of it."""

    def __init__(self, found: Openings) -> None:
        self.openings = found
        self.tcp = self.udp = self.sources = NOTHING
        for opening in found:
            self.sources = union(self.sources, opening.sources)
            if opening.protocol is Protocol.TCP:
                self.tcp = union(self.tcp, opening.ports)
            else:
                self.udp = union(self.udp, opening.ports)

    def has(self, crossing: Crossing, sources: Intervals) -> bool:
        """Whether a crossing lets some of it in from these sources."""
        box = crossing.box
        ports = self.tcp if box.protocol is Protocol.TCP else self.udp
        return (
            crossing.access is Access.ALLOW
            and overlaps(box.destination_ports, ports)
            and overlaps(sources, self.sources)
        )


def narrow(case: Case, found: Openings) -> tuple[Remedy, ...]:
    """What lets the inside in to the ports that were found; worked out once for machines in the same situation."""
    key = ("inside remedies", *[id(place.shared) for place in case.exposure.places], id(found))
    # What was found is kept beside what was made of it, so that nothing else can come to have its identity.
    wanted = case.around.once(("inside found", id(found)), lambda: _Found(found))
    return case.around.once(key, lambda: _remedies(case, wanted))


def _remedies(case: Case, wanted: _Found) -> tuple[Remedy, ...]:
    ports = union(wanted.tcp, wanted.udp)
    bastions = bastion_addresses(case).prefixes or _PLACEHOLDER
    remedies: dict[Remedy, None] = {}
    for place in case.exposure.places:
        closed: set[int] = set()
        for crossing, sources in _crossings(place):
            # The same rule lets in one origin after the other: it is closed once.
            by = None if crossing.admin else next((id(ruling.rule) for _, ruling in crossing.steps if ruling), None)
            if by not in closed and wanted.has(crossing, sources):
                remedies[_closing(case, place, ports, bastions, crossing)] = None
                if by is not None:
                    closed.add(by)
    return tuple(remedies)


def _crossings(place: Place) -> Iterator[tuple[Crossing, Intervals]]:
    """What lets private addresses in, each with those that it does."""
    yield from ((way.crossing, way.sources) for way in place.shared.ways)
    yield from ((crossing, crossing.box.remote) for crossing in place.shared.others)


def _closing(case: Case, place: Place, ports: Intervals, bastions: tuple[str, ...], crossing: Crossing) -> Remedy:
    """At the first NSG on the way in: of several that allow, it is the one that governs most machines."""
    if crossing.admin is not None and AdminAccess.ALWAYS_ALLOW in crossing.admin.ways and crossing.admin.rule:
        return _close_admin_rule(crossing.admin.rule.id, crossing.admin.rule.name)
    for stage, ruling in crossing.steps:
        if ruling is not None and not isinstance(stage.group, Unknown):
            return _close_at(stage.group.id, ruling.rule, ports, bastions)
    return _guard(_home(case, place), ports, bastions)


def _close_at(group_id: str, rule: SecurityRule, ports: Intervals, bastions: tuple[str, ...]) -> Remedy:
    if rule.default:
        return _put_in_front(group_id, rule.azure_name, ports, bastions)
    tags = {tag.lower() for tag in rule.source.tags}
    if overlaps(rule.source.addresses, PUBLIC) or tags - _NEIGHBOURS:
        return close_rule(group_id, rule.azure_name, NOTHING)
    return _narrow_rule(group_id, rule.azure_name, bastions)


@lru_cache(maxsize=65536)
def _put_in_front(group_id: str, azure_name: str, ports: Intervals, bastions: tuple[str, ...]) -> Remedy:
    group = az.name_of(group_id)
    return Remedy(
        resource=group_id,
        says=f"NSG {group} has nothing in front of its default rule {az.name_of(azure_name)}",
        fix=_only_bastion(group_id, group, ports, bastions),
        proof=f"{group_id}/{azure_name}",
        part="inside",
    )


@lru_cache(maxsize=65536)
def _narrow_rule(group_id: str, azure_name: str, bastions: tuple[str, ...]) -> Remedy:
    group, name = az.name_of(group_id), az.name_of(azure_name)
    command = az.command("network nsg rule update", group_id, ("--nsg-name", group), ("-n", name))
    return Remedy(
        resource=group_id,
        says=f"NSG {group}, rule {name}, lets more of the inside in than Bastion",
        fix=f"{command} --source-address-prefixes {' '.join(map(az.quoted, bastions))}",
        proof=f"{group_id}/{azure_name}",
        part="inside",
    )


@lru_cache(maxsize=4096)
def _close_admin_rule(rule_id: str, name: str) -> Remedy:
    return Remedy(
        resource=rule_id,
        says=f"security admin rule {name} always allows it, whatever the NSGs say",
        fix=f"az resource update --ids {az.quoted(rule_id)} --set properties.access=Allow",
    )


def _home(case: Case, place: Place) -> str:
    """Where a missing NSG belongs: at the subnet, as its own row spells it; one there governs all its interfaces."""
    interface = case.estate.network_interfaces.get(place.network_interface.lower())
    for configuration in interface.ip_configurations if interface else ():
        if configuration.name == place.ip_configuration and not isinstance(configuration.subnet, Unknown):
            subnet = case.estate.subnets.get(configuration.subnet)
            return subnet.id if subnet else configuration.subnet
    return place.network_interface


@lru_cache(maxsize=65536)
def _guard(subnet_id: str, ports: Intervals, bastions: tuple[str, ...]) -> Remedy:
    name = az.name_of(subnet_id)
    group = f"nsg-{name}"
    where = (("--vnet-name", az.segment(subnet_id, "virtualNetworks")), ("-n", name))
    steps = (
        az.command("network nsg create", subnet_id, ("-n", group)),
        _only_bastion(subnet_id, group, ports, bastions),
        az.command("network vnet subnet update", subnet_id, *where, ("--network-security-group", group)),
    )
    return Remedy(
        resource=subnet_id,
        says=f"subnet {name} has no NSG that keeps the inside out",
        fix=" && ".join(steps),
        part="inside",
    )


def _only_bastion(place: str, group: str, ports: Intervals, bastions: tuple[str, ...]) -> str:
    """Two rules: Bastion may come in on the ports, nobody else."""
    aimed = f"--destination-port-ranges {' '.join(port_texts(ports))}"
    allow = az.command("network nsg rule create", place, ("--nsg-name", group), ("-n", "allow-bastion"))
    deny = az.command("network nsg rule create", place, ("--nsg-name", group), ("-n", "deny-management"))
    sources = " ".join(map(az.quoted, bastions))
    return (
        f"{allow} --priority 200 --access Allow --protocol '*' --source-address-prefixes {sources} {aimed} && "
        f"{deny} --priority 4000 --access Deny --protocol '*' --source-address-prefixes '*' {aimed}"
    )
