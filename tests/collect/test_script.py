"""The script that gathers the same files: run with an `az` that writes down what it is asked."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from loopback import Tenant
from loopback.server import CLIENT_ID, SECRET

from collect.at_azure import JANE, NIGHT_SHIFT, OPERATORS, Auditor, machine
from collect.guarded import ADAM, APPLICATION, EVE, STANDBY, guarded
from vmaudit.cli import run
from vmaudit.collect.catalogue import EVIDENCE
from vmaudit.collect.evidence import Source
from vmaudit.collect.script import SHELLS, script
from vmaudit.collect.selection import Selection, tables_chosen
from vmaudit.snapshot.reading import Snapshot, open_snapshot

ONE = "11111111-1111-4111-8111-111111111111"
PROGRAM = Path(__file__).parent / "az.py"
NOTES_DOWN = """#!/bin/sh
echo "$*" >> asked.txt
case "$*" in
  *total_records*) echo 1 ;;
  *nextLink*) ;;
  *customerId*) printf 'w1\\nw2\\n' ;;
  *w2*) echo "ERROR: (BadArgumentError) The request had some invalid properties" >&2; exit 1 ;;
  *monitor*) echo '[{"TableName": "PrimaryResult", "TimeGenerated": "2026-11-20T10:00:00Z"}]' ;;
  *"-o tsv"*) echo d0000000-0000-4000-8000-000000000001 ;;
  *) echo '{"value": []}' ;;
esac
"""
"""An `az` that writes down what it is asked, and always names the same somebody."""

Gather = Callable[[Tenant, str], Auditor]


@pytest.fixture
def gathered(auditor: Callable[[Tenant], Auditor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gather:
    """Somebody who ran the script for some tables at a tenant, in `tmp_path`."""
    program = tmp_path / "bin" / "az"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {PROGRAM} "$@"\n')
    program.chmod(0o755)

    def gather(tenant: Tenant, tables: str) -> Auditor:
        adam = auditor(tenant)
        adam.azure.resource_graph.limits.queries = 1000
        form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET}
        token = adam.azure.tokens.issue(form | {"scope": f"{adam.azure.url}/.default"}, adam.azure.url)
        for name, value in {
            "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
            "AZ_BASE": adam.azure.url,
            "AZ_CA": str(adam.azure.ca_file),
            "AZ_TOKEN": token["access_token"],
        }.items():
            monkeypatch.setenv(name, value)
        selection = Selection(
            subscriptions=tuple(sorted(tenant.subscriptions())), tables=tables_chosen([tables] if tables else [], [])
        )
        (tmp_path / "gather.sh").write_text(script("bash", selection))
        return adam

    return gather


def small() -> Tenant:
    """A shell starts a program for each question: one subscription with three machines and a Bastion host."""
    bastion = machine(0)["id"].replace("Microsoft.Compute/virtualMachines", "Microsoft.Network/bastionHosts")
    return guarded(Tenant([*map(machine, range(3)), {"id": bastion, "name": "b", "properties": {}}]))


def run_script(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "gather.sh"], cwd=folder, check=False, capture_output=True, text=True)


def imported(folder: Path) -> Snapshot:
    arguments = ["import", str(folder / "evidence"), "--out", str(folder / "imported"), "--complete", "--quiet"]
    assert run([*arguments, "--on-duplicate", "last"]) == 0
    return open_snapshot(folder / "imported")


def ids(snapshot: Snapshot, table: str) -> list[str]:
    rows = [json.loads(row) for row in snapshot.rows(table)]
    return sorted(str(row.get("id") or row).lower() for row in rows)


def test_what_the_script_gathers_is_what_collecting_brings(gathered: Gather, tmp_path: Path) -> None:
    tables = "virtual_machines,jit_policies,diagnostic_settings,applications"
    adam = gathered(small(), tables)
    adam.azure.arm.page = 2

    done = run_script(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    adam.collects("--only", tables)
    brought = imported(tmp_path)
    for table in (
        *("virtual_machines", "jit_policies", "role_assignments", "role_eligibility_schedule_instances"),
        *("management_groups", "diagnostic_settings", "applications", "bastion_hosts"),
    ):
        assert ids(brought, table) == ids(adam.snapshot, table), table


def test_the_script_follows_groups_as_collecting_does(gathered: Gather, tmp_path: Path) -> None:
    adam = gathered(small(), "group_owners,group_eligibility_schedule_instances,application_owners")
    adam.azure.graph.page = 1

    done = run_script(tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    brought = imported(tmp_path)
    members: dict[str, set[str]] = {}
    for row in map(json.loads, brought.rows("group_members")):
        members.setdefault(row["groupId"], set()).update(one["id"] for one in row["members"])
    assert members[OPERATORS] == {NIGHT_SHIFT, JANE}
    assert members[STANDBY] == {EVE}
    owners = [json.loads(row) for row in brought.rows("group_owners")]
    assert {row["groupId"]: [one["id"] for one in row["owners"]] for row in owners}[NIGHT_SHIFT] == [ADAM]
    assert len(list(brought.rows("group_eligibility_schedule_instances"))) == 1
    (row,) = map(json.loads, brought.rows("application_owners"))
    assert (row["applicationId"], [one["id"] for one in row["owners"]]) == (APPLICATION, [JANE])


def test_what_fails_is_said_at_the_end_and_the_rest_is_gathered(gathered: Gather, tmp_path: Path) -> None:
    adam = gathered(small(), "security_defaults,jit_policies,access_review_instances")
    adam.azure.access.deny("Microsoft.Security/jitNetworkAccessPolicies/read")
    adam.azure.access.graph_permissions.discard("AccessReview.Read.All")

    done = run_script(tmp_path)

    assert done.returncode == 1
    said = done.stderr.partition("import the rest without --complete:")[2]
    assert "jit_policies-" in said
    assert "access reviews" in said
    assert [json.loads(row)["id"] for row in imported(tmp_path).rows("security_defaults")]


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an `az` that writes down what it is asked."""
    program = tmp_path / "az"
    program.write_text(NOTES_DOWN)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_logs_are_asked_of_every_workspace_that_is_found_and_one_that_refuses_is_named(az: Path) -> None:
    selection = Selection(subscriptions=(ONE,), tables=("jit_requests", "machine_sign_ins"), since="90d")
    (az / "gather.sh").write_text(script("bash", selection))

    done = run_script(az)

    assert sorted(path.name for path in (az / "evidence").iterdir()) == [
        "jit_requests-w1.json",
        "machine_sign_ins-w1.json",
    ]
    assert done.returncode == 1
    assert "jit_requests in workspace w2" in done.stderr
    logs = [said for said in (az / "asked.txt").read_text().splitlines() if said.startswith("monitor ")]
    assert len(logs) == 4
    assert all(" --timespan P90D " in said for said in logs)
    assert all(
        "--analytics-query AzureActivity | " in said or "--analytics-query SigninLogs | " in said for said in logs
    )
    assert run(["import", str(az / "evidence"), "--out", str(az / "snapshot"), "--quiet"]) == 0


