"""What may be wrong with somebody's sign-in: questions to the solver of Conditional Access, one per function."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from vmaudit.access.conditional_access.apps import (
    AZURE_MANAGEMENT,
    LINUX_SIGN_IN,
    WINDOWS_SIGN_IN,
    AppId,
    aims_at,
)
from vmaudit.access.conditional_access.choices import DEVICE_CODE, LEGACY_CLIENT, TRANSFER
from vmaudit.access.conditional_access.circumstances import Question
from vmaudit.access.conditional_access.controls import (
    BLOCK,
    COMPLIANT_DEVICE,
    HYBRID_DEVICE,
    MANAGED_DEVICE,
    MFA,
    PHISHING_RESISTANT,
    method,
)
from vmaudit.access.conditional_access.levels import MAYBE, NO, YES, Level
from vmaudit.access.conditional_access.solving import Situation, Solver
from vmaudit.estate.conditional_access import ConditionalAccess, Policy
from vmaudit.estate.rights import PrincipalId

QUESTIONS: Final = {app: Question((app,)) for app in (AZURE_MANAGEMENT, WINDOWS_SIGN_IN, LINUX_SIGN_IN)}
WRONG: Final[Mapping[str, Level]] = {"not-enforced": YES, "bypassable": YES, "unknown": MAYBE}
"""Verdicts of the solver by whether something is wrong with them."""

FLOWS: Final[Mapping[str, tuple[str, str]]] = {
    "legacy-authentication": ("client", LEGACY_CLIENT),
    "device-code-flow": ("flow", DEVICE_CODE),
    "authentication-transfer": ("flow", TRANSFER),
}
"""Ways round the usual checks, and the circumstances that they are."""

RISKS: Final[Mapping[str, tuple[str, str, str]]] = {
    f"{level} {kind} risk": (f"{kind} risk", level, attribute)
    for kind, attribute in (("sign-in", "sign_in_risks"), ("user", "user_risks"))
    for level in ("high", "medium", "low")
}
"""Risks, with their dimension, their level and where a policy lists it."""

METHODS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "one factor": (("password", ""),),
    "text message or call": (("password,sms", "sms"), ("password,voice", "voice")),
    "another method that can be phished": (
        ("password,microsoftauthenticatorpush", "microsoftauthenticator"),
        ("password,softwareoath", "softwareoath"),
        ("password,hardwareoath", "hardwareoath"),
    ),
}
"""Kinds of methods, each with combinations and the method of Microsoft Graph that a tenant has to allow for it."""


def lacks(solver: Solver, evidence: ConditionalAccess, one: PrincipalId, app: AppId, control: str) -> Level:
    """Whether somebody opens an app without a control in some circumstances.

    Security defaults ask everybody for MFA at Azure's management, and there are none where a policy is on.
    """
    found = WRONG.get(_situation(solver, one, app).verdict(control), NO)
    return min(found, _unless_defaults(evidence)) if control == MFA and app == AZURE_MANAGEMENT else found


def _unless_defaults(evidence: ConditionalAccess) -> Level:
    if evidence.security_defaults is True:
        return NO
    sure = evidence.security_defaults is False or any(policy.state == "enabled" for policy in evidence.policies)
    return YES if sure else MAYBE


def lets_flow(solver: Solver, evidence: ConditionalAccess, one: PrincipalId, flow: str) -> Level:
    """Whether somebody gets to Azure's management by one of the flows."""
    dimension, words = FLOWS[flow]
    narrow = _narrow(solver, one, dimension, words)
    found = max((narrow.judge.gets_in(outcome) for outcome in narrow.outcomes if outcome.sure), default=NO)
    return min(found, _unless_defaults(evidence)) if flow == "legacy-authentication" else found


