"""Facts about the accounts for emergencies, which the configuration names."""

from collections.abc import Iterator
from typing import Any, Final

from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.values import Names
from vmaudit.estate.rights import PrincipalId
from vmaudit.known import Read, Unknown

_USERS: Final = "/users"
"""The accounts of the tenant, as Microsoft Graph addresses them."""
_FAULTS: Final = ("unknown account", "no user", "disabled", "guest", "deleted")


def _count(case: Case) -> float:
    return float(len(set(case.around.settings.break_glass)))


def _each(case: Case) -> Iterator[tuple[PrincipalId, str]]:
    """What is wrong with each account."""
    rights = case.around.rights
    for one in sorted(set(case.around.settings.break_glass)):
        named = rights.principals.get(one)
        if named is None:
            yield one, "unknown account"
        elif named.kind not in {"User", "Unknown"}:
            yield one, "no user"
        else:
            yield from ((one, mark) for mark in named.marks)


def _faults(case: Case) -> Names:
    """An account that no row names is not there only where all users were read."""
    users = case.around.rights.complete("users")
    found = {fault for _, fault in _each(case)}
    if isinstance(users, Unknown):
        return Names(tuple(sorted(found - {"unknown account"})), users.reason)
    return Names(tuple(sorted(found)))


def _mend(case: Case, found: Any) -> tuple[Remedy, ...]:
    return tuple(
        Remedy(one, f"account {one} for emergencies: {fault}", f"az ad user show --id {az.quoted(one)}", part=fault)
        for one, fault in _each(case)
        if fault in found.proven
    )


def _set_up(_case: Case, _found: Any) -> tuple[Remedy, ...]:
    """The accounts are the tenant's, so that one thing is to be mended for all machines."""
    return (
        Remedy(
            resource=_USERS,
            says="the accounts for emergencies are not as many as they should be, or nobody watches them",
            fix="name the accounts as break_glass of PIM-010 in the configuration && az ad user show --id ACCOUNT",
            part="accounts for emergencies",
        ),
    )


def _watched(case: Case) -> Read[bool]:
    if not case.around.settings.break_glass:
        return False
    return Unknown("how an account for emergencies signs in, and who is told of it, is not read")


FACTS: Final = (
    Fact(
        name="break_glass.accounts",
        kind=kinds.NUMBER,
        level=Level.TENANT,
        label="how many accounts for emergencies are named",
        doc="How many accounts `break_glass` of PIM-010 names.",
        read=_count,
        tables=(),
        remedies=_set_up,
    ),
    Fact(
        name="break_glass.faults",
        kind=kinds.NAMES,
        level=Level.TENANT,
        label="what is wrong with accounts for emergencies",
        doc=(
            "What is wrong with accounts that `break_glass` of PIM-010 names: `unknown account`, `no user`, "
            "`disabled`, `guest`, `deleted`."
        ),
        read=_faults,
        tables=("users",),
        whole=("users",),
        remedies=_mend,
        vocabulary=_FAULTS,
    ),
    Fact(
        name="break_glass.watched",
        kind=kinds.YES_NO,
        level=Level.TENANT,
        label="whether accounts for emergencies sign in by a strong method, were tested, and somebody is told of it",
        doc=(
            "Whether the accounts for emergencies are strong and watched. That is not read yet, so it is never known "
            "to be so."
        ),
        read=_watched,
        tables=("users",),
        absence_fails=True,
        remedies=_set_up,
    ),
)
