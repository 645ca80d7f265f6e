"""Microsoft's weekly file of service tags, made up: its form is the real one, its addresses are the tests' own."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from vmaudit.estate.service_tags import ServiceTags, read_service_tags

FILE: Final = Path("ServiceTags_Public_20251229.json")
"""Published three days before the evidence of the tests was taken."""


def weekly_file(tags: Mapping[str, Iterable[str]], *, change: int | str = 374, cloud: str = "Public") -> dict[str, Any]:
    """The file with these tags and their prefixes."""
    return {
        "changeNumber": change,
        "cloud": cloud,
        "values": [
            {
                "name": name,
                "id": name,
                "properties": {
                    "changeNumber": 7,
                    "region": name.partition(".")[2].lower(),
                    "regionId": 0,
                    "platform": "Azure",
                    "systemService": "",
                    "addressPrefixes": list(prefixes),
                    "networkFeatures": ["API", "NSG"],
                },
            }
            for name, prefixes in tags.items()
        ],
    }


def text_of(document: object) -> bytes:
    """A document as Microsoft's file holds it."""
    return json.dumps(document, indent=2).encode()


def tags_of(tags: Mapping[str, Iterable[str]], *, file: Path = FILE) -> ServiceTags:
    """The data that vmaudit reads from a file with these tags."""
    return read_service_tags(text_of(weekly_file(tags)), file)
