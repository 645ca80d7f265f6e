"""The device that somebody signs in from, as far as policies tell devices apart."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from vmaudit.access.conditional_access.choices import (
    COMPLIANT,
    HYBRID,
    NO_TRAITS,
    REGISTERED,
    Choice,
    Dimension,
    Traits,
    merged,
)
from vmaudit.access.conditional_access.device_rules import UNSURE, Attributes, Comparison, comparisons, holds
from vmaudit.access.conditional_access.levels import MAYBE, YES, Level, opposite
from vmaudit.estate.conditional_access import DeviceFilter, Policy

_MOST: Final = 512
"""So many kinds of devices are told apart; where filters ask for more, they are taken for not understood."""
_OTHER: Final = "\0other"
"""A value that no filter names."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of device: what it is called, and what is true of it."""

    words: str
    traits: Traits
    compliant: str | None
    trust: str | None


_KINDS: Final = (
    _Kind("a device that is not registered", NO_TRAITS, None, None),
    _Kind("a registered device that is not compliant", frozenset({REGISTERED}), "false", "workplace"),
    _Kind("a registered device that is not compliant", frozenset({REGISTERED}), "false", "azuread"),
    _Kind("a compliant device", frozenset({REGISTERED, COMPLIANT}), "true", "azuread"),
    _Kind("a compliant device", frozenset({REGISTERED, COMPLIANT}), "true", "workplace"),
    _Kind("a hybrid joined device", frozenset({REGISTERED, HYBRID}), "false", "serverad"),
    _Kind("a compliant hybrid joined device", frozenset({REGISTERED, COMPLIANT, HYBRID}), "true", "serverad"),
)
DEVICE_WORDS: Final = tuple(dict.fromkeys(kind.words for kind in _KINDS))
_OF_KIND: Final = frozenset({"iscompliant", "trusttype"})


def devices(policies: Sequence[Policy]) -> Dimension:
    """Every kind of device that filters or grant controls tell from others."""
    filters = [policy.device_filter for policy in policies]
    domains = _domains(filters)
    understood = domains is not None
    values = domains or {}
    matters = frozenset({REGISTERED}) | _told_apart(policies)
    told = [*sorted(values), *(["trusttype"] if _by_trust(filters) else [])]
    choices: list[Choice] = []
    for kind in _KINDS:
        for attributes in _attributes(kind, values):
            fits = tuple(_fits(one, attributes, understood=understood) for one in filters)
            choices.append(Choice((_words(kind, attributes, told),), fits, kind.traits & matters))
    return merged("device", choices)


def _told_apart(policies: Sequence[Policy]) -> Traits:
    """The states of devices that some policy asks for, or may filter by."""
    if any(policy.device_filter for policy in policies):
        return frozenset({COMPLIANT, HYBRID})
    controls = {control for policy in policies if policy.grant for control in policy.grant.controls}
    asked = {"compliantDevice": COMPLIANT, "domainJoinedDevice": HYBRID}
    return frozenset(trait for control, trait in asked.items() if control in controls)


def _by_trust(filters: Iterable[DeviceFilter | None]) -> bool:
    return any(test.attribute == "trusttype" for said in filters if said for test in comparisons(said.rule) or ())


def _fits(said: DeviceFilter | None, attributes: Attributes, *, understood: bool) -> Level:
    """Whether a policy's filter lets it apply to a device."""
    if said is None:
        return YES
    nothing_known = attributes["trusttype"] is None  # of a device that is not registered every rule can be told
    if not (understood or nothing_known) or said.mode not in {"include", "exclude"} or comparisons(said.rule) is None:
        return MAYBE
    found = holds(said.rule, attributes)
    return found if said.mode == "include" else opposite(found)


def _domains(filters: Iterable[DeviceFilter | None]) -> dict[str, tuple[str, ...]] | None:
    """Per attribute, beside those that the kinds of devices have: the values that make a difference.

    None where they can't be told, or are too many to try.
    """
    tests: dict[str, list[Comparison]] = defaultdict(list)
    for said in filters:
        for test in (comparisons(said.rule) if said else ()) or ():
            tests[test.attribute].append(test)
    number = 1
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted(tests.keys() - _OF_KIND):
        values = sorted({value for test in tests[name] for value in test.values})
        partial = any(test.operator not in {"eq", "in"} for test in tests[name])
        if partial and len(values) > 1:
            return None
        found[name] = (_OTHER, *values)
        number *= len(found[name])
        if number > _MOST:
            return None
    if any(test.operator not in {"eq", "in"} for name in _OF_KIND for test in tests.get(name, ())):
        return None
    return found


def _attributes(kind: _Kind, domains: dict[str, tuple[str, ...]]) -> Iterator[dict[str, str | None]]:
    """What a device of a kind may have. Extension attributes count on managed devices only."""
    own: dict[str, str | None] = {"iscompliant": kind.compliant, "trusttype": kind.trust}
    if kind.trust is None:
        yield own | dict.fromkeys(domains)
        return
    managed = COMPLIANT in kind.traits or HYBRID in kind.traits
    names = sorted(domains)
    choices = [(UNSURE,) if name.startswith("extensionattribute") and not managed else domains[name] for name in names]
    for values in product(*choices):
        yield own | dict(zip(names, values, strict=True))


def _words(kind: _Kind, attributes: Attributes, names: Iterable[str]) -> str:
    told = [f"{name} {attributes[name]!r}" for name in names if attributes[name] not in {None, _OTHER, UNSURE}]
    return f"{kind.words} with {' and '.join(told)}" if told else kind.words
