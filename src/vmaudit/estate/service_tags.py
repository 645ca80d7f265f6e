"""Service tags as dated data: which addresses Microsoft published for each tag, and in which week.

Two forms are read: Microsoft's own file ("Azure IP Ranges and Service Tags", and what `az network list-service-tags`
prints), which is checked to the last prefix, and the compact form in which vmaudit keeps it. Both give the same value.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from vmaudit.addresses import Intervals, prefixes
from vmaudit.errors import UnreadableFileError, UsageError
from vmaudit.importing.json_text import NotJsonError, decoded, shortened
from vmaudit.known import Read, Unknown

SCHEMA: Final = "vmaudit.service-tags/1"
PUBLISHED_AT: Final = "https://www.microsoft.com/en-us/download/details.aspx?id=56519"
_DATE_IN_NAME: Final = re.compile(r"ServiceTags_[A-Za-z]+_(\d{4})(\d{2})(\d{2})", re.IGNORECASE)
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,127}")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

W = TypeVar("W", bound=msgspec.Struct)


@dataclass(frozen=True, eq=False)
class ServiceTags:
    """The tags of one cloud as published on one day; `published` holds the prefixes by tag, in Microsoft's spelling."""

    cloud: str
    change_number: int
    """Microsoft's own count of versions, per cloud: a higher one is newer."""
    date: str
    """The day of publication, `YYYY-MM-DD`."""
    source: str
    """The name of Microsoft's file, without its folder."""
    source_sha256: str
    published: Mapping[str, tuple[str, ...]]

    @cached_property
    def sha256(self) -> str:
        """The hash of the compact form: the identity of this data in an assessment."""
        return hashlib.sha256(compact(self)).hexdigest()

    @cached_property
    def _names(self) -> dict[str, str]:
        return {name.lower(): name for name in self.published}

    @cached_property
    def _read(self) -> dict[str, Read[Intervals]]:
        """What was asked for already: a cloud has thousands of tags, and rules name few of them."""
        return {}

    def named(self, tag: str) -> str | None:
        """The tag in Microsoft's spelling, whatever the letter case; None where the file has no such tag."""
        return self._names.get(tag.lower())

    def addresses(self, tag: str) -> Read[Intervals]:
        """The addresses of a tag. Unknown where it is not published, or published without any address."""
        key = tag.lower()
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = self._addresses(tag)
        return found

    def _addresses(self, tag: str) -> Read[Intervals]:
        name = self.named(tag)
        if name is None or not self.published[name]:
            return Unknown(f"the addresses of service tag {tag} are not in the data of {self.date}")
        try:
            return prefixes(self.published[name])
        except ValueError as problem:
            return Unknown(f"the addresses of service tag {tag} in the data of {self.date} can't be read: {problem}")

    def days_before(self, moment: str) -> int:
        """How many days older than a moment (RFC 3339) the data is; negative where it is newer."""
        return (datetime.fromisoformat(moment).date() - date.fromisoformat(self.date)).days


class _Properties(msgspec.Struct, rename="camel"):
    address_prefixes: tuple[str, ...]


class _Tag(msgspec.Struct):
    name: str
    properties: _Properties


class _Published(msgspec.Struct, rename="camel"):
    """Microsoft's file; the API gives its change number as text."""

    change_number: int | str
    cloud: str
    values: tuple[_Tag, ...]


class _Compact(msgspec.Struct, forbid_unknown_fields=True):
    """The form in which the data is kept."""

    schema: str
    cloud: str
    change_number: int
    date: str
    source: str
    source_sha256: str
    tags: dict[str, tuple[str, ...]]


class _Either(msgspec.Struct):
    schema: str = ""


def compact(tags: ServiceTags) -> bytes:
    """The data as it is kept: one JSON text, tags in order, the same bytes for the same data."""
    ordered = {name: tags.published[name] for name in sorted(tags.published)}
    kept = _Compact(SCHEMA, tags.cloud, tags.change_number, tags.date, tags.source, tags.source_sha256, ordered)
    return msgspec.json.encode(kept) + b"\n"


