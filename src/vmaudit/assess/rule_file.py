"""One rule file: from YAML to a `Rule`, with every problem named by its line."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from vmaudit.assess.facts import FACTS
from vmaudit.assess.frameworks import FRAMEWORKS
from vmaudit.assess.kinds import MiswrittenError
from vmaudit.assess.located import Complain, Item, read_located
from vmaudit.assess.rule import (
    AnyOf,
    Condition,
    Example,
    Excuse,
    Gate,
    Layer,
    Parameter,
    Raised,
    Rule,
    Severity,
    fact_names,
)
from vmaudit.assess.rule_conditions import ConditionReader, names_of_parameters
from vmaudit.assess.rule_fields import Fields, did_you_mean, text_list
from vmaudit.assess.settings import SETTINGS

FOUND: Final = "found"
"""The placeholder for what the condition found."""
PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
LONGEST_TITLE: Final = 70

_KEYS: Final = (
    "title",
    "severity",
    "gate",
    "caps_grade_at",
    "needs",
    "params",
    "applies_when",
    "excuse",
    "fail_when",
    "raised",
    "says",
    "holds",
    "why",
    "fix",
    "known_gaps",
    "maps_to",
    "references",
    "examples",
)
_LETTERS: Final = ("B", "C", "D", "F")
_STATUSES: Final = ("pass", "fail", "unknown", "not_applicable", "not_reached")
_NEEDED_EXAMPLES: Final = ("fail", "pass", "unknown")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """What one file holds. The rule counts only if nobody complained; `lines` are those of its keys."""

    rule: Rule
    lines: Mapping[str, int]


def read_rule_file(
    text: str, *, rule_id: str, slug: str, layer: Layer, path: str, complain: Complain
) -> RuleFile | None:
    """The rule of one file, None where the file holds nothing readable."""
    document = read_located(text, complain)
    if document is None:
        return None
    fields = Fields(document, complain, what="the rule")
    fields.only(*_KEYS)
    parameters = _parameters(fields, complain)
    excuse = _excuse(fields, parameters, complain)
    reader = ConditionReader(parameters, complain)
    applies = fields.optional("applies_when")
    fails = fields.item("fail_when")
    applies_when = reader.condition(applies) if applies else None
    fail_when = reader.condition(fails) if fails else None
    raised = _raised(fields, reader, fail_when, complain)
    used = {excuse.switch} if excuse else set[str]()
    asked = [item for item in (applies, fails, fields.optional("raised")) if item]
    _complain_about_unused(parameters, used, asked, fields, complain)
    rule = Rule(
        id=rule_id,
        slug=slug,
        title=title_of(fields, complain),
        layer=layer,
        severity=fields.choice("severity", Severity, Severity.LOW),
        gate=fields.choice("gate", Gate, Gate.NEVER),
        caps_grade_at=cap_of(fields, complain),
        needs=fields.texts("needs") if fields.optional("needs") else (),
        parameters=tuple(parameters.values()),
        applies_when=applies_when,
        fail_when=fail_when or AnyOf(()),
        says=sentence_of(fields, "says", (*FACTS, FOUND), complain),
        holds=sentence_of(fields, "holds", FACTS, complain),
        why=fields.text("why"),
        fix=fields.text("fix"),
        known_gaps=fields.text("known_gaps"),
        maps_to=_frameworks(fields, complain),
        references=references_of(fields, complain),
        examples=_examples(fields, complain),
        path=path,
        excuse=excuse,
        raised=raised,
    )
    return RuleFile(rule, fields.lines)


def title_of(fields: Fields, complain: Complain) -> str:
    """A title that is short enough for a table."""
    title = fields.text("title")
    if len(title) > LONGEST_TITLE:
        item = fields.item("title")
        complain(item.line if item else 1, f"the title has {len(title)} characters; {LONGEST_TITLE} are the most")
    return title


def cap_of(fields: Fields, complain: Complain) -> str | None:
    """The letter that caps a grade, None where there is none."""
    item = fields.optional("caps_grade_at")
    if item is None:
        return None
    if item.value not in _LETTERS:
        complain(item.line, f"'caps_grade_at' must be one of {', '.join(_LETTERS)}, not {item.plain()!r}; A is no cap")
        return None
    return str(item.value)


def _parameters(fields: Fields, complain: Complain) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    if fields.optional("params") is None:
        return found
    for name, item in fields.entries("params").items():
        parts = Fields(item, complain, what=f"parameter {name!r}")
        parts.only("default", "doc", "sets")
        default = parts.item("default")
        value = default.plain() if default else None
        found[name] = Parameter(name, value, parts.text("doc"), sets=_setting(parts, default, complain))
    return found


def _excuse(fields: Fields, parameters: Mapping[str, Parameter], complain: Complain) -> Excuse | None:
    item = fields.optional("excuse")
    if item is None:
        return None
    parts = Fields(item, complain, what="the excuse")
    parts.only("unless", "while", "approving")
    excuse = Excuse(
        parts.text("unless"), parts.texts("while"), parts.text("approving") if "approving" in parts.lines else ""
    )
    if "while" in parts.lines and not excuse.stand_ins:
        complain(parts.lines["while"], "'while' must name a rule")
    switch = parameters.get(excuse.switch)
    if excuse.switch and switch is None:
        complain(parts.lines["unless"], f"unknown parameter {excuse.switch!r}{did_you_mean(excuse.switch, parameters)}")
    elif switch and not isinstance(switch.default, bool):
        complain(
            parts.lines["unless"], f"parameter {switch.name!r} must be true or false by default, not {switch.default!r}"
        )
    return excuse


def _setting(parts: Fields, default: Item | None, complain: Complain) -> str:
    """What a parameter sets for the facts, "" where it sets nothing."""
    if parts.optional("sets") is None:
        return ""
    name = parts.text("sets")
    if name not in SETTINGS:
        complain(parts.lines["sets"], f"unknown setting {name!r}{did_you_mean(name, SETTINGS)}")
        return ""
    try:
        SETTINGS[name](default.plain() if default else None)
    except MiswrittenError as problem:
        complain(parts.lines["default" if default else "sets"], f"setting {name!r} takes {problem}")
    return name


def _complain_about_unused(
    parameters: Mapping[str, Parameter], known: set[str], conditions: Iterable[Item], fields: Fields, complain: Complain
) -> None:
    used = known | {name for item in conditions for name in names_of_parameters(item.plain())}
    for name, parameter in parameters.items():
        if name not in used and not parameter.sets:
            complain(fields.entries("params")[name].line, f"parameter {name!r} is not used")


def _raised(fields: Fields, reader: ConditionReader, fail_when: Condition | None, complain: Complain) -> Raised | None:
    """Which failures are worse. They are told apart by what makes them failures, so it can ask for nothing else."""
    item = fields.optional("raised")
    if item is None:
        return None
    parts = Fields(item, complain, what="'raised'")
    parts.only("to", "when")
    severity = parts.choice("to", Severity, Severity.CRITICAL)
    written = parts.item("when")
    when = reader.condition(written) if written else None
    if when is None or fail_when is None:
        return None
    for name in sorted(fact_names(when) - fact_names(fail_when)):
        complain(parts.lines["when"], f"'when' asks for {name!r}, and 'fail_when' does not")
    return Raised(severity, when)


def sentence_of(fields: Fields, key: str, words: Iterable[str], complain: Complain) -> str:
    """A sentence whose placeholders can all be filled in."""
    text = fields.text(key)
    item = fields.optional(key)
    line = item.line if item else 1
    for word in PLACEHOLDER.findall(text):
        if word not in words:
            complain(line, f"unknown placeholder {'{' + word + '}'} in {key!r}{did_you_mean(word, words)}")
    if "{" in PLACEHOLDER.sub("", text) or "}" in PLACEHOLDER.sub("", text):
        complain(line, f"a brace in {key!r} is not closed")
    return text


def _frameworks(fields: Fields, complain: Complain) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, item in fields.entries("maps_to").items():
        if name not in FRAMEWORKS:
            complain(item.line, f"unknown framework {name!r}{did_you_mean(name, FRAMEWORKS)}")
        found[name] = text_list(name, item, complain)
    return found


def references_of(fields: Fields, complain: Complain) -> tuple[str, ...]:
    """Addresses of pages that say more."""
    references = fields.texts("references")
    item = fields.optional("references")
    for reference in references:
        if not reference.startswith("https://"):
            complain(item.line if item else 1, f"a reference must start with https://, not {reference!r}")
    return references


def _examples(fields: Fields, complain: Complain) -> tuple[Example, ...]:
    item = fields.item("examples")
    if item is None:
        return ()
    if not isinstance(item.value, list):
        complain(item.line, "'examples' must be a list")
        return ()
    examples = tuple(example_of(part, _STATUSES, complain) for part in item.value)
    expected = {example.expect for example in examples}
    for status in _NEEDED_EXAMPLES:
        if status not in expected:
            complain(item.line, f"no example expects {status!r}; each rule needs one for {', '.join(_NEEDED_EXAMPLES)}")
    return examples


def example_of(item: Item, statuses: Iterable[str], complain: Complain) -> Example:
    """One example, which expects one of these statuses."""
    fields = Fields(item, complain, what="the example")
    fields.only("name", "configured", "facts", "expect", "severity")
    expect = fields.text("expect")
    if expect and expect not in statuses:
        complain(item.line, f"unknown status {expect!r}{did_you_mean(expect, statuses)}")
    severity = fields.choice("severity", Severity, Severity.LOW).value if "severity" in fields.lines else ""
    facts: dict[str, Any] = {}
    for name, value in fields.entries("facts").items():
        facts[name] = value.plain()
        if name not in FACTS:
            complain(value.line, f"unknown fact {name!r}{did_you_mean(name, FACTS)}")
            continue
        try:
            FACTS[name].kind.parse(facts[name])
        except MiswrittenError as problem:
            complain(value.line, f"fact {name!r} takes {problem}")
    configured: dict[str, dict[str, Any]] = {}
    if "configured" in fields.lines:
        given = fields.entries("configured")
        configured = {rule: _values(rule, values, complain) for rule, values in given.items()}
    return Example(fields.text("name"), facts, expect, item.line, severity, configured)


def _values(rule: str, item: Item, complain: Complain) -> dict[str, Any]:
    if not isinstance(item.value, dict):
        complain(item.line, f"{rule!r} must be a mapping from parameters to values")
        return {}
    return {name: value.plain() for name, value in item.value.items()}
