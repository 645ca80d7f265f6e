"""The frameworks that rules may map to, with the names that reports print."""

from typing import Final

FRAMEWORKS: Final[dict[str, str]] = {
    "cis-azure-2.0": "CIS Microsoft Azure Foundations 2.0",
    "cis-azure-2.1": "CIS Microsoft Azure Foundations 2.1",
    "cis-azure-3.0": "CIS Microsoft Azure Foundations 3.0",
    "cis-azure-4.0": "CIS Microsoft Azure Foundations 4.0",
    "cis-azure-5.0": "CIS Microsoft Azure Foundations 5.0",
    "cis-azure-6.0": "CIS Microsoft Azure Foundations 6.0",
    "csf-2.0": "NIST Cybersecurity Framework 2.0",
    "hipaa": "HIPAA Security Rule",
    "iso-27001-2022": "ISO/IEC 27001:2022 Annex A",
    "mcsb": "Microsoft Cloud Security Benchmark",
    "nist-800-53r5": "NIST SP 800-53 revision 5",
    "pci-dss-4.0.1": "PCI DSS 4.0.1",
    "soc2": "SOC 2 Trust Services Criteria",
}
