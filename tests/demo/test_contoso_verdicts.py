"""What Azure's documented semantics make of each machine of Contoso, reasoned by hand, against what vmaudit says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest

from assess.judged import shipped_rules
from vmaudit.addresses import NOTHING, Intervals, port_texts, union
from vmaudit.assess.assessment import Assessment, MachineResult, Status
from vmaudit.demo import COMPLETE_FOR, TAKEN_AT, write_contoso
from vmaudit.demo.contoso import stories
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.paths import Certainty, Reach
from vmaudit.exposure.paths import Path as WayIn
from vmaudit.importing.completeness import complete_for
from vmaudit.importing.importing import import_files
from vmaudit.pipeline import audit
from vmaudit.snapshot.reading import open_snapshot

RULES = tuple(rule.id for rule in shipped_rules())

NEVER_PASS = frozenset({"BAS-008", "JIT-006"})
"""Rules that no evidence of today lets pass, as their known gaps say: where recordings are kept is for no reader to
see, and only the activity log, which is not collected yet, holds every just-in-time grant."""


NEVER_ELSE = frozenset({"PIM-010"})
"""Rules that fail for the whole tenant: no configuration names accounts for emergencies, and Contoso has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come out for one machine.

    `open` are ports that the internet at large reaches now, `latent` those that it would reach if the machine ran,
    `possible` those that can't be ruled out. All rules that are not named must pass.
    """

    worst: str
    best: str
    open: tuple[str, ...] = ()
    latent: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    fails: str = ""
    unknown: str = ""
    not_applicable: str = ""
    not_reached: str = ""


WINDOWS = "HST-001"  # a machine with Windows has no answer to "does Linux accept passwords"
NO_JIT = "JIT-003 JIT-004 JIT-005 JIT-006"  # not reached where JIT-002 fails
NO_BASTION = "BAS-002 BAS-003 BAS-004 BAS-005 BAS-006 BAS-007"  # not reached where BAS-001 fails
NO_LOG = "JIT-006"  # no bad request is listed, but only the activity log holds them all
NOT_PRECIOUS = "BAS-008"  # only sessions to machines that are tagged criticality=high must be recorded
ALONE = "NET-008"  # the network has neither a peer nor a gateway, and the machine forwards nothing
DEV_BASTION = "BAS-002 BAS-003 BAS-004 BAS-006"  # Basic, in a /27, and without an NSG it takes anybody's HTTPS
DEV_BARE = "BAS-005 BAS-008 NET-008"  # no NSG that could block a flow; nothing precious; no peer
NO_PLAN = "JIT-001"  # the development subscription has no Defender for Servers
ALL_PORTS = ("0-65535",)

# What holds unless it is named: the hub's Bastion covers the hub and the production network. Its NSG lets in 443 from 256
# addresses, and lets through all eight flows that it needs; it has no shareable link and records nothing (BAS-008
# fails for precious machines). Hub and production are peered with each other, both were read. Their subscriptions have
# Plan 2. Of the subnets, only those with `deny-management-from-inside` keep the neighbours out: elsewhere
# AllowVnetInBound lets them in, and NET-003 fails.
EXPECTED: Mapping[str, Expected] = {
    # Bastion stands in the machine's own network; only the window is too long, which caps nothing.
    "vm-jump01": Expected(worst="A", best="A", fails="JIT-004 BAS-008", unknown=NO_LOG, not_applicable=WINDOWS),
    # The hub's Bastion is one Connected peering away, seen from both sides. The one request listed was a good one.
    "vm-shop-app01": Expected(worst="A", best="A", fails="BAS-008", unknown=NO_LOG),
    "vmss-shop-worker_5d0c2f9a": Expected(worst="A", best="A", unknown=NO_LOG, not_applicable=NOT_PRECIOUS),
    # 80 and 443 are neither management ports nor on the list of risky ones.
    "vm-shop-web01": Expected(worst="C", best="C", open=("80", "443"), fails="NET-004 BAS-008", unknown=NO_LOG),
    "vm-shop-edge01": Expected(
        worst="A", best="A", open=("80", "443"), fails="BAS-008", unknown=NO_LOG, not_applicable="NET-004"
    ),
    "vm-erp-db01": Expected(
        worst="B",
        best="B",
        fails="BAS-001",
        unknown=NO_LOG,
        not_reached=f"{NO_BASTION} BAS-008",
        not_applicable=ALONE,
    ),
    # Links that pass Entra ID by, and a deny for all else where GatewayManager's rule should stand.
    "vm-analytics01": Expected(
        worst="B", best="B", fails="BAS-005 BAS-007", unknown=NO_LOG, not_applicable=f"{NOT_PRECIOUS} {ALONE}"
    ),
    "vm-shop-app02": Expected(
        worst="C", best="C", fails="JIT-003", unknown=NO_LOG, not_applicable=f"{WINDOWS} {NOT_PRECIOUS}"
    ),
    "vm-shop-app03": Expected(
        worst="C", best="C", fails="JIT-002", not_reached=NO_JIT, not_applicable=f"{WINDOWS} {NOT_PRECIOUS}"
    ),
    # The rule outlived its request, so the port is open with no request open (JIT-005), if to Bastion alone: that is no
    # neighbour for NET-003. Nobody wrote down what the request was for (JIT-006).
    "vm-shop-app04": Expected(worst="C", best="C", fails="JIT-005 JIT-006 JIT-007", not_applicable=NOT_PRECIOUS),
    # 300 stands above the just-in-time deny at 4096, and no public address is in front: NET-001 passes.
    "vm-erp-app01": Expected(
        worst="C",
        best="C",
        fails="NET-002 NET-003 BAS-001 JIT-005",
        unknown=NO_LOG,
        not_reached=NO_BASTION,
        not_applicable=f"{NOT_PRECIOUS} {ALONE}",
    ),
    "vm-finance01": Expected(
        worst="F",
        best="F",
        open=("3389",),
        fails="NET-001 NET-002 NET-003 NET-004 JIT-002 BAS-008",
        not_reached=NO_JIT,
        not_applicable=WINDOWS,
    ),
    # The two halves of IPv4 make all of it; the machine is in the group that the rule is for.
    "vm-shop-sftp01": Expected(
        worst="F",
        best="F",
        open=("22",),
        fails="NET-001 NET-002 NET-003 NET-004 JIT-002",
        not_reached=NO_JIT,
        not_applicable=NOT_PRECIOUS,
    ),
    "vm-ops01": Expected(
        worst="F",
        best="F",
        open=("3380-3390",),
        fails="NET-001 NET-002 NET-003 NET-004 JIT-002",
        not_reached=NO_JIT,
        not_applicable=f"{WINDOWS} {NOT_PRECIOUS}",
    ),
    # IPv4 sources match no rule for ::/0; the IPv6 address has a public one in front of it.
    "vm-shop-api01": Expected(
        worst="F",
        best="F",
        open=("22",),
        fails="NET-001 NET-002 NET-003 NET-004 JIT-002 BAS-008",
        not_reached=NO_JIT,
    ),
    # It forwards packets and is not tagged as an appliance.
    "vm-router01": Expected(
        worst="F",
        best="F",
        open=("22",),
        fails="NET-001 NET-002 NET-003 NET-004 NET-008 JIT-002",
        not_reached=NO_JIT,
        not_applicable=NOT_PRECIOUS,
    ),
    # Without any NSG a Basic address is open. NET-002 asks for an allowing rule; there is none, and NET-006 says so.
    "vm-crm01": Expected(
        worst="F",
        best="F",
        open=ALL_PORTS,
        fails="NET-001 NET-003 NET-004 NET-006 NET-007 JIT-002 BAS-008",
        not_reached=NO_JIT,
        not_applicable=WINDOWS,
    ),
    # The address is the balancer's, not the machine's: NET-004 passes. The NSG sees the client's own address.
    "vm-depot01": Expected(
        worst="F",
        best="F",
        open=("22",),
        fails="NET-001 NET-002 NET-003 NET-005 JIT-002",
        not_reached=NO_JIT,
        not_applicable=NOT_PRECIOUS,
    ),
    # Without any NSG a Standard address is closed; inside the network nothing filters.
    "vm-batch01": Expected(
        worst="D",
        best="D",
        fails="NET-003 NET-004 NET-006 JIT-002",
        not_reached=NO_JIT,
        not_applicable=NOT_PRECIOUS,
    ),
    # controls.md NET-001 asks for the way in and not for the power state: starting the machine is all that is missing.
    "vm-backup01": Expected(
        worst="F",
        best="F",
        latent=("22",),
        fails="NET-001 NET-002 NET-003 NET-004 JIT-002",
        not_reached=NO_JIT,
        not_applicable=NOT_PRECIOUS,
    ),
    # Both groups must allow; together they let no public packet in, so NET-002 has nothing to say either. A deny for the
    # tag Internet says nothing about neighbours.
    "vm-shop-report01": Expected(
        worst="C",
        best="C",
        fails="NET-003 NET-004 JIT-002",
        not_reached=NO_JIT,
        not_applicable=f"{WINDOWS} {NOT_PRECIOUS}",
    ),
    # 100 before 200; "Internet" is all that is public, and the neighbours are not.
    "vm-db01": Expected(worst="D", best="D", fails="NET-003 NET-004 JIT-002 BAS-008", not_reached=NO_JIT),
    "vm-shop-cache01": Expected(
        worst="C", best="C", fails="NET-003 NET-004 JIT-002", not_reached=NO_JIT, not_applicable=NOT_PRECIOUS
    ),
    # Rules see the private address: translation comes first.
    "vm-search01": Expected(
        worst="D", best="D", fails="NET-003 NET-004 JIT-002", not_reached=NO_JIT, not_applicable=NOT_PRECIOUS
    ),
    # 256 addresses are not the internet at large, but public.
    "vm-partner01": Expected(
        worst="D",
        best="D",
        fails="NET-002 NET-003 NET-004 JIT-002",
        not_reached=NO_JIT,
        not_applicable=NOT_PRECIOUS,
    ),
    # The unread group may hold anything, also a rule for one more management port than just-in-time access guards, or one
    # that a request left behind. Balancers and firewalls were all read, and none leads here: NET-005 passes.
    "vm-payroll01": Expected(
        worst="F",
        best="C",
        possible=ALL_PORTS,
        fails="NET-004 BAS-008",
        unknown="NET-001 NET-002 NET-003 NET-007 JIT-002 JIT-005 JIT-006 JIT-007",
    ),
    # Without its interface nobody knows its network, addresses, groups or Bastion. Its plan is its subscription's, and
    # what its policy lets a request ask for was read.
    "vm-payroll02": Expected(
        worst="F",
        best="A",
        unknown=(
            "NET-001 NET-002 NET-003 NET-004 NET-005 NET-006 NET-007 NET-008 "
            "BAS-001 BAS-002 BAS-003 BAS-004 BAS-005 BAS-006 BAS-007 BAS-008 JIT-002 JIT-005 JIT-006 JIT-007"
        ),
        not_applicable=WINDOWS,
    ),
    # Just-in-time access shuts 22; the neighbours may still knock on 3389, which no rule denies them.
    "vm-dev-test01": Expected(
        worst="C",
        best="C",
        fails=f"NET-003 {DEV_BASTION} {NO_PLAN} HST-001",
        unknown=NO_LOG,
        not_applicable=DEV_BARE,
    ),
    "vm-dev-web01": Expected(
        worst="F",
        best="F",
        open=ALL_PORTS,
        fails=f"NET-001 NET-002 NET-003 NET-004 NET-007 {DEV_BASTION} {NO_PLAN} JIT-002",
        not_reached=NO_JIT,
        not_applicable=DEV_BARE,
    ),
    # Just-in-time access shuts RDP and WinRM; the neighbours may still knock on 22.
    "vm-dev-sql01": Expected(
        worst="C",
        best="C",
        open=("1433",),
        fails=f"NET-003 NET-004 NET-007 {DEV_BASTION} {NO_PLAN}",
        unknown=NO_LOG,
        not_applicable=f"{WINDOWS} {DEV_BARE}",
    ),
    # AzureDevOps may be a handful of addresses or many: the evidence does not say.
    "vm-dev-pipeline01": Expected(
        worst="F",
        best="C",
        possible=("22",),
        fails=f"NET-003 NET-004 {DEV_BASTION} {NO_PLAN} JIT-002",
        unknown="NET-001 NET-002",
        not_reached=NO_JIT,
        not_applicable=DEV_BARE,
    ),
    # The Developer SKU has no subnet of its own; a machine from a specialised disk has no OS profile. Who may act
    # there makes it a C whatever that would say.
    "vm-sandbox01": Expected(
        worst="C",
        best="C",
        fails=f"BAS-002 {NO_PLAN}",
        unknown=f"HST-001 {NO_LOG}",
        not_applicable="BAS-003 BAS-004 BAS-005 BAS-006 BAS-008 NET-008",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What the rules about roles and PIM must say for the machines of one resource group."""

    fails: str = ""
    unknown: str = ""
    not_applicable: str = ""


