"""`vmaudit service-tags`: which addresses are behind service tags, from Microsoft's weekly file."""

import difflib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from vmaudit.cli.terminal import safe, say
from vmaudit.errors import EvidenceError, UnreadableFileError, UsageError
from vmaudit.estate.service_tags import PUBLISHED_AT, ServiceTags, compact, read_service_tags
from vmaudit.known import Unknown

F = TypeVar("F", bound=Callable[..., Any])

NONE: Final = "none"
"""What `--service-tags` takes for "no data, whatever is stored"."""
_FILE: Final = click.Path(path_type=Path, dir_okay=False)


def service_tags_option(command: F) -> F:
    """The option of every command that judges by service tags."""
    return click.option(
        "--service-tags",
        "tags_path",
        type=_FILE,
        metavar="FILE",
        help="Addresses of service tags: what `service-tags update` stored, or Microsoft's file; none for no data."
        "  [default: the stored ones, if any]",
    )(command)


def tags_for(path: Path | None) -> ServiceTags | None:
    """The tags that a command judges by: of the file that was named, else the stored ones, else none."""
    if path is not None:
        return None if str(path) == NONE else read_service_tags(path.read_bytes(), path)
    return _stored(store_path())


def store_path() -> Path:
    """Where the tags are stored: in the user's data folder, by the XDG convention."""
    home = os.environ.get("XDG_DATA_HOME", "")
    # The convention says that a relative path there is to be ignored.
    folder = Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "share"
    return folder / "vmaudit" / "service-tags.json"


def _stored(store: Path) -> ServiceTags | None:
    try:
        text = store.read_bytes()
    except FileNotFoundError:
        return None
    return read_service_tags(text, store)


_store_option = click.option(
    "--store", type=_FILE, metavar="PATH", help="Where the tags are stored.  [default: the user's data folder]"
)


@click.group("service-tags")
def command() -> None:
    """Tell vmaudit which addresses are behind service tags such as Storage.WestEurope.

    Microsoft publishes them every week. vmaudit ships none: without data, a tag is unknown wherever it matters.
    """


@command.command("update")
@click.argument("file", type=_FILE)
@_store_option
@click.option("--date", "published_on", metavar="YYYY-MM-DD", help="The day of publication, if FILE's name has none.")
@click.option("--force", is_flag=True, help="Also if what is stored is newer, of another cloud, or damaged.")
def update(file: Path, store: Path | None, published_on: str | None, *, force: bool) -> int:
    """Check Microsoft's weekly FILE and store it, for all later commands.

    FILE is ServiceTags_Public_YYYYMMDD.json, or what `az network list-service-tags` prints.
    """
    tags = read_service_tags(file.read_bytes(), file, published_on)
    place = store or store_path()
    if not force:
        _check_newer(tags, _stored_or_refused(place), file, place)
    _write(compact(tags), place)
    say(f"{_summary(tags)}, stored in {safe(str(place))}")
    return 0


def _stored_or_refused(place: Path) -> ServiceTags | None:
    try:
        return _stored(place)
    except UnreadableFileError as problem:
        raise UnreadableFileError(problem.message, "Write over it with --force.") from problem


def _check_newer(tags: ServiceTags, stored: ServiceTags | None, file: Path, place: Path) -> None:
    """Data must not go back in time, nor change from one cloud to another, by mistake."""
    if stored is None:
        return
    if stored.cloud.lower() != tags.cloud.lower():
        raise UsageError(
            f"{file} is of cloud {tags.cloud}, and {place} of cloud {stored.cloud}",
            "Give another place with --store, or replace it with --force.",
        )
    if tags.change_number < stored.change_number:
        raise UsageError(
            f"{file} is change {tags.change_number} of {tags.date}, "
            f"older than what is stored: change {stored.change_number} of {stored.date}",
            "Take the newer file, or go back with --force.",
        )


def _write(text: bytes, place: Path) -> None:
    """Under a passing name first, so that a run that is stopped leaves what was there. For the owner alone."""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)  # 0600
        passing = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(text)
            passing.replace(place)
        finally:
            passing.unlink(missing_ok=True)
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise EvidenceError(f"{place} can't be written: {reason}", "Choose another place with --store.") from problem


@command.command("show")
@click.argument("tag", required=False)
@_store_option
def show(tag: str | None, store: Path | None) -> int:
    """Say which data is stored, or list the prefixes of TAG, one a line."""
    place = store or store_path()
    tags = _stored(place)
    if tags is None:
        return _show_nothing(tag, place)
    if tag is None:
        say(f"{_summary(tags)}, from {safe(tags.source)}")
        say(f"stored in {safe(str(place))}, sha256 {tags.sha256}")
        say(f"sha256 of Microsoft's file {safe(tags.source_sha256)}")
        return 0
    for prefix in _prefixes(tags, tag):
        say(safe(prefix))
    return 0


def _show_nothing(tag: str | None, place: Path) -> int:
    remedy = f"Download Microsoft's weekly file ({PUBLISHED_AT}), then: vmaudit service-tags update FILE"
    if tag is not None:
        raise UsageError(f"nothing is stored in {place}", remedy)
    say(f"Nothing is stored in {safe(str(place))}: a rule that names a service tag is unknown wherever it matters.")
    say(remedy)
    return 0


def _prefixes(tags: ServiceTags, tag: str) -> tuple[str, ...]:
    name = tags.named(tag)
    if name is None:
        known = {known.lower(): known for known in tags.published}
        close = difflib.get_close_matches(tag.lower(), known, n=1)
        raise UsageError(
            f"the data of {tags.date} has no service tag {tag!r}", f"Did you mean {known[close[0]]}?" if close else ""
        )
    found = tags.addresses(name)
    if isinstance(found, Unknown):
        raise UnreadableFileError(found.reason)
    return tags.published[name]


def _summary(tags: ServiceTags) -> str:
    prefixes = sum(map(len, tags.published.values()))
    version = f"cloud {tags.cloud}, published on {tags.date} (change {tags.change_number})"
    return f"{len(tags.published)} service tags with {prefixes} prefixes of {version}"
