"""`vmaudit demo`: the whole main job on the built-in tenant Contoso."""

import tempfile
from pathlib import Path

import click

from vmaudit.assess.combination_files import read_combinations
from vmaudit.assess.configuration import rules_in_force
from vmaudit.cli.audit import formats_of
from vmaudit.cli.options import config_option
from vmaudit.cli.summary import show_files, show_summary
from vmaudit.cli.terminal import progress
from vmaudit.demo.contoso import COMPLETE_FOR, ORGANISATION, TAKEN_AT
from vmaudit.demo.export import write_contoso
from vmaudit.errors import UsageError
from vmaudit.importing.completeness import complete_for
from vmaudit.importing.importing import import_files
from vmaudit.pipeline import FORMATS, audit, report
from vmaudit.shipped import rules_folder
from vmaudit.snapshot.reading import open_snapshot

SNAPSHOT = "contoso.snapshot"


@click.command("demo")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("vmaudit-demo"), show_default=True
)
@click.option("--format", "formats", default=",".join(FORMATS), show_default=True, help="Which reports to write.")
@config_option
@click.option("--force", is_flag=True, help="Write over the demo of an earlier run.")
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
def command(out: Path, formats: str, config_path: Path | None, *, force: bool, quiet: bool) -> int:
    """Audit the built-in tenant Contoso: import its files, grade its machines, write its reports."""
    wanted = formats_of(formats)
    rules = rules_in_force(rules_folder(), config_path)
    snapshot = out / SNAPSHOT
    if snapshot.exists() and not force:
        raise UsageError(f"{snapshot} is there already", "Give another --out, or --force to write over it.")
    out.mkdir(parents=True, exist_ok=True)
    stage = progress(quiet=quiet)
    with tempfile.TemporaryDirectory(prefix="vmaudit-contoso-") as exported:
        stage("making up Contoso")
        write_contoso(Path(exported))
        stage("importing its files")
        import_files(
            [Path(exported)], snapshot, taken_at=TAKEN_AT, complete_for=complete_for(COMPLETE_FOR), replace=force
        )
    assessment = audit(
        open_snapshot(snapshot), rules, combinations=read_combinations(rules_folder(), rules), on_stage=stage
    )
    written = report(assessment, wanted, out, organisation=ORGANISATION, on_stage=stage)
    stage("")
    if not quiet:
        show_summary(assessment)
        show_files(written, snapshot)
    return 0
