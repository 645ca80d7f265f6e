"""`vmaudit import`: files that people already have become a snapshot."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from vmaudit.cli.terminal import progress, safe, say
from vmaudit.errors import UsageError
from vmaudit.importing.completeness import EVERYTHING, NOTHING_ASSERTED, complete_for
from vmaudit.importing.duplicates import OnDuplicate
from vmaudit.importing.importing import Imported, import_files
from vmaudit.pipeline import moment
from vmaudit.snapshot.tables import TABLES


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The snapshot: a folder, or a file.zip.")
@click.option(
    "--on-duplicate",
    type=click.Choice([choice.value for choice in OnDuplicate]),
    default=OnDuplicate.REFUSE.value,
    show_default=True,
    help="One id twice with different content: refuse, or let the last one win.",
)
@click.option("--complete", is_flag=True, help="Assert that what the files don't hold does not exist in their scope.")
@click.option(
    "--complete-for",
    "complete_for_types",
    metavar="TYPE,...",
    multiple=True,
    help="Assert it for single resource types or tables.",
)
@click.option("--taken-at", metavar="MOMENT", help="When the files were exported (RFC 3339).  [default: now]")
@click.option("--force", is_flag=True, help="Replace a snapshot that is there already.")
@click.option("--quiet", is_flag=True, help="No progress and no summary.")
def command(
    paths: tuple[Path, ...],
    out: Path,
    on_duplicate: str,
    complete_for_types: tuple[str, ...],
    taken_at: str | None,
    *,
    complete: bool,
    force: bool,
    quiet: bool,
) -> int:
    """Make a snapshot from PATHS: files and folders of Azure resources as az, ARM or Resource Graph print them."""
    if complete and complete_for_types:
        raise UsageError("--complete already says it of every type", "Leave --complete-for out.")
    asserted = EVERYTHING if complete else complete_for(complete_for_types) if complete_for_types else NOTHING_ASSERTED
    stage = progress(quiet=quiet)
    imported = import_files(
        paths,
        out,
        taken_at=moment(taken_at or datetime.now(UTC).isoformat(timespec="seconds")),
        on_duplicate=OnDuplicate(on_duplicate),
        complete_for=asserted,
        replace=force,
        on_progress=lambda seen: stage(f"importing file {seen.file_number} of {seen.files}: {seen.rows} rows"),
    )
    stage("")
    if not quiet:
        _show(imported, out)
    return 0


def _show(imported: Imported, out: Path) -> None:
    titles = {table.name: table.title for table in TABLES}
    for table, rows in imported.rows:
        say(f"{rows:>9,}  {titles[table]}")
    for kind, rows in imported.other_types[:5]:
        say(f"{rows:>9,}    {safe(kind)}")
    if len(imported.other_types) > 5:
        say(f"{'':>9}    and {len(imported.other_types) - 5} other types")
    say()
    for note in _notes(imported):
        say(safe(note))
    say()
    say(f"Next: vmaudit audit {safe(str(out))} --out report")


def _notes(imported: Imported) -> Iterator[str]:
    """What a person should know about the files, one sentence each."""
    if imported.left_out:
        yield f"{imported.left_out} rows were given twice and are kept once."
    if imported.skipped_files:
        yield f"{imported.skipped_files} files in the folders are no JSON by their names and were skipped."
    for file in imported.cut_off:
        yield f"{file} is one page of a longer answer: what is on the other pages is unknown."
    yield from imported.assertions
    if not imported.assertions:
        yield "Nothing says that these files hold everything: what leans on missing files will be unknown (--complete)."
