"""Facts about just-in-time access: which doors its policies guard, for whom and for how long (azure-facts 5.12)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from vmaudit import addresses
from vmaudit.addresses import ALL_PORTS, ANY_IPV4, NOTHING, Intervals, difference, normalised, size, union
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.named_ports import speaks_about
from vmaudit.assess.settings import Settings
from vmaudit.assess.values import NO_PORTS, AtLeast, Ports
from vmaudit.estate.resources import JitPolicy, JitPort, Key, Protocol
from vmaudit.known import Read, Unknown

_ANY: Final = frozenset({"*", "any", "internet"})
API: Final = "?api-version=2020-01-01"
_LEAVES: Final = "just-in-time policy {name} in {group}, {region} leaves management ports of some machines unguarded"
_NONE: Final = "no just-in-time policy in {group}, {region} guards the management ports of some machines"


@dataclass(frozen=True, slots=True)
class _Bounds:
    """A set of ports between bounds: `surely` are in it, `perhaps` may be, for `reason`."""

    surely: Intervals
    perhaps: Intervals
    reason: str


def policies(case: Case) -> tuple[JitPolicy, ...]:
    """The just-in-time policies that name the machine."""
    return tuple({policy.id: policy for policy, _ in case.around.guards.get(case.key, ())}.values())


def _guarded(case: Case) -> _Bounds:
    """TCP ports that working policies guard."""
    whole = case.estate.all_of("jit_policies")
    ports = tuple(
        (policy.provisioning_state.casefold(), port.number)
        for policy, port in case.around.guards.get(case.key, ())
        if Protocol.TCP in port.protocols
    )
    return _guarded_by(ports, whole.reason if isinstance(whole, Unknown) else "")


@lru_cache(maxsize=65536)
def _guarded_by(ports: tuple[tuple[str, int], ...], missing: str) -> _Bounds:
    """By `(state of the policy, port)`; a policy that does not give its state may work or not."""
    perhaps = normalised((number, number) for state, number in ports if not state)
    reason = missing or ("a just-in-time policy does not give its state" if perhaps else "")
    surely = normalised((number, number) for state, number in ports if state == "succeeded")
    return _Bounds(surely, ALL_PORTS if missing else perhaps, reason)


def _mentioned(case: Case) -> _Bounds:
    """TCP ports that the rules of the machine's NSGs open by number."""
    surely: Intervals = NOTHING
    reason = case.unread_interfaces
    perhaps: Intervals = ALL_PORTS if reason else NOTHING
    for interface in case.interfaces:
        for key in case.group_keys_of(interface):
            named = key if isinstance(key, Unknown) else case.around.named_ports.get(key)
            if named is None or isinstance(named, Unknown):
                perhaps, reason = ALL_PORTS, reason or _why_not_read(case, key)
                continue
            surely = union(surely, named.for_all)
            for destination, ports in named.for_some:
                spoken = speaks_about(destination, interface.ip_configurations)
                if isinstance(spoken, Unknown):
                    perhaps, reason = union(perhaps, ports), reason or spoken.reason
                elif spoken:
                    surely = union(surely, ports)
    return _Bounds(surely, perhaps, reason)


def _why_not_read(case: Case, key: Read[Key]) -> str:
    found = key if isinstance(key, Unknown) else case.estate.find(case.estate.security_groups, key, "NSG")
    return found.reason if isinstance(found, Unknown) else ""


def _unguarded(case: Case) -> Ports:
    return _left(_own(case.machine.operating_system, case.around.settings), _mentioned(case), _guarded(case))


@lru_cache(maxsize=64)
def _own(system: Read[str], settings: Settings) -> _Bounds:
    """The ports that the machine's system is managed on (controls JIT-002)."""
    ports = {"Windows": settings.windows_ports, "Linux": settings.linux_ports}
    if isinstance(system, Unknown):
        return _Bounds(NOTHING, union(*ports.values()), system.reason)
    return _Bounds(ports[system], NOTHING, "")


@lru_cache(maxsize=65536)
def _left(own: _Bounds, mentioned: _Bounds, guarded: _Bounds) -> Ports:
    """The wanted ports that are not guarded; many machines are in the same situation."""
    surely = union(mentioned.surely, own.surely)
    perhaps = union(mentioned.perhaps, own.perhaps)
    proven = difference(surely, union(guarded.surely, guarded.perhaps))
    possible = difference(union(surely, perhaps), union(guarded.surely, proven))
    if not (proven or possible):
        return NO_PORTS
    reason = guarded.reason or mentioned.reason or own.reason
    return Ports(proven, possible, reason if possible else "")


