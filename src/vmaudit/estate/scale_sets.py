"""Scale sets and the instances of Uniform ones: from Azure's spellings to values (azure-facts 1.1).

Azure keeps an instance of a Uniform scale set, its interfaces and their public addresses below the set, each with a
type of its own. What an instance's interfaces look like also stands in the instance's row, and in the set's model.
"""

from dataclasses import dataclass
from typing import Final, Literal

from msgspec import UnsetType, structs

from vmaudit.estate.machines import key_of, keys_of, read_ip_configuration, read_machine, unread_machine
from vmaudit.estate.resources import IpConfiguration, Key, NetworkInterface, Resource, VirtualMachine
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.estate.wire import IpConfigurationRow
from vmaudit.estate.wire_scale_sets import (
    AddressModelBody,
    AddressModelRow,
    InstanceBody,
    InstanceRow,
    InterfaceModelBody,
    InterfaceModelRow,
    InterfaceModels,
    ScaleSetBody,
    ScaleSetRow,
)
from vmaudit.known import Read, Unknown

_ORCHESTRATIONS: Final[dict[str, Literal["Uniform", "Flexible"]]] = {"uniform": "Uniform", "flexible": "Flexible"}
_OWN_MODEL: Final = "virtualmachine"
"""`modelDefinitionApplied` of an instance that was changed for itself."""


class ScaleSet(Resource, frozen=True, gc=False):
    """A scale set: how many instances it says it has, and what its model makes of each."""

    location: str
    tags: tuple[tuple[str, str], ...]
    orchestration: Literal["Uniform", "Flexible"] | None
    """None where the row does not say, as in old API versions, which knew Uniform ones only."""
    capacity: Read[int]
    model: Read[tuple[NetworkInterface, ...]]
    """The interfaces of a new instance, as if the set itself were that instance."""


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance of a Uniform scale set, and what its own row says of its interfaces."""

    machine: VirtualMachine
    interfaces: Read[tuple[NetworkInterface, ...]]
    model_in_doubt: str = ""
    """Why the set's model may say something else than the instance has, as a clause; "" where it holds."""


def read_scale_set(row: ScaleSetRow) -> ScaleSet:
    """A scale set. Raises RowUnreadableError where an interface of its model has no name, or nothing was given."""
    body: ScaleSetBody = row if isinstance(row.properties, UnsetType) else row.properties
    name = row.id.rpartition("/")[2]
    profile = body.virtual_machine_profile
    models = _interfaces(profile.network_profile if profile else None, row.id)
    capacity = row.sku.capacity if row.sku else None
    if body.orchestration_mode is None and models is None and capacity is None:
        raise RowUnreadableError("its properties were left out (`az resource list` prints none)")
    return ScaleSet(
        id=row.id,
        location=row.location or "",
        tags=tuple(sorted((tag, value or "") for tag, value in (row.tags or {}).items())),
        orchestration=_ORCHESTRATIONS.get((body.orchestration_mode or "").lower()),
        capacity=Unknown(f"the row of scale set {name} does not say how many it has") if capacity is None else capacity,
        model=Unknown(f"the row of scale set {name} does not show its model") if models is None else models,
    )


def read_instance(row: InstanceRow) -> Instance:
    """An instance as a machine. Its interfaces are those that it names or, where it names none, those it describes."""
    body: InstanceBody = row if isinstance(row.properties, UnsetType) else row.properties
    machine = read_machine(row)
    described = _interfaces(body.network_profile_configuration, row.id)
    named = machine.network_interfaces
    if isinstance(named, Unknown) and described is not None:
        named = tuple(interface.key for interface in described)
    return Instance(
        structs.replace(machine, network_interfaces=named, scale_set=set_of(machine.key) or machine.scale_set),
        Unknown("its own row does not describe them") if described is None else described,
        _model_in_doubt(machine.name, body),
    )


def unread_instance(instance_id: str, reason: str) -> Instance:
    """An instance of which nothing but its id could be read."""
    machine = unread_machine(instance_id, reason)
    return Instance(structs.replace(machine, scale_set=set_of(machine.key)), Unknown(reason), reason)


def set_of(instance: Key) -> Key | None:
    """The scale set that an instance is kept below; None for the key of any other machine."""
    scale_set = instance.rpartition("/virtualmachines/")[0]
    return scale_set if "/virtualmachinescalesets/" in scale_set else None


def at_instance(model: NetworkInterface, instance_id: str) -> NetworkInterface:
    """An interface of a set's model as the one that an instance has of it."""
    interface_id = f"{instance_id}/networkInterfaces/{model.name}"
    key = interface_id.lower()
    return structs.replace(
        model,
        id=interface_id,
        virtual_machine=instance_id.lower(),
        ip_configurations=tuple(
            structs.replace(place, public_ip=place.public_ip and key + place.public_ip.removeprefix(model.key))
            for place in model.ip_configurations
        ),
    )


def _model_in_doubt(name: str, body: InstanceBody) -> str:
    if (body.model_definition_applied or "").lower() == _OWN_MODEL:
        return f"{name} was changed for itself, so the model of its scale set need not hold for it"
    if body.latest_model_applied is None:
        return f"nothing says whether {name} has the present model of its scale set"
    return "" if body.latest_model_applied else f"{name} does not have the present model of its scale set"


def _interfaces(models: InterfaceModels | None, owner_id: str) -> tuple[NetworkInterface, ...] | None:
    rows = models.network_interface_configurations if models else None
    return None if rows is None else tuple(_interface(row, owner_id) for row in rows)


def _interface(row: InterfaceModelRow, owner_id: str) -> NetworkInterface:
    body: InterfaceModelBody = row if isinstance(row.properties, UnsetType) else row.properties
    if not row.name:
        raise RowUnreadableError("an interface of its model has no name")
    interface_id = f"{owner_id}/networkInterfaces/{row.name}"
    return NetworkInterface(
        id=interface_id,
        virtual_machine=owner_id.lower(),
        security_group=key_of(body.network_security_group),
        ip_configurations=tuple(_address(place, interface_id.lower()) for place in body.ip_configurations or ()),
        ip_forwarding=body.enable_ip_forwarding is True,
        from_model=True,
    )


def _address(row: AddressModelRow, interface: Key) -> IpConfiguration:
    body: AddressModelBody = row if isinstance(row.properties, UnsetType) else row.properties
    found = read_ip_configuration(IpConfigurationRow(id=row.id, name=row.name, properties=body))
    public = body.public_ip_address_configuration
    below = f"{interface}/ipconfigurations/{found.name.lower()}/publicipaddresses"
    name = interface.rpartition("/")[2]
    return structs.replace(
        found,
        private_address=Unknown(f"network interface {name} was not read, so its address is not known"),
        public_ip=f"{below}/{(public.name or found.name).lower()}" if public else found.public_ip,
        load_balancer_nat_pools=keys_of(body.load_balancer_inbound_nat_pools),
    )
