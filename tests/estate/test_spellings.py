"""One machine, one interface and one group in every spelling that people have them in: the same estate each time."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from evidence import Json, estate_of, machine_id, network_id
from vmaudit.addresses import address_number, prefixes, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Access, Peers, PowerState, SecurityRule

VM, NIC, NSG = machine_id("web"), network_id("networkInterfaces/nic"), network_id("networkSecurityGroups/nsg")
SUBNET, PIP = network_id("virtualNetworks/vnet/subnets/web"), network_id("publicIPAddresses/pip")

# --- as ARM and Resource Graph nest it ------------------------------------------------------------------------------

MACHINE: Json = {
    "id": VM,
    "type": "Microsoft.Compute/virtualMachines",
    "location": "westeurope",
    "tags": {"Properties": "name", "privateIpAddress": "kept as it is"},
    "properties": {
        "storageProfile": {"osDisk": {"osType": "Linux"}},
        "osProfile": {"linuxConfiguration": {"disablePasswordAuthentication": True}},
        "networkProfile": {"networkInterfaces": [{"id": NIC, "properties": {"primary": True}}]},
        "instanceView": {"statuses": [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]},
    },
}
INTERFACE: Json = {
    "id": NIC,
    "type": "Microsoft.Network/networkInterfaces",
    "properties": {
        "enableIPForwarding": False,
        "networkSecurityGroup": {"id": NSG},
        "virtualMachine": {"id": VM},
        "ipConfigurations": [
            {
                "name": "ipconfig1",
                "id": f"{NIC}/ipConfigurations/ipconfig1",
                "properties": {
                    "primary": True,
                    "privateIPAddress": "10.0.0.4",
                    "privateIPAddressVersion": "IPv4",
                    "publicIPAddress": {"id": PIP},
                    "subnet": {"id": SUBNET},
                },
            }
        ],
    },
}
GROUP: Json = {
    "id": NSG,
    "type": "Microsoft.Network/networkSecurityGroups",
    "properties": {
        "securityRules": [
            {
                "name": "rdp",
                "id": f"{NSG}/securityRules/rdp",
                "properties": {
                    "priority": 300,
                    "direction": "Inbound",
                    "access": "Allow",
                    "protocol": "Tcp",
                    "sourceAddressPrefix": "203.0.113.0/24",
                    "sourcePortRange": "*",
                    "destinationAddressPrefix": "*",
                    "destinationPortRange": "3389",
                },
            }
        ]
    },
}


def nested() -> list[Json]:
    return copy.deepcopy([MACHINE, INTERFACE, GROUP])


# --- as exporters re-arrange it -------------------------------------------------------------------------------------


def flat(value: Any) -> Any:
    """`properties` lifted to the level above, everywhere, as the Azure CLI prints resources."""
    if isinstance(value, list):
        return [flat(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    lifted = {**value, **value.get("properties", {})} if isinstance(value.get("properties"), dict) else value
    return {key: inner if key == "tags" else flat(inner) for key, inner in lifted.items() if key != "properties"}


def renamed(value: Any, rename: Callable[[str], str]) -> Any:
    """Every key renamed, but for the owner's own tags."""
    if isinstance(value, list):
        return [renamed(inner, rename) for inner in value]
    if not isinstance(value, dict):
        return value
    return {rename(key): inner if key.lower() == "tags" else renamed(inner, rename) for key, inner in value.items()}


def old_letters(key: str) -> str:
    """The Azure CLI before 2.50 wrote `privateIpAddress` and `enableIpForwarding`."""
    return key.replace("IPAddress", "IpAddress").replace("IPForwarding", "IpForwarding")


def pascal(key: str) -> str:
    return old_letters(key[:1].upper() + key[1:])


def by_the_azure_cli() -> list[Json]:
    return flat(nested())


def by_an_old_azure_cli() -> list[Json]:
    return renamed(flat(nested()), old_letters)


def by_az_vm_list_details() -> list[Json]:
    """`az vm list -d` says the power state in words and leaves the instance view out."""
    machine, interface, group = flat(nested())
    machine.pop("instanceView")
    return [{**machine, "powerState": "VM running", "publicIps": "20.50.0.1"}, interface, group]


