"""Random storms and kills: whatever happens, the snapshot is whole or says what is missing, and `resume` brings the rest.

VMAUDIT_STORMS asks for more storms, VMAUDIT_KILLS for more kills.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import loopback
import pytest
from loopback import Azure, Cut, ExpireTokens, Fault
from loopback.faults import Effect
from loopback.server import CLIENT_ID, SECRET

from collect.storms import (
    ASKED,
    LONGEST,
    Collector,
    FastClock,
    Rows,
    collected_from,
    hasten,
    silently_lost,
    storm,
    world,
)
from vmaudit.collect.catalogue import BY_TABLE
from vmaudit.collect.evidence import Source, query
from vmaudit.collect.progress import Progress
from vmaudit.snapshot.manifest import TableEntry

STORMS = int(os.environ.get("VMAUDIT_STORMS", "16"))
KILLS = int(os.environ.get("VMAUDIT_KILLS", "3"))


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    with loopback.serve(world(), tmp_path_factory.mktemp("azure")) as served:
        hasten(served)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AZURE_TENANT_ID", served.tenant.tenant_id)
            environment.setenv("AZURE_CLIENT_ID", CLIENT_ID)
            environment.setenv("AZURE_CLIENT_SECRET", SECRET)
            yield served


@pytest.fixture(scope="module")
def truth(azure: Azure, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What there is, collected in fair weather."""
    collector = Collector(azure, tmp_path_factory.mktemp("truth"))
    collected = collector.collects()
    assert collected is not None
    assert collected.gaps == ()
    rows = collector.rows()
    assert {table for table in ASKED if not rows[table]} == set()
    return rows


def test_progress_goes_up_to_the_end_and_the_time_left_down_to_nothing(azure: Azure, tmp_path: Path) -> None:
    seen: list[Progress] = []

    collected = collected_from(
        azure.url, azure.ca_file, tmp_path / "snapshot", FastClock(), resume=False, on_progress=seen.append
    )

    assert [p.answered for p in seen] == sorted(p.answered for p in seen)
    last = seen[-1]
    assert (last.answered, last.tables_done, last.left.seconds) == (last.questions, last.tables, 0.0)
    assert last.rows >= sum(rows for _, rows in collected.rows if rows)
    assert seen[0].left.at_least  # members of groups are asked when the groups are known
    assert not last.left.at_least


@pytest.mark.parametrize("seed", range(STORMS))
def test_a_storm_ends_in_a_whole_snapshot_or_in_one_that_names_what_is_missing(
    azure: Azure, truth: Rows, tmp_path: Path, seed: int
) -> None:
    collector = Collector(azure, tmp_path)
    struck = storm(seed, azure.tenant)
    changed = frozenset(CHANGED | struck.changed)
    azure.faults.add(*struck.faults)
    try:
        collected = collector.collects()
    finally:
        azure.faults.clear()
        azure.access.hidden.clear()
        CHANGED.update(struck.changed)

    if collected is None:
        assert not collector.out.exists()
    else:
        assert silently_lost(collector.snapshot, collector.rows(), truth, changed) == []
    mended = collector.collects(resume=True)
    assert mended is not None
    assert mended.gaps == ()
    assert silently_lost(collector.snapshot, collector.rows(), truth, changed) == []


CHANGED: set[str] = set()
"""Machines that earlier storms let come and go: the tenant keeps what became of it."""


@pytest.mark.parametrize(
    ("lasting", "code"),
    [(Cut(0), "NoAnswer"), (ExpireTokens(), "ExpiredAuthenticationToken")],
    ids=["network", "token"],
)
def test_a_run_that_loses_the_network_or_its_token_goes_on_without_asking_finished_tables_again(
    azure: Azure, truth: Rows, tmp_path: Path, lasting: Effect, code: str
) -> None:
    collector = Collector(azure, tmp_path)
    azure.faults.add(Fault(".", lasting, after=30, times=None))
    try:
        collected = collector.collects()
    finally:
        azure.faults.clear()
    finished = finished_tables(tmp_path)
    azure.ledger.clear()

    assert collected is not None
    assert collected.resumable
    assert code in {outcome.code for _, outcome in collected.gaps}
    assert finished
    resumed = collector.collects(resume=True)
    assert resumed is not None
    assert resumed.gaps == ()
    asked = {json.loads(entry.body)["query"] for entry in azure.ledger.asked("ResourceGraph/resources")}
    assert [table for table in finished if query(table) in asked] == []
    assert silently_lost(collector.snapshot, collector.rows(), truth, frozenset(CHANGED)) == []


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A collection in a process of its own that nobody stopped."""

    seconds: float
    """From its first question to its end."""
    tables: tuple[TableEntry, ...]


@pytest.fixture(scope="module")
def undisturbed(azure: Azure, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    collector = Collector(azure, tmp_path_factory.mktemp("undisturbed"))
    process = begun(collector)
    began = time.monotonic()
    assert process.wait(LONGEST) == 0
    return Undisturbed(time.monotonic() - began, collector.snapshot.manifest.tables)


def begun(collector: Collector) -> "subprocess.Popen[bytes]":
    """A collection that has asked its first question."""
    collector.azure.ledger.clear()
    process = collector.begins()
    deadline = time.monotonic() + LONGEST
    while not len(collector.azure.ledger) and time.monotonic() < deadline:
        time.sleep(0.002)
    return process


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(KILLS))
def test_a_collection_that_is_killed_at_any_moment_goes_on_to_the_same_snapshot(
    azure: Azure, undisturbed: Undisturbed, tmp_path: Path, seed: int
) -> None:
    collector = Collector(azure, tmp_path)
    process = begun(collector)
    time.sleep(Random(seed).uniform(0.0, undisturbed.seconds))  # noqa: S311 - a moment is no secret
    process.kill()
    process.wait()
    # Killed while it removed its parts: the snapshot is whole, and what is gone may be asked for again.
    finished = [] if collector.out.exists() else finished_tables(tmp_path)
    azure.ledger.clear()

    if [path.name for path in tmp_path.iterdir()] != ["snapshot"]:  # the last moment is the one after the last step
        assert collector.collects(resume=True) is not None

    assert collector.snapshot.manifest.tables == undisturbed.tables
    entries = azure.ledger.asked("ResourceGraph/resources")
    asked = {json.loads(entry.body)["query"] for entry in entries if entry.body}  # the kill cut one off
    assert [table for table in finished if query(table) in asked] == []
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]


def finished_tables(folder: Path) -> list[str]:
    """The tables of Resource Graph that the journal of a stopped collection calls complete."""
    lines = [line for file in folder.glob(".*/journal.ndjson") for line in file.read_bytes().splitlines()[1:]]
    endings = [json.loads(line) for line in lines if line.endswith(b"}")]  # a kill may cut one off
    keys = [ending["key"] for ending in endings if ending["kind"] == "complete"]
    return [table for key in keys if BY_TABLE[table := key.rpartition("-")[0]].source is Source.RESOURCE_GRAPH]
