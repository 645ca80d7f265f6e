"""What Contoso's Conditional Access makes of each machine, reasoned by hand, against what vmaudit says.

The policies ask everybody for MFA from a managed device, block other countries, legacy clients, device codes, transfers
and risk. One group is left out of all of them, and only the security lead is in it. He may become owner of the
development subscription, and sign in to machines there, and nothing else. So all eight rules fail there, and where Adam,
Jane and the platform lead act alone they all pass.
"""

from collections.abc import Mapping

import pytest

from vmaudit.assess.assessment import Assessment, Status
from vmaudit.demo import COMPLETE_FOR, TAKEN_AT, write_contoso
from vmaudit.demo.landscape import DEVELOPMENT
from vmaudit.importing.completeness import complete_for
from vmaudit.importing.importing import import_files
from vmaudit.pipeline import audit
from vmaudit.snapshot.reading import open_snapshot

HOLE: Mapping[str, Status] = dict.fromkeys((f"CA-00{number}" for number in range(1, 9)), Status.FAIL)
NO_INTERFACE: Mapping[str, Status] = dict.fromkeys(
    ("CA-001", "CA-002", "CA-004", "CA-005", "CA-006", "CA-007", "CA-008"), Status.UNKNOWN
)
"""Where an interface was not read, nobody knows who may change the network around the machine."""


@pytest.fixture(scope="module")
def assessment(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    folder = tmp_path_factory.mktemp("contoso")
    write_contoso(folder / "exports")
    import_files([folder / "exports"], folder / "snapshot", taken_at=TAKEN_AT, complete_for=complete_for(COMPLETE_FOR))
    return audit(open_snapshot(folder / "snapshot"))


def test_only_the_development_machines_open_to_a_password(assessment: Assessment) -> None:
    for result in assessment.results:
        found = {verdict.rule: verdict.status for verdict in result.verdicts if verdict.rule.startswith("CA-")}
        expected = dict.fromkeys(found, Status.PASS)
        if result.machine.subscription == DEVELOPMENT:
            expected |= HOLE
        elif result.machine.name == "vm-payroll02":
            expected |= NO_INTERFACE
        assert found == expected, result.machine.name


def test_the_security_lead_is_named_with_the_policy_that_leaves_him_out(assessment: Assessment) -> None:
    causes = {cause.says: len(cause.machines) for cause in assessment.causes if cause.rule in {"CA-001", "CA-002"}}

    assert causes == {
        "policy MFA for everybody leaves people out who act on machines": 5,
        "policy Managed devices for machines leaves people out who act on machines": 5,
    }
    says = {verdict.says for result in assessment.results for verdict in result.verdicts if verdict.rule == "CA-007"}
    assert "Conditional Access has a hole: Security lead" in says
