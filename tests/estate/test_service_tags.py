"""Service tags as dated data: what is read, what is refused and why, and what is kept."""

from pathlib import Path
from typing import Any

import pytest

from published_tags import FILE, tags_of, text_of, weekly_file
from vmaudit.addresses import prefixes
from vmaudit.errors import UnreadableFileError, UsageError
from vmaudit.estate.service_tags import compact, read_service_tags
from vmaudit.known import Unknown

TAGS = {"Storage.WestEurope": ["20.60.0.0/16", "2603:1020:206::/48"], "AzureDevOps": ["20.37.158.0/23"]}


def test_the_weekly_file_gives_tags_with_their_date_and_version() -> None:
    found = tags_of(TAGS)

    assert (found.cloud, found.change_number, found.date, found.source) == ("Public", 374, "2025-12-29", FILE.name)
    assert found.addresses("Storage.WestEurope") == prefixes(["20.60.0.0/16", "2603:1020:206::/48"])


@pytest.mark.parametrize("spelling", ["storage.westeurope", "STORAGE.WESTEUROPE", "Storage.westeurope"])
def test_the_letter_case_of_a_tag_does_not_matter(spelling: str) -> None:
    assert tags_of(TAGS).addresses(spelling) == tags_of(TAGS).addresses("Storage.WestEurope")


@pytest.mark.parametrize("tag", ["Storage", "Storage.NorthEurope", "AzureDevOps.WestEurope", "Nothing"])
def test_a_tag_that_is_not_published_is_unknown_and_a_region_is_a_tag_of_its_own(tag: str) -> None:
    assert tags_of(TAGS).addresses(tag) == Unknown(
        f"the addresses of service tag {tag} are not in the data of 2025-12-29"
    )


def test_a_tag_that_is_published_without_addresses_is_unknown_and_not_empty() -> None:
    assert isinstance(tags_of({"Empty": [], **TAGS}).addresses("Empty"), Unknown)


def test_what_the_azure_cli_prints_is_read_too() -> None:
    """`az network list-service-tags`: the change number is a text, and nothing says from which day it is."""
    printed = {**weekly_file(TAGS, change="374"), "name": "Public", "type": "Microsoft.Network/serviceTags"}

    found = read_service_tags(text_of(printed), Path("tags.json"), "2026-01-01")

    assert (found.change_number, found.date) == (374, "2026-01-01")


def test_a_byte_order_mark_does_not_matter() -> None:
    assert read_service_tags(b"\xef\xbb\xbf" + text_of(weekly_file(TAGS)), FILE).cloud == "Public"


def test_the_compact_form_gives_the_same_data_and_the_same_identity() -> None:
    published = tags_of(TAGS)

    kept = read_service_tags(compact(published), Path("service-tags.json"))

    assert kept.published == published.published
    assert (kept.date, kept.source, kept.source_sha256) == (
        published.date,
        published.source,
        published.source_sha256,
    )
    assert kept.sha256 == published.sha256


def test_the_order_of_tags_does_not_change_what_is_kept_of_them() -> None:
    turned = dict(reversed(TAGS.items()))
    one, other = tags_of(TAGS), tags_of(turned)

    assert one.source_sha256 != other.source_sha256
    assert compact(one).replace(one.source_sha256.encode(), b"") == compact(other).replace(
        other.source_sha256.encode(), b""
    )


def test_a_kept_prefix_that_can_not_be_read_makes_its_tag_unknown() -> None:
    edited = compact(tags_of(TAGS)).replace(b"20.37.158.0/23", b"20.37.158.0/99")

    found = read_service_tags(edited, Path("service-tags.json"))

    assert isinstance(found.addresses("AzureDevOps"), Unknown)
    assert not isinstance(found.addresses("Storage.WestEurope"), Unknown)


@pytest.mark.parametrize(
    ("moment", "days"), [("2025-12-29T00:00:00Z", 0), ("2026-01-12T23:00:00Z", 14), ("2025-12-01T00:00:00Z", -28)]
)
def test_the_age_is_counted_in_days_from_publication_to_evidence(moment: str, days: int) -> None:
    assert tags_of(TAGS).days_before(moment) == days


# --- what is refused --------------------------------------------------------------------------------------------------


def changed(**members: Any) -> bytes:
    return text_of({**weekly_file(TAGS), **members})


REFUSED = [
    (b"{", "ServiceTags_Public_20251229.json:1:2 is no JSON: it ends in the middle"),
    (b'{"changeNumber": 1,\n  "cloud" "Public"}', "ServiceTags_Public_20251229.json:2:11 is no JSON"),
    (b"[]", "is no file of service tags: Expected `object`, got `array`"),
    (changed(changeNumber=None), "Expected `int | str`, got `null` - at `changeNumber`"),
    (changed(changeNumber="many"), "changeNumber: 'many' is no number"),
    (changed(cloud=""), "cloud: '' is no name of a cloud"),
    (changed(values=[]), "values: it holds no tag"),
    (changed(values=[{"name": "Storage"}]), "missing required field `properties` - at `values[0]`"),
    (
        text_of(weekly_file({"Sql": ["20.1.0.0/16"], "Storage": ["20.2.0.0/16", "20.3.0.0/33"]})),
        "values[1] (Storage), addressPrefixes[1]: '20.3.0.0/33' is no prefix",
    ),
    (text_of(weekly_file({"Sql": ["20.1.0.1/16"]})), "values[0] (Sql), addressPrefixes[0]: '20.1.0.1/16' is no prefix"),
    (text_of(weekly_file({"Sql": ["0.0.0.0/0"]})), "values[0] (Sql), addressPrefixes[0]: 0.0.0.0/0 is every address"),
    (text_of(weekly_file({"Sql": ["x\x1b[2J"]})), r"addressPrefixes[0]: 'x\x1b[2J' is no prefix"),
    (text_of(weekly_file({"Sql; rm": ["20.1.0.0/16"]})), "values[0] is called 'Sql; rm', which is no name of a tag"),
    (text_of(weekly_file({"Sql": [], "Storage": [], "sql": []})), "values[0] and [2] are the same tag, Sql"),
    (b'{"schema": "vmaudit.service-tags/9"}', "has the schema 'vmaudit.service-tags/9'"),
    (b'{"schema": "vmaudit.service-tags/1"}', "missing required field `cloud`"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_a_broken_file_is_refused_with_its_name_and_the_place(text: bytes, message: str) -> None:
    with pytest.raises(UnreadableFileError) as refusal:
        read_service_tags(text, FILE)

    assert message in refusal.value.message
    assert FILE.name in refusal.value.message
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("tags.json", None, "from which day tags.json is stands neither in it nor in its name"),
        ("ServiceTags_Public_20251399.json", None, "'2025-13-99' is not a day"),
        ("tags.json", "29.12.2025", "'29.12.2025' is not a day"),
    ],
)
def test_data_without_a_day_is_refused(name: str, given: str | None, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        read_service_tags(text_of(weekly_file(TAGS)), Path(name), given)

    assert message in refusal.value.message
