"""Facts about just-in-time access: which doors its policies guard, for whom and for how long (azure-facts 5.12)."""

from collections.abc import Iterator
from typing import Final

from vmaudit import addresses
from vmaudit.addresses import ALL_PORTS, ANY_IPV4, NOTHING, Intervals, covers, difference, normalised, size, union
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.values import NO_PORTS, AtLeast, Ports
from vmaudit.estate.resources import (
    Access,
    Direction,
    IpConfiguration,
    JitPolicy,
    JitPort,
    NetworkInterface,
    Protocol,
    SecurityRule,
)
from vmaudit.known import Read, Unknown

_ANY: Final = frozenset({"*", "any", "internet"})
_API: Final = "?api-version=2020-01-01"
_OWN_PORTS: Final = {
    "Windows": normalised(((3389, 3389), (5985, 5986))),
    "Linux": normalised(((22, 22),)),
}
"""The management ports that each system can answer on (controls JIT-002)."""
_EITHER: Final = union(_OWN_PORTS["Windows"], _OWN_PORTS["Linux"])


def _policies(case: Case) -> Iterator[JitPolicy]:
    for key in case.estate.guarded_by_jit.get(case.machine.key, ()):
        yield case.estate.jit_policies[key]


def _ports(case: Case, policy: JitPolicy) -> Iterator[JitPort]:
    for machine in policy.machines:
        if machine.virtual_machine == case.machine.key:
            yield from machine.ports


def _guarded(case: Case) -> tuple[Intervals, Intervals, str]:
    """TCP ports that working policies guard, those that further policies may guard, and why it is not known."""
    surely: Intervals = NOTHING
    perhaps: Intervals = NOTHING
    whole = case.estate.all_of("jit_policies")
    reason = ""
    if isinstance(whole, Unknown):
        perhaps, reason = ALL_PORTS, whole.reason
    for policy in _policies(case):
        numbers = normalised(
            (port.number, port.number) for port in _ports(case, policy) if Protocol.TCP in port.protocols
        )
        if policy.provisioning_state.casefold() == "succeeded":
            surely = union(surely, numbers)
        elif not policy.provisioning_state:
            perhaps = union(perhaps, numbers)
            reason = reason or f"the row of policy {policy.name} does not give its state"
    return surely, perhaps, reason


def _names_a_port(rule: SecurityRule) -> bool:
    """Whether somebody wrote a rule that lets packets in to ports that it names; `*` names none."""
    return (
        rule.access is Access.ALLOW
        and rule.direction is Direction.INBOUND
        and not rule.default
        and Protocol.TCP in rule.protocols
        and rule.destination_ports != ALL_PORTS
    )


def _speaks_about(rule: SecurityRule, place: IpConfiguration) -> Read[bool]:
    """Whether a rule's destination holds this address. A tag is taken to: that asks for more guarding, not for less."""
    side = rule.destination
    if side.tags or set(side.application_security_groups) & set(place.application_security_groups):
        return True
    if not side.addresses:
        return False
    if isinstance(place.private_address, Unknown):
        return True if side.addresses == addresses.ANY_ADDRESS else place.private_address
    return covers(side.addresses, addresses.single(place.private_address))


def _mentioned(case: Case) -> tuple[Intervals, Intervals, str]:
    """TCP ports that the machine's NSG rules open by number, those that they may open, and why it is not known."""
    surely: Intervals = NOTHING
    reason = case.unread_interfaces()
    perhaps: Intervals = ALL_PORTS if reason else NOTHING
    for interface in case.read_interfaces():
        for group in case.security_groups_of(interface):
            if isinstance(group, Unknown):
                perhaps, reason = ALL_PORTS, reason or group.reason
                continue
            for rule in filter(_names_a_port, group.rules):
                spoken = _speaks_to(rule, interface)
                if isinstance(spoken, Unknown):
                    perhaps, reason = union(perhaps, rule.destination_ports), reason or spoken.reason
                elif spoken:
                    surely = union(surely, rule.destination_ports)
    return surely, perhaps, reason


def _speaks_to(rule: SecurityRule, interface: NetworkInterface) -> Read[bool]:
    answers = [_speaks_about(rule, place) for place in interface.ip_configurations]
    if True in answers:
        return True
    return next((answer for answer in answers if isinstance(answer, Unknown)), False)


def _unguarded(case: Case) -> Ports:
    system = case.machine.operating_system
    wanted, maybe_wanted, wanted_reason = _mentioned(case)
    if isinstance(system, Unknown):
        maybe_wanted, wanted_reason = union(maybe_wanted, _EITHER), wanted_reason or system.reason
    else:
        wanted = union(wanted, _OWN_PORTS[system])
    guarded, maybe_guarded, guarded_reason = _guarded(case)
    proven = difference(wanted, union(guarded, maybe_guarded))
    possible = difference(union(wanted, maybe_wanted), union(guarded, proven))
    if not (proven or possible):
        return NO_PORTS
    return Ports(proven, possible, (guarded_reason or wanted_reason) if possible else "")


