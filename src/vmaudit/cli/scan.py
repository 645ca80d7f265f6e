"""`vmaudit scan`: collect and audit in one go."""

from pathlib import Path
from typing import Any

import click

from vmaudit.assess.combination_files import read_combinations
from vmaudit.assess.configuration import rules_in_force
from vmaudit.cli.audit import formats_of
from vmaudit.cli.collect import INCOMPLETE, collect_options, collected_for, show_collected, wish_of
from vmaudit.cli.options import config_option
from vmaudit.cli.service_tags import service_tags_option, tags_for
from vmaudit.cli.summary import show_files, show_summary
from vmaudit.cli.terminal import progress, say
from vmaudit.pipeline import FORMATS, audit, report
from vmaudit.shipped import rules_folder
from vmaudit.snapshot.reading import open_snapshot


@click.command("scan")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("vmaudit-scan"),
    show_default=True,
    help="Folder for the snapshot and the reports.",
)
@click.option("--format", "formats", default=",".join(FORMATS), show_default=True, help="Which reports to write.")
@config_option
@service_tags_option
@collect_options
def command(out: Path, formats: str, config_path: Path | None, tags_path: Path | None, **options: Any) -> int:
    """Collect the evidence from Azure, grade every machine, and write reports."""
    wanted = formats_of(formats)
    rules = rules_in_force(rules_folder(), config_path)
    combinations = read_combinations(rules_folder(), rules)
    tags = tags_for(tags_path)
    wish = wish_of(**options)
    out.mkdir(parents=True, exist_ok=True)
    snapshot = out / "azure.snapshot"
    collected = collected_for(wish, snapshot)
    if not wish.quiet:
        show_collected(collected)
        say()
    stage = progress(quiet=wish.quiet)
    assessment = audit(open_snapshot(snapshot), rules, combinations=combinations, service_tags=tags, on_stage=stage)
    written = report(assessment, wanted, out, on_stage=stage)
    stage("")
    if not wish.quiet:
        show_summary(assessment)
        show_files(written, snapshot)
    return INCOMPLETE if collected.gaps else 0
