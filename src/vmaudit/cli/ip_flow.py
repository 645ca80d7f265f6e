"""`vmaudit test-ip-flow`: one packet, allowed or denied, and by which rule."""

import json
import re
from pathlib import Path
from typing import Final

import click

from vmaudit.addresses import address_number
from vmaudit.cli.machines import named
from vmaudit.cli.service_tags import service_tags_option, tags_for
from vmaudit.cli.terminal import safe, say, styled
from vmaudit.errors import EvidenceError, UsageError
from vmaudit.estate.estate import Estate
from vmaudit.estate.reading import read_estate
from vmaudit.estate.resources import Direction, NetworkInterface, Protocol, VirtualMachine
from vmaudit.exposure.ip_flow import Flow, FlowAnswer, ip_flow
from vmaudit.known import Unknown
from vmaudit.snapshot.reading import open_snapshot

_END: Final = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[^:]+)):(?P<port>\d{1,5}|\*)")


def _end(text: str, option: str) -> tuple[int, int | None]:
    """`IP:PORT`, `[IPv6]:PORT`, port `*` allowed: the address's place number and the port."""
    match = _END.fullmatch(text.strip())
    try:
        number = address_number(match["v6"] or match["v4"]) if match else None
    except ValueError:
        number = None
    port = match["port"] if match else ""
    if number is None or (port != "*" and int(port) > 65535):
        raise UsageError(
            f"{option} {text!r} is not an address with a port", "Write it as 10.0.0.4:22 or [2001:db8::4]:22."
        )
    return number, None if port == "*" else int(port)


def _interface_of(estate: Estate, machine: VirtualMachine, address: int) -> NetworkInterface:
    """The machine's interface that has the local address, or its only one."""
    keys = machine.network_interfaces
    if isinstance(keys, Unknown):
        raise EvidenceError(f"the interfaces of {machine.name} are unknown: {keys.reason}")
    found = [estate.network_interfaces[key] for key in keys if key in estate.network_interfaces]
    fitting = [one for one in found if any(c.private_address == address for c in one.ip_configurations)]
    if len(fitting) == 1:
        return fitting[0]
    if len(found) == len(keys) == 1:
        return found[0]
    if not found:
        raise EvidenceError(f"no network interface of {machine.name} is in the evidence", "Import its NICs too.")
    raise UsageError(f"which interface of {machine.name} is meant is not clear", "Name it with --nic.")


def _as_json(answer: FlowAnswer) -> str:
    hops = [
        {"resource": hop.resource, "decision": hop.decision, "rule": hop.rule, "code": hop.code.value, "says": hop.says}
        for hop in answer.hops
    ]
    document = {
        "access": answer.access,
        "ruleName": answer.rule or None,
        "securityGroup": answer.group or None,
        "reason": answer.reason or None,
        "hops": hops,
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _show(answer: FlowAnswer) -> None:
    colour = {"Allow": "red", "Deny": "green"}.get(answer.access, "yellow")
    say(f"{styled(answer.access, bold=True, fg=colour)}  {safe(answer.rule or 'no single rule decides')}")
    for hop in answer.hops:
        say(f"  {hop.decision:<8} {safe(hop.says)}")
    if answer.reason:
        say(f"  {safe(answer.reason)}")


@click.command("test-ip-flow")
@click.argument("snapshot", type=click.Path(path_type=Path))
@click.option("--vm", help="The machine: name or id.")
@click.option(
    "--nic", help="The network interface: name or id. Needed where a machine's interfaces are not told apart."
)
@click.option("-g", "--resource-group", help="Where --vm or --nic is, if its name is not unique.")
@click.option("--direction", required=True, type=click.Choice(["Inbound", "Outbound"], case_sensitive=False))
@click.option("--protocol", required=True, type=click.Choice(["TCP", "UDP"], case_sensitive=False))
@click.option("--local", required=True, metavar="IP:PORT", help="The machine's own private address and port.")
@click.option("--remote", required=True, metavar="IP:PORT", help="The far end; its port may be *.")
@service_tags_option
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    snapshot: Path,
    vm: str | None,
    nic: str | None,
    resource_group: str | None,
    direction: str,
    protocol: str,
    local: str,
    remote: str,
    tags_path: Path | None,
    output: str,
) -> int:
    """Say what the NSGs do with one packet: access and deciding rule.

    Options are those of `az network watcher test-ip-flow`. Works offline, and for machines that are stopped.
    """
    if (vm is None) == (nic is None):
        raise UsageError("name either --vm or --nic")
    local_address, local_port = _end(local, "--local")
    remote_address, remote_port = _end(remote, "--remote")
    way = Direction[direction.upper()]
    flow = Flow(way, Protocol[protocol.upper()], local_address, local_port, remote_address, remote_port)
    estate = read_estate(open_snapshot(snapshot), service_tags=tags_for(tags_path))
    if nic is not None:
        interface = named(estate.network_interfaces, nic, "network interface", resource_group)
    else:
        machine = named(estate.machines, vm or "", "virtual machine", resource_group)
        interface = _interface_of(estate, machine, local_address)
    answer = ip_flow(estate, interface, flow)
    if output == "json":
        say(_as_json(answer))
    else:
        _show(answer)
    return 0
