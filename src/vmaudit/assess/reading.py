"""A folder of rule files becomes rules, or one error that names every problem of every file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from vmaudit.assess.assessment import Letter
from vmaudit.assess.rule import Layer, Rule
from vmaudit.assess.rule_fields import did_you_mean
from vmaudit.assess.rule_file import RuleFile, read_rule_file
from vmaudit.errors import UsageError

LAYERS: Final[Mapping[str, Layer]] = {
    "NET": Layer.NETWORK,
    "BAS": Layer.BASTION,
    "JIT": Layer.JUST_IN_TIME,
    "RBAC": Layer.ROLES,
    "PIM": Layer.PIM,
    "CA": Layer.CONDITIONAL_ACCESS,
    "MON": Layer.MONITORING,
    "HST": Layer.HOST,
}
"""The layer that the prefix of an id names."""

COMBINATIONS: Final = "toxic-combinations"
"""The folder among the rules that holds no rules (`combination_files.py` reads it)."""
_FILE_NAME: Final = re.compile(r"([A-Z]{2,4})-(\d{3})-([a-z0-9]+(?:-[a-z0-9]+)*)\.yaml")
_ORDER: Final = {layer: place for place, layer in enumerate(Layer)}


class RuleErrors(UsageError):  # noqa: N818 - one error that holds all problems of all files
    """Rule files that can't be used. `problems` are `file:line: what is wrong`, sorted by file and line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems), "rules/README.md says how a rule is written")
        self.problems = problems


@dataclass(slots=True)
class Problems:
    """All complaints so far, by file and line; line 0 is for what is no matter of one line."""

    found: list[tuple[str, int, str]] = field(default_factory=list[tuple[str, int, str]])

    def about(self, path: str, line: int, says: str) -> None:
        """Remember one."""
        self.found.append((path, line, says))

    def lines(self) -> tuple[str, ...]:
        """Each once, as `file:line: what is wrong`."""
        return tuple(
            f"{path}:{line}: {says}" if line else f"{path}: {says}" for path, line, says in sorted(set(self.found))
        )


def read_rules(folder: Path) -> tuple[Rule, ...]:
    """Every rule of a folder, outermost layer first, then by id.

    Reads `<layer>/<ID>-<slug>.yaml`. Raises RuleErrors, with all problems of all files.
    """
    problems = Problems()
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder of rules", "name a folder that holds rule files")
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in (".yaml", ".yml") and path.is_file() and path.parent != folder / COMBINATIONS
    )
    read = [_read(folder, path, problems) for path in files]
    kept = [file for file in read if file is not None]
    if not files:
        problems.about(folder.name, 0, "there is no rule file here")
    _check_together(folder, kept, problems)
    if problems.found:
        raise RuleErrors(problems.lines())
    return tuple(sorted((file.rule for file in kept), key=lambda rule: (_ORDER[rule.layer], rule.id)))


def _read(folder: Path, path: Path, problems: Problems) -> RuleFile | None:
    below = path.relative_to(folder).as_posix()
    shown = f"{folder.name}/{below}"

    def complain(line: int, says: str) -> None:
        problems.about(shown, line, says)

    name = _FILE_NAME.fullmatch(path.name)
    if name is None:
        complain(1, "a rule file is named <ID>-<slug>.yaml, as in NET-001-management-port-open-to-internet.yaml")
        return None
    prefix, number, slug = name.groups()
    layer = LAYERS.get(prefix)
    if layer is None:
        complain(1, f"unknown prefix {prefix!r} of an id{did_you_mean(prefix, LAYERS)}")
        return None
    if path.parent != folder / layer.value:
        complain(1, f"a rule with the prefix {prefix} belongs into the folder {folder.name}/{layer.value}")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        complain(1, f"the file can't be read: {problem}")
        return None
    return read_rule_file(text, rule_id=f"{prefix}-{number}", slug=slug, layer=layer, path=below, complain=complain)


