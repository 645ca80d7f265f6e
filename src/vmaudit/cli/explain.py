"""`vmaudit explain`: why a door is open or closed, hop by hop."""

import json
from pathlib import Path

import click

from vmaudit.addresses import port_texts, prefix_texts
from vmaudit.cli.machines import named
from vmaudit.cli.terminal import safe, say, styled
from vmaudit.estate.reading import read_estate
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.explain import Explanation, explain
from vmaudit.exposure.paths import Certainty, Hop, Reach
from vmaudit.exposure.paths import Path as Way
from vmaudit.exposure.reach import expose
from vmaudit.snapshot.reading import open_snapshot

_WHO = {
    Reach.INTERNET: "anyone on the internet",
    Reach.PARTIAL: "some public addresses",
    Reach.PRIVATE: "the inside",
}
_COLOURS = {"open": "red", "possibly open": "yellow", "closed": "green"}


@click.command("explain")
@click.argument("snapshot", type=click.Path(path_type=Path))
@click.argument("vm")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="The port.  [default: 22, on Windows 3389]")
@click.option("--protocol", type=click.Choice(["TCP", "UDP"], case_sensitive=False), default="TCP", show_default=True)
@click.option("-g", "--resource-group", help="Where the machine is, if its name is not unique.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(snapshot: Path, vm: str, port: int | None, protocol: str, resource_group: str | None, output: str) -> int:
    """Say hop by hop why a port of VM (name or id) is open or closed to the internet."""
    estate = read_estate(open_snapshot(snapshot))
    machine = named(estate.machines, vm, "virtual machine", resource_group)
    asked = port if port is not None else (3389 if machine.operating_system == "Windows" else 22)
    explanation = explain(estate, expose(estate)[machine.key], machine, Protocol[protocol.upper()], asked)
    if output == "json":
        say(json.dumps(_as_json(explanation), indent=2, ensure_ascii=False))
    else:
        _show(explanation)
    return 0


def _show(explanation: Explanation) -> None:
    verdict = explanation.verdict
    door = f"{explanation.protocol.value} {explanation.port}"
    headline = styled(f"{verdict} from the internet", bold=True, fg=_COLOURS[verdict])
    say(f"{safe(explanation.machine.name)}  {door}  {headline}")
    for path in explanation.open:
        say()
        _show_path(path)
    for reason in explanation.blind_spots:
        say(f"\n  not read: {safe(reason)}")
    if explanation.closed:
        say("\n  What keeps others out:" if explanation.open else "\n  Why:")
    for closed in explanation.closed:
        where = f"{closed.network_interface.rpartition('/')[2]}/{closed.ip_configuration}"
        say(f"   {safe(where)}")
        for hop in closed.hops:
            _show_hop(hop)


def _show_path(path: Way) -> None:
    proven = path.certainty is Certainty.PROVEN
    verb = "Open to" if proven else "Not ruled out for"
    say(f"  {verb} {_WHO[path.reach]}: {_listed(prefix_texts(path.sources))}")
    for hop in path.hops:
        _show_hop(hop)
    packet = path.witness
    aim = f"{packet.destination}:{packet.destination_port}"
    inner = f" ({packet.private_address}:{packet.private_port})" if packet.private_address != packet.destination else ""
    say(f"   {'witness':<8} {packet.protocol.value} {packet.source}:{packet.source_port} → {aim}{inner}")
    for assumption in path.assumptions:
        say(f"   {'assumes':<8} {safe(assumption)}")


def _show_hop(hop: Hop) -> None:
    colour = {"Allow": "red", "Deny": "green", "Unknown": "yellow"}.get(hop.decision)
    label = styled(f"{hop.decision:<8}", fg=colour) if colour else f"{hop.decision:<8}"
    say(f"   {label} {safe(hop.says)}  [{hop.code.value}]")


def _listed(texts: tuple[str, ...], at_most: int = 4) -> str:
    shown = ", ".join(texts[:at_most])
    return f"{shown} and {len(texts) - at_most} more" if len(texts) > at_most else shown


def _as_json(explanation: Explanation) -> dict[str, object]:
    return {
        "vm": explanation.machine.id,
        "protocol": explanation.protocol.value,
        "port": explanation.port,
        "verdict": explanation.verdict,
        "open": [_path_json(path) for path in explanation.open],
        "closed": [
            {
                "network_interface": closed.network_interface,
                "ip_configuration": closed.ip_configuration,
                "hops": [_hop_json(hop) for hop in closed.hops],
            }
            for closed in explanation.closed
        ],
        "blind_spots": list(explanation.blind_spots),
    }


def _path_json(path: Way) -> dict[str, object]:
    packet = path.witness
    return {
        "reach": path.reach.value,
        "certainty": path.certainty.value,
        "ports": list(port_texts(path.ports)),
        "sources": list(prefix_texts(path.sources)),
        "hops": [_hop_json(hop) for hop in path.hops],
        "witness": {
            "protocol": packet.protocol.value,
            "source": f"{packet.source}",
            "source_port": packet.source_port,
            "destination": packet.destination,
            "destination_port": packet.destination_port,
            "private_address": packet.private_address,
            "private_port": packet.private_port,
        },
        "blind_spots": list(path.blind_spots),
        "assumptions": list(path.assumptions),
    }


def _hop_json(hop: Hop) -> dict[str, object]:
    return {
        "resource": hop.resource,
        "decision": hop.decision,
        "code": hop.code.value,
        "rule": hop.rule,
        "priority": hop.priority,
        "says": hop.says,
    }
