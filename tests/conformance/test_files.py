"""The stories are well-formed, speak of what they hold, and leave no kind of question out."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from conformance.stories import FILES, FOLDER, Json, Question, Story, document, story
from vmaudit.addresses import PUBLIC, address_number, covers, single

EVERY_FILE = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    written = json.loads((FOLDER / "story.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(written)
    return jsonschema.Draft202012Validator(written)


@EVERY_FILE
def test_a_story_fits_the_schema(path: Path, schema: jsonschema.Draft202012Validator) -> None:
    wrong = [f"{error.json_path}: {error.message}" for error in schema.iter_errors(document(path))]

    assert wrong == []


@EVERY_FILE
def test_the_file_is_plain_data_that_json_can_hold(path: Path) -> None:
    data = document(path)

    assert json.loads(json.dumps(data)) == data


@EVERY_FILE
def test_no_resource_is_given_twice(path: Path) -> None:
    ids = Counter(row["id"].lower() for row in story(path).resources)

    assert [one for one, times in ids.items() if times > 1] == []


@EVERY_FILE
def test_a_question_names_what_the_story_holds(path: Path) -> None:
    told = story(path)
    machines = {row["name"] for row in told.resources if row["type"].lower().endswith("/virtualmachines")}
    named = {row["name"] for row in told.resources}

    assert {question.vm for question in told.questions} <= machines
    assert {question.origin for question in told.questions if question.origin} <= named


@EVERY_FILE
def test_the_rule_that_decides_is_in_the_story(path: Path) -> None:
    told = story(path)
    rules = set(_rules(told))

    assert {question.decided_by.lower() for question in told.questions if question.decided_by} <= rules


def _rules(told: Story) -> Iterator[str]:
    for row in told.resources:
        properties = row["properties"]
        for rule in (*properties.get("securityRules", ()), *properties.get("defaultSecurityRules", ())):
            yield f"{row['name']}/{rule['name']}".lower()
        if "/securityadminconfigurations/" in row["id"].lower():
            yield f"{_configuration(row)}/{properties['displayName']}".lower()


def _configuration(row: Json) -> str:
    segments = row["id"].split("/")
    return segments[[segment.lower() for segment in segments].index("securityadminconfigurations") + 1]


@EVERY_FILE
def test_a_source_on_the_internet_is_public_and_one_inside_is_not(path: Path) -> None:
    for question in story(path).questions:
        if question.source is not None:
            public = covers(PUBLIC, single(address_number(question.source)))
            assert public is (question.from_ == "internet"), str(question)


def test_titles_and_lessons_are_unique() -> None:
    stories = [story(path) for path in FILES]

    assert len({told.title for told in stories}) == len(stories)
    assert len({told.teaches for told in stories}) == len(stories)


def test_no_two_stories_are_the_same_estate() -> None:
    estates = Counter(json.dumps(document(path)["resources"]) for path in FILES)

    assert max(estates.values()) == 1


def test_every_kind_of_question_is_asked() -> None:
    asked: list[Question] = [question for path in FILES for question in story(path).questions]
    origins = {"internet", "own-subnet", "own-vnet", "peer", "on-premises", "bastion"}

    assert {(one.from_, one.answer) for one in asked} >= {
        (origin, answer) for origin in origins for answer in ("open", "closed")
    }
    assert {one.from_ for one in asked if one.answer == "unknown"} >= {"internet", "own-vnet", "on-premises"}
    assert {one.reach for one in asked if one.answer == "open"} >= {"internet", "partial", "private"}
    assert {one.live for one in asked if one.answer == "open"} == {True, False, "unknown"}
    assert {one.protocol for one in asked} == {"TCP", "UDP"}


def test_there_are_as_many_stories_as_promised() -> None:
    assert len(FILES) >= 60
