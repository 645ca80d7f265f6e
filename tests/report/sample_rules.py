"""Thirteen rules in the words of the catalogue, as values: what a report needs of a rule, without reading `rules/`.

HST-001 caps at D here, so that every letter occurs among the sample machines.
"""

from vmaudit.assess.rule import Ask, Gate, Layer, Rule, Severity


def rule(
    rule_id: str,
    title: str,
    severity: Severity,
    cap: str | None,
    *,
    gate: Gate = Gate.STRICT,
    needs: tuple[str, ...] = (),
    why: str = "What is open is found within minutes.",
    fix: str = "Close it.",
    known_gaps: str = "",
    maps_to: dict[str, tuple[str, ...]] | None = None,
    references: tuple[str, ...] = (),
) -> Rule:
    """A rule whose layer follows from its id and whose condition is never asked."""
    layer = {
        "NET": Layer.NETWORK,
        "BAS": Layer.BASTION,
        "JIT": Layer.JUST_IN_TIME,
        "HST": Layer.HOST,
    }[rule_id[:3]]
    slug = title.lower().replace(" ", "-")
    return Rule(
        id=rule_id,
        slug=slug,
        title=title,
        layer=layer,
        severity=severity,
        gate=gate,
        caps_grade_at=cap,
        needs=needs,
        parameters=(),
        applies_when=None,
        fail_when=Ask("vm.name", "equals", "", 1),
        says="",
        holds="",
        why=why,
        fix=fix,
        known_gaps=known_gaps,
        maps_to=maps_to or {},
        references=references,
        examples=(),
        path=f"{layer.value}/{rule_id}-{slug}.yaml",
    )


RULES = (
    rule(
        "NET-001",
        "Management port reachable from the internet",
        Severity.CRITICAL,
        "F",
        gate=Gate.DEFAULT,
        why=(
            "An open RDP or SSH port on a public address is found by scanners within minutes "
            "and turns one guessed password into a foothold."
        ),
        fix=(
            "Remove the rule that lets the packet in, or narrow its source to the Bastion subnet: "
            "`az network nsg rule update -g RG --nsg-name NSG -n RULE --source-address-prefixes 10.0.1.0/26`"
        ),
        known_gaps="Ports that a firewall forwards (DNAT) are not followed yet.",
        maps_to={
            "cis-azure-4.0": ("8.1", "8.2"),
            "mcsb-1": ("NS-1", "NS-3"),
            "nist-800-53-5": ("SC-7", "SC-7(5)", "AC-17"),
            "iso-27001-2022": ("A.8.20", "A.8.22"),
        },
        references=(
            "https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview",
            "https://learn.microsoft.com/azure/bastion/bastion-overview",
        ),
    ),
    rule(
        "NET-002",
        "Security rule opens a management port to public sources",
        Severity.HIGH,
        "C",
        gate=Gate.DEFAULT,
        why="A rule that is harmless today is an exposure the moment somebody attaches a public address.",
        fix="Delete the rule, and let people in through Bastion or just-in-time access.",
        maps_to={"cis-azure-4.0": ("8.1",), "nist-800-53-5": ("SC-7(5)", "CM-7")},
    ),
    rule(
        "NET-004",
        "Machine has a public address of its own",
        Severity.HIGH,
        "C",
        why="Bastion exists so that servers need no public address; each one that is left is a way around it.",
        fix="`az network nic ip-config update -g RG --nic-name NIC -n ipconfig1 --remove publicIPAddress`",
        maps_to={"cis-azure-4.0": ("8.7",), "mcsb-1": ("NS-1",), "nist-800-53-5": ("SC-7",)},
    ),
    rule(
        "NET-006",
        "Network interface without any network security group",
        Severity.HIGH,
        "C",
        fix="`az network vnet subnet update -g RG --vnet-name VNET -n SUBNET --network-security-group NSG`",
        maps_to={"mcsb-1": ("NS-1",), "iso-27001-2022": ("A.8.20",)},
    ),
    rule(
        "NET-007",
        "Other high-risk service or all ports open to the internet",
        Severity.HIGH,
        "C",
        maps_to={"nist-800-53-5": ("CM-7",)},
    ),
    rule(
        "BAS-001",
        "No working Bastion covers the machine",
        Severity.HIGH,
        "B",
        why="One brokered entry over 443 replaces many exposed endpoints.",
        fix="`az network bastion create -g RG -n BAS --vnet-name HUB --public-ip-address PIP --sku Standard`",
        maps_to={"mcsb-1": ("PA-6",)},
    ),
    rule("BAS-002", "Bastion below the Standard SKU", Severity.MEDIUM, None, gate=Gate.NEVER, needs=("BAS-001",)),
    rule("BAS-003", "Bastion subnet too small or shared", Severity.MEDIUM, None, gate=Gate.NEVER, needs=("BAS-001",)),
    rule("BAS-004", "Bastion subnet without a tight filter", Severity.MEDIUM, None, needs=("BAS-001",)),
    rule(
        "JIT-002",
        "Management ports not guarded by just-in-time access",
        Severity.HIGH,
        "C",
        why="Ports stay shut until somebody with the right to asks, which takes away the standing target.",
        fix="Put the machine into the just-in-time policy of its region with the ports of its system.",
        maps_to={"nist-800-53-5": ("AC-2(6)",), "mcsb-1": ("PA-2",)},
    ),
    rule(
        "JIT-003",
        "Just-in-time access opens to any source",
        Severity.HIGH,
        "C",
        needs=("JIT-002",),
        fix='Set `"allowedSourceAddressPrefixes": ["10.0.1.0/26"]` in the policy.',
    ),
    rule("JIT-004", "Just-in-time windows are long", Severity.MEDIUM, None, gate=Gate.NEVER, needs=("JIT-002",)),
    rule(
        "HST-001",
        "Linux machine accepts passwords",
        Severity.HIGH,
        "D",
        why="Where there is no password, there is nothing to guess.",
        fix="Set `PasswordAuthentication no` in the SSH server and sign in with Entra ID.",
        maps_to={"iso-27001-2022": ("A.8.5", "A.5.17")},
    ),
)
