"""Random storms: whatever Azure does, the snapshot is whole or says what is missing, and `--resume` brings the rest.

VMAUDIT_STORMS asks for more of them.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import loopback
import pytest
from loopback import Azure
from loopback.server import CLIENT_ID, SECRET

from collect.storms import Collector, Rows, hasten, silently_lost, storm, world

STORMS = int(os.environ.get("VMAUDIT_STORMS", "20"))


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
    assert not {table for table in rows if not rows[table]} - {
        "subnets",
        "virtual_network_peerings",
        "role_assignment_schedule_instances",
    }
    return rows


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
