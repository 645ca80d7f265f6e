"""Drafts of paths: every entry of an ip configuration sent through the rules before it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from vmaudit.addresses import (
    ALL_PORTS,
    NOTHING,
    PUBLIC,
    Intervals,
    covers,
    difference,
    intersection,
    overlaps,
    size,
    union,
)
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AdminAccess
from vmaudit.estate.resources import IpConfiguration, Key, NetworkInterface, Protocol
from vmaudit.exposure.application_gateways import gateway_entries
from vmaudit.exposure.balancers import Backends, balancer_entries
from vmaudit.exposure.breadth import reach, segments, union_of
from vmaudit.exposure.entries import Entry, configuration_key
from vmaudit.exposure.firewalls import firewall_entries
from vmaudit.exposure.hidden import Arrival, HiddenWay, HiddenWays
from vmaudit.exposure.paths import Certainty, Code, Frontend, Hop, Reach
from vmaudit.exposure.proof import admin_hop, no_group_hop, public_ip_hop, stage_hops
from vmaudit.exposure.security_groups import Crossing
from vmaudit.exposure.situations import DOORS, Admission, Situations, family
from vmaudit.exposure.surroundings import CLOUD_WIDE_TAG, SURELY_AZURE
from vmaudit.known import Read, Unknown


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A way in before it is known how wide it is."""

    protocol: Protocol
    sources: Intervals
    source_ports: Intervals
    ports: Intervals
    hops: tuple[Hop, ...]
    entry: Entry | None
    doubts: tuple[str, ...]
    cloud_wide: bool = False

    @property
    def certainty(self) -> Certainty:
        """Proven where nothing is in doubt."""
        return Certainty.POSSIBLE if self.doubts else Certainty.PROVEN

    def frontend(self, ports: Intervals) -> Frontend | None:
        """What an outsider sees of the machine's `ports`."""
        if self.entry is None:
            return None
        outer = ports if self.entry.machine_ports is None else self.entry.frontend_ports
        return Frontend(self.entry.kind, self.entry.resource, self.entry.address, outer)


class FrontDoors:
    """All entries of an estate by ip configuration, found once."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        backends = Backends(estate)
        self._published: dict[Key, list[Entry]] = defaultdict(list)
        for publish in (balancer_entries, gateway_entries, firewall_entries):
            for key, entries in publish(estate, backends).items():
                self._published[key] += entries
        self.hidden = HiddenWays(estate, backends)

    def of(self, interface: NetworkInterface, configuration: IpConfiguration) -> tuple[Entry, ...]:
        """Every entry of one ip configuration: its own public IP first, then what publishes it."""
        own = (_own_public_ip(self._estate, configuration),) if configuration.public_ip else ()
        if not self._published:
            return own
        return (*own, *self._published.get(configuration_key(interface.key, configuration.name), ()))


def _own_public_ip(estate: Estate, configuration: IpConfiguration) -> Entry:
    key = configuration.public_ip or ""
    public_ip = estate.find(estate.public_ips, key, "public IP")
    sku: Read[str] = public_ip if isinstance(public_ip, Unknown) else public_ip.sku
    return Entry(
        kind="public-ip",
        resource=key if isinstance(public_ip, Unknown) else public_ip.id,
        rule="",
        address=None if isinstance(public_ip, Unknown) else public_ip.address,
        protocols=frozenset(DOORS),
        frontend_ports=ALL_PORTS,
        machine_ports=None,
        hops=(public_ip_hop(public_ip, key, configuration),),
        open_without_group=sku if isinstance(sku, Unknown) else sku == "Basic",
    )


def drafts(
    situations: Situations,
    interface: NetworkInterface,
    configuration: IpConfiguration,
    entries: tuple[Entry, ...],
    hidden: tuple[HiddenWay, ...],
    internet_wide: int,
) -> list[Draft]:
    """All ways into one ip configuration that are open or can't be ruled out; see `by_reach` for `internet_wide`."""
    admission = situations.admission(interface, configuration)
    found: list[Draft] = []
    for entry in entries:
        rules = admission if entry.seen_at is None else situations.admission(interface, configuration, entry.seen_at)
        found += _through(entry, rules, configuration)
    return found + list(
        _hidden(hidden, configuration, admission, list(_proven(found, internet_wide)) if hidden else [])
    )


def _through(entry: Entry, admission: Admission, configuration: IpConfiguration) -> Iterator[Draft]:
    """One entry sent through the rules: one draft per crossing that is not denied."""
    word = _without_group(entry, admission)
    anyone = intersection(entry.clients.may, intersection(PUBLIC, family(configuration.version)))
    crossings = admission.from_public if entry.seen_as is None else admission.situation.admitted(entry.seen_as)
    for crossing in crossings:
        box = crossing.box
        ports = intersection(box.destination_ports, entry.ports)
        if not ports or box.protocol not in entry.protocols:
            continue
        doubt = _doubt_without_group(entry, admission, crossing)
        if word is not None and word.decision == "Deny" and not doubt:
            continue
        clients = intersection(box.remote, anyone) if entry.seen_as is None else anyone
        hops = (*entry.hops, *admin_hop(crossing), *((word,) if word else ()), *stage_hops(admission.stages, crossing))
        doubts = (*entry.doubts, *crossing.doubts, *doubt)
        sure = intersection(clients, entry.clients.must)
        for sources, why in ((sure, doubts), (difference(clients, sure), (*doubts, entry.clients.doubt))):
            if sources:
                wide = _lets_the_whole_cloud_in(crossing, sources)
                yield Draft(box.protocol, sources, box.source_ports, ports, hops, entry, why, wide)


