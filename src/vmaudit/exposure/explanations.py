"""What each explanation code means, in the words of the documentation. Codes are stable: tools may match on them."""

from collections.abc import Mapping
from typing import Final

from vmaudit.exposure.paths import Code

EXPLANATIONS: Final[Mapping[Code, str]] = {
    Code.PUBLIC_IP: "A public IP address is attached to the ip configuration: the packet can arrive.",
    Code.LB_NAT: (
        "An inbound NAT rule or pool of a load balancer carries the packet to the machine, often to another "
        "port. The NSGs see the client's own address and the backend port."
    ),
    Code.LB_RULE: (
        "A load-balancing rule carries the packet to the machine. The NSGs see the client's own address and "
        "the backend port."
    ),
    Code.FIREWALL_DNAT: (
        "A DNAT rule of an Azure Firewall carries the packet to the machine. The NSGs see an address of the "
        "firewall's subnet, not the client's."
    ),
    Code.FIREWALL_DNAT_EXCLUDES: (
        "The DNAT rules of the Azure Firewall that lead to the machine are for other clients only: nobody else is "
        "carried there."
    ),
    Code.APPLICATION_GATEWAY: (
        "A layer-4 listener of an application gateway carries the packet to the machine. The NSGs see an "
        "address of the gateway's subnet."
    ),
    Code.NO_PUBLIC_ENTRY: "Nothing public leads to the ip configuration.",
    Code.ADMIN_RULE_ALLOWS: "A security admin rule of a network manager allows the packet; the NSGs are asked next.",
    Code.ADMIN_RULE_ALWAYS_ALLOWS: "A security admin rule always allows the packet: no NSG is asked.",
    Code.ADMIN_RULE_DENIES: "A security admin rule denies the packet: no NSG is asked.",
    Code.ADMIN_RULE_UNCERTAIN: "Whether a security admin rule matches can't be said from the evidence.",
    Code.STANDARD_IP_WITHOUT_NSG: (
        "No NSG stands at the interface or its subnet, and the entry has a Standard SKU: closed from the "
        "internet until an NSG allows something."
    ),
    Code.BASIC_IP_WITHOUT_NSG: "No NSG stands at the interface or its subnet, and the entry has the SKU Basic: open.",
    Code.NO_NSG: "No NSG stands at the interface or its subnet: nothing is filtered on the inside.",
    Code.NSG_RULE_ALLOWS: "A rule of the NSG allows the packet; the rule is named.",
    Code.NSG_RULE_DENIES: "A rule of the NSG denies the packet; the rule is named.",
    Code.NSG_DEFAULT_ALLOWS: "One of the default rules that Azure adds to every NSG allows the packet.",
    Code.NSG_DEFAULT_DENIES: "One of the default rules that Azure adds to every NSG denies the packet.",
    Code.NSG_NOT_READ: "The NSG, or the subnet that may have one, is not in the evidence.",
    Code.NSG_RULE_UNCERTAIN: "Whether a rule of the NSG matches can't be said from the evidence, and it matters.",
    Code.UNKNOWN_SERVICE_TAG: "A rule names a service tag whose addresses are not in the evidence, and it matters.",
    Code.SKU_NOT_READ: "No NSG stands before the entry, and the SKU that would decide is not in the evidence.",
    Code.ENTRY_NOT_READ: "Something that could publish the machine was not read, so this way can't be ruled out.",
    Code.VM_RUNNING: "The machine runs: somebody answers.",
    Code.VM_NOT_RUNNING: "The machine does not run: the way is there, but nobody answers now.",
    Code.VM_STATE_NOT_READ: "Whether the machine runs is not in the evidence.",
}


def explanations_table() -> str:
    """All codes as a Markdown table, for docs/explanations.md."""
    lines = [f"| `{code.value}` | {EXPLANATIONS[code]} |" for code in Code]
    return "\n".join(["| code | means |", "|---|---|", *lines])
