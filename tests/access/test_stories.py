"""Every story about who may act comes out as Azure's rules have it."""

from pathlib import Path

import pytest

from access_stories import FILES, answer, read, told
from vmaudit.access.doors import DOORS

EACH = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@EACH
def test_the_story_comes_true(path: Path) -> None:
    story = read(path)
    found = answer(story)
    grants = told(found, story)

    missing = [line for line in story.get("expect", []) if line not in grants]
    there = [line for line in story.get("nobody", []) for grant in grants if (grant + " ").startswith(line + " ")]
    unsaid = [text for text in story.get("blind_spots", []) if not any(text in spot for spot in found.blind_spots)]
    assert (missing, there, unsaid) == ([], [], []), sorted(grants)


@EACH
def test_the_story_names_doors_that_there_are_and_says_why(path: Path) -> None:
    story = read(path)

    assert story["title"]
    assert story["because"]
    assert story.get("expect") or story.get("nobody")
    assert {line.split()[1] for line in (*story.get("expect", []), *story.get("nobody", [])) if " " in line} <= set(
        DOORS
    )


def test_there_are_at_least_forty_stories() -> None:
    assert len(FILES) >= 40
