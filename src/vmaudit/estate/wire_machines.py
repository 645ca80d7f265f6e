"""Azure's JSON of virtual machines, as far as vmaudit reads it (azure-facts 1.1; recorded bodies)."""

from typing import Any

from msgspec import UNSET, UnsetType

from vmaudit.estate.rows import Reference
from vmaudit.estate.wire import References, Wire


class ManagedDisk(Wire):
    """The resource that a disk is; the model of a scale set names none."""

    id: str | None = None


class DataDisk(Wire):
    """A disk of a machine."""

    managed_disk: ManagedDisk | None = None


class OsDisk(DataDisk):
    """Which system the disk holds."""

    os_type: str | int | None = None
    """PowerShell prints the number of the enumeration."""


class StorageProfile(Wire):
    """The disks of a machine."""

    os_disk: OsDisk | None = None
    data_disks: tuple[DataDisk, ...] | None = None


class LinuxConfiguration(Wire):
    """How a Linux machine was made."""

    disable_password_authentication: bool | None = None


class OsProfile(Wire):
    """How the guest was set up; absent on specialised disks."""

    linux_configuration: LinuxConfiguration | None = None
    windows_configuration: dict[str, Any] | None = None


class NetworkProfile(Wire):
    """The interfaces of a machine."""

    network_interfaces: References = None


class StatusCode(Wire):
    """A status such as `PowerState/running`."""

    code: str | None = None


class InstanceView(Wire):
    """The run-time state of a machine, as ARM and as Resource Graph spell it."""

    statuses: tuple[StatusCode, ...] | None = None
    power_state: StatusCode | None = None


class Extended(Wire):
    """Resource Graph's own addition to a machine (azure-facts 1.1)."""

    instance_view: InstanceView | None = None


class MachineBody(Wire):
    """What a virtual machine says."""

    storage_profile: StorageProfile | None = None
    os_profile: OsProfile | None = None
    network_profile: NetworkProfile | UnsetType | None = UNSET
    instance_view: InstanceView | None = None
    extended: Extended | None = None
    virtual_machine_scale_set: Reference | None = None


class UserAssignedIdentity(Wire):
    """An identity of its own that a machine may act as."""

    principal_id: str | None = None


class MachineIdentity(Wire):
    """Whom a machine acts as: an identity that comes and goes with it, and others that stand by themselves."""

    type: str | None = None
    principal_id: str | None = None
    user_assigned_identities: dict[str, UserAssignedIdentity | None] | None = None


class MachineRow(MachineBody, kw_only=True):
    """A virtual machine, nested or flat; `power_state` is what `az vm list -d` adds."""

    id: str
    location: str | None = None
    tags: dict[str, str | None] | None = None
    power_state: str | None = None
    identity: MachineIdentity | None = None
    properties: MachineBody | UnsetType = UNSET
