"""Facts about what Conditional Access asks of the people who hold roles on a machine (azure-facts 3.1, 3.2)."""

from collections.abc import Callable, Iterable
from typing import Final

from vmaudit.access.conditional_access.apps import AZURE_MANAGEMENT, LINUX_SIGN_IN, WINDOWS_SIGN_IN, AppId
from vmaudit.access.conditional_access.controls import MANAGED_DEVICE, MFA
from vmaudit.access.conditional_access.levels import YES, Level
from vmaudit.access.doors import Mask
from vmaudit.assess import kinds
from vmaudit.assess.facts import sign_in_checks as checks
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Remedies, no_remedies
from vmaudit.assess.facts.fact import Level as At
from vmaudit.assess.facts.sign_in_people import (
    AT_THE_MACHINE,
    TABLES,
    THROUGH_AZURE,
    WHOLE,
    people_whom,
    people_with,
    solver,
)
from vmaudit.assess.facts.sign_in_policies import POLICY_FACTS
from vmaudit.assess.facts.sign_in_remedies import mend, take_in
from vmaudit.assess.values import Names
from vmaudit.estate.rights import PrincipalId
from vmaudit.known import Unknown


def _everybody(mask: Mask) -> Callable[[Case], Names]:
    return lambda case: people_with(case, f"anybody {mask}", mask, lambda _: YES)


def _lacking(control: str, app: AppId, mask: Mask) -> Callable[[Case], Names]:
    def read(case: Case) -> Names:
        around = case.around

        def check(one: PrincipalId) -> Level:
            return checks.lacks(solver(around), around.conditional_access, one, app, control)

        return people_with(case, f"{control} {app}", mask, check)

    return read


def _at_machine(control: str) -> Callable[[Case], Names]:
    """The people who get to a machine by the app of its system; by either, where the system is not known."""
    by_system = {
        "Windows": _lacking(control, WINDOWS_SIGN_IN, AT_THE_MACHINE),
        "Linux": _lacking(control, LINUX_SIGN_IN, AT_THE_MACHINE),
    }

    def read(case: Case) -> Names:
        system = case.machine.operating_system
        key = "at the machine", control, case.access_place, system
        return case.around.once(key, lambda: _either(case) if isinstance(system, Unknown) else by_system[system](case))

    def _either(case: Case) -> Names:
        first, second = (read_one(case) for read_one in by_system.values())
        both = set(first.proven) & set(second.proven)
        differs = first.proven != second.proven
        return Names(tuple(sorted(both)), first.more or second.more or ("its system was not read" if differs else ""))

    return read


def _words(case: Case, key: str, words: Iterable[str], check: Callable[[PrincipalId, str], Level]) -> Names:
    """Which of some words are true of anybody who acts through Azure."""
    found: list[str] = []
    doubt = ""
    for word in words:
        names = people_with(case, f"{key} {word}", THROUGH_AZURE, lambda one, word=word: check(one, word))
        if names.proven:
            found.append(word)
        doubt = doubt or names.more
    return Names(tuple(sorted(found)), doubt)


def _flows(case: Case) -> Names:
    around = case.around
    return _words(
        case,
        "flow",
        checks.FLOWS,
        lambda one, flow: checks.lets_flow(solver(around), around.conditional_access, one, flow),
    )


def _risks(case: Case) -> Names:
    return _words(case, "risk", checks.RISKS, lambda one, risk: checks.ignores(solver(case.around), one, risk))


def _methods(case: Case) -> Names:
    around = case.around
    return _words(
        case,
        "method",
        checks.METHODS,
        lambda one, kind: checks.accepts(solver(around), around.conditional_access, one, kind),
    )


def _place_blind(case: Case) -> Names:
    return people_with(case, "place", THROUGH_AZURE, lambda one: checks.is_place_blind(solver(case.around), one))


def _left_out(case: Case) -> Names:
    return people_whom(
        case, "left out", THROUGH_AZURE | AT_THE_MACHINE, lambda one: checks.is_left_out(solver(case.around), one)
    )


def _fact(
    name: str,
    label: str,
    doc: str,
    read: Callable[[Case], Names],
    *,
    remedies: Remedies = no_remedies,
    vocabulary: tuple[str, ...] = (),
    absence_fails: bool = True,
    level: At = At.ACCESS,
) -> Fact:
    """A fact about people, by name or in the words of a vocabulary."""
    return Fact(
        name=name,
        kind=kinds.NAMES,
        level=level,
        label=label,
        doc=doc,
        read=read,
        tables=TABLES,
        whole=WHOLE,
        absence_fails=absence_fails,
        remedies=remedies,
        vocabulary=vocabulary,
    )


