"""The configuration file: whose machines they are, and other values for the parameters of rules.

    organisation: Contoso
    rules:
      NET-001: {ports: [22, 3389, 10022]}

Each value of a parameter is checked by what the rule does with it.

No file is read unless somebody names it: an audit depends on its arguments, never on the folder where it runs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from vmaudit.assess.excuses import missing_approval
from vmaudit.assess.facts import FACTS
from vmaudit.assess.kinds import YES_NO, MiswrittenError
from vmaudit.assess.located import Item, read_located
from vmaudit.assess.operators import OPERATORS
from vmaudit.assess.reading import read_rules
from vmaudit.assess.rule import AllOf, Ask, Condition, Parameter, Rule
from vmaudit.assess.rule_conditions import check_operand, filled_in, names_of_parameters
from vmaudit.assess.rule_fields import Fields, did_you_mean
from vmaudit.assess.settings import SETTINGS
from vmaudit.errors import UsageError


class ConfigurationErrors(UsageError):  # noqa: N818 - one error that holds all problems of the file
    """A configuration that can't be used. `problems` are `file:line: what is wrong`, sorted by line."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems), "`vmaudit rules RULE` shows the parameters of a rule")
        self.problems = problems


@dataclass(slots=True)
class _Problems:
    """All complaints about one file so far."""

    path: str
    found: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    def about(self, line: int, says: str) -> None:
        self.found.append((line, says))

    def lines(self) -> tuple[str, ...]:
        return tuple(f"{self.path}:{line}: {says}" for line, says in sorted(set(self.found)))


@dataclass(frozen=True, slots=True)
class _Given:
    """What a file says: the organisation's name, or "", and what it gives each rule, by the rule's id."""

    organisation: str
    settings: Mapping[str, Item]


_NOTHING: Final = _Given("", {})


def rules_in_force(folder: Path, configuration: Path | None = None) -> tuple[Rule, ...]:
    """The rules of a folder, with the values that a configuration file gives their parameters.

    Raises RuleErrors for the rules and ConfigurationErrors for the configuration, each with all problems.
    """
    rules = read_rules(folder)
    return rules if configuration is None else configured(rules, configuration)


def organisation(configuration: Path | None) -> str:
    """The name that a configuration file gives the organisation; "" where it gives none. Raises ConfigurationErrors."""
    if configuration is None:
        return ""
    problems = _Problems(str(configuration))
    name = _given(_text(configuration), problems).organisation
    if problems.found:
        raise ConfigurationErrors(problems.lines())
    return name


def configured(rules: Sequence[Rule], path: Path) -> tuple[Rule, ...]:
    """The rules with the values of a configuration file. Raises ConfigurationErrors with all problems of the file."""
    problems = _Problems(str(path))
    settings = _given(_text(path), problems).settings
    by_id = {rule.id: rule for rule in rules}
    for name in settings.keys() - by_id.keys():
        problems.about(settings[name].line, f"unknown rule {name!r}{did_you_mean(name, by_id)}")
    found = tuple(_with(rule, settings[rule.id], problems) if rule.id in settings else rule for rule in rules)
    if not problems.found:
        after = {rule.id: rule for rule in found}
        for name, item in settings.items():
            if says := missing_approval(after[name], after):
                problems.about(item.line, says)
    if problems.found:
        raise ConfigurationErrors(problems.lines())
    return found


def configured_as(rule: Rule, values: Mapping[str, Any]) -> Rule:
    """The rule with these values for some of its parameters. The values must fit."""
    return _filled(
        rule, {each.name: replace(each, configured=values.get(each.name, each.configured)) for each in rule.parameters}
    )


def _text(path: Path) -> str:
    if not path.is_file():
        raise UsageError(f"{path} is no file", "Give a configuration file, or leave --config out.")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} can't be read: {problem}", "A configuration file is YAML in UTF-8.") from problem


def _given(text: str, problems: _Problems) -> _Given:
    document = read_located(text, problems.about)
    if document is None:
        return _NOTHING
    fields = Fields(document, problems.about, what="the configuration")
    fields.only("organisation", "rules")
    if not isinstance(document.value, dict):
        return _NOTHING
    names_one = "organisation" in fields.lines
    name = fields.text("organisation") if names_one else ""
    # A file that names the organisation need not set parameters; any other is there to set some.
    return _Given(name, {} if names_one and "rules" not in fields.lines else fields.entries("rules"))


def _with(rule: Rule, given: Item, problems: _Problems) -> Rule:
    """The rule with the values that it was given; a value that does not fit becomes a problem."""
    if not isinstance(given.value, dict):
        problems.about(given.line, f"{rule.id!r} must be a mapping from parameters to values")
        return rule
    known = {parameter.name: parameter for parameter in rule.parameters}
    for name, item in given.value.items():
        if name not in known:
            has = did_you_mean(name, known) or (f"; it has {', '.join(known)}" if known else "; it has none")
            problems.about(item.line, f"{rule.id} has no parameter {name!r}{has}")
            continue
        trial = replace(known[name], configured=item.plain())
        misfits = list(_misfits(rule, known | {name: trial}, name))
        for says in misfits:
            problems.about(item.line, f"parameter {name!r} of {rule.id} takes {says}")
        if not misfits:
            known[name] = trial
    return rule if problems.found else _filled(rule, known)


def _misfits(rule: Rule, parameters: Mapping[str, Parameter], name: str) -> Iterator[str]:
    """What each question that uses a parameter has to say against its value; other parameters are as the rule has them.

    A value that was left empty says nothing, and no question could tell that from "not configured".
    """
    if parameters[name].configured is None:
        yield "a value; leave the line out for the default"
        return
    unfit = list(_unfit(rule, parameters[name]))
    if unfit:
        yield from unfit
        return
    for ask in _asks(rule.conditions):
        if name in names_of_parameters(ask.written):
            try:
                check_operand(FACTS[ask.fact], OPERATORS[ask.operator], filled_in(ask.written, parameters))
            except MiswrittenError as problem:
                yield str(problem)


def _unfit(rule: Rule, parameter: Parameter) -> Iterator[str]:
    """What the facts that it is set for, or the excuse that it switches on, have to say against a parameter's value."""
    try:
        if parameter.sets:
            SETTINGS[parameter.sets](parameter.value)
        if rule.excuse and rule.excuse.switch == parameter.name:
            YES_NO.parse(parameter.value)
    except MiswrittenError as problem:
        yield str(problem)


def _asks(conditions: Iterable[Condition]) -> Iterator[Ask]:
    for condition in conditions:
        if isinstance(condition, Ask):
            yield condition
        else:
            yield from _asks(condition.parts)


def _filled(rule: Rule, parameters: Mapping[str, Parameter]) -> Rule:
    return replace(
        rule,
        parameters=tuple(parameters.values()),
        applies_when=_refilled(rule.applies_when, parameters) if rule.applies_when else None,
        fail_when=_refilled(rule.fail_when, parameters),
        raised=replace(rule.raised, when=_refilled(rule.raised.when, parameters)) if rule.raised else None,
    )


def _refilled(condition: Condition, parameters: Mapping[str, Parameter]) -> Condition:
    """The condition with the parameters' values put in anew."""
    if isinstance(condition, Ask):
        return replace(condition, operand=filled_in(condition.written, parameters))
    parts = tuple(_refilled(part, parameters) for part in condition.parts)
    return AllOf(parts) if isinstance(condition, AllOf) else replace(condition, parts=parts)
