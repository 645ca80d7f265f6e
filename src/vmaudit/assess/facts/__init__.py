"""The facts that rules may ask for, by name."""

from typing import Final

from vmaudit.assess.facts import (
    bastion,
    bastion_clients,
    bastion_features,
    bastion_subnet,
    bastion_traffic,
    defender,
    exposure,
    inside,
    interfaces,
    jit,
    jit_grants,
    jit_rules,
    jit_truth,
    machine,
    networks,
    publication,
)
from vmaudit.assess.facts.fact import Fact

_ALL: Final[tuple[Fact, ...]] = (
    *exposure.FACTS,
    *inside.FACTS,
    *publication.FACTS,
    *interfaces.FACTS,
    *networks.FACTS,
    *bastion.FACTS,
    *bastion_subnet.FACTS,
    *bastion_traffic.FACTS,
    *bastion_clients.FACTS,
    *bastion_features.FACTS,
    *jit.FACTS,
    *jit_truth.FACTS,
    *jit_rules.FACTS,
    *jit_grants.FACTS,
    *defender.FACTS,
    *machine.FACTS,
)
FACTS: Final[dict[str, Fact]] = {fact.name: fact for fact in sorted(_ALL, key=lambda fact: fact.name)}
