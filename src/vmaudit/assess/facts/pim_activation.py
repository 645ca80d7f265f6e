"""Facts about what activating a role takes (azure-facts 2.2)."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from vmaudit.assess import kinds
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.held_roles import TABLES, WHOLE, crowds, first
from vmaudit.assess.facts.pim_contexts import CONTEXT_TABLES, without_mfa
from vmaudit.assess.facts.pim_pairs import Pair, eligible_pairs, longest, names_of, which
from vmaudit.assess.facts.pim_remedies import change
from vmaudit.assess.values import AtLeast, Names, least
from vmaudit.estate.rights import PrincipalId, RolePolicy
from vmaudit.known import Read, Unknown

PIM_TABLES: Final = (*TABLES, "role_management_policy_assignments", "role_management_policies")
_ENDUSER: Final = "Enablement_EndUser_Assignment"
_ALL_ASKED: Final = {"enabledRules": ["MultiFactorAuthentication", "Justification", "Ticketing"]}


def _eligible_roles(case: Case) -> Names:
    return names_of(eligible_pairs(case), "roles", lambda _pair: True)


def _mfa(case: Case) -> Names:
    return names_of(eligible_pairs(case), "mfa", partial(without_mfa, case.around))


def _ask_mfa(case: Case, _found: Any) -> tuple[Remedy, ...]:
    pairs = which(eligible_pairs(case), partial(without_mfa, case.around))
    return change(
        pairs, "is activated without MFA", _ENDUSER, "Enablement", {"enabledRules": _ALL_ASKED["enabledRules"][:2]}
    )


def _if_approvable(around: Around, bad: Callable[[Pair], Read[bool]], pair: Pair) -> Read[bool]:
    """The answer for a role that has to be approved; of others nothing is asked."""
    return pair.role.lower() not in around.settings.no_approval_roles and bad(pair)


def _unapproved(pair: Pair) -> Read[bool]:
    approval = pair.says(lambda policy: policy.activation.approval)
    return approval if isinstance(approval, Unknown) else not approval


def _without_approval(case: Case) -> Names:
    return names_of(eligible_pairs(case), "approval", partial(_if_approvable, case.around, _unapproved))


def _ask_approval(case: Case, _found: Any) -> tuple[Remedy, ...]:
    stage = {
        "approvalStageTimeOutInDays": 1,
        "isApproverJustificationRequired": True,
        "primaryApprovers": [{"id": "APPROVER", "userType": "User"}],
    }
    setting = {"isApprovalRequired": True, "approvalMode": "SingleStage", "approvalStages": [stage]}
    pairs = [pair for pair in eligible_pairs(case) if not pair.because and _badly_approved(case.around, pair)]
    return change(
        pairs, "is not approved by enough others", "Approval_EndUser_Assignment", "Approval", {"setting": setting}
    )


def _badly_approved(around: Around, pair: Pair) -> bool:
    questions = (_unapproved, partial(_self_approved, around), partial(_too_few, around))
    return any(_if_approvable(around, question, pair) is True for question in questions)


def _approvers(around: Around, pair: Pair) -> tuple[frozenset[PrincipalId], str]:
    """The people who may approve, and why there may be others."""
    named = pair.says(lambda policy: policy.approvers)
    if isinstance(named, Unknown):
        return frozenset(), named.reason
    if not named:
        return frozenset(), f"who approves {pair.role} where nobody is named is not documented"
    behind = [crowd for one in named for crowd in crowds(around).behind(one)]
    people = (one for crowd in behind for one in crowd.inside)
    known = frozenset(one for one in people if around.access.people.named(one).kind == "User")
    return known, first(crowd.people.reason if isinstance(crowd.people, Unknown) else crowd.hidden for crowd in behind)


def _needs_approval(pair: Pair) -> bool:
    return _unapproved(pair) is not True


def _too_few(around: Around, pair: Pair) -> Read[bool]:
    if not _needs_approval(pair):
        return False
    people, doubt = _approvers(around, pair)
    if len(people) >= around.settings.min_approvers:
        return False
    return Unknown(doubt) if doubt else True


def _few_approvers(case: Case) -> Names:
    return names_of(
        eligible_pairs(case), "approvers", partial(_if_approvable, case.around, partial(_too_few, case.around))
    )


def _self_approved(around: Around, pair: Pair) -> Read[bool]:
    """Whether all who approve are eligible themselves: one's own request nobody may approve, but that of a friend."""
    if not _needs_approval(pair):
        return False
    people, doubt = _approvers(around, pair)
    if people - pair.holders:
        return Unknown(pair.hidden) if pair.hidden else False
    return Unknown(doubt) if doubt else bool(people)


def _approved_by_holders(case: Case) -> Names:
    return names_of(
        eligible_pairs(case),
        "self-approved",
        partial(_if_approvable, case.around, partial(_self_approved, case.around)),
    )


