"""Which subscriptions there are, and which of them Azure lets one read: three lists that should be one."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from vmaudit.collect.answers import RefusedError
from vmaudit.collect.evidence import query
from vmaudit.collect.questions import SUBSCRIPTIONS_A_QUERY
from vmaudit.collect.resource_graph import ResourceGraph
from vmaudit.collect.resource_manager import ResourceManager
from vmaudit.collect.selection import Selection
from vmaudit.errors import EvidenceError, UsageError

_SUBSCRIPTIONS: Final = ("/subscriptions", "2022-12-01")
_DESCENDANTS: Final = "2020-05-01"
_GROUP: Final = re.compile(r"[\w().-]{1,90}")


class _Subscription(msgspec.Struct, rename="camel"):
    subscription_id: str
    tenant_id: str = ""
    display_name: str = ""


class _Descendant(msgspec.Struct):
    name: str
    type: str


class _Seen(msgspec.Struct):
    subscription_id: str = msgspec.field(name="subscriptionId")
    machines: int = 0


@dataclass(frozen=True, slots=True)
class Population:
    """The subscriptions of a collection, as ids in lower case, sorted."""

    asked: tuple[str, ...]
    """Those that are collected."""
    missing: tuple[str, ...]
    """Those that belong to the scope and that the signed-in identity may not read at all."""
    silent: tuple[str, ...]
    """Those among `asked` that Resource Graph leaves out without a word."""
    left_out: int
    """Readable subscriptions that were not chosen."""
    tenants: tuple[str, ...]
    """Ids of the tenants of all subscriptions that can be seen; a root management group has the same."""
    groups: tuple[str, ...]
    """The management groups of the scope, as far as Azure Resource Manager lists them."""
    doubt: str
    """Why there may be more that nobody named; "" where every list was read."""
    unconfirmed: str = ""
    """Why it is not known whether all of `asked` could be read until the end; "" where they were looked at again."""


@dataclass(slots=True)
class _Tree:
    """Subscriptions and management groups of a scope, by their names."""

    subscriptions: set[str]
    groups: set[str] = field(default_factory=set[str])
    doubt: str = ""

    def join(self, other: "_Tree") -> None:
        """Take in another one."""
        self.subscriptions |= other.subscriptions
        self.groups |= other.groups


class Held:
    """A few rows, held in memory."""

    def __init__(self) -> None:
        self.kept: list[msgspec.Raw] = []

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.kept)

    def add(self, rows: Sequence[msgspec.Raw]) -> None:
        """Keep a page."""
        self.kept += rows

    def expect(self, rows: int) -> None:
        """Nobody waits for them."""

    def start_over(self) -> None:
        """Forget all."""
        self.kept.clear()


def find_population(manager: ResourceManager, graph: ResourceGraph, selection: Selection) -> Population:
    """Ask for the subscriptions, in three ways. Raises EvidenceError where there is none to collect."""
    visible = _visible(manager, selection.tenant)
    ids = frozenset(one.subscription_id.lower() for one in visible)
    below = _chosen(manager, selection) if not selection.everything else _of_tenants(manager, visible)
    scope = below.subscriptions
    asked = tuple(sorted(ids & scope))
    if not asked:
        raise EvidenceError(
            "the signed-in identity may read none of the subscriptions that were asked for",
            "Sign in as somebody with the role Reader on them, or choose others with --subscription.",
        )
    try:
        seen = _counted(graph, "readable_subscriptions", asked)
    except RefusedError as refused:
        raise EvidenceError(
            f"Azure Resource Graph does not answer: {refused.code}: {refused.message}",
            "It takes the role Reader on the subscriptions.",
        ) from refused
    return Population(
        asked=asked,
        missing=tuple(sorted(scope - ids)),
        silent=tuple(sorted(frozenset(asked) - seen.keys())),
        left_out=len(ids - scope),
        tenants=tuple(sorted({one.tenant_id.lower() for one in visible if one.tenant_id})),
        groups=tuple(sorted(below.groups)),
        doubt=below.doubt,
    )


def looked_at_again(population: Population, graph: ResourceGraph) -> Population:
    """The population with those subscriptions among the silent ones that became so while they were collected."""
    try:
        seen = _counted(graph, "readable_subscriptions", population.asked)
    except RefusedError as refused:
        return replace(population, unconfirmed=f"{refused.code}: {refused.says}")
    silent = {*population.silent, *(frozenset(population.asked) - seen.keys())}
    return replace(population, silent=tuple(sorted(silent)))


def machines_by_subscription(graph: ResourceGraph, subscriptions: Sequence[str]) -> dict[str, int]:
    """How many machines Azure counts in each subscription that has any. Raises RefusedError."""
    return _counted(graph, "machines_by_subscription", subscriptions)


def _visible(manager: ResourceManager, tenant: str) -> list[_Subscription]:
    """All subscriptions that ARM lists. Raises EvidenceError where it refuses to."""
    try:
        rows = [row for page in manager.pages(*_SUBSCRIPTIONS) for row in page]
    except RefusedError as refused:
        raise EvidenceError(
            f"Azure does not name the subscriptions: {refused.code}: {refused.message}",
            "Sign in first, for example with `az login`.",
        ) from refused
    found = [msgspec.json.decode(row, type=_Subscription) for row in rows]
    return [one for one in found if not tenant or one.tenant_id.lower() == tenant.lower()]


def _chosen(manager: ResourceManager, selection: Selection) -> _Tree:
    """The subscriptions that somebody named, also those below the management groups."""
    found = _Tree({subscription.lower() for subscription in selection.subscriptions})
    for group in selection.management_groups:
        try:
            found.join(_below(manager, group))
        except RefusedError as refused:
            raise EvidenceError(
                f"the management group {group} can't be read: {refused.code}: {refused.message}",
                "It takes Microsoft.Management/managementGroups/descendants/read.",
            ) from refused
    return found


def _of_tenants(manager: ResourceManager, visible: Iterable[_Subscription]) -> _Tree:
    """All subscriptions of the tenants, by their root management groups and by ARM's list."""
    found = _Tree({one.subscription_id.lower() for one in visible})
    try:
        for tenant in sorted({one.tenant_id.lower() for one in visible if one.tenant_id}):
            found.join(_below(manager, tenant))  # the root management group has the tenant's id
    except RefusedError as refused:
        found.doubt = (
            "There may be subscriptions that the signed-in identity can't see: reading the root management group ended "
            f"with {refused.code} (needs Microsoft.Management/managementGroups/descendants/read)."
        )
    return found


def _below(manager: ResourceManager, group: str) -> _Tree:
    """What stands below a management group, and itself. Raises RefusedError."""
    if not _GROUP.fullmatch(group):
        raise UsageError(f"{group!r} is no id of a management group", "`az account management-group list` shows them.")
    path = f"/providers/Microsoft.Management/managementGroups/{group}/descendants"
    rows = [msgspec.json.decode(row, type=_Descendant) for page in manager.pages(path, _DESCENDANTS) for row in page]
    subscriptions = {row.name.lower() for row in rows if row.type.lower().endswith("/subscriptions")}
    groups = {row.name.lower() for row in rows if row.type.lower().endswith("/managementgroups")}
    return _Tree(subscriptions, groups | {group.lower()})


def _counted(graph: ResourceGraph, name: str, subscriptions: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(subscriptions), SUBSCRIPTIONS_A_QUERY):
        held = Held()
        graph.read(query(name), subscriptions[start : start + SUBSCRIPTIONS_A_QUERY], held)
        rows = (msgspec.json.decode(row, type=_Seen) for row in held.kept)
        found |= {row.subscription_id.lower(): row.machines for row in rows}
    return found
