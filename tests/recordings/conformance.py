"""Our verdicts beside Azure's recorded ones, printed: `make conformance`. Ends with 1 where a verdict disagrees."""

import sys
from pathlib import Path

# A script finds the modules of its own folder; these are imported from one folder higher, as in the tests.
sys.path[0] = str(Path(__file__).parents[1])

from recordings.conformance_table import disagreements, lines, sections, table  # noqa: E402 -- after the path is set
from recordings.recorded import ABSENT, PRESENT  # noqa: E402 -- after the path is set


def main() -> int:
    """Print the table and what is behind it."""
    if not PRESENT:
        print(ABSENT)
        return 0
    found = lines()
    print("\n".join(table(found)))
    for title, text in sections(found).items():
        print("\n".join(["", title, *text]))
    return 1 if disagreements(found) else 0


if __name__ == "__main__":
    sys.exit(main())
