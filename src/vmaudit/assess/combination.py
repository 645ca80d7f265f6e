"""A toxic combination as data: one YAML file under `rules/toxic-combinations/`, with a path in steps.

Each step asks for one fact of the path and says it. All of them together are worse than each alone.
"""

from dataclasses import dataclass

from vmaudit.assess.rule import Condition, Example, Gate, fact_names


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: what has to be so, and the sentence for it."""

    when: Condition
    says: str


@dataclass(frozen=True, slots=True)
class Combination:
    """Facts that are worse together, read from one file.

    It is there where every step is, and possible where no step is known not to be. `parts` are rules that fail, or look
    at the same, in one of its steps: mending one of them ends it.
    """

    id: str
    slug: str
    title: str
    gate: Gate
    caps_grade_at: str
    parts: tuple[str, ...]
    path: tuple[Step, ...]
    worse: str
    """Why it is worse than its parts."""
    fix: str
    known_gaps: str
    references: tuple[str, ...]
    examples: tuple[Example, ...]
    file: str
    """The file's path below `rules/`, for messages and links."""

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of the facts that the steps ask for, sorted."""
        return tuple(sorted({name for step in self.path for name in fact_names(step.when)}))