NO_PROGRAM = "RBAC-009"  # no program may do more than read
NO_GROUP = "PIM-009"  # no group holds a role that does
LAX = "PIM-002 PIM-003 PIM-004 PIM-005 PIM-006 PIM-007 PIM-008"  # activated by a click, for a day, for good, unreviewed
NOBODY = "PIM-010"  # accounts for emergencies
FORGOTTEN = "CA-001 CA-002 CA-003 CA-004 CA-005 CA-006 CA-007 CA-008"  # all policies leave out the security lead

# What holds unless it is named: Jane and the platform lead are eligible to own each subscription, as two people should be.
# Adam is eligible to connect, with MFA and the consent of Jane or the security lead, for four hours, until December; every
# quarter the compliance lead reviews that. Two people are Global Administrators, by activation.
RIGHTS: Mapping[str, Rights] = {
    "rg-hub": Rights(fails=NOBODY, not_applicable=f"{NO_PROGRAM} {NO_GROUP}"),
    "rg-erp-prod": Rights(fails=NOBODY, not_applicable=f"{NO_PROGRAM} {NO_GROUP}"),
    "rg-payroll-prod": Rights(fails=NOBODY, not_applicable=f"{NO_PROGRAM} {NO_GROUP}"),
    # The log collector may change diagnostic settings, which controls no machine; it has an owner and no secret.
    "rg-shop-prod": Rights(fails=NOBODY, not_applicable=NO_GROUP),
    # The operators' group is eligible itself, carries directory roles' protection, and its two owners are not in it.
    "rg-analytics-prod": Rights(fails=NOBODY, not_applicable=NO_PROGRAM),
    # Adam is always in a group that is always a contributor, which he owns, and signs in as administrator when he likes: he
    # takes machines over, changes networks and turns off logs. "Legacy admin" is a custom role with Microsoft.Compute/*.
    # The role that he connects with, Azure's own, permits no more (RBAC-003), on ten machines (RBAC-005).
    "rg-legacy-prod": Rights(
        fails=f"RBAC-001 RBAC-002 RBAC-004 RBAC-006 RBAC-008 PIM-001 {LAX} PIM-009 {NOBODY}", not_applicable=NO_PROGRAM
    ),
    # All is eligible, so nobody takes anything over at once. Four own the subscription, Adam among them, who also signs in
    # to all of it; "Dev operators" sign in and do what they like. A pipeline with last year's secret and the build machine's
    # own identity are contributors.
    "rg-dev": Rights(
        fails=f"RBAC-003 RBAC-004 RBAC-005 RBAC-006 RBAC-009 RBAC-010 {LAX} {NOBODY} {FORGOTTEN}",
        not_applicable=NO_GROUP,
    ),
    # The same subscription; what is assigned here is for somebody who was deleted, and no role of Contoso's own is held.
    "rg-sandbox": Rights(
        fails=f"RBAC-005 RBAC-006 RBAC-007 RBAC-009 RBAC-010 {LAX} {NOBODY} {FORGOTTEN}",
        not_applicable=f"RBAC-004 {NO_GROUP}",
    ),
}
# Its interface was not read, so neither is known what that leads to, nor who may change it: whoever can may be a program,
# or somebody who was blocked, by a role that nobody ends or reviews.
NOBODY_KNOWS = "CA-001 CA-002 CA-004 CA-005 CA-006 CA-007 CA-008"  # what whoever can is asked for
HALF_KNOWN = Rights(fails=NOBODY, unknown=f"RBAC-006 RBAC-007 RBAC-008 RBAC-009 {LAX} PIM-009 {NOBODY_KNOWS}")


