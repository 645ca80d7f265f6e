"""Facts about what just-in-time access really does, at the moment that is judged."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from assess.guards import fact, machine_with, reason, remedies
from assess.judged import SUBJECT, manifest, shipped_rules
from builders import (
    GROUP,
    Built,
    allow,
    asg,
    deny,
    estate,
    ip_configuration,
    nic,
    nsg,
    peering,
    resource_id,
    subnet,
    vm,
    vnet,
    with_gaps,
    without,
)
from just_in_time import (
    FIREWALL_SUBNET,
    NOW_TEXT,
    firewall,
    grant,
    guard,
    jit_allow,
    jit_deny,
    policy,
    request,
    routed_to,
    with_firewalls,
    with_policies,
)
from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, difference
from vmaudit.assess.assessment import Status, Verdict
from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.case import cases
from vmaudit.assess.judging import assess
from vmaudit.assess.values import NO_EVENTS, NO_NAMES, Event, Events, Names
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AdminAccess, AdminRule
from vmaudit.estate.resources import Direction, JitPolicy, NetworkInterface, Peers, Protocol, SecurityRule
from vmaudit.exposure.paths import Certainty
from vmaudit.exposure.reach import expose
from vmaudit.known import Unknown

STANDING, WITHOUT, EXPIRED, GRANTS, FIREWALL, PUBLIC = (
    "jit.standing_openings",
    "jit.rules_without_request",
    "jit.expired_rules",
    "jit.bad_grants",
    "jit.firewall",
    "exposure.public_openings",
)
RULE = "SecurityCenter-JITRule-1-A"
NAMED = f"rule {RULE} of NSG nsg"
OPEN = request(grant(22, ends="14:00"))
OVER = request(grant(22, ends="11:00"), starts="08:00")
NO_LOG = "the activity log, which holds every grant, is not in the evidence"
NOT_COLLECTED = "Just-in-time access policies: they were not collected"


def behind(*rules: SecurityRule, policies: tuple[JitPolicy, ...] = (policy(),)) -> Estate:
    """A Linux machine with these rules at its interface, guarded by policies, judged at noon."""
    return machine(nic(nsg(*rules)), policies=policies)


def machine(interface: Built, *others: Built, policies: tuple[JitPolicy, ...] = (policy(),)) -> Estate:
    """A machine with these interfaces; what is no interface only stands around."""
    more = tuple(built for built in others if isinstance(built.resource, NetworkInterface))
    return replace(with_policies(estate(vm(interface, *more), *others), *policies), taken_at=NOW_TEXT)


def words(whole: Estate) -> list[str]:
    """Who gets in to which ports, and why."""
    return [f"{each.protocol.value} {each.ports[0][0]} from {each.origin}" for each in fact(STANDING, whole)]


def verdict(rule: str, whole: Estate, as_of: str = NOW_TEXT) -> Verdict:
    found = assess(whole, expose(whole), shipped_rules(), subject=SUBJECT, as_of=as_of, manifest=manifest())
    return next(each for each in found.results[0].verdicts if each.rule == rule)


# --- JIT-005: does the deny close the port? ---------------------------------------------------------------------------


def test_a_port_that_the_deny_closes_lets_nobody_in() -> None:
    assert fact(STANDING, behind(jit_deny(22))) == ()


def test_the_rule_that_outranks_the_deny_is_named() -> None:
    assert words(behind(allow(22, name="default-allow-ssh", priority=1000), jit_deny(22))) == [
        "TCP 22 from anywhere, since rule default-allow-ssh of NSG nsg outranks just-in-time's deny"
    ]


def test_who_gets_in_is_named_by_address_where_it_is_not_everybody() -> None:
    assert words(behind(allow(22, name="a", source="198.51.100.0/24"), jit_deny(22))) == [
        "TCP 22 from 198.51.100.0/24, since rule a of NSG nsg outranks just-in-time's deny"
    ]


def test_a_deny_for_another_address_is_said() -> None:
    (tcp, udp) = words(behind(jit_deny(22, to="10.0.0.9")))

    assert tcp.endswith("since just-in-time's deny in NSG nsg is for 10.0.0.9")
    assert udp.startswith("UDP 22 from 10.0.0.0/16")


def test_a_deny_that_is_gone_is_said() -> None:
    assert words(behind(allow(22, name="mine")))[0].endswith(
        "since rule mine of NSG nsg allows it and no deny rule of just-in-time's stops it"
    )


def test_a_deny_that_was_narrowed_is_not_said_to_be_outranked() -> None:
    assert words(behind(jit_deny(22, source="Internet"), allow(22, name="mine", priority=4097)))[0].endswith(
        "since rule mine of NSG nsg allows it and no deny rule of just-in-time's stops it"
    )


def test_a_machine_without_nsg_has_nothing_that_could_close_a_port() -> None:
    assert words(machine(nic()))[0] == "TCP 22 from anywhere, since no NSG stands before it"


def test_of_two_groups_the_one_with_the_deny_has_the_rule_at_fault() -> None:
    whole = machine(
        nic(nsg(allow(22, name="n"), name="at-nic"), subnet(nsg(allow(22, name="s"), jit_deny(22), name="at-subnet")))
    )
    swapped = machine(
        nic(nsg(allow(22, name="n"), jit_deny(22), name="at-nic"), subnet(nsg(allow(22, name="s"), name="at-subnet")))
    )

    assert words(whole) == ["TCP 22 from anywhere, since rule s of NSG at-subnet outranks just-in-time's deny"]
    assert words(swapped) == ["TCP 22 from anywhere, since rule n of NSG at-nic outranks just-in-time's deny"]


def test_the_fix_is_to_delete_the_rule_that_outranks() -> None:
    (remedy,) = remedies(STANDING, behind(allow(22, name="default-allow-ssh"), jit_deny(22)))

    assert remedy.fix.endswith("--nsg-name nsg -n default-allow-ssh")
    assert remedy.proof.endswith("/networkSecurityGroups/nsg/securityRules/default-allow-ssh")


def test_the_fix_of_a_missing_deny_is_to_write_the_policy_back() -> None:
    (remedy,) = remedies(STANDING, behind(jit_deny(22, to="10.0.0.9")))

    assert remedy.resource.endswith("/jitNetworkAccessPolicies/default")
    assert remedy.says == "just-in-time policy default has no deny rule before some machines"


def test_the_fix_of_both_is_both() -> None:
    fixes = [remedy.fix.split(" --")[0] for remedy in remedies(STANDING, behind(allow(22, name="mine")))]

    assert fixes == ["az network nsg rule delete", "az rest"]


def always_allowed(whole: Estate) -> Estate:
    admin = AdminRule(
        id=f"{GROUP}/Microsoft.Network/networkManagers/avnm/securityAdminConfigurations/c/ruleCollections/rc/rules/let-in",
        name="let-in",
        collection="rc",
        priority=1,
        direction=Direction.INBOUND,
        access=AdminAccess.ALWAYS_ALLOW,
        protocols=frozenset({Protocol.TCP}),
        source=Peers(addresses=ANY_ADDRESS),
        source_ports=ALL_PORTS,
        destination=Peers(addresses=ANY_ADDRESS),
        destination_ports=((22, 22),),
    )
    return replace(whole, admin_rules=dict.fromkeys(whole.networks, (admin,)))


def test_a_security_admin_rule_that_always_allows_is_at_fault_and_no_nsg_is() -> None:
    whole = always_allowed(behind(jit_deny(22)))
    (remedy,) = remedies(STANDING, whole)

    assert words(whole) == ["TCP 22 from anywhere, since security admin rule let-in always allows it"]
    assert remedy.says == "security admin rule let-in lets packets past every NSG"
    assert remedy.fix.endswith(
        "--network-manager-name avnm --configuration-name c --rule-collection-name rc --rule-name let-in"
    )


def test_the_fix_of_a_missing_nsg_is_one_at_the_subnet() -> None:
    (remedy,) = remedies(STANDING, machine(nic()))

    assert remedy.fix.startswith("az network nsg create")


def test_only_what_was_found_is_to_be_mended() -> None:
    guarded = (policy(guard(22), guard(3389)),)
    whole = behind(allow(22, name="ssh"), allow(3389, name="rdp", priority=110), jit_deny([22, 3389]), policies=guarded)
    ssh = tuple(each for each in fact(STANDING, whole) if each.ports == ((22, 22),))

    assert [remedy.proof.rpartition("/")[2] for remedy in remedies(STANDING, whole, ssh)] == ["ssh"]


def test_a_machine_in_no_policy_has_no_port_to_look_at() -> None:
    assert reason(fact(STANDING, behind(allow(22), policies=()))) == "no just-in-time policy names the machine"


def test_policies_that_were_not_read_may_guard_more_ports() -> None:
    assert reason(fact(STANDING, with_gaps(behind(jit_deny(22)), "jit_policies"))) == NOT_COLLECTED
    assert fact(STANDING, with_gaps(behind(allow(22)), "jit_policies"))[0].certainty is Certainty.PROVEN


def test_an_interface_that_was_not_read_may_be_open() -> None:
    two = machine(nic(nsg(jit_deny(22))), nic(name="nic-2"))
    fewer = without(two, resource_id("networkInterfaces", "nic-2").lower())

    assert reason(fact(STANDING, fewer)) == "network interface nic-2 is not in the evidence"


def test_a_group_that_was_not_read_may_let_somebody_in() -> None:
    whole = behind(jit_deny(22))
    (tcp, _) = fact(STANDING, without(whole, *whole.security_groups))

    assert (tcp.certainty, tcp.reason) == (Certainty.POSSIBLE, "NSG nsg is not in the evidence")


def test_the_rule_fails_with_the_name_of_the_rule_and_passes_once_it_is_gone() -> None:
    outranked = verdict("JIT-005", behind(allow(22, name="default-allow-ssh"), jit_deny(22)))

    assert outranked.status is Status.FAIL
    assert outranked.says == (
        "With no request open, the NSGs let in TCP 22 from anywhere, "
        "since rule default-allow-ssh of NSG nsg outranks just-in-time's deny"
    )
    assert verdict("JIT-005", behind(jit_deny(22))).status is Status.PASS
    assert verdict("JIT-005", behind(jit_allow(22), jit_deny(22), policies=(policy(OPEN),))).status is Status.PASS
    assert verdict("JIT-005", behind(jit_deny(22), policies=())).status is Status.NOT_REACHED


# --- JIT-007: what is left behind -------------------------------------------------------------------------------------


def test_the_rule_of_an_open_request_is_not_left_behind() -> None:
    whole = behind(jit_allow(22, name=RULE), policies=(policy(OPEN),))

    assert (fact(WITHOUT, whole), fact(EXPIRED, whole)) == (NO_NAMES, NO_EVENTS)


def test_a_rule_whose_window_ended_an_hour_ago_is_expired_since_an_hour() -> None:
    whole = behind(jit_allow(22, name=RULE), policies=(policy(OVER),))

    assert fact(WITHOUT, whole) == NO_NAMES
    assert fact(EXPIRED, whole) == Events((Event(NAMED, 60.0),))


def test_a_rule_that_nobody_asked_for_and_one_that_was_edited_are_told_apart() -> None:
    assert fact(WITHOUT, behind(jit_allow(22, name=RULE))) == Names((f"{NAMED} (no request asked for it)",))
    edited = behind(jit_allow(22, source="*", name=RULE), policies=(policy(OPEN),))
    assert fact(WITHOUT, edited) == Names((f"{NAMED} (it admits more than was granted)",))


def test_a_rule_is_left_behind_where_its_policy_is_gone() -> None:
    assert fact(WITHOUT, behind(jit_allow(22, name=RULE), policies=())) == Names(
        (f"{NAMED} (no request asked for it)",)
    )


def test_without_the_policies_nobody_can_say_whose_rule_it_is() -> None:
    whole = with_gaps(behind(jit_allow(22, name=RULE), policies=()), "jit_policies")

    assert (fact(WITHOUT, whole), fact(EXPIRED, whole)) == (Names((), NOT_COLLECTED), Events((), NOT_COLLECTED))


def test_without_such_a_rule_the_policies_do_not_matter() -> None:
    whole = with_gaps(behind(allow(22), policies=()), "jit_policies")

    assert (fact(WITHOUT, whole), fact(EXPIRED, whole)) == (NO_NAMES, NO_EVENTS)


def test_a_group_or_an_interface_that_was_not_read_may_hold_such_a_rule() -> None:
    whole = behind()
    no_group = without(whole, *whole.security_groups)
    no_interface = without(whole, *whole.network_interfaces)
    no_subnet = without(whole, *whole.subnets)

    assert fact(WITHOUT, no_group).more == fact(EXPIRED, no_group).more == "NSG nsg is not in the evidence"
    assert fact(WITHOUT, no_interface).more == "network interface nic is not in the evidence"
    assert fact(EXPIRED, no_subnet).more == "subnet subnet is not in the evidence"


def test_a_rule_of_a_request_that_was_revoked_early_is_left_open() -> None:
    revoked = request(grant(22, ends="14:00", status="Revoked"))
    whole = behind(jit_allow(22, name=RULE), policies=(policy(revoked),))

    assert fact(EXPIRED, whole) == Events((), "when the request for port 22 was revoked is not in the evidence")
    assert verdict("JIT-007", whole).status is Status.UNKNOWN


def test_a_revoked_request_without_a_rule_is_how_it_should_be() -> None:
    revoked = request(grant(22, ends="14:00", status="Revoked"))

    assert verdict("JIT-007", behind(jit_deny(22), policies=(policy(revoked),))).status is Status.PASS


def test_the_fix_is_to_delete_the_rule() -> None:
    whole = behind(jit_allow(22, name=RULE), policies=(policy(OVER),))
    (expired,) = remedies(EXPIRED, whole)
    (unasked,) = remedies(WITHOUT, behind(jit_allow(22, name=RULE)))

    assert expired == unasked
    assert expired.fix.endswith(f"--nsg-name nsg -n {RULE}")


@pytest.mark.parametrize(("as_of", "status"), [("11:14", Status.PASS), ("11:15", Status.PASS), ("11:16", Status.FAIL)])
def test_a_rule_may_stay_for_a_quarter_of_an_hour(as_of: str, status: Status) -> None:
    whole = behind(jit_allow(22, name=RULE), jit_deny(22), policies=(policy(OVER),))

    assert verdict("JIT-007", whole, f"2026-11-20T{as_of}:00Z").status is status


def test_a_rule_that_is_left_behind_is_said_by_name() -> None:
    found = verdict("JIT-007", behind(jit_allow(22, name=RULE), jit_deny(22), policies=(policy(OVER),)))

    assert found.says == f"Left behind by just-in-time access: {NAMED}"


def test_without_a_moment_it_is_not_known_which_window_is_over() -> None:
    whole = replace(behind(jit_allow(22, name=RULE), policies=(policy(OVER),)), taken_at="")

    assert fact(EXPIRED, whole).more == "the time '' can't be read"
    assert reason(fact(GRANTS, whole)) == "the time '' can't be read"


def test_the_moment_that_is_asked_for_comes_before_that_of_the_evidence() -> None:
    whole = behind(jit_allow(22, name=RULE), policies=(policy(OVER),))

    (early,) = cases(whole, expose(whole), "2026-11-20T10:00:00Z")

    assert early.around.as_of != cases(whole, expose(whole))[0].around.as_of


# --- JIT-006: what was granted ----------------------------------------------------------------------------------------


def granted(*requests: Any, policies: tuple[JitPolicy, ...] = ()) -> Events:
    return fact(GRANTS, behind(jit_deny(22), policies=policies or (policy(*requests),)))


def test_a_narrow_short_and_justified_grant_is_no_bad_one_but_the_log_may_hold_others() -> None:
    assert granted(OPEN) == Events((), NO_LOG)
    assert granted() == Events((), NO_LOG)


@pytest.mark.parametrize("source", ["*", "Any", "Internet", "0.0.0.0/0", ("0.0.0.0/1", "128.0.0.0/1")])
def test_a_grant_to_any_address_is_bad(source: str | tuple[str, ...]) -> None:
    (found,) = granted(request(grant(22, source))).proven

    assert found == Event("port 22 on 2026-11-20 11:30 UTC by jane@contoso.com (open to any address)", 30.0)


def test_a_grant_that_lasts_longer_than_the_policy_lets_it_is_bad() -> None:
    longer = request(grant(22, ends="14:32"), starts="11:30")
    exactly = request(grant(22, ends="14:30:30"), starts="11:30")

    assert [event.what for event in granted(longer).proven] == [
        "port 22 on 2026-11-20 11:30 UTC by jane@contoso.com (longer than the policy lets it be)"
    ]
    assert granted(exactly).proven == ()  # clocks differ by seconds


def test_a_grant_without_a_reason_is_bad() -> None:
    (found,) = granted(request(grant(22), why=" ", by="")).proven

    assert found.what == "port 22 on 2026-11-20 11:30 UTC (no reason given)"


def test_all_that_is_wrong_with_a_grant_is_said() -> None:
    (found,) = granted(request(grant(22, "*", ends="20:00"), why="")).proven

    assert found.what.endswith("(open to any address, longer than the policy lets it be, no reason given)")


def test_a_grant_counts_whatever_became_of_it() -> None:
    (found,) = granted(request(grant(22, "*", ends="09:00", status="Revoked"), starts="08:00")).proven

    assert found.ago == 240.0


def test_the_latest_bad_grant_comes_first() -> None:
    early, late = request(grant(22, "*"), starts="2026-11-01T11:30"), request(grant(22, "*"), starts="11:30")

    assert [event.ago for event in granted(early, late).proven] == [30.0, 19 * 1440 + 30.0]


def test_a_port_that_the_policy_no_longer_guards_or_whose_limit_is_unread_has_no_limit() -> None:
    long = request(grant(3389, ends="23:00"))
    unread = policy(guard(22, window=Unknown("x")), request(grant(22, ends="23:00")))

    assert granted(long).proven == ()
    assert granted(policies=(unread,)).proven == ()


def test_a_grant_that_can_not_be_placed_in_time_is_left_to_the_log() -> None:
    assert granted(request(grant(22, "*"), starts=Unknown("x"))) == Events((), NO_LOG)
    assert granted(request(grant(22, ends=Unknown("x")))).proven == ()


def test_a_bad_grant_within_the_look_back_fails_and_none_listed_is_unknown() -> None:
    wide = request(grant(22, "*", ends="2026-08-23T10:00"), starts="2026-08-23T09:00")
    older = request(grant(22, "*", ends="2026-08-22T10:00"), starts="2026-08-22T09:00")

    assert verdict("JIT-006", behind(jit_deny(22), policies=(policy(wide),))).status is Status.FAIL
    assert verdict("JIT-006", behind(jit_deny(22), policies=(policy(older),))).status is Status.UNKNOWN
    assert verdict("JIT-006", behind(jit_deny(22))).status is Status.UNKNOWN
    assert verdict("JIT-006", behind(jit_deny(22))).says == f"Not known: {NO_LOG}"


def test_the_fix_is_at_the_policy_that_granted_it() -> None:
    bad, good = policy(request(grant(22, "*")), name="bad"), policy(OPEN, name="good")
    (remedy,) = remedies(GRANTS, behind(jit_deny(22), policies=(bad, good)))

    assert remedy.resource == bad.id
    assert remedy.fix == f"az rest --method get --url '{bad.id}?api-version=2020-01-01'"


# --- NET-002: an open request is no standing opening ------------------------------------------------------------------


def public_ports(whole: Estate) -> set[tuple[str, Certainty]]:
    return {(str(each.ports), each.certainty) for each in fact(PUBLIC, whole)}


def test_the_rule_of_an_open_request_is_no_standing_opening() -> None:
    whole = behind(jit_allow(22), jit_deny(22), policies=(policy(OPEN),))

    assert expose(whole)[next(iter(whole.machines))].public_openings != ()
    assert fact(PUBLIC, whole) == ()
    assert verdict("NET-002", whole).status is Status.PASS


def test_the_same_rule_after_its_end_is_one() -> None:
    whole = behind(jit_allow(22), jit_deny(22), policies=(policy(OPEN),))

    assert verdict("NET-002", whole, "2026-11-20T14:00:00Z").status is Status.FAIL


def test_a_rule_of_which_the_requests_are_not_known_may_be_one() -> None:
    whole = with_gaps(behind(jit_allow(22), jit_deny(22), policies=()), "jit_policies")

    assert public_ports(whole) == {("((22, 22),)", Certainty.POSSIBLE)}
    assert verdict("NET-002", whole).status is Status.UNKNOWN


def test_without_rules_of_requests_the_openings_are_those_of_the_exposure() -> None:
    whole = behind(allow(22))

    assert fact(PUBLIC, whole) == expose(whole)[next(iter(whole.machines))].public_openings
    assert public_ports(whole) == {("((22, 22),)", Certainty.PROVEN)}


def test_the_rule_of_an_open_request_is_not_to_be_deleted_with_the_others() -> None:
    whole = behind(jit_allow(22), allow(22, name="ssh", priority=200), policies=(policy(OPEN),))

    assert [remedy.proof.rpartition("/")[2] for remedy in remedies(PUBLIC, whole)] == ["ssh"]


# --- JIT-002: firewalls ----------------------------------------------------------------------------------------------


def test_a_machine_without_a_route_table_stands_behind_no_firewall() -> None:
    assert fact(FIREWALL, behind()) == "none"


@pytest.mark.parametrize(
    ("collections", "run_by", "answer", "said"),
    [
        ((), None, "classic", "a classic Azure Firewall on the way, without a just-in-time collection"),
        (("MDC-JIT-1",), None, "jit", "a classic Azure Firewall on the way, with just-in-time collections"),
        (("ASC-JIT-1",), "/policy", "policy", "a machine behind an Azure Firewall that a firewall policy runs"),
    ],
)
def test_what_kind_of_firewall_stands_before_a_machine_is_said(
    collections: tuple[str, ...], run_by: str | None, answer: str, said: str
) -> None:
    home = subnet(routed_to("10.9.1.4"), nsg(jit_deny(22)), network=vnet(peering(remote="hub")))
    whole = with_firewalls(machine(nic(ip_configuration(home)), FIREWALL_SUBNET), firewall(*collections, policy=run_by))

    assert fact(FIREWALL, whole) == answer
    assert FACTS[FIREWALL].show(answer) == said


def test_a_machine_behind_a_firewall_policy_fails_though_a_policy_guards_it() -> None:
    home = subnet(routed_to("10.9.1.4"), nsg(jit_deny(22)), network=vnet(peering(remote="hub")))
    whole = with_firewalls(machine(nic(ip_configuration(home)), FIREWALL_SUBNET), firewall(policy="/policy"))

    assert verdict("JIT-002", whole).says == (
        "No just-in-time policy guards a machine behind an Azure Firewall that a firewall policy runs"
    )
    assert verdict("JIT-002", whole).status is Status.FAIL
    assert verdict("JIT-002", behind(jit_deny(22))).status is Status.PASS


def test_an_interface_that_was_not_read_may_stand_behind_one() -> None:
    whole = behind()

    assert (
        reason(fact(FIREWALL, without(whole, *whole.network_interfaces)))
        == "network interface nic is not in the evidence"
    )


# --- many machines ----------------------------------------------------------------------------------------------------


def test_machine_ids_match_in_any_letter_case() -> None:
    shouting = machine_with(vm(nic(nsg(jit_deny(22)))), id=resource_id("virtualMachines", "web").upper())
    whole = replace(with_policies(estate(shouting), policy()), taken_at=NOW_TEXT)

    assert fact(STANDING, whole, "WEB") == ()


def test_a_member_of_a_group_that_the_rule_names_is_the_one_that_it_is_left_behind_for() -> None:
    shared = subnet(nsg(jit_allow(22, name=RULE, to_groups=[asg("web")])))
    member = vm(nic(ip_configuration(shared, groups=[asg("web")]), name="a"), name="web")
    other = vm(nic(ip_configuration(shared, at="10.0.0.5"), name="b"), name="b")
    whole = replace(estate(member, other), taken_at=NOW_TEXT)

    assert (fact(WITHOUT, whole, "web").proven, fact(WITHOUT, whole, "b").proven) == (
        (f"{NAMED} (no request asked for it)",),
        (),
    )


def test_hostile_names_stay_what_they_are() -> None:
    odd = msgspec.structs.replace(allow(22, name="x"), name="a'; rm -rf ~ #")
    (remedy,) = remedies(STANDING, behind(odd, jit_deny(22)))

    assert remedy.fix.endswith("""-n 'a'"'"'; rm -rf ~ #'""")


def test_what_a_deny_in_front_keeps_out_does_not_get_in() -> None:
    whole = behind(deny(22, source="10.0.0.0/8", priority=90), allow(22), jit_deny(22))
    (found,) = fact(STANDING, whole)

    assert difference(((167772160, 184549375),), found.sources) == ((167772160, 184549375),)
