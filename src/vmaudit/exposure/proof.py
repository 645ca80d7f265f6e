"""The proof of a path: each hop in words, and one packet that takes it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from vmaudit.addresses import Intervals, address_number, address_text, overlaps, single
from vmaudit.estate.front_doors import AdminAccess
from vmaudit.estate.resources import Access, IpConfiguration, Protocol, PublicIp, SecurityRule, VirtualMachine
from vmaudit.exposure.entries import Entry
from vmaudit.exposure.paths import Code, Hop, Witness
from vmaudit.exposure.security_groups import Crossing, Ruling, Stage
from vmaudit.known import Read, Unknown

_LIKELY_SOURCES: Final = tuple(address_number(text) for text in ("203.0.113.7", "8.8.8.8", "2001:db8::7", "10.0.0.4"))
"""Addresses that a reader takes for "somebody": preferred where the path is open to them."""
_LIKELY_SOURCE_PORT: Final = 50000
_LIKELY_PORTS: Final = (3389, 22, 5985, 5986, 443, 80)
NO_ADDRESS: Final = "(not known)"
"""Of an address that is not allocated at present, or that was not read."""


def stage_hops(stages: Iterable[Stage], crossing: Crossing) -> tuple[Hop, ...]:
    """One hop per stage that the crossing came to. `stages` are the machine's own: situations share crossings."""
    hops = [
        _unread_hop(stage) if ruling is None else _ruling_hop(stage, ruling)
        for stage, (_, ruling) in zip(stages, crossing.steps, strict=False)
    ]
    # No group denies it by itself, but all together do: the last one says so.
    together = crossing.access is Access.DENY and not any(hop.decision == "Deny" for hop in hops)
    if together and crossing.steps and not (crossing.admin and crossing.admin.ways == frozenset({AdminAccess.DENY})):
        (stage, ruling) = crossing.steps[-1]
        hops[-1:] = [_unread_hop(stage) if ruling is None else _denied_together(stage, ruling)]
    return tuple(hops)


def _denied_together(stage: Stage, ruling: Ruling) -> Hop:
    """Whoever the groups before let in, if anybody, a rule of this one denies."""
    rule = next(rule for rule in (*ruling.doubtful, ruling.rule) if rule.access is Access.DENY)
    group = stage.group.name if not isinstance(stage.group, Unknown) else ""
    resource = stage.group.id if not isinstance(stage.group, Unknown) else stage.resource
    says = f"NSG {group} at {_place(stage)}: {rule_text(rule)} denies whomever the NSG before may have let in"
    return Hop(resource, "Deny", _code(rule, Access.DENY), rule.azure_name, rule.priority, says)


def _place(stage: Stage) -> str:
    kind = "subnet" if "/subnets/" in stage.resource.lower() else "NIC"
    return f"{kind} {stage.resource.rpartition('/')[2]}" if stage.resource else "the subnet"


def _unread_hop(stage: Stage) -> Hop:
    reason = stage.group.reason if isinstance(stage.group, Unknown) else ""
    return Hop(stage.resource, "Unknown", Code.NSG_NOT_READ, "", None, f"at {_place(stage)}: {reason}")


def _ruling_hop(stage: Stage, ruling: Ruling) -> Hop:
    group = stage.group.name if not isinstance(stage.group, Unknown) else ""
    resource = stage.group.id if not isinstance(stage.group, Unknown) else stage.resource
    if ruling.access is None:
        doubtful = ruling.doubtful[0]
        says = f"NSG {group} at {_place(stage)}: {rule_text(doubtful)} decides or not: {ruling.doubts[0]}"
        code = Code.UNKNOWN_SERVICE_TAG if "service tag" in ruling.doubts[0] else Code.NSG_RULE_UNCERTAIN
        return Hop(resource, "Unknown", code, doubtful.azure_name, doubtful.priority, says)
    rule = ruling.rule
    verb = "allows" if ruling.access is Access.ALLOW else "denies"
    says = f"NSG {group} at {_place(stage)}: {rule_text(rule)} {verb} it"
    return Hop(resource, ruling.access.value, _code(rule, ruling.access), rule.azure_name, rule.priority, says)


def _code(rule: SecurityRule, access: Access) -> Code:
    if access is Access.ALLOW:
        return Code.NSG_DEFAULT_ALLOWS if rule.default else Code.NSG_RULE_ALLOWS
    return Code.NSG_DEFAULT_DENIES if rule.default else Code.NSG_RULE_DENIES


def rule_text(rule: SecurityRule) -> str:
    """A rule as people speak of it: "rule allow-rdp (priority 300)"."""
    kind = "default rule" if rule.default else "rule"
    return f"{kind} {rule.name} (priority {rule.priority})"


