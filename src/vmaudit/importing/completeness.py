"""What the files are said to hold all of, and what that makes of each table.

Files only show what is there. That nothing else is there is a claim of the person who imports them: it is kept as a
claim, and a file that says itself that it is only one page of an answer overrules it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from vmaudit.errors import UsageError
from vmaudit.snapshot.log_tables import LOG_NAMES
from vmaudit.snapshot.manifest import Outcome, OutcomeKind
from vmaudit.snapshot.tables import BY_NAME, BY_TYPE, TABLES, Table

HELD_BY_THEIR_PARENT: Final = frozenset({"security_rules", "subnets", "virtual_network_peerings", "inbound_nat_rules"})
"""Children that every export of their parent holds, so that all parents are all of them. Extensions are not among them:
Resource Graph gives them only as rows of their own."""

_PROPER_NOUNS: Final = frozenset({"Azure", "Bastion", "IP", "Private"})


@dataclass(frozen=True, slots=True)
class Completeness:
    """The tables (by name) of which a person says that the files hold every row in their scope."""

    tables: frozenset[str]

    @property
    def everything(self) -> bool:
        """Whether this was said of all the files hold and could have held."""
        return self.tables == EVERYTHING.tables


NOTHING_ASSERTED: Final = Completeness(frozenset())
EVERYTHING: Final = Completeness(frozenset(BY_NAME) - LOG_NAMES)
"""All but logs: files do not say since when, and of which subscriptions, they hold every row."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """A file that says itself that it is one page of a longer answer, and the tables that the rest can belong to."""

    file: str
    tables: frozenset[str]


def complete_for(names: Iterable[str]) -> Completeness:
    """The assertion for single types: ARM types in any letter case or names of tables, one each or several with commas.

    Raises UsageError on a name that is neither.
    """
    wanted = [name.strip() for text in names for name in text.split(",") if name.strip()]
    tables = {_table(name).name for name in wanted}
    for name in sorted(tables & LOG_NAMES):
        raise UsageError(
            f"nobody can assert that {name} is complete: its rows do not say since when they are all",
            "Let vmaudit collect read the logs; it keeps how far back a workspace was asked.",
        )
    return Completeness(_with_children(tables))


def cut_off(file: str, kinds: frozenset[str]) -> CutOff:
    """What a page leaves open. `kinds` are the resource types of its rows.

    A page that holds rows of one known type answers a question for that type. Any other page (several types, types
    without a table, no rows) can be followed by rows of any type.
    """
    tables = {BY_TYPE[kind].name for kind in kinds if kind in BY_TYPE}
    if len(kinds) == 1 and tables:
        return CutOff(file, _with_children(tables))
    return CutOff(file, frozenset(BY_NAME))


def outcomes(rows: Mapping[str, int], asserted: Completeness, cut_offs: Iterable[CutOff]) -> dict[str, Outcome]:
    """How the import of each table ended, by table name. `rows` counts the rows of each."""
    pages: dict[str, list[str]] = {}
    for page in cut_offs:
        for table in page.tables:
            pages.setdefault(table, []).append(page.file)
    return {
        table.name: _outcome(rows.get(table.name, 0), table.name in asserted.tables, pages.get(table.name, []))
        for table in TABLES
    }


def assertions(asserted: Completeness, of: Mapping[str, Outcome]) -> tuple[str, ...]:
    """The claims that stand, as sentences for the report. `of` is the outcome of each table."""
    stands = [table for table in TABLES if of[table.name].asserted]
    if asserted.everything:
        fallen = [table for table in TABLES if table.name in asserted.tables and not of[table.name].asserted]
        if not stands:
            return ()
        but = f", except {_listed(fallen)}" if fallen else ""
        return (f"Asserted at import: these files hold every resource in their scope{but}.",)
    named = [table for table in stands if not (table.name in HELD_BY_THEIR_PARENT and table.parent in asserted.tables)]
    return tuple(f"Asserted at import: these files hold all {_noun(table)} in their scope." for table in named)


def _outcome(rows: int, asserted: bool, pages: list[str]) -> Outcome:  # noqa: FBT001 -- private; the two are told apart by type
    if pages and (rows or asserted):
        others = f" (and {len(pages) - 1} more files)" if len(pages) > 1 else ""
        return Outcome(
            "",
            OutcomeKind.PARTIAL if rows else OutcomeKind.NOT_COLLECTED,
            code="MorePages",
            message=f"{pages[0]}{others} is one page of a longer answer",
        )
    if asserted:
        return Outcome("", OutcomeKind.COMPLETE, asserted=True)
    if rows:
        return Outcome("", OutcomeKind.PARTIAL, message="rows were imported; nothing says that they are all")
    return Outcome("", OutcomeKind.NOT_COLLECTED, message="no imported file holds any")


def _with_children(tables: Iterable[str]) -> frozenset[str]:
    parents = frozenset(tables)
    return parents | {table.name for table in TABLES if table.name in HELD_BY_THEIR_PARENT and table.parent in parents}


def _table(name: str) -> Table:
    found = BY_TYPE.get(name.lower()) or BY_NAME.get(name.lower())
    if found is None:
        known = [*BY_TYPE, *BY_NAME]
        close = get_close_matches(name.lower(), known, n=1, cutoff=0.75)
        raise UsageError(
            f"{name!r} is neither a resource type nor a table that vmaudit keeps",
            f"Did you mean {close[0]}?" if close else "The tables and their types are listed in docs/evidence.md.",
        )
    return found


def _noun(table: Table) -> str:
    """A table's title inside a sentence.

    >>> _noun(BY_NAME["load_balancers"]), _noun(BY_NAME["azure_firewalls"])
    ('load balancers', 'Azure Firewalls')
    """
    first = table.title.partition(" ")[0]
    return table.title if first in _PROPER_NOUNS else table.title[0].lower() + table.title[1:]


def _listed(tables: Iterable[Table]) -> str:
    return ", ".join(_noun(table) for table in tables)
