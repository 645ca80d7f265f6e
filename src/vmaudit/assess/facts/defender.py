"""A fact about Defender for Cloud: which Defender for Servers plan covers a machine (azure-facts 1.1, 5.12)."""

from functools import lru_cache
from typing import Final

from vmaudit.assess import az, kinds
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.values import NO_NAMES, Names
from vmaudit.estate.resources import DefenderPlan, Key
from vmaudit.known import Read, Unknown

_PLAN: Final = "/providers/microsoft.security/pricings/virtualmachines"
_WHOLE_PLAN: Final = "P2"
"""What Standard means where no sub-plan is named."""
_API: Final = "?api-version=2024-01-01"
_NAMES: Final = {"P1": Names(("P1",)), "P2": Names(("P2",))}


def _servers_plan(case: Case) -> Read[Names]:
    own = _own(case)
    if own is not None:
        return _named(own)
    subscription = _subscription(case.key)
    return case.around.once(("defender-servers-plan", subscription), lambda: _of_subscription(case, subscription))


def _own(case: Case) -> DefenderPlan | None:
    """The row of the machine itself, or of its scale set: there is one where it may differ from its subscription."""
    plans = case.estate.defender_plans
    scale_set = case.machine.scale_set
    return plans.get(case.key + _PLAN) or (plans.get(scale_set + _PLAN) if scale_set else None)


def _subscription(machine: Key) -> Key:
    return "/".join(machine.split("/")[:3])


def _of_subscription(case: Case, subscription: Key) -> Read[Names]:
    """The plan of machines without a row of their own. Only one below the whole plan can be set for a machine alone."""
    estate = case.estate
    plan = estate.defender_plans.get(subscription + _PLAN)
    whole = estate.all_of("defender_plans")
    if plan is None:
        unread = estate.unread.get(subscription + _PLAN)
        return Unknown(f"the plan's row could not be read: {unread}") if unread else _none_unless(whole)
    name = _named(plan)
    if isinstance(name, Unknown) or _WHOLE_PLAN not in name.proven or plan.enforced:
        return name
    if plan.coverage == "NotCovered":
        return NO_NAMES
    if plan.coverage == "PartiallyCovered":
        return Unknown("Defender for Servers covers only some machines of the subscription, and no row says which")
    return whole if isinstance(whole, Unknown) else name


def _none_unless(whole: Read[bool]) -> Read[Names]:
    return whole if isinstance(whole, Unknown) else NO_NAMES


def _named(plan: DefenderPlan) -> Read[Names]:
    if isinstance(plan.tier, Unknown):
        return plan.tier
    if plan.tier == "Free":
        return NO_NAMES
    sub_plan = (plan.sub_plan or _WHOLE_PLAN).upper()
    return _NAMES.get(sub_plan, Names((sub_plan,)))


def _upgrade(case: Case, _found: object) -> tuple[Remedy, ...]:
    own = _own(case)
    if own is None or own.inherited:
        return (_set_subscription(_subscription(case.machine.id)),)
    return (_follow_subscription(own),)


@lru_cache(maxsize=4096)
def _set_subscription(subscription: str) -> Remedy:
    name = subscription.rpartition("/")[2]
    return Remedy(
        resource=subscription,
        says=f"subscription {name} does not have Defender for Servers Plan 2",
        fix=f"az security pricing create --subscription {az.quoted(name)}"
        " -n VirtualMachines --tier standard --subplan P2",
    )


def _follow_subscription(plan: DefenderPlan) -> Remedy:
    machine = az.name_of(plan.id[: -len(_PLAN)])
    return Remedy(
        resource=plan.id,
        says=f"machine {machine} has a Defender for Servers plan of its own and does not follow its subscription",
        fix=f"az rest --method delete --url {az.quoted(plan.id + _API)}",
    )


def _shown(value: Names) -> str:
    if value.more:
        return f"not known ({value.more})"
    return " and ".join(f"Plan {name.removeprefix('P')}" for name in value.proven) or "no plan"


FACTS: Final = (
    Fact(
        name="defender.servers_plan",
        kind=kinds.NAMES,
        level=Level.MACHINE,
        label="the Defender for Servers plan",
        doc=(
            "The Defender for Servers plan that covers the machine, P1 or P2, by a setting of its own or by that of "
            "its subscription; none where it is off."
        ),
        read=_servers_plan,
        tables=("virtual_machines", "defender_plans"),
        whole=("defender_plans",),
        absence_fails=True,
        remedies=_upgrade,
        shown=_shown,
    ),
)
