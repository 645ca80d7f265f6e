"""Virtual machines, their interfaces and addresses, shaped as ARM and Resource Graph answer them (azure-facts 1.1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from vmaudit.demo.rows import Place, Row, child, fixed_guid, reference, row, with_group_in_capitals

MACHINE: Final = "Microsoft.Compute/virtualMachines"
SCALE_SET: Final = "Microsoft.Compute/virtualMachineScaleSets"
DISK: Final = "Microsoft.Compute/disks"
INTERFACE: Final = "Microsoft.Network/networkInterfaces"
PUBLIC_IP: Final = "Microsoft.Network/publicIPAddresses"
APPLICATION_GROUP: Final = "Microsoft.Network/applicationSecurityGroups"

System: TypeAlias = Literal["Linux", "Windows"]
Power: TypeAlias = Literal["running", "deallocated"]
SignIn: TypeAlias = Literal["keys", "passwords", "unrecorded"]
"""What a Linux machine was made to accept; `unrecorded` where it was made from a specialised disk: no OS profile."""

_IMAGES: Final[dict[System, dict[str, str]]] = {
    "Linux": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
    "Windows": {
        "publisher": "MicrosoftWindowsServer",
        "offer": "WindowsServer",
        "sku": "2022-datacenter-azure-edition",
        "version": "latest",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """What runs in a machine and how it was set up."""

    system: System
    power: Power = "running"
    sign_in: SignIn = "keys"
    scale_set: str | None = None
    identity: str | None = None
    """The object id of the identity that comes and goes with the machine."""


LINUX: Final = Guest(system="Linux")
WINDOWS: Final = Guest(system="Windows")


def virtual_machine(
    place: Place, name: str, guest: Guest, interfaces: Iterable[str], tags: Mapping[str, str] | None = None
) -> Row:
    """A machine; the first of its `interfaces` is the primary one."""
    machine = place.id(MACHINE, name)
    properties: Row = {
        "vmId": fixed_guid(machine),
        "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
        "storageProfile": _storage(place, name, guest),
    }
    if guest.sign_in != "unrecorded":
        properties["osProfile"] = _os_profile(name, guest)
    properties["networkProfile"] = {
        "networkInterfaces": [
            {"id": interface, "properties": {"primary": index == 0}} for index, interface in enumerate(interfaces)
        ]
    }
    if guest.scale_set is not None:
        properties["virtualMachineScaleSet"] = reference(guest.scale_set)
    properties["extended"] = {
        "instanceView": {
            "powerState": {
                "code": f"PowerState/{guest.power}",
                "level": "Info",
                "displayStatus": f"VM {guest.power}",
            }
        }
    }
    made = row(place, MACHINE, name, properties, tags)
    return made if guest.identity is None else made | {"identity": _acts_as(guest.identity)}


def _acts_as(identity: str) -> Row:
    return {"type": "SystemAssigned", "principalId": identity}


def _storage(place: Place, name: str, guest: Guest) -> Row:
    disk = f"{name}-os"
    os_disk: Row = {
        "osType": guest.system,
        "name": disk,
        "createOption": "Attach" if guest.sign_in == "unrecorded" else "FromImage",
        "caching": "ReadWrite",
        "managedDisk": {
            "id": with_group_in_capitals(place.id(DISK, disk)),
            "storageAccountType": "Premium_LRS",
        },
        "deleteOption": "Detach",
        "diskSizeGB": 128 if guest.system == "Windows" else 30,
    }
    if guest.sign_in == "unrecorded":
        return {"osDisk": os_disk, "dataDisks": []}
    return {"imageReference": dict(_IMAGES[guest.system]), "osDisk": os_disk, "dataDisks": []}


def _os_profile(name: str, guest: Guest) -> Row:
    patching = {"patchMode": "ImageDefault", "assessmentMode": "AutomaticByPlatform"}
    in_guest = name.replace("_", "-")[:15]  # Windows takes no longer name
    profile: Row = {"computerName": in_guest, "adminUsername": "contoso-admin"}
    if guest.system == "Windows":
        profile["windowsConfiguration"] = {
            "provisionVMAgent": True,
            "enableAutomaticUpdates": True,
            "patchSettings": patching,
        }
    else:
        profile["linuxConfiguration"] = {
            "disablePasswordAuthentication": guest.sign_in == "keys",
            "provisionVMAgent": True,
            "patchSettings": patching,
        }
    return {**profile, "secrets": [], "allowExtensionOperations": True, "requireGuestProvisionSignal": True}


def scale_set(place: Place, name: str, tags: Mapping[str, str] | None = None) -> Row:
    """A scale set in Flexible orchestration: its instances are ordinary virtual machines that point to it."""
    properties: Row = {"orchestrationMode": "Flexible", "platformFaultDomainCount": 1, "singlePlacementGroup": False}
    return row(place, SCALE_SET, name, properties, tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address of an interface, with the public address in front of it, if any."""

    subnet: str
    private: str
    public_ip: str | None = None
    application_groups: tuple[str, ...] = ()
    nat_rules: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """`IPv4` or `IPv6`, as ARM says it."""
        return "IPv6" if ":" in self.private else "IPv4"


def network_interface(
    place: Place,
    name: str,
    *,
    machine: str,
    addresses: Iterable[Address],
    security_group: str | None = None,
    forwards: bool = False,
) -> Row:
    """An interface of `machine`; the first of its `addresses` is the primary one."""
    interface = place.id(INTERFACE, name)
    configurations = [
        child(interface, "ipConfigurations", f"ipconfig{index}", _address(address, primary=index == 1))
        for index, address in enumerate(addresses, start=1)
    ]
    properties: Row = {
        "resourceGuid": fixed_guid(interface),
        "ipConfigurations": configurations,
        "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
        "enableAcceleratedNetworking": False,
        "enableIPForwarding": forwards,
        "virtualMachine": reference(with_group_in_capitals(machine)),
    }
    if security_group is not None:
        properties["networkSecurityGroup"] = reference(security_group)
    return row(place, INTERFACE, name, properties)


def _address(address: Address, *, primary: bool) -> Row:
    properties: Row = {
        "privateIPAddress": address.private,
        "privateIPAllocationMethod": "Dynamic",
        "privateIPAddressVersion": address.version,
        "subnet": reference(address.subnet),
        "primary": primary,
    }
    if address.public_ip is not None:
        properties["publicIPAddress"] = reference(address.public_ip)
    if address.application_groups:
        properties["applicationSecurityGroups"] = [reference(group) for group in address.application_groups]
    if address.nat_rules:
        properties["loadBalancerInboundNatRules"] = [reference(rule) for rule in address.nat_rules]
    return properties


def public_ip(
    place: Place, name: str, address: str, *, attached_to: str, sku: Literal["Basic", "Standard"] = "Standard"
) -> Row:
    """A public address; `attached_to` is the id of the ip configuration that carries it."""
    properties: Row = {
        "resourceGuid": fixed_guid(place.id(PUBLIC_IP, name)),
        "ipAddress": address,
        "publicIPAddressVersion": "IPv6" if ":" in address else "IPv4",
        "publicIPAllocationMethod": "Static",
        "idleTimeoutInMinutes": 4,
        "ipTags": [],
        "ipConfiguration": reference(attached_to),
    }
    return row(place, PUBLIC_IP, name, properties) | {"sku": {"name": sku, "tier": "Regional"}}


def application_group(place: Place, name: str) -> Row:
    """An application security group: only interfaces say who is in it."""
    return row(place, APPLICATION_GROUP, name, {"resourceGuid": fixed_guid(place.id(APPLICATION_GROUP, name))})
