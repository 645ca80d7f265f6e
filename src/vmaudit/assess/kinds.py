"""The kinds of facts: what their values are, how a rule's example writes them, and how a sentence says them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from vmaudit import addresses
from vmaudit.addresses import Intervals
from vmaudit.assess.values import AtLeast, Event, Events, Names, Openings, Ports, Sku
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.breadth import reach
from vmaudit.exposure.paths import Certainty, Opening, Reach

_MOST_SHOWN: Final = 8
"""A sentence names so many things; the rest are counted."""
_DURATION: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


class MiswrittenError(ValueError):
    """What a rule writes is not what is asked for; the message says what would be: "a number, not 'x'"."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fact. `parse` reads what an example writes, or raises; `show` puts a value into words."""

    name: str
    doc: str
    parse: Callable[[Any], Any]
    show: Callable[[Any], str]


def listed(names: Iterable[str]) -> str:
    """Names as a sentence lists them; a long list is cut and counted.

    >>> listed(["a", "b", "c"]), listed([])
    ('a, b and c', 'none')
    """
    shown = list(names)
    return listed_of(shown, len(shown))


def listed_of(shown: Sequence[str], count: int) -> str:
    """The same for the first of `count` names, where making all of them would be waste."""
    left = count - _MOST_SHOWN
    if left > 1:
        return f"{', '.join(shown[:_MOST_SHOWN])} and {left} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown) or "none"


def minutes(written: Any) -> float:
    """A duration as rules write it: ISO 8601 or minutes. Raises MiswrittenError.

    >>> minutes("PT3H"), minutes("P1DT30M"), minutes(90)
    (180.0, 1470.0, 90.0)
    """
    if isinstance(written, int | float) and not isinstance(written, bool) and written >= 0:
        return float(written)
    match = _DURATION.fullmatch(written) if isinstance(written, str) else None
    if match is None or not any(match.groups()):
        raise MiswrittenError(f"a duration such as PT3H or a number of minutes, not {written!r}")
    days, hours, mins = (int(part or 0) for part in match.groups())
    return float(days * 1440 + hours * 60 + mins)


def minutes_text(count: float) -> str:
    """Minutes as people say them.

    >>> minutes_text(180), minutes_text(90), minutes_text(20)
    ('3 h', '1 h 30 min', '20 min')
    """
    hours, left = divmod(round(count), 60)
    return " ".join(text for number, text in ((hours, f"{hours} h"), (left, f"{left} min")) if number) or "0 min"


def port_set(written: Any) -> Intervals:
    """Ports as rules write them: a list of `22` or `"20-25"`. Raises MiswrittenError."""
    if not isinstance(written, list):
        raise MiswrittenError(f'a list of ports such as [22, "5985-5986"], not {written!r}')
    pairs: list[tuple[int, int]] = []
    for item in cast("list[Any]", written):
        try:
            pairs += addresses.ports(str(item))
        except ValueError as problem:
            raise MiswrittenError(f'a list of ports such as [22, "5985-5986"]; {item!r} is none') from problem
    return addresses.normalised(pairs)


def address_set(written: Any) -> Intervals:
    """Addresses as rules write them: a list of prefixes, or `any`. Raises MiswrittenError."""
    texts = name_list(written)
    try:
        return addresses.ANY_ADDRESS if texts == ("any",) else addresses.prefixes(texts)
    except ValueError as problem:
        raise MiswrittenError(f"a list of address prefixes; {problem}") from problem


def name_list(written: Any) -> tuple[str, ...]:
    """Names as rules write them: a list of texts. Raises MiswrittenError."""
    items: list[Any] = cast("list[Any]", written) if isinstance(written, list) else [None]
    if not all(isinstance(item, str) for item in items):
        raise MiswrittenError(f"a list of texts, not {written!r}")
    return tuple(cast("list[str]", items))


