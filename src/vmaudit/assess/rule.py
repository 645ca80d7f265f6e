"""A rule as data: the words, the condition and the examples of one YAML file under `rules/`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias


class Severity(Enum):
    """How bad the state is that the rule asks for."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Gate(Enum):
    """In which profile of the CI gate a failure counts."""

    DEFAULT = "default"
    STRICT = "strict"
    NEVER = "never"


class Layer(Enum):
    """The eight lines of defence, outermost first; the prefix of a rule's id and its folder name it."""

    NETWORK = "network"
    BASTION = "bastion"
    JUST_IN_TIME = "just-in-time"
    ROLES = "roles"
    PIM = "pim"
    CONDITIONAL_ACCESS = "conditional-access"
    MONITORING = "monitoring"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: does the fact stand in this relation to the operand?"""

    fact: str
    operator: str
    operand: Any
    """A literal, already with the rule's parameters put in."""
    line: int
    written: Any = field(default=None, compare=False, repr=False)
    """The operand as the file has it, with `$name` where a parameter goes."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """True if every part is."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if some part is."""

    parts: tuple["Condition", ...]


Condition: TypeAlias = Ask | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the organisation may set otherwise; `configured` is what it did set, None where it left it alone."""

    name: str
    default: Any
    doc: str
    configured: Any = None
    sets: str = ""
    """What it sets for the facts (see `assess/settings.py`); "" where only the rule's own conditions use it."""

    @property
    def value(self) -> Any:
        """What is in force."""
        return self.default if self.configured is None else self.configured


@dataclass(frozen=True, slots=True)
class Excuse:
    """How an organisation may do without what a rule asks for.

    Where the parameter `switch` is false, a failure is excused on machines for which all rules of `stand_ins` pass, and
    only if the parameter `approving` of one of these rules, where one is named, holds something.
    """

    switch: str
    stand_ins: tuple[str, ...]
    approving: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """The severity of a failure that is worse than others: of one for which `when` is not surely false."""

    severity: Severity
    when: Condition


@dataclass(frozen=True, slots=True)
class Example:
    """Facts and the status that they must give: the rule's test and its documentation. A fact left out is unknown."""

    name: str
    facts: Mapping[str, Any]
    expect: str
    line: int
    severity: str = ""
    """The severity that a failure must have, "" for the rule's own."""
    configured: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """Values for parameters by the rule's id, as a configuration file gives them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, read from one file.

    `caps_grade_at` is the best letter that a machine can get while the rule fails, or None. `says` is the sentence for
    a machine that fails, `holds` the one for a machine that passes.
    """

    id: str
    slug: str
    title: str
    layer: Layer
    severity: Severity
    gate: Gate
    caps_grade_at: str | None
    needs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    applies_when: Condition | None
    fail_when: Condition
    says: str
    holds: str
    why: str
    fix: str
    known_gaps: str
    maps_to: Mapping[str, tuple[str, ...]]
    references: tuple[str, ...]
    examples: tuple[Example, ...]
    path: str
    """The file's path below `rules/`, for messages and links."""
    excuse: Excuse | None = None
    raised: Raised | None = None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All that the rule asks."""
        return tuple(
            condition
            for condition in (self.applies_when, self.fail_when, self.raised.when if self.raised else None)
            if condition is not None
        )

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts that the rule asks for, sorted."""
        return tuple(sorted({name for condition in self.conditions for name in fact_names(condition)}))


def fact_names(condition: Condition) -> set[str]:
    """All facts that a condition asks for."""
    if isinstance(condition, Ask):
        return {condition.fact}
    return {name for part in condition.parts for name in fact_names(part)}
