"""What an organisation may do without: a rule that configuration switches off, where another one stands in for it.

A switch never hides anything: it turns a failure into "does not apply" only where the other rule is seen to pass, and
each verdict that it bears on says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vmaudit.assess.assessment import Status
from vmaudit.assess.rule import Parameter, Rule


def switched_off(rule: Rule, by_id: Mapping[str, Rule]) -> bool:
    """Whether failures of the rule may be excused; what stands in must have approved something if it has to."""
    return _is_off(rule) and not missing_approval(rule, by_id)


def missing_approval(rule: Rule, by_id: Mapping[str, Rule]) -> str:
    """What a switched off rule lacks to be that, "" where it lacks nothing."""
    excuse = rule.excuse
    if excuse is None or not _is_off(rule) or not excuse.approving:
        return ""
    if _parameter(by_id[excuse.stand_in], excuse.approving).value:
        return ""
    return (
        f"{excuse.switch!r} of {rule.id} can be false only if {excuse.approving!r} of {excuse.stand_in} approves some"
    )


def excused_machines(rules: Iterable[Rule], counts: Mapping[str, int]) -> Iterator[str]:
    """In words, how many machines each rule is excused for; `counts` by the rule's id."""
    for rule in rules:
        if rule.excuse and counts[rule.id]:
            machines = "1 machine" if counts[rule.id] == 1 else f"{counts[rule.id]} machines"
            yield (
                f"configuration excuses {machines} from {rule.id} ({rule.title}): "
                f"{rule.excuse.switch} is false, and {rule.excuse.stand_in} passes there"
            )


@dataclass(frozen=True, slots=True)
class Excused:
    """How configuration bears on one verdict.

    `excused` says that the rule does not apply for its sake, and `through` names the needed rule by which that came, if
    any. `standing` is what the rule says that stands in, "" where this one is not switched off itself.
    """

    rule: Rule
    excused: bool
    through: str
    standing: str

    def sentence(self, status: Status, reasons: Sequence[object]) -> str:
        """The verdict in words where configuration decided it, else ""."""
        if self.excused and self.through:
            return f"Does not apply (nothing to look at: configuration excuses the machine from {self.through})"
        if self.excused and self.rule.excuse:
            return f"Does not apply (switched off by configuration, and {self.rule.excuse.stand_in} passes)"
        if status is Status.UNKNOWN and self.rule.excuse and not reasons:
            return f"Not known: whether {self.rule.excuse.stand_in} passes, where configuration switches this rule off"
        return ""

    @property
    def proof(self) -> tuple[str, ...]:
        """That the rule is switched off, and what the other one says."""
        excuse = self.rule.excuse
        if excuse is None or not self.standing:
            return (self.through,) if self.excused and self.through else ()
        return (f"{excuse.switch}: false, which counts where {excuse.stand_in} passes; it says {self.standing}",)


def _is_off(rule: Rule) -> bool:
    return rule.excuse is not None and _parameter(rule, rule.excuse.switch).value is False


def _parameter(rule: Rule, name: str) -> Parameter:
    return next(parameter for parameter in rule.parameters if parameter.name == name)
