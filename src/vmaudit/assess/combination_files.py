"""The folder of toxic combinations: from YAML to `Combination`, or one error that names every problem of every file.

Conditions are those of rules. A parameter of a rule stands in them as `$NET-001.ports`, so that what an organisation
sets for the rule holds here too.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from vmaudit.assess.combination import Combination, Step
from vmaudit.assess.facts import FACTS
from vmaudit.assess.located import Complain, Item, read_located
from vmaudit.assess.reading import COMBINATIONS, Problems, RuleErrors
from vmaudit.assess.rule import Example, Gate, Parameter, Rule
from vmaudit.assess.rule_conditions import ConditionReader
from vmaudit.assess.rule_fields import Fields, did_you_mean
from vmaudit.assess.rule_file import FOUND, cap_of, example_of, references_of, sentence_of, title_of

_FILE_NAME: Final = re.compile(r"(TOX-\d{2})-([a-z0-9]+(?:-[a-z0-9]+)*)\.yaml")
_KEYS: Final = (
    "title",
    "gate",
    "caps_grade_at",
    "parts",
    "path",
    "worse",
    "fix",
    "known_gaps",
    "references",
    "examples",
)
EXPECTED: Final = ("found", "possible", "none")
"""What an example of a combination may expect; each needs one."""


def read_combinations(folder: Path, rules: Sequence[Rule]) -> tuple[Combination, ...]:
    """Every combination of a folder of rules, by id; none where the folder has none.

    `rules` are those in force, with whatever an organisation set for them. Raises RuleErrors.
    """
    problems = Problems()
    parameters = {f"{rule.id}.{parameter.name}": parameter for rule in rules for parameter in rule.parameters}
    files = sorted((folder / COMBINATIONS).glob("*.y*ml"))
    read = [_read(folder, path, parameters, problems) for path in files]
    found = [combination for combination in read if combination is not None]
    _check_together(folder, found, {rule.id for rule in rules}, problems)
    if problems.found:
        raise RuleErrors(problems.lines())
    return tuple(sorted(found, key=lambda combination: combination.id))


def _check_together(folder: Path, found: Iterable[Combination], rules: set[str], problems: Problems) -> None:
    taken: dict[str, str] = {}
    for combination in found:
        shown = f"{folder.name}/{combination.file}"
        if combination.id in taken:
            problems.about(shown, 1, f"the id {combination.id} is taken by {taken[combination.id]}")
        taken.setdefault(combination.id, shown)
        for part in combination.parts:
            if part not in rules:
                problems.about(shown, 1, f"names the part {part!r}, which no rule is{did_you_mean(part, rules)}")


def _read(folder: Path, path: Path, parameters: Mapping[str, Parameter], problems: Problems) -> Combination | None:
    below = path.relative_to(folder).as_posix()
    shown = f"{folder.name}/{below}"

    def complain(line: int, says: str) -> None:
        problems.about(shown, line, says)

    name = _FILE_NAME.fullmatch(path.name)
    if name is None:
        complain(1, "a combination's file is named <ID>-<slug>.yaml, as in TOX-02-guessable-passwords.yaml")
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        complain(1, f"the file can't be read: {problem}")
        return None
    document = read_located(text, complain)
    if document is None:
        return None
    return _combination(document, name[1], name[2], below, ConditionReader(parameters, complain))


def _combination(document: Item, given_id: str, slug: str, file: str, reader: ConditionReader) -> Combination:
    complain = reader.complain
    fields = Fields(document, complain, what="the combination")
    fields.only(*_KEYS)
    cap = cap_of(fields, complain)
    return Combination(
        id=given_id,
        slug=slug,
        title=title_of(fields, complain),
        gate=fields.choice("gate", Gate, Gate.NEVER),
        caps_grade_at=cap or "B",
        parts=fields.texts("parts"),
        path=_path(fields, reader),
        worse=fields.text("worse"),
        fix=fields.text("fix"),
        known_gaps=fields.text("known_gaps"),
        references=references_of(fields, complain),
        examples=tuple(_examples(fields, complain)),
        file=file,
    )


def _path(fields: Fields, reader: ConditionReader) -> tuple[Step, ...]:
    found: list[Step] = []
    for item in _list(fields, "path", reader.complain):
        parts = Fields(item, reader.complain, what="the step")
        parts.only("when", "says")
        when = parts.item("when")
        condition = reader.condition(when) if when else None
        says = sentence_of(parts, "says", (*FACTS, FOUND), reader.complain)
        if condition is not None:
            found.append(Step(condition, says))
    return tuple(found)


def _examples(fields: Fields, complain: Complain) -> list[Example]:
    items = _list(fields, "examples", complain)
    examples = [example_of(item, EXPECTED, complain) for item in items]
    line = fields.lines.get("examples", 1)
    for wanted in EXPECTED:
        if wanted not in {example.expect for example in examples}:
            complain(line, f"no example expects {wanted!r}; each combination needs one for {', '.join(EXPECTED)}")
    return examples


def _list(fields: Fields, key: str, complain: Complain) -> list[Item]:
    item = fields.item(key)
    if item is None:
        return []
    if not isinstance(item.value, list) or not item.value:
        complain(item.line, f"{key!r} must be a list")
        return []
    return item.value
