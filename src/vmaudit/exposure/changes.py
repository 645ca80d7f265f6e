"""Single changes to an estate that may open or close a door: what to do in Azure, and the estate as it would then be.

Nothing here knows whether a change suffices: `what_if` asks the model.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final, Literal, TypeAlias, TypeVar

from msgspec import structs

from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, Intervals, difference, overlaps, port_texts, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import (
    AdminRule,
    ApplicationGateway,
    AzureFirewall,
    Listener,
    LoadBalancer,
    NatRule,
    Publication,
    RuleCollectionGroup,
)
from vmaudit.estate.resources import (
    Access,
    Direction,
    IpConfiguration,
    Key,
    NetworkInterface,
    Peers,
    Protocol,
    PublicIp,
    Resource,
    SecurityGroup,
    SecurityRule,
)
from vmaudit.estate.rules import DEFAULT_RULES, security_group
from vmaudit.estate.scale_sets import set_of
from vmaudit.exposure.steps import Step, az_step
from vmaudit.known import Unknown

R = TypeVar("R", bound=Resource)
Door: TypeAlias = tuple[Protocol, int]

FROM_INTERNET: Final = Peers(tags=("Internet",))
FROM_ANYWHERE: Final = Peers(addresses=ANY_ADDRESS)
_HIGHEST, _BELOW_LOWEST = 100, 4097
"""The priorities that a rule of one's own can have: from 100 to 4096."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change in words, the commands that make it, and the estate after it.

    `steps` is empty where the evidence does not hold all that a command needs, and for an interface of a Uniform scale
    set: it can't be changed itself.
    """

    says: str
    steps: tuple[Step, ...]
    estate: Estate = field(repr=False, compare=False)


def _put(resources: Mapping[Key, R], resource: R) -> dict[Key, R]:
    return {**resources, resource.key: resource}


# --- rules of NSGs ---------------------------------------------------------------------------------------------------


def rule_without(estate: Estate, group: SecurityGroup, rule: SecurityRule, ports: Intervals) -> Change:
    """Take ports out of a rule; a rule that has no others is deleted."""
    others = tuple(other for other in group.rules if other is not rule)
    left = difference(rule.destination_ports, ports)
    if not left:
        says = f"delete rule {rule.name} (priority {rule.priority}) of NSG {group.name}"
        step = az_step("network nsg rule delete", group.id, nsg_name=group.name, name=rule.name)
        changed = security_group(group.id, others)
    else:
        word = "port" if port_texts(ports)[0].isdecimal() and len(port_texts(ports)) == 1 else "ports"
        taken = f"{word} {', '.join(port_texts(ports))}"
        says = f"take {taken} out of rule {rule.name} (priority {rule.priority}) of NSG {group.name}"
        step = az_step(
            "network nsg rule update",
            group.id,
            nsg_name=group.name,
            name=rule.name,
            destination_port_ranges=port_texts(left),
        )
        changed = security_group(group.id, (*others, structs.replace(rule, destination_ports=left)))
    return Change(says, (step,), replace(estate, security_groups=_put(estate.security_groups, changed)))


def rule_added(estate: Estate, group: SecurityGroup, access: Access, door: Door, source: Peers) -> Change | None:
    """A rule for one port before all that say otherwise; None where no priority is free there."""
    rule = _new_rule(group, access, door, source)
    if rule is None:
        return None
    changed = security_group(group.id, (*group.rules, rule))
    verb = "deny" if access is Access.DENY else "allow"
    whom = "the internet" if source is FROM_INTERNET else "everybody, the inside included,"
    says = f"{verb} {whom} {door[0].value} {door[1]} in NSG {group.name}, by a new rule with priority {rule.priority}"
    groups = _put(estate.security_groups, changed)
    return Change(says, (_ruleaz_step(group, rule, source),), replace(estate, security_groups=groups))


def _ruleaz_step(group: SecurityGroup, rule: SecurityRule, source: Peers) -> Step:
    return az_step(
        "network nsg rule create",
        group.id,
        nsg_name=group.name,
        name=rule.name,
        priority=str(rule.priority),
        direction="Inbound",
        access=rule.access.value,
        protocol=next(iter(rule.protocols)).value.capitalize(),
        source_address_prefixes=source.tags or ("*",),
        destination_port_ranges=port_texts(rule.destination_ports),
    )


def _new_rule(group: SecurityGroup, access: Access, door: Door, source: Peers) -> SecurityRule | None:
    protocol, port = door
    inbound = [rule for rule in group.rules if rule.direction is Direction.INBOUND]
    others = [
        rule.priority
        for rule in inbound
        if rule.access is not access and protocol in rule.protocols and overlaps(rule.destination_ports, single(port))
    ]
    priority = _free_priority({rule.priority for rule in inbound}, min(others, default=_BELOW_LOWEST))
    if priority is None:
        return None
    return SecurityRule(
        name=_free_name(f"{access.value.lower()}-{protocol.value.lower()}-{port}", {rule.name for rule in group.rules}),
        priority=priority,
        direction=Direction.INBOUND,
        access=access,
        protocols=frozenset({protocol}),
        source=source,
        source_ports=ALL_PORTS,
        destination=FROM_ANYWHERE,
        destination_ports=single(port),
    )


def _free_priority(taken: Iterable[int], before: int) -> int | None:
    """The last free priority before another."""
    used = frozenset(taken)
    return next((p for p in range(min(before, _BELOW_LOWEST) - 1, _HIGHEST - 1, -1) if p not in used), None)


def _free_name(wanted: str, taken: Iterable[str]) -> str:
    """A name that nothing has yet: creating under a name that is there would write over it."""
    used = {name.lower() for name in taken}
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(name for name in names if name.lower() not in used)


def _at_interface(interface: NetworkInterface, says: str, steps: tuple[Step, ...], estate: Estate) -> Change:
    """A change to one interface; that of a scale set's instance is made in the model of its set."""
    scale_set = set_of(interface.key)
    if scale_set is None:
        return Change(says, steps, estate)
    return Change(f"{says}, by the model of scale set {scale_set.rpartition('/')[2]}", (), estate)


