"""Our rules and sets beside Azure's: security group views and effective rules.

Effective rules are shown as Azure compiles them: `All` for `*`, `0-65535`, and `0.0.0.0/0` for `*`, since these lists
are about IPv4. They are read like any other rule and compared as sets of IPv4 addresses and ports.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from recordings.azure_words import rule_name
from recordings.comparing import Comparison, Outcome
from recordings.estate_of_case import RULE_GROUPS, Reading, estate_of_case
from recordings.recorded import Case, Json
from vmaudit.addresses import (
    ANY_IPV4,
    NOTHING,
    PUBLIC,
    Intervals,
    covers,
    difference,
    intersection,
    prefix_texts,
    prefixes,
    union,
)
from vmaudit.estate.resources import Peers, SecurityRule
from vmaudit.estate.rules import DEFAULT_RULES, read_rule
from vmaudit.estate.wire import RuleRow
from vmaudit.exposure.situations import Situations
from vmaudit.exposure.surroundings import AZURE_HOST, Meaning

PLATFORM_RULES: Final = frozenset({"DefaultOutboundDenyAll", "DefaultInboundDenyAll"})
"""What the platform puts behind every group; the group's own DenyAll rules come first and say the same."""
TAGS: Final = ("VirtualNetwork", "AzureLoadBalancer", "Internet")
_SIDES: Final = ("Source", "Destination")


# --- security group views ------------------------------------------------------------------------------------------


def compare_view(case: Case) -> Iterator[Comparison]:
    """A view: its default rules with Azure's six, its effective rules with the group's, its rules with the body's."""
    for interface in (case.azure_says or {}).get("networkInterfaces", []):
        given = interface["securityRuleAssociations"]
        own = [rule for key in RULE_GROUPS if key in given for rule in given[key]["securityRules"]]
        listed = [
            *(_read(rule) for rule in own),
            *(_read(rule, default=True) for rule in given["defaultSecurityRules"]),
        ]
        yield from _same_rules(case, "default rule", [r for r in listed if r.default], DEFAULT_RULES)
        yield from _as_compiled(case, given["effectiveSecurityRules"], listed)
        yield from _as_in_the_bodies(case, listed)


def _as_in_the_bodies(case: Case, listed: list[SecurityRule]) -> Iterator[Comparison]:
    """The rules of the view and those of the groups whose bodies Azure returned as well."""
    if case.complete_inputs:
        groups = estate_of_case(case, Reading.AS_RECORDED).security_groups.values()
        bodies = [rule for group in groups for rule in group.rules]
        yield from _same_rules(case, "rule of the NSG's body", listed, bodies)


def _same_rules(
    case: Case, what: str, theirs: Iterable[SecurityRule], ours: Iterable[SecurityRule]
) -> Iterator[Comparison]:
    azure, mine = _by_name(theirs), _by_name(ours)
    for name in sorted(azure.keys() | mine.keys()):
        yield _equal(case, f"{what} {name}", azure.get(name), mine.get(name))


def _by_name(rules: Iterable[SecurityRule]) -> dict[str, SecurityRule]:
    """Descriptions are words for people, and old API versions leave them out."""
    return {rule.azure_name: msgspec.structs.replace(rule, description="") for rule in rules}


# --- effective rules -----------------------------------------------------------------------------------------------


def compare_effective(case: Case) -> Iterator[Comparison]:
    """Effective rules of an interface: default rules as compiled, rules of known groups, and what tags stand for."""
    estate = estate_of_case(case, Reading.AS_RECORDED)
    configurations = [c for nic in estate.network_interfaces.values() for c in nic.ip_configurations]
    for answer in (case.azure_says or {}).get("value", []):
        group = estate.security_groups.get(answer["networkSecurityGroup"]["id"].lower())
        yield from _as_compiled(case, answer["effectiveSecurityRules"], group.rules if group else DEFAULT_RULES)
        around = Situations(estate).around(configurations[0].subnet)
        for tag, said in expansions(answer).items():
            yield _tag(case, tag, said, around.tag(tag))


def expansions(answer: Json) -> dict[str, Intervals]:
    """What each tag stands for, by the expanded prefixes of the rules that name it."""
    found: dict[str, Intervals] = {}
    for rule in answer["effectiveSecurityRules"]:
        for side in _SIDES:
            tag = rule.get(f"{side[0].lower()}{side[1:]}AddressPrefix")
            expanded = rule.get(f"expanded{side}AddressPrefix")
            if tag in TAGS and expanded:
                found[tag] = prefixes(expanded)
    return found


def _tag(case: Case, tag: str, said: Intervals, ours: Meaning) -> Comparison:
    theirs = intersection(said, ANY_IPV4)
    must, may = intersection(ours.must, ANY_IPV4), intersection(ours.may, ANY_IPV4)
    if tag == "Internet":
        theirs = difference(theirs, AZURE_HOST)  # Azure counts it to Internet and to VirtualNetwork at once
        must = NOTHING  # Azure leaves out blocks that it uses itself: see `left_out_of_internet`
    if not covers(may, theirs) or not covers(theirs, must):
        outcome = Outcome.DISAGREE
    elif ours.doubt:
        outcome = Outcome.UNKNOWN
    else:
        outcome = Outcome.AGREE
    return Comparison(case.name, f"tag {tag}", _some(theirs), f"{_some(must)} .. {_some(may)}", outcome, ours.doubt)


def left_out_of_internet(answer: Json) -> Intervals:
    """Public addresses that we count to the tag Internet and Azure does not."""
    said = expansions(answer)
    inside = union(said["Internet"], said["VirtualNetwork"])
    return difference(intersection(PUBLIC, ANY_IPV4), inside)


def _as_compiled(case: Case, effective: Iterable[Json], ours: Iterable[SecurityRule]) -> Iterator[Comparison]:
    """Effective rules as IPv4 sets; those of groups that were not returned can't be compared."""
    known = {rule.azure_name: rule for rule in ours}
    for row in effective:
        name = rule_name(row["name"])
        bare = name.rpartition("/")[2]
        if bare in PLATFORM_RULES:
            continue
        azure = _in_ipv4(_read(row, name=bare, default=name.startswith("default")))
        rule = known.get(name)
        if rule is None:
            yield Comparison(case.name, f"effective rule {name}", "listed", "not read", Outcome.UNKNOWN)
        else:
            yield _equal(case, f"effective rule {name}", azure, _in_ipv4(rule))


def _in_ipv4(rule: SecurityRule) -> SecurityRule:
    return msgspec.structs.replace(
        rule, source=_side_in_ipv4(rule.source), destination=_side_in_ipv4(rule.destination), description=""
    )


def _side_in_ipv4(side: Peers) -> Peers:
    """Tags in one letter case: the body may say `INTERNET` where the compiled rule says `Internet`."""
    tags = tuple(tag.lower() for tag in side.tags)
    return msgspec.structs.replace(side, addresses=intersection(side.addresses, ANY_IPV4), tags=tags)


def _read(row: Json, *, name: str | None = None, default: bool = False) -> SecurityRule:
    named: dict[str, Any] = {**row, "name": name or row["name"]}
    return read_rule(msgspec.convert(named, RuleRow), default=default)


def _equal(case: Case, asked: str, azure: SecurityRule | None, ours: SecurityRule | None) -> Comparison:
    outcome = Outcome.AGREE if azure == ours else Outcome.DISAGREE
    return Comparison(case.name, asked, str(azure), str(ours), outcome)


def _some(addresses: Intervals) -> str:
    texts = prefix_texts(addresses)
    return ", ".join(texts[:4]) + (f" and {len(texts) - 4} more" if len(texts) > 4 else "")