def _without_group(entry: Entry, admission: Admission) -> Hop | None:
    """The SKU's own word, asked only where no NSG stands; where one may stand, the crossing is in doubt already."""
    return no_group_hop(entry) if admission.governed is False else None


def _doubt_without_group(entry: Entry, admission: Admission, crossing: Crossing) -> tuple[str, ...]:
    """Why it can't be said whether an entry lets packets through where no NSG stands, or where perhaps none does."""
    if admission.governed is True or entry.open_without_group is True:
        return ()
    if admission.governed is False and isinstance(entry.open_without_group, Unknown):
        return (f"no NSG stands before it, and {entry.open_without_group.reason}",)
    if crossing.admin is not None and AdminAccess.ALWAYS_ALLOW in crossing.admin.ways:
        return ("whether a security admin rule opens a Standard address without any NSG is not documented",)
    return ()


def _lets_the_whole_cloud_in(crossing: Crossing, sources: Intervals) -> bool:
    """Whether a rule for all of Azure lets strangers' machines in, and nothing else narrows it down to some of them."""
    named = any(
        ruling is not None and any(tag.lower() == CLOUD_WIDE_TAG for tag in ruling.rule.source.tags)
        for _, ruling in crossing.steps
    )
    return named and 2 * size(intersection(sources, SURELY_AZURE)) > size(SURELY_AZURE)


def _hidden(
    ways: tuple[HiddenWay, ...], configuration: IpConfiguration, admission: Admission, proven: list["_Proven"]
) -> Iterator[Draft]:
    """Ways that the evidence does not rule out, for the ports that they could open and that are not open anyway."""
    for way in ways:
        hops = tuple(Hop("", "Unknown", Code.ENTRY_NOT_READ, "", None, reason) for reason in way.reasons)
        for (protocol, sources, source_ports, doubts), ports in _could_open(way, configuration, admission).items():
            open_anyway = union_of(
                (door for door in proven if door.protocol is protocol and door.admits(sources)), lambda door: door.ports
            )
            left = difference(ports, open_anyway)
            if left:
                yield Draft(protocol, sources, source_ports, left, hops, None, (*way.reasons, *doubts))


@dataclass(frozen=True, slots=True)
class _Proven:
    """Ports of one protocol that are proven open to the same sources."""

    protocol: Protocol
    ports: Intervals
    sources: Intervals
    reach: Reach

    def admits(self, sources: Intervals) -> bool:
        """Whether these sources get in anyway, be it because everybody does."""
        return self.reach is Reach.INTERNET or covers(self.sources, sources)


def _proven(known: list[Draft], internet_wide: int) -> Iterator[_Proven]:
    for protocol in DOORS:
        mine = [draft for draft in known if draft.protocol is protocol and not draft.doubts]
        for segment in segments(draft.ports for draft in mine):
            sharing = [draft for draft in mine if overlaps(draft.ports, segment)]
            sources = union_of(sharing, lambda draft: draft.sources)
            yield _Proven(protocol, segment, sources, _together(sharing, internet_wide))


_Clients: TypeAlias = tuple[Protocol, Intervals, Intervals, tuple[str, ...]]
"""Protocol, sources, source ports, and why it is in doubt whether the rules let them in."""


def _could_open(way: HiddenWay, configuration: IpConfiguration, admission: Admission) -> dict[_Clients, Intervals]:
    """The ports at which a hidden way would get past the rules, by the clients that could use it."""
    anyone = intersection(PUBLIC, family(configuration.version))
    if way.arrival is Arrival.UNCHECKED:
        return {(protocol, anyone, ALL_PORTS, ()): way.ports for protocol in DOORS}
    keeps_address = way.arrival is Arrival.CLIENT
    found: dict[_Clients, Intervals] = {}
    for crossing in admission.from_public if keeps_address else admission.from_private:
        box = crossing.box
        clients: _Clients = (box.protocol, anyone, ALL_PORTS, ())
        if keeps_address:
            clients = (box.protocol, box.remote, box.source_ports, crossing.doubts)
        ports = intersection(box.destination_ports, way.ports)
        if ports:
            found[clients] = union(found.get(clients, NOTHING), ports)
    return found


def by_reach(found: list[Draft], internet_wide: int) -> Iterator[tuple[Draft, Intervals, Reach]]:
    """Each draft with its ports cut by how wide the door is there: prefixes of several rules add up (NET-001).

    So many public IPv4 addresses as `internet_wide` are the internet at large.
    """
    for protocol in DOORS:
        mine = [draft for draft in found if draft.protocol is protocol]
        if len(mine) == 1:  # as with most machines, and there is nothing to cut
            yield mine[0], mine[0].ports, _width(mine[0], mine, internet_wide)
            continue
        cuts = [
            (segment, [d for d in mine if overlaps(d.ports, segment)]) for segment in segments(d.ports for d in mine)
        ]
        for draft in mine:
            widths: dict[Reach, Intervals] = {}
            for segment, sharing in cuts:
                if any(other is draft for other in sharing):
                    width = _width(draft, sharing, internet_wide)
                    widths[width] = union(widths.get(width, NOTHING), segment)
            for width in sorted(widths, key=lambda w: w.value):
                yield draft, widths[width], width


def _width(draft: Draft, sharing: list[Draft], internet_wide: int) -> Reach:
    """What is proven counts together; what is possible counts with everything."""
    return _together([other for other in sharing if not other.doubts or draft.doubts], internet_wide)


def _together(sharing: list[Draft], internet_wide: int) -> Reach:
    if any(draft.cloud_wide for draft in sharing):
        return Reach.INTERNET
    return reach(union_of(sharing, lambda draft: draft.sources), internet_wide)
