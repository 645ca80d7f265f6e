"""Make the generated tables of rules/README.md anew: `python tests/rules/remake_guide.py`, then read the diff."""

from vmaudit.assess.guide import with_tables
from vmaudit.shipped import rules_folder

GUIDE = rules_folder() / "README.md"

if __name__ == "__main__":
    GUIDE.write_text(with_tables(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