def group_attached(estate: Estate, interface: NetworkInterface, door: Door) -> Change | None:
    """An NSG of its own for an interface, which lets the internet in on one port."""
    id_ = _beside(interface.id, "networkSecurityGroups", f"{interface.name}-nsg", estate.security_groups)
    empty = security_group(id_, DEFAULT_RULES)
    rule = _new_rule(empty, Access.ALLOW, door, FROM_INTERNET)
    if rule is None:
        return None
    group = security_group(id_, (*empty.rules, rule))
    behind = structs.replace(interface, security_group=group.key)
    steps = (
        az_step("network nsg create", group.id, name=group.name),
        _ruleaz_step(group, rule, FROM_INTERNET),
        az_step("network nic update", interface.id, name=interface.name, network_security_group=group.name),
    )
    changed = replace(
        estate,
        security_groups=_put(estate.security_groups, group),
        network_interfaces=_put(estate.network_interfaces, behind),
    )
    says = f"attach an NSG to NIC {interface.name} that allows the internet {door[0].value} {door[1]}"
    return _at_interface(interface, says, steps, changed)


# --- public addresses ------------------------------------------------------------------------------------------------


def without_public_ip(estate: Estate, interface: NetworkInterface, configuration: IpConfiguration) -> Change:
    """Detach the public IP address of one ip configuration."""
    name = (configuration.public_ip or "").rpartition("/")[2]
    step = az_step(
        "network nic ip-config update",
        interface.id,
        nic_name=interface.name,
        name=configuration.name,
        remove="publicIPAddress",
    )
    says = f"detach public IP {name} from ip configuration {configuration.name} of NIC {interface.name}"
    return _at_interface(interface, says, (step,), _with_address(estate, interface, configuration, None))


def with_public_ip(estate: Estate, interface: NetworkInterface, configuration: IpConfiguration) -> Change:
    """Attach a Standard public IP address to one ip configuration."""
    id_ = _beside(interface.id, "publicIPAddresses", f"{interface.name}-public-ip", estate.public_ips)
    address = PublicIp(id=id_, address=None, sku="Standard", version=configuration.version)
    steps = (
        az_step(
            "network public-ip create", id_, name=address.name, sku="Standard", version=f"IPv{configuration.version}"
        ),
        az_step(
            "network nic ip-config update",
            interface.id,
            nic_name=interface.name,
            name=configuration.name,
            public_ip_address=address.name,
        ),
    )
    there = replace(estate, public_ips=_put(estate.public_ips, address))
    says = f"attach a public IP address to ip configuration {configuration.name} of NIC {interface.name}"
    return _at_interface(interface, says, steps, _with_address(there, interface, configuration, address.key))


