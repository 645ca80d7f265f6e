"""The solver: somebody, an app and circumstances become a verdict per control, with where it can be got round.

Whom a policy means decides who shares an answer: people whom every policy means alike get one, worked out once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from vmaudit.access.conditional_access.apps import ANY_OTHER, aims_at, apps_named
from vmaudit.access.conditional_access.audiences import Audiences, Somebody
from vmaudit.access.conditional_access.choices import Dimension, Fits
from vmaudit.access.conditional_access.circumstances import Outcome, Question, dimensions, outcomes
from vmaudit.access.conditional_access.controls import asked_for
from vmaudit.access.conditional_access.levels import MAYBE, NO, YES, Finding, Level
from vmaudit.access.conditional_access.places import Places
from vmaudit.access.conditional_access.verdicts import Judge, Verdict, verdict
from vmaudit.access.people import People
from vmaudit.estate.conditional_access import ConditionalAccess, Policy
from vmaudit.estate.rights import PrincipalId, Rights
from vmaudit.known import Unknown

_OFF: Final = {
    "disabled": "it is switched off",
    "enabledforreportingbutnotenforced": "it is report-only: it writes down what it would do",
}
_ORDER: Final[tuple[Verdict, ...]] = ("blocked", "enforced", "unknown", "bypassable", "not-enforced")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the policies mean somebody: what answers hang on. Equal standings get equal answers."""

    fits: Fits
    workload: bool


@dataclass(frozen=True, slots=True)
class Situation:
    """The circumstances that are left for somebody, and who judges them."""

    policies: tuple[Policy, ...]
    """Those that are on and may mean somebody."""
    outcomes: tuple[Outcome, ...]
    judge: Judge
    incomplete: str
    """Why there may be other policies; "" where these are all."""

    known: dict[str, Verdict] = field(default_factory=dict[str, Verdict], repr=False, compare=False)
    """What was asked before."""

    def verdict(self, control: str) -> Verdict:
        """What can be said of a control."""
        found = self.known.get(control)
        if found is None:
            found = self.known[control] = verdict(self.judge, control, self.outcomes)
        return found

    def controls(self) -> tuple[str, ...]:
        """The controls that some of the policies ask for, and MFA."""
        return tuple(dict.fromkeys(asked_for(self.policies)))


class Solver:
    """Answers about all people of a tenant."""

    def __init__(self, evidence: ConditionalAccess, rights: Rights, people: People) -> None:
        self._evidence = evidence
        self._audiences = Audiences(evidence, rights, people)
        self._places = Places(evidence)
        self._standings: dict[PrincipalId, Standing] = {}
        self._aimed: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._situations: dict[tuple[int, bool, tuple[tuple[int, Level], ...]], Situation] = {}
        self._questions: list[Question] = []

    @property
    def policies(self) -> tuple[Policy, ...]:
        """All policies, in the order of the levels of a standing."""
        return self._evidence.policies

    def somebody(self, principal: PrincipalId) -> Somebody:
        """A person or workload identity."""
        return self._audiences.somebody(principal)

    def means(self, policy: Policy, who: Somebody) -> Finding:
        """Whether a policy is on and means somebody."""
        off = _OFF.get(policy.state)
        if off is not None:
            return Finding(NO, off)
        found = self._audiences.means(policy, who)
        if found.level == YES and policy.state != "enabled":
            return Finding(MAYBE, f"its state is {policy.state!r}, which vmaudit does not know")
        if found.level == YES and policy.unread:
            return Finding(MAYBE, f"it has conditions that vmaudit does not know ({', '.join(policy.unread)})")
        return found

    def leaves_out(self, policy: Policy, principal: PrincipalId) -> Level:
        """Whether a policy that is on means somebody and leaves him out again."""
        return self._audiences.leaves_out(policy, self.somebody(principal)) if policy.state == "enabled" else NO

    def standing(self, principal: PrincipalId) -> Standing:
        """How far each policy means somebody."""
        found = self._standings.get(principal)
        if found is None:
            who = self.somebody(principal)
            fits = tuple(self.means(policy, who).level for policy in self.policies)
            found = self._standings[principal] = Standing(fits, who.workload)
        return found

    def situation(self, standing: Standing, question: Question) -> Situation:
        """The circumstances of people with this standing. Those whom the same policies bind share them."""
        if question not in self._questions:
            self._questions.append(question)
        number = self._questions.index(question)
        binding = self._binding(standing, question)
        key = number, standing.workload, binding
        found = self._situations.get(key)
        if found is None:
            found = self._situations[key] = self._solve(standing, question)
        return found

    def narrowed(self, standing: Standing, question: Question) -> Situation:
        """The same for a question that nobody asks again."""
        return self._solve(standing, question)

    def told_apart(self, standing: Standing, question: Question) -> list[Dimension]:
        """The circumstances that the policies which may mean somebody tell apart."""
        policies = [self.policies[number] for number, _ in self._binding(standing, question)]
        return dimensions(policies, question, self._places, workload=standing.workload)

    def alone(self, policy: Policy, question: Question, *, workload: bool) -> list[Dimension]:
        """The circumstances that this policy by itself tells apart."""
        return dimensions([policy], question, self._places, workload=workload)

    def every_app(self) -> tuple[str, ...]:
        """The apps that some policy tells from others, and one that stands for the rest."""
        return (ANY_OTHER, *sorted({app for policy in self.policies for app in apps_named(policy)}))

    def _binding(self, standing: Standing, question: Question) -> tuple[tuple[int, Level], ...]:
        """The policies that may ask somebody for something when he opens one of the apps, and how far they mean him."""
        aimed = self._aimed.get(question.apps)
        if aimed is None:
            aimed = self._aimed[question.apps] = tuple(
                number
                for number, policy in enumerate(self.policies)
                if policy.grant is not None and any(aims_at(policy, app) != NO for app in question.apps)
            )
        return tuple((number, standing.fits[number]) for number in aimed if standing.fits[number] != NO)

    def _solve(self, standing: Standing, question: Question) -> Situation:
        binding = self._binding(standing, question)
        policies = tuple(self.policies[number] for number, _ in binding)
        found = outcomes(tuple(level for _, level in binding), self.told_apart(standing, question))
        whole = self._evidence.tables["conditional_access_policies"]
        incomplete = whole.reason if isinstance(whole, Unknown) else ""
        return Situation(policies, found, Judge(policies, incomplete=bool(incomplete)), incomplete)


def strictest(verdicts: Sequence[Verdict]) -> Verdict:
    """The best that can be said of any of several controls."""
    return min(verdicts, key=_ORDER.index) if verdicts else "not-enforced"
