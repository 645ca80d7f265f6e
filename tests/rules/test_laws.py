"""What must hold for every rule and any facts: reading less never helps, and deleting a control does not pay."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assess.guards import bastion, guarded, jit_policy, jit_port
from assess.judged import audited, shipped_rules
from builders import (
    Built,
    allow,
    deny,
    estate,
    ip_configuration,
    nic,
    nsg,
    peering,
    public_ip,
    subnet,
    vm,
    vnet,
    without,
)
from rules.fact_values import UNREAD, rows, rows_and_less
from rules.worse_news import assert_nothing_improved, turned_good
from vmaudit.addresses import normalised
from vmaudit.assess.assessment import MachineResult, Status, Verdict
from vmaudit.assess.grade import badness, cap, grade
from vmaudit.assess.trial import try_facts
from vmaudit.assess.values import Names, Ports
from vmaudit.estate.estate import Completeness, Estate

RULES = shipped_rules()
CAPS = {rule.id: cap(rule) for rule in RULES}
untimed = settings(deadline=None)


def judged(*facts: Mapping[str, Any]) -> list[list[Verdict]]:
    """The verdicts of all rules for each set of facts."""
    found = try_facts(RULES, facts)
    return [[Verdict(rule.id, found[rule.id][row], "", ()) for rule in RULES] for row in range(len(facts))]


@untimed
@given(rows_and_less())
def test_reading_less_never_turns_bad_news_into_good_news(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, after = judged(*pair)

    assert turned_good(before, after) == []


@untimed
@given(rows_and_less())
def test_reading_less_never_improves_the_worst_grade(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, after = (grade(verdicts, CAPS).worst for verdicts in judged(*pair))

    assert badness(after) >= badness(before)


@untimed
@given(rows())
def test_the_best_grade_is_never_worse_than_the_worst_one(facts: dict[str, Any]) -> None:
    (verdicts,) = judged(facts)
    found = grade(verdicts, CAPS)

    assert badness(found.best) <= badness(found.worst)
    assert (found.best is found.worst) or any(verdict.status is Status.UNKNOWN for verdict in verdicts)


def test_nothing_read_is_nothing_passed() -> None:
    (verdicts,) = judged({})

    assert {verdict.status for verdict in verdicts} == {Status.UNKNOWN}
    assert grade(verdicts, CAPS).worst.value == "F"


@untimed
@given(rows())
def test_deleting_the_bastion_never_raises_a_grade(facts: dict[str, Any]) -> None:
    gone = {name: UNREAD for name in facts if name.startswith("bastion.")} | {"bastion.covering": Names(())}

    before, after = (grade(verdicts, CAPS).worst for verdicts in judged(facts, facts | gone))

    assert badness(after) >= badness(before)


@untimed
@given(rows())
def test_deleting_the_just_in_time_policy_never_raises_a_grade(facts: dict[str, Any]) -> None:
    managed = Ports(normalised([(22, 22), (3389, 3389)]))
    gone = {"jit.unguarded_ports": managed, "jit.widest_source": UNREAD, "jit.longest_window": UNREAD}

    before, after = (grade(verdicts, CAPS).worst for verdicts in judged(facts, facts | gone))

    assert badness(after) >= badness(before)


@untimed
@given(st.lists(rows(), min_size=1, max_size=6))
def test_a_machine_is_judged_the_same_alone_and_among_others(facts: list[dict[str, Any]]) -> None:
    assert judged(*facts) == [verdicts for each in facts for verdicts in judged(each)]


# --- the same, from evidence to verdicts -----------------------------------------------------------------------------

_RULES = (
    allow(22, priority=100),
    allow("*", priority=110, source="198.51.100.0/24"),
    allow(443, priority=120),
    deny("*", priority=130),
    allow(3389, priority=140, source="Sql"),
    allow(445, priority=150, destination="10.0.0.5"),
)
_HUB = vnet(peering(remote="vnet"), name="hub", space="10.9.0.0/16")
_LISTED = ("bastion_hosts", "jit_policies")


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    """A machine with one or two interfaces, perhaps a Bastion near it, perhaps a just-in-time policy."""
    network = vnet(*([peering(remote="hub")] if draw(st.booleans()) else []))
    group = st.lists(st.sampled_from(_RULES), max_size=4, unique=True)
    home = subnet(*_maybe(draw, nsg(*draw(group), name="nsg-subnet")), network=network)
    place = subnet(
        *_maybe(draw, nsg(*draw(group), name="nsg-bastion")),
        name="AzureBastionSubnet",
        space=draw(st.sampled_from(("10.0.1.0/26", "10.0.1.0/27"))),
        network=network,
    )
    interfaces = [_interface(draw, number, home, draw(group)) for number in range(draw(st.integers(0, 2)))]
    hosts = [
        bastion(f"bas-{where}", network=where, sku=draw(st.sampled_from(("Developer", "Basic", "Standard"))))
        for where in draw(st.sets(st.sampled_from(("vnet", "hub"))))
    ]
    port = jit_port(22, sources=draw(st.sampled_from((("*",), ("10.0.1.0/26",)))), window=240.0)
    policies = [jit_policy(port, jit_port(3389))] if draw(st.booleans()) else []
    return guarded(estate(vm(*interfaces), place, _HUB), *sorted(hosts, key=lambda host: host.name), *policies)


def _maybe(draw: st.DrawFn, built: Built) -> list[Built]:
    return [built] if draw(st.booleans()) else []


def _interface(draw: st.DrawFn, number: int, home: Built, rules: list[Any]) -> Built:
    sku = draw(st.sampled_from(("Basic", "Standard")))
    address = _maybe(draw, public_ip(f"20.50.0.{number}", name=f"pip-{number}", sku=sku))
    group = _maybe(draw, nsg(*rules, name=f"nsg-{number}"))
    return nic(*group, ip_configuration(*address, home, at=f"10.0.0.{4 + number}"), name=f"nic-{number}")


@st.composite
def estates_and_less(draw: st.DrawFn) -> tuple[Estate, Estate]:
    """An estate, and the same with some of its evidence not read."""
    whole = draw(estates())
    keys = [
        *whole.network_interfaces,
        *whole.security_groups,
        *whole.networks,
        *whole.subnets,
        *whole.public_ips,
    ]
    gone = draw(st.sets(st.sampled_from(keys), max_size=3))
    unlisted = draw(st.sets(st.sampled_from(_LISTED)))
    fewer = guarded(
        without(whole, *gone),
        *([] if "bastion_hosts" in unlisted else whole.bastions.values()),
        *([] if "jit_policies" in unlisted else whole.jit_policies.values()),
    )
    missing = {table: Completeness(complete=False, asserted=False, reason=f"{table} not read") for table in unlisted}
    return whole, replace(fewer, completeness={**whole.completeness, **missing})


def only(whole: Estate) -> MachineResult:
    """What was said about the only machine."""
    return audited(whole).results[0]


@settings(max_examples=150, deadline=None)
@given(estates_and_less())
def test_taking_evidence_away_never_improves_a_status_a_grade_or_the_gate(pair: tuple[Estate, Estate]) -> None:
    before, after = (audited(whole) for whole in pair)

    assert_nothing_improved(before, after)


@settings(max_examples=75, deadline=None)
@given(estates())
def test_deleting_a_bastion_or_a_policy_for_real_never_raises_a_grade(whole: Estate) -> None:
    bare = guarded(whole)

    assert badness(only(bare).grade.worst) >= badness(only(whole).grade.worst)
