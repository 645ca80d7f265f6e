"""Facts about what just-in-time access really does: what gets in while no request is open (azure-facts 5.12)."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from vmaudit.addresses import NOTHING, overlaps, prefix_texts
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.exposure import close_rule
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.interfaces import attach_group
from vmaudit.assess.facts.jit import policies, rewrite
from vmaudit.assess.facts.jit_estate import firewalls_before, just_in_time
from vmaudit.assess.values import Openings
from vmaudit.estate.front_doors import AdminRule
from vmaudit.estate.resources import SecurityRule
from vmaudit.exposure.jit import JitDeny
from vmaudit.exposure.jit_openings import Standing
from vmaudit.exposure.paths import Certainty, Opening
from vmaudit.known import Read, Unknown

_NO_POLICY: Final = Unknown("no just-in-time policy names the machine")


def _standing(case: Case) -> tuple[Standing, ...]:
    jit = just_in_time(case)
    return case.around.once(("jit-standing", case.key), lambda: jit.standing(case.key, case.interfaces))


def _openings(case: Case) -> Read[Openings]:
    """What surely gets in is said whatever else was not read; that nothing gets in takes all of it."""
    jit = just_in_time(case)
    guarded = jit.guarded(case.key)
    standing = _standing(case) if guarded else ()
    if any(each.opening.certainty is Certainty.PROVEN for each in standing):
        denies = jit.denies(case.key, case.interfaces)
        return tuple(dict.fromkeys(_explained(each, denies) for each in standing))
    whole = case.estate.all_of("jit_policies")
    if isinstance(whole, Unknown):
        return whole
    if not guarded:
        return _NO_POLICY
    if case.unread_interfaces:
        return Unknown(case.unread_interfaces)
    return tuple(dict.fromkeys(each.opening for each in standing))


def _explained(standing: Standing, denies: tuple[JitDeny, ...]) -> Opening:
    """The opening with who it is open to and why, in words."""
    opening = standing.opening
    if opening.certainty is not Certainty.PROVEN:
        return opening
    who = opening.origin or kinds.sources_text(opening.sources)
    return replace(opening, origin=f"{who}, since {' and '.join(_cause(standing, denies))}")


def _cause(standing: Standing, denies: tuple[JitDeny, ...]) -> Iterator[str]:
    """Why something gets in, as clauses."""
    if standing.admin is not None:
        yield f"security admin rule {standing.admin.name} always allows it"
        return
    if not standing.by:
        yield "no NSG stands before it"
        return
    outranking = _outranking(standing, denies)
    if outranking is not None:
        yield f"{_named(*outranking)} outranks just-in-time's deny"
        return
    written = _written(standing)
    if written is not None:
        yield f"{_named(*written)} allows it"
    yield _missing(denies)


def _missing(denies: tuple[JitDeny, ...]) -> str:
    """What became of just-in-time's deny where none stands before the rules that let packets in."""
    stale = next((deny for deny in denies if deny.speaks is False), None)
    if stale is None:
        return "no deny rule of just-in-time's stops it"
    place = ", ".join(prefix_texts(stale.rule.destination.addresses)) or "something else"
    return f"just-in-time's deny in NSG {az.name_of(stale.group)} is for {place}"


def _named(group: str, rule: SecurityRule) -> str:
    return f"rule {rule.name} of NSG {az.name_of(group)}"


def _outranking(standing: Standing, denies: tuple[JitDeny, ...]) -> tuple[str, SecurityRule] | None:
    """The rule that stands before just-in-time's deny in the same NSG."""
    return next(
        (
            (group, rule)
            for group, rule in standing.by
            if any(_outranks(group, rule, deny, standing) for deny in denies)
        ),
        None,
    )


def _outranks(group: str, rule: SecurityRule, deny: JitDeny, standing: Standing) -> bool:
    opening = standing.opening
    same_ports = opening.protocol in deny.rule.protocols and overlaps(deny.rule.destination_ports, opening.ports)
    return deny.group == group and deny.speaks is not False and same_ports and rule.priority < deny.rule.priority