def _put_policy(case: Case, found: Ports) -> tuple[Remedy, ...]:
    """At the policy that names the machine, or at the one that its resource group and region would have."""
    known = next(_policies(case), None)
    machine = case.machine
    group = machine.id.lower().partition("/providers/")[0]
    spelt = machine.id[: len(group)]
    missing = f"{spelt}/providers/Microsoft.Security/locations/{machine.location}/jitNetworkAccessPolicies/default"
    policy = missing if known is None else known.id
    where = f"in {az.segment(policy, 'resourceGroups')}, {az.segment(policy, 'locations')}"
    ports = ", ".join(addresses.port_texts(found.proven))
    return (
        Remedy(
            resource=policy,
            says=f"just-in-time policy {az.name_of(policy)} {where} leaves TCP {ports} unguarded on some machines",
            fix=_put(policy),
        ),
    )


def _put(policy_id: str) -> str:
    return f"az rest --method put --url {az.quoted(policy_id + _API)} --body @jit.json"


def _width(port: JitPort) -> Read[int]:
    """How many addresses a request for this port may open it to."""
    if not port.sources:
        return Unknown(f"the policy names no source for port {port.number}")
    if any(source.strip().lower() in _ANY for source in port.sources):
        return size(ANY_IPV4)
    try:
        return size(addresses.prefixes(port.sources))
    except ValueError:
        return Unknown(f"the policy's source for port {port.number} is no address: {', '.join(port.sources)}")


def _largest(case: Case, amounts: list[Read[float]]) -> Read[float | AtLeast[float]]:
    """The largest amount in any policy that names the machine; at least that where something was not read."""
    whole = case.estate.all_of("jit_policies")
    reasons = [amount.reason for amount in (*amounts, whole) if isinstance(amount, Unknown)]
    known = [amount for amount in amounts if not isinstance(amount, Unknown)]
    if not known:
        return Unknown(reasons[0] if reasons else "no just-in-time policy names the machine")
    return AtLeast(float(max(known)), reasons[0]) if reasons else float(max(known))


def _all_ports(case: Case) -> list[JitPort]:
    return [port for policy in _policies(case) for port in _ports(case, policy)]


def _widest_source(case: Case) -> Read[float | AtLeast[float]]:
    return _largest(case, [_width(port) for port in _all_ports(case)])


def _longest_window(case: Case) -> Read[float | AtLeast[float]]:
    return _largest(case, [port.longest_minutes for port in _all_ports(case)])


def _narrow(case: Case, _found: object) -> tuple[Remedy, ...]:
    return tuple(
        Remedy(policy.id, f"policy {policy.name} lets requests name wide sources", _put(policy.id))
        for policy in _policies(case)
    )


def _shorten(case: Case, _found: object) -> tuple[Remedy, ...]:
    return tuple(
        Remedy(policy.id, f"policy {policy.name} lets requests last long", _put(policy.id))
        for policy in _policies(case)
    )


def _show_width(value: float | AtLeast[float]) -> str:
    if isinstance(value, AtLeast):
        return f"at least {_show_width(value.least)}"
    return "any address" if value >= size(ANY_IPV4) else f"{kinds.NUMBER.show(value)} addresses"


_TABLES: Final = ("virtual_machines", "jit_policies")
_WHOLE: Final = ("jit_policies",)

FACTS: Final = (
    Fact(
        name="jit.unguarded_ports",
        kind=kinds.PORTS,
        level=Level.MACHINE,
        label="ports that no just-in-time policy guards",
        doc=(
            "TCP ports that the machine's system is managed on (Windows 3389, 5985 and 5986, Linux 22) or that a rule "
            "of its NSGs opens by number, and that no working just-in-time policy guards."
        ),
        read=_unguarded,
        tables=(*_TABLES, "network_interfaces", "virtual_networks", "subnets", "security_groups", "security_rules"),
        whole=_WHOLE,
        absence_fails=True,
        remedies=_put_policy,
        shown=kinds.with_protocol(Protocol.TCP),
    ),
    Fact(
        name="jit.widest_source",
        kind=kinds.NUMBER,
        level=Level.MACHINE,
        label="the widest source that a just-in-time request may name",
        doc="The most addresses that one just-in-time request may open a port of the machine to; 4294967296 for any.",
        read=_widest_source,
        tables=_TABLES,
        whole=_WHOLE,
        remedies=_narrow,
        shown=_show_width,
    ),
    Fact(
        name="jit.longest_window",
        kind=kinds.MINUTES,
        level=Level.MACHINE,
        label="the longest just-in-time window",
        doc="The longest time that one just-in-time request may keep a port of the machine open.",
        read=_longest_window,
        tables=_TABLES,
        whole=_WHOLE,
        remedies=_shorten,
    ),
)
