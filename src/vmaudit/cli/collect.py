"""`vmaudit collect`: ask Azure for all evidence, and keep it as a snapshot."""

import logging
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from vmaudit import __version__
from vmaudit.cli.terminal import progress, safe, say
from vmaudit.collect.clouds import CLOUDS, Place, cloud_named
from vmaudit.collect.credentials import CREDENTIALS, RenewableCredential, credential
from vmaudit.collect.parts import Opening
from vmaudit.collect.script import SHELLS, script
from vmaudit.collect.selection import Selection, subscription_ids, tables_chosen, workspace_ids
from vmaudit.collect.spans import length_of
from vmaudit.errors import UsageError
from vmaudit.snapshot.tables import BY_NAME

if TYPE_CHECKING:
    from vmaudit.collect.collecting import Collected
    from vmaudit.collect.connections import Connections
    from vmaudit.collect.pace import Clock
    from vmaudit.collect.progress import Progress

F = TypeVar("F", bound=Callable[..., Any])

_CERTIFICATES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Variables that name a file of certificates, the first one that is set; Azure CLI reads the first."""

INCOMPLETE: Final = 4


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options of `collect` and `scan` say."""

    selection: Selection
    cloud: str
    credential: str
    resume: bool
    force: bool
    debug: bool
    quiet: bool


def collect_options(command: F) -> F:
    """The options that say what is collected, from where and by whom; `collect` and `scan` share them."""
    for option in reversed(
        (
            click.option("--tenant", default="", metavar="ID", help="Only subscriptions of this tenant."),
            click.option(
                "--subscription",
                "subscriptions",
                multiple=True,
                metavar="ID",
                help="Only this one; may be repeated.  [default: all]",
            ),
            click.option("--management-group", "management_groups", multiple=True, metavar="ID", help="All below it."),
            click.option(
                "--resource-group",
                "resource_groups",
                multiple=True,
                metavar="NAME",
                help="Only machines of this one; what stands around them is collected whole.",
            ),
            click.option(
                "--cloud",
                default="AzureCloud",
                show_default=True,
                help=f"{', '.join(CLOUDS)}, or a .json file with the endpoints of another.",
            ),
            click.option(
                "--workspace",
                "workspaces",
                multiple=True,
                metavar="ID",
                help="Log Analytics workspace to read logs from; may be repeated.  [default: those that are found]",
            ),
            click.option(
                "--since", default="30d", show_default=True, metavar="30d", help="How far back logs are read."
            ),
            click.option("--only", multiple=True, metavar="TABLE,...", help="Collect these tables only."),
            click.option("--skip", multiple=True, metavar="TABLE,...", help="Leave these tables out."),
            click.option(
                "--credential",
                type=click.Choice(CREDENTIALS),
                default="default",
                show_default=True,
                help="How to sign in; `default` tries what azure-identity tries.",
            ),
            click.option("--resume", is_flag=True, help="Go on with a collection that was stopped or had failures."),
            click.option("--force", is_flag=True, help="Replace a snapshot that is there already."),
            click.option("--debug", is_flag=True, help="Say on stderr what is asked; never a token."),
            click.option("--quiet", is_flag=True, help="No progress and no summary."),
        )
    ):
        command = option(command)
    return command


@click.command("collect")
@click.option("--out", type=click.Path(path_type=Path), help="The snapshot: a folder, or a file.zip.")
@click.option(
    "--print-script",
    "shell",
    type=click.Choice(SHELLS),
    help="Ask nothing; print the az commands by which somebody else gathers files for vmaudit import.",
)
@collect_options
def command(out: Path | None, shell: str | None, **options: Any) -> int:
    """Ask Azure for the evidence of an audit and keep it as a snapshot. Nothing in Azure is changed."""
    wish = wish_of(**options)
    if shell:
        say(script(shell, wish.selection))
        return 0
    if out is None:
        raise UsageError("--out is missing", "Name the snapshot that is to be written.")
    collected = collected_for(wish, out)
    if not wish.quiet:
        show_collected(collected)
        say()
        say(f"Next: vmaudit audit {safe(str(out))} --out report")
    return INCOMPLETE if collected.gaps else 0


def wish_of(
    *,
    tenant: str,
    subscriptions: tuple[str, ...],
    management_groups: tuple[str, ...],
    resource_groups: tuple[str, ...],
    cloud: str,
    workspaces: tuple[str, ...],
    since: str,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    credential: str,
    resume: bool,
    force: bool,
    debug: bool,
    quiet: bool,
) -> Wish:
    """The options as one value. Raises UsageError."""
    length_of(since)
    selection = Selection(
        tenant=tenant,
        subscriptions=subscription_ids(subscriptions),
        management_groups=management_groups,
        resource_groups=resource_groups,
        tables=tables_chosen(only, skip),
        workspaces=workspace_ids(workspaces),
        since=since,
    )
    return Wish(selection, cloud, credential, resume, force, debug, quiet)


