"""One whole answer for people: the verdicts, where they can be got round, and what each policy has to do with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from vmaudit.access.conditional_access.apps import ANY_OTHER, shown
from vmaudit.access.conditional_access.audiences import Somebody
from vmaudit.access.conditional_access.choices import Dimension
from vmaudit.access.conditional_access.circumstances import Question
from vmaudit.access.conditional_access.controls import BLOCK, COMPLIANT_DEVICE, HYBRID_DEVICE, MANAGED_DEVICE, MFA
from vmaudit.access.conditional_access.levels import MAYBE, NO, YES, Level
from vmaudit.access.conditional_access.solving import Solver, strictest
from vmaudit.access.conditional_access.verdicts import Verdict
from vmaudit.access.conditional_access.ways_round import Asked, WayRound
from vmaudit.estate.conditional_access import Policy
from vmaudit.estate.rights import PrincipalId

_CONSENT: Final = frozenset({"termsOfUse"})
"""Controls that anybody meets by saying yes: they are shown, and make no verdict."""
_WORDS_SHOWN: Final = 4
_BY_EXCLUSION: Final = frozenset({"app", "location", "platform", "device"})
"""Dimensions of which people say what is left out where that is shorter."""


@dataclass(frozen=True, slots=True)
class ControlAnswer:
    """What is said of one control."""

    control: str
    verdict: Verdict
    ways_round: tuple[WayRound, ...]


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """What one policy has to do with it."""

    policy: Policy
    applies: Level
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole answer."""

    who: Somebody
    verdict: Verdict
    """The best that can be said of any control."""
    controls: tuple[ControlAnswer, ...]
    policies: tuple[PolicyAnswer, ...]
    incomplete: str

    @property
    def enforced(self) -> tuple[str, ...]:
        """The controls that are asked for whatever the circumstances."""
        if self.verdict == "blocked":
            return (BLOCK,)
        return tuple(one.control for one in self.controls if one.verdict == "enforced")

    @property
    def ways_round(self) -> tuple[WayRound, ...]:
        """Every way round some control."""
        return tuple(way for one in self.controls for way in one.ways_round)


def answer(solver: Solver, principal: PrincipalId, question: Question) -> Answer | None:
    """What somebody is asked for; None where there are no such circumstances."""
    who = solver.somebody(principal)
    standing = solver.standing(principal)
    situation = solver.situation(standing, question)
    if not situation.outcomes:
        return None
    policies = tuple(_of_policy(solver, policy, who, question) for policy in solver.policies)
    asked = Asked(solver, standing, question, situation)
    controls = tuple(_worth_saying([_of_control(asked, control, policies) for control in situation.controls()]))
    headline = strictest([one.verdict for one in controls if one.control not in _CONSENT])
    return Answer(who, headline, controls, policies, situation.incomplete)


def _worth_saying(controls: Sequence[ControlAnswer]) -> Iterator[ControlAnswer]:
    """MFA, and whatever else is asked for anywhere.

    A block is said where it is all there is; one kind of device is not where either of two kinds is enforced.
    """
    said = {one.control: one.verdict for one in controls}
    others = any(verdict not in {"not-enforced", "blocked"} for control, verdict in said.items() if control != BLOCK)
    either = said.get(MANAGED_DEVICE) == "enforced"
    for one in controls:
        if one.control == BLOCK and others:
            continue
        if either and one.control in {COMPLIANT_DEVICE, HYBRID_DEVICE} and one.verdict != "enforced":
            continue
        if one.control == MFA or one.verdict != "not-enforced":
            yield one


def _of_control(asked: Asked, control: str, policies: Sequence[PolicyAnswer]) -> ControlAnswer:
    said = asked.situation.verdict(control)
    ways: Iterator[WayRound] = iter(())
    if said == "bypassable":
        ways = asked.ways_round(control)
    elif said == "not-enforced":
        ways = _left_out(control, policies)
    return ControlAnswer(control, said, tuple(ways))


def _of_policy(solver: Solver, policy: Policy, who: Somebody, question: Question) -> PolicyAnswer:
    means = solver.means(policy, who)
    if means.level == NO:
        return PolicyAnswer(policy, NO, means.why)
    dimensions = solver.alone(policy, question, workload=who.workload)
    level = min([means.level, *(_highest(one) for one in dimensions)])
    limits = tuple(_limit(one) for one in dimensions if any(choice.fits[0] != YES for choice in one.choices))
    if level == NO:
        never = next(one for one in dimensions if _highest(one) == NO)
        about = "it is about other apps or actions" if never.name == "app" else f"not with this {never.name}"
        return PolicyAnswer(policy, NO, about)
    return PolicyAnswer(policy, level, "; ".join((means.why, *limits)))


def _highest(dimension: Dimension) -> Level:
    return max(
        (choice.fits[0] if choice.sure else min(choice.fits[0], MAYBE) for choice in dimension.choices), default=NO
    )


def _limit(dimension: Dimension) -> str:
    """In which circumstances of one kind a policy applies, by the shorter of the two lists."""
    inside = [word for one in dimension.choices if one.fits[0] == YES for word in one.words]
    outside = [word for one in dimension.choices if one.fits[0] == NO for word in one.words]
    perhaps = [word for one in dimension.choices if one.fits[0] == MAYBE for word in one.words]
    unsure = f"{dimension.name} not clear: {_some(perhaps)}" if perhaps else ""
    if not outside:
        return unsure
    by_exclusion = dimension.name in _BY_EXCLUSION and len(outside) <= len(inside)
    told = f"all but {_some(outside)}" if by_exclusion else f"only {_some(inside or perhaps)}"
    return f"{dimension.name}: {told}" + (f"; {unsure}" if unsure and inside else "")


def _some(words: Sequence[str]) -> str:
    left = len(words) - _WORDS_SHOWN
    listed = words[:_WORDS_SHOWN] if left > 1 else words
    return ", ".join(listed) + (f" and {left} more" if left > 1 else "")


def _left_out(control: str, policies: Sequence[PolicyAnswer]) -> Iterator[WayRound]:
    """Policies that would ask for a control, and why they do not."""
    for one in policies:
        grant = one.policy.grant
        asks = grant is not None and (control in grant.controls or (control == "mfa" and grant.strength is not None))
        if asks and one.applies == NO:
            yield WayRound(control, (), f"{one.policy.name or one.policy.id} does not apply: {one.why}")


def app_words(question: Question) -> str:
    """What a question calls the apps that it is about."""
    return shown(question.apps[0]) if len(question.apps) == 1 and question.apps[0] != ANY_OTHER else "any app"
