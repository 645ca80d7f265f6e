"""Instances of Uniform scale sets take their place among the machines, and none of them vanishes.

An interface that was not read is taken from what the instance says of it, or else from its set's model, where the
instance has that model. A set that says it has more instances than were read stands for the rest itself.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from msgspec import structs

from vmaudit.estate.estate import Completeness
from vmaudit.estate.machines import unread_machine
from vmaudit.estate.resources import Key, NetworkInterface, VirtualMachine
from vmaudit.estate.scale_sets import Instance, ScaleSet, at_instance, set_of
from vmaudit.known import Read, Unknown

_Orchestration: TypeAlias = Literal["Uniform", "Flexible"] | None

_MACHINES: Final[Mapping[_Orchestration, tuple[str, ...]]] = {
    "Uniform": ("scale_set_instances",),
    "Flexible": ("virtual_machines",),
    None: ("scale_set_instances", "virtual_machines"),
}
"""The tables of a set's instances, by its orchestration."""
_INTERFACES: Final[Mapping[_Orchestration, tuple[str, ...]]] = {
    "Uniform": ("scale_set_interfaces",),
    "Flexible": ("network_interfaces",),
    None: ("scale_set_interfaces", "network_interfaces"),
}
"""The tables of their interfaces."""


@dataclass(frozen=True, slots=True)
class Instances:
    """What the instances of scale sets add to an estate."""

    machines: dict[Key, VirtualMachine] = field(default_factory=dict[Key, VirtualMachine])
    interfaces: dict[Key, NetworkInterface] = field(default_factory=dict[Key, NetworkInterface])
    """Those that were not read, as a model describes them."""
    unread: dict[Key, str] = field(default_factory=dict[Key, str])
    """Interfaces that were not read and that no model describes for sure, with the reason."""
    gaps: dict[str, str] = field(default_factory=dict[str, str])
    """Tables that don't hold everything, whatever the manifest says, with the reason."""


def join_instances(
    instances: Iterable[Instance],
    sets: Mapping[Key, Read[ScaleSet]],
    machines: Mapping[Key, VirtualMachine],
    given: Collection[Key],
    completeness: Callable[[str], Completeness],
) -> Instances:
    """Join instances to their sets. `machines` are the ordinary ones; of the interfaces in `given` the row is there.

    A set whose row can't be read is an Unknown among `sets`.
    """
    found = Instances()
    for instance in instances:
        if not _is_ordinary(instance.machine, machines):
            machine = _with_interfaces(instance, sets, given, found)
            found.machines[machine.key] = machine
    counted = Counter(one.scale_set or set_of(key) for key, one in (found.machines | dict(machines)).items())
    for key, scale_set in sets.items():
        reason = _missing(scale_set, counted[key], completeness)
        if reason:
            rest = unread_machine(key, reason) if isinstance(scale_set, Unknown) else _rest(scale_set, reason)
            found.machines[rest.key] = rest
            orchestration = None if isinstance(scale_set, Unknown) else scale_set.orchestration
            found.gaps.update(dict.fromkeys((*_MACHINES[orchestration], *_INTERFACES[orchestration]), reason))
    return found


def _is_ordinary(machine: VirtualMachine, machines: Mapping[Key, VirtualMachine]) -> bool:
    """Whether an instance is a machine that was read as such: `az vmss list-instances` lists Flexible ones too."""
    group, _, name = machine.key.partition("/virtualmachinescalesets/")
    twin = machines.get(f"{group}/virtualmachines/{name.rpartition('/')[2]}")
    return machine.key in machines or (twin is not None and twin.scale_set == machine.scale_set)


def _with_interfaces(
    instance: Instance,
    sets: Mapping[Key, Read[ScaleSet]],
    given: Collection[Key],
    found: Instances,
) -> VirtualMachine:
    """The instance as a machine; `found` takes the interfaces of it that were not read."""
    machine = instance.machine
    described = _described(instance, sets)
    known = {} if isinstance(described, Unknown) else {interface.key: interface for interface in described}
    named = machine.network_interfaces
    if isinstance(named, Unknown):
        named = named if isinstance(described, Unknown) else tuple(known)
    for key in () if isinstance(named, Unknown) else named:
        if key in given:
            continue
        interface = key.rpartition("/")[2]
        found.gaps.setdefault("scale_set_interfaces", f"interface {interface} of {machine.name} was not read")
        if key in known:
            found.interfaces[key] = known[key]
        elif isinstance(described, Unknown):
            found.unread[key] = described.reason
    return structs.replace(machine, network_interfaces=named)


def _described(instance: Instance, sets: Mapping[Key, Read[ScaleSet]]) -> Read[tuple[NetworkInterface, ...]]:
    """The interfaces as the instance's own row or, where it says nothing, its set's model describes them."""
    if not isinstance(instance.interfaces, Unknown):
        return instance.interfaces
    if instance.model_in_doubt:
        return Unknown(f"only a model is there, and {instance.model_in_doubt}")
    key = instance.machine.scale_set or ""
    scale_set = sets.get(key, Unknown(f"scale set {key.rpartition('/')[2]} is not in the evidence"))
    model = scale_set if isinstance(scale_set, Unknown) else scale_set.model
    if isinstance(model, Unknown):
        return Unknown(f"it has no row of its own, and {model.reason}")
    return tuple(at_instance(interface, instance.machine.id) for interface in model)


def _missing(scale_set: Read[ScaleSet], found: int, completeness: Callable[[str], Completeness]) -> str:
    """Why a set stands for instances that were not read, as a clause; "" where none is missing.

    A claim that the files hold all instances does not outweigh that the set says it has more.
    """
    gaps = list(_gaps(None if isinstance(scale_set, Unknown) else scale_set.orchestration, completeness))
    if not gaps:
        return ""
    if isinstance(scale_set, Unknown):
        return "" if found else scale_set.reason
    if isinstance(scale_set.capacity, Unknown):
        wanted = not found and scale_set.orchestration != "Flexible"
        return f"no instance of scale set {scale_set.name} was read, and {scale_set.capacity.reason}" if wanted else ""
    missing = scale_set.capacity - found
    says = f"{missing} of the {scale_set.capacity} instances of scale set {scale_set.name} were not read"
    return f"{says} ({gaps[0]})" if missing > 0 else ""


def _gaps(orchestration: _Orchestration, completeness: Callable[[str], Completeness]) -> Iterator[str]:
    """Why the instances of a set that were read need not be all: nobody measured that they are."""
    for table in _MACHINES[orchestration]:
        whole = completeness(table)
        if whole.asserted or not whole.complete:
            yield whole.reason or "the files are only asserted to hold all of them"


def _rest(scale_set: ScaleSet, reason: str) -> VirtualMachine:
    """The set in place of its instances that were not read."""
    machine = unread_machine(scale_set.id, reason)
    return structs.replace(machine, location=scale_set.location, tags=scale_set.tags, scale_set=scale_set.key)
