"""The command that mends an interface or a machine: its own, or the model of its scale set."""

import pytest

from vmaudit.assess.facts.interface_remedies import attach_own_group, detach_public_ip, run_in_guest, stop_forwarding

GROUP = "/subscriptions/s/resourceGroups/rg/providers"
NIC = f"{GROUP}/Microsoft.Network/networkInterfaces/nic"
INSTANCE = f"{GROUP}/microsoft.compute/VIRTUALMACHINESCALESETS/web/virtualMachines/3"
OF_A_SET = f"{INSTANCE}/networkInterfaces/nic"
MODEL = "virtualMachineProfile.networkProfile.networkInterfaceConfigurations[name=nic]"
UPDATED = " && az vmss update-instances --subscription s -g rg -n web --instance-ids 3"


def test_an_ordinary_interface_is_changed_itself() -> None:
    assert detach_public_ip(NIC, "c") == (
        "az network nic ip-config update --subscription s -g rg --nic-name nic -n c --remove publicIPAddress"
    )
    assert stop_forwarding(NIC) == "az network nic update --subscription s -g rg -n nic --ip-forwarding false"
    assert attach_own_group(NIC) == (
        "az network nsg create --subscription s -g rg -n nsg-nic"
        " && az network nic update --subscription s -g rg -n nic --network-security-group nsg-nic"
    )


def test_an_interface_of_a_uniform_scale_set_is_changed_by_its_model() -> None:
    update = "az vmss update --subscription s -g rg -n web"

    assert detach_public_ip(OF_A_SET, "c") == (
        f"{update} --remove '{MODEL}.ipConfigurations[name=c].publicIPAddressConfiguration'{UPDATED}"
    )
    assert stop_forwarding(OF_A_SET) == f"{update} --set '{MODEL}.enableIPForwarding=false'{UPDATED}"
    group = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg-nic"
    assert attach_own_group(OF_A_SET) == (
        "az network nsg create --subscription s -g rg -n nsg-nic"
        f" && {update} --set '{MODEL}.networkSecurityGroup.id={group}'{UPDATED}"
    )


@pytest.mark.parametrize(
    ("machine", "where"),
    [
        (f"{GROUP}/Microsoft.Compute/virtualMachines/web", "vm run-command invoke --subscription s -g rg -n web"),
        (INSTANCE, "vmss run-command invoke --subscription s -g rg -n web --instance-id 3"),
    ],
    ids=["machine", "instance"],
)
def test_a_script_runs_in_the_machine_that_is_meant(machine: str, where: str) -> None:
    assert run_in_guest(machine, "true") == f"az {where} --command-id RunShellScript --scripts true"


def test_a_hostile_name_stays_one_argument() -> None:
    command = detach_public_ip(f"{INSTANCE}/networkInterfaces/nic'; rm -rf ~ #", "c")

    assert """[name=nic'"'"'; rm -rf ~ #]""" in command
