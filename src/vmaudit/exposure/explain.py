"""Why a door of one machine is open or closed to the internet, hop by hop."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from vmaudit.addresses import PUBLIC, covers, intersection, overlaps, prefix_texts, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import IpConfiguration, NetworkInterface, Protocol, VirtualMachine
from vmaudit.exposure.application_gateways import refusals
from vmaudit.exposure.balancers import Backends
from vmaudit.exposure.breadth import union_of
from vmaudit.exposure.entries import Entry, configuration_key
from vmaudit.exposure.inside import inside_paths
from vmaudit.exposure.paths import Closed, Code, Hop, MachineExposure, Path
from vmaudit.exposure.proof import admin_hop, no_group_hop, stage_hops
from vmaudit.exposure.reach import interfaces
from vmaudit.exposure.situations import Situations, family
from vmaudit.exposure.ways import FrontDoors
from vmaudit.known import Unknown

_MOST_PREFIXES: Final = 3


@dataclass(frozen=True, slots=True)
class Explanation:
    """One door of one machine: the ways through it, and everything that keeps others out."""

    machine: VirtualMachine
    protocol: Protocol
    port: int
    open: tuple[Path, ...]
    closed: tuple[Closed, ...]
    blind_spots: tuple[str, ...]
    inside: tuple[Path, ...] = ()
    """The ways through it from the inside; the verdict is about the internet."""

    @property
    def verdict(self) -> str:
        """`open`, `possibly open` or `closed`, from the internet."""
        if any(not path.blind_spots for path in self.open):
            return "open"
        return "possibly open" if self.open or self.blind_spots else "closed"


def explain(
    estate: Estate, exposure: MachineExposure, machine: VirtualMachine, protocol: Protocol, port: int
) -> Explanation:
    """Why `port` of `machine` is open or closed to the internet."""
    door = single(port)
    paths = tuple(_through(exposure.paths, protocol, port))
    situations, doors, backends = Situations(estate), FrontDoors(estate), Backends(estate)
    closed: list[Closed] = []
    for interface in interfaces(estate, machine):
        if isinstance(interface, Unknown):
            continue
        for configuration in interface.ip_configurations:
            here = configuration_key(interface.key, configuration.name)
            refused = tuple(refusals(estate, backends, here, port)) if protocol is Protocol.TCP else ()
            reasons = _reasons(situations, doors, interface, configuration, (protocol, port), refused)
            closed += [Closed(protocol, door, interface.id, configuration.name, hops) for hops in reasons]
    inside = tuple(_through(inside_paths(exposure), protocol, port))
    return Explanation(machine, protocol, port, paths, tuple(closed), exposure.blind_spots, inside)


def _through(paths: Iterable[Path], protocol: Protocol, port: int) -> Iterator[Path]:
    """The paths that lead to a door, each with a packet to that very door where no entry translates ports."""
    for path in paths:
        if path.protocol is protocol and overlaps(path.ports, single(port)):
            translated = path.frontend is not None and path.frontend.ports != path.ports
            packet = replace(path.witness, destination_port=port, private_port=port)
            yield path if translated else replace(path, witness=packet)


def _reasons(
    situations: Situations,
    doors: FrontDoors,
    interface: NetworkInterface,
    configuration: IpConfiguration,
    door: tuple[Protocol, int],
    refused: Iterable[tuple[Hop, ...]],
) -> list[tuple[Hop, ...]]:
    """Every way that this door is shut: the hops up to the one that denies."""
    protocol, port = door
    found: dict[tuple[Hop, ...], None] = {}
    entries = [
        entry
        for entry in doors.of(interface, configuration)
        if protocol in entry.protocols and overlaps(entry.ports, single(port))
    ]
    for entry in entries:
        admission = situations.admission(interface, configuration, entry.seen_at)
        if admission.governed is False and entry.open_without_group is False:
            found[(*entry.hops, no_group_hop(entry))] = None
        sources = admission.situation.outside.public if entry.seen_as is None else entry.seen_as
        for crossing in admission.stopped(protocol, port, sources):
            found[(*entry.hops, *admin_hop(crossing), *stage_hops(admission.stages, crossing))] = None
    found |= dict.fromkeys((*refused, *_excluded(entries, configuration)))
    if not entries and not found:
        admission = situations.admission(interface, configuration)
        stopped = admission.stopped(protocol, port, admission.situation.outside.public)
        behind = [stage_hops(admission.stages, crossing) for crossing in stopped] or [()]
        found |= {(_no_entry(configuration), *hops): None for hops in behind}
    return list(found)


def _excluded(entries: list[Entry], configuration: IpConfiguration) -> Iterator[tuple[Hop, ...]]:
    """The DNAT rules of each firewall that leads to the door, where there are clients that none of them is for."""
    anyone = intersection(PUBLIC, family(configuration.version))
    for firewall in dict.fromkeys(entry.resource for entry in entries if entry.kind == "firewall-dnat"):
        mine = [entry for entry in entries if entry.resource == firewall]
        if not covers(union_of(mine, lambda entry: entry.clients.may), anyone):
            yield from ((*entry.hops, _only_for(entry)) for entry in mine)


def _only_for(entry: Entry) -> Hop:
    prefixes = prefix_texts(entry.clients.may)
    named = ", ".join(prefixes[:_MOST_PREFIXES])
    more = f" and {len(prefixes) - _MOST_PREFIXES} more" if len(prefixes) > _MOST_PREFIXES else ""
    says = f"DNAT rule {entry.rule} leads there for {named}{more} only"
    return Hop(entry.resource, "Deny", Code.FIREWALL_DNAT_EXCLUDES, entry.rule, None, says)


def _no_entry(configuration: IpConfiguration) -> Hop:
    says = f"nothing public leads to ip configuration {configuration.name}"
    return Hop("", "Deny", Code.NO_PUBLIC_ENTRY, "", None, says)
