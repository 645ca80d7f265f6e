"""How much work an import, an exposure, an audit and a collection are, for estates of several sizes.

    python benchmarks/bench.py [MACHINES ...] [--seed 1] [--date 2026-11-02] [--keep FOLDER]

Each step runs in a process of its own; CPU seconds and peak memory are what the kernel counted for that process. The
figures go to the terminal and to benchmarks/results.json, which says nothing about the machine it was made on. The step
`collect` asks the tests' Azure, which is a process too: it counts Resource Graph's quota as Azure does, so most of that
time is waiting, and what matters is how near it comes to the shortest time that the quota allows.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from collecting import GAPS, served

_HERE: Final = Path(__file__).parent
RESULTS: Final = _HERE / "results.json"
_TAKEN_AT: Final = "2026-11-02T06:00:00Z"
_MIB: Final = 1024 * 1024
_MAXRSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Run:
    """What one step cost for one estate.

    Of an exposure, `after_load` leaves the reading of the snapshot out. Of a collection, `quota_floor` is the shortest
    time on the clock that Azure's quota allows for `queries`.
    """

    machines: int
    step: str
    cpu_seconds: float
    wall_seconds: float
    peak_mib: float
    output_mib: float
    after_load: float | None = None
    inside: float | None = None
    queries: int | None = None
    quota_floor: float | None = None


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure import and audit of generated estates.")
    parser.add_argument("machines", nargs="*", type=int, default=[10_000], help="sizes (default: 10000)")
    parser.add_argument("--steps", default="import,expose,audit,collect", help="which steps to measure")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--date", default="", help="the date to write into the results")
    parser.add_argument("--add", action="store_true", help="keep what results.json says of other sizes and steps")
    parser.add_argument("--keep", type=Path, help="leave estates, snapshots and results in this folder")
    options = parser.parse_args(arguments)
    folder = options.keep or Path(tempfile.mkdtemp(prefix="vmaudit-bench-"))
    try:
        wanted = options.steps.split(",")
        runs = [run for machines in options.machines for run in _measure(folder, machines, options.seed, wanted)]
    finally:
        if options.keep is None:
            shutil.rmtree(folder)
    print(_table(runs))
    document = {"python": platform.python_version(), "seed": options.seed, "runs": [asdict(run) for run in runs]}
    if options.date:
        document = {"date": options.date, **document}
    if options.add:
        before = json.loads(RESULTS.read_text(encoding="utf-8"))["runs"]
        again = {(run.machines, run.step) for run in runs}
        kept = [run for run in before if (run["machines"], run["step"]) not in again]
        document["runs"] = kept + [asdict(run) for run in runs]
    RESULTS.write_text(f"{json.dumps(document, indent=1)}\n", encoding="utf-8")


def _measure(folder: Path, machines: int, seed: int, wanted: Sequence[str]) -> Iterator[Run]:
    estate, snapshot, out = (folder / str(machines) / part for part in ("estate", "snapshot", "out"))
    if "collect" in wanted:
        yield _collected(folder / str(machines), machines, seed)
    if not {"import", "expose", "audit"} & set(wanted):
        return
    if not estate.is_dir():
        print(f"generating {machines:,} machines ...", file=sys.stderr)
        # In a process of its own: a child starts with the peak of the process that it comes from.
        subprocess.run([sys.executable, _HERE / "generate.py", estate, str(machines), str(seed)], check=True)
    for made in (snapshot, out):
        shutil.rmtree(made, ignore_errors=True)
    steps = {
        "import": (["import", estate, "--out", snapshot, "--complete", "--taken-at", _TAKEN_AT], snapshot),
        "audit": (["audit", snapshot, "--out", out, "--format", "json"], out),
    }
    for step, (command, made) in steps.items():
        if step not in ("import", *wanted):
            continue
        print(f"{step} of {machines:,} machines ...", file=sys.stderr)
        cpu, wall, peak, _ = _child(["-m", "vmaudit", *map(str, command)])
        size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
        yield Run(machines, step, round(cpu, 2), round(wall, 2), round(peak / _MIB, 1), round(size / _MIB, 1))
        if step == "import" and "expose" in wanted:
            yield _exposed(machines, snapshot)


def _exposed(machines: int, snapshot: Path) -> Run:
    print(f"expose of {machines:,} machines ...", file=sys.stderr)
    cpu, wall, peak, said = _child([str(_HERE / "exposing.py"), str(snapshot)])
    found = json.loads(said)
    memory = round(peak / _MIB, 1)
    return Run(machines, "expose", round(cpu, 2), round(wall, 2), memory, 0.0, found["expose"], found["inside"])


def _collected(folder: Path, machines: int, seed: int) -> Run:
    folder.mkdir(parents=True, exist_ok=True)
    snapshot = folder / "collected"
    print(f"collect of {machines:,} machines ...", file=sys.stderr)
    with served(machines, seed, folder) as azure:
        command = ["-m", "vmaudit", "collect", "--out", str(snapshot), "--force", *azure.options]
        cpu, wall, peak, _ = _child(command, azure.environment, (0, GAPS))
    size = sum(path.stat().st_size for path in snapshot.rglob("*") if path.is_file()) / _MIB
    if azure.refused:
        print(f"{azure.refused} queries were refused", file=sys.stderr)
    cost = (round(cpu, 2), round(wall, 2), round(peak / _MIB, 1), round(size, 1))
    return Run(machines, "collect", *cost, queries=azure.queries, quota_floor=azure.floor)


def _child(
    command: Sequence[str], environment: Mapping[str, str] = os.environ, good: Sequence[int] = (0,)
) -> tuple[float, float, int, str]:
    """CPU seconds, seconds on the clock, peak bytes and output of Python with these arguments. Exits if it fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, *command], stdout=said, stderr=said, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read().decode(errors="replace")
    if process.returncode not in good:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{output}")
    wall = time.perf_counter() - began
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * _MAXRSS_UNIT, output


def _table(runs: Sequence[Run]) -> str:
    """The figures, with the CPU time per 10,000 machines beside them: where growth is linear, that stays the same."""
    head = (
        "machines",
        "step",
        "CPU s",
        "CPU s per 10,000",
        "clock s",
        "peak MiB",
        "KiB per machine",
        "output MiB",
        "expose s",
        "inside s",
        "queries",
        "quota floor s",
        "of floor",
    )
    lines = [
        (
            f"{run.machines:,}",
            run.step,
            f"{run.cpu_seconds:.2f}",
            f"{run.cpu_seconds / run.machines * 10_000:.2f}",
            f"{run.wall_seconds:.2f}",
            f"{run.peak_mib:.0f}",
            f"{run.peak_mib * 1024 / run.machines:.1f}",
            f"{run.output_mib:.1f}",
            "" if run.after_load is None else f"{run.after_load:.2f}",
            "" if run.inside is None else f"{run.inside:.2f}",
            "" if run.queries is None else f"{run.queries:,}",
            "" if not run.quota_floor else f"{run.quota_floor:.1f}",
            "" if not run.quota_floor else f"{run.wall_seconds / run.quota_floor:.0%}",
        )
        for run in runs
    ]
    widths = [max(len(line[column]) for line in (head, *lines)) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in (head, *lines)
    )


if __name__ == "__main__":
    main()
