"""Three counts of the machines that should be one, and what is said where they are not."""

from vmaudit.assess.population import Exclusion, population
from vmaudit.snapshot.manifest import SCHEMA, MachineCounts, Manifest, Outcome, OutcomeKind, TableEntry, Tally

PREFIX = "/subscriptions/s/resourcegroups/rg/providers/microsoft.compute"


def manifest(listed: int, counts: MachineCounts | None) -> Manifest:
    entry = TableEntry("virtual_machines", (Outcome("/", OutcomeKind.COMPLETE),), rows=listed)
    return Manifest(SCHEMA, "0", "collect", "2026-11-21T06:00:00Z", (entry,), machine_counts=counts)


def machines(number: int) -> list[str]:
    return [f"{PREFIX}/virtualmachines/vm-{each}" for each in range(number)]


def test_three_equal_counts_leave_nothing_out() -> None:
    found = population(manifest(1200, MachineCounts(subscriptions=3, counted=1200)), machines(1200))

    assert (found.listed, found.counted, found.evaluated, found.excluded) == (1200, 1200, 1200, ())
    assert found.says == (
        "Machines: 1,200 listed by Resource Graph, 1,200 by Azure's counts of 3 subscriptions, 1,200 evaluated."
    )


def test_imported_rows_are_not_reconciled_and_say_so() -> None:
    found = population(manifest(2, None), machines(2))

    assert found.counted is None
    assert "not reconciled" in found.says


def test_machines_of_other_resource_groups_are_counted_and_left_out() -> None:
    counts = MachineCounts(subscriptions=1, counted=10, resource_groups=("web",))

    assert population(manifest(4, counts), machines(4)).excluded == (Exclusion(6, "in other resource groups than web"),)


def test_a_machine_that_azure_counts_and_did_not_list_is_missed() -> None:
    differing = (Tally("s1", listed=4, counted=5), Tally("s2", listed=3, counted=2))
    found = population(manifest(7, MachineCounts(subscriptions=2, counted=7, differing=differing)), machines(7))

    assert [one.machines for one in found.excluded] == [1]  # one too many in s2 does not make up for it
    assert "Left out: 1 counted by Azure and not listed" in found.says


def test_nobody_knows_how_many_are_in_a_subscription_that_may_not_be_read() -> None:
    found = population(manifest(1, MachineCounts(subscriptions=2, counted=1, unreadable=1, not_chosen=3)), machines(1))

    assert [one.machines for one in found.excluded] == [None, None]
    assert "unknown how many in 1 subscription that the signed-in identity may not read" in found.says
    assert "unknown how many in 3 readable subscriptions that were not chosen" in found.says


def test_a_count_that_failed_is_not_a_count_of_none() -> None:
    found = population(manifest(1, MachineCounts(subscriptions=1, counted=None)), machines(1))

    assert found.counted is None
    assert "unknown by Azure's counts of 1 subscription" in found.says


def test_instances_of_scale_sets_are_judged_and_are_in_neither_count() -> None:
    judged = [*machines(2), f"{PREFIX}/virtualmachinescalesets/set/virtualmachines/0"]
    found = population(manifest(2, MachineCounts(subscriptions=1, counted=2)), judged)

    assert (found.evaluated, found.instances, found.excluded) == (3, 1, ())
    assert "3 evaluated, 1 of them in scale sets" in found.says


def test_a_machine_that_two_files_hold_is_judged_once() -> None:
    assert population(manifest(3, None), machines(2)).excluded == (Exclusion(1, "given more than once"),)
