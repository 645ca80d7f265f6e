"""The generated parts of `rules/README.md` and `docs/configuration.md`: what rules may ask for and be told, and how."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Final

from vmaudit.assess.facts import FACTS
from vmaudit.assess.frameworks import FRAMEWORKS
from vmaudit.assess.operators import OPERATORS
from vmaudit.assess.reading import read_rules
from vmaudit.shipped import rules_folder


def facts_table() -> str:
    """Every fact: name, kind, where it is true, and what it says."""
    rows = ((f"`{fact.name}`", fact.kind.name, fact.level.value, fact.doc) for fact in FACTS.values())
    return _table(("Fact", "Kind", "True per", "What it says"), rows)


def kinds_table() -> str:
    """Every kind of fact, and how an example writes a value of it."""
    kinds = {fact.kind.name: fact.kind for fact in FACTS.values()}
    return _table(("Kind", "Written in an example as"), ((name, kinds[name].doc) for name in sorted(kinds)))


def operators_table() -> str:
    """Every operator: the kinds that it fits, its operand, and what it asks."""
    rows = (
        (f"`{operator.name}`", ", ".join(kind.name for kind in operator.kinds), operator.operand, operator.doc)
        for operator in OPERATORS.values()
    )
    return _table(("Operator", "Fits", "Operand", "What it asks"), rows)


def frameworks_table() -> str:
    """Every framework that a rule may map to."""
    return _table(("Key", "Framework"), ((f"`{key}`", name) for key, name in FRAMEWORKS.items()))


def parameters_table() -> str:
    """Every parameter of every shipped rule with its default."""
    rows = (
        (rule.id, f"`{parameter.name}`", f"`{json.dumps(parameter.default)}`", parameter.doc)
        for rule in read_rules(rules_folder())
        for parameter in rule.parameters
    )
    return _table(("Rule", "Parameter", "Default", "What it is"), rows)


_PARTS: Final[dict[str, Callable[[], str]]] = {
    "facts": facts_table,
    "kinds": kinds_table,
    "operators": operators_table,
    "frameworks": frameworks_table,
    "parameters": parameters_table,
}


def with_tables(text: str) -> str:
    """The guide with every generated part made anew. Raises ValueError for a marker of a part that does not exist.

    A part stands between `<!-- generated: facts -->` and `<!-- end -->`.
    """

    def made(match: re.Match[str]) -> str:
        name = match[1]
        if name not in _PARTS:
            raise ValueError(f"there is no generated part {name!r}; there are {', '.join(_PARTS)}")
        return f"<!-- generated: {name} -->\n\n{_PARTS[name]()}\n\n<!-- end -->"

    return re.sub(r"<!-- generated: (\w+) -->.*?<!-- end -->", made, text, flags=re.DOTALL)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
