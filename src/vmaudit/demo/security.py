"""Network security groups and just-in-time policies, shaped as ARM answers them (azure-facts 5.1, 5.12)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, TypeAlias

from vmaudit.demo.rows import LOCATION, Place, Row, child, fixed_guid, reference, row

GROUP: Final = "Microsoft.Network/networkSecurityGroups"
POLICY: Final = f"Microsoft.Security/locations/{LOCATION}/jitNetworkAccessPolicies"
LAST_PRIORITY: Final = 4096

Texts: TypeAlias = str | tuple[str, ...]
"""One text is written to ARM's singular field, several to the plural one."""
Protocol: TypeAlias = Literal["Tcp", "Udp", "*"]
Direction: TypeAlias = Literal["Inbound", "Outbound"]
Access: TypeAlias = Literal["Allow", "Deny"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A security rule as its author thinks of it; `to_group` is an application security group instead of `to`."""

    name: str
    priority: int
    access: Access
    source: Texts
    ports: Texts
    to: Texts = "*"
    to_group: str | None = None
    protocol: Protocol = "Tcp"
    direction: Direction = "Inbound"
    description: str = ""


def allow(
    name: str,
    priority: int,
    *,
    source: Texts,
    ports: Texts,
    to: Texts = "*",
    to_group: str | None = None,
    protocol: Protocol = "Tcp",
    direction: Direction = "Inbound",
) -> Rule:
    """A rule that lets packets through."""
    return Rule(
        name=name,
        priority=priority,
        access="Allow",
        source=source,
        ports=ports,
        to=to,
        to_group=to_group,
        protocol=protocol,
        direction=direction,
    )


def deny(name: str, priority: int, *, source: Texts, ports: Texts = "*", protocol: Protocol = "*") -> Rule:
    """A rule that stops packets on their way in."""
    return Rule(name=name, priority=priority, access="Deny", source=source, ports=ports, protocol=protocol)


def security_group(place: Place, name: str, rules: Iterable[Rule]) -> Row:
    """A group with its own rules and the six that Azure adds."""
    group = place.id(GROUP, name)
    properties: Row = {
        "resourceGuid": fixed_guid(group),
        "securityRules": [child(group, "securityRules", rule.name, _rule(rule)) for rule in rules],
        "defaultSecurityRules": [child(group, "defaultSecurityRules", rule.name, _rule(rule)) for rule in _DEFAULTS],
    }
    return row(place, GROUP, name, properties)


def _rule(rule: Rule) -> Row:
    properties: Row = {"description": rule.description} if rule.description else {}
    properties |= {"protocol": rule.protocol, "sourcePortRange": "*"}
    properties |= _side("destinationPortRange", rule.ports)
    properties |= _side("sourceAddressPrefix", rule.source, plural="sourceAddressPrefixes")
    if rule.to_group is None:
        properties |= _side("destinationAddressPrefix", rule.to, plural="destinationAddressPrefixes")
    else:
        # Azure answers the unused prefix as "" where a rule names a group; "" is not "any".
        properties |= {
            "destinationAddressPrefix": "",
            "destinationAddressPrefixes": [],
            "destinationApplicationSecurityGroups": [reference(rule.to_group)],
        }
    return properties | {
        "sourcePortRanges": [],
        "access": rule.access,
        "priority": rule.priority,
        "direction": rule.direction,
    }


def _side(singular: str, texts: Texts, plural: str = "") -> Row:
    """One side of a rule. Where Azure uses the plural it leaves the singular out; an unused plural is []."""
    several = plural or f"{singular}s"
    if isinstance(texts, str):
        return {singular: texts, several: []}
    return {singular: texts[0], several: []} if len(texts) == 1 else {several: list(texts)}


def _default(name: str, priority: int, direction: Direction, access: Access, source: str, to: str) -> Rule:
    return Rule(
        name=name,
        priority=priority,
        access=access,
        source=source,
        to=to,
        ports="*",
        protocol="*",
        direction=direction,
    )


_DEFAULTS: Final = (
    _default("AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    _default("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*"),
    _default("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*"),
    _default("AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork"),
    _default("AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet"),
    _default("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What a just-in-time policy says about one machine."""

    ports: tuple[int, ...]
    source: str
    window: str = "PT1H"


def jit_deny(machine: str, address: str, guard: Guard, priority: int) -> Rule:
    """The rule that Defender for Cloud keeps in the machine's security group while nobody has asked for access."""
    digest = sha256(machine.encode()).hexdigest()
    return Rule(
        name=f"MicrosoftDefenderForCloud-JITRule_{int(digest[:8], 16) - 2**31}_{digest[8:40].upper()}",
        priority=priority,
        access="Deny",
        source="*",
        ports=tuple(str(port) for port in guard.ports),
        to=address,
        protocol="*",
        description=f"MDC JIT Network Access rule for policy 'default' of VM '{machine.rpartition('/')[2]}'.",
    )


def jit_allow(machine: str, address: str, port: int, source: str, priority: int) -> Rule:
    """The rule that Defender for Cloud opens a port with while a request lasts."""
    digest = sha256(f"{machine}:{port}".encode()).hexdigest()
    return Rule(
        name=f"MicrosoftDefenderForCloud-JITRule-{int(digest[:8], 16) - 2**31}-{digest[8:40].upper()}",
        priority=priority,
        access="Allow",
        source=source,
        ports=str(port),
        to=address,
        protocol="*",
        description=(
            "MDC JIT Network Access rule created by an initiation request for policy 'default' of VM "
            f"'{machine.rpartition('/')[2]}'."
        ),
    )


def jit_policy(place: Place, guards: Mapping[str, Guard], requests: Iterable[Row] = ()) -> Row:
    """The policy of one resource group; `guards` goes from machine id to what is guarded there."""
    properties: Row = {
        "virtualMachines": [
            {
                "id": machine,
                "ports": [
                    {
                        "number": port,
                        "protocol": "*",
                        "allowedSourceAddressPrefix": guard.source,
                        "maxRequestAccessDuration": guard.window,
                    }
                    for port in guard.ports
                ],
            }
            for machine, guard in guards.items()
        ],
        "requests": list(requests),
    }
    policy = row(place, POLICY, "default", properties)
    return policy | {"type": "microsoft.security/locations/jitnetworkaccesspolicies", "kind": "Basic"}


def expired_request(
    person: str, machine: str, port: int, source: str, window: tuple[str, str], reason: str = ""
) -> Row:
    """A request that was granted and has run out: Defender keeps listing it. `window` is its start and end.

    A `reason` that nobody gave is left out, as Azure does.
    """
    start, end = window
    return {
        "requestor": person,
        **({"justification": reason} if reason else {}),
        "startTimeUtc": start,
        "virtualMachines": [
            {
                "id": machine,
                "ports": [
                    {
                        "number": port,
                        "allowedSourceAddressPrefix": source,
                        "endTimeUtc": end,
                        "status": "Revoked",
                        "statusReason": "Expired",
                    }
                ],
            }
        ],
    }
