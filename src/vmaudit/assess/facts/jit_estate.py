"""Just-in-time access of the whole estate, worked out once for all facts that ask about it."""

from vmaudit.assess.facts.case import Case
from vmaudit.exposure.jit import JustInTime
from vmaudit.exposure.jit_firewalls import FirewallBefore, FirewallsBefore
from vmaudit.known import Read, Unknown


def just_in_time(case: Case) -> JustInTime:
    """Just-in-time access at the moment that is judged."""
    return case.around.once("just-in-time", lambda: JustInTime(case.estate, case.around.as_of))


def firewalls_before(case: Case) -> Read[tuple[FirewallBefore, ...]]:
    """The Azure Firewalls that the machine stands behind."""
    if case.unread_interfaces:
        return Unknown(case.unread_interfaces)
    before = case.around.once("firewalls-before", lambda: FirewallsBefore(case.estate))
    return before.of(case.interfaces)
