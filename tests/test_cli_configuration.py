"""`--config` as a user types it: what it prints, and the exit code that a pipeline sees."""

import json
from pathlib import Path

import pytest

from test_cli import allow, estate, snapshot_of
from vmaudit.cli import run
from vmaudit.shipped import rules_folder


def config(folder: Path, text: str) -> str:
    path = folder / "vmaudit.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def said(folder: Path, rule: str) -> dict[str, str]:
    """What a saved assessment says about the only machine by one rule."""
    (machine,) = json.loads((folder / "assessment.json").read_text())["machines"]
    return next(verdict for verdict in machine["verdicts"] if verdict["rule"] == rule)


def status(folder: Path, rule: str) -> str:
    return said(folder, rule)["status"]


def test_the_gate_judges_by_the_configured_ports(tmp_path: Path) -> None:
    snapshot = str(snapshot_of(estate(allow("allow-odd", "10022", source="Internet")), tmp_path, "--complete"))
    odd = config(tmp_path, "rules:\n  NET-001: {ports: [10022]}\n")

    assert run(["gate", snapshot, "--quiet"]) == 0
    assert run(["gate", snapshot, "--quiet", "--config", odd]) == 1


def test_the_gate_judges_by_what_the_configuration_calls_the_internet_at_large(tmp_path: Path) -> None:
    snapshot = str(snapshot_of(estate(allow("allow-rdp", "3389", source="20.0.0.0/16")), tmp_path, "--complete"))
    narrow = config(tmp_path, "rules:\n  NET-001: {internet_wide_ipv4: 65536}\n")
    assert run(["audit", snapshot, "--out", str(tmp_path / "before"), "--format", "json", "--quiet"]) == 0
    assert (
        run(["audit", snapshot, "--out", str(tmp_path / "after"), "--format", "json", "--quiet", "--config", narrow])
        == 0
    )

    assert status(tmp_path / "before", "NET-001") == "pass"
    assert status(tmp_path / "after", "NET-001") == "fail"


def test_an_audit_asks_for_the_ports_that_the_configuration_says_windows_is_managed_on(tmp_path: Path) -> None:
    snapshot = str(snapshot_of(estate(), tmp_path, "--complete"))
    other = config(tmp_path, "rules:\n  JIT-002: {windows_ports: [4711]}\n")

    assert run(["audit", snapshot, "--out", str(tmp_path / "r"), "--format", "json", "--quiet", "--config", other]) == 0

    assert said(tmp_path / "r", "JIT-002")["says"] == "No just-in-time policy guards TCP 4711"


def test_an_audit_writes_down_what_was_in_force(tmp_path: Path) -> None:
    snapshot = str(snapshot_of(estate(), tmp_path, "--complete"))
    odd = config(tmp_path, "rules:\n  NET-001: {ports: [10022]}\n")

    assert (
        run(["audit", snapshot, "--out", str(tmp_path / "r"), "--format", "json,html", "--config", odd, "--quiet"]) == 0
    )

    written = json.loads((tmp_path / "r" / "assessment.json").read_text())
    rule = next(rule for rule in written["rules"] if rule["id"] == "NET-001")
    assert [(each["name"], each["value"], each["default"]) for each in rule["parameters"]] == [
        ("ports", [10022], [22, 3389, 5985, 5986]),
        ("udp_ports", [3389], [3389]),
        ("internet_wide_ipv4", 16_777_216, 16_777_216),
    ]
    assert "set by configuration; the default is 22, 3389, 5985, 5986" in (tmp_path / "r" / "report.html").read_text()


