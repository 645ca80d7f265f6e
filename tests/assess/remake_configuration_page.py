"""Make the generated table of docs/configuration.md anew: run this file with python, then read the diff."""

from pathlib import Path

from vmaudit.assess.guide import with_tables

PAGE = Path(__file__).parent.parent.parent / "docs" / "configuration.md"

if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
