"""All circumstances of a sign-in that policies tell apart: the product of the dimensions, merged where nothing differs.

The product is walked dimension by dimension. What the walk carries is only how far each policy still applies, so two
circumstances that no policy tells apart are one from there on, and the number of them stays small.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from vmaudit.access.conditional_access import apps as app_ids
from vmaudit.access.conditional_access.choices import (
    BASIC,
    COMPLIANT,
    HYBRID,
    MOBILE,
    NO_TRAITS,
    NOT_EXCHANGE,
    PROTECTED_APPS,
    Choice,
    Dimension,
    Fits,
    Traits,
    clients,
    flows,
    merged,
    platforms,
    risk,
)
from vmaudit.access.conditional_access.devices import devices
from vmaudit.access.conditional_access.levels import MAYBE, NO, YES, Level
from vmaudit.access.conditional_access.places import ANYWHERE, Places, Where
from vmaudit.estate.conditional_access import Policy

Name: TypeAlias = Literal[
    "app", "location", "platform", "client", "flow", "device", "sign-in risk", "user risk", "insider risk"
]
Mask: TypeAlias = int
"""A set of policies: bit n stands for the nth."""
_MATTERS: Final[Traits] = frozenset({BASIC, COMPLIANT, HYBRID, MOBILE, PROTECTED_APPS})
"""Traits that bear on what somebody can show."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about: an app, or several of which any may be opened, and circumstances that are given."""

    apps: tuple[str, ...]
    where: Where = ANYWHERE
    given: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Per dimension, the words of the choices that are looked at; any where it is not named."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Circumstances that are the same to every policy."""

    applying: Mask
    """The policies that apply."""
    possible: Mask
    """Those and the ones that may."""
    traits: Traits
    sure: bool
    words: tuple[tuple[str, tuple[str, ...]], ...]
    """Per dimension, what they are called."""

    def level(self, number: int) -> Level:
        """How far the policy with this number applies."""
        bit = 1 << number
        return YES if self.applying & bit else MAYBE if self.possible & bit else NO


def dimensions(policies: Sequence[Policy], question: Question, places: Places, *, workload: bool) -> list[Dimension]:
    """Every dimension in which these policies tell circumstances apart, and which are left by the question."""
    found = [_apps(policies, question.apps), places.dimension(policies, question.where)]
    if workload:
        found.append(risk("service principal risk", "risk", [policy.workload_risks for policy in policies]))
    else:
        found += [
            platforms(policies),
            clients(policies),
            flows(policies),
            devices(policies),
            risk("sign-in risk", "sign-in risk", [policy.sign_in_risks for policy in policies]),
            risk("user risk", "user risk", [policy.user_risks for policy in policies]),
            risk("insider risk", "insider risk", [policy.insider_risks for policy in policies], insider=True),
        ]
    return [_given(one, question.given.get(one.name)) for one in found]


def _given(dimension: Dimension, words: frozenset[str] | None) -> Dimension:
    """The choices that have one of these words, called by those alone."""
    if words is None:
        return dimension
    # A device that a filter tells from others of its kind is called "a compliant device with model 'x'".
    apart = " with " if dimension.name == "device" else "\0"
    kept = (
        Choice(said, one.fits, one.traits, one.refuses, one.sure)
        for one in dimension.choices
        if (said := tuple(word for word in one.words if word in words or word.partition(apart)[0] in words))
    )
    return Dimension(dimension.name, tuple(kept))


def _apps(policies: Sequence[Policy], apps: Iterable[str]) -> Dimension:
    return merged(
        "app",
        (
            Choice(
                (app_ids.shown(app),),
                tuple(app_ids.aims_at(policy, app) for policy in policies),
                NO_TRAITS if app in {app_ids.EXCHANGE_ONLINE, app_ids.ANY_OTHER} else frozenset({NOT_EXCHANGE}),
            )
            for app in apps
        ),
    )


def outcomes(start: Fits, found: Sequence[Dimension]) -> tuple[Outcome, ...]:
    """Every combination of choices that can come together, beginning with how far the policies mean somebody."""
    states = {(*_masks(start), NO_TRAITS, NO_TRAITS): Outcome(*_masks(start), NO_TRAITS, sure=True, words=())}
    for dimension in found:
        choices = [(one, *_masks(one.fits)) for one in dimension.choices]
        after: dict[tuple[Mask, Mask, Traits, Traits], Outcome] = {}
        for (applying, possible, traits, refused), state in states.items():
            for choice, applies, may_apply in choices:
                if choice.traits & refused or choice.refuses & traits:
                    continue
                key = applying & applies, possible & may_apply, traits | choice.traits, refused | choice.refuses
                sure = state.sure and choice.sure
                same = after.get(key)
                if same is None or (sure and not same.sure):
                    told = ((dimension.name, choice.words),) if len(choices) > 1 else ()
                    after[key] = Outcome(key[0], key[1], key[2], sure, (*state.words, *told))
        states = after
    last: dict[tuple[Mask, Mask, Traits], Outcome] = {}
    for state in states.values():
        key = state.applying, state.possible, state.traits & _MATTERS
        same = last.get(key)
        if same is None or (state.sure and not same.sure):
            last[key] = Outcome(*key, state.sure, state.words)
    return tuple(last.values())


def _masks(fits: Fits) -> tuple[Mask, Mask]:
    """The policies that apply, and those that may, as sets of bits."""
    return (
        sum(1 << number for number, level in enumerate(fits) if level == YES),
        sum(1 << number for number, level in enumerate(fits) if level != NO),
    )
