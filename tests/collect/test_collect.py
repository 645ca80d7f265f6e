"""The whole way: the real clients ask an Azure on this machine, and a snapshot is what they got."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from contoso import contoso
from loopback import Change, Fault, Tenant
from loopback.server import SECRET

from collect.at_azure import Auditor, machine
from vmaudit.snapshot.manifest import MachineCounts, Outcome, OutcomeKind, Tally

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
MACHINES = ("--only", "virtual_machines")

At = Callable[[Tenant], Auditor]


def test_nothing_but_questions_leaves(auditor: At) -> None:
    adam = auditor(contoso())
    adam.azure.resource_graph.limits.seconds = 1.0

    adam.collects()

    assert adam.azure.ledger.writes() == ()
    assert len(adam.azure.ledger) > 30


def test_rows_of_a_page_keep_every_key_and_number_as_azure_gave_them(auditor: At) -> None:
    odd = {"aFieldOfTomorrow": {"deep": [1, 2.50, None, "ü\u2028"]}, "big": 12345678901234567890}
    adam = auditor(Tenant([machine(1, **odd)]))

    adam.collects(*MACHINES)

    (row,) = adam.rows("virtual_machines")
    assert row["properties"] == odd


def test_pages_are_joined(auditor: At) -> None:
    adam = auditor(Tenant(machine(number) for number in range(2345)))

    assert adam.collects(*MACHINES) == 0

    names = [row["name"] for row in adam.rows("virtual_machines")]
    assert names == [f"vm-{number:05d}" for number in range(2345)]
    assert adam.outcomes("virtual_machines") == (Outcome(f"/subscriptions/{ONE}", OutcomeKind.COMPLETE),)


def test_a_payload_that_is_too_large_is_asked_for_in_smaller_pages(auditor: At) -> None:
    adam = auditor(Tenant(machine(number, note="x" * 500) for number in range(600)))
    adam.azure.resource_graph.limits.payload = 200_000

    assert adam.collects(*MACHINES) == 0

    assert len({row["id"] for row in adam.rows("virtual_machines")}) == 600


def test_a_subscription_that_resource_graph_leaves_out_is_named_with_the_permission(auditor: At) -> None:
    adam = auditor(Tenant([machine(1, ONE), machine(2, TWO)]))
    adam.azure.access.hide(f"/subscriptions/{TWO}")

    assert adam.collects(*MACHINES) == 4

    whole, missing = adam.outcomes("virtual_machines")
    assert (whole.outcome, whole.message) == (OutcomeKind.COMPLETE, "1 of 1 subscriptions")
    assert (missing.scope, missing.outcome) == (f"/subscriptions/{TWO}", OutcomeKind.DENIED)
    assert missing.permission == "Microsoft.Compute/virtualMachines/read"


def test_a_list_that_is_refused_is_an_outcome_and_no_empty_table(auditor: At) -> None:
    adam = auditor(contoso())
    adam.azure.access.deny("Microsoft.Security/jitNetworkAccessPolicies/read")

    assert adam.collects("--only", "virtual_machines,jit_policies") == 4

    outcomes = adam.outcomes("jit_policies")
    assert {outcome.outcome for outcome in outcomes} == {OutcomeKind.DENIED}
    assert {outcome.code for outcome in outcomes} == {"AuthorizationFailed"}
    assert outcomes[0].permission == "Microsoft.Security/locations/jitNetworkAccessPolicies/read"


def test_a_provider_that_is_not_registered_is_named_and_never_registered(auditor: At) -> None:
    adam = auditor(contoso())
    (first, *_) = sorted(adam.azure.tenant.subscriptions())
    adam.azure.arm.unregistered.add((first, "microsoft.security"))

    assert adam.collects("--only", "virtual_machines,jit_policies") == 4

    (failed,) = [o for o in adam.outcomes("jit_policies") if o.outcome is not OutcomeKind.COMPLETE]
    assert failed.scope == f"/subscriptions/{first}"
    assert failed.outcome is OutcomeKind.FAILED
    assert "regist" in failed.message
    assert adam.azure.ledger.writes() == ()


def test_one_subscription_can_be_chosen_and_the_report_says_that_others_were_not(auditor: At) -> None:
    adam = auditor(Tenant([machine(1, ONE), machine(2, TWO)]))

    assert adam.collects(*MACHINES, "--subscription", ONE) == 0

    assert [row["name"] for row in adam.rows("virtual_machines")] == ["vm-00001"]
    (claim,) = adam.snapshot.manifest.assertions
    assert "1 others that can be read were not asked for" in claim


def test_a_subscription_that_may_not_be_seen_is_an_outcome(auditor: At) -> None:
    adam = auditor(Tenant([machine(1, ONE)]))

    assert adam.collects(*MACHINES, "--subscription", ONE, "--subscription", TWO) == 4

    assert [(o.scope, o.code) for o in adam.outcomes("virtual_machines") if o.outcome is not OutcomeKind.COMPLETE] == [
        (f"/subscriptions/{TWO}", "SubscriptionNotVisible")
    ]


def test_machines_of_one_resource_group_are_never_said_to_be_all(auditor: At) -> None:
    other = machine(2)
    other["id"] = other["id"].replace("/RG/", "/it's/")
    adam = auditor(Tenant([machine(1), other]))

    assert adam.collects(*MACHINES, "--resource-group", "it's") == 4

    assert [row["name"] for row in adam.rows("virtual_machines")] == ["vm-00002"]
    assert adam.outcomes("virtual_machines")[0].outcome is OutcomeKind.PARTIAL


def test_nobody_signed_in_is_no_audit(
    auditor: At, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    adam = auditor(Tenant([machine(1)]))
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "wrong")

    assert adam.collects(*MACHINES) == 3

    assert "SignInFailed" in capsys.readouterr().err
    assert not adam.out.exists()


def test_a_tenant_without_a_readable_subscription_is_no_audit(auditor: At) -> None:
    adam = auditor(Tenant([machine(1, ONE)]))

    assert adam.collects("--subscription", TWO) == 3


@pytest.mark.parametrize(
    "options",
    [
        ("--only", "virtualmachines"),
        ("--subscription", "prod"),
        ("--management-group", "../x"),
        ("--cloud", "AzureMoon"),
    ],
)
def test_a_wrong_option_is_bad_usage(auditor: At, options: tuple[str, str]) -> None:
    assert auditor(Tenant([machine(1)])).collects(*options) == 2


def test_no_token_and_no_secret_is_written_or_said(
    auditor: At, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    adam = auditor(contoso())
    adam.azure.resource_graph.limits.seconds = 1.0

    adam.collects("--debug")

    said = "".join(capfd.readouterr())
    written = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert "GET https://localhost" in said
    for secret in (SECRET, "Bearer", "eyJ", "Authorization:"):
        assert secret not in said
        assert secret.encode() not in written


def test_evidence_is_for_its_owner_alone(auditor: At) -> None:
    adam = auditor(Tenant([machine(1)]))

    adam.collects(*MACHINES)

    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in (adam.out, *adam.out.rglob("*")))


def test_a_scan_collects_and_audits(auditor: At, capsys: pytest.CaptureFixture[str]) -> None:
    adam = auditor(Tenant([machine(1)]))

    assert adam.scans("--format", "json", *MACHINES) == 0

    document = json.loads((adam.out / "assessment.json").read_text())
    assert [found["name"] for found in document["machines"]] == ["vm-00001"]
    assert "vm-00001" in capsys.readouterr().out


def test_the_machines_are_counted_twice_and_the_manifest_keeps_it(auditor: At) -> None:
    adam = auditor(Tenant([machine(1, ONE), machine(2, ONE), machine(3, TWO)]))

    adam.collects(*MACHINES)

    assert adam.snapshot.manifest.machine_counts == MachineCounts(subscriptions=2, counted=3)


def test_a_machine_that_comes_before_the_second_count_is_named_with_its_subscription(
    auditor: At, capsys: pytest.CaptureFixture[str]
) -> None:
    adam = auditor(Tenant([machine(1, ONE), machine(3, TWO)]))
    comes = Change(lambda azure: azure.tenant.add(machine(2, ONE)))
    adam.azure.faults.add(Fault("ResourceGraph", comes, in_body="summarize machines"))

    adam.collects(*MACHINES)

    counts = adam.snapshot.manifest.machine_counts
    assert counts == MachineCounts(subscriptions=2, counted=3, differing=(Tally(ONE, listed=1, counted=2),))
    assert any(ONE in sentence for sentence in adam.snapshot.manifest.assertions)
    assert f"In {ONE}: 1 collected, 2 counted." in capsys.readouterr().out


def test_a_scan_says_how_the_machines_add_up_in_the_terminal_and_in_its_reports(
    auditor: At, capsys: pytest.CaptureFixture[str]
) -> None:
    adam = auditor(Tenant([machine(1, ONE), machine(2, TWO)]))
    adam.azure.access.hide(f"/subscriptions/{TWO}")

    adam.scans("--format", "json,html", *MACHINES)

    says = json.loads((adam.out / "assessment.json").read_text())["population"]["says"]
    assert (
        "1 listed by Resource Graph, 1 by Azure's counts of 1 subscription, 1 evaluated. Left out: unknown how" in says
    )
    assert says in capsys.readouterr().out
    assert "1 listed by Resource Graph" in (adam.out / "report.html").read_text()


def test_a_scan_of_evidence_with_gaps_says_so_by_its_exit_code(auditor: At) -> None:
    adam = auditor(Tenant([machine(1, ONE), machine(2, TWO)]))
    adam.azure.access.hide(f"/subscriptions/{TWO}")

    assert adam.scans("--format", "json", *MACHINES) == 4


def test_a_place_that_is_taken_is_found_out_before_anything_is_asked(auditor: At) -> None:
    adam = auditor(Tenant([machine(1)]))
    adam.out.mkdir()
    (adam.out / "holiday.jpg").touch()

    assert adam.collects(*MACHINES, "--force") == 2

    assert len(adam.azure.ledger) == 0


def test_a_run_that_could_not_begin_leaves_nothing_to_resume(auditor: At, monkeypatch: pytest.MonkeyPatch) -> None:
    adam = auditor(Tenant([machine(1)]))
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "wrong")
    adam.collects(*MACHINES)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", SECRET)

    assert adam.collects(*MACHINES) == 0
