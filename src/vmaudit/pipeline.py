"""The whole tool on one screen: evidence becomes an estate, exposure, an assessment, and reports."""

import gc
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from vmaudit import __version__
from vmaudit.assess.assessment import Assessment, Subject, TagData
from vmaudit.assess.combination import Combination
from vmaudit.assess.combination_files import read_combinations
from vmaudit.assess.doors import ports_in_question
from vmaudit.assess.judging import assess
from vmaudit.assess.reading import read_rules
from vmaudit.assess.rule import Rule
from vmaudit.assess.settings import settings_in_force
from vmaudit.errors import EvidenceError, UsageError
from vmaudit.estate.estate import Estate
from vmaudit.estate.reading import read_estate
from vmaudit.estate.reading_conditional_access import read_conditional_access
from vmaudit.estate.reading_rights import read_rights
from vmaudit.estate.service_tags import ServiceTags
from vmaudit.exposure.reach import expose
from vmaudit.exposure.service_tags import other_times
from vmaudit.report.writing import Reports, write_reports
from vmaudit.shipped import rules_folder
from vmaudit.snapshot.reading import Snapshot

FORMATS: Final = ("html", "pdf", "json", "csv")
"""What `report` can write, in the order in which it is written."""

OnStage = Callable[[str], None]


def _silent(_stage: str) -> None:
    """Nobody is watching."""


def audit(
    snapshot: Snapshot,
    rules: Sequence[Rule] | None = None,
    *,
    combinations: Sequence[Combination] = (),
    as_of: str | None = None,
    service_tags: ServiceTags | None = None,
    on_stage: OnStage = _silent,
) -> Assessment:
    """Judge every machine of a snapshot. Pure: the same snapshot, rules, moment and tags give an equal assessment.

    `as_of` is the moment to judge at (RFC 3339); by default the moment when the evidence was taken.
    `service_tags` are the addresses of service tags; without them a tag is unknown wherever it matters.
    Without `rules` those that are shipped judge, and look for the toxic combinations that are shipped.
    Raises EvidenceError where the snapshot holds no virtual machine: an empty audit would look like a clean one.
    """
    with _collector_paused():
        if rules is None:
            rules = read_rules(rules_folder())
            combinations = read_combinations(rules_folder(), rules)
        return _audit(snapshot, rules, combinations, as_of, service_tags, on_stage)


def _audit(
    snapshot: Snapshot,
    rules: Sequence[Rule],
    combinations: Sequence[Combination],
    as_of: str | None,
    service_tags: ServiceTags | None,
    on_stage: OnStage,
) -> Assessment:
    on_stage("reading the evidence")
    estate = read_estate(snapshot, service_tags=service_tags)
    _refuse_nothing(estate)
    on_stage(f"finding the ways into {len(estate.machines)} machines")
    exposures = expose(estate, ports_in_question(rules), settings_in_force(rules).internet_wide_ipv4)
    on_stage("judging")
    assessment = assess(
        estate,
        exposures,
        rules,
        subject=_subject(snapshot, estate),
        as_of=moment(as_of) if as_of else snapshot.manifest.taken_at,
        manifest=snapshot.manifest,
        rights=read_rights(snapshot),
        combinations=combinations,
        conditional_access=read_conditional_access(snapshot),
    )
    return replace(assessment, assumptions=(*assessment.assumptions, *other_times(estate)))


@contextmanager
def _collector_paused() -> Generator[None]:
    """An audit keeps nearly all that it makes: walking it for cycles again and again costs a quarter of its time.

    What it made is none of the collector's business afterwards either: it has no cycles, and is freed by its counts.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def report(
    assessment: Assessment,
    formats: Iterable[str],
    folder: Path,
    *,
    organisation: str = "",
    on_stage: OnStage = _silent,
) -> Reports:
    """Write the assessment as files into `folder`, which is made if need be; `organisation` is named in their heads."""
    with _collector_paused():
        return write_reports(assessment, tuple(formats), folder, organisation=organisation, on_stage=on_stage)


def _refuse_nothing(estate: Estate) -> None:
    if not estate.machines:
        raise EvidenceError(
            "the snapshot holds no virtual machine, so there is nothing to audit",
            "Import or collect rows of type Microsoft.Compute/virtualMachines.",
        )


def _subject(snapshot: Snapshot, estate: Estate) -> Subject:
    manifest = snapshot.manifest
    return Subject(
        snapshot_sha256=snapshot.manifest_sha256,
        source=manifest.source,
        taken_at=manifest.taken_at,
        tool_version=__version__,
        snapshot_tool_version=manifest.tool_version,
        subscriptions=tuple(sorted({key.split("/")[2] for key in estate.machines if key.count("/") > 2})),
        service_tags=_tag_data(estate.service_tags),
    )


def _tag_data(tags: ServiceTags | None) -> TagData | None:
    return TagData(tags.cloud, tags.change_number, tags.date, tags.sha256) if tags else None


def moment(text: str) -> str:
    """A moment in RFC 3339, brought to UTC. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise UsageError(f"{text!r} is not a moment", "Write it as 2026-11-21T06:00:00Z.") from problem
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
