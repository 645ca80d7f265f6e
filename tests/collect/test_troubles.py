"""An Azure that misbehaves: what passes leaves no trace, what does not is an outcome."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from loopback import Tenant
from loopback.faults import Change, Cut, ExpireTokens, Fault, Replace, Say, Shorten, Skew, throttling

from collect.at_azure import Auditor, machine
from collect.storms import ONE, TWO
from vmaudit.collect.evidence import query
from vmaudit.collect.parts import Opening, Parts
from vmaudit.collect.selection import Selection
from vmaudit.snapshot.manifest import OutcomeKind

At = Callable[[Tenant], Auditor]
MACHINES = ("--only", "virtual_machines")
GRAPH = "ResourceGraph/resources"


def tenant(machines: int = 2500) -> Tenant:
    return Tenant(machine(number) for number in range(machines))


def times_asked(adam: Auditor, table: str) -> int:
    """How many pages of a table Resource Graph was asked for."""
    return sum(json.loads(entry.body)["query"] == query(table) for entry in adam.azure.ledger.asked(GRAPH))


@pytest.mark.parametrize(
    "fault",
    [
        throttling(GRAPH, times=2, retry_after=1, after=2),
        throttling(GRAPH, times=2, after=2),
        Fault(GRAPH, Say(503), after=2, times=2),
        Fault(GRAPH, Cut(after=5000), after=2),
        Fault(GRAPH, Shorten(0.5), after=2),
        Fault("GET /subscriptions", Shorten(0.5)),
        Fault(".", ExpireTokens(), after=4),
        Fault(".", Skew(timedelta(hours=-3))),
    ],
    ids=lambda fault: type(fault.does).__name__ + str(getattr(fault.does, "status", "")),
)
def test_what_passes_leaves_no_trace(auditor: At, fault: Fault) -> None:
    adam = auditor(tenant())
    adam.azure.faults.add(fault)

    assert adam.collects(*MACHINES) == 0

    assert len({row["id"] for row in adam.rows("virtual_machines")}) == 2500


def test_a_machine_that_appears_between_two_pages_makes_the_query_be_put_again(auditor: At) -> None:
    adam = auditor(tenant())
    added = Change(lambda azure: azure.tenant.add(machine(0) | {"id": machine(0)["id"] + "-early"}))
    adam.azure.faults.add(Fault(GRAPH, added, after=2))

    assert adam.collects(*MACHINES) == 0

    assert len({row["id"] for row in adam.rows("virtual_machines")}) == 2501


def test_a_machine_that_goes_between_two_pages_takes_no_other_with_it(auditor: At) -> None:
    adam = auditor(tenant())
    gone = Change(lambda azure: azure.tenant.remove(machine(7)["id"]))
    adam.azure.faults.add(Fault(GRAPH, gone, after=2))

    assert adam.collects(*MACHINES) == 0

    assert len({row["id"] for row in adam.rows("virtual_machines")} - {machine(7)["id"]}) == 2499


def test_a_subscription_that_may_not_be_read_any_more_before_the_end_is_named(auditor: At) -> None:
    adam = auditor(Tenant([machine(1, ONE), machine(2, TWO)]))
    hidden = Change(lambda azure: azure.access.hide(f"/subscriptions/{TWO}"))
    adam.azure.faults.add(Fault(GRAPH, hidden, in_body="microsoft.compute/virtualmachines"))

    assert adam.collects(*MACHINES) == 4

    (missing,) = [o for o in adam.outcomes("virtual_machines") if o.outcome is not OutcomeKind.COMPLETE]
    assert (missing.scope, missing.outcome) == (f"/subscriptions/{TWO}", OutcomeKind.DENIED)


def test_a_subscription_that_may_be_read_again_is_asked_again_with_resume(auditor: At) -> None:
    adam = auditor(Tenant([machine(1, ONE), machine(2, TWO)]))
    adam.azure.access.hide(f"/subscriptions/{TWO}")
    adam.azure.faults.add(Fault("jitNetworkAccessPolicies", Say(429, headers={"Retry-After": "3600"})))
    assert adam.collects("--only", "virtual_machines,jit_policies") == 4
    adam.azure.access.hidden.clear()
    adam.azure.faults.clear()

    assert adam.collects("--only", "virtual_machines,jit_policies", "--resume") == 0

    assert [row["name"] for row in adam.rows("virtual_machines")] == ["vm-00001", "vm-00002"]


def test_an_end_at_which_nobody_can_be_asked_is_no_proof_of_completeness(auditor: At) -> None:
    adam = auditor(Tenant([machine(1, ONE), machine(2, TWO)]))
    adam.azure.faults.add(Fault(GRAPH, Say(403), after=2, times=None))

    assert adam.collects(*MACHINES) == 4

    assert {o.code for o in adam.outcomes("virtual_machines")} == {"NotLookedAtAgain"}
    assert len(adam.rows("virtual_machines")) == 2
    adam.azure.faults.clear()
    adam.azure.ledger.clear()
    assert adam.collects(*MACHINES, "--resume") == 0
    assert times_asked(adam, "virtual_machines") == 0


def test_an_authority_that_asks_for_an_hour_is_not_waited_for(auditor: At, capsys: pytest.CaptureFixture[str]) -> None:
    adam = auditor(tenant(10))
    adam.azure.faults.add(Fault("/token", Say(429, headers={"Retry-After": "3600"}), times=None))
    began = time.monotonic()

    assert adam.collects(*MACHINES) == 3

    assert time.monotonic() - began < 20
    assert "left alone for 3600 seconds" in capsys.readouterr().err


@pytest.mark.parametrize("row", ["null", "7", '{"id": 7}'])
def test_a_row_that_is_none_ends_its_table_and_nothing_else(auditor: At, row: str) -> None:
    adam = auditor(tenant(10))
    body = f'{{"totalRecords": 1, "data": [{row}]}}'.encode()
    adam.azure.faults.add(Fault(GRAPH, Replace(body), in_body="microsoft.network/networkinterfaces'"))

    assert adam.collects("--only", "virtual_machines,network_interfaces") == 4

    (outcome,) = adam.outcomes("network_interfaces")
    assert (outcome.outcome, outcome.code) == (OutcomeKind.FAILED, "StrangeRow")
    assert len(adam.rows("virtual_machines")) == 10


def test_pages_that_were_read_before_a_refusal_are_kept_as_a_part(auditor: At) -> None:
    adam = auditor(tenant())
    adam.azure.faults.add(Fault(GRAPH, Say(403), after=1, times=None, in_body="$skipToken"))

    assert adam.collects(*MACHINES) == 4

    (outcome,) = adam.outcomes("virtual_machines")
    assert outcome.outcome is OutcomeKind.PARTIAL
    assert outcome.permission == "Microsoft.Compute/virtualMachines/read"
    assert adam.snapshot.entry("virtual_machines").rows == 2000


def test_a_question_that_failed_is_asked_again_with_resume_and_the_others_are_not(auditor: At) -> None:
    adam = auditor(tenant(10))
    adam.azure.faults.add(Fault("jitNetworkAccessPolicies", Say(429, headers={"Retry-After": "3600"})))
    assert adam.collects("--only", "virtual_machines,jit_policies") == 4
    first = adam.snapshot.manifest.taken_at
    adam.azure.ledger.clear()

    assert adam.collects("--only", "virtual_machines,jit_policies", "--resume") == 0

    assert len(adam.azure.ledger.asked("jitNetworkAccessPolicies")) == 1
    assert times_asked(adam, "virtual_machines") == 0
    assert adam.snapshot.manifest.taken_at == first
    assert not list(adam.out.parent.glob(".*collecting"))


def test_what_a_killed_run_was_writing_is_removed_by_the_one_that_goes_on(auditor: At) -> None:
    adam = auditor(tenant(10))
    adam.azure.faults.add(Fault("jitNetworkAccessPolicies", Say(429, headers={"Retry-After": "3600"})))
    assert adam.collects("--only", "virtual_machines,jit_policies") == 4
    half_written = adam.out.with_name(".snapshot.partial-x1y2")
    (half_written / "evidence").mkdir(parents=True)

    assert adam.collects("--only", "virtual_machines,jit_policies", "--resume") == 0

    assert not half_written.exists()


def test_nobody_goes_on_with_a_collection_that_still_runs(auditor: At, capsys: pytest.CaptureFixture[str]) -> None:
    adam = auditor(tenant(10))
    asked = f"{adam.cloud} {Selection(tables=('virtual_machines',))}"
    opening = Opening("0", asked, "2026-11-21T06:00:00Z")

    with Parts.for_snapshot(adam.out, opening, resume=False, replace=False):
        assert adam.collects(*MACHINES, "--resume") == 2

    assert "another vmaudit is collecting" in capsys.readouterr().err


def test_another_question_cannot_go_on_with_the_parts_of_the_first(auditor: At) -> None:
    adam = auditor(tenant(10))
    adam.azure.faults.add(Fault("jitNetworkAccessPolicies", Say(429, headers={"Retry-After": "3600"})))
    assert adam.collects("--only", "virtual_machines,jit_policies") == 4

    assert adam.collects("--only", "virtual_machines", "--resume") == 2


def begun(adam: Auditor, tables: str) -> "subprocess.Popen[str]":
    """A collection in a process of its own, which has asked its first question."""
    program = "import sys; from vmaudit.cli import run; sys.exit(run(sys.argv[1:]))"
    options = ["--cloud", str(adam.cloud), "--credential", "environment", "--only", tables]
    child = subprocess.Popen(
        [sys.executable, "-c", program, "collect", "--out", str(adam.out), *options],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 20
    while not adam.azure.ledger.asked(GRAPH) and time.monotonic() < deadline:
        time.sleep(0.01)
    return child


def test_a_token_that_expires_for_good_leaves_a_snapshot_with_gaps_and_says_how_to_go_on(
    auditor: At, capsys: pytest.CaptureFixture[str]
) -> None:
    adam = auditor(tenant(3000))
    adam.azure.faults.add(Fault(GRAPH, ExpireTokens(), after=2, times=None))

    assert adam.collects(*MACHINES) == 4

    (outcome,) = adam.outcomes("virtual_machines")
    assert (outcome.outcome, outcome.code) == (OutcomeKind.PARTIAL, "ExpiredAuthenticationToken")
    assert "Sign in again, and go on with --resume" in outcome.message
    assert "Give the same command with --resume" in capsys.readouterr().out
    adam.azure.faults.clear()
    assert adam.collects(*MACHINES, "--resume") == 0
    assert len(adam.rows("virtual_machines")) == 3000


@pytest.mark.slow
def test_a_run_that_is_interrupted_says_how_to_go_on(auditor: At) -> None:
    adam = auditor(tenant(3000))
    adam.azure.faults.add(throttling("jitNetworkAccessPolicies", times=None, retry_after=200))
    child = begun(adam, "virtual_machines,jit_policies")
    time.sleep(2)

    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=20)

    assert child.returncode == 130
    assert "--resume" in said
    assert not adam.out.exists()
    adam.azure.faults.clear()
    adam.azure.ledger.clear()
    assert adam.collects("--only", "virtual_machines,jit_policies", "--resume") == 0
    assert times_asked(adam, "virtual_machines") == 0