def rights_on(result: MachineResult) -> Rights:
    return HALF_KNOWN if result.machine.name == "vm-payroll02" else RIGHTS[result.machine.resource_group]


@pytest.fixture(scope="module")
def assessment(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    folder = tmp_path_factory.mktemp("contoso")
    write_contoso(folder / "exports")
    import_files([folder / "exports"], folder / "snapshot", taken_at=TAKEN_AT, complete_for=complete_for(COMPLETE_FOR))
    return audit(open_snapshot(folder / "snapshot"), shipped_rules())


@pytest.fixture(scope="module")
def results(assessment: Assessment) -> dict[str, MachineResult]:
    return {result.machine.name: result for result in assessment.results}


def test_every_machine_that_has_a_story_is_audited_and_expected(results: dict[str, MachineResult]) -> None:
    assert set(results) == set(EXPECTED) == {story.machine for story in stories()}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_ways_in_are_those_that_azure_would_leave_open(results: dict[str, MachineResult], name: str) -> None:
    paths = results[name].exposure.paths
    proven = [path for path in paths if path.certainty is Certainty.PROVEN]

    assert _ports(path for path in proven if path.live is True) == EXPECTED[name].open
    assert _ports(path for path in proven if path.live is False) == EXPECTED[name].latent
    assert _ports(path for path in paths if path.certainty is Certainty.POSSIBLE) == EXPECTED[name].possible


@pytest.mark.parametrize("name", EXPECTED)
def test_each_grade_is_the_lowest_cap_of_what_fails_or_is_unknown(results: dict[str, MachineResult], name: str) -> None:
    grade = results[name].grade

    assert (grade.worst.value, grade.best.value) == (EXPECTED[name].worst, EXPECTED[name].best)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_rule_says_what_the_story_tells(results: dict[str, MachineResult], name: str) -> None:
    said = {verdict.rule: verdict.status for verdict in results[name].verdicts}
    expected, rights = EXPECTED[name], rights_on(results[name])
    named = {
        Status.FAIL: f"{expected.fails} {rights.fails}",
        Status.UNKNOWN: f"{expected.unknown} {rights.unknown}",
        Status.NOT_APPLICABLE: f"{expected.not_applicable} {rights.not_applicable}",
        Status.NOT_REACHED: expected.not_reached,
    }
    wanted = dict.fromkeys(RULES, Status.PASS) | {
        rule: status for status, rules in named.items() for rule in rules.split()
    }

    assert said == wanted


def test_every_rule_fails_somewhere_and_passes_somewhere(assessment: Assessment) -> None:
    for rule in RULES:
        statuses = _statuses(assessment, rule)
        assert Status.FAIL in statuses, rule
        assert (Status.PASS in statuses) == (rule not in NEVER_PASS | NEVER_ELSE), rule


def test_a_rule_that_nothing_can_let_pass_yet_is_unknown_somewhere(assessment: Assessment) -> None:
    for rule in NEVER_PASS:
        assert Status.UNKNOWN in _statuses(assessment, rule), rule


def test_the_demo_shows_every_status_and_every_grade_that_its_rules_can_give(assessment: Assessment) -> None:
    grades = [result.grade for result in assessment.results]

    assert {verdict.status for result in assessment.results for verdict in result.verdicts} == set(Status)
    assert {grade.worst.value for grade in grades if grade.worst is grade.best} == {"A", "B", "C", "D", "F"}
    assert {(grade.best.value, grade.worst.value) for grade in grades if grade.worst is not grade.best} == {
        ("A", "F"),
        ("C", "F"),
    }


def _statuses(assessment: Assessment, rule: str) -> set[Status]:
    """All that a rule says about machines of Contoso."""
    return {verdict.status for result in assessment.results for verdict in result.verdicts if verdict.rule == rule}


def _ports(paths: Iterable[WayIn]) -> tuple[str, ...]:
    """The TCP and UDP ports that the internet at large may use."""
    found: Intervals = NOTHING
    for path in paths:
        if path.reach is Reach.INTERNET and path.protocol in (Protocol.TCP, Protocol.UDP):
            found = union(found, path.ports)
    return port_texts(found)
