"""Virtual machines and their network interfaces: from Azure's spellings to values (azure-facts 1.1)."""

from typing import Final, Literal

from msgspec import UnsetType

from vmaudit import addresses
from vmaudit.estate.resources import IpConfiguration, Key, NetworkInterface, PowerState, VirtualMachine
from vmaudit.estate.rows import Reference, RowUnreadableError
from vmaudit.estate.wire import (
    IpConfigurationBody,
    IpConfigurationRow,
    NetworkInterfaceBody,
    NetworkInterfaceRow,
)
from vmaudit.estate.wire_machines import MachineBody, MachineIdentity, MachineRow
from vmaudit.estate.wire_scale_sets import InstanceRow
from vmaudit.known import Read, Unknown

_POWER: Final = {state.value: state for state in PowerState}


def key_of(reference: Reference | None) -> Key | None:
    """The key that a reference points to; None where there is no reference."""
    return reference.id.lower() if reference else None


def keys_of(references: tuple[Reference, ...] | None) -> tuple[Key, ...]:
    """The keys that references point to."""
    return tuple(reference.id.lower() for reference in references or ())


def read_machine(row: MachineRow | InstanceRow) -> VirtualMachine:
    """A virtual machine; what its row leaves out is unknown, each with its reason."""
    body: MachineBody = row if isinstance(row.properties, UnsetType) else row.properties
    system = _operating_system(body)
    return VirtualMachine(
        id=row.id,
        location=row.location or "",
        tags=tuple(sorted((name, value or "") for name, value in (row.tags or {}).items())),
        operating_system=system,
        power=_power(row, body),
        network_interfaces=_network_interfaces(row, body),
        password_sign_in=_password_sign_in(body),
        scale_set=key_of(body.virtual_machine_scale_set),
        disks=_disks(body),
        identities=_identities(row.identity),
    )


def unread_machine(machine_id: str, reason: str) -> VirtualMachine:
    """A machine of which nothing but its id could be read: it is still counted, and nothing about it is known."""
    unknown = Unknown(reason)
    return VirtualMachine(
        id=machine_id,
        location="",
        tags=(),
        operating_system=unknown,
        power=unknown,
        network_interfaces=unknown,
        password_sign_in=unknown,
    )


def _operating_system(body: MachineBody) -> Read[Literal["Windows", "Linux"]]:
    disk = body.storage_profile.os_disk if body.storage_profile else None
    named = disk.os_type.lower() if disk and isinstance(disk.os_type, str) else ""
    if named == "windows" or (body.os_profile and body.os_profile.windows_configuration is not None):
        return "Windows"
    if named == "linux" or (body.os_profile and body.os_profile.linux_configuration):
        return "Linux"
    return Unknown("the machine's row does not say which system its disk holds")


def _disks(body: MachineBody) -> tuple[Key, ...]:
    profile = body.storage_profile
    disks = () if profile is None else (profile.os_disk, *(profile.data_disks or ()))
    return tuple(disk.managed_disk.id.lower() for disk in disks if disk and disk.managed_disk and disk.managed_disk.id)


def _identities(identity: MachineIdentity | None) -> Read[tuple[str, ...]]:
    """The object ids of whom the machine acts as. A row without the field is that of a machine without any."""
    if identity is None or (identity.type or "").lower() == "none":
        return ()
    own = identity.user_assigned_identities or {}
    found = [identity.principal_id, *(one.principal_id if one else None for one in own.values())]
    wanted = len(own) + ("systemassigned" in (identity.type or "").lower())
    known = sorted(one.lower() for one in found if one)
    if len(known) < wanted or (not known and not identity.type):
        return Unknown("the machine's row names an identity without saying whose it is")
    return tuple(known)


def _power(row: MachineRow | InstanceRow, body: MachineBody) -> Read[PowerState]:
    """From `az vm list -d`, Resource Graph's `extended`, or ARM's expanded instance view, whichever is there."""
    if row.power_state:
        return _POWER.get(row.power_state.lower().removeprefix("vm ").strip()) or Unknown(
            f"the power state {row.power_state!r} is not one that Azure documents"
        )
    views = [view for view in (body.instance_view, body.extended.instance_view if body.extended else None) if view]
    codes = [status for view in views for status in (view.power_state, *(view.statuses or ())) if status]
    for status in codes:
        kind, _, state = (status.code or "").lower().partition("/")
        if kind == "powerstate" and state in _POWER:
            return _POWER[state]
    return Unknown("the evidence holds no instance view, so nothing says whether the machine runs")


def _network_interfaces(row: MachineRow | InstanceRow, body: MachineBody) -> Read[tuple[Key, ...]]:
    profile = body.network_profile
    if isinstance(profile, UnsetType) or profile is None or profile.network_interfaces is None:
        return Unknown(f"the row of machine {row.id.rpartition('/')[2]} does not name its network interfaces")
    return keys_of(profile.network_interfaces)


def _password_sign_in(body: MachineBody) -> Read[bool]:
    """Azure's create-time switch; a specialised disk has none (controls HST-001)."""
    linux = body.os_profile.linux_configuration if body.os_profile else None
    if linux is None:
        return Unknown(
            "the machine has no Linux configuration: it was made from a specialised disk, or it was not read"
        )
    if linux.disable_password_authentication is None:
        return Unknown("the machine's Linux configuration does not say whether passwords are accepted")
    return not linux.disable_password_authentication


def read_network_interface(row: NetworkInterfaceRow) -> NetworkInterface:
    """A network interface. Raises RowUnreadableError where its addresses were left out."""
    body: NetworkInterfaceBody = row if isinstance(row.properties, UnsetType) else row.properties
    if not isinstance(body.ip_configurations, tuple):
        raise RowUnreadableError("its addresses were left out (`az resource list` prints no properties)")
    return NetworkInterface(
        id=row.id,
        virtual_machine=key_of(body.virtual_machine),
        security_group=key_of(body.network_security_group),
        ip_configurations=tuple(read_ip_configuration(configuration) for configuration in body.ip_configurations),
        ip_forwarding=body.enable_ip_forwarding is True,
    )


def read_ip_configuration(row: IpConfigurationRow) -> IpConfiguration:
    """One address of an interface. Raises RowUnreadableError where its private address is no address."""
    body: IpConfigurationBody = row if isinstance(row.properties, UnsetType) else row.properties
    name = row.name or (row.id or "").rpartition("/")[2]
    subnet = key_of(body.subnet)
    return IpConfiguration(
        name=name,
        private_address=_address(name, body.private_ip_address),
        version=6 if (body.private_ip_address_version or "").lower() == "ipv6" else 4,
        subnet=Unknown(f"ip configuration {name} does not name its subnet") if subnet is None else subnet,
        public_ip=key_of(body.public_ip_address),
        application_security_groups=keys_of(body.application_security_groups),
        load_balancer_pools=keys_of(body.load_balancer_backend_address_pools),
        load_balancer_nat_rules=keys_of(body.load_balancer_inbound_nat_rules),
        application_gateway_pools=keys_of(body.application_gateway_backend_address_pools),
        primary=body.primary is True,
    )


def _address(name: str, text: str | None) -> Read[int]:
    """A deallocated machine with a dynamic address may have none for now (azure-recordings, stopped machines)."""
    if not text:
        return Unknown(f"ip configuration {name} has no private address at present")
    try:
        return addresses.address_number(text)
    except ValueError as problem:
        raise RowUnreadableError(f"ip configuration {name}: {problem}") from problem
