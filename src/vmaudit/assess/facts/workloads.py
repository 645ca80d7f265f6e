"""Facts about programs that may act on a machine: service principals and managed identities (azure-facts 3.3)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from vmaudit.access.held import RoleHeld
from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Around, Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.held_roles import DOING, TABLES, WHOLE, chosen, first, roles_of_programs
from vmaudit.assess.facts.role_remedies import take_away
from vmaudit.assess.role_questions import ROLES
from vmaudit.assess.values import Event, Events, Names, Roles
from vmaudit.estate.guards import moment
from vmaudit.estate.rights import PrincipalId, Workload
from vmaudit.known import Read, Unknown

_TABLES: Final = (*TABLES, "service_principals", "applications", "service_principal_owners", "application_owners")
_NO_OWNER: Final = "without an owner"


def _acting(case: Case) -> Roles:
    """Reading gives a program no hold on the machine."""
    return chosen(roles_of_programs(case), "acting", lambda role: role if role.might & DOING else None)


def _of_machines(case: Case) -> Roles:
    """Roles of those whom some machine acts as. Of a machine whose identity was not read it may be anybody."""
    runs_as, unread = case.around.once("machine-identities", lambda: _identities(case.around))

    def choose(role: RoleHeld) -> RoleHeld | None:
        machine = first(runs_as.get(one, "") for one in role.inside)
        if machine:
            return replace(role, who=f"{role.who}, whom {machine} runs as")
        return replace(role, because=role.because or unread) if unread or not role.principal else None

    return chosen(_acting(case), "of machines", choose)


def _identities(around: Around) -> tuple[dict[PrincipalId, str], str]:
    """Whom machines act as, and why there may be others."""
    found: dict[PrincipalId, str] = {}
    unread = ""
    for key in sorted(around.estate.machines):
        machine = around.estate.machines[key]
        if isinstance(machine.identities, Unknown):
            unread = unread or f"{machine.name}: {machine.identities.reason}"
        else:
            for one in machine.identities:
                found.setdefault(one, machine.name)
    return found, unread


def _programs(case: Case) -> Iterator[tuple[PrincipalId, Read[Workload]]]:
    """Each program that may act, with what the directory says of it."""
    rights = case.around.rights
    names = dict.fromkeys(one for role in _acting(case) if not role.because for one in role.inside)
    for one in names:
        if case.around.access.people.named(one).kind == "ServicePrincipal":
            yield one, rights.workloads.get(one, Unknown(f"service principal {_shown(case, one)} was not read"))


def _shown(case: Case, one: PrincipalId) -> str:
    return case.around.access.people.named(one).name or one


def _secrets(case: Case) -> Events:
    found: dict[Event, None] = {}
    doubt = _acting(case).doubt
    for one, workload in _programs(case):
        begun = workload if isinstance(workload, Unknown) else workload.secrets
        if isinstance(begun, Unknown):
            doubt = doubt or begun.reason
            continue
        for moment_of in begun:
            ago = _ago(case.around, moment_of)
            if isinstance(ago, Unknown):
                doubt = doubt or ago.reason
            else:
                found[Event(f"a secret of {_shown(case, one)}", ago)] = None
    return Events(tuple(sorted(found, key=lambda event: (-event.ago, event.what))), doubt)


def _ago(around: Around, text: str) -> Read[float]:
    then, now = moment(text), around.as_of
    if isinstance(then, Unknown):
        return then
    return now if isinstance(now, Unknown) else max((now - then).total_seconds() / 60, 0.0)


def _ownerless(case: Case) -> Names:
    found: list[str] = []
    doubt = _acting(case).doubt
    for one, workload in _programs(case):
        owned = workload if isinstance(workload, Unknown) else workload.managed or workload.owned
        if isinstance(owned, Unknown):
            doubt = doubt or owned.reason
        elif not owned:
            found.append(f"{_shown(case, one)} ({_NO_OWNER})")
    return Names(tuple(sorted(found)), doubt)


def _named_remedies(case: Case, names: set[str], says: str, fix: str) -> tuple[Remedy, ...]:
    return tuple(
        Remedy(one, f"{_shown(case, one)} {says}", fix.format(az.quoted(one)), part=says)
        for one, _ in _programs(case)
        if _shown(case, one) in names
    )


def _drop_secrets(case: Case, found: Any) -> tuple[Remedy, ...]:
    events: Events = found
    names = {event.what.removeprefix("a secret of ") for event in events.proven}
    return _named_remedies(case, names, "signs in with an old secret", "az ad app credential list --id {0}")


def _give_owner(case: Case, found: Any) -> tuple[Remedy, ...]:
    names: Names = found
    fix = "az ad app owner add --id {0} --owner-object-id OWNER"
    people = {name.removesuffix(f" ({_NO_OWNER})") for name in names.proven}
    return _named_remedies(case, people, "has no owner", fix)


FACTS: Final = (
    Fact(
        name="access.workload_roles",
        kind=ROLES,
        level=Level.ACCESS,
        label="the roles that programs hold",
        doc=(
            "Roles that service principals and managed identities hold on the machine, in any way, and that do more "
            "than read."
        ),
        read=_acting,
        tables=_TABLES,
        whole=WHOLE,
        remedies=take_away,
    ),
    Fact(
        name="access.machine_identity_roles",
        kind=ROLES,
        level=Level.ACCESS,
        label="the roles of identities that machines run as",
        doc=(
            "Those of `access.workload_roles` whose holder is the managed identity of some virtual machine, this one "
            "or another."
        ),
        read=_of_machines,
        tables=_TABLES,
        whole=WHOLE,
        remedies=take_away,
    ),
    Fact(
        name="access.workload_secrets",
        kind=kinds.EVENTS,
        level=Level.ACCESS,
        label="client secrets of programs that may act",
        doc="Client secrets of the programs of `access.workload_roles`; `ago` counts from when a secret began.",
        read=_secrets,
        tables=_TABLES,
        whole=(*WHOLE, "service_principals", "applications"),
        remedies=_drop_secrets,
    ),
    Fact(
        name="access.ownerless_workloads",
        kind=kinds.NAMES,
        level=Level.ACCESS,
        label="programs that may act and have no owner",
        doc=(
            "Service principals among `access.workload_roles` that nobody owns, nor their application; managed "
            "identities need none."
        ),
        read=_ownerless,
        tables=_TABLES,
        whole=(*WHOLE, "service_principals", "applications", "service_principal_owners", "application_owners"),
        remedies=_give_owner,
    ),
)