def _put_policy(case: Case, _found: object) -> tuple[Remedy, ...]:
    """At the policy that names the machine, or at the one that its resource group and region would have.

    The sentence leaves the ports out, so that machines that lack different ports share one cause with one sentence.
    """
    known = case.around.guards.get(case.key, ())
    group = case.machine.id[: case.key.index("/providers/")]
    missing = f"{group}/providers/Microsoft.Security/locations/{case.machine.location}/jitNetworkAccessPolicies/default"
    policy = known[0][0] if known else case.estate.jit_policies.get(missing.lower())
    return (_guard(policy.id, _LEAVES) if policy else _guard(missing, _NONE),)


@lru_cache(maxsize=65536)
def _guard(policy_id: str, words: str) -> Remedy:
    name, group, region = (
        az.name_of(policy_id),
        az.segment(policy_id, "resourceGroups"),
        az.segment(policy_id, "locations"),
    )
    return Remedy(policy_id, words.format(name=name, group=group, region=region), _put(policy_id))


def _put(policy_id: str) -> str:
    return f"az rest --method put --url {az.quoted(policy_id + API)} --body @jit.json"


@lru_cache(maxsize=4096)
def _width(number: int, sources: tuple[str, ...]) -> Read[int]:
    """How many addresses a request for this port may open it to."""
    if not sources:
        return Unknown(f"the policy names no source for port {number}")
    if any(source.strip().lower() in _ANY for source in sources):
        return size(ANY_IPV4)
    try:
        return size(addresses.prefixes(sources))
    except ValueError:
        return Unknown(f"the policy's source for port {number} is no address: {', '.join(sources)}")


def _largest(case: Case, amounts: list[Read[float]]) -> Read[float | AtLeast[float]]:
    """The largest amount in any policy that names the machine; at least that where something was not read."""
    whole = case.estate.all_of("jit_policies")
    reasons = [amount.reason for amount in (*amounts, whole) if isinstance(amount, Unknown)]
    known = [amount for amount in amounts if not isinstance(amount, Unknown)]
    if not known:
        return Unknown(reasons[0] if reasons else "no just-in-time policy names the machine")
    return AtLeast(float(max(known)), reasons[0]) if reasons else float(max(known))


def _ports(case: Case) -> tuple[JitPort, ...]:
    return tuple(port for _, port in case.around.guards.get(case.key, ()))


def _widest_source(case: Case) -> Read[float | AtLeast[float]]:
    return _largest(case, [_width(port.number, port.sources) for port in _ports(case)])


def _longest_window(case: Case) -> Read[float | AtLeast[float]]:
    return _largest(case, [port.longest_minutes for port in _ports(case)])


def _narrow(case: Case, _found: object) -> tuple[Remedy, ...]:
    return tuple(rewrite(policy.id, "lets requests name wide sources") for policy in policies(case))


def _shorten(case: Case, _found: object) -> tuple[Remedy, ...]:
    return tuple(rewrite(policy.id, "lets requests last long") for policy in policies(case))


@lru_cache(maxsize=65536)
def rewrite(policy_id: str, says: str) -> Remedy:
    """Write a policy back; `says` is what is wrong with it, as a verb phrase."""
    return Remedy(policy_id, f"just-in-time policy {az.name_of(policy_id)} {says}", _put(policy_id))


def _show_width(value: float | AtLeast[float]) -> str:
    if isinstance(value, AtLeast):
        return f"at least {_show_width(value.least)}"
    if value >= size(ANY_IPV4):
        return "any address"
    return "1 address" if value == 1 else f"{kinds.NUMBER.show(value)} addresses"


_TABLES: Final = ("virtual_machines", "jit_policies")
_WHOLE: Final = ("jit_policies",)

FACTS: Final = (
    Fact(
        name="jit.unguarded_ports",
        kind=kinds.PORTS,
        level=Level.MACHINE,
        label="ports that no just-in-time policy guards",
        doc=(
            "TCP ports that the machine's system is managed on (`windows_ports` or `linux_ports` of JIT-002) or that "
            "a rule of its NSGs opens by number, and that no working just-in-time policy guards."
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