def sku(written: Any) -> Sku:
    """A SKU of Azure Bastion by its name. Raises MiswrittenError."""
    if not isinstance(written, str) or written not in Sku.__members__:
        raise MiswrittenError(f"one of {listed(Sku.__members__)}, not {written!r}")
    return Sku[written]


def fields(written: Any, allowed: tuple[str, ...]) -> Mapping[str, Any]:
    """A mapping that has no keys but `allowed`. Raises MiswrittenError."""
    found: dict[str, Any] = cast("dict[str, Any]", written) if isinstance(written, dict) else {"": written}
    strange = [key for key in found if key not in allowed]
    if strange:
        raise MiswrittenError(f"a mapping with the keys {listed(allowed)}, not {written!r}")
    return found


def _yes_no(written: Any) -> bool:
    if not isinstance(written, bool):
        raise MiswrittenError(f"true or false, not {written!r}")
    return written


def _text(written: Any) -> str:
    if not isinstance(written, str):
        raise MiswrittenError(f"a text, not {written!r}")
    return written


def _number(written: Any) -> float:
    if isinstance(written, bool) or not isinstance(written, int | float):
        raise MiswrittenError(f"a number, not {written!r}")
    return float(written)


def _amount(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Reads an amount, or `{at_least: amount, because: reason}` for one that was read in part."""

    def read(written: Any) -> Any:
        if not isinstance(written, dict):
            return parse(written)
        parts = fields(cast("Any", written), ("at_least", "because"))
        return AtLeast(parse(parts.get("at_least")), _text(parts.get("because")))

    return read


def _ports(written: Any) -> Ports:
    if isinstance(written, list):
        return Ports(port_set(cast("Any", written)))
    parts = fields(written, ("proven", "possible", "because"))
    proven = port_set(parts.get("proven", []))
    possible = addresses.difference(port_set(parts.get("possible", [])), proven)
    return Ports(proven, possible, _text(parts.get("because")))


def _names(written: Any) -> Names:
    if isinstance(written, list):
        return Names(tuple(sorted(name_list(cast("Any", written)))))
    parts = fields(written, ("proven", "because"))
    return Names(tuple(sorted(name_list(parts.get("proven", [])))), _text(parts.get("because")))


def _events(written: Any) -> Events:
    if isinstance(written, list):
        return Events(_listed_events(cast("Any", written)))
    parts = fields(written, ("proven", "back_to", "because"))
    found, because = _listed_events(parts.get("proven", [])), _text(parts.get("because"))
    read = "back_to" in parts
    return Events(found, back_to=minutes(parts["back_to"]), older=because) if read else Events(found, because)


def _listed_events(written: Any) -> tuple[Event, ...]:
    if not isinstance(written, list):
        raise MiswrittenError(f"a list of events, not {written!r}")
    given = [fields(item, ("what", "ago")) for item in cast("list[Any]", written)]
    return tuple(Event(_text(parts.get("what")), minutes(parts.get("ago"))) for parts in given)


def _openings(written: Any) -> Openings:
    if not isinstance(written, list):
        raise MiswrittenError(f"a list of openings, not {written!r}")
    return tuple(_opening(item) for item in cast("list[Any]", written))


def _opening(written: Any) -> Opening:
    parts = fields(written, ("sources", "protocol", "ports", "because", "origin"))
    reason = _text(parts.get("because", ""))
    protocol = parts.get("protocol")
    if protocol not in (Protocol.TCP.value, Protocol.UDP.value):
        raise MiswrittenError(f"the protocol TCP or UDP, not {protocol!r}")
    return Opening(
        sources=_opened_to(parts.get("sources")),
        protocol=Protocol(protocol),
        ports=port_set(parts.get("ports")),
        certainty=Certainty.POSSIBLE if reason else Certainty.PROVEN,
        reason=reason,
        origin=_text(parts.get("origin", "")),
    )


def _opened_to(written: Any) -> Intervals:
    """The sources of an opening; `any` is any public address."""
    sources = address_set(written)
    return addresses.PUBLIC if sources == addresses.ANY_ADDRESS else sources


def _show_ports(value: Ports) -> str:
    proven = listed(addresses.port_texts(value.proven))
    if not value.possible:
        return proven
    possible = f"possibly {listed(addresses.port_texts(value.possible))}"
    return f"{proven}, {possible}" if value.proven else possible


def with_protocol(protocol: Protocol) -> Callable[[Ports], str]:
    """How a sentence says ports of one protocol: "TCP 22 and 3389"."""

    def shown(value: Ports) -> str:
        nothing = not (value.proven or value.possible)
        return f"no {protocol.value} port" if nothing else f"{protocol.value} {_show_ports(value)}"

    return shown


def _show_names(value: Names) -> str:
    return f"{listed(value.proven)}, possibly more" if value.more else listed(value.proven)


def _show_events(value: Events) -> str:
    names = listed(dict.fromkeys(event.what for event in value.proven))
    return f"{names}, possibly more" if value.more else names


def _show_openings(value: Openings) -> str:
    """`TCP 22 and UDP 53 from 203.0.113.0/24`: what has the same source together, then what has the same ports."""
    by_source: dict[tuple[str, str], dict[str, Intervals]] = {}
    for opening in value:
        before = "possibly " if opening.certainty is Certainty.POSSIBLE else ""
        doors = by_source.setdefault((opening.origin or sources_text(opening.sources), before), {})
        protocol = opening.protocol.value
        doors[protocol] = addresses.union(doors.get(protocol, ()), opening.ports)
    by_doors: dict[str, list[str]] = {}
    for (source, before), doors in by_source.items():
        said = listed(f"{protocol} {listed(addresses.port_texts(ports))}" for protocol, ports in doors.items())
        by_doors.setdefault(before + said, []).append(source)
    return listed(f"{doors} from {listed(sources)}" for doors, sources in by_doors.items())


def sources_text(sources: Intervals) -> str:
    """Where packets may come from, as people say it."""
    if reach(sources) is Reach.INTERNET:
        return "the internet at large"
    return listed(addresses.prefix_texts(sources))


def _shown_amount(show: Callable[[Any], str]) -> Callable[[Any], str]:
    def shown(value: AtLeast[Any] | Any) -> str:
        return f"at least {show(cast('AtLeast[Any]', value).least)}" if isinstance(value, AtLeast) else show(value)

    return shown


def _show_number(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ")


def _show_yes_no(value: object) -> str:
    return "yes" if value else "no"


def _show_sku(value: Sku) -> str:
    return value.name


YES_NO: Final = Kind("yes or no", "`true` or `false`", _yes_no, _show_yes_no)
TEXT: Final = Kind("text", "a text", _text, str)
NUMBER: Final = Kind(
    "number", "a number, or `{at_least: 27, because: ...}`", _amount(_number), _shown_amount(_show_number)
)
MINUTES: Final = Kind(
    "duration",
    "minutes or ISO 8601, or `{at_least: PT3H, because: ...}`",
    _amount(minutes),
    _shown_amount(minutes_text),
)
SKU: Final = Kind("SKU", "a Bastion SKU, or `{at_least: Basic, because: ...}`", _amount(sku), _shown_amount(_show_sku))
PORTS: Final = Kind("ports", '`[22, "80-90"]`, or `{proven: [22], possible: [23], because: ...}`', _ports, _show_ports)
NAMES: Final = Kind("names", "`[a, b]`, or `{proven: [a], because: ...}`", _names, _show_names)
EVENTS: Final = Kind(
    "events",
    "`[{what: ..., ago: P3D}]` (`ago` as ISO 8601 or in minutes), or `{proven: [...], because: ...}`, with "
    "`back_to: P30D` where these are all since then",
    _events,
    _show_events,
)
OPENINGS: Final = Kind(
    "openings",
    "`[{sources: [203.0.113.0/24], protocol: TCP, ports: [22]}]`, each with `because: ...` if it is only possible "
    "and with `origin: ...` if words say better who it is",
    _openings,
    _show_openings,
)
