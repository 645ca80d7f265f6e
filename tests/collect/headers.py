"""The comment at the head of each query names the rules that lean on its table, as far as rules name tables."""

import re
import textwrap
from collections import defaultdict
from pathlib import Path

import vmaudit.collect
from vmaudit.assess.facts import FACTS
from vmaudit.assess.reading import read_rules
from vmaudit.shipped import rules_folder
from vmaudit.snapshot.tables import TABLES

QUERIES = Path(vmaudit.collect.__file__).parent / "queries"
_RULES = re.compile(r"// Rules:.*\n(?://   .*\n)*")


def with_rules(name: str, text: str) -> str:
    """A query with the rules in its header as they are now."""
    rules = sorted(_leaning()[name]) or ["none by itself"]
    lines = textwrap.wrap(f"Rules: {', '.join(rules)}", 110, subsequent_indent="  ")
    return _RULES.sub("".join(f"// {line}\n" for line in lines), text)


def _leaning() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for rule in read_rules(rules_folder()):
        asked = {table for name in rule.facts for table in FACTS[name].tables}
        for table in asked | {table.name for table in TABLES if table.like in asked}:
            found[table].add(rule.id)
    return found


if __name__ == "__main__":
    for path in QUERIES.glob("*.kql"):
        path.write_text(with_rules(path.stem, path.read_text(encoding="utf-8")), encoding="utf-8")
