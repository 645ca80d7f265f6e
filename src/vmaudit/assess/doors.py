"""The ports that an audit asks about where nothing public leads: those of the rules that ask for them."""

from collections.abc import Iterable
from typing import Final

from vmaudit.addresses import NOTHING, Intervals, union
from vmaudit.assess.kinds import port_set
from vmaudit.assess.rule import Rule
from vmaudit.estate.resources import Protocol

_ASKING: Final = frozenset({"exposure.inside_openings", "exposure.public_openings"})
_PARAMETERS: Final = {Protocol.TCP: "ports", Protocol.UDP: "udp_ports"}


def ports_in_question(rules: Iterable[Rule]) -> dict[Protocol, Intervals]:
    """The management ports as rules about the inside and about what the NSGs admit have them configured (NET-002, 003).

    Public ways into a machine are found for all ports, whatever the rules ask.
    """
    found = dict.fromkeys(_PARAMETERS, NOTHING)
    for rule in (rule for rule in rules if not _ASKING.isdisjoint(rule.facts)):
        values = {parameter.name: parameter.value for parameter in rule.parameters}
        for protocol, name in _PARAMETERS.items():
            found[protocol] = union(found[protocol], port_set(list(values.get(name, ()))))
    return found
