"""Make the tables of docs/conformance.md anew: `python tests/conformance/remake_page.py`, then read the diff."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from conformance.page import PAGE, with_tables

if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
