"""Facts about the machine itself."""

from typing import Final

from vmaudit.assess import kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.facts.interface_remedies import run_in_guest
from vmaudit.assess.values import Names
from vmaudit.known import Read, Unknown

_NO_PASSWORDS: Final = (
    "echo 'PasswordAuthentication no' > /etc/ssh/sshd_config.d/00-keys-only.conf && systemctl reload ssh || "
    "systemctl reload sshd"
)


def _name(case: Case) -> str:
    return case.machine.name


def _operating_system(case: Case) -> Read[str]:
    return case.machine.operating_system


def _answers(case: Case) -> str:
    """A clause, so it is a text even where the power state was not read."""
    power = case.machine.power
    if isinstance(power, Unknown):
        return "whenever the machine runs"
    return "now" if power.answers else "once the machine runs"


def _subscription(case: Case) -> Names:
    return case.around.once(("subscription", name := case.key.split("/")[2]), lambda: Names((name,)))


def _tags(case: Case) -> Names:
    return Names(tuple(sorted(f"{name}={value}" for name, value in case.machine.tags)))


def _password_sign_in(case: Case) -> Read[bool]:
    return case.machine.password_sign_in


def _refuse_passwords(case: Case, _found: object) -> tuple[Remedy, ...]:
    machine = case.machine
    return (
        Remedy(
            resource=machine.id,
            says=f"machine {machine.name} was made to accept passwords",
            fix=run_in_guest(machine.id, _NO_PASSWORDS),
        ),
    )


_TABLES: Final = ("virtual_machines",)

FACTS: Final = (
    Fact(
        name="vm.answers",
        kind=kinds.TEXT,
        level=Level.MACHINE,
        label="when the machine answers",
        doc=(
            "When somebody who gets through finds the machine there, for sentences: `now`, `once the machine runs`, or "
            "`whenever the machine runs` where its power state was not read."
        ),
        read=_answers,
        tables=_TABLES,
    ),
    Fact(
        name="vm.name",
        kind=kinds.TEXT,
        level=Level.MACHINE,
        label="the name",
        doc="The name of the machine. A sentence with it is written anew for each machine, so most leave it out.",
        read=_name,
        tables=_TABLES,
    ),
    Fact(
        name="vm.operating_system",
        kind=kinds.TEXT,
        level=Level.MACHINE,
        label="the operating system",
        doc="`Windows` or `Linux`, by the machine's disk or its configuration.",
        read=_operating_system,
        tables=_TABLES,
    ),
    Fact(
        name="vm.password_sign_in",
        kind=kinds.YES_NO,
        level=Level.MACHINE,
        label="whether passwords are accepted",
        doc="Whether a Linux machine was made to accept passwords; not known for a specialised disk.",
        read=_password_sign_in,
        tables=_TABLES,
        remedies=_refuse_passwords,
    ),
    Fact(
        name="vm.subscription",
        kind=kinds.NAMES,
        level=Level.MACHINE,
        label="the subscription",
        doc="The id of the subscription that the machine is in.",
        read=_subscription,
        tables=_TABLES,
    ),
    Fact(
        name="vm.tags",
        kind=kinds.NAMES,
        level=Level.MACHINE,
        label="the tags",
        doc="The tags of the machine, each as `name=value`.",
        read=_tags,
        tables=_TABLES,
    ),
)