def public_ip_hop(public_ip: Read[PublicIp], key: str, configuration: IpConfiguration) -> Hop:
    """The door itself."""
    name = key.rpartition("/")[2]
    if isinstance(public_ip, Unknown):
        says = f"public IP {name} is attached to ip configuration {configuration.name}; its own row was not read"
        return Hop(key, "Enter", Code.PUBLIC_IP, "", None, says)
    sku = "SKU not read" if isinstance(public_ip.sku, Unknown) else public_ip.sku
    address = public_ip.address or "no address at present"
    says = f"public IP {public_ip.name} ({address}, {sku}) is attached to ip configuration {configuration.name}"
    return Hop(public_ip.id, "Enter", Code.PUBLIC_IP, "", None, says)


def no_group_hop(entry: Entry) -> Hop:
    """Without any NSG the SKU of the entry decides (azure-facts 5.5)."""
    name = entry.resource.rpartition("/")[2]
    if isinstance(entry.open_without_group, Unknown):
        says = f"no NSG stands before it, so the SKU of {name} decides: {entry.open_without_group.reason}"
        return Hop(entry.resource, "Unknown", Code.SKU_NOT_READ, "", None, says)
    if entry.seen_as is not None:
        return Hop(entry.resource, "Allow", Code.NO_NSG, "", None, "no NSG stands before it, and it comes from inside")
    if entry.open_without_group:
        says = f"no NSG stands before it, and {name} has the SKU Basic, which is open by default"
        return Hop(entry.resource, "Allow", Code.BASIC_IP_WITHOUT_NSG, "", None, says)
    says = f"no NSG stands before it, and {name} has a Standard SKU, which is closed until an NSG allows something"
    return Hop(entry.resource, "Deny", Code.STANDARD_IP_WITHOUT_NSG, "", None, says)


def admin_hop(crossing: Crossing) -> tuple[Hop, ...]:
    """What the security admin rules of the network did, where any speaks about the packet."""
    ruling = crossing.admin
    if ruling is None:
        return ()
    name = ruling.network.rpartition("/")[2]
    if len(ruling.ways) > 1 or ruling.rule is None:
        says = f"security admin rules of network {name} decide or not: {ruling.doubts[0]}"
        return (Hop(ruling.network, "Unknown", Code.ADMIN_RULE_UNCERTAIN, "", None, says),)
    code, decision, verb = _ADMIN[next(iter(ruling.ways))]
    rule = ruling.rule
    says = f"security admin rule {rule.name} (priority {rule.priority}) in network {name} {verb} it"
    return (Hop(rule.id, decision, code, rule.name, rule.priority, says),)


_ADMIN: Final = {
    AdminAccess.ALLOW: (Code.ADMIN_RULE_ALLOWS, "Allow", "allows"),
    AdminAccess.ALWAYS_ALLOW: (Code.ADMIN_RULE_ALWAYS_ALLOWS, "Allow", "always allows"),
    AdminAccess.DENY: (Code.ADMIN_RULE_DENIES, "Deny", "denies"),
}


def machine_hop(machine: VirtualMachine) -> Hop:
    """Whether anybody is there to answer."""
    if isinstance(machine.power, Unknown):
        return Hop(machine.id, "Unknown", Code.VM_STATE_NOT_READ, "", None, machine.power.reason)
    if machine.power.answers:
        return Hop(machine.id, "Enter", Code.VM_RUNNING, "", None, f"{machine.name} is {machine.power.value}")
    says = f"{machine.name} is {machine.power.value}: the way is there, but nobody answers now"
    return Hop(machine.id, "Enter", Code.VM_NOT_RUNNING, "", None, says)


def witness(
    protocol: Protocol, sources: Intervals, source_ports: Intervals, ports: Intervals, private: Read[int]
) -> Witness:
    """One packet out of a box, aimed at the private address; an entry that translates puts its own address in."""
    address = NO_ADDRESS if isinstance(private, Unknown) else address_text(private)
    port = likely_port(ports)
    return Witness(
        protocol=protocol,
        source=_likely_source(sources),
        source_port=_likely(source_ports, (_LIKELY_SOURCE_PORT,)),
        destination=address,
        destination_port=port,
        private_address=address,
        private_port=port,
    )


@lru_cache(maxsize=65536)
def _likely_source(sources: Intervals) -> str:
    return address_text(_likely(sources, _LIKELY_SOURCES))


@lru_cache(maxsize=65536)
def likely_port(ports: Intervals) -> int:
    """The port of a set that a reader would try first."""
    return _likely(ports, _LIKELY_PORTS)


def _likely(numbers: Intervals, wanted: tuple[int, ...]) -> int:
    """A wanted number if it is in the set; else an inner one, since the edges of a block are seldom used."""
    for number in wanted:
        if overlaps(numbers, single(number)):
            return number
    low, high = numbers[0]
    return min(low + 1, high)
