"""Facts about roles for toxic combinations: what is wrong with one and the same role, or between two scopes."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from vmaudit.access.held import RoleHeld
from vmaudit.assess import kinds
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.facts.fact import Fact, Level
from vmaudit.assess.facts.held_roles import TABLES, WHOLE, chosen, roles_of_people
from vmaudit.assess.facts.pim_activation import PIM_TABLES
from vmaudit.assess.facts.pim_contexts import CONTEXT_TABLES, asks_mfa
from vmaudit.assess.facts.pim_pairs import Pair, eligible_pairs, longest, names_of
from vmaudit.assess.facts.role_remedies import take_away
from vmaudit.assess.role_questions import ROLES, operations
from vmaudit.assess.values import AtLeast, Names, Roles
from vmaudit.estate.resources import Key
from vmaudit.estate.rights import Activation, RolePolicy
from vmaudit.known import Read, Unknown

_PUTTING_CODE: Final = operations(["Microsoft.Compute/virtualMachines/extensions/write"])
_RUNNING_IT: Final = operations(
    ["Microsoft.Compute/virtualMachines/write", "Microsoft.Compute/virtualMachines/runCommand*"]
)


def _disguised(case: Case) -> Roles:
    return chosen(roles_of_people(case), "disguised", _if_disguised)


def _if_disguised(role: RoleHeld) -> RoleHeld | None:
    """A role that puts code on the machine and is about something else. Of one that was not read nobody knows."""
    if not role.might & _PUTTING_CODE:
        return None
    return role if not role.might & _RUNNING_IT or not role.may else None


def _unguarded(case: Case) -> Names:
    return names_of(eligible_pairs(case), "unguarded", partial(_lets_a_token_in, case.around))


def _lets_a_token_in(around: Around, pair: Pair) -> Read[bool]:
    """Whether neither MFA nor another person stands before the activation of this very role."""
    guards = (asks_mfa(around, pair), pair.says(lambda policy: policy.activation.approval))
    if True in guards:
        return False
    return next((guard for guard in guards if isinstance(guard, Unknown)), True)


def _longest_unguarded(case: Case) -> Read[float | AtLeast[float]]:
    return longest(eligible_pairs(case), "unguarded window", partial(_unguarded_window, case.around))


def _unguarded_window(around: Around, pair: Pair) -> Read[float]:
    """For how many minutes a stolen token is enough; 0 where it is not."""
    unguarded = _lets_a_token_in(around, pair)
    hours = pair.says(lambda policy: policy.activation.max_hours)
    if unguarded is False:
        return 0.0
    if isinstance(unguarded, Unknown):
        return unguarded
    return hours if isinstance(hours, Unknown) else hours * 60


def _softer(case: Case) -> Names:
    return names_of(eligible_pairs(case), "softer", partial(_is_softer, case.around))


def _is_softer(around: Around, pair: Pair) -> Read[bool]:
    """Whether PIM asks less here than it asks for the same role at some scope above."""
    above = list(_above(around, pair))
    answers = [_is_left_out(around, pair, above, what) for what in ("mfa", "approval")]
    if True in answers:
        return True
    return next((answer for answer in answers if isinstance(answer, Unknown)), False)


def _is_left_out(around: Around, pair: Pair, above: Sequence[RolePolicy], what: str) -> Read[bool]:
    """Whether one thing is asked for above and not here."""
    here = asks_mfa(around, pair) if what == "mfa" else pair.says(lambda policy: policy.activation.approval)
    if here is True:
        return False
    asked = [_said(policy.activation, what) for policy in above]
    if True in asked:
        return here if isinstance(here, Unknown) else True
    complete = around.rights.complete("role_management_policy_assignments")
    doubts = [one for one in (*asked, complete) if isinstance(one, Unknown)]
    return doubts[0] if doubts else False


def _above(around: Around, pair: Pair) -> Iterator[RolePolicy]:
    """The policies of the role at the resource group, the subscription and the management groups above its scope."""
    policies = around.rights.policies
    for scope in _scopes_above(around, pair.key):
        policy = policies.get((scope, pair.role_id))
        if policy is not None:
            yield policy


def _scopes_above(around: Around, key: Key) -> Iterator[Key]:
    group = key.partition("/providers/")[0]
    subscription = group.partition("/resourcegroups/")[0]
    for scope in (group, subscription, *around.rights.above.get(subscription, ())):
        if scope != key and scope:
            yield scope


def _said(activation: Activation, what: str) -> Read[bool]:
    return activation.mfa if what == "mfa" else activation.approval


FACTS: Final = (
    Fact(
        name="access.disguised_roles",
        kind=ROLES,
        level=Level.ACCESS,
        label="roles that put code on the machine and are about something else",
        doc=(
            "Those of `access.roles` that let people write extensions of the machine and neither change it nor run "
            "commands on it, such as Log Analytics Contributor: their names tell of something else."
        ),
        read=_disguised,
        tables=TABLES,
        whole=WHOLE,
        remedies=take_away,
    ),
    Fact(
        name="pim.unguarded_roles",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="roles that a stolen token is enough to activate",
        doc="Eligible roles of the machine that PIM activates with neither MFA nor anybody's approval.",
        read=_unguarded,
        tables=(*PIM_TABLES, *CONTEXT_TABLES),
        whole=WHOLE,
    ),
    Fact(
        name="pim.longest_unguarded_activation",
        kind=kinds.MINUTES,
        level=Level.ACCESS,
        label="the longest activation that a stolen token is enough for",
        doc="For how long, at most, one activation of a role of `pim.unguarded_roles` may last.",
        read=_longest_unguarded,
        tables=(*PIM_TABLES, *CONTEXT_TABLES),
        whole=WHOLE,
    ),
    Fact(
        name="pim.roles_softer_here",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="roles for which less is asked here than above",
        doc=(
            "Eligible roles of the machine that are activated without MFA, or without approval, at the scope where "
            "people are eligible, while PIM asks for it at a scope above: its settings are not handed down."
        ),
        read=_softer,
        tables=(*PIM_TABLES, *CONTEXT_TABLES),
        whole=WHOLE,
    ),
)
