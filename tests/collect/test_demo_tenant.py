"""Contoso through all four clients over TLS: its audit is that of the same rows imported, and that of the demo."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contoso import LOGS, contoso
from loopback import serve

from collect.at_azure import Auditor
from vmaudit.cli import run
from vmaudit.demo.contoso import TAKEN_AT, people
from vmaudit.snapshot.log_tables import LOG_NAMES
from vmaudit.snapshot.manifest import OutcomeKind

LEANS_ON_LOGS = "JIT-006"
"""The one rule that reads the activity log. Nobody can assert of rows of a log that they are all, nor since when."""

EVIDENCE_ITSELF = {"subject", "population", "coverage", "assumptions"}
"""Parts of an assessment about where the evidence came from: there a collection and an import have to differ."""


def audited(snapshot: Path, out: Path) -> dict[str, Any]:
    """The assessment of a snapshot, as of the moment that Contoso's people and requests were made for."""
    options = ("--format", "json", "--quiet", "--as-of", TAKEN_AT)
    assert run(["audit", str(snapshot), "--out", str(out), *options]) == 0
    return json.loads((out / "assessment.json").read_text())


def judged(assessment: dict[str, Any]) -> dict[str, Any]:
    """All that an assessment says of machines, rules, access, causes and combinations, but for what it leans on.

    A verdict is its status and sentence: its proof names assertions, which an import needs and a collection does not.
    """
    found = {name: part for name, part in assessment.items() if name not in EVIDENCE_ITSELF}
    return found | {"machines": [_machine(one) for one in assessment["machines"]]}


def _machine(one: dict[str, Any]) -> dict[str, Any]:
    verdicts = {
        verdict["rule"]: (
            verdict["status"],
            verdict["raised"],
            "" if verdict["rule"] == LEANS_ON_LOGS else verdict["says"],
        )
        for verdict in one["verdicts"]
    }
    return {name: part for name, part in one.items() if name != "assumptions"} | {"verdicts": verdicts}


@pytest.fixture(scope="module")
def adam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Auditor]:
    """Adam, who collected all of Contoso, once for all tests here: none of them changes anything."""
    folder = tmp_path_factory.mktemp("contoso")
    with serve(contoso(), folder) as azure, pytest.MonkeyPatch.context() as environment:
        azure.resource_graph.limits.seconds = 1.0
        adam = Auditor(azure, folder, environment)
        assert adam.collects() == 0
        yield adam


def exported(adam: Auditor, folder: Path) -> Path:
    """The rows of a snapshot, each table's in a file that is named after it."""
    folder.mkdir()
    for table in (entry.name for entry in adam.snapshot.manifest.tables if entry.rows):
        (folder / f"{table}.ndjson").write_bytes(b"".join(row + b"\n" for row in adam.snapshot.rows(table)))
    return folder


def test_contoso_comes_whole_from_all_four_services(adam: Auditor) -> None:
    tenant = adam.azure.tenant
    for kind, table in (
        ("microsoft.compute/virtualmachines", "virtual_machines"),
        ("microsoft.network/networksecuritygroups", "security_groups"),
        ("microsoft.security/locations/jitnetworkaccesspolicies", "jit_policies"),
        ("microsoft.security/pricings", "defender_plans"),
    ):
        held = {found.id.lower(): found.row["properties"] for found in tenant.of_kind(kind)}
        assert {row["id"].lower(): row["properties"] for row in adam.rows(table)} == held, table
    assert [row["TenantId"] for row in adam.rows("jit_requests")] == [LOGS, LOGS]
    assert {
        entry.name for entry in adam.snapshot.manifest.tables if entry.outcomes[0].outcome is not OutcomeKind.COMPLETE
    } == {"other_resources"}


def test_everybody_at_contoso_is_there_with_all_that_is_said_of_them(adam: Auditor) -> None:
    seen = {row["id"]: row["signInActivity"] for row in adam.rows("user_sign_ins")}
    for table, rows in people().items():
        got = [told(row) for row in adam.rows(table) if row.get("owners") != []]
        if table == "users":  # Microsoft Graph tells of sign-ins only to who asks for them
            assert not any("signInActivity" in row for row in got)
            got = [row | {"signInActivity": seen[row["id"]]} for row in got]
        assert in_order(got) == in_order([told(row) for row in rows if is_asked_for(table, row)]), table


def is_asked_for(table: str, row: dict[str, Any]) -> bool:
    """All but settings of roles where nobody is eligible: what PIM-006 asks of these stays unknown."""
    eligible = {row["properties"]["scope"] for row in people()["role_eligibility_schedule_instances"]}
    return table != "role_management_policy_assignments" or row["properties"]["scope"] in eligible


_AROUND = frozenset({"type", "tenantId", "subscriptionId", "resourceGroup"})
"""What services put around a row, each in its own way."""


def told(row: dict[str, Any]) -> dict[str, Any]:
    """What a row says, without what only says where it comes from, columns without a value, and types of members."""
    found = {name: part for name, part in row.items() if not name.startswith("@odata.") and name not in _AROUND}
    for what in ("members", "owners"):
        if what in found:
            found[what] = sorted(one["id"] for one in found[what])
    return {name: part for name, part in found.items() if part not in (None, "")}


def in_order(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def test_what_was_collected_is_audited_like_the_same_rows_imported(adam: Auditor, tmp_path: Path) -> None:
    files = exported(adam, tmp_path / "files")
    assert run(["import", str(files), "--out", str(tmp_path / "imported"), "--complete", "--quiet"]) == 0

    collected = audited(adam.out, tmp_path / "a")
    imported = audited(tmp_path / "imported", tmp_path / "b")

    assert judged(collected) == judged(imported)
    families = {verdict["rule"].partition("-")[0] for one in collected["machines"] for verdict in one["verdicts"]}
    assert {"NET", "BAS", "JIT", "RBAC", "PIM", "CA"} <= families
    assert any(one["toxic_combinations"] for one in collected["machines"])
    partial = {table["table"] for table in imported["coverage"] if table["outcome"] == "partial"}
    assert partial - {"other_resources"} <= LOG_NAMES  # why the sentences of JIT-006 differ, and nothing else does


def test_what_was_collected_is_audited_like_the_files_of_the_demo(adam: Auditor, tmp_path: Path) -> None:
    assert run(["demo", "--out", str(tmp_path / "demo"), "--format", "json", "--quiet"]) == 0

    demo = json.loads((tmp_path / "demo" / "assessment.json").read_text())

    assert judged(audited(adam.out, tmp_path / "a")) == judged(demo)