def collected_for(wish: Wish, out: Path) -> "Collected":
    """Collect what the options say. Raises UsageError, EvidenceError."""
    from vmaudit.collect.collecting import collect  # noqa: PLC0415 - Azure's clients take a second to load
    from vmaudit.collect.pace import StoppableClock  # noqa: PLC0415 - likewise

    clock = StoppableClock()
    stage = progress(quiet=wish.quiet)
    opening = Opening(__version__, f"{wish.cloud} {wish.selection}", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    stage("finding the subscriptions")
    try:
        with connections_for(wish, clock) as connections:
            return collect(
                connections,
                wish.selection,
                out,
                opening=opening,
                clock=clock,
                resume=wish.resume,
                replace=wish.force,
                on_progress=lambda seen: stage(_stage(seen)),
            )
    except KeyboardInterrupt:
        stage("")
        click.echo("Stopped. What was collected is kept: give the same command with --resume to go on.", err=True)
        raise
    finally:
        stage("")


@contextmanager
def connections_for(wish: Wish, clock: "Clock") -> "Generator[Connections]":
    """Clients that are signed in as the options say, until the block ends. Raises UsageError."""
    from vmaudit.collect.connections import connected  # noqa: PLC0415 - Azure's clients take a second to load

    place = Place(cloud_named(wish.cloud), _certificates())
    client = os.environ.get("AZURE_CLIENT_ID", "")
    signed_in = RenewableCredential(
        lambda: credential(wish.credential, place, tenant=wish.selection.tenant, client=client, sleep=clock.sleep)
    )
    with _questions_logged(debug=wish.debug), connected(signed_in, place, clock) as connections:
        yield connections


def show_collected(collected: "Collected") -> None:
    """Rows per table, how the machines add up, and everything that is missing."""
    for table, rows in collected.rows:
        if rows:
            say(f"{rows:>9,}  {BY_NAME[table].title}")
    say()
    for sentence in _population(collected):
        say(safe(sentence))
    if collected.gaps:
        say()
        say(f"Not read ({len(collected.gaps)}); what leans on it will be unknown:")
        for table, outcome in collected.gaps[:20]:
            need = f" Needs {outcome.permission}." if outcome.permission else ""
            say(safe(f"  {table} in {outcome.scope}: {outcome.outcome.value}, {outcome.code}. {outcome.message}{need}"))
        if len(collected.gaps) > 20:
            say(f"  … and {len(collected.gaps) - 20} more; the manifest has them all")
    _show_nowhere(collected)
    if collected.resumable:
        say("Give the same command with --resume to ask again for what failed.")


def _show_nowhere(collected: "Collected") -> None:
    """What is kept nowhere, with the step that mends it; tables with one reason together."""
    tables: dict[str, list[str]] = {}
    for table, outcome in collected.nowhere:
        tables.setdefault(outcome.message, []).append(table)
    if tables:
        say()
        say("Not collected:")
    for reason, names in tables.items():
        say(safe(f"  {', '.join(names)}: {reason}"))


def _population(collected: "Collected") -> list[str]:
    """How many subscriptions and machines there are, by every way of counting."""
    population = collected.population
    counted = collected.counts.counted
    azure_says = "Azure's own count failed" if counted is None else f"Azure counts {counted:,}"
    subscriptions = (
        f"Subscriptions: {len(population.asked)} collected, {len(population.missing)} of the scope may not be seen, "
        f"{len(population.silent)} left out by Resource Graph, {population.left_out} not chosen."
    )
    sentences = [
        subscriptions,
        f"Machines: {collected.machines:,} collected, {azure_says} (without instances of Uniform scale sets).",
        f"{collected.requests:,} requests.",
    ]
    differing = collected.counts.differing
    sentences += [
        f"In {tally.subscription}: {tally.listed:,} collected, {tally.counted:,} counted." for tally in differing[:5]
    ]
    if len(differing) > 5:
        sentences.append(
            f"… and {len(differing) - 5} more subscriptions whose counts differ; the manifest has them all."
        )
    return [*sentences, population.doubt] if population.doubt else sentences


def _stage(seen: "Progress") -> str:
    waited = f", waited {seen.waited:.0f} s for quota" if seen.waited >= 1 else ""
    done = f"{seen.tables_done} of {seen.tables} tables, {seen.rows:,} rows, {seen.requests:,} requests{waited}"
    minutes, seconds = divmod(round(seen.left.seconds), 60)
    time = f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
    return f"{done}, {'at least' if seen.left.at_least else 'about'} {time} left"


def _certificates() -> Path | None:
    return next((Path(os.environ[name]) for name in _CERTIFICATES if os.environ.get(name)), None)


@contextmanager
def _questions_logged(*, debug: bool) -> Generator[None]:
    """Method and address of each question on stderr. Only our own lines: those of other packages may hold more."""
    log = logging.getLogger("vmaudit.collect")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    if debug:
        log.addHandler(handler)
        log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(logging.NOTSET)
