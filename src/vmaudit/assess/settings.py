"""Parameters of rules that change what facts say, and not only what a rule asks of them.

A rule file names one with `sets`. Where no rule does, the value is what it has always been.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from vmaudit.addresses import Intervals
from vmaudit.assess.kinds import MiswrittenError, name_list, port_set
from vmaudit.assess.rule import Rule
from vmaudit.exposure.breadth import INTERNET_WIDE_IPV4

_WIDEST: Final = 1 << 30
"""A quarter of IPv4. Were more allowed, a door that is open to anyone but a few countries would not count as open."""


_MOST_APPROVERS: Final = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """What facts lean on."""

    internet_wide_ipv4: int = INTERNET_WIDE_IPV4
    """So many public IPv4 addresses are the internet at large."""
    windows_ports: Intervals = ((3389, 3389), (5985, 5986))
    """TCP ports that a Windows machine is managed on."""
    linux_ports: Intervals = ((22, 22),)
    """TCP ports that a Linux machine is managed on."""
    break_glass: tuple[str, ...] = ()
    """Object ids of the accounts for emergencies."""
    no_approval_roles: tuple[str, ...] = ("reader",)
    """Names of roles, in lower case, that anybody may activate alone."""
    min_approvers: int = 2
    """So many people have to be able to approve an activation."""


DEFAULTS: Final = Settings()


def _count_of_addresses(written: Any) -> int:
    if isinstance(written, bool) or not isinstance(written, int) or not 1 <= written <= _WIDEST:
        raise MiswrittenError(f"a whole number from 1 to {_WIDEST}, not {written!r}")
    return written


def _ids(written: Any) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in name_list(written))


def _few(written: Any) -> int:
    if isinstance(written, bool) or not isinstance(written, int) or not 1 <= written <= _MOST_APPROVERS:
        raise MiswrittenError(f"a whole number from 1 to {_MOST_APPROVERS}, not {written!r}")
    return written


SETTINGS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "internet_wide_ipv4": _count_of_addresses,
    "windows_ports": port_set,
    "linux_ports": port_set,
    "break_glass": _ids,
    "no_approval_roles": _ids,
    "min_approvers": _few,
}
"""What can be set, and how the value is read from what a parameter says; each raises MiswrittenError."""


def settings_in_force(rules: Iterable[Rule]) -> Settings:
    """What the parameters of these rules set, as they are configured."""
    set_by = [parameter for rule in rules for parameter in rule.parameters if parameter.sets]
    values: dict[str, Any] = {parameter.sets: SETTINGS[parameter.sets](parameter.value) for parameter in set_by}
    return Settings(**values)
