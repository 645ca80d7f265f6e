"""The words of Azure's answers, brought to one spelling."""

from dataclasses import dataclass
from typing import Final

from recordings.recorded import Case, Json
from vmaudit.addresses import address_number
from vmaudit.estate.resources import Direction, Protocol
from vmaudit.exposure.ip_flow import Flow

FLAGS: Final = ("protocolMatched", "sourceMatched", "sourcePortMatched", "destinationMatched", "destinationPortMatched")
_PREFIXES: Final = {"UserRule_": "securityRules/", "DefaultRule_": "defaultSecurityRules/"}


@dataclass(frozen=True)
class Verdict:
    """Allow, Deny or Unknown, and the rule that decided, as `test-ip-flow` names it."""

    access: str
    rule: str

    def __str__(self) -> str:
        return f"{self.access} by {self.rule or 'no rule'}"


@dataclass(frozen=True)
class EvaluatedGroup:
    """What the diagnostic says of one group: the rules it asked, in order, with what matched; and the rule it names."""

    group: str
    rules: tuple[tuple[str, tuple[bool, ...]], ...]
    named: Verdict

    @property
    def deciding(self) -> str:
        """The first rule of which everything matched."""
        return next(name for name, flags in self.rules if all(flags))


@dataclass(frozen=True)
class Diagnosis:
    """The diagnostic's answer for one packet."""

    profile: Json
    access: str
    groups: tuple[EvaluatedGroup, ...]

    @property
    def verdict(self) -> Verdict:
        """The last group asked decides: the one that denied, or the innermost that allowed."""
        return Verdict(self.access, self.groups[-1].deciding)


def rule_name(text: str) -> str:
    """`UserRule_x` and `DefaultRule_x` as `securityRules/x` and `defaultSecurityRules/x`."""
    for prefix, place in _PREFIXES.items():
        if text.startswith(prefix):
            return place + text.removeprefix(prefix)
    return text


def flow_verdict(case: Case) -> Verdict | None:
    """What IP flow verify said; None where it refused to say."""
    said = case.azure_says or {}
    if said.get("access") not in ("Allow", "Deny"):
        return None
    return Verdict(said["access"], rule_name(said.get("ruleName", "")))


def flow_asked(request: Json) -> Flow:
    """The packet that IP flow verify was asked about."""
    return Flow(
        direction=Direction(request["direction"]),
        protocol=Protocol(request["protocol"].upper()),
        local_address=address_number(request["localIPAddress"]),
        local_port=_port(request["localPort"]),
        remote_address=address_number(request["remoteIPAddress"]),
        remote_port=_port(request["remotePort"]),
    )


def flow_diagnosed(profile: Json) -> Flow:
    """The packet of one profile of the diagnostic: its far end's port is always open."""
    inward = profile["direction"] == "Inbound"
    source, destination = address_number(profile["source"]), address_number(profile["destination"])
    port = _port(profile["destinationPort"])
    return Flow(
        direction=Direction(profile["direction"]),
        protocol=Protocol(profile["protocol"].upper()),
        local_address=destination if inward else source,
        local_port=port if inward else None,
        remote_address=source if inward else destination,
        remote_port=None if inward else port,
    )


def diagnoses(case: Case) -> tuple[Diagnosis, ...]:
    """What the diagnostic said, per packet, in the order of the request; of an interface without groups, nothing."""
    results = (case.azure_says or {}).get("results", [])
    return tuple(
        _diagnosis(packet, result) for packet, result in zip(packets_diagnosed(case), results, strict=bool(results))
    )


def packets_diagnosed(case: Case) -> list[Json]:
    """The packets that the diagnostic was asked about; older API versions call them queries."""
    asked = case.request or {}
    return asked.get("profiles") or asked["queries"]


def _diagnosis(profile: Json, result: Json) -> Diagnosis:
    said = result["networkSecurityGroupResult"]
    return Diagnosis(
        profile=profile,
        access=said["securityRuleAccessResult"],
        groups=tuple(_evaluated(group) for group in said["evaluatedNetworkSecurityGroups"]),
    )


def _evaluated(group: Json) -> EvaluatedGroup:
    named = group["matchedRule"]
    return EvaluatedGroup(
        group=group["networkSecurityGroupId"].lower(),
        rules=tuple(
            (rule_name(rule["name"]), tuple(rule[flag] for flag in FLAGS)) for rule in group["rulesEvaluationResult"]
        ),
        named=Verdict(named["action"], rule_name(named["ruleName"])),
    )


def _port(text: str) -> int | None:
    return None if text == "*" else int(text)
