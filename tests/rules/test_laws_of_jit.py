"""Just-in-time access and the laws: reading less never helps, and deleting a policy or its requests does not pay."""

from dataclasses import replace
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from assess.judged import SUBJECT, manifest, shipped_rules
from builders import (
    Built,
    allow,
    deny,
    estate,
    ip_configuration,
    nic,
    nsg,
    peering,
    route_table,
    subnet,
    vm,
    vnet,
    with_gaps,
    without,
)
from just_in_time import NOW_TEXT, grant, guard, jit_allow, jit_deny, policy, request, with_policies
from rules.worse_news import assert_nothing_improved
from vmaudit.assess.assessment import MachineResult
from vmaudit.assess.grade import badness
from vmaudit.assess.judging import assess
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import DefenderPlan, JitPolicy, JitRequest, RouteTable
from vmaudit.exposure.reach import expose
from vmaudit.known import Unknown

RULES = tuple(rule for rule in shipped_rules() if rule.id.startswith("JIT") or rule.id == "NET-002")
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
UNREAD = Unknown("not read")
WRITTEN = (
    jit_deny(22),
    jit_deny(22, to="10.0.0.9", name="SecurityCenter-JITRule_2_B", priority=4095),
    jit_allow(22, name="SecurityCenter-JITRule-1-A", priority=100),
    jit_allow(22, source="*", name="SecurityCenter-JITRule-2-B", priority=101),
    jit_allow([22, 3389], to="*", name="SecurityCenter-JITRule-3-C", priority=102),
    allow(22, name="default-allow-ssh", priority=1000, source="198.51.100.0/24"),
    allow(22, name="from-sql", priority=1001, source="Sql"),
    deny("*", name="deny-all", priority=4000, protocol="*"),
)
ASKED = (
    request(grant(22, ends="14:00")),
    request(grant(22, "*", ends="14:00")),
    request(grant(22, ends="11:00"), starts="08:00"),
    request(grant(22, ends="14:00", status="Revoked")),
    request(grant(3389, ends="14:00"), why=""),
)
HUB = vnet(name="hub", space="10.9.0.0/16")


def judged(whole: Estate) -> Any:
    return assess(whole, expose(whole), RULES, subject=SUBJECT, as_of=NOW_TEXT, manifest=manifest())


def only(whole: Estate) -> MachineResult:
    return judged(whole).results[0]


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    """A guarded machine, rules of every kind before it, requests of every kind, perhaps a plan, perhaps a way out."""
    rules = st.lists(st.sampled_from(WRITTEN), max_size=4, unique_by=lambda rule: rule.name)
    table = Built(_routes()) if draw(st.booleans()) else None
    around = [*([nsg(*draw(rules), name="at-subnet")] if draw(st.booleans()) else []), *([table] if table else [])]
    home = subnet(*around, network=vnet(peering(remote="hub")))
    at_nic = [nsg(*draw(rules), name="at-nic")] if draw(st.booleans()) else []
    machine = vm(nic(*at_nic, ip_configuration(home)))
    policies = [
        policy(guard(22), *draw(st.lists(st.sampled_from(ASKED), max_size=3)), name=name)
        for name in draw(st.sampled_from(((), ("a",), ("a", "b"))))
    ]
    plan = DefenderPlan(
        id=f"{SUBSCRIPTION}/providers/Microsoft.Security/pricings/VirtualMachines",
        tier="Standard",
        sub_plan=draw(st.sampled_from(("P1", "P2"))),
        enforced=draw(st.booleans()),
        inherited=False,
        coverage=None,
    )
    plans = {plan.key: plan} if draw(st.booleans()) else {}
    return replace(with_policies(estate(machine, HUB), *policies), defender_plans=plans)


def _routes() -> RouteTable:
    table = route_table(("0.0.0.0/0", "VirtualAppliance")).resource
    assert isinstance(table, RouteTable)
    return RouteTable(id=table.id, routes=tuple((where, kind, "10.9.1.4") for where, kind, _ in table.routes))


@st.composite
def less(draw: st.DrawFn, whole: Estate) -> Estate:
    """The same, with some of its evidence not read."""
    keys = [*whole.network_interfaces, *whole.security_groups, *whole.networks, *whole.subnets, *whole.route_tables]
    fewer = without(whole, *draw(st.sets(st.sampled_from(keys), max_size=2)))
    policies = [draw(_policy_read_less(each)) for each in whole.jit_policies.values()]
    tables = draw(st.sets(st.sampled_from(("jit_policies", "defender_plans", "azure_firewalls"))))
    if "jit_policies" in tables:
        policies = [each for each in policies if draw(st.booleans())]
    if "defender_plans" in tables:
        fewer = replace(fewer, defender_plans={})
    return with_gaps(with_policies(fewer, *policies), *tables)


@st.composite
def _policy_read_less(draw: st.DrawFn, whole: JitPolicy) -> JitPolicy:
    given = whole.requests
    if isinstance(given, Unknown) or draw(st.integers(0, 3)) == 0:
        return msgspec.structs.replace(whole, requests=UNREAD)
    return msgspec.structs.replace(whole, requests=tuple(draw(_request_read_less(each)) for each in given))


@st.composite
def _request_read_less(draw: st.DrawFn, whole: JitRequest) -> JitRequest:
    (granted,) = whole.grants
    if draw(st.integers(0, 3)) == 0:
        granted = msgspec.structs.replace(granted, ends=UNREAD)
    if draw(st.integers(0, 3)) == 0:
        granted = msgspec.structs.replace(granted, status=UNREAD)
    return msgspec.structs.replace(whole, grants=(granted,))


@st.composite
def estates_and_less(draw: st.DrawFn) -> tuple[Estate, Estate]:
    whole = draw(estates())
    return whole, draw(less(whole))


@settings(max_examples=300, deadline=None)
@given(estates_and_less())
def test_taking_evidence_away_never_improves_a_status_a_grade_or_the_gate(pair: tuple[Estate, Estate]) -> None:
    before, after = (judged(whole) for whole in pair)

    assert_nothing_improved(before, after)


@settings(max_examples=150, deadline=None)
@given(estates())
def test_deleting_the_policies_for_real_never_raises_a_grade(whole: Estate) -> None:
    assert badness(only(with_policies(whole)).grade.worst) >= badness(only(whole).grade.worst)


@settings(max_examples=100, deadline=None)
@given(estates())
def test_the_order_of_policies_and_requests_never_changes_an_answer(whole: Estate) -> None:
    turned = [
        msgspec.structs.replace(each, requests=() if isinstance(each.requests, Unknown) else each.requests[::-1])
        for each in reversed(whole.jit_policies.values())
    ]

    assert [v.status for v in only(with_policies(whole, *turned)).verdicts] == [v.status for v in only(whole).verdicts]
