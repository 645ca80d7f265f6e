"""Azure's JSON of scale sets and of the instances that Uniform ones have (azure-facts 1.1; recorded bodies)."""

from msgspec import UNSET, UnsetType, field

from vmaudit.estate.rows import Reference
from vmaudit.estate.wire import IpConfigurationBody, References, Sku, Wire
from vmaudit.estate.wire_machines import MachineBody, MachineIdentity


class PublicIpModel(Wire):
    """The public IP address that each instance gets."""

    name: str | None = None


class AddressModelBody(IpConfigurationBody):
    """One address that an interface of each instance gets."""

    public_ip_address_configuration: PublicIpModel | None = field(default=None, name="publicIPAddressConfiguration")
    load_balancer_inbound_nat_pools: References = None


class AddressModelRow(AddressModelBody, kw_only=True):
    """One address, nested or flat."""

    id: str | None = None
    name: str | None = None
    properties: AddressModelBody | UnsetType = UNSET


class InterfaceModelBody(Wire):
    """An interface that each instance gets."""

    network_security_group: Reference | None = None
    ip_configurations: tuple[AddressModelRow, ...] | None = None
    enable_ip_forwarding: bool | None = field(default=None, name="enableIPForwarding")


class InterfaceModelRow(InterfaceModelBody, kw_only=True):
    """An interface, nested or flat."""

    name: str | None = None
    properties: InterfaceModelBody | UnsetType = UNSET


class InterfaceModels(Wire):
    """The interfaces that each instance gets."""

    network_interface_configurations: tuple[InterfaceModelRow, ...] | None = None


class InstanceBody(MachineBody, kw_only=True):
    """What an instance of a Uniform scale set says beside what every machine does."""

    latest_model_applied: bool | None = None
    model_definition_applied: str | None = None
    """`VirtualMachineScaleSet`, or `VirtualMachine` where the instance has a model of its own."""
    network_profile_configuration: InterfaceModels | None = None
    """How the instance's own interfaces were made."""


class InstanceRow(InstanceBody, kw_only=True):
    """An instance of a Uniform scale set, nested or flat."""

    id: str
    location: str | None = None
    tags: dict[str, str | None] | None = None
    power_state: str | None = None
    identity: MachineIdentity | None = None
    properties: InstanceBody | UnsetType = UNSET


class ModelBody(Wire):
    """What each new instance becomes."""

    network_profile: InterfaceModels | None = None


class ScaleSetSku(Sku):
    """A scale set's SKU, with the number of its instances."""

    capacity: int | None = None


class ScaleSetBody(Wire):
    """What a scale set says."""

    orchestration_mode: str | None = None
    virtual_machine_profile: ModelBody | None = None


class ScaleSetRow(ScaleSetBody, kw_only=True):
    """A scale set, nested or flat."""

    id: str
    location: str | None = None
    tags: dict[str, str | None] | None = None
    sku: ScaleSetSku | None = None
    properties: ScaleSetBody | UnsetType = UNSET