def by_resource_graph() -> list[Json]:
    """Resource Graph has an instance view of its own, and empty plural fields."""
    machine, interface, group = nested()
    machine["properties"].pop("instanceView")
    machine["properties"]["extended"] = {"instanceView": {"powerState": {"code": "PowerState/running"}}}
    body = group["properties"]["securityRules"][0]["properties"]
    body |= {"sourceAddressPrefixes": [], "destinationAddressPrefixes": [], "destinationPortRanges": []}
    return [machine, interface, group]


def by_expanded_powershell() -> list[Json]:
    """`Get-AzResource -ExpandProperties | ConvertTo-Json` spells the outer keys its own way."""
    return [{pascal(key): value for key, value in row.items()} | {"id": row["id"]} for row in nested()]


def by_powershell() -> list[Json]:
    """`Get-AzNetworkSecurityGroup | ConvertTo-Json`: PascalCase, numbers for enumerations, lists in singular fields."""
    machine, interface, group = renamed(flat(nested()), pascal)
    machine["StorageProfile"]["OsDisk"]["OsType"] = 1
    (rule,) = group["SecurityRules"]
    for field in ("SourceAddressPrefix", "SourcePortRange", "DestinationAddressPrefix", "DestinationPortRange"):
        rule[field] = [rule[field]]
    return [machine, interface, group]


SPELLINGS = [
    nested,
    by_the_azure_cli,
    by_an_old_azure_cli,
    by_az_vm_list_details,
    by_resource_graph,
    by_expanded_powershell,
    by_powershell,
]
EACH = pytest.mark.parametrize("spelt", SPELLINGS, ids=lambda spelt: spelt.__name__)


def read(spelt: Callable[[], list[Json]]) -> Estate:
    here = estate_of(spelt())
    assert here.unread == {}
    return here


@EACH
def test_the_machine_is_the_same(spelt: Callable[[], list[Json]]) -> None:
    machine = read(spelt).machines[VM.lower()]

    assert machine.operating_system == "Linux"
    assert machine.power is PowerState.RUNNING
    assert machine.network_interfaces == (NIC.lower(),)
    assert machine.password_sign_in is False


@EACH
def test_the_interface_is_the_same(spelt: Callable[[], list[Json]]) -> None:
    interface = read(spelt).network_interfaces[NIC.lower()]
    (configuration,) = interface.ip_configurations

    assert (interface.security_group, interface.virtual_machine) == (NSG.lower(), VM.lower())
    assert configuration.name == "ipconfig1"
    assert configuration.private_address == address_number("10.0.0.4")
    assert (configuration.subnet, configuration.public_ip) == (SUBNET.lower(), PIP.lower())
    assert configuration.primary


@EACH
def test_the_rule_is_the_same(spelt: Callable[[], list[Json]]) -> None:
    rules = read(spelt).security_groups[NSG.lower()].rules
    (rule,) = (rule for rule in rules if not rule.default)

    assert isinstance(rule, SecurityRule)
    assert (rule.name, rule.priority, rule.access) == ("rdp", 300, Access.ALLOW)
    assert rule.source == Peers(addresses=prefixes(("203.0.113.0/24",)))
    assert rule.destination_ports == single(3389)


@EACH
def test_the_owner_s_tags_keep_their_names(spelt: Callable[[], list[Json]]) -> None:
    tags = read(spelt).machines[VM.lower()].tags

    assert tags == (("Properties", "name"), ("privateIpAddress", "kept as it is"))


def test_a_pointer_to_nothing_is_no_pointer() -> None:
    """PowerShell prints `"PublicIpAddress": {"Id": null}` where there is none."""
    _, interface, _ = by_powershell()
    interface["IpConfigurations"][0]["PublicIpAddress"] = {"Id": None}

    here = estate_of([interface])

    assert here.unread == {}
    assert here.network_interfaces[NIC.lower()].ip_configurations[0].public_ip is None


def test_ids_are_matched_in_any_letter_case() -> None:
    machine, interface, group = nested()
    interface["id"], group["id"] = NIC.upper(), NSG.replace("resourceGroups", "resourcegroups")

    here = estate_of([machine, interface, group])

    found = here.network_interfaces[here.machines[VM.lower()].network_interfaces[0]]  # type: ignore[index]
    assert found.security_group in here.security_groups
    assert found.id == NIC.upper()