def _check_together(folder: Path, files: list[RuleFile], problems: Problems) -> None:
    """What no file shows by itself: ids used twice, needs that lead nowhere or in a circle, caps that reward a loss."""
    by_id: dict[str, Rule] = {}
    for rule in (file.rule for file in files):
        if rule.id in by_id:
            says = f"the id {rule.id} is taken by {folder.name}/{by_id[rule.id].path}"
            problems.about(f"{folder.name}/{rule.path}", 1, says)
        by_id.setdefault(rule.id, rule)
    for file, says in _set_twice(files):
        problems.about(f"{folder.name}/{file.rule.path}", file.lines.get("params", 1), says)
    for file in files:
        for says in _wrong_excuse(file.rule, by_id):
            problems.about(f"{folder.name}/{file.rule.path}", file.lines.get("excuse", 1), says)
        for line, says in _wrong_examples(file.rule, by_id):
            problems.about(f"{folder.name}/{file.rule.path}", line, says)
        line = file.lines.get("needs", 1)
        for says in (*_wrong_needs(file.rule, by_id), *_wrong_caps(file.rule, by_id)):
            problems.about(f"{folder.name}/{file.rule.path}", line, says)


def _set_twice(files: Iterable[RuleFile]) -> Iterable[tuple[RuleFile, str]]:
    """Parameters that set for the facts what another rule sets already."""
    taken: dict[str, str] = {}
    for file in files:
        for parameter in file.rule.parameters:
            if parameter.sets in taken:
                yield file, f"parameter {parameter.name!r} sets {parameter.sets!r}, which {taken[parameter.sets]} sets"
            elif parameter.sets:
                taken[parameter.sets] = file.rule.id


def _wrong_needs(rule: Rule, by_id: Mapping[str, Rule]) -> Iterable[str]:
    for needed in rule.needs:
        if needed not in by_id:
            yield f"needs {needed!r}, which no file defines{did_you_mean(needed, by_id.keys() - {rule.id})}"
        elif rule.id in _all_needed(needed, by_id):
            yield f"needs {needed}, which in turn needs {rule.id}: a circle"


def _all_needed(start: str, by_id: Mapping[str, Rule]) -> set[str]:
    """What a rule needs or is excused by, directly or not, and itself."""
    found: set[str] = set()
    left = [start]
    while left:
        current = left.pop()
        if current in by_id and current not in found:
            found.add(current)
            excuse = by_id[current].excuse
            left += (*by_id[current].needs, *(excuse.stand_ins if excuse else ()))
    return found


def _wrong_excuse(rule: Rule, by_id: Mapping[str, Rule]) -> Iterable[str]:
    if rule.excuse is None:
        return
    names: list[str] = []
    for name in rule.excuse.stand_ins:
        stand_in = by_id.get(name)
        if stand_in is None:
            hint = did_you_mean(name, by_id.keys() - {rule.id})
            yield f"is excused while {name!r} passes, which no file defines{hint}"
            return
        if rule.id in _all_needed(name, by_id):
            yield f"is excused while {name} passes, which in turn needs {rule.id}: a circle"
        names += [parameter.name for parameter in stand_in.parameters]
    if rule.excuse.approving and rule.excuse.approving not in names:
        who = " and ".join(rule.excuse.stand_ins)
        yield f"{who} has no parameter {rule.excuse.approving!r}{did_you_mean(rule.excuse.approving, names)}"


def _wrong_examples(rule: Rule, by_id: Mapping[str, Rule]) -> Iterable[tuple[int, str]]:
    """Values that an example gives to what does not exist."""
    for example in rule.examples:
        for name, values in example.configured.items():
            if name not in by_id:
                yield example.line, f"the example configures {name!r}, which no file defines{did_you_mean(name, by_id)}"
                continue
            known = [parameter.name for parameter in by_id[name].parameters]
            for value in values.keys() - set(known):
                yield example.line, f"the example configures {name}, which has no parameter {value!r}"


def _wrong_caps(rule: Rule, by_id: Mapping[str, Rule]) -> Iterable[str]:
    """Deleting a control fails the rule that asks for it and silences those that look at it: that must not pay."""
    own = rule.caps_grade_at or Letter.A.value
    for needed in (by_id[name] for name in rule.needs if name in by_id):
        cap = needed.caps_grade_at or Letter.A.value
        if cap < own:
            yield (
                f"caps the grade at {own} but needs {needed.id}, which caps it at {cap}: "
                f"deleting what {needed.id} asks for would raise a grade"
            )
