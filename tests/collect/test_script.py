"""The script that gathers the same files: run with an `az` that writes down what it is asked."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from vmaudit.cli import run
from vmaudit.collect.script import script
from vmaudit.collect.selection import Selection, tables_chosen

ONE = "11111111-1111-4111-8111-111111111111"
AZ = """#!/usr/bin/env python3
import json, sys
with open("asked.ndjson", "a") as file:
    print(json.dumps(sys.argv[1:]), file=file)
said = sys.argv[1:]
machine = "/subscriptions/S/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm-%d"
if "total_records" in said:
    print(1500 if '"microsoft.compute/virtualmachines"' in " ".join(said) else 1)
elif "data[].properties.customerId" in said:
    print("w1\\nw2")
elif "monitor" in said:
    if said[said.index("--workspace") + 1] == "w2":
        sys.exit("ERROR: (BadArgumentError) The request had some invalid properties")
    print(json.dumps([{"TableName": "PrimaryResult", "TimeGenerated": "2026-11-20T10:00:00Z"}]))
elif "graph" in said:
    begin = int(said[said.index("--skip") + 1])
    print(json.dumps([{"id": machine % n, "type": "microsoft.compute/virtualmachines"} for n in range(begin, min(begin + 1000, 1500))]))
elif "rest" in said:
    print('{"value": []}')
"""


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "az"
    program.parent.mkdir()
    program.write_text(AZ)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_what_the_script_gathers_is_imported_whole(az: Path) -> None:
    selection = Selection(subscriptions=(ONE,), tables=tables_chosen(["virtual_machines,jit_policies"], []))
    (az / "gather.sh").write_text(script("bash", selection))

    subprocess.run(["bash", "gather.sh"], cwd=az, check=True)

    assert sorted(path.name for path in (az / "evidence").iterdir()) == [
        f"jit_policies-{ONE}.json",
        "virtual_machines-0.json",
        "virtual_machines-1000.json",
    ]
    assert run(["import", str(az / "evidence"), "--out", str(az / "snapshot"), "--quiet"]) == 0


def test_the_script_only_reads(az: Path) -> None:
    (az / "gather.sh").write_text(script("bash", Selection(subscriptions=(ONE,))))

    subprocess.run(["bash", "gather.sh"], cwd=az, check=True)

    asked = (az / "asked.ndjson").read_text().splitlines()
    questions = ('["graph", "query"', '["rest", "--method", "get"', '["monitor", "log-analytics", "query"')
    assert all(line.startswith(questions) for line in asked)
    assert len(asked) > 60


def test_logs_are_asked_of_every_workspace_that_is_found_and_one_that_refuses_is_named(az: Path) -> None:
    (az / "gather.sh").write_text(
        script("bash", Selection(subscriptions=(ONE,), tables=("jit_requests", "machine_sign_ins"), since="90d"))
    )

    done = subprocess.run(["bash", "gather.sh"], cwd=az, check=True, capture_output=True, text=True)

    assert sorted(path.name for path in (az / "evidence").iterdir()) == [
        "jit_requests-w1.json",
        "machine_sign_ins-w1.json",
    ]
    assert "jit_requests was not read in workspace w2" in done.stderr
    asked = [json.loads(line) for line in (az / "asked.ndjson").read_text().splitlines()]
    logs = [said for said in asked if said[0] == "monitor"]
    assert {said[said.index("--timespan") + 1] for said in logs} == {"P90D"}
    assert all(
        said[said.index("--analytics-query") + 1].startswith(("AzureActivity | ", "SigninLogs | ")) for said in logs
    )
    assert run(["import", str(az / "evidence"), "--out", str(az / "snapshot"), "--quiet"]) == 0


def test_workspaces_that_are_named_are_not_looked_for(az: Path) -> None:
    (az / "gather.sh").write_text(
        script("bash", Selection(subscriptions=(ONE,), tables=("jit_requests",), workspaces=("w1",)))
    )

    subprocess.run(["bash", "gather.sh"], cwd=az, check=True)

    (asked,) = (json.loads(line) for line in (az / "asked.ndjson").read_text().splitlines())
    assert asked[:5] == ["monitor", "log-analytics", "query", "--workspace", "w1"]


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="no PowerShell here")
def test_powershell_reads_its_script() -> None:
    text = script("powershell", Selection())
    check = "$e = $null; [void][System.Management.Automation.Language.Parser]::ParseInput($input, [ref]$null, [ref]$e); exit $e.Count"

    assert subprocess.run(["pwsh", "-NoProfile", "-Command", check], input=text, text=True, check=False).returncode == 0


def test_the_script_is_printed_without_asking_azure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["collect", "--print-script", "powershell", "--subscription", ONE]) == 0

    said = capsys.readouterr().out
    assert f"$subscriptions = @('{ONE}')" in said
    assert "Save-Query bastion_hosts " in said


def test_a_scope_that_the_script_does_not_know_is_bad_usage() -> None:
    assert run(["collect", "--print-script", "bash", "--resource-group", "rg"]) == 2


def test_a_subscription_that_is_none_does_not_get_into_the_script() -> None:
    assert run(["collect", "--print-script", "bash", "--subscription", "$(touch /tmp/x)"]) == 2


def test_a_snapshot_needs_a_name() -> None:
    assert run(["collect"]) == 2
