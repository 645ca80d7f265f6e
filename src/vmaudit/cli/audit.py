"""`vmaudit audit`: grade every machine, show a summary, write reports."""

from pathlib import Path

import click

from vmaudit.cli.options import config_option
from vmaudit.cli.service_tags import service_tags_option, tags_for
from vmaudit.cli.summary import show_files, show_summary
from vmaudit.cli.terminal import progress
from vmaudit.errors import UsageError
from vmaudit.pipeline import FORMATS, audit, report
from vmaudit.shipped import rules_folder
from vmaudit.snapshot.reading import open_snapshot


def formats_of(text: str) -> tuple[str, ...]:
    """`html,pdf` as names, each known. Raises UsageError."""
    named = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    strange = [name for name in named if name not in FORMATS]
    if strange or not named:
        raise UsageError(f"--format {text!r} names no format that vmaudit writes", f"Choose from {','.join(FORMATS)}.")
    return named


@click.command("audit")
@click.argument("snapshot", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the reports; without it, only the summary is shown.",
)
@click.option("--format", "formats", default=",".join(FORMATS), show_default=True, help="Which reports to write.")
@click.option(
    "--rules",
    "rules_path",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder of rules in place of the built-in ones.",
)
@config_option
@click.option(
    "--organisation", metavar="NAME", help="Whose machines they are, for the reports' heads.  [default: from --config]"
)
@click.option(
    "--as-of", metavar="MOMENT", help="Judge as of this moment (RFC 3339).  [default: when the evidence was taken]"
)
@service_tags_option
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
def command(
    snapshot: Path,
    out: Path | None,
    formats: str,
    rules_path: Path | None,
    config_path: Path | None,
    organisation: str | None,
    as_of: str | None,
    tags_path: Path | None,
    *,
    quiet: bool,
) -> int:
    """Grade every virtual machine of SNAPSHOT and write reports."""
    from vmaudit.assess import configuration  # noqa: PLC0415 - the rule reader is only needed here
    from vmaudit.assess.combination_files import read_combinations  # noqa: PLC0415 - likewise

    wanted = formats_of(formats)
    stage = progress(quiet=quiet)
    folder = rules_path or rules_folder()
    rules = configuration.rules_in_force(folder, config_path)
    assessment = audit(
        open_snapshot(snapshot),
        rules,
        combinations=read_combinations(folder, rules),
        as_of=as_of,
        service_tags=tags_for(tags_path),
        on_stage=stage,
    )
    named = organisation if organisation is not None else configuration.organisation(config_path)
    written = report(assessment, wanted, out, organisation=named, on_stage=stage) if out else None
    stage("")
    if not quiet:
        show_summary(assessment)
        show_files(written, snapshot)
    return 0