def test_an_audit_says_in_its_reports_which_machines_configuration_excuses(tmp_path: Path) -> None:
    jump_hosts_only = [
        allow("allow-jump", "*", source="10.20.0.16/28", priority=100),
        allow("deny-rest", "*", priority=200) | {"access": "Deny", "protocol": "*"},
    ]
    snapshot = str(snapshot_of(estate(*jump_hosts_only), tmp_path, "--complete"))
    off = config(tmp_path, "rules:\n  BAS-001: {required: false}\n  NET-003: {approved_jump_cidrs: [10.20.0.16/28]}\n")
    out, given = tmp_path / "r", ["--format", "json,html", "--quiet"]

    assert run(["audit", snapshot, "--out", str(tmp_path / "before"), *given]) == 0
    assert run(["audit", snapshot, "--out", str(out), *given, "--config", off]) == 0

    excused = "configuration excuses 1 machine from BAS-001"
    assert (status(tmp_path / "before", "BAS-001"), status(out, "BAS-001")) == ("fail", "not_applicable")
    assert any(line.startswith(excused) for line in json.loads((out / "assessment.json").read_text())["assumptions"])
    page = (out / "report.html").read_text()
    assert excused in page
    assert "set by configuration; the default is yes" in page
    assert excused not in (tmp_path / "before" / "report.html").read_text()


def test_a_mistake_ends_with_exit_code_2_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = config(tmp_path, "rules:\n  NET-01: {ports: [22]}\n")

    assert run(["demo", "--out", str(tmp_path / "demo"), "--config", wrong]) == 2

    assert capsys.readouterr().err == (
        f"error: {wrong}:2: unknown rule 'NET-01'; did you mean 'NET-001'?\n"
        "`vmaudit rules RULE` shows the parameters of a rule\n"
    )
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--config",), "--config applies"),
        (("--rules",), "--rules applies"),
        (("--service-tags",), "--service-tags applies"),
        (("--service-tags", "--config", "--rules"), "--rules, --config and --service-tags apply"),
    ],
)
def test_a_saved_assessment_was_judged_already(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], named: str
) -> None:
    snapshot = str(snapshot_of(estate(), tmp_path, "--complete"))
    assert run(["audit", snapshot, "--out", str(tmp_path), "--format", "json", "--quiet"]) == 0
    values = {
        "--config": config(tmp_path, "rules:\n  NET-001: {ports: [1]}\n"),
        "--rules": str(rules_folder()),
        "--service-tags": "none",
    }
    saved = str(tmp_path / "assessment.json")
    capsys.readouterr()

    assert run(["gate", saved, *(word for option in options for word in (option, values[option]))]) == 2

    assert capsys.readouterr().err == (
        f"error: {named} to a snapshot, and {saved} was judged already\n"
        "Give the snapshot to the gate, or leave them out and give them to the audit.\n"
    )


@pytest.mark.parametrize(
    ("file", "options", "named"),
    [
        ("organisation: Fabrikam\n", (), "Fabrikam"),
        ("organisation: Fabrikam\nrules:\n  NET-001: {ports: [22]}\n", (), "Fabrikam"),
        ("organisation: Fabrikam\n", ("--organisation", "Woodgrove <b>Bank</b>"), "Woodgrove &lt;b&gt;Bank&lt;/b&gt;"),
    ],
)
def test_the_report_names_the_organisation(tmp_path: Path, file: str, options: tuple[str, ...], named: str) -> None:
    snapshot = str(snapshot_of(estate(), tmp_path, "--complete"))
    given = ["--config", config(tmp_path, file), *options]

    assert run(["audit", snapshot, "--out", str(tmp_path / "r"), "--format", "html", "--quiet", *given]) == 0

    page = (tmp_path / "r" / "report.html").read_text()
    assert f"<title>{named}: who can reach" in page
    assert f"<bdi>{named}</bdi>" in page


def test_a_report_without_an_organisation_names_none(tmp_path: Path) -> None:
    snapshot = str(snapshot_of(estate(), tmp_path, "--complete"))

    assert run(["audit", snapshot, "--out", str(tmp_path / "r"), "--format", "html", "--quiet"]) == 0

    assert "<title>who can reach" in (tmp_path / "r" / "report.html").read_text()


def test_a_configuration_in_the_folder_is_not_read_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = str(snapshot_of(estate(allow("allow-odd", "10022", source="Internet")), tmp_path, "--complete"))
    config(tmp_path, "rules:\n  NET-001: {ports: [10022]}\n")
    monkeypatch.chdir(tmp_path)

    assert run(["gate", snapshot, "--quiet"]) == 0