def test_workspaces_that_are_named_are_not_looked_for(az: Path) -> None:
    selection = Selection(subscriptions=(ONE,), tables=("jit_requests",), workspaces=("w1",))
    (az / "gather.sh").write_text(script("bash", selection))

    assert run_script(az).returncode == 0

    (asked,) = (az / "asked.txt").read_text().splitlines()
    assert asked.startswith("monitor log-analytics query --workspace w1 ")


def test_the_script_only_reads(az: Path) -> None:
    (az / "gather.sh").write_text(script("bash", Selection(subscriptions=(ONE,))))

    run_script(az)

    asked = (az / "asked.txt").read_text().splitlines()
    reading = ("graph query ", "rest --method get ", "resource list ", "cloud show ", "monitor log-analytics query ")
    assert all(line.startswith(reading) for line in asked)
    assert len(asked) > 100


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="no PowerShell here")
def test_powershell_reads_its_script() -> None:
    text = script("powershell", Selection())
    check = "$e = $null; [void][System.Management.Automation.Language.Parser]::ParseInput($input, [ref]$null, [ref]$e); exit $e.Count"

    assert subprocess.run(["pwsh", "-NoProfile", "-Command", check], input=text, text=True, check=False).returncode == 0


def test_the_script_is_printed_without_asking_azure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["collect", "--print-script", "powershell", "--subscription", ONE]) == 0

    said = capsys.readouterr().out
    assert f"$subscriptions = @('{ONE}')" in said
    assert "\nquery bastion_hosts " in said


@pytest.mark.parametrize("shell", SHELLS)
def test_every_table_is_in_the_script_and_every_function_that_it_calls(shell: str) -> None:
    text = script(shell, Selection())
    defined = set(re.findall(r"^(?:function )?(\w+)(?:\(\)|\(\$| \{)", text, flags=re.MULTILINE))
    first = "\nquery virtual_machines "
    calls = [line.split() for line in (first + text.partition(first)[2].partition("\n\n")[0]).splitlines()]

    assert {call[0] for call in calls if call} <= defined
    words = {word for call in calls for word in call[1:3]}
    assert {asked.table for asked in EVIDENCE if asked.source is not Source.PARENT} <= words


def test_a_scope_that_the_script_does_not_know_is_bad_usage() -> None:
    assert run(["collect", "--print-script", "bash", "--resource-group", "rg"]) == 2


def test_a_subscription_that_is_none_does_not_get_into_the_script() -> None:
    assert run(["collect", "--print-script", "bash", "--subscription", "$(touch /tmp/x)"]) == 2


def test_a_snapshot_needs_a_name() -> None:
    assert run(["collect"]) == 2
