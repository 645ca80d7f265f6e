"""The ports that an audit asks about where nothing public leads: those of the rules that ask for them."""

from collections.abc import Iterable, Iterator
from typing import Final

from vmaudit.addresses import ALL_PORTS, NOTHING, Intervals, union
from vmaudit.assess.kinds import port_set
from vmaudit.assess.rule import Ask, Condition, Rule
from vmaudit.estate.resources import Protocol

_ASKED: Final = frozenset({"exposure.inside_openings", "exposure.public_openings"})
_OPERANDS: Final = {Protocol.TCP: "tcp", Protocol.UDP: "udp"}


def ports_in_question(rules: Iterable[Rule]) -> dict[Protocol, Intervals]:
    """The ports that rules ask about the inside and about what the NSGs admit, as they are configured (NET-002, 003).

    A rule that asks another question of these facts than whether ports are open, or that shows one of them whole, asks
    about every port. Public ways into a machine are found for all ports, whatever the rules ask.
    """
    found = dict.fromkeys(_OPERANDS, NOTHING)
    for rule in rules:
        if any(f"{{{fact}}}" in rule.says + rule.holds for fact in _ASKED):
            return dict.fromkeys(_OPERANDS, ALL_PORTS)
        for ask in (ask for condition in rule.conditions for ask in _asks(condition)):
            for protocol, name in _OPERANDS.items():
                ports = port_set(ask.operand.get(name, [])) if ask.operator == "opens" else ALL_PORTS
                found[protocol] = union(found[protocol], ports)
    return found


def _asks(condition: Condition) -> Iterator[Ask]:
    """The questions about these facts in a condition."""
    if not isinstance(condition, Ask):
        for part in condition.parts:
            yield from _asks(part)
    elif condition.fact in _ASKED:
        yield condition