def _window(pair: Pair) -> Read[float]:
    hours = pair.says(lambda policy: policy.activation.max_hours)
    return hours if isinstance(hours, Unknown) else hours * 60


def _longest_activation(case: Case) -> Read[float | AtLeast[float]]:
    return longest(eligible_pairs(case), "window", _window)


def _shorten(case: Case, found: Any) -> tuple[Remedy, ...]:
    pairs = which(eligible_pairs(case), lambda pair: _window(pair) == least(found))
    body = {"isExpirationRequired": True, "maximumDuration": "PT4H"}
    return change(pairs, "stays activated too long", "Expiration_EndUser_Assignment", "Expiration", body)


_LACKING: Final[dict[str, Callable[[RolePolicy], Read[bool]]]] = {
    "justification": lambda policy: policy.activation.justification,
    "ticket": lambda policy: policy.ticket,
    "notification": lambda policy: policy.tells_others,
}


def _lacks(what: str, pair: Pair) -> Read[bool]:
    asked = pair.says(_LACKING[what])
    return asked if isinstance(asked, Unknown) else not asked


def _activation_lacks(case: Case) -> Names:
    pairs = eligible_pairs(case)
    each = {what: names_of(pairs, what, partial(_lacks, what)) for what in _LACKING}
    found = tuple(sorted(what for what, names in each.items() if names.proven))
    doubt = first(names.more for what, names in each.items() if what not in found)
    return Names(found, doubt)


def _ask_reason(case: Case, found: Any) -> tuple[Remedy, ...]:
    pairs = eligible_pairs(case)
    silent = which(pairs, partial(_lacks, "notification")) if "notification" in found.proven else ()
    told = {"notificationType": "Email", "recipientType": "Admin", "isDefaultRecipientsEnabled": True}
    asked = {
        pair: None
        for what in ("justification", "ticket")
        if what in found.proven
        for pair in which(pairs, partial(_lacks, what))
    }
    return (
        *change(asked, "is activated without a reason", _ENDUSER, "Enablement", _ALL_ASKED),
        *change(
            silent, "is activated and nobody is told", "Notification_Admin_EndUser_Assignment", "Notification", told
        ),
    )


FACTS: Final = (
    Fact(
        name="pim.eligible_roles",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="the roles that people have to activate",
        doc="Roles that people are eligible for and that, once activated, do more than read on the machine.",
        read=_eligible_roles,
        tables=TABLES,
        whole=WHOLE,
    ),
    Fact(
        name="pim.roles_without_mfa",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="roles that are activated without MFA",
        doc=(
            "Eligible roles of the machine that somebody activates without MFA: PIM does not ask for it, or leaves it "
            "to an authentication context for which Conditional Access does not."
        ),
        read=_mfa,
        tables=(*PIM_TABLES, *CONTEXT_TABLES),
        whole=WHOLE,
        remedies=_ask_mfa,
    ),
    Fact(
        name="pim.roles_without_approval",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="roles that are activated without approval",
        doc="Eligible roles of the machine that nobody approves, but for `no_approval_roles` of PIM-003.",
        read=_without_approval,
        tables=PIM_TABLES,
        whole=WHOLE,
        remedies=_ask_approval,
    ),
    Fact(
        name="pim.roles_with_few_approvers",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="roles that too few may approve",
        doc=(
            "Eligible roles of the machine that have to be approved, by fewer people than `min_approvers` of PIM-003 "
            "asks for, with those in groups."
        ),
        read=_few_approvers,
        tables=PIM_TABLES,
        whole=WHOLE,
        remedies=_ask_approval,
    ),
    Fact(
        name="pim.roles_approved_by_their_holders",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="roles whose holders approve each other",
        doc="Eligible roles of the machine that only people approve who are eligible for them as well.",
        read=_approved_by_holders,
        tables=PIM_TABLES,
        whole=WHOLE,
        remedies=_ask_approval,
    ),
    Fact(
        name="pim.longest_activation",
        kind=kinds.MINUTES,
        level=Level.ACCESS,
        label="the longest activation",
        doc="For how long, at most, one activation of an eligible role of the machine may last.",
        read=_longest_activation,
        tables=PIM_TABLES,
        whole=WHOLE,
        remedies=_shorten,
    ),
    Fact(
        name="pim.activation_lacks",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="what activating a role does not take",
        doc=(
            "What PIM does not ask for when some eligible role of the machine is activated: `justification`, `ticket`, "
            "and `notification` where nobody but whoever activates is told."
        ),
        read=_activation_lacks,
        tables=PIM_TABLES,
        whole=WHOLE,
        remedies=_ask_reason,
        vocabulary=tuple(_LACKING),
    ),
)
