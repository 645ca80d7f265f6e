"""Management groups that nobody showed: what is inherited from them, or held at them, was not read either."""

from collections.abc import Iterator
from typing import Final

import msgspec

from vmaudit.collect.naming import RowsOf
from vmaudit.collect.population import Population
from vmaudit.collect.questions import TENANT
from vmaudit.snapshot.manifest import Outcome, OutcomeKind
from vmaudit.snapshot.tables import BY_NAME

_ROOT: Final = "/providers/microsoft.management/managementgroups/"


class _Ancestor(msgspec.Struct):
    name: str | None = None


class _Standing(msgspec.Struct, rename="camel"):
    management_group_ancestors_chain: list[_Ancestor] | None = None


class _Subscription(msgspec.Struct):
    id: str
    properties: _Standing | None = None


class _Group(msgspec.Struct):
    id: str


_DECODE_GROUP: Final = msgspec.json.Decoder(_Group).decode
_DECODE_SUBSCRIPTION: Final = msgspec.json.Decoder(_Subscription).decode


def unseen_groups(population: Population, rows_of: RowsOf) -> Iterator[Outcome]:
    """An outcome for each management group that is known to be there and was not among the rows.

    They are known from Azure Resource Manager's list of what stands below the scope, and from subscriptions: each names
    the groups above it. Resource Graph leaves out without a word what may not be read, so its own list proves nothing.
    """
    seen = {_DECODE_GROUP(row).id.lower() for row in rows_of("management_groups")}
    chains = {row.id.lower(): _above(row) for row in map(_DECODE_SUBSCRIPTION, rows_of("subscriptions"))}
    expected = {f"{_ROOT}{name}" for name in population.groups} | {
        group for chain in chains.values() for group in chain
    }
    if not seen | expected:
        if population.doubt:
            yield _outcome(
                TENANT, OutcomeKind.PARTIAL, "HierarchyNotShown", "No list of management groups may be read."
            )
        return
    for subscription, chain in sorted(chains.items()):
        if not chain:
            says = "The subscription does not say which management groups stand above it."
            yield _outcome(subscription, OutcomeKind.PARTIAL, "AncestorsNotNamed", says)
    for group in sorted(expected - seen):
        says = "The management group is there, and Azure Resource Graph answers without it: it may not be read."
        yield _outcome(group, OutcomeKind.DENIED, "LeftOutByResourceGraph", says)


def _above(row: _Subscription) -> set[str]:
    chain = row.properties.management_group_ancestors_chain if row.properties else None
    return {f"{_ROOT}{one.name.lower()}" for one in chain or () if one.name}


def _outcome(scope: str, kind: OutcomeKind, code: str, says: str) -> Outcome:
    return Outcome(scope, kind, code=code, message=says, permission=BY_NAME["management_groups"].permission)
