"""Assessments made by hand: about a dozen machines with every status, every grade and names meant to do harm."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from msgspec import structs

from report.sample_paths import (
    SUBSCRIPTION,
    allow_hop,
    basic_ip_hop,
    default_allow_hop,
    inside_path,
    nsg_id,
    ports_of,
    public_path,
    unread_nsg_hop,
)
from report.sample_rules import RULES
from vmaudit.addresses import ALL_PORTS, PUBLIC, prefixes
from vmaudit.assess.assessment import (
    Assessment,
    Cause,
    CoverageLine,
    Fleet,
    Grade,
    LayerState,
    Letter,
    Machine,
    MachineResult,
    Status,
    Subject,
    TagData,
    Verdict,
)
from vmaudit.assess.population import Exclusion, Population
from vmaudit.assess.rule import Layer, Rule
from vmaudit.estate.resources import NetworkInterface, PowerState, Protocol, VirtualMachine
from vmaudit.exposure.paths import (
    Certainty,
    Hop,
    InsideWay,
    MachineExposure,
    Opening,
    OriginKind,
    Path,
    Place,
    Reach,
)
from vmaudit.exposure.proof import machine_hop
from vmaudit.exposure.security_groups import Crossing
from vmaudit.known import Unknown

SCRIPT = "<script>alert('owned')</script>"
FORMULA = "=cmd|' /C calc'!A0"
TURNED = "vm-\u202egpj.exe"
ESCAPES = "\x1b[31mred\x1b[0m\x07"
QUOTES = "\"onmouseover='alert(1)' x=`"
LINES = "one\r\ntwo\u2028three"
HOSTILE = (
    SCRIPT,
    FORMULA,
    TURNED,
    ESCAPES,
    QUOTES,
    LINES,
    "{{ 7*7 }}{% raw %}",
    "--></style><img src=//evil.example/x>",
)

LETTERS = tuple(Letter)
P, F, U, N, R = Status.PASS, Status.FAIL, Status.UNKNOWN, Status.NOT_APPLICABLE, Status.NOT_REACHED
GOOD = dict.fromkeys((rule.id for rule in RULES), P)


def says(rule: Rule, status: Status, name: str) -> str:
    if status is U:
        return f"{rule.title}? Not known for {name}: its security group was not read"
    return {
        P: f"{name} is in order",
        F: f"{rule.title}: {name}",
        N: f"Does not apply to {name}",
        R: f"Nothing to look at on {name} until {' and '.join(rule.needs)} is mended",
    }[status]


def worst_of(caps: list[str]) -> Letter:
    return Letter(max(caps, default="A"))


def grade_of(statuses: Mapping[str, Status]) -> Grade:
    """The lowest cap among the failed rules; unknown ones count in `worst` only."""
    failed = {rule.id: rule.caps_grade_at for rule in RULES if statuses[rule.id] is F and rule.caps_grade_at}
    unread = {rule.id: rule.caps_grade_at for rule in RULES if statuses[rule.id] is U and rule.caps_grade_at}
    worst = worst_of([*failed.values(), *unread.values()])
    decided = tuple(rule for rule, cap in {**failed, **unread}.items() if cap == worst.value)
    return Grade(worst, worst_of(list(failed.values())), decided)


def state_of(layer: Layer, statuses: Mapping[str, Status]) -> LayerState:
    found = {statuses[rule.id] for rule in RULES if rule.layer is layer} - {N, R}
    for status, state in ((F, LayerState.BROKEN), (U, LayerState.UNKNOWN), (P, LayerState.HOLDS)):
        if status in found:
            return state
    return LayerState.NOT_APPLICABLE


def vm_id(name: str, group: str) -> str:
    return f"{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"


def result(
    name: str,
    *,
    group: str = "rg-shop",
    system: str = "Linux",
    power: str = "running",
    tags: tuple[tuple[str, str], ...] = (("env", "prod"),),
    not_passing: Mapping[str, Status] | None = None,
    paths: tuple[Path, ...] = (),
    openings: tuple[Opening, ...] = (),
    blind_spots: tuple[str, ...] = (),
    entered: bool = False,
) -> MachineResult:
    """One machine that passes every rule but those in `not_passing`."""
    statuses = {**GOOD, **(not_passing or {})}
    if system == "Windows":
        statuses["HST-001"] = N
    machine_id = vm_id(name, group)
    proof = {F: (nsg_id("nsg-web"), "securityRules/allow-rdp-any (priority 300)"), U: ("security_groups",)}
    verdicts = tuple(
        Verdict(rule.id, statuses[rule.id], says(rule, statuses[rule.id], name), proof.get(statuses[rule.id], ()))
        for rule in RULES
    )
    return MachineResult(
        machine=Machine(
            key=machine_id.lower(),
            id=machine_id,
            name=name,
            resource_group=group,
            subscription=SUBSCRIPTION.rpartition("/")[2],
            location="westeurope",
            operating_system=system,
            power=power,
            tags=tags,
        ),
        grade=grade_of(statuses),
        verdicts=verdicts,
        layers=tuple((layer.value, state_of(layer, statuses)) for layer in Layer),
        exposure=MachineExposure(
            VirtualMachine(
                id=machine_id,
                location="westeurope",
                tags=tags,
                operating_system="Windows" if system == "Windows" else "Linux",
                power=Unknown("its instance view was not read") if power == "unknown" else PowerState(power),
                network_interfaces=(),
                password_sign_in=False,
            ),
            paths,
            blind_spots,
            Found((place_admitting(openings),)),
            entered=entered,
        ),
    )


@dataclass(frozen=True)
class Shared:
    """What the rules at a place admit, as it was given."""

    ways: tuple[InsideWay, ...] = ()
    others: tuple[Crossing, ...] = ()
    openings: tuple[Opening, ...] = ()


@dataclass(frozen=True)
class Found:
    """Finds the places that it was given."""

    given: tuple[Place, ...] = ()

    def places(self, _interfaces: tuple[NetworkInterface, ...]) -> tuple[Place, ...]:
        return self.given

    def door(self, machine: VirtualMachine) -> Hop:
        return machine_hop(machine)


def place_admitting(openings: tuple[Opening, ...]) -> Place:
    """An ip configuration whose NSGs admit this from public addresses."""
    return Place("nic", "ipconfig1", Unknown("not given"), (), Shared(openings=openings))


def sample_results() -> tuple[MachineResult, ...]:
    """Fourteen machines, sorted as an assessment sorts them."""
    wide_open = Opening(PUBLIC, Protocol.TCP, ports_of(22), Certainty.PROVEN)
    no_bastion = {"BAS-001": F, "BAS-002": R, "BAS-003": R, "BAS-004": R}
    no_jit = {"JIT-002": F, "JIT-003": R, "JIT-004": R}
    inside = (default_allow_hop("nsg-web"),)
    unread = "network security group nsg-partner is not in the evidence"
    results = [
        result(
            "vm-web-01",
            system="Windows",
            not_passing={"NET-001": F, "NET-002": F, "NET-004": F, **no_jit},
            paths=(
                public_path("vm-web-01", 3389, (allow_hop("nsg-web", "allow-rdp-any", 300),)),
                public_path("vm-web-01", 443, (allow_hop("nsg-web", "allow-https", 310),)),
                inside_path("vm-web-01", inside),
            ),
            openings=(wide_open,),
        ),
        result(
            "vm-legacy-jump",
            group="rg-hub",
            not_passing={
                "NET-001": F,
                "NET-004": F,
                "NET-006": F,
                "NET-007": F,
                "HST-001": F,
                **no_bastion,
                **no_jit,
            },
            paths=(
                public_path("vm-legacy-jump", ALL_PORTS, (basic_ip_hop(),), address="52.166.10.9"),
                inside_path("vm-legacy-jump", (), origin=OriginKind.OWN_SUBNET),
                inside_path("vm-legacy-jump", (), origin=OriginKind.PEER),
            ),
        ),
        result(
            "vm-batch-night",
            power="deallocated",
            not_passing={"NET-001": F, "NET-002": F, "NET-004": F},
            paths=(public_path("vm-batch-night", 22, (allow_hop("nsg-batch", "ssh-from-anywhere", 100),), live=False),),
        ),
        result(
            "vm-partner",
            not_passing={"NET-002": F, "NET-004": F, "JIT-003": F, "JIT-004": F},
            paths=(
                public_path(
                    "vm-partner",
                    22,
                    (allow_hop("nsg-partner", "allow-ssh-partners", 200),),
                    source="203.0.113.9",
                    sources=prefixes(("203.0.113.0/24", "198.51.100.17", "2001:db8:77::/48")),
                    reach=Reach.PARTIAL,
                    assumptions=("No firewall stands in front of the public address: route tables were not read.",),
                ),
                inside_path("vm-partner", inside, ports=ports_of(22, 443)),
            ),
        ),
        result(
            "vm-data-unread",
            group="rg-data",
            power="unknown",
            tags=(),
            not_passing={"NET-001": U, "NET-002": U, "NET-007": U, "JIT-002": U, "JIT-003": U, "HST-001": U},
            paths=(
                public_path(
                    "vm-data-unread",
                    22,
                    (unread_nsg_hop("nsg-partner"),),
                    live=Unknown("the instance view of vm-data-unread is not in the evidence"),
                    certainty=Certainty.POSSIBLE,
                    blind_spots=(unread,),
                ),
            ),
            blind_spots=(unread, "load balancers were not collected"),
        ),
        result(
            "vm-keys-only", group="rg-data", not_passing={"HST-001": F}, paths=(inside_path("vm-keys-only", inside),)
        ),
        result("vm-sql-01", group="rg-data", not_passing={"NET-002": F}, openings=(wide_open,)),
        result("vm-branch", group="rg-hub", not_passing=no_bastion, paths=(inside_path("vm-branch", inside),)),
        result("vm-app-01", entered=True),
        result("vm-app-02", system="Windows"),
        result("vm-no-nic", group="rg-hub", not_passing={rule.id: N for rule in RULES if rule.id[:3] != "HST"}),
        result(
            "vm-" + "telemetry-collector-for-the-northern-warehouses-" + "07",
            group="rg-" + "shared-platform-services-production-" * 2 + "west-europe",
            system="unknown",
            power="unknown",
            not_passing={"HST-001": U, "BAS-004": F},
        ),
        result(
            "vm-two-cards",
            not_passing={"NET-007": F},
            paths=(
                public_path(
                    "vm-two-cards",
                    ports_of(161, 1433, 5432),
                    (allow_hop("nsg-a", "data-in", 400), allow_hop("nsg-b", "data-in", 410)),
                    address="2603:1020:206::5",
                    source="2001:db8::9",
                    private="fd00::4",
                    sources=prefixes(("2000::/3",)),
                ),
            ),
        ),
        result(
            SCRIPT,
            group=FORMULA,
            tags=((TURNED, ESCAPES), (QUOTES, LINES), ("{{ 7*7 }}{% raw %}", "--></style><img src=//evil.example/x>")),
            not_passing={"NET-001": F, "NET-002": F},
            paths=(
                public_path(
                    SCRIPT,
                    22,
                    (allow_hop(QUOTES, LINES, 100), allow_hop(TURNED, ESCAPES, 110)),
                    address="20.50.1.99",
                    assumptions=(SCRIPT,),
                ),
            ),
            blind_spots=(SCRIPT, ESCAPES),
        ),
    ]
    return tuple(
        sorted(
            results, key=lambda r: (r.machine.subscription, r.machine.resource_group.lower(), r.machine.name.lower())
        )
    )


def fleet_of(results: tuple[MachineResult, ...]) -> Fleet:
    letters = sorted((r.grade.worst for r in results), key=LETTERS.index)
    caps = {rule.id for rule in RULES if rule.caps_grade_at == "F"}
    return Fleet(
        machines=len(results),
        worst=letters[-1] if letters else Letter.A,
        median=letters[len(letters) // 2] if letters else Letter.A,
        distribution=tuple((letter, letters.count(letter)) for letter in LETTERS),
        internet_reachable=sum(any(v.rule in caps and v.status is F for v in r.verdicts) for r in results),
        uncertain=sum(r.grade.worst is not r.grade.best for r in results),
    )


def sample_causes(results: tuple[MachineResult, ...]) -> tuple[Cause, ...]:
    """One cause per failing rule, as if each hung on one resource."""
    causes: list[Cause] = []
    for rule in RULES:
        failing = tuple(r.machine.key for r in results for v in r.verdicts if v.rule == rule.id and v.status is F)
        if failing:
            causes.append(
                Cause(
                    rule=rule.id,
                    resource=nsg_id("nsg-web"),
                    says=f"{rule.title}, because of security group nsg-web",
                    fix=rule.fix,
                    machines=failing,
                    improves=len(failing) if rule.caps_grade_at else 0,
                    becomes=Letter.C if rule.caps_grade_at == "F" else None,
                )
            )
    return tuple(causes)


def sample_coverage() -> tuple[CoverageLine, ...]:
    def line(
        table: str,
        title: str,
        outcome: str,
        rows: int,
        *,
        message: str = "",
        permission: str = "",
        asserted: bool = False,
    ) -> CoverageLine:
        digest = f"{sum(map(ord, table)):064x}" if rows else ""
        return CoverageLine(
            table, title, "", outcome, rows, message, permission, asserted, digest, ("NET-001", "NET-002", "NET-006")
        )

    return (
        line("virtual_machines", "Virtual machines", "complete", 14),
        line("network_interfaces", "Network interfaces", "complete", 15, asserted=True),
        line(
            "security_groups",
            "Network security groups",
            "partial",
            6,
            message="nsg-partner is referred to and is not among the rows",
            permission="Microsoft.Network/networkSecurityGroups/read",
        ),
        line("public_ip_addresses", "Public IP addresses", "complete", 7),
        line(
            "jit_policies",
            "Just-in-time access policies",
            "denied",
            0,
            message="AuthorizationFailed: the client does not have authorization to perform action",
            permission="Microsoft.Security/locations/jitNetworkAccessPolicies/read",
        ),
        line("load_balancers", "Load balancers", "not_collected", 0, permission="Microsoft.Network/loadBalancers/read"),
    )


def assessment_of(results: tuple[MachineResult, ...]) -> Assessment:
    return Assessment(
        subject=Subject(
            snapshot_sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            source="vmaudit import",
            taken_at="2026-11-20T08:30:00Z",
            tool_version="0.1.0",
            snapshot_tool_version="0.1.0",
            subscriptions=(SUBSCRIPTION.rpartition("/")[2],),
            service_tags=TagData(
                "Public", 374, "2025-12-29", "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce"
            ),
        ),
        as_of="2026-11-20T08:30:00Z",
        rules=RULES,
        results=results,
        fleet=fleet_of(results),
        causes=sample_causes(results),
        coverage=sample_coverage(),
        assumptions=(
            "Network interfaces: everything there is, is in the files (asserted on import, measured by nobody).",
            "Security groups are complete where all references to them resolve.",
        ),
        population=Population(
            listed=len(results) + 2,
            counted=len(results) + 2,
            evaluated=len(results),
            instances=0,
            excluded=(Exclusion(2, "given more than once"), Exclusion(None, "in 1 subscription that is <b>dark</b>")),
            says=f"Machines: {len(results) + 2} listed, {len(results)} evaluated. Left out: 2 in <b>bold</b>.",
        ),
    )


def sample_assessment() -> Assessment:
    """The sample tenant: what every test of a report reads."""
    return assessment_of(sample_results())


def large_assessment(machines: int) -> Assessment:
    """Many machines like the sample ones, each with a name of its own."""
    base = sample_results()
    results: list[MachineResult] = []
    for number in range(machines):
        like = base[number % len(base)]
        machine = structs.replace(
            like.machine,
            key=f"{like.machine.key}-{number:06}",
            id=f"{like.machine.id}-{number:06}",
            name=f"{like.machine.name}-{number:06}",
        )
        verdicts = tuple(structs.replace(verdict, says=f"{verdict.says} {number}") for verdict in like.verdicts)
        results.append(replace(like, machine=machine, verdicts=verdicts))
    return assessment_of(tuple(results))
