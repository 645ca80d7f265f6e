"""What a collection costs, against the tests' Azure on this machine in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

_SERVE: Final = Path(__file__).parent.parent / "tests" / "azure" / "serve.py"

GAPS: Final = 4
"""The exit code of a collection that names something missing: a generated estate has no directory."""


@dataclass(slots=True)
class Served:
    """An Azure that is asked, and once it has stopped, the shortest time in which it answers so many queries."""

    options: list[str]
    environment: Mapping[str, str]
    queries: int = 0
    refused: int = 0
    floor: float = 0.0
    """Seconds: the quota times all windows but the first, whose queries are answered at once."""


@contextmanager
def served(machines: int, seed: int, folder: Path) -> Generator[Served]:
    """A generated estate behind an Azure, until the block ends; then its count of queries is there."""
    with subprocess.Popen(
        [sys.executable, _SERVE, str(machines), str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            said = json.loads(cast("IO[str]", process.stdout).readline())
            azure = Served(_options(said["url"], folder), os.environ | _signed_in(said))
            yield azure
        finally:
            last_words, _ = process.communicate()
        counted = json.loads(last_words)
        azure.queries = counted["statuses"].get("200", 0)
        azure.refused = sum(counted["statuses"].values()) - azure.queries
        azure.floor = (azure.queries - 1) // counted["queries"] * counted["seconds"]


def _options(url: str, folder: Path) -> list[str]:
    cloud = folder / "cloud.json"
    endpoints = dict.fromkeys(("authority", "resource_manager", "graph", "log_analytics"), url)
    cloud.write_text(json.dumps(endpoints | {"resource_manager_audience": "https://management.azure.com"}))
    return ["--cloud", str(cloud), "--credential", "environment"]


def _signed_in(said: Mapping[str, str]) -> dict[str, str]:
    return {
        "AZURE_TENANT_ID": said["tenant"],
        "AZURE_CLIENT_ID": said["client"],
        "AZURE_CLIENT_SECRET": said["secret"],
        "REQUESTS_CA_BUNDLE": said["ca"],
    }