FACTS: Final = (
    _fact(
        "sign_in.people",
        "people who act through Azure",
        "People who hold, or may activate, a role that lets them do more to the machine or around it than read.",
        _everybody(THROUGH_AZURE),
        absence_fails=False,
    ),
    _fact(
        "sign_in.machine_people",
        "people who sign in to the machine with Entra ID",
        "People who hold, or may activate, a role for signing in to the machine with Entra ID.",
        _everybody(AT_THE_MACHINE),
        absence_fails=False,
    ),
    _fact(
        "sign_in.without_mfa_at_azure",
        "people who get to Azure's management without MFA",
        (
            "People who may act on the machine through Azure, and get to its management without multifactor "
            "authentication in some circumstances, by what Conditional Access asks in every one of them."
        ),
        _lacking(MFA, AZURE_MANAGEMENT, THROUGH_AZURE),
        remedies=take_in(MFA, else_says="not everybody is asked for MFA at Azure's management in all circumstances"),
    ),
    _fact(
        "sign_in.without_mfa_at_machine",
        "people who sign in to the machine without MFA",
        (
            "People with a role for signing in to the machine whom the app of its system lets in without multifactor "
            "authentication in some circumstances."
        ),
        _at_machine(MFA),
        level=At.MACHINE,
        remedies=take_in(MFA, else_says="not everybody is asked for MFA at machines in all circumstances"),
    ),
    _fact(
        "sign_in.without_managed_device_at_azure",
        "people who get to Azure's management from any device",
        (
            "People who may act on the machine through Azure, and get to its management from a device that is neither "
            "compliant nor hybrid joined in some circumstances."
        ),
        _lacking(MANAGED_DEVICE, AZURE_MANAGEMENT, THROUGH_AZURE),
        remedies=take_in(MANAGED_DEVICE, else_says="not everybody is asked for a managed device at Azure's management"),
    ),
    _fact(
        "sign_in.without_managed_device_at_machine",
        "people who sign in to the machine from any device",
        (
            "People with a role for signing in to the machine whom the app of its system lets in from a device that is "
            "neither compliant nor hybrid joined in some circumstances."
        ),
        _at_machine(MANAGED_DEVICE),
        level=At.MACHINE,
        remedies=take_in(MANAGED_DEVICE, else_says="not everybody is asked for a managed device at machines"),
    ),
    _fact(
        "sign_in.place_blind_people",
        "people who are asked for the same wherever they are",
        "People who may act through Azure and for whom no policy makes a difference by where they sign in from.",
        _place_blind,
        remedies=mend("where a sign-in to Azure's management comes from is not looked at for everybody"),
    ),
    _fact(
        "sign_in.open_flows",
        "flows that get round the usual checks",
        (
            "Flows by which somebody who may act through Azure gets to Azure's management: `legacy-authentication`, "
            "`device-code-flow`, `authentication-transfer`."
        ),
        _flows,
        vocabulary=tuple(checks.FLOWS),
        remedies=mend("legacy clients, device code flow or authentication transfer are not blocked for everybody"),
    ),
    _fact(
        "sign_in.ignored_risks",
        "risks that no policy acts on",
        (
            "Risks that no policy acts on for somebody who may act through Azure, such as `high sign-in risk` or "
            "`high user risk`."
        ),
        _risks,
        vocabulary=tuple(checks.RISKS),
        remedies=mend("risky sign-ins and users are not acted on for everybody"),
    ),
    _fact(
        "sign_in.accepted_methods",
        "methods that open Azure's management",
        (
            "Kinds of methods that get somebody who may act on the machine to Azure's management, by what the tenant "
            "allows and Conditional Access asks for: `one factor`, `text message or call`, `another method that can be "
            "phished`."
        ),
        _methods,
        vocabulary=tuple(checks.METHODS),
        remedies=mend("weak methods open Azure's management to somebody"),
    ),
    _fact(
        "sign_in.left_out_people",
        "people whom policies leave out",
        (
            "People who hold roles on the machine, whom a policy about MFA or devices leaves out, by name, group, role "
            "or kind of guest, and of whom no other policy asks for the same in all circumstances."
        ),
        _left_out,
        absence_fails=False,
        remedies=take_in(MFA, MANAGED_DEVICE),
    ),
    *POLICY_FACTS,
)