def ignores(solver: Solver, one: PrincipalId, risk: str) -> Level:
    """Whether there are circumstances with this risk in which no policy about it acts on somebody who gets in."""
    dimension, level, attribute = RISKS[risk]
    narrow = _narrow(solver, one, dimension, f"{level} {dimension}")
    acting = [number for number, policy in enumerate(narrow.policies) if _acts(policy, attribute, level)]
    found = NO
    for outcome in narrow.outcomes:
        acts = max((outcome.level(number) for number in acting), default=NO)
        found = max(found, min(YES - acts, narrow.judge.gets_in(outcome), YES if outcome.sure else MAYBE))
    return min(found, MAYBE) if narrow.incomplete else found


def _acts(policy: Policy, attribute: str, level: str) -> bool:
    asks = policy.grant is not None and (policy.grant.controls or policy.grant.strength is not None)
    return level in getattr(policy, attribute) and bool(asks)


def accepts(solver: Solver, evidence: ConditionalAccess, one: PrincipalId, kind: str) -> Level:
    """Whether a kind of method opens Azure's management to somebody. What the tenant does not allow opens nothing."""
    situation = _situation(solver, one, AZURE_MANAGEMENT)
    found = NO
    for combination, needed in METHODS[kind]:
        way = method(combination)
        level = max((situation.judge.gets_in_by(way, outcome) for outcome in situation.outcomes), default=NO)
        allowed = evidence.methods.get(needed)
        if needed:
            level = min(level, MAYBE if allowed is None else YES if allowed else NO)
        found = max(found, level)
    return min(found, _unless_defaults(evidence)) if kind == "one factor" else found


def is_place_blind(solver: Solver, one: PrincipalId) -> Level:
    """Whether it makes no difference where somebody signs in to Azure's management from."""
    question = QUESTIONS[AZURE_MANAGEMENT]
    standing = solver.standing(one)
    places = next(each for each in solver.told_apart(standing, question) if each.name == "location")
    found = [_asked_there(solver, one, choice.words) for choice in places.choices if choice.sure]
    plain = {each for each in found if "unknown" not in each}
    if len(plain) > 1:
        return NO
    doubtful = len(plain) < len(set(found)) or len(found) < len(places.choices)
    return MAYBE if doubtful or solver.situation(standing, question).incomplete else YES


def _asked_there(solver: Solver, one: PrincipalId, words: tuple[str, ...]) -> tuple[str, ...]:
    given = {"location": frozenset(words)}
    narrow = solver.narrowed(solver.standing(one), replace(QUESTIONS[AZURE_MANAGEMENT], given=given))
    return tuple(narrow.verdict(control) for control in (MFA, PHISHING_RESISTANT, MANAGED_DEVICE, BLOCK))


def is_left_out(solver: Solver, one: PrincipalId) -> Level:
    """Whether a policy leaves somebody out and no other asks for the same."""
    found = NO
    fits = solver.standing(one).fits
    for policy, fit in zip(solver.policies, fits, strict=True):
        controls = () if fit == YES or policy.exclude.empty else protecting(policy)
        level = solver.leaves_out(policy, one) if controls else NO
        if level == NO:
            continue
        for app in QUESTIONS:
            situation = _situation(solver, one, app)
            wrong = max(WRONG.get(situation.verdict(control), NO) for control in controls)
            found = max(found, min(level, aims_at(policy, app), wrong))
    return found


def protecting(policy: Policy) -> tuple[str, ...]:
    """What a policy asks for, of what can be asked for in another way."""
    grant = policy.grant
    if grant is None:
        return ()
    devices = (COMPLIANT_DEVICE, HYBRID_DEVICE)
    found = [MFA] if MFA in grant.controls or grant.strength is not None else []
    return (*found, *([MANAGED_DEVICE] if any(one in grant.controls for one in devices) else []))


def _situation(solver: Solver, one: PrincipalId, app: AppId) -> Situation:
    return solver.situation(solver.standing(one), QUESTIONS[app])


def _narrow(solver: Solver, one: PrincipalId, dimension: str, words: str) -> Situation:
    question = replace(QUESTIONS[AZURE_MANAGEMENT], given={dimension: frozenset({words})})
    return solver.situation(solver.standing(one), question)
