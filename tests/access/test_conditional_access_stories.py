"""Every story about Conditional Access comes out as Microsoft's rules have it."""

from pathlib import Path
from typing import Any

import pytest

from sign_ins import FILES, Directory, applies, asked, read

EACH = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
_ABOUT = ("who", "app", "location", "platform", "client", "device", "sign_in_risk", "user_risk")


@EACH
def test_the_story_comes_true(path: Path) -> None:
    story = read(path)
    evidence, rights = Directory(story).read()

    for ask in story["asks"]:
        found = asked(evidence, rights, **{key: ask[key] for key in _ABOUT if key in ask})
        said: dict[str, Any] = {
            "verdict": found.verdict,
            "controls": list(found.enforced),
            "policies": {name: level for name, level in applies(found).items() if name in ask.get("policies", {})},
            "bypass": [way.says for way in found.ways_round if way.control == ask.get("of", "mfa")],
            "every": {one.control: one.verdict for one in found.controls},
            "why": [one.why for one in found.policies],
        }
        for key in ("verdict", "controls", "policies", "bypass"):
            assert said[key] == ask.get(key, said[key]), (ask, said)
        assert {key: said["every"].get(key) for key in ask.get("every", {})} == ask.get("every", {}), (ask, said)
        assert all(any(text in why for why in said["why"]) for text in ask.get("why", [])), (ask, said)


@EACH
def test_the_story_says_why(path: Path) -> None:
    story = read(path)

    assert story["title"]
    assert story["because"]
    assert all("verdict" in ask for ask in story["asks"])


def test_there_are_at_least_thirty_stories() -> None:
    assert len(FILES) >= 30