def _written(standing: Standing) -> tuple[str, SecurityRule] | None:
    """The first rule on the way in that somebody wrote."""
    return next(((group, rule) for group, rule in standing.by if not rule.default), None)


def _close(case: Case, found: Openings) -> tuple[Remedy, ...]:
    denies = just_in_time(case).denies(case.key, case.interfaces)
    remedies: dict[Remedy, None] = {}
    for standing in _standing(case):
        if standing.opening.certainty is Certainty.PROVEN and _is_part(standing, found):
            remedies |= dict.fromkeys(_closings(case, standing, denies))
    return tuple(remedies)


def _is_part(standing: Standing, found: Openings) -> bool:
    mine = standing.opening
    return any(o.protocol is mine.protocol and overlaps(o.ports, mine.ports) for o in found)


def _closings(case: Case, standing: Standing, denies: tuple[JitDeny, ...]) -> Iterator[Remedy]:
    if standing.admin is not None:
        yield _take_away(standing.admin)
        return
    if not standing.by:
        yield from attach_group(case, ())
        return
    outranking = _outranking(standing, denies)
    at_fault = outranking or _written(standing)
    if at_fault is not None:
        group, rule = at_fault
        yield close_rule(group, rule.azure_name, NOTHING)
    if outranking is None:
        yield from (rewrite(policy.id, "has no deny rule before some machines") for policy in policies(case))


@lru_cache(maxsize=4096)
def _take_away(rule: AdminRule) -> Remedy:
    parts = (
        ("--network-manager-name", az.segment(rule.id, "networkManagers")),
        ("--configuration-name", az.segment(rule.id, "securityAdminConfigurations")),
        ("--rule-collection-name", az.segment(rule.id, "ruleCollections")),
        ("--rule-name", rule.name),
    )
    return Remedy(
        resource=rule.id,
        says=f"security admin rule {rule.name} lets packets past every NSG",
        fix=az.command("network manager security-admin-config rule-collection rule delete", rule.id, *parts),
    )


_FIREWALLS: Final = {
    "none": "no Azure Firewall on the way",
    "classic": "a classic Azure Firewall on the way, without a just-in-time collection",
    "jit": "a classic Azure Firewall on the way, with just-in-time collections",
    "policy": "a machine behind an Azure Firewall that a firewall policy runs",
}


def _firewall(case: Case) -> Read[str]:
    before = firewalls_before(case)
    if isinstance(before, Unknown):
        return before
    if any(firewall.managed_by_policy for firewall in before):
        return "policy"
    if any(firewall.collections for firewall in before):
        return "jit"
    return "classic" if before else "none"


_TABLES: Final = (
    "virtual_machines",
    "network_interfaces",
    "security_groups",
    "security_rules",
    "application_security_groups",
    "virtual_networks",
    "subnets",
    "route_tables",
    "jit_policies",
)

FACTS: Final = (
    Fact(
        name="jit.standing_openings",
        kind=kinds.OPENINGS,
        level=Level.MACHINE,
        label="what gets in to the guarded ports while no just-in-time request is open",
        doc=(
            "What the NSGs let in to the ports that just-in-time policies guard on the machine, from anywhere, with "
            "the rules of open requests taken away."
        ),
        read=_openings,
        tables=_TABLES,
        whole=("jit_policies",),
        remedies=_close,
    ),
    Fact(
        name="jit.firewall",
        kind=kinds.TEXT,
        level=Level.MACHINE,
        label="the Azure Firewall on the machine's way",
        doc=(
            "What the route tables of the machine's subnets lead to: `none`; `classic`, an Azure Firewall with rules "
            "of its own; `jit`, one that just-in-time access wrote DNAT collections into; `policy`, one that a "
            "firewall policy runs, which just-in-time access does not work with."
        ),
        read=_firewall,
        tables=(
            "virtual_machines",
            "network_interfaces",
            "virtual_networks",
            "subnets",
            "route_tables",
            "azure_firewalls",
        ),
        whole=("azure_firewalls",),
        shown=lambda value: _FIREWALLS.get(str(value), str(value)),
    ),
)
