"""The facts that rules may ask for, by name."""

from typing import Final

from vmaudit.assess.facts import bastion, bastion_subnet, exposure, interfaces, jit, machine
from vmaudit.assess.facts.fact import Fact

FACTS: Final[dict[str, Fact]] = {
    fact.name: fact
    for fact in sorted(
        (*exposure.FACTS, *interfaces.FACTS, *bastion.FACTS, *bastion_subnet.FACTS, *jit.FACTS, *machine.FACTS),
        key=lambda fact: fact.name,
    )
}
