"""What an organisation may do without: a rule that configuration switches off, where others stand in for it.

A switch never hides anything: it turns a failure into "does not apply" only where the other rules are seen to pass, and
each verdict that it bears on says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vmaudit.assess.assessment import Status
from vmaudit.assess.rule import Excuse, Parameter, Rule


def switched_off(rule: Rule, by_id: Mapping[str, Rule]) -> bool:
    """Whether failures of the rule may be excused; what stands in must have approved something if it has to."""
    return _is_off(rule) and not missing_approval(rule, by_id)


def missing_approval(rule: Rule, by_id: Mapping[str, Rule]) -> str:
    """What a switched off rule lacks to be that, "" where it lacks nothing."""
    excuse = rule.excuse
    if excuse is None or not _is_off(rule) or not excuse.approving:
        return ""
    asked = [(name, value) for name in excuse.stand_ins for value in _values(by_id[name], excuse.approving)]
    if any(value for _, value in asked):
        return ""
    (name, _), *_ = asked
    return f"{excuse.switch!r} of {rule.id} can be false only if {excuse.approving!r} of {name} approves some"


def excused_machines(rules: Iterable[Rule], counts: Mapping[str, int]) -> Iterator[str]:
    """In words, how many machines each rule is excused for; `counts` by the rule's id."""
    for rule in rules:
        if rule.excuse and counts[rule.id]:
            machines = "1 machine" if counts[rule.id] == 1 else f"{counts[rule.id]} machines"
            yield (
                f"configuration excuses {machines} from {rule.id} ({rule.title}): "
                f"{rule.excuse.switch} is false, and {_pass(rule.excuse)} there"
            )


@dataclass(frozen=True, slots=True)
class Excused:
    """How configuration bears on one verdict.

    `excused` says that the rule does not apply for its sake, and `through` names the needed rule by which that came, if
    any. `standing` is what the rules say that stand in, empty where this one is not switched off itself.
    """

    rule: Rule
    excused: bool
    through: str
    standing: tuple[str, ...]

    def sentence(self, status: Status, reasons: Sequence[object]) -> str:
        """The verdict in words where configuration decided it, else ""."""
        if self.excused and self.through:
            return f"Does not apply (nothing to look at: configuration excuses the machine from {self.through})"
        if self.excused and self.rule.excuse:
            return f"Does not apply (switched off by configuration, and {_pass(self.rule.excuse)})"
        if status is Status.UNKNOWN and self.rule.excuse and not reasons:
            return f"Not known: whether {_pass(self.rule.excuse)}, where configuration switches this rule off"
        return ""

    @property
    def proof(self) -> tuple[str, ...]:
        """That the rule is switched off, and what the others say."""
        excuse = self.rule.excuse
        if excuse is None or not self.standing:
            return (self.through,) if self.excused and self.through else ()
        if len(self.standing) == 1:
            return (f"{excuse.switch}: false, which counts where {_pass(excuse)}; it says {self.standing[0]}",)
        said = ", ".join(f"{name} says {what}" for name, what in zip(excuse.stand_ins, self.standing, strict=True))
        return (f"{excuse.switch}: false, which counts where {_pass(excuse)}; {said}",)


def _pass(excuse: Excuse) -> str:
    """That the rules pass which stand in, as a clause."""
    return f"{' and '.join(excuse.stand_ins)} {'passes' if len(excuse.stand_ins) == 1 else 'pass'}"


def _is_off(rule: Rule) -> bool:
    return rule.excuse is not None and _parameter(rule, rule.excuse.switch).value is False


def _parameter(rule: Rule, name: str) -> Parameter:
    return next(parameter for parameter in rule.parameters if parameter.name == name)


def _values(rule: Rule, name: str) -> Iterator[object]:
    """The value of a parameter, where the rule has it."""
    return (parameter.value for parameter in rule.parameters if parameter.name == name)
