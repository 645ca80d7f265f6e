"""Re-makes `sample_output/` from the demo tenant. `make samples` runs it; a test compares without writing.

The snapshot inside is left out (it is binary and re-made in a second). PDFs are compared by their text, since the fonts
of a machine decide about their bytes.
"""

import io
import sys
import tempfile
from pathlib import Path

from vmaudit.cli import run

SAMPLES = Path(__file__).parent.parent / "sample_output"
SUMMARY = "terminal.txt"


def made(folder: Path) -> dict[str, bytes]:
    """Every sample by its file name, made in `folder`."""
    shown, sys.stdout = sys.stdout, io.StringIO()
    try:
        code = run(["demo", "--out", str(folder), "--force"])
        summary = sys.stdout.getvalue()
    finally:
        sys.stdout = shown
    if code != 0:
        raise SystemExit(f"vmaudit demo ended with {code}")
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    return files | {SUMMARY: summary.replace(str(folder), "vmaudit-demo").encode()}


def main() -> None:
    """Write the samples."""
    with tempfile.TemporaryDirectory() as folder:
        samples = made(Path(folder))
    for name, content in samples.items():
        (SAMPLES / name).write_bytes(content)
    print(f"{len(samples)} files in {SAMPLES.name}/; read `git diff` before you commit them")


if __name__ == "__main__":
    main()
