"""What mends a sign-in: a policy for the whole tenant, or the exclusion of one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, cast

from vmaudit.access.conditional_access.levels import NO
from vmaudit.assess import az
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Remedies, Remedy
from vmaudit.assess.facts.sign_in_checks import protecting
from vmaudit.assess.facts.sign_in_people import AT_THE_MACHINE, THROUGH_AZURE, called, each_person, solver
from vmaudit.estate.rights import PrincipalId

if TYPE_CHECKING:
    from vmaudit.assess.values import Names

_POLICIES: Final = "https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies"
_NEW_POLICY: Final = f"az rest --method post --url {_POLICIES} --body @policy.json"
"""The body is the policy in Microsoft Graph's JSON."""


def mend(says: str) -> Remedies:
    """One policy for the whole tenant mends it; what it has to ask for is said."""
    remedy = Remedy("/identity/conditionalAccess/policies", says, _NEW_POLICY, part=says)
    return lambda _case, _found: (remedy,)


def take_in(*controls: str, else_says: str = "") -> Remedies:
    """Edits of the policies that ask for a control and leave out those who were found.

    Where somebody was found whom none of them leaves out, one policy for the whole tenant comes as well.
    """

    def named(case: Case, found: Any) -> tuple[Remedy, ...]:
        names = cast("Names", found)
        leaving: dict[str, str] = {}
        rest = set(names.proven)
        for one in each_person(case, THROUGH_AZURE | AT_THE_MACHINE):
            who = called(case.around, one)
            if who in names.proven:
                policies = dict(_leaving_out(case, one, controls))
                leaving |= policies
                rest -= {who} if policies else set()
        edits = tuple(_edit(identity, name) for identity, name in sorted(leaving.items()))
        return (*edits, *mend(else_says)(case, found)) if rest and else_says else edits

    return named


def _leaving_out(case: Case, one: PrincipalId, controls: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for policy in case.around.conditional_access.policies:
        asks = not set(protecting(policy)).isdisjoint(controls)
        if asks and solver(case.around).leaves_out(policy, one) != NO:
            yield policy.id, policy.name or policy.id


def _edit(identity: str, name: str) -> Remedy:
    return Remedy(
        resource=f"/identity/conditionalAccess/policies/{identity}",
        says=f"policy {name} leaves people out who act on machines",
        fix=f"az rest --method patch --url {az.quoted(f'{_POLICIES}/{identity}')} --body @policy.json",
    )
