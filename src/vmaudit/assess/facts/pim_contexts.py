"""Facts about authentication contexts: where PIM leaves it to Conditional Access what activating a role takes.

A policy in force that names a context asks for MFA of those whom it binds. One that is off, report-only or leaves
somebody out asks him for nothing, and PIM does not step in for it (azure-facts 2.2, 3.1; controls.md PIM-002).
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from vmaudit.access.conditional_access.apps import context_id
from vmaudit.access.conditional_access.circumstances import Question
from vmaudit.access.conditional_access.controls import MFA
from vmaudit.access.conditional_access.levels import MAYBE, NO, YES
from vmaudit.access.conditional_access.levels import Level as How
from vmaudit.assess import kinds
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.facts.fact import Fact, Level
from vmaudit.assess.facts.held_roles import TABLES as ROLE_TABLES
from vmaudit.assess.facts.held_roles import WHOLE, exempt
from vmaudit.assess.facts.pim_pairs import Pair, eligible_pairs, names_of
from vmaudit.assess.facts.sign_in_checks import WRONG
from vmaudit.assess.facts.sign_in_people import TABLES as SIGN_IN_TABLES
from vmaudit.assess.facts.sign_in_people import called, is_person, solver
from vmaudit.assess.values import Names
from vmaudit.estate.rights import PrincipalId
from vmaudit.known import Read, Unknown

CONTEXT_TABLES: Final = tuple(name for name in SIGN_IN_TABLES if name not in ROLE_TABLES)
_PIM_TABLES: Final = ("role_management_policy_assignments", "role_management_policies")
_POLICIES: Final = "conditional_access_policies"


def without_mfa(around: Around, pair: Pair) -> Read[bool]:
    """Whether somebody activates the role without MFA."""
    asked = asks_mfa(around, pair)
    return asked if isinstance(asked, Unknown) else not asked


def asks_mfa(around: Around, pair: Pair) -> Read[bool]:
    """Whether everybody who activates the role is asked for MFA, by PIM or for its authentication context."""
    context = pair.says(lambda policy: policy.context)
    if not context or isinstance(context, Unknown):
        return pair.says(lambda policy: policy.activation.mfa)
    enforced = _enforced(around, pair, context)
    listed = pair.says(lambda policy: policy.lists_mfa)
    if enforced is False and listed is not False:
        return Unknown("whether MFA on PIM's own list counts beside an authentication context is not documented")
    return enforced


def _enforced(around: Around, pair: Pair, context: str) -> Read[bool]:
    """Whether policies in force ask everybody who is eligible for MFA when the context is asked for."""
    if not any(context.lower() in policy.contexts for policy in around.conditional_access.policies):
        whole = around.conditional_access.tables[_POLICIES]
        return whole if isinstance(whole, Unknown) else _fallback(context)
    doubt = pair.hidden
    for one in _people(around, pair):
        lacking = min(_lacks(around, one, context), is_person(around, one))
        if lacking == YES:
            return False
        if lacking == MAYBE:
            doubt = doubt or f"what {called(around, one)} is asked for with authentication context {context}"
    return Unknown(doubt if doubt == pair.hidden else f"{doubt} is not known") if doubt else True


def _fallback(context: str) -> Unknown:
    """Microsoft says that PIM asks for MFA then; a policy that was missed looks the same."""
    return Unknown(f"no policy names authentication context {context}, and only PIM's fallback asks for MFA then")


def _people(around: Around, pair: Pair) -> Iterator[PrincipalId]:
    left_out = exempt(around)
    return (one for one in sorted(pair.holders) if one not in left_out and is_person(around, one) != NO)


def _lacks(around: Around, one: PrincipalId, context: str) -> How:
    standing = solver(around).standing(one)
    found = solver(around).situation(standing, Question((context_id(context),)))
    return WRONG.get(found.verdict(MFA), NO)


def _with_context(case: Case) -> Names:
    return names_of(eligible_pairs(case), "with context", _has_context)


def _has_context(pair: Pair) -> Read[bool]:
    context = pair.says(lambda policy: policy.context)
    return context if isinstance(context, Unknown) else bool(context)


def _empty(case: Case) -> Names:
    return names_of(eligible_pairs(case), "empty context", partial(_is_empty, case.around))


def _is_empty(around: Around, pair: Pair) -> Read[bool]:
    """Whether the role has a context, and the context asks nothing of somebody."""
    has = _has_context(pair)
    return without_mfa(around, pair) if has is True else has


FACTS: Final = (
    Fact(
        name="pim.roles_with_context",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="roles whose activation takes an authentication context",
        doc="Eligible roles of the machine for which PIM leaves it to Conditional Access what activating them takes.",
        read=_with_context,
        tables=(*ROLE_TABLES, *_PIM_TABLES),
        whole=WHOLE,
    ),
    Fact(
        name="pim.roles_with_empty_context",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="roles whose authentication context lets somebody in without MFA",
        doc=(
            "Those of `pim.roles_with_context` that somebody eligible activates without MFA, because the policies that "
            "name the context are off, report-only, leave him out, or can be got round."
        ),
        read=_empty,
        tables=(*ROLE_TABLES, *_PIM_TABLES, *CONTEXT_TABLES),
        whole=(*WHOLE, _POLICIES),
    ),
)
