"""Commands that change a machine or its interface, wherever Azure keeps them.

An interface of a Uniform scale set can't be changed itself: the model of its set is, and the instance is then brought
up to it (Azure, "Modify a scale set"). The model calls its interfaces and addresses as the instances' are called.
"""

from typing import Final

from vmaudit.assess import az

_INTERFACES: Final = "virtualMachineProfile.networkProfile.networkInterfaceConfigurations"


def detach_public_ip(interface_id: str, configuration: str) -> str:
    """Take the public IP address from one ip configuration."""
    if _is_of_a_set(interface_id):
        place = f"ipConfigurations[name={configuration}].publicIPAddressConfiguration"
        return _change_model(interface_id, "--remove", place)
    return az.command(
        "network nic ip-config update",
        interface_id,
        ("--nic-name", az.name_of(interface_id)),
        ("-n", configuration),
        ("--remove", "publicIPAddress"),
    )


def stop_forwarding(interface_id: str) -> str:
    """Let an interface no longer pass on packets that are not its own."""
    if _is_of_a_set(interface_id):
        return _change_model(interface_id, "--set", "enableIPForwarding=false")
    return az.command(
        "network nic update", interface_id, ("-n", az.name_of(interface_id)), ("--ip-forwarding", "false")
    )


def attach_own_group(interface_id: str) -> str:
    """Make an NSG for an interface and attach it."""
    group = f"nsg-{az.name_of(interface_id)}"
    if _is_of_a_set(interface_id):
        there = f"{interface_id.partition('/providers/')[0]}/providers/Microsoft.Network/networkSecurityGroups/{group}"
        use = _change_model(interface_id, "--set", f"networkSecurityGroup.id={there}")
    else:
        names = (("-n", az.name_of(interface_id)), ("--network-security-group", group))
        use = az.command("network nic update", interface_id, *names)
    return f"{az.command('network nsg create', interface_id, ('-n', group))} && {use}"


def run_in_guest(machine_id: str, script: str) -> str:
    """Run a shell script in the machine itself."""
    scripts = (("--command-id", "RunShellScript"), ("--scripts", script))
    if _is_of_a_set(machine_id):
        where = (("-n", _set(machine_id)), ("--instance-id", az.name_of(machine_id)))
        return az.command("vmss run-command invoke", machine_id, *where, *scripts)
    return az.command("vm run-command invoke", machine_id, ("-n", az.name_of(machine_id)), *scripts)


def _set(resource_id: str) -> str:
    return az.segment(resource_id, "virtualMachineScaleSets")


def _is_of_a_set(resource_id: str) -> bool:
    return bool(_set(resource_id))


def _change_model(interface_id: str, option: str, place: str) -> str:
    """Change what a set's model says of an interface, and bring the instance up to it."""
    name = ("-n", _set(interface_id))
    whole = f"{_INTERFACES}[name={az.name_of(interface_id)}].{place}"
    instance = ("--instance-ids", az.segment(interface_id, "virtualMachines"))
    update = az.command("vmss update", interface_id, name, (option, whole))
    return f"{update} && {az.command('vmss update-instances', interface_id, name, instance)}"
