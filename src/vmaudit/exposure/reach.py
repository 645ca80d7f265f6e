"""Every way from the internet into every machine, with its proof (azure-facts 5).

A path is *proven* where everything it leans on was read. What was not read and could open a machine becomes a
*possible* path for just the ports that it could open; what was not read and could only close a path is an assumption
of that path.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from vmaudit.addresses import Intervals
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import IpConfiguration, Key, NetworkInterface, VirtualMachine
from vmaudit.exposure.breadth import INTERNET_WIDE_IPV4
from vmaudit.exposure.hidden import admin_rule_assumption, asserted
from vmaudit.exposure.paths import MachineExposure, Origin, OriginKind, Path, Witness
from vmaudit.exposure.places import Places
from vmaudit.exposure.proof import likely_port, machine_hop, witness
from vmaudit.exposure.service_tags import other_times
from vmaudit.exposure.situations import EVERY_PORT, Situations
from vmaudit.exposure.voices import Ports
from vmaudit.exposure.ways import Draft, FrontDoors, by_reach, drafts
from vmaudit.known import Read, Unknown

INTERNET: Final = Origin(OriginKind.INTERNET)
"""Where the paths of this module start."""


@dataclass(frozen=True, slots=True)
class _Survey:
    """What is the same for all machines of an estate."""

    estate: Estate
    situations: Situations
    doors: FrontDoors
    places: Places
    asserted: tuple[str, ...]
    taken_for_granted: tuple[str, ...]
    internet_wide: int


def expose(
    estate: Estate, ports: Ports = EVERY_PORT, internet_wide: int = INTERNET_WIDE_IPV4
) -> dict[Key, MachineExposure]:
    """All ways from the internet into every machine, by the machine's key.

    `ports` are those in question on the inside and where nothing public leads: a fleet's audit asks for few of them.
    From so many public IPv4 addresses as `internet_wide` on, a path is open to the internet at large.
    """
    situations = Situations(estate)
    survey = _Survey(
        estate=estate,
        situations=situations,
        doors=FrontDoors(estate),
        places=Places(estate, ports),
        asserted=(*asserted(estate), *other_times(estate)),
        taken_for_granted=admin_rule_assumption(estate),
        internet_wide=internet_wide,
    )
    return {key: _expose_machine(survey, machine) for key, machine in estate.machines.items()}


def _expose_machine(survey: _Survey, machine: VirtualMachine) -> MachineExposure:
    blind: list[str] = []
    paths: list[Path] = []
    read: list[NetworkInterface] = []
    entered = False
    for found in interfaces(survey.estate, machine):
        if isinstance(found, Unknown):
            blind.append(found.reason)
            continue
        read.append(found)
        for configuration in found.ip_configurations:
            entries = survey.doors.of(found, configuration)
            entered = entered or bool(entries)
            hidden = survey.doors.hidden.into(configuration, published=bool(entries))
            if entries or hidden:
                ways = drafts(survey.situations, found, configuration, entries, hidden, survey.internet_wide)
                paths += _paths(survey, machine, found, configuration, ways)
    return MachineExposure(
        machine=machine,
        paths=tuple(paths),
        blind_spots=tuple(blind),
        finder=survey.places,
        interfaces=tuple(read),
        assumptions=survey.asserted,
        entered=entered,
    )


def interfaces(estate: Estate, machine: VirtualMachine) -> Iterator[Read[NetworkInterface]]:
    """The network interfaces of a machine, each read or not."""
    if isinstance(machine.network_interfaces, Unknown):
        yield machine.network_interfaces
        return
    for key in machine.network_interfaces:
        yield estate.find(estate.network_interfaces, key, "network interface")


def _paths(
    survey: _Survey,
    machine: VirtualMachine,
    interface: NetworkInterface,
    configuration: IpConfiguration,
    found: list[Draft],
) -> Iterator[Path]:
    live, door = machine.live, machine_hop(machine)
    for draft, ports, width in by_reach(found, survey.internet_wide):
        yield Path(
            origin=INTERNET,
            reach=width,
            live=live,
            certainty=draft.certainty,
            protocol=draft.protocol,
            ports=ports,
            source_ports=draft.source_ports,
            frontend=draft.frontend(ports),
            sources=draft.sources,
            network_interface=interface.id,
            ip_configuration=configuration.name,
            hops=(*draft.hops, door),
            witness=_witness(draft, ports, configuration),
            blind_spots=tuple(dict.fromkeys(draft.doubts)),
            assumptions=_assumptions(survey, interface, draft),
        )


def _assumptions(survey: _Survey, interface: NetworkInterface, draft: Draft) -> tuple[str, ...]:
    """What a proven path takes for granted. A possible one says what was not read among its blind spots."""
    if draft.doubts:
        return ()
    model = (f"{interface.name} is as its scale set describes it: its own row was not read",)
    entry = draft.entry.assumptions if draft.entry else ()
    return (*survey.taken_for_granted, *entry, *(model if interface.from_model else ()))


def _witness(draft: Draft, ports: Intervals, configuration: IpConfiguration) -> Witness:
    """One packet of the draft, aimed at the frontend where there is one."""
    packet = witness(draft.protocol, draft.sources, draft.source_ports, ports, configuration.private_address)
    frontend = draft.frontend(ports)
    if frontend is None or frontend.address is None:
        return packet
    aimed_at = packet.private_port if frontend.ports == ports else likely_port(frontend.ports)
    return replace(packet, destination=frontend.address, destination_port=aimed_at)
