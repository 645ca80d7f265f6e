"""Every way from the internet into every machine, with its proof (azure-facts 5).

A path is *proven* where everything it leans on was read. What was not read and could open a machine becomes a
*possible* path for just the ports that it could open; what was not read and could only close a path is an assumption
of that path.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from vmaudit.addresses import Intervals
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import IpConfiguration, Key, NetworkInterface, VirtualMachine
from vmaudit.exposure.hidden import admin_rule_assumption, asserted
from vmaudit.exposure.paths import Certainty, MachineExposure, Opening, Origin, OriginKind, Path, Witness
from vmaudit.exposure.proof import likely_port, machine_hop, witness
from vmaudit.exposure.situations import Admission, Situations
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
    asserted: tuple[str, ...]
    taken_for_granted: tuple[str, ...]


def expose(estate: Estate) -> dict[Key, MachineExposure]:
    """All ways from the internet into every machine, by the machine's key."""
    survey = _Survey(estate, Situations(estate), FrontDoors(estate), asserted(estate), admin_rule_assumption(estate))
    return {key: _expose_machine(survey, machine) for key, machine in estate.machines.items()}


def _expose_machine(survey: _Survey, machine: VirtualMachine) -> MachineExposure:
    blind: list[str] = []
    paths: list[Path] = []
    openings: list[Opening] = []
    for found in interfaces(survey.estate, machine):
        if isinstance(found, Unknown):
            blind.append(found.reason)
            continue
        for configuration in found.ip_configurations:
            admission = survey.situations.admission(found, configuration)
            openings += _openings(admission)
            paths += _paths(survey, machine, found, configuration, admission)
    known: Read[tuple[Opening, ...]] = Unknown(blind[0]) if blind else tuple(dict.fromkeys(openings))
    return MachineExposure(machine.key, tuple(paths), known, tuple(blind), survey.asserted)


def interfaces(estate: Estate, machine: VirtualMachine) -> Iterator[Read[NetworkInterface]]:
    """The network interfaces of a machine, each read or not."""
    if isinstance(machine.network_interfaces, Unknown):
        yield machine.network_interfaces
        return
    for key in machine.network_interfaces:
        yield estate.find(estate.network_interfaces, key, "network interface")


def _openings(admission: Admission) -> Iterator[Opening]:
    """What NSGs admit from public sources; without any NSG there is no rule that could be at fault (NET-002)."""
    if admission.governed is False:
        return
    for crossing in admission.from_public:
        box, doubts = crossing.box, crossing.doubts
        certainty = Certainty.POSSIBLE if crossing.access is None else Certainty.PROVEN
        yield Opening(box.remote, box.protocol, box.destination_ports, certainty, doubts[0] if doubts else "")


def _paths(
    survey: _Survey,
    machine: VirtualMachine,
    interface: NetworkInterface,
    configuration: IpConfiguration,
    admission: Admission,
) -> Iterator[Path]:
    found = drafts(survey.estate, survey.situations, survey.doors, interface, configuration, admission)
    if not found:
        return
    door = machine_hop(machine)
    live: Read[bool] = machine.power if isinstance(machine.power, Unknown) else machine.power.answers
    for draft, ports, width in by_reach(found):
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
            assumptions=() if draft.doubts else survey.taken_for_granted,
        )


def _witness(draft: Draft, ports: Intervals, configuration: IpConfiguration) -> Witness:
    """One packet of the draft, aimed at the frontend where there is one."""
    packet = witness(draft.protocol, draft.sources, draft.source_ports, ports, configuration)
    frontend = draft.frontend(ports)
    if frontend is None or frontend.address is None:
        return packet
    aimed_at = packet.private_port if frontend.ports == ports else likely_port(frontend.ports)
    return replace(packet, destination=frontend.address, destination_port=aimed_at)
