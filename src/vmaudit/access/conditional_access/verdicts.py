"""From circumstances to verdicts: whether a control is asked for in every one of them, in some, or in none."""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, TypeAlias

from vmaudit.access.conditional_access.choices import COMPLIANT, HYBRID, Traits
from vmaudit.access.conditional_access.circumstances import Outcome
from vmaudit.access.conditional_access.controls import (
    BLOCK,
    COMPLIANT_DEVICE,
    HYBRID_DEVICE,
    MANAGED_DEVICE,
    MFA,
    PHISHING_RESISTANT,
    Demands,
    Means,
    Method,
    methods,
)
from vmaudit.access.conditional_access.levels import MAYBE, NO, YES, Level
from vmaudit.estate.conditional_access import Policy

Verdict: TypeAlias = Literal["enforced", "bypassable", "not-enforced", "blocked", "unknown"]

_DEVICES: Final[dict[str, Traits]] = {
    COMPLIANT_DEVICE: frozenset({COMPLIANT}),
    HYBRID_DEVICE: frozenset({HYBRID}),
    MANAGED_DEVICE: frozenset({COMPLIANT, HYBRID}),
}
_FACTORS: Final = frozenset({MFA, PHISHING_RESISTANT})


class Judge:
    """Judges outcomes by the policies that may apply to somebody."""

    def __init__(self, policies: Sequence[Policy], incomplete: bool) -> None:  # noqa: FBT001 - the one thing to know
        """`incomplete` says that there may be other policies: then nobody is let in for sure."""
        self._demands = Demands(policies)
        self._best = MAYBE if incomplete else YES
        blocking = (BLOCK in policy.grant.controls if policy.grant else False for policy in policies)
        self._blocks = sum(1 << number for number, blocks in enumerate(blocking) if blocks)
        self._methods = methods(policies)

    def gets_in(self, outcome: Outcome) -> Level:
        """Whether anything at all opens the app."""
        return self._best_of(outcome, (Means(one, outcome.traits) for one in self._methods))

    def gets_in_by(self, one: Method, outcome: Outcome) -> Level:
        """Whether this way to prove who one is opens the app."""
        found = self._ask(outcome, Means(one, outcome.traits))
        return found if outcome.sure else min(found, MAYBE)

    def gets_in_without(self, control: str, outcome: Outcome) -> Level:
        """Whether the app opens to somebody who does not do what the control asks for."""
        if control == BLOCK:
            return self.gets_in(outcome)
        found = self._best_of(outcome, self._means_without(control, outcome))
        doubtful = (one for one in self._methods if _lacks(control, one) == MAYBE)
        if found == NO and any(self._ask(outcome, Means(one, outcome.traits)) != NO for one in doubtful):
            return MAYBE
        return found if outcome.sure else min(found, MAYBE)

    def is_blocked(self, outcome: Outcome) -> bool:
        """Whether a block stands here, whatever somebody does."""
        return bool(outcome.applying & self._blocks)

    def is_held(self, control: str, outcome: Outcome) -> bool:
        """Whether the circumstances themselves are what the control asks for, as a compliant device is."""
        return bool(_DEVICES.get(control, frozenset()) & outcome.traits)

    def is_demanded(self, control: str, outcome: Outcome) -> bool:
        """Whether the control makes the difference here: in with it, and not without."""
        if control == BLOCK:
            return self.gets_in(outcome) == NO
        if self.gets_in_without(control, outcome) != NO:
            return False
        traits = outcome.traits | _DEVICES.get(control, frozenset())
        return any(self._ask(outcome, Means(one, traits)) != NO for one in self._methods)

    def _means_without(self, control: str, outcome: Outcome) -> Iterable[Means]:
        if control in _FACTORS:
            return (Means(one, outcome.traits) for one in self._methods if _lacks(control, one) == YES)
        if control in _DEVICES:
            return (Means(one, outcome.traits - _DEVICES[control]) for one in self._methods)
        return (Means(one, outcome.traits, without=control) for one in self._methods)

    def _best_of(self, outcome: Outcome, ways: Iterable[Means]) -> Level:
        found = NO
        for means in ways:
            found = max(found, self._ask(outcome, means))
            if found == self._best:
                break
        return found

    def _ask(self, outcome: Outcome, means: Means) -> Level:
        return min(self._demands.let_in(outcome.applying, outcome.possible, means), self._best)


def _lacks(control: str, one: Method) -> Level:
    if control not in _FACTORS:
        return NO
    return YES - (one.multifactor if control == MFA else one.resistant)


def verdict(judge: Judge, control: str, found: Sequence[Outcome]) -> Verdict:
    """What can be said of a control over all circumstances.

    A device that is compliant anyway does not show whether it has to be, unless only such devices are asked about.
    """
    if all(judge.gets_in(one) == NO for one in found):
        return "blocked"
    telling = [one for one in found if not judge.is_held(control, one)] or found
    without = [judge.gets_in_without(control, one) for one in telling]
    if YES in without:
        return "bypassable" if any(judge.is_demanded(control, one) for one in telling) else "not-enforced"
    return "unknown" if MAYBE in without else "enforced"
