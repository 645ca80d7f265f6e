"""Facts about the policies of Conditional Access themselves: true of the tenant, whoever signs in."""

import re
from collections.abc import Iterator
from typing import Any, Final

from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.values import AtLeast, Names
from vmaudit.estate.conditional_access import Audience, Policy
from vmaudit.known import Read, Unknown

_GUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_URL: Final = "https://graph.microsoft.com/v1.0/identity/conditionalAccess/"


def _in_force(case: Case) -> Iterator[Policy]:
    return (policy for policy in case.around.conditional_access.policies if policy.state == "enabled")


def _countries(case: Case) -> Read[float | AtLeast[float]]:
    """How many countries the widest location has that a policy leaves out."""
    evidence = case.around.conditional_access
    whole = evidence.tables["conditional_access_policies"]
    if isinstance(whole, Unknown) and not evidence.policies:
        return whole
    widest, doubt = 0, whole.reason if isinstance(whole, Unknown) else ""
    for policy in _in_force(case):
        for name in sorted(policy.locations.exclude):
            location = evidence.locations.get(name)
            if location is not None:
                widest = max(widest, len(location.countries))
            elif _GUID.fullmatch(name) and isinstance(evidence.tables["named_locations"], Unknown):
                doubt = doubt or f"location {name}, which a policy leaves out, was not read"
    return AtLeast(float(widest), doubt) if doubt else float(widest)


def _dangling(case: Case) -> Names:
    """Users and groups that policies name and that the directory no longer has."""
    found = {f"{policy.name or policy.id}: {kind} {one}" for policy, kind, one in _gone(case)}
    return Names(tuple(sorted(found)), _doubt(case))


def _gone(case: Case) -> Iterator[tuple[Policy, str, str]]:
    rights = case.around.rights
    for policy in _in_force(case):
        for kind, one in _named(policy):
            named = rights.principals.get(one)
            unread = isinstance(rights.complete(f"{kind}s"), Unknown)
            if (named is None and not unread) or (named is not None and "deleted" in named.marks):
                yield policy, kind, one


def _named(policy: Policy) -> Iterator[tuple[str, str]]:
    sides: tuple[Audience, ...] = (policy.include, policy.exclude)
    for side in sides:
        yield from (("user", one) for one in sorted(side.users) if _GUID.fullmatch(one))
        yield from (("group", one) for one in sorted(side.groups))


def _doubt(case: Case) -> str:
    """Why there could be others: policies that were not read, or people whom no row shows."""
    whole = case.around.conditional_access.tables["conditional_access_policies"]
    if isinstance(whole, Unknown):
        return whole.reason
    rights = case.around.rights
    for policy in _in_force(case):
        for kind, one in _named(policy):
            unread = rights.complete(f"{kind}s")
            if one not in rights.principals and isinstance(unread, Unknown):
                return unread.reason
    return ""


def _tidy(case: Case, found: Any) -> tuple[Remedy, ...]:
    names: Names = found
    return tuple(
        dict.fromkeys(
            Remedy(
                resource=f"/identity/conditionalAccess/policies/{policy.id}",
                says=f"policy {policy.name or policy.id} names a {kind} that is gone",
                fix=f"az rest --method patch --url {az.quoted(f'{_URL}policies/{policy.id}')} --body @policy.json",
                part=one,
            )
            for policy, kind, one in _gone(case)
            if f"{policy.name or policy.id}: {kind} {one}" in names.proven
        )
    )


def _narrow(_case: Case, _found: Any) -> tuple[Remedy, ...]:
    return (
        Remedy(
            resource="/identity/conditionalAccess/namedLocations",
            says="a location that a policy leaves out has too many countries",
            fix=f"az rest --method patch --url {_URL}namedLocations/ID --body @location.json",
        ),
    )


POLICY_FACTS: Final = (
    Fact(
        name="sign_in.countries_left_out",
        kind=kinds.NUMBER,
        level=Level.TENANT,
        label="countries in the widest location that a policy leaves out",
        doc="How many countries the widest named location has that some policy in force leaves out.",
        read=_countries,
        tables=("conditional_access_policies", "named_locations"),
        whole=("conditional_access_policies", "named_locations"),
        remedies=_narrow,
    ),
    Fact(
        name="sign_in.names_that_are_gone",
        kind=kinds.NAMES,
        level=Level.TENANT,
        label="what policies name and the directory no longer has",
        doc="Users and groups that policies in force name and the directory no longer has, after the policy's name.",
        read=_dangling,
        tables=("conditional_access_policies", "users", "groups"),
        whole=("conditional_access_policies", "users", "groups"),
        remedies=_tidy,
    ),
)
