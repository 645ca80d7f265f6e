"""Just-in-time access in a few words: policies with requests, and the rules that Defender for Cloud writes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from builders import GROUP, Built, resource_id, route_table, rule, subnet, vnet
from vmaudit.addresses import NOTHING
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AzureFirewall, NatRule
from vmaudit.estate.resources import (
    JitGrant,
    JitMachine,
    JitPolicy,
    JitPort,
    JitRequest,
    Peers,
    Protocol,
    RouteTable,
    SecurityRule,
)
from vmaudit.known import Read, Unknown

NOW: Final = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NOW_TEXT: Final = "2026-11-20T12:00:00Z"
WEB: Final = resource_id("virtualMachines", "web").lower()
BOTH: Final = frozenset({Protocol.TCP, Protocol.UDP})


def at(time: str) -> datetime:
    """A time of the day that is judged, "11:30"; another day is written out, "2026-11-19T11:30"."""
    text = time if "T" in time else f"2026-11-20T{time}"
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def guard(number: int, *, protocols: frozenset[Protocol] = BOTH, window: Read[float] = 180.0) -> JitPort:
    """A port that a policy guards."""
    return JitPort(number=number, protocols=protocols, sources=("*",), longest_minutes=window)


def grant(
    number: int = 22,
    source: str | tuple[str, ...] = "203.0.113.7",
    *,
    ends: str | Unknown = "14:00",
    status: Read[Literal["Initiated", "Revoked"]] = "Initiated",
    mapped_port: int | None = None,
    machine: str = "web",
) -> JitGrant:
    """A port that a request was granted."""
    return JitGrant(
        virtual_machine=resource_id("virtualMachines", machine).lower(),
        number=number,
        sources=(source,) if isinstance(source, str) else source,
        ends=ends if isinstance(ends, Unknown) else at(ends),
        status=status,
        status_reason="",
        mapped_port=mapped_port,
    )


def request(
    *grants: JitGrant, starts: str | Unknown = "11:30", by: str = "jane@contoso.com", why: str = "patching"
) -> JitRequest:
    """What somebody asked for at one time."""
    begun = starts if isinstance(starts, Unknown) else at(starts)
    return JitRequest(requestor=by, justification=why, starts=begun, grants=grants)


def policy(
    *parts: JitPort | JitRequest,
    machine: str = "web",
    name: str = "default",
    requests: Unknown | None = None,
) -> JitPolicy:
    """A policy that guards ports of one machine and lists requests; by default it guards SSH."""
    ports = tuple(part for part in parts if isinstance(part, JitPort)) or (guard(22),)
    return JitPolicy(
        id=f"{GROUP}/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/{name}",
        provisioning_state="Succeeded",
        machines=(JitMachine(virtual_machine=resource_id("virtualMachines", machine).lower(), ports=ports),),
        requests=requests or tuple(part for part in parts if isinstance(part, JitRequest)),
    )


def with_policies(whole: Estate, *policies: JitPolicy) -> Estate:
    """The estate with these policies in it."""
    guarded = {machine.virtual_machine: (each.key,) for each in policies for machine in each.machines}
    return replace(whole, jit_policies={each.key: each for each in policies}, guarded_by_jit=guarded)


def jit_deny(ports: Any = 22, to: Any = "10.0.0.4", *, machine: str = "web", **words: Any) -> SecurityRule:
    """The rule that keeps ports shut while nobody asks, as Defender for Cloud writes it."""
    words = {"name": "MicrosoftDefenderForCloud-JITRule_-1151891693_545C5DBC675443D3", "priority": 4096} | words
    written = rule("Deny", ports, destination=to, protocol="*", **words)
    described = f"MDC JIT Network Access rule for policy 'default' of VM '{machine}'."
    return msgspec.structs.replace(written, description=described)


def jit_allow(
    ports: Any = 22, source: Any = "203.0.113.7", to: Any = "10.0.0.4", *, machine: str = "web", **words: Any
) -> SecurityRule:
    """The rule that a request opens a port with, as Defender for Cloud writes it."""
    words = {"name": "MicrosoftDefenderForCloud-JITRule-1170687618-8C18BF8921F04198"} | words
    written = rule("Allow", ports, source=source, destination=to, protocol="*", **words)
    described = f"MDC JIT Network Access rule created by an initiation request for policy 'default' of VM '{machine}'."
    return msgspec.structs.replace(written, description=described)


# --- Azure Firewalls -----------------------------------------------------------------------------------------------

FIREWALL_SUBNET: Final = subnet(
    name="AzureFirewallSubnet", space="10.9.1.0/26", network=vnet(name="hub", space="10.9.0.0/16")
)
AZURE_POLICY: Final = resource_id("firewallPolicies", "policy").lower()


def firewall(*collections: str, policy: str | None = None) -> AzureFirewall:
    """A firewall in the hub with DNAT collections of these names, or run by a firewall policy."""
    rules = tuple(
        NatRule(
            collection=name,
            name="r",
            protocols=frozenset(),
            sources=Peers(),
            ip_groups=(),
            destinations=Peers(),
            ports=NOTHING,
            to_address=None,
            to_name="",
            to_port=None,
        )
        for name in collections
    )
    return AzureFirewall(
        id=resource_id("azureFirewalls", "fw-hub"),
        subnet=FIREWALL_SUBNET.key,
        public_ips=(),
        hub_addresses=(),
        policy=policy,
        rules=rules,
        virtual_hub=None,
    )


def routed_to(hop: str, kind: str = "VirtualAppliance", prefix: str = "0.0.0.0/0") -> Built:
    """A route table with one route to an appliance."""
    table = route_table((prefix, kind)).resource
    assert isinstance(table, RouteTable)
    return Built(RouteTable(id=table.id, routes=tuple((addresses, given, hop) for addresses, given, _ in table.routes)))


def with_firewalls(whole: Estate, *firewalls: AzureFirewall) -> Estate:
    """The estate with these firewalls in it."""
    return replace(whole, firewalls={each.key: each for each in firewalls})
