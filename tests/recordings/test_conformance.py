"""The printed table and its exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

from recordings.recorded import ABSENT, FOLDER, needs_recordings

SCRIPT = Path(__file__).with_name("conformance.py")


def run(recordings: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "VMAUDIT_RECORDINGS": str(recordings)}
    return subprocess.run(
        [sys.executable, SCRIPT], env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@needs_recordings
def test_nothing_disagrees() -> None:
    ended = run(FOLDER)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Disagreements\n  none\n" in ended.stdout


@needs_recordings
def test_a_verdict_that_disagrees_is_listed_and_ends_with_one(tmp_path: Path) -> None:
    name = "ip_flow_verify/CanWatchNetwork__511748fd--0049.json"
    case = json.loads((FOLDER / name).read_bytes())
    case["azure_says"]["access"] = "Deny"
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(json.dumps(case))

    ended = run(tmp_path)

    assert ended.returncode == 1
    assert (
        "ip_flow_verify 511748fd-49: Outbound TCP, local port 443, remote port 443: "
        "Azure says Deny by defaultSecurityRules/AllowInternetOutBound, "
        "we say Allow by defaultSecurityRules/AllowInternetOutBound"
    ) in ended.stdout


def test_without_the_recordings_it_says_so(tmp_path: Path) -> None:
    ended = run(tmp_path / "nowhere")

    assert (ended.returncode, ended.stdout) == (0, f"{ABSENT}\n")
