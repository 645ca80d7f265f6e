"""Facts about access reviews: whether somebody looks, again and again, at who holds the roles of a machine."""

from functools import partial
from math import inf
from typing import Any, Final

from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.held_roles import TABLES, WHOLE, first
from vmaudit.assess.facts.pim_pairs import Pair, held_pairs, longest, names_of, which
from vmaudit.assess.role_questions import scope_text
from vmaudit.assess.values import AtLeast, Names, least
from vmaudit.estate.guards import moment
from vmaudit.estate.rights import Review
from vmaudit.known import Read, Unknown

_DAY: Final = 1440.0
_GRACE: Final = 30.0
"""Days that a run may take and be late."""
FAULTS: Final = ("self-review", "not applied", "overdue")


def _reviews(around: Around, pair: Pair) -> tuple[Review, ...]:
    """The reviews that come round for a role at its scope, or for each group that holds it."""
    recurring = [review for review in around.rights.reviews if review.every != inf]
    of_role = tuple(review for review in recurring if {pair.role_id, pair.key} <= review.mentions)
    if of_role:
        return of_role
    of_groups = tuple(review for review in recurring if review.mentions & pair.principals)
    covered = frozenset(one for review in of_groups for one in review.mentions)
    return of_groups if pair.principals <= covered else ()


def _unreviewed(around: Around, pair: Pair) -> Read[bool]:
    unread = around.rights.complete("access_reviews")
    if _reviews(around, pair):
        return False
    return unread if isinstance(unread, Unknown) else True


def _unreviewed_roles(case: Case) -> Names:
    return names_of(held_pairs(case), "unreviewed", partial(_unreviewed, case.around))


def _interval(around: Around, pair: Pair) -> Read[float]:
    """Of reviews of several groups, the rarest; a role that nobody reviews is in another fact."""
    rarest = 0.0
    for review in _reviews(around, pair):
        if isinstance(review.every, Unknown):
            return review.every
        rarest = max(rarest, review.every * _DAY)
    return rarest


def _longest_interval(case: Case) -> Read[float | AtLeast[float]]:
    return longest(held_pairs(case), "interval", partial(_interval, case.around))


def _overdue(around: Around, review: Review) -> Read[bool]:
    if isinstance(review.done, Unknown):
        return review.done
    if not review.done:
        return True
    last, now = moment(review.done[-1]), around.as_of
    if isinstance(last, Unknown) or isinstance(now, Unknown) or isinstance(review.every, Unknown):
        return next(one for one in (last, now, review.every) if isinstance(one, Unknown))
    return (now - last).total_seconds() > (review.every + _GRACE) * _DAY * 60


def _has(around: Around, fault: str, pair: Pair) -> Read[bool]:
    answers = [_fault(around, fault, review) for review in _reviews(around, pair)]
    if True in answers:
        return True
    return next((answer for answer in answers if isinstance(answer, Unknown)), False)


def _fault(around: Around, fault: str, review: Review) -> Read[bool]:
    match fault:
        case "self-review":
            return review.by_themselves
        case "not applied":
            return review.applied if isinstance(review.applied, Unknown) else not review.applied
        case _:
            return _overdue(around, review)


def _faults(case: Case) -> Names:
    pairs = held_pairs(case)
    each = {fault: names_of(pairs, fault, partial(_has, case.around, fault)) for fault in FAULTS}
    found = tuple(sorted(fault for fault, names in each.items() if names.proven))
    return Names(found, first(names.more for fault, names in each.items() if fault not in found))


def _review(case: Case, found: Any) -> tuple[Remedy, ...]:
    """The roles of what was found: those without a review, with a rare one, or with a bad one."""
    around = case.around

    def at_fault(pair: Pair) -> bool:
        if not isinstance(found, Names):
            return _interval(around, pair) == least(found)
        return _unreviewed(around, pair) is True or any(
            _has(around, fault, pair) is True for fault in FAULTS if fault in found.proven
        )

    return tuple(_remedy(pair) for pair in which(held_pairs(case), at_fault))


def _remedy(pair: Pair) -> Remedy:
    url = "https://graph.microsoft.com/v1.0/identityGovernance/accessReviews/definitions"
    return Remedy(
        resource=f"{pair.at.rstrip('/')}/providers/Microsoft.Authorization/roleDefinitions/{pair.role_id}",
        says=f"who holds {pair.role} at {scope_text(pair.at)} is not reviewed as it should be",
        fix=f"az rest --method post --url {az.quoted(url)} --body @review.json",
        part="access review",
    )


_TABLES: Final = (*TABLES, "access_reviews", "access_review_instances")

FACTS: Final = (
    Fact(
        name="pim.unreviewed_roles",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="roles that nobody reviews",
        doc=(
            "Roles that people hold on the machine and for which no access review comes round: neither one of the role "
            "at that scope, nor one of each group that holds it."
        ),
        read=_unreviewed_roles,
        tables=_TABLES,
        whole=(*WHOLE, "access_reviews"),
        absence_fails=True,
        remedies=_review,
    ),
    Fact(
        name="pim.longest_review_interval",
        kind=kinds.MINUTES,
        level=Level.ACCESS,
        label="the longest time between two access reviews",
        doc="The longest time from one review of a role of the machine to the next, where there is one.",
        read=_longest_interval,
        tables=_TABLES,
        whole=WHOLE,
        remedies=_review,
    ),
    Fact(
        name="pim.review_faults",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="what is wrong with access reviews",
        doc=(
            "What is wrong with reviews of the machine's roles: `self-review` where people review themselves, `not "
            "applied` where decisions are not applied by themselves, `overdue` where no run was completed in time."
        ),
        read=_faults,
        tables=_TABLES,
        whole=WHOLE,
        remedies=_review,
        vocabulary=FAULTS,
    ),
)
