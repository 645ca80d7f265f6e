"""The eight lines of defence, as a report shows them for one machine: what the judge said, and what nobody asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from vmaudit.assess.assessment import LayerState
from vmaudit.assess.rule import Layer, Rule


class LineState(Enum):
    """What a line of defence does for a machine, `NOT_ASSESSED` included: no rule asks about it yet."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    NOT_ASSESSED = "not_assessed"


STATE_WORDS: Final = {
    LineState.HOLDS: "holds",
    LineState.BROKEN: "broken",
    LineState.UNKNOWN: "not read",
    LineState.NOT_APPLICABLE: "does not apply",
    LineState.NOT_ASSESSED: "not assessed",
}
"""A few words for each state: they stand under the titles of the walls, where there is no room for more."""


@dataclass(frozen=True, slots=True)
class LineWords:
    """How a line of defence is called, and what it is there for."""

    title: str
    guards: str


LINES: Final = {
    Layer.NETWORK: LineWords("Network", "Packets from outside do not get to a management port."),
    Layer.BASTION: LineWords("Bastion", "People come in through one broker, not straight to the machine."),
    Layer.JUST_IN_TIME: LineWords(
        "Just-in-time", "Management ports are shut until somebody asks, and shut again after."
    ),
    Layer.ROLES: LineWords("Roles", "Nobody holds standing power over the machine."),
    Layer.PIM: LineWords("PIM", "Power is activated for a while, with a reason and an approval."),
    Layer.CONDITIONAL_ACCESS: LineWords("Conditional Access", "Only the right people, on the right devices, sign in."),
    Layer.MONITORING: LineWords("Monitoring", "What happens is seen, and kept."),
    Layer.HOST: LineWords("Host", "The machine itself is hard to get into."),
}


def assessed_layers(rules: Iterable[Rule]) -> frozenset[Layer]:
    """The lines of defence that at least one rule asks about."""
    return frozenset(rule.layer for rule in rules)


def line_states(
    judged: tuple[tuple[str, LayerState], ...], assessed: frozenset[Layer]
) -> tuple[tuple[Layer, LineState], ...]:
    """All eight lines for one machine, outermost first, from its `layers`. A line without rules never "holds"."""
    found = dict(judged)
    return tuple(
        (layer, LineState(found.get(layer.value, LayerState.NOT_APPLICABLE).value))
        if layer in assessed
        else (layer, LineState.NOT_ASSESSED)
        for layer in Layer
    )
