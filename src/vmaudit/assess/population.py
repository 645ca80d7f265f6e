"""How the machines add up: those listed, those that Azure counts, those judged, and why not more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vmaudit.snapshot.manifest import MachineCounts, Manifest


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Machines that were not judged. `machines` is None where nobody can know how many they are."""

    machines: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Population:
    """Three counts of the machines, which should be one.

    `counted` is what Azure counts by itself, subscription by subscription; None where nobody asked, or it did not say.
    Instances of Uniform scale sets, which are judged too, are in none of the first two.
    """

    listed: int
    counted: int | None
    evaluated: int
    instances: int
    excluded: tuple[Exclusion, ...]
    says: str


def population(manifest: Manifest, evaluated: Iterable[str]) -> Population:
    """How the machines of a snapshot add up; `evaluated` are the ids in lower case of those that were judged."""
    keys = list(evaluated)
    instances = sum("/virtualmachinescalesets/" in key for key in keys)
    listed = sum(entry.rows for entry in manifest.tables if entry.name == "virtual_machines")
    counts = manifest.machine_counts
    excluded = tuple(_repeated(listed - (len(keys) - instances)))
    if counts is not None:
        excluded += tuple(_excluded(counts, listed))
    counted = counts.counted if counts else None
    says = _sentence(listed, len(keys), instances, counts, excluded)
    return Population(listed, counted, len(keys), instances, excluded, says)


def _repeated(machines: int) -> Iterator[Exclusion]:
    if machines > 0:
        yield Exclusion(machines, "given more than once")


def _excluded(counts: MachineCounts, listed: int) -> Iterator[Exclusion]:
    if counts.resource_groups:
        others = None if counts.counted is None else max(0, counts.counted - listed)
        if others != 0:
            yield Exclusion(others, f"in other resource groups than {', '.join(counts.resource_groups)}")
    else:
        missing = sum(max(0, tally.counted - tally.listed) for tally in counts.differing)
        if missing:
            yield Exclusion(missing, "counted by Azure and not listed: they came meanwhile, or were not given")
    if counts.unreadable:
        noun = "subscription" if counts.unreadable == 1 else "subscriptions"
        yield Exclusion(None, f"in {counts.unreadable} {noun} that the signed-in identity may not read")
    if counts.not_chosen:
        noun = "subscription that was" if counts.not_chosen == 1 else "subscriptions that were"
        yield Exclusion(None, f"in {counts.not_chosen} readable {noun} not chosen")
    if counts.doubt:
        yield Exclusion(None, f"perhaps in subscriptions that nobody named ({counts.doubt.rstrip('.')})")


def _sentence(
    listed: int, evaluated: int, instances: int, counts: MachineCounts | None, excluded: tuple[Exclusion, ...]
) -> str:
    with_instances = f", {instances:,} of them in scale sets" if instances else ""
    if counts is None:
        found = f"{listed:,} in the evidence, {evaluated:,} evaluated{with_instances}"
        what = f"{found}; not reconciled, since nobody counted them a second time."
    else:
        noun = "subscription" if counts.subscriptions == 1 else "subscriptions"
        by_count = "unknown" if counts.counted is None else f"{counts.counted:,}"
        what = (
            f"{listed:,} listed by Resource Graph, {by_count} by Azure's counts of {counts.subscriptions:,} {noun}, "
            f"{evaluated:,} evaluated{with_instances}."
        )
    left_out = "; ".join(
        f"{'unknown how many' if one.machines is None else f'{one.machines:,}'} {one.why}" for one in excluded
    )
    return f"Machines: {what} Left out: {left_out}." if left_out else f"Machines: {what}"