def _with_address(
    estate: Estate, interface: NetworkInterface, configuration: IpConfiguration, public_ip: Key | None
) -> Estate:
    configurations = tuple(
        structs.replace(one, public_ip=public_ip) if one is configuration else one
        for one in interface.ip_configurations
    )
    changed = structs.replace(interface, ip_configurations=configurations)
    return replace(estate, network_interfaces=_put(estate.network_interfaces, changed))


def _beside(resource_id: str, kind: str, name: str, taken: Mapping[Key, object]) -> str:
    """The id of a new resource in the resource group of another."""
    folder = f"{resource_id.rpartition('/')[0].rpartition('/')[0]}/{kind}/"
    return folder + _free_name(name, (key.rpartition("/")[2] for key in taken if key.startswith(folder.lower())))


# --- what else publishes ---------------------------------------------------------------------------------------------


_DELETE: Final[Mapping[Literal["nat-rule", "nat-pool", "balancing-rule"], tuple[str, str]]] = {
    "nat-rule": ("NAT rule", "network lb inbound-nat-rule delete"),
    "nat-pool": ("NAT pool", "network lb inbound-nat-pool delete"),
    "balancing-rule": ("rule", "network lb rule delete"),
}


def without_publication(estate: Estate, balancer: LoadBalancer, publication: Publication) -> Change:
    """Delete one rule of a load balancer."""
    word, verb = _DELETE[publication.kind]
    left = tuple(one for one in balancer.publications if one is not publication)
    balancers = _put(estate.load_balancers, structs.replace(balancer, publications=left))
    step = az_step(verb, balancer.id, lb_name=balancer.name, name=publication.name)
    says = f"delete {word} {publication.name} of load balancer {balancer.name}"
    return Change(says, (step,), replace(estate, load_balancers=balancers))


def without_dnat(estate: Estate, holder: AzureFirewall | RuleCollectionGroup, rule: NatRule) -> Change:
    """Delete one DNAT rule, of a classic firewall or of a policy's group of rule collections."""
    left = tuple(one for one in holder.rules if one is not rule)
    if isinstance(holder, AzureFirewall):
        where, verb = {"firewall_name": holder.name}, "network firewall nat-rule delete"
        changed = replace(estate, firewalls=_put(estate.firewalls, structs.replace(holder, rules=left)))
        place = f"Azure Firewall {holder.name}"
    else:
        policy = holder.id.split("/")[-3]
        where = {"policy_name": policy, "rcg_name": holder.name}
        verb = "network firewall policy rule-collection-group collection rule remove"
        groups = _put(estate.rule_collection_groups, structs.replace(holder, rules=left))
        changed = replace(estate, rule_collection_groups=groups)
        place = f"firewall policy {policy}"
    step = az_step(verb, holder.id, **where, collection_name=rule.collection, name=rule.name)
    return Change(f"delete DNAT rule {rule.name} ({rule.collection}) of {place}", (step,), changed)


def without_listener(estate: Estate, gateway: ApplicationGateway, listener: Listener) -> Change:
    """Delete a layer-4 listener. Its routing rule goes first, and which one that is the estate does not keep."""
    left = tuple(one for one in gateway.listeners if one is not listener)
    gateways = _put(estate.application_gateways, structs.replace(gateway, listeners=left))
    says = f"delete listener {listener.name} of application gateway {gateway.name}, with its routing rule"
    return Change(says, (), replace(estate, application_gateways=gateways))


def without_admin_rule(estate: Estate, rule: AdminRule) -> Change:
    """Delete a security admin rule, wherever it is in force. Only a new deployment makes that so."""
    left = {
        network: rules if isinstance(rules, Unknown) else tuple(one for one in rules if one.id != rule.id)
        for network, rules in estate.admin_rules.items()
    }
    says = f"delete security admin rule {rule.name} ({rule.collection}) and deploy its configuration again"
    return Change(says, (), replace(estate, admin_rules=left))