def read_service_tags(text: bytes, path: Path, published_on: str | None = None) -> ServiceTags:
    """Either form. `path` names the file in messages; `published_on` is for a file whose name has no date.

    Raises UnreadableFileError where the text is neither form, and UsageError where nobody says from when it is.
    """
    if _wire(text.removeprefix(_BYTE_ORDER_MARK), _Either, path).schema:
        return _read_compact(text, path)
    return _read_published(text, path, published_on)


def _read_compact(text: bytes, path: Path) -> ServiceTags:
    found = _wire(text, _Either, path)
    if found.schema != SCHEMA:
        said = shortened(found.schema)
        raise UnreadableFileError(f"{path} has the schema {said}, not {SCHEMA!r}", "Use a newer vmaudit to read it.")
    kept = _wire(text, _Compact, path)
    _check_names(tuple(kept.tags), path, "tags")
    return ServiceTags(
        cloud=_cloud(kept.cloud, path),
        change_number=kept.change_number,
        date=_day(kept.date, path),
        source=kept.source,
        source_sha256=kept.source_sha256,
        published=kept.tags,
    )


def _read_published(text: bytes, path: Path, published_on: str | None) -> ServiceTags:
    given = _wire(text.removeprefix(_BYTE_ORDER_MARK), _Published, path)
    if not given.values:
        raise _refused(path, "values: it holds no tag")
    _check_names(tuple(tag.name for tag in given.values), path, "values")
    for place, tag in enumerate(given.values):
        _check_prefixes(tag, path, place)
    return ServiceTags(
        cloud=_cloud(given.cloud, path),
        change_number=_change_number(given.change_number, path),
        date=_day(published_on or _date_in_name(path), path),
        source=path.name,
        source_sha256=hashlib.sha256(text).hexdigest(),
        published={tag.name: tag.properties.address_prefixes for tag in given.values},
    )


def _wire(text: bytes, kind: type[W], path: Path) -> W:
    try:
        return decoded(text, kind)
    except NotJsonError as problem:
        raise UnreadableFileError(f"{problem.place(path)} is no JSON: {problem.reason}", _REMEDY) from problem
    except msgspec.ValidationError as problem:
        raise _refused(path, str(problem).replace("`$.", "`").replace("`$", "`")) from problem


_REMEDY: Final = f"Give Microsoft's weekly file of service tags; it is published at {PUBLISHED_AT}"


def _refused(path: Path, why: str) -> UnreadableFileError:
    return UnreadableFileError(f"{path} is no file of service tags: {why}", _REMEDY)


def _check_names(names: tuple[str, ...], path: Path, where: str) -> None:
    """Every tag has a name that a rule can have, and one place only."""
    for place, name in enumerate(names):
        if not _NAME.fullmatch(name):
            raise _refused(path, f"{where}[{place}] is called {shortened(name)}, which is no name of a tag")
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        places = [str(place) for place, name in enumerate(names) if name.lower() == twice[0]]
        raise _refused(path, f"{where}[{'] and ['.join(places)}] are the same tag, {names[int(places[0])]}")


def _check_prefixes(tag: _Tag, path: Path, place: int) -> None:
    for position, text in enumerate(tag.properties.address_prefixes):
        at = f"values[{place}] ({tag.name}), addressPrefixes[{position}]"
        try:
            network = ip_network(text)
        except ValueError as problem:
            raise _refused(path, f"{at}: {shortened(text)} is no prefix") from problem
        if network.prefixlen == 0:
            raise _refused(path, f"{at}: {text} is every address, which no tag means")


def _cloud(text: str, path: Path) -> str:
    if not _NAME.fullmatch(text):
        raise _refused(path, f"cloud: {shortened(text)} is no name of a cloud")
    return text


def _change_number(given: int | str, path: Path) -> int:
    if isinstance(given, int) or given.isdecimal():
        return int(given)
    raise _refused(path, f"changeNumber: {shortened(given)} is no number")


def _date_in_name(path: Path) -> str:
    found = _DATE_IN_NAME.search(path.name)
    if found is None:
        raise UsageError(
            f"from which day {path} is stands neither in it nor in its name",
            "Keep Microsoft's name (ServiceTags_Public_YYYYMMDD.json), or store it: "
            "vmaudit service-tags update FILE --date YYYY-MM-DD",
        )
    return "-".join(found.groups())


def _day(text: str, path: Path) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as problem:
        raise UsageError(f"{path}: {text!r} is not a day", "Write the day as YYYY-MM-DD.") from problem
