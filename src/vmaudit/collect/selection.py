"""What is to be collected: the subscriptions and tables that somebody chose."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from vmaudit.collect.catalogue import BY_TABLE, EVIDENCE, turn
from vmaudit.collect.evidence import Evidence, Scope, Source
from vmaudit.errors import UsageError

_BY_TURN: Final = sorted(EVIDENCE, key=lambda evidence: turn(evidence.table))
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_WORKSPACE: Final = re.compile(
    rf"/subscriptions/{_GUID.pattern}/resourcegroups/[^/]+/providers/microsoft\.operationalinsights/workspaces/[\w-]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Selection:
    """The scope of a collection. Empty tuples choose everything that the signed-in identity may see."""

    tenant: str = ""
    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()
    resource_groups: tuple[str, ...] = ()
    """Machines of other resource groups are left out. What stands around machines is collected whole."""
    tables: tuple[str, ...] = tuple(BY_TABLE)
    workspaces: tuple[str, ...] = ()
    """Customer ids or ARM ids of the workspaces that logs are asked of; empty for those that are found."""
    since: str = "30d"
    """How far back logs are read."""

    @property
    def everything(self) -> bool:
        """Whether every subscription was asked for."""
        return not (self.subscriptions or self.management_groups)


def subscription_ids(given: Iterable[str]) -> tuple[str, ...]:
    """Ids of subscriptions in lower case, each once. Raises UsageError on a name or anything else."""
    for text in given:
        if not _GUID.fullmatch(text):
            raise UsageError(f"{text!r} is no id of a subscription", "`az account list -o table` shows them.")
    return tuple(dict.fromkeys(text.lower() for text in given))


def workspace_ids(given: Iterable[str]) -> tuple[str, ...]:
    """Ids of workspaces in lower case, each once: customer ids or ARM ids. Raises UsageError on anything else."""
    for text in given:
        if not (_GUID.fullmatch(text) or _WORKSPACE.fullmatch(text)):
            raise UsageError(
                f"{text!r} is no id of a Log Analytics workspace",
                "Give its customer id or its resource id; `az monitor log-analytics workspace list` shows both.",
            )
    return tuple(dict.fromkeys(text.lower() for text in given))


def tables_chosen(only: Iterable[str], skip: Iterable[str]) -> tuple[str, ...]:
    """Names of the tables to collect, in the order of the catalogue. Raises UsageError on a name that is none.

    What is held by its parent, or asked of another table's rows, comes with that one: `only` brings it along.
    """
    wanted, unwanted = _known(only), _known(skip)
    chosen = {e.table for e in EVIDENCE if not wanted or e.table in wanted or _held_by(e, wanted)}
    for evidence in reversed(_BY_TURN):
        chosen |= set(evidence.of) if evidence.table in chosen else set()
    for evidence in _BY_TURN:
        # People are asked for as far as they are named: one table fewer that names some leaves the others.
        if unwanted.intersection(evidence.of) and evidence.scope is not Scope.PEOPLE:
            unwanted |= {evidence.table}
    left = chosen - unwanted
    if not left:
        raise UsageError("--only and --skip leave no table to collect", "Name fewer tables.")
    return tuple(e.table for e in EVIDENCE if e.table in left)


def _held_by(evidence: Evidence, tables: frozenset[str]) -> bool:
    return evidence.source is Source.PARENT and tables.issuperset(evidence.of)


def _known(names: Iterable[str]) -> frozenset[str]:
    found = frozenset(part.strip().lower() for name in names for part in name.split(",") if part.strip())
    for name in sorted(found - BY_TABLE.keys()):
        close = get_close_matches(name, BY_TABLE, n=1)
        raise UsageError(
            f"{name!r} is no table that vmaudit collects",
            f"Did you mean {close[0]}?" if close else "docs/evidence.md lists the tables.",
        )
    return found
