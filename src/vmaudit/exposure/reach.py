"""Every way from the internet into every machine, with its proof (azure-facts 5).

A path is *proven* where everything it leans on was read. What was not read and could open a machine becomes a
*possible* path for just the ports that it could open; what was not read and could only close a path is an assumption
of that path.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from vmaudit.addresses import Intervals
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AdminAccess
from vmaudit.estate.resources import Access, IpConfiguration, Key, NetworkInterface, VirtualMachine
from vmaudit.exposure.hidden import admin_rule_assumption, asserted
from vmaudit.exposure.inside import InsideWays
from vmaudit.exposure.paths import (
    Certainty,
    Hop,
    Inside,
    MachineExposure,
    Opening,
    Origin,
    OriginKind,
    Path,
    Witness,
)
from vmaudit.exposure.proof import likely_port, machine_hop, witness
from vmaudit.exposure.security_groups import Crossing
from vmaudit.exposure.service_tags import other_times
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
    inside: InsideWays
    asserted: tuple[str, ...]
    taken_for_granted: tuple[str, ...]


def expose(estate: Estate) -> dict[Key, MachineExposure]:
    """All ways from the internet into every machine, by the machine's key."""
    situations = Situations(estate)
    survey = _Survey(
        estate=estate,
        situations=situations,
        doors=FrontDoors(estate),
        inside=InsideWays(estate, situations),
        asserted=(*asserted(estate), *other_times(estate)),
        taken_for_granted=admin_rule_assumption(estate),
    )
    return {key: _expose_machine(survey, machine) for key, machine in estate.machines.items()}


def _expose_machine(survey: _Survey, machine: VirtualMachine) -> MachineExposure:
    blind: list[str] = []
    paths: list[Path] = []
    openings: list[Opening] = []
    inside: list[Inside] = []
    door = machine_hop(machine)
    for found in interfaces(survey.estate, machine):
        if isinstance(found, Unknown):
            blind.append(found.reason)
            continue
        for configuration in found.ip_configurations:
            admission = survey.situations.admission(found, configuration)
            openings += _openings(admission)
            paths += _paths(survey, machine, door, found, configuration, admission)
            private = survey.inside.of(found, configuration, admission)
            if private is not None:
                inside.append(private)
    known: Read[tuple[Opening, ...]] = Unknown(blind[0]) if blind else tuple(dict.fromkeys(openings))
    return MachineExposure(
        machine=machine.key,
        paths=tuple(paths),
        public_openings=known,
        blind_spots=tuple(blind),
        assumptions=survey.asserted,
        inside=tuple(inside),
        live=_live(machine),
        door=door,
    )


def _live(machine: VirtualMachine) -> Read[bool]:
    return machine.power if isinstance(machine.power, Unknown) else machine.power.answers


def interfaces(estate: Estate, machine: VirtualMachine) -> Iterator[Read[NetworkInterface]]:
    """The network interfaces of a machine, each read or not."""
    if isinstance(machine.network_interfaces, Unknown):
        yield machine.network_interfaces
        return
    for key in machine.network_interfaces:
        yield estate.find(estate.network_interfaces, key, "network interface")


def _openings(admission: Admission) -> Iterator[Opening]:
    """What NSGs admit from public sources; without any NSG there is no rule that could be at fault (NET-002)."""
    return iter(()) if admission.governed is False else openings_of(admission.from_public)


def openings_of(crossings: Iterable[Crossing]) -> Iterator[Opening]:
    """What NSGs admit, out of crossings from public sources that are not denied."""
    for crossing in crossings:
        if _admitted_by_groups(crossing):
            box, doubts = crossing.box, crossing.doubts
            certainty = Certainty.POSSIBLE if crossing.access is None else Certainty.PROVEN
            yield Opening(box.remote, box.protocol, box.destination_ports, certainty, doubts[0] if doubts else "")


def _admitted_by_groups(crossing: Crossing) -> bool:
    """Whether the NSGs were asked and none of them denied: a security admin rule may have let the packets past them."""
    asked = crossing.admin is None or AdminAccess.ALLOW in crossing.admin.ways
    return asked and not any(ruling and ruling.access is Access.DENY for _, ruling in crossing.steps)


def _paths(
    survey: _Survey,
    machine: VirtualMachine,
    door: Hop,
    interface: NetworkInterface,
    configuration: IpConfiguration,
    admission: Admission,
) -> Iterator[Path]:
    found = drafts(survey.estate, survey.situations, survey.doors, interface, configuration, admission)
    if not found:
        return
    live = _live(machine)
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
    packet = witness(draft.protocol, draft.sources, draft.source_ports, ports, configuration.private_address)
    frontend = draft.frontend(ports)
    if frontend is None or frontend.address is None:
        return packet
    aimed_at = packet.private_port if frontend.ports == ports else likely_port(frontend.ports)
    return replace(packet, destination=frontend.address, destination_port=aimed_at)
