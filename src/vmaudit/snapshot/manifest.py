"""The manifest of a snapshot: what was asked, what came back, and what did not."""

from enum import Enum
from typing import Final

import msgspec

SCHEMA: Final = "vmaudit.snapshot/1"


class OutcomeKind(Enum):
    """How the reading of one table in one scope ended."""

    COMPLETE = "complete"
    """Everything there is was read (or, for an import, is asserted to be in the files)."""
    PARTIAL = "partial"
    """Rows were read; nothing says that they are all."""
    DENIED = "denied"
    FAILED = "failed"
    NOT_COLLECTED = "not_collected"


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What happened to one table in one scope.

    `scope` is a subscription (`/subscriptions/<id>`), a tenant (`/`) or "" for "the files that were imported".
    `asserted` marks a completeness that a person claimed (`import --complete`) and nobody measured: every verdict that
    leans on it says so. `since` is how far back a workspace was asked for its logs, RFC 3339 in UTC; what happened
    between then and the moment of the snapshot is what a complete answer holds.
    """

    scope: str
    outcome: OutcomeKind
    code: str = ""
    message: str = ""
    permission: str = ""
    asserted: bool = False
    since: str = ""


class TableEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One table of the snapshot. `file`, `sha256` and `bytes` (of the compressed file) are empty without rows."""

    name: str
    outcomes: tuple[Outcome, ...]
    rows: int = 0
    file: str = ""
    sha256: str = ""
    bytes: int = 0
    query: str = ""
    api_version: str = ""


class SourceFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file that rows were imported from, by name only (no path of the machine it was on)."""

    name: str
    sha256: str
    rows: int


class Tally(msgspec.Struct, frozen=True):
    """The machines of one subscription: those that were listed, and how many Azure counts."""

    subscription: str
    listed: int
    counted: int


class MachineCounts(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many machines Azure counted by itself, for whoever wants to know that none was lost.

    `counted` is None where Azure did not say. `differing` are the subscriptions whose two counts are not the same;
    nothing is listed there where only some `resource_groups` were asked for, since Azure counts all. `unreadable`
    subscriptions belong to the scope, `not_chosen` ones do not. `doubt` says why there may be more subscriptions.
    """

    subscriptions: int
    counted: int | None = None
    differing: tuple[Tally, ...] = ()
    unreadable: int = 0
    not_chosen: int = 0
    resource_groups: tuple[str, ...] = ()
    doubt: str = ""


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that a snapshot says about itself.

    `taken_at` is when the evidence was true, RFC 3339 in UTC; audits judge as of that moment. `other_types` counts the
    rows of types that no table names. `assertions` are completeness claims in words, for the report. `machine_counts`
    is None where nobody counted: rows that were imported are those that somebody had.
    """

    schema: str
    tool_version: str
    source: str
    taken_at: str
    tables: tuple[TableEntry, ...]
    files: tuple[SourceFile, ...] = ()
    other_types: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    assertions: tuple[str, ...] = ()
    machine_counts: MachineCounts | None = None
