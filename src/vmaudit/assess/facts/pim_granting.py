"""Facts about what PIM lets administrators grant: for how long, and what it asks of them (azure-facts 2.2)."""

from functools import partial
from typing import Any, Final

from vmaudit.assess import kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.held_roles import TABLES, WHOLE, first
from vmaudit.assess.facts.pim_activation import PIM_TABLES
from vmaudit.assess.facts.pim_pairs import Pair, eligible_pairs, held_pairs, longest, names_of, which
from vmaudit.assess.facts.pim_remedies import change
from vmaudit.assess.values import AtLeast, Names, least
from vmaudit.known import Read, Unknown

_ASKED: Final = {"mfa": "multifactorauthentication", "justification": "justification"}
_ACTIVE_DAYS: Final = {"isExpirationRequired": True, "maximumDuration": "P15D"}
_ELIGIBLE_DAYS: Final = {"isExpirationRequired": True, "maximumDuration": "P180D"}


def _held_roles(case: Case) -> Names:
    return names_of(held_pairs(case), "roles", lambda _pair: True)


def _active_for_good(pair: Pair) -> Read[bool]:
    return pair.says(lambda policy: policy.permanent_active)


def _permanent_active(case: Case) -> Names:
    return names_of(held_pairs(case), "for good", _active_for_good)


def _minutes(for_good: Read[bool], hours: Read[float]) -> Read[float]:
    """Of a role that may be given for good, how long another assignment may last does not matter."""
    if for_good is True:
        return 0.0
    if isinstance(for_good, Unknown):
        return for_good
    return hours if isinstance(hours, Unknown) else hours * 60


def _active_time(pair: Pair) -> Read[float]:
    return _minutes(_active_for_good(pair), pair.says(lambda policy: policy.longest_active))


def _longest_active(case: Case) -> Read[float | AtLeast[float]]:
    return longest(held_pairs(case), "active time", _active_time)


def _end_active(case: Case, found: Any) -> tuple[Remedy, ...]:
    wanted = partial(_is_at_fault, found, _active_for_good, _active_time)
    pairs = which(held_pairs(case), wanted)
    return change(
        pairs, "may be given for good, or for long", "Expiration_Admin_Assignment", "Expiration", _ACTIVE_DAYS
    )


def _is_at_fault(found: Any, for_good: Any, time: Any, pair: Pair) -> bool:
    """Whether a pair is one of the names, or has the time, that was found."""
    if isinstance(found, Names):
        return for_good(pair) is True
    return time(pair) == least(found)


def _lacks(what: str, pair: Pair) -> Read[bool]:
    asked = pair.says(lambda policy: policy.active_asks)
    return asked if isinstance(asked, Unknown) else _ASKED[what] not in asked


def _active_lacks(case: Case) -> Names:
    pairs = held_pairs(case)
    each = {what: names_of(pairs, f"asks {what}", partial(_lacks, what)) for what in _ASKED}
    found = tuple(sorted(what for what, names in each.items() if names.proven))
    return Names(found, first(names.more for what, names in each.items() if what not in found))


def _ask(case: Case, found: Any) -> tuple[Remedy, ...]:
    pairs = held_pairs(case)
    lacking = {pair: None for what in found.proven for pair in which(pairs, partial(_lacks, what))}
    body = {"enabledRules": ["MultiFactorAuthentication", "Justification"]}
    return change(lacking, "is given without MFA or a reason", "Enablement_Admin_Assignment", "Enablement", body)


def _eligible_for_good(pair: Pair) -> Read[bool]:
    return pair.says(lambda policy: policy.permanent_eligible)


def _permanent_eligible(case: Case) -> Names:
    return names_of(eligible_pairs(case), "eligible for good", _eligible_for_good)


def _eligible_time(pair: Pair) -> Read[float]:
    return _minutes(_eligible_for_good(pair), pair.says(lambda policy: policy.longest_eligible))


def _longest_eligible(case: Case) -> Read[float | AtLeast[float]]:
    return longest(eligible_pairs(case), "eligible time", _eligible_time)


def _end_eligible(case: Case, found: Any) -> tuple[Remedy, ...]:
    wanted = partial(_is_at_fault, found, _eligible_for_good, _eligible_time)
    pairs = which(eligible_pairs(case), wanted)
    says = "lets people be eligible for good, or for long"
    return change(pairs, says, "Expiration_Admin_Eligibility", "Expiration", _ELIGIBLE_DAYS)


FACTS: Final = (
    Fact(
        name="pim.held_roles",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="the roles that people hold",
        doc="Roles that people hold in any way and that do more than read on the machine.",
        read=_held_roles,
        tables=TABLES,
        whole=WHOLE,
    ),
    Fact(
        name="pim.roles_active_for_good",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="roles that may be given for good",
        doc="Roles that people hold on the machine and that PIM lets be assigned as active without an end.",
        read=_permanent_active,
        tables=PIM_TABLES,
        whole=WHOLE,
        remedies=_end_active,
    ),
    Fact(
        name="pim.longest_active",
        kind=kinds.MINUTES,
        level=Level.ACCESS,
        label="the longest active assignment",
        doc="For how long, at most, PIM lets a role that people hold on the machine be assigned as active with an end.",
        read=_longest_active,
        tables=PIM_TABLES,
        whole=WHOLE,
        remedies=_end_active,
    ),
    Fact(
        name="pim.active_lacks",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="what assigning a role as active does not take",
        doc=(
            "What PIM does not ask of whoever assigns a role that people hold on the machine as active: `mfa`, "
            "`justification`."
        ),
        read=_active_lacks,
        tables=PIM_TABLES,
        whole=WHOLE,
        remedies=_ask,
        vocabulary=tuple(_ASKED),
    ),
    Fact(
        name="pim.roles_eligible_for_good",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="roles that people may be eligible for without an end",
        doc="Eligible roles of the machine for which PIM asks no end of an eligibility.",
        read=_permanent_eligible,
        tables=PIM_TABLES,
        whole=WHOLE,
        remedies=_end_eligible,
    ),
    Fact(
        name="pim.longest_eligibility",
        kind=kinds.MINUTES,
        level=Level.ACCESS,
        label="the longest eligibility",
        doc="For how long, at most, PIM lets people be eligible for a role of the machine, where it asks for an end.",
        read=_longest_eligible,
        tables=PIM_TABLES,
        whole=WHOLE,
        remedies=_end_eligible,
    ),
)
