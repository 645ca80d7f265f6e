"""vmaudit gives the true answer to every question of every story."""

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.stories import FILES, FOLDER, story
from conformance.verdicts import differences


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_answers_are_the_true_ones(path: Path) -> None:
    told = story(path)

    wrong = [f"{question}: {difference}" for question in told.questions for difference in differences(told, question)]

    assert not wrong, "\n   ".join([f"{told.title}: {told.teaches}", *wrong, *(f"see {page}" for page in told.source)])


@pytest.mark.parametrize("wrong", ["closed", "unknown"])
def test_a_wrong_answer_is_noticed(wrong: str) -> None:
    told = story(FOLDER / "the-usual-mistake.yaml")

    (difference,) = differences(told, replace(told.questions[0], answer=wrong))

    assert difference.startswith(f"is {wrong}, vmaudit says open")


def test_a_right_answer_for_a_wrong_reason_is_noticed() -> None:
    told = story(FOLDER / "nat-rule-publishes-rdp.yaml")
    true = told.questions[0]

    assert differences(told, replace(true, reach="partial")) == ["reach is partial, vmaudit says internet"]
    assert differences(told, replace(true, live=False)) == ["live is False, vmaudit says True"]
    assert differences(told, replace(true, frontend_port=3389)) == ["frontend port 3389 is not shown"]
    assert differences(told, replace(true, decided_by="nsg-app/DenyAllInBound")) == [
        "nsg-app/DenyAllInBound decides and is not among the hops"
    ]
