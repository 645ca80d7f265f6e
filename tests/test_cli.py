"""Every command, as a user types it: what it prints, and the exit code that a pipeline sees."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vmaudit.cli import COMMANDS, EXIT_CODES, run
from vmaudit.demo.contoso import COMPLETE_FOR, TAKEN_AT
from vmaudit.demo.export import write_contoso

SUBSCRIPTION = "/subscriptions/00000000-0000-4000-8000-000000000001"
NETWORK = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network"


def nsg(name: str, *rules: dict[str, object]) -> dict[str, object]:
    return {
        "id": f"{NETWORK}/networkSecurityGroups/{name}",
        "type": "Microsoft.Network/networkSecurityGroups",
        "properties": {"securityRules": [{"name": rule["name"], "properties": rule} for rule in rules]},
    }


def allow(name: str, port: str, source: str = "*", priority: int = 300) -> dict[str, object]:
    return {
        "name": name,
        "priority": priority,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Tcp",
        "sourceAddressPrefix": source,
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": port,
    }


def estate(*rules: dict[str, object], public: bool = True) -> list[dict[str, object]]:
    """One machine, one interface with an NSG, one subnet, and a Standard public IP where asked for."""
    subnet = f"{NETWORK}/virtualNetworks/vnet/subnets/default"
    address = {"publicIPAddress": {"id": f"{NETWORK}/publicIPAddresses/pip"}} if public else {}
    rows: list[dict[str, object]] = [
        {
            "id": f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm-one",
            "type": "Microsoft.Compute/virtualMachines",
            "location": "westeurope",
            "properties": {
                "storageProfile": {"osDisk": {"osType": "Windows"}},
                "networkProfile": {"networkInterfaces": [{"id": f"{NETWORK}/networkInterfaces/nic"}]},
                "instanceView": {"statuses": [{"code": "PowerState/running"}]},
            },
        },
        {
            "id": f"{NETWORK}/networkInterfaces/nic",
            "type": "Microsoft.Network/networkInterfaces",
            "properties": {
                "networkSecurityGroup": {"id": f"{NETWORK}/networkSecurityGroups/nsg"},
                "ipConfigurations": [
                    {
                        "name": "ipconfig1",
                        "properties": {"privateIPAddress": "10.0.0.4", "subnet": {"id": subnet}, **address},
                    }
                ],
            },
        },
        {
            "id": f"{NETWORK}/virtualNetworks/vnet",
            "type": "Microsoft.Network/virtualNetworks",
            "properties": {
                "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
                "subnets": [{"id": subnet, "properties": {"addressPrefix": "10.0.0.0/24"}}],
            },
        },
        nsg("nsg", *rules),
    ]
    if public:
        rows.append(
            {
                "id": f"{NETWORK}/publicIPAddresses/pip",
                "type": "Microsoft.Network/publicIPAddresses",
                "sku": {"name": "Standard"},
                "properties": {"ipAddress": "20.1.2.3"},
            }
        )
    return rows


def snapshot_of(rows: list[dict[str, object]], folder: Path, *options: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "rows.json"
    file.write_text(json.dumps(rows))
    out = folder / "snapshot"
    assert run(["import", str(file), "--out", str(out), "--taken-at", TAKEN_AT, "--quiet", *options]) == 0
    return out


@pytest.fixture(scope="module")
def contoso(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contoso")
    write_contoso(folder / "files")
    out = folder / "snapshot"
    arguments = ["import", str(folder / "files"), "--out", str(out), "--taken-at", TAKEN_AT, "--quiet"]
    assert run([*arguments, "--complete-for", ",".join(COMPLETE_FOR)]) == 0
    return out


def test_help_lists_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0

    shown = capsys.readouterr().out
    assert all(name in shown for name in COMMANDS)
    assert all(f"{code}  {meaning}" in shown for code, meaning in EXIT_CODES.items())


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0

    assert capsys.readouterr().out.startswith("Usage: vmaudit")


def test_help_loads_no_library_but_click() -> None:
    """What keeps `vmaudit --help` under 200 ms; `make bench` measures the time itself."""
    program = (
        "import sys; from vmaudit.cli import run; run(['--help']);"
        "heavy = {'pandas', 'numpy', 'jinja2', 'weasyprint', 'msgspec', 'yaml', 'zstandard'} & set(sys.modules);"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_an_exposed_machine_fails_the_gate_with_its_path_and_its_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = snapshot_of(estate(allow("allow-rdp", "3389")), tmp_path, "--complete")

    assert run(["gate", str(snapshot)]) == 1

    line = capsys.readouterr().out.splitlines()[0]
    assert "vm-one" in line
    assert "internet → 20.1.2.3:3389 → nsg/allow-rdp" in line
    assert "az network nsg rule delete" in line


def test_a_closed_machine_passes_the_gate_when_the_files_are_all_there_is(tmp_path: Path) -> None:
    assert run(["gate", str(snapshot_of(estate(public=False), tmp_path, "--complete"))]) == 0


def test_a_closed_machine_can_not_pass_the_gate_while_evidence_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["gate", str(snapshot_of(estate(public=False), tmp_path))]) == 4

    assert "UNKNOWN vm-one" in capsys.readouterr().out


def test_an_exposed_machine_fails_the_gate_although_evidence_is_missing(tmp_path: Path) -> None:
    assert run(["gate", str(snapshot_of(estate(allow("allow-rdp", "3389")), tmp_path))]) == 1


def test_interfaces_without_their_nsgs_are_no_pass(tmp_path: Path) -> None:
    rows = [row for row in estate(allow("allow-rdp", "3389")) if "networkSecurityGroups/" not in str(row["id"])]

    assert run(["gate", str(snapshot_of(rows, tmp_path, "--complete"))]) == 4


def test_the_gate_decides_alike_on_a_snapshot_and_on_the_saved_report(
    contoso: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", str(contoso), "--out", str(tmp_path), "--format", "json", "--quiet"]) == 0
    capsys.readouterr()

    codes, texts = [], []
    for evidence in (contoso, tmp_path / "assessment.json"):
        for profile in ("default", "strict"):
            codes.append(run(["gate", str(evidence), "--profile", profile]))
            texts.append(capsys.readouterr().out)

    assert codes == [1, 1, 1, 1]
    assert texts[:2] == texts[2:]


def test_an_audit_shows_the_worst_machine_first_and_writes_what_was_asked_for(
    contoso: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", str(contoso), "--out", str(tmp_path / "r"), "--format", "json,csv"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("F ")
    assert all(len(line) <= 80 for line in lines[:20])
    assert sorted(path.suffix for path in (tmp_path / "r").iterdir()) == [".csv", ".csv", ".csv", ".json"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "r").iterdir())


def test_the_same_snapshot_gives_the_same_bytes(contoso: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run(["audit", str(contoso), "--out", str(tmp_path / name), "--format", "json,csv,html", "--quiet"]) == 0

    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "two").iterdir())
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)


def test_explain_shows_the_open_path_hop_by_hop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = snapshot_of(estate(allow("allow-rdp", "3380-3390")), tmp_path, "--complete")

    assert run(["explain", str(snapshot), "vm-one"]) == 0

    shown = capsys.readouterr().out
    assert "TCP 3389  open from the internet" in shown
    assert "rule allow-rdp (priority 300) allows it  [NSG_RULE_ALLOWS]" in shown
    assert "→ 20.1.2.3:3389 (10.0.0.4:3389)" in shown


def test_explain_says_why_a_door_is_closed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = snapshot_of(estate(allow("allow-web", "443")), tmp_path, "--complete")

    assert run(["explain", str(snapshot), "VM-ONE", "--port", "22", "--output", "json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["verdict"], told["open"]) == ("closed", [])
    assert told["closed"][0]["hops"][-1]["code"] == "NSG_DEFAULT_DENIES"


def test_explain_tells_who_on_the_inside_gets_to_the_door(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = snapshot_of(estate(allow("allow-web", "443")), tmp_path, "--complete")

    run(["explain", str(snapshot), "vm-one", "--port", "22"])
    shown = capsys.readouterr().out
    run(["explain", str(snapshot), "vm-one", "--port", "22", "--output", "json"])
    told = json.loads(capsys.readouterr().out)["inside"]

    assert "default rule AllowVnetInBound (priority 65000) allows it" in shown.partition("From the inside:")[2]
    assert {way["origin"]["kind"] for way in told} == {"own-subnet", "own-vnet"}
    assert all(way["reach"] == "private" and way["witness"]["private_port"] == 22 for way in told)


def test_ip_flow_answers_in_azures_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = snapshot_of(estate(allow("allow-rdp", "3389")), tmp_path)
    ask = ["test-ip-flow", str(snapshot), "--vm", "vm-one", "--protocol", "TCP", "--output", "json"]

    answers = []
    for direction, local, remote in (
        ("Inbound", "10.0.0.4:3389", "8.8.8.8:*"),
        ("Inbound", "10.0.0.4:22", "8.8.8.8:50000"),
        ("Inbound", "10.0.0.4:22", "10.0.0.9:50000"),
        ("Outbound", "10.0.0.4:50000", "8.8.8.8:443"),
    ):
        assert run([*ask, "--direction", direction, "--local", local, "--remote", remote]) == 0
        answer = json.loads(capsys.readouterr().out)
        answers.append((answer["access"], answer["ruleName"]))

    assert answers == [
        ("Allow", "securityRules/allow-rdp"),
        ("Deny", "defaultSecurityRules/DenyAllInBound"),
        ("Allow", "defaultSecurityRules/AllowVnetInBound"),
        ("Allow", "defaultSecurityRules/AllowInternetOutBound"),
    ]


def test_ip_flow_is_unknown_without_the_nsg(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row for row in estate() if "networkSecurityGroups/" not in str(row["id"])]
    snapshot = snapshot_of(rows, tmp_path)
    flow = ["--direction", "Inbound", "--protocol", "TCP", "--local", "10.0.0.4:22", "--remote", "8.8.8.8:1"]

    assert run(["test-ip-flow", str(snapshot), "--nic", "nic", *flow, "--output", "json"]) == 0

    assert json.loads(capsys.readouterr().out)["access"] == "Unknown"


def test_rules_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules"]) == 0
    assert "NET-001" in capsys.readouterr().out

    assert run(["rules", "net-001"]) == 0
    assert "caps the grade at F" in capsys.readouterr().out


@pytest.mark.slow
def test_the_demo_does_the_whole_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--out", str(tmp_path / "demo"), "--format", "html,json,csv"]) == 0

    assert "32 machines" in capsys.readouterr().out
    assert (tmp_path / "demo" / "report.html").stat().st_size > 100_000


def test_a_name_can_not_write_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = estate(allow("allow\x1b[2Jrdp", "3389"))
    snapshot = snapshot_of(rows, tmp_path, "--complete")

    run(["gate", str(snapshot)])
    run(["explain", str(snapshot), "vm-one"])

    assert "\x1b[2J" not in capsys.readouterr().out


BAD_USAGE = [
    (["audit", "x", "--format", "docx"], 2, "error: --format 'docx' names no format that vmaudit writes"),
    (["audit", "no-such-snapshot"], 3, "no-such-snapshot"),
    (["gate", "no-such-file.json"], 3, "error: no-such-file.json does not exist"),
    (["rules", "NET-01"], 2, "error: there is no rule 'NET-01'\nDid you mean NET-001?"),
    (["import", "x.json", "--out", "y", "--complete", "--complete-for", "z"], 2, "--complete already says it"),
    (["import", "no-such.json", "--out", "y"], 2, "no-such.json"),
    (["demo", "--colour"], 2, "No such option"),
    (["nonsense"], 2, "No such command"),
]


@pytest.mark.parametrize(("arguments", "code", "message"), BAD_USAGE)
def test_bad_usage_gets_one_clear_error(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == code

    assert message in capsys.readouterr().err


BAD_FLOWS = [
    (["--vm", "vm-two"], "the snapshot holds no virtual machine 'vm-two'\nDid you mean vm-one?"),
    (["--vm", "vm-one", "--nic", "nic"], "name either --vm or --nic"),
    (["--vm", "vm-one", "--local", "10.0.0.4"], "--local '10.0.0.4' is not an address with a port"),
    (["--vm", "vm-one", "--remote", "8.8.8.8:70000"], "--remote '8.8.8.8:70000' is not an address with a port"),
]


@pytest.mark.parametrize(("options", "message"), BAD_FLOWS)
def test_a_flow_that_can_not_be_asked_gets_one_clear_error(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = snapshot_of(estate(), tmp_path)
    flow = ["--direction", "Inbound", "--protocol", "TCP", "--local", "10.0.0.4:22", "--remote", "8.8.8.8:1"]

    assert run(["test-ip-flow", str(snapshot), *flow, *options]) == 2

    assert message in capsys.readouterr().err


def test_a_saved_report_that_is_broken_is_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "assessment.json"
    for text, message in (
        ("{", "is no report of vmaudit"),
        ('{"schema": "vmaudit.assessment/9"}', "has the schema 'vmaudit.assessment/9'"),
        ('{"schema": "vmaudit.assessment/1", "machines": 7}', "is no report of vmaudit"),
    ):
        file.write_text(text)

        assert run(["gate", str(file)]) == 3

        assert message in capsys.readouterr().err


def test_a_snapshot_without_machines_is_no_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row for row in estate() if "virtualMachines/" not in str(row["id"])]

    assert run(["audit", str(snapshot_of(rows, tmp_path, "--complete"))]) == 3

    assert "holds no virtual machine" in capsys.readouterr().err


def test_an_edited_snapshot_is_refused_with_the_name_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = snapshot_of(estate(), tmp_path)
    file = snapshot / "evidence" / "security_groups.ndjson.zst"
    file.write_bytes(file.read_bytes()[:-1] + b"!")

    assert run(["audit", str(snapshot)]) == 3

    assert "security_groups.ndjson.zst" in capsys.readouterr().err


def test_a_broken_rule_is_refused_with_its_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = snapshot_of(estate(), tmp_path / "s")
    folder = tmp_path / "rules" / "network"
    folder.mkdir(parents=True)
    (folder / "NET-001-open.yaml").write_text("title: Open\nseverity: enormous\n")

    assert run(["audit", str(snapshot), "--rules", str(tmp_path / "rules")]) == 2

    assert "NET-001-open.yaml:2" in capsys.readouterr().err
