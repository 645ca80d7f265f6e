"""`--config` as a user types it: what it prints, and the exit code that a pipeline sees."""

import json
from pathlib import Path

import pytest

from test_cli import allow, estate, snapshot_of
from vmaudit.cli import run


def config(folder: Path, text: str) -> str:
    path = folder / "vmaudit.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_gate_judges_by_the_configured_ports(tmp_path: Path) -> None:
    snapshot = str(snapshot_of(estate(allow("allow-odd", "10022", source="Internet")), tmp_path, "--complete"))
    odd = config(tmp_path, "rules:\n  NET-001: {ports: [10022]}\n")

    assert run(["gate", snapshot, "--quiet"]) == 0
    assert run(["gate", snapshot, "--quiet", "--config", odd]) == 1


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
    ]
    assert "set by configuration; the default is 22, 3389, 5985, 5986" in (tmp_path / "r" / "report.html").read_text()


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


def test_a_saved_assessment_was_judged_already(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = str(snapshot_of(estate(), tmp_path, "--complete"))
    assert run(["audit", snapshot, "--out", str(tmp_path), "--format", "json", "--quiet"]) == 0
    saved, odd = str(tmp_path / "assessment.json"), config(tmp_path, "rules:\n  NET-001: {ports: [1]}\n")
    capsys.readouterr()

    assert run(["gate", saved, "--config", odd]) == 2

    assert capsys.readouterr().err.startswith(f"error: --config has no effect on {saved}: it was judged already\n")


def test_a_configuration_in_the_folder_is_not_read_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = str(snapshot_of(estate(allow("allow-odd", "10022", source="Internet")), tmp_path, "--complete"))
    config(tmp_path, "rules:\n  NET-001: {ports: [10022]}\n")
    monkeypatch.chdir(tmp_path)

    assert run(["gate", snapshot, "--quiet"]) == 0
