"""What policies ask for, and what somebody can show: methods of authentication, devices, apps, consent.

Controls of one policy are joined by AND or OR; all policies that apply have to be satisfied (facts 3.1).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from vmaudit.access.conditional_access.choices import (
    BASIC,
    COMPLIANT,
    HYBRID,
    MOBILE,
    PROTECTED_APPS,
    Traits,
)
from vmaudit.access.conditional_access.levels import MAYBE, NO, YES, Level
from vmaudit.estate.conditional_access import Grant, Policy, Strength, Words
from vmaudit.known import Unknown

BLOCK: Final = "block"
MFA: Final = "mfa"
PHISHING_RESISTANT: Final = "phishing-resistant"
COMPLIANT_DEVICE: Final = "compliantDevice"
HYBRID_DEVICE: Final = "domainJoinedDevice"
MANAGED_DEVICE: Final = "managed-device"
"""A compliant device or a hybrid joined one."""

_ANY_MFA: Final = "*mfa*"
_RESISTANT: Final = frozenset({"fido2", "windowshelloforbusiness", "x509certificatemultifactor"})
_MULTI: Final = _RESISTANT | {
    "devicebasedpush",
    "federatedmultifactor",
    "temporaryaccesspassonetime",
    "temporaryaccesspassmultiuse",
}
"""Single methods that are multifactor authentication by themselves; any two together are as well."""
_SINGLE: Final = frozenset(
    {"password", "sms", "federatedsinglefactor", "x509certificatesinglefactor", "hardwareoath", "qrcodepin", "email"}
)


@dataclass(frozen=True, slots=True)
class Method:
    """A way to prove who one is: a combination of Microsoft Graph's methods."""

    combination: str
    multifactor: Level
    resistant: Level
    """Whether it resists phishing."""


def method(combination: str) -> Method:
    """A combination, judged by its parts. One that nobody has heard of may be anything.

    >>> method("password,sms").multifactor, method("fido2").resistant, method("password").multifactor
    (2, 2, 0)
    """
    if combination in _MULTI:
        return Method(combination, YES, YES if combination in _RESISTANT else NO)
    if combination in _SINGLE:
        return Method(combination, NO, NO)
    parts = combination.split(",")
    if len(parts) > 1:
        return Method(combination, YES, NO if any(part in _SINGLE for part in parts) else MAYBE)
    return Method(combination, MAYBE, MAYBE)


_USUAL: Final = tuple(method(one) for one in ("password", "password,sms", "fido2"))
"""One without a second factor, one that can be phished, and one that can't."""


def methods(policies: Iterable[Policy]) -> tuple[Method, ...]:
    """Methods that the policies tell apart, one of each kind: the usual ones, and what strengths name."""
    strengths = {policy.grant.strength for policy in policies if policy.grant and policy.grant.strength}
    named = sorted({one for strength in strengths for one in _combinations(strength)} - {_ANY_MFA})
    kinds: dict[tuple[object, ...], Method] = {}
    for one in (*_USUAL, *map(method, named)):
        key = (one.multifactor, one.resistant, *(_allows(strength, one) for strength in strengths))
        kinds.setdefault(key, one)
    return tuple(kinds.values())


def _combinations(strength: Strength) -> Words:
    return frozenset() if isinstance(strength.combinations, Unknown) else strength.combinations


def _allows(strength: Strength, one: Method) -> Level:
    """Whether a method satisfies an authentication strength."""
    if isinstance(strength.combinations, Unknown):
        return NO if strength.requires == MFA and one.multifactor == NO else MAYBE
    if one.combination in strength.combinations:
        return YES
    return one.multifactor if _ANY_MFA in strength.combinations else NO


@dataclass(frozen=True, slots=True)
class Means:
    """What somebody can show in some circumstances. `without` is the one control that is not satisfied."""

    method: Method
    traits: Traits
    without: str = ""


_SATISFIED: Final[dict[str, Callable[[Means], Level]]] = {
    BLOCK: lambda _: NO,
    MFA: lambda means: means.method.multifactor,
    "passwordChange": lambda means: means.method.multifactor,  # MFA comes first (Microsoft Learn, "Grant")
    COMPLIANT_DEVICE: lambda means: _yes(COMPLIANT in means.traits),
    HYBRID_DEVICE: lambda means: _yes(HYBRID in means.traits),
    "approvedApplication": lambda means: _yes(MOBILE in means.traits),
    "compliantApplication": lambda means: _yes(PROTECTED_APPS in means.traits),
    "termsOfUse": lambda _: YES,
    "customAuthenticationFactor": lambda _: YES,
    "riskRemediation": lambda _: YES,
}
"""Control → whether it can be satisfied. Those that anybody can satisfy by going along with them are always."""


def _yes(holds: bool) -> Level:  # noqa: FBT001 - it translates one
    return YES if holds else NO


def requirement(grant: Grant | None, means: Means) -> Level:
    """Whether a policy is satisfied."""
    if grant is None:
        return YES
    if BLOCK in grant.controls:
        return NO
    levels = [_control(control, means) for control in grant.controls]
    if grant.strength is not None:
        levels.append(NO if BASIC in means.traits else _allows(grant.strength, means.method))
    if grant.unread:
        return MAYBE
    every, some = min(levels, default=YES), max(levels, default=YES)
    if grant.operator == "and" or every == some:
        return every
    return some if grant.operator == "or" else MAYBE


def _control(control: str, means: Means) -> Level:
    if control == means.without or (BASIC in means.traits and control in _SATISFIED):
        return NO
    satisfied = _SATISFIED.get(control)
    return MAYBE if satisfied is None else satisfied(means)


class Demands:
    """What some policies ask for, worked out once for each set of means."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._policies = policies
        self._unmet: dict[Means, tuple[int, int]] = {}

    def let_in(self, applying: int, possible: int, means: Means) -> Level:
        """Whether somebody gets in where these policies apply, as sets of bits."""
        unmet, unclear = self._unmet_by(means)
        if applying & unmet:
            return NO
        return MAYBE if possible & (unmet | unclear) else YES

    def _unmet_by(self, means: Means) -> tuple[int, int]:
        """The policies that are not satisfied, and those of which that is not clear."""
        found = self._unmet.get(means)
        if found is None:
            levels = [requirement(policy.grant, means) for policy in self._policies]
            unmet, unclear = (
                sum(1 << number for number, level in enumerate(levels) if level == wanted) for wanted in (NO, MAYBE)
            )
            found = self._unmet[means] = unmet, unclear
        return found


def asked_for(policies: Iterable[Policy]) -> Iterator[str]:
    """The controls that some of the policies ask for, with those that follow from strengths."""
    yield MFA
    for policy in policies:
        if policy.grant is not None:
            yield from policy.grant.controls
            if policy.grant.strength is not None:
                yield PHISHING_RESISTANT
            if {COMPLIANT_DEVICE, HYBRID_DEVICE} <= set(policy.grant.controls):
                yield MANAGED_DEVICE
